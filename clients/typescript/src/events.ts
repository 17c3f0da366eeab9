/** What has happened, from the pool's logs. */
import { decodeEventLog, formatLog, numberToHex, pad, toEventSelector, zeroAddress, type Address, type Hex, type Log, type RpcLog } from "viem";
import { poolAbi } from "./generated/abi.js";
import type { PoolEvents } from "./generated/shapes.js";
import type { Pool } from "./pool.js";
import { nameOf } from "./sentences.js";
import { amounts, formatPercent, formatTime, type Units } from "./units.js";

/** Name of an event; the positions' Transfer and Approval have names of their own. */
export type PoolEventName = keyof PoolEvents;

/** A decoded event and where it was; its block's time, unix seconds, where the node tells that with a log. */
export type PoolEvent = {
  [Name in PoolEventName]: { readonly name: Name; readonly fields: PoolEvents[Name]; readonly block: bigint; readonly index: number; readonly transaction: Hex; readonly time: bigint | undefined };
}[PoolEventName];

const abiEvents = poolAbi.filter((item) => item.type === "event");
type AbiEvent = (typeof abiEvents)[number];

function nameOfItem(item: AbiEvent): PoolEventName {
  const isPosition = item.inputs.some((input) => input.name === "id");
  return item.name === "Transfer" || item.name === "Approval" ? (isPosition ? `Position${item.name}` : item.name) : item.name;
}

const itemBySelector = new Map<string, AbiEvent>(abiEvents.map((item) => [toEventSelector(item), item]));
const selectorByName = new Map<PoolEventName, Hex>(abiEvents.map((item) => [nameOfItem(item), toEventSelector(item)]));

/** The pool's event in a log, or undefined when it is none. */
export function decodeEvent(log: Log): PoolEvent | undefined {
  const item = itemBySelector.get(log.topics[0] ?? "");
  if (!item) return undefined;
  const { args } = decodeEventLog({ abi: [item], data: log.data, topics: log.topics });
  return { name: nameOfItem(item), fields: args, block: log.blockNumber ?? 0n, index: log.logIndex ?? 0, transaction: log.transactionHash ?? "0x", time: log.blockTimestamp ?? undefined } as unknown as PoolEvent;
}

/** The pool's events among logs, in order. */
export function decodeEvents(pool: Pick<Pool, "address">, logs: readonly Log[]): PoolEvent[] {
  const own = logs.filter((log) => log.address.toLowerCase() === pool.address.toLowerCase());
  return own.flatMap((log) => decodeEvent(log) ?? []);
}

/** Blocks in a request after a node has refused a longer one. */
const shortestRange = 500n;

/** Logs of a range; what is too much for a node is asked for in halves. */
async function readLogs(pool: Pool, topics: (Hex | Hex[] | null)[], from: bigint, to: bigint): Promise<Log[]> {
  try {
    const filter = { address: pool.address, topics, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
    const logs = await pool.client.request({ method: "eth_getLogs", params: [filter] });
    return (logs as RpcLog[]).map((log) => formatLog(log) as Log);
  } catch (error) {
    if (to - from < shortestRange) throw error;
    const middle = (from + to) / 2n;
    return [...(await readLogs(pool, topics, from, middle)), ...(await readLogs(pool, topics, middle + 1n, to))];
  }
}

function inOrder(events: PoolEvent[]): PoolEvent[] {
  return events.sort((a, b) => (a.block === b.block ? a.index - b.index : a.block < b.block ? -1 : 1));
}

/** Blocks to look through. */
export interface Range {
  readonly fromBlock?: bigint;
  readonly toBlock?: bigint;
}

/** All events of these names. */
export async function readEvents(pool: Pool, names: readonly PoolEventName[], { fromBlock = 0n, toBlock }: Range = {}): Promise<PoolEvent[]> {
  const last = toBlock ?? (await pool.client.getBlockNumber({ cacheTime: 0 }));
  const selectors = names.map((name) => selectorByName.get(name)!);
  return inOrder(decodeEvents(pool, await readLogs(pool, [selectors], fromBlock, last)));
}

const personal: PoolEventName[] = ["Bought", "Sold", "AccountTraded", "Ordered", "LegFilled", "PositionMoved", "MarginDeposited", "MarginWithdrawn", "LegSettled", "AccountFlagged", "Liquidated", "DebtCovered", "DelegateSet", "Claimed", "PositionTransfer", "Deposit", "Withdraw", "ExitCharged", "Transfer"];

/** Everything that concerns an account: trades, claims, transfers, deposits and withdrawals. */
export async function readHistory(pool: Pool, account: Address, { fromBlock = 0n, toBlock }: Range = {}): Promise<PoolEvent[]> {
  const last = toBlock ?? (await pool.client.getBlockNumber({ cacheTime: 0 }));
  const selectors = personal.map((name) => selectorByName.get(name)!);
  const who = pad(account);
  const logs = await Promise.all([
    readLogs(pool, [selectors, who], fromBlock, last),
    readLogs(pool, [selectors, null, who], fromBlock, last),
    readLogs(pool, [selectorByName.get("Withdraw")!, null, null, who], fromBlock, last),
  ]);
  const once = new Map(decodeEvents(pool, logs.flat()).map((event) => [`${event.block} ${event.index}`, event]));
  return inOrder([...once.values()]);
}

/** Blocks at the end of what was read that are read again, in case the chain has taken some back. */
const overlap = 32n;

/** Events that are followed: what was read stays, and only what is new is asked for. */
export class EventLog {
  private events: PoolEvent[] = [];
  private last: bigint | undefined;
  private running: Promise<PoolEvent[]> | undefined;

  /** Follows what concerns an account, or events of some names. */
  constructor(
    private readonly pool: Pool,
    private readonly what: { readonly account: Address } | { readonly names: readonly PoolEventName[] },
    private readonly fromBlock = 0n,
  ) {}

  /** Everything up to the latest block. Callers at the same time share one reading. */
  async update(): Promise<PoolEvent[]> {
    this.running ??= this.read().finally(() => (this.running = undefined));
    return this.running;
  }

  private async read(): Promise<PoolEvent[]> {
    const toBlock = await this.pool.client.getBlockNumber({ cacheTime: 0 });
    const known = this.last === undefined || toBlock < this.last ? toBlock : this.last;
    const start = this.last === undefined || known < this.fromBlock + overlap ? this.fromBlock : known - overlap + 1n;
    const range = { fromBlock: start, toBlock };
    const fresh = "account" in this.what ? await readHistory(this.pool, this.what.account, range) : await readEvents(this.pool, this.what.names, range);
    this.events = [...this.events.filter((event) => event.block < start), ...fresh];
    this.last = toBlock;
    return this.events;
  }
}

/** An order's event. */
export type Trade = Extract<PoolEvent, { name: "Bought" | "Sold" | "Ordered" }>;

/** What a taker paid in all, atoms; negative for what it got. */
export function totalOf({ name, fields }: Pick<Trade, "name" | "fields">): bigint {
  const { premium, spread, surcharge, capacity, rent } = fields;
  return (name === "Sold" ? -premium : premium) + spread + surcharge + capacity + rent;
}

/** Why a due hedge was missed, by the event's reason. */
const missed: Record<number, string> = {
  1: "because the venue had no more within the price limit",
  2: "for want of free cash to buy with or base to sell",
  3: "because they are beyond the order's own delta and left to rebalancing",
};
const short = (address: Address) => `${address.slice(0, 6)}…${address.slice(-4)}`;

/** An event as a sentence. */
export function describeEvent(event: PoolEvent, units: Units): string {
  switch (event.name) {
    case "Bought":
    case "Sold": {
      const verb = event.name === "Bought" ? "bought" : "sold";
      const total = totalOf(event);
      return `${short(event.fields.taker)} ${verb} ${amounts.size(event.fields.size)} of ${nameOf(event.fields.id, units)} for ${amounts.cash(total < 0n ? -total : total, units)}`;
    }
    case "Ordered": {
      const total = totalOf(event);
      return `${short(event.fields.taker)} traded ${event.fields.legs === 1n ? "a leg" : `${event.fields.legs} legs at once`} and ${total < 0n ? "got" : "paid"} ${amounts.cash(total < 0n ? -total : total, units)}`;
    }
    case "LegFilled": {
      const { size } = event.fields;
      return `${short(event.fields.taker)} ${size < 0n ? "sold" : "bought"} ${amounts.size(size < 0n ? -size : size)} of ${nameOf(event.fields.id, units)} as a leg`;
    }
    case "AccountTraded": {
      const { total, value, initial } = event.fields;
      return `The account of ${short(event.fields.account)} ${total < 0n ? "got" : "paid"} ${amounts.cash(total < 0n ? -total : total, units)} for an order; it is worth ${amounts.value(value, units)} and needs ${amounts.value(initial, units)}`;
    }
    case "PositionMoved": {
      const { account, receiver, size } = event.fields;
      const whither = size > 0n ? "into its account" : receiver === account ? "out of its account" : `out of its account to ${short(receiver)}`;
      return `${short(account)} moved ${amounts.size(size < 0n ? -size : size)} of ${nameOf(event.fields.id, units)} ${whither}`;
    }
    case "MarginDeposited":
      return `${short(event.fields.by)} paid ${amounts.cash(event.fields.amount, units)} into the account of ${short(event.fields.account)}`;
    case "MarginWithdrawn":
      return `${short(event.fields.account)} took ${amounts.cash(event.fields.amount, units)} out of its account`;
    case "LegSettled":
      return `The account of ${short(event.fields.account)} ${event.fields.amount < 0n ? "paid" : "got"} ${amounts.cash(event.fields.amount < 0n ? -event.fields.amount : event.fields.amount, units)} for its settled ${nameOf(event.fields.id, units)}`;
    case "AccountFlagged":
      return event.fields.flaggedAt === 0n
        ? `The account of ${short(event.fields.account)} is above its requirement again`
        : `The account of ${short(event.fields.account)} is worth ${amounts.value(event.fields.value, units)} and needs ${amounts.value(event.fields.requirement, units)}`;
    case "Liquidated":
      return `${short(event.fields.by)} closed ${formatPercent(event.fields.part)} of the account of ${short(event.fields.account)} for a reward of ${amounts.cash(event.fields.reward, units)}`;
    case "DebtCovered":
      return `A debt of the account of ${short(event.fields.account)} was paid: ${amounts.cash(event.fields.insurance, units)} by the insurance, ${amounts.cash(event.fields.pool, units)} by the pool`;
    case "DelegateSet":
      return `${short(event.fields.delegate)} may ${event.fields.approved ? "" : "no longer "}trade on the account of ${short(event.fields.account)}`;
    case "Insured":
      return `The insurance got ${amounts.cash(event.fields.amount, units)} of the fees and has ${amounts.cash(event.fields.insurance, units)}`;
    case "ClaimChanged": {
      const { change, claim } = event.fields;
      return `The pool ${change < 0n ? "got back" : "lent"} ${amounts.cash(change < 0n ? -change : change, units)} of the accounts' pot; ${amounts.cash(claim, units)} are lent`;
    }
    case "AccountsSettled":
      return `For ${formatTime(event.fields.expiry)} accounts ${event.fields.amount < 0n ? "are owed" : "owed"} ${amounts.cash(event.fields.amount < 0n ? -event.fields.amount : event.fields.amount, units)} on balance`;
    case "LoanChanged": {
      const { borrowed, supplied, collateral } = event.fields;
      const steps = [borrowed > 0n && "borrowed base", borrowed < 0n && "repaid base", supplied > 0n && "put up collateral", supplied < 0n && "took back collateral"].filter(Boolean);
      return `The pool ${steps.join(" and ")} at its lender; ${amounts.cash(collateral, units)} are collateral now`;
    }
    case "LoanLiquidated":
      return `The lender let others take ${amounts.cash(event.fields.collateral, units)} of the pool's collateral`;
    case "Claimed":
      return `${short(event.fields.holder)} claimed ${amounts.cash(event.fields.payout, units)} for ${amounts.size(event.fields.size)} of ${nameOf(event.fields.id, units)}`;
    case "Deposit":
      return `${short(event.fields.owner)} deposited ${amounts.cash(event.fields.assets, units)} for ${amounts.shares(event.fields.shares, units)}`;
    case "Withdraw":
      return `${short(event.fields.owner)} withdrew ${amounts.cash(event.fields.assets, units)} for ${amounts.shares(event.fields.shares, units)}`;
    case "Hedged": {
      const { baseAmount, quoteAmount } = event.fields;
      const size = baseAmount < 0n ? -baseAmount : baseAmount;
      return `The pool ${baseAmount < 0n ? "sold" : "bought"} ${amounts.base(size, units)} for ${amounts.cash(quoteAmount, units)} as its hedge`;
    }
    case "HedgeMissed": {
      const { baseAmount, exposure, reason } = event.fields;
      return `${amounts.base(baseAmount, units)} of the hedge were not filled, ${missed[reason] ?? `for reason ${reason}`}; ${amounts.base(exposure, units)} stay open`;
    }
    case "ExitCharged":
      return `${short(event.fields.owner)} left ${amounts.cash(event.fields.charge, units)} for the capacity that its withdrawal took`;
    case "Rebalanced":
      return `${short(event.fields.by)} rebalanced the hedge for ${amounts.cash(event.fields.reward, units)}`;
    case "Settled":
      return `The expiry ${formatTime(event.fields.expiry)} settled at ${amounts.value(event.fields.price, units)}; holders get ${amounts.cash(event.fields.owed, units)}`;
    case "Funded":
      return `${amounts.cash(event.fields.amount, units)} were set aside for ${formatTime(event.fields.expiry)}, of which holders are owed ${amounts.cash(event.fields.owed, units)}`;
    case "SettlementProposed":
      return `${amounts.value(event.fields.price, units)} is proposed for ${formatTime(event.fields.expiry)} and stands at ${formatTime(event.fields.until)}`;
    case "AnchorPosted":
      return `Volatilities of ${formatTime(event.fields.expiry)} posted: ${formatPercent(event.fields.atmVol)} at the money`;
    case "SurfacePosted":
      return `A surface of ${short(event.fields.signer)}, the median of ${event.fields.reports} reports up to ${formatTime(event.fields.newest)}, was posted`;
    case "SignersProposed":
      return `A quorum of ${event.fields.threshold} was proposed, to be accepted from ${formatTime(event.fields.acceptableAt)} on`;
    case "SignersChanged":
      return `A quorum of ${event.fields.threshold} signs the surface from now on`;
    case "ExpiryListed":
      return `The expiry ${formatTime(event.fields.expiry)} is listed`;
    case "ExpiryDelisted":
      return `The expiry ${formatTime(event.fields.expiry)}, of which nobody held anything, gave its place away`;
    case "Paused":
      return `${short(event.fields.by)} paused the pool`;
    case "Resumed":
      return `${short(event.fields.by)} resumed the pool`;
    case "IdleShareSet":
      return `The pool now keeps ${formatPercent(event.fields.share)} of its free cash at the lender`;
    case "FeedProposed":
      return `The feed ${short(event.fields.feed)} may take the present one's place from ${formatTime(event.fields.acceptableAt)} on, if that says nothing until then`;
    case "FeedReplaced":
      return `Prices come from the feed ${short(event.fields.feed)} from now on, in the place of ${short(event.fields.previous)}`;
    case "PoolStatus":
      return `The pool is worth ${amounts.value(event.fields.nav, units)} with ${units.base} at ${amounts.value(event.fields.spot, units)}`;
    case "ShareStatus": {
      const { low, high, supply } = event.fields;
      if (supply === 0n) return "The pool has no shares";
      const [redeemed, made] = [low, high].map((nav) => amounts.value((nav * 10n ** BigInt(units.shareDecimals)) / supply, units, 6));
      return `A share is redeemed at ${redeemed} at most and made at ${made} at least, before what margin accounts owe`;
    }
    case "PositionTransfer":
      if (event.fields.sender === zeroAddress) return `${short(event.fields.receiver)} was given ${amounts.size(event.fields.amount)} of ${nameOf(event.fields.id, units)} by the pool`;
      if (event.fields.receiver === zeroAddress) return `${short(event.fields.sender)} gave ${amounts.size(event.fields.amount)} of ${nameOf(event.fields.id, units)} back to the pool`;
      return `${short(event.fields.sender)} sent ${amounts.size(event.fields.amount)} of ${nameOf(event.fields.id, units)} to ${short(event.fields.receiver)}`;
    case "Transfer":
      if (event.fields.from === zeroAddress) return `${short(event.fields.to)} was given ${amounts.shares(event.fields.value, units)}`;
      if (event.fields.to === zeroAddress) return `${short(event.fields.from)} gave ${amounts.shares(event.fields.value, units)} back`;
      return `${short(event.fields.from)} sent ${amounts.shares(event.fields.value, units)} to ${short(event.fields.to)}`;
    default:
      return event.name.replace(/([a-z])([A-Z])/g, "$1 $2");
  }
}

