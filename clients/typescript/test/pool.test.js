// The client against a real pool on a devnet: chain, orders, refusals, positions, liquidity, settlement.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, test } from "node:test";
import * as smirk from "@smirk/client";
import { maxUint256 } from "viem";
import { patience } from "./devnet.js";
import { placeMulticall3 } from "./multicall3.js";
import { openStage } from "./stage.js";

const { WAD } = smirk;
const folder = path.dirname(fileURLToPath(import.meta.url));
let stage;
before(async () => (stage = await openStage()));
after(() => stage?.close());

const soon = async () => (await stage.client.getBlock()).timestamp + 600n;
const terms = async (more = {}) => ({ slippage: smirk.usualSlippage, deadline: await soon(), ...more });

test("units, surroundings and parameters are the pool's", async () => {
  const { pool, book } = stage;
  assert.deepEqual(pool.units, { base: "ETH", baseDecimals: 18, quote: "USD", quoteDecimals: 6, shareDecimals: 9 });
  assert.equal(pool.surroundings.feed.toLowerCase(), book.contracts.feed);
  assert.equal(pool.batch, "json-rpc");
  const parameters = await smirk.readParameters(pool);
  assert.equal(parameters.strikeTick, 25n * WAD);
  assert.equal(Object.keys(parameters).length, 34);
  const id = smirk.encodeId({ put: true, expiry: BigInt(book.expiries[0]), strike: 2600n * WAD });
  assert.equal(await stage.client.readContract({ address: pool.address, abi: smirk.poolAbi, functionName: "encodeId", args: [true, BigInt(book.expiries[0]), 2600n * WAD] }), id);
});

test("a chain's prices are the pool's quotes, by batch and by multicall alike", async () => {
  const { pool, book, rpc, client } = stage;
  const expiry = BigInt(book.expiries[1]);
  const strikes = [1000n, 2000n, 2500n, 2501n, 3000n].map((strike) => strike * WAD);
  const size = 2n * WAD;
  const chain = await smirk.readChain(pool, { expiry, strikes, size });
  const at = (strike) => chain.rows.find((row) => row.strike === BigInt(strike) * WAD);
  const { call } = at(2500);
  const quote = await client.readContract({ address: pool.address, abi: smirk.poolAbi, functionName: "quoteBuy", args: [call.id, size] });
  assert.equal(call.ask, (quote.total * 10n ** 12n) / 2n);
  assert.equal(call.mark, quote.mark);
  assert.equal(call.delta, quote.delta / 2n);
  assert.ok(call.bid < call.mark && call.mark < call.ask);
  assert.ok(at(2500).put.delta < 0n && at(2500).put.vega > 0n);
  assert.equal(at(1000).call.ask, undefined);
  assert.equal(at(1000).call.askRefusal.name, "MoneynessOutOfRange");
  assert.ok(at(1000).call.bid > 0n);
  assert.match(at(2501).put.askRefusal.sentence, /^Strike 2501 is not a multiple of 25; nearest 2500\.$/);

  // Multicall3 as it is on every chain, put where it is there.
  await placeMulticall3(stage, smirk.multicall3);
  const again = await smirk.connectPool({ client, address: pool.address });
  assert.equal(again.batch, "multicall");
  assert.deepEqual(await smirk.readChain(again, { expiry, strikes, size }), chain);
  await rpc("anvil_setCode", smirk.multicall3, "0x");
});

test("a board has all that trades, with every quote, in a few requests", async () => {
  const { pool, book, client } = stage;
  const [market, parameters] = await Promise.all([smirk.readMarket(pool), smirk.readParameters(pool)]);
  const [begun, before] = [performance.now(), stage.requests()];
  const board = await smirk.readBoard(pool, market, parameters);
  const [milliseconds, requests] = [Math.round(performance.now() - begun), stage.requests() - before];
  const options = board.flatMap(({ rows }) => rows.flatMap(({ call, put }) => [call, put]));
  console.log(`board: ${options.length} series with bid and ask in ${requests} requests and ${milliseconds} ms`);
  assert.deepEqual(board.map(({ expiry }) => expiry), book.expiries.map(BigInt));
  assert.equal(options.length, 1266, "three expiries, 211 strikes from 0.4 to 2.5 of 2500 by 25, calls and puts");
  assert.ok(options.every(({ ask, askRefusal }) => (ask === undefined) !== (askRefusal === undefined)), "a price or a reason");
  assert.ok(options.filter(({ ask }) => ask !== undefined).length > 500);
  // Viem puts a thousand calls into one; the time that they take is the machine's.
  assert.ok(requests <= 6, `${requests} requests`);
  const { id, ask, bid } = board[1].rows.find(({ strike }) => strike === 2600n * WAD).put;
  const quotes = await Promise.all(["quoteBuy", "quoteSell"].map((functionName) => client.readContract({ address: pool.address, abi: smirk.poolAbi, functionName, args: [id, WAD] })));
  assert.deepEqual([ask, bid], quotes.map(({ total }) => total * 10n ** 12n));
});

test("net asset value is stale once its price is too old to trade at", async () => {
  const { pool, rpc, travelTo } = stage;
  const parameters = await smirk.readParameters(pool);
  const now = smirk.navFreshness(await smirk.readMarket(pool), parameters);
  assert.deepEqual([now.isStale, now.priceAge < 60n, now.anchorAge < 60n], [false, true, true]);
  const snapshot = await rpc("evm_snapshot");
  await travelTo((await smirk.readMarket(pool)).time + parameters.feedMaxAge + 60n);
  const market = await smirk.readMarket(pool);
  assert.ok(market.nav.mid > 0n, "the view answers all the same");
  assert.equal(smirk.navFreshness(market, parameters).isStale, true);
  assert.equal(market.oracle.tradable, false);
  await rpc("evm_revert", snapshot);
});

test("the two tokens have ABIs of their own, whose names mean one thing each", () => {
  for (const abi of [smirk.shareAbi, smirk.positionAbi]) {
    const names = abi.map(({ type, name }) => `${type} ${name}`);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.includes("function balanceOf") && names.includes("event Transfer") && names.includes("function approve"));
  }
  assert.ok(smirk.positionAbi.every(({ name, inputs }) => ["isOperator", "setOperator", "OperatorSet"].includes(name) || inputs.some((input) => input.name === "id")));
});

test("black76 agrees with the pool's marks and greeks", async () => {
  const { pool, book } = stage;
  const market = await smirk.readMarket(pool);
  const anchor = market.surface[1];
  const chain = await smirk.readChain(pool, { expiry: BigInt(book.expiries[1]), strikes: [2200n, 2500n, 2900n].map((strike) => strike * WAD) });
  for (const row of chain.rows) {
    for (const [put, option] of [[false, row.call], [true, row.put]]) {
      const own = smirk.black76({ put, spot: 2500, strike: smirk.toNumber(row.strike), vol: smirk.toNumber(row.vol), carry: smirk.toNumber(anchor.carry), seconds: Number(anchor.expiry - market.time) });
      for (const [name, tolerance] of [["price", 1e-6], ["delta", 1e-2], ["gamma", 2e-2], ["vega", 2e-2]]) {
        const theirs = smirk.toNumber(name === "price" ? option.mark : option[name]);
        assert.ok(Math.abs(own[name] / theirs - 1) < tolerance, `${name}: ${own[name]} ${theirs}`);
      }
    }
  }
});

test("an order that was refused when it was quoted is refused with the same fields", async () => {
  const { pool, book, wallet } = stage;
  const leg = { id: smirk.encodeId({ put: false, expiry: BigInt(book.expiries[1]), strike: 2601n * WAD }), size: WAD, side: "buy" };
  const taker = wallet(book.accounts[5]);
  for (const [quoted, submit] of [
    [await smirk.quoteOrder(pool, [leg]), smirk.submitOrder],
    [await smirk.quoteOnAccount(pool, [leg], taker.account.address), smirk.submitOnAccount],
  ]) {
    const error = await submit(pool, taker, quoted, await terms()).then(() => assert.fail("it was carried out"), (thrown) => thrown);
    const refusal = smirk.toRefusal(error, pool.units);
    assert.equal(refusal.name, "StrikeOffGrid");
    assert.deepEqual(refusal.fields, { strike: 2601n * WAD, tick: 25n * WAD, nearest: 2600n * WAD });
    assert.equal(smirk.explain(error, pool.units), quoted.answer.refusal.sentence);
  }
});

for (const [payment, person] of [["approval", 0], ["permit", 1], ["permit2", 7]]) {
  test(`buy by ${payment}, see the position, sell, see the profit`, async () => {
    const { pool, book, wallet } = stage;
    const taker = wallet(book.accounts[person]);
    const account = taker.account.address;
    const leg = { ...smirk.parseSeries(smirk.formatSeries({ put: false, expiry: BigInt(book.expiries[1]), strike: 2600n * WAD }, "ETH")) };
    const id = smirk.encodeId(leg);
    assert.equal(await stage.client.readContract({ address: pool.address, abi: smirk.poolAbi, functionName: "name", args: [id] }), smirk.formatSeriesLong(id, pool.units.base), "named as the pool names it");
    const quoted = await smirk.quoteOrder(pool, [{ id, size: WAD, side: "buy" }]);
    assert.deepEqual(await smirk.objections(pool, account, quoted, smirk.usualSlippage), []);
    assert.equal(await smirk.hasPermit2(pool), true);
    assert.equal(await smirk.readPermit2Approval(pool, account), 0n);
    const steps = [];
    const receipts = await smirk.submitOrder(pool, taker, quoted, await terms({ payment }), (step) => steps.push(`${step.kind}: ${step.label}`));
    const first = { approval: "confirmed: Approval of USD", permit: "signing: Permit for USD", permit2: "signing: Permit2 for USD" }[payment];
    assert.ok(steps.includes(first) && steps.includes(`confirmed: Buy ETH 2026-01-29 2600 Call`), steps.join("; "));
    assert.equal(steps.includes("confirmed: Approval of USD for Permit2"), payment === "permit2");
    assert.equal(await smirk.readPermit2Approval(pool, account), payment === "permit2" ? maxUint256 : 0n);
    assert.equal(receipts.length, payment === "permit" ? 1 : 2, "a permit goes with the order");
    const events = smirk.decodeEvents(pool, receipts.at(-1).logs);
    const bought = events.find((event) => event.name === "Bought");
    const cost = smirk.totalOf(bought);
    assert.equal(cost, quoted.answer.value.total, "the quote is the fill");
    const told = events.map((event) => smirk.describeEvent(event, pool.units));
    assert.ok(told.some((text) => /^0x\w{4}…\w{4} was given 1 option of ETH 2026-01-29 2600 Call by the pool$/.test(text)), told.join("; "));
    assert.ok(told.some((text) => /^The pool is worth [\d,.]+ USD with ETH at 2,500 USD$/.test(text)), told.join("; "));
    assert.match(smirk.describeEvent(bought, pool.units), /bought 1 option of ETH 2026-01-29 2600 Call for [\d.]+ USD$/);

    const market = await smirk.readMarket(pool);
    const [position] = await smirk.readPositions(pool, account, market);
    assert.equal(position.size, WAD);
    assert.equal(position.cost, cost);
    assert.equal(position.state, "open");
    assert.ok(position.profit < 0n && position.profit > -cost / 10n, "a round trip costs the charges");
    assert.ok(position.greeks.delta > 0n && position.greeks.theta < 0n);

    const sale = await smirk.quoteOrder(pool, [{ id, size: WAD / 2n, side: "sell" }]);
    await smirk.submitOrder(pool, taker, sale, await terms());
    const [rest] = await smirk.readPositions(pool, account, await smirk.readMarket(pool));
    assert.equal(rest.size, WAD / 2n);
    assert.equal(rest.cost, cost - cost / 2n);
    assert.equal(rest.realised, -sale.answer.value.total - cost / 2n);
  });
}

test("objections and refusals come before anything is sent", async () => {
  const { pool, book, wallet } = stage;
  const taker = wallet(book.accounts[2]);
  const expiry = BigInt(book.expiries[1]);
  const id = (strike, put = false) => smirk.encodeId({ put, expiry, strike: BigInt(strike) * WAD });
  const ask = async (leg) => smirk.objections(pool, taker.account.address, await smirk.quoteOrder(pool, [leg].flat()), smirk.usualSlippage);
  assert.deepEqual(await ask({ id: id(2601), size: WAD, side: "buy" }), ["Strike 2601 is not a multiple of 25; nearest 2600."]);
  assert.match((await ask({ id: id(2600), size: WAD, side: "sell" }))[0], /^You hold 0 options of ETH 2026-01-29 2600 Call and can't sell 1 option/);
  assert.match((await ask({ id: id(2600), size: 100_000n * WAD, side: "buy" }))[0], /\d/);
  const poor = wallet(book.roles.nitro);
  const twice = [1, 2].map(() => ({ id: id(2600), size: WAD, side: "buy" }));
  assert.deepEqual(await ask(twice), ["A series is one leg of an order, and ETH 2026-01-29 2600 Call is in it twice."]);
  const nine = Array.from({ length: 9 }, (_, index) => ({ id: id(2400 + 25 * index), size: WAD, side: "buy" }));
  assert.deepEqual(await ask(nine), ["An order has from one to 8 legs, not 9."]);
  const quoted = await smirk.quoteOrder(pool, [{ id: id(2600), size: WAD, side: "buy" }]);
  assert.match((await smirk.objections(pool, poor.account.address, quoted, 0n))[0], /^The order needs up to [\d.]+ USD and you have 0 USD\.$/);

  const late = { slippage: 0n, deadline: 1n };
  await assert.rejects(smirk.submitOrder(pool, taker, quoted, late), (error) => {
    assert.equal(smirk.toRefusal(error).name, "DeadlinePassed");
    assert.match(smirk.explain(error, pool.units), /^The deadline 1970-01-01 00:00:01 UTC passed/);
    return true;
  });
  const cheap = { ...quoted, answer: { value: { ...quoted.answer.value, total: 1_000_000n } } };
  await assert.rejects(smirk.submitOrder(pool, taker, cheap, await terms({ slippage: 0n })), (error) => {
    assert.match(smirk.explain(error, pool.units), /^The order costs [\d.]+ USD now, more than your limit of 1 USD\.$/);
    return true;
  });
});

test("several legs are one order, whose cost its legs share", async () => {
  const { pool, book, wallet, client } = stage;
  const taker = wallet(book.accounts[3]);
  const account = taker.account.address;
  const [call, put] = [false, true].map((kind) => smirk.encodeId({ put: kind, expiry: BigInt(book.expiries[2]), strike: 2500n * WAD }));
  const straddle = await smirk.quoteOrder(pool, [call, put].map((id) => ({ id, size: WAD / 2n, side: "buy" })));
  const receipts = await smirk.submitOrder(pool, taker, straddle, await terms());
  assert.equal(receipts.length, 2, "an approval and the order");
  const events = smirk.decodeEvents(pool, receipts[1].logs);
  const ordered = events.find((event) => event.name === "Ordered");
  assert.equal(smirk.totalOf(ordered), straddle.answer.value.total, "the quote is the fill");
  assert.match(smirk.describeEvent(ordered, pool.units), /traded 2 legs at once and paid [\d.]+ USD$/);
  const positions = await smirk.readPositions(pool, account, await smirk.readMarket(pool));
  assert.deepEqual(new Set(positions.map(({ id }) => id)), new Set([call, put]));
  assert.equal(positions.reduce((sum, { cost }) => sum + cost, 0n), straddle.answer.value.total);

  // A roll: the call for one of a later strike, in one order with a limit on the difference.
  const later = smirk.encodeId({ put: false, expiry: BigInt(book.expiries[2]), strike: 2700n * WAD });
  const roll = await smirk.quoteOrder(pool, [{ id: call, size: WAD / 2n, side: "sell" }, { id: later, size: WAD / 2n, side: "buy" }]);
  const { total } = roll.answer.value;
  assert.ok(total < 0n, "it brings money");
  const cash = () => smirk.readFunds(pool, account).then(({ balance }) => balance);
  const before = await cash();
  const greedy = { ...roll, answer: { value: { ...roll.answer.value, total: 2n * total } } };
  await assert.rejects(smirk.submitOrder(pool, taker, greedy, await terms({ slippage: 0n })), (error) => {
    assert.match(smirk.explain(error, pool.units), /^The order brings [\d.]+ USD now and was to bring at least [\d.]+ USD\.$/);
    return true;
  });
  await smirk.submitOrder(pool, taker, roll, await terms());
  assert.equal((await cash()) - before, -total);
  const rolled = await smirk.readPositions(pool, account, await smirk.readMarket(pool));
  assert.deepEqual(new Set(rolled.map(({ id }) => id)), new Set([put, later]));
  assert.ok((await client.getBlockNumber()) > 0n);
});

test("an account writes a call against margin; the wallet's positions stay apart", async () => {
  const { pool, book, wallet } = stage;
  const writer = wallet(book.accounts[6]);
  const owner = writer.account.address;
  const id = smirk.encodeId({ put: false, expiry: BigInt(book.expiries[1]), strike: 3000n * WAD });
  const legs = [{ id, size: WAD, side: "sell" }];
  const write = await smirk.quoteOnAccount(pool, legs, owner);
  assert.ok(write.answer.value.total < 0n, "writing brings a premium");
  await assert.rejects(smirk.submitOnAccount(pool, writer, write, await terms()), (error) => {
    assert.match(smirk.explain(error, pool.units), /^The account would be worth [-\d.,]+ USD and needs [\d.,]+ USD; pay in more or open less\.$/);
    return true;
  });
  const [objection] = await smirk.objectionsOnAccount(pool, owner, write, smirk.usualSlippage);
  assert.match(objection, /^The account would be worth/);
  await smirk.depositMargin(pool, writer, { amount: 2_000_000_000n, payment: "permit", deadline: await soon() });
  assert.deepEqual(await smirk.objectionsOnAccount(pool, owner, write, smirk.usualSlippage), []);
  await smirk.submitOnAccount(pool, writer, write, await terms());
  const { value: account } = await smirk.readAccount(pool, owner);
  assert.equal(account.quote, 2_000_000_000n - write.answer.value.total);
  assert.deepEqual(account.legs.map(({ id: leg, size }) => [leg, size]), [[id, -WAD]]);
  const needed = await smirk.readMarginFor(pool, legs);
  assert.equal(needed.initial, account.initial);
  assert.ok(account.value > account.initial && account.liquidationUp > 2500n * WAD);
  assert.deepEqual(await smirk.readPositions(pool, owner, await smirk.readMarket(pool), { closed: true }), []);
  await smirk.submitOnAccount(pool, writer, await smirk.quoteOnAccount(pool, [{ ...legs[0], side: "buy" }], owner), await terms());
  const { value: flat } = await smirk.readAccount(pool, owner);
  assert.deepEqual(flat.legs, []);
  await assert.rejects(smirk.withdrawMargin(pool, writer, flat.quote + 1n), (error) => {
    assert.match(smirk.explain(error, pool.units), /^The account has [\d.,]+ USD and can't pay out [\d.,]+ USD\.$/);
    return true;
  });
  await smirk.withdrawMargin(pool, writer, flat.quote);
});

test("what several positions bring together is what selling them in one order brings", async () => {
  const { pool, book, wallet } = stage;
  const holder = wallet(book.accounts[6]);
  const ids = [2400n, 2500n, 2600n].map((strike) => smirk.encodeId({ put: false, expiry: BigInt(book.expiries[1]), strike: strike * WAD }));
  await smirk.submitOrder(pool, holder, await smirk.quoteOrder(pool, ids.slice(0, 2).map((id) => ({ id, size: 2n * WAD, side: "buy" }))), await terms({ payment: "permit" }));
  const { positions, orders, together } = await smirk.readHoldings(pool, holder.account.address, ids);
  assert.deepEqual(positions.map(({ size }) => size), [2n * WAD, 2n * WAD, 0n]);
  assert.equal(positions[2].alone, undefined);
  assert.ok(together < positions[0].alone + positions[1].alone, "selling both moves the price further than either");
  const before = (await smirk.readFunds(pool, holder.account.address)).balance;
  await smirk.submitOrder(pool, holder, orders[0], await terms());
  assert.equal((await smirk.readFunds(pool, holder.account.address)).balance - before, together);
  assert.deepEqual(await smirk.readHoldings(pool, holder.account.address, ids).then(({ together, orders }) => [together, orders]), [0n, []]);
});

test("longs move into an account and out of it, a delegate trades on it, and says so", async () => {
  const { pool, book, wallet } = stage;
  const [owner, delegate] = [wallet(book.accounts[6]), wallet(book.accounts[7])];
  const { address } = owner.account;
  const id = smirk.encodeId({ put: false, expiry: BigInt(book.expiries[1]), strike: 2500n * WAD });
  const move = { id, size: 2n * WAD };
  assert.match(await smirk.objectionToMove(pool, address, move, true), /^You hold 0 options of .* and can't move 2 options\.$/);
  await smirk.submitOrder(pool, owner, await smirk.quoteOrder(pool, [{ ...move, side: "buy" }]), await terms({ payment: "permit" }));
  assert.equal(await smirk.objectionToMove(pool, address, move, true), undefined);
  await smirk.depositPosition(pool, owner, move);
  assert.deepEqual((await smirk.readAccount(pool, address)).value.legs.map(({ id: leg, size }) => [leg, size]), [[id, 2n * WAD]]);
  assert.match(await smirk.objectionToMove(pool, address, { id, size: 3n * WAD }, false), /2 options/);
  await smirk.withdrawPosition(pool, owner, { id, size: WAD });
  assert.equal((await smirk.readHoldings(pool, address, [id])).positions[0].size, WAD);

  const sale = await smirk.quoteOnAccount(pool, [{ id, size: WAD, side: "sell" }], address);
  const late = { slippage: smirk.usualSlippage, deadline: await smirk.deadlineIn(pool, 600), owner: address };
  await assert.rejects(smirk.submitOnAccount(pool, delegate, sale, late), (error) => smirk.toRefusal(error).name === "NotAuthorised");
  await smirk.setDelegate(pool, owner, delegate.account.address, true);
  assert.deepEqual(await smirk.readDelegates(pool, address), { delegates: [delegate.account.address], owners: [] });
  assert.deepEqual((await smirk.readDelegates(pool, delegate.account.address)).owners, [address]);
  await smirk.submitOnAccount(pool, delegate, sale, late);
  await smirk.setDelegate(pool, owner, delegate.account.address, false);
  assert.deepEqual((await smirk.readDelegates(pool, address)).delegates, []);
  await smirk.withdrawMargin(pool, owner, smirk.spareMargin((await smirk.readAccount(pool, address)).value, pool));
  assert.equal((await smirk.readAccount(pool, address)).value.quote, 0n);
});

test("an account below what it needs is found, flagged and closed for its reward", async () => {
  const { pool, book, wallet, pushRound, rpc, moveVenue } = stage;
  const snapshot = await rpc("evm_snapshot");
  const [writer, other] = [wallet(book.accounts[5]), wallet(book.accounts[7])];
  const id = smirk.encodeId({ put: false, expiry: BigInt(book.expiries[2]), strike: 2600n * WAD });
  await smirk.depositMargin(pool, writer, { amount: 20_000_000_000n, payment: "permit", deadline: await soon() });
  await smirk.submitOnAccount(pool, writer, await smirk.quoteOnAccount(pool, [{ id, size: 5n * WAD, side: "sell" }], writer.account.address), await terms());
  const { value: rich } = await smirk.readAccount(pool, writer.account.address);
  await smirk.withdrawMargin(pool, writer, smirk.spareMargin(rich, pool));
  const [healthy] = await smirk.readAccounts(pool);
  assert.deepEqual([healthy.owner, healthy.isLiquidatable], [writer.account.address, false]);
  assert.ok(healthy.health > 1);
  assert.match((await smirk.quoteLiquidation(pool, healthy.owner, other.account.address)).refusal, /needs|above|well/i);

  await pushRound(2850);
  await moveVenue(2850n * WAD);
  const [poor] = await smirk.readAccounts(pool);
  assert.equal(poor.isLiquidatable, true);
  await smirk.flag(pool, other, poor.owner);
  const { reward } = await smirk.quoteLiquidation(pool, poor.owner, other.account.address);
  assert.ok(reward > 0n);
  const gained = async (who) => {
    const history = await smirk.readHistory(pool, who);
    const market = await smirk.readMarket(pool);
    const past = await smirk.readPast(pool, await smirk.readEvents(pool, smirk.pastEvents), { also: smirk.blocksOf(history) });
    const points = smirk.profitOverTime(history, who, past, market, pool.units);
    assert.ok(points.length > 1 && points.every(({ time }, index) => index === 0 || time >= points[index - 1].time));
    // It begins a second before the first thing that happened, and not when others did something long before.
    assert.deepEqual(points[0], { time: points[1].time - 1n, profit: 0 });
    return [points.at(-1).profit, await smirk.readPositions(pool, who, market, { closed: true, history })];
  };
  const [had, held] = await gained(other.account.address);
  const before = (await smirk.readFunds(pool, other.account.address)).balance;
  const receipt = await smirk.liquidate(pool, other, poor.owner);
  assert.equal((await smirk.readFunds(pool, other.account.address)).balance - before, reward);
  assert.match(smirk.decodeEvents(pool, receipt.logs).filter(({ name }) => name === "Liquidated").map((event) => smirk.describeEvent(event, pool.units))[0], /closed [\d.]+ % of the account of .* for a reward of [\d.,]+ USD$/);
  const [after] = await smirk.readAccounts(pool);
  assert.ok(!after || after.health >= 1);

  // Who closed it gained the reward and no position; whose account it is, what that is worth less what went in.
  const [has, positions] = await gained(other.account.address);
  assert.ok(reward > 1_000_000n && Math.abs(has - had - smirk.toNumber(reward, 6)) < 0.01, `${has} after ${had}`);
  const taken = (list) => list.map(({ id: series, size, realised }) => [series, size, realised]);
  assert.deepEqual(taken(positions), taken(held), "the order that closed it is nobody's position");
  const { value: left } = await smirk.readAccount(pool, writer.account.address);
  const [lost, none] = await gained(writer.account.address);
  assert.ok(!none.some((position) => position.id === id), "nor the wallet's whose account it is");
  const put = 20_000_000_000n - smirk.spareMargin(rich, pool);
  assert.ok(Math.abs(lost - (smirk.toNumber(left.value) - smirk.toNumber(put, 6))) < 1e-3, `${lost}`);
  await rpc("evm_revert", snapshot);
});

test("a provider deposits, sees the share's price, withdraws within the limits", async () => {
  const { pool, book, wallet, client } = stage;
  const provider = wallet(book.accounts[4]);
  const account = provider.account.address;
  await smirk.deposit(pool, provider, 50_000_000_000n, await terms({ payment: "permit" }));
  const view = await smirk.readProvider(pool, account);
  assert.equal(view.deposited, 50_000_000_000n);
  assert.ok(view.value <= view.deposited && view.value > 49_500_000_000n, String(view.value));
  const market = await smirk.readMarket(pool);
  const price = smirk.sharePrice(market.nav, view.supply, pool);
  assert.ok(price.low <= price.mid && price.mid <= price.high);
  await assert.rejects(smirk.withdraw(pool, provider, 60_000_000_000n, await terms()), (error) => {
    assert.match(smirk.explain(error, pool.units), /60,000 USD is more than the [\d,.]+ USD that you can take out now/);
    return true;
  });
  await smirk.withdraw(pool, provider, 10_000_000_000n, await terms());
  const part = await smirk.readProvider(pool, account);
  assert.equal(part.withdrawn, 10_000_000_000n);
  assert.ok(part.maxRedeem > 0n);
  if (part.maxRedeem === part.shares) {
    await smirk.redeem(pool, provider, part.shares, await terms());
    assert.equal((await smirk.readProvider(pool, account)).shares, 0n);
  }
  assert.equal(await client.readContract({ address: pool.address, abi: smirk.poolAbi, functionName: "maxDeposit", args: [account] }) > 0n, true);
});

test("the pool's past is what its views say at the end of it", async () => {
  const { pool, client } = stage;
  const events = await smirk.readEvents(pool, smirk.pastEvents);
  const past = await smirk.readPast(pool, events);
  const last = past.points.at(-1);
  const at = { address: pool.address, abi: smirk.poolAbi, blockNumber: last.block };
  const [nav, supply, block] = await Promise.all([client.readContract({ ...at, functionName: "nav" }), client.readContract({ ...at, functionName: "totalSupply" }), client.getBlock({ blockNumber: last.block })]);
  assert.deepEqual([last.supply, last.time], [supply, block.timestamp]);
  assert.ok(Math.abs(Number(last.nav - nav.mid)) < 1e9, `${last.nav} ${nav.mid}`);
  const [said] = past.points.filter(({ low }) => low !== undefined).slice(-1);
  const then = await client.readContract({ ...at, functionName: "nav", blockNumber: said.block });
  assert.deepEqual([said.nav, said.low, said.high], [then.mid, then.low, then.high], "both sides, where a call said them");
  assert.ok(said.low < said.nav && said.nav < said.high);
  assert.ok(past.hedges.length > 0 && past.anchors.length > 0);
  assert.equal(past.hedges.reduce((sum, { cost }) => sum + cost, 0n), nav.hedgeCost);
  const { timestamp } = await client.getBlock({ blockNumber: past.hedges[0].block });
  assert.equal(past.hedges[0].time, timestamp);
  // A node that tells no times with logs is asked for those of the points.
  const silent = events.map((event) => ({ ...event, time: undefined }));
  assert.deepEqual(await smirk.readPast(pool, silent), { ...past, hedges: past.hedges.map((hedge) => ({ ...hedge, time: undefined })) });
  const few = await smirk.readPast(pool, events, { most: 4, also: new Set([past.points[1].block]) });
  assert.deepEqual([few.points[0], few.points[1], few.points.at(-1)], [past.points[0], past.points[1], last]);
  assert.ok(few.points.length <= 5);
  const returns = smirk.returnsOf(past, pool.units);
  const price = smirk.sharePrice(nav, supply, pool);
  assert.ok(Math.abs(returns.points.at(-1).price / smirk.toNumber(price.mid) - 1) < 1e-9);
  const sided = returns.points.filter(({ redeemed }) => redeemed !== undefined);
  assert.ok(sided.length > 1 && sided.every(({ redeemed, price, made }) => redeemed <= price && price <= made));
  const [status] = events.filter(({ name }) => name === "ShareStatus").slice(-1);
  const sides = sided.at(-1);
  const told = /^A share is redeemed at ([\d.]+) USD at most and made at ([\d.]+) USD at least, before what margin accounts owe$/.exec(smirk.describeEvent(status, pool.units));
  assert.ok(Math.abs(told[1] - sides.redeemed) < 1e-6 && Math.abs(told[2] - sides.made) < 1e-6, told[0]);
  assert.ok(returns.deepest <= 0 && returns.points[0].share === 0 && returns.points[0].base === 0);
});

test("the worst of the scenarios is the pool's own worst loss", async () => {
  const { pool, book, client, wallet } = stage;
  const [taker, writer] = [wallet(book.accounts[8]), wallet(book.accounts[9])];
  const id = (put, expiry, strike) => smirk.encodeId({ put, expiry: BigInt(book.expiries[expiry]), strike: strike * WAD });
  const bought = await smirk.quoteOrder(pool, [{ id: id(false, 2, 2700n), size: 6n * WAD, side: "buy" }, { id: id(true, 1, 2300n), size: 9n * WAD, side: "buy" }]);
  await smirk.submitOrder(pool, taker, bought, await terms({ payment: "permit" }));
  await smirk.depositMargin(pool, writer, { amount: 20_000_000_000n, payment: "permit", deadline: await soon() });
  for (const legs of [[], [{ id: id(false, 1, 2900n), size: 8n * WAD, side: "sell" }, { id: id(true, 2, 2000n), size: 4n * WAD, side: "sell" }]]) {
    if (legs.length > 0) await smirk.submitOnAccount(pool, writer, await smirk.quoteOnAccount(pool, legs, writer.account.address), await terms());
    const market = await smirk.readMarket(pool);
    const [, , calls, puts] = await client.readContract({ address: pool.address, abi: smirk.poolAbi, functionName: "accounts" });
    const gains = smirk.scenarios(market, { calls, puts });
    assert.deepEqual([gains.length, gains[0].length], [smirk.scenarioVols.length, smirk.scenarioSpots.length]);
    assert.ok(Math.abs(gains[1][7]) < 1e-9, "nothing happens where nothing moves");
    const worst = -Math.min(...gains.flat());
    const theirs = smirk.toNumber(market.risk.worstLoss);
    assert.ok(theirs > 1_000 && Math.abs(worst / theirs - 1) < 1e-6, `${worst} ${theirs}`);
    const [vol, spot] = [market.risk.worstVolMove, market.risk.worstSpot].map((value) => smirk.toNumber(value));
    const at = gains[smirk.scenarioVols.findIndex((move) => Math.abs(move - vol) < 1e-9)][smirk.scenarioSpots.findIndex((part) => Math.abs(part * 2500 - spot) < 1)];
    assert.ok(Math.abs(at + worst) < 1e-6 * worst, `${at} ${worst} at ${spot}, ${vol}`);
  }
});

test("events that are followed are those that are read at once", async () => {
  const { pool, book, rpc } = stage;
  const account = book.accounts[3].address;
  const [own, all] = [new smirk.EventLog(pool, { account }), new smirk.EventLog(pool, { names: ["Bought", "Deposit"] })];
  for (const blocks of [0, 1, 40]) {
    if (blocks > 0) await rpc("hardhat_mine", `0x${blocks.toString(16)}`);
    const [first, second] = await Promise.all([own.update(), own.update()]);
    assert.equal(first, second, "one reading for both");
    assert.deepEqual(first, await smirk.readHistory(pool, account));
    assert.deepEqual(await all.update(), await smirk.readEvents(pool, ["Bought", "Deposit"]));
  }
  const view = await smirk.readMarket(pool);
  assert.deepEqual(await smirk.readPositions(pool, account, view, { history: await own.update() }), await smirk.readPositions(pool, account, view));
});

test("what is sent to somebody has no cost", async () => {
  const { pool, book, wallet, client } = stage;
  const [from, to] = [wallet(book.accounts[3]), book.accounts[5].address];
  const [position] = await smirk.readPositions(pool, from.account.address, await smirk.readMarket(pool));
  const hash = await from.writeContract({ address: pool.address, abi: smirk.poolAbi, functionName: "transfer", args: [to, position.id, position.size] });
  await client.waitForTransactionReceipt({ hash });
  const [received] = await smirk.readPositions(pool, to, await smirk.readMarket(pool));
  assert.deepEqual([received.size, received.received, received.cost], [position.size, position.size, 0n]);
});

for (const example of ["chain", "trade", "provide", "watch"]) {
  test(`examples/${example}.js runs`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, "..", "examples", `${example}.js`), path.join(stage.folder, "addresses.json")], { timeout: patience });
    const wanted = { chain: /2500 .*%/, trade: /bought 0\.5 options of ETH/, provide: /share price/i, watch: /0x\w+…\w+ bought/ };
    assert.match(stdout, wanted[example]);
  });
}

test("after expiry: the right round is found, settled and claimed", async () => {
  const { pool, book, wallet, pushRound, travelTo } = stage;
  const expiry = BigInt(book.expiries[1]);
  const holder = wallet(book.accounts[0]);
  await assert.rejects(smirk.settle(pool, holder, expiry), /The feed has no round after 2026-01-29 08:00 UTC yet/);
  for (const [time, price] of [[expiry - 60n, 2890], [expiry + 20n, 0], [expiry + 30n, 2900], [expiry + 60n, 2910]]) {
    await travelTo(time);
    await pushRound(price);
  }
  const [waiting] = await smirk.readPositions(pool, holder.account.address, await smirk.readMarket(pool));
  assert.equal(waiting.state, "awaiting");
  await smirk.settle(pool, holder, expiry);
  const [settlement] = await smirk.readSettlements(pool, [expiry, 1n]);
  assert.equal(settlement.price, 2900n * WAD, "the first round with a price at or after expiry");
  const [position] = await smirk.readPositions(pool, holder.account.address, await smirk.readMarket(pool));
  assert.equal(position.state, "settled");
  assert.equal(position.value, 150_000_000n, "half an option that ended 300 in the money");
  const receipt = await smirk.claim(pool, holder, position);
  const claimed = smirk.decodeEvents(pool, receipt.logs).find((event) => event.name === "Claimed");
  assert.equal(claimed.fields.payout, position.value);
  const [closed] = await smirk.readPositions(pool, holder.account.address, await smirk.readMarket(pool), { closed: true });
  assert.equal(closed.size, 0n);
  assert.ok(closed.realised > 0n);
  assert.equal((await smirk.readPositions(pool, holder.account.address, await smirk.readMarket(pool))).length, 0);
  const history = await smirk.readEvents(pool, ["Settled", "Claimed"]);
  assert.deepEqual(history.map((event) => event.name), ["Settled", "Claimed"]);
});

test("deposits that are closed say why", async () => {
  const { pool, book } = stage;
  const view = await smirk.readProvider(pool, book.accounts[6].address);
  assert.equal(view.maxDeposit, 0n);
  assert.match(view.closed, /^The volatilities of 2026-04-02 08:00 UTC were posted at 2026-01-01 00:00 UTC, more than 6 h ago/);
});

test("a feed that has ended settles with its last round after three days", async () => {
  const { pool, book, wallet, travelTo } = stage;
  const expiry = BigInt(book.expiries[2]);
  await travelTo(expiry + 86_400n);
  await assert.rejects(smirk.settle(pool, wallet(book.accounts[1]), expiry), /settlement waits for it/);
  await travelTo(expiry + 3n * 86_400n);
  await smirk.settle(pool, wallet(book.accounts[1]), expiry);
  const [{ price }] = await smirk.readSettlements(pool, [expiry]);
  assert.equal(price, 2910n * WAD);
});
