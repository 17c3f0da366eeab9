// The scenario of ../agree.js with ethers: permit, batched JSON-RPC, events by filter and over WebSocket.
import fs from "node:fs";
import { Contract, JsonRpcProvider, NonceManager, Signature, Wallet, WebSocketProvider } from "ethers";
import { patience } from "../devnet.js";
import { named, plain } from "./plain.js";

const task = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const abi = JSON.parse(fs.readFileSync(task.abi, "utf8"));
const provider = new JsonRpcProvider(task.rpc, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1 });
const listener = new WebSocketProvider(task.ws);
const wallet = new Wallet(task.key, provider);
const sender = new NonceManager(wallet);
const pool = new Contract(task.pool, abi, sender);
const token = new Contract(
  task.quoteToken,
  [
    "function name() view returns (string)",
    "function nonces(address) view returns (uint256)",
    "function balanceOf(address) view returns (uint256)",
    "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  ],
  sender,
);
const size = BigInt(task.size);
const deadline = BigInt(task.deadline);

async function permit(value) {
  const [name, nonce] = await Promise.all([token.name(), token.nonces(wallet.address)]);
  const fields = ["owner:address", "spender:address", "value:uint256", "nonce:uint256", "deadline:uint256"];
  const Permit = fields.map((field) => ({ name: field.split(":")[0], type: field.split(":")[1] }));
  const domain = { name, version: "1", chainId: task.chainId, verifyingContract: task.quoteToken };
  const message = { owner: wallet.address, spender: task.pool, value, nonce, deadline };
  const { v, r, s } = Signature.from(await wallet.signTypedData(domain, { Permit }, message));
  await (await token.permit(wallet.address, task.pool, value, deadline, v, r, s)).wait();
}

async function trade(functionName, args) {
  const receipt = await (await pool[functionName](...args)).wait();
  const own = receipt.logs.filter((log) => log.address.toLowerCase() === task.pool.toLowerCase());
  const events = own.map((log) => {
    const event = pool.interface.parseLog(log);
    if (!event) throw new Error(`topic ${log.topics[0]} is not in the ABI`);
    return { name: event.name, args: named(event.fragment.inputs, event.args) };
  });
  return { gasUsed: plain(receipt.gasUsed), events };
}

async function refusal(functionName, args) {
  try {
    await pool[functionName].staticCall(...args);
  } catch (error) {
    if (!error.revert) throw error;
    const fragment = pool.interface.getError(error.revert.name);
    return { name: error.revert.name, args: named(fragment.inputs, error.revert.args) };
  }
  throw new Error(`${functionName} was not refused`);
}

function record(fragment, result) {
  return named(fragment.outputs[0].components, result);
}

async function main() {
  const id = await pool.encodeId(task.put, task.expiry, task.strike);
  const quote = await pool.quoteBuy(id, size);
  await permit(quote.total);
  const heard = [];
  await new Contract(task.pool, abi, listener).on("Bought", (...all) => heard.push(all));
  // Ethers asks for the events later than it says. What it is asked afterwards is answered behind them.
  for (let answers = 0; answers < 2; answers += 1) await listener.send("eth_chainId", []);
  const before = await token.balanceOf(wallet.address);
  const refused = [
    await refusal("buy", [id, size, quote.total - 1n, deadline, wallet.address]),
    await refusal("buy", [id, size, quote.total, 1n, wallet.address]),
    await refusal("sell", [id, size, 0n, deadline, wallet.address]),
    await refusal("quoteBuy", [id + 1n, size]),
  ];
  const buy = await trade("buy", [id, size, quote.total, deadline, wallet.address]);
  const position = await pool["balanceOf(address,uint256)"](wallet.address, id);
  const spent = before - (await token.balanceOf(wallet.address));
  const sell = await trade("sell", [id, size / 2n, 0n, deadline, wallet.address]);
  const found = await pool.queryFilter(pool.filters.Bought(wallet.address), -10);
  if (found.length !== 1 || found[0].args.id !== id) throw new Error(`a filter found ${found.length} purchases`);
  for (let waited = 0; heard.length < 1 && waited < patience; waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (heard.length !== 1 || heard[0][2] !== id) throw new Error(`heard ${heard.length} purchases over WebSocket`);
  const fields = record(pool.interface.getFunction("quoteBuy"), quote);
  console.log(JSON.stringify({ ...plain({ id, quote: fields, spent, position }), refused, buy, sell }));
  process.exit(0);
}

await main();
