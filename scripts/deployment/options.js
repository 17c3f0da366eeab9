// Arguments of scripts/deploy.
const { stop } = require("./say");

const USAGE = `usage: scripts/deploy [RPC_URL] --base ADDRESS --quote ADDRESS --feed ADDRESS --factory ADDRESS --fee-tier N --owner ADDRESS [options]
       scripts/deploy verify POOL [RPC_URL] [--no-build]
       scripts/deploy status POOL [RPC_URL]
       scripts/deploy keep-alive POOL [RPC_URL] [--dry-run]
       scripts/deploy reactivate POOL [RPC_URL] [--dry-run]
       scripts/deploy bid POOL [RPC_URL] [--bid WEI]
       scripts/deploy account POOL [RPC_URL]

Deploys the pool: its program's fragments one by one, then one transaction that creates the pool, activates its program and
constructs it, then a bid for a place in the program cache and a thousandth of quote at the lender. Before anything is paid
for, what the pool is told to call must have code and the whole creation is simulated; afterwards the pool must say of itself
what was asked for. Where everything lies follows from the arguments and the program as this Node.js compresses it: a run that
was interrupted is run again with the same arguments, and goes on where it ended.

  verify                   builds the program and compares it with the one that runs at POOL

A chain lets a program expire 365 days after its activation or its last keep-alive, and a new version of Stylus takes a new
activation; a pool whose program is not active can't be called.
  status                   until when the program is active, from when it can be kept alive, and whether it is cached
  keep-alive               begins the 365 days anew; possible once 31 days have passed
  reactivate               activates a program that has expired or that an earlier version of Stylus activated
Both pay the data fee, say until when the program is active then, and do nothing when there is nothing to do.
  bid                      bids again for a place in the cache, which a higher bidder may take
  account                  supplies a thousandth of quote for the pool at its lender, if nobody has: its first loan costs a
                           trader 36,700 gas less. The pool does not count it as its own

The chain
  RPC_URL                  where to send transactions; or ETH_RPC_URL in the environment
The key, one of these; never an argument
  SMIRK_PRIVATE_KEY        hex private key, in the environment
  ETH_KEYSTORE             keystore file, in the environment, with ETH_PASSWORD naming the file of its password
The pool
  --base ADDRESS           the asset options are written on
  --quote ADDRESS          the asset premiums are paid in
  --feed ADDRESS           Chainlink feed, quote per base
  --sequencer ADDRESS      sequencer uptime feed; leave out on a chain without one
  --factory ADDRESS        Uniswap's v3 factory; its pool of the pair and fee tier is the hedge venue
  --fee-tier N             hundredths of a basis point
  --lender ADDRESS         Aave v3's addresses provider, whose market lends base against quote; leave out for a pool that
                           never owes base and carries what puts add to its delta
  --owner ADDRESS          the pool's first owner
  --parameter NAME=VALUE   instead of the default in abi/parameters.json, in its unit as an integer; repeatable
  --salt NUMBER            for a second pool with the same arguments (default 1)
The program
  --bid WEI                cache bid (default 0, enough while the cache has room)
  --no-build               take artifacts/pool.wasm as it is
  --dry-run                print every step with its calldata and check sizes and arguments; nothing is sent, no key, and for
                           a deployment no network
  --help

Needs node, and where something is sent cast (https://getfoundry.sh).`;

const NONE = `0x${"0".repeat(40)}`;
const COMMANDS = ["verify", "status", "keep-alive", "reactivate", "bid", "account"];
const ADDRESSES = ["base", "quote", "feed", "sequencer", "factory", "lender", "owner"];
const NUMBERS = { "fee-tier": 24, bid: 192, salt: 256 };
// What goes with each command beside the options of a deployment.
const FLAGS = { deploy: ["dry-run", "no-build"], verify: ["no-build"], status: [], "keep-alive": ["dry-run"], reactivate: ["dry-run"], bid: [], account: [] };

function parse(argv) {
  if (argv.includes("--help")) {
    console.log(USAGE);
    process.exit(0);
  }
  const command = COMMANDS.includes(argv[0]) ? argv[0] : "deploy";
  const options = { command, rpc: process.env.ETH_RPC_URL, parameters: [], bid: 0n, salt: 1n, sequencer: NONE, lender: NONE };
  const rest = argv.slice(command === "deploy" ? 0 : 1);
  if (command !== "deploy") options.pool = addressOf("POOL", rest.shift());
  while (rest.length) option(options, rest);
  if (command === "deploy") requirePool(options);
  if (!options.rpc && !(command === "deploy" && options["dry-run"])) stop("no RPC URL; give it as an argument or in ETH_RPC_URL");
  return options;
}

// Takes one option off the front.
function option(options, rest) {
  const given = rest.shift();
  const name = given.replace(/^--/, "");
  const deploying = options.command === "deploy";
  if (!given.startsWith("-")) options.rpc = given;
  else if (FLAGS[options.command].includes(name)) options[name] = true;
  else if (deploying && ADDRESSES.includes(name)) options[name] = addressOf(given, rest.shift());
  else if ((deploying || name === options.command) && name in NUMBERS) options[name] = numberOf(given, rest.shift(), NUMBERS[name]);
  else if (deploying && name === "parameter") options.parameters.push(rest.shift() ?? "");
  else stop(`unknown option ${given}; see scripts/deploy --help`);
}

function addressOf(name, value) {
  if (!/^0x[0-9a-fA-F]{40}$/.test(value ?? "")) stop(`${name} takes an address, not ${value ?? "nothing"}; see scripts/deploy --help`);
  return value.toLowerCase();
}

function numberOf(name, value, bits) {
  if (!/^\d+$/.test(value ?? "") || BigInt(value) >> BigInt(bits)) stop(`${name} takes a number of at most ${bits} bits, not ${value ?? "nothing"}`);
  return BigInt(value);
}

function requirePool(options) {
  for (const name of ["base", "quote", "feed", "factory", "fee-tier", "owner"]) {
    if (options[name] === undefined) stop(`--${name} is missing; see scripts/deploy --help`);
  }
  // With no salt StylusDeployer would create the pool at an address that depends on what it created before.
  if (options.salt === 0n) stop("--salt takes a number other than 0");
}

module.exports = { parse };
