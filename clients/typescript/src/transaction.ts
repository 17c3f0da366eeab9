/** One transaction: tried as a call first, so that a refusal costs nothing and has its sentence. */
import type { Abi, Address, Hex, TransactionReceipt } from "viem";
import type { Pool, Wallet } from "./pool.js";

/** A call of a contract as a transaction. */
export interface Call {
  readonly address: Address;
  readonly abi: Abi | readonly unknown[];
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/** What a flow of one or more transactions is doing. */
export type Step =
  | { readonly kind: "signing"; readonly label: string }
  | { readonly kind: "confirming"; readonly label: string; readonly hash: Hex }
  | { readonly kind: "confirmed"; readonly label: string; readonly receipt: TransactionReceipt };

/** Is told of each step. */
export type OnStep = (step: Step) => void;

/**
 * A deadline so many seconds from now: from the chain's time or the machine's, whichever is later, for an idle chain's last block may
 * be old and a development chain's clock ahead. Unix seconds; `Date.now()` counts milliseconds.
 */
export async function deadlineIn(pool: Pick<Pool, "client">, seconds: number): Promise<bigint> {
  const { timestamp } = await pool.client.getBlock({ includeTransactions: false });
  const now = BigInt(Math.floor(Date.now() / 1000));
  return (timestamp > now ? timestamp : now) + BigInt(seconds);
}

/** Gas limit over what was estimated: the book may have changed until the transaction is carried out. */
const gasHeadroom = { numerator: 5n, denominator: 4n };

/**
 * Tries a call, sends it, waits for its receipt.
 *
 * @throws the refusal as viem has it (see `explain`), or an error when the transaction failed on chain.
 */
export async function send(pool: Pool, wallet: Wallet, call: Call, label: string, onStep: OnStep = () => {}): Promise<TransactionReceipt> {
  const request = { ...call, account: wallet.account } as never;
  await pool.client.simulateContract(request);
  const gas = await pool.client.estimateContractGas(request);
  onStep({ kind: "signing", label });
  const hash = await wallet.writeContract({ ...call, account: wallet.account, chain: wallet.chain, gas: (gas * gasHeadroom.numerator) / gasHeadroom.denominator } as never);
  onStep({ kind: "confirming", label, hash });
  const receipt = await pool.client.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`${label}: the transaction ${hash} was included but failed`);
  onStep({ kind: "confirmed", label, receipt });
  return receipt;
}
