/**
 * Black's formula in floats, undiscounted on the forward as the pool prices: for charts and for what a position would be
 * worth at another price or time. Money is only ever moved by the pool's own integers.
 */
import { YEAR } from "./units.js";

/** Values and greeks of one option per unit; theta per year, vega per 1.00 of vol. */
export interface Greeks {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
}

/** The normal distribution, within 1e-15: a continued fraction in the tail, a series in the middle. */
export function normal(x: number): number {
  const z = Math.abs(x);
  if (z > 38) return x > 0 ? 1 : 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  let tail: number;
  if (z < 4) {
    let term = z;
    let sum = z;
    for (let n = 3; Math.abs(term) > 1e-17 * sum; n += 2) {
      term *= (z * z) / n;
      sum += term;
      if (n > 300) break;
    }
    tail = 0.5 - density * sum;
  } else {
    let fraction = z;
    for (let n = 40; n >= 1; n -= 1) fraction = z + n / fraction;
    tail = density / fraction;
  }
  return x > 0 ? 1 - tail : tail;
}

/** What an option is worth once it has expired. */
export function payoff(put: boolean, strike: number, price: number): number {
  return Math.max(put ? strike - price : price - strike, 0);
}

/** The value and the greeks of an option. The delta is to spot, so that it carries the growth of the forward. */
export function black76({ put, spot, strike, vol, carry, seconds }: { put: boolean; spot: number; strike: number; vol: number; carry: number; seconds: number }): Greeks {
  const years = Math.max(seconds, 0) / YEAR;
  const growth = Math.exp(carry * years);
  const forward = spot * growth;
  const deviation = vol * Math.sqrt(years);
  if (!(deviation > 0) || !(forward > 0)) {
    const isIn = put ? forward < strike : forward > strike;
    return { price: payoff(put, strike, forward), delta: isIn ? (put ? -growth : growth) : 0, gamma: 0, vega: 0, theta: 0 };
  }
  const d1 = Math.log(forward / strike) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  const density = Math.exp((-d1 * d1) / 2) / Math.sqrt(2 * Math.PI);
  const sign = put ? -1 : 1;
  const price = Math.max(sign * (forward * normal(sign * d1) - strike * normal(sign * d2)), 0);
  const vega = forward * density * Math.sqrt(years);
  return {
    price,
    delta: growth * sign * normal(sign * d1),
    gamma: (growth * growth * density) / (forward * deviation),
    vega,
    theta: -(vega * vol) / (2 * years) - carry * forward * sign * normal(sign * d1),
  };
}
