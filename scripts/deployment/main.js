// scripts/deploy, from the repository's root.
const fs = require("fs");
const { spawnSync } = require("child_process");
const { word } = require("./abi");
const { bidForCache } = require("./cache");
const { Chain } = require("./chain");
const { openAccount } = require("./collateral");
const { creation, parameterValues } = require("./constructor");
const { keepAlive, reactivate, status } = require("./lifetime");
const { parse } = require("./options");
const { program } = require("./program");
const { say, stop } = require("./say");
const { Sender } = require("./sender");
const { deploy, printSteps } = require("./steps");
const { verify } = require("./verify");

const WASM = "artifacts/pool.wasm";

function build(options) {
  if (!options["no-build"]) {
    const { status: code } = spawnSync("scripts/build", { stdio: "inherit" });
    if (code !== 0) process.exit(code ?? 1);
  }
  if (!fs.existsSync(WASM)) stop(`${WASM} is missing; run scripts/build, or leave out --no-build`);
  return fs.readFileSync(WASM);
}

async function deployPool(options) {
  const { base, quote, feed, sequencer, factory, lender, owner } = options;
  const asked = { base, quote, feed, sequencer, factory, lender, owner, feeTier: options["fee-tier"], parameters: parameterValues(options.parameters) };
  const built = program(build(options));
  const created = creation(built, asked, `0x${word(options.salt)}`);
  if (options["dry-run"]) return printSteps(built, created, options.bid);
  const chain = new Chain(options.rpc);
  await deploy(chain, () => new Sender(options.rpc), built, created, { asked, bid: options.bid });
  await status(chain, created.pool);
  say(`pool ${created.pool}; the owner names a keeper next (setKeeper)`);
}

async function keepActive(options) {
  const chain = new Chain(options.rpc);
  const transact = async (name, to, data, value, after) => {
    if (options["dry-run"]) return say(`${name}: to ${to} with ${value} wei, calldata ${data}; dry run: nothing was sent`);
    say(`${name}: sent in transaction ${new Sender(options.rpc).send(to, data, value)}`);
    await after();
  };
  await { status, "keep-alive": keepAlive, reactivate }[options.command](chain, options.pool, transact);
}

const bidFor = (options) => bidForCache(new Chain(options.rpc), () => new Sender(options.rpc), options.pool, options.bid);
const accountOf = (options) => openAccount(new Chain(options.rpc), () => new Sender(options.rpc), options.pool);
const verifyPool = (options) => verify(new Chain(options.rpc), options.pool, build(options));

const options = parse(process.argv.slice(2));
({ deploy: deployPool, verify: verifyPool, bid: bidFor, account: accountOf }[options.command] ?? keepActive)(options).catch((error) => stop(error.message));
