// cargo stylus itself in the pool's folder: check, deploy and construct in fragments of its own, verify, cache, trace, activate
// again. It builds the program anew, and compares what lies on the chain with that.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { assertCached, options } from "./deployment.js";
import { deployScript, root, run } from "./run.js";

function stylus({ rpcUrl }, command, ...args) {
  return run("cargo-stylus", ["stylus", ...command, "--endpoint", rpcUrl, ...args], { cwd: root });
}

const key = ({ account }) => ["--private-key", account.privateKey];

async function constructorArguments(context) {
  const named = await options(context);
  const parameters = JSON.parse(fs.readFileSync(path.join(root, "abi", "parameters.json"), "utf8")).map((parameter) => parameter.default);
  return [...["base", "quote", "feed", "sequencer", "factory", "fee-tier", "lender", "owner"].map((name) => named[name]), `[${parameters}]`];
}

export async function deployWithStylus(context) {
  const deployed = stylus(context, ["deploy"], "--no-verify", ...key(context), "--constructor-args", ...(await constructorArguments(context)));
  const [size] = deployed.match(/contract size: .*\(\d fragments\)/);
  const [, pool] = deployed.match(/deployed code at address: (0x[0-9a-fA-F]{40})/);
  const [, transaction] = deployed.match(/deployment tx hash: (0x[0-9a-f]{64})/);
  console.log(`clients: cargo stylus deployed and constructed a pool: ${size}`);
  assert.match(stylus(context, ["verify"], "--no-verify", "--skip-clean", "--deployment-tx", transaction), /Verification successful/);
  assert.match(run(...deployScript(context, ["verify", pool, "--no-build"])), /runs the program that was built/);
  console.log("clients: cargo stylus and scripts/deploy verified it");
  assert.match(stylus(context, ["cache", "suggest-bid"], pool), /0/);
  stylus(context, ["cache", "bid"], pool, "0", ...key(context));
  assert.match(stylus(context, ["cache", "status"], "--address", pool), /cached/);
  await assertCached(context.rpcUrl, pool);
  console.log("clients: cargo stylus cached it");
  return pool;
}

// What the owner does first. (A transaction whose first call is to EVM code, such as the creation, is an activation to cargo
// stylus, whatever it calls.)
export function traceAppointment({ rpcUrl, account, ...context }, pool) {
  const sent = run("cast", ["send", pool, "setKeeper(address)", account.address, "--rpc-url", rpcUrl, "--private-key", account.privateKey, "--json"]);
  const { transactionHash } = JSON.parse(sent);
  const [inJavaScript, native] = [[], ["--use-native-tracer"]].map(tracer => {
    const trace = stylus({ rpcUrl, ...context }, ["trace"], "--tx", transactionHash, ...tracer);
    return JSON.parse(trace.slice(trace.indexOf("[{")));
  });
  assert.deepEqual([native[0].name, native.at(-1).name], ["user_entrypoint", "user_returned"]);
  assert.ok(native.some(({ name }) => name === "emit_log"));
  assert.deepEqual(inJavaScript, native);
  console.log("clients: cargo stylus traced the owner's first call to the pool");
}

export function activateAgain(context, pool) {
  const output = stylus(context, ["activate"], "--address", pool, ...key(context));
  assert.match(output, /successfully activated contract/);
  console.log("clients: cargo stylus activated it again after it had expired");
}
