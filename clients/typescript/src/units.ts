/**
 * Numbers as the pool has them and as people read them.
 *
 * Prices, sizes, vols and ratios are WAD (1e18 = 1); cash is in atoms of the quote token; shares have the quote token's
 * decimals plus three. Integers become text without rounding through floats.
 */

/** One in WAD. */
export const WAD = 10n ** 18n;
/** Sizes are multiples of a lot, 1e-6 option. */
export const LOT = 10n ** 12n;
/** Seconds of a year: 365 days. */
export const YEAR = 31_536_000;

/** What a pool's numbers are in. */
export interface Units {
  /** The underlying, as a series names it: `ETH`. */
  readonly base: string;
  /** Decimals of the base token. */
  readonly baseDecimals: number;
  /** The quote token's symbol: `USDC`. */
  readonly quote: string;
  /** Decimals of the quote token. */
  readonly quoteDecimals: number;
  /** Decimals of the pool's share. */
  readonly shareDecimals: number;
}

/** The units of a pool that nothing is known of yet: Circle's dollar and ether. */
export const usualUnits: Units = { base: "ETH", baseDecimals: 18, quote: "USDC", quoteDecimals: 6, shareDecimals: 9 };

/**
 * A decimal integer of so many decimals as text, cut (not rounded) to at most `places` behind the point; trailing zeros
 * go, thousands are set apart.
 */
export function formatDecimal(value: bigint, decimals: number, places = decimals): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const fraction = digits.slice(digits.length - decimals).slice(0, places).replace(/0+$/, "");
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return text === "0" ? "0" : sign + text;
}

/** A WAD number as text. */
export function formatWad(value: bigint, places = 6): string {
  return formatDecimal(value, 18, places);
}

/** A WAD ratio as a percentage. */
export function formatPercent(value: bigint, places = 2): string {
  return `${formatDecimal(value * 100n, 18, places)} %`;
}

/** Seconds as a person says them. */
export function formatDuration(seconds: bigint | number): string {
  const total = Number(seconds);
  const scales: [number, string][] = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
  const parts: string[] = [];
  let rest = Math.abs(Math.trunc(total));
  for (const [length, name] of scales) {
    const count = Math.floor(rest / length);
    if (count > 0) parts.push(`${count} ${name}`);
    rest -= count * length;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** A moment as `2026-12-25 08:00 UTC`, with seconds where there are some. */
export function formatTime(seconds: bigint | number): string {
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return `second ${seconds}`;
  const text = moment.toISOString();
  const end = text.endsWith(":00.000Z") ? -8 : -5;
  return `${text.slice(0, end).replace("T", " ")} UTC`;
}

/**
 * The integer of a decimal text, exactly. Commas set thousands apart and nothing else: `0,5` is no number, rather than 5.
 *
 * @throws RangeError for what is no decimal number or has more places than there are decimals.
 */
export function parseDecimal(text: string, decimals: number): bigint {
  const match = /^\s*(-?)(\d{1,3}(?:,\d{3})+|\d[\d_]*)?(?:\.(\d*))?\s*$/.exec(text);
  const whole = match?.[2]?.replace(/[,_]/g, "") ?? "";
  const fraction = (match?.[3] ?? "").replace(/0+$/, "");
  if (!match || (whole === "" && (match[3] ?? "") === "")) throw new RangeError(`"${text}" is not a number${text.includes(",") ? "; decimals come after a point" : ""}`);
  if (fraction.length > decimals) throw new RangeError(`"${text}" has more than ${decimals} decimal places`);
  const value = BigInt(whole + fraction.padEnd(decimals, "0"));
  return match[1] === "-" ? -value : value;
}

/** The WAD of a decimal text. */
export function parseWad(text: string): bigint {
  return parseDecimal(text, 18);
}

/** A decimal integer as a float, for charts and for formulas that only show something. */
export function toNumber(value: bigint, decimals = 18): number {
  return Number(value) / 10 ** decimals;
}

/** WAD cash of an amount in atoms. */
export function atomsToWad(atoms: bigint, units: Units): bigint {
  return atoms * 10n ** BigInt(18 - units.quoteDecimals);
}

/** Rounded up, for what a taker pays. Both positive. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/** Money to the nearest cent, without cents where it is whole; below a cent with all places. */
function money(value: bigint, decimals: number, places: number): string {
  const isSmall = value !== 0n && value > -(10n ** BigInt(decimals - 2)) && value < 10n ** BigInt(decimals - 2);
  const half = isSmall || places >= decimals ? 0n : (value < 0n ? -5n : 5n) * 10n ** BigInt(decimals - places - 1);
  const text = formatDecimal(value + half, decimals, isSmall ? decimals : places);
  return /\.\d$/.test(text) ? `${text}0` : text;
}

/** How amounts of a pool's tokens read. */
export const amounts = {
  /** Quote atoms with the token's symbol. */
  cash: (atoms: bigint, units: Units, places = 2) => `${money(atoms, units.quoteDecimals, places)} ${units.quote}`,
  /** A WAD amount of quote with the token's symbol. */
  value: (wad: bigint, units: Units, places = 2) => `${money(wad, 18, places)} ${units.quote}`,
  /** A WAD amount of base with its symbol. */
  base: (wad: bigint, units: Units, places = 6) => `${formatWad(wad, places)} ${units.base}`,
  /** A number of options. */
  size: (wad: bigint) => `${formatWad(wad, 6)} ${wad === WAD ? "option" : "options"}`,
  /** A number of shares. */
  shares: (shares: bigint, units: Units) => `${formatDecimal(shares, units.shareDecimals, 6)} shares`,
};
