// Orders of one leg.
import { ponder } from "ponder:registry";
import { trade } from "ponder:schema";
import * as bills from "./ledger/bill";
import { place } from "./ledger/context";
import * as id from "./ledger/id";
import { read, write } from "./ledger/money";
import { give, realise, tally } from "./ledger/position";

ponder.on("Pool:Bought", async ({ event, context }) => {
  const { taker, receiver, id: one, size, volAfter, ...bill } = event.args;
  const state = await read(context);
  const [total, charges] = [bills.total(bill), bills.charges(bill)];
  await bills.book(context, event, state, id.series(one).expiry, bill);
  await bills.fill(context, event, one, size);
  await give(context, receiver, one, 0n, total);
  await tally(context, taker, { trades: 1, volume: size, paid: total, charges });
  const order = { taker, receiver, series: one, ...id.series(one), side: "buy", size, ...bill, total, volAfter };
  await context.db.insert(trade).values({ ...place(event), ...order, realised: 0n });
  await write(context, event, state);
});

ponder.on("Pool:Sold", async ({ event, context }) => {
  const { taker, receiver, id: one, size, volAfter, ...bill } = event.args;
  const state = await read(context);
  const got = { ...bill, premium: -bill.premium };
  const [total, charges] = [-bills.total(got), bills.charges(bill)];
  await bills.book(context, event, state, id.series(one).expiry, got);
  await bills.fill(context, event, one, -size);
  const realised = await realise(context, taker, one, total);
  await tally(context, taker, { trades: 1, volume: size, received: total, charges });
  const order = { taker, receiver, series: one, ...id.series(one), side: "sell", size, ...bill, total, volAfter };
  await context.db.insert(trade).values({ ...place(event), ...order, realised });
  await write(context, event, state);
});
