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
  /** Series that a wallet or an account has a position in. */
  open: t.bigint().array().notNull(),
  /** What accounts owed for it less what they were owed, once it is being settled. */
  accounts: t.bigint().notNull(),
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

/** Every post of a quorum: whose surface it was, when that was made, the newest report, and of how many. */
export const surfacePost = onchainTable("surface_post", (t) => ({
  ...place(t),
  signer: t.hex().notNull(),
  time: t.bigint().notNull(),
  newest: t.bigint().notNull(),
  reports: t.integer().notNull(),
}));

/** Signers that were proposed, and that became the quorum. */
export const signersChange = onchainTable("signers_change", (t) => ({
  ...place(t),
  /** proposed or accepted. */
  step: t.text().notNull(),
  threshold: t.bigint().notNull(),
  signers: t.hex().array().notNull(),
  /** Of a proposal: from when on it can be accepted. */
  acceptableAt: t.bigint().notNull(),
}));
