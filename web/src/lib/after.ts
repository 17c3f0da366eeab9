/** What an account would be and need after an order that was quoted on it. */
import { atomsToWad, readAccount, readMarginFor, type Leg, type Pool, type QuotedOrder } from "@smirk/client";
import type { Address } from "viem";

export interface After {
  readonly value: bigint;
  readonly initial: bigint;
  readonly maintenance: bigint;
}

/** Undefined where the pool can't say, or for more legs than it is asked about. */
export async function readAfter(pool: Pool, owner: Address, { legs, answer }: QuotedOrder): Promise<After | undefined> {
  const { value: account } = await readAccount(pool, owner);
  if (!account || !answer.value) return undefined;
  const sizes = new Map(account.legs.map(({ id, size }) => [id, size]));
  for (const { id, size, side } of legs) sizes.set(id, (sizes.get(id) ?? 0n) + (side === "buy" ? size : -size));
  const held = [...sizes].filter(([, size]) => size !== 0n).map(([id, size]): Leg => ({ id, size: size < 0n ? -size : size, side: size < 0n ? "sell" : "buy" }));
  const quote = atomsToWad(account.quote - answer.value.total, pool.units);
  if (held.length === 0) return { value: quote, initial: 0n, maintenance: 0n };
  try {
    const { value, initial, maintenance } = await readMarginFor(pool, held);
    return { value: quote + value, initial, maintenance };
  } catch {
    return undefined;
  }
}
