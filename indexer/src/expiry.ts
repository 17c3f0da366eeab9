// After expiry: the settlement price, what holders are owed, and their claims.
import { ponder } from "ponder:registry";
import { claim, expiry, marginAccount, series, settlement, settlementProposal } from "ponder:schema";
import { record, short } from "./ledger/account";
import { place } from "./ledger/context";
import * as id from "./ledger/id";
import { read, setAside, settle, tally as tallyDay, write } from "./ledger/money";
import { realise, tally as tallyAccount } from "./ledger/position";

ponder.on("Pool:SettlementProposed", async ({ event, context }) => {
  const { expiry, roundId: round, price, updatedAt, until } = event.args;
  await context.db.insert(settlementProposal).values({ ...place(event), expiry, round, price, updatedAt, until });
});

ponder.on("Pool:Settled", async ({ event, context }) => {
  const { expiry: one, roundId: round, price, owed } = event.args;
  const { timestamp: settledAt, block, transaction } = place(event);
  const until = await context.db.find(expiry, { expiry: one });
  const accounts = until?.accounts ?? 0n;
  const sums = { total: owed, owed, setAside: 0n, claimed: 0n, accounts, toPot: accounts < 0n ? -accounts : 0n };
  await context.db.insert(settlement).values({ expiry: one, settledAt, block, transaction, round, price, ...sums });
  await settle(context, event, one, { owed, setAside: 0n });
  const state = await read(context);
  state.listed = state.listed.filter((other) => other !== one);
  state.shortfall += owed;
  if (owed > 0n) state.short = [...state.short, one].sort((a, b) => (a < b ? -1 : 1));

  for (const each of until?.open ?? []) {
    const mark = id.payoff(id.series(each), price);
    const row = await context.db.find(series, { id: each });
    short(state, each, -(row?.shorts ?? 0n));
    await context.db.update(series, { id: each }).set({ net: 0n, longs: 0n, shorts: 0n, mark, markedAt: settledAt });
  }
  // What was not earned until now is.
  await context.db.update(expiry, { expiry: one }).set({ listed: false, charge: 0n });
  for (const account of state.legged) {
    const found = await context.db.find(marginAccount, { account });
    if (found?.open.some((leg) => id.series(leg).expiry === one)) await record(context, event, state, account);
  }
  await write(context, event, state);
});

ponder.on("Pool:Funded", async ({ event, context }) => {
  const state = await read(context);
  await setAside(context, event, state, event.args);
  await write(context, event, state);
});

ponder.on("Pool:Claimed", async ({ event, context }) => {
  const { holder, receiver, id: one, size, payout } = event.args;
  const state = await read(context);
  const settled = await context.db.find(settlement, { expiry: id.series(one).expiry });
  if (!settled) throw new Error(`claimed of ${one}, which is not settled`);
  state.setAside -= payout;
  const after = { owed: settled.owed - payout, setAside: settled.setAside - payout };
  await settle(context, event, settled.expiry, { ...after, claimed: settled.claimed + payout });
  const realised = await realise(context, holder, one, payout);
  await tallyAccount(context, holder, { payouts: payout });
  await context.db.insert(claim).values({ ...place(event), holder, receiver, series: one, size, payout, realised });
  await tallyDay(context, event, { payouts: payout });
  await write(context, event, state);
});
