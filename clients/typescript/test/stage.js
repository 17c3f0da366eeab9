// A devnet with the pool for one test file, and what tests do on it: people, time, feed rounds.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { connectPool } from "@smirk/client";
import { request, root, startDevnet, stopDevnet } from "./devnet.js";

const feedAbi = parseAbi([
  "function push(int256 answer, uint256 startedAt, uint256 updatedAt) returns (uint80)",
  "function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)",
]);

// Starts a devnet; gives the pool, its people, and ways to move time and price. `close` ends it.
export async function openStage() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-client-"));
  const smirk = process.env.SMIRK ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug", "smirk");
  const devnet = await startDevnet(smirk, folder);
  const { book } = devnet;
  const chain = defineChain({
    id: book.chainId,
    name: "devnet",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [book.rpcUrl] } },
  });
  const client = createPublicClient({ chain, transport: http(book.rpcUrl, { batch: true }), pollingInterval: 50 });
  const wallet = ({ privateKey }) => createWalletClient({ account: privateKeyToAccount(privateKey), chain, transport: http(book.rpcUrl) });
  const pool = await connectPool({ client, address: book.contracts.pool });
  const rpc = (method, ...params) => request(book.rpcUrl, method, ...params);
  const feed = { abi: feedAbi, address: book.contracts.feed };

  // A round of the feed with the price of the last one, or a new one in whole units of quote.
  async function pushRound(price) {
    const oracle = wallet(book.roles.oracle);
    const { timestamp } = await client.getBlock();
    const [, last] = await client.readContract({ ...feed, functionName: "latestRoundData" });
    const answer = price === undefined ? last : BigInt(price) * 10n ** BigInt(book.feedDecimals);
    const hash = await oracle.writeContract({ ...feed, functionName: "push", args: [answer, timestamp, timestamp] });
    await client.waitForTransactionReceipt({ hash });
  }

  async function travelTo(time) {
    await rpc("evm_setNextBlockTimestamp", Number(time));
    await rpc("evm_mine");
  }

  async function close() {
    await stopDevnet(devnet);
    fs.rmSync(folder, { recursive: true });
  }

  return { book, chain, client, close, folder, pool, pushRound, rpc, travelTo, wallet };
}
