// Writes src/generated/ from abi/: the ABI as a constant that viem can type, named fields of errors and events, and the
// list of parameters. With --check it only says whether the committed files are those.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const source = path.join(folder, "..", "..", "abi");
const read = (name) => JSON.parse(fs.readFileSync(path.join(source, name), "utf8"));
const header = "// Written by scripts/generate.js from abi/; not to be edited.\n";

// What viem reads of a parameter, without the compiler's own names of types.
function parameter({ name, type, components, indexed }) {
  return { name, type, ...(components && { components: components.map(parameter) }), ...(indexed !== undefined && { indexed }) };
}

function item(entry) {
  const { type, name, inputs, outputs, stateMutability } = entry;
  return {
    type,
    ...(name && { name }),
    ...(inputs && { inputs: inputs.map(parameter) }),
    ...(outputs && { outputs: outputs.map(parameter) }),
    ...(stateMutability && { stateMutability }),
  };
}

function abiFile(abi) {
  const items = abi.map((entry) => `  ${JSON.stringify(item(entry))},`);
  const list = (name, about, kept) => `/** ${about} */\nexport const ${name} = [\n${kept.join("\n")}\n] as const;\n`;
  const tokens = tokenItems(abi);
  return [
    header,
    list("poolAbi", "The pool's ABI.", items),
    list("shareAbi", "The share alone (ERC-20 with permit): no name of it means two things.", tokens.share),
    list("positionAbi", "The positions alone (ERC-6909): no name of it means two things.", tokens.position),
  ].join("\n");
}

// The pool is two tokens, whose functions and events have the same names. An item that is there twice is of the positions where it
// takes a series.
function tokenItems(abi) {
  const named = abi.filter((entry) => entry.name);
  const isShared = ({ name, type }) => named.filter((other) => other.name === name && other.type === type).length > 1;
  const isPosition = ({ inputs }) => inputs.some(({ name }) => name === "id");
  const own = { share: ["permit", "nonces", "DOMAIN_SEPARATOR"], position: ["isOperator", "setOperator", "OperatorSet", "tokenURI"] };
  const items = (which, kept) => named.filter((entry) => (isShared(entry) && kept(entry)) || own[which].includes(entry.name)).map((entry) => `  ${JSON.stringify(item(entry))},`);
  return { share: items("share", (entry) => !isPosition(entry)), position: items("position", isPosition) };
}

function solidityType({ type, components }) {
  const list = /^(.*)\[\d*\]$/.exec(type);
  if (list) return `readonly ${solidityType({ type: list[1], components })}[]`;
  if (type === "tuple") return `{ ${fields(components)} }`;
  if (/^u?int(\d*)$/.test(type)) return Number(type.replace(/\D/g, "") || 256) <= 48 ? "number" : "bigint";
  if (type === "bool") return "boolean";
  if (type === "string") return "string";
  if (type === "address" || type.startsWith("bytes")) return "`0x${string}`";
  throw new Error(`no TypeScript type for ${type}`);
}

const fields = (inputs) => inputs.map((input) => `${input.name}: ${solidityType(input)}`).join("; ");

function shape({ name, inputs }) {
  return `  ${name}: { ${fields(inputs)} };`.replace("{  }", "Record<string, never>");
}

function shapesFile(abi) {
  const errors = abi.filter((entry) => entry.type === "error");
  // Transfer and Approval are the share's and, with more fields, the positions'.
  const events = abi.filter((entry) => entry.type === "event");
  const named = events.map((event) => {
    const isPosition = event.inputs.some((input) => input.name === "id") && ["Transfer", "Approval"].includes(event.name);
    return { ...event, name: isPosition ? `Position${event.name}` : event.name };
  });
  return [
    header,
    "/** Every error of the pool with its fields. */",
    "export interface PoolErrors {",
    ...errors.map(shape),
    "}",
    "",
    "/** Every event of the pool with its fields; the positions' Transfer and Approval have names of their own. */",
    "export interface PoolEvents {",
    ...named.map(shape),
    "}",
    "",
  ].join("\n");
}

function parametersFile(parameters) {
  const rows = parameters.map(({ index, name, unit, meaning, low, high, default: usual }) =>
    `  { index: ${index}, name: ${JSON.stringify(name)}, unit: ${JSON.stringify(unit)}, meaning: ${JSON.stringify(meaning)}, usual: ${usual}n, low: ${low}n, high: ${high}n },`,
  );
  return [
    header,
    "/** The pool's parameters by index: unit, meaning, usual value and hard bounds. */",
    "export const parameterList = [",
    ...rows,
    "] as const;",
    "",
  ].join("\n");
}

const abi = read("Pool.json");
const files = {
  "abi.ts": abiFile(abi),
  "shapes.ts": shapesFile(abi),
  "parameters.ts": parametersFile(read("parameters.json")),
};
const isCheck = process.argv.includes("--check");
let stale = 0;
for (const [name, text] of Object.entries(files)) {
  const target = path.join(folder, "src", "generated", name);
  if (isCheck) {
    if (!fs.existsSync(target) || fs.readFileSync(target, "utf8") !== text) {
      console.error(`generate: clients/typescript/src/generated/${name} is not what abi/ says; run npm run generate there`);
      stale = 1;
    }
  } else {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
}
process.exit(stale);
