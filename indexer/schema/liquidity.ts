// Providers: what went in and out, and the share's holders.
import { index, onchainTable } from "ponder";
import { place } from "./columns";

export const deposit = onchainTable(
  "deposit",
  (t) => ({
    ...place(t),
    sender: t.hex().notNull(),
    owner: t.hex().notNull(),
    assets: t.bigint().notNull(),
    shares: t.bigint().notNull(),
  }),
  (table) => ({ ownerIndex: index().on(table.owner) }),
);

export const withdrawal = onchainTable(
  "withdrawal",
  (t) => ({
    ...place(t),
    sender: t.hex().notNull(),
    receiver: t.hex().notNull(),
    owner: t.hex().notNull(),
    assets: t.bigint().notNull(),
    shares: t.bigint().notNull(),
    /** Paid for the capacity that left, out of the shares' value. */
    exitCharge: t.bigint().notNull(),
    realised: t.bigint().notNull(),
  }),
  (table) => ({ ownerIndex: index().on(table.owner) }),
);

/** A holder of shares. Cost is by average, as for positions. */
export const provider = onchainTable("provider", (t) => ({
  address: t.hex().primaryKey(),
  shares: t.bigint().notNull(),
  cost: t.bigint().notNull(),
  deposited: t.bigint().notNull(),
  withdrawn: t.bigint().notNull(),
  exitCharges: t.bigint().notNull(),
  realised: t.bigint().notNull(),
  released: t.bigint().notNull(),
  /** The charge of the present call. */
  exitCharge: t.bigint().notNull(),
}));

/** Every transfer of shares; from or to zero they are made or burned. */
export const shareTransfer = onchainTable(
  "share_transfer",
  (t) => ({
    ...place(t),
    from: t.hex().notNull(),
    to: t.hex().notNull(),
    shares: t.bigint().notNull(),
  }),
  (table) => ({ blockIndex: index().on(table.block) }),
);
