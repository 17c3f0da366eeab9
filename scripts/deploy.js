// What scripts/deploy needs beside shell:
//   node scripts/deploy.js constructor BASE QUOTE FEED SEQUENCER ROUTER FEE_TIER ENGINE VAULT OWNER [NAME=VALUE...]  prints calldata
//   node scripts/deploy.js call 'function(address)' ADDRESS  prints calldata
//   node scripts/deploy.js limit FILE...                     fails when a program is too large to deploy as one contract
//   node scripts/deploy.js keystore FOLDER                   writes the key in SMIRK_PRIVATE_KEY as FOLDER/keystore.json and FOLDER/password
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const zlib = require("zlib");

const CONSTRUCTOR = "0x5585258d";
const LIMIT = 24576;
// cargo-stylus adds a section with a project hash to a prebuilt file.
const PROJECT_HASH_SECTION = 64;

function stop(message) {
  console.error(`deploy: ${message}`);
  process.exit(1);
}

function keccak(data) {
  try {
    return require("js-sha3").keccak256(data);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return stop("the npm packages are missing; run scripts/setup");
  }
}

const word = (value) => BigInt(value).toString(16).padStart(64, "0");

function parameterValues(overrides) {
  const list = JSON.parse(fs.readFileSync("abi/parameters.json", "utf8"));
  const values = list.map((parameter) => parameter.default);
  for (const override of overrides) {
    const [name, value] = override.split("=");
    const index = list.findIndex((parameter) => parameter.name === name);
    if (index < 0) stop(`no parameter is called ${name}; abi/parameters.json lists them`);
    if (!/^\d+$/.test(value ?? "")) stop(`--parameter ${name} takes an integer in the unit of abi/parameters.json`);
    const { low, high } = list[index];
    if (BigInt(value) < BigInt(low) || BigInt(value) > BigInt(high)) stop(`${name} is ${value}, its bounds are ${low} and ${high}`);
    values[index] = value;
  }
  return values;
}

function constructor(values) {
  const surroundings = values.slice(0, 9);
  if (BigInt(surroundings[5]) >> 24n) stop(`the fee tier ${surroundings[5]} does not fit 24 bits`);
  console.log(CONSTRUCTOR + [...surroundings, ...parameterValues(values.slice(9))].map(word).join(""));
}

function call([signature, address]) {
  console.log(`0x${keccak(signature).slice(0, 8)}${word(address)}`);
}

function limit(files) {
  for (const file of files) {
    const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_LGWIN]: 22 };
    const size = zlib.brotliCompressSync(fs.readFileSync(file), { params }).length + 4 + PROJECT_HASH_SECTION;
    if (size > LIMIT) stop(`${file} takes ${size} bytes compressed with its project hash, the limit is ${LIMIT}`);
  }
}

// Web3 secret storage, version 3.
function keystore([folder]) {
  const key = Buffer.from((process.env.SMIRK_PRIVATE_KEY ?? "").trim().replace(/^0x/, ""), "hex");
  if (key.length !== 32) stop("SMIRK_PRIVATE_KEY is not a private key of 32 bytes in hex");
  const password = crypto.randomBytes(32).toString("hex");
  const [salt, iv] = [crypto.randomBytes(32), crypto.randomBytes(16)];
  const [n, r, p] = [8192, 8, 1];
  const derived = crypto.scryptSync(password, salt, 32, { N: n, r, p });
  const cipher = crypto.createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  const content = {
    version: 3,
    id: crypto.randomUUID(),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: iv.toString("hex") },
      ciphertext: ciphertext.toString("hex"),
      kdf: "scrypt",
      kdfparams: { dklen: 32, n, r, p, salt: salt.toString("hex") },
      mac: keccak(Buffer.concat([derived.subarray(16), ciphertext])),
    },
  };
  fs.writeFileSync(path.join(folder, "keystore.json"), JSON.stringify(content), { mode: 0o600 });
  fs.writeFileSync(path.join(folder, "password"), password, { mode: 0o600 });
}

const [command, ...rest] = process.argv.slice(2);
({ constructor, call, limit, keystore })[command](rest);
