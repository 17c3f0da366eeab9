// Orders, series, and what wallets hold of them.
import { index, onchainTable, primaryKey, relations } from "ponder";
import { bill, fill, holding, option, parties, place } from "./columns";

/** An order of one leg, by a wallet. */
export const trade = onchainTable(
  "trade",
  (t) => ({ ...place(t), ...parties(t), ...fill(t), ...bill(t) }),
  (table) => ({
    takerIndex: index().on(table.taker),
    seriesIndex: index().on(table.series),
    blockIndex: index().on(table.block),
  }),
);

/** An order of legs as a whole; premium and total are positive where the taker paid. */
export const multiLegOrder = onchainTable(
  "multi_leg_order",
  (t) => ({
    ...place(t),
    ...parties(t),
    ...bill(t),
    legs: t.integer().notNull(),
    /** Whether it is on the receiver's account, and no wallet's positions change; and whether the taker liquidated that. */
    onAccount: t.boolean().notNull(),
    forced: t.boolean().notNull(),
  }),
  (table) => ({ takerIndex: index().on(table.taker), blockIndex: index().on(table.block) }),
);

/** One leg of such an order. */
export const leg = onchainTable(
  "leg",
  (t) => ({
    ...place(t),
    orderId: t.text().notNull(),
    ...parties(t),
    ...fill(t),
    /** Anchor value of one option then. */
    mark: t.bigint().notNull(),
    /** The leg's part of the order's total, positive where the taker paid: its size at the mark, and of what the order cost
     * beyond the marks a part by that value. */
    share: t.bigint().notNull(),
  }),
  (table) => ({ orderIndex: index().on(table.orderId), blockIndex: index().on(table.block) }),
);

export const series = onchainTable(
  "series",
  (t) => ({
    id: t.bigint().primaryKey(),
    ...option(t),
    /** Options in wallets. */
    supply: t.bigint().notNull(),
    /** What accounts are long and short of, until it is settled. */
    longs: t.bigint().notNull(),
    shorts: t.bigint().notNull(),
    /** The pool's position; zero once settled. */
    net: t.bigint().notNull(),
    bought: t.bigint().notNull(),
    sold: t.bigint().notNull(),
    /** Value of one option on the anchor when its expiry was last posted or the pool last said where it stood; the payoff
     * once settled. From formulas in double precision: good to about 1e-9 of spot. */
    mark: t.bigint().notNull(),
    markedAt: t.bigint().notNull(),
  }),
  (table) => ({ expiryIndex: index().on(table.expiry) }),
);

/** Whoever traded with a wallet, and what that came to. */
export const account = onchainTable("account", (t) => ({
  address: t.hex().primaryKey(),
  trades: t.integer().notNull(),
  volume: t.bigint().notNull(),
  /** What orders cost and sales brought in, charges included. */
  paid: t.bigint().notNull(),
  received: t.bigint().notNull(),
  charges: t.bigint().notNull(),
  payouts: t.bigint().notNull(),
  realised: t.bigint().notNull(),
}));

/** What a wallet holds of a series. */
export const position = onchainTable(
  "position",
  (t) => ({
    ...holding(t),
    /** Cost of what left without proceeds being known yet, within a call. */
    released: t.bigint().notNull(),
  }),
  (table) => ({
    key: primaryKey({ columns: [table.account, table.series] }),
    seriesIndex: index().on(table.series),
  }),
);

/** Every change of a position. */
export const positionChange = onchainTable(
  "position_change",
  (t) => ({
    ...place(t),
    from: t.hex().notNull(),
    to: t.hex().notNull(),
    series: t.bigint().notNull(),
    size: t.bigint().notNull(),
  }),
  (table) => ({ blockIndex: index().on(table.block) }),
);

export const accountRelations = relations(account, ({ many }) => ({
  positions: many(position),
  trades: many(trade),
}));
export const positionRelations = relations(position, ({ one }) => ({
  holder: one(account, { fields: [position.account], references: [account.address] }),
  option: one(series, { fields: [position.series], references: [series.id] }),
}));
export const tradeRelations = relations(trade, ({ one }) => ({
  account: one(account, { fields: [trade.taker], references: [account.address] }),
  option: one(series, { fields: [trade.series], references: [series.id] }),
}));
export const multiLegOrderRelations = relations(multiLegOrder, ({ many }) => ({ filled: many(leg) }));
export const legRelations = relations(leg, ({ one }) => ({
  whole: one(multiLegOrder, { fields: [leg.orderId], references: [multiLegOrder.id] }),
  option: one(series, { fields: [leg.series], references: [series.id] }),
}));
