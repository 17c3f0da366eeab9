// Positions at average cost. Options that move take their part of the cost along; what leaves to the pool leaves its cost
// behind as released until the event of the same call says what came in for it.
import { account, position } from "ponder:schema";
import type { Context } from "./context";

type Address = `0x${string}`;
const EMPTY = { size: 0n, cost: 0n, realised: 0n, released: 0n };

async function read(context: Context, holder: Address, series: bigint) {
  const found = await context.db.find(position, { account: holder, series });
  const { size, cost, realised, released } = found ?? EMPTY;
  return { size, cost, realised, released };
}

async function write(context: Context, holder: Address, series: bigint, row: typeof EMPTY): Promise<void> {
  await context.db.insert(position).values({ account: holder, series, ...row }).onConflictDoUpdate(row);
}

/** Takes options from a holder and returns their cost. */
export async function take(context: Context, holder: Address, series: bigint, size: bigint): Promise<bigint> {
  const row = await read(context, holder, series);
  const cost = row.size === size ? row.cost : (row.cost * size) / row.size;
  await write(context, holder, series, { ...row, size: row.size - size, cost: row.cost - cost });
  return cost;
}

/** Gives options that cost something to a holder. */
export async function give(context: Context, holder: Address, series: bigint, size: bigint, cost: bigint): Promise<void> {
  const row = await read(context, holder, series);
  await write(context, holder, series, { ...row, size: row.size + size, cost: row.cost + cost });
}

/** Takes options from a holder on their way to the pool. */
export async function release(context: Context, holder: Address, series: bigint, size: bigint): Promise<void> {
  const cost = await take(context, holder, series, size);
  const row = await read(context, holder, series);
  await write(context, holder, series, { ...row, released: row.released + cost });
}

/** The cost of released options that went to an account instead. */
export async function carry(context: Context, holder: Address, series: bigint): Promise<bigint> {
  const row = await read(context, holder, series);
  await write(context, holder, series, { ...row, released: 0n });
  return row.released;
}

/** Books what came in for released options, and returns the profit. */
export async function realise(context: Context, holder: Address, series: bigint, proceeds: bigint): Promise<bigint> {
  const row = await read(context, holder, series);
  const profit = proceeds - row.released;
  await write(context, holder, series, { ...row, realised: row.realised + profit, released: 0n });
  await tally(context, holder, { realised: profit });
  return profit;
}

type Sums = Omit<typeof account.$inferSelect, "address">;
const NOTHING: Sums = { trades: 0, volume: 0n, paid: 0n, received: 0n, charges: 0n, payouts: 0n, realised: 0n };

/** Adds to an account's sums. */
export async function tally(context: Context, address: Address, more: Partial<Sums>): Promise<void> {
  const { address: _, ...sums } = { address, ...((await context.db.find(account, { address })) ?? NOTHING) };
  for (const key of Object.keys(more) as (keyof Sums)[]) (sums[key] as any) += more[key] as any;
  await context.db.insert(account).values({ address, ...sums }).onConflictDoUpdate(sums);
}
