// Not from the chain: the market's own quotes, as a keeper's signer read and told them while this indexer ran. A new sync begins without
// any, and blocks that are taken back take what was read at them along.
import { index, onchainTable, primaryKey } from "ponder";

/** One expiry of the market at one time; strikes ascend, and vols are in the same order. WAD. */
export const marketSmile = onchainTable(
  "market_smile",
  (t) => ({
    /** When the signer read it, and when this indexer did; unix seconds of the chain and of this machine. */
    time: t.bigint().notNull(),
    readAt: t.bigint().notNull(),
    expiry: t.bigint().notNull(),
    /** What the signer calls its source. */
    source: t.text().notNull(),
    currency: t.text().notNull(),
    /** Spot index, and the forward of the expiry; quote per base. */
    spot: t.bigint().notNull(),
    forward: t.bigint().notNull(),
    strikes: t.bigint().array().notNull(),
    /** Of the market's mark, of its best bid and of its best ask; zero where there is none. */
    vols: t.bigint().array().notNull(),
    bids: t.bigint().array().notNull(),
    asks: t.bigint().array().notNull(),
  }),
  (table) => ({
    key: primaryKey({ columns: [table.time, table.expiry] }),
    expiryIndex: index().on(table.expiry, table.time),
  }),
);
