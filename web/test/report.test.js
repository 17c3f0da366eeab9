// The demo's report in a real browser: read on a telephone and on a desk, by pointer and by keyboard.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { barriers, eventually, openPage, startBrowser, writeReport } from "./stage.js";

const place = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-report-"));
const file = path.join(place, "report.html");
let browser;
before(async () => {
  await writeReport(file);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  fs.rmSync(place, { recursive: true, force: true });
});

const section = (page, title) => page.locator("section", { has: page.getByRole("heading", { name: title, exact: true }) });
const rows = async (table) => Object.fromEntries(await table.locator("tbody tr").evaluateAll((all) => all.map((row) => [row.cells[0].innerText, [...row.cells].slice(1).map((cell) => cell.innerText)])));

for (const [width, height, scheme] of [[390, 844, "light"], [1440, 900, "dark"]]) {
  test(`the report fits ${width} px, says the hour under the pointer and what providers got and can lose`, async () => {
    const { page, complaints, close } = await openPage(browser, { width, height, scheme });
    try {
      await page.goto(pathToFileURL(file).href);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, "wider than the window");
      assert.deepEqual(await barriers(page, "report"), []);

      // The pointer over one chart makes all of them say that hour.
      const hours = () => page.locator(".when").allInnerTexts();
      const [end] = await hours();
      await page.locator("svg.time:visible").first().hover();
      await eventually(async () => {
        const under = new Set(await hours());
        assert.equal(under.size, 1);
        assert.ok(!under.has(end), `${[...under]} is not ${end}`);
      });
      await page.mouse.move(0, 0);
      await eventually(async () => assert.deepEqual(new Set(await hours()), new Set([end])));

      // The arrow keys do the same, and say it.
      const charts = page.locator(".stack").first();
      await charts.focus();
      await page.keyboard.press("Home");
      const [first] = await hours();
      await page.keyboard.press("ArrowRight");
      const [second] = await hours();
      assert.ok(first !== second && second !== end, `${first}, ${second}, ${end}`);
      const spoken = await charts.locator(".spoken").textContent();
      assert.ok(spoken.startsWith(`${second}. Spot, feed $`), spoken);

      const providers = section(page, "What providers got, and what they can lose");
      const tables = providers.locator("table");
      const held = await rows(tables.nth(0));
      assert.deepEqual(Object.keys(held), ["shares", "cash", "ETH"]);
      // Gain, a year at that pace, deepest fall, worst day: of ETH in that week all are losses.
      assert.ok(held.ETH.length === 4 && held.ETH.every((figure) => /^−[\d.]+ %$/.test(figure)), held.ETH.join());
      assert.ok(held.shares.every((figure) => /^[+−]?[\d,.]+ %$/.test(figure)), held.shares.join());
      assert.ok(Object.keys(await rows(tables.nth(1))).some((name) => /^worst scenario at its worst hour/.test(name)));
      const leaving = Object.values(await rows(tables.nth(2))).slice(0, 3).map(([text]) => /^(\d+) of (\d+) hours$/.exec(text).slice(1).map(Number));
      assert.equal(leaving.reduce((sum, [hours]) => sum + hours, 0), leaving[0][1], "every hour is one of the three");

      const expiries = section(page, "Premium, fees, hedge cost").locator(".card", { hasText: "Options by expiry" }).last().locator("table");
      const results = await rows(expiries);
      assert.ok(Object.keys(results).some((name) => name.endsWith(", settled")) && results.all?.length === 4, JSON.stringify(results));

      // Every axis has a scale, of money where its lines are.
      const axes = await page.locator(".panel").evaluateAll((all) => all.flatMap((panel) => {
        const isMoney = panel.querySelector("b[data-prefix='$']") !== null;
        return [...panel.querySelectorAll("svg.time")].map((chart) => ({ isMoney, name: chart.ariaLabel, ticks: [...chart.querySelectorAll("text.tick[text-anchor=end]")].map((tick) => tick.textContent) }));
      }));
      assert.ok(axes.length > 40);
      for (const { isMoney, name, ticks } of axes) {
        assert.ok(ticks.length > 1 && new Set(ticks).size === ticks.length, `${name}: ${ticks}`);
        assert.equal(ticks.every((tick) => /^−?\$/.test(tick)), isMoney, `${name}: ${ticks}`);
      }
      const apart = await page.locator("svg:visible").evaluateAll((all) => all.flatMap((chart) => {
        const boxes = [...chart.querySelectorAll("text.tick")].map((tick) => tick.getBoundingClientRect());
        return boxes.flatMap((one, index) => boxes.slice(index + 1).map((other) => [one, other])).filter(([one, other]) => one.left < other.right && other.left < one.right && one.top + 2 < other.bottom && other.top + 2 < one.bottom).map(() => chart.ariaLabel);
      }));
      assert.deepEqual(apart, [], "no words of an axis lie over each other");
      // Moments are written in one way.
      assert.doesNotMatch(await page.locator("main").innerText(), /\b\d\d-\d\d \d\d:\d\d\b/);

      // A table that is wider than its card is reached by the keyboard.
      const wide = await page.locator(".scroll").evaluateAll((all) => all.filter((card) => card.scrollWidth > card.clientWidth).map((card) => card.tabIndex));
      assert.ok(wide.every((index) => index === 0) && (width > 400 || wide.length > 0), wide.join());
      // What says whose row it is stays in view there, and hides nothing of a table that has not moved.
      const people = page.locator(".people");
      const seen = () => people.locator("tbody tr").first().evaluate((row) => {
        const [name, next] = [...row.cells].map((cell) => cell.getBoundingClientRect());
        return { left: name.left, hidden: name.right - next.left };
      });
      const before = await seen();
      assert.ok(before.hidden < 1, JSON.stringify(before));
      await people.evaluate((card) => (card.scrollLeft = 200));
      assert.ok((await seen()).left > before.left - 1);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}

test("a finger's tap on a chart stays when it lifts, and one elsewhere ends it", async () => {
  const { page, close } = await openPage(browser, { width: 390, height: 844, hasTouch: true });
  try {
    await page.goto(pathToFileURL(file).href);
    const hour = () => page.locator(".when").first().innerText();
    const end = await hour();
    await page.locator("svg.time:visible").first().tap();
    const tapped = await hour();
    assert.notEqual(tapped, end);
    await page.getByRole("heading", { level: 1 }).tap();
    assert.equal(await hour(), end);
  } finally {
    await close();
  }
});
