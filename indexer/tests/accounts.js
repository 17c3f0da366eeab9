// Balances after every transfer, and what adds up: profit, providers, days, parameters and roles.
import assert from "node:assert/strict";
import { call, structs } from "./rpc.js";

const ZERO = `0x${"0".repeat(40)}`;
const WAD = 10n ** 18n;
const big = (rows, ...names) => rows.map((row) => ({ ...row, ...Object.fromEntries(names.map((name) => [name, BigInt(row[name])])) }));
const sum = (rows, name) => rows.reduce((total, row) => total + BigInt(row[name]), 0n);

/** Balances of whoever a transfer moved something of, after its block, and what the tables say at the end. */
export async function balances(node, indexer, last) {
  const counts = {};
  const kinds = [
    ["position_change", ["series", "size"], "balanceOf(address,uint256)", (row) => [row.series]],
    ["share_transfer", ["shares"], "balanceOf(address)", () => []],
  ];
  for (const [table, names, view, key] of kinds) {
    const rows = big(await indexer.sql(`select * from ${table} order by id`), "block", ...names);
    const held = new Map();
    const expected = new Map();
    for (const row of rows) {
      for (const [who, sign] of [[row.from, -1n], [row.to, 1n]]) {
        if (who === ZERO) continue;
        const [what, data] = [[who, ...key(row)].join(), call(view, who, ...key(row))];
        held.set(what, (held.get(what) ?? 0n) + sign * (row.size ?? row.shares));
        // Several transfers of a block: the last one counts.
        expected.set(`${what} after ${row.block}`, [data, Number(row.block), held.get(what)]);
      }
    }
    const questions = [...expected.values()];
    const answers = await node.ask(questions.map(([data, block]) => [data, block]));
    for (const [index, [what]] of [...expected].entries()) assert.equal(questions[index][2], answers[index][0], what);
    counts[table] = questions.length;
  }
  const positions = big(await indexer.sql("select * from position"), "series", "size");
  const sizes = await node.ask(positions.map((row) => [call("balanceOf(address,uint256)", row.account, row.series), last]));
  assert.deepEqual(positions.map((row) => row.size), sizes.flat());
  const providers = big(await indexer.sql("select * from provider"), "shares");
  const shares = await node.ask(providers.map((row) => [call("balanceOf(address)", row.address), last]));
  assert.deepEqual(providers.map((row) => row.shares), shares.flat());
  counts.holders = positions.length + providers.length;
  return counts;
}

/** What accounts gained is what the pool's ledger says it paid; realised and cost account for everything that was paid. */
export async function profits(node, indexer) {
  const rows = async (query) => indexer.sql(query);
  const [pool] = big(await rows("select * from pool"), "premiums", "fees", "capacity", "rent", "quote_scale", "supply", "cash", "nav", "nav_low");
  const accounts = await rows("select * from account");
  const [paid, received, payouts, realised] = ["paid", "received", "payouts", "realised"].map((name) => sum(accounts, name));
  const cost = sum(await rows("select cost from position"), "cost");
  const moved = await rows("select coalesce(sum(moved_out), 0) - coalesce(sum(moved_in), 0) as net from margin_account");
  const kept = cost - BigInt(moved[0].net);
  assert.equal(realised, received + payouts - (paid - kept), "realised profit is proceeds less the cost of what is gone");
  const exits = sum(await rows("select exit_charge from withdrawal"), "exit_charge");
  const margined = sum(await rows("select total from multi_leg_order where on_account"), "total");
  const taken = paid - received + margined;
  assert.equal(taken, pool.premiums + pool.fees + pool.capacity - exits + pool.rent, "what orders paid, the pool took");
  assert.equal(payouts, sum(await rows("select claimed from settlement"), "claimed"));

  const profit = await rows("select * from account_profit");
  assert.equal(sum(profit, "realised"), realised);
  const open = big(await rows("select * from series_profit"), "size", "cost", "mark", "value", "unrealised");
  for (const row of open) {
    assert.equal(row.value, (row.size * row.mark) / (WAD * pool.quote_scale));
    assert.equal(row.unrealised, row.value - row.cost);
  }
  assert.equal(sum(profit, "unrealised"), sum(open, "unrealised"));

  const providers = await rows("select * from provider_return");
  assert.equal(sum(providers, "shares"), pool.supply);
  const put = sum(providers, "deposited") - sum(providers, "withdrawn");
  assert.equal(sum(providers, "cost") - sum(providers, "realised"), put, "what providers put in and have not got back");
  assert.ok(sum(providers, "value") <= pool.nav / pool.quote_scale);
  const out = sum(providers, "exit_value");
  assert.ok(out > 0n && out <= pool.nav_low / pool.quote_scale, "who leaves gets no more than the low side");
  for (const { cost, exit_value, exit_unrealised } of providers) assert.equal(BigInt(exit_unrealised), BigInt(exit_value) - BigInt(cost));

  const days = await rows("select * from day");
  for (const [day, ...totals] of [
    ["fees", "select fees as sum from pool"],
    ["capacity", "select capacity as sum from pool"],
    ["rent", "select rent as sum from pool"],
    ["premiums", "select premiums as sum from pool"],
    ["rewards", "select sum(reward) from poke"],
    ["hedge_cost", "select hedge_cost as sum from pool"],
    ["trades", "select count(*) as sum from trade", "select count(*) as sum from multi_leg_order"],
    ["volume", "select sum(size) from trade", "select sum(size) from leg"],
    ["hedges", "select count(*) as sum from hedge"],
    ["deposits", "select sum(assets) from deposit"],
    ["withdrawals", "select sum(assets) from withdrawal"],
    ["payouts", "select sum(payout) from claim"],
  ]) {
    const parts = await Promise.all(totals.map(async (query) => BigInt((await rows(query))[0].sum ?? 0)));
    assert.equal(sum(days, day), parts.reduce((so, far) => so + far), `days' ${day}`);
  }
  return { accounts: accounts.length, series: open.length, providers: providers.length, days: days.length };
}

/** Marks of live series are the book's, but for what double precision leaves. */
export async function marks(node, indexer) {
  const query = "select s.* from series s join expiry e on e.expiry = s.expiry where e.listed and s.supply + s.longs + s.shorts > 0";
  const series = big(await indexer.sql(query), "expiry", "strike", "mark", "marked_at");
  assert.ok(series.length > 0);
  const last = Number(await node.rpc("eth_blockNumber"));
  const blocks = await node.blocks(1, last);
  let furthest = 0;
  for (const at of new Set(series.map((row) => row.marked_at))) {
    const { number } = blocks.findLast(({ time }) => time === at);
    const [nodes] = await node.ask([[call("book()"), number]]);
    const book = structs(nodes, 11);
    for (const row of series.filter((one) => one.marked_at === at)) {
      const found = book.find(([expiry, strike]) => expiry === row.expiry && strike === row.strike);
      const apart = Number(row.mark - found[row.put ? 6 : 5]) / 1e18;
      furthest = Math.max(furthest, Math.abs(apart));
    }
  }
  assert.ok(furthest < 1e-8, `a mark is ${furthest} from the book's`);
  return { series: series.length, furthest };
}

/** What was fixed, parameters and roles as they are. */
export async function settings(node, indexer, last) {
  const [pool] = await indexer.sql("select * from pool");
  const address = (word) => `0x${word.toString(16).padStart(40, "0")}`;
  const views = ["surroundings()", "parameters()", "owner()", "pendingOwner()", "guardian()", "keeper()", "paused()", "proposedFeed()"];
  const [fixed, values, ...roles] = await node.ask(views.map((view) => [call(view), last]));
  const { base_token, quote_token, feed, sequencer, venue, lender } = pool;
  assert.deepEqual([base_token, quote_token, feed, sequencer, venue, lender], fixed.map(address));
  const parameters = await indexer.sql("select * from parameter order by index");
  assert.deepEqual(parameters.map((row) => BigInt(row.value)), values);
  const { owner, pending_owner, guardian, keeper } = pool;
  assert.deepEqual([owner, pending_owner, guardian, keeper], roles.slice(0, 4).map(([word]) => address(word)));
  assert.equal(pool.paused, roles[4][0] === 1n);
  assert.deepEqual([BigInt(pool.proposed_feed), BigInt(pool.feed_acceptable_at)], roles[5]);
}

