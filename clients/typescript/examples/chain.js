// Prints the chain of strikes of the first expiry: node examples/chain.js addresses.json
import { formatPercent, formatTime, formatWad, readChain, readMarket, readParameters, strikesAround } from "@smirk/client";
import { connect } from "./connect.js";

const { pool } = await connect();
const [market, parameters] = await Promise.all([readMarket(pool), readParameters(pool)]);
const anchor = market.surface[0];
const strikes = strikesAround({ price: market.oracle.price, vol: anchor.atmVol, seconds: anchor.expiry - market.time, tick: parameters.strikeTick, most: 9 });
const { rows } = await readChain(pool, { expiry: anchor.expiry, strikes, book: market.book });
const price = (value) => (value === undefined ? "-" : formatWad(value, 2)).padStart(9);
console.log(`${pool.units.base} ${formatTime(anchor.expiry)}, spot ${formatWad(market.oracle.price, 2)}`);
console.log("call bid      ask    delta   strike      vol    put bid      ask");
for (const { strike, vol, call, put } of rows) {
  const shown = [price(call.bid), price(call.ask), (call.delta === undefined ? "-" : formatWad(call.delta, 3)).padStart(8), formatWad(strike).replace(",", "").padStart(8), formatPercent(vol ?? 0n).padStart(10), price(put.bid), price(put.ask)];
  console.log(shown.join(" "));
}
