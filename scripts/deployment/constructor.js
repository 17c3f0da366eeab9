// The pool's construction: its arguments, and where it puts the pool.
const fs = require("fs");
const { bytes, calldata, keccak, selector, tail, word } = require("./abi");
const { create2 } = require("./program");
const { stop } = require("./say");

const STYLUS_DEPLOYER = "0xcEcba2F1DC234f70Dd89F2041029807F8D03A990".toLowerCase();
const SURROUNDINGS = ["base", "quote", "feed", "sequencer", "factory", "feeTier", "lender", "owner"];

// Every parameter's value by index: defaults, and NAME=VALUE instead of some.
function parameterValues(overrides) {
  const list = JSON.parse(fs.readFileSync("abi/parameters.json", "utf8"));
  const values = list.map((parameter) => parameter.default);
  for (const override of overrides) {
    const [name, value] = override.split("=");
    const index = list.findIndex((parameter) => parameter.name === name);
    if (index < 0) stop(`no parameter is called ${name}; abi/parameters.json lists them`);
    if (!/^\d+$/.test(value ?? "")) stop(`--parameter ${name} takes an integer in the unit of abi/parameters.json`);
    const { low, high } = list[index];
    if (BigInt(value) < BigInt(low) || BigInt(value) > BigInt(high)) stop(`${name} is ${value}, its bounds are ${low} and ${high}`);
    values[index] = value;
  }
  return list.map(({ name }, index) => ({ name, value: BigInt(values[index]) }));
}

// Stylus programs are constructed by a call; its selector is the same whatever the arguments.
function constructorCalldata(asked) {
  const values = [...SURROUNDINGS.map((name) => asked[name]), ...asked.parameters.map(({ value }) => value)];
  return selector("stylus_constructor()") + values.map(word).join("");
}

// The one transaction that creates, activates and constructs a pool, and the pool's address, which depends on everything in it.
function creation(program, asked, salt) {
  const construction = constructorCalldata(asked);
  const ownSalt = keccak(Buffer.concat([bytes(salt), bytes(construction)]));
  const [code, data] = [tail(program.init), tail(construction)];
  const head = calldata("deploy(bytes,bytes,uint256,bytes32)", 4 * 32, 4 * 32 + code.length / 2, 0, salt);
  return { pool: create2(STYLUS_DEPLOYER, ownSalt, bytes(program.init)), calldata: head + code + data };
}

module.exports = { STYLUS_DEPLOYER, creation, parameterValues };
