// The indexer's numbers beside the pool's views, at every block.
import assert from "node:assert/strict";
import { assetsOf, Chronicle } from "./chronicle.js";
import { accountView } from "./margin.js";
import { call, signed, structs } from "./rpc.js";

const NAV = ["mid", "low", "high", "unearned", "cash", "base", "set_aside", "shortfall", "insurance"]
  .concat(["fees", "capacity", "rent", "premiums", "hedge_cash_flow", "hedge_cost"])
  .concat(["owed", "supplied", "interest_owed", "interest_earned"]);
const IN_STATE = NAV.slice(4, 15);
const SPAN = 250;
/** A whole share. */
const SHARE = 10n ** 9n;
const WAD = 10n ** 18n;
/** Of value and delta, WAD: less than a billionth. */
const HAIR = 10n ** 9n;

/** Of an account's value and requirements: less than a millionth of the quote currency. */
const PENNY = 10n ** 12n;

const distance = (a, b) => (a > b ? a - b : b - a);

function close(ours, theirs, what) {
  assert.ok(distance(ours, theirs) < HAIR, `${what}: ${ours} for ${theirs}`);
}

/** Compares every block from the first to the last and says how many numbers agreed. */
export async function compare(node, indexer, first, last) {
  const chronicle = await Chronicle.read(indexer);
  const count = { blocks: 0, numbers: 0, statuses: 0, worths: 0, margins: 0, liquidations: 0, debts: 0 };
  const same = (ours, theirs, what) => {
    assert.deepEqual(ours, theirs, what);
    count.numbers += Array.isArray(ours) ? ours.length : 1;
  };
  for (let at = first; at <= last; at += SPAN) {
    const blocks = await node.blocks(at, Math.min(at + SPAN - 1, last));
    const told = blocks.map(({ number, time }) => chronicle.after(BigInt(number), time));
    const views = await ask(node, blocks, told);
    for (const [index, { number, time }] of blocks.entries()) {
      const { accounts, debts, liquidations, state } = told[index];
      const ends = views[index].length - accounts.length;
      compareBlock(`block ${number}`, told[index], time, views[index].slice(0, ends), same, chronicle.pool);
      for (const [place, account] of accounts.entries()) {
        const view = accountView(views[index][ends + place]);
        const where = `block ${number}: account ${account.address}`;
        count.margins += compareAccount(where, account, number, state, view, same);
        const own = (list) => list.filter((row) => row.account === account.address && Number(row.block) === number);
        count.liquidations += compareLiquidations(where, own(liquidations), own(debts), view, chronicle.pool, same);
        count.debts += own(debts).length;
      }
      count.blocks++;
      count.worths += told[index].worth ? 1 : 0;
      count.statuses += Number(told[index].state.status_block) === number ? 1 : 0;
    }
  }
  return count;
}

async function ask(node, blocks, told) {
  const questions = [];
  const ends = blocks.map(({ number }, index) => {
    const views = ["nav()", "book()", "surface()", "totalSupply()", "accounts()"].map((view) => call(view));
    views.push(...told[index].settled.map(({ expiry }) => call("settlement(uint256)", expiry)));
    if (Number(told[index].state.status_block) === number) {
      views.push(call("risk()"), call("convertToAssets(uint256)", SHARE));
    }
    views.push(...told[index].accounts.map(({ address }) => call("account(address)", address)));
    questions.push(...views.map((data) => [data, number]));
    return questions.length;
  });
  const answers = await node.ask(questions);
  return ends.map((end, index) => answers.slice(index ? ends[index - 1] : 0, end));
}

/** An account's quote and legs, and where the pool said in this block at what price, its value and what it needs. */
function compareAccount(where, { quote, legs, state }, block, pool, view, same) {
  same(quote, view.quote, `${where}: quote`);
  same(legs, view.legs, `${where}: legs`);
  if (Number(state.block) === block) same(state.quote + state.unmet, view.quote, `${where}: what is settled and not met`);
  if (Number(state.block) !== block || Number(pool.status_block) !== block) return 0;
  for (const name of ["value", "initial", "maintenance"]) {
    assert.ok(distance(state[name], view[name]) < PENNY, `${where}: ${name}: ${state[name]} for ${view[name]}`);
  }
  return 3;
}

/** What a liquidation left of an account, and what was paid for a debt of it. */
function compareLiquidations(where, liquidations, debts, view, { quote_scale }, same) {
  const covered = debts.reduce((sum, { insurance, pool }) => sum + insurance + pool, 0n);
  for (const { quote } of debts.slice(-1)) same(quote, view.quote, `${where}: debt`);
  for (const { value_after, requirement_after } of liquidations.slice(-1)) {
    same([value_after + covered * quote_scale, requirement_after], [view.value, view.maintenance], `${where}: liquidated`);
  }
  return liquidations.length;
}

/** What a call said last in a block that shares are worth, and what the pool's state has of it. */
function compareWorth(where, worth, state, view, { quote_scale }, same) {
  const sides = [view.mid, view.low, view.high];
  same([worth.mid, worth.low, worth.high, worth.supply], [...sides, view.supply], `${where}: what shares are worth`);
  same([state.nav, state.nav_low, state.nav_high, state.shares_block], [...sides, worth.block], `${where}: what the state has of it`);
  const whole = (nav) => (view.supply === 0n ? 0n : (nav * (WAD / quote_scale) * 1_000n) / view.supply);
  same([worth.price, worth.price_low, worth.price_high], sides.map(whole), `${where}: share prices`);
}

function compareBlock(where, { state, worth, loan, surface, book, settled }, time, views, same, pool) {
  const [nav, nodes, anchors, [supply], margin, ...rest] = views;
  const view = Object.fromEntries(NAV.map((name, index) => [name, signed(nav[index])]));
  // The view takes quote that the lender gave back beyond what it got for premiums.
  const beyond = state.supplied < 0n ? -state.supplied : 0n;
  const ours = { ...state, premiums: state.premiums + beyond };
  for (const name of IN_STATE) same(ours[name], view[name], `${where}: ${name}`);
  same(state.borrowed, view.owed - view.interest_owed, `${where}: borrowed`);
  same(state.supplied, view.supplied - view.interest_earned, `${where}: supplied`);
  if (where === `block ${loan.block}`) {
    same([loan.interest_owed, loan.interest_earned], [view.interest_owed, view.interest_earned], `${where}: interest`);
  }
  same(state.supply, supply, `${where}: supply`);
  if (worth) compareWorth(where, worth, state, { ...view, supply }, pool, same);
  const { pot, pot_claim, short_calls, short_puts, short_put_strikes } = state;
  // What is in doubt of debts is the chain's alone: it changes with what accounts are worth.
  same([pot, pot_claim, short_calls, short_puts, short_put_strikes], margin.slice(0, 5), `${where}: accounts`);
  same(surface, structs(anchors, 10).map((row) => row.map((word, at) => (at === 4 ? signed(word) : word))), `${where}: surface`);
  const unearned = surface.reduce((sum, row) => sum + row[9], 0n);
  same(unearned, view.unearned, `${where}: unearned`);
  const theirs = structs(nodes, 11).map((row) => `${row[0]} ${row[1]} ${signed(row[2])} ${signed(row[3])}`);
  same(book, theirs.sort(), `${where}: book`);
  for (const { expiry, words } of settled) same(words, rest.shift(), `${where}: settlement of ${expiry}`);
  if (rest.length === 0) return;

  // Where the pool said where it stands: value, greeks, and the share's price. It counts a loan at what it was worth when the
  // lender was last called, the view at what it is worth now.
  const [risk, [assets]] = rest;
  const owed = (view.owed - loan.owed) * pool.base_scale;
  const interest = (view.supplied - loan.collateral) * pool.quote_scale - (owed * state.spot) / WAD;
  const isFresh = distance(state.nav, view.mid) < HAIR;
  const [nowOwed, nowEarned] = isFresh ? [0n, 0n] : [owed, interest];
  // The event adds the hedge's value in integers, the view in the engine's own numbers.
  close(state.nav + nowEarned, view.mid, `${where}: net asset value`);
  close(state.net_delta, signed(risk[0]), `${where}: net delta`);
  close(state.hedge_position - nowOwed, signed(risk[4]), `${where}: hedge`);
  same(assetsOf(SHARE, { ...state, nav: state.nav + nowEarned }, pool.quote_scale), assets, `${where}: share price`);
}
