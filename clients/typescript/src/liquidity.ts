/** The provider's side: what a share is worth, what can be put in and taken out, and doing so within limits. */
import type { Address, TransactionReceipt } from "viem";
import { readHistory, type PoolEvent, type Range } from "./events.js";
import type { Nav } from "./market.js";
import { sendPaid, type Payment } from "./payment.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { explain } from "./refusal.js";
import { send, type OnStep } from "./transaction.js";
import { divideUp, WAD } from "./units.js";

/**
 * What one share is worth, WAD of quote: mid, and both sides. Leaving pays the low side at most: less the charge for capacity, and less again
 * while a settlement is due or accounts have not met one (`previewRedeem` has all of it). Coming in costs the high side at least
 * (`previewDeposit`). What the pool has lent to the accounts' pot is in neither and comes on top of both.
 */
export interface SharePrice {
  readonly mid: bigint;
  readonly low: bigint;
  readonly high: bigint;
}

/** A provider's view. Cash in atoms, shares in their own decimals. */
export interface Provider {
  readonly shares: bigint;
  readonly supply: bigint;
  /** What all shares of the account would bring, before limits. Undefined with a reason. */
  readonly value: bigint | undefined;
  readonly maxWithdraw: bigint;
  readonly maxRedeem: bigint;
  /** Zero while deposits are closed. */
  readonly maxDeposit: bigint;
  readonly deposited: bigint;
  readonly withdrawn: bigint;
  /** value + withdrawn - deposited, where shares were never sent about. */
  readonly profit: bigint | undefined;
  /** Why there is no value. */
  readonly reason: string | undefined;
  /** Why the pool takes no deposits, while it takes none. */
  readonly closed: string | undefined;
}

/** The share's price from net asset value and supply; undefined without shares. */
export function sharePrice(nav: Pick<Nav, "mid" | "low" | "high">, supply: bigint, pool: Pick<Pool, "units">): SharePrice | undefined {
  if (supply === 0n) return undefined;
  const one = 10n ** BigInt(pool.units.shareDecimals);
  return { mid: (nav.mid * one) / supply, low: (nav.low * one) / supply, high: divideUp(nav.high * one, supply) };
}

/** Reads a provider's view. */
export async function readProvider(pool: Pool, account: Address, { history: known, ...range }: Range & { history?: readonly PoolEvent[] } = {}): Promise<Provider> {
  const at = contract(pool);
  const [shares, supply, maxWithdraw, maxRedeem, maxDeposit, history] = await Promise.all([
    pool.client.readContract({ ...at, functionName: "balanceOf", args: [account] }),
    pool.client.readContract({ ...at, functionName: "totalSupply" }),
    pool.client.readContract({ ...at, functionName: "maxWithdraw", args: [account] }),
    pool.client.readContract({ ...at, functionName: "maxRedeem", args: [account] }),
    pool.client.readContract({ ...at, functionName: "maxDeposit", args: [account] }),
    known ?? readHistory(pool, account, range),
  ]);
  let value: bigint | undefined = 0n;
  let reason: string | undefined;
  if (shares > 0n) {
    try {
      value = await pool.client.readContract({ ...at, functionName: "previewRedeem", args: [shares] });
    } catch (error) {
      [value, reason] = [undefined, explain(error, pool.units, "redeem")];
    }
  }
  const own = (address: Address) => address.toLowerCase() === account.toLowerCase();
  let [deposited, withdrawn] = [0n, 0n];
  for (const event of history) {
    if (event.name === "Deposit" && own(event.fields.owner)) deposited += event.fields.assets;
    if (event.name === "Withdraw" && own(event.fields.owner)) withdrawn += event.fields.assets;
  }
  const profit = value === undefined ? undefined : value + withdrawn - deposited;
  const closed = maxDeposit === 0n ? await whyClosed(pool, account) : undefined;
  return { shares, supply, value, maxWithdraw, maxRedeem, maxDeposit, deposited, withdrawn, profit, reason, closed };
}

/** What a deposit would be refused for. The pool looks at everything else before it takes the money. */
async function whyClosed(pool: Pool, account: Address): Promise<string | undefined> {
  const one = 10n ** BigInt(pool.units.quoteDecimals);
  try {
    await pool.client.simulateContract({ ...contract(pool), functionName: "deposit", args: [one, account], account });
    return undefined;
  } catch (error) {
    return explain(error, pool.units, "deposit");
  }
}

/** What bounds a deposit or a withdrawal: how much worse than previewed (WAD ratio), and until when (unix seconds). */
export interface LiquidityTerms {
  readonly slippage: bigint;
  readonly deadline: bigint;
  readonly payment?: Payment;
}

const less = (amount: bigint, slippage: bigint) => amount - divideUp(amount * slippage, WAD);
const more = (amount: bigint, slippage: bigint) => amount + divideUp(amount * slippage, WAD);

/** Puts assets (atoms) in for at least what the preview says less slippage. */
export async function deposit(pool: Pool, wallet: Wallet, assets: bigint, terms: LiquidityTerms, onStep?: OnStep): Promise<TransactionReceipt> {
  const shares = await pool.client.readContract({ ...contract(pool), functionName: "previewDeposit", args: [assets] });
  const args = [assets, wallet.account.address, less(shares, terms.slippage), terms.deadline];
  const call = { ...contract(pool), functionName: "depositAtLeast", args };
  const receipts = await sendPaid(pool, wallet, call, { amount: assets, by: terms.payment, deadline: terms.deadline, label: "Deposit", onStep });
  return receipts[receipts.length - 1]!;
}

/** Takes assets (atoms) out for at most what the preview says plus slippage. */
export async function withdraw(pool: Pool, wallet: Wallet, assets: bigint, terms: LiquidityTerms, onStep?: OnStep): Promise<TransactionReceipt> {
  const shares = await pool.client.readContract({ ...contract(pool), functionName: "previewWithdraw", args: [assets] });
  const { address } = wallet.account;
  const args = [assets, address, address, more(shares, terms.slippage), terms.deadline];
  return send(pool, wallet, { ...contract(pool), functionName: "withdrawAtMost", args }, "Withdraw", onStep);
}

/** Gives shares back for at least what the preview says less slippage; with all of them nothing is left behind. */
export async function redeem(pool: Pool, wallet: Wallet, shares: bigint, terms: LiquidityTerms, onStep?: OnStep): Promise<TransactionReceipt> {
  const assets = await pool.client.readContract({ ...contract(pool), functionName: "previewRedeem", args: [shares] });
  const { address } = wallet.account;
  const args = [shares, address, address, less(assets, terms.slippage), terms.deadline];
  return send(pool, wallet, { ...contract(pool), functionName: "redeemAtLeast", args }, "Withdraw", onStep);
}
