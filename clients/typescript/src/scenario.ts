/** The pool's scenarios: what its book and hedge would gain at other spots and vols, in floats, as the scenario gate reckons. */
import { black76, payoff } from "./black76.js";
import type { BookNode, Market } from "./market.js";
import { toNumber } from "./units.js";

/** Spots of the gate's grid, as parts of spot. */
export const scenarioSpots: readonly number[] = [0.5, 0.6, 0.7, 0.78, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.17, 1.25, 1.4, 1.6, 1.8];
/** Moves of vol on the gate's grid: logarithms for options of 28 days. */
export const scenarioVols: readonly number[] = [-0.3, 0, 0.45];

const reference = 28 * 86_400;
const day = 86_400;

/** What accounts are short of together (`accounts()`), WAD: they have margin for a fifth of spot, what is beyond is the pool's loss. */
export interface Written {
  readonly calls: bigint;
  readonly puts: bigint;
}

/** What the pool notes of that, options: a hundred and twenty-two to an option, to eleven binary digits, rounded up. */
function noted(wad: bigint): number {
  const lots = wad / 1_000_000_000_000n;
  const units = (lots + 8_191n) >> 13n;
  const dropped = BigInt(Math.max(units.toString(2).length - 11, 0));
  const kept = (units + (1n << dropped) - 1n) >> dropped;
  return Number((kept << dropped) << 13n) / 1e6;
}

/** A node's value in a scenario, for one option of each kind. */
function revalued({ expiry, strike: wad, calls, puts, vol }: BookNode, { spot, carry, time, move }: { spot: number; carry: number; time: bigint; move: number }): number {
  const [strike, seconds] = [toNumber(wad), Number(expiry - time)];
  const [call, put] = [toNumber(calls), toNumber(puts)];
  if (seconds <= 0) return call * payoff(false, strike, spot) + put * payoff(true, strike, spot);
  // Short lives move further, at most twice as far; where vol falls a day goes from what the pool is long.
  const factor = Math.exp(move * Math.min((reference / seconds) ** 0.3, 2));
  const isOlder = move < 0 && call + put > 0;
  const left = isOlder ? Math.sqrt(Math.max(seconds - day, 0) / seconds) : 1;
  const value = (isPut: boolean) => black76({ put: isPut, spot, strike, vol: toNumber(vol) * factor * left, carry, seconds }).price;
  return call * value(false) + put * value(true);
}

/**
 * What the pool would gain (quote; negative for a loss) for each move of vol, a row, and each spot, a column, as parts of spot.
 * Undefined without a price. The largest loss on the gate's own grid is `risk().worstLoss`, unless that is at a strike between.
 */
export function scenarios({ book, surface, risk, oracle, time }: Pick<Market, "book" | "surface" | "risk" | "oracle" | "time">, written: Written, { spots = scenarioSpots, vols = scenarioVols }: { spots?: readonly number[]; vols?: readonly number[] } = {}): number[][] | undefined {
  if (!risk || !oracle || oracle.price === 0n) return undefined;
  const spot = toNumber(oracle.price);
  const carries = new Map(surface.map(({ expiry, carry }) => [expiry, toNumber(carry)]));
  const valued = (part: number, move: number) => book.reduce((sum, node) => sum + revalued(node, { spot: spot * part, carry: carries.get(node.expiry) ?? 0, time, move }), 0);
  const before = valued(1, 0);
  const [hedge, calls, puts] = [toNumber(risk.hedgePosition), noted(written.calls), noted(written.puts)];
  const unpaid = (part: number) => spot * (calls * Math.max(part - 1.2, 0) + puts * Math.max(0.8 - part, 0));
  return vols.map((move) => spots.map((part) => valued(part, move) - before + hedge * spot * (part - 1) - unpaid(part)));
}
