/** The pool as of the latest block, for every part of the page. */
import { connectPool, explain, hasPermit2, readMarket, readParameters, readPermitDomain, type Market, type ParameterName, type Payment, type Pool } from "@smirk/client";
import { createPublicClient, defineChain, http, type Chain, type Hex } from "viem";
import { ConfigurationError, readConfiguration, type Configuration } from "./config";

/** Milliseconds between looks for a new block. */
const pollingInterval = 1_000;
/** And after a reading, which on a chain with four blocks a second would otherwise never end. */
const rest = { development: 0, elsewhere: 3_000 };

class Live {
  configuration = $state.raw<Configuration>();
  chain = $state.raw<Chain>();
  pool = $state.raw<Pool>();
  parameters = $state.raw<Record<ParameterName, bigint>>();
  market = $state.raw<Market>();
  /** How the quote token can be paid here. */
  payments = $state.raw<readonly Payment[]>(["permit", "approval"]);
  /** Why there is no pool at all. */
  missing = $state<string>();
  /** Why the page is behind, while it is. */
  problem = $state<string>();

  /** Unix seconds of the latest block. */
  get time(): bigint {
    return this.market?.time ?? 0n;
  }
  get spot(): bigint | undefined {
    return this.market?.oracle?.price;
  }
  get isDevelopment(): boolean {
    return (this.configuration?.accounts?.length ?? 0) > 0;
  }
}

export const live = new Live();

let reading: Promise<void> | undefined;
let isAskedAgain = false;

async function readOnce(): Promise<void> {
  const { pool } = live;
  if (!pool) return;
  try {
    live.market = await readMarket(pool);
    live.problem = undefined;
  } catch (error) {
    live.problem = explain(error, pool.units);
  }
}

/** Reads the market again; while that is under way a further wish is granted once, afterwards. */
export async function refresh(): Promise<void> {
  if (reading) {
    isAskedAgain = true;
    return reading;
  }
  reading = readOnce();
  await reading;
  reading = undefined;
  if (isAskedAgain) {
    isAskedAgain = false;
    await refresh();
  }
}

/** The hash of the block in which the pool's events begin: another one once the chain was started anew. Undefined where the node has it not. */
async function originOf(pool: Pool): Promise<Hex | undefined> {
  const blockNumber = BigInt(live.configuration?.fromBlock ?? 0);
  return (await pool.client.getBlock({ blockNumber, includeTransactions: false }).catch(() => undefined))?.hash;
}

/** Begins again where the chain is not the one that was read, because everything that is known is of that one. */
async function checkOrigin(pool: Pool, origin: Hex): Promise<void> {
  const found = await originOf(pool);
  if (found !== undefined && found !== origin) location.reload();
}

/**
 * Follows the chain: every new block is read, but no more often than the page can be read. A block in the place of another one is
 * new, too.
 */
async function follow(pool: Pool): Promise<never> {
  let origin: Hex | undefined;
  for (;;) {
    try {
      origin ??= await originOf(pool);
      const { number, hash } = await pool.client.getBlock({ includeTransactions: false });
      if (origin && (live.problem || number < (live.market?.block ?? 0n))) await checkOrigin(pool, origin);
      if (live.problem || hash !== live.market?.hash) {
        await refresh();
        await new Promise((resolve) => setTimeout(resolve, live.isDevelopment ? rest.development : rest.elsewhere));
      }
    } catch (error) {
      live.problem = explain(error, pool.units);
    }
    await new Promise((resolve) => setTimeout(resolve, pollingInterval));
    if (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

async function readPayments(pool: Pool): Promise<Payment[]> {
  const [domain, permit2] = await Promise.all([readPermitDomain(pool).catch(() => undefined), hasPermit2(pool).catch(() => false)]);
  return [...(domain ? ["permit" as const] : []), "approval", ...(permit2 ? ["permit2" as const] : [])];
}

export async function start(): Promise<void> {
  try {
    const configuration = await readConfiguration();
    live.configuration = configuration;
    live.chain = defineChain({
      id: configuration.chainId,
      name: configuration.name ?? (configuration.accounts ? "Devnet" : `Chain ${configuration.chainId}`),
      nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
      rpcUrls: { default: { http: [configuration.rpcUrl] } },
      ...(configuration.explorer ? { blockExplorers: { default: { name: "Explorer", url: configuration.explorer } } } : {}),
    });
    const client = createPublicClient({ chain: live.chain, transport: http(configuration.rpcUrl, { batch: { batchSize: 500 } }), pollingInterval: 250 });
    const pool = await connectPool({ client, address: configuration.contracts.pool });
    if (pool.chainId !== configuration.chainId) throw new ConfigurationError(`The node is on chain ${pool.chainId}, the configuration on ${configuration.chainId}.`);
    [live.parameters] = await Promise.all([readParameters(pool), readMarket(pool).then((market) => (live.market = market))]);
    live.pool = pool;
    live.missing = undefined;
    void follow(pool);
    live.payments = await readPayments(pool);
  } catch (error) {
    live.missing = error instanceof ConfigurationError ? error.message : explain(error);
    // A node that is not up yet may come up.
    if (!(error instanceof ConfigurationError)) setTimeout(start, 3_000);
  }
}
