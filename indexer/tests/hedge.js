// A swap's part in cash and cost, for swaps that no week has.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const LEDGER = fileURLToPath(new URL("../src/ledger/hedge.ts", import.meta.url));

export function hedges(folder) {
  const out = join(folder, "ledger");
  execFileSync(process.execPath, [require.resolve("typescript/bin/tsc"), LEDGER, "--outDir", out, "--module", "commonjs", "--target", "es2022", "--skipLibCheck"]);
  const { booked } = require(join(out, "hedge.js"));
  const [base, spot, scale] = [2n * 10n ** 18n, 2_500n * 10n ** 18n, 10n ** 12n];
  const swaps = [
    [{ base, quote: 5_001_000_000n, spot }, { flow: -5_001_000_000n, cost: 1_000_000n }],
    [{ base: -base, quote: 4_999_000_000n, spot }, { flow: 4_999_000_000n, cost: 1_000_000n }],
    // Less than an atom of base was bought, and two atoms paid for it.
    [{ base: 0n, quote: 2n, spot }, { flow: -2n, cost: 2n }],
  ];
  for (const [swap, expected] of swaps) assert.deepEqual(booked(swap, scale), expected);
  return { swaps: swaps.length };
}
