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
/** Quote atoms of a part that is often below a cent: with four places then, else with two. */
export const part = (value: bigint, units: Units) => {
  const amount = toNumber(value, units.quoteDecimals);
  if (amount !== 0 && Math.abs(amount) < 5e-5) return "<0.0001";
  return number(amount, amount !== 0 && Math.abs(amount) < 0.01 ? 4 : 2);
};
export const signedWad = (value: bigint | undefined, places = 2) => (value === undefined ? "–" : signed(toNumber(value), places));

/** A size with as many places as it has, at most six. */
export function size(value: bigint): string {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 }).format(toNumber(value)).replace("-", "−");
}

/** A size where there is little room: two places, and that there is any. */
export function roughSize(value: bigint): string {
  const found = toNumber(value);
  return found > 0 && found < 0.01 ? "<0.01" : new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 }).format(found).replace("-", "−");
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

/** Places that tell multiples of a step apart: 2 for steps of 0.25. */
export function placesOf(step: number): number {
  for (let places = 0; places < 8; places += 1) {
    const steps = step * 10 ** places;
    if (Math.abs(steps - Math.round(steps)) < 1e-6 && steps >= 0.5) return places;
  }
  return 8;
}

const dayLong = 86_400;
const dateOf = (seconds: number) => new Date(seconds * 1_000).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const clockOf = (seconds: number, second: "2-digit" | undefined) => new Date(seconds * 1_000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second, timeZone: "UTC" });

/** A moment of an axis (unix seconds) with lines so many seconds apart: the day where one begins, else the time of day. */
export function moment(seconds: number, step: number): string {
  return seconds % dayLong === 0 ? dateOf(seconds) : clockOf(seconds, step < 60 ? "2-digit" : undefined);
}

/** A moment (unix seconds) of a chart that has lines so many seconds apart: day and time of day. */
export const instant = (seconds: number, step: number): string => `${dateOf(seconds)} ${clockOf(seconds, step < 3_600 ? "2-digit" : undefined)}`;
