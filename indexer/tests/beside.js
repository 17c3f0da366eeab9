// The market's quotes on their whole way: an exchange, a keeper's signer that reads it, the indexer that reads the signer, GraphQL and SQL;
// and an indexer that goes on when what it reads is away or no market.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { Devnet } from "./devnet.js";
import { Exchange } from "./exchange.js";
import { Indexer } from "./indexer.js";
import { signer } from "./signer.js";

const DAY = 86_400;
/** In the week, before an expiry. */
const START = 1_770_357_600;
/** What stands in the place of a signer's answer in turn, and why that can't be read. */
const MISCHIEF = [
  ["garbage", /Unexpected token/],
  ["odd", /index is ../],
  ["long", /index is ..x{50}/],
  ["early", /more than 300 s ahead of the block/],
  ["endless", /more than 131072 bytes/],
  ["silent", /timeout/],
  ["away", /fetch failed/],
];
const wad = (number) => BigInt(Math.round(number * 1e9)) * 10n ** 9n;

/** What stands between signer and indexer: passes on, or is what no signer is. */
async function between(url) {
  const passage = { mode: "pass", asked: 0 };
  const server = createServer(async (_, response) => {
    passage.asked++;
    const answers = {
      garbage: () => response.end("<html>"),
      odd: () => response.end(JSON.stringify({ ...passage.last, index: "2500" })),
      long: () => response.end(JSON.stringify({ ...passage.last, index: "x".repeat(100_000) })),
      early: () => response.end(JSON.stringify({ ...passage.last, time: passage.last.time + DAY })),
      endless: () => {
        const more = () => response.destroyed || (response.write("x".repeat(65_536)), setTimeout(more, 5));
        more();
      },
      silent: () => {},
      away: () => response.destroy(),
      pass: async () => {
        const answer = await fetch(url).catch(() => undefined);
        if (!answer) return response.destroy();
        const text = await answer.text();
        if (answer.ok) passage.last = JSON.parse(text);
        response.writeHead(answer.status).end(text);
      },
    };
    await answers[passage.mode]();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  passage.url = `http://127.0.0.1:${server.address().port}/market`;
  passage.end = () => (server.closeAllConnections(), server.close());
  return passage;
}

/** The rows that a signer's answer makes. */
const rowsOf = ({ time, source, currency, index, expiries }) =>
  expiries.map(({ expiry, forward, points }) => {
    const column = (name) => points.map((point) => (point[name] === undefined ? "0" : wad(point[name]).toString()));
    return {
      ...{ time: String(time), expiry: String(expiry), source, currency, spot: wad(index).toString(), forward: wad(forward).toString() },
      ...{ strikes: column("strike"), vols: column("vol"), bids: column("bid"), asks: column("ask") },
    };
  });

export async function beside(smirk, folder) {
  const devnet = await Devnet.start(smirk, folder, ["--with-pool", "--timestamp", String(START), "--frozen-clock"]);
  const exchange = await Exchange.start(START);
  const keeper = await signer(smirk, folder, devnet.book, exchange);
  const passage = await between(keeper.url);
  const settings = { SMIRK_ADDRESSES: devnet.addresses, SMIRK_POLL_MS: "100", SMIRK_DATABASE: join(folder, "beside") };
  const indexer = await Indexer.start({ ...settings, DATABASE_URL: "", SMIRK_MARKET_URL: passage.url, SMIRK_MARKET_BLOCKS: "1" });
  const mine = async () => (await devnet.node.rpc("evm_mine"), devnet.head());
  try {
    await indexer.ready();
    await indexer.until("the signer has read", async () => (await fetch(keeper.url)).ok);
    const fields = "time expiry source currency spot forward strikes vols bids asks";
    const query = `{ marketSmiles(orderBy: "expiry", limit: 100) { items { ${fields} } } }`;
    const rows = async () => (await indexer.graphql(query)).marketSmiles.items;
    // A block at which the signer took too long is one without a reading.
    await indexer.until("the market is there", async () => (await indexer.reaches(await mine()), (await rows()).length > 0));
    const first = await rows();
    assert.deepEqual(first, rowsOf(passage.last), "as the signer tells it");
    assert.equal(first.length, exchange.slices().length);
    const quoted = first.flatMap(({ vols, bids, asks }) => vols.map((vol, place) => [vol, bids[place], asks[place]].map(BigInt)));
    const between = quoted.filter(([vol, bid, ask]) => 0n < bid && bid < vol && vol < ask);
    assert.ok(between.length > 50 && between.length > 0.9 * quoted.length, `${between.length} of ${quoted.length} have both sides`);
    const [{ expiries }] = await indexer.sql("select count(distinct expiry) as expiries from market_smile");
    assert.equal(Number(expiries), first.length);

    // Whatever it is told, or not, it goes on, with what it has, and says why. What it has said before it does not say at once again.
    const complaints = () => indexer.said.filter((line) => line.includes("could not be read"));
    for (const [mode, why] of MISCHIEF) {
      Object.assign(passage, { mode, asked: 0 });
      await indexer.until(mode, async () => (await indexer.reaches(await mine()), passage.asked > 0 && complaints().some((line) => why.test(line))));
      assert.deepEqual(await rows(), first, mode);
    }
    assert.ok(complaints().every((line) => line.length < 600), "in few words");

    // A day later the first ones are gone.
    passage.mode = "pass";
    await devnet.node.rpc("evm_increaseTime", DAY + 60);
    exchange.time = START + DAY + 60;
    const later = async () => {
      await mine();
      const found = await rows();
      return found.length > 0 && found.every(({ time }) => Number(time) > START + DAY);
    };
    await indexer.until("the history is bounded", later);
    await keeper.end();
    await indexer.reaches(await mine());
    const kept = await rows();
    await indexer.reaches(await mine());
    assert.deepEqual(await rows(), kept, "nobody tells anything any more");
    return { expiries: first.length, points: quoted.length };
  } finally {
    if (indexer.process.exitCode === null) await indexer.end("SIGKILL");
    await keeper.end();
    passage.end();
    exchange.end();
    devnet.end();
  }
}
