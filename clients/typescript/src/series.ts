/**
 * A series as people write it and as the pool packs it: strike (WAD) in bits 0 to 127, expiry in 128 to 191, bit 192 set
 * for a put.
 *
 * Short `ETH-25DEC26-3000-C`, long `ETH 2026-12-25 3000 Call`. Both mean 08:00 UTC; another time is written out:
 * `ETH-25DEC26T0930-3000-C`, `ETH 2026-12-25 09:30 3000 Call`.
 */
import { formatWad, parseWad } from "./units.js";

/** One option: kind, expiry (unix seconds) and strike (WAD). */
export interface Series {
  readonly put: boolean;
  readonly expiry: bigint;
  readonly strike: bigint;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const strikeBits = 128n;
const expiryBits = 64n;
const putBit = strikeBits + expiryBits;
/** Latest second that a date can be made of. */
const lastSecond = 8_640_000_000_000n;

/**
 * The packed id.
 *
 * @throws RangeError for a strike or an expiry that is zero or does not fit.
 */
export function encodeId({ put, expiry, strike }: Series): bigint {
  if (strike <= 0n || strike >> strikeBits !== 0n) throw new RangeError(`strike ${strike} does not fit an id`);
  if (expiry <= 0n || expiry >> expiryBits !== 0n) throw new RangeError(`expiry ${expiry} does not fit an id`);
  return (put ? 1n << putBit : 0n) | (expiry << strikeBits) | strike;
}

/**
 * The series of a packed id.
 *
 * @throws RangeError for what is no id: unused bits set, no strike or no expiry.
 */
export function decodeId(id: bigint): Series {
  const strike = id & ((1n << strikeBits) - 1n);
  const expiry = (id >> strikeBits) & ((1n << expiryBits) - 1n);
  if (id < 0n || id >> (putBit + 1n) !== 0n || strike === 0n || expiry === 0n) throw new RangeError(`${id} is not a series`);
  return { put: id >> putBit === 1n, expiry, strike };
}

function clock(moment: Date, separator: string): string {
  const parts = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()];
  if (parts[0] === 8 && parts[1] === 0 && parts[2] === 0) return "";
  return (parts[2] === 0 ? parts.slice(0, 2) : parts).map((part) => String(part).padStart(2, "0")).join(separator);
}

function date(expiry: bigint): Date | undefined {
  return expiry > lastSecond ? undefined : new Date(Number(expiry) * 1000);
}

/** The date of an expiry in its short form: `25DEC26`. */
export function formatExpiry(expiry: bigint): string {
  const moment = date(expiry);
  if (!moment) return `@${expiry}`;
  const time = clock(moment, "");
  const year = moment.getUTCFullYear();
  const shortYear = year >= 2000 && year < 2100 ? String(year).slice(2) : String(year).padStart(4, "0");
  return `${moment.getUTCDate()}${months[moment.getUTCMonth()]}${shortYear}${time && `T${time}`}`;
}

/** `ETH-25DEC26-3000-C`. */
export function formatSeries(series: Series | bigint, base: string): string {
  const { put, expiry, strike } = typeof series === "bigint" ? decodeId(series) : series;
  return `${base}-${formatExpiry(expiry)}-${formatWad(strike, 18).replace(/,/g, "")}-${put ? "P" : "C"}`;
}

/** `ETH 2026-12-25 3000 Call`. */
export function formatSeriesLong(series: Series | bigint, base: string): string {
  const { put, expiry, strike } = typeof series === "bigint" ? decodeId(series) : series;
  const moment = date(expiry);
  const day = moment ? [moment.toISOString().split("T")[0], clock(moment, ":")].filter(Boolean).join(" ") : `@${expiry}`;
  return `${base} ${day} ${formatWad(strike, 18).replace(/,/g, "")} ${put ? "Put" : "Call"}`;
}

const shortForm = /^([A-Za-z0-9.]+)-(?:(\d{1,2})([A-Za-z]{3})(\d{2}|\d{4,6})(?:T(\d{2})(\d{2})(\d{2})?)?|@(\d+))-([\d.]+)-([CPcp])$/;
const longForm = /^([A-Za-z0-9.]+)\s+(?:(\d{4})-(\d{2})-(\d{2})(?:\s+(\d{2}):(\d{2})(?::(\d{2}))?)?|@(\d+))\s+([\d.,]+)\s+(call|put|c|p)$/i;

function seconds(year: number, month: number, day: number, time: (string | undefined)[]): bigint {
  const [hour, minute, second] = time[0] === undefined ? [8, 0, 0] : time.map((part) => Number(part ?? 0));
  const moment = new Date(0);
  moment.setUTCFullYear(year, month, day);
  moment.setUTCHours(hour ?? 8, minute, second);
  const isReal = moment.getUTCMonth() === month && moment.getUTCDate() === day && moment.getUTCHours() === hour && moment.getUTCMinutes() === minute;
  if (!isReal) throw new RangeError("there is no such date");
  return BigInt(moment.getTime() / 1000);
}

/**
 * The series that a text in either form names, and what it calls the underlying.
 *
 * @throws RangeError for anything else.
 */
export function parseSeries(text: string): Series & { readonly base: string } {
  const short = shortForm.exec(text.trim());
  if (short) {
    const [, base, day, month, year, hour, minute, second, raw, strike, kind] = short;
    const monthIndex = months.indexOf((month ?? "").toUpperCase());
    if (raw === undefined && monthIndex < 0) throw new RangeError(`"${text}" names no month`);
    const fullYear = (year ?? "").length === 2 ? 2000 + Number(year) : Number(year);
    const expiry = raw === undefined ? seconds(fullYear, monthIndex, Number(day), [hour, minute, second]) : BigInt(raw);
    return checked({ base: base!, put: kind!.toUpperCase() === "P", expiry, strike: parseWad(strike!) });
  }
  const long = longForm.exec(text.trim());
  if (long) {
    const [, base, year, month, day, hour, minute, second, raw, strike, kind] = long;
    const expiry = raw === undefined ? seconds(Number(year), Number(month) - 1, Number(day), [hour, minute, second]) : BigInt(raw);
    return checked({ base: base!, put: kind!.toLowerCase().startsWith("p"), expiry, strike: parseWad(strike!) });
  }
  throw new RangeError(`"${text}" is not a series; write ETH-25DEC26-3000-C or ETH 2026-12-25 3000 Call`);
}

function checked<S extends Series>(series: S): S {
  encodeId(series);
  return series;
}
