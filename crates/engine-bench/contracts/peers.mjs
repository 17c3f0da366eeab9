// Fetches the published libraries that Smirk is measured beside and compiles their harnesses, each on its own: one that
// cannot be had is named and left out.
//
// Usage: node peers.mjs OUTPUT_FOLDER [PACKAGE=FOLDER ...]
// PACKAGE=FOLDER takes a package from a local folder instead of the npm registry.
//
// Writes OUTPUT_FOLDER/contracts/LIBRARY.CONTRACT.hex (creation code) and OUTPUT_FOLDER/libraries.json.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const PEERS = [
  { library: "DeFiMath", packages: { "defimath-lib": "3.3.0" } },
  { library: "Lyra", packages: { "@lyrafinance/protocol": "0.1.3-alpha" } },
  { library: "Solstat", packages: { solstat: "0.0.2-beta", solady: "0.1.26" } },
  { library: "Solady", packages: { solady: "0.1.26" } },
  { library: "PRBMath", packages: { "@prb/math": "4.2.0" } },
  { library: "ABDK", packages: { "abdk-libraries-solidity": "3.2.0" } },
];

// Solstat was written against a solmate that is not in the registry; solady has the same functions, cheaper.
const ALIASES = { "solmate/utils/FixedPointMathLib.sol": "solady/src/utils/FixedPointMathLib.sol" };

// Ours: what every peer's figure is the difference to, and what calls them all.
const OWN = ["Empty", "Caller"];

const SETTINGS = {
  evmVersion: "osaka",
  viaIR: true,
  optimizer: { enabled: true, runs: 10_000_000 },
  metadata: { bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
};

const [output, ...overrides] = process.argv.slice(2);
if (!output) {
  console.error("usage: node peers.mjs OUTPUT_FOLDER [PACKAGE=FOLDER ...]");
  process.exit(2);
}
const local = Object.fromEntries(overrides.map((text) => text.split("=")));
const harnesses = dirname(fileURLToPath(import.meta.url));
const say = (text) => console.error(`peers: ${text}`);

// The package's files below OUTPUT_FOLDER/packages, as published: no scripts run and no dependencies come along.
function fetchPackage(name, version) {
  const folder = join(output, "packages", name);
  const manifest = join(folder, "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version) return folder;
  const download = join(output, "download");
  rmSync(folder, { recursive: true, force: true });
  rmSync(download, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  mkdirSync(download, { recursive: true });
  try {
    const options = ["--ignore-scripts", "--loglevel=silent", "--pack-destination", download];
    execFileSync("npm", ["pack", `${name}@${version}`, ...options], { stdio: ["ignore", "ignore", "ignore"] });
    const [archive] = readdirSync(download);
    execFileSync("tar", ["-xzf", join(download, archive), "-C", folder, "--strip-components=1"]);
  } catch {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${name} ${version}: not to be had from this npm registry; its columns are left out`);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  return folder;
}

function locate(name, version) {
  const folder = local[name];
  if (!folder) return { name, version, folder: fetchPackage(name, version), from: "npm" };
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) throw new Error(`${name}: ${folder} holds no package.json; its columns are left out`);
  return { name, version: JSON.parse(readFileSync(manifest, "utf8")).version, folder, from: "local folder" };
}

// Two libraries demand an older compiler and one makes its functions public, which costs a DELEGATECALL each time. Both
// are lifted in memory, to their advantage: Lyra's prices take 13,400 gas instead of 31,600 with its own.
function favour(path, content) {
  if (!/^(@lyrafinance\/protocol|solstat)\//.test(path)) return content;
  return content.replace(/pragma solidity [^;]*;/, "pragma solidity >=0.8.4;").replace(/\bpublic pure\b/g, "internal pure");
}

function compile(file, packages) {
  const read = (wanted) => {
    const path = ALIASES[wanted] ?? wanted;
    const found = packages.find(({ name }) => path.startsWith(`${name}/`));
    const place = found ? join(found.folder, path.slice(found.name.length + 1)) : join(harnesses, path);
    return existsSync(place) ? { contents: favour(path, readFileSync(place, "utf8")) } : { error: `${path} not found` };
  };
  const name = `${file}.sol`;
  const input = { language: "Solidity", sources: { [name]: { content: read(name).contents } }, settings: SETTINGS };
  const result = JSON.parse(solc.compile(JSON.stringify(input), { import: (path) => read(posix.normalize(path)) }));
  const errors = (result.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`${file} does not compile: ${errors[0].formattedMessage}`);
  return Object.entries(result.contracts[name]).filter(([, { evm }]) => evm.bytecode.object.length > 0);
}

rmSync(join(output, "contracts"), { recursive: true, force: true });
mkdirSync(join(output, "contracts"), { recursive: true });

function write(library, contracts) {
  for (const [contract, { evm }] of contracts) {
    writeFileSync(join(output, "contracts", `${library}.${contract}.hex`), evm.bytecode.object);
  }
}

for (const name of OWN) write(name, compile(name, []));
const libraries = [];
for (const { library, packages } of PEERS) {
  try {
    const found = Object.entries(packages).map(([name, version]) => locate(name, version));
    write(library, compile(library, found));
    libraries.push({ library, packages: found.map(({ name, version, from }) => ({ name, version, from })) });
  } catch (error) {
    say(error.message);
    libraries.push({ library, missing: error.message });
  }
}
const compiler = solc.version();
writeFileSync(join(output, "libraries.json"), `${JSON.stringify({ compiler, libraries }, null, 2)}\n`);
