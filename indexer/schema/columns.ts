// Columns that tables have in common.
import type { PgColumnsBuilders } from "ponder";

/** Where an event is: every table of facts has these. */
export const place = (t: PgColumnsBuilders) => ({
  id: t.text().primaryKey(),
  block: t.bigint().notNull(),
  timestamp: t.bigint().notNull(),
  transaction: t.hex().notNull(),
});

/** Recorded money as the pool's nav() has it, atoms, and the share's supply. */
export const money = (t: PgColumnsBuilders) => ({
  cash: t.bigint().notNull(),
  /** Base tokens held as a hedge, atoms of base. */
  base: t.bigint().notNull(),
  setAside: t.bigint().notNull(),
  shortfall: t.bigint().notNull(),
  insurance: t.bigint().notNull(),
  /** Spread and surcharge taken so far. */
  fees: t.bigint().notNull(),
  /** Charges for capacity so far, earned or not, leavers' included. */
  capacity: t.bigint().notNull(),
  rent: t.bigint().notNull(),
  /** Premiums received less premiums paid. */
  premiums: t.bigint().notNull(),
  hedgeCashFlow: t.bigint().notNull(),
  /** What the swaps cost against the feed: venue fee, impact, basis. */
  hedgeCost: t.bigint().notNull(),
  /** Charges not earned yet at the block's time, WAD. */
  unearned: t.bigint().notNull(),
  /** At the lender: base borrowed less repaid, atoms of base, and quote supplied less withdrawn; interest is beyond them. */
  borrowed: t.bigint().notNull(),
  supplied: t.bigint().notNull(),
  /** Rewards paid for pokes. */
  rewards: t.bigint().notNull(),
  supply: t.bigint().notNull(),
});

/** What the latest PoolStatus said; zeros before the first. */
export const status = (t: PgColumnsBuilders) => ({
  /** Feed price. */
  spot: t.bigint().notNull(),
  /** Net asset value at the mid. */
  nav: t.bigint().notNull(),
  netDelta: t.bigint().notNull(),
  hedgePosition: t.bigint().notNull(),
  /** Net asset value per whole share; zero without shares. */
  sharePrice: t.bigint().notNull(),
  statusBlock: t.bigint().notNull(),
});

/** An anchor as stored, zeros before the first. */
export const anchorNumbers = (t: PgColumnsBuilders) => ({
  atmVol: t.bigint().notNull(),
  leftWing: t.bigint().notNull(),
  rightWing: t.bigint().notNull(),
  carry: t.bigint().notNull(),
  /** The feed's price when it was posted. */
  anchorSpot: t.bigint().notNull(),
  /** What posts moved, at the time of the post; melts within half an hour. */
  volJump: t.bigint().notNull(),
  carryJump: t.bigint().notNull(),
});
