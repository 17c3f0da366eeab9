// The scenario of ../agree.js with viem: permit, HTTP with batching, events over WebSocket.
import fs from "node:fs";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  parseAbi,
  parseEventLogs,
  parseSignature,
  webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { patience } from "../devnet.js";
import { named, plain } from "./plain.js";

const task = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const abi = JSON.parse(fs.readFileSync(task.abi, "utf8"));
const tokenAbi = parseAbi([
  "function name() view returns (string)",
  "function nonces(address) view returns (uint256)",
  "function balanceOf(address) view returns (uint256)",
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
]);
const chain = defineChain({
  id: task.chainId,
  name: "devnet",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [task.rpc] } },
});
const account = privateKeyToAccount(task.key);
const reader = createPublicClient({ chain, transport: http(task.rpc, { batch: true }), pollingInterval: 50 });
const listener = createPublicClient({ chain, transport: webSocket(task.ws) });
const wallet = createWalletClient({ account, chain, transport: http(task.rpc) });
const pool = { address: task.pool, abi };
const token = { address: task.quoteToken, abi: tokenAbi };
const size = BigInt(task.size);
const deadline = BigInt(task.deadline);

const cash = () => reader.readContract({ ...token, functionName: "balanceOf", args: [account.address] });

async function permit(value) {
  const [name, nonce] = await Promise.all([
    reader.readContract({ ...token, functionName: "name" }),
    reader.readContract({ ...token, functionName: "nonces", args: [account.address] }),
  ]);
  const signature = await wallet.signTypedData({
    domain: { name, version: "1", chainId: task.chainId, verifyingContract: task.quoteToken },
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner: account.address, spender: task.pool, value, nonce, deadline },
  });
  const { r, s, v, yParity } = parseSignature(signature);
  await send({ ...token, functionName: "permit", args: [account.address, task.pool, value, deadline, Number(v ?? 27 + yParity), r, s] });
}

async function send(call) {
  const hash = await wallet.writeContract(call);
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`${call.functionName} failed in ${hash}`);
  return receipt;
}

async function trade(functionName, args) {
  const receipt = await send({ ...pool, functionName, args });
  const own = receipt.logs.filter((log) => log.address.toLowerCase() === task.pool.toLowerCase());
  const events = parseEventLogs({ abi, logs: own }).map((log) => ({ name: log.eventName, args: plain(log.args) }));
  if (events.length !== own.length) throw new Error(`${own.length} logs, ${events.length} of them in the ABI`);
  return { gasUsed: plain(receipt.gasUsed), events };
}

async function refusal(functionName, args) {
  try {
    await reader.simulateContract({ ...pool, functionName, args, account });
  } catch (error) {
    const revert = error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (!revert?.data) throw error;
    const item = abi.find((entry) => entry.type === "error" && entry.name === revert.data.errorName);
    return { name: revert.data.errorName, args: named(item.inputs, revert.data.args ?? []) };
  }
  throw new Error(`${functionName} was not refused`);
}

async function main() {
  const id = await reader.readContract({ ...pool, functionName: "encodeId", args: [task.put, BigInt(task.expiry), BigInt(task.strike)] });
  const quote = await reader.readContract({ ...pool, functionName: "quoteBuy", args: [id, size] });
  await permit(quote.total);
  const heard = [];
  const stop = listener.watchContractEvent({ ...pool, eventName: "Bought", onLogs: (logs) => heard.push(...logs) });
  const heads = [];
  const stopHeads = listener.watchBlocks({ onBlock: (block) => heads.push(block.number) });
  // What is asked afterwards is answered behind the subscriptions.
  for (let answers = 0; answers < 2; answers += 1) await listener.getChainId();
  const before = await cash();
  const refused = [
    await refusal("buy", [id, size, quote.total - 1n, deadline, account.address]),
    await refusal("buy", [id, size, quote.total, 1n, account.address]),
    await refusal("sell", [id, size, 0n, deadline, account.address]),
    await refusal("quoteBuy", [id + 1n, size]),
  ];
  const buy = await trade("buy", [id, size, quote.total, deadline, account.address]);
  const position = await reader.readContract({ ...pool, functionName: "balanceOf", args: [account.address, id] });
  const spent = before - (await cash());
  const sell = await trade("sell", [id, size / 2n, 0n, deadline, account.address]);
  for (let waited = 0; (heard.length < 1 || heads.length < 2) && waited < patience; waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop();
  stopHeads();
  if (heard.length !== 1 || heard[0].args.id !== id) throw new Error(`heard ${heard.length} purchases over WebSocket`);
  if (heads.length < 2) throw new Error(`heard of ${heads.length} blocks over WebSocket`);
  console.log(JSON.stringify({ ...plain({ id, quote, spent, position }), refused, buy, sell }));
  process.exit(0);
}

await main();
