// Integers as the contract has them.

export const WAD = 10n ** 18n;
/** WAD per unit in which fees and unearned charges are stored: a millionth of the quote currency. */
export const UNIT = 10n ** 12n;

export const divideUp = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
export const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
