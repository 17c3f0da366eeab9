// A series id: strike (WAD) in bits 0 to 127, expiry in 128 to 191, bit 192 set for a put.
import { divideUp, WAD } from "./number";

export interface Series {
  put: boolean;
  expiry: bigint;
  strike: bigint;
}

export const series = (id: bigint): Series => ({
  put: ((id >> 192n) & 1n) === 1n,
  expiry: (id >> 128n) & ((1n << 64n) - 1n),
  strike: id & ((1n << 128n) - 1n),
});

/** Worth of one option at a settlement price, WAD. */
export function payoff({ put, strike }: Series, price: bigint): bigint {
  const value = put ? strike - price : price - strike;
  return value > 0n ? value : 0n;
}

/** What a leg adds to its account's quote at a settlement price, atoms: what it gets rounded down, what it pays up. */
export function settles(leg: Series & { size: bigint }, price: bigint, quoteScale: bigint): bigint {
  const [size, pays] = [leg.size, payoff(leg, price)];
  return size > 0n ? (size * pays) / WAD / quoteScale : -divideUp(divideUp(-size * pays, WAD), quoteScale);
}
