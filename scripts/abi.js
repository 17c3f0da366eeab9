// Writes the pool's interface for clients: node scripts/abi.js FOLDER
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const folder = process.argv[2];
const source = fs.readFileSync("src/IPool.sol", "utf8");
const constructor = fs.readFileSync("src/constructor.sol", "utf8");

function compile(content) {
  const input = {
    language: "Solidity",
    sources: { source: { content } },
    settings: { outputSelection: { "*": { "*": ["abi"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors || []).filter((error) => error.severity === "error");
  if (errors.length) {
    console.error(errors.map((error) => error.formattedMessage).join("\n"));
    process.exit(1);
  }
  return output.contracts.source;
}

// cargo-stylus names the constructor stylus_constructor and encodes its arguments like a function's.
const deployment = compile(constructor).IConstructor.abi.map(({ inputs }) => ({
  inputs,
  stateMutability: "nonpayable",
  type: "constructor",
}));
fs.writeFileSync(path.join(folder, "Pool.sol"), source);
fs.writeFileSync(path.join(folder, "Pool.json"), JSON.stringify([...deployment, ...compile(source).IPool.abi], null, 1) + "\n");
