#!/usr/bin/env python3
"""Reference values of exp, ln and the normal density and distribution, to 30 digits.

    special.py FILE [--points N] [--seed S]

Arguments are WAD integers. Needs mpmath.
"""
import argparse
import json
import random
from mpmath import mp, mpf, exp, log, sqrt, pi, erfc

mp.dps = 60
WAD = 10**18
FUNCTIONS = {
    "exp": (exp, lambda rng: rng.uniform(-40, 40), [0, 1, -1, WAD, -WAD, 40 * WAD, -40 * WAD, 346573590279972655, 346573590279972654]),
    "ln": (log, lambda rng: 10 ** rng.uniform(-9, 9), [1, WAD, WAD - 1, WAD + 1, 2 * WAD, 1414213562373095048, 1414213562373095049, 10**36]),
    "pdf": (lambda x: exp(-x * x / 2) / sqrt(2 * pi), lambda rng: rng.uniform(-12, 12), [0, 1, -1, WAD, 37 * WAD]),
    "cdf": (lambda x: erfc(-x / sqrt(mpf(2))) / 2, lambda rng: rng.uniform(-12, 12), [0, 1, -1, WAD, -WAD, 8 * WAD, -31 * WAD]),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--points", type=int, default=250)
    parser.add_argument("--seed", default="smirk")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with open(arguments.path, "w") as out:
        out.write('{"convention": "arguments are WAD integers; values have 30 digits",\n')
        out.write('"generator": "scripts/vectors/special.py --points %d --seed %s"' % (arguments.points, arguments.seed))
        for name, (f, draw, corners) in FUNCTIONS.items():
            xs = corners + [int(draw(rng) * 1e9) * 10**9 + rng.randrange(10**9) for _ in range(arguments.points - len(corners))]
            pairs = [[str(x), mp.nstr(f(mpf(x) / WAD), 30, strip_zeros=False)] for x in xs]
            out.write(',\n"%s": [\n' % name + ",\n".join(json.dumps(p, separators=(",", ":")) for p in pairs) + "\n]")
        out.write("}\n")
