// How long a program is active, and what keeps it so. A chain lets programs expire a year after their activation or last
// keep-alive, and a later version of Stylus takes a new activation.
const { calldata } = require("./abi");
const { ARB_WASM, CallRefused } = require("./chain");
const { namedBy } = require("./program");
const { date, say, stop } = require("./say");

const DAY = 86_400n;
// A data fee depends on the time; what is paid beyond it comes back.
const FEE_MARGIN_PERCENT = 20n;

// { codehash, fragments, version, left, activated, expires, keepable } in Unix seconds; without the last four there is a
// `reason` why the program can't be called.
async function lifetime(chain, pool) {
  const code = await chain.code(pool);
  if (code === "0x") stop(`${pool} has no code`);
  const [codehash, version] = [await chain.codehash(pool), await chain.number(ARB_WASM, "stylusVersion()")];
  const found = { codehash, version, fragments: namedBy(code).length };
  try {
    const left = await chain.number(ARB_WASM, "programTimeLeft(address)", pool);
    const [expiry, keepalive] = [await days(chain, "expiryDays()"), await days(chain, "keepaliveDays()")];
    const expires = (await chain.now()) + left;
    return { ...found, left, expires, activated: expires - expiry, keepable: expires - expiry + keepalive };
  } catch (error) {
    if (!(error instanceof CallRefused) || !error.known) throw error;
    return { ...found, reason: error.known };
  }
}

const days = async (chain, getter) => (await chain.number(ARB_WASM, getter)) * DAY;

// Wei that activation or keep-alive costs now: called without any, it says how much it wants.
async function dataFee(chain, data, options = {}) {
  try {
    await chain.call(ARB_WASM, data, options);
    return 0n;
  } catch (error) {
    if (error.known?.name !== "ProgramInsufficientValue") throw error;
    return (error.known.values[1] * (100n + FEE_MARGIN_PERCENT)) / 100n;
  }
}

const REASONS = {
  ProgramNotActivated: () => "it was never activated",
  ProgramExpired: ([age]) => `it has expired, ${age / DAY} days after its activation or last keep-alive`,
  ProgramNeedsUpgrade: ([own, present]) => `it was activated for Stylus ${own} and the chain runs Stylus ${present}`,
};

async function status(chain, pool) {
  const found = await lifetime(chain, pool);
  say(`pool ${pool}: codehash ${found.codehash}, ${found.fragments ? `${found.fragments} fragments` : "one contract"}; the chain runs Stylus ${found.version}`);
  if (found.reason) {
    const reason = REASONS[found.reason.name];
    say(`the program is not active: ${reason ? reason(found.reason.values) : found.reason.text}; activate it: scripts/deploy reactivate ${pool}`);
    return found;
  }
  say(`active until ${date(found.expires)}, from its activation or last keep-alive at ${date(found.activated)}`);
  say(`keep-alive is possible ${found.keepable > (await chain.now()) ? `from ${date(found.keepable)}` : `since ${date(found.keepable)}`}`);
  say(`activated for Stylus ${found.version}; when the chain runs a later version it stops until it is activated again`);
  say((await chain.isCached(found.codehash)) ? "cached" : "not cached; calls cost more than they have to");
  return found;
}

async function keepAlive(chain, pool, transact) {
  const found = await status(chain, pool);
  if (found.reason) stop("a program that is not active can't be kept alive");
  if (found.keepable > (await chain.now())) return say(`nothing to do before ${date(found.keepable)}`);
  const data = calldata("codehashKeepalive(bytes32)", found.codehash);
  await transact("keep-alive", ARB_WASM, data, await dataFee(chain, data), () => status(chain, pool));
}

async function reactivate(chain, pool, transact) {
  const found = await status(chain, pool);
  if (!found.reason) return say("nothing to do: the program is active");
  const data = calldata("activateProgram(address)", pool);
  await transact("activation", ARB_WASM, data, await dataFee(chain, data), () => status(chain, pool));
}

module.exports = { dataFee, keepAlive, lifetime, reactivate, status };
