// The steps of a deployment. Each looks first whether it was done before, so that a run that was interrupted is run again.
const { address, calldata, words } = require("./abi");
const { ARB_WASM } = require("./chain");
const { checkPool, checkSurroundings } = require("./checks");
const { STYLUS_DEPLOYER } = require("./constructor");
const { CREATE2_FACTORY } = require("./program");
const { bidForCache } = require("./cache");
const { openAccount } = require("./collateral");
const { dataFee } = require("./lifetime");
const { say, stop } = require("./say");

// Sends, unless a look at the chain afterwards says that another run was quicker.
async function create(chain, sender, { name, at, code, to, data, value }) {
  let failure;
  try {
    const hash = await sender.send(to, data, value);
    say(`${name}: created at ${at} by transaction ${hash}`);
  } catch (error) {
    failure = error;
  }
  if ((await chain.code(at)) !== code) stop(`${name} was not created${failure ? `: ${failure.message}` : ""}; what is there stays, run this again`);
  if (failure) say(`${name}: is at ${at}`);
}

async function createFragments(chain, sender, { fragments }) {
  for (const [index, { address: at, code, calldata: data }] of fragments.entries()) {
    const name = `fragment ${index + 1} of ${fragments.length}`;
    if ((await chain.code(at)) === code) say(`${name}: is at ${at}`);
    else await create(chain, sender, { name, at, code, to: CREATE2_FACTORY, data });
  }
}

// Runs the transaction that creates the pool without sending it, as if the fragments were there: nothing is paid for a pool that
// would be refused. Gives the wei that it takes.
async function simulate(chain, program, { pool, calldata: data }, from) {
  const codes = Object.fromEntries(program.fragments.map((fragment) => [fragment.address, fragment.code]));
  const active = await chain.number(ARB_WASM, "codehashVersion(bytes32)", program.codehash).catch(() => 0n);
  const activation = calldata("activateProgram(address)", pool);
  const value = active ? 0n : await dataFee(chain, activation, { codes: { ...codes, [pool]: program.code } });
  const answer = await chain.call(STYLUS_DEPLOYER, data, { from, value, codes }).catch((error) => stop(`the pool is refused: ${error.message}`));
  const created = address(words(answer)[0]);
  if (created !== pool) stop(`StylusDeployer would create the pool at ${created} and not at ${pool}: it is not the one this was written for`);
  say(`simulated: the pool is accepted, activation takes ${value} wei of data fee, of which the rest comes back`);
  return value;
}

async function deploy(chain, makeSender, program, creation, { asked, bid }) {
  const { pool } = creation;
  say(`chain ${BigInt(await chain.request("eth_chainId"))}: the pool will be at ${pool}`);
  await checkSurroundings(chain, asked, program);
  const sender = makeSender();
  if ((await chain.code(pool)) === program.code) {
    say(`pool: is at ${pool}`);
  } else {
    const value = await simulate(chain, program, creation, sender.account);
    const balance = BigInt(await chain.request("eth_getBalance", sender.account, "latest"));
    if (balance <= value) stop(`${sender.account} has ${balance} wei, too little for the data fee and gas`);
    await createFragments(chain, sender, program);
    await create(chain, sender, { name: "pool", at: pool, code: program.code, to: STYLUS_DEPLOYER, data: creation.calldata, value });
  }
  await checkPool(chain, pool, program, asked);
  await bidForCache(chain, () => sender, pool, bid);
  await openAccount(chain, () => sender, pool);
}

// A dry run: every step with its calldata.
function printSteps(program, { pool, calldata: data }, bid) {
  program.fragments.forEach((fragment, index) => {
    say(`create fragment ${index + 1} of ${program.fragments.length} at ${fragment.address}: to ${CREATE2_FACTORY}, calldata ${fragment.calldata}`);
  });
  say(`create, activate and construct the pool at ${pool}: to ${STYLUS_DEPLOYER} with the data fee, calldata ${data}`);
  say(`cache: to the cache manager with ${bid} wei, calldata ${calldata("placeBid(address)", pool)}`);
  say("lender, where the pool has one: to quote and to the market, approve and supply of a thousandth of quote for the pool");
  say("dry run: nothing was sent");
}

module.exports = { deploy, printSteps };
