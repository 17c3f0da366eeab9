// What a swap on the hedge venue was worth.
import { WAD } from "./number";

/** A swap as its event has it: base (WAD, bought if not negative), quote (atoms) and spot (WAD). */
export interface Swap {
  base: bigint;
  quote: bigint;
  spot: bigint;
}

/**
 * What it did to cash, and what it cost against the feed's price; atoms. Zero base is a purchase: it was paid for, and came to less
 * than an atom.
 */
export function booked({ base, quote, spot }: Swap, quoteScale: bigint): { flow: bigint; cost: bigint } {
  const size = base < 0n ? -base : base;
  const fair = (size * spot) / WAD / quoteScale;
  return base < 0n ? { flow: quote, cost: fair - quote } : { flow: -quote, cost: quote - fair };
}
