// Sends transactions with Foundry's cast. The key comes from a keystore; one in the environment becomes a keystore that
// lives as long as this process.
const crypto = require("crypto");
const fs = require("fs");
const os = require("os");
const path = require("path");
const { spawnSync } = require("child_process");
const { keccak } = require("./abi");
const { stop } = require("./say");

class Sender {
  constructor(url) {
    this.environment = { ...process.env, ETH_RPC_URL: url, ...keystore() };
    delete this.environment.SMIRK_PRIVATE_KEY;
    this.account = this.cast("wallet", "address").toLowerCase();
  }

  // Sends and waits until it is in a block.
  send(to, data, value = 0n) {
    const receipt = JSON.parse(this.cast("send", to, data, "--value", String(value), "--json"));
    if (BigInt(receipt.status) !== 1n) throw new Error(`transaction ${receipt.transactionHash} was reverted`);
    return receipt.transactionHash;
  }

  cast(...args) {
    const { ETH_KEYSTORE, ETH_PASSWORD } = this.environment;
    const key = ["--keystore", ETH_KEYSTORE, "--password-file", ETH_PASSWORD];
    const done = spawnSync("cast", [...args, ...key], { encoding: "utf8", env: this.environment });
    if (done.error?.code === "ENOENT") stop("cast is missing; install Foundry (https://getfoundry.sh), it signs and sends the transactions");
    if (done.error) throw done.error;
    if (done.status !== 0) throw new Error(done.stderr.trim());
    return done.stdout.trim();
  }
}

// The variables with which cast finds the key.
function keystore() {
  const { SMIRK_PRIVATE_KEY, ETH_KEYSTORE, ETH_PASSWORD } = process.env;
  if (SMIRK_PRIVATE_KEY) return temporaryKeystore(SMIRK_PRIVATE_KEY);
  if (!ETH_KEYSTORE) stop("no key; set SMIRK_PRIVATE_KEY, or ETH_KEYSTORE and ETH_PASSWORD");
  for (const [name, file] of Object.entries({ ETH_KEYSTORE, ETH_PASSWORD })) {
    if (!file || !fs.existsSync(file)) stop(`${name} must name a file that can be read`);
  }
  return { ETH_KEYSTORE, ETH_PASSWORD };
}

function temporaryKeystore(text) {
  const key = Buffer.from(text.trim().replace(/^0x/, ""), "hex");
  if (key.length !== 32) stop("SMIRK_PRIVATE_KEY is not a private key of 32 bytes in hex");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-deploy-"));
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
  const [store, word] = [path.join(folder, "keystore.json"), path.join(folder, "password")];
  const password = crypto.randomBytes(32).toString("hex");
  fs.writeFileSync(store, JSON.stringify(encrypted(key, password)), { mode: 0o600 });
  fs.writeFileSync(word, password, { mode: 0o600 });
  return { ETH_KEYSTORE: store, ETH_PASSWORD: word };
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
