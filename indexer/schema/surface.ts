// The surface: expiries with their anchors now, every post, and the charges that are earned until an expiry.
import { index, onchainTable } from "ponder";
import { anchorNumbers, place } from "./columns";

export const expiry = onchainTable("expiry", (t) => ({
  expiry: t.bigint().primaryKey(),
  listedAt: t.bigint().notNull(),
  listedBlock: t.bigint().notNull(),
  /** False once it is settled. */
  listed: t.boolean().notNull(),
  postedAt: t.bigint().notNull(),
  ...anchorNumbers(t),
  /** Charges unearned at a time, in millionths of the quote currency; earned linearly until the expiry. */
  charge: t.bigint().notNull(),
  chargeSince: t.bigint().notNull(),
  /** Series that somebody holds. */
  open: t.bigint().array().notNull(),
}));

/** Every post: the history of the surface. */
export const anchor = onchainTable(
  "anchor",
  (t) => ({ ...place(t), expiry: t.bigint().notNull(), ...anchorNumbers(t) }),
  (table) => ({ expiryIndex: index().on(table.expiry, table.timestamp) }),
);

/** Every addition to what is earned until an expiry, and what was unearned then with it. */
export const charge = onchainTable(
  "charge",
  (t) => ({
    ...place(t),
    expiry: t.bigint().notNull(),
    /** Atoms. */
    added: t.bigint().notNull(),
    /** Whether a leaver paid it. */
    exit: t.boolean().notNull(),
    /** Millionths of the quote currency. */
    unearned: t.bigint().notNull(),
  }),
  (table) => ({ blockIndex: index().on(table.block) }),
);
