/** What an account holds: size and cost from its events, value from the pool's quote, profit of both. */
import { zeroAddress, type Address } from "viem";
import { payoffAtoms } from "./settlement.js";
import { readAll } from "./batch.js";
import { quoteOrder, type Leg, type QuotedOrder } from "./orders.js";
import { readHistory, totalOf, type PoolEvent, type Range } from "./events.js";
import { readSettlements, type Market } from "./market.js";
import type { Pool } from "./pool.js";
import type { Refusal } from "./refusal.js";
import { decodeId, type Series } from "./series.js";
import { WAD, type Units } from "./units.js";

/** Where a position stands: it trades, it has expired and waits for its price, it can be claimed. */
export type PositionState = "open" | "awaiting" | "settled";

/** The taker's greeks of a whole position, WAD; theta per year. */
export interface PositionGreeks {
  readonly delta: bigint;
  readonly gamma: bigint;
  readonly vega: bigint;
  readonly theta: bigint;
}

/** A position. Cash in atoms, the rest WAD. */
export interface Position {
  readonly id: bigint;
  readonly series: Series;
  readonly state: PositionState;
  readonly size: bigint;
  /** What the size that is left cost, by average. */
  readonly cost: bigint;
  /** How much of the size came from others, whose cost is not known and counts as nothing. */
  readonly received: bigint;
  /** What sales and claims brought over what their part had cost. */
  readonly realised: bigint;
  /** What it brings now: a sale's proceeds, or the payout. Undefined when the pool quotes nothing. */
  readonly value: bigint | undefined;
  /** Mark per option, WAD. */
  readonly mark: bigint | undefined;
  /** value - cost. */
  readonly profit: bigint | undefined;
  readonly greeks: PositionGreeks | undefined;
  /** Price at which it settled, WAD. */
  readonly settlementPrice: bigint | undefined;
  /** Why there is no value. */
  readonly refusal: Refusal | undefined;
}

/** Cost and size of a series, from events. */
export interface Holding {
  size: bigint;
  cost: bigint;
  received: bigint;
  realised: bigint;
}

function take(holding: Holding, size: bigint): bigint {
  const part = (amount: bigint) => (holding.size === 0n ? 0n : (amount * size) / holding.size);
  const cost = part(holding.cost);
  holding.received -= part(holding.received);
  holding.cost -= cost;
  holding.size -= size;
  return cost;
}

/** A leg of an order that was filled, with its part of what the order cost (atoms, negative for what it brought). */
export interface FilledLeg {
  readonly id: bigint;
  /** Positive for what the taker bought. */
  readonly size: bigint;
  readonly cost: bigint;
}

/** Orders of `history` that were filled on accounts: their AccountTraded or Liquidated comes before, and no other order lies between. */
export function ordersOnAccounts(history: readonly PoolEvent[]): Set<PoolEvent> {
  const found = new Set<PoolEvent>();
  let before: PoolEvent | undefined;
  for (const event of history) {
    if (event.name === "AccountTraded" || event.name === "Liquidated") before = event;
    if (event.name !== "Ordered") continue;
    if (before?.transaction === event.transaction) found.add(event);
    before = undefined;
  }
  return found;
}

/**
 * The legs of each order of `history` that wallets settled. Premium and charges are an order's as a whole: each leg counts
 * at its mark, and what is over is shared by what the legs are worth. The parts add up to the whole exactly.
 */
export function filledLegs(history: readonly PoolEvent[], units: Units): Map<PoolEvent, FilledLeg[]> {
  const orders = new Map<PoolEvent, FilledLeg[]>();
  const elsewhere = ordersOnAccounts(history);
  history.forEach((order, place) => {
    if (order.name !== "Ordered" || elsewhere.has(order)) return;
    const legs = history.slice(place + 1).filter((event) => event.name === "LegFilled" && event.transaction === order.transaction).slice(0, Number(order.fields.legs));
    const scale = WAD * 10n ** BigInt(18 - units.quoteDecimals);
    const values = legs.map((leg) => (leg.name === "LegFilled" ? (leg.fields.mark * leg.fields.size) / scale : 0n));
    const worth = values.reduce((sum, value) => sum + (value < 0n ? -value : value), 0n);
    let rest = totalOf(order) - values.reduce((sum, value) => sum + value, 0n);
    let left = worth;
    const filled = legs.flatMap((leg, index): FilledLeg[] => {
      if (leg.name !== "LegFilled") return [];
      const value = values[index]!;
      const own = value < 0n ? -value : value;
      const part = index === legs.length - 1 || left === 0n ? rest : (rest * own) / left;
      rest -= part;
      left -= own;
      return [{ id: leg.fields.id, size: leg.fields.size, cost: value + part }];
    });
    orders.set(order, filled);
  });
  return orders;
}

/** What an account has come to hold of each series, by average cost. */
export function holdingsOf(history: readonly PoolEvent[], account: Address, units: Units): Map<bigint, Holding> {
  const holdings = new Map<bigint, Holding>();
  const orders = filledLegs(history, units);
  const own = (address: Address) => address.toLowerCase() === account.toLowerCase();
  const of = (id: bigint) => {
    const holding = holdings.get(id) ?? { size: 0n, cost: 0n, received: 0n, realised: 0n };
    holdings.set(id, holding);
    return holding;
  };
  /** A purchase for the account (whose cost is its own if it paid), or a sale by it. */
  const fill = (id: bigint, size: bigint, cost: bigint, taker: Address, receiver: Address) => {
    if (size > 0n && own(receiver)) {
      const holding = of(id);
      holding.size += size;
      if (own(taker)) holding.cost += cost;
      else holding.received += size;
    } else if (size < 0n && own(taker)) {
      const holding = of(id);
      holding.realised += -cost - take(holding, -size);
    }
  };
  for (const event of history) {
    if (event.name === "Bought" || event.name === "Sold") {
      const { id, size, taker, receiver } = event.fields;
      fill(id, event.name === "Bought" ? size : -size, totalOf(event), taker, receiver);
    } else if (event.name === "Ordered") {
      for (const { id, size, cost } of orders.get(event) ?? []) fill(id, size, cost, event.fields.taker, event.fields.receiver);
    } else if (event.name === "Claimed" && own(event.fields.holder)) {
      const holding = of(event.fields.id);
      holding.realised += event.fields.payout - take(holding, event.fields.size);
    } else if (event.name === "PositionMoved" && own(event.fields.account)) {
      // Into the account with its cost, or out of it to whomever the minted tokens went.
      const { id, size } = event.fields;
      const isBack = history.some((other) => other.name === "PositionTransfer" && other.transaction === event.transaction && other.fields.id === id && own(other.fields.receiver));
      if (size > 0n) take(of(id), size);
      else if (isBack) {
        of(id).size -= size;
        of(id).received -= size;
      }
    } else if (event.name === "PositionTransfer") {
      const { sender, receiver, id, amount } = event.fields;
      // Mints and burns are told by the events above.
      if (sender === zeroAddress || receiver === zeroAddress || own(sender) === own(receiver)) continue;
      const holding = of(id);
      if (own(sender)) take(holding, amount);
      else {
        holding.size += amount;
        holding.received += amount;
      }
    }
  }
  return holdings;
}

/**
 * The positions of an account: those it holds, and with `closed` also those that it no longer does. `history` is what concerns the
 * account, where that is followed already.
 */
export async function readPositions(pool: Pool, account: Address, market: Pick<Market, "time" | "oracle">, { closed = false, history, ...range }: Range & { closed?: boolean; history?: readonly PoolEvent[] } = {}): Promise<Position[]> {
  const holdings = holdingsOf(history ?? (await readHistory(pool, account, range)), account, pool.units);
  const ids = [...holdings.keys()];
  const balances = await readAll(pool, "balanceOf", ids.map((id) => [account, id] as const));
  const sizes = new Map(ids.map((id, index) => [id, (balances[index]?.value as bigint | undefined) ?? 0n]));
  const open = ids.filter((id) => sizes.get(id) !== 0n);
  const live = open.filter((id) => decodeId(id).expiry > market.time);
  const expiries = [...new Set(ids.map((id) => decodeId(id).expiry))].filter((expiry) => expiry <= market.time);
  const [quotes, settlements] = await Promise.all([
    readAll(pool, "quoteSell", live.map((id) => [id, sizes.get(id)!] as const)),
    readSettlements(pool, expiries),
  ]);
  const positions = (closed ? ids : open).map((id): Position => {
    const series = decodeId(id);
    const size = sizes.get(id)!;
    const { cost, received, realised } = holdings.get(id)!;
    const answer = quotes[live.indexOf(id)];
    const settled = settlements.find((settlement) => settlement.expiry === series.expiry);
    const expired = series.expiry <= market.time;
    const price = settled?.price ?? (expired ? market.oracle?.price : undefined);
    const value = expired ? price && payoffAtoms(series, size, price, pool.units) : size === 0n ? 0n : answer?.value?.total;
    const quote = answer?.value;
    return {
      id,
      series,
      state: settled ? "settled" : expired ? "awaiting" : "open",
      size,
      cost,
      received,
      realised,
      value,
      mark: quote?.mark,
      profit: value === undefined ? undefined : value - cost,
      greeks: quote && { delta: -quote.delta, gamma: -quote.gamma, vega: -quote.vega, theta: -quote.theta },
      settlementPrice: settled?.price,
      refusal: answer?.refusal,
    };
  });
  return positions.sort((a, b) => (a.series.expiry === b.series.expiry ? (a.series.strike < b.series.strike ? -1 : 1) : a.series.expiry < b.series.expiry ? -1 : 1));
}

/** What a holder has of some series, and what leaving all of them pays. */
export interface Holdings {
  readonly positions: readonly {
    readonly id: bigint;
    readonly size: bigint;
    /** What selling this one alone would bring, atoms; undefined with a refusal, and for nothing held or expired. */
    readonly alone: bigint | undefined;
    readonly refusal: Refusal | undefined;
  }[];
  /** The orders that close everything that trades, each of up to eight series and quoted as one change of the book. */
  readonly orders: readonly QuotedOrder[];
  /** What they bring together, atoms: undefined where one is refused. Beyond eight series the later orders meet a book that the
   * earlier ones have changed. */
  readonly together: bigint | undefined;
}

/** Most series in an order. */
const mostLegs = 8;

/** Reads balances of series and what selling them pays: each alone, and all together. No events are read. */
export async function readHoldings(pool: Pool, holder: Address, ids: readonly bigint[]): Promise<Holdings> {
  const { timestamp } = await pool.client.getBlock({ includeTransactions: false });
  const balances = await readAll(pool, "balanceOf", ids.map((id) => [holder, id] as const));
  const sizes = balances.map((answer) => (answer.value as bigint | undefined) ?? 0n);
  const live = ids.flatMap((id, index) => (sizes[index]! > 0n && decodeId(id).expiry > timestamp ? [{ id, size: sizes[index]!, side: "sell" } satisfies Leg] : []));
  const parts = Array.from({ length: Math.ceil(live.length / mostLegs) }, (_, index) => live.slice(index * mostLegs, (index + 1) * mostLegs));
  const [quotes, orders] = await Promise.all([
    readAll(pool, "quoteSell", live.map(({ id, size }) => [id, size] as const)),
    Promise.all(parts.map((legs) => quoteOrder(pool, legs))),
  ]);
  const positions = ids.map((id, index) => {
    const answer = quotes[live.findIndex((leg) => leg.id === id)];
    return { id, size: sizes[index]!, alone: answer?.value?.total, refusal: answer?.refusal };
  });
  const totals = orders.map(({ answer }) => answer.value?.total);
  const together = totals.reduce<bigint | undefined>((sum, total) => (sum === undefined || total === undefined ? undefined : sum - total), 0n);
  return { positions, orders, together };
}
