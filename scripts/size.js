// Sizes of programs: raw, and as deployed (brotli 11 and the four-byte prefix).
//   node scripts/size.js FILE...                  prints name, sizes and hash
//   node scripts/size.js --json FILE...           prints {"name": {"raw", "compressed"}}
//   node scripts/size.js --check SNAPSHOT FILE... fails when a size left the limit or moved by more than a per cent
const fs = require("fs");
const path = require("path");
const zlib = require("zlib");
const crypto = require("crypto");

// Compressed and decompressed bytes that the pool may have, of 98,292 and 262,144 that a chain takes.
const LIMIT = 85000;
const RAW_LIMIT = 220000;
const DATA_LIMIT = 300;
const PAGE_LIMIT = 2;

// Bytes of the data section and initial memory pages of a module.
function memory(wasm) {
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const found = { data: 0, pages: 0 };
  while (at < wasm.length) {
    const section = wasm[at++];
    const length = leb();
    const end = at + length;
    if (section === 11) found.data = length;
    if (section === 5) {
      at += 2; // one memory, and whether it has a maximum
      found.pages = leb();
    }
    at = end;
  }
  return found;
}
const mode = process.argv[2].startsWith("--") ? process.argv[2] : "";
const files = process.argv.slice(mode === "--check" ? 4 : mode ? 3 : 2);

const sizes = {};
for (const file of files) {
  const wasm = fs.readFileSync(file);
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_LGWIN]: 22 };
  const name = path.basename(file, ".wasm");
  sizes[name] = { raw: wasm.length, compressed: zlib.brotliCompressSync(wasm, { params }).length + 4 };
  const { data, pages } = memory(wasm);
  if (data >= DATA_LIMIT) throw new Error(`${name} has ${data} bytes of data, the limit is ${DATA_LIMIT}`);
  if (wasm.length > RAW_LIMIT) throw new Error(`${name} has ${wasm.length} bytes, the limit is ${RAW_LIMIT}`);
  if (pages > PAGE_LIMIT) throw new Error(`${name} starts with ${pages} pages of memory, the limit is ${PAGE_LIMIT}`);
  if (!mode) {
    const hash = crypto.createHash("sha256").update(wasm).digest("hex");
    console.log(`build: ${name}: ${sizes[name].raw} bytes, ${sizes[name].compressed} of ${LIMIT} compressed, ${data} of data, ${pages} pages, sha256 ${hash}`);
  }
}
if (mode === "--json") console.log(JSON.stringify(sizes, null, 1));
if (mode === "--check") {
  const snapshot = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));
  for (const [name, { compressed }] of Object.entries(sizes)) {
    const old = snapshot[name]?.compressed ?? 0;
    if (compressed > LIMIT) throw new Error(`${name} is ${compressed} bytes compressed, the limit is ${LIMIT}`);
    if (Math.abs(compressed - old) > old / 100) throw new Error(`${name} was ${old} bytes compressed, now ${compressed}; run scripts/bench`);
  }
  console.log("size: within a per cent of the snapshot");
}
