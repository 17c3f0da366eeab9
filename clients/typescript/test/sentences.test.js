// Every error of the pool has a sentence, and every sentence has the error's numbers.
import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { encodeErrorResult, getAddress, pad, toHex } from "viem";
import { explain, poolAbi, refusalOfData, sentences, usualUnits, WAD } from "@smirk/client";

const errors = poolAbi.filter((item) => item.type === "error");
const source = fs.readFileSync(new URL("../../../src/IPool.sol", import.meta.url), "utf8");
const declared = [...source.matchAll(/^\s*error (\w+)\(/gm)].map((match) => match[1]);

test("the table has the errors of the interface, no more and no fewer", () => {
  assert.ok(declared.length >= 75, `${declared.length} errors found in IPool.sol`);
  const names = Object.keys(sentences).sort();
  assert.deepEqual(names, [...declared].sort());
  assert.deepEqual(names, errors.map((item) => item.name).sort());
});

// Different numbers for different fields, such that each of a sentence's parts can be told.
function sample(input, index) {
  if (input.type === "address") return getAddress(pad(toHex(0xa0 + index), { size: 20 }));
  if (input.type === "bytes4") return "0xdeadbeef";
  const time = 1_798_185_600n + BigInt(index) * 90_061n;
  if (/^(expiry|deadline|now_|postedAt|earliest|latest|since|upSince|updatedAt|previousUpdatedAt|standing|saidAt|acceptableAt)$/.test(input.name)) return time;
  if (/^(cutoff|maxAge|grace)$/.test(input.name)) return 5_400n;
  if (input.name === "index") return 20n;
  return (1_000n + BigInt(index) * 37n) * WAD + 25n * 10n ** 16n;
}

for (const item of errors) {
  test(`${item.name} is a sentence that changes with each of its numbers`, () => {
    const args = item.inputs.map(sample);
    const say = (values) => refusalOfData(encodeErrorResult({ abi: [item], errorName: item.name, args: values }), usualUnits, "buy").sentence;
    const text = say(args);
    assert.match(text, /^[A-Z0-9].*\.$/s);
    assert.doesNotMatch(text, /undefined|NaN|\[object|Invalid/);
    item.inputs.forEach((input, index) => {
      // Parameters' bounds and names hang together, and a lot is only ever one number: those are looked at below.
      if (item.name === "AnchorStale" && input.name === "limit") return;
      const others = args.map((value, at) => (at !== index ? value : typeof value !== "bigint" ? sample(input, 9) : value + (value < 10n ** 12n ? 7_200n : WAD)));
      if (input.name === "index" && item.name === "ParameterOutOfBounds") others[index] = 24n;
      if (input.type === "bytes4") others[index] = "0xfeedface";
      assert.notEqual(say(others), text, `${input.name} is not in: ${text}`);
    });
  });
}

test("sentences say what a person wants to know", () => {
  const say = (errorName, args, functionName) => refusalOfData(encodeErrorResult({ abi: poolAbi, errorName, args }), usualUnits, functionName).sentence;
  assert.equal(say("StrikeOffGrid", [2601n * WAD, 25n * WAD, 2600n * WAD]), "Strike 2601 is not a multiple of 25; nearest 2600.");
  assert.equal(say("CostAboveLimit", [781_928_470n, 700_000_000n]), "The order costs 781.93 USDC now, more than your limit of 700 USDC.");
  assert.equal(say("CostAboveLimit", [781_928_470n, 781_928_469n]), "The order costs 781.92847 USDC now, more than your limit of 781.928469 USDC.");
  assert.equal(say("AssetsBelowLimit", [781_900_000n, 800_000_000n]), "The shares bring 781.90 USDC now, less than your limit of 800 USDC.");
  assert.equal(say("SizeBelowMinimum", [WAD / 1000n, WAD / 100n]), "0.001 options is below the least size of 0.01.");
  const holder = "0x00000000000000000000000000000000000000A1";
  assert.match(say("InsufficientBalance", [holder, 5_000_000n, 10_000_000n], "buy"), /has 5 USDC and needs 10 USDC/);
  assert.match(say("InsufficientBalance", [holder, 5_000_000_000n, 10n ** 10n], "redeem"), /has 5 shares and needs 10 shares/);
  assert.match(say("InsufficientBalance", [holder, WAD, 2n * WAD], "sell"), /has 1 option and needs 2 options/);
  assert.equal(say("CapacityExhausted", [2n * WAD, WAD]), "The pool would use 200 % of its capacity for a large move, more than 100 %; try a smaller size.");
  // Where next to nothing is deposited the pool counts no further.
  assert.equal(say("CapacityExhausted", [2n ** 64n - 1n, WAD]), "The pool has next to no capacity for a large move: too little is deposited.");
  const [time, later] = [1_798_185_600n, 1_798_185_900n];
  assert.equal(say("ReportRejected", [2n, 1n, BigInt(holder), 0n]), `Report 2 (counted from 0) is refused: it is signed by ${getAddress(holder)}, who is no signer or does not come after the one before.`);
  assert.equal(say("ReportRejected", [0n, 2n, time, later]), "Report 0 (counted from 0) is refused: it is from 2026-12-25 08:00 UTC, before 2026-12-25 08:05 UTC.");
  assert.match(say("ReportRejected", [0n, 3n, later, time]), /it is from 2026-12-25 08:05 UTC, later than now, 2026-12-25 08:00 UTC\.$/);
  assert.match(say("ReportRejected", [0n, 4n, 2_600n * WAD, 2_500n * WAD]), /its spot of 2,600 USDC is too far from the feed's 2,500 USDC\.$/);
  assert.match(say("ReportRejected", [0n, 5n, time, 0n]), /the expiry 2026-12-25 08:00 UTC is missing/);
  assert.equal(say("SignersNotDue", [0n, time]), "These signers were not the last to be proposed; it is 2026-12-25 08:00 UTC.");
  assert.equal(explain({ code: 4001, message: "no" }), "The wallet declined the request.");
  assert.equal(say("NavBelowFloor", [1_000_000n, 2_000_000n]), "The pool's net asset value of 1 USDC is not above 2 USDC; it takes no deposits.");
  assert.equal(refusalOfData("0x12345678", usualUnits), undefined);
});
