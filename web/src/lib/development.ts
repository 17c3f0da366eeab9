/** What only a development chain allows: moving time, the feed's price, the venue with it, and fresh volatilities. */
import { poolAbi, readMarket, toRefusal, WAD, type Pool } from "@smirk/client";
import { createWalletClient, http, parseAbi, type Chain } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Configuration } from "./config";

const feedAbi = parseAbi(["function push(int256 answer, uint256 startedAt, uint256 updatedAt) returns (uint80)", "function decimals() view returns (uint8)"]);
const venueAbi = parseAbi(["function token0() view returns (address)", "function fee() view returns (uint24)"]);
const tokenAbi = parseAbi(["function approve(address, uint256) returns (bool)", "function balanceOf(address) view returns (uint256)", "function decimals() view returns (uint8)"]);
const routerAbi = parseAbi([
  "struct Swap { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }",
  "function exactInputSingle(Swap swap) payable returns (uint256)",
]);

/** The people of a development chain. */
export class Development {
  constructor(
    private readonly pool: Pool,
    private readonly chain: Chain,
    private readonly configuration: Configuration,
  ) {}

  private async send(role: string, call: { address: `0x${string}`; abi: readonly unknown[]; functionName: string; args: readonly unknown[] }): Promise<void> {
    const key = this.configuration.roles?.[role];
    if (!key) throw new Error(`the configuration has no ${role}`);
    const wallet = createWalletClient({ account: privateKeyToAccount(key.privateKey), chain: this.chain, transport: http(this.configuration.rpcUrl) });
    const hash = await wallet.writeContract(call as never);
    const { status } = await this.pool.client.waitForTransactionReceipt({ hash });
    if (status !== "success") throw new Error(`${call.functionName} failed in ${hash}`);
  }

  /** Makes a block at a time, unix seconds. */
  async travel(time: bigint): Promise<void> {
    const request = this.pool.client.request as (args: { method: string; params: unknown[] }) => Promise<unknown>;
    await request({ method: "evm_setNextBlockTimestamp", params: [Number(time)] });
    await request({ method: "evm_mine", params: [] });
  }

  /** Writes a round with a price (WAD), moves the venue there, and posts every expiry's volatilities anew. */
  async setPrice(price: bigint): Promise<void> {
    const { feed } = this.pool.surroundings;
    const { client } = this.pool;
    const [decimals, { timestamp }] = await Promise.all([client.readContract({ address: feed, abi: feedAbi, functionName: "decimals" }), client.getBlock()]);
    await this.send("oracle", { address: feed, abi: feedAbi, functionName: "push", args: [(price * 10n ** BigInt(decimals)) / WAD, timestamp, timestamp] });
    await this.moveVenue(price);
    const { surface, time } = await readMarket(this.pool);
    for (const { expiry, atmVol, leftWing, rightWing, carry } of surface.filter((anchor) => anchor.expiry > time && anchor.atmVol > 0n)) {
      try {
        await this.send("keeper", { address: this.pool.address, abi: poolAbi, functionName: "postAnchor", args: [expiry, atmVol, leftWing, rightWing, carry] });
      } catch (error) {
        // A post that is too soon after the last one is not needed.
        if (toRefusal(error)?.name !== "AnchorTooSoon") throw error;
      }
    }
  }

  /** Swaps at the venue until its price is this one, as arbitrage would. */
  private async moveVenue(price: bigint): Promise<void> {
    const { base, quote, venue } = this.pool.surroundings;
    const { client } = this.pool;
    const router = this.configuration.contracts["router"];
    if (!router) return;
    const [token0, fee, baseDecimals, oracle] = await Promise.all([
      client.readContract({ address: venue, abi: venueAbi, functionName: "token0" }),
      client.readContract({ address: venue, abi: venueAbi, functionName: "fee" }),
      client.readContract({ address: base, abi: tokenAbi, functionName: "decimals" }),
      client.readContract({ address: this.pool.address, abi: poolAbi, functionName: "oracleStatus" }),
    ]);
    if (oracle.venuePrice === price) return;
    const isBase0 = token0.toLowerCase() === base.toLowerCase();
    // Quote atoms per base atom times 2^192, or its inverse when the quote token is token0.
    const [over, under] = [price * 10n ** BigInt(this.pool.units.quoteDecimals), WAD * 10n ** BigInt(baseDecimals)];
    const ratio = isBase0 ? (over << 192n) / under : (under << 192n) / over;
    const limit = squareRoot(ratio);
    const tokenIn = oracle.venuePrice < price ? quote : base;
    const arbitrageur = this.configuration.roles!["arbitrageur"]!.address;
    const amountIn = await client.readContract({ address: tokenIn, abi: tokenAbi, functionName: "balanceOf", args: [arbitrageur] });
    await this.send("arbitrageur", { address: tokenIn, abi: tokenAbi, functionName: "approve", args: [router, amountIn] });
    const swap = { tokenIn, tokenOut: tokenIn === quote ? base : quote, fee, recipient: arbitrageur, amountIn, amountOutMinimum: 0n, sqrtPriceLimitX96: limit };
    await this.send("arbitrageur", { address: router, abi: routerAbi, functionName: "exactInputSingle", args: [swap] });
  }
}

function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

