/**
 * Orders of one or more legs: quoted, checked before anything is sent, and carried out within limits and a deadline.
 *
 * How legs become transactions is a route. Today's route sends one transaction per leg; one that hands all legs to the
 * pool at once takes its place in `routeOf` when the pool has such a function, and nothing else changes.
 */
import type { Address, TransactionReceipt } from "viem";
import { readAll, type Answer } from "./batch.js";
import type { Quote } from "./chain.js";
import { authorise, readFunds, type Payment } from "./payment.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { nameOf } from "./sentences.js";
import { send, type Call, type OnStep } from "./transaction.js";
import { amounts, divideUp, WAD } from "./units.js";

/** The taker's side. */
export type Side = "buy" | "sell";

/** One leg: so much of a series (WAD), bought or sold. */
export interface Leg {
  readonly id: bigint;
  readonly size: bigint;
  readonly side: Side;
}

/** A leg with the pool's answer. */
export interface QuotedLeg extends Leg {
  readonly answer: Answer<Quote>;
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

/** Quotes legs, each against the pool as it is. */
export async function quoteLegs(pool: Pool, legs: readonly Leg[]): Promise<QuotedLeg[]> {
  const of = (side: Side) => legs.filter((leg) => leg.side === side);
  const ask = (side: Side) => of(side).map(({ id, size }) => [id, size] as const);
  const [buys, sells] = await Promise.all([readAll(pool, "quoteBuy", ask("buy")), readAll(pool, "quoteSell", ask("sell"))]);
  const answers = { buy: buys.values(), sell: sells.values() };
  return legs.map((leg) => ({ ...leg, answer: answers[leg.side].next().value! }));
}

/** The most that a quoted purchase may cost, the least that a quoted sale may bring, atoms. */
export function limitOf({ side, total }: { side: Side; total: bigint }, slippage: bigint): bigint {
  if (slippage < 0n) throw new RangeError("slippage is negative");
  return side === "buy" ? total + divideUp(total * slippage, WAD) : total - divideUp(total * (slippage > WAD ? WAD : slippage), WAD);
}

/** A leg with its limit in atoms. */
export interface BoundLeg extends Leg {
  readonly limit: bigint;
}

/** A way for legs to become transactions. */
export interface Route {
  /** Whether the legs are carried out together or not at all. */
  readonly isAtomic: boolean;
  /** The transactions, in order, and what each is called. */
  calls(pool: Pool, legs: readonly BoundLeg[], deadline: bigint, receiver: Address): { call: Call; label: string }[];
}

/** One transaction per leg, by `buy` and `sell`. */
export const legByLeg: Route = {
  isAtomic: false,
  calls: (pool, legs, deadline, receiver) =>
    legs.map(({ id, size, side, limit }) => ({
      call: { ...contract(pool), functionName: side, args: [id, size, limit, deadline, receiver] },
      label: `${side === "buy" ? "Buy" : "Sell"} ${nameOf(id, pool.units)}`,
    })),
};

/** How a pool takes these legs. */
export function routeOf(_pool: Pool, _legs: readonly Leg[]): Route {
  return legByLeg;
}

/** A reason not to send an order, with the leg that it is about. */
export interface Objection {
  readonly leg: number | undefined;
  readonly sentence: string;
}

/** Why an order would be refused, as far as that can be known beforehand; nothing when it looks good. */
export async function objections(pool: Pool, account: Address | undefined, quoted: readonly QuotedLeg[], slippage: bigint): Promise<Objection[]> {
  const found: Objection[] = quoted.flatMap(({ answer }, leg) => (answer.refusal ? [{ leg, sentence: answer.refusal.sentence }] : []));
  if (!account) return found;
  const sells = quoted.map((leg, index) => ({ ...leg, index })).filter((leg) => leg.side === "sell");
  const [funds, balances] = await Promise.all([readFunds(pool, account), readAll(pool, "balanceOf", sells.map(({ id }) => [account, id] as const))]);
  const left = new Map(sells.map(({ id }, index) => [id, (balances[index]?.value as bigint | undefined) ?? 0n]));
  for (const { id, size, index } of sells) {
    const held = left.get(id) ?? 0n;
    if (held < size) found.push({ leg: index, sentence: `You hold ${amounts.size(held)} of ${nameOf(id, pool.units)} and can't sell ${amounts.size(size)}; options are only sold by those who hold them.` });
    left.set(id, held - size);
  }
  const needed = mostToPay(quoted, slippage);
  if (needed > funds.balance) found.push({ leg: undefined, sentence: `The order needs up to ${amounts.cash(needed, pool.units)} and you have ${amounts.cash(funds.balance, pool.units)}.` });
  return found;
}

/** The most that the purchases of an order may cost together, atoms. */
export function mostToPay(quoted: readonly QuotedLeg[], slippage: bigint): bigint {
  return quoted.reduce((sum, { side, answer }) => (side === "buy" && answer.value ? sum + limitOf({ side, total: answer.value.total }, slippage) : sum), 0n);
}

/** What an order costs as quoted, atoms; negative when it brings money. */
export function netCost(quoted: readonly QuotedLeg[]): bigint {
  return quoted.reduce((sum, { side, answer }) => sum + (answer.value ? (side === "buy" ? answer.value.total : -answer.value.total) : 0n), 0n);
}

/**
 * Carries out a quoted order: leave to take the money where that is missing, then the legs.
 *
 * @throws what refused it (see `explain`). Legs that were carried out before stay so when the route is not atomic.
 */
export async function submitOrder(pool: Pool, wallet: Wallet, quoted: readonly QuotedLeg[], terms: Terms, onStep?: OnStep): Promise<TransactionReceipt[]> {
  const legs = quoted.map(({ answer, ...leg }) => {
    if (!answer.value) throw new Error(answer.refusal.sentence);
    return { ...leg, limit: limitOf({ side: leg.side, total: answer.value.total }, terms.slippage) };
  });
  const amount = mostToPay(quoted, terms.slippage);
  const receipts: TransactionReceipt[] = [];
  if (amount > 0n) {
    const receipt = await authorise(pool, wallet, { amount, by: terms.payment ?? "approval", deadline: terms.deadline, onStep });
    if (receipt) receipts.push(receipt);
  }
  const route = routeOf(pool, legs);
  for (const { call, label } of route.calls(pool, legs, terms.deadline, terms.receiver ?? wallet.account.address)) {
    receipts.push(await send(pool, wallet, call, label, onStep));
  }
  return receipts;
}
