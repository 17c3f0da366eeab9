/** What went wrong, as one sentence: the pool's typed errors, a wallet's no, a node that does not answer. */
import { BaseError, decodeErrorResult, type Hex } from "viem";
import { poolAbi } from "./generated/abi.js";
import type { PoolErrors } from "./generated/shapes.js";
import { sentence, sentences, type HoldingKind, type PoolErrorName } from "./sentences.js";
import { usualUnits, type Units } from "./units.js";

/** A refusal of the pool: its name, its fields and what they mean. */
export type Refusal = {
  [Name in PoolErrorName]: { readonly name: Name; readonly fields: PoolErrors[Name]; readonly sentence: string };
}[PoolErrorName];

/** An order that the pool had refused when it was quoted, and that was to be carried out all the same. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  /** With the refusal that the quote came with. */
  constructor(readonly refusal: Refusal) {
    super(refusal.sentence);
  }
}

/** Functions whose balances and allowances are the pool's own tokens; everything else moves the quote token. */
const holdings: Record<string, HoldingKind> = {
  sell: "options",
  claim: "options",
  depositPosition: "options",
  withdrawPosition: "options",
  withdraw: "shares",
  redeem: "shares",
  withdrawAtMost: "shares",
  redeemAtLeast: "shares",
  transfer: "shares",
  transferFrom: "shares",
};

/** What the balances that a function of the pool complains about are of. */
export function holdingOf(functionName: string | undefined): HoldingKind {
  return holdings[functionName ?? ""] ?? "quote";
}

/** The refusal in revert data, or undefined when it is no error of the pool. */
export function refusalOfData(data: Hex, units: Units, functionName?: string): Refusal | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: poolAbi, data });
    return refusalOf(errorName, (args ?? []) as readonly unknown[], units, functionName);
  } catch {
    return undefined;
  }
}

function refusalOf(name: string, args: readonly unknown[], units: Units, functionName?: string): Refusal | undefined {
  if (!(name in sentences)) return undefined;
  const item = poolAbi.find((entry) => entry.type === "error" && entry.name === name);
  const inputs = item && "inputs" in item ? item.inputs : [];
  const fields = Object.fromEntries(inputs.map((input, index) => [input.name, args[index]]));
  const known = name as PoolErrorName;
  return { name: known, fields, sentence: sentence(known, fields as never, units, holdingOf(functionName)) } as Refusal;
}

/** Everything in the chain of causes, outermost first. */
function* causes(error: unknown): Generator<Record<string, unknown>> {
  for (let current = error, depth = 0; current !== null && typeof current === "object" && depth < 20; depth += 1) {
    yield current as Record<string, unknown>;
    current = (current as { cause?: unknown }).cause;
  }
}

/** Revert data that an error carries, wherever its library put it. */
function revertData(error: unknown): Hex | undefined {
  for (const cause of causes(error)) {
    for (const candidate of [cause["raw"], cause["data"], (cause["data"] as { data?: unknown } | undefined)?.data]) {
      if (typeof candidate === "string" && /^0x[0-9a-fA-F]{8,}$/.test(candidate)) return candidate as Hex;
    }
  }
  return undefined;
}

/** The pool's refusal behind an error of viem or of this package, or undefined when it is something else. */
export function toRefusal(error: unknown, units: Units = usualUnits, functionName?: string): Refusal | undefined {
  let called = functionName;
  for (const cause of causes(error)) if (cause instanceof RefusedError) return cause.refusal;
  for (const cause of causes(error)) if (typeof cause["functionName"] === "string") called ??= cause["functionName"];
  const data = revertData(error);
  if (data) return refusalOfData(data, units, called);
  for (const cause of causes(error)) {
    const decoded = cause["data"] as { errorName?: unknown; args?: readonly unknown[] } | undefined;
    if (typeof decoded?.errorName === "string") return refusalOf(decoded.errorName, decoded.args ?? [], units, called);
  }
  return undefined;
}

const rejected = 4001;

/** Whether the person said no in the wallet. */
export function isRejection(error: unknown): boolean {
  for (const cause of causes(error)) {
    if (cause["code"] === rejected || cause["name"] === "UserRejectedRequestError") return true;
  }
  return false;
}

/** The contract that an error of viem is about. */
function addressOf(error: unknown): string | undefined {
  for (const cause of causes(error)) if (typeof cause["contractAddress"] === "string") return cause["contractAddress"];
  return undefined;
}

/** Any error as one sentence. */
export function explain(error: unknown, units: Units = usualUnits, functionName?: string): string {
  const refusal = toRefusal(error, units, functionName);
  if (refusal) return refusal.sentence;
  if (isRejection(error)) return "The wallet declined the request.";
  for (const cause of causes(error)) {
    const name = String(cause["name"] ?? "");
    if (name === "HttpRequestError" || name === "TimeoutError" || name === "WebSocketRequestError") return "The node does not answer; trying again may help.";
    if (name === "InsufficientFundsError") return "The account has too little ether to pay for gas.";
    if (name === "ContractFunctionZeroDataError") return `Nothing answers at ${addressOf(error) ?? "that address"}: on this chain there is no pool there.`;
    if (name === "ChainMismatchError") return "The wallet is on another chain.";
  }
  if (error instanceof BaseError) return error.shortMessage;
  return error instanceof Error ? error.message : String(error);
}
