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
// Every list of parameters is as long as the one that clients read, which is in order and has its defaults within bounds.
function checkParameters(abi) {
  const list = JSON.parse(fs.readFileSync("abi/parameters.json", "utf8"));
  for (const { name = "constructor", inputs = [], outputs = [] } of abi) {
    for (const { type } of [...inputs, ...outputs].filter((entry) => entry.name === "parameters" || name === "parameters")) {
      if (type !== `uint256[${list.length}]`) throw new Error(`${name} has ${type} of parameters, abi/parameters.json ${list.length}`);
    }
  }
  list.forEach(({ index, name, low, default: value, high }, position) => {
    if (index !== position) throw new Error(`abi/parameters.json has ${name} at index ${index} in place ${position}`);
    if (BigInt(value) < BigInt(low) || BigInt(value) > BigInt(high)) throw new Error(`the default of ${name} is outside its bounds`);
  });
}

const abi = [...deployment, ...compile(source).IPool.abi];
checkParameters(abi);
fs.writeFileSync(path.join(folder, "Pool.sol"), source);
fs.writeFileSync(path.join(folder, "Pool.json"), JSON.stringify(abi, null, 1) + "\n");
