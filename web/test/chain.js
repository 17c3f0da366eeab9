// What tests do to a devnet behind the page's back.
import assert from "node:assert/strict";
import { createPublicClient, createWalletClient, defineChain, erc20Abi, http, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import * as smirk from "@smirk/client";
import { rpc } from "./stage.js";

const feedAbi = parseAbi(["function push(int256 answer, uint256 startedAt, uint256 updatedAt)"]);

export function onChain({ url, book }) {
  const chain = defineChain({ id: book.chainId, name: "devnet", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: { default: { http: [url] } } });
  const client = createPublicClient({ chain, transport: http(url), pollingInterval: 50 });
  const { pool: address, feed, quote } = book.contracts;
  const walletOf = ({ privateKey }) => createWalletClient({ account: privateKeyToAccount(privateKey), chain, transport: http(url) });
  const as = async (who, to, abi, functionName, ...args) => {
    const { status } = await client.waitForTransactionReceipt({ hash: await walletOf(who).writeContract({ address: to, abi, functionName, args }) });
    assert.equal(status, "success", functionName);
  };
  const role = (name, functionName, ...args) => as(book.roles[name], address, smirk.poolAbi, functionName, ...args);
  const read = (functionName, ...args) => client.readContract({ address, abi: smirk.poolAbi, functionName, args });
  return {
    client,
    read,
    // A call of the pool by one of the devnet's roles.
    role,
    now: async () => (await client.getBlock()).timestamp,
    // A round of the feed.
    async round(dollars) {
      const { timestamp } = await client.getBlock();
      await as(book.roles.oracle, feed, feedAbi, "push", BigInt(dollars) * 10n ** BigInt(book.feedDecimals), timestamp, timestamp);
    },
    async travel(time) {
      await rpc(url, "evm_setNextBlockTimestamp", Number(time));
      await rpc(url, "evm_mine");
    },
    // Every expiry's volatilities anew.
    async post() {
      for (const { expiry, atmVol, leftWing, rightWing, carry } of await read("surface")) await role("keeper", "postAnchor", expiry, atmVol, leftWing, rightWing, carry);
    },
    balanceOf: (account) => client.readContract({ address: quote, abi: erc20Abi, functionName: "balanceOf", args: [account] }),
    pay: (from, to, amount) => as(from, quote, erc20Abi, "transfer", to, amount),
    redeemAll: async (who) => as(who, address, smirk.poolAbi, "redeem", await read("maxRedeem", who.address), who.address, who.address),
    // Options bought by somebody who is not on the page.
    async buy(who, series, size) {
      const pool = await smirk.connectPool({ client, address });
      const quoted = await smirk.quoteOrder(pool, [{ id: smirk.encodeId(series), size, side: "buy" }]);
      const { timestamp } = await client.getBlock();
      await smirk.submitOrder(pool, walletOf(who), quoted, { slippage: smirk.usualSlippage, deadline: timestamp + 3_600n });
    },
  };
}
