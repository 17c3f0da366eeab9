/** Where the pool stands in one block: surface, book, risk, net asset value, prices, settlements. */
import type { Hex } from "viem";
import { readAll, type Returned } from "./batch.js";
import { contract, type ParameterName, type Pool } from "./pool.js";
import { toRefusal, type Refusal } from "./refusal.js";

/** One listed expiry and its anchor, WAD. */
export type Anchor = Returned<"surface">[number];
/** One strike of the book, WAD; the pool's view. */
export type BookNode = Returned<"book">[number];
/** The pool's greeks, hedge, band and scenario gate, WAD. */
export interface Risk extends Returned<"risk"> {}
/** Net asset value (WAD of quote) and recorded money (atoms). */
export interface Nav extends Returned<"nav"> {}
/** What the pool makes of its price sources. */
export interface OracleStatus extends Returned<"oracleStatus"> {}

/** Everything that changes, read in one block. What can't be computed (with a dead feed, say) carries its reason. */
export interface Market {
  readonly block: bigint;
  /** The block's hash: another one of the same number is of another chain, or of another course of this one. */
  readonly hash: Hex;
  /** The block's time, unix seconds. */
  readonly time: bigint;
  readonly paused: boolean;
  readonly oracle: OracleStatus | undefined;
  readonly surface: readonly Anchor[];
  readonly book: readonly BookNode[];
  readonly risk: Risk | undefined;
  readonly nav: Nav | undefined;
  /** Why a part is missing. */
  readonly refusals: readonly Refusal[];
}

/** Reads the market in the latest block. */
export async function readMarket(pool: Pool): Promise<Market> {
  const { number, hash, timestamp } = await pool.client.getBlock({ includeTransactions: false });
  const refusals: Refusal[] = [];
  const read = <T>(promise: Promise<T>): Promise<T | undefined> =>
    promise.catch((error) => {
      const refusal = toRefusal(error, pool.units);
      if (!refusal) throw error;
      refusals.push(refusal);
      return undefined;
    });
  const at = { ...contract(pool), blockNumber: number } as const;
  const [paused, oracle, surface, book, risk, nav] = await Promise.all([
    pool.client.readContract({ ...at, functionName: "paused" }),
    read(pool.client.readContract({ ...at, functionName: "oracleStatus" })),
    pool.client.readContract({ ...at, functionName: "surface" }),
    read(pool.client.readContract({ ...at, functionName: "book" })),
    read(pool.client.readContract({ ...at, functionName: "risk" })),
    read(pool.client.readContract({ ...at, functionName: "nav" })),
  ]);
  return { block: number, hash, time: timestamp, paused, oracle, surface, book: book ?? [], risk, nav, refusals };
}

/** Why net asset value can't be relied on, where it can't. */
export interface NavFreshness {
  /** Whether the price that it is computed at is older than the pool trades at, or the anchors are. */
  readonly isStale: boolean;
  /** Seconds since the feed's round, and since the oldest anchor of a live expiry was posted; undefined without one. */
  readonly priceAge: bigint | undefined;
  readonly anchorAge: bigint | undefined;
}

/**
 * Whether `nav()` is current. The view answers with the feed's last price and the anchors as posted, whatever their age: the age of
 * the price is `oracleStatus().updatedAt`, which `feedMaxAge` bounds for trades; that of an anchor is `postedAt`, which `anchorLimit`
 * bounds for what opens and for deposits.
 */
export function navFreshness(market: Pick<Market, "time" | "oracle" | "surface">, parameters: Pick<Record<ParameterName, bigint>, "feedMaxAge" | "anchorLimit">): NavFreshness {
  const age = (since: bigint) => (market.time > since ? market.time - since : 0n);
  const priceAge = market.oracle && market.oracle.updatedAt > 0n ? age(market.oracle.updatedAt) : undefined;
  const posted = market.surface.filter(({ expiry, atmVol }) => expiry > market.time && atmVol > 0n).map(({ postedAt }) => postedAt);
  const anchorAge = posted.length === 0 ? undefined : age(posted.reduce((oldest, at) => (at < oldest ? at : oldest)));
  const isStale = priceAge === undefined || priceAge > parameters.feedMaxAge || (anchorAge ?? 0n) > parameters.anchorLimit;
  return { isStale, priceAge, anchorAge };
}

/** Points of a smile. */
export interface Smile {
  readonly expiry: bigint;
  readonly points: readonly { readonly strike: bigint; readonly vol: bigint }[];
}

/** The anchor's vol at strikes of several expiries, in one go. */
export async function readSmiles(pool: Pool, wanted: readonly { expiry: bigint; strikes: readonly bigint[] }[]): Promise<Smile[]> {
  const calls = wanted.flatMap(({ expiry, strikes }) => strikes.map((strike) => [expiry, strike] as const));
  const answers = await readAll(pool, "impliedVol", calls);
  let next = 0;
  return wanted.map(({ expiry, strikes }) => ({
    expiry,
    points: strikes.flatMap((strike) => {
      const { value } = answers[next++]!;
      return value === undefined ? [] : [{ strike, vol: value }];
    }),
  }));
}

/** A settled expiry: price (WAD) and what is still owed to holders and set aside for them (atoms). */
export interface Settlement {
  readonly expiry: bigint;
  readonly price: bigint;
  readonly owed: bigint;
  readonly setAside: bigint;
}

/** The settlements of expiries; those that are not settled are left out. */
export async function readSettlements(pool: Pool, expiries: readonly bigint[]): Promise<Settlement[]> {
  const answers = await readAll(pool, "settlement", expiries.map((expiry) => [expiry] as const));
  return answers.flatMap(({ value }, index) => {
    const [price, owed, setAside] = value ?? [0n, 0n, 0n];
    return price === 0n ? [] : [{ expiry: expiries[index]!, price, owed, setAside }];
  });
}
