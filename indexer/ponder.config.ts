// Where the chain and the pool are, from the environment:
//   SMIRK_ADDRESSES    the file that `smirk devnet --addresses` writes; or each for itself:
//   SMIRK_RPC_URL (several with commas), SMIRK_CHAIN_ID, SMIRK_POOL, SMIRK_START_BLOCK
//   SMIRK_POLL_MS, SMIRK_LOG_RANGE   milliseconds between polls, most blocks that logs are asked of
//   SMIRK_MARKET_URL, SMIRK_MARKET_BLOCKS   where a keeper's signer tells the market's quotes, as http://127.0.0.1:9464/market, and how many
//                      blocks lie between two readings (240: a minute on Arbitrum); without it none are read
//   DATABASE_URL       a PostgreSQL; without it an embedded database in SMIRK_DATABASE (.ponder/pglite)
import { readFileSync } from "node:fs";
import { createConfig } from "ponder";
import { poolAbi } from "./abi/pool";

const { env } = process;
const book = env.SMIRK_ADDRESSES ? JSON.parse(readFileSync(env.SMIRK_ADDRESSES, "utf8")) : {};

function needed(name: string, value: string | undefined): string {
  if (!value) throw new Error(`${name} is not set, nor SMIRK_ADDRESSES`);
  return value;
}

/** Ponder starts with twenty requests a second to each URL. A node on this machine bears more: it counts as twenty. */
function urls(list: string): string[] {
  const isNear = (url: string) => ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
  return list.split(",").flatMap((url) => Array<string>(isNear(url) ? 20 : 1).fill(url));
}

// From now on: what the market was at earlier blocks nobody tells.
const market = { Market: { chain: "smirk", interval: Number(env.SMIRK_MARKET_BLOCKS ?? 240), startBlock: "latest" } } as const;

export default createConfig({
  ordering: "omnichain",
  database: env.DATABASE_URL
    ? { kind: "postgres", connectionString: env.DATABASE_URL }
    : { kind: "pglite", directory: env.SMIRK_DATABASE },
  chains: {
    smirk: {
      id: Number(needed("SMIRK_CHAIN_ID", env.SMIRK_CHAIN_ID ?? book.chainId?.toString())),
      rpc: urls(needed("SMIRK_RPC_URL", env.SMIRK_RPC_URL ?? book.rpcUrl)),
      pollingInterval: Number(env.SMIRK_POLL_MS ?? 1_000),
      ethGetLogsBlockRange: Number(env.SMIRK_LOG_RANGE ?? 2_000),
    },
  },
  contracts: {
    Pool: {
      chain: "smirk",
      abi: poolAbi,
      address: needed("SMIRK_POOL", env.SMIRK_POOL ?? book.contracts?.pool) as `0x${string}`,
      startBlock: Number(env.SMIRK_START_BLOCK ?? 0),
    },
  },
  blocks: (env.SMIRK_MARKET_URL ? market : {}) as typeof market,
});
