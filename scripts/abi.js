// Writes the pool's interface for clients: node scripts/abi.js FOLDER
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const folder = process.argv[2];
const source = fs.readFileSync("src/IPool.sol", "utf8");

// The ABIs of the interfaces in the files of src/, by name.
function compile(files) {
  const read = (name) => [name, { content: fs.readFileSync(`src/${name}`, "utf8") }];
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map(read)),
    settings: { outputSelection: { "*": { "*": ["abi"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors || []).filter((error) => error.severity === "error");
  if (errors.length) {
    console.error(errors.map((error) => error.formattedMessage).join("\n"));
    process.exit(1);
  }
  return Object.assign({}, ...Object.values(output.contracts));
}

const { IConstructor, IPool } = compile(["IPool.sol", "constructor.sol"]);
// cargo-stylus names the constructor stylus_constructor and encodes its arguments like a function's.
const deployment = IConstructor.abi.map(({ inputs }) => ({
  inputs,
  stateMutability: "nonpayable",
  type: "constructor",
}));
// What the comments of the struct say of a unit that abi/parameters.json has.
const UNITS = { quote: /^quote\b.*, WAD$/, base: /^(base|options), WAD$/, wad: /^(ratio|vol)\b.*, WAD$/, seconds: /^seconds$/, units: /^whole number$/ };

// The struct has names, order and units of the parameters; what clients read beside it is the same, with defaults within bounds.
function checkParameters(abi) {
  const list = JSON.parse(fs.readFileSync("abi/parameters.json", "utf8"));
  const { outputs: [{ components }] } = abi.find(({ name }) => name === "parameters");
  const names = components.map(({ name }) => name);
  const [struct] = source.match(/struct Parameters {[^}]*}/);
  if (String(names) !== String(list.map(({ name }) => name))) throw new Error(`Parameters of IPool.sol are ${names}, and not those of abi/parameters.json`);
  list.forEach(({ index, name, unit, low, default: value, high }, position) => {
    if (index !== position) throw new Error(`abi/parameters.json has ${name} at index ${index} in place ${position}`);
    if (BigInt(value) < BigInt(low) || BigInt(value) > BigInt(high)) throw new Error(`the default of ${name} is outside its bounds`);
    const [, said] = struct.match(new RegExp(`\\buint256 ${name}; // (.*)`)) ?? [];
    if (!UNITS[unit]?.test(said)) throw new Error(`${name} is in ${unit} by abi/parameters.json, and "${said}" by IPool.sol`);
  });
}

// Every number has its unit: a field of a struct beside it; of anything else it goes by the name, from the list at the interface's
// head, or its own comment speaks of it.
function checkUnits() {
  const [head, body] = source.split("interface IPool {");
  const listed = new Set([...head.matchAll(/^\/\/\/ (?:\* .*?:|  )(.*)/gm)].flatMap(([, names]) => names.match(/\w+/g)));
  const number = /\bu?int\d*(?:\[\d*\])?(?: memory| calldata| indexed)? (\w+)/g;
  let comment = "";
  for (const line of body.split("\n").map((text) => text.trim())) {
    const [, field] = line.match(/^u?int\d*(?:\[\d+\])? (\w+);/) ?? [];
    if (field && !/; \/\/ \w/.test(line) && !["v", "slices"].includes(field)) throw new Error(`IPool.sol says no unit of the field ${field}`);
    if (/^(function|event|error) /.test(line)) {
      const spoken = new Set(comment.match(/\w+/g));
      const isOfId = /\buint256 (indexed )?id\b/.test(line);
      for (const [, name] of line.matchAll(number)) {
        if (!listed.has(name) && !spoken.has(name) && !(name === "amount" && isOfId)) throw new Error(`IPool.sol says no unit of ${name} in: ${line}`);
      }
    }
    comment = line.startsWith("//") ? comment + line : "";
  }
}

const abi = [...deployment, ...IPool.abi];
checkParameters(abi);
checkUnits();
fs.writeFileSync(path.join(folder, "Pool.sol"), source);
fs.writeFileSync(path.join(folder, "Pool.json"), JSON.stringify(abi, null, 1) + "\n");
