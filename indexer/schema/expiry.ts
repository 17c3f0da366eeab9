// Settlements and claims.
import { index, onchainTable } from "ponder";
import { place } from "./columns";

export const settlement = onchainTable("settlement", (t) => ({
  expiry: t.bigint().primaryKey(),
  settledAt: t.bigint().notNull(),
  block: t.bigint().notNull(),
  transaction: t.hex().notNull(),
  /** Of the feed; zero when a proposal stood. */
  round: t.bigint().notNull(),
  price: t.bigint().notNull(),
  /** To all holders, when it settled. */
  total: t.bigint().notNull(),
  /** Still owed, and what of that is set aside. */
  owed: t.bigint().notNull(),
  setAside: t.bigint().notNull(),
  claimed: t.bigint().notNull(),
  /** What accounts owed for it less what they were owed. */
  accounts: t.bigint().notNull(),
  /** What their pot is still to get of that, after the wallets. */
  toPot: t.bigint().notNull(),
}));

/** A settlement after every block that changed it. */
export const settlementState = onchainTable(
  "settlement_state",
  (t) => ({
    id: t.text().primaryKey(),
    block: t.bigint().notNull(),
    expiry: t.bigint().notNull(),
    owed: t.bigint().notNull(),
    setAside: t.bigint().notNull(),
  }),
  (table) => ({ blockIndex: index().on(table.block) }),
);

export const settlementProposal = onchainTable("settlement_proposal", (t) => ({
  ...place(t),
  expiry: t.bigint().notNull(),
  round: t.bigint().notNull(),
  price: t.bigint().notNull(),
  updatedAt: t.bigint().notNull(),
  until: t.bigint().notNull(),
}));

export const claim = onchainTable(
  "claim",
  (t) => ({
    ...place(t),
    holder: t.hex().notNull(),
    receiver: t.hex().notNull(),
    series: t.bigint().notNull(),
    size: t.bigint().notNull(),
    payout: t.bigint().notNull(),
    realised: t.bigint().notNull(),
  }),
  (table) => ({ holderIndex: index().on(table.holder) }),
);
