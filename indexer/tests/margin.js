// Accounts: what is done on them so that every table has something in it, and what adds up.
import assert from "node:assert/strict";
import { privateKeyToAccount } from "viem/accounts";
import { call, signed } from "./rpc.js";

const OPTION = 10n ** 18n;
const QUOTE = 10n ** 6n;
/** WAD of an atom of quote. */
const ATOM = 10n ** 12n;
const TICK = 25n * OPTION;
const NO_LIMIT = 2n ** 126n;
const DAY = 86_400n;
const LATER = 2n ** 62n;
const sum = (rows, name) => rows.reduce((total, row) => total + BigInt(row[name]), 0n);

/** Writers, spreads, longs in and out, a delegate, a liquidation, a debt that nobody pays, a quorum and idle cash at the lender. */
export async function useAccounts(market) {
  const { devnet } = market;
  const { accounts, contracts } = devnet.book;
  const address = (index) => accounts[index].address;
  const onAccount = (by, owner, legs) =>
    devnet.pool(by, "tradeOnAccount", legs.map(([id, size]) => ({ id, size })), NO_LIMIT, LATER, address(owner));
  for (let index = 0; index < 6; index++) await devnet.approve(index);
  // The week's writers are near what accounts together may be short of, which is a part of the pool.
  await devnet.deposit(5, 1_000_000n * QUOTE);
  const spot = await market.spot();
  await market.move(spot);
  const [near, , far] = (await market.view("surface")).map(({ expiry }) => expiry);
  const at = (part) => ((spot * part) / 100n / TICK) * TICK;
  const series = (put, expiry, strike) => market.view("encodeId", put, expiry, strike);
  const [atMoney, above, put] = [await series(false, far, at(100n)), await series(false, far, at(110n)), await series(true, far, at(90n))];
  const nearCall = await series(false, near, at(102n));

  // A spread, and margin back.
  await devnet.pool(0, "depositMargin", 20_000n * QUOTE, address(0));
  await onAccount(0, 0, [[atMoney, -5n * OPTION], [above, 5n * OPTION]]);
  await leaveBare(market, 0);
  // Longs from a wallet, one of them back to another's, and a delegate that closes one and writes puts.
  await devnet.buy(1, atMoney, 3n * OPTION);
  await devnet.pool(1, "depositPosition", atMoney, 2n * OPTION);
  await devnet.pool(1, "withdrawPosition", atMoney, OPTION / 2n, address(5));
  await devnet.pool(4, "depositMargin", 4_000n * QUOTE, address(1));
  await devnet.pool(1, "setDelegate", address(5), true);
  await onAccount(5, 1, [[atMoney, -OPTION], [put, -2n * OPTION]]);
  // A short that a purchase turns into a long.
  await onAccount(1, 1, [[put, 3n * OPTION]]);
  // Near calls at barely what they need, for a debt; far ones for a liquidation.
  await devnet.pool(2, "depositMargin", 90_000n * QUOTE, address(2));
  for (let more = 0; more < 5; more++) await onAccount(2, 2, [[nearCall, -15n * OPTION]]);
  await leaveBare(market, 2);
  await devnet.pool(3, "depositMargin", 30_000n * QUOTE, address(3));
  await onAccount(3, 3, [[atMoney, -10n * OPTION]]);
  await leaveBare(market, 3);

  await market.move((spot * 112n) / 100n);
  await devnet.pool(4, "flag", address(3));
  await devnet.pool(4, "liquidate", address(3), address(4));
  assert.ok((await market.view("account", address(3))).value > 0n);

  await market.travel(near - 30n);
  // More than all accounts together have: the pool's cash stands in.
  const jump = (spot * 180n) / 100n;
  await market.round(jump);
  await market.travel(near + 60n);
  const id = await market.round(jump);
  await market.arbitrage(jump);
  await devnet.pool(4, "settle", near, id);
  await devnet.pool(4, "touch", address(2));
  await market.post();

  // Who signs the surface.
  const signers = [6, 7, 8].map((index) => privateKeyToAccount(accounts[index].privateKey));
  signers.sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  const list = [...signers.map((signer) => signer.address), ...Array(5).fill(`0x${"0".repeat(40)}`)];
  await market.as("owner", contracts.pool, market.abi, "proposeSigners", 2n, list);
  await market.travel((await market.time()) + DAY + 1n);
  await devnet.pool(4, "acceptSigners", 2n, list);
  await market.round(jump);
  await devnet.pool(4, "postSurface", await reports(market, signers.slice(0, 2), jump));

  // A feed to take the present one's place should that end.
  await market.as("owner", contracts.pool, market.abi, "proposeFeed", contracts.sequencerFeed);

  // Idle cash earns at the lender.
  await market.as("owner", contracts.pool, market.abi, "setIdleShare", (3n * OPTION) / 10n);
  await devnet.pool(4, "rebalance");
  await market.travel((await market.time()) + 600n);
  await market.as("owner", contracts.pool, market.abi, "setIdleShare", (6n * OPTION) / 10n);
  await devnet.pool(4, "rebalance");
}

/** Takes out of an account what it does not need, but for a little. */
async function leaveBare(market, index) {
  const { devnet } = market;
  const owner = devnet.book.accounts[index].address;
  const { value, initial } = await market.view("account", owner);
  const spare = (value - initial) / 10n ** 12n - 100n * QUOTE;
  assert.ok(spare > 0n, `the account of ${index} has nothing to spare: ${value} of ${initial}`);
  await devnet.pool(index, "withdrawMargin", spare, owner);
}

/** Reports of the surface as it is, signed. */
async function reports(market, signers, spot) {
  const { chainId, contracts } = market.devnet.book;
  const time = await market.time();
  const step = (wad) => BigInt.asUintN(32, wad / 10n ** 9n);
  const anchors = (await market.view("surface")).filter(({ atmVol, expiry }) => atmVol > 0n && expiry > time);
  const slices = Array(12).fill(0n);
  anchors.forEach(({ expiry, atmVol, leftWing, rightWing, carry }, index) => {
    slices[index] = expiry | (step(atmVol) << 64n) | (step(leftWing) << 96n) | (step(rightWing) << 128n) | (step(carry) << 160n);
  });
  const [, name, version] = await market.view("eip712Domain");
  const domain = { name, version, chainId, verifyingContract: contracts.pool };
  const types = { SurfaceReport: [{ name: "time", type: "uint256" }, { name: "spot", type: "uint256" }, { name: "slices", type: "uint256[12]" }] };
  const message = { time, spot, slices };
  return Promise.all(
    signers.map(async (signer) => {
      const signature = await signer.signTypedData({ domain, types, primaryType: "SurfaceReport", message });
      const [r, s] = [`0x${signature.slice(2, 66)}`, `0x${signature.slice(66, 130)}`];
      return { ...message, v: Number.parseInt(signature.slice(130), 16), r, s };
    }),
  );
}

/** The tables have something in them, and accounts' money adds up. */
export async function marginSums(node, indexer, last) {
  const found = {};
  for (const table of ["margin_payment", "liquidation", "account_flag", "bad_debt", "insurance_change", "claim_change", "delegate", "surface_post", "signers_change", "idle_share_change"]) {
    found[table] = Number((await indexer.sql(`select count(*) as n from ${table}`))[0].n);
  }
  const accounts = await indexer.sql("select * from margin_account");
  const views = await node.ask(accounts.map((row) => [call("account(address)", row.account), last]));
  assert.deepEqual(accounts.map((row) => BigInt(row.flagged_at)), views.map((words) => accountView(words).flaggedAt), "flags");
  const legs = await indexer.sql("select * from margin_leg");
  for (const row of accounts) {
    const own = legs.filter((leg) => leg.account === row.account);
    const big = (name) => BigInt(row[name]);
    const quote = big("deposited") - big("withdrawn") + big("realised") - sum(own, "cost");
    assert.equal(big("quote"), quote + big("moved_in") - big("moved_out") - big("penalties") + big("covered"), row.account);
    assert.equal(big("realised"), sum(own, "realised"));
  }
  const [pool] = await indexer.sql("select insurance, pot, pot_claim, threshold, signers, acceptable_at, idle_share from pool");
  assert.equal(BigInt(pool.insurance), sum(await indexer.sql("select amount from insurance_change"), "amount"), "insurance");
  assert.equal(BigInt(pool.pot_claim), sum(await indexer.sql("select change from claim_change"), "change"), "claim");

  const [quorum, [share]] = await node.ask(["signers()", "idleShare()"].map((view) => [call(view), last]));
  const named = quorum.slice(1, 9).filter((word) => word !== 0n).map((word) => `0x${word.toString(16).padStart(40, "0")}`);
  assert.deepEqual([BigInt(pool.threshold), pool.signers.map((one) => one.toLowerCase()), BigInt(pool.acceptable_at)], [quorum[0], named, quorum[10]]);
  assert.equal(BigInt(pool.idle_share), share);
  const series = await indexer.sql("select id, longs, shorts from series");
  const interests = await node.ask(series.map((row) => [call("interest(uint256)", row.id), last]));
  assert.deepEqual(series.map(({ longs, shorts }) => [BigInt(longs), BigInt(shorts)]), interests);
  const delegates = await indexer.sql("select * from delegate");
  const approved = await node.ask(delegates.map((row) => [call("isDelegate(address,address)", row.account, row.delegate), last]));
  assert.deepEqual(delegates.map((row) => (row.approved ? 1n : 0n)), approved.flat());

  const profit = await indexer.sql("select * from margin_profit where size <> 0");
  for (const row of profit) {
    const [size, mark, value] = [row.size, row.mark, row.value].map(BigInt);
    const exact = size * mark;
    const floor = exact / 10n ** 30n - (exact < 0n && exact % 10n ** 30n !== 0n ? 1n : 0n);
    assert.equal(value, floor);
    assert.equal(BigInt(row.unrealised), value - BigInt(row.cost));
  }
  return { ...found, accounts: accounts.length, legs: legs.length, shorts: profit.filter((row) => BigInt(row.size) < 0n).length };
}

/** What accounts are worth at the marks, and so their profit, is what the pool says in a block that ends with a status. */
export async function worth(node, indexer, block) {
  const [{ status_block }] = await indexer.sql("select status_block from pool");
  assert.equal(Number(status_block), block, "the pool has just said where it stands");
  const rows = await indexer.sql("select a.*, p.value, p.unrealised from margin_account_profit p join margin_account a on a.account = p.account");
  const views = (await node.ask(rows.map(({ account }) => [call("account(address)", account), block]))).map(accountView);
  for (const [index, row] of rows.entries()) {
    const big = (name) => BigInt(row[name]);
    const put = big("deposited") - big("withdrawn") + big("moved_in") - big("moved_out") - big("penalties") + big("covered");
    assert.equal(big("value"), put + big("realised") + big("unrealised"), `${row.account}: profit`);
    const apart = big("value") - views[index].value / ATOM;
    // Each leg's value is rounded down to an atom.
    assert.ok(apart <= 1n && apart >= -1n - BigInt(row.open.length), `${row.account} is worth ${views[index].value}, not ${row.value}`);
  }
  return { accounts: rows.length, legs: views.reduce((sum, { legs }) => sum + legs.length, 0) };
}

/** Words of account() after its offset: quote, value, initial, maintenance, prices, flag, and legs of eight words. */
export function accountView(words) {
  const [quote, value] = words.slice(1, 3).map(signed);
  const [initial, maintenance] = words.slice(3, 5);
  const count = Number(words[9]);
  const legs = Array.from({ length: count }, (_, index) => [words[10 + index * 8], signed(words[11 + index * 8])]);
  return { quote, value, initial, maintenance, flaggedAt: words[7], legs: legs.map((leg) => leg.join()).sort() };
}
