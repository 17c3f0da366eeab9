// Marks of the series that somebody holds.
import { expiry, series } from "ponder:schema";
import type { Context } from "./context";
import { mark } from "./smile";

/** Marks an expiry's open series at a price of the feed. Without an anchor, or once settled, they stay as they are. */
export async function remark(context: Context, one: bigint, spot: bigint, now: bigint): Promise<void> {
  const anchor = await context.db.find(expiry, { expiry: one });
  if (!anchor?.listed || anchor.atmVol === 0n) return;
  for (const id of anchor.open) {
    const row = await context.db.find(series, { id });
    if (row) await context.db.update(series, { id }).set({ mark: mark(row, anchor, spot, now), markedAt: now });
  }
}
