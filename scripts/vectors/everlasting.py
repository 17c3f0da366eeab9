#!/usr/bin/env python3
"""Reference values of everlasting options, to 25 digits: the integral of Europeans, not its closed form.

    everlasting.py FILE [--points N] [--seed S]

Each value is the integral of e^-x times the European's (Black-Scholes, zero rate) with x periods to expiry; its
derivative by the period is that of x times the European's by time. Inputs are WAD integers and seconds. Needs mpmath.
"""
import argparse
import json
import random
from mpmath import mp, mpf, erfc, exp, inf, log, nstr, pi, quad, sqrt

mp.dps = 40
YEAR = 31_536_000
WAD = 10**18
FIELDS = ["call", "put", "time_value", "delta_call", "gamma", "vega", "period_slope"]
CORNERS = [  # spot, strike, period, vol
    (3000 * WAD, 3000 * WAD, 86_400, 7 * WAD // 10),
    (3000 * WAD, 3000 * WAD, 1, WAD // 100),
    (3000 * WAD, 3000 * WAD, 5 * YEAR, 10 * WAD),
    (3000 * WAD, 3_000_000 * WAD, 5 * YEAR, 10 * WAD),
    (3000 * WAD, 3 * WAD, 5 * YEAR, 10 * WAD),
    (WAD // 10**6, WAD // 10**6, 30 * 86_400, WAD),
    (10**9 * WAD, 10**9 * WAD, 30 * 86_400, WAD),
    (3000 * WAD, 3000 * WAD + 1, 3_600, WAD // 2),
    (3000 * WAD, 3000 * WAD - 1, 3_600, WAD // 2),
]


def cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def integral(f, scale):
    """Over all x > 0 of e^-x f(x); substituted by x = y^2, and cut where the European's value turns on."""
    g = lambda y: 2 * y * exp(-y * y) * f(y * y)
    cuts = sorted({mpf(0), mpf(8), mpf(14)} | {scale * c for c in (mpf(1) / 8, mpf(1) / 2, 1, 2, 4) if scale * c < 8})
    return quad(g, cuts)


def reference(spot, strike, period, vol):
    s, k, sigma = (mpf(x) / WAD for x in (spot, strike, vol))
    tau = mpf(period) / YEAR
    w = sigma * sqrt(tau)
    d1 = lambda x: log(s / k) / (w * sqrt(x)) + w * sqrt(x) / 2
    density = lambda x: exp(-d1(x) ** 2 / 2) / sqrt(2 * pi)
    # What is out of the money is the time value of that leg.
    up = s >= k
    otm = lambda x: k * cdf(w * sqrt(x) - d1(x)) - s * cdf(-d1(x)) if up else s * cdf(d1(x)) - k * cdf(d1(x) - w * sqrt(x))
    scale = abs(log(s / k)) / w / 3 if s != k else mpf(1)
    near = lambda f: integral(f, scale)
    time_value = near(otm)
    tail = near(lambda x: cdf(-d1(x)) if up else cdf(d1(x)))
    return {
        "call": max(s - k, 0) + time_value,
        "put": max(k - s, 0) + time_value,
        "time_value": time_value,
        "delta_call": 1 - tail if up else tail,
        "gamma": near(lambda x: density(x) / (s * w * sqrt(x))),
        "vega": near(lambda x: s * density(x) * sqrt(tau * x)),
        "period_slope": near(lambda x: x * s * density(x) * sigma / (2 * sqrt(tau * x))),
    }


def draw(rng):
    spot = int(10 ** rng.uniform(-5, 8) * 1e9) * 10**9 + rng.randrange(10**9)
    period = int(10 ** rng.uniform(0, 8.1))
    vol = int(rng.uniform(0.01, 10) * 1e9) * 10**9 if rng.random() < 0.3 else int(rng.uniform(0.2, 1.5) * 1e9) * 10**9
    # Within about thirty decay lengths, and within the domain.
    u = (1 + 8 / ((vol / 1e18) ** 2 * period / YEAR)) ** 0.5
    reach = min(6.5, 30 * 2 / u)
    strike = int(spot * 2.718281828459045 ** rng.uniform(-reach, reach))
    return spot, min(max(strike, WAD // 10**6), 10**9 * WAD), period, vol


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--points", type=int, default=120)
    parser.add_argument("--seed", default="smirk")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    points = CORNERS + [draw(rng) for _ in range(arguments.points - len(CORNERS))]
    lines = []
    for spot, strike, period, vol in points:
        inputs = {"spot": str(spot), "strike": str(strike), "period": str(period), "vol": str(vol)}
        values = reference(spot, strike, period, vol)
        values = {name: nstr(values[name], 25, strip_zeros=False) for name in FIELDS}
        lines.append(json.dumps(inputs | values, separators=(",", ":")))
    with open(arguments.path, "w") as out:
        out.write('{"convention": "inputs are WAD integers and seconds; values have 25 digits; years of 365 days",\n')
        out.write('"generator": "scripts/vectors/everlasting.py --points %d --seed %s",\n' % (arguments.points, arguments.seed))
        out.write('"points": [\n' + ",\n".join(lines) + "\n]}\n")
