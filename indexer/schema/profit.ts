// Profit, realised and not: by account and series, by account, and by provider.
import { eq, onchainView, sql } from "ponder";
import { pool } from "./pool";
import { provider } from "./liquidity";
import { marginAccount, marginLeg } from "./margin";
import { position, series } from "./trading";

/** Value of so many options at their series' mark, atoms rounded down; exact, which a division of numerics is not. */
function value(size: typeof position.size | typeof marginLeg.size) {
  const unit = sql`1000000000000000000 * ${pool.quoteScale}`;
  return sql<bigint>`div(${size} * ${series.mark} - case when ${size} < 0 then ${unit} - 1 else 0 end, ${unit})`;
}

/** What is held, with its value and what that is above its cost. */
const marked = <Held extends typeof position | typeof marginLeg>({ account, series: id, size, cost, realised }: Held) => ({
  ...{ account, series: id, put: series.put, expiry: series.expiry, strike: series.strike },
  ...{ size, cost, realised, mark: series.mark, markedAt: series.markedAt },
  value: value(size).as("value"),
  unrealised: sql<bigint>`${value(size)} - ${cost}`.as("unrealised"),
});

export const seriesProfit = onchainView("series_profit").as((db) =>
  db
    .select(marked(position))
    .from(position)
    .innerJoin(series, eq(series.id, position.series))
    .innerJoin(pool, sql`true`),
);

export const accountProfit = onchainView("account_profit").as((db) =>
  db
    .select({
      account: seriesProfit.account,
      cost: sql<bigint>`sum(${seriesProfit.cost})`.as("cost"),
      value: sql<bigint>`sum(${seriesProfit.value})`.as("value"),
      realised: sql<bigint>`sum(${seriesProfit.realised})`.as("realised"),
      unrealised: sql<bigint>`sum(${seriesProfit.unrealised})`.as("unrealised"),
    })
    .from(seriesProfit)
    .groupBy(seriesProfit.account),
);

/** The same of an account's legs: a short is worth less than nothing, and its cost is what it brought. */
export const marginProfit = onchainView("margin_profit").as((db) =>
  db
    .select(marked(marginLeg))
    .from(marginLeg)
    .innerJoin(series, eq(series.id, marginLeg.series))
    .innerJoin(pool, sql`true`),
);

/** An account as a whole: what it is worth at the marks, what it made, and what it paid for being liquidated. */
export const marginAccountProfit = onchainView("margin_account_profit").as((db) =>
  db
    .select({
      account: marginAccount.account,
      quote: marginAccount.quote,
      value: sql<bigint>`${marginAccount.quote} + coalesce(sum(${marginProfit.value}), 0)`.as("value"),
      realised: marginAccount.realised,
      unrealised: sql<bigint>`coalesce(sum(${marginProfit.unrealised}), 0)`.as("unrealised"),
      penalties: marginAccount.penalties,
      covered: marginAccount.covered,
    })
    .from(marginAccount)
    .leftJoin(marginProfit, eq(marginProfit.account, marginAccount.account))
    .groupBy(
      marginAccount.account,
      marginAccount.quote,
      marginAccount.realised,
      marginAccount.penalties,
      marginAccount.covered,
    ),
);

/** Shares at a net asset value, as the pool converts them. */
function redeemed(nav: typeof pool.nav | typeof pool.navLow) {
  return sql<bigint>`div(${provider.shares} * (div(greatest(${nav}, 0), ${pool.quoteScale}) + 1), ${pool.supply} + 1000)`;
}

/** Shares at the mid as it was last said, as convertToAssets does it, and on the side at which they are redeemed as that was last said,
 * before what a leaver pays and without what accounts owe. */
export const providerReturn = onchainView("provider_return").as((db) =>
  db
    .select({
      address: provider.address,
      shares: provider.shares,
      deposited: provider.deposited,
      withdrawn: provider.withdrawn,
      exitCharges: provider.exitCharges,
      cost: provider.cost,
      realised: provider.realised,
      value: redeemed(pool.nav).as("value"),
      unrealised: sql<bigint>`${redeemed(pool.nav)} - ${provider.cost}`.as("unrealised"),
      exitValue: redeemed(pool.navLow).as("exit_value"),
      exitUnrealised: sql<bigint>`${redeemed(pool.navLow)} - ${provider.cost}`.as("exit_unrealised"),
    })
    .from(provider)
    .innerJoin(pool, sql`true`),
);
