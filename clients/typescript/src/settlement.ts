/** After expiry: the feed's round that settles, settlement, claims; and the hedge that anyone may bring back in line. */
import { encodeFunctionData, parseAbi, type Address, type TransactionReceipt } from "viem";
import { poolAbi } from "./generated/abi.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import type { Series } from "./series.js";
import { nameOf } from "./sentences.js";
import { send, type OnStep } from "./transaction.js";
import { formatTime, WAD, type Units } from "./units.js";

const feedAbi = parseAbi([
  "function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
  "function getRoundData(uint80 roundId) view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
]);

/** What options pay at a settlement price (WAD), atoms, rounded down as the pool does. */
export function payoffAtoms({ put, strike }: Pick<Series, "put" | "strike">, size: bigint, price: bigint, units: Units): bigint {
  const payoff = put ? strike - price : price - strike;
  return payoff <= 0n ? 0n : (payoff * size) / WAD / 10n ** BigInt(18 - units.quoteDecimals);
}

const phaseBits = 64n;
/** How long after an expiry the pool waits for a feed that has ended, seconds. */
const patience = 3n * 86_400n;

/**
 * The first round of the feed's present phase with a price at or after an expiry, which settles it; undefined while there is none.
 * Rounds of a phase count up from one in the lower 64 bits of their id.
 */
export async function findSettlementRound(pool: Pool, expiry: bigint): Promise<bigint | undefined> {
  // The feed may have been replaced since the pool was connected.
  const surroundings = await pool.client.readContract({ ...contract(pool), functionName: "surroundings" });
  const feed = { abi: feedAbi, address: surroundings.feed } as const;
  const [latest, , , latestTime] = await pool.client.readContract({ ...feed, functionName: "latestRoundData" });
  if (latestTime < expiry) return undefined;
  const phase = (latest >> phaseBits) << phaseBits;
  const read = async (round: bigint) => {
    const [, answer, , updatedAt] = await pool.client.readContract({ ...feed, functionName: "getRoundData", args: [phase | round] });
    return { answer, updatedAt };
  };
  // `after` is at or after expiry, `before` is not (or is no round).
  let [before, after] = [0n, latest - phase];
  while (after - before > 1n) {
    const middle = (before + after) / 2n;
    if ((await read(middle)).updatedAt < expiry) before = middle;
    else after = middle;
  }
  // A round without a price settles nothing.
  for (let round = after; (phase | round) <= latest; round++) {
    const { answer, updatedAt } = await read(round);
    if (answer > 0n && updatedAt >= expiry) return phase | round;
  }
  return undefined;
}

/**
 * Settles an expiry with the round that is right for it. Anyone may. Three days after expiry a feed that has ended settles
 * with its last round, whichever one is named.
 *
 * @throws when the feed has no round after expiry yet, and what the pool refuses.
 */
export async function settle(pool: Pool, wallet: Wallet, expiry: bigint, onStep?: OnStep): Promise<TransactionReceipt> {
  const round = await findSettlementRound(pool, expiry);
  if (round === undefined) {
    const { timestamp } = await pool.client.getBlock({ includeTransactions: false });
    if (timestamp < expiry + patience) throw new Error(`The feed has no round after ${formatTime(expiry)} yet; settlement waits for it.`);
  }
  const call = { ...contract(pool), functionName: "settle", args: [expiry, round ?? 0n] };
  return send(pool, wallet, call, `Settle ${formatTime(expiry)}`, onStep);
}

/** Turns settled options into what they pay. */
export async function claim(pool: Pool, wallet: Wallet, { id, size, receiver }: { id: bigint; size: bigint; receiver?: Address }, onStep?: OnStep): Promise<TransactionReceipt> {
  const call = { ...contract(pool), functionName: "claim", args: [id, size, receiver ?? wallet.account.address] };
  return send(pool, wallet, call, `Claim ${nameOf(id, pool.units)}`, onStep);
}

/** Most calls in one multicall of the pool. */
const mostCalls = 16;

/** Turns several settled series into what they pay, in one transaction for each sixteen. */
export async function claimAll(pool: Pool, wallet: Wallet, positions: readonly { readonly id: bigint; readonly size: bigint }[], onStep?: OnStep): Promise<TransactionReceipt[]> {
  const receipts: TransactionReceipt[] = [];
  for (let start = 0; start < positions.length; start += mostCalls) {
    const part = positions.slice(start, start + mostCalls);
    const calls = part.map(({ id, size }) => encodeFunctionData({ abi: poolAbi, functionName: "claim", args: [id, size, wallet.account.address] }));
    receipts.push(await send(pool, wallet, { ...contract(pool), functionName: "multicall", args: [calls] }, `Claim ${part.length} series`, onStep));
  }
  return receipts;
}

/** Brings the pool's hedge back inside its band; whoever does it when it is due is paid for it. */
export async function rebalance(pool: Pool, wallet: Wallet, onStep?: OnStep): Promise<TransactionReceipt> {
  return send(pool, wallet, { ...contract(pool), functionName: "rebalance", args: [] }, "Rebalance the hedge", onStep);
}
