// What moves the devnet's market: rounds of the feed, the venue, anchors, time, and what its roles may do.
import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { feedAbi, rootPrice, routerAbi, venueAbi } from "../../tests/clients/market.js";

const [FEED, VENUE, ROUTER] = [feedAbi, venueAbi, routerAbi].map((list) => parseAbi(list));
const TOKEN = parseAbi([
  "function approve(address, uint256) returns (bool)",
  "function balanceOf(address) view returns (uint256)",
]);

export class Market {
  constructor(devnet, abi) {
    const { rpcUrl, chainId } = devnet.book;
    this.abi = abi;
    this.devnet = devnet;
    this.book = devnet.book;
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    this.chain = defineChain({ id: chainId, name: "devnet", nativeCurrency, rpcUrls: { default: { http: [rpcUrl] } } });
    this.client = createPublicClient({ chain: this.chain, transport: http(rpcUrl), pollingInterval: 20 });
  }

  view = (functionName, ...args) =>
    this.client.readContract({ address: this.book.contracts.pool, abi: this.abi, functionName, args });

  /** A call by one of the chain's roles. */
  async as(role, address, abi, functionName, ...args) {
    const account = privateKeyToAccount(this.book.roles[role].privateKey);
    const wallet = createWalletClient({ account, chain: this.chain, transport: http(this.book.rpcUrl) });
    const hash = await wallet.writeContract({ address, abi, functionName, args });
    const { status } = await this.client.waitForTransactionReceipt({ hash });
    if (status !== "success") throw new Error(`${functionName} by ${role} failed`);
  }

  time = async () => (await this.client.getBlock()).timestamp;
  spot = async () => (await this.view("oracleStatus")).price;

  async travel(time) {
    await this.devnet.node.rpc("evm_setNextBlockTimestamp", Number(time));
    await this.devnet.node.rpc("evm_mine");
  }

  /** A round of the feed, and its id. */
  async round(price) {
    const { feed } = this.book.contracts;
    const now = await this.time();
    await this.as("oracle", feed, FEED, "push", price / 10n ** BigInt(18 - this.book.feedDecimals), now, now);
    const [id] = await this.client.readContract({ address: feed, abi: FEED, functionName: "latestRoundData" });
    return id;
  }

  /** Moves feed and venue to a price, and posts every live expiry's anchor anew; five minutes pass, as the keeper has to let. */
  async move(price) {
    await this.travel((await this.time()) + 300n);
    await this.round(price);
    await this.arbitrage(price);
    await this.post();
  }

  async post() {
    const now = await this.time();
    for (const { expiry, atmVol, leftWing, rightWing, carry } of await this.view("surface")) {
      if (expiry <= now || atmVol === 0n) continue;
      await this.as("keeper", this.book.contracts.pool, this.abi, "postAnchor", expiry, atmVol, leftWing, rightWing, carry);
    }
  }

  /** Swaps at the venue until its price is this one. */
  async arbitrage(price) {
    const { base, quote, venue, router } = this.book.contracts;
    const read = (address, abi, functionName, ...args) => this.client.readContract({ address, abi, functionName, args });
    const [token0, fee] = [await read(venue, VENUE, "token0"), await read(venue, VENUE, "fee")];
    const { venuePrice } = await this.view("oracleStatus");
    if (venuePrice === price) return;
    const limit = rootPrice(price, token0.toLowerCase() === base.toLowerCase());
    const [tokenIn, tokenOut] = venuePrice < price ? [quote, base] : [base, quote];
    const recipient = this.book.roles.arbitrageur.address;
    const amountIn = await read(tokenIn, TOKEN, "balanceOf", recipient);
    await this.as("arbitrageur", tokenIn, TOKEN, "approve", router, amountIn);
    const swap = { tokenIn, tokenOut, fee, recipient, amountIn, amountOutMinimum: 0n, sqrtPriceLimitX96: limit };
    await this.as("arbitrageur", router, ROUTER, "exactInputSingle", swap);
  }
}
