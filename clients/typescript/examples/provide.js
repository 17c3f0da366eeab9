// Puts liquidity in, shows what it is worth, and takes half out: node examples/provide.js addresses.json
import { amounts, deposit, formatWad, readMarket, readProvider, sharePrice, usualSlippage, withdraw } from "@smirk/client";
import { connect } from "./connect.js";

const { pool, accounts, wallet } = await connect();
const provider = wallet(accounts[8]);
const market = await readMarket(pool);
const terms = { slippage: usualSlippage, deadline: market.time + 600n };
await deposit(pool, provider, 10_000n * 10n ** BigInt(pool.units.quoteDecimals), terms);
const view = await readProvider(pool, provider.account.address);
const price = sharePrice((await readMarket(pool)).nav, view.supply, pool);
console.log(`Share price ${formatWad(price.low)} to ${formatWad(price.high)} ${pool.units.quote}`);
console.log(`${amounts.shares(view.shares, pool.units)}, worth ${amounts.cash(view.value, pool.units)}; ${amounts.cash(view.maxWithdraw, pool.units)} can be taken out now`);
await withdraw(pool, provider, view.maxWithdraw / 2n, terms);
