// scripts/deploy on a devnet: what it refuses before anything is paid for, a run that is killed and run again, and a run
// with nothing left to do.
import assert from "node:assert/strict";
import { keccak256 } from "viem";
import { request } from "./devnet.js";
import { lettingThrough } from "./held.js";
import { deployScript, interrupt, refused, run } from "./run.js";

const selector = { owner: "0x8da5cb5b", fee: "0xddca3f43", codehashIsCached: "0xa72f179b" };
const ARB_WASM_CACHE = "0x0000000000000000000000000000000000000072";

export async function options({ rpcUrl, contracts, account }) {
  const feeTier = BigInt(await request(rpcUrl, "eth_call", { to: contracts.venue, data: selector.fee }, "latest"));
  return {
    base: contracts.base, quote: contracts.quote, feed: contracts.feed, sequencer: contracts.sequencerFeed,
    factory: contracts.factory, "fee-tier": String(feeTier), lender: contracts.lender, owner: account.address,
  };
}

const flags = (named) => ["--no-build", ...Object.entries(named).flatMap(([name, value]) => [`--${name}`, value])];

const nonce = ({ rpcUrl, account }) => request(rpcUrl, "eth_getTransactionCount", account.address, "latest").then(Number);

// Nothing is sent for a pool that can't be.
async function refuse(context, named) {
  const before = await nonce(context);
  const nobody = "0x00000000000000000000000000000000000000aa";
  for (const name of ["base", "quote", "feed", "sequencer", "factory", "lender"]) {
    const output = refused(...deployScript(context, flags({ ...named, [name]: nobody })));
    assert.ok(output.includes(`--${name} ${nobody} has no code on this chain`), output);
  }
  const wrong = [
    [{ "fee-tier": "123" }, /the pool is refused: VenueMissing\(factory 0x\w+, feeTier 123\)/],
    [{ feed: named.factory }, new RegExp(`the pool is refused: CallFailed\\(target ${named.factory}\\)`, "i")],
    [{ lender: named.factory }, new RegExp(`the pool is refused: LenderInvalid\\(lender ${named.factory}\\)`, "i")],
    [{ parameter: "depth=1" }, /depth is 1, its bounds are/],
    [{ salt: "0" }, /--salt takes a number other than 0/],
  ];
  for (const [change, message] of wrong) assert.match(refused(...deployScript(context, flags({ ...named, ...change }))), message);
  assert.equal(await nonce(context), before, "nothing was sent");
  console.log(`clients: scripts/deploy refused ${6 + wrong.length} pools that can't be, and sent nothing`);
}

export async function deployPool(context) {
  const named = await options(context);
  const command = deployScript(context, flags(named));
  const planned = run(...deployScript(context, [...flags(named), "--dry-run"]));
  const [, pool] = planned.match(/construct the pool at (0x[0-9a-f]{40})/);
  const fragments = [...planned.matchAll(/create fragment \d of \d at (0x[0-9a-f]{40})/g)].length;
  assert.ok(fragments > 1, "the program comes in fragments");
  await refuse(context, named);

  const before = await nonce(context);
  // It gets no further than that while it is being killed.
  const node = await lettingThrough(context.rpcUrl, 1);
  const [program, args, surroundings] = deployScript({ ...context, rpcUrl: node.rpcUrl }, flags(named));
  await interrupt(program, args, /fragment 1 of \d: created/, surroundings);
  node.end();
  const killed = (await nonce(context)) - before;
  assert.equal(killed, 1, "killed after a transaction");
  const output = run(...command);
  assert.match(output, new RegExp(`fragment 1 of ${fragments}: is at`));
  assert.match(output, new RegExp(`fragment ${fragments} of ${fragments}: (created|is) at`));
  // Nothing twice: the fragments, the pool, its bid, and two for its account at the lender.
  assert.equal((await nonce(context)) - before, fragments + 4, output);
  assert.match(output, /lender: supplied 1000 units of quote for the pool/);
  assert.match(output, /surroundings, owner and parameters are what was asked for/);

  const again = run(...command);
  assert.match(again, new RegExp(`pool: is at ${pool}`));
  assert.match(again, /cache: the program is in it/);
  assert.match(again, /lender: the pool has an account there/);
  assert.match(run(...deployScript(context, ["account", pool])), /lender: the pool has an account there/);
  assert.equal((await nonce(context)) - before, fragments + 4, "the third run sent nothing");

  const owner = await request(context.rpcUrl, "eth_call", { to: pool, data: selector.owner }, "latest");
  assert.equal(BigInt(owner), BigInt(context.account.address), "the pool has its owner");
  await assertCached(context.rpcUrl, pool);
  assert.match(run(...deployScript(context, ["verify", pool, "--no-build"])), /runs the program that was built/);
  assert.match(refused(...deployScript(context, ["verify", named.base, "--no-build"])), /is not a Stylus program/);
  console.log(`clients: scripts/deploy was killed after ${killed} of ${fragments + 4} transactions and went on to the pool at ${pool}`);
  return pool;
}

export async function assertCached(rpc, program) {
  const code = await request(rpc, "eth_getCode", program, "latest");
  assert.ok(code.startsWith("0xeff00200"), `${program} is a program in fragments`);
  const answer = await request(rpc, "eth_call", { to: ARB_WASM_CACHE, data: selector.codehashIsCached + keccak256(code).slice(2) }, "latest");
  assert.equal(BigInt(answer), 1n, `${program} is cached`);
}
