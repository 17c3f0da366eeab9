// Series in and out of their written forms and ids.
import assert from "node:assert/strict";
import test from "node:test";
import { decodeId, encodeId, formatSeries, formatSeriesLong, parseSeries, WAD } from "@smirk/client";

const christmas = BigInt(Date.UTC(2026, 11, 25, 8) / 1000);

test("both forms name the same id", () => {
  const id = encodeId({ put: false, expiry: christmas, strike: 3000n * WAD });
  for (const text of ["ETH-25DEC26-3000-C", "eth-25dec26-3000-c", "ETH 2026-12-25 3000 Call", "ETH 2026-12-25 08:00 3,000 call"]) {
    assert.equal(encodeId(parseSeries(text)), id, text);
  }
  assert.equal(formatSeries(id, "ETH"), "ETH-25DEC26-3000-C");
  assert.equal(formatSeriesLong(id, "ETH"), "ETH 2026-12-25 3000 Call");
});

test("another hour and a fractional strike are written out", () => {
  const series = { put: true, expiry: christmas + 5400n, strike: 26125n * (WAD / 10n) };
  assert.equal(formatSeries(series, "ETH"), "ETH-25DEC26T0930-2612.5-P");
  assert.equal(formatSeriesLong(series, "ETH"), "ETH 2026-12-25 09:30 2612.5 Put");
});

test("what is written can be read again, for ten thousand series", () => {
  let state = 88172645463325252n;
  const random = (limit) => {
    for (const [shift, left] of [[13n, true], [7n, false], [17n, true]]) state ^= left ? (state << shift) & ((1n << 64n) - 1n) : state >> shift;
    return state % limit;
  };
  for (let count = 0; count < 10_000; count += 1) {
    const largest = count % 10 === 0 ? 1n << 60n : 20_000_000_000n;
    const series = { put: random(2n) === 1n, expiry: 1n + random(largest), strike: 1n + random(10n ** 23n) };
    assert.deepEqual(decodeId(encodeId(series)), series);
    for (const format of [formatSeries, formatSeriesLong]) {
      const { base, ...read } = parseSeries(format(series, "BTC"));
      assert.equal(base, "BTC");
      assert.deepEqual(read, series, format(series, "BTC"));
    }
  }
});

test("what is no series is refused", () => {
  for (const text of ["", "ETH", "ETH-31FEB26-3000-C", "ETH-25XXX26-3000-C", "ETH-25DEC26-0-C", "ETH-25DEC26-3000-X", "ETH 2026-13-01 3000 Call", "ETH-25DEC26T2500-3000-C"]) {
    assert.throws(() => parseSeries(text), RangeError, text);
  }
  for (const id of [0n, -1n, 1n << 193n, 1n, 1n << 128n]) assert.throws(() => decodeId(id), RangeError);
});
