// What the page says and does where not all is well: no node, another chain, no wallet or one that declines, nothing to trade with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WAD } from "@smirk/client";
import { onChain } from "./chain.js";
import { barriers, eventually, openPage, rpc, serveFiles, startDevnet, useStage, wallet } from "./stage.js";
import { alerts, amount, arrive, go, margin, openMargin, order, payIn, price, ticket } from "./views.js";

const stage = useStage();
const { inPage, open } = stage;
const injected = (index) => () => ({ scripts: [{ ...wallet, argument: { url: stage.devnet.url, account: stage.devnet.book.accounts[index].address } }] });

// Runs on a copy of the chain's state, which is thrown away.
async function aside(run) {
  const snapshot = await rpc(stage.devnet.url, "evm_snapshot");
  try {
    await run(onChain(stage.devnet));
  } finally {
    await rpc(stage.devnet.url, "evm_revert", snapshot);
  }
}

inPage("a wallet that is locked, that declines to connect and to switch, and then does", injected(3), async (page) => {
  await open(page, "trade");
  await page.getByRole("button", { name: "Connect wallet" }).click();
  const dialog = page.getByRole("dialog");
  await page.evaluate(() => (window.walletIsLocked = true));
  await dialog.getByRole("button", { name: "Test Wallet" }).click();
  await dialog.getByRole("alert").getByText("Test Wallet gave no account; unlock it and try again.").waitFor();
  await page.evaluate(() => ([window.walletIsLocked, window.walletDeclines] = [false, true]));
  await dialog.getByRole("button", { name: "Test Wallet" }).click();
  await dialog.getByRole("alert").getByText("The wallet declined the request.").waitFor();
  await page.evaluate(() => (window.walletDeclines = false));
  await dialog.getByRole("button", { name: "Test Wallet" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.evaluate(() => (window.walletDeclines = true));
  await page.getByRole("button", { name: "Switch to Devnet" }).click();
  await page.getByRole("alert").getByText("The wallet declined the request.").waitFor();
  assert.equal((await page.evaluate(() => window.walletCalls)).includes("wallet_addEthereumChain"), false, "a no is not asked about again");
  await page.evaluate(() => (window.walletDeclines = false));
  await page.getByRole("button", { name: "Switch to Devnet" }).click();
  await page.getByText("The wallet declined the request.").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Switch to Devnet" }).waitFor({ state: "detached" });
});

inPage("a paused pool says so, buys nothing and sells", { wallet: "development 5" }, async (page) => {
  await aside(async ({ role, buy }) => {
    await buy(stage.devnet.book.accounts[5], { put: false, expiry: BigInt(stage.devnet.book.expiries[1]), strike: 2500n * WAD }, WAD);
    await role("guardian", "pause");
    await open(page, "trade");
    const sentence = "The pool is paused: nothing opens, but sales, claims and withdrawals go on.";
    await page.getByText(sentence).first().waitFor();
    await page.getByRole("button", { name: sentence }).first().click();
    await alerts(page).getByText(sentence).waitFor();
    await price(page, "Sell", "2500 Call").click();
    await ticket(page).getByRole("button", { name: /^Sell for [\d.,]+ USD$/ }).click();
    await ticket(page).getByText(/^Sold 1 .* 2500 Call, in block \d+\.$/).waitFor();
  });
});

inPage("a pool without liquidity: every view stands, and orders are refused in a sentence", { wallet: "development 5" }, async (page) => {
  await aside(async ({ redeemAll, read }) => {
    for (const who of [...Object.values(stage.devnet.book.roles), ...stage.devnet.book.accounts]) {
      if ((await read("balanceOf", who.address)) > 0n) await redeemAll(who);
    }
    for (const view of ["provide", "positions", "pool", "trade"]) {
      await open(page, view);
      await arrive(page, view);
      const text = await page.locator("main").innerText();
      assert.doesNotMatch(text, /NaN|Infinity|undefined/, view);
    }
    await page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "2,500" }) }).locator(".price button").nth(1).click();
    await alerts(page).getByText(/^The pool has next to no capacity for a large move/).waitFor();
    await page.getByText("Next to nothing is deposited: nothing opens until somebody provides.").waitFor();
  });
});

inPage("without a wallet in the browser it says what is needed", {}, async (page) => {
  const { accounts, roles, ...plain } = stage.devnet.book;
  const files = await serveFiles({ "/config.json": JSON.stringify(plain) });
  try {
    await page.goto(`${files.url}/index.html`);
    await price(page, "Buy", "2500 Call").click();
    await ticket(page).getByRole("button", { name: "Connect a wallet" }).click();
    await page.getByRole("dialog").getByText("No wallet announces itself in this browser. Install one (it has to support EIP-6963) and reload.").waitFor();
    await page.keyboard.press("Escape");
    await go(page, "Positions");
    await page.getByText("Connect a wallet to see what it holds.").waitFor();
  } finally {
    files.stop();
  }
});

inPage("an address without a pool, and a node of another chain", {}, async (page) => {
  const { book } = stage.devnet;
  const files = await serveFiles({
    "/nowhere.json": JSON.stringify({ ...book, contracts: { ...book.contracts, pool: book.accounts[0].address } }),
    "/other.json": JSON.stringify({ ...book, chainId: 1 }),
  });
  try {
    await page.goto(`${files.url}/index.html?config=nowhere.json`);
    await page.getByRole("alert").getByText(`Nothing answers at ${book.accounts[0].address}: on this chain there is no pool there.`).waitFor();
    await page.goto(`${files.url}/index.html?config=other.json`);
    await page.getByRole("alert").getByText(`The node is on chain ${book.chainId}, the configuration on 1.`).waitFor();
  } finally {
    files.stop();
  }
});

test("a chain that was started anew is read anew, and nothing of the old one is left", async () => {
  let devnet = await startDevnet();
  const port = new URL(devnet.url).port;
  const { page, close } = await openPage(stage.browser, { wallet: "development 5" });
  try {
    const series = { put: false, expiry: BigInt(devnet.book.expiries[1]), strike: 2500n * WAD };
    await onChain(devnet).buy(devnet.book.accounts[5], series, WAD);
    await page.goto(`${devnet.url}/#/positions`);
    await page.getByRole("listitem").filter({ hasText: "2500 Call" }).first().waitFor();
    await page.getByText(/bought 1 option of ETH .* 2500 Call/).waitFor();
    await rpc(devnet.url, "hardhat_mine", "0x40");
    const block = Number(await rpc(devnet.url, "eth_blockNumber"));
    await page.getByText(`block ${block}`).waitFor();
    await devnet.stop();
    await page.getByRole("alert").getByText(/^What is shown is not current: /).waitFor();
    await page.route("**/*", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
    devnet = await startDevnet({ port, timestamp: "1796162401" });
    // Longer than the old one was: what was read of that one is not behind its end.
    await rpc(devnet.url, "hardhat_mine", "0x80");
    await page.unrouteAll();
    await page.getByText("No positions.").waitFor();
    await page.getByText(/bought 1 option/).first().waitFor({ state: "detached" });
    await page.getByRole("alert").first().waitFor({ state: "detached" });
  } finally {
    await close();
    await devnet.stop();
  }
});

inPage("a word's explanation opens by the keyboard, and dialogs are as readable as views", { wallet: "development 6" }, async (page) => {
  await aside(async ({ buy }) => {
    await buy(stage.devnet.book.accounts[6], { put: false, expiry: BigInt(stage.devnet.book.expiries[1]), strike: 2500n * WAD }, 2n * WAD);
    await open(page, "trade");
    await price(page, "Buy", "2500 Call").click();
    const word = ticket(page).getByRole("button", { name: "Surcharge" });
    await word.focus();
    await page.keyboard.press("Enter");
    const text = page.getByText("What the hedge venue's price and the cost of hedging there add.");
    await text.waitFor();
    const [there, here] = [await word.boundingBox(), await text.boundingBox()];
    assert.ok(Math.abs(here.y - there.y) < 120 && here.x >= 0 && here.x + here.width <= 1440, "beside its word");
    await page.keyboard.press("Escape");
    await text.waitFor({ state: "hidden" });
    await go(page, "Positions");
    await openMargin(page);
    for (const [what, shows] of [
      ["Close", () => page.getByRole("dialog").getByRole("button", { name: /^Sell for/ })],
      ["Roll", () => page.getByRole("dialog").getByRole("button", { name: /^Trade and/ })],
      ["To the account", () => page.getByRole("dialog").getByLabel("Options")],
    ]) {
      await page.getByRole("listitem").getByRole("button", { name: what }).first().click();
      await shows().waitFor();
      assert.deepEqual(await barriers(page, what), []);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
    }
  });
});

// Words that charts draw, by where they begin: those of an upright axis end at the same place.
const words = {
  run: () => {
    const draw = CanvasRenderingContext2D.prototype.fillText;
    window.drawn = [];
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
      window.drawn.push({ canvas: this.canvas, text, x, y, align: this.textAlign });
      return draw.call(this, text, x, y);
    };
  },
};
inPage("a share that has hardly moved is a line between numbers, and the arrow keys read it", () => ({ scripts: [words] }), async (page) => {
  await aside(async ({ buy }) => {
    const expiry = BigInt(stage.devnet.book.expiries[1]);
    for (const strike of [2500n, 2600n]) await buy(stage.devnet.book.accounts[7], { put: false, expiry, strike: strike * WAD }, WAD / 10n);
    await open(page, "provide");
    const plot = page.getByRole("img", { name: /^Share price since / });
    await plot.waitFor();
    const canvas = await plot.locator("canvas").elementHandle();
    await page.waitForFunction((canvas) => new Set(window.drawn.filter((word) => word.canvas === canvas && /^[\d.,]+$/.test(word.text)).map(({ text }) => text)).size > 1, canvas);
    const chart = page.locator(".chart", { has: plot });
    await chart.focus();
    await page.keyboard.press("Home");
    const first = await chart.locator(".caption").innerText();
    assert.match(first, /^Share price, USD:\s+[\d.]+\s+Redeemed(:\s+[\d.]+)?\s+Minted(:\s+[\d.]+)?\s+at /);
    await page.keyboard.press("End");
    const last = await chart.locator(".caption").innerText();
    assert.match(last, /^Share price, USD:\s+[\d.]+\s+Redeemed(:\s+[\d.]+)?\s+Minted(:\s+[\d.]+)?\s+at /);
    assert.notEqual(last.split("at ").at(-1), first.split("at ").at(-1));
    await page.keyboard.press("Tab");
    assert.doesNotMatch(await chart.locator(".caption").innerText(), / at /);
  });
});
inPage("axes tell their lines apart, however little a pool has moved", () => ({ scripts: [words] }), async (page) => {
  await aside(async ({ now, travel, round, post, buy }) => {
    const begun = await now();
    for (let passed = 1; passed <= 3; passed += 1) {
      await travel(begun + BigInt(passed) * 1_500n);
      await round(2_500);
      await post();
      await buy(stage.devnet.book.accounts[7], { put: false, expiry: BigInt(stage.devnet.book.expiries[1]), strike: 2500n * WAD }, WAD);
    }
    await open(page, "provide");
    await page.getByRole("img", { name: /^Share price since / }).waitFor();
    const axesNow = () => page.evaluate(() => {
      const charts = new Map();
      for (const { canvas, text, align, x, y } of window.drawn) {
        if (!document.contains(canvas) || text === "") continue;
        const axis = `${align}`;
        const known = charts.get(canvas) ?? {};
        (known[axis] ??= new Map()).set(`${Math.round(x)} ${Math.round(y)}`, text);
        charts.set(canvas, known);
      }
      return [...charts.values()].map((known) => Object.values(known).map((axis) => [...axis.values()]));
    });
    // Charts are drawn one after the other, and again when the page has its last size.
    await eventually(async () => {
      const axes = await axesNow();
      assert.ok(axes.length >= 2 && axes.every((chart) => chart.length >= 2), JSON.stringify(axes));
      for (const axis of axes.flat()) assert.ok(axis.length > 1 && new Set(axis).size === axis.length, axis.join(" | "));
    });

    // The posts are told of where they are asked for: there are more of them than of everything else.
    await go(page, "Pool");
    await page.getByText(/bought 1 option of ETH .* 2500 Call/).first().waitFor();
    const posts = page.getByText(/^Volatilities of .* posted: .* at the money$/);
    assert.equal(await posts.count(), 0);
    await page.getByLabel("Posted volatilities too").check();
    await posts.first().waitFor();
  });
});

/** Whether what an element holds is cut off or stands over its edge. */
const overflows = (element) => element.scrollWidth > element.clientWidth;

inPage("a wallet on another chain finds the way to this one on a telephone", () => ({ width: 390, height: 844, ...injected(3)() }), async (page) => {
  await open(page, "trade");
  await page.getByRole("button", { name: /^Connect/ }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  const change = page.getByRole("button", { name: "Switch to Devnet" });
  await change.waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  assert.ok((await change.boundingBox()).height < 45, "on one line");
  assert.deepEqual(await barriers(page, "another chain"), []);
});

inPage("a table that is wider than a telephone keeps its first column in view", { width: 390, height: 844 }, async (page) => {
  await open(page, "pool");
  const rows = page.getByRole("region", { name: "Surface", exact: true });
  const first = rows.getByRole("cell", { name: /^\d+ \w+ \d{4}$/ }).first();
  const last = rows.getByRole("columnheader").last();
  await first.waitFor();
  await last.scrollIntoViewIfNeeded();
  assert.ok((await last.boundingBox()).x < 390, "it scrolled");
  assert.ok((await first.boundingBox()).x > 0, "and the expiry is still there");
});

inPage("the development chain's accounts fit their dialog", { wallet: "development 1" }, async (page) => {
  await open(page, "trade");
  await page.getByRole("button", { name: /^Wallet:/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Account 10\b/ }).waitFor();
  assert.equal(await dialog.evaluate(overflows), false);
});

inPage("what a written call may cost is said without a unit, and the word at spot stands above the lines", () => ({ wallet: "development 5", scripts: [words] }), async (page) => {
  await open(page, "trade");
  await price(page, "Sell", "2500 Call").click();
  await ticket(page).getByText(/^At expiry at best \+[\d.,]+ USD, at worst without limit\.$/).waitFor();
  const spot = await page.evaluate(() => window.drawn.findLast(({ text }) => text === "spot").y);
  const lines = await ticket(page).locator(".u-over").evaluate((over) => over.offsetTop);
  assert.ok(spot > 0 && spot < lines, `${spot} ${lines}`);
});

inPage("a long size keeps to its place in a position's row", { wallet: "development 5" }, async (page) => {
  await aside(async ({ buy }) => {
    await buy(stage.devnet.book.accounts[5], { put: false, expiry: BigInt(stage.devnet.book.expiries[1]), strike: 2500n * WAD }, 123_456_789n * 10n ** 12n);
    await open(page, "positions");
    const card = page.getByRole("listitem").filter({ hasText: "2500 Call" }).first();
    await card.getByText("123.456789").waitFor();
    for (const width of [1440, 1300, 1100, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await card.locator("dl > div").evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.innerText));
      assert.deepEqual(wide, [], `${width}`);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `wider than ${width}`);
    }
  });
});

// Points of lines, in the canvas that they are drawn in.
const strokes = {
  run: () => {
    window.lowest = 0;
    const lineTo = Path2D.prototype.lineTo;
    Path2D.prototype.lineTo = function (x, y) {
      window.lowest = Math.max(window.lowest, y);
      return lineTo.call(this, x, y);
    };
  },
};
inPage("what happens within one second is within the chart", () => ({ wallet: "development 6", scripts: [strokes] }), async (page) => {
  await aside(async ({ buy, client, now, travel }) => {
    const account = stage.devnet.book.accounts[6];
    const series = (strike) => ({ put: false, expiry: BigInt(stage.devnet.book.expiries[1]), strike: strike * WAD });
    await buy(account, series(2500n), WAD / 10n);
    const time = (await now()) + 60n;
    await travel(time);
    for (const strike of [2500n, 2600n, 2700n]) {
      await rpc(stage.devnet.url, "evm_setNextBlockTimestamp", Number(time));
      await buy(account, series(strike), 20n * WAD);
    }
    assert.equal(await now(), time, "all in one second");
    assert.ok((await client.getBlockNumber()) > 3n);
    await open(page, "positions");
    const chart = page.getByRole("region", { name: "Profit over time" });
    const plot = chart.getByRole("img", { name: /^Profit of the wallet/ });
    await plot.waitFor();
    const lost = amount(await chart.locator("b.loss").first().innerText());
    // What is told of the last point is what stands beside the heading, and the line goes there.
    const group = chart.locator(".chart");
    await group.focus();
    await page.keyboard.press("End");
    assert.ok(Math.abs(amount(/Profit:\s+(\S+)/.exec(await group.innerText())[1]) - lost) < 0.01 * Math.abs(lost));
    const bottom = await plot.locator(".u-over").evaluate((over) => over.offsetTop + over.offsetHeight);
    assert.ok((await page.evaluate(() => window.lowest)) <= bottom + 1, `drawn to ${await page.evaluate(() => window.lowest)} of ${bottom}`);
  });
});

inPage("an account below what it needs is told so, with what is to be paid in", { wallet: "development 8" }, async (page) => {
  await aside(async ({ round }) => {
    await open(page, "positions");
    await payIn(page, "2300");
    await order(page, "Sell", "2500 Call", "5", "account");
    await round(2_850);
    await go(page, "Positions");
    await openMargin(page);
    const warning = margin(page).getByRole("alert").getByText(/^The account is worth less than it needs to stay: others may close a part of it now, for a reward out of it\. Pay in [\d,.]+ USD or more, or close legs\.$/);
    await warning.waitFor();
    const lacks = amount(/Pay in ([\d,.]+) USD/.exec(await warning.innerText())[1]);
    await payIn(page, String(lacks + 5));
    await warning.waitFor({ state: "detached" });
  });
});

inPage("volatilities and a price that are too old: the reason beside the prices, and only what is old", { wallet: "development 5" }, async (page) => {
  await aside(async ({ now, travel, round }) => {
    await travel((await now()) + 22_000n);
    await round(2_500);
    await open(page, "trade");
    await page.getByRole("region", { name: "Options chain" }).locator("p").getByText(/^The volatilities of .* were posted at .*, more than 6 h ago; until the next post only sales go through\.$/).waitFor();
    await go(page, "Provide");
    await page.getByText("These values are not current: the oldest volatilities are 6 h old.").waitFor();
    // What does not go in is the wallet's none the less.
    await page.getByText(/^You have [\d,]{7,}\.\d\d$/).waitFor();
    await travel((await now()) + 7_200n);
    await page.getByText("These values are not current: the price is 2 h old and the oldest volatilities are 8 h old.").waitFor();
    await go(page, "Pool");
    await page.locator("dl", { hasText: "Hedge venue" }).getByText("not read").waitFor();
  });
});

test("what a node that went away has not said is not taken for nothing", async () => {
  const { page, close } = await openPage(stage.browser, { wallet: "development 5" });
  try {
    await open(page, "trade");
    await price(page, "Buy", "2500 Call").waitFor();
    await page.route("**/*", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
    await page.getByText(/^What is shown is not current/).waitFor();
    await go(page, "Positions");
    await page.getByText("What the wallet holds could not be read.").waitFor();
    assert.equal(await page.getByText("No positions.").count(), 0);
    await go(page, "Pool");
    for (const name of ["Smiles", "Hedges", "Settlements", "Margin accounts", "Activity"]) {
      await page.locator("section", { has: page.getByRole("heading", { name, exact: true }) }).getByRole("alert").getByText("The node does not answer; trying again may help.").waitFor();
    }
    assert.doesNotMatch(await page.locator("main").innerText(), /No expiry has been settled|Reading…|Nothing has/);
  } finally {
    await close();
  }
});
