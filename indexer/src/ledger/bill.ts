// What an order of one or more legs books in the pool: premiums, fees, and what is to be earned until its last expiry.
import { expiry, series } from "ponder:schema";
import { LEAST_CHARGE } from "./charge";
import { charged } from "./charges";
import type { Context, Fact } from "./context";
import * as id from "./id";
import { insure, type Pool, tally } from "./money";
import { most, UNIT } from "./number";

export interface Bill {
  /** Positive if the taker paid it. */
  premium: bigint;
  spread: bigint;
  surcharge: bigint;
  capacity: bigint;
  rent: bigint;
}

export const charges = ({ spread, surcharge, capacity, rent }: Bill): bigint => spread + surcharge + capacity + rent;
/** What the taker paid, negative for what it got. */
export const total = (bill: Bill): bigint => bill.premium + charges(bill);

/** Books an order whose last leg ends at `last`. */
export async function book(context: Context, event: Fact, state: Pool, last: bigint, bill: Bill): Promise<void> {
  const { premium, spread, surcharge, capacity, rent } = bill;
  const { quoteScale } = state;
  state.cash += total(bill) - rent;
  state.premiums += premium;
  state.rent += rent;
  await insure(context, event, state, "rent", rent);
  const booked = capacity * quoteScale < LEAST_CHARGE ? 0n : capacity;
  const fees = spread + surcharge + capacity - booked;
  state.fees += (((fees * quoteScale) / UNIT) * UNIT) / quoteScale;
  state.capacity += booked;
  // What the order's own hedge cost is spent; the rest is for risk until the expiry.
  const later = spread + capacity + most(surcharge - most(state.spent, 0n), 0n);
  if (later * quoteScale >= LEAST_CHARGE) await charged(context, event, quoteScale, last, later, false);
  state.spent = 0n;
  await tally(context, event, { trades: 1, premiums: premium, fees, capacity: booked, rent });
}

/** Moves a leg into the book: the pool's position is the other side of the taker's. */
export async function fill(context: Context, event: Fact, one: bigint, size: bigint): Promise<void> {
  const [side, options] = size > 0n ? (["bought", size] as const) : (["sold", -size] as const);
  // What is bought by an account is in nobody's wallet.
  if (!(await context.db.find(series, { id: one }))) await held(context, one, {});
  await context.db
    .update(series, { id: one })
    .set((row) => ({ net: row.net - size, [side]: row[side] + options }));
  await tally(context, event, { volume: options });
}

type Held = Pick<typeof series.$inferSelect, "supply" | "longs" | "shorts">;

/** Notes how much more of a series wallets hold and accounts are long and short of, and whether any is left. */
export async function held(context: Context, one: bigint, more: Partial<Held>): Promise<void> {
  const { supply, longs, shorts } = (await context.db.find(series, { id: one })) ?? { supply: 0n, longs: 0n, shorts: 0n };
  const sums = {
    supply: supply + (more.supply ?? 0n),
    longs: longs + (more.longs ?? 0n),
    shorts: shorts + (more.shorts ?? 0n),
  };
  const fresh = { net: 0n, bought: 0n, sold: 0n, mark: 0n, markedAt: 0n };
  await context.db
    .insert(series)
    .values({ id: one, ...id.series(one), ...sums, ...fresh })
    .onConflictDoUpdate(sums);
  const until = await context.db.find(expiry, { expiry: id.series(one).expiry });
  if (!until) return;
  const others = until.open.filter((other) => other !== one);
  const isOpen = sums.supply !== 0n || sums.longs !== 0n || sums.shorts !== 0n;
  const open = isOpen ? [...others, one] : others;
  await context.db.update(expiry, { expiry: until.expiry }).set({ open });
}
