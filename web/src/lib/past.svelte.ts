/** The pool's past as the charts draw it, read again at each block. */
import { readRecord } from "./record";
import { ofMarket } from "./reading.svelte";

export const readPastOfPool = () => ofMarket((pool) => readRecord(pool));

/** Seconds from the first to the last of some moments. */
export function spanOf(points: readonly { readonly time: bigint }[]): number {
  const [first, last] = [points[0], points.at(-1)];
  return first && last ? Number(last.time - first.time) : 0;
}
