// The pool: what was fixed, roles, parameters, money and value, now and after every block that changed them.
import { index, onchainTable } from "ponder";
import { money, place, status } from "./columns";

export const pool = onchainTable("pool", (t) => ({
  address: t.hex().primaryKey(),
  baseToken: t.hex().notNull(),
  quoteToken: t.hex().notNull(),
  feed: t.hex().notNull(),
  sequencer: t.hex().notNull(),
  venue: t.hex().notNull(),
  /** Aave's market, and what stands for quote supplied there and for base borrowed; zero for none. */
  lender: t.hex().notNull(),
  collateralToken: t.hex().notNull(),
  debtToken: t.hex().notNull(),
  /** Of the venue, in millionths. */
  feeTier: t.bigint().notNull(),
  /** WAD per unit of base, quote and the feed's answer. */
  baseScale: t.bigint().notNull(),
  quoteScale: t.bigint().notNull(),
  feedScale: t.bigint().notNull(),
  owner: t.hex().notNull(),
  pendingOwner: t.hex().notNull(),
  guardian: t.hex().notNull(),
  keeper: t.hex().notNull(),
  paused: t.boolean().notNull(),
  /** Part of idle cash that stands at the lender, WAD. */
  idleShare: t.bigint().notNull(),
  /** How many reports a post of the surface takes, of which signers; zero and none while the keeper posts. */
  threshold: t.bigint().notNull(),
  signers: t.hex().array().notNull(),
  /** From when on proposed signers can be accepted; zero for none. */
  acceptableAt: t.bigint().notNull(),
  /** The feed that may take the present one's place, and from when on; zeros for none. */
  proposedFeed: t.hex().notNull(),
  feedAcceptableAt: t.bigint().notNull(),
  /** Time of the newest report that a quorum posted; zero for none. */
  newest: t.bigint().notNull(),
  ...money(t),
  ...status(t),
  /** Listed expiries, and settled ones that are owed more than is set aside; ascending. */
  listed: t.bigint().array().notNull(),
  short: t.bigint().array().notNull(),
  /** What the hedge of the present call cost so far. */
  spent: t.bigint().notNull(),
  /** The order of legs of which legs are still to come, and how many; empty and zero for none. */
  openOrder: t.text().notNull(),
  openLegs: t.integer().notNull(),
  /** Whether the order of the present call is on an account, and closes it against its owner's will. */
  onAccount: t.boolean().notNull(),
  forced: t.boolean().notNull(),
  /** The account that the present call trades on, and those that have legs. */
  tradedOn: t.hex().notNull(),
  legged: t.hex().array().notNull(),
}));

/** The pool's money and value at the end of every block in which it said something. */
export const poolState = onchainTable(
  "pool_state",
  (t) => ({
    block: t.bigint().primaryKey(),
    timestamp: t.bigint().notNull(),
    ...money(t),
    ...status(t),
  }),
  (table) => ({ timestampIndex: index().on(table.timestamp) }),
);

/** What happened on a day (UTC), by its first second, and where the pool stood at its end. */
export const day = onchainTable("day", (t) => ({
  start: t.bigint().primaryKey(),
  trades: t.integer().notNull(),
  /** Options traded, WAD. */
  volume: t.bigint().notNull(),
  premiums: t.bigint().notNull(),
  fees: t.bigint().notNull(),
  capacity: t.bigint().notNull(),
  rent: t.bigint().notNull(),
  hedges: t.integer().notNull(),
  hedgeCost: t.bigint().notNull(),
  rewards: t.bigint().notNull(),
  deposits: t.bigint().notNull(),
  withdrawals: t.bigint().notNull(),
  payouts: t.bigint().notNull(),
  nav: t.bigint().notNull(),
  supply: t.bigint().notNull(),
  sharePrice: t.bigint().notNull(),
}));

export const parameter = onchainTable("parameter", (t) => ({
  index: t.integer().primaryKey(),
  name: t.text().notNull(),
  unit: t.text().notNull(),
  value: t.bigint().notNull(),
}));

export const parameterChange = onchainTable("parameter_change", (t) => ({
  ...place(t),
  index: t.integer().notNull(),
  name: t.text().notNull(),
  value: t.bigint().notNull(),
}));

/** A role that moved, a pause or its end. */
export const roleChange = onchainTable("role_change", (t) => ({
  ...place(t),
  /** owner, pendingOwner, guardian, keeper, paused or resumed. */
  role: t.text().notNull(),
  /** Who has it now, or who paused or resumed. */
  account: t.hex().notNull(),
}));
