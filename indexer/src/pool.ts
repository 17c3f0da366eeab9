// Construction, roles, parameters, and where the pool says it stands.
import { type Context, ponder } from "ponder:registry";
import { idleShareChange, parameter, parameterChange, pool, poolState, roleChange } from "ponder:schema";
import { zeroAddress } from "viem";
import { poolParameters } from "../abi/pool";
import { change, record } from "./ledger/account";
import { type Fact, place } from "./ledger/context";
import { remark } from "./ledger/marks";
import { read, sharePrice, tally, write } from "./ledger/money";

const MONEY = {
  ...{ cash: 0n, base: 0n, setAside: 0n, shortfall: 0n, insurance: 0n, fees: 0n, capacity: 0n, rent: 0n, premiums: 0n },
  ...{ hedgeCashFlow: 0n, hedgeCost: 0n, unearned: 0n, borrowed: 0n, supplied: 0n, rewards: 0n, supply: 0n },
  ...{ pot: 0n, potClaim: 0n, shortCalls: 0n, shortPuts: 0n, shortPutStrikes: 0n },
};
const STATUS = {
  ...{ spot: 0n, nav: 0n, netDelta: 0n, hedgePosition: 0n, sharePrice: 0n, statusBlock: 0n },
  ...{ navLow: 0n, navHigh: 0n, sharesBlock: 0n },
};

/** What a new owner finds, who has proposed nothing yet. */
const NOTHING_PROPOSED = { acceptableAt: 0n, proposedFeed: zeroAddress, feedAcceptableAt: 0n };

ponder.on("Pool:Constructed", async ({ event, context }) => {
  const { base, quote, parameters, ...fixed } = event.args;
  await context.db.insert(pool).values({
    address: event.log.address,
    baseToken: base,
    quoteToken: quote,
    ...fixed,
    ...{ owner: zeroAddress, pendingOwner: zeroAddress, guardian: zeroAddress, keeper: zeroAddress, paused: false, idleShare: 0n },
    ...MONEY,
    ...STATUS,
    ...{ threshold: 0n, signers: [], newest: 0n },
    ...NOTHING_PROPOSED,
    ...{ listed: [], short: [], spent: 0n, openOrder: "", openLegs: 0, onAccount: false, forced: false },
    ...{ tradedOn: zeroAddress, legged: [] },
  });
  await write(context, event, await read(context));
  for (const [index, { name }] of poolParameters.entries()) await setParameter(context, event, index, parameters[name]);
});

ponder.on("Pool:ParameterSet", async ({ event, context }) => {
  await setParameter(context, event, Number(event.args.index), event.args.value);
});

ponder.on("Pool:IdleShareSet", async ({ event, context }) => {
  const { share } = event.args;
  const { address } = await read(context);
  await context.db.update(pool, { address }).set({ idleShare: share });
  await context.db.insert(idleShareChange).values({ ...place(event), share });
});

async function setParameter(context: Context, event: Fact, index: number, value: bigint) {
  const { name, unit } = poolParameters[index] ?? { name: `parameter ${index}`, unit: "" };
  await context.db.insert(parameter).values({ index, name, unit, value }).onConflictDoUpdate({ value });
  const where = place(event);
  await context.db.insert(parameterChange).values({ ...where, id: `${where.id}-${index}`, index, name, value });
}

const hour = (time: bigint) => time / 3_600n;

ponder.on("Pool:PoolStatus", async ({ event, context }) => {
  const { spot, nav, netDelta, hedgePosition } = event.args;
  const state = await read(context);
  const before = await context.db.find(poolState, { block: state.statusBlock });
  const isNewHour = hour(event.block.timestamp) > hour(before?.timestamp ?? 0n);
  const { tradedOn } = state;
  const touched = [...(isNewHour ? state.legged.filter((one) => one !== tradedOn) : []), ...(tradedOn === zeroAddress ? [] : [tradedOn])];
  const said = { spot, nav, netDelta, hedgePosition, statusBlock: event.block.number };
  Object.assign(state, said, { spent: 0n, tradedOn: zeroAddress });
  state.sharePrice = sharePrice(state);
  for (const one of state.listed) await remark(context, one, spot, event.block.timestamp);
  for (const account of touched) {
    const stays = await record(context, event, state, account);
    // An order that leaves an account with what it needs lifts its flag.
    if (stays && account === tradedOn) await change(context, account, () => ({ flaggedAt: 0n }));
  }
  await write(context, event, state);
  await tally(context, event, {}, state);
});

type Role = "owner" | "pendingOwner" | "guardian" | "keeper";

async function moved(context: Context, event: Fact, roles: Partial<Record<Role, `0x${string}`>>, role: Role) {
  const { address } = await read(context);
  await context.db.update(pool, { address }).set(roles);
  await context.db.insert(roleChange).values({ ...place(event), role, account: roles[role] ?? zeroAddress });
}

ponder.on("Pool:OwnershipTransferStarted", async ({ event, context }) => {
  await moved(context, event, { pendingOwner: event.args.newOwner }, "pendingOwner");
});
ponder.on("Pool:OwnershipTransferred", async ({ event, context }) => {
  await moved(context, event, { owner: event.args.newOwner, pendingOwner: zeroAddress }, "owner");
  const { address } = await read(context);
  await context.db.update(pool, { address }).set(NOTHING_PROPOSED);
});
ponder.on("Pool:FeedProposed", async ({ event, context }) => {
  const { feed, acceptableAt } = event.args;
  const { address } = await read(context);
  await context.db.update(pool, { address }).set({ proposedFeed: feed, feedAcceptableAt: acceptableAt });
});
ponder.on("Pool:FeedReplaced", async ({ event, context }) => {
  const { feed, feedScale } = event.args;
  const { address } = await read(context);
  await context.db.update(pool, { address }).set({ feed, feedScale, proposedFeed: zeroAddress, feedAcceptableAt: 0n });
});
ponder.on("Pool:GuardianSet", async ({ event, context }) => {
  await moved(context, event, { guardian: event.args.guardian }, "guardian");
});
ponder.on("Pool:KeeperSet", async ({ event, context }) => {
  await moved(context, event, { keeper: event.args.keeper }, "keeper");
});

async function pause(context: Context, event: Fact, paused: boolean, account: `0x${string}`) {
  const { address } = await read(context);
  await context.db.update(pool, { address }).set({ paused });
  await context.db.insert(roleChange).values({ ...place(event), role: paused ? "paused" : "resumed", account });
}

ponder.on("Pool:Paused", async ({ event, context }) => pause(context, event, true, event.args.by));
ponder.on("Pool:Resumed", async ({ event, context }) => pause(context, event, false, event.args.by));
