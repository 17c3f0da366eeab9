// Forks Anvil's chain with the devnet, and the devnet's with Anvil; Hardhat's network helpers and viem's test client ask for forks.
//   node forking.js INKHORN_BINARY   (scripts/clients does this)
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import helpers from "@nomicfoundation/hardhat-network-helpers";
import { createTestClient, http, pad, parseEther } from "viem";
import { patience, request } from "./devnet.js";

const [inkhorn] = process.argv.slice(2);
if (!inkhorn) {
  console.error("usage: node forking.js INKHORN_BINARY");
  process.exit(2);
}
const anvil = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules", ".bin", "anvil");
const SOMEBODY = "0x4242424242424242424242424242424242424242";
const PROGRAM = "0x5353535353535353535353535353535353535353";
// Counts calls in slot 0, logs the count under topic 7, returns it.
const COUNTER = "0x5f54600101805f55805f52600760205fa15f5260205ff3";
const COUNTER_INIT = `0x6017600c60003960176000f3${COUNTER.slice(2)}`;
// The hash of the block before the one that the call is in.
const PREVIOUS_HASH = "0x600143034060005260206000f3";
// A Stylus program that returns its calldata.
const ECHO =
  "0xeff000001b820060144a6be55cbb57c2f1285485af52494a8f60cf0d0e1cc282384e24c78d861db0f31850091cff709f1b01b0f22c15565461a9541925fedfccf1f1b87c92f7e656e3de870fe032e72093b9a02794c0e7468d847422a866d2bc46f501496b969850f300910919";

const children = [];

// A node as a process of its own; gives its URL.
function start(program, args) {
  // In a group of its own: what npm installs as anvil starts Anvil.
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  children.push(child);
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (chunk) => {
      said += chunk;
      const found = said.match(/[Ll]istening on (?:http:\/\/)?(127\.0\.0\.1:\d+)/);
      if (found) resolve(`http://${found[1]}`);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${program} ended:\n${said}`)));
  });
}

const forkOf = (url, ...more) => start(inkhorn, ["--port", "0", "--quiet", "--fork-url", url, ...more]);

async function send(url, transaction) {
  const [from] = await request(url, "eth_accounts");
  const hash = await request(url, "eth_sendTransaction", { from, gas: "0x100000", ...transaction });
  // Anvil mines a moment later.
  for (let waited = 0; waited < patience; waited += 20) {
    const receipt = await request(url, "eth_getTransactionReceipt", hash);
    if (receipt) {
      assert.equal(receipt.status, "0x1");
      return receipt;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${hash} was not mined`);
}

// Another node's chain with a counter that was called twice, a rich stranger and, where programs can't be deployed, the code of one.
async function furnish(url) {
  const { contractAddress: counter } = await send(url, { data: COUNTER_INIT });
  await send(url, { to: counter });
  await send(url, { to: counter });
  await request(url, "anvil_setBalance", SOMEBODY, "0x1234");
  await request(url, "anvil_setNonce", SOMEBODY, "0x5");
  await request(url, "anvil_setStorageAt", counter, pad("0x9"), pad("0x77"));
  await request(url, "anvil_setCode", PROGRAM, ECHO);
  await request(url, "evm_mine");
  return counter;
}

// What both say of the past and of accounts at the fork is the same to the letter.
async function compare(fork, other, counter) {
  const tip = await request(other, "eth_blockNumber");
  const block = await request(other, "eth_getBlockByNumber", tip, true);
  const earlier = await request(other, "eth_getBlockByNumber", "0x2", true);
  const { hash } = earlier.transactions[0];
  for (const [method, ...params] of [
    ["eth_chainId"],
    ["eth_blockNumber"],
    ["eth_getBlockByNumber", "latest", true],
    ["eth_getBlockByNumber", "0x1", true],
    ["eth_getBlockByHash", block.hash, false],
    ["eth_getTransactionByHash", hash],
    ["eth_getTransactionReceipt", hash],
    ["eth_getBalance", SOMEBODY, "latest"],
    ["eth_getTransactionCount", SOMEBODY, "latest"],
    ["eth_getCode", counter, "latest"],
    ["eth_getStorageAt", counter, "0x0", "latest"],
    ["eth_getStorageAt", counter, "0x9", "latest"],
    ["eth_getStorageAt", counter, "0x0", "0x2"],
    ["eth_call", { to: counter, gas: "0x100000" }, "latest"],
    ["eth_call", { to: counter, gas: "0x100000" }, "0x2"],
    ["eth_getLogs", { fromBlock: "earliest", toBlock: "latest" }],
  ]) {
    assert.deepEqual(await request(fork, method, ...params), await request(other, method, ...params), `${method} ${JSON.stringify(params)}`);
  }
}

// What is written in the fork is not in the other chain, and the other way around.
async function write(fork, other, counter) {
  const slot = (url) => request(url, "eth_getStorageAt", counter, "0x0", "latest");
  const before = await request(fork, "eth_getBlockByNumber", "latest", false);
  const receipt = await send(fork, { to: counter });
  assert.equal(BigInt(receipt.logs[0].data), 3n);
  assert.deepEqual([BigInt(await slot(fork)), BigInt(await slot(other))], [3n, 2n]);
  const block = await request(fork, "eth_getBlockByNumber", receipt.blockNumber, false);
  assert.equal(block.parentHash, before.hash);
  const logs = await request(fork, "eth_getLogs", { fromBlock: "0x0", address: counter });
  assert.deepEqual(logs.map(({ data }) => Number(BigInt(data))), [1, 2, 3]);
  await send(other, { to: counter });
  await send(other, { to: counter });
  assert.deepEqual([BigInt(await slot(fork)), BigInt(await slot(other))], [3n, 4n]);
}

// The devnet goes on from Anvil's chain.
async function forkAnvil(folder) {
  const other = await start(anvil, ["--port", "0", "--chain-id", "31337"]);
  const counter = await furnish(other);
  const fork = await forkOf(other);
  await compare(fork, other, counter);
  assert.equal(await request(fork, "eth_call", { to: PROGRAM, data: "0x010203" }, "latest"), "0x010203");
  await assert.rejects(request(other, "eth_call", { to: PROGRAM, data: "0x010203" }, "latest"), "Anvil runs no programs");
  assert.equal(await request(fork, "eth_getCode", PROGRAM, "latest"), ECHO);
  assert.equal(BigInt(await request(fork, "eth_call", { to: "0x0000000000000000000000000000000000000064", data: "0x051038f2" }, "latest")), 116n);
  const { hash } = await request(other, "eth_getBlockByNumber", "0x2", false);
  await request(fork, "anvil_setCode", SOMEBODY, PREVIOUS_HASH);
  await request(fork, "anvil_reset", { forking: { jsonRpcUrl: other, blockNumber: 3 } });
  await request(fork, "anvil_setCode", SOMEBODY, PREVIOUS_HASH);
  assert.equal(await request(fork, "eth_call", { to: SOMEBODY }, "latest"), hash, "BLOCKHASH of a block before the fork");
  await request(fork, "anvil_reset");
  assert.equal(await request(fork, "eth_blockNumber"), "0x3");
  await request(fork, "anvil_reset", { forking: { jsonRpcUrl: other } });
  await write(fork, other, counter);
  // Answers on disk serve a second devnet although the state of the block has changed since under its feet.
  const cache = path.join(folder, "cache");
  const first = await forkOf(other, "--fork-cache", cache);
  const read = (url) => request(url, "eth_getStorageAt", counter, "0x9", "latest");
  assert.equal(BigInt(await read(first)), 0x77n);
  await request(other, "anvil_setStorageAt", counter, pad("0x9"), pad("0x78"));
  const second = await forkOf(other, "--fork-cache", cache);
  assert.equal(BigInt(await read(second)), 0x77n);
  const third = await forkOf(other, "--no-fork-cache");
  assert.equal(BigInt(await read(third)), 0x78n);
}

// Anvil goes on from the devnet's chain: it finds there what a node has to tell.
async function forkedByAnvil() {
  const other = await start(inkhorn, ["--port", "0", "--quiet"]);
  const counter = await furnish(other);
  const fork = await start(anvil, ["--port", "0", "--fork-url", other, "--no-storage-caching"]);
  await compare(fork, other, counter);
  await write(fork, other, counter);
}

// The published helpers ask for forks.
async function askedByHelpers() {
  const other = await start(anvil, ["--port", "0"]);
  const counter = await furnish(other);
  const url = await start(inkhorn, ["--port", "0", "--quiet"]);
  const code = () => request(url, "eth_getCode", counter, "latest");
  assert.equal(await code(), "0x");
  process.env.DEVNET_URL = url;
  await helpers.reset(other, 2);
  assert.equal(await code(), COUNTER);
  assert.equal(await helpers.time.latestBlock(), 2);
  for (const mode of ["anvil", "hardhat"]) {
    const client = createTestClient({ mode, transport: http(url) });
    await client.reset({ jsonRpcUrl: other, blockNumber: 3n });
    assert.equal(await request(url, "eth_blockNumber"), "0x3");
    await client.setBalance({ address: SOMEBODY, value: parseEther("1") });
    await client.reset({ jsonRpcUrl: other, blockNumber: 4n });
    assert.equal(await request(url, "eth_getBalance", SOMEBODY, "latest"), "0x1234");
  }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-forking-"));
try {
  await forkAnvil(folder);
  console.log("clients: the devnet forks Anvil's chain");
  await forkedByAnvil();
  console.log("clients: Anvil forks the devnet's chain");
  await askedByHelpers();
  console.log("clients: Hardhat's helpers and viem's test client ask for forks");
} finally {
  for (const { pid } of children) process.kill(-pid, "SIGKILL");
  fs.rmSync(folder, { recursive: true, force: true });
}
