// Orders of several legs: the whole first, then each leg. Once the last one is there it is booked.
import { type Context, ponder } from "ponder:registry";
import { leg, multiLegOrder } from "ponder:schema";
import { step } from "./ledger/account";
import * as bills from "./ledger/bill";
import { type Fact, place } from "./ledger/context";
import * as id from "./ledger/id";
import { type Pool, read, write } from "./ledger/money";
import { WAD } from "./ledger/number";
import { give, realise, tally } from "./ledger/position";

type Leg = typeof leg.$inferSelect;

ponder.on("Pool:Ordered", async ({ event, context }) => {
  const { taker, receiver, legs, ...bill } = event.args;
  const [total, charges] = [bills.total(bill), bills.charges(bill)];
  const where = place(event);
  const count = Number(legs);
  const state = await read(context);
  const { onAccount, forced } = state;
  const order = { ...where, taker, receiver, legs: count, onAccount, forced, ...bill, total };
  await context.db.insert(multiLegOrder).values(order);
  if (onAccount) state.pot -= total;
  else {
    const [paid, received] = total > 0n ? [total, 0n] : [0n, -total];
    await tally(context, taker, { trades: 1, paid, received, charges });
  }
  await write(context, event, { ...state, openOrder: where.id, openLegs: count });
});

ponder.on("Pool:LegFilled", async ({ event, context }) => {
  const { taker, receiver, id: one, size, mark, volAfter } = event.args;
  const state = await read(context);
  const [side, options] = size > 0n ? ["buy", size] : ["sell", -size];
  const about = { orderId: state.openOrder, taker, receiver, series: one, ...id.series(one) };
  const numbers = { side, size: options, mark, volAfter, share: 0n, realised: 0n } as const;
  await context.db.insert(leg).values({ ...place(event), id: legId(state), ...about, ...numbers });
  await bills.fill(context, event, one, size);
  if (!state.onAccount) await tally(context, taker, { volume: options });
  state.openLegs -= 1;
  if (state.openLegs === 0) await close(context, event, state);
  await write(context, event, state);
});

/** Legs are found again by their number from the end. */
const legId = ({ openOrder, openLegs }: Pick<Pool, "openOrder" | "openLegs">) => `${openOrder}-${openLegs}`;

/** Books the order, and gives each leg its part of what it cost. */
async function close(context: Context, event: Fact, state: Pool) {
  const order = await context.db.find(multiLegOrder, { id: state.openOrder });
  if (!order) throw new Error("a leg came without its order");
  const legs: Leg[] = [];
  for (let openLegs = order.legs; openLegs > 0; openLegs--) {
    const found = await context.db.find(leg, { id: legId({ ...state, openLegs }) });
    if (found) legs.push({ ...found });
  }
  const last = legs.reduce((latest, { expiry }) => (expiry > latest ? expiry : latest), 0n);
  await bills.book(context, event, state, last, order);
  for (const [index, { leg: each, share }] of shares(legs, order.total, state.quoteScale).entries()) {
    const realised = order.onAccount
      ? await onAccount(context, event, state, each, share, index)
      : await exchange(context, each, share);
    await context.db.update(leg, { id: each.id }).set({ share, realised });
  }
  if (order.onAccount) state.tradedOn = order.receiver;
  Object.assign(state, { openOrder: "", onAccount: false, forced: false });
}

function onAccount(context: Context, event: Fact, state: Pool, each: Leg, cost: bigint, index: number): Promise<bigint> {
  const { side, size, series, receiver } = each;
  const reason = state.forced ? "liquidation" : "order";
  return step(context, event, state, receiver, { series, size: side === "buy" ? size : -size, cost, reason, index });
}

/** What a leg's options cost goes to who got them; what they brought is profit of who had them. */
async function exchange(context: Context, { side, taker, receiver, series }: Leg, share: bigint): Promise<bigint> {
  if (side === "sell") return realise(context, taker, series, -share);
  await give(context, receiver, series, 0n, share);
  return 0n;
}

/** Parts of a total, atoms, that add up to it: each leg at its mark, and of the rest a part by that value, or by size. */
function shares(legs: Leg[], total: bigint, quoteScale: bigint): { leg: Leg; share: bigint }[] {
  const values = legs.map(({ size, mark }) => (size * mark) / WAD / quoteScale);
  const atMark = values.map((value, index) => (legs[index]?.side === "buy" ? value : -value));
  const sum = (list: bigint[]) => list.reduce((so, far) => so + far, 0n);
  const rest = total - sum(atMark);
  const weights = sum(values) > 0n ? values : legs.map(({ size }) => size);
  let left = rest;
  return legs.map((leg, index) => {
    const isLast = index === legs.length - 1;
    const part = isLast ? left : (rest * (weights[index] ?? 0n)) / sum(weights);
    left -= part;
    return { leg, share: (atMark[index] ?? 0n) + part };
  });
}
