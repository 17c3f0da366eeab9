// Columns that tables have in common.
import type { PgColumnsBuilders } from "ponder";

/** Where an event is: every table of facts has these. */
export const place = (t: PgColumnsBuilders) => ({
  id: t.text().primaryKey(),
  block: t.bigint().notNull(),
  timestamp: t.bigint().notNull(),
  transaction: t.hex().notNull(),
});

/** What a series is. */
export const option = (t: PgColumnsBuilders) => ({
  put: t.boolean().notNull(),
  expiry: t.bigint().notNull(),
  strike: t.bigint().notNull(),
});

/** What somebody has of a series. Cost is by average: what leaves takes its part of it, rounded down. */
export const holding = (t: PgColumnsBuilders) => ({
  account: t.hex().notNull(),
  series: t.bigint().notNull(),
  size: t.bigint().notNull(),
  cost: t.bigint().notNull(),
  realised: t.bigint().notNull(),
});

/** Who traded, and who got what came of it: the account, where an order is on one. */
export const parties = (t: PgColumnsBuilders) => ({
  taker: t.hex().notNull(),
  receiver: t.hex().notNull(),
});

/** What an order cost and of what that consists, atoms; `total` is what the taker paid or, of a sale, what the receiver got. */
export const bill = (t: PgColumnsBuilders) => ({
  premium: t.bigint().notNull(),
  spread: t.bigint().notNull(),
  surcharge: t.bigint().notNull(),
  capacity: t.bigint().notNull(),
  rent: t.bigint().notNull(),
  total: t.bigint().notNull(),
});

/** One series of an order, the taker's side of it, and the profit of what was closed over what it had cost. */
export const fill = (t: PgColumnsBuilders) => ({
  series: t.bigint().notNull(),
  ...option(t),
  /** buy or sell, the taker's. */
  side: t.text().notNull(),
  size: t.bigint().notNull(),
  volAfter: t.bigint().notNull(),
  realised: t.bigint().notNull(),
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
  /** Quote of the accounts in their pot, and what of it the pool's cash stood in for. */
  pot: t.bigint().notNull(),
  potClaim: t.bigint().notNull(),
  /** What accounts are short of together, WAD: calls, puts, and the puts' strikes (of quote). */
  shortCalls: t.bigint().notNull(),
  shortPuts: t.bigint().notNull(),
  shortPutStrikes: t.bigint().notNull(),
  /** Rewards paid for pokes. */
  rewards: t.bigint().notNull(),
  supply: t.bigint().notNull(),
});

/** What the pool last said of where it stands; zeros before the first. */
export const status = (t: PgColumnsBuilders) => ({
  /** Feed price. */
  spot: t.bigint().notNull(),
  /** Net asset value at the mid, by the latest PoolStatus or ShareStatus. */
  nav: t.bigint().notNull(),
  netDelta: t.bigint().notNull(),
  hedgePosition: t.bigint().notNull(),
  /** Net asset value per whole share; zero without shares. */
  sharePrice: t.bigint().notNull(),
  statusBlock: t.bigint().notNull(),
  /** Net asset value on the sides at which shares are redeemed at most and made at least, by the latest ShareStatus: orders since then are not in it. */
  navLow: t.bigint().notNull(),
  navHigh: t.bigint().notNull(),
  sharesBlock: t.bigint().notNull(),
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
