// Providers: deposits, withdrawals, and transfers of the share. Cost is by average, as for positions.
import { type Context, ponder } from "ponder:registry";
import { deposit, provider, shareTransfer, shareValue, withdrawal } from "ponder:schema";
import { zeroAddress } from "viem";
import { charged } from "./ledger/charges";
import { place } from "./ledger/context";
import { read, sharePrice, tally, write } from "./ledger/money";

type Address = `0x${string}`;
type Provider = Omit<typeof provider.$inferSelect, "address">;
const NOTHING: Provider = {
  ...{ shares: 0n, cost: 0n, deposited: 0n, withdrawn: 0n },
  ...{ exitCharges: 0n, realised: 0n, released: 0n, exitCharge: 0n },
};

async function change(context: Context, address: Address, by: (row: Provider) => Partial<Provider>): Promise<Provider> {
  const { address: _, ...before } = { address, ...((await context.db.find(provider, { address })) ?? NOTHING) };
  const after = { ...before, ...by(before) };
  await context.db.insert(provider).values({ address, ...after }).onConflictDoUpdate(after);
  return before;
}

const costOf = (row: Provider, shares: bigint) =>
  row.shares === shares ? row.cost : (row.cost * shares) / row.shares;

ponder.on("Pool:Transfer(address indexed from, address indexed to, uint256 value)", async ({ event, context }) => {
  const { from, to, value: shares } = event.args;
  if (shares > 0n) await move(context, from, to, shares);
  if (from === zeroAddress || to === zeroAddress) {
    const state = await read(context);
    state.supply += from === zeroAddress ? shares : -shares;
    state.sharePrice = sharePrice(state);
    await write(context, event, state);
  }
  await context.db.insert(shareTransfer).values({ ...place(event), from, to, shares });
});

async function move(context: Context, from: Address, to: Address, shares: bigint) {
  let cost = 0n;
  if (from !== zeroAddress) {
    const isBurn = to === zeroAddress;
    await change(context, from, (row) => {
      cost = costOf(row, shares);
      const released = isBurn ? row.released + cost : row.released;
      return { shares: row.shares - shares, cost: row.cost - cost, released };
    });
  }
  if (to !== zeroAddress) await change(context, to, (row) => ({ shares: row.shares + shares, cost: row.cost + cost }));
}

ponder.on("Pool:ShareStatus", async ({ event, context }) => {
  const { mid, low, high, supply } = event.args;
  const state = await read(context);
  const { quoteScale } = state;
  const [price, priceLow, priceHigh] = [mid, low, high].map((nav) => sharePrice({ nav, supply, quoteScale })) as [bigint, bigint, bigint];
  await context.db.insert(shareValue).values({ ...place(event), mid, low, high, supply, price, priceLow, priceHigh });
  Object.assign(state, { nav: mid, sharePrice: price, navLow: low, navHigh: high, sharesBlock: event.block.number });
  await write(context, event, state);
  await tally(context, event, {}, state);
});

ponder.on("Pool:Deposit", async ({ event, context }) => {
  const { sender, owner, assets, shares } = event.args;
  const state = await read(context);
  state.cash += assets;
  await change(context, owner, (row) => ({ cost: row.cost + assets, deposited: row.deposited + assets }));
  await context.db.insert(deposit).values({ ...place(event), sender, owner, assets, shares });
  await tally(context, event, { deposits: assets });
  await write(context, event, state);
});

ponder.on("Pool:ExitCharged", async ({ event, context }) => {
  const { owner, expiry, charge } = event.args;
  const state = await read(context);
  state.capacity += charge;
  await charged(context, event, state.quoteScale, expiry, charge, true);
  await change(context, owner, (row) => ({ exitCharge: charge, exitCharges: row.exitCharges + charge }));
  await tally(context, event, { capacity: charge });
  await write(context, event, state);
});

ponder.on("Pool:Withdraw", async ({ event, context }) => {
  const { sender, receiver, owner, assets, shares } = event.args;
  const state = await read(context);
  state.cash -= assets;
  const before = await change(context, owner, (row) => ({
    withdrawn: row.withdrawn + assets,
    realised: row.realised + assets - row.released,
    released: 0n,
    exitCharge: 0n,
  }));
  const { exitCharge, released } = before;
  const amounts = { assets, shares, exitCharge, realised: assets - released };
  await context.db.insert(withdrawal).values({ ...place(event), sender, receiver, owner, ...amounts });
  await tally(context, event, { withdrawals: assets });
  await write(context, event, state);
});
