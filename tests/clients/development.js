// Tries the development methods with the helpers that Hardhat and viem publish for them, on the chain alone.
//   node development.js INKHORN_BINARY   (scripts/clients does this)
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import helpers from "@nomicfoundation/hardhat-network-helpers";
import { createPublicClient, createTestClient, createWalletClient, http, parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import hardhat from "hardhat";
import { patience } from "./devnet.js";

const [inkhorn] = process.argv.slice(2);
if (!inkhorn) {
  console.error("usage: node development.js INKHORN_BINARY");
  process.exit(2);
}
const { network } = hardhat;
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const SOMEBODY = "0x4242424242424242424242424242424242424242";

async function start() {
  const child = spawn(inkhorn, ["--port", "0", "--quiet"], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
      const found = said.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    child.once("exit", () => reject(new Error("the devnet ended")));
  });
  return { child, url };
}

const ask = (method, ...params) => network.provider.request({ method, params });
const latest = () => ask("eth_getBlockByNumber", "latest", false);

// Every helper of Hardhat's.
async function hardhatHelpers() {
  await helpers.setBalance(SOMEBODY, parseEther("3"));
  assert.equal(BigInt(await ask("eth_getBalance", SOMEBODY, "latest")), parseEther("3"));
  await helpers.setNonce(SOMEBODY, 7);
  assert.equal(await ask("eth_getTransactionCount", SOMEBODY, "latest"), "0x7");
  await helpers.setCode(SOMEBODY, "0x445f5260205ff3");
  await helpers.setStorageAt(SOMEBODY, 3, 5);
  assert.equal(BigInt(await helpers.getStorageAt(SOMEBODY, 3)), 5n);
  await helpers.setCoinbase(SOMEBODY);
  await helpers.setPrevRandao(99);
  await helpers.setNextBlockBaseFeePerGas(30_000_000);
  await helpers.setBlockGasLimit(25_000_000);
  await helpers.mine();
  const block = await latest();
  assert.equal(block.miner, SOMEBODY);
  assert.equal(BigInt(block.mixHash), 99n);
  assert.equal(BigInt(block.baseFeePerGas), 30_000_000n);
  assert.equal(BigInt(block.gasLimit), 25_000_000n);
  assert.equal(BigInt(await ask("eth_call", { to: SOMEBODY }, "latest")), 99n);
  await helpers.setCode(SOMEBODY, "0x");
  await helpers.impersonateAccount(SOMEBODY);
  const hash = await ask("eth_sendTransaction", { from: SOMEBODY, to: SOMEBODY, value: "0x1" });
  assert.equal((await ask("eth_getTransactionReceipt", hash)).status, "0x1");
  await helpers.stopImpersonatingAccount(SOMEBODY);
  await assert.rejects(ask("eth_sendTransaction", { from: SOMEBODY, to: SOMEBODY }));
  const number = await helpers.time.latestBlock();
  await helpers.mine(10, { interval: 60 });
  assert.equal(await helpers.time.latestBlock(), number + 10);
  await helpers.mineUpTo(number + 20);
  assert.equal(await helpers.time.latestBlock(), number + 20);
  const now = await helpers.time.latest();
  assert.ok(await helpers.time.increase(3600) >= now + 3600);
  await helpers.time.increaseTo(now + 10_000);
  assert.equal(await helpers.time.latest(), now + 10_000);
  await helpers.time.setNextBlockTimestamp(now + 20_000);
  await helpers.mine();
  assert.equal(await helpers.time.latest(), now + 20_000);
  const snapshot = await helpers.takeSnapshot();
  await helpers.setBalance(SOMEBODY, 1);
  await snapshot.restore();
  assert.notEqual(await ask("eth_getBalance", SOMEBODY, "latest"), "0x1");
  await ask("evm_setAutomine", false);
  const [account] = await ask("eth_accounts");
  const waiting = await ask("eth_sendTransaction", { from: account, to: account });
  assert.equal(await helpers.dropTransaction(waiting), true);
  await ask("evm_setAutomine", true);
  await helpers.reset();
  assert.equal(await helpers.time.latestBlock(), 0);
}

// Every action of viem's test client.
async function viemTestClient(url, mode) {
  const transport = http(url);
  const test = createTestClient({ mode, transport });
  const reader = createPublicClient({ transport });
  const account = privateKeyToAccount(KEY);
  const wallet = createWalletClient({ account, transport });
  const chain = { id: await reader.getChainId(), name: "devnet", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: { default: { http: [url] } } };
  await test.setBalance({ address: SOMEBODY, value: parseEther("2") });
  assert.equal(await reader.getBalance({ address: SOMEBODY }), parseEther("2"));
  await test.setCode({ address: SOMEBODY, bytecode: "0x00" });
  // After a loaded state the node starts from there again, so the other run's transactions may be known.
  await test.setNonce({ address: SOMEBODY, nonce: mode === "anvil" ? 9 : 19 });
  await test.setStorageAt({ address: SOMEBODY, index: 2, value: "0x0000000000000000000000000000000000000000000000000000000000000007" });
  assert.equal(BigInt(await reader.getStorageAt({ address: SOMEBODY, slot: "0x2" })), 7n);
  await test.setCode({ address: SOMEBODY, bytecode: "0x" });
  await test.setCoinbase({ address: SOMEBODY });
  await test.setBlockGasLimit({ gasLimit: 28_000_000n });
  await test.setNextBlockBaseFeePerGas({ baseFeePerGas: 25_000_000n });
  const before = await reader.getBlock();
  await test.setNextBlockTimestamp({ timestamp: before.timestamp + 500n });
  await test.mine({ blocks: 1 });
  const block = await reader.getBlock();
  assert.deepEqual([block.gasLimit, block.baseFeePerGas, block.timestamp - before.timestamp], [28_000_000n, 25_000_000n, 500n]);
  await test.increaseTime({ seconds: 100 });
  await test.mine({ blocks: 2, interval: 30 });
  await assert.rejects(test.setMinGasPrice({ gasPrice: 1n }));
  await test.impersonateAccount({ address: SOMEBODY });
  await wallet.sendTransaction({ account: SOMEBODY, to: SOMEBODY, chain });
  await test.stopImpersonatingAccount({ address: SOMEBODY });
  await test.sendUnsignedTransaction({ from: SOMEBODY, to: SOMEBODY, value: 1n });
  const snapshot = await test.snapshot();
  await test.setIntervalMining({ interval: 1 });
  const number = await reader.getBlockNumber({ cacheTime: 0 });
  for (let waited = 0; (await reader.getBlockNumber({ cacheTime: 0 })) === number; waited += 50) {
    assert.ok(waited < patience, "the timer makes blocks");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await test.setIntervalMining({ interval: 0 });
  await test.setAutomine(false);
  assert.equal(await test.getAutomine(), false);
  const waiting = await wallet.sendTransaction({ to: SOMEBODY, chain, gas: 21_000n });
  assert.equal((await test.getTxpoolStatus()).pending, 1);
  assert.ok((await test.getTxpoolContent()).pending);
  assert.ok(await test.inspectTxpool());
  await test.dropTransaction({ hash: waiting });
  await test.setAutomine(true);
  await test.revert({ id: snapshot });
  await test.setLoggingEnabled(true);
  if (mode === "anvil") {
    await test.setBlockTimestampInterval({ interval: 5 });
    await test.removeBlockTimestampInterval();
    const state = await test.dumpState();
    await test.loadState({ state });
  }
  const simulated = await reader.simulateBlocks({ blocks: [{ calls: [{ account: account.address, to: SOMEBODY, value: 5n }] }] });
  assert.equal(simulated[0].calls[0].status, "success");
  const proof = await reader.getProof({ address: SOMEBODY, storageKeys: [] });
  assert.equal(proof.balance, await reader.getBalance({ address: SOMEBODY }));
  const authorization = await wallet.signAuthorization({ contractAddress: SOMEBODY, executor: "self" });
  const hash = await wallet.sendTransaction({ to: account.address, authorizationList: [authorization], chain });
  assert.equal((await reader.waitForTransactionReceipt({ hash })).type, "eip7702");
  await test.reset();
}

// A start-up script's calls, on a chain that nobody has used.
async function nitroStartup() {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address();
  holder.close();
  await once(holder, "close");
  execFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), "startup.sh"), [path.resolve(inkhorn), `${port}`], { stdio: "inherit" });
}

await nitroStartup();
const { child, url } = await start();
try {
  process.env.DEVNET_URL = url;
  await hardhatHelpers();
  console.log("clients: Hardhat's network helpers work");
  for (const mode of ["anvil", "hardhat"]) {
    await viemTestClient(url, mode);
    console.log(`clients: viem's test client works as for ${mode}`);
  }
} finally {
  child.kill("SIGINT");
}
