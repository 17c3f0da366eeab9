/** Numbers for people. Floats are for showing only. */
import { formatTime, toNumber, type Units } from "@smirk/client";

const fixed = new Map<number, Intl.NumberFormat>();

function formatter(places: number): Intl.NumberFormat {
  const known = fixed.get(places) ?? new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  fixed.set(places, known);
  return known;
}

/** A float with so many places; a proper minus, and no negative zero. */
export function number(value: number, places = 2): string {
  const text = formatter(places).format(value);
  return /^-[0.,]+$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

export function signed(value: number, places = 2): string {
  const text = number(value, places);
  return text.startsWith("−") || /^[0.,]+$/.test(text) ? text : `+${text}`;
}

/** WAD. */
export const wad = (value: bigint | undefined, places = 2) => (value === undefined ? "–" : number(toNumber(value), places));
/** Quote atoms. */
export const cash = (value: bigint | undefined, units: Units, places = 2) => (value === undefined ? "–" : number(toNumber(value, units.quoteDecimals), places));
export const signedCash = (value: bigint | undefined, units: Units, places = 2) => (value === undefined ? "–" : signed(toNumber(value, units.quoteDecimals), places));
export const percent = (value: bigint | undefined, places = 1) => (value === undefined ? "–" : `${number(toNumber(value) * 100, places)} %`);
export const signedWad = (value: bigint | undefined, places = 2) => (value === undefined ? "–" : signed(toNumber(value), places));

/** A size with as many places as it has, at most six. */
export function size(value: bigint): string {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 }).format(toNumber(value)).replace("-", "−");
}

export const short = (address: string) => `${address.slice(0, 6)}…${address.slice(-4)}`;

/** `25 Dec 2026`. */
export function day(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

export const time = (seconds: bigint) => formatTime(seconds);

/** How long something is away: `27 d`, `5 h`, `12 min`. */
export function away(seconds: bigint): string {
  const total = Math.abs(Number(seconds));
  if (total >= 172_800) return `${Math.floor(total / 86_400)} d`;
  if (total >= 7_200) return `${Math.floor(total / 3_600)} h`;
  if (total >= 120) return `${Math.floor(total / 60)} min`;
  return `${total} s`;
}

const dayLong = 86_400;
/** Whether a chart of so many seconds is told by days, and not by the time of day. */
const isByDays = (span: number) => span > 2 * dayLong;

/** A moment of a chart (unix seconds): the day, or the time of day where the chart is of no more than two days. */
export function moment(seconds: number, span: number): string {
  const at = new Date(seconds * 1_000);
  return isByDays(span)
    ? at.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" })
    : at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
}
