#!/usr/bin/env python3
"""Reference values of options on forwards, spot carried to the expiry, to 25 digits.

    carry.py FILE [--points N] [--seed S]

Black's formula on F = S·exp(c·tau), undiscounted, at the vol of the strike on an extended SSVI slice in ln(K/F); greeks by
spot, theta at a constant forward. Carries from -10 % to +30 % a year. Inputs are WAD integers and seconds. Needs mpmath.
"""
import argparse
import json
import random
from mpmath import mp, mpf, nstr

from black_scholes import WAD, YEAR, cdf, exp, log, pdf, sqrt

mp.dps = 50
CARRIES = [-WAD // 10, -WAD // 50, -1, 0, 1, WAD // 20, WAD * 3 // 10]
FIELDS = ["forward", "vol", "call", "put", "delta_call", "delta_put", "gamma", "vega", "theta"]


def total_variance(theta, left, right, k):
    """The slice with slopes of total variance `left` and `right` in its wings."""
    a, psi = (right - left) / 2, (left + right) / 2
    return (theta + a * k + sqrt(psi**2 * k**2 + 2 * a * theta * k + theta**2)) / 2


def values(spot, strike, seconds, atm_vol, left, right, carry):
    s, k, sigma, l, r, c = (mpf(x) / WAD for x in (spot, strike, atm_vol, left, right, carry))
    tau = mpf(seconds) / YEAR
    growth = exp(c * tau)
    f = s * growth
    root = sigma * sqrt(tau)
    v = sqrt(total_variance(root**2, l * root, r * root, log(k / f)))
    d1 = log(f / k) / v + v / 2
    d2 = d1 - v
    density = pdf(d1)
    return {
        "forward": f,
        "vol": v / sqrt(tau),
        "call": f * cdf(d1) - k * cdf(d2),
        "put": k * cdf(-d2) - f * cdf(-d1),
        "delta_call": growth * cdf(d1),
        "delta_put": -growth * cdf(-d1),
        "gamma": growth * density / (s * v),
        "vega": f * density * sqrt(tau),
        "theta": -f * density * v / (2 * tau),
    }


def draw(rng):
    wad = lambda low, high: int(rng.uniform(low, high) * 1e9) * 10**9
    spot = int(10 ** rng.uniform(1, 5) * 1e9) * 10**9 + rng.randrange(10**9)
    seconds = int(10 ** rng.uniform(3.5, 7.8))
    atm_vol, left, right = wad(0.15, 2.0), wad(0.05, 1.2), wad(0.05, 1.2)
    carry = rng.choice(CARRIES) if rng.random() < 0.5 else int(rng.uniform(-0.1, 0.3) * WAD)
    width = float(atm_vol) / WAD * (seconds / YEAR) ** 0.5
    strike = int(spot * 2.718281828459045 ** (width * rng.uniform(-4, 4)))
    return spot, strike, seconds, atm_vol, left, right, carry


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--seed", default="smirk")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    inputs = ["spot", "strike", "seconds", "atm_vol", "left_wing", "right_wing", "carry"]
    lines = []
    for _ in range(arguments.points):
        point = draw(rng)
        line = dict(zip(inputs, map(str, point)))
        found = values(*point)
        line.update({name: nstr(found[name], 25, strip_zeros=False) for name in FIELDS})
        lines.append(json.dumps(line, separators=(",", ":")))
    with open(arguments.path, "w") as out:
        out.write('{"convention": "inputs are WAD integers and seconds; values per option have 25 digits; years of 365 days",\n')
        out.write('"generator": "scripts/vectors/carry.py --points %d --seed %s",\n' % (arguments.points, arguments.seed))
        out.write('"points": [\n' + ",\n".join(lines) + "\n]}\n")
