// Accounts: margin in and out, positions moved, orders on them, settlement, liquidation, debts, the insurance, the pot.
import { ponder } from "ponder:registry";
import { accountFlag, badDebt, claimChange, delegate, expiry, liquidation, marginPayment } from "ponder:schema";
import { change, costOf, record, step } from "./ledger/account";
import { place } from "./ledger/context";
import { insure, read, write } from "./ledger/money";
import { carry, give } from "./ledger/position";

ponder.on("Pool:MarginDeposited", async ({ event, context }) => {
  const { account, by: other, amount, quote } = event.args;
  const state = await read(context);
  state.pot += amount;
  await change(context, account, (row) => ({ quote, deposited: row.deposited + amount }));
  await context.db.insert(marginPayment).values({ ...place(event), account, other, amount, quote });
  await record(context, event, state, account);
  await write(context, event, state);
});

ponder.on("Pool:MarginWithdrawn", async ({ event, context }) => {
  const { account, receiver: other, amount, quote } = event.args;
  const state = await read(context);
  state.pot -= amount;
  // Whoever may withdraw is above its requirement.
  await change(context, account, (row) => ({ quote, flaggedAt: 0n, withdrawn: row.withdrawn + amount }));
  await context.db.insert(marginPayment).values({ ...place(event), account, other, amount: -amount, quote });
  await record(context, event, state, account);
  await write(context, event, state);
});

ponder.on("Pool:PositionMoved", async ({ event, context }) => {
  const { account, receiver, id: series, size } = event.args;
  const state = await read(context);
  const isIn = size > 0n;
  const cost = isIn ? await carry(context, account, series) : -(await costOf(context, account, series, -size));
  await step(context, event, state, account, { series, size, cost, reason: "moved" });
  if (isIn) await change(context, account, (row) => ({ movedIn: row.movedIn + cost }));
  else {
    await change(context, account, (row) => ({ movedOut: row.movedOut - cost, flaggedAt: 0n }));
    await give(context, receiver, series, 0n, -cost);
  }
  await record(context, event, state, account);
  await write(context, event, state);
});

// An order's event comes before the order.
ponder.on("Pool:AccountTraded", async ({ event, context }) => {
  const { account, quote } = event.args;
  await change(context, account, (row) => ({ quote, orders: row.orders + 1 }));
  const state = await read(context);
  await write(context, event, { ...state, onAccount: true });
});

ponder.on("Pool:Liquidated", async ({ event, context }) => {
  const { account, ...numbers } = event.args;
  const { total, reward, insurance } = numbers;
  const state = await read(context);
  state.pot -= reward + insurance;
  await insure(context, event, state, "liquidation", insurance);
  const taken = reward + insurance;
  await change(context, account, (row) => ({
    quote: row.quote - total - taken,
    penalties: row.penalties + taken,
    liquidations: row.liquidations + 1,
    ...(numbers.valueAfter >= numbers.requirementAfter ? { flaggedAt: 0n } : {}),
  }));
  await context.db.insert(liquidation).values({ ...place(event), account, ...numbers });
  await write(context, event, { ...state, onAccount: true, forced: true });
});

ponder.on("Pool:LegSettled", async ({ event, context }) => {
  const { account, id: series, size, amount, quote } = event.args;
  const state = await read(context);
  await step(context, event, state, account, { series, size: -size, cost: -amount, reason: "settled" });
  await change(context, account, () => ({ quote }));
  await record(context, event, state, account);
  await write(context, event, state);
});

ponder.on("Pool:AccountFlagged", async ({ event, context }) => {
  const { account, ...numbers } = event.args;
  const state = await read(context);
  await change(context, account, () => ({ flaggedAt: numbers.flaggedAt }));
  await context.db.insert(accountFlag).values({ ...place(event), account, ...numbers });
  await write(context, event, state);
});

/** The pool lends to the pot and is paid back out of it. What is not paid back is in DebtCovered. */
ponder.on("Pool:ClaimChanged", async ({ event, context }) => {
  const { change: lent, claim } = event.args;
  const state = await read(context);
  state.cash -= lent;
  state.pot += lent;
  state.potClaim = claim;
  await context.db.insert(claimChange).values({ ...place(event), change: lent, claim });
  await write(context, event, state);
});

ponder.on("Pool:DebtCovered", async ({ event, context }) => {
  const { account, insurance, pool, quote } = event.args;
  const state = await read(context);
  await insure(context, event, state, "debt", -insurance);
  state.cash -= pool;
  state.pot += insurance + pool;
  await change(context, account, (row) => ({ quote, covered: row.covered + insurance + pool }));
  await context.db.insert(badDebt).values({ ...place(event), account, insurance, pool, quote });
  await record(context, event, state, account);
  await write(context, event, state);
});

ponder.on("Pool:Insured", async ({ event, context }) => {
  const { amount } = event.args;
  const state = await read(context);
  state.cash -= amount;
  await insure(context, event, state, "fees", amount);
  await write(context, event, state);
});

/** What accounts owed for an expiry leaves the pot; what they were owed comes to it once the wallets' part is there. */
ponder.on("Pool:AccountsSettled", async ({ event, context }) => {
  const { expiry: one, amount } = event.args;
  await context.db.update(expiry, { expiry: one }).set({ accounts: amount });
  if (amount < 0n) return;
  const state = await read(context);
  state.pot -= amount;
  state.cash += amount;
  await write(context, event, state);
});

ponder.on("Pool:DelegateSet", async ({ event, context }) => {
  const { approved, ...pair } = event.args;
  await context.db.insert(delegate).values({ ...pair, approved }).onConflictDoUpdate({ approved });
});
