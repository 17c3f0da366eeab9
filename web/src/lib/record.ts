/**
 * What is past: from an indexer where one is configured and is of this pool, else from the chain's logs. Both say the same of the
 * pool, because both have its events.
 */
import { pastEvents, readPast, type Past, type PastAnchor, type PastHedge, type PastPoint, type PastSettlement, type Pool } from "@smirk/client";
import { activityOf } from "./history";
import { live } from "./live.svelte";

export interface PoolRecord extends Past {
  /** Where it is from. */
  readonly source: "indexer" | "logs";
  /** The last block that is in it. */
  readonly block: bigint;
  /** Why the indexer that is configured was not read. */
  readonly problem: string | undefined;
}

/** Points of a chart. */
const most = 160;
/** Milliseconds for which an indexer's answer is used again. */
const freshFor = 10_000;

type Row = Record<string, string>;

async function ask(indexer: string, path: string): Promise<unknown> {
  const response = await fetch(new URL(path, indexer.endsWith("/") ? indexer : `${indexer}/`), { signal: AbortSignal.timeout(8_000) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function select(indexer: string, sql: string, params: readonly string[] = []): Promise<Row[]> {
  const question = encodeURIComponent(JSON.stringify({ json: { sql, params } }));
  return ((await ask(indexer, `sql/db?sql=${question}`)) as { rows: Row[] }).rows;
}

/** Rows with every column an integer. */
const integers = <T>(rows: readonly Row[]): T[] => rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, BigInt(value)])) as T);

/** States of the pool, evenly in time: the last one of as many spans. */
async function readPoints(indexer: string): Promise<PastPoint[]> {
  const [ends] = await select(indexer, "select min(timestamp) as first, max(timestamp) as last from pool_state where spot > 0");
  if (!ends?.["first"] || !ends["last"]) return [];
  const span = (BigInt(ends["last"]) - BigInt(ends["first"])) / BigInt(most) + 1n;
  const parts = await select(indexer, `select max(block) as block from pool_state where spot > 0 group by timestamp - timestamp % ${span}`);
  const blocks = parts.map(({ block }) => block!);
  const places = blocks.map((_, index) => `$${index + 1}`).join(", ");
  const columns = "block, timestamp as time, spot, nav, supply, nav_low, nav_high, shares_block";
  const states = integers<PastPoint & { nav_low: bigint; nav_high: bigint; shares_block: bigint }>(await select(indexer, `select ${columns} from pool_state where block in (${places}) order by block`, blocks));
  // Both sides are of the block in which they were said.
  return states.map(({ nav_low: low, nav_high: high, shares_block: said, ...point }) => (said === point.block ? { ...point, low, high } : point));
}

async function readIndexed(pool: Pool, indexer: string): Promise<PoolRecord> {
  const [found] = await select(indexer, "select address from pool");
  if (found?.["address"]?.toLowerCase() !== pool.address.toLowerCase()) throw new Error("it indexes another pool");
  const [points, anchors, hedges, settlements, status] = await Promise.all([
    readPoints(indexer),
    select(indexer, "select block, expiry, atm_vol, left_wing, right_wing, carry from anchor order by id"),
    select(indexer, "select block, timestamp as time, base, quote, spot, cost from hedge order by id"),
    select(indexer, "select block, expiry, price from settlement order by block"),
    ask(indexer, "status") as Promise<Record<string, { block: { number: number } }>>,
  ]);
  const named = anchors.map(({ atm_vol, left_wing, right_wing, ...rest }) => ({ ...rest, atmVol: atm_vol!, leftWing: left_wing!, rightWing: right_wing! }) as Row);
  const block = BigInt(Object.values(status)[0]!.block.number);
  return { points, anchors: integers<PastAnchor>(named), hedges: integers<PastHedge>(hedges), settlements: integers<PastSettlement>(settlements), source: "indexer", block, problem: undefined };
}

async function readLogged(pool: Pool, also: ReadonlySet<bigint>, problem: string | undefined): Promise<PoolRecord> {
  const block = live.market?.block ?? 0n;
  return { ...(await readPast(pool, await activityOf(pastEvents).update(), { most, also })), source: "logs", block, problem };
}

let kept: { readonly at: number; readonly record: Promise<PoolRecord> } | undefined;

/** The pool's past up to about now, with points at some blocks where that is possible. There has to be a pool. */
export async function readRecord(pool: Pool, also: ReadonlySet<bigint> = new Set()): Promise<PoolRecord> {
  const indexer = live.configuration?.indexer;
  if (!indexer) return readLogged(pool, also, undefined);
  if (!kept || Date.now() - kept.at > freshFor) kept = { at: Date.now(), record: readIndexed(pool, indexer) };
  try {
    return await kept.record;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return readLogged(pool, also, `The indexer at ${indexer} could not be read (${reason}); this is from the chain's logs.`);
  }
}

/** Where it is from, as a sentence. */
export const sourceOf = ({ source, block }: PoolRecord): string =>
  source === "indexer" ? `From the indexer at ${live.configuration?.indexer}, up to block ${block.toLocaleString("en-US")}.` : "From the pool's own logs on the chain.";
