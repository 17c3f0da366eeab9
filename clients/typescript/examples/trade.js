// Buys half an option by its name, shows the position, and sells it again: node examples/trade.js addresses.json
import { amounts, decodeEvents, describeEvent, encodeId, explain, formatSeries, objections, parseSeries, parseWad, quoteOrder, readMarket, readPositions, submitOrder, usualSlippage } from "@smirk/client";
import { connect } from "./connect.js";

const { pool, accounts, wallet } = await connect();
const taker = wallet(accounts[7]);
const market = await readMarket(pool);
const name = formatSeries({ put: false, expiry: market.surface[1].expiry, strike: parseWad("2600") }, pool.units.base);
const leg = { id: encodeId(parseSeries(name)), size: parseWad("0.5"), side: "buy" };
const terms = { slippage: usualSlippage, deadline: market.time + 600n, payment: "permit" };

const quoted = await quoteOrder(pool, [leg]);
for (const sentence of await objections(pool, taker.account.address, quoted, terms.slippage)) console.log(`Refused: ${sentence}`);
try {
  const receipts = await submitOrder(pool, taker, quoted, terms, ({ kind, label }) => console.log(`${label}: ${kind}`));
  const events = decodeEvents(pool, receipts.flatMap(({ logs }) => logs));
  for (const event of events.filter(({ name }) => name === "Bought" || name === "Hedged")) console.log(describeEvent(event, pool.units));
} catch (error) {
  console.log(`Refused: ${explain(error, pool.units)}`);
  process.exit(1);
}
for (const position of await readPositions(pool, taker.account.address, await readMarket(pool))) {
  console.log(`${formatSeries(position.id, pool.units.base)}: ${amounts.size(position.size)}, worth ${amounts.cash(position.value, pool.units)}, profit ${amounts.cash(position.profit, pool.units)}`);
}
await submitOrder(pool, taker, await quoteOrder(pool, [{ ...leg, side: "sell" }]), terms);
