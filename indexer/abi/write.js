// Writes abi/pool.ts, the pool's exported interface as a constant that the handlers' types come from.
import { readFileSync, writeFileSync } from "node:fs";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const constant = (name, value) => `export const ${name} = ${JSON.stringify(value)} as const;\n`;
const parameters = read("../../abi/parameters.json").map(({ name, unit }) => ({ name, unit }));
writeFileSync(
  new URL("pool.ts", import.meta.url),
  `// Written by abi/write.js from abi/ of the repository.\n${constant("poolAbi", read("../../abi/Pool.json"))}${constant("poolParameters", parameters)}`,
);
