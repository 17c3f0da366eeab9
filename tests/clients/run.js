// Programs run to their end, and what they printed.
import path from "node:path";
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

function finished(program, args, options) {
  const done = spawnSync(program, args, { encoding: "utf8", timeout: 1_800_000, maxBuffer: 1 << 26, ...options });
  if (done.error) throw done.error;
  return { status: done.status, output: plain(done.stdout + done.stderr) };
}

const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, "");

// Output of a program that has to succeed.
export function run(program, args, options) {
  const { status, output } = finished(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(" ")} ended with ${status}:\n${output}`);
  return output;
}

// Output of a program that has to fail.
export function refused(program, args, options) {
  const { status, output } = finished(program, args, options);
  if (status === 0) throw new Error(`${program} ${args.slice(0, 3).join(" ")} was not refused:\n${output}`);
  return output;
}

// Kills a program, and everything it started, as soon as it prints something; gives what it had printed.
export function interrupt(program, args, pattern, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let [output, isKilled] = ["", false];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        // Once: what it had printed still comes when it is gone.
        if (isKilled || !pattern.test(output)) return;
        isKilled = true;
        process.kill(-child.pid, "SIGKILL");
      });
    }
    child.once("error", reject);
    child.once("close", (_, signal) => (signal === "SIGKILL" ? resolve(plain(output)) : reject(new Error(`it ended by itself:\n${output}`))));
  });
}

// scripts/deploy for someone: arguments, and what run() and the like take.
export function deployScript({ rpcUrl, account, folder }, args) {
  return [path.join(root, "scripts", "deploy"), [...args, rpcUrl], { cwd: root, env: { ...process.env, TMPDIR: folder, SMIRK_PRIVATE_KEY: account.privateKey } }];
}
