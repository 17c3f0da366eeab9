// The pool's recorded money: read, changed by handlers, and written with the state of its block.
import { day, expiry, insuranceChange, pool, poolState, settlement, settlementState } from "ponder:schema";
import { unearnedUp } from "./charge";
import { type Context, type Fact, place } from "./context";
import { least, WAD } from "./number";

export type Pool = typeof pool.$inferSelect;
type Day = typeof day.$inferSelect;

const DAY = 86_400n;

/** The pool as the last event left it. */
export async function read(context: Context): Promise<Pool> {
  const found = await context.db.find(pool, { address: context.contracts.Pool.address as `0x${string}` });
  if (!found) throw new Error("the pool has not been constructed: index from a block at or before that");
  return { ...found };
}

/** Writes the pool, and where it stands at the end of the block so far. */
export async function write(context: Context, fact: Fact, changed: Pool): Promise<void> {
  const { address, ...rest } = { ...changed, unearned: await unearned(context, changed.listed, fact.block.timestamp) };
  await context.db.update(pool, { address }).set(rest);
  const state = pick(rest);
  const { number, timestamp } = fact.block;
  await context.db.insert(poolState).values({ block: number, timestamp, ...state }).onConflictDoUpdate(state);
}

/** Unearned charges of the listed expiries at a time, WAD, rounded up. */
async function unearned(context: Context, listed: bigint[], now: bigint): Promise<bigint> {
  let sum = 0n;
  for (const one of listed) {
    const row = await context.db.find(expiry, { expiry: one });
    if (row) sum += unearnedUp({ amount: row.charge, since: row.chargeSince }, one, now);
  }
  return sum;
}

/** Sets cash aside for an expiry's holders. */
export async function setAside(
  context: Context,
  fact: Fact,
  money: Pool,
  { expiry: one, amount, funded, owed }: { expiry: bigint; amount: bigint; funded: bigint; owed: bigint },
): Promise<void> {
  const row = await context.db.find(settlement, { expiry: one });
  if (!row) throw new Error(`no settlement of ${one}`);
  money.cash -= amount;
  money.setAside += amount;
  money.shortfall -= amount;
  const isWhole = funded === owed;
  // Wallets come before the accounts' pot.
  const toPot = isWhole ? least(row.toPot, funded) : 0n;
  money.setAside -= toPot;
  money.pot += toPot;
  const after = { owed: owed - toPot, setAside: funded - toPot };
  await settle(context, fact, one, { ...after, ...(isWhole ? { toPot: 0n } : {}) });
  if (isWhole) money.short = money.short.filter((other) => other !== one);
}

/** Adds to the insurance, or takes from it. */
export async function insure(
  context: Context,
  fact: Fact,
  money: Pool,
  reason: "rent" | "fees" | "liquidation" | "debt",
  amount: bigint,
): Promise<void> {
  if (amount === 0n) return;
  money.insurance += amount;
  const where = place(fact);
  const row = { ...where, id: `${where.id}-${reason}`, reason, amount, insurance: money.insurance };
  await context.db.insert(insuranceChange).values(row);
}

/** Changes what is owed for an expiry and what of that is set aside. */
export async function settle(
  context: Context,
  fact: Fact,
  one: bigint,
  state: { owed: bigint; setAside: bigint; claimed?: bigint; toPot?: bigint },
): Promise<void> {
  await context.db.update(settlement, { expiry: one }).set(state);
  const { owed, setAside } = state;
  const { number } = fact.block;
  await context.db
    .insert(settlementState)
    .values({ id: `${one}-${number}`, block: number, expiry: one, owed, setAside })
    .onConflictDoUpdate({ owed, setAside });
}

/** Adds to what happened on the event's day. */
export async function tally(context: Context, fact: Fact, more: Partial<Omit<Day, "start">>, stand?: Pool): Promise<void> {
  const start = (fact.block.timestamp / DAY) * DAY;
  const before = (await context.db.find(day, { start })) ?? emptyDay(start);
  const { start: _, ...after } = { ...before };
  for (const key of Object.keys(more) as (keyof typeof after)[]) {
    // Counts are numbers, amounts integers of any size; a column is one or the other.
    (after[key] as any) += more[key] as any;
  }
  if (stand) {
    const { nav, supply, sharePrice } = stand;
    Object.assign(after, { nav, supply, sharePrice });
  }
  await context.db.insert(day).values({ start, ...after }).onConflictDoUpdate(after);
}

/** Net asset value of a whole share, WAD; the share has three decimals more than the quote token. */
export function sharePrice({ nav, supply, quoteScale }: Pick<Pool, "nav" | "supply" | "quoteScale">): bigint {
  return supply === 0n ? 0n : (nav * ((WAD / quoteScale) * 1_000n)) / supply;
}

function pick(row: Omit<Pool, "address">) {
  const { cash, base, setAside, shortfall, insurance, fees, capacity, rent, premiums } = row;
  const { hedgeCashFlow, hedgeCost, unearned, borrowed, supplied, rewards, supply } = row;
  const { pot, potClaim, shortCalls, shortPuts, shortPutStrikes } = row;
  const { spot, nav, netDelta, hedgePosition, sharePrice, statusBlock, navLow, navHigh, sharesBlock } = row;
  return {
    ...{ cash, base, setAside, shortfall, insurance, fees, capacity, rent, premiums },
    ...{ hedgeCashFlow, hedgeCost, unearned, borrowed, supplied, rewards, supply },
    ...{ pot, potClaim, shortCalls, shortPuts, shortPutStrikes },
    ...{ spot, nav, netDelta, hedgePosition, sharePrice, statusBlock, navLow, navHigh, sharesBlock },
  };
}

const emptyDay = (start: bigint): Day => ({
  start,
  ...{ trades: 0, volume: 0n, premiums: 0n, fees: 0n, capacity: 0n, rent: 0n },
  ...{ hedges: 0, hedgeCost: 0n, rewards: 0n },
  ...{ deposits: 0n, withdrawals: 0n, payouts: 0n },
  ...{ nav: 0n, supply: 0n, sharePrice: 0n },
});
