// Solidity's encoding, as much of it as a deployment takes. Data are hex strings with 0x, as the RPC has them.
const fs = require("fs");
const { stop } = require("./say");

function keccak(data) {
  try {
    return `0x${require("js-sha3").keccak256(data)}`;
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return stop("the npm packages are missing; run scripts/setup");
  }
}

const bytes = (hex) => Buffer.from(hex.slice(2), "hex");
const hex = (buffer) => `0x${buffer.toString("hex")}`;

// A number, or a hex string of at most 32 bytes, as 64 digits.
const word = (value) => BigInt(value).toString(16).padStart(64, "0");

const selector = (signature) => keccak(signature).slice(0, 10);

// Calldata of a function whose arguments are all static.
const calldata = (signature, ...values) => selector(signature) + values.map(word).join("");

// Words of an answer.
const words = (data) => (data.slice(2).match(/.{64}/g) ?? []).map((digits) => BigInt(`0x${digits}`));

const address = (value) => `0x${word(value).slice(24)}`;

// A `bytes` argument's tail: length, then the bytes up to a whole word.
function tail(data) {
  const digits = data.slice(2);
  return word(digits.length / 2) + digits.padEnd(Math.ceil(digits.length / 64) * 64, "0");
}

const interfaceOf = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
const POOL = interfaceOf("abi/Pool.json");

// Errors of what a deployment calls beside the pool.
const OTHER_ERRORS = {
  ArbWasm: ["ProgramNotWasm()", "ProgramNotActivated()", "ProgramNeedsUpgrade(uint16,uint16)", "ProgramExpired(uint64)", "ProgramUpToDate()",
    "ProgramKeepaliveTooSoon(uint64)", "ProgramInsufficientValue(uint256,uint256)"],
  StylusDeployer: ["ContractDeploymentError(bytes)", "ContractInitializationError(address,bytes)", "RefundExcessValueError(uint256)"],
  CacheManager: ["AsmTooLarge(uint256,uint256,uint256)", "AlreadyCached(bytes32)", "BidTooSmall(uint192,uint192)", "BidsArePaused()"],
};
const others = Object.values(OTHER_ERRORS).flat().map((signature) => {
  const [, name, types] = signature.match(/(\w+)\((.*)\)/);
  return { type: "error", name, inputs: types ? types.split(",").map((type) => ({ name: "", type })) : [] };
});

// What a call was refused with: { name, values, text }, or nothing when it names no error that is known here.
function refusal(data) {
  const found = [...POOL, ...others].find((entry) =>
    entry.type === "error" && selector(`${entry.name}(${entry.inputs.map(({ type }) => type).join(",")})`) === data.slice(0, 10));
  if (!found) return undefined;
  const body = `0x${data.slice(10)}`;
  if (found.name === "ContractInitializationError") return refusal(inner(body, 1)) ?? { name: found.name, values: [], text: found.name };
  const values = words(body);
  const shown = found.inputs.map(({ name, type }, index) => `${name && `${name} `}${type === "address" ? address(values[index]) : values[index]}`);
  return { name: found.name, values, text: `${found.name}(${shown.join(", ")})` };
}

// The `bytes` whose offset is a tuple's word `index`.
function inner(body, index) {
  const at = 2 + Number(words(body)[index]) * 2;
  const length = Number(BigInt(`0x${body.slice(at, at + 64)}`));
  return `0x${body.slice(at + 64, at + 64 + length * 2)}`;
}

// A record that one of the pool's views answers, by the names in its interface.
function record(view, data) {
  const [{ components }] = POOL.find(({ type, name }) => type === "function" && name === view).outputs;
  const values = words(data);
  return Object.fromEntries(components.map(({ name, type }, index) => [name, type === "address" ? address(values[index]) : values[index]]));
}

module.exports = { keccak, bytes, hex, word, selector, calldata, words, address, tail, refusal, record };
