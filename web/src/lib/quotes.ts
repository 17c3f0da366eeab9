/**
 * The market's own quotes, where the indexer has them from a keeper's signer: what the pool's surface was fitted to, or could be. They are
 * not of the chain, so that no configuration without an indexer has any.
 */
import { toNumber } from "@smirk/client";
import { live } from "./live.svelte";

/** One strike of the market, vols in per cent. */
export interface Quoted {
  readonly strike: number;
  readonly vol: number;
  readonly bid: number | undefined;
  readonly ask: number | undefined;
}

/** One expiry of it; strikes ascend. */
export interface MarketSmile {
  readonly expiry: bigint;
  readonly forward: number;
  readonly points: readonly Quoted[];
}

/** The market as it was last read. */
export interface MarketQuotes {
  /** Unix seconds of the chain. */
  readonly time: bigint;
  readonly source: string;
  readonly smiles: readonly MarketSmile[];
}

interface Row {
  readonly time: string;
  readonly expiry: string;
  readonly source: string;
  readonly forward: string;
  readonly strikes: readonly string[];
  readonly vols: readonly string[];
  readonly bids: readonly string[];
  readonly asks: readonly string[];
}

/** The newest rows; more than there are of one reading. */
const question = `{ marketSmiles(orderBy: "time", orderDirection: "desc", limit: 32) { items { time expiry source forward strikes vols bids asks } } }`;
/** Milliseconds for which an answer is used again. */
const freshFor = 10_000;

const real = (wad: string | undefined) => toNumber(BigInt(wad ?? 0));
const side = (wad: string | undefined) => (real(wad) > 0 ? real(wad) * 100 : undefined);

function smileOf({ expiry, forward, strikes, vols, bids, asks }: Row): MarketSmile {
  const points = strikes.map((strike, place) => ({ strike: real(strike), vol: real(vols[place]) * 100, bid: side(bids[place]), ask: side(asks[place]) }));
  return { expiry: BigInt(expiry), forward: real(forward), points };
}

async function ask(indexer: string): Promise<MarketQuotes | undefined> {
  const url = new URL("graphql", indexer.endsWith("/") ? indexer : `${indexer}/`);
  const body = JSON.stringify({ query: question });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(8_000) });
  if (!response.ok) return undefined;
  const rows = ((await response.json()) as { data?: { marketSmiles?: { items: Row[] } } }).data?.marketSmiles?.items ?? [];
  const [newest] = rows;
  if (!newest) return undefined;
  const smiles = rows.filter(({ time }) => time === newest.time).map(smileOf).sort((a, b) => Number(a.expiry - b.expiry));
  return { time: BigInt(newest.time), source: newest.source, smiles };
}

let kept: { readonly at: number; readonly quotes: Promise<MarketQuotes | undefined> } | undefined;

/** The market's quotes, if an indexer is configured and has any. That there are none is nothing to complain of. */
export async function readQuotes(): Promise<MarketQuotes | undefined> {
  const indexer = live.configuration?.indexer;
  if (!indexer) return undefined;
  if (!kept || Date.now() - kept.at > freshFor) kept = { at: Date.now(), quotes: ask(indexer).catch(() => undefined) };
  return kept.quotes;
}

/** The market's vol at the forward of an expiry, between the strikes about it. */
export function atTheMoney({ forward, points }: MarketSmile): number | null {
  const above = points.findIndex(({ strike }) => strike >= forward);
  const [low, high] = [points[above - 1], points[above]];
  if (!low || !high) return null;
  return low.vol + ((high.vol - low.vol) * (forward - low.strike)) / (high.strike - low.strike);
}
