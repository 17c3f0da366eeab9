// Charges that an expiry earns until it ends.
import { charge, expiry } from "ponder:schema";
import { added } from "./charge";
import { type Context, type Fact, place } from "./context";

/** Adds atoms to an expiry's unearned charges; an exit's or an order's. */
export async function charged(
  context: Context,
  fact: Fact,
  quoteScale: bigint,
  one: bigint,
  atoms: bigint,
  exit: boolean,
): Promise<void> {
  if (atoms === 0n) return;
  const row = await context.db.find(expiry, { expiry: one });
  if (!row) throw new Error(`expiry ${one} was never listed`);
  const before = { amount: row.charge, since: row.chargeSince };
  const after = added(before, one, fact.block.timestamp, atoms * quoteScale);
  await context.db.update(expiry, { expiry: one }).set({ charge: after.amount, chargeSince: after.since });
  await context.db.insert(charge).values({ ...place(fact), expiry: one, added: atoms, exit, unearned: after.amount });
}
