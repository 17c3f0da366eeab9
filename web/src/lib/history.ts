/** The events that the page follows, shared by its views: one log per account and one of the pool. */
import { accountLog, EventLog, formatTime, type PoolEvent, type PoolEventName } from "@smirk/client";
import type { Address } from "viem";
import { away } from "./format";
import { live } from "./live.svelte";

const logs = new Map<string, EventLog>();

function log(key: string, make: () => EventLog): EventLog {
  const known = logs.get(key) ?? make();
  logs.set(key, known);
  return known;
}

const start = () => BigInt(live.configuration?.fromBlock ?? 0);

/** What concerns an account. There has to be a pool. */
export function historyOf(account: Address): EventLog {
  return log(account, () => new EventLog(live.pool!, { account }, start()));
}

/** Who has an account, and who may trade on whose. There has to be a pool. */
export function accountEvents(): EventLog {
  return log("accounts", () => accountLog(live.pool!, start()));
}

/** The pool's own events of these names. There has to be a pool. */
export function activityOf(names: readonly PoolEventName[]): EventLog {
  return log(names.join(), () => new EventLog(live.pool!, { names }, start()));
}

/** The block and the time that something was in, in full. */
export const whereabouts = ({ time, block }: Pick<PoolEvent, "time" | "block">): string =>
  `Block ${block.toLocaleString("en-US")}${time === undefined ? "" : `, ${formatTime(time)}`}`;

/** How long ago it was, or in which block where the node tells no times with logs. */
export function when({ time, block }: Pick<PoolEvent, "time" | "block">): string {
  if (time === undefined) return `block ${block.toLocaleString("en-US")}`;
  return live.time > time ? `${away(live.time - time)} ago` : "just now";
}
