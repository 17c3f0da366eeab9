// A devnet with the pool for one test file, and what tests do on it: people, time, feed rounds.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createPublicClient, createWalletClient, defineChain, erc20Abi, http, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { connectPool, poolAbi } from "@smirk/client";
import * as signatures from "../../../tests/clients/market.js";
import { patience, request, root, startDevnet, stopDevnet } from "./devnet.js";

const [feedAbi, venueAbi, routerAbi] = [signatures.feedAbi, signatures.venueAbi, signatures.routerAbi].map((list) => parseAbi(list));

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
  let requests = 0;
  const transport = http(book.rpcUrl, { batch: true, timeout: patience, onFetchRequest: () => void (requests += 1) });
  const client = createPublicClient({ chain, transport, pollingInterval: 50 });
  const wallet = ({ privateKey }) => createWalletClient({ account: privateKeyToAccount(privateKey), chain, transport: http(book.rpcUrl, { timeout: patience }) });
  async function close() {
    await stopDevnet(devnet);
    fs.rmSync(folder, { recursive: true });
  }
  // A devnet that nobody ends keeps the test from ending.
  const pool = await connectPool({ client, address: book.contracts.pool }).catch(async (error) => {
    await close();
    throw error;
  });
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

  // Swaps at the venue until its price (WAD) is this one, as arbitrage would.
  async function moveVenue(price) {
    const { base, quote, venue, router } = book.contracts;
    const arbitrageur = wallet(book.roles.arbitrageur);
    const [{ venuePrice }, token0, fee] = await Promise.all([
      client.readContract({ address: pool.address, abi: poolAbi, functionName: "oracleStatus" }),
      client.readContract({ address: venue, abi: venueAbi, functionName: "token0" }),
      client.readContract({ address: venue, abi: venueAbi, functionName: "fee" }),
    ]);
    const limit = signatures.rootPrice(price, token0.toLowerCase() === base.toLowerCase(), pool.units.baseDecimals, pool.units.quoteDecimals);
    const [tokenIn, tokenOut] = venuePrice < price ? [quote, base] : [base, quote];
    const amountIn = await client.readContract({ address: tokenIn, abi: erc20Abi, functionName: "balanceOf", args: [arbitrageur.account.address] });
    const swap = { tokenIn, tokenOut, fee, recipient: arbitrageur.account.address, amountIn, amountOutMinimum: 0n, sqrtPriceLimitX96: limit };
    for (const call of [{ address: tokenIn, abi: erc20Abi, functionName: "approve", args: [router, amountIn] }, { address: router, abi: routerAbi, functionName: "exactInputSingle", args: [swap] }]) {
      await client.waitForTransactionReceipt({ hash: await arbitrageur.writeContract(call) });
    }
  }

  async function travelTo(time) {
    await rpc("evm_setNextBlockTimestamp", Number(time));
    await rpc("evm_mine");
  }

  // `requests` is how many were sent to the node so far.
  return { book, chain, client, close, folder, moveVenue, pool, pushRound, requests: () => requests, rpc, travelTo, wallet };
}
