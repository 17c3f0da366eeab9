/** The order that is being put together, and how it is to be carried out. */
import { formatWad, parseWad, usualSlippage, LOT, type Leg, type Payment, type Side } from "@smirk/client";
import type { Address } from "viem";
import { live } from "./live.svelte";

/** A leg as it is typed. */
export interface DraftLeg {
  id: bigint;
  side: Side;
  size: string;
}

class Ticket {
  legs = $state<DraftLeg[]>([]);
  /** Whether a click in the chain adds a leg instead of replacing the order. */
  isStrategy = $state(false);
}

export const ticket = new Ticket();

export interface Terms {
  /** In percent, as typed. */
  slippage: string;
  minutes: number;
  payment: Payment;
  /** Whether orders settle with the wallet or on its margin account, which may write options. */
  place: "wallet" | "account";
  /** Whose margin account: one's own where nobody is named. */
  owner: Address | undefined;
}

/** How orders are carried out, the same everywhere on the page. */
export const terms = $state<Terms>({ slippage: formatWad(usualSlippage * 100n), minutes: 10, payment: "permit", place: "wallet", owner: undefined });

/** How it is paid for: what the token or the chain has not got is done by an approval. */
export const paymentOf = (): Payment => (live.payments.includes(terms.payment) ? terms.payment : "approval");

/** The slippage as a WAD ratio, or undefined for what is none between 0 and 50 %. */
export function slippageOf(text: string): bigint | undefined {
  try {
    const slippage = parseWad(text) / 100n;
    return slippage >= 0n && slippage <= 5n * 10n ** 17n ? slippage : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a click on a price of the chain. */
export function pick(id: bigint, side: Side, size: string): void {
  const same = ticket.legs.find((leg) => leg.id === id);
  if (same) same.side = side;
  else if (ticket.isStrategy) ticket.legs.push({ id, side, size });
  else ticket.legs = [{ id, side, size: ticket.legs.length === 1 ? ticket.legs[0]!.size : size }];
}

/** Puts the legs of a strategy into the ticket; one that writes options is settled with a margin account. */
export function pickStrategy(legs: DraftLeg[], isWritten: boolean): void {
  ticket.isStrategy = true;
  ticket.legs = legs;
  if (isWritten) terms.place = "account";
}

/** A size (WAD) as it is typed. */
export const sizeText = (size: bigint): string => formatWad(size < 0n ? -size : size, 18).replace(/,/g, "");

/** Legs that take back what is held (WAD, negative for a short). */
export const closing = (held: readonly { id: bigint; size: bigint }[]): DraftLeg[] => held.map(({ id, size }) => ({ id, side: size < 0n ? "buy" : "sell", size: sizeText(size) }));

/** A draft's leg, or what is wrong with its size. */
export function legOf({ id, side, size }: DraftLeg): Leg | string {
  let parsed: bigint;
  try {
    parsed = parseWad(size);
  } catch {
    return size.trim() === "" ? "Enter a size." : `"${size}" is not a size.`;
  }
  if (parsed <= 0n) return "The size has to be above zero.";
  if (parsed % LOT !== 0n) return "Sizes have at most six decimal places.";
  return { id, side, size: parsed };
}
