// The scenario of ../agree.js with Foundry's cast: one process per step, approval, events and errors decoded by cast.
import fs from "node:fs";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { named, plain } from "./plain.js";

const task = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const abi = JSON.parse(fs.readFileSync(task.abi, "utf8"));
const folder = path.dirname(fileURLToPath(import.meta.url));
const program = path.join(folder, "..", "node_modules", "@foundry-rs", "cast-linux-" + (process.arch === "arm64" ? "arm64" : "amd64"), "bin", "cast");

function run(...args) {
  const done = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, ETH_RPC_URL: task.rpc, FOUNDRY_DISABLE_NIGHTLY_WARNING: "1" } });
  if (done.error) throw done.error;
  return done;
}

function cast(...args) {
  const done = run(...args);
  if (done.status !== 0) throw new Error(`cast ${args[0]} ${args[1]}: ${done.stderr}`);
  return done.stdout.trim();
}

const type = (entry) => (entry.type.startsWith("tuple") ? `(${entry.components.map(type).join(",")})${entry.type.slice(5)}` : entry.type);
const signature = (item) => `${item.name}(${item.inputs.map(type).join(",")})`;
const item = (kind, name, inputs) =>
  abi.find((entry) => entry.type === kind && entry.name === name && (inputs === undefined || entry.inputs.length === inputs));

// cast prints large integers as `123 [1.23e2]`, records as `(1, 2)`.
const number = (text) => text.trim().split(" ")[0];

function call(name, ...args) {
  const entry = item("function", name, args.length);
  const answer = cast("call", task.pool, `${signature(entry)}(${entry.outputs.map(type).join(",")})`, ...args.map(String));
  return answer;
}

function send(to, text, ...args) {
  const receipt = JSON.parse(cast("send", to, text, ...args.map(String), "--private-key", task.key, "--json"));
  if (BigInt(receipt.status) !== 1n) throw new Error(`${text} failed`);
  return receipt;
}

// `cast decode-event` gives the data's values and needs the topics' beside them: those are static words.
function decode(log) {
  const entry = abi.find((candidate) => candidate.type === "event" && cast("keccak", signature(candidate)) === log.topics[0]);
  if (!entry) throw new Error(`topic ${log.topics[0]} is not in the ABI`);
  const inData = entry.inputs.filter((input) => !input.indexed);
  const values = inData.length === 0 ? [] : words(cast("decode-abi", `f()(${inData.map(type).join(",")})`, log.data));
  const topics = log.topics.slice(1);
  const all = entry.inputs.map((input) =>
    input.indexed ? number(cast("decode-abi", `f()(${input.type})`, topics.shift())) : values.shift(),
  );
  return { name: entry.name, args: named(entry.inputs, all) };
}

const words = (text) => text.split("\n").map(number);

function trade(name, ...args) {
  const receipt = send(task.pool, signature(item("function", name)), ...args);
  const own = receipt.logs.filter((log) => log.address.toLowerCase() === task.pool.toLowerCase());
  return { gasUsed: BigInt(receipt.gasUsed).toString(), events: own.map(decode) };
}

function refusal(name, ...args) {
  const done = run("call", task.pool, signature(item("function", name)), ...args.map(String), "--from", task.account);
  if (done.status === 0) throw new Error(`${name} was not refused`);
  const data = done.stderr.match(/data: "?(0x[0-9a-f]+)/)?.[1];
  if (!data) throw new Error(`no revert data in: ${done.stderr}`);
  for (const entry of abi.filter((candidate) => candidate.type === "error")) {
    if (cast("sig", signature(entry)) !== data.slice(0, 10)) continue;
    const values = entry.inputs.length === 0 ? [] : words(cast("decode-error", data, "--sig", signature(entry)));
    return { name: entry.name, args: named(entry.inputs, values) };
  }
  throw new Error(`${data.slice(0, 10)} is not an error of the ABI`);
}

const id = number(call("encodeId", task.put, task.expiry, task.strike));
const fields = item("function", "quoteBuy").outputs[0].components;
const quote = named(fields, call("quoteBuy", id, task.size).replace(/^\(|\)$/g, "").split(", ").map(number));
const cash = () => BigInt(number(cast("call", task.quoteToken, "balanceOf(address)(uint256)", task.account)));
send(task.quoteToken, "approve(address,uint256)", task.pool, quote.total);
const before = cash();
const refused = [
  refusal("buy", id, task.size, BigInt(quote.total) - 1n, task.deadline, task.account),
  refusal("buy", id, task.size, quote.total, 1, task.account),
  refusal("sell", id, task.size, 0, task.deadline, task.account),
  refusal("quoteBuy", BigInt(id) + 1n, task.size),
];
const buy = trade("buy", id, task.size, quote.total, task.deadline, task.account);
const position = number(call("balanceOf", task.account, id));
const spent = before - cash();
const sell = trade("sell", id, BigInt(task.size) / 2n, 0, task.deadline, task.account);
console.log(JSON.stringify({ ...plain({ id, quote, spent, position }), refused, buy, sell }));
