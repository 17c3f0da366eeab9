// Sends transactions with Foundry's cast. The key comes from a keystore; one in the environment becomes a keystore that
// lives as long as this process, and its password is in no file: a process that is killed leaves nothing to be used.
const crypto = require("crypto");
const fs = require("fs");
const os = require("os");
const path = require("path");
const { spawnSync } = require("child_process");
const { keccak } = require("./abi");
const { stop } = require("./say");

class Sender {
  constructor(url) {
    this.environment = { ...process.env, ETH_RPC_URL: url };
    delete this.environment.SMIRK_PRIVATE_KEY;
    this.key = keystore();
    this.account = this.cast("wallet", "address").toLowerCase();
  }

  // Sends and waits until it is in a block.
  send(to, data, value = 0n) {
    const receipt = JSON.parse(this.cast("send", to, data, "--value", String(value), "--json"));
    if (BigInt(receipt.status) !== 1n) throw new Error(`transaction ${receipt.transactionHash} was reverted`);
    return receipt.transactionHash;
  }

  cast(...args) {
    const key = ["--keystore", this.key.file, "--password-file", "/dev/stdin"];
    const password = nameless(this.key.password);
    const done = spawnSync("cast", [...args, ...key], { encoding: "utf8", env: this.environment, stdio: [password, "pipe", "pipe"] });
    fs.closeSync(password);
    if (done.error?.code === "ENOENT") stop("cast is missing; install Foundry (https://getfoundry.sh), it signs and sends the transactions");
    if (done.error) throw done.error;
    const output = done.stdout.trim();
    // As installed by npm, cast ends with 0 whatever happens.
    if (done.status !== 0 || !output) throw new Error(done.stderr.trim());
    return output;
  }
}

// A file without a name, open for reading: cast opens its standard input again, which it can't with a pipe of Node.js.
function nameless(content) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-key-"));
  const file = path.join(folder, "password");
  const descriptor = fs.openSync(file, "w+", 0o600);
  fs.rmSync(folder, { recursive: true });
  fs.writeSync(descriptor, content, 0);
  return descriptor;
}

// The file that holds the key, and its password.
function keystore() {
  const { SMIRK_PRIVATE_KEY, ETH_KEYSTORE, ETH_PASSWORD } = process.env;
  if (SMIRK_PRIVATE_KEY) return temporaryKeystore(SMIRK_PRIVATE_KEY);
  if (!ETH_KEYSTORE) stop("no key; set SMIRK_PRIVATE_KEY, or ETH_KEYSTORE and ETH_PASSWORD");
  for (const [name, file] of Object.entries({ ETH_KEYSTORE, ETH_PASSWORD })) {
    if (!file || !fs.existsSync(file)) stop(`${name} must name a file that can be read`);
  }
  return { file: ETH_KEYSTORE, password: fs.readFileSync(ETH_PASSWORD, "utf8") };
}

function temporaryKeystore(text) {
  const key = Buffer.from(text.trim().replace(/^0x/, ""), "hex");
  if (key.length !== 32) stop("SMIRK_PRIVATE_KEY is not a private key of 32 bytes in hex");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-key-"));
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
  const [file, password] = [path.join(folder, "keystore.json"), crypto.randomBytes(32).toString("hex")];
  fs.writeFileSync(file, JSON.stringify(encrypted(key, password)), { mode: 0o600 });
  return { file, password };
}

// Web3 secret storage, version 3.
function encrypted(key, password) {
  const [salt, iv] = [crypto.randomBytes(32), crypto.randomBytes(16)];
  const [n, r, p] = [8192, 8, 1];
  const derived = crypto.scryptSync(password, salt, 32, { N: n, r, p });
  const cipher = crypto.createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  return {
    version: 3,
    id: crypto.randomUUID(),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: iv.toString("hex") },
      ciphertext: ciphertext.toString("hex"),
      kdf: "scrypt",
      kdfparams: { dklen: 32, n, r, p, salt: salt.toString("hex") },
      mac: keccak(Buffer.concat([derived.subarray(16), ciphertext])).slice(2),
    },
  };
}

module.exports = { Sender };
