// The integers that tracers reckon with: the methods of the library big-integer, which go-ethereum gives to tracers, over the
// engine's own integers. Its primes and random numbers are not here.
(() => {
  "use strict";
  const Native = BigInt;
  const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

  const parse = (text, base) => {
    const sign = text.startsWith("-") ? -1n : 1n;
    const body = text.replace(/^[+-]/, "").toLowerCase();
    if (base === 10n) {
      if (/^0x[0-9a-f]+$/.test(body)) return sign * Native(body);
      const [, mantissa, exponent = "0"] = /^(\d+)(?:e\+?(\d{1,3}))?$/.exec(body) ?? [];
      if (mantissa === undefined) throw new Error("Invalid integer: " + text);
      return sign * Native(mantissa) * 10n ** Native(exponent);
    }
    if (body === "") throw new Error("Invalid integer: " + text);
    let value = 0n;
    for (const character of body) {
      const digit = Native(digits.indexOf(character));
      if (digit < 0n || digit >= base) throw new Error(character + " is not a valid character");
      value = value * base + digit;
    }
    return sign * value;
  };

  const read = (given, base = 10) => {
    if (given instanceof BigInteger) return given.value;
    switch (typeof given) {
      case "bigint": return given;
      case "undefined": return 0n;
      case "number":
        if (!Number.isInteger(given)) throw new Error("Invalid integer: " + given);
        return Native(given);
      default: return parse(String(given).trim(), read(base));
    }
  };

  const abs = value => (value < 0n ? -value : value);
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const gcd = (a, b) => {
    [a, b] = [abs(a), abs(b)];
    while (b) [a, b] = [b, a % b];
    return a;
  };
  const nonzero = value => {
    if (value === 0n) throw new Error("Cannot divide by zero");
    return value;
  };
  const power = (base, exponent) => {
    if (exponent >= 0n) return base ** exponent;
    if (base === 0n) throw new Error("Cannot divide by zero");
    if (base === 1n) return 1n;
    return base === -1n ? (exponent % 2n ? -1n : 1n) : 0n;
  };
  const inverse = (a, n) => {
    let [t, next, r, rest] = [0n, 1n, abs(n), abs(a)];
    while (rest) {
      const q = r / rest;
      [t, next] = [next, t - q * next];
      [r, rest] = [rest, r - q * rest];
    }
    if (r !== 1n) throw new Error(`${a} and ${n} are not co-prime`);
    if (t < 0n) t += abs(n);
    return a < 0n ? -t : t;
  };
  const modular = (base, exponent, modulus) => {
    nonzero(modulus);
    if (exponent < 0n) [base, exponent] = [inverse(base, modulus), -exponent];
    let result = 1n;
    for (base %= modulus; exponent; exponent >>= 1n) {
      if (base === 0n) return 0n;
      if (exponent & 1n) result = (result * base) % modulus;
      base = (base * base) % modulus;
    }
    return result % modulus;
  };
  const shift = (value, places) => (places < 0n ? value >> -places : value << places);

  class BigInteger {
    constructor(value) {
      this.value = value;
    }
    toString(radix = 10) {
      return this.value.toString(Number(radix));
    }
    toJSON() {
      return this.value.toString();
    }
    toJSNumber() {
      return Number(this.value);
    }
    valueOf() {
      return Number(this.value);
    }
    divmod(other) {
      const [a, b] = [this.value, nonzero(read(other))];
      return { quotient: wrap(a / b), remainder: wrap(a % b) };
    }
    toArray(radix) {
      const base = nonzero(read(radix));
      const value = [];
      for (let rest = abs(this.value); rest; rest /= base) value.unshift(Number(rest % base));
      return { value: value.length ? value : [0], isNegative: this.value < 0n };
    }
  }
  const wrap = value => new BigInteger(value);

  const define = (methods, result) => {
    for (const [names, method] of Object.entries(methods)) {
      const bound = function (...given) {
        return result(method(this.value, ...given.map(value => read(value))));
      };
      for (const name of names.split(" ")) {
        Object.defineProperty(BigInteger.prototype, name, { value: bound, writable: true, configurable: true });
      }
    }
  };
  define({
    "abs": abs,
    "negate": a => -a,
    "add plus": (a, b) => a + b,
    "subtract minus": (a, b) => a - b,
    "multiply times": (a, b) => a * b,
    "divide over": (a, b) => a / nonzero(b),
    "mod remainder": (a, b) => a % nonzero(b),
    "pow": power,
    "modPow": modular,
    "modInv": inverse,
    "square": a => a * a,
    "next": a => a + 1n,
    "prev": a => a - 1n,
    "and": (a, b) => a & b,
    "or": (a, b) => a | b,
    "xor": (a, b) => a ^ b,
    "not": a => ~a,
    "shiftLeft": shift,
    "shiftRight": (a, places) => shift(a, -places),
    "bitLength": a => Native((a < 0n ? -a - 1n : a).toString(2).replace(/^0$/, "").length),
  }, wrap);
  define({
    "compare compareTo": compare,
    "compareAbs": (a, b) => compare(abs(a), abs(b)),
    "equals eq": (a, b) => a === b,
    "notEquals neq": (a, b) => a !== b,
    "greater gt": (a, b) => a > b,
    "greaterOrEquals geq": (a, b) => a >= b,
    "lesser lt": (a, b) => a < b,
    "lesserOrEquals leq": (a, b) => a <= b,
    "isZero": a => a === 0n,
    "isNegative": a => a < 0n,
    "isPositive": a => a > 0n,
    "isEven": a => (a & 1n) === 0n,
    "isOdd": a => (a & 1n) === 1n,
    "isUnit": a => abs(a) === 1n,
    "isDivisibleBy": (a, b) => b !== 0n && a % b === 0n,
  }, value => value);

  const bigInt = (value, base) => wrap(read(value, base));
  bigInt.zero = wrap(0n);
  bigInt.one = wrap(1n);
  bigInt.minusOne = wrap(-1n);
  bigInt.isInstance = value => value instanceof BigInteger;
  bigInt.max = (a, b) => wrap(read(a) > read(b) ? read(a) : read(b));
  bigInt.min = (a, b) => wrap(read(a) < read(b) ? read(a) : read(b));
  bigInt.gcd = (a, b) => wrap(gcd(read(a), read(b)));
  bigInt.lcm = (a, b) => wrap((abs(read(a)) / nonzero(gcd(read(a), read(b)))) * abs(read(b)));
  bigInt.fromArray = (list, base = 10, isNegative = false) => {
    const value = list.reduce((sum, digit) => sum * read(base) + read(digit), 0n);
    return wrap(isNegative ? -value : value);
  };
  return bigInt;
})()
