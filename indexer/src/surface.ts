// The surface: expiries listed, anchors posted by the keeper or a quorum, and who signs for that.
import { ponder } from "ponder:registry";
import { anchor, expiry, pool, signersChange, surfacePost } from "ponder:schema";
import { place } from "./ledger/context";
import { stored } from "./ledger/jump";
import { remark } from "./ledger/marks";
import { read, write } from "./ledger/money";

const NO_ANCHOR = {
  ...{ postedAt: 0n, atmVol: 0n, leftWing: 0n, rightWing: 0n, carry: 0n },
  ...{ anchorSpot: 0n, volJump: 0n, carryJump: 0n },
};

ponder.on("Pool:ExpiryListed", async ({ event, context }) => {
  const one = event.args.expiry;
  const listing = {
    listedAt: event.block.timestamp,
    listedBlock: event.block.number,
    listed: true,
    ...NO_ANCHOR,
    ...{ charge: 0n, chargeSince: 0n, open: [] as bigint[], accounts: 0n },
  };
  await context.db.insert(expiry).values({ expiry: one, ...listing }).onConflictDoUpdate(listing);
  const state = await read(context);
  state.listed = [...state.listed, one].sort((a, b) => (a < b ? -1 : 1));
  await write(context, event, state);
});

ponder.on("Pool:ExpiryDelisted", async ({ event, context }) => {
  const one = event.args.expiry;
  // What was not earned until now is.
  await context.db.update(expiry, { expiry: one }).set({ listed: false, charge: 0n });
  const state = await read(context);
  state.listed = state.listed.filter((other) => other !== one);
  await write(context, event, state);
});

ponder.on("Pool:AnchorPosted", async ({ event, context }) => {
  const { expiry: one, atmVol, leftWing, rightWing, carry, spot } = event.args;
  const jumps = { volJump: stored(event.args.volJump), carryJump: stored(event.args.carryJump) };
  const numbers = { atmVol, leftWing, rightWing, carry, anchorSpot: spot, ...jumps };
  await context.db.update(expiry, { expiry: one }).set({ ...numbers, postedAt: event.block.timestamp });
  await context.db.insert(anchor).values({ ...place(event), expiry: one, ...numbers });
  await remark(context, one, spot, event.block.timestamp);
});

ponder.on("Pool:SurfacePosted", async ({ event, context }) => {
  const { signer, time, newest, reports } = event.args;
  await context.db.insert(surfacePost).values({ ...place(event), signer, time, newest, reports: Number(reports) });
  const { address } = await read(context);
  await context.db.update(pool, { address }).set({ newest });
});

const NOBODY = `0x${"0".repeat(40)}`;
const named = (signers: readonly `0x${string}`[]) => signers.filter((one) => one !== NOBODY);

ponder.on("Pool:SignersProposed", async ({ event, context }) => {
  const { threshold, acceptableAt } = event.args;
  const signers = named(event.args.signers);
  await context.db.insert(signersChange).values({ ...place(event), step: "proposed", threshold, signers, acceptableAt });
  const { address } = await read(context);
  await context.db.update(pool, { address }).set({ acceptableAt });
});

ponder.on("Pool:SignersChanged", async ({ event, context }) => {
  const { threshold } = event.args;
  const signers = named(event.args.signers);
  const change = { step: "accepted", threshold, signers, acceptableAt: 0n };
  await context.db.insert(signersChange).values({ ...place(event), ...change });
  const { address } = await read(context);
  await context.db.update(pool, { address }).set({ threshold, signers, acceptableAt: 0n });
});
