// Deploys the pool to a running devnet with published tools: cargo stylus checks, deploys, activates and caches the programs,
// cast constructs the pool (all of it by scripts/deploy), and cargo stylus traces a call to it.
//   node deploy.js SMIRK_BINARY   (scripts/clients does this)
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { request, startDevnet, stopDevnet } from "./devnet.js";

const [smirk] = process.argv.slice(2);
if (!smirk) {
  console.error("usage: node deploy.js SMIRK_BINARY");
  process.exit(2);
}
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

function run(program, args, options) {
  const done = spawnSync(program, args, { encoding: "utf8", timeout: 600_000, ...options });
  if (done.error) throw done.error;
  const output = (done.stdout + done.stderr).replace(/\x1b\[[0-9;]*m/g, "");
  if (done.status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(" ")} ended with ${done.status}:\n${output}`);
  return output;
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-deploy-"));
  // cargo-stylus wants a workspace around it.
  fs.writeFileSync(path.join(folder, "Cargo.toml"), '[workspace]\nresolver = "2"\n');
  fs.writeFileSync(path.join(folder, "Stylus.toml"), "[workspace.networks]\n");
  const devnet = await startDevnet(smirk, folder);
  try {
    const { rpcUrl, contracts, accounts } = devnet.book;
    const feeTier = BigInt(await request(rpcUrl, "eth_call", { to: contracts.venue, data: "0xddca3f43" }, "latest"));
    for (const name of ["engine", "vault", "pool"]) {
      const wasm = path.join(root, "artifacts", `${name}.wasm`);
      const output = run("cargo-stylus", ["stylus", "check", "--endpoint", rpcUrl, "--wasm-file", wasm], { cwd: folder });
      console.log(`clients: cargo stylus check accepts ${name}: ${output.match(/contract size: .*/)?.[0] ?? ""}`);
    }
    const output = run(
      path.join(root, "scripts", "deploy"),
      [rpcUrl, "--no-build", "--base", contracts.base, "--quote", contracts.quote, "--feed", contracts.feed, "--sequencer", contracts.sequencerFeed,
        "--router", contracts.router, "--fee-tier", String(feeTier), "--owner", accounts[0].address],
      { cwd: root, env: { ...process.env, SMIRK_PRIVATE_KEY: accounts[0].privateKey } },
    );
    const [, pool, engine, vault] = output.match(/pool (0x[0-9a-fA-F]{40}), engine (0x[0-9a-fA-F]{40}), vault (0x[0-9a-fA-F]{40})/);
    for (const name of ["engine", "vault", "pool"]) {
      assert.match(output, new RegExp(`${name}: bidding`));
      assert.doesNotMatch(output, new RegExp(`${name}: the bid failed`), output);
    }
    const owner = await request(rpcUrl, "eth_call", { to: pool, data: "0x8da5cb5b" }, "latest");
    assert.equal(BigInt(owner), BigInt(accounts[0].address), "the pool has its owner");
    for (const program of [pool, engine, vault]) await assertCached(rpcUrl, program);
    console.log(`clients: cargo stylus and cast deployed the pool at ${pool}`);
    const [, construction] = output.match(/transactionHash\s+(0x[0-9a-f]{64})/);
    for (const tracer of [[], ["--use-native-tracer"]]) {
      const trace = run("cargo-stylus", ["stylus", "trace", "--endpoint", rpcUrl, "--tx", construction, ...tracer], { cwd: folder });
      const steps = JSON.parse(trace.slice(trace.indexOf("[{")));
      assert.deepEqual([steps[0].name, steps.at(-1).name], ["user_entrypoint", "user_returned"]);
      // The pool's program delegates its construction to the vault's.
      const delegated = steps.find((step) => step.name === "delegate_call_contract").steps;
      assert.ok(delegated.some((step) => step.name === "emit_log"));
    }
    console.log("clients: cargo stylus traced the pool's construction");
  } finally {
    await stopDevnet(devnet);
  }
  fs.rmSync(folder, { recursive: true });
}

// ArbWasmCache.codehashIsCached of the account's code.
async function assertCached(rpc, program) {
  const { codeHash } = await codeOf(rpc, program);
  const answer = await request(rpc, "eth_call", { to: "0x0000000000000000000000000000000000000072", data: `0xa72f179b${codeHash}` }, "latest");
  assert.equal(BigInt(answer), 1n, `${program} is cached`);
}

async function codeOf(rpc, program) {
  const code = await request(rpc, "eth_getCode", program, "latest");
  assert.ok(code.startsWith("0xeff000"), `${program} is a Stylus program`);
  const { keccak256 } = await import("viem");
  return { codeHash: keccak256(code).slice(2) };
}

await main();
