/**
 * Margin accounts: quote and signed legs of one owner, which may be short. Orders on an account are paid out of its quote, and its
 * value has to cover its requirement.
 */
import type { Address, ContractFunctionReturnType, TransactionReceipt } from "viem";
import { readAll } from "./batch.js";
import type { poolAbi } from "./generated/abi.js";
import { abiLegs, limitOf, type Leg, type QuotedOrder, type Route } from "./orders.js";
import { sendPaid, type Payment } from "./payment.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { explain } from "./refusal.js";
import { send, type OnStep } from "./transaction.js";

/** An account: quote in atoms, value and requirements WAD, liquidation prices WAD (zero for none), legs with mark and greeks. */
export type MarginAccount = ContractFunctionReturnType<typeof poolAbi, "view", "account">;

/** Reads an account, or the refusal for which it can't be valued. */
export async function readAccount(pool: Pool, owner: Address) {
  const [answer] = await readAll(pool, "account", [[owner]]);
  return answer!;
}

/** What legs are worth together, and what an account needs to open and to keep them, WAD. */
export async function readMarginFor(pool: Pool, legs: readonly Leg[]): Promise<{ value: bigint; initial: bigint; maintenance: bigint }> {
  const [value, initial, maintenance] = await pool.client.readContract({ ...contract(pool), functionName: "marginFor", args: [abiLegs(legs)] });
  return { value, initial, maintenance };
}

/** Quotes an order on an account: what it sells beyond its longs is written. Whether it has the margin shows when it is sent. */
export async function quoteOnAccount(pool: Pool, legs: readonly Leg[], owner: Address): Promise<QuotedOrder> {
  const [answer] = await readAll(pool, "quoteOnAccount", [[abiLegs(legs), owner]]);
  return { legs, answer: answer! };
}

/** All legs together on the account of the receiver, by its owner or a delegate. */
export const onAccount: Route = {
  call: (pool, legs, limit, deadline, owner) => ({ ...contract(pool), functionName: "tradeOnAccount", args: [abiLegs(legs), limit, deadline, owner] }),
  label: (_pool, legs) => `Trade ${legs.length} ${legs.length === 1 ? "leg" : "legs"} on the account`,
};

/** A deadline that no preflight misses. */
const never = 2n ** 63n;

/** Why an order on an account would be refused now, as its owner would be told; nothing when it would be filled. */
export async function objectionsOnAccount(pool: Pool, owner: Address | undefined, { legs, answer }: QuotedOrder, slippage: bigint): Promise<string[]> {
  if (!answer.value) return [answer.refusal.sentence];
  if (!owner) return [];
  try {
    await pool.client.simulateContract({ ...onAccount.call(pool, legs, limitOf(pool, answer.value, slippage), never, owner), account: owner } as never);
    return [];
  } catch (error) {
    return [explain(error, pool.units, "tradeOnAccount")];
  }
}

/** Carries out an order that was quoted on an account. */
export async function submitOnAccount(
  pool: Pool,
  wallet: Wallet,
  { legs, answer }: QuotedOrder,
  { slippage, deadline, owner }: { slippage: bigint; deadline: bigint; owner?: Address },
  onStep?: OnStep,
): Promise<TransactionReceipt> {
  if (!answer.value) throw new Error(answer.refusal.sentence);
  const call = onAccount.call(pool, legs, limitOf(pool, answer.value, slippage), deadline, owner ?? wallet.account.address);
  return send(pool, wallet, call, onAccount.label(pool, legs), onStep);
}

/** Pays quote (atoms) into an account. */
export async function depositMargin(
  pool: Pool,
  wallet: Wallet,
  { amount, owner, by, deadline }: { amount: bigint; owner?: Address; by?: Payment; deadline: bigint },
  onStep?: OnStep,
): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "depositMargin", args: [amount, owner ?? wallet.account.address] };
  const receipts = await sendPaid(pool, wallet, call, { amount, by, deadline, label: "Deposit margin", onStep });
  return receipts[receipts.length - 1]!;
}

/** Takes quote (atoms) out of the wallet's account. */
export async function withdrawMargin(pool: Pool, wallet: Wallet, amount: bigint, onStep?: OnStep): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "withdrawMargin", args: [amount, wallet.account.address] };
  return send(pool, wallet, call, "Withdraw margin", onStep);
}
