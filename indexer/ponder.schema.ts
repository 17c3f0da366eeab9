// The tables, a file a subject. Sizes, prices, vols and net asset value are WAD (1e18); money is in units of the quote token
// (atoms); times are unix seconds. Signs are the pool's view where a column is called net, delta or exposure.
export * from "./schema/pool";
export * from "./schema/trading";
export * from "./schema/margin";
export * from "./schema/expiry";
export * from "./schema/surface";
export * from "./schema/market";
export * from "./schema/hedging";
export * from "./schema/liquidity";
export * from "./schema/profit";
