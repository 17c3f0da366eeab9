// Feed and hedge venue of a devnet, for tests that move them: their signatures, and where a swap has to stop.

export const feedAbi = [
  "function push(int256 answer, uint256 startedAt, uint256 updatedAt) returns (uint80)",
  "function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)",
];
export const venueAbi = ["function token0() view returns (address)", "function fee() view returns (uint24)"];
export const routerAbi = [
  "struct Swap { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }",
  "function exactInputSingle(Swap swap) payable returns (uint256)",
];

/** The venue's price (root, 96 fraction bits) at which a base token costs so much quote, WAD. */
export function rootPrice(price, isBaseFirst, baseDecimals = 18, quoteDecimals = 6) {
  const [over, under] = [price * 10n ** BigInt(quoteDecimals), 10n ** BigInt(18 + baseDecimals)];
  return squareRoot(isBaseFirst ? (over << 192n) / under : (under << 192n) / over);
}

function squareRoot(value) {
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
