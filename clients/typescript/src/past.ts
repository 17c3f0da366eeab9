/** Where the pool stood over time, and what an account's profit was, rebuilt from events. In floats where it is for charts. */
import { zeroAddress, type Address } from "viem";
import { payoff } from "./black76.js";
import { totalOf, type PoolEvent, type PoolEventName } from "./events.js";
import type { Market } from "./market.js";
import type { Pool } from "./pool.js";
import { ordersOnAccounts } from "./positions.js";
import { decodeId } from "./series.js";
import { markOf, type AnchorNumbers } from "./smile.js";
import { toNumber, WAD, type Units } from "./units.js";

/**
 * Where the pool stood at the end of a block: feed price and net asset value (WAD), supply of shares; where a call said it last, net asset
 * value on the sides at which shares are redeemed at most and made at least (WAD). A block with neither order nor hedge has the feed's price as it was last said.
 */
export interface PastPoint {
  readonly block: bigint;
  /** Unix seconds. */
  readonly time: bigint;
  readonly spot: bigint;
  readonly nav: bigint;
  readonly supply: bigint;
  readonly low?: bigint;
  readonly high?: bigint;
}

/** A post of the surface. */
export interface PastAnchor extends AnchorNumbers {
  readonly block: bigint;
  readonly expiry: bigint;
}

/** A swap of the hedge: base bought if positive and price of the feed (WAD), quote and its cost against the feed (atoms). */
export interface PastHedge {
  readonly block: bigint;
  /** Unix seconds; undefined where the node tells no times with logs. */
  readonly time: bigint | undefined;
  readonly base: bigint;
  readonly quote: bigint;
  readonly spot: bigint;
  readonly cost: bigint;
}

/** A settlement and its price, WAD. */
export interface PastSettlement {
  readonly block: bigint;
  readonly expiry: bigint;
  readonly price: bigint;
}

/** The pool's past, in order. */
export interface Past {
  readonly points: readonly PastPoint[];
  readonly anchors: readonly PastAnchor[];
  readonly hedges: readonly PastHedge[];
  readonly settlements: readonly PastSettlement[];
}

/** The events that the pool's past is in. */
export const pastEvents: readonly PoolEventName[] = ["PoolStatus", "ShareStatus", "Transfer", "AnchorPosted", "Hedged", "Settled"];

type Untimed = Omit<PastPoint, "time"> & { readonly time: bigint | undefined };

/** What of a list lies evenly, its ends among it, and what has to be there. */
function thin<T>(list: readonly T[], most: number, isKept: (one: T) => boolean = () => false): T[] {
  const step = Math.max((list.length - 1) / Math.max(most - 1, 1), 1);
  const chosen = new Set(Array.from({ length: Math.min(most, list.length) }, (_, index) => Math.round(index * step)));
  return list.filter((one, index) => chosen.has(index) || isKept(one));
}

/** Points at the ends of blocks in which the pool said what it is worth. */
function pointsOf(events: readonly PoolEvent[]): Untimed[] {
  const points = new Map<bigint, Untimed>();
  let [supply, spot] = [0n, 0n];
  let last: Untimed | undefined;
  for (const { name, fields, block, time } of events) {
    if (name === "Transfer") {
      if (fields.from === zeroAddress) supply += fields.value;
      if (fields.to === zeroAddress) supply -= fields.value;
      if (last?.block === block) last = { ...last, supply };
    } else if (name === "AnchorPosted") spot = fields.spot;
    else if (name === "PoolStatus") {
      spot = fields.spot;
      last = { block, time, spot, nav: fields.nav, supply };
    } else if (name === "ShareStatus" && spot > 0n) {
      const { mid: nav, low, high } = fields;
      last = { block, time, spot, nav, supply, low, high };
    }
    if (last?.block === block) points.set(block, last);
  }
  return [...points.values()];
}

/**
 * The pool's past from its events of the names in `pastEvents`, all of them since its construction. At most `most` points, evenly
 * among the blocks, and those of blocks in `also`; where the node tells no times with logs, those of the points are asked for.
 */
export async function readPast(pool: Pool, events: readonly PoolEvent[], { most = 160, also = new Set<bigint>() }: { most?: number; also?: ReadonlySet<bigint> } = {}): Promise<Past> {
  const chosen = thin(pointsOf(events), most, ({ block }) => also.has(block));
  const points = await Promise.all(
    chosen.map(async (point): Promise<PastPoint> => ({ ...point, time: point.time ?? (await pool.client.getBlock({ blockNumber: point.block, includeTransactions: false })).timestamp })),
  );
  const scale = WAD * 10n ** BigInt(18 - pool.units.quoteDecimals);
  const anchors: PastAnchor[] = [];
  const hedges: PastHedge[] = [];
  const settlements: PastSettlement[] = [];
  for (const { name, fields, block, time } of events) {
    if (name === "AnchorPosted") anchors.push({ block, ...fields });
    if (name === "Settled") settlements.push({ block, expiry: fields.expiry, price: fields.price });
    if (name === "Hedged") {
      const { baseAmount: base, quoteAmount: quote, spot } = fields;
      const fair = ((base < 0n ? -base : base) * spot) / scale;
      hedges.push({ block, time, base, quote, spot, cost: base < 0n ? fair - quote : quote - fair });
    }
  }
  return { points, anchors, hedges, settlements };
}

/** A share at a time: its price, and where that was said the prices at which it is redeemed at most and made at least; what it and the base token returned. */
export interface ReturnPoint {
  readonly time: bigint;
  readonly price: number;
  readonly redeemed: number | undefined;
  readonly made: number | undefined;
  readonly share: number;
  readonly base: number;
}

/** Returns over time of a share, of holding the base token, and of the worst fall of the share from its best; ratios. */
export interface Returns {
  readonly points: readonly ReturnPoint[];
  readonly deepest: number;
}

/** What a share of the first point has become. Undefined with fewer than two points that have shares. */
export function returnsOf({ points }: Pick<Past, "points">, units: Units): Returns | undefined {
  const priced = points
    .filter(({ supply, spot }) => supply > 0n && spot > 0n)
    .map(({ time, spot, nav, supply, low, high }) => {
      const each = (value: bigint) => toNumber(value) / toNumber(supply, units.shareDecimals);
      const sides = { redeemed: low === undefined ? undefined : each(low), made: high === undefined ? undefined : each(high) };
      return { time, spot: toNumber(spot), price: each(nav), ...sides };
    });
  const [first] = priced;
  if (!first || priced.length < 2) return undefined;
  let [best, deepest] = [first.price, 0];
  for (const { price } of priced) {
    best = Math.max(best, price);
    deepest = Math.min(deepest, price / best - 1);
  }
  return { points: priced.map(({ time, spot, price, redeemed, made }) => ({ time, price, redeemed, made, share: price / first.price - 1, base: spot / first.spot - 1 })), deepest };
}

/** What a wallet and its account have gained by a time, quote. */
export interface ProfitPoint {
  readonly time: bigint;
  readonly profit: number;
}

/** A wallet and its margin account while their history is told. */
class Ledger {
  /** Quote that has come in less what was paid, margin included; quote currency. */
  private cash = 0;
  /** Of the account. */
  private quote = 0;
  private readonly wallet = new Map<bigint, number>();
  private readonly legs = new Map<bigint, number>();

  constructor(
    private readonly account: Address,
    private readonly units: Units,
    private readonly onAccounts: ReadonlySet<PoolEvent>,
    private readonly value: (id: bigint) => number,
  ) {}

  private own = (address: Address) => address.toLowerCase() === this.account.toLowerCase();
  private atoms = (amount: bigint) => toNumber(amount, this.units.quoteDecimals);
  private add = (held: Map<bigint, number>, id: bigint, size: bigint) => held.set(id, (held.get(id) ?? 0) + toNumber(size));
  /** Whether the legs that come are the account's. */
  private isOnAccount = false;

  tell(event: PoolEvent): void {
    switch (event.name) {
      case "Bought":
        if (this.own(event.fields.receiver)) this.cash -= this.atoms(totalOf(event));
        return;
      case "Sold":
        if (this.own(event.fields.taker)) this.cash -= this.atoms(totalOf(event));
        return;
      case "Ordered": {
        const { taker, receiver } = event.fields;
        this.isOnAccount = this.onAccounts.has(event) && this.own(receiver);
        if (!this.onAccounts.has(event) && (this.own(receiver) || this.own(taker))) this.cash -= this.atoms(totalOf(event));
        return;
      }
      case "LegFilled":
        if (this.isOnAccount) this.add(this.legs, event.fields.id, event.fields.size);
        return;
      case "Claimed":
        if (this.own(event.fields.holder)) this.cash += this.atoms(event.fields.payout);
        return;
      case "PositionTransfer": {
        const { sender, receiver, id, amount } = event.fields;
        const isSent = sender !== zeroAddress && receiver !== zeroAddress;
        for (const [who, size] of [[sender, -amount], [receiver, amount]] as const) {
          if (!this.own(who)) continue;
          this.add(this.wallet, id, size);
          // From or to somebody else, at what it is worth then: no profit of either.
          if (isSent) this.cash -= toNumber(size) * this.value(id);
        }
        return;
      }
      case "PositionMoved": {
        const { account, receiver, id, size, leg } = event.fields;
        if (!this.own(account)) return;
        this.legs.set(id, toNumber(leg));
        if (size < 0n && !this.own(receiver)) this.cash -= toNumber(size) * this.value(id);
        return;
      }
      case "MarginDeposited":
      case "MarginWithdrawn":
        if (!this.own(event.fields.account)) return;
        this.quote = this.atoms(event.fields.quote);
        this.cash += this.atoms(event.name === "MarginDeposited" ? -event.fields.amount : event.fields.amount);
        return;
      case "AccountTraded":
      case "DebtCovered":
        if (this.own(event.fields.account)) this.quote = this.atoms(event.fields.quote);
        return;
      case "LegSettled":
        if (!this.own(event.fields.account)) return;
        this.legs.delete(event.fields.id);
        this.quote = this.atoms(event.fields.quote);
        return;
      case "Liquidated": {
        const { account, by, total, reward, insurance } = event.fields;
        if (this.own(account)) this.quote -= this.atoms(total + reward + insurance);
        if (this.own(by)) this.cash += this.atoms(reward);
        return;
      }
    }
  }

  get profit(): number {
    let sum = this.cash + this.quote;
    for (const held of [this.wallet, this.legs]) for (const [id, size] of held) if (size !== 0) sum += size * this.value(id);
    return sum;
  }
}

/** The blocks of an account's orders and payments, at which its profit is worth a point. */
export const blocksOf = (history: readonly PoolEvent[]): Set<bigint> => new Set(history.map(({ block }) => block));

/**
 * What a wallet and its margin account had gained at the points of the pool's past from the one before their first event on, and now: what came
 * in less what was paid, with what is held at the marks of the anchor as it was posted then. Options from and to others count at their
 * mark; shares are not in it. `history` is what concerns the account (`readHistory`).
 */
export function profitOverTime(history: readonly PoolEvent[], account: Address, past: Past, now: Pick<Market, "time" | "surface" | "oracle">, units: Units): ProfitPoint[] {
  const [first] = history;
  if (!first) return [];
  const anchors = new Map<bigint, AnchorNumbers>();
  const prices = new Map<bigint, bigint>();
  let [spot, time] = [0, 0n];
  const value = (id: bigint): number => {
    const { put, expiry, strike } = decodeId(id);
    const price = prices.get(expiry);
    return price === undefined ? markOf(id, anchors.get(expiry), spot, time) : payoff(put, toNumber(strike), toNumber(price));
  };
  const ledger = new Ledger(account, units, ordersOnAccounts(history), value);
  const posts = follow(past.anchors, (post) => anchors.set(post.expiry, post));
  const settlements = follow(past.settlements, ({ expiry, price }) => prices.set(expiry, price));
  const events = follow(history, (event) => ledger.tell(event));
  const found: ProfitPoint[] = [];
  for (const point of past.points) {
    [spot, time] = [toNumber(point.spot), point.time];
    for (const tell of [posts, settlements, events]) tell(point.block);
    if (point.block < first.block) found[0] = { time, profit: 0 };
    // What the first trade cost was lost with it, and not little by little since whatever happened before.
    else if (found.length === 1) found.splice(0, 1, { time: time - 1n, profit: 0 }, { time, profit: ledger.profit });
    else found.push({ time, profit: ledger.profit });
  }
  for (const tell of [posts, settlements, events]) tell(2n ** 63n);
  if (now.oracle && now.oracle.price > 0n) {
    [spot, time] = [toNumber(now.oracle.price), now.time];
    for (const anchor of now.surface) anchors.set(anchor.expiry, anchor);
    if (time > (found.at(-1)?.time ?? 0n)) found.push({ time, profit: ledger.profit });
    else if (found.length > 0) found[found.length - 1] = { time, profit: ledger.profit };
  }
  return found;
}

/** Tells of a list in order of blocks what lies up to a block and was not told before. */
function follow<T extends { readonly block: bigint }>(list: readonly T[], tell: (one: T) => void): (block: bigint) => void {
  let next = 0;
  return (block) => {
    while (next < list.length && list[next]!.block <= block) tell(list[next++]!);
  };
}
