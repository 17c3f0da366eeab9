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

/** What shares were worth after a call that says so: value on both sides and per whole share, WAD. */
export const shareValue = onchainTable(
  "share_value",
  (t) => ({
    ...place(t),
    mid: t.bigint().notNull(),
    /** The side at which shares are redeemed, before what a leaver pays, and that at which they are made. */
    low: t.bigint().notNull(),
    high: t.bigint().notNull(),
    supply: t.bigint().notNull(),
    price: t.bigint().notNull(),
    priceLow: t.bigint().notNull(),
    priceHigh: t.bigint().notNull(),
  }),
  (table) => ({ blockIndex: index().on(table.block), timestampIndex: index().on(table.timestamp) }),
);

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
