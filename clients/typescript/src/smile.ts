/** The vol of an expiry's anchor at a strike, in floats: for charts, as `black76` is. */
import { black76, payoff } from "./black76.js";
import { decodeId } from "./series.js";
import { toNumber, YEAR } from "./units.js";

/** An anchor's numbers, WAD: vol at the money and carry a year, slopes of the wings. */
export interface AnchorNumbers {
  readonly atmVol: bigint;
  readonly leftWing: bigint;
  readonly rightWing: bigint;
  readonly carry: bigint;
}

/** The vol a year at a log-moneyness over the forward, so many years before the expiry. */
export function anchorVol({ atmVol, leftWing, rightWing }: AnchorNumbers, moneyness: number, years: number): number {
  const atm = toNumber(atmVol) * Math.sqrt(years);
  const [left, right] = [toNumber(leftWing), toNumber(rightWing)];
  const y = moneyness / atm;
  const [h, m] = [((right - left) * y) / 2, ((right + left) * y) / 2];
  return toNumber(atmVol) * Math.sqrt((1 + h + Math.sqrt(m * m + 2 * h + 1)) / 2);
}

/** What one option of a series is worth on an anchor; what it would pay at spot where there is none, or once it has expired. */
export function markOf(id: bigint, anchor: AnchorNumbers | undefined, spot: number, time: bigint): number {
  const { put, expiry, strike: wad } = decodeId(id);
  const strike = toNumber(wad);
  const seconds = Number(expiry - time);
  if (!anchor || anchor.atmVol === 0n || seconds <= 0) return payoff(put, strike, spot);
  const [years, carry] = [seconds / YEAR, toNumber(anchor.carry)];
  const vol = anchorVol(anchor, Math.log(strike / (spot * Math.exp(carry * years))), years);
  return black76({ put, spot, strike, vol, carry, seconds }).price;
}
