// The market's own quotes, read from a keeper's signer at every so manieth block where the configuration names one. They are for people to
// look at: what can't be read, or is not what a signer tells, is passed over until the next time.
import { ponder } from "ponder:registry";
import { marketSmile } from "ponder:schema";
import { lt } from "ponder";
import { wad } from "./ledger/smile";

const url = process.env.SMIRK_MARKET_URL;
/** Milliseconds that blocks wait for an answer. */
const PATIENCE = 2_000;
/** Of an answer, twice what a signer tells at most. */
const MOST_BYTES = 131_072;
const MOST_EXPIRIES = 32;
const MOST_POINTS = 64;
/** Seconds of the market's for which its smiles are kept. */
const KEPT = 86_400n;
/** Seconds by which a reading may be ahead of the block at which it is told: a signer may have seen later ones. What is older leaves once
 *  there is something newer, so that a reading from far ahead would stay and be the newest. */
const AHEAD = 300n;
/** Letters of why something could not be read. */
const MOST_SAID = 160;

type Smile = typeof marketSmile.$inferInsert;

/** The body of an answer, no further than one can be. */
async function body(address: string): Promise<string> {
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > MOST_BYTES) throw new Error(`an answer of more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function list(value: unknown, most: number, what: string): Record<string, unknown>[] {
  if (!Array.isArray(value) || value.length > most) throw new Error(`${what} are no list of at most ${most}`);
  return value;
}

function number(value: unknown, what: string): number {
  if (typeof value !== "number" || !(value > 0 && value < 1e12)) throw new Error(`${what} is ${JSON.stringify(value)}`);
  return value;
}

const seconds = (value: unknown, what: string): bigint => BigInt(Math.trunc(number(value, what)));
const text = (value: unknown): string => String(value).slice(0, 40);

/** Why something could not be read, in one line that is no longer for what was told. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.replace(/[^\x20-\x7e]+/g, " ").slice(0, MOST_SAID);
}

/** The smiles of what a signer tells at a time of the chain's. */
function smiles(told: Record<string, unknown>, now: bigint): Smile[] {
  const readAt = BigInt(Math.trunc(Date.now() / 1_000));
  const whole = { time: seconds(told.time, "time"), readAt, source: text(told.source), currency: text(told.currency) };
  if (whole.time > now + AHEAD) throw new Error(`the reading is more than ${AHEAD} s ahead of the block`);
  const spot = wad(number(told.index, "index"));
  return list(told.expiries, MOST_EXPIRIES, "expiries").map(({ expiry, forward, points }) => {
    const each = list(points, MOST_POINTS, "points");
    const column = (name: string) => each.map((point) => wad(number(point[name], name)));
    const side = (name: string) => each.map((point) => (point[name] === undefined ? 0n : wad(number(point[name], name))));
    return {
      ...{ ...whole, expiry: seconds(expiry, "expiry"), spot, forward: wad(number(forward, "forward")) },
      ...{ strikes: column("strike"), vols: column("vol"), bids: side("bid"), asks: side("ask") },
    };
  });
}

if (url) {
  let problem = "";
  ponder.on("Market:block", async ({ event, context }) => {
    let told: Smile[];
    try {
      told = smiles(JSON.parse(await body(url)), event.block.timestamp);
    } catch (error) {
      const reason = reasonOf(error);
      // Once for each reason: blocks come often.
      if (reason !== problem) console.warn(`The market at ${new URL(url).origin} could not be read: ${reason}`);
      problem = reason;
      return;
    }
    problem = "";
    const [first] = told;
    // While no market answers a signer tells the last reading again.
    if (!first || (await context.db.find(marketSmile, first))) return;
    await context.db.insert(marketSmile).values(told).onConflictDoNothing();
    await context.db.sql.delete(marketSmile).where(lt(marketSmile.time, first.time - KEPT));
  });
}
