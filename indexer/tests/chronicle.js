// What the indexer's tables say of the pool at any block, in the form of the pool's views.
import { readdirSync, readFileSync } from "node:fs";

const SCHEMA = new URL("../schema/", import.meta.url);
const UNIT = 10n ** 12n;
const WAD = 10n ** 18n;
const MELTING = 1_800n;
const divideUp = (a, b) => (a + b - 1n) / b;
const smaller = (a, b) => (a < b ? a : b);

/** Rows with every amount an integer: hex, text and truth values stay as they are. */
const amounts = (rows) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, /^-?\d+$/.test(value) ? BigInt(value) : value]),
    ),
  );

/** Tables whose rows are of a block and stay as they are after it. */
function lasting() {
  const sources = readdirSync(SCHEMA).map((name) => readFileSync(new URL(name, SCHEMA), "utf8"));
  const tables = sources.flatMap((text) => [...text.matchAll(/onchainTable\(\s*"(\w+)"([^]*?)(?=onchainTable\(|$)/g)]);
  const isOfBlock = ([, , columns]) => /\.\.\.place\(t\)|^ +id: t\.text\(\)\.primaryKey\(\),\n +block:|^ +block: t\.bigint\(\)\.primaryKey/m.test(columns);
  return tables.filter(isOfBlock).map(([, name]) => name);
}

/** All that tables say of a block and those before it, to compare: rows by table. */
export async function past(indexer, block) {
  const rows = {};
  for (const name of lasting()) rows[name] = await indexer.sql(`select * from ${name} where block <= ${block} order by 1, 2`);
  return rows;
}

export class Chronicle {
  static async read(indexer) {
    const table = async (name, order = "block") => amounts(await indexer.sql(`select * from ${name} order by ${order}`));
    const chronicle = new Chronicle();
    chronicle.pool = (await table("pool", "address"))[0];
    chronicle.states = await table("pool_state");
    chronicle.expiries = await table("expiry", "expiry");
    chronicle.settlements = await table("settlement", "expiry");
    const facts = {};
    const names = ["anchor", "charge", "trade", "leg", "loan_change", "settlement_state", "share_transfer", "position_change", "share_value"];
    for (const name of [...names, "margin_leg_change", "liquidation", "bad_debt"]) {
      facts[name] = await table(name, "id");
    }
    facts.margin_state = await table("margin_state", "block, id");
    chronicle.facts = facts;
    return chronicle;
  }

  constructor() {
    this.anchors = new Map();
    this.charges = new Map();
    this.net = new Map();
    this.owed = new Map();
    this.accounts = new Map();
    this.at = {};
  }

  /** Facts of a table up to a block that have not been told yet. */
  *until(name, block) {
    const facts = this.facts[name];
    let at = this.at[name] ?? 0;
    while (at < facts.length && facts[at].block <= block) yield facts[at++];
    this.at[name] = at;
  }

  /** The pool after a block; blocks are asked for in order. */
  after(block, time) {
    this.state = this.states.findLast((state) => state.block <= block);
    for (const row of this.until("anchor", block)) this.anchors.set(row.expiry, row);
    for (const row of this.until("loan_change", block)) this.loan = row;
    for (const row of this.until("charge", block)) this.charges.set(row.expiry, row);
    for (const row of this.until("settlement_state", block)) this.owed.set(row.expiry, row);
    const orders = [...this.until("trade", block), ...this.until("leg", block)];
    const [worth] = [...this.until("share_value", block)].slice(-1);
    for (const { series, side, size } of orders) {
      const net = (this.net.get(series) ?? 0n) + (side === "buy" ? -size : size);
      this.net.set(series, net);
    }
    const settled = this.settlements.filter((row) => row.block <= block).map((row) => row.expiry);
    const listed = this.expiries
      .filter((row) => row.listed_block <= block && !settled.includes(row.expiry))
      .map((row) => row.expiry);
    const prices = new Map(this.settlements.filter((row) => row.block <= block).map((row) => [row.expiry, row.price]));
    for (const { account, series, size } of this.until("margin_leg_change", block)) this.account(account).legs.set(series, size);
    for (const row of this.until("margin_state", block)) this.account(row.account).state = row;
    return {
      // What shares are worth, unless an order of the same block changed that afterwards.
      worth: worth?.block === block && !orders.some((order) => order.block === block && order.id > worth.id) ? worth : undefined,
      liquidations: [...this.until("liquidation", block)],
      debts: [...this.until("bad_debt", block)],
      state: this.state,
      accounts: [...this.accounts].map(([address, { legs, state }]) => this.met(address, legs, state, prices)),
      loan: this.loan ?? { owed: 0n, collateral: 0n },
      surface: listed.map((expiry) => this.slice(expiry, time)),
      book: this.book(listed),
      settled: settled.map((expiry) => {
        const { owed, set_aside } = this.owed.get(expiry);
        const { price } = this.settlements.find((row) => row.expiry === expiry);
        return { expiry, words: [price, owed, set_aside] };
      }),
    };
  }

  account(address) {
    if (!this.accounts.has(address)) this.accounts.set(address, { legs: new Map() });
    return this.accounts.get(address);
  }

  /** An account as the view has it: with what is settled already met. */
  met(address, legs, state, prices) {
    let quote = state.quote;
    const left = [];
    for (const [series, size] of legs) {
      if (size === 0n) continue;
      const price = prices.get((series >> 128n) & ((1n << 64n) - 1n));
      if (price === undefined) left.push(`${series},${size}`);
      else quote += settled(series, size, price, this.pool.quote_scale);
    }
    return { address, quote, legs: left.sort(), state };
  }

  /** A row of surface(). */
  slice(expiry, now) {
    const anchor = this.anchors.get(expiry);
    const numbers = anchor
      ? [anchor.atm_vol, anchor.left_wing, anchor.right_wing, anchor.carry, anchor.timestamp, anchor.anchor_spot]
      : [0n, 0n, 0n, 0n, 0n, 0n];
    const left = anchor ? MELTING - smaller(now - anchor.timestamp, MELTING) : 0n;
    const jumps = anchor ? [anchor.vol_jump, anchor.carry_jump] : [0n, 0n];
    return [expiry, ...numbers, ...jumps.map((jump) => divideUp(jump * left, MELTING)), this.unearned(expiry, now)];
  }

  unearned(expiry, now) {
    const charge = this.charges.get(expiry);
    if (!charge) return 0n;
    const left = expiry > now ? expiry - now : 0n;
    const span = expiry > charge.timestamp ? expiry - charge.timestamp : 1n;
    return divideUp(charge.unearned * smaller(left, span), span) * UNIT;
  }

  /** Nodes of book() as "expiry strike calls puts", sorted. */
  book(listed) {
    const nodes = new Map();
    const add = (series, net) => {
      const expiry = (series >> 128n) & ((1n << 64n) - 1n);
      if (!listed.includes(expiry)) return;
      const strike = series & ((1n << 128n) - 1n);
      const key = `${expiry} ${strike}`;
      const node = nodes.get(key) ?? [0n, 0n];
      node[Number(series >> 192n)] += net;
      nodes.set(key, node);
    };
    for (const [series, net] of this.net) if (net !== 0n) add(series, net);
    // What accounts hold keeps a node, even where writer and buyer leave the pool with nothing.
    for (const { legs } of this.accounts.values()) for (const [series, size] of legs) if (size !== 0n) add(series, 0n);
    return [...nodes].map(([key, [calls, puts]]) => `${key} ${calls} ${puts}`).sort();
  }
}

/** What a leg adds to its account's quote at a settlement price: what it gets rounded down, what it pays up. */
function settled(series, size, price, scale) {
  const strike = series & ((1n << 128n) - 1n);
  const value = series >> 192n === 1n ? strike - price : price - strike;
  const pays = value > 0n ? value : 0n;
  return size > 0n ? (size * pays) / WAD / scale : -divideUp(divideUp(-size * pays, WAD), scale);
}

/** What convertToAssets gives for shares, from a state. */
export const assetsOf = (shares, { nav, supply }, quoteScale) =>
  (shares * ((nav > 0n ? nav : 0n) / quoteScale + 1n)) / (supply + 1_000n);


