// A devnet on which the demo's week has happened, or that has just begun.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { encodeFunctionData, parseAbi } from "viem";
import { Node } from "./rpc.js";

const ROOT = new URL("../..", import.meta.url).pathname;
export const POOL = JSON.parse(readFileSync(`${ROOT}abi/Pool.json`, "utf8"));
const TOKEN = parseAbi(["function approve(address spender, uint256 amount) returns (bool)"]);
const NO_LIMIT = 2n ** 127n;

export class Devnet {
  static async start(smirk, folder, what = ["--market", "demo/week", "--frozen-clock"]) {
    const devnet = new Devnet();
    devnet.addresses = `${folder}/addresses.json`;
    const flags = ["devnet", ...what, "--port", "0", "--quiet"];
    devnet.process = spawn(smirk, [...flags, "--addresses", devnet.addresses], { cwd: ROOT });
    const ended = new Promise((_, fail) => devnet.process.on("exit", (code) => fail(new Error(`the devnet ended: ${code}`))));
    ended.catch(() => {});
    devnet.process.stderr.pipe(process.stderr);
    const lines = createInterface({ input: devnet.process.stdout });
    const listening = new Promise((resolve) => lines.on("line", (line) => line.startsWith("Listening") && resolve()));
    await Promise.race([listening, ended]);
    devnet.book = JSON.parse(readFileSync(devnet.addresses, "utf8"));
    devnet.node = new Node(devnet.book.rpcUrl, devnet.book.contracts.pool);
    return devnet;
  }

  head = async () => Number(await this.node.rpc("eth_blockNumber"));

  async send(account, to, data) {
    const from = this.book.accounts[account].address;
    const hash = await this.node.rpc("eth_sendTransaction", { from, to, data });
    const { status } = await this.node.rpc("eth_getTransactionReceipt", hash);
    if (status !== "0x1") throw new Error(`transaction ${hash} failed`);
    return hash;
  }

  /** A call of the pool by one of the devnet's accounts. */
  pool = (account, functionName, ...args) =>
    this.send(account, this.book.contracts.pool, encodeFunctionData({ abi: POOL, functionName, args }));

  approve = (account) =>
    this.send(
      account,
      this.book.contracts.quote,
      encodeFunctionData({ abi: TOKEN, args: [this.book.contracts.pool, NO_LIMIT] }),
    );

  buy = (account, series, size) =>
    this.pool(account, "buy", series, size, NO_LIMIT, NO_LIMIT >> 64n, this.book.accounts[account].address);

  sell = (account, series, size) =>
    this.pool(account, "sell", series, size, 0n, NO_LIMIT >> 64n, this.book.accounts[account].address);

  /** An order of legs: [series, size] each, negative for a sale. */
  trade = (account, legs) =>
    this.pool(
      account,
      "trade",
      legs.map(([id, size]) => ({ id, size })),
      NO_LIMIT >> 1n,
      NO_LIMIT >> 64n,
      this.book.accounts[account].address,
    );

  deposit = (account, assets) => this.pool(account, "deposit", assets, this.book.accounts[account].address);

  redeem = (account, shares) => {
    const { address } = this.book.accounts[account];
    return this.pool(account, "redeem", shares, address, address);
  };

  snapshot = () => this.node.rpc("evm_snapshot");
  revert = (id) => this.node.rpc("evm_revert", id);
  end = () => this.process.kill();
}
