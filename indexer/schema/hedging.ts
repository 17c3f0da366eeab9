// Hedges, missed hedges and pokes.
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
  /** venue: nothing more within the price limit; means: no free cash to buy with; order: beyond the order's own delta. */
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
