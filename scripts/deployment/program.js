// A program as it lies on a chain: one contract, or fragments and a root that names them.
const zlib = require("zlib");
const { bytes, hex, keccak, word } = require("./abi");

const CREATE2_FACTORY = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
// Bytes of code that a contract may have.
const CODE_LIMIT = 24576;
const CONTRACT = Buffer.from("eff00000", "hex");
const FRAGMENT = Buffer.from("eff001", "hex");
const ROOT = Buffer.from("eff00200", "hex");

// The init code that cargo-stylus puts before code: PUSH32 length, DUP1, PUSH1 43, PUSH1 0, CODECOPY, PUSH1 0, RETURN, and
// a version.
function initCode(code) {
  return Buffer.concat([Buffer.from(`7f${word(code.length)}80602b6000396000f300`, "hex"), code]);
}

// Where `creator` creates a contract, the lower 20 bytes of a hash.
function create2(creator, salt, init) {
  return `0x${keccak(Buffer.concat([Buffer.from("ff", "hex"), bytes(creator), bytes(salt), bytes(keccak(init))])).slice(26)}`;
}

function compress(wasm) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = zlib.constants;
  return zlib.brotliCompressSync(wasm, { params: { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 22 } });
}

// A fragment's address depends on what it holds alone, so one that is there already need not be created again.
function fragment(piece) {
  const code = Buffer.concat([FRAGMENT, piece]);
  const init = initCode(code);
  const salt = `0x${word(0)}`;
  return { address: create2(CREATE2_FACTORY, salt, init), code: hex(code), calldata: salt + hex(init).slice(2) };
}

// { code, codehash, init, fragments: [{ address, code, calldata for the factory }] } of a WASM file.
function program(wasm) {
  const stream = compress(wasm);
  const whole = stream.length + CONTRACT.length <= CODE_LIMIT;
  const step = CODE_LIMIT - FRAGMENT.length;
  const pieces = Array.from({ length: whole ? 0 : Math.ceil(stream.length / step) }, (_, index) => stream.subarray(index * step, (index + 1) * step));
  const fragments = pieces.map(fragment);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(wasm.length);
  const code = whole ? Buffer.concat([CONTRACT, stream]) : Buffer.concat([ROOT, length, ...fragments.map(({ address }) => bytes(address))]);
  return { code: hex(code), codehash: keccak(code), init: hex(initCode(code)), fragments };
}

// Addresses of the fragments that a root names.
function namedBy(code) {
  return code.startsWith(hex(ROOT)) ? (code.slice(18).match(/.{40}/g) ?? []).map((digits) => `0x${digits}`) : [];
}

module.exports = { CONTRACT, CREATE2_FACTORY, FRAGMENT, ROOT, create2, namedBy, program };
