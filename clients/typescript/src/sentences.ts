/**
 * Every refusal of the pool as a sentence with its numbers.
 *
 * The table has one entry per error of the ABI, which the compiler checks: an error that is added to the pool does not
 * compile here until somebody has said what it means.
 */
import { getAddress, numberToHex } from "viem";
import { parameterList } from "./generated/parameters.js";
import type { PoolErrors } from "./generated/shapes.js";
import { decodeId, formatSeriesLong } from "./series.js";
import { amounts, formatDuration, formatPercent, formatTime, formatWad, type Units } from "./units.js";

/** Name of an error of the pool. */
export type PoolErrorName = keyof PoolErrors;

/** What `InsufficientBalance` and `InsufficientAllowance` are of; the call that was refused tells. */
export type HoldingKind = "quote" | "shares" | "options";

/** A sentence for each error, of its fields, the pool's units and what an amount without a unit is of. */
export type Sentences = {
  readonly [Name in PoolErrorName]: (fields: PoolErrors[Name], units: Units, of: HoldingKind) => string;
};

const price = (wad: bigint, units: Units) => amounts.value(wad, units);
const strike = (wad: bigint) => formatWad(wad, 18).replace(/,/g, "");
const ratio = (wad: bigint) => formatWad(wad, 4);

/** Two amounts of cash with as many places as it takes to tell them apart. */
function apart(a: bigint, b: bigint, units: Units): [string, string] {
  const [first, second] = [amounts.cash(a, units), amounts.cash(b, units)];
  if (a === b || first !== second) return [first, second];
  return [amounts.cash(a, units, units.quoteDecimals), amounts.cash(b, units, units.quoteDecimals)];
}

function holding(amount: bigint, units: Units, of: HoldingKind): string {
  if (of === "quote") return amounts.cash(amount, units);
  return of === "shares" ? amounts.shares(amount, units) : amounts.size(amount);
}

function parameterValue(value: bigint, unit: string, units: Units): string {
  if (unit === "seconds") return formatDuration(value);
  if (unit === "quote") return amounts.value(value, units, 6);
  if (unit === "base") return amounts.base(value, units);
  return unit === "wad" ? formatWad(value, 9) : value.toString();
}

const reportChecks: Record<string, (value: bigint, limit: bigint, units: Units) => string> = {
  1: (value) => `it is signed by ${getAddress(numberToHex(BigInt.asUintN(160, value), { size: 20 }))}, who is no signer or does not come after the one before`,
  2: (value, limit) => `it is from ${formatTime(value)}, before ${formatTime(limit)}`,
  3: (value, limit) => `it is from ${formatTime(value)}, later than now, ${formatTime(limit)}`,
  4: (value, limit, units) => `its spot of ${price(value, units)} is too far from the feed's ${price(limit, units)}`,
  5: (value) => `the expiry ${formatTime(value)} is missing, not listed, out of order or not in the first report`,
};

const anchorChecks: Record<string, (value: bigint, limit: bigint) => string> = {
  1: (value, limit) => `its ATM vol of ${formatPercent(value)} is out of bounds, the nearest allowed is ${formatPercent(limit)}`,
  2: (value, limit) => `a wing of ${ratio(value)} is out of bounds, the nearest allowed is ${ratio(limit)}`,
  3: (value, limit) => `its steeper wing rises by ${ratio(value)}, more than ${ratio(limit)}`,
  4: (value, limit) => `total variance would fall from ${ratio(value)} to ${ratio(limit)} at the later expiry`,
  5: (value, limit) => `the left wing's slope would fall from ${ratio(value)} to ${ratio(limit)} at the later expiry`,
  6: (value, limit) => `the right wing's slope would fall from ${ratio(value)} to ${ratio(limit)} at the later expiry`,
  7: (value, limit) => `curvature would rise from ${ratio(value)} to ${ratio(limit)} at the later expiry`,
  8: (value, limit) => `a carry of ${formatPercent(value)} a year is out of bounds, the nearest allowed is ${formatPercent(limit)}`,
};

/** Use of capacity that the pool does not count further, WAD. */
const beyondMeasure = 2n ** 64n - 1n;

/** The sentences. */
export const sentences: Sentences = {
  // Guards
  Reentered: () => "Another call into the pool is under way in the same transaction.",
  PoolPaused: () => "The pool is paused: nothing opens, but sales, claims and withdrawals go on.",
  NotAuthorised: ({ caller, required }) => `Only ${required} may do this, not ${caller}.`,
  DeadlinePassed: ({ deadline, now_ }) => `The deadline ${formatTime(deadline)} passed ${formatDuration(now_ - deadline)} before the transaction was carried out.`,
  AlreadyConstructed: () => "The pool is already constructed.",
  UnknownSelector: ({ selector }) => `The pool has no function ${selector}.`,
  ArgumentInvalid: ({ index }) => `Argument ${index} (counted from 0) is malformed or out of its type's range.`,
  ZeroAddress: () => "The zero address is not allowed here.",
  ReceiverInvalid: ({ receiver }) => `${receiver} can't be the receiver; neither the zero address nor the pool can.`,
  ValueTooLarge: ({ value, limit }) => `${value} is too large; the most that fits is ${limit}.`,

  // Construction and parameters
  DecimalsUnsupported: ({ token, decimals }) => `${token} has ${decimals} decimals, which the pool does not support.`,
  VenueMissing: ({ factory, feeTier }) => `The factory ${factory} has no pool of these tokens with fee tier ${feeTier}.`,
  LenderInvalid: ({ lender }) => `${lender} is no Aave v3 addresses provider whose market lends the base token against the quote token.`,
  ParameterOutOfBounds: ({ index, value, low, high }, units) => {
    const known = parameterList[Number(index)];
    if (!known) return `There is no parameter ${index}.`;
    const show = (number: bigint) => parameterValue(number, known.unit, units);
    if (low === high) return `Parameter ${known.name} can't be ${show(value)}${low === 0n ? "" : `; it stays ${show(low)} while positions are open`}.`;
    return `Parameter ${known.name} can't be ${show(value)}; it lies between ${show(low)} and ${show(high)}.`;
  },

  // Series and surface
  InvalidId: ({ id }) => `${id} is not a series: it needs a strike and an expiry, and no other bits.`,
  ExpiryNotListed: ({ expiry }) => `The expiry ${formatTime(expiry)} is not listed.`,
  ExpiryAlreadyListed: ({ expiry }) => `The expiry ${formatTime(expiry)} is listed already.`,
  ExpiryOutOfRange: ({ expiry, earliest, latest }) => `The expiry ${formatTime(expiry)} is out of range; it has to lie between ${formatTime(earliest)} and ${formatTime(latest)}.`,
  TooManyExpiries: ({ limit }) => `Somebody holds something in each of the ${limit} expiries that there is a place for; one has to be settled first.`,
  TooManyNodes: ({ limit }) => `All ${limit} strikes that the book can hold are in use; trade one of those.`,
  SeriesExpired: ({ expiry, now_ }) => `The option expired at ${formatTime(expiry)}, ${formatDuration(now_ - expiry)} ago.`,
  CutoffReached: ({ expiry, cutoff, now_ }) => `Nothing opens in the last ${formatDuration(cutoff)} before expiry; only ${formatDuration(expiry - now_)} are left.`,
  StrikeOffGrid: ({ strike: given, tick, nearest }) => `Strike ${strike(given)} is not a multiple of ${strike(tick)}; nearest ${strike(nearest)}.`,
  MoneynessOutOfRange: ({ moneyness, low, high }) => `The strike is ${ratio(moneyness)} of spot; this kind opens between ${ratio(low)} and ${ratio(high)} of spot.`,
  AnchorMissing: ({ expiry }) => `The expiry ${formatTime(expiry)} has no volatilities yet.`,
  AnchorStale: ({ expiry, postedAt, limit }) => `The volatilities of ${formatTime(expiry)} were posted at ${formatTime(postedAt)}, more than ${formatDuration(limit)} ago; until the next post only sales go through.`,
  AnchorTooSoon: ({ earliest, now_ }) => `The next post is allowed at ${formatTime(earliest)}, in ${formatDuration(earliest - now_)}.`,
  AnchorJumpTooLarge: ({ jump, limit }) => `The post would move vols by ${formatPercent(jump)} with what is left of earlier posts, more than ${formatPercent(limit)}.`,
  AnchorBehindSpot: ({ spot, anchorSpot, limit }, units) => `Spot is ${price(spot, units)} and was ${price(anchorSpot, units)} when volatilities were posted, more than ${price(limit, units)} away; nothing opens until the next post.`,
  AnchorRejected: ({ check, value, limit }) => `The post is refused: ${anchorChecks[String(check)]?.(value, limit) ?? `check ${check} finds ${ratio(value)} against ${ratio(limit)}`}.`,

  // Quorum
  ReportCountInvalid: ({ count, threshold, signers }) => `${count} reports were given; a post takes at least ${threshold} and at most one of each of ${signers} signers.`,
  ReportRejected: ({ report, check, value, limit }, units) => `Report ${report} (counted from 0) is refused: ${reportChecks[String(check)]?.(value, limit, units) ?? `check ${check} finds ${value} against ${limit}`}.`,
  SignersInvalid: ({ threshold, count }) => `A quorum of ${threshold} of ${count} signers is not possible: addresses ascend with zeros last, and the threshold is from 1 to the number of signers, or 0 with none.`,
  SignersNotDue: ({ acceptableAt, now_ }) => acceptableAt === 0n
    ? `These signers were not the last to be proposed; it is ${formatTime(now_)}.`
    : `These signers can be accepted from ${formatTime(acceptableAt)} on; it is ${formatTime(now_)}.`,

  // Trading
  SizeZero: () => "The size is zero.",
  SizeBelowMinimum: ({ size, minimum }) => `${amounts.size(size)} is below the least size of ${formatWad(minimum)}.`,
  SizeOffGrid: ({ size, lot }) => `${formatWad(size, 18)} is not a whole number of lots of ${formatWad(lot, 18)} option.`,
  CostAboveLimit: ({ cost, limit }, units) => {
    const [now, bound] = apart(cost, limit, units);
    return `The order costs ${now} now, more than your limit of ${bound}.`;
  },
  ProceedsBelowLimit: ({ proceeds, limit }, units) => {
    const [now, bound] = apart(proceeds, limit, units);
    return `The sale brings ${now} now, less than your limit of ${bound}.`;
  },
  TotalAboveLimit: ({ total, limit }, units) => {
    const [now, bound] = apart(total < 0n ? -total : total, limit < 0n ? -limit : limit, units);
    if (limit < 0n) return `The order ${total < 0n ? "brings" : "costs"} ${now} now and was to bring at least ${bound}.`;
    return `The order costs ${now} now, more than your limit of ${bound}.`;
  },
  LegCountInvalid: ({ count, limit }) => `An order has from one to ${limit} legs, not ${count}.`,
  LegRepeated: ({ id }, units) => `A series is one leg of an order, and ${nameOf(id, units)} is in it twice.`,
  ShiftAboveCap: ({ shift, cap }) => `The surface would be shifted by ${formatPercent(shift)} after the order, more than the cap of ${formatPercent(cap)}; try a smaller size.`,
  QuoteUnavailable: ({ logVega, depth }, units) => `A depth of ${price(depth, units)} does not price this order safely in a book with a log-vega of ${price(logVega, units)}; try a smaller size.`,
  CapacityExhausted: ({ used, limit }) => used === beyondMeasure ? "The pool has next to no capacity for a large move: too little is deposited." : `The pool would use ${formatPercent(used)} of its capacity for a large move, more than ${formatPercent(limit)}; try a smaller size.`,
  VenueTooFar: ({ price: found, feedPrice, limit }, units) => `The hedge venue's price of ${price(found, units)} passes ${price(limit, units)}, the furthest that the hedge trades with the feed at ${price(feedPrice, units)}; try a smaller size or wait.`,

  // Risk
  ExposureAboveLimit: ({ exposure, limit }, units) => `The pool would carry ${amounts.base(exposure, units)} unhedged, more than its limit of ${amounts.base(limit, units)}; try a smaller size.`,
  ScenarioLossAboveEquity: ({ equity, loss, floor }, units) => `In the worst scenario the pool would lose ${price(loss, units)} of its ${price(equity, units)}, and ${price(floor, units)} have to stay; try a smaller size.`,
  UpsideSlopeBelowLimit: ({ slope, limit }, units) => `Far above today's prices the pool would be short ${amounts.base(-slope, units)}, more than ${amounts.base(-limit, units)}; try a smaller size.`,
  ValueAtZeroBelowFloor: ({ value, floor }, units) => `At a price of zero the pool would be worth ${price(value, units)}, below ${price(floor, units)}; try a smaller size.`,
  InsufficientFreeCash: ({ free, needed }, units) => `The pool has ${amounts.cash(free, units)} of free cash and would need ${amounts.cash(needed, units)}.`,

  // Oracle
  FeedPriceInvalid: ({ answer }) => `The price feed answers ${answer}, which is no price.`,
  FeedRoundIncomplete: ({ roundId, answeredIn }) => `Round ${roundId} of the price feed is incomplete: it was answered in round ${answeredIn}.`,
  FeedStale: ({ updatedAt, maxAge, now_ }) => `The feed's price is ${formatDuration(now_ - updatedAt)} old, more than ${formatDuration(maxAge)}; trading waits for its next round.`,
  FeedNotDue: ({ acceptableAt, saidAt, now_ }) => acceptableAt === 0n
    ? `This feed was not the last to be proposed; it is ${formatTime(now_)}, and the present one's last sign of life is of ${formatTime(saidAt)}.`
    : `This feed can take the present one's place from ${formatTime(acceptableAt)} on, if that has said nothing in the three days before; its last sign of life is of ${formatTime(saidAt)}, and it is ${formatTime(now_)}.`,
  SequencerDown: ({ since }) => (since === 0n ? "The sequencer's uptime feed has not started." : `The sequencer is down since ${formatTime(since)}.`),
  SequencerGracePeriod: ({ upSince, grace, now_ }) => `The sequencer is up again since ${formatTime(upSince)}; trading waits ${formatDuration(grace)}, of which ${formatDuration(upSince + grace - now_)} are left.`,
  VenuePriceDeviates: ({ venuePrice, feedPrice, maxDeviation }, units) => `The hedge venue's price of ${price(venuePrice, units)} is more than ${formatPercent(maxDeviation)} from the feed's ${price(feedPrice, units)}.`,

  // Settlement
  NotExpired: ({ expiry, now_ }) => `The options expire at ${formatTime(expiry)}, in ${formatDuration(expiry - now_)}.`,
  AlreadySettled: ({ expiry }) => `The expiry ${formatTime(expiry)} is settled already.`,
  NotSettled: ({ expiry }) => `The expiry ${formatTime(expiry)} is not settled yet; anyone may settle it once it has passed.`,
  RoundBeforeExpiry: ({ roundId, updatedAt, expiry }) => `Round ${roundId} is from ${formatTime(updatedAt)}, before the expiry at ${formatTime(expiry)}.`,
  RoundNotFirst: ({ previousRoundId, previousUpdatedAt, expiry }) => `It has to be the first round after expiry: round ${previousRoundId} from ${formatTime(previousUpdatedAt)} is also after ${formatTime(expiry)}.`,
  RoundUnproven: ({ roundId }) => `Nothing proves that round ${roundId} is the first after expiry: the feed has no round before it in its phase.`,
  RoundMissing: ({ roundId }) => `The feed has no round ${roundId}.`,
  RoundOfOtherPhase: ({ roundId, phase, presentPhase }) => `Round ${roundId} is of the feed's phase ${phase}; the one that settles is of phase ${presentPhase}.`,
  RoundNotEarlier: ({ roundId, updatedAt, standing }) => `Round ${roundId} from ${formatTime(updatedAt)} is not earlier than the proposed one from ${formatTime(standing)}.`,
  AwaitsSettlement: ({ expiry }) => `The expiry ${formatTime(expiry)} has passed and is to be settled first; anyone may do that.`,

  // Accounts
  TooManyLegs: ({ limit }) => `An account holds at most ${limit} series.`,
  MarginBelowRequirement: ({ value, requirement }, units) => `The account would be worth ${price(value, units)} and needs ${price(requirement, units)}; pay in more or open less.`,
  AccountInDebt: ({ quote }, units) => `The account owes ${amounts.cash(-quote, units)}; pay that in first.`,
  InsufficientMargin: ({ quote, needed }, units) => `The account has ${amounts.cash(quote, units)} and can't pay out ${amounts.cash(needed, units)}.`,
  AccountHealthy: ({ value, requirement }, units) => `The account is worth ${price(value, units)} and needs ${price(requirement, units)}: it is well, and nobody may close it.`,
  AccountCallsAboveLimit: ({ calls, limit }) => `Accounts would have written ${formatWad(calls)} calls together, more than the ${formatWad(limit)} that the pool stands behind.`,
  AccountPutsAboveLimit: ({ strikes, limit }, units) => `Accounts would have written puts of ${price(strikes, units)} in strikes together, more than the ${price(limit, units)} that the pool stands behind.`,

  // Tokens and venue
  TokenCallFailed: ({ token }) => `The token ${token} refused or failed.`,
  TokenAmountMismatch: ({ token, received, expected }) => `The token ${token} delivered ${received} atoms instead of ${expected}.`,
  CallFailed: ({ target }) => `A call to ${target} failed.`,
  HedgeFailed: ({ baseAmount }, units) => `The hedge of ${amounts.base(baseAmount, units)} failed at the venue.`,

  // Shares and positions
  InsufficientBalance: ({ holder, balance, needed }, units, of) => `${holder} has ${holding(balance, units, of)} and needs ${holding(needed, units, of)}.`,
  InsufficientAllowance: ({ spender, allowance, needed }, units, of) => `${spender} may spend ${holding(allowance, units, of)} and needs ${holding(needed, units, of)}.`,
  WithdrawAboveLimit: ({ assets, freeCash, gate, part }, units) =>
    `${amounts.cash(assets, units)} is more than the ${amounts.cash(part, units)} that you can take out now (the pool has ${amounts.cash(freeCash, units)} of free cash, of which the scenario gate lets ${amounts.cash(gate, units)} go).`,
  SharesBelowLimit: ({ shares, limit }, units) => `The deposit brings ${amounts.shares(shares, units)} now, less than your limit of ${amounts.shares(limit, units)}.`,
  SharesAboveLimit: ({ shares, limit }, units) => `The withdrawal takes ${amounts.shares(shares, units)} now, more than your limit of ${amounts.shares(limit, units)}.`,
  AssetsBelowLimit: ({ assets, limit }, units) => {
    const [now, bound] = apart(assets, limit, units);
    return `The shares bring ${now} now, less than your limit of ${bound}.`;
  },
  AssetsAboveLimit: ({ assets, limit }, units) => {
    const [now, bound] = apart(assets, limit, units);
    return `The shares cost ${now} now, more than your limit of ${bound}.`;
  },
  NothingPaid: ({ shares }, units) => `${amounts.shares(shares, units)} are worth less than the smallest amount of ${units.quote} now; they are not burnt for nothing.`,
  NavBelowFloor: ({ nav, floor }, units) => `The pool's net asset value of ${amounts.cash(nav, units)} is not above ${amounts.cash(floor, units)}; it takes no deposits.`,
  NothingMinted: ({ assets }, units) => `${amounts.cash(assets, units)} is too little for a single share.`,
  PermitExpired: ({ deadline, now_ }) => `The permit ended at ${formatTime(deadline)}, ${formatDuration(now_ - deadline)} ago.`,
  PermitInvalid: ({ signer, owner }) => `The permit is signed by ${signer}, not by ${owner}.`,
};

/** The sentence of one error. */
export function sentence<Name extends PoolErrorName>(name: Name, fields: PoolErrors[Name], units: Units, of: HoldingKind = "quote"): string {
  return sentences[name](fields, units, of);
}

/** Names a series for a person, and anything else by its number. */
export function nameOf(id: bigint, units: Units): string {
  try {
    return formatSeriesLong(decodeId(id), units.base);
  } catch {
    return `series ${id}`;
  }
}
