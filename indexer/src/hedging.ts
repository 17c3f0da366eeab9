// Hedges on the venue, those that were missed, who poked, and the loan.
import { ponder } from "ponder:registry";
import { hedge, loanChange, loanLiquidation, missedHedge, poke } from "ponder:schema";
import { place } from "./ledger/context";
import { booked } from "./ledger/hedge";
import { read, tally, write } from "./ledger/money";
import { WAD } from "./ledger/number";

ponder.on("Pool:Hedged", async ({ event, context }) => {
  const { baseAmount: base, quoteAmount: quote, spot } = event.args;
  const state = await read(context);
  const { flow, cost } = booked({ base, quote, spot }, state.quoteScale);
  state.base += base / state.baseScale;
  state.cash += flow;
  state.hedgeCashFlow += flow;
  state.hedgeCost += cost;
  state.spent += cost;
  await context.db.insert(hedge).values({ ...place(event), base, quote, spot, cost });
  await tally(context, event, { hedges: 1, hedgeCost: cost });
  await write(context, event, state);
});

const REASONS: Record<number, string> = { 1: "venue", 2: "means", 3: "untried" };

ponder.on("Pool:HedgeMissed", async ({ event, context }) => {
  const { baseAmount: base, exposure, exposureLimit } = event.args;
  const reason = REASONS[event.args.reason] ?? String(event.args.reason);
  await context.db.insert(missedHedge).values({ ...place(event), base, exposure, exposureLimit, reason });
});

ponder.on("Pool:Rebalanced", async ({ event, context }) => {
  const { by, baseAmount: base, reward } = event.args;
  const state = await read(context);
  state.cash -= reward;
  state.rewards += reward;
  await context.db.insert(poke).values({ ...place(event), by, base, reward });
  await tally(context, event, { rewards: reward });
  await write(context, event, state);
});

ponder.on("Pool:LoanChanged", async ({ event, context }) => {
  const { borrowed, supplied, owed, collateral } = event.args;
  const state = await read(context);
  state.base += borrowed;
  state.cash -= supplied;
  state.borrowed += borrowed;
  state.supplied += supplied;
  const interest = { interestOwed: owed - state.borrowed, interestEarned: collateral - state.supplied };
  await context.db.insert(loanChange).values({ ...place(event), borrowed, supplied, owed, collateral, ...interest });
  await write(context, event, state);
});

ponder.on("Pool:LoanLiquidated", async ({ event, context }) => {
  const { collateral, debt, spot } = event.args;
  const state = await read(context);
  // Base bought back, dearer than the feed says.
  const cost = collateral - (debt * state.baseScale * spot) / WAD / state.quoteScale;
  state.borrowed -= debt;
  state.supplied -= collateral;
  state.hedgeCashFlow -= collateral;
  state.hedgeCost += cost;
  await context.db.insert(loanLiquidation).values({ ...place(event), collateral, debt, spot, cost });
  await tally(context, event, { hedgeCost: cost });
  await write(context, event, state);
});
