// What an account is worth and needs, as docs/margin.md 2 has it, in double precision and for people to look at.
import { type Prepared, price } from "./smile";

interface Grid {
  spots: number[];
  /** Logarithms. */
  vols: number[];
}
const INITIAL: Grid = { spots: [0.8, 0.9, 1, 1.1, 1.2], vols: [-0.3, 0, 0.45] };
const MAINTENANCE: Grid = { spots: [0.88, 0.94, 1, 1.06, 1.12], vols: [-0.2, 0, 0.25] };
/** Of spot, for each option that is short. */
const LEAST = 0.02;

export interface SizedOption extends Prepared {
  /** Negative for a short. */
  size: number;
}

const worth = (legs: SizedOption[], spot: number, vol: number) =>
  legs.reduce((sum, leg) => sum + leg.size * price(leg, spot, vol), 0);

/** The most that the legs lose on a grid, and with spot at a strike within it. */
function worst(legs: SizedOption[], { spots, vols }: Grid): number {
  const [low, high] = [Math.min(...spots), Math.max(...spots)];
  const strikes = legs.map(({ strike, forward }) => strike / forward).filter((ratio) => ratio > low && ratio < high);
  const values = vols.flatMap((vol) => [...spots, ...strikes].map((spot) => worth(legs, spot, Math.exp(vol))));
  return Math.max(worth(legs, 1, 1) - Math.min(...values), 0);
}

/** Value of the legs, and what quote and legs together must be worth to open and to stay. */
export function health(legs: SizedOption[], spot: number): { legs: number; initial: number; maintenance: number } {
  const now = worth(legs, 1, 1);
  const shorts = legs.reduce((sum, { size }) => sum + Math.max(-size, 0), 0);
  const required = (grid: Grid) =>
    shorts === 0 ? Math.min(worst(legs, grid), Math.max(now, 0)) : Math.max(worst(legs, grid), LEAST * spot * shorts);
  const maintenance = required(MAINTENANCE);
  return { legs: now, initial: Math.max(required(INITIAL), maintenance), maintenance };
}
