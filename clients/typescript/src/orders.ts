/**
 * Orders of one or more legs: quoted as one change of the pool's book, checked before anything is sent, and carried out as one
 * transaction within a limit and a deadline.
 *
 * How an order becomes a call of the pool is a route: `buy` or `sell` for one leg, `trade` for several. Another way to settle an
 * order (on a margin account, say) is another route.
 */
import type { Address, TransactionReceipt } from "viem";
import { readAll, type Answer, type Returned } from "./batch.js";
import { readFunds, sendPaid, type Payment } from "./payment.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { RefusedError } from "./refusal.js";
import { nameOf } from "./sentences.js";
import type { Call, OnStep } from "./transaction.js";
import { amounts, divideUp, WAD } from "./units.js";

/** The taker's side. */
export type Side = "buy" | "sell";

/** One leg: so much of a series (WAD), bought or sold. */
export interface Leg {
  readonly id: bigint;
  readonly size: bigint;
  readonly side: Side;
}

/**
 * The pool's answer to an order. Premium and total in atoms, positive for what the taker pays; charges in atoms; the rest WAD,
 * greeks the taker's for the whole order. Premium and charges are the order's and no leg's.
 */
export interface OrderQuote extends Returned<"quote"> {}

/** An order with the pool's answer. */
export interface QuotedOrder {
  readonly legs: readonly Leg[];
  readonly answer: Answer<OrderQuote>;
}

/** What bounds an order: how much worse than quoted (WAD ratio), until when (unix seconds), for whom. */
export interface Terms {
  readonly slippage: bigint;
  readonly deadline: bigint;
  readonly receiver?: Address;
  readonly payment?: Payment;
}

/** Half a percent. */
export const usualSlippage = 5n * 10n ** 15n;

const signedSize = ({ size, side }: Leg) => (side === "buy" ? size : -size);
/** Legs as the pool takes them: signed. */
export const abiLegs = (legs: readonly Leg[]) => legs.map((leg) => ({ id: leg.id, size: signedSize(leg) }));
const magnitude = (value: bigint) => (value < 0n ? -value : value);

/** Quotes an order against the pool as it is. */
export async function quoteOrder(pool: Pool, legs: readonly Leg[]): Promise<QuotedOrder> {
  const [answer] = await readAll(pool, "quote", [[abiLegs(legs), false]]);
  return { legs, answer: answer! };
}

/** What the legs of a quote are worth at the anchor's marks, without regard to side: atoms. */
export function turnover({ legs }: Pick<OrderQuote, "legs">, pool: Pick<Pool, "units">): bigint {
  const scale = WAD * 10n ** BigInt(18 - pool.units.quoteDecimals);
  return legs.reduce((sum, { mark, size }) => sum + (mark * magnitude(size)) / scale, 0n);
}

/**
 * The most that a quoted order may cost, atoms; negative for the least that it has to bring. Slippage is of the total for one
 * leg. The total of several may be next to nothing, so that theirs is of what the legs are worth at their marks, if that is more.
 */
export function limitOf(pool: Pick<Pool, "units">, quote: Pick<OrderQuote, "total" | "legs">, slippage: bigint): bigint {
  if (slippage < 0n) throw new RangeError("slippage is negative");
  const { total, legs } = quote;
  const whole = turnover(quote, pool);
  const measure = legs.length > 1 && whole > magnitude(total) ? whole : magnitude(total);
  const limit = total + divideUp(measure * slippage, WAD);
  // Whoever sells one leg gets something or nothing, but never pays.
  return legs.length === 1 && total <= 0n && limit > 0n ? 0n : limit;
}

/** The most that an order may take from the taker, atoms. */
export function mostToPay(pool: Pick<Pool, "units">, quote: Pick<OrderQuote, "total" | "legs">, slippage: bigint): bigint {
  const limit = limitOf(pool, quote, slippage);
  return limit > 0n ? limit : 0n;
}

/** A way for an order to become a call of the pool. */
export interface Route {
  /** The call, within a limit (atoms, as `limitOf` has it) and until a deadline (unix seconds). */
  call(pool: Pool, legs: readonly Leg[], limit: bigint, deadline: bigint, receiver: Address): Call;
  /** What a wallet's user is told that it does. */
  label(pool: Pool, legs: readonly Leg[]): string;
}

/** One leg by `buy` or `sell`. */
export const oneLeg: Route = {
  call: (pool, [leg], limit, deadline, receiver) => ({ ...contract(pool), functionName: leg!.side, args: [leg!.id, leg!.size, magnitude(limit), deadline, receiver] }),
  label: (pool, [leg]) => `${leg!.side === "buy" ? "Buy" : "Sell"} ${nameOf(leg!.id, pool.units)}`,
};

/** All legs together by `trade`: one premium, one hedge, all or nothing. */
export const together: Route = {
  call: (pool, legs, limit, deadline, receiver) => ({ ...contract(pool), functionName: "trade", args: [abiLegs(legs), limit, deadline, receiver] }),
  label: (_pool, legs) => `Trade ${legs.length} legs`,
};

/** How the pool takes these legs. */
export function routeOf(legs: readonly Leg[]): Route {
  return legs.length === 1 ? oneLeg : together;
}

/** Why an order would be refused, as far as that can be known beforehand; nothing when it looks good. */
export async function objections(pool: Pool, account: Address | undefined, { legs, answer }: QuotedOrder, slippage: bigint): Promise<string[]> {
  const found = answer.refusal ? [answer.refusal.sentence] : [];
  if (!account) return found;
  const sells = legs.filter(({ side }) => side === "sell");
  const [funds, balances] = await Promise.all([readFunds(pool, account), readAll(pool, "balanceOf", sells.map(({ id }) => [account, id] as const))]);
  sells.forEach(({ id, size }, index) => {
    const held = (balances[index]?.value as bigint | undefined) ?? 0n;
    if (held < size) found.push(`You hold ${amounts.size(held)} of ${nameOf(id, pool.units)} and can't sell ${amounts.size(size)}; options are only sold by those who hold them.`);
  });
  const needed = answer.value ? mostToPay(pool, answer.value, slippage) : 0n;
  if (needed > funds.balance) found.push(`The order needs up to ${amounts.cash(needed, pool.units)} and you have ${amounts.cash(funds.balance, pool.units)}.`);
  return found;
}

/**
 * Carries out a quoted order, all of it or none, with leave to take the money where that is missing. The last receipt is the
 * order's.
 *
 * @throws what refused it (see `explain` and `toRefusal`).
 */
export async function submitOrder(pool: Pool, wallet: Wallet, { legs, answer }: QuotedOrder, terms: Terms, onStep?: OnStep): Promise<TransactionReceipt[]> {
  if (!answer.value) throw new RefusedError(answer.refusal);
  const limit = limitOf(pool, answer.value, terms.slippage);
  const route = routeOf(legs);
  const call = route.call(pool, legs, limit, terms.deadline, terms.receiver ?? wallet.account.address);
  const amount = limit > 0n ? limit : 0n;
  return sendPaid(pool, wallet, call, { amount, by: terms.payment, deadline: terms.deadline, label: route.label(pool, legs), onStep });
}
