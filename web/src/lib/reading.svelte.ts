/** Something read from the chain that follows what it depends on. */
import { explain, type Market, type Pool } from "@smirk/client";
import type { Address } from "viem";
import { live } from "./live.svelte";
import { connection } from "./wallet.svelte";

export interface Reading<T> {
  /** The last value, kept while the next is on its way. */
  readonly value: T | undefined;
  readonly problem: string | undefined;
  readonly isPending: boolean;
}

/**
 * Reads whenever what `prepare` looks at has changed. `prepare` runs at once and gives the reading itself, or nothing while
 * there is nothing to read; of two readings under way only the later one counts.
 */
export function reading<T>(prepare: () => (() => Promise<T>) | undefined, delay = 0): Reading<T> {
  let value = $state.raw<T>();
  let problem = $state<string>();
  let isPending = $state(false);
  let latest = 0;
  $effect(() => {
    const read = prepare();
    const own = ++latest;
    if (!read) {
      value = undefined;
      problem = undefined;
      isPending = false;
      return;
    }
    isPending = true;
    const timer = setTimeout(async () => {
      try {
        const found = await read();
        if (own !== latest) return;
        value = found;
        problem = undefined;
      } catch (error) {
        if (own !== latest) return;
        problem = explain(error, live.pool?.units);
      }
      isPending = false;
    }, delay);
    return () => clearTimeout(timer);
  });
  return {
    get value() {
      return value;
    },
    get problem() {
      return problem;
    },
    get isPending() {
      return isPending;
    },
  };
}

/** Read again at each block. */
export function ofMarket<T>(read: (pool: Pool, market: Market) => Promise<T>): Reading<T> {
  return reading(() => {
    const { pool, market } = live;
    return pool && market ? () => read(pool, market) : undefined;
  });
}

/** Of the account that is connected, read again at each block. */
export function ofAccount<T>(read: (pool: Pool, account: Address, market: Market) => Promise<T>): Reading<T> {
  return reading(() => {
    const { pool, market } = live;
    const { account } = connection;
    return pool && market && account ? () => read(pool, account, market) : undefined;
  });
}
