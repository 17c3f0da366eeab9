// A program's place in the cache, with which calls cost less.
const { calldata } = require("./abi");
const { say } = require("./say");

// Bids for a place in the program cache. A failure is reported: what is deployed works without a place.
async function bidForCache(chain, makeSender, pool, bid) {
  if (await chain.isCached(await chain.codehash(pool))) return say("cache: the program is in it");
  const manager = await chain.cacheManager();
  if (!manager) return say("cache: this chain has none");
  try {
    const least = await chain.number(manager, "getMinBid(address)", pool);
    if (bid < least) throw new Error(`the least bid is ${least} wei`);
    const hash = makeSender().send(manager, calldata("placeBid(address)", pool), bid);
    say(`cache: bid ${bid} wei by transaction ${hash}`);
  } catch (error) {
    say(`cache: the bid of ${bid} wei failed, try again with scripts/deploy bid ${pool}: ${error.message}`);
  }
}

module.exports = { bidForCache };
