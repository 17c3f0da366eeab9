// Orders. What one leg of an order books is a function of its own, for orders of more than one.
import { type Context, ponder } from "ponder:registry";
import { expiry, series, trade } from "ponder:schema";
import { LEAST_CHARGE } from "./ledger/charge";
import { charged } from "./ledger/charges";
import { type Fact, place } from "./ledger/context";
import * as id from "./ledger/id";
import { type Pool, read, tally as tallyDay, write } from "./ledger/money";
import { most, UNIT } from "./ledger/number";
import { give, realise, tally as tallyAccount } from "./ledger/position";

type Address = `0x${string}`;

interface Bill {
  premium: bigint;
  spread: bigint;
  surcharge: bigint;
  capacity: bigint;
  rent: bigint;
}

interface Leg {
  series: bigint;
  size: bigint;
  /** What the pool's cash gets of the premium: negative for what it pays. */
  premium: bigint;
}

ponder.on("Pool:Bought", async ({ event, context }) => {
  const { taker, receiver, id: one, size, volAfter, ...bill } = event.args;
  const state = await read(context);
  const charges = chargesOf(bill);
  const total = bill.premium + charges;
  state.cash += total - bill.rent;
  await book(context, event, state, { series: one, size, premium: bill.premium }, bill);
  await give(context, receiver, one, 0n, total);
  await traded(context, one, size, "bought");
  await tallyAccount(context, taker, { trades: 1, volume: size, paid: total, charges });
  const order = { taker, receiver, series: one, ...id.series(one), side: "buy", size, ...bill, total, volAfter };
  await context.db.insert(trade).values({ ...place(event), ...order, realised: 0n });
  await write(context, event, state);
});

ponder.on("Pool:Sold", async ({ event, context }) => {
  const { taker, receiver, id: one, size, volAfter, ...bill } = event.args;
  const state = await read(context);
  const charges = chargesOf(bill);
  const total = bill.premium - charges;
  state.cash -= total;
  await book(context, event, state, { series: one, size: -size, premium: -bill.premium }, bill);
  const realised = await realise(context, taker, one, total);
  await traded(context, one, size, "sold");
  await tallyAccount(context, taker, { trades: 1, volume: size, received: total, charges });
  const order = { taker, receiver, series: one, ...id.series(one), side: "sell", size, ...bill, total, volAfter };
  await context.db.insert(trade).values({ ...place(event), ...order, realised });
  await write(context, event, state);
});

const chargesOf = ({ spread, surcharge, capacity, rent }: Bill) => spread + surcharge + capacity + rent;

/** The pool's side of a leg: its position, premiums, fees, and what is to be earned until the expiry. */
async function book(context: Context, event: Fact, state: Pool, leg: Leg, bill: Bill) {
  const { spread, surcharge, capacity, rent } = bill;
  const { quoteScale } = state;
  state.premiums += leg.premium;
  state.insurance += rent;
  state.rent += rent;
  const booked = capacity * quoteScale < LEAST_CHARGE ? 0n : capacity;
  const fees = spread + surcharge + capacity - booked;
  state.fees += (((fees * quoteScale) / UNIT) * UNIT) / quoteScale;
  state.capacity += booked;
  // What the order's own hedge cost is spent; the rest is for risk until the expiry.
  const later = spread + capacity + most(surcharge - most(state.spent, 0n), 0n);
  if (later * quoteScale >= LEAST_CHARGE) {
    await charged(context, event, quoteScale, id.series(leg.series).expiry, later, false);
  }
  state.spent = 0n;
  await context.db.update(series, { id: leg.series }).set((row) => ({ net: row.net - leg.size }));
  const volume = leg.size < 0n ? -leg.size : leg.size;
  await tallyDay(context, event, { trades: 1, volume, premiums: leg.premium, fees, capacity: booked, rent });
}

async function traded(context: Context, one: bigint, size: bigint, side: "bought" | "sold") {
  await context.db.update(series, { id: one }).set((row) => ({ [side]: row[side] + size }));
}

/** Notes how many options of a series accounts hold, and whether any are left. */
export async function supplied(context: Context, one: bigint, change: bigint) {
  const known = await context.db.find(series, { id: one });
  const supply = (known?.supply ?? 0n) + change;
  const fresh = { supply, net: 0n, bought: 0n, sold: 0n, mark: 0n, markedAt: 0n };
  await context.db
    .insert(series)
    .values({ id: one, ...id.series(one), ...fresh })
    .onConflictDoUpdate({ supply });
  const until = await context.db.find(expiry, { expiry: id.series(one).expiry });
  if (!until) return;
  const others = until.open.filter((other) => other !== one);
  const open = supply === 0n ? others : [...others, one];
  await context.db.update(expiry, { expiry: until.expiry }).set({ open });
}
