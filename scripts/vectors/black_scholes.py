#!/usr/bin/env python3
"""Reference values for the engine's Black-Scholes, to 50 digits, and a comparison of the engine with them.

    black_scholes.py write FILE [--points N] [--seed S]    a JSON file of vectors (30 digits)
    black_scholes.py check [--points N] [--seed S]         run crates/engine/examples/evaluate on N points
    black_scholes.py check --file FILE                     the same on a file of vectors

Convention: tau = seconds / 31536000; continuous rate; no dividends; vega and rho per 1.0; theta per year of
calendar time. Inputs are exact 18-decimal numbers. Needs mpmath.
"""
import argparse
import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from mpmath import mp, mpf, exp, log, sqrt, pi, erfc

mp.dps = 50
YEAR = 31_536_000
WAD = 10**18
FIELDS = ["call", "put", "delta_call", "delta_put", "gamma", "vega", "theta_call", "theta_put", "rho_call", "rho_put"]


# Prices in WAD integers.
DECIMALS = ["decimal call", "decimal put"]


def cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def pdf(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def reference(spot, strike, seconds, vol, rate):
    """The ten values of FIELDS for WAD inputs."""
    s, k, v, r = (mpf(x) / WAD for x in (spot, strike, vol, rate))
    t = mpf(seconds) / YEAR
    with mp.workdps(80):
        d = exp(-r * t)
        if v == 0 or t == 0:
            up = mpf(1) if s > k * d else mpf(1) / 2 if s == k * d else mpf(0)
            d1 = d2 = None
            n1, n2, m1, m2, density = up, up, 1 - up, 1 - up, mpf(0)
        else:
            w = v * sqrt(t)
            d1 = (log(s / k) + r * t) / w + w / 2
            d2 = d1 - w
            n1, n2, m1, m2, density = cdf(d1), cdf(d2), cdf(-d1), cdf(-d2), pdf(d1)
        call = s * n1 - k * d * n2
        put = k * d * m2 - s * m1
        decay = s * density * v / (2 * sqrt(t)) if density else mpf(0)
        return {
            "call": call,
            "put": put,
            "delta_call": n1,
            "delta_put": -m1,
            "gamma": density / (s * w) if density else mpf(0),
            "vega": s * density * sqrt(t),
            "theta_call": -decay - r * k * d * n2,
            "theta_put": -decay + r * k * d * m2,
            "rho_call": k * t * d * n2,
            "rho_put": -k * t * d * m2,
            "d1": d1,
            "d2": d2,
        }


def log_uniform(rng, low, high):
    return float(low) * (float(high) / float(low)) ** rng.random()


def points(n, seed):
    """WAD inputs: corners of the domain, then ordinary markets, then the whole domain on a log scale."""
    rng = random.Random(seed)
    wad = lambda x: int(round(x * 1e9)) * 10**9 + rng.randrange(10**9) if x < 1e9 else 10**9 * WAD
    corners = []
    for spot in (10**12, WAD, 3000 * WAD, 10**9 * WAD):
        for ratio in (1, 2, 1000):
            for strike in {spot * ratio, spot // ratio, spot + 1, spot - 1}:
                for seconds in (0, 1, 3600, 5 * YEAR):
                    for vol in (0, WAD // 100, WAD, 10 * WAD):
                        for rate in (0, -WAD // 5, WAD // 2):
                            corners.append((spot, strike, seconds, vol, rate))
    rng.shuffle(corners)
    chosen = corners[: n // 5]
    while len(chosen) < n:
        seconds = int(log_uniform(rng, 1, 5 * YEAR))
        if rng.random() < 0.5:
            spot = wad(log_uniform(rng, 100, 60000))
            vol = wad(log_uniform(rng, 0.1, 3))
            width = float(vol) / WAD * (seconds / YEAR) ** 0.5
            strike = int(spot * mp.e ** (width * rng.uniform(-6, 6))) if rng.random() < 0.7 else int(spot * log_uniform(rng, 0.3, 3))
            rate = rng.choice([0, wad(0.05), -wad(0.02)])
        else:
            spot = wad(log_uniform(rng, 1e-6, 1e9))
            vol = wad(log_uniform(rng, 0.01, 10))
            width = float(vol) / WAD * (seconds / YEAR) ** 0.5
            strike = int(spot * log_uniform(rng, 1e-3, 1e3)) if rng.random() < 0.5 else int(spot * mp.e ** (width * rng.uniform(-8, 8)))
            rate = int(rng.uniform(-0.2, 0.5) * WAD) if rng.random() < 0.7 else 0
        chosen.append((spot, strike, seconds, vol, rate))
    return [p for p in chosen if in_domain(*p)]


def in_domain(spot, strike, seconds, vol, rate):
    if not (10**12 <= spot <= 10**27 and 10**12 <= strike <= 10**27):
        return False
    if not (vol == 0 or WAD // 100 <= vol <= 10 * WAD):
        return False
    forward = mpf(spot) * exp(mpf(rate) / WAD * seconds / YEAR)
    forward = int(mp.nint(forward))
    return strike <= 1000 * forward and forward <= 1000 * strike


def write(path, n, seed):
    text = lambda x: None if x is None else mp.nstr(x, 30, strip_zeros=False)
    vectors = []
    for point in points(n, seed):
        value = reference(*point)
        inputs = dict(zip(("spot", "strike", "seconds", "vol", "rate"), map(str, point)))
        vectors.append({**inputs, **{f: text(value[f]) for f in FIELDS}})
    with open(path, "w") as out:
        out.write('{"convention": "inputs are WAD integers and seconds of a 365-day year; vega and rho per 1.0, theta per year; 30 digits",\n')
        out.write('"generator": "scripts/vectors/black_scholes.py write --points %d --seed %s",\n"vectors": [\n' % (n, seed))
        out.write(",\n".join(json.dumps(v, separators=(",", ":")) for v in vectors))
        out.write("\n]}\n")


def load(path):
    wad = lambda x: int(mp.nint(mpf(x) * WAD))
    for v in json.load(open(path))["vectors"]:
        if "t_seconds" in v:
            yield tuple(wad(v[f]) if f != "t_seconds" else int(v[f]) for f in ("spot", "strike", "t_seconds", "vol", "rate"))
        else:
            yield tuple(int(v[f]) for f in ("spot", "strike", "seconds", "vol", "rate"))


def evaluate(inputs):
    root = os.path.join(os.path.dirname(__file__), "..", "..")
    command = ["cargo", "run", "-q", "-p", "smirk-engine", "--example", "evaluate"]
    text = "\n".join(" ".join(map(str, p)) for p in inputs)
    out = subprocess.run(command, input=text, capture_output=True, text=True, cwd=root)
    if out.returncode:
        sys.exit(out.stderr)
    for line in out.stdout.splitlines():
        if ":" not in line:
            yield line
            continue
        parts = [p.split(":") for p in line.split()]
        yield dict(zip(FIELDS + DECIMALS, (mpf(int(m)) * mpf(2) ** int(e) for m, e in parts)))


def check(inputs):
    """Prints the worst error of each value: over spot, absolute, and relative, with the point where it occurs."""
    worst = defaultdict(lambda: (mpf(0), None))

    def note(name, error, point):
        if error > worst[name][0]:
            worst[name] = (error, point)

    refused = 0
    for point, got in zip(inputs, evaluate(inputs)):
        if isinstance(got, str):
            refused += 1
            print("refused:", point, got)
            continue
        want = reference(*point)
        spot = mpf(point[0]) / WAD
        for f in DECIMALS:
            error = abs(got[f] / WAD - want[f.split()[1]])
            note(f + " / spot, beyond a unit", max(error - mpf(1) / WAD, 0) / spot, point)
        for f in FIELDS:
            error = abs(got[f] - want[f])
            size = abs(want[f])
            if f in ("call", "put"):
                strike = mpf(point[1]) / WAD * exp(-mpf(point[4]) / WAD * point[2] / YEAR)
                if f == "call" or strike <= spot:
                    note(f + " / spot", error / spot, point)
                else:
                    note("put / strike where above spot", error / strike, point)
                if size >= 1:
                    note(f + " relative where >= 1", error / size, point)
            elif f == "vega":
                note("vega / spot", error / spot, point)
            elif f.startswith("delta"):
                note(f + " absolute", error, point)
            elif f == "gamma":
                if want["d1"] is not None and abs(want["d1"]) < 9 and size:
                    note("gamma relative, |d1| < 9", error / size, point)
            else:
                scale = abs(want["theta_call"]) + abs(want["theta_put"]) if f.startswith("theta") else size
                if scale > spot * mpf(10) ** -18:
                    note(f + " relative", error / scale, point)
    for name in sorted(worst):
        error, point = worst[name]
        print(f"{name:32} {mp.nstr(error, 3):>10}   {point}")
    print(len(inputs), "points,", refused, "refused")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["write", "check"])
    parser.add_argument("path", nargs="?")
    parser.add_argument("--file")
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--seed", default="smirk")
    arguments = parser.parse_args()
    if arguments.action == "write":
        write(arguments.path, arguments.points, arguments.seed)
    else:
        check(list(load(arguments.file)) if arguments.file else points(arguments.points, arguments.seed))
