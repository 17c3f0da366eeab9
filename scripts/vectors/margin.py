#!/usr/bin/env python3
"""Reference values of the isolated margin of one short option, to 25 digits.

    margin.py FILE [--points N] [--seed S]

The largest Black-Scholes price (zero rate) over the scenarios and the mark plus two per cent of spot; vol moves are
logarithms. Inputs are WAD integers and seconds. Needs mpmath.
"""
import argparse
import json
import random
from mpmath import mp, mpf, nstr

from black_scholes import WAD, YEAR, cdf, log, exp, sqrt

mp.dps = 50
INITIAL = (["0.8", "0.9", "1", "1.1", "1.2"], ["-0.3", "0", "0.45"])
MAINTENANCE = (["0.88", "0.94", "1", "1.06", "1.12"], ["-0.2", "0", "0.25"])
CORNERS = [  # kind, spot, strike, seconds, vol
    ("call", 3000 * WAD, 3000 * WAD, 0, WAD // 2),
    ("put", 3000 * WAD, 3000 * WAD, 0, WAD // 2),
    ("call", 3000 * WAD, 3000 * WAD, 1, WAD // 100),
    ("put", 3000 * WAD, 3000 * WAD, 5 * YEAR, 10 * WAD),
    ("call", 10**9 * WAD, 10**9 * WAD, 5 * YEAR, 10 * WAD),
    ("put", WAD // 10**6, WAD // 10**6, 86_400, WAD),
    ("call", 3000 * WAD, 3_000_000 * WAD, 30 * 86_400, WAD),
    ("put", 3000 * WAD, 3_000_000 * WAD, 30 * 86_400, WAD),
    ("call", 3000 * WAD, 3 * WAD, 30 * 86_400, 0),
    ("put", 3000 * WAD, 3 * WAD, 30 * 86_400, 0),
]


def price(kind, s, k, w):
    if w == 0:
        return max(s - k if kind == "call" else k - s, mpf(0))
    d1 = log(s / k) / w + w / 2
    if kind == "call":
        return s * cdf(d1) - k * cdf(d1 - w)
    return k * cdf(w - d1) - s * cdf(-d1)


def requirement(kind, spot, strike, seconds, vol, scenarios):
    s, k, sigma = (mpf(x) / WAD for x in (spot, strike, vol))
    w = sigma * sqrt(mpf(seconds) / YEAR)
    spots, vols = scenarios
    worst = max(price(kind, s * mpf(a), k, w * exp(mpf(b))) for a in spots for b in vols)
    return max(worst, price(kind, s, k, w) + s * mpf("0.02"))


def draw(rng):
    spot = int(10 ** rng.uniform(-6, 9) * 1e9) * 10**9 + rng.randrange(10**9)
    spot = min(max(spot, WAD // 10**6), 10**9 * WAD)
    near = rng.random() < 0.8
    strike = int(spot * 2.718281828459045 ** (rng.uniform(-1, 1) if near else rng.uniform(-6.9, 6.9)))
    strike = min(max(strike, WAD // 10**6), 10**9 * WAD)
    seconds = int(10 ** rng.uniform(0, 8.19))
    return rng.choice(["call", "put"]), spot, strike, seconds, int(rng.uniform(0.01, 3) * 1e9) * 10**9


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", default="smirk")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    points = CORNERS + [draw(rng) for _ in range(arguments.points - len(CORNERS))]
    lines = []
    for kind, spot, strike, seconds, vol in points:
        point = {"kind": kind, "spot": str(spot), "strike": str(strike), "seconds": str(seconds), "vol": str(vol)}
        for name, scenarios in (("initial", INITIAL), ("maintenance", MAINTENANCE)):
            point[name] = nstr(requirement(kind, spot, strike, seconds, vol, scenarios), 25, strip_zeros=False)
        lines.append(json.dumps(point, separators=(",", ":")))
    with open(arguments.path, "w") as out:
        out.write('{"convention": "inputs are WAD integers and seconds; values per option have 25 digits; years of 365 days",\n')
        out.write('"generator": "scripts/vectors/margin.py --points %d --seed %s",\n' % (arguments.points, arguments.seed))
        out.write('"points": [\n' + ",\n".join(lines) + "\n]}\n")
