// The indexer's numbers beside the pool's views, at every block.
import assert from "node:assert/strict";
import { assetsOf, Chronicle } from "./chronicle.js";
import { call, signed, structs } from "./rpc.js";

const NAV = ["mid", "low", "high", "unearned", "cash", "base", "set_aside", "shortfall", "insurance"]
  .concat(["fees", "capacity", "rent", "premiums", "hedge_cash_flow", "hedge_cost"]);
const IN_STATE = NAV.slice(4);
const SPAN = 250;
/** A whole share. */
const SHARE = 10n ** 9n;
/** WAD. */
const HAIR = 10n ** 9n;

function close(ours, theirs, what) {
  const apart = ours > theirs ? ours - theirs : theirs - ours;
  assert.ok(apart < HAIR, `${what}: ${ours} for ${theirs}`);
}

/** Compares every block from the first to the last and says how many numbers agreed. */
export async function compare(node, indexer, first, last) {
  const chronicle = await Chronicle.read(indexer);
  const count = { blocks: 0, numbers: 0, statuses: 0 };
  const same = (ours, theirs, what) => {
    assert.deepEqual(ours, theirs, what);
    count.numbers += Array.isArray(ours) ? ours.length : 1;
  };
  for (let at = first; at <= last; at += SPAN) {
    const blocks = await node.blocks(at, Math.min(at + SPAN - 1, last));
    const told = blocks.map(({ number, time }) => chronicle.after(BigInt(number), time));
    const views = await ask(node, blocks, told);
    for (const [index, { number, time }] of blocks.entries()) {
      compareBlock(`block ${number}`, told[index], time, views[index], same, chronicle.pool.quote_scale);
      count.blocks++;
      count.statuses += Number(told[index].state.status_block) === number ? 1 : 0;
    }
  }
  return count;
}

async function ask(node, blocks, told) {
  const questions = [];
  const ends = blocks.map(({ number }, index) => {
    const views = ["nav()", "book()", "surface()", "totalSupply()"].map((view) => call(view));
    views.push(...told[index].settled.map(({ expiry }) => call("settlement(uint256)", expiry)));
    if (Number(told[index].state.status_block) === number) {
      views.push(call("risk()"), call("convertToAssets(uint256)", SHARE));
    }
    questions.push(...views.map((data) => [data, number]));
    return questions.length;
  });
  const answers = await node.ask(questions);
  return ends.map((end, index) => answers.slice(index ? ends[index - 1] : 0, end));
}

function compareBlock(where, { state, surface, book, settled }, time, views, same, quoteScale) {
  const [nav, nodes, anchors, [supply], ...rest] = views;
  const view = Object.fromEntries(NAV.map((name, index) => [name, signed(nav[index])]));
  for (const name of IN_STATE) same(state[name], view[name], `${where}: ${name}`);
  same(state.supply, supply, `${where}: supply`);
  same(surface, structs(anchors, 10).map((row) => row.map((word, at) => (at === 4 ? signed(word) : word))), `${where}: surface`);
  const unearned = surface.reduce((sum, row) => sum + row[9], 0n);
  same(unearned, view.unearned, `${where}: unearned`);
  const theirs = structs(nodes, 11).map((row) => `${row[0]} ${row[1]} ${signed(row[2])} ${signed(row[3])}`);
  same(book, theirs.sort(), `${where}: book`);
  for (const { expiry, words } of settled) same(words, rest.shift(), `${where}: settlement of ${expiry}`);
  if (rest.length === 0) return;

  // Where the pool said where it stands: value, greeks, and the share's price.
  const [risk, [assets]] = rest;
  // The event adds the hedge's value in integers, the view in the engine's own numbers: less than a billionth of a quote apart.
  close(state.nav, view.mid, `${where}: net asset value`);
  close(state.net_delta, signed(risk[0]), `${where}: net delta`);
  same(state.hedge_position, signed(risk[4]), `${where}: hedge`);
  same(assetsOf(SHARE, state, quoteScale), assets, `${where}: share price`);
}
