// cargo stylus itself with the pool's program: check, deploy in fragments of its own, activate, cache, trace, activate again.
import assert from "node:assert/strict";
import path from "node:path";
import { assertCached } from "./deployment.js";
import { deployScript, root, run } from "./run.js";

const wasm = path.join(root, "artifacts", "pool.wasm");

function stylus({ rpcUrl, folder }, command, ...args) {
  return run("cargo-stylus", ["stylus", ...command, "--endpoint", rpcUrl, ...args], { cwd: folder });
}

const key = ({ account }) => ["--private-key", account.privateKey];

export async function deployWithStylus(context) {
  const checked = stylus(context, ["check"], "--wasm-file", wasm);
  const [size, fragments] = checked.match(/contract size: .*\((\d) fragments\)/);
  console.log(`clients: cargo stylus check accepts the pool: ${size}`);
  const output = stylus(context, ["deploy"], "--no-verify", "--wasm-file", wasm, ...key(context));
  const [, program] = output.match(/deployed code at address: (0x[0-9a-fA-F]{40})/);
  assert.match(output, /successfully activated contract/);
  assert.match(stylus(context, ["cache", "suggest-bid"], program), /0/);
  stylus(context, ["cache", "bid"], program, "0", ...key(context));
  assert.match(stylus(context, ["cache", "status"], "--address", program), /cached/);
  await assertCached(context.rpcUrl, program);
  assert.match(run(...deployScript(context, ["verify", program, "--no-build"])), /runs the program that was built/);
  console.log(`clients: cargo stylus deployed, activated and cached the program in ${fragments} fragments of its own`);
  return program;
}

// What the owner does first. (A transaction whose first call is to EVM code, such as the creation, is an activation to cargo
// stylus, whatever it calls.)
export function traceAppointment({ rpcUrl, account, ...context }, pool) {
  const sent = run("cast", ["send", pool, "setKeeper(address)", account.address, "--rpc-url", rpcUrl, "--private-key", account.privateKey, "--json"]);
  const { transactionHash } = JSON.parse(sent);
  for (const tracer of [[], ["--use-native-tracer"]]) {
    const trace = stylus({ rpcUrl, ...context }, ["trace"], "--tx", transactionHash, ...tracer);
    const steps = JSON.parse(trace.slice(trace.indexOf("[{")));
    assert.deepEqual([steps[0].name, steps.at(-1).name], ["user_entrypoint", "user_returned"]);
    assert.ok(steps.some(({ name }) => name === "emit_log"));
  }
  console.log("clients: cargo stylus traced the owner's first call to the pool");
}

export function activateAgain(context, program) {
  const output = stylus(context, ["activate"], "--address", program, ...key(context));
  assert.match(output, /successfully activated contract/);
  console.log("clients: cargo stylus activated its expired program again");
}
