// Compiles every contract of a folder with the pinned solc: one artifact {contractName, abi, bytecode} per contract, or
// with --runtime one file of hex digits with the code that is stored on chain.
// Usage: node contracts.mjs [--runtime] SOURCE_FOLDER OUTPUT_FOLDER
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";

const runtime = process.argv.includes("--runtime");
const [folder, output] = process.argv.slice(2).filter((argument) => argument !== "--runtime");
if (!output) {
  console.error("usage: node contracts.mjs [--runtime] SOURCE_FOLDER OUTPUT_FOLDER");
  process.exit(2);
}

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
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
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
  if (runtime) {
    writeFileSync(join(output, `${contractName}.hex`), `${contract.evm.deployedBytecode.object}\n`);
    continue;
  }
  const artifact = { contractName, abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` };
  writeFileSync(join(output, `${contractName}.json`), `${JSON.stringify(artifact, null, 2)}\n`);
}
