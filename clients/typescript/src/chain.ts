/** The chain of strikes of one expiry: bid, ask, mark, vol and greeks of calls and puts, in one go. */
import { readAll, type Answer, type Returned } from "./batch.js";
import type { BookNode } from "./market.js";
import type { Pool } from "./pool.js";
import type { Refusal } from "./refusal.js";
import { encodeId } from "./series.js";
import { divideUp, LOT, WAD, YEAR, atomsToWad, toNumber } from "./units.js";

/** The pool's answer to an order; cash in atoms, the rest WAD, greeks the taker's for the whole size. */
export interface Quote extends Returned<"quoteBuy"> {}

/** One side of a chain at one strike. Prices and greeks per option, WAD. */
export interface ChainOption {
  readonly id: bigint;
  /** What a sale brings per option, all charges taken off. Undefined with a refusal. */
  readonly bid: bigint | undefined;
  /** What a purchase costs per option with all charges. Undefined with a refusal. */
  readonly ask: bigint | undefined;
  readonly mark: bigint | undefined;
  readonly delta: bigint | undefined;
  readonly gamma: bigint | undefined;
  readonly vega: bigint | undefined;
  /** Per year. */
  readonly theta: bigint | undefined;
  /** What takers hold. */
  readonly openInterest: bigint;
  readonly bidRefusal: Refusal | undefined;
  readonly askRefusal: Refusal | undefined;
}

/** One strike of a chain. */
export interface ChainRow {
  readonly strike: bigint;
  /** The anchor's vol, WAD. */
  readonly vol: bigint | undefined;
  readonly call: ChainOption;
  readonly put: ChainOption;
}

/** A chain as it was in one block. */
export interface OptionChain {
  readonly expiry: bigint;
  /** Size of the orders that bid and ask are for. */
  readonly size: bigint;
  readonly forward: bigint | undefined;
  readonly rows: readonly ChainRow[];
}

/** Steps between strikes that people expect, in ticks. */
const niceSteps = [1n, 2n, 4n, 5n, 8n, 10n, 20n, 25n, 40n, 50n, 100n, 200n, 250n, 400n, 500n, 1000n];

/**
 * Strikes on the grid around a price: about as far as `deviations` standard deviations until expiry, at most `most` of them,
 * with equal steps, and every strike of `also` beside them.
 */
export function strikesAround({ price, vol, seconds, tick, most = 17, deviations = 1.75, also = [] }: { price: bigint; vol: bigint; seconds: bigint; tick: bigint; most?: number; deviations?: number; also?: readonly bigint[] }): bigint[] {
  const spread = deviations * toNumber(vol) * Math.sqrt(Math.max(Number(seconds), 0) / YEAR);
  const reach = BigInt(Math.round(Number(price) * Math.max(Math.expm1(spread), 0.01)));
  const half = BigInt(Math.max(Math.floor((most - 1) / 2), 1));
  const wanted = Number(reach) / Number(half * tick);
  const distance = (multiple: bigint) => Math.abs(Math.log(Number(multiple) / wanted));
  const step = niceSteps.reduce((best, multiple) => (distance(multiple) < distance(best) ? multiple : best)) * tick;
  const middle = ((price + step / 2n) / step) * step;
  const strikes = new Set(also);
  for (let away = -half; away <= half; away += 1n) {
    const strike = middle + away * step;
    if (strike > 0n) strikes.add(strike);
  }
  return [...strikes].sort((a, b) => (a < b ? -1 : 1));
}

function perOption(value: bigint, size: bigint): bigint {
  return (value * WAD) / size;
}

function side(pool: Pool, id: bigint, size: bigint, buy: Answer<Quote>, sell: Answer<Quote>, openInterest: bigint): ChainOption {
  const shown = buy.value ?? sell.value;
  const sign = buy.value ? 1n : -1n;
  const greek = (pick: (quote: Quote) => bigint) => (shown ? sign * perOption(pick(shown), size) : undefined);
  return {
    id,
    bid: sell.value && perOption(atomsToWad(sell.value.total, pool.units), size),
    ask: buy.value && divideUp(atomsToWad(buy.value.total, pool.units) * WAD, size),
    mark: shown?.mark,
    delta: greek((quote) => quote.delta),
    gamma: greek((quote) => quote.gamma),
    vega: greek((quote) => quote.vega),
    theta: greek((quote) => quote.theta),
    openInterest,
    bidRefusal: sell.refusal,
    askRefusal: buy.refusal,
  };
}

/** What takers hold of a series, from the pool's book. */
export function openInterest(book: readonly BookNode[], expiry: bigint, strike: bigint, put: boolean): bigint {
  const node = book.find((candidate) => candidate.expiry === expiry && candidate.strike === strike);
  const net = node ? (put ? node.puts : node.calls) : 0n;
  return net < 0n ? -net : 0n;
}

/**
 * Reads the chain of an expiry at strikes: bid and ask are quotes of orders of `size`.
 *
 * @throws RangeError for a size that is not a positive number of lots.
 */
export async function readChain(pool: Pool, { expiry, strikes, size = WAD, book, block }: { expiry: bigint; strikes: readonly bigint[]; size?: bigint; book?: readonly BookNode[]; block?: bigint }): Promise<OptionChain> {
  if (size <= 0n || size % LOT !== 0n) throw new RangeError(`${size} is not a positive number of lots`);
  const ids = strikes.flatMap((strike) => [encodeId({ put: false, expiry, strike }), encodeId({ put: true, expiry, strike })]);
  const orders = ids.map((id) => [id, size] as const);
  const [buys, sells, vols, nodes] = await Promise.all([
    readAll(pool, "quoteBuy", orders, block),
    readAll(pool, "quoteSell", orders, block),
    readAll(pool, "impliedVol", strikes.map((strike) => [expiry, strike] as const), block),
    book ?? readAll(pool, "book", [[]], block).then(([answer]) => answer?.value ?? []),
  ]);
  const rows = strikes.map((strike, index) => {
    const option = (put: boolean) => {
      const at = 2 * index + (put ? 1 : 0);
      return side(pool, ids[at]!, size, buys[at]!, sells[at]!, openInterest(nodes, expiry, strike, put));
    };
    return { strike, vol: vols[index]?.value, call: option(false), put: option(true) };
  });
  const forward = [...buys, ...sells].find((answer) => answer.value)?.value?.forward;
  return { expiry, size, forward, rows };
}
