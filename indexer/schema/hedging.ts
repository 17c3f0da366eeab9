// Hedges, missed hedges, pokes, and the loan that a short hedge is on.
import { index, onchainTable } from "ponder";
import { place } from "./columns";

export const hedge = onchainTable(
  "hedge",
  (t) => ({
    ...place(t),
    /** Bought if positive, WAD. */
    base: t.bigint().notNull(),
    quote: t.bigint().notNull(),
    spot: t.bigint().notNull(),
    /** Against the feed's price: venue fee, impact, basis. */
    cost: t.bigint().notNull(),
  }),
  (table) => ({ blockIndex: index().on(table.block) }),
);

export const missedHedge = onchainTable("missed_hedge", (t) => ({
  ...place(t),
  base: t.bigint().notNull(),
  exposure: t.bigint().notNull(),
  exposureLimit: t.bigint().notNull(),
  /** venue: nothing more within the price limit; means: no free cash to buy with, or no base to sell; untried: left to a later
   * call, as what is beyond an order's own delta. */
  reason: t.text().notNull(),
}));

/** Every call of rebalance. */
export const poke = onchainTable(
  "poke",
  (t) => ({
    ...place(t),
    by: t.hex().notNull(),
    base: t.bigint().notNull(),
    reward: t.bigint().notNull(),
  }),
  (table) => ({ byIndex: index().on(table.by) }),
);

/** Every step at the lender, atoms. */
export const loanChange = onchainTable("loan_change", (t) => ({
  ...place(t),
  /** Base borrowed, negative for repaid; quote supplied, negative for withdrawn. */
  borrowed: t.bigint().notNull(),
  supplied: t.bigint().notNull(),
  /** What is owed and stands there after it, interest included. */
  owed: t.bigint().notNull(),
  collateral: t.bigint().notNull(),
  /** What of both is interest since the pool first borrowed and supplied: paid, and earned. */
  interestOwed: t.bigint().notNull(),
  interestEarned: t.bigint().notNull(),
}));

/** Every change of the part of idle cash that the pool keeps at the lender, WAD. */
export const idleShareChange = onchainTable("idle_share_change", (t) => ({ ...place(t), share: t.bigint().notNull() }));

/** Collateral that others took for debt, atoms. */
export const loanLiquidation = onchainTable("loan_liquidation", (t) => ({
  ...place(t),
  collateral: t.bigint().notNull(),
  debt: t.bigint().notNull(),
  spot: t.bigint().notNull(),
  /** What was taken beyond the debt's value at the feed. */
  cost: t.bigint().notNull(),
}));
