// Prints name, hash, raw and deployed size (brotli 11 and the four-byte prefix) of programs: node scripts/size.js FILE...
// With --json it prints {"name": {"raw", "compressed"}} instead.
const fs = require("fs");
const path = require("path");
const zlib = require("zlib");
const crypto = require("crypto");

const json = process.argv[2] === "--json";
const sizes = {};
for (const file of process.argv.slice(json ? 3 : 2)) {
  const wasm = fs.readFileSync(file);
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_LGWIN]: 22 };
  const name = path.basename(file, ".wasm");
  sizes[name] = { raw: wasm.length, compressed: zlib.brotliCompressSync(wasm, { params }).length + 4 };
  if (!json) {
    const hash = crypto.createHash("sha256").update(wasm).digest("hex");
    console.log(`build: ${name}: ${sizes[name].raw} bytes, ${sizes[name].compressed} of 24576 compressed, sha256 ${hash}`);
  }
}
if (json) console.log(JSON.stringify(sizes, null, 1));
