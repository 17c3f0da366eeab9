/** Accounts of others: how well they stand, and closing those that don't, for a reward. */
import type { Address, TransactionReceipt } from "viem";
import type { MarginAccount } from "./account.js";
import { readAll } from "./batch.js";
import { readEvents, type PoolEvent } from "./events.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { explain } from "./refusal.js";
import { send, type OnStep } from "./transaction.js";

/** Somebody's account. */
export interface Watched {
  readonly owner: Address;
  readonly account: MarginAccount;
  /** What it is worth over what it needs to stay; undefined where it needs nothing. Below one anybody may close it. */
  readonly health: number | undefined;
  readonly isLiquidatable: boolean;
}

/** What an account is worth over what it needs to stay; undefined where it needs nothing. */
export function healthOf({ value, maintenance }: Pick<MarginAccount, "value" | "maintenance">): number | undefined {
  return maintenance === 0n ? undefined : Number(value) / Number(maintenance);
}

/** All accounts with legs, the worst first. `history` has who ever had one (`MarginDeposited`, `PositionMoved`). */
export async function readAccounts(pool: Pool, history?: readonly PoolEvent[]): Promise<Watched[]> {
  const owners = new Set<Address>();
  for (const event of history ?? (await readEvents(pool, ["MarginDeposited", "PositionMoved"]))) {
    if (event.name === "MarginDeposited" || event.name === "PositionMoved") owners.add(event.fields.account);
  }
  const list = [...owners];
  const answers = await readAll(pool, "account", list.map((owner) => [owner] as const));
  const watched = list.flatMap((owner, index): Watched[] => {
    const account = answers[index]?.value;
    if (!account || account.legs.length === 0) return [];
    return [{ owner, account, health: healthOf(account), isLiquidatable: account.value < account.maintenance }];
  });
  return watched.sort((a, b) => (a.health ?? Infinity) - (b.health ?? Infinity));
}

/** What closing an account would pay (atoms) to whoever does it now, or why it is refused. */
export async function quoteLiquidation(pool: Pool, owner: Address, by: Address): Promise<{ reward: bigint; refusal?: undefined } | { reward?: undefined; refusal: string }> {
  try {
    const { result } = await pool.client.simulateContract({ ...contract(pool), functionName: "liquidate", args: [owner, by], account: by });
    return { reward: result };
  } catch (error) {
    return { refusal: explain(error, pool.units, "liquidate") };
  }
}

/** Closes as much of an account as brings it to its initial requirement; the wallet gets the reward. */
export async function liquidate(pool: Pool, wallet: Wallet, owner: Address, onStep?: OnStep): Promise<TransactionReceipt> {
  return send(pool, wallet, { ...contract(pool), functionName: "liquidate", args: [owner, wallet.account.address] }, "Close the account", onStep);
}

/** Notes that an account is below what it needs: from a quarter of an hour later on the venue may be farther from the feed. */
export async function flag(pool: Pool, wallet: Wallet, owner: Address, onStep?: OnStep): Promise<TransactionReceipt> {
  return send(pool, wallet, { ...contract(pool), functionName: "flag", args: [owner] }, "Flag the account", onStep);
}

/** Lets an account meet its legs of settled expiries. */
export async function touch(pool: Pool, wallet: Wallet, owner: Address, onStep?: OnStep): Promise<TransactionReceipt> {
  return send(pool, wallet, { ...contract(pool), functionName: "touch", args: [owner] }, "Settle the account", onStep);
}
