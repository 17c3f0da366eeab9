/** Orders of several legs that people know by name, at strikes that the market's own vol sets apart. */
import { encodeId, parseWad, toNumber, YEAR, type Anchor, type Side } from "@smirk/client";
import { sizeText, type DraftLeg } from "./ticket.svelte";

/** A leg before there are strikes: where it is from spot, in steps, at the first or the second of two expiries. */
interface Part {
  readonly side: Side;
  readonly put: boolean;
  readonly steps: number;
  readonly isLater?: boolean;
  /** How many of it for one of the strategy. */
  readonly times?: number;
}

export interface Strategy {
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly aim: string;
  readonly parts: readonly Part[];
}

const call = (side: Side, steps: number, more: Partial<Part> = {}): Part => ({ side, put: false, steps, ...more });
const put = (side: Side, steps: number, more: Partial<Part> = {}): Part => ({ side, put: true, steps, ...more });

/** A step is half a standard deviation until the expiry. */
export const strategies: readonly Strategy[] = [
  { name: "Straddle", aim: "Gains from a move either way.", parts: [call("buy", 0), put("buy", 0)] },
  { name: "Strangle", aim: "Gains from a large move either way, for less.", parts: [call("buy", 1), put("buy", -1)] },
  { name: "Call spread", aim: "Gains from a rise, up to the higher strike.", parts: [call("buy", 0), call("sell", 1)] },
  { name: "Put spread", aim: "Gains from a fall, down to the lower strike.", parts: [put("buy", 0), put("sell", -1)] },
  { name: "Calendar", aim: "Gains while spot stays where it is until the nearer expiry.", parts: [call("sell", 0), call("buy", 0, { isLater: true })] },
  { name: "Butterfly", aim: "Gains near the middle strike, and loses no more than it cost.", parts: [call("buy", -1), call("sell", 0, { times: 2 }), call("buy", 1)] },
  { name: "Iron condor", aim: "Keeps what it brought between the inner strikes, and loses no more than an inner and its outer strike are apart.", parts: [put("buy", -2), put("sell", -1), call("sell", 1), call("buy", 2)] },
];

/** Whether an option has to be written for it, which only a margin account can. */
export const isWritten = ({ parts }: Strategy): boolean => parts.some(({ side }) => side === "sell");

/** Expiries that a strategy at this one takes: a second one, later if there is any, where it needs two. Undefined without one. */
function expiriesOf({ parts }: Strategy, anchor: Anchor, anchors: readonly Anchor[]): readonly [Anchor, Anchor] | undefined {
  if (!parts.some(({ isLater }) => isLater)) return [anchor, anchor];
  const after = anchors.find(({ expiry }) => expiry > anchor.expiry);
  const before = anchors.findLast(({ expiry }) => expiry < anchor.expiry);
  if (after) return [anchor, after];
  return before && [before, anchor];
}

/**
 * The legs of a strategy around spot (WAD), on the grid of strikes; undefined where it needs a second expiry and there is none.
 * Strikes of different steps are at least a tick apart.
 */
export function legsOf(strategy: Strategy, { anchor, anchors, spot, time, tick, size }: { anchor: Anchor; anchors: readonly Anchor[]; spot: bigint; time: bigint; tick: bigint; size: string }): DraftLeg[] | undefined {
  const expiries = expiriesOf(strategy, anchor, anchors);
  if (!expiries) return undefined;
  const [near, later] = expiries;
  const deviation = toNumber(near.atmVol) * Math.sqrt(Number(near.expiry - time) / YEAR);
  const grid = toNumber(tick);
  const apart = Math.max(Math.round((toNumber(spot) * Math.expm1(deviation / 2)) / grid), 1);
  const middle = Math.round(toNumber(spot) / grid);
  return strategy.parts.map(({ side, put, steps, isLater, times = 1 }) => {
    const strike = BigInt(Math.max(middle + steps * apart, 1)) * tick;
    return { id: encodeId({ put, expiry: (isLater ? later : near).expiry, strike }), side, size: multiple(size, times) };
  });
}

/** A size as it is typed, times a whole number; what is no size stays as it is, for the ticket to say so. */
function multiple(size: string, times: number): string {
  if (times === 1) return size;
  try {
    return sizeText(parseWad(size) * BigInt(times));
  } catch {
    return size;
  }
}
