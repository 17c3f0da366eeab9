// What every handler is given.
import type { Context, Event } from "ponder:registry";

export type { Context };
/** Any event of the pool, as far as handlers' helpers look at it. */
export type Fact = Pick<Event<"Pool:PoolStatus">, "id" | "block" | "transaction">;

/** The columns that say where an event is. */
export const place = ({ id, block, transaction }: Fact) => ({
  id,
  block: block.number,
  timestamp: block.timestamp,
  transaction: transaction.hash,
});
