// A suite's binary, which runs on the program of whatever tree it is told to be in.
const fs = require("fs");
const path = require("path");
const { spawnSync } = require("child_process");

// A test that hangs has failed.
const PATIENCE = 600_000;

// Builds it, and puts it into a folder where no later build replaces it.
function testBinary(folder, suite) {
  const flags = ["test", "--locked", "--workspace", "--test", suite, "--no-run", "--message-format=json"];
  const { status, stdout, stderr } = spawnSync("cargo", flags, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  const artifacts = stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const { executable } = artifacts.find(({ executable, target }) => executable && target.name === suite);
  const kept = path.join(folder, suite);
  fs.mkdirSync(folder, { recursive: true });
  fs.rmSync(kept, { force: true });
  fs.copyFileSync(executable, kept);
  fs.chmodSync(kept, 0o755);
  return kept;
}

// Whether the test failed, and the first line of why.
function runTest(binary, name, root) {
  const env = { ...process.env, CARGO_MANIFEST_DIR: root, RUST_BACKTRACE: "0" };
  const options = { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28, timeout: PATIENCE };
  const { stdout, stderr, error } = spawnSync(binary, [name, "--exact"], options);
  if (error?.code === "ETIMEDOUT") return { failed: true, reason: "it does not end" };
  const passed = stdout.includes(`test ${name} ... ok`);
  const failed = stdout.includes(`test ${name} ... FAILED`);
  if (passed === failed) throw new Error(`${name} is no test, or did not run: ${stdout}${stderr}`);
  const lines = (stdout + stderr).split("\n");
  const at = lines.findIndex((line) => line.includes("panicked at"));
  return { failed, reason: at < 0 ? "" : lines.slice(at + 1, at + 3).filter((line) => !line.startsWith("note:")).join(" ").trim().slice(0, 160) };
}

module.exports = { testBinary, runTest };
