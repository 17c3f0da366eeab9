// The built page in a real browser against a real devnet: what a trader and a provider do, from connecting to claiming.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { WAD } from "@smirk/client";
import { onChain } from "./chain.js";
import { barriers, eventually, openPage, rpc, serveFiles, useStage, wallet } from "./stage.js";
import { alerts, amount, arrive, go, margin, openMargin, order, payIn, price, ticket } from "./views.js";

/** Compressed bytes of everything that the first view loads. */
const firstViewBar = 250_000;
/** Files of the first view, and requests to the node until there are prices: what bounds the time on any machine. */
const firstViewFiles = 14;
const firstViewRequests = 8;
/** How often it is looked at what that is here. */
const views = 3;
/** How far parts of a view may move while it loads, by browsers' own measure (below 0.1 counts as good). */
const mostShift = 0.1;
const watchShifts = () => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) window.shifts.push({ value, what: sources[0]?.node?.outerHTML?.slice(0, 80) });
  }).observe({ type: "layout-shift", buffered: true });
};
/** Where pictures for the documentation go, when they are wanted. */
const pictures = process.env.SMIRK_PICTURES;

const stage = useStage();
const { inPage, open } = stage;

async function picture(page, name, part) {
  if (!pictures) return;
  if (part) {
    await part.screenshot({ path: path.join(pictures, `${name}.png`) });
    return;
  }
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(300);
  await page.screenshot({ path: path.join(pictures, `${name}.png`) });
}

async function timeView(page) {
  const begun = performance.now();
  await open(page, "trade");
  await price(page, "Buy", "2500 Call").waitFor();
  return Math.round(performance.now() - begun);
}

inPage("the first view is small and soon there", {}, async (page) => {
  const bodies = [];
  let asked = 0;
  const onResponse = (response) => response.request().method() === "GET" && bodies.push(response.body());
  const onRequest = (request) => (asked += request.method() === "POST" ? 1 : 0);
  page.on("response", onResponse).on("request", onRequest);
  const times = [await timeView(page)];
  const rounds = asked;
  page.off("response", onResponse).off("request", onRequest);
  while (times.length < views) {
    const other = await openPage(stage.browser);
    times.push(await timeView(other.page));
    await other.close();
  }
  const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  // The time is the machine's as much as the page's: it is told, and nothing rests on it.
  console.log(`first view: ${bytes} bytes compressed in ${bodies.length} files, prices after ${rounds} requests to the node and ${times.join(", ")} ms`);
  assert.ok(bytes > 50_000 && bytes < firstViewBar, `${bytes} bytes`);
  assert.ok(bodies.length <= firstViewFiles, `${bodies.length} files`);
  assert.ok(rounds >= 2 && rounds <= firstViewRequests, `${rounds} requests`);
  // And it answers at once to what is done with it.
  await price(page, "Buy", "2500 Call").click();
  await ticket(page).getByText("ETH", { exact: false }).first().waitFor();
});

inPage("connect, buy, see it, close it", {}, async (page) => {
  await open(page, "trade");
  await page.getByRole("button", { name: "Connect wallet" }).click();
  await page.getByRole("button", { name: /^Account 1\b/ }).click();
  await price(page, "Buy", "2625 Call").click();
  await ticket(page).getByLabel("Pay by").selectOption("approval");
  const buy = ticket(page).getByRole("button", { name: /^Buy for [\d.,]+ USD$/ });
  await buy.waitFor();
  await ticket(page).getByText(/^At expiry at best without limit, at worst −[\d.,]+ USD\.$/).waitFor();
  assert.match(await ticket(page).innerText(), /Premium[\s\S]*Spread[\s\S]*Surcharge[\s\S]*Capacity[\s\S]*Rent[\s\S]*You pay/);
  const paid = amount(await buy.innerText());
  await buy.click();
  await ticket(page).getByText(/^Bought 1 ETH \d{4}-\d{2}-\d{2} 2625 Call, in block \d+\.$/).waitFor();

  // The chain shows the open interest of the new block without a reload.
  const row = page.getByRole("row").filter({ hasText: "2,625" });
  await page.waitForFunction((element) => element.cells[0].innerText === "1", await row.elementHandle());

  await go(page, "Positions");
  const card = page.getByRole("listitem").filter({ hasText: "2625 Call" }).first();
  await card.getByText("Cost").waitFor();
  const values = Object.fromEntries(await card.locator("dl > div").evaluateAll((all) => all.map((each) => [each.querySelector("dt").innerText, each.querySelector("dd").innerText])));
  assert.equal(amount(values.Cost), paid);
  assert.ok(amount(values.Value) > 0.85 * paid && amount(values.Value) < paid, values.Value);
  assert.ok(amount(values.Delta) > 0.3 && amount(values["Theta, per day"]) < 0, JSON.stringify(values));

  await card.getByRole("button", { name: "Close" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Sell for [\d.,]+ USD$/ }).click();
  await page.getByText("No positions.").waitFor();
  await page.getByRole("heading", { name: "Closed" }).waitFor();
  await page.getByText(/sold 1 option of ETH .* 2625 Call/).waitFor();
});

inPage("a strangle by permit: two legs, one order", { wallet: "development 1" }, async (page) => {
  await open(page, "trade");
  await page.getByLabel("Several legs").check();
  await page.getByRole("button", { name: "Strangle" }).click();
  assert.equal(await ticket(page).getByLabel("Pay by").inputValue(), "permit");
  await ticket(page).getByText(/^Breaks even at expiry at [\d,]+ and [\d,]+\.$/).waitFor();
  await ticket(page).getByText("All legs are filled as one order, or none.").waitFor();
  await ticket(page).getByRole("button", { name: /^Buy for/ }).click();
  await ticket(page).getByText(/^Bought 1 .* Call, bought 1 .* Put, in block \d+\.$/).waitFor();
  assert.equal(await rpc(stage.devnet.url, "eth_getTransactionCount", stage.devnet.book.accounts[1].address, "latest"), "0x1", "permit and both legs are one transaction");
  await go(page, "Positions");
  await page.getByRole("button", { name: "Close" }).nth(1).waitFor();
});

inPage("a spread: a long and a short leg as one order on the account, seen with its profit, closed", { wallet: "development 5" }, async (page) => {
  await open(page, "trade");
  await page.getByLabel("Several legs").check();
  const strategies = page.getByRole("group", { name: "Strategies" });
  await strategies.getByRole("button", { name: "Call spread" }).click();
  assert.equal(await ticket(page).getByLabel("Settle with").inputValue(), "account");
  await alerts(page).getByText(/^The account owes [\d.,]+ USD; pay that in first\.$/).waitFor();
  await go(page, "Positions");
  await payIn(page, "9000");
  await go(page, "Trade");
  // Each strategy that writes is quoted on the account, with its legs and what it may come to.
  const send = ticket(page).getByRole("button", { name: /^Trade and (get|pay) [\d.,]+ USD$/ });
  const sides = () => ticket(page).locator(".legs li").evaluateAll((legs) => legs.map((leg) => `${leg.querySelector("[aria-pressed=true]").innerText} ${leg.querySelector("input").value} ${leg.querySelector("b").innerText}`));
  for (const [name, legs] of [
    ["Put spread", [/^Buy 1 .* (\d+) Put$/, /^Sell 1 .* (\d+) Put$/]],
    ["Calendar", [/^Sell 1 .* (\d+) Call$/, /^Buy 1 .* (\d+) Call$/]],
    ["Butterfly", [/^Buy 1 .* (\d+) Call$/, /^Sell 2 .* (\d+) Call$/, /^Buy 1 .* (\d+) Call$/]],
    ["Iron condor", [/^Buy 1 .* (\d+) Put$/, /^Sell 1 .* (\d+) Put$/, /^Sell 1 .* (\d+) Call$/, /^Buy 1 .* (\d+) Call$/]],
    ["Call spread", [/^Buy 1 .* (\d+) Call$/, /^Sell 1 .* (\d+) Call$/]],
  ]) {
    await strategies.getByRole("button", { name }).click();
    await ticket(page).getByText(new RegExp(`^${name}: `)).waitFor();
    await send.waitFor();
    assert.equal(await send.isEnabled(), true, name);
    const found = await sides();
    assert.equal(found.length, legs.length, found.join());
    const strikes = legs.map((pattern, index) => Number(pattern.exec(found[index])?.[1] ?? assert.fail(`${name}: ${found[index]}`)));
    const isRising = strikes.every((strike, index) => index === 0 || strike > strikes[index - 1]);
    if (name === "Calendar") assert.equal(new Set(found.map((leg) => /\d{4}-\d{2}-\d{2}/.exec(leg)[0])).size, 2, "two expiries");
    else assert.equal(isRising, name !== "Put spread", `${name} ${strikes}`);
  }
  const [long, short] = (await sides()).map((leg) => /\d+ Call$/.exec(leg)[0]);
  // A spread of one option loses what it costs and gains the rest of what its strikes are apart.
  // Both of one price: the next block may bring another.
  const [, best, worst, paid] = await eventually(async () => /At expiry at best \+([\d,.]+), at worst −([\d,.]+) USD\.[^]*Trade and (?:get|pay) ([\d.,]+) USD/.exec(await ticket(page).innerText()) ?? assert.fail("no price"));
  assert.ok(Math.abs(amount(best) + amount(worst) - (parseInt(short) - parseInt(long))) < 0.011, `${best} ${worst} ${long} ${short}`);
  assert.ok(Math.abs(amount(worst) - amount(paid)) < 0.006, `${worst} ${paid}`);
  await picture(page, "spread-1440", ticket(page));
  await send.click();
  await ticket(page).getByText(/^Bought 1 .* Call, sold 1 .* Call on the account, in block \d+\.$/).waitFor();

  await go(page, "Positions");
  const leg = (name) => margin(page).locator(".leg", { hasText: name });
  await leg(long).getByText("long 1", { exact: true }).waitFor();
  await leg(short).getByText("short 1", { exact: true }).waitFor();
  const over = page.getByRole("region", { name: "Profit over time" });
  await over.getByRole("img", { name: /^Profit of the wallet and its margin account over time: / }).waitFor();
  const history = page.locator("section", { has: page.getByRole("heading", { name: "History" }) }).getByRole("listitem");
  await eventually(async () => {
    const told = await history.first().innerText();
    assert.ok(/traded 2 legs at once/.test(told) && told.includes(`${long} as a leg`) && told.includes(`${short} as a leg`), `one transaction is told as one: ${told}`);
  });
  await eventually(async () => {
    const open = amount(await over.locator("b.loss, b.gain").first().innerText({ timeout: 1_000 }));
    assert.ok(open < 0 && open > -40, `at the marks it has cost its charges: ${open}`);
  });
  await margin(page).getByRole("button", { name: "Close all 2 together" }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^Trade and (get|pay) [\d.,]+ USD$/ }).click();
  await leg(long).waitFor({ state: "detached" });
  await margin(page).locator(".leg").first().waitFor({ state: "detached" });
  // What is left in the account is what was paid in and the profit, to the cent.
  await eventually(async () => {
    const quote = amount(await margin(page).locator(".stats dd").first().innerText({ timeout: 1_000 }));
    const profit = amount(await over.locator("b.loss, b.gain").first().innerText({ timeout: 1_000 }));
    assert.ok(Math.abs(quote - 9_000 - profit) < 0.011, `${quote} ${profit}`);
  });
});

inPage("refusals are sentences, before anything is sent", { wallet: "development 2" }, async (page) => {
  await open(page, "trade");
  await price(page, "Buy", "2500 Call").click();
  const size = ticket(page).getByLabel(/^Size of/);
  const button = ticket(page).getByRole("button", { name: /^(Buy|Sell)( for.*)?$/ }).last();
  for (const [text, sentence] of [
    ["0.001", "0.001 options is below the least size of 0.01."],
    ["abc", '"abc" is not a size.'],
    ["0,5", '"0,5" is not a size.'],
    ["0.00000001", "Sizes have at most six decimal places."],
    ["5000", /try a smaller size|needs up to/],
  ]) {
    await size.fill(text);
    await alerts(page).getByText(sentence).first().waitFor();
    assert.equal(await button.isDisabled(), true, text);
  }
  await size.fill("1");
  await ticket(page).getByRole("button", { name: "Sell", exact: true }).first().click();
  await alerts(page).getByText(/^You hold 0 options of ETH .* 2500 Call and can't sell 1 option/).waitFor();
  await ticket(page).getByRole("button", { name: "Buy", exact: true }).first().click();
  await ticket(page).getByLabel("Slippage, %").fill("-1");
  await alerts(page).getByText("Slippage has to be a number from 0 to 50.").waitFor();
  await ticket(page).getByLabel("Slippage, %").fill("0.5");
  await page.getByLabel("Size that prices are for").fill("2,5");
  await page.getByRole("region", { name: "Options chain" }).getByRole("alert").getByText('"2,5" is not a size. Prices are for one option.').waitFor();
  await page.getByLabel("Size that prices are for").fill("1");
  // One leg more than an order may have.
  await page.getByLabel("Several legs").check();
  const asks = page.getByRole("button", { name: /^Buy ETH \d{4}-\d{2}-\d{2} \d+ Put at/ });
  for (let index = 0; index < 8; index += 1) await asks.nth(index).click();
  await alerts(page).getByText("An order has from one to 8 legs, not 9.").waitFor();
  assert.equal(await button.isDisabled(), true);

  await go(page, "Provide");
  const form = page.getByRole("complementary", { name: "Deposit or withdraw" });
  for (const [text, sentence] of [
    ["abc", /"abc" is not a number/],
    ["2,5", '"2,5" is not a number; decimals come after a point'],
    ["0", "The amount has to be above zero."],
    ["0.0000001", /has more than 6 decimal places/],
    ["2000000", /^You have [\d,]+ USD and can't put in 2,000,000 USD\.$/],
  ]) {
    await form.getByLabel(/^Amount/).fill(text);
    await form.getByRole("alert").getByText(sentence).waitFor();
    assert.equal(await form.getByRole("button", { name: "Deposit" }).last().isDisabled(), true, text);
  }
  await form.getByRole("button", { name: "Withdraw" }).first().click();
  await form.getByLabel(/^Amount/).fill("1");
  await form.getByRole("alert").getByText(/^1 USD is more than the 0 USD that you can take out now\.$/).waitFor();
  assert.equal(await rpc(stage.devnet.url, "eth_getTransactionCount", stage.devnet.book.accounts[2].address, "latest"), "0x0");
});

inPage("what the pool's state refuses is said beforehand, in its own words", { wallet: "development 2" }, async (page) => {
  const { now: timeNow, role, round, travel, post, balanceOf, pay } = onChain(stage.devnet);
  const now = await timeNow();
  const near = BigInt(stage.devnet.book.expiries[0]);
  const account = stage.devnet.book.accounts[2];
  const balance = await balanceOf(account.address);

  await open(page, "trade");
  await page.getByRole("group", { name: "Expiry" }).getByRole("button").first().click();
  await price(page, "Buy", "2500 Call").click();
  const buy = ticket(page).getByRole("button", { name: /^Buy( for.*)?$/ }).last();
  // What is asked for the first time may be asked in a block that the page has not seen, and would not miss.
  await ticket(page).locator("button:enabled", { hasText: /^Buy for/ }).waitFor();
  for (const [what, happens, sentence] of [
    ["paused", () => role("guardian", "pause"), "The pool is paused: nothing opens, but sales, claims and withdrawals go on."],
    ["no funds", () => pay(account, stage.devnet.book.accounts[3].address, balance), /^The order needs up to [\d.,]+ USD and you have 0 USD\.$/],
    ["venue elsewhere", () => round(2_580), /^The hedge venue's price of [\d.,]+ USD passes 2,567\.10 USD, the furthest that the hedge trades with the feed at 2,580 USD; try a smaller size or wait\.$/],
    ["spot has moved away", () => round(2_900), /^Spot is 2,900 USD and was 2,500 USD when volatilities were posted, more than [\d.,]+ USD away; nothing opens until the next post\.$/],
    ["volatilities too old", async () => (await travel(now + 22_000n), await round(2_500)), /^The volatilities of .* were posted at .*, more than 6 h ago; until the next post only sales go through\.$/],
    ["too near the expiry", async () => (await travel(near - 1_800n), await round(2_500), await post()), /^Nothing opens in the last 1 h before expiry; only \d+ min.* are left\.$/],
  ]) {
    const snapshot = await rpc(stage.devnet.url, "evm_snapshot");
    try {
      await happens();
      await alerts(page).getByText(sentence).first().waitFor().catch(async () => assert.fail(`${what}: ${await ticket(page).innerText()}`));
      assert.equal(await buy.isDisabled(), true, what);
    } finally {
      await rpc(stage.devnet.url, "evm_revert", snapshot);
    }
    // The next thing happens in a block of the same number: the page has to have seen that this one is gone.
    await ticket(page).locator("button:enabled", { hasText: /^Buy for/ }).waitFor().catch(async () => assert.fail(`after ${what}: ${await ticket(page).innerText()}`));
  }
  assert.equal(await rpc(stage.devnet.url, "eth_getTransactionCount", account.address, "latest"), "0x0");
});

inPage("what is sent is what is written, not what was quoted before", { wallet: "development 2" }, async (page) => {
  await open(page, "trade");
  await price(page, "Buy", "2500 Call").click();
  const size = ticket(page).getByLabel(/^Size of/);
  const buy = ticket(page).getByRole("button", { name: /^Buy for/ });
  await buy.waitFor();
  // From here on the node does not answer until it may: there is a price of the old size, and none of the new one.
  let answer;
  const answers = new Promise((resolve) => (answer = resolve));
  await page.route("**/*", async (route) => {
    if (route.request().method() === "POST") await answers;
    await route.continue();
  });
  await size.fill("3");
  assert.equal(await buy.count(), 0, "no price of the size before");
  assert.equal(await ticket(page).getByRole("button", { name: /Asking for a price/ }).isDisabled(), true);
  answer();
  await buy.waitFor();
  await page.unrouteAll({ behavior: "wait" });
});

inPage("a wallet of the browser: other chain, switch, a no, an order by approval, one by permit, one through Permit2", () => ({ scripts: [{ ...wallet, argument: { url: stage.devnet.url, account: stage.devnet.book.accounts[3].address } }] }), async (page) => {
  await open(page, "trade");
  await page.getByRole("button", { name: "Connect wallet" }).click();
  await page.getByRole("button", { name: "Test Wallet" }).click();
  await price(page, "Buy", "2500 Put").click();
  await ticket(page).getByText("The wallet is on chain 1; switch it to Devnet at the top.").waitFor();
  await page.getByRole("button", { name: "Switch to Devnet" }).click();
  const buy = ticket(page).getByRole("button", { name: /^Buy for/ });
  await ticket(page).getByLabel("Pay by").selectOption("approval");
  await page.evaluate(() => (window.walletDeclines = true));
  await buy.click();
  await ticket(page).getByText("The wallet declined the request.").waitFor();
  await page.evaluate(() => (window.walletDeclines = false));
  await buy.click();
  await ticket(page).getByText(/^Bought 1 .* 2500 Put, in block/).waitFor();
  const calls = await page.evaluate(() => window.walletCalls);
  assert.equal(calls.filter((method) => method === "eth_sendTransaction").length, 3, calls.join(" "));
  await ticket(page).getByLabel("Pay by").selectOption("permit");
  await ticket(page).getByLabel(/^Size of/).fill("2");
  await ticket(page).getByRole("button", { name: /^Buy for [34]\d\d\.\d\d USD$/ }).click();
  await ticket(page).getByText(/^Bought 2 .* 2500 Put, in block/).waitFor();
  assert.ok((await page.evaluate(() => window.walletCalls)).includes("eth_signTypedData_v4"));
  // Permit2 is approved first, once.
  const sent = async () => (await page.evaluate(() => window.walletCalls)).filter((method) => method === "eth_sendTransaction").length;
  const before = await sent();
  await ticket(page).getByLabel("Pay by").selectOption("permit2");
  for (const [size, transactions] of [["3", 2], ["4", 3]]) {
    await ticket(page).getByLabel(/^Size of/).fill(size);
    await ticket(page).getByRole("button", { name: /^Buy for [\d,]+\.\d\d USD$/ }).click();
    await ticket(page).getByText(new RegExp(`^Bought ${size} .* 2500 Put, in block`)).waitFor();
    assert.equal(await sent(), before + transactions);
  }
  await page.reload();
  await page.getByRole("button", { name: /^Wallet: Test Wallet/ }).waitFor();
});

inPage("a margin account: refused without margin, pays in, writes a call, buys it back, takes the rest out", { wallet: "development 8" }, async (page) => {
  await open(page, "trade");
  await ticket(page).waitFor();
  await price(page, "Sell", "3000 Call").click();
  await alerts(page).getByText(/^You hold 0 options of/).waitFor();
  await ticket(page).getByRole("button", { name: "Write it on the margin account instead" }).click();
  await alerts(page).getByText(/^The account would be worth .* and needs [\d.,]+ USD; pay in more or open less\.$/).waitFor();
  await ticket(page).getByText("and needs to open").waitFor();
  await ticket(page).getByRole("link", { name: "Positions" }).click();
  await openMargin(page);
  const amountField = margin(page).getByLabel(/^Margin, /);
  await amountField.fill("99999999");
  await margin(page).getByText(/^You have [\d,.]+ USD and can't pay in 99,999,999 USD\.$/).waitFor();
  assert.equal(await margin(page).getByRole("button", { name: "Pay in margin" }).isDisabled(), true);
  await payIn(page, "2000");
  await go(page, "Trade");
  await ticket(page).getByRole("button", { name: /^Sell for [\d.,]+ USD$/ }).click();
  await ticket(page).getByText(/^Sold 1 .* 3000 Call on the account, in block \d+\.$/).waitFor();
  await ticket(page).getByRole("link", { name: "Positions" }).click();
  await page.getByText("short 1", { exact: true }).waitFor();
  await page.getByText("No positions.").waitFor();
  // What it stands at, and where others may close it: above, for it is short of a call.
  const stats = Object.fromEntries(await margin(page).locator(".stats > div").evaluateAll((all) => all.map((each) => [each.querySelector("dt").innerText, each.querySelector("dd").innerText])));
  assert.ok(amount(stats.Health) > 1.1, JSON.stringify(stats));
  assert.equal(stats["Closed by others below"], "nowhere");
  assert.match(stats["Closed by others above"], /^\d,\d{3}\.\d\d \(\+\d+\.\d %\)$/);
  await margin(page).getByRole("button", { name: "Take out", exact: true }).click();
  await amountField.fill("2000");
  await margin(page).getByText(/^The account would be worth .* and needs [\d.,]+ USD/).waitFor();
  assert.equal(await margin(page).getByRole("button", { name: "Take out margin" }).isDisabled(), true);

  await margin(page).getByRole("button", { name: "Close" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /^Buy for [\d.,]+ USD$/ }).click();
  await page.getByText("short 1", { exact: true }).waitFor({ state: "detached" });
  await amountField.fill("1900");
  await margin(page).getByRole("button", { name: "Take out margin" }).click();
  await page.getByText("Took out 1,900 USD.").waitFor();
});

inPage("rolled in the wallet and on the account: one order each", { wallet: "development 8" }, async (page) => {
  await open(page, "positions");
  await payIn(page, "4000");
  await order(page, "Buy", "2500 Call", "2", "wallet");
  await order(page, "Sell", "3000 Call", "1", "account");
  await go(page, "Positions");
  const card = page.getByRole("listitem").filter({ hasText: "2500 Call" }).first();
  await card.getByRole("button", { name: "Roll" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Strike, by 25/).fill("9000");
  await dialog.getByLabel(/^To the expiry/).focus();
  await dialog.getByText(/^The strike is 3\.6 of spot; this kind opens between [\d.]+ and 2\.5 of spot\.$/).waitFor();
  await dialog.getByLabel(/^Strike, by 25/).fill("2690");
  await dialog.getByLabel(/^To the expiry/).focus();
  await dialog.locator("b", { hasText: /2700 Call$/ }).waitFor();
  await dialog.getByText("All legs are filled as one order, or none.").waitFor();
  await dialog.getByRole("button", { name: /^Trade and (get|pay) [\d.,]+ USD$/ }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("listitem").filter({ hasText: "2700 Call" }).first().waitFor();
  await openMargin(page);
  const short = margin(page).locator(".leg", { hasText: "3000 Call" });
  const before = await short.locator("b").innerText();
  await short.getByRole("button", { name: "Roll" }).click();
  await dialog.getByRole("button", { name: /^Trade and (get|pay) [\d.,]+ USD$/ }).click();
  await page.getByText(before, { exact: true }).first().waitFor({ state: "detached" });
  await margin(page).getByText("short 1", { exact: true }).waitFor();
});

inPage("longs move into the account and back, and close all together", { wallet: "development 8" }, async (page) => {
  await open(page, "positions");
  const card = page.getByRole("listitem").filter({ hasText: "2700 Call" }).first();
  await card.getByRole("button", { name: "To the account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Options").fill("3");
  await dialog.getByText(/^You hold 2 options of .* 2700 Call and can't move 3 options\.$/).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Move" }).isDisabled(), true);
  await dialog.getByLabel("Options").fill("1.5");
  await dialog.getByRole("button", { name: "Move" }).click();
  await openMargin(page);
  const leg = margin(page).locator(".leg", { hasText: "2700 Call" });
  await leg.getByText("long 1.5").waitFor();
  await leg.getByRole("button", { name: "To the wallet" }).click();
  await dialog.getByLabel("Options").fill("0.5");
  await dialog.getByRole("button", { name: "Move" }).click();
  await leg.getByText("long 1", { exact: true }).waitFor();
  await margin(page).getByRole("button", { name: "Close all 2 together" }).click();
  await dialog.getByRole("button", { name: /^Trade and (get|pay) [\d.,]+ USD$/ }).click();
  await leg.waitFor({ state: "detached" });
  await margin(page).locator(".leg").first().waitFor({ state: "detached" });
});

inPage("a delegate is named, trades on the account from its own wallet, and is removed", { wallet: "development 8" }, async (page) => {
  await open(page, "positions");
  await openMargin(page);
  await margin(page).getByText("Delegates", { exact: true }).click();
  const field = margin(page).getByLabel("Address of a delegate");
  const allow = margin(page).getByRole("button", { name: "Allow" });
  for (const [text, sentence] of [
    ["0x12", /^That is no address/],
    [stage.devnet.book.accounts[8].address, "The account is yours; you need no leave."],
  ]) {
    await field.fill(text);
    await margin(page).getByText(sentence).waitFor();
    assert.equal(await allow.isDisabled(), true);
  }
  await field.fill(stage.devnet.book.accounts[9].address);
  await allow.click();
  await margin(page).getByText(/may trade on the account\.$/).waitFor();

  await page.getByRole("button", { name: /^Wallet:/ }).click();
  await page.getByRole("button", { name: /^Account 10\b/ }).click();
  await go(page, "Trade");
  await price(page, "Buy", "2500 Put").click();
  const theirs = ticket(page).getByLabel("Settle with").locator("option", { hasText: /^Account of 0x/ });
  await theirs.waitFor({ state: "attached" });
  const owner = await theirs.getAttribute("value");
  assert.equal(owner.toLowerCase(), stage.devnet.book.accounts[8].address.toLowerCase());
  await ticket(page).getByLabel("Settle with").selectOption(owner);
  await ticket(page).getByRole("button", { name: /^Buy for/ }).click();
  await ticket(page).getByText(/ on the account, in block \d+\.$/).waitFor();

  await page.getByRole("button", { name: /^Wallet:/ }).click();
  await page.getByRole("button", { name: /^Account 9\b/ }).click();
  await go(page, "Positions");
  await openMargin(page);
  await margin(page).locator(".leg", { hasText: "2500 Put" }).getByText("long 1").waitFor();
  await margin(page).getByText("Delegates (1)").click();
  await margin(page).getByRole("button", { name: /^Remove / }).click();
  await margin(page).getByText(/may no longer trade on the account\.$/).waitFor();
});

inPage("an account that lacks margin: seen, flagged red, closed by another for the reward shown", { wallet: "development 8" }, async (page) => {
  const snapshot = await rpc(stage.devnet.url, "evm_snapshot");
  await open(page, "positions");
  await payIn(page, "4000");
  await order(page, "Sell", "2500 Call", "5", "account");
  await go(page, "Positions");
  await openMargin(page);
  await margin(page).getByRole("button", { name: "Take out", exact: true }).click();
  await margin(page).getByRole("button", { name: "All that is spare" }).click();
  await margin(page).getByRole("button", { name: "Take out margin" }).click();
  await margin(page).getByText(/^Took out/).waitFor();

  await page.getByRole("button", { name: /^Wallet:/ }).click();
  await page.getByRole("button", { name: /^Account 10\b/ }).click();
  await go(page, "Pool");
  const table = page.getByRole("region", { name: "Margin accounts" }).first();
  await table.getByText("nothing to close").first().waitFor();
  await page.getByLabel("Price", { exact: true }).fill("2850");
  await page.getByRole("button", { name: "Set price" }).click();
  await page.getByText("Feed and venue are at 2,850 USD, volatilities are fresh.").waitFor();
  const close = table.locator("button:enabled", { hasText: /^Close for [\d.,]+ USD$/ });
  await close.waitFor();
  await picture(page, "liquidation-1440", table);
  // At once: the next block may bring another reward.
  const reward = await close.evaluate((button) => (button.click(), button.innerText.replace("Close for ", "")));
  await table.getByText(new RegExp(`^Closed a part of the account of .* for ${reward.replace(/[.]/g, "\\.")}\\.$`)).waitFor();
  await table.getByRole("button", { name: /^Close for/ }).waitFor({ state: "detached" });
  await rpc(stage.devnet.url, "evm_revert", snapshot);
});

inPage("deposit, withdraw within the limit, all of it", { wallet: "development 4" }, async (page) => {
  await open(page, "provide");
  const form = page.getByRole("complementary", { name: "Deposit or withdraw" });
  await form.getByLabel(/^Amount/).fill("2000000");
  await form.getByText(/^You have [\d,]+ USD and can't put in 2,000,000 USD\.$/).waitFor();
  await form.getByLabel(/^Amount/).fill("25000");
  await form.getByText("Shares you get").waitFor();
  const share = page.getByRole("region", { name: "Share", exact: true }).locator("dd").first();
  await share.evaluate((element) => {
    window.prices = [element.innerText];
    new MutationObserver(() => window.prices.push(element.innerText)).observe(element, { characterData: true, childList: true, subtree: true });
  });
  await form.getByRole("button", { name: "Deposit" }).last().click();
  await form.getByText("Deposited 25,000 USD.").waitFor();
  await page.getByRole("region", { name: "Share" }).getByText(/^24,9\d\d\.\d\d$|^25,000\.00$/).last().waitFor();
  await form.getByRole("button", { name: "Withdraw" }).first().click();
  await form.getByLabel(/^Amount/).fill("30000");
  await form.getByText(/^30,000 USD is more than the [\d,.]+ USD that you can take out now\.$/).waitFor();
  await form.getByLabel(/^Amount/).fill("5000");
  await form.getByText("Shares you give").waitFor();
  await form.getByRole("button", { name: "Withdraw" }).last().click();
  await form.getByText("Withdrew 5,000 USD.").waitFor();
  await form.getByRole("button", { name: "Use it all" }).click();
  await form.getByText("Shares you give").waitFor();
  await form.getByRole("button", { name: "Withdraw" }).last().click();
  await form.getByText(/^Withdrew (19|20),\d{3}\.?\d* USD\.$/).waitFor();

  // Who comes and goes does not move the price, not for a moment either in which value and supply were of two blocks.
  const prices = (await page.evaluate(() => window.prices)).map(amount);
  assert.ok(prices.every((price) => Math.abs(price / prices[0] - 1) < 1e-3), prices.join());

  // The line of the share's price ends where the share is now.
  await eventually(async () => {
    const summary = await page.getByRole("img", { name: /^Share price since / }).getAttribute("aria-label");
    const shown = await share.innerText();
    assert.ok(Math.abs(amount(/then, ([\d.,]+) now\./.exec(summary)[1].replace(/\.$/, "")) - amount(shown)) < 2e-5, `${summary} ${shown}`);
    const said = await page.getByText(/^Redeemed at .* now, before what margin accounts owe\./).innerText();
    const [redeemed, minted] = /^Redeemed at ([\d.]+) at most and minted at ([\d.]+) at least now, before what margin accounts owe\./.exec(said).slice(1).map(Number);
    assert.ok(redeemed <= amount(shown) + 2e-6 && amount(shown) <= minted + 2e-6 && minted / redeemed < 1.01, `${said} ${shown}`);
  });
  await page.getByRole("img", { name: /^Since .* a share returned .*, holding ETH .*, holding USD nothing\./ }).waitFor();

  // What net asset value consists of adds up to it.
  const rows = await page.locator("section", { hasText: "What net asset value consists of" }).locator("dl").first().locator("dd").allInnerTexts();
  const parts = rows.map(amount);
  assert.ok(Math.abs(parts.slice(0, -1).reduce((sum, part) => sum + part, 0) - parts.at(-1)) < 0.05, rows.join(" "));
});

inPage("what others do shows without a reload", {}, async (page) => {
  await open(page, "pool");
  await page.getByRole("heading", { name: "Activity" }).waitFor();
  await page.getByRole("img", { name: /^Implied vol by strike for 3 expiries/ }).waitFor();
  await onChain(stage.devnet).buy(stage.devnet.book.accounts[5], { put: true, expiry: BigInt(stage.devnet.book.expiries[2]), strike: 2400n * WAD }, 3n * WAD);
  await page.getByText(/bought 3 options of ETH .* 2400 Put/).waitFor();
  // What it had the pool swap is told with when that was.
  const swaps = page.getByRole("region", { name: "Hedges" }).locator("tbody tr");
  await swaps.first().getByRole("cell", { name: /^(just now|\d+ (s|min|h) ago)$/ }).waitFor();
  assert.match(await swaps.first().locator("td").first().getAttribute("title"), /^Block [\d,]+, 2026-12-\d\d \d\d:\d\d/);
});

inPage("an account with a spread and a few longs, for the views that follow", { wallet: "development 1" }, async (page) => {
  await open(page, "positions");
  await payIn(page, "6000");
  await order(page, "Sell", "3000 Call", "2", "account");
  await order(page, "Buy", "2500 Put", "1", "account");
  await order(page, "Buy", "2500 Call", "1", "wallet");
});

inPage("the worst cell of the scenarios is the pool's worst loss", {}, async (page) => {
  await open(page, "provide");
  await page.getByRole("region", { name: "Scenarios" }).locator("td.worst").waitFor();
  const cells = page.getByRole("region", { name: "Scenarios" }).locator("td");
  assert.equal(await cells.count(), 45);
  await eventually(async () => {
    const cell = await page.getByRole("region", { name: "Scenarios" }).locator("td.worst").innerText();
    const [worst, thousands] = [amount(cell.split("k")[0]), cell.includes("k") ? 1_000 : 1];
    const lost = amount((await page.locator(".meter", { hasText: "Worst scenario's loss" }).locator("b").innerText()).split(" of ")[0]);
    assert.ok(lost > 100 && Math.abs(-worst * thousands / lost - 1) < (thousands === 1 ? 0.01 : 0.02), `${worst} ${lost}`);
  });
});

for (const [width, height] of [[390, 844], [1440, 900]]) {
  for (const scheme of ["light", "dark"]) {
    inPage(`no view is wider than ${width} px or hard to read or to operate, ${scheme}`, { wallet: "development 1", width, height, scheme }, async (page) => {
      for (const view of ["trade", "positions", "provide", "pool"]) {
        await open(page, view);
        await arrive(page, view);
        if (view === "trade") {
          await price(page, "Buy", "2500 Call").click();
          await ticket(page).getByRole("button", { name: /^Buy for/ }).waitFor();
        }
        if (width === 1440 && scheme === "light") await picture(page, `${view}-1440`);
        if (view === "positions" && width === 1440 && scheme === "light") await picture(page, "account-1440", margin(page));
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `${view} is wider than the window`);
        const tall = await page.locator(".button.slim, .card b, .leg b").evaluateAll((all) => all.filter((each) => each.offsetHeight > 34).map((each) => each.innerText));
        assert.deepEqual(tall, [], "small buttons and names are of one line");
        assert.deepEqual(await barriers(page, view), []);
        if (width === 390 && scheme === "dark") await picture(page, `${view}-390`);
      }
    });
  }
}

for (const [width, height] of [[390, 844], [1440, 900]]) {
  inPage(`what is there stays where it is while the rest comes, ${width} px`, { wallet: "development 1", width, height, scripts: [{ run: watchShifts }] }, async (page) => {
    for (const view of ["trade", "positions", "provide", "pool"]) {
      await open(page, view);
      await page.reload();
      await arrive(page, view);
      await page.waitForTimeout(500);
      const [moved, most] = await page.evaluate(() => [window.shifts.reduce((sum, { value }) => sum + value, 0), window.shifts]);
      assert.ok(moved < mostShift, `${view}: ${moved} ${JSON.stringify(most)}`);
    }
  });
}

inPage("the keyboard is enough", { wallet: "development 6" }, async (page) => {
  await open(page, "trade");
  await price(page, "Buy", "2500 Call").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  const focused = () => page.evaluate(() => document.activeElement.innerText);
  for (let presses = 0; presses < 60 && !/^Buy ETH .* Call at/.test((await focused()) ?? ""); presses += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await ticket(page).getByRole("button", { name: /^Buy for/ }).waitFor();
  // The order is next, and not behind the prices that are left.
  await page.waitForFunction(() => document.activeElement.matches("[aria-label=Ticket] .legs input"));
  for (let presses = 0; presses < 16 && !/^Buy for/.test((await focused()) ?? ""); presses += 1) await page.keyboard.press("Tab");
  assert.match(await focused(), /^Buy for/);
  await page.keyboard.press("Enter");
  await ticket(page).getByText(/^Bought 1 /).waitFor();
  await page.getByRole("button", { name: /^Wallet:/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
});

inPage("any web server may serve it; without a configuration it says what to do", {}, async (page, { complaints }) => {
  const files = await serveFiles({ "/addresses.json": JSON.stringify(stage.devnet.book), "/broken.json": "{}" });
  try {
    await page.goto(`${files.url}/index.html`);
    await page.getByRole("alert").getByText(/^No configuration at .*config\.json\.$/).waitFor();
    await page.goto(`${files.url}/index.html?config=broken.json`);
    await page.getByRole("alert").getByText(/has no chainId or no contracts\.pool\.$/).waitFor();
    await page.goto(`${files.url}/index.html?config=https://elsewhere.example/config.json`);
    await page.getByRole("alert").getByText("A configuration is only read from this server or this machine, not from elsewhere.example.").waitFor();
    complaints.length = 0;
    await page.goto(`${files.url}/index.html?config=addresses.json`);
    await price(page, "Buy", "2500 Call").waitFor();
  } finally {
    files.stop();
  }
});

inPage("past an expiry: settle, claim; and a feed that stands still", { wallet: "development 7" }, async (page) => {
  await open(page, "trade");
  await page.getByRole("group", { name: "Expiry" }).getByRole("button").first().click();
  await price(page, "Buy", "2400 Call").click();
  await ticket(page).getByRole("button", { name: /^Buy for/ }).click();
  await ticket(page).getByText(/^Bought 1 /).waitFor();

  await open(page, "pool");
  await page.getByRole("button", { name: /^Past / }).click();
  await page.getByText(/^It is a minute after the expiry of/).waitFor();
  await page.getByText("expired, awaits its settlement").waitFor();
  await go(page, "Provide");
  await page.getByText(/^The expiry .* has passed and is to be settled first; anyone may do that\.$/).waitFor();
  // What a share is worth has changed with time alone, and the line goes on to where it is now.
  const first = (region) => page.getByRole("region", { name: region, exact: true }).locator(".stats dd");
  await eventually(async () => {
    const [share, now] = [await first("Share").first().innerText(), await first("Return").last().innerText({ timeout: 1_000 })];
    assert.ok(now.endsWith(share.split(" ")[0]), `${now} ${share}`);
  });

  await go(page, "Positions");
  await page.getByText("expired, awaits its price").waitFor();
  await page.getByRole("button", { name: "Settle" }).click();
  await page.getByText("settled at 2,500.00").waitFor();
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByText("Claimed 100 USD.").waitFor();
  await page.getByText(/claimed 100 USD for 1 option of ETH .* 2400 Call/).waitFor();
  await page.getByText("No positions.").waitFor();

  await go(page, "Pool");
  await page.getByRole("region", { name: "Settlements" }).getByRole("cell", { name: "2,500.00" }).waitFor();
  await rpc(stage.devnet.url, "evm_increaseTime", 7_200);
  await rpc(stage.devnet.url, "evm_mine");
  await go(page, "Trade");
  await page.getByText(/^The feed's price is 2 h .*old, more than 1 h 30 min; trading waits for its next round\.$/).first().waitFor();
  await page.getByRole("banner").getByText("2 h old").waitFor();
  await go(page, "Pool");
  await page.getByLabel("Price", { exact: true }).fill("2550");
  await page.getByRole("button", { name: "Set price" }).click();
  await page.getByText("Feed and venue are at 2,550 USD, volatilities are fresh.").waitFor();
  await go(page, "Trade");
  await price(page, "Buy", "2500 Call").waitFor();
  await page.getByRole("banner").getByText(/ old$/).waitFor({ state: "detached" });
});

test("a node that goes away is said so, and the page goes on when it is back", async () => {
  const { page, close } = await openPage(stage.browser);
  await open(page, "trade");
  await price(page, "Buy", "2500 Call").waitFor();
  await page.route("**/*", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await page.getByRole("alert").getByText("What is shown is not current: The node does not answer; trying again may help.").waitFor();
  await page.unroute("**/*");
  await page.getByText("What is shown is not current").waitFor({ state: "detached" });
  await close();
});
