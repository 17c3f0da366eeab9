// Compiles every contract in this folder with the pinned solc: one artifact {contractName, abi, bytecode} per contract.
// Usage: node compile.mjs OUTPUT_FOLDER
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const [output] = process.argv.slice(2);
if (!output) {
  console.error("usage: node compile.mjs OUTPUT_FOLDER");
  process.exit(2);
}

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith(".sol")).sort();
const sources = Object.fromEntries(names.map((name) => [name, { content: readFileSync(join(folder, name), "utf8") }]));

const result = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources,
      settings: {
        // The newest set of EVM rules that the embedded chain runs.
        evmVersion: "cancun",
        optimizer: { enabled: true, runs: 200 },
        // No metadata hash: the same source gives the same bytes wherever it is compiled.
        metadata: { bytecodeHash: "none" },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
      },
    }),
  ),
);

const problems = result.errors ?? [];
for (const problem of problems) console.error(problem.formattedMessage);
if (problems.length > 0) process.exit(1);

mkdirSync(output, { recursive: true });
for (const name of names) {
  const contractName = name.replace(/\.sol$/, "");
  const contract = result.contracts[name][contractName];
  const artifact = { contractName, abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` };
  writeFileSync(join(output, `${contractName}.json`), `${JSON.stringify(artifact, null, 2)}\n`);
}
