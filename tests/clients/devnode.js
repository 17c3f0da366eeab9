// Runs the start-up script of Nitro's development node as it stands in a folder, on inkhorn in the place of its container. The script is
// https://github.com/OffchainLabs/nitro-devnode's and not in this repository; it needs port 8547.
//   node devnode.js INKHORN_BINARY FOLDER   (NITRO_DEVNODE=FOLDER scripts/clients does this)
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createPublicClient, http, parseAbi } from "viem";
import { patience } from "./devnet.js";
import { root } from "./run.js";

const [inkhorn, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node devnode.js INKHORN_BINARY FOLDER");
  process.exit(2);
}
const URL = "http://127.0.0.1:8547";
const OWNER = "0x3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E";
const FACTORY = "0x4e59b44847b379578588920ca78fbf26c0b4956c";

await assert.rejects(fetch(URL), undefined, "something listens on port 8547 already");
const places = [path.join(root, "crates/inkhorn/nitro-devnode"), path.join(root, "tests/clients/node_modules/.bin")];
const PATH = [...places, process.env.PATH].join(":");
const script = spawn("./run-dev-node.sh", {
  cwd: folder,
  detached: true,
  stdio: ["ignore", "pipe", "pipe"],
  env: { ...process.env, PATH, INKHORN: path.resolve(inkhorn), FOUNDRY_DISABLE_NIGHTLY_WARNING: "1" },
});
let said = "";
for (const stream of [script.stdout, script.stderr]) stream.on("data", (chunk) => (said += chunk));
const ended = once(script, "exit");
try {
  for (let waited = 0; !said.includes("Nitro node is running..."); waited += 50) {
    assert.ok(script.exitCode === null && waited < patience, `the script did not come to its end:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const reader = createPublicClient({ transport: http(URL) });
  const read = (address, name, argument) =>
    reader.readContract({ address, abi: parseAbi([`function ${name}(address) view returns (bool)`]), functionName: name, args: [argument] });
  assert.equal(await read("0x000000000000000000000000000000000000006b", "isChainOwner", OWNER), true);
  const manager = said.match(/Cache Manager contract deployed at address: (0x[0-9a-fA-F]{40})/)[1];
  assert.equal(await read("0x0000000000000000000000000000000000000072", "isCacheManager", manager), true);
  const deployer = said.match(/StylusDeployer deployed at address: (0x[0-9a-fA-F]{40})/)[1];
  for (const address of [manager, deployer]) assert.ok(await reader.getCode({ address }), `no code at ${address}`);
  if (said.includes("CREATE2")) assert.ok(await reader.getCode({ address: FACTORY }));
  console.log(`clients: ${path.join(folder, "run-dev-node.sh")} runs as it stands`);
} finally {
  // The node ends with the script that started it, unless that has ended alone.
  try {
    process.kill(-script.pid, "SIGTERM");
  } catch {}
  await ended;
}
