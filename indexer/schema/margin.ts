// Accounts: quote and signed legs of one owner, what they were worth and needed, liquidations, and who paid for debts.
import { index, onchainTable, primaryKey, relations } from "ponder";
import { holding, place } from "./columns";
import { series } from "./trading";

/** An account. Atoms; quote = deposited - withdrawn + realised - the legs' cost + movedIn - movedOut - penalties + covered. */
export const marginAccount = onchainTable("margin_account", (t) => ({
  account: t.hex().primaryKey(),
  /** Below zero what it owes. */
  quote: t.bigint().notNull(),
  /** When it was found below what it needs; zero for never since it last had that. */
  flaggedAt: t.bigint().notNull(),
  deposited: t.bigint().notNull(),
  withdrawn: t.bigint().notNull(),
  /** Of legs that were closed or settled, over what they had cost. */
  realised: t.bigint().notNull(),
  /** Cost of longs that came from a wallet, and of those that went to one. */
  movedIn: t.bigint().notNull(),
  movedOut: t.bigint().notNull(),
  /** To liquidators and the insurance. */
  penalties: t.bigint().notNull(),
  /** Debts that the insurance and the pool paid. */
  covered: t.bigint().notNull(),
  orders: t.integer().notNull(),
  liquidations: t.integer().notNull(),
  /** Series that it has legs in. */
  open: t.bigint().array().notNull(),
}));

/** What an account has of a series, negative for what it is short; the cost is negative, too, where a short brought money. */
export const marginLeg = onchainTable(
  "margin_leg",
  (t) => holding(t),
  (table) => ({ key: primaryKey({ columns: [table.account, table.series] }), seriesIndex: index().on(table.series) }),
);

/** Every change of a leg. */
export const marginLegChange = onchainTable(
  "margin_leg_change",
  (t) => ({
    ...place(t),
    account: t.hex().notNull(),
    series: t.bigint().notNull(),
    /** order, liquidation, moved or settled. */
    reason: t.text().notNull(),
    change: t.bigint().notNull(),
    /** The leg after it. */
    size: t.bigint().notNull(),
    /** What it added to the quote: a leg's part of its order, or what it settled for. */
    amount: t.bigint().notNull(),
    realised: t.bigint().notNull(),
  }),
  (table) => ({ accountIndex: index().on(table.account), blockIndex: index().on(table.block) }),
);

/** An account at the end of every block that changed it or settled legs of it, and of the first block with a status in every hour. */
export const marginState = onchainTable(
  "margin_state",
  (t) => ({
    id: t.text().primaryKey(),
    block: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    account: t.hex().notNull(),
    quote: t.bigint().notNull(),
    /** What its legs of settled expiries will add to that when it is next touched. */
    unmet: t.bigint().notNull(),
    /** Both with the other legs at the anchor, and what that must be to open and to stay: WAD, from formulas in double precision,
     * at the price of the pool's latest status. */
    value: t.bigint().notNull(),
    initial: t.bigint().notNull(),
    maintenance: t.bigint().notNull(),
    spot: t.bigint().notNull(),
  }),
  (table) => ({ accountIndex: index().on(table.account, table.timestamp) }),
);

/** Quote paid into an account, or taken out of it if negative. */
export const marginPayment = onchainTable(
  "margin_payment",
  (t) => ({
    ...place(t),
    account: t.hex().notNull(),
    /** Who paid it, or who got it. */
    other: t.hex().notNull(),
    amount: t.bigint().notNull(),
    quote: t.bigint().notNull(),
  }),
  (table) => ({ accountIndex: index().on(table.account) }),
);

export const liquidation = onchainTable(
  "liquidation",
  (t) => ({
    ...place(t),
    account: t.hex().notNull(),
    by: t.hex().notNull(),
    /** Of every leg that could be closed, WAD. */
    part: t.bigint().notNull(),
    /** What closing cost the account, negative for what it brought; atoms. */
    total: t.bigint().notNull(),
    reward: t.bigint().notNull(),
    insurance: t.bigint().notNull(),
    valueBefore: t.bigint().notNull(),
    requirementBefore: t.bigint().notNull(),
    valueAfter: t.bigint().notNull(),
    requirementAfter: t.bigint().notNull(),
  }),
  (table) => ({ accountIndex: index().on(table.account), byIndex: index().on(table.by) }),
);

/** An account was found below what it needs, or above it again: then flaggedAt is zero. */
export const accountFlag = onchainTable("account_flag", (t) => ({
  ...place(t),
  account: t.hex().notNull(),
  by: t.hex().notNull(),
  value: t.bigint().notNull(),
  requirement: t.bigint().notNull(),
  flaggedAt: t.bigint().notNull(),
}));

/** A debt that nobody can collect: what the insurance paid, what the pool bore, and what is still owed. */
export const badDebt = onchainTable("bad_debt", (t) => ({
  ...place(t),
  account: t.hex().notNull(),
  insurance: t.bigint().notNull(),
  pool: t.bigint().notNull(),
  quote: t.bigint().notNull(),
}));

/** Every change of the insurance, atoms. */
export const insuranceChange = onchainTable("insurance_change", (t) => ({
  ...place(t),
  /** rent, fees, liquidation or debt. */
  reason: t.text().notNull(),
  amount: t.bigint().notNull(),
  insurance: t.bigint().notNull(),
}));

/** What the pool's cash stood in for in the pot, and got back. */
export const claimChange = onchainTable("claim_change", (t) => ({
  ...place(t),
  change: t.bigint().notNull(),
  claim: t.bigint().notNull(),
}));

/** Who may trade on an account. */
export const delegate = onchainTable(
  "delegate",
  (t) => ({ account: t.hex().notNull(), delegate: t.hex().notNull(), approved: t.boolean().notNull() }),
  (table) => ({ key: primaryKey({ columns: [table.account, table.delegate] }) }),
);

export const marginAccountRelations = relations(marginAccount, ({ many }) => ({
  legs: many(marginLeg),
  payments: many(marginPayment),
  liquidations: many(liquidation),
  states: many(marginState),
}));
export const marginLegRelations = relations(marginLeg, ({ one }) => ({
  owner: one(marginAccount, { fields: [marginLeg.account], references: [marginAccount.account] }),
  option: one(series, { fields: [marginLeg.series], references: [series.id] }),
}));
export const marginPaymentRelations = relations(marginPayment, ({ one }) => ({
  owner: one(marginAccount, { fields: [marginPayment.account], references: [marginAccount.account] }),
}));
export const liquidationRelations = relations(liquidation, ({ one }) => ({
  owner: one(marginAccount, { fields: [liquidation.account], references: [marginAccount.account] }),
}));
export const marginStateRelations = relations(marginState, ({ one }) => ({
  owner: one(marginAccount, { fields: [marginState.account], references: [marginAccount.account] }),
}));
