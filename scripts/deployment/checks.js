// What has to hold before a pool is paid for, and after.
const { address, calldata, record, word, words } = require("./abi");
const { STYLUS_DEPLOYER } = require("./constructor");
const { CREATE2_FACTORY } = require("./program");
const { lifetime } = require("./lifetime");
const { say, stop } = require("./say");

const isZero = (account) => BigInt(account) === 0n;

// Everything that the pool is told to call, and everything that creates it, must have code.
async function checkSurroundings(chain, asked, program) {
  const called = { base: asked.base, quote: asked.quote, feed: asked.feed, sequencer: asked.sequencer, factory: asked.factory, lender: asked.lender };
  for (const name of ["sequencer", "lender"]) if (isZero(asked[name])) delete called[name];
  for (const [name, account] of Object.entries(called)) {
    if ((await chain.code(account)) === "0x") stop(`--${name} ${account} has no code on this chain`);
  }
  if ((await chain.code(STYLUS_DEPLOYER)) === "0x") stop(`StylusDeployer is missing: ${STYLUS_DEPLOYER} has no code on this chain`);
  if (program.fragments.length === 0) return;
  if ((await chain.code(CREATE2_FACTORY)) === "0x") stop(`the CREATE2 factory is missing: ${CREATE2_FACTORY} has no code on this chain`);
  const most = await chain.mostFragments();
  if (BigInt(program.fragments.length) > most) stop(`the program has ${program.fragments.length} fragments, this chain takes ${most} (four from ArbOS 60 on)`);
}

// The pool must be this program, active, and say of itself what was asked for.
async function checkPool(chain, pool, program, asked) {
  if ((await chain.code(pool)) !== program.code) stop(`${pool} holds another program than the one that was built`);
  const { reason } = await lifetime(chain, pool);
  if (reason) stop(`the program at ${pool} is not active: ${reason.text}; run scripts/deploy reactivate ${pool}`);
  const said = record("surroundings", await chain.call(pool, calldata("surroundings()")));
  said.owner = address(words(await chain.call(pool, calldata("owner()")))[0]);
  const venue = address(await chain.number(asked.factory, "getPool(address,address,uint24)", asked.base, asked.quote, asked.feeTier));
  const lender = isZero(asked.lender) ? asked.lender : address(await chain.number(asked.lender, "getPool()"));
  const { base, quote, feed, sequencer, owner } = asked;
  for (const [name, value] of Object.entries({ base, quote, feed, sequencer, venue, lender, owner })) {
    if (word(said[name] ?? 0) !== word(value)) stop(`the pool's ${name} is ${said[name]}, and not ${value} as asked for`);
  }
  const parameters = record("parameters", await chain.call(pool, calldata("parameters()")));
  for (const { name, value } of asked.parameters) {
    if (parameters[name] !== value) stop(`the pool's parameter ${name} is ${parameters[name]}, and not ${value} as asked for`);
  }
  say("surroundings, owner and parameters are what was asked for");
}

module.exports = { checkPool, checkSurroundings };
