/** What several legs together are worth at other prices: at expiry and before. */
import { black76, payoff } from "./black76.js";

/** One leg for a diagram, in floats: a size that is negative for what is given up. */
export interface DiagramLeg {
  readonly put: boolean;
  readonly strike: number;
  /** Unix seconds. */
  readonly expiry: number;
  readonly size: number;
  readonly vol: number;
  readonly carry: number;
}

/** Profit at one price. */
export interface DiagramPoint {
  readonly price: number;
  /** When the first of the legs expires. */
  readonly atExpiry: number;
  readonly now: number;
}

/** What legs are worth at a price and a time; what has expired pays off at that price. */
export function valueOfLegs(legs: readonly DiagramLeg[], spot: number, time: number): number {
  return legs.reduce((sum, { put, strike, expiry, size, vol, carry }) => {
    const worth = time >= expiry ? payoff(put, strike, spot) : black76({ put, spot, strike, vol, carry, seconds: expiry - time }).price;
    return sum + size * worth;
  }, 0);
}

/** Profit after `cost` over a range of prices, now and when the first leg expires. */
export function diagram(legs: readonly DiagramLeg[], { cost, time, low, high, points = 121 }: { cost: number; time: number; low: number; high: number; points?: number }): DiagramPoint[] {
  const end = Math.min(...legs.map((leg) => leg.expiry));
  const kinks = legs.map((leg) => leg.strike).filter((strike) => strike > low && strike < high);
  const even = Array.from({ length: points }, (_, index) => low + ((high - low) * index) / (points - 1));
  const prices = [...new Set([...even, ...kinks])].sort((a, b) => a - b);
  return prices.map((price) => ({ price, atExpiry: valueOfLegs(legs, price, end) - cost, now: valueOfLegs(legs, price, time) - cost }));
}

/**
 * The largest and the least profit at expiry after `cost`, over all prices from zero up; undefined where it has no bound. Undefined as
 * a whole where the legs expire at different times, because what is left then is worth what the vols are.
 */
export function bestAndWorst(legs: readonly DiagramLeg[], cost: number): { readonly best: number | undefined; readonly worst: number | undefined } | undefined {
  const [first] = legs;
  if (!first || legs.some(({ expiry }) => expiry !== first.expiry)) return undefined;
  const profits = [0, ...legs.map(({ strike }) => strike)].map((price) => valueOfLegs(legs, price, first.expiry) - cost);
  // Beyond the highest strike each call gains what the price does.
  const slope = legs.reduce((sum, { put, size }) => sum + (put ? 0 : size), 0);
  return { best: slope > 1e-12 ? undefined : Math.max(...profits), worst: slope < -1e-12 ? undefined : Math.min(...profits) };
}

/** Prices at which the profit at expiry changes its sign, by straight lines between points. */
export function breakEvens(points: readonly DiagramPoint[]): number[] {
  const found: number[] = [];
  for (let index = 1; index < points.length; index += 1) {
    const [before, after] = [points[index - 1]!, points[index]!];
    if (before.atExpiry < 0 === after.atExpiry < 0) continue;
    const part = before.atExpiry / (before.atExpiry - after.atExpiry);
    found.push(before.price + part * (after.price - before.price));
  }
  return found;
}
