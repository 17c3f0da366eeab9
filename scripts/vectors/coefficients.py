#!/usr/bin/env python3
"""Derives the polynomial coefficients in crates/engine/src/special and prints them as Rust literals.

Each polynomial interpolates its function at Chebyshev nodes (within a factor of two of the best polynomial of
its degree), is converted to powers of its variable, and is rounded to the fixed-point scale of each Horner
step. A truncated product is low by 1.25 units on average; the coefficients carry that back.

    python3 scripts/vectors/coefficients.py        needs mpmath
"""
from mpmath import mp, mpf, cos, pi, sqrt, exp, erfc, log, atanh, lu_solve, matrix

mp.dps = 60


def interpolate(f, low, high, degree):
    """Power-basis coefficients of the interpolant of f at the Chebyshev nodes of [low, high], in (x − middle)."""
    n = degree + 1
    half = (high - low) / 2
    middle = (high + low) / 2
    nodes = [cos(pi * (i + mpf(1) / 2) / n) for i in range(n)]
    values = [f(middle + half * u) for u in nodes]
    chebyshev = [
        (2 if j else 1) * sum(v * cos(j * pi * (i + mpf(1) / 2) / n) for i, v in enumerate(values)) / n
        for j in range(n)
    ]
    previous, current = [mpf(1)], [mpf(0), mpf(1)]
    total = [mpf(0)] * n
    total[0] = chebyshev[0]
    for j in range(1, n):
        for i, c in enumerate(current):
            total[i] += chebyshev[j] * c
        following = [mpf(0)] + [2 * c for c in current]
        for i, c in enumerate(previous):
            following[i] -= c
        previous, current = current, following
    return [c / half**i for i, c in enumerate(total)], middle, half


def horner(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def worst(f, coefficients, middle, half, relative=False):
    error = mpf(0)
    for i in range(2001):
        x = middle + half * (mpf(i) / 1000 - 1)
        y = f(x)
        e = abs(horner(coefficients, x - middle) - y)
        error = max(error, e / abs(y) if relative else e)
    return error


def show(name, coefficients, scales, bias):
    for j, (c, s) in enumerate(zip(coefficients, scales)):
        print(f"{name}[{j:2}] Q{s}: {int(mp.nint(c * mpf(2)**s + bias(j)))}")


def scaled_tail(x):
    """N(−x)·e^(x²/2): the Mills ratio over sqrt(2π)."""
    return exp(x * x / 2) * erfc(x / sqrt(mpf(2))) / 2


def exponential():
    limit = log(mpf(2)) / 2 + mpf(2)**-9
    coefficients, middle, half = interpolate(exp, -limit, limit, 12)
    print("\n# exp(r), |r| <= ln2/2 + 2^-9; error 2^%.1f" % log(worst(exp, coefficients, middle, half), 2))
    show("EXP", coefficients, [62] * 9 + [48] * 4, lambda j: mpf(5) / 4 if j < 9 else 0)


def logarithm():
    def f(t):
        t = abs(t)
        if t < mpf(2)**-80:
            return mpf(2)
        z = sqrt(t)
        return 2 * atanh(z) / z

    top = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1) + mpf(2)**-12)**2
    coefficients, middle, half = interpolate(f, mpf(0), top, 8)
    shifted = expand(coefficients, middle)
    print("\n# ln((1+z)/(1-z))/z in t = z^2 <= %s; error 2^%.1f" % (mp.nstr(top, 8), log(worst(f, coefficients, middle, half), 2)))
    show("LN", shifted, [61] * 6 + [33] * 3, lambda j: mpf(5) / 4 if j < 6 else 0)


def expand(coefficients, middle):
    """Re-centres a polynomial in (x − middle) to powers of x."""
    total = [mpf(0)]
    for c in reversed(coefficients):
        product = [mpf(0)] + total
        for i, t in enumerate(total):
            product[i] -= middle * t
        product[0] += c
        total = product
    return total[: len(coefficients)]


def mills():
    shift = mpf("6.6875")
    low, high = mpf(-1) / 64, mpf(32)
    r_low, r_high = 1 / (high + shift), 1 / (low + shift)
    middle, half = (r_low + r_high) / 2, (r_high - r_low) / 2
    fixed = int(mp.nint(middle * mpf(2)**67))
    middle = fixed / mpf(2)**67

    def f(r):
        return scaled_tail(1 / r - shift)

    coefficients, m, h = interpolate(f, middle - half, middle + half, MILLS_DEGREE)
    print("\n# N(-x) e^(x^2/2), -1/64 <= x <= 32, in u = 16/(x + %s) - m; |u| <= %s; error 2^%.1f" % (
        mp.nstr(shift, 8), mp.nstr(16 * half, 8), log(worst(f, coefficients, m, h), 2)))
    print("m * 2^63 mod 2^64 = %d" % (fixed % 2**64))
    scaled = [c / mpf(16)**i for i, c in enumerate(coefficients)]
    show("MILLS", scaled, [61 + j if j < 20 else 64 for j in range(MILLS_DEGREE + 1)], lambda j: mpf(5) / 4 if j < 20 else 0)
    # No Horner step may reach 2^63: the polynomial's own steps, then those of its divided difference.
    for order in (0, 1):
        steps = [
            log(sum((i - j) ** order * abs(c) for i, c in enumerate(scaled) if i >= j + order), 2) + 61 + order + j
            for j in range(MILLS_DEGREE + 1 - order)
        ]
        assert max(steps) < 63
        print("largest steps, log2:", " ".join(mp.nstr(s, 4) for s in steps))


def inverse_root():
    """The polynomial in t = x - 5/8 whose product with sqrt(x) is closest to 1 on [1/4, 1], by Remez's exchange."""
    degree, low, high = 4, mpf(1) / 4, mpf(1)
    middle, count = (low + high) / 2, degree + 2
    points = [middle - (high - low) / 2 * cos(pi * i / (count - 1)) for i in range(count)]
    grid = [low + (high - low) * i / mpf(2000) for i in range(2001)]
    for _ in range(8):
        system = matrix(count, count)
        for i, x in enumerate(points):
            for j in range(degree + 1):
                system[i, j] = (x - middle) ** j * sqrt(x)
            system[i, degree + 1] = (-1) ** i
        solution = lu_solve(system, matrix([1] * count))
        coefficients = [solution[j] for j in range(degree + 1)]
        errors = [horner(coefficients, x - middle) * sqrt(x) - 1 for x in grid]
        turns = [i for i in range(1, 2000) if (errors[i] - errors[i - 1]) * (errors[i + 1] - errors[i]) <= 0]
        points = [low] + [grid[i] for i in turns] + [high]
        assert len(points) == count
    print("\n# 1/sqrt(x), 1/4 <= x <= 1, in x - 5/8; relative error 2^%.1f" % log(max(map(abs, errors)), 2))
    show("ROOT", coefficients, [28] * (degree + 1), lambda j: 0)


MILLS_DEGREE = 22

if __name__ == "__main__":
    exponential()
    logarithm()
    mills()
    inverse_root()
    print("\nln2*2^64 = %d, log2e*2^32 = %d" % (int(mp.nint(log(mpf(2)) * 2**64)), int(mp.nint(2**32 / log(mpf(2))))))
    print("1/sqrt(2pi)*2^65 = %d" % int(mp.nint(2**65 / sqrt(2 * pi))))
