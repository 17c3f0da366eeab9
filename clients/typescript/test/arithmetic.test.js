// Decimals, strikes, limits, Black's formula and diagrams, without a chain.
import assert from "node:assert/strict";
import test from "node:test";
import { bestAndWorst, black76, breakEvens, diagram, filledLegs, formatDecimal, formatDuration, formatWad, holdingsOf, limitOf, mostToPay, normal, parseDecimal, parseWad, strikesAround, WAD, YEAR } from "@smirk/client";

test("decimals go in and out exactly", () => {
  for (const [text, decimals, value] of [["1", 6, 1_000_000n], ["0.000001", 6, 1n], ["-2.5", 18, -25n * 10n ** 17n], ["1,234.50", 2, 123_450n], ["12,345,678", 0, 12_345_678n], [".5", 1, 5n]]) {
    assert.equal(parseDecimal(text, decimals), value);
  }
  for (const text of ["", ".", "1e3", "0x1", "1.2345678", "one", "0,5", "2,50", "1,2345", "1234,567", "1.234,5"]) assert.throws(() => parseDecimal(text, 6), RangeError, text);
  assert.equal(formatDecimal(123_456_789_012n, 6), "123,456.789012");
  assert.equal(formatDecimal(-1n, 6, 2), "0");
  assert.equal(formatWad(parseWad("-1234.5")), "-1,234.5");
  assert.equal(formatDuration(90_061), "1 d 1 h");
});

test("strikes lie on the grid, around the price, with equal steps", () => {
  const tick = 25n * WAD;
  const strikes = strikesAround({ price: 2507n * WAD, vol: (7n * WAD) / 10n, seconds: 28n * 86_400n, tick, most: 17 });
  assert.equal(strikes.length, 17);
  assert.ok(strikes.every((strike) => strike % tick === 0n));
  const steps = new Set(strikes.slice(1).map((strike, index) => strike - strikes[index]));
  assert.equal(steps.size, 1);
  assert.ok(strikes[0] < 2000n * WAD && strikes[16] > 3000n * WAD);
  const odd = strikesAround({ price: 2507n * WAD, vol: WAD, seconds: 86_400n, tick, also: [9_000n * WAD] });
  assert.equal(odd[odd.length - 1], 9_000n * WAD);
});

test("limits round against nobody but by less than an atom", () => {
  const pool = { units: { base: "ETH", baseDecimals: 18, quote: "USDC", quoteDecimals: 6, shareDecimals: 9 } };
  const leg = (size, mark) => ({ size, mark });
  const one = (total) => ({ total, legs: [leg(WAD, WAD)] });
  assert.equal(limitOf(pool, one(1_000_001n), WAD / 200n), 1_005_002n);
  assert.equal(limitOf(pool, one(-1_000_001n), WAD / 200n), -995_000n);
  assert.equal(limitOf(pool, one(-5n), 2n * WAD), 0n, "a sale never costs");
  assert.throws(() => limitOf(pool, one(1n), -1n), RangeError);
  // A spread that costs a cent of two legs that are worth 300 together has the slippage of 300.
  const spread = { total: 10_000n, legs: [leg(WAD, 200n * WAD), leg(-WAD, 100n * WAD)] };
  assert.equal(limitOf(pool, spread, WAD / 100n), 3_010_000n);
  assert.equal(mostToPay(pool, { ...spread, total: -5_000_000n }, WAD / 100n), 0n);
});

test("what an order cost is shared by its legs, to the atom", () => {
  const units = { base: "ETH", baseDecimals: 18, quote: "USDC", quoteDecimals: 6, shareDecimals: 9 };
  const [taker, transaction] = ["0x00000000000000000000000000000000000000a1", "0x01"];
  const filled = (id, size, mark, index) => ({ name: "LegFilled", fields: { taker, receiver: taker, id, size, mark, volAfter: 0n }, block: 1n, index, transaction });
  const order = { name: "Ordered", fields: { taker, receiver: taker, premium: 101_000_001n, spread: 1_000_000n, surcharge: 0n, capacity: 0n, rent: 0n, legs: 3n }, block: 1n, index: 0, transaction };
  const history = [order, filled(1n, WAD, 200n * WAD, 1), filled(2n, -2n * WAD, 60n * WAD, 2), filled(3n, WAD / 2n, 40n * WAD, 3), filled(4n, WAD, WAD, 4)];
  const legs = filledLegs(history, units).get(order);
  assert.deepEqual(legs.map(({ id }) => id), [1n, 2n, 3n]);
  assert.equal(legs.reduce((sum, { cost }) => sum + cost, 0n), 102_000_001n);
  // 100 by the marks; the 2.000001 over go 200 : 120 : 20.
  assert.deepEqual(legs.map(({ cost }) => cost), [201_176_471n, -119_294_118n, 20_117_648n]);
  const holdings = holdingsOf(history.slice(0, 4), taker, units);
  assert.equal(holdings.get(1n).cost, 201_176_471n);
  assert.equal(holdings.get(2n).realised, 119_294_118n);
});

test("Black's formula has its textbook values, parity, and greeks that are its slopes", () => {
  // Hull, Options, Futures, and Other Derivatives: N(0.1234) and N(-2.1) by table.
  assert.ok(Math.abs(normal(0.1234) - 0.549105) < 1e-6);
  assert.ok(Math.abs(normal(-2.1) - 0.017864) < 1e-6);
  assert.ok(Math.abs(normal(-6) / 9.865876450376981e-10 - 1) < 1e-12);
  const base = { spot: 2500, strike: 2600, vol: 0.7, carry: 0.04, seconds: YEAR / 13 };
  const [call, put] = [false, true].map((kind) => black76({ ...base, put: kind }));
  const forward = 2500 * Math.exp(0.04 / 13);
  assert.ok(Math.abs(call.price - put.price - (forward - 2600)) < 1e-9);
  for (const kind of [false, true]) {
    const at = (change) => black76({ ...base, put: kind, ...change });
    const here = at({});
    const slope = (key, step) => (at({ [key]: base[key] + step }).price - at({ [key]: base[key] - step }).price) / (2 * step);
    assert.ok(Math.abs(here.delta - slope("spot", 0.01)) < 1e-6);
    assert.ok(Math.abs(here.vega - slope("vol", 1e-5)) < 1e-3);
    assert.ok(Math.abs(here.theta + slope("seconds", 100) * YEAR) < 1e-2);
    const curve = (at({ spot: 2501 }).price - 2 * here.price + at({ spot: 2499 }).price);
    assert.ok(Math.abs(here.gamma - curve) < 1e-7);
  }
});

test("the best and the worst at expiry, where they have a bound", () => {
  const leg = (put, strike, size, expiry = 86_400) => ({ put, strike, expiry, size, vol: 0.7, carry: 0 });
  assert.deepEqual(bestAndWorst([leg(false, 2500, 1)], 100), { best: undefined, worst: -100 });
  assert.deepEqual(bestAndWorst([leg(false, 2500, -1)], -100), { best: 100, worst: undefined });
  // A put pays most at zero.
  assert.deepEqual(bestAndWorst([leg(true, 2500, 2)], 100), { best: 4900, worst: -100 });
  const condor = [leg(true, 2000, 1), leg(true, 2200, -1), leg(false, 2600, -1), leg(false, 2800, 1)];
  assert.deepEqual(bestAndWorst(condor, -80), { best: 80, worst: -120 });
  assert.deepEqual(bestAndWorst([leg(false, 2500, 0.3), leg(false, 2600, -0.1), leg(false, 2700, -0.2)], 5)?.worst, -5);
  assert.equal(bestAndWorst([leg(false, 2500, -1), leg(false, 2500, 1, 172_800)], 20), undefined);
  assert.equal(bestAndWorst([], 0), undefined);
});

test("a straddle breaks even on both sides", () => {
  const leg = (put) => ({ put, strike: 2500, expiry: 1000 + 86_400, size: 1, vol: 0.7, carry: 0 });
  const points = diagram([leg(false), leg(true)], { cost: 100, time: 1000, low: 2000, high: 3000 });
  const found = breakEvens(points);
  assert.equal(found.length, 2);
  assert.ok(Math.abs(found[0] - 2400) < 1e-6 && Math.abs(found[1] - 2600) < 1e-6);
  assert.ok(points.every((point) => point.now >= point.atExpiry - 1e-9), "time value is not negative without carry");
});
