// Value of an option on its expiry's anchor: Black on the forward, undiscounted, with the vol of the slice (docs/pricing.md 1).
// In double precision, for people to look at; nothing that is rebuilt exactly rests on it.
import type { Series } from "./id";

const YEAR = 31_536_000;

export interface Anchor {
  atmVol: bigint;
  leftWing: bigint;
  rightWing: bigint;
  carry: bigint;
}

const real = (wad: bigint): number => Number(wad) / 1e18;
/** WAD of a number, to nine digits behind the point. */
export const wad = (value: number): bigint => BigInt(Math.round(value * 1e9)) * 10n ** 9n;

/** An option ready to be priced: its forward, its strike, and the vol until expiry at it; no vol once expired. */
export interface Prepared {
  put: boolean;
  strike: number;
  forward: number;
  totalVol: number;
}

/** An option on an anchor, at a spot and a time; without an anchor, or expired, it is worth what it would pay. */
export function prepare(option: Series, anchor: Anchor | null, spot: bigint, now: bigint): Prepared {
  const { put } = option;
  const years = Number(option.expiry - now) / YEAR;
  const strike = real(option.strike);
  if (!anchor || anchor.atmVol === 0n || years <= 0) return { put, strike, forward: real(spot), totalVol: 0 };
  const forward = real(spot) * Math.exp(real(anchor.carry) * years);
  return { put, strike, forward, totalVol: totalVol(anchor, Math.log(strike / forward), years) };
}

/** Value of one option with spot and vol times these factors; the vol is the strike's own. */
export function price({ put, strike, forward, totalVol }: Prepared, spotFactor = 1, volFactor = 1): number {
  const moved = forward * spotFactor;
  if (totalVol === 0) return Math.max(put ? strike - moved : moved - strike, 0);
  return black(put, moved, strike, totalVol * volFactor);
}

/** One option, WAD; intrinsic value at spot once expired. */
export const mark = (option: Series, anchor: Anchor, spot: bigint, now: bigint): bigint =>
  wad(price(prepare(option, anchor, spot, now)));

/** The vol times the root of time at a log-moneyness. */
function totalVol(anchor: Anchor, moneyness: number, years: number): number {
  const atm = real(anchor.atmVol) * Math.sqrt(years);
  const [left, right] = [real(anchor.leftWing), real(anchor.rightWing)];
  const y = moneyness / atm;
  const h = ((right - left) * y) / 2;
  const m = ((right + left) * y) / 2;
  return atm * Math.sqrt((1 + h + Math.sqrt(m * m + 2 * h + 1)) / 2);
}

function black(put: boolean, forward: number, strike: number, total: number): number {
  const d1 = Math.log(forward / strike) / total + total / 2;
  const d2 = d1 - total;
  return put
    ? strike * normal(-d2) - forward * normal(-d1)
    : forward * normal(d1) - strike * normal(d2);
}

/** The normal distribution function: its series about zero, and a continued fraction in the tails. */
export function normal(x: number): number {
  const size = Math.abs(x);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (size < 3) {
    let [term, sum] = [x, x];
    for (let odd = 3; Math.abs(term) > 1e-18 * Math.abs(sum); odd += 2) {
      term *= (x * x) / odd;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = size;
  for (let k = 60; k > 0; k--) fraction = size + k / fraction;
  const tail = density / fraction;
  return x < 0 ? tail : 1 - tail;
}
