/** What an account holds: size and cost from its events, value from the pool's quote, profit of both. */
import { zeroAddress, type Address } from "viem";
import { payoffAtoms } from "./settlement.js";
import { readAll } from "./batch.js";
import { readHistory, totalOf, type PoolEvent, type Range } from "./events.js";
import { readSettlements, type Market } from "./market.js";
import type { Pool } from "./pool.js";
import type { Refusal } from "./refusal.js";
import { decodeId, type Series } from "./series.js";

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

/** What an account has come to hold of each series, by average cost. */
export function holdingsOf(history: readonly PoolEvent[], account: Address): Map<bigint, Holding> {
  const holdings = new Map<bigint, Holding>();
  const own = (address: Address) => address.toLowerCase() === account.toLowerCase();
  const of = (id: bigint) => {
    const holding = holdings.get(id) ?? { size: 0n, cost: 0n, received: 0n, realised: 0n };
    holdings.set(id, holding);
    return holding;
  };
  for (const event of history) {
    if (event.name === "Bought" && own(event.fields.receiver)) {
      const holding = of(event.fields.id);
      holding.size += event.fields.size;
      if (own(event.fields.taker)) holding.cost += totalOf(event);
      else holding.received += event.fields.size;
    } else if (event.name === "Sold" && own(event.fields.taker)) {
      const holding = of(event.fields.id);
      holding.realised += totalOf(event) - take(holding, event.fields.size);
    } else if (event.name === "Claimed" && own(event.fields.holder)) {
      const holding = of(event.fields.id);
      holding.realised += event.fields.payout - take(holding, event.fields.size);
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

/** The positions of an account: those it holds, and with `closed` also those that it no longer does. */
export async function readPositions(pool: Pool, account: Address, market: Pick<Market, "time" | "oracle">, { closed = false, ...range }: Range & { closed?: boolean } = {}): Promise<Position[]> {
  const holdings = holdingsOf(await readHistory(pool, account, range), account);
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
