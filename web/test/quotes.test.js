// The market's own quotes on the page: an exchange, a keeper's signer that reads it, an indexer that reads the signer, the Pool view.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { WAD } from "@smirk/client";
import { Exchange } from "../../indexer/tests/exchange.js";
import { Indexer } from "../../indexer/tests/indexer.js";
import { signer } from "../../indexer/tests/signer.js";
import { onChain } from "./chain.js";
import { barriers, eventually, openPage, rpc, smirk, startBrowser, startDevnet } from "./stage.js";

/** In the week that the exchange has, a week before one of the pool's expiries and one of the market's. */
const start = 1_770_357_600;
const place = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-quotes-"));

let browser;
let devnet;
let exchange;
let keeper;
let door;
let indexer;

/** What stands between a signer and its readers: it refuses them until it is opened. */
async function doorTo(url) {
  const server = createServer(async (_, response) => {
    if (!told.open) return response.writeHead(503).end();
    const answer = await fetch(url).catch(() => undefined);
    if (!answer) return response.destroy();
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const told = { open: false, url: `http://127.0.0.1:${server.address().port}`, end: () => (server.closeAllConnections(), server.close()) };
  return told;
}

before(async () => {
  browser = await startBrowser();
  devnet = await startDevnet({ timestamp: String(start) });
  exchange = await Exchange.start(start);
  keeper = await signer(smirk, place, devnet.book, exchange);
  door = await doorTo(keeper.url);
  const book = path.join(place, "addresses.json");
  fs.writeFileSync(book, JSON.stringify(devnet.book));
  indexer = await Indexer.start({
    ...{ SMIRK_ADDRESSES: book, SMIRK_DATABASE: path.join(place, "database"), DATABASE_URL: "", SMIRK_POLL_MS: "100" },
    ...{ SMIRK_MARKET_URL: door.url, SMIRK_MARKET_BLOCKS: "1" },
  });
  await indexer.ready();
});

after(async () => {
  await browser?.close();
  if (indexer?.process.exitCode === null) await indexer.end("SIGKILL");
  door?.end();
  await keeper?.end();
  exchange?.end();
  await devnet?.stop();
  fs.rmSync(place, { recursive: true, force: true });
});

const said = (page) => page.getByText(/^Points: the market's marks/);
const smiles = (page) => page.getByRole("img", { name: /^Implied vol by strike/ });

async function inPage(query, options, run) {
  const { page, complaints, close } = await openPage(browser, options);
  try {
    await page.goto(`${devnet.url}/${query}#/pool`);
    await smiles(page).waitFor();
    await run(page);
    assert.deepEqual(complaints, [], "the console is quiet");
  } finally {
    await close();
  }
}

test("without an indexer nothing is said of a market, nor with one that has not read any", async () => {
  for (const query of ["", `?indexer=${encodeURIComponent(indexer.url)}`]) {
    await inPage(query, {}, async (page) => {
      await page.getByText(/^(From the|A line begins)/).first().waitFor();
      assert.equal(await said(page).count(), 0);
      assert.doesNotMatch(await smiles(page).getAttribute("aria-label"), /market/);
    });
  }
});

test("the market's points are beside the smiles, with whose they are and how old", async () => {
  await indexer.until("the signer has read", async () => (await fetch(keeper.url)).ok);
  door.open = true;
  // A block at which the signer took too long is one without a reading.
  const hasRead = async () => (await rpc(devnet.url, "evm_mine"), (await indexer.sql("select expiry from market_smile limit 1")).length > 0);
  await indexer.until("the indexer has read", hasRead);
  await inPage(`?indexer=${encodeURIComponent(indexer.url)}`, {}, async (page) => {
    await said(page).waitFor();
    assert.match(await said(page).innerText(), /^Points: the market's marks as deribit had them, with strokes from bid to ask, read [\w ]+ ago\.$/);
    const [, count] = /(\d+) points: the market's marks/.exec(await smiles(page).getAttribute("aria-label"));
    assert.ok(Number(count) >= 10, count);
    const terms = page.getByRole("img", { name: /^At-the-money vol/ });
    assert.match(await terms.getAttribute("aria-label"), /Beside it the market's, of [2-9] expiries\.$/);
    assert.deepEqual(await barriers(page, "pool with the market"), []);

    // Pointed at, a point says what the exchange has there.
    const box = await smiles(page).boundingBox();
    const figure = page.locator(".chart").filter({ has: smiles(page) });
    const key = /^13 Feb 2026:\s+([\d.]+) %\s+13 Feb 2026 in the market:\s+([\d.]+) %[^]*\bat ([\d,.]+)/;
    const found = await eventually(async () => {
      for (let part = 0.3; part < 0.9; part += 0.004) {
        await page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
        const told = key.exec(await figure.innerText());
        if (told) return told;
      }
      assert.fail(`no point of the market is told: ${await figure.innerText()}`);
    });
    const [own, vol, strike] = found.slice(1).map((text) => Number(text.replace(",", "")));
    const posted = await onChain(devnet).read("impliedVol", 1_770_969_600n, BigInt(strike) * WAD);
    assert.ok(Math.abs(own - Number(posted) / 1e16) < 0.06, `${own} for ${posted}`);
    const marks = exchange.book().filter(({ instrument_name: name }) => name.split("-")[2] === String(Math.round(strike)));
    const nearest = Math.min(...marks.map(({ mark_iv: mark }) => Math.abs(mark - vol)));
    assert.ok(nearest < 0.1, `${vol} % at ${strike}: ${nearest}`);
  });
  await inPage(`?indexer=${encodeURIComponent(indexer.url)}`, { width: 390, height: 844, scheme: "dark" }, async (page) => {
    await said(page).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it fits");
  });
});
