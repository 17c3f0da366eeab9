/** A pool that is connected to: where it is and what its numbers are in. */
import { erc20Abi, type Account, type Address, type Chain, type PublicClient, type Transport, type WalletClient } from "viem";
import { multicall3, type Batch } from "./batch.js";
import { poolAbi } from "./generated/abi.js";
import type { parameterList } from "./generated/parameters.js";
import type { Units } from "./units.js";

/** A wallet that signs for an account on a chain. */
export interface Wallet extends WalletClient<Transport, Chain, Account> {}

/** What was fixed when the pool was made. */
export interface Surroundings {
  readonly base: Address;
  readonly quote: Address;
  readonly feed: Address;
  readonly sequencer: Address;
  readonly venue: Address;
  /** Aave's addresses provider, or zero. */
  readonly lender: Address;
}

/** The name of one of the pool's parameters. */
export type ParameterName = (typeof parameterList)[number]["name"];

/** A pool, for every function of this package. */
export interface Pool {
  readonly client: PublicClient;
  readonly address: Address;
  readonly chainId: number;
  readonly batch: Batch;
  readonly surroundings: Surroundings;
  readonly units: Units;
}

/** Where a pool is. */
export interface PoolOptions {
  readonly client: PublicClient;
  readonly address: Address;
  /** How several reads travel: found out when not given. */
  readonly batch?: Batch;
}

/** The pool's address and ABI for viem's own functions. */
export function contract(pool: Pick<Pool, "address">) {
  return { address: pool.address, abi: poolAbi } as const;
}

/** A wrapped coin's symbol without the wrapping: `WETH` is ether, as a series names it. */
function underlying(symbol: string): string {
  return /^W(ETH|BTC)$/.test(symbol) ? symbol.slice(1) : symbol;
}

/** Connects to a pool: reads its surroundings and the units of its numbers. */
export async function connectPool({ client, address, batch }: PoolOptions): Promise<Pool> {
  const pool = { address };
  const [chainId, surroundings, shareDecimals, way] = await Promise.all([
    client.getChainId(),
    client.readContract({ ...contract(pool), functionName: "surroundings" }),
    client.readContract({ ...contract(pool), functionName: "decimals" }),
    batch ?? findBatch(client),
  ]);
  const { base, quote } = surroundings;
  const [baseSymbol, baseDecimals, quoteSymbol, quoteDecimals] = await Promise.all([
    client.readContract({ abi: erc20Abi, address: base, functionName: "symbol" }),
    client.readContract({ abi: erc20Abi, address: base, functionName: "decimals" }),
    client.readContract({ abi: erc20Abi, address: quote, functionName: "symbol" }),
    client.readContract({ abi: erc20Abi, address: quote, functionName: "decimals" }),
  ]);
  const units = { base: underlying(baseSymbol), baseDecimals, quote: quoteSymbol, quoteDecimals, shareDecimals };
  return { client, address, chainId, batch: way, surroundings, units };
}

/** Multicall3 where the chain has it at its usual address, batched JSON-RPC elsewhere. */
async function findBatch(client: PublicClient): Promise<Batch> {
  const code = await client.getCode({ address: multicall3 });
  return code && code !== "0x" ? "multicall" : "json-rpc";
}

/** All parameters by name. */
export function readParameters(pool: Pool): Promise<Record<ParameterName, bigint>> {
  return pool.client.readContract({ ...contract(pool), functionName: "parameters" });
}
