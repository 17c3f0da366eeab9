// A devnet of one's own, in a process of its own.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { spawn } from "node:child_process";

/** Milliseconds in which a machine of any speed comes to what is waited for: who is longer hangs. */
export const patience = 300_000;

// Starts a devnet with the pool on a free port; gives its process and its address book.
export async function startDevnet(smirk, folder) {
  const book = path.join(folder, "addresses.json");
  const child = spawn(smirk, ["devnet", "--with-pool", "--port", "0", "--frozen-clock", "--timestamp", "1767225600", "--addresses", book], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  for (let waited = 0; waited < patience; waited += 50) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the devnet ended:\n${log}`);
    // The last line, said once the book is written.
    if (/^Listening on .*\n/m.test(log)) {
      return { child, ended, book: JSON.parse(fs.readFileSync(book, "utf8")) };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`the devnet did not come up:\n${log}`);
}

export async function request(rpc, method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await (await fetch(rpc, { method: "POST", headers: { "content-type": "application/json" }, body })).json();
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

// Ctrl-C, after which a devnet ends by itself and without complaint.
export async function stopDevnet({ child, ended }) {
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  const { code, signal } = await ended;
  clearTimeout(timer);
  assert.deepEqual([code, signal], [0, null], "the devnet ends cleanly on Ctrl-C");
}
