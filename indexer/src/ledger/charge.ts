// Charges are kept as unearned and earned linearly until their expiry, as src/storage/book.rs does it.
import { divideUp, least, most, UNIT } from "./number";

/** A charge below this, quote WAD, is earned at once, and one for capacity is booked as a fee. */
export const LEAST_CHARGE = 10n ** 15n;

/** Unearned at `since`, in millionths of the quote currency. */
export interface Charge {
  amount: bigint;
  since: bigint;
}

/** Unearned at a time, quote WAD, rounded up. */
export function unearnedUp(charge: Charge, expiry: bigint, now: bigint): bigint {
  const left = most(expiry - now, 0n);
  const span = most(expiry - charge.since, 1n);
  return divideUp(charge.amount * least(left, span), span) * UNIT;
}

/** With this much more, quote WAD. */
export function added(charge: Charge, expiry: bigint, now: bigint, more: bigint): Charge {
  return { amount: divideUp(unearnedUp(charge, expiry, now) + more, UNIT), since: now };
}
