/** Everything that trades, with its quotes, at once. */
import { readChain, type OptionChain } from "./chain.js";
import type { Market } from "./market.js";
import type { ParameterName, Pool } from "./pool.js";
import { divideUp, WAD } from "./units.js";

/**
 * The strikes of the grid that the pool lists at a price: from the lowest to the highest moneyness. Calls open
 * from 0.8 of the price up and puts up to 1.25 of it; beyond that a series can only be sold.
 */
export function listedStrikes({ price, parameters }: { price: bigint; parameters: Pick<Record<ParameterName, bigint>, "strikeTick" | "moneynessLow" | "moneynessHigh"> }): bigint[] {
  const { strikeTick: tick, moneynessLow, moneynessHigh } = parameters;
  const first = divideUp((price * moneynessLow) / WAD, tick);
  const last = (price * moneynessHigh) / WAD / tick;
  return last < first ? [] : Array.from({ length: Number(last - first) + 1 }, (_, index) => (first + BigInt(index)) * tick);
}

/**
 * The chains of all expiries that trade, in one block: every strike that the pool lists, or those of `strikes`, with bid and ask for
 * orders of `size`. What can't be traded has its refusal in its place, also where the whole market stands still. Over a transport
 * that batches this is one request (viem's has a thousand calls in each); 1,266 series with both quotes take some two seconds on the devnet.
 */
export async function readBoard(
  pool: Pool,
  market: Pick<Market, "block" | "time" | "oracle" | "surface" | "book">,
  parameters: Record<ParameterName, bigint>,
  { size = WAD, strikes }: { size?: bigint; strikes?: readonly bigint[] } = {},
): Promise<OptionChain[]> {
  const price = market.oracle?.price;
  const wanted = strikes ?? (price === undefined ? [] : listedStrikes({ price, parameters }));
  const live = market.surface.filter(({ expiry, atmVol }) => expiry > market.time && atmVol > 0n);
  return Promise.all(live.map(({ expiry }) => readChain(pool, { expiry, strikes: wanted, size, book: market.book, block: market.block })));
}
