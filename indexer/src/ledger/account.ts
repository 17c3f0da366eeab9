// Accounts: their quote and legs at average cost, and what they were worth and needed when something happened to them.
import { expiry, marginAccount, marginLeg, marginLegChange, marginState, settlement } from "ponder:schema";
import { held } from "./bill";
import { type Context, type Fact, place } from "./context";
import * as id from "./id";
import { type Pool } from "./money";
import { most, WAD } from "./number";
import { health } from "./requirement";
import { prepare, wad } from "./smile";

type Address = `0x${string}`;
export type Account = Omit<typeof marginAccount.$inferSelect, "account">;
const NOTHING: Account = {
  ...{ quote: 0n, flaggedAt: 0n, deposited: 0n, withdrawn: 0n, realised: 0n },
  ...{ movedIn: 0n, movedOut: 0n, penalties: 0n, covered: 0n, orders: 0, liquidations: 0, open: [] },
};

/** Changes an account, which comes into being with that. */
export async function change(context: Context, account: Address, by: (row: Account) => Partial<Account>): Promise<void> {
  const { account: _, ...before } = { account, ...((await context.db.find(marginAccount, { account })) ?? NOTHING) };
  const after = { ...before, ...by(before) };
  await context.db.insert(marginAccount).values({ account, ...after }).onConflictDoUpdate(after);
}

export type Reason = "order" | "liquidation" | "moved" | "settled";

/** A change of a leg, with what it cost (atoms, negative for what it brought). */
export interface Step {
  series: bigint;
  size: bigint;
  cost: bigint;
  reason: Reason;
  /** Which leg of its order it is. */
  index?: number;
}

/** Enters a change of a leg; what it closes is profit, except where the options and their cost only go to a wallet. Returns the profit. */
export async function step(context: Context, fact: Fact, state: Pool, account: Address, one: Step): Promise<bigint> {
  const { series, size, cost, reason, index = 0 } = one;
  const key = { account, series };
  const { size: held, cost: paid, realised: before } = (await context.db.find(marginLeg, key)) ?? { size: 0n, cost: 0n, realised: 0n };
  // The contract cuts an order's leg where it turns a position around, so that each is one or the other.
  const isClose = held !== 0n && held > 0n !== size > 0n;
  const gone = isClose ? (paid * size) / -held : 0n;
  const profit = isClose ? -cost - gone : 0n;
  const after = { size: held + size, cost: isClose ? paid - gone : paid + cost, realised: before + profit };
  await context.db.insert(marginLeg).values({ ...key, ...after }).onConflictDoUpdate(after);
  await change(context, account, (row) => ({ realised: row.realised + profit }));
  const where = { ...place(fact), account, series, reason };
  await context.db
    .insert(marginLegChange)
    .values({ ...where, id: `${where.id}-${String(index).padStart(2, "0")}`, change: size, size: after.size, amount: -cost, realised: profit });
  if (reason !== "settled") await interest(context, state, series, held, after.size);
  await list(context, state, account, series, after.size);
  return profit;
}

/** What options cost that leave an account for a wallet: their part of the leg's cost, at which they are no profit. */
export async function costOf(context: Context, account: Address, series: bigint, size: bigint): Promise<bigint> {
  const row = await context.db.find(marginLeg, { account, series });
  return row && row.size > 0n ? (row.cost * size) / row.size : 0n;
}

/** What all accounts are long and short of a series changes with a leg. */
async function interest(context: Context, state: Pool, series: bigint, before: bigint, after: bigint) {
  const longs = most(after, 0n) - most(before, 0n);
  const shorts = most(-after, 0n) - most(-before, 0n);
  await held(context, series, { longs, shorts });
  short(state, series, shorts);
}

/** Adds to what accounts are short of together. */
export function short(state: Pool, series: bigint, size: bigint): void {
  const { put, strike } = id.series(series);
  if (!put) state.shortCalls += size;
  else {
    state.shortPuts += size;
    state.shortPutStrikes += (size * strike) / WAD;
  }
}

/** Keeps the lists of an account's legs and of accounts that have any. */
async function list(context: Context, state: Pool, account: Address, series: bigint, size: bigint) {
  let count = 0;
  await change(context, account, ({ open }) => {
    const others = open.filter((other) => other !== series);
    const after = size === 0n ? others : [...others, series];
    count = after.length;
    return { open: after };
  });
  const others = state.legged.filter((other) => other !== account);
  state.legged = count === 0 ? others : [...others, account];
}

/** Writes what an account is worth and needs at the end of the block so far. Returns whether it has what it needs to stay. */
export async function record(context: Context, fact: Fact, state: Pool, account: Address): Promise<boolean> {
  const { number: block, timestamp } = fact.block;
  const found = await context.db.find(marginAccount, { account });
  if (!found) return true;
  const { legs, unmet } = await standing(context, state, account, found.open, timestamp);
  const { legs: worth, initial, maintenance } = health(legs, Number(state.spot) / 1e18);
  const numbers = {
    ...{ quote: found.quote, unmet, value: (found.quote + unmet) * state.quoteScale + wad(worth) },
    ...{ initial: wad(initial), maintenance: wad(maintenance), spot: state.spot },
  };
  await context.db
    .insert(marginState)
    .values({ id: `${account}-${block}`, block, timestamp, account, ...numbers })
    .onConflictDoUpdate(numbers);
  return numbers.value >= numbers.maintenance;
}

/** An account's legs ready to be priced, and what those of settled expiries will add to its quote when it is touched: like the
 * pool's view they count at the settlement price and move no more, so that they need nothing. */
async function standing(context: Context, { spot, quoteScale }: Pool, account: Address, open: bigint[], now: bigint) {
  const legs = [];
  let unmet = 0n;
  for (const one of open) {
    const option = id.series(one);
    const size = (await context.db.find(marginLeg, { account, series: one }))?.size ?? 0n;
    const anchor = await context.db.find(expiry, { expiry: option.expiry });
    const settled = anchor?.listed ? null : await context.db.find(settlement, { expiry: option.expiry });
    if (settled) unmet += id.settles({ ...option, size }, settled.price, quoteScale);
    else legs.push({ ...prepare(option, anchor, spot, now), size: Number(size) / 1e18 });
  }
  return { legs, unmet };
}
