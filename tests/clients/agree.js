// Tries published Ethereum clients on a running devnet with the pool: each connects, reads the ABI, quotes, is refused in
// four ways, buys with a permit or an approval, sells half and decodes every event. All start from the same state under a
// frozen clock, so that they have to agree to the unit, gas included.
//   node agree.js SMIRK_BINARY ALLOY_BINARY PYTHON   (scripts/clients does this)
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { patience, request, startDevnet, stopDevnet } from "./devnet.js";

const [smirk, alloy, python] = process.argv.slice(2);
if (!python) {
  console.error("usage: node agree.js SMIRK_BINARY ALLOY_BINARY PYTHON");
  process.exit(2);
}
const here = path.dirname(fileURLToPath(import.meta.url));
const script = (...parts) => path.join(here, ...parts);
const clients = {
  viem: ["node", script("javascript", "viem.js")],
  ethers: ["node", script("javascript", "ethers.js")],
  alloy: [alloy],
  "web3.py": [python, script("python", "scenario.py")],
  cast: ["node", script("javascript", "cast.js")],
};

// What a fee consists of.
const CHARGES = ["spread", "surcharge", "capacity", "rent"];

// The feed's price, WAD.
async function feedPrice({ rpcUrl, contracts, feedDecimals }) {
  const round = await request(rpcUrl, "eth_call", { to: contracts.feed, data: "0xfeaf968c" }, "latest");
  return BigInt("0x" + round.slice(66, 130)) * 10n ** BigInt(18 - feedDecimals);
}

// A call some five per cent out of the money at the second listed expiry.
async function scenario(book) {
  const trader = book.accounts[1];
  const grid = 50n * 10n ** 18n;
  return {
    rpc: book.rpcUrl,
    ws: book.wsUrl,
    chainId: book.chainId,
    abi: script("..", "..", "abi", "Pool.json"),
    pool: book.contracts.pool,
    quoteToken: book.contracts.quote,
    account: trader.address,
    key: trader.privateKey,
    put: false,
    expiry: String(book.expiries[1]),
    strike: String((((await feedPrice(book)) * 105n) / 100n / grid) * grid),
    size: "1500000000000000000",
    deadline: String(2n ** 40n),
  };
}

function check(result, task) {
  const { quote, refused, buy, sell } = result;
  const size = BigInt(task.size);
  assert.equal(BigInt(quote.premium) + BigInt(quote.fee), BigInt(quote.total), "a quote's total");
  assert.equal(CHARGES.reduce((sum, name) => sum + BigInt(quote[name]), 0n), BigInt(quote.fee), "a quote's fee");
  assert.ok(BigInt(quote.total) > 0n && BigInt(quote.mark) > 0n, "a quote has a price");
  assert.deepEqual(refused[0], { name: "CostAboveLimit", args: { cost: quote.total, limit: String(BigInt(quote.total) - 1n) } });
  assert.equal(refused[1].name, "DeadlinePassed");
  assert.equal(refused[1].args.deadline, "1");
  assert.equal(refused[2].name, "InsufficientBalance");
  assert.deepEqual([refused[2].args.holder, refused[2].args.balance, refused[2].args.needed], [task.account.toLowerCase(), "0", task.size]);
  assert.ok(["StrikeOffGrid", "InvalidId"].includes(refused[3].name), refused[3].name);
  assert.equal(result.spent, quote.total, "the quote is what was paid");
  assert.equal(result.position, task.size, "the size is what was bought");
  const bought = buy.events.find((event) => event.name === "Bought").args;
  assert.deepEqual([bought.taker, bought.id, bought.size], [task.account.toLowerCase(), result.id, task.size]);
  for (const name of [...CHARGES, "premium", "volAfter"]) assert.equal(bought[name], quote[name], name);
  const sold = sell.events.find((event) => event.name === "Sold").args;
  assert.equal(BigInt(sold.size), size / 2n);
  for (const trade of [buy, sell]) assert.equal(trade.events.at(-1).name, "PoolStatus");
}

function runClient(name, command, taskFile) {
  const started = performance.now();
  const done = spawnSync(command[0], [...command.slice(1), taskFile], { encoding: "utf8", timeout: 2 * patience });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${name} failed:\n${done.stdout}${done.stderr}`);
  const result = JSON.parse(done.stdout.trim().split("\n").at(-1));
  return { result, seconds: (performance.now() - started) / 1000 };
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-clients-"));
  const devnet = await startDevnet(smirk, folder);
  try {
    const task = await scenario(devnet.book);
    const taskFile = path.join(folder, "task.json");
    fs.writeFileSync(taskFile, JSON.stringify(task));
    let first;
    for (const [name, command] of Object.entries(clients)) {
      const snapshot = await request(task.rpc, "evm_snapshot");
      const { result, seconds } = runClient(name, command, taskFile);
      check(result, task);
      first ??= result;
      assert.deepEqual(result, first, `${name} and ${Object.keys(clients)[0]} disagree`);
      if ((await request(task.rpc, "evm_revert", snapshot)) !== true) throw new Error("evm_revert failed");
      console.log(`clients: ${name.padEnd(8)} paid ${result.quote.total}, ${result.buy.gasUsed} gas to buy, ${result.sell.gasUsed} to sell, ${seconds.toFixed(1)} s`);
    }
    console.log(`clients: ${Object.keys(clients).length} clients agree to the unit`);
  } finally {
    await stopDevnet(devnet);
  }
  fs.rmSync(folder, { recursive: true });
}

await main();
