/**
 * Margin accounts: quote and signed legs of one owner, which may be short. Orders on an account are paid out of its quote, and its
 * value has to cover its requirement.
 */
import type { Address, TransactionReceipt } from "viem";
import { readAll, type Answer, type Returned } from "./batch.js";
import { abiLegs, limitOf, type Leg, type QuotedOrder, type Route } from "./orders.js";
import { sendPaid, type Payment } from "./payment.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { explain, RefusedError } from "./refusal.js";
import { EventLog, readEvents, type PoolEvent } from "./events.js";
import { nameOf } from "./sentences.js";
import { send, type OnStep } from "./transaction.js";
import { amounts } from "./units.js";

/** An account: quote in atoms, value and requirements WAD, liquidation prices WAD (zero for none), legs with mark and greeks. */
export interface MarginAccount extends Returned<"account"> {}

/** Reads an account, or the refusal for which it can't be valued. */
export async function readAccount(pool: Pool, owner: Address): Promise<Answer<MarginAccount>> {
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

/**
 * Carries out an order that was quoted on an account.
 *
 * @throws what refused it (see `explain` and `toRefusal`).
 */
export async function submitOnAccount(
  pool: Pool,
  wallet: Wallet,
  { legs, answer }: QuotedOrder,
  { slippage, deadline, owner }: { slippage: bigint; deadline: bigint; owner?: Address },
  onStep?: OnStep,
): Promise<TransactionReceipt> {
  if (!answer.value) throw new RefusedError(answer.refusal);
  const call = onAccount.call(pool, legs, limitOf(pool, answer.value, slippage), deadline, owner ?? wallet.account.address);
  return send(pool, wallet, call, onAccount.label(pool, legs), onStep);
}

/** Pays quote (atoms) into an account. */
export async function depositMargin(
  pool: Pool,
  wallet: Wallet,
  { amount, owner, payment, deadline }: { amount: bigint; owner?: Address; payment?: Payment; deadline: bigint },
  onStep?: OnStep,
): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "depositMargin", args: [amount, owner ?? wallet.account.address] };
  const receipts = await sendPaid(pool, wallet, call, { amount, by: payment, deadline, label: "Deposit margin", onStep });
  return receipts[receipts.length - 1]!;
}

/** Takes quote (atoms) out of the wallet's account. */
export async function withdrawMargin(pool: Pool, wallet: Wallet, amount: bigint, onStep?: OnStep): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "withdrawMargin", args: [amount, wallet.account.address] };
  return send(pool, wallet, call, "Withdraw margin", onStep);
}

/** A long (WAD) between the wallet and its account. */
export interface Move {
  readonly id: bigint;
  readonly size: bigint;
}

/** Moves a long from the wallet into its account, where it closes a short of the same series first. */
export async function depositPosition(pool: Pool, wallet: Wallet, { id, size }: Move, onStep?: OnStep): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "depositPosition", args: [id, size] };
  return send(pool, wallet, call, `Move ${nameOf(id, pool.units)} into the account`, onStep);
}

/** Moves a long from the wallet's account to the wallet. */
export async function withdrawPosition(pool: Pool, wallet: Wallet, { id, size }: Move, onStep?: OnStep): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "withdrawPosition", args: [id, size, wallet.account.address] };
  return send(pool, wallet, call, `Move ${nameOf(id, pool.units)} to the wallet`, onStep);
}

/** Why something an account's owner asks for would be refused now; nothing when it would not. */
async function objection(pool: Pool, owner: Address, functionName: string, args: readonly unknown[]): Promise<string | undefined> {
  try {
    await pool.client.simulateContract({ ...contract(pool), functionName, args, account: owner } as never);
    return undefined;
  } catch (error) {
    return explain(error, pool.units, functionName);
  }
}

/** Why a long can't go into the account, or out of it. */
export async function objectionToMove(pool: Pool, owner: Address, { id, size }: Move, isIn: boolean): Promise<string | undefined> {
  if (!isIn) return objection(pool, owner, "withdrawPosition", [id, size, owner]);
  const [answer] = await readAll(pool, "balanceOf", [[owner, id]]);
  const held = (answer?.value as bigint | undefined) ?? 0n;
  if (held < size) return `You hold ${amounts.size(held)} of ${nameOf(id, pool.units)} and can't move ${amounts.size(size)}.`;
  return objection(pool, owner, "depositPosition", [id, size]);
}

/** Why so much quote (atoms) can't be taken out. */
export const objectionToWithdrawal = (pool: Pool, owner: Address, amount: bigint): Promise<string | undefined> => objection(pool, owner, "withdrawMargin", [amount, owner]);

/** The most quote (atoms) that can be taken out with what the account needs to open left in it; before what the pool's cash allows. */
export function spareMargin(account: Pick<MarginAccount, "quote" | "value" | "initial">, pool: Pick<Pool, "units">): bigint {
  const scale = 10n ** BigInt(18 - pool.units.quoteDecimals);
  const spare = (account.value - account.initial) / scale;
  const most = spare < account.quote ? spare : account.quote;
  return most > 0n ? most : 0n;
}

/** Lets somebody trade on the wallet's account, or no longer. Nothing leaves the account by a delegate's hand. */
export async function setDelegate(pool: Pool, wallet: Wallet, delegate: Address, approved: boolean, onStep?: OnStep): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "setDelegate", args: [delegate, approved] };
  return send(pool, wallet, call, approved ? "Name a delegate" : "Remove a delegate", onStep);
}

/** Who may trade on an account, and on whose accounts somebody may, as events left it. */
export async function readDelegates(pool: Pool, address: Address, history?: readonly PoolEvent[]): Promise<{ delegates: Address[]; owners: Address[] }> {
  const [delegates, owners] = [new Set<Address>(), new Set<Address>()];
  const own = (other: Address) => other.toLowerCase() === address.toLowerCase();
  for (const event of history ?? (await readEvents(pool, ["DelegateSet"]))) {
    if (event.name !== "DelegateSet") continue;
    const { account, delegate, approved } = event.fields;
    const note = (set: Set<Address>, who: Address) => (approved ? set.add(who) : set.delete(who));
    if (own(account)) note(delegates, delegate);
    if (own(delegate)) note(owners, account);
  }
  return { delegates: [...delegates], owners: [...owners] };
}

/** Follows who may trade on accounts and who has one. */
export const accountLog = (pool: Pool, fromBlock?: bigint): EventLog => new EventLog(pool, { names: ["DelegateSet", "MarginDeposited", "PositionMoved"] }, fromBlock);
