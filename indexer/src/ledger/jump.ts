// What a post moved is stored in coarse steps and melts within half an hour, as src/storage/pack.rs and the engine do it.
import { divideUp, least, most } from "./number";

const STEP = 2n * 10n ** 12n;
const MOST_STEPS = (1n << 20n) - 1n;
const MELTING = 1_800n;

/** A jump as stored, rounded up. */
export const stored = (jump: bigint): bigint => least(divideUp(jump, STEP), MOST_STEPS) * STEP;

/** What is left of it, rounded up. */
export function rest(jump: bigint, postedAt: bigint, now: bigint): bigint {
  const left = MELTING - least(most(now - postedAt, 0n), MELTING);
  return divideUp(jump * left, MELTING);
}
