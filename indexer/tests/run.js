// Indexes the demo's week from a devnet and compares every number with the pool's views at every block; then trades on, takes
// blocks back, uses accounts, a quorum and the lender, kills the indexer and starts it again, and compares anew.
// node tests/run.js SMIRK
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { balances, marks, profits, settings } from "./accounts.js";
import { beside } from "./beside.js";
import { past } from "./chronicle.js";
import { Devnet, POOL } from "./devnet.js";
import { examples } from "./examples.js";
import { hedges } from "./hedge.js";
import { Indexer } from "./indexer.js";
import { marginSums, useAccounts, worth } from "./margin.js";
import { Market } from "./market.js";
import { compare } from "./week.js";

const [smirk] = process.argv.slice(2);
// The database writes through to the disk: memory is faster where there is such a folder.
const MEMORY = "/dev/shm";
const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "smirk-indexer-"));
const OPTION = 10n ** 18n;
const QUOTE = 10n ** 6n;

let devnet;
let indexer;
const start = async () => {
  const database = process.env.DATABASE_URL ? {} : { SMIRK_DATABASE: join(folder, "database") };
  indexer = await Indexer.start({ SMIRK_ADDRESSES: devnet.addresses, SMIRK_POLL_MS: "200", ...database });
  await indexer.ready();
};

async function step(name, run) {
  const begun = Date.now();
  const found = await run();
  const figures = Object.entries(found ?? {}).map(([what, number]) => `${what} ${number}`);
  console.log(`indexer: ${[name, ...figures].join(", ")} (${((Date.now() - begun) / 1_000).toFixed(1)} s)`);
}

/** Waits for the indexer to have the head, and compares everything since a block, or since the pool was there. */
async function everything(since) {
  const last = await devnet.head();
  await indexer.reaches(last);
  const [{ first }] = await indexer.sql("select min(block) as first from pool_state");
  const found = await compare(devnet.node, indexer, since ?? Number(first), last);
  await settings(devnet.node, indexer, last);
  const [held, gained] = [await balances(devnet.node, indexer, last), await profits(devnet.node, indexer)];
  return { ...found, ...held, ...gained, ...(await marginSums(devnet.node, indexer, last)) };
}

/** The comparison says little of what does not occur. */
async function plenty() {
  const tables = ["anchor", "charge", "hedge", "missed_hedge", "poke", "loan_change", "settlement", "claim", "withdrawal", "share_value"];
  const ofAccounts = ["multi_leg_order", "margin_payment", "margin_leg_change", "margin_state", "liquidation", "insurance_change"];
  const found = {};
  for (const table of [...tables, ...ofAccounts]) {
    found[table] = Number((await indexer.sql(`select count(*) as n from ${table}`))[0].n);
    assert.ok(found[table] > 0, table);
  }
  return found;
}

/** Two accounts trade and provide, three of the blocks are taken back, and other things happen in their place. */
async function reorganise() {
  const traded = "select t.series from trade t join expiry e on e.expiry = t.expiry where e.listed and t.side = 'buy'";
  const [{ series }] = await indexer.sql(`${traded} order by t.id desc limit 1`);
  const [{ series: other }] = await indexer.sql(`${traded} and t.expiry < 1772000000 order by t.id desc limit 1`);
  for (const account of [0, 1]) await devnet.approve(account);
  const trades = async () => Number((await indexer.sql("select count(*) as n from trade"))[0].n);
  const before = await trades();
  const since = await devnet.head();
  await devnet.buy(0, BigInt(series), 2n * OPTION);
  const snapshot = await devnet.snapshot();
  await devnet.deposit(1, 50_000n * QUOTE);
  await devnet.pool(1, "depositMargin", 5_000n * QUOTE, devnet.book.accounts[0].address);
  await devnet.buy(1, BigInt(series), 3n * OPTION);
  await devnet.sell(0, BigInt(series), OPTION);
  await everything(since);
  assert.equal(await trades(), before + 3);
  const gone = (await indexer.sql("select * from deposit order by id desc limit 1"))[0];
  assert.equal(gone.owner, devnet.book.accounts[1].address.toLowerCase());

  await devnet.revert(snapshot);
  await devnet.buy(1, BigInt(series), OPTION);
  await indexer.until("the blocks that were taken back are gone", async () => (await trades()) === before + 2);
  await devnet.trade(0, [
    [BigInt(series), -OPTION],
    [BigInt(other), 2n * OPTION],
  ]);
  for (let more = 0; more < 4; more++) await devnet.pool(0, "rebalance");
  const found = await everything(since);
  assert.deepEqual(await indexer.sql(`select * from deposit where id = '${gone.id}'`), []);
  const [{ total, shares, legs }] = await indexer.sql(
    "select o.total, sum(l.share) as shares, count(*) as legs from multi_leg_order o join leg l on l.order_id = o.id group by o.id, o.total order by o.id desc limit 1",
  );
  assert.deepEqual([shares, Number(legs)], [total, 2]);
  return found;
}

/** Accounts, a quorum and idle cash, compared at every block of theirs. */
async function accounts() {
  const since = await devnet.head();
  await useAccounts(new Market(devnet, POOL));
  const found = await everything(since);
  for (const [table, count] of Object.entries(found)) assert.ok(count > 0, table);
  const [{ reward }] = await indexer.sql("select reward from liquidation order by id limit 1");
  assert.ok(BigInt(reward) > 0n);
  Object.assign(found, await worth(devnet.node, indexer, await devnet.head()));
  const [debt] = await indexer.sql("select * from bad_debt order by id limit 1");
  assert.ok(BigInt(debt.insurance) > 0n && BigInt(debt.pool) > 0n, "insurance and pool both paid");
  return found;
}

/** While nobody looks, blocks are taken back and others made. */
async function restart() {
  const since = await devnet.head();
  await indexer.reaches(since);
  const before = await past(indexer, since);
  const snapshot = await devnet.snapshot();
  await devnet.deposit(1, 20_000n * QUOTE);
  await devnet.pool(0, "depositMargin", 5_000n * QUOTE, devnet.book.accounts[2].address);
  await indexer.reaches(await devnet.head());
  await indexer.end("SIGKILL");
  await devnet.revert(snapshot);
  await devnet.deposit(0, 30_000n * QUOTE);
  await devnet.pool(0, "depositMargin", 7_000n * QUOTE, devnet.book.accounts[0].address);
  await devnet.redeem(0, 10n ** 12n);
  await start();
  const found = await everything(since + 1);
  // What was compared with the views before is there as it was.
  assert.deepEqual(await past(indexer, since), before);
  const rows = Object.values(before).reduce((sum, list) => sum + list.length, 0);
  return { tables: Object.keys(before).length, rows, ...found };
}

try {
  await step("swaps of every sign", () => hedges(folder));
  await step("the market's quotes", () => beside(smirk, mkdtempSync(join(folder, "beside-"))));
  await step("a week on a devnet", async () => {
    devnet = await Devnet.start(smirk, folder);
    return { blocks: await devnet.head() };
  });
  await step("indexed", start);
  await step("as the pool's views at every block", () => everything());
  await step("what the week is rich in", plenty);
  await step("marks", () => marks(devnet.node, indexer));
  await step("after blocks were taken back", reorganise);
  await step("accounts, a quorum, idle cash", accounts);
  await step("examples of the README", () => examples(indexer));
  await step("after a kill and a restart", restart);
} finally {
  if (indexer?.process.exitCode === null) await indexer.end("SIGKILL");
  devnet?.end();
  rmSync(folder, { recursive: true, force: true });
}
