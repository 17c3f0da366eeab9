// Whether a deployed program is the one that was built. Compression may differ, and cargo-stylus adds a section with a hash;
// what runs may not.
const crypto = require("crypto");
const zlib = require("zlib");
const { bytes } = require("./abi");
const { CONTRACT, FRAGMENT, ROOT, namedBy } = require("./program");
const { say, stop } = require("./say");

// The WASM that a program's code stands for.
async function deployed(chain, pool) {
  const code = bytes(await chain.code(pool));
  if (code.subarray(0, 4).equals(CONTRACT)) return decompress(code.subarray(4));
  if (!code.subarray(0, 4).equals(ROOT)) stop(`${pool} is not a Stylus program that this can read`);
  const pieces = [];
  for (const at of namedBy(`0x${code.toString("hex")}`)) {
    const piece = bytes(await chain.code(at));
    if (!piece.subarray(0, 3).equals(FRAGMENT)) stop(`${pool} names ${at}, which is not a fragment`);
    pieces.push(piece.subarray(3));
  }
  const wasm = decompress(Buffer.concat(pieces));
  if (wasm.length !== code.readUInt32BE(4)) stop(`${pool} has another length than its root says`);
  return wasm;
}

function decompress(stream) {
  try {
    return zlib.brotliDecompressSync(stream);
  } catch (error) {
    return stop(`the program can't be decompressed: ${error.message}`);
  }
}

// A module without its custom sections, which nothing runs.
function withoutCustomSections(wasm) {
  const kept = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const start = at++;
    let length = 0;
    for (let shift = 0, byte = 128; byte >= 128; shift += 7) length += ((byte = wasm[at++]) & 127) * 2 ** shift;
    at += length;
    if (wasm[start] !== 0) kept.push(wasm.subarray(start, at));
  }
  return Buffer.concat(kept);
}

async function verify(chain, pool, built) {
  const [there, here] = [await deployed(chain, pool), built].map(withoutCustomSections);
  const hash = (wasm) => crypto.createHash("sha256").update(wasm).digest("hex");
  if (!there.equals(here)) stop(`${pool} runs another program than the one that was built: ${there.length} bytes with SHA-256 ${hash(there)}, and not ${here.length} with ${hash(here)}`);
  say(`${pool} runs the program that was built: ${here.length} bytes with SHA-256 ${hash(here)}`);
}

module.exports = { verify };
