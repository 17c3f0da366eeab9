// Runs what the README of the chain shows: the counter as it stands there, and every way to serve.
//   node tests/docs/inkhorn.mjs INKHORN_BINARY   (scripts/docs does this, with cargo stylus and cast on the path)
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const inkhorn = path.resolve(process.argv[2]);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "inkhorn-docs-"));
const project = path.join(root, "examples", "counter");

const blocksOf = (file, language) => [...fs.readFileSync(path.join(root, file), "utf8").matchAll(new RegExp("```" + language + "\\n([^]*?)```", "g"))].map(([, text]) => text);
const lines = (block) => block.trim().split("\n").map((line) => line.split("  #")[0].trim());

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Starts a line that serves, on a port; gives the process once it listens, and its URL. */
async function serve(line, port) {
  const [command, ...args] = line.replace(/ &$/, "").split(/\s+/);
  assert.equal(command, "inkhorn");
  const child = spawn(inkhorn, [...args, "--port", String(port)], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for await (const chunk of child.stdout) {
    said += chunk;
    const url = said.match(/Listening on (\S+)/)?.[1];
    if (url) return { child, url: url.replace("0.0.0.0", "127.0.0.1") };
  }
  throw new Error(`${line}: ended without listening\n${said}`);
}

async function stop({ child }) {
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
}

function run(line, port) {
  const text = line.replaceAll(":8547", `:${port}`);
  const { status, stdout, stderr } = spawnSync("bash", ["-ec", text], { cwd: project, encoding: "utf8", timeout: 1_800_000 });
  assert.equal(status, 0, `${text}\n${stdout}${stderr}`);
  return stdout + stderr;
}

async function request(url, method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const { result, error } = await (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).json();
  assert.equal(error, undefined);
  return result;
}

/** Three commands deploy and call a counter; a fourth shows what it did. */
async function counter([deployment, trace]) {
  const [start, deploy, send, ...more] = lines(deployment);
  assert.deepEqual(more, []);
  const port = await freePort();
  const stage = await serve(start, port);
  try {
    const deployed = run(deploy, port);
    const sent = run(send, port);
    const [, address] = send.match(/(0x[0-9a-fA-F]{40}) /);
    assert.ok(deployed.toLowerCase().includes(address.toLowerCase()), deployed);
    // number()
    assert.equal(BigInt(await request(stage.url, "eth_call", { to: address, data: "0x8381f58a" }, "latest")), 1n);
    const [, hash] = sent.match(/transactionHash\s+(0x[0-9a-f]{64})/);
    assert.match(run(lines(trace)[0].replace("HASH", hash), port), /storage_load_bytes32[^]*emit_log/);
  } finally {
    await stop(stage);
  }
  console.log("docs: the counter of the chain's README, three commands");
}

async function waysToServe(block) {
  const ways = lines(block);
  assert.ok(ways.length > 5);
  // Stands in for the live chain of the page.
  const live = await serve("inkhorn --quiet", 0);
  for (const way of ways) {
    const stage = await serve(way.replace("https://arb1.example", live.url), 0);
    assert.equal((await fetch(`${stage.url}/health`)).status, 200, way);
    assert.equal((await fetch(`${stage.url}/`)).status, 200, way);
    await stop(stage);
  }
  await stop(live);
  console.log(`docs: ${ways.length} ways to serve the chain`);
}

try {
  // The page shows a file that is a test.
  const [shown] = blocksOf("crates/inkhorn-test/README.md", "rust");
  assert.equal(shown, fs.readFileSync(path.join(project, "tests", "readme.rs"), "utf8"));
  const [deployment, trace, ways] = blocksOf("crates/inkhorn/README.md", "sh");
  await waysToServe(ways);
  await counter([deployment, trace]);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
