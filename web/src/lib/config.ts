/**
 * Where the pool is: `config.json` beside the page, or the file that `?config=` names. The file that
 * `smirk devnet --addresses` writes is one; it also has the development accounts. `?indexer=` names an indexer, in the place of the
 * configuration's own.
 */
import { getAddress, isAddress, type Address, type Hex } from "viem";

/** An account with its key: on a development chain only. */
export interface DevelopmentAccount {
  readonly address: Address;
  readonly privateKey: Hex;
}

export interface Configuration {
  readonly name?: string;
  readonly chainId: number;
  /** Empty for the server that the page came from. */
  readonly rpcUrl: string;
  readonly explorer?: string;
  /** The block that the pool was made in: where its events begin. */
  readonly fromBlock?: number;
  /** Where an indexer of the pool answers, if there is one: what is past is read there. */
  readonly indexer?: string;
  readonly contracts: { readonly pool: Address } & Readonly<Record<string, Address>>;
  readonly feedDecimals?: number;
  readonly accounts?: readonly DevelopmentAccount[];
  readonly roles?: Readonly<Record<string, DevelopmentAccount>>;
}

/** There is no configuration, or it is none; the message says what to do. */
export class ConfigurationError extends Error {}

const isLoopback = (host: string) => ["localhost", "127.0.0.1", "[::1]"].includes(host);

/**
 * An address that the page's own address names. A link must not be able to point the page at somebody's own pool or history, so
 * that only this server and this machine are read.
 */
function named(parameter: string, what: string): URL | undefined {
  const given = new URLSearchParams(location.search).get(parameter);
  if (given === null) return undefined;
  const url = new URL(given, document.baseURI);
  if (url.origin !== location.origin && !isLoopback(url.hostname)) {
    throw new ConfigurationError(`${what} is only read from this server or this machine, not from ${url.host}.`);
  }
  return url;
}

export async function readConfiguration(): Promise<Configuration> {
  const url = named("config", "A configuration") ?? new URL("config.json", document.baseURI);
  const indexer = named("indexer", "An indexer")?.href;
  let found: Partial<Configuration>;
  try {
    const response = await fetch(url, { cache: "no-cache" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    found = await response.json();
  } catch {
    throw new ConfigurationError(`No configuration at ${url.href}.`);
  }
  const pool = found.contracts?.pool;
  if (!Number.isSafeInteger(found.chainId) || !pool || !isAddress(pool, { strict: false })) {
    throw new ConfigurationError(`The configuration at ${url.href} has no chainId or no contracts.pool.`);
  }
  return { ...(found as Configuration), ...(indexer ? { indexer } : {}), rpcUrl: found.rpcUrl || location.origin, contracts: { ...found.contracts, pool: getAddress(pool) } as Configuration["contracts"] };
}
