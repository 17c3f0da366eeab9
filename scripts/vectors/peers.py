#!/usr/bin/env python3
"""Inputs for measuring option arithmetic, and a report of what each library cost and how far it was off.

    peers.py inputs FOLDER [--points N] [--seed S]     writes FOLDER/inputs for crates/engine-bench/examples/peers
    peers.py report FOLDER                             prints tables from FOLDER/results, which it printed

References are computed here, to 50 digits, from the inputs as the libraries see them: 18-decimal integers. Needs mpmath.
"""
import argparse
import json
import os
import random
from collections import defaultdict
from mpmath import mp, mpf, exp, log, sqrt

from black_scholes import WAD, YEAR, cdf, log_uniform, reference

# Every library takes these: strike within five times of spot, no negative rate, at most two years.
RATIO = 4.9
# A vol further off than this is counted as wrong: a ten-thousandth of a vol point.
VOL_TOLERANCE = mpf("1e-6")
# Answers have 18 decimals, so the relative error of a small one says nothing about the arithmetic. Gammas are small.
SMALL_GREEK, SMALL_NUMBER = mpf("1e-3"), mpf(1)

GREEKS = ["call", "put", "delta_call", "delta_put", "gamma", "vega", "theta_call", "theta_put", "rho_call", "rho_put"]
# What a contract answers: names of values, and how many of its units make one of the reference's.
ANSWERS = {
    ("Smirk", "Prices"): (["call", "put"], 1),
    ("Smirk", "Greeks"): (GREEKS, 1),
    ("DeFiMath", "Call"): (["call"], 1),
    ("DeFiMath", "Put"): (["put"], 1),
    ("DeFiMath", "Delta"): (["delta_call", "delta_put"], 1),
    ("DeFiMath", "Gamma"): (["gamma"], 1),
    ("DeFiMath", "Vega"): (["vega"], 100),  # per vol point
    ("DeFiMath", "Theta"): (["theta_call", "theta_put"], 365),  # per day
    ("Lyra", "Prices"): (["call", "put"], 1),
    ("Lyra", "Delta"): (["delta_call", "delta_put"], 1),
    ("Lyra", "Vega"): (["vega"], 1),
}
# Rows of the first table: title, values that it judges, the measure, and which contracts of each library give them.
OPTION_ROWS = [
    ("call", ["call"], "of spot", {"Smirk": ["Prices"], "DeFiMath": ["Call"], "Lyra": ["Prices"]}),
    ("put", ["put"], "of spot", {"Smirk": ["Prices"], "DeFiMath": ["Put"], "Lyra": ["Prices"]}),
    ("call and put", ["call", "put"], "of spot", {"Smirk": ["Prices"], "DeFiMath": ["Call", "Put"], "Lyra": ["Prices"]}),
    ("delta", ["delta_call", "delta_put"], "absolute", {"Smirk": ["Greeks"], "DeFiMath": ["Delta"], "Lyra": ["Delta"]}),
    ("gamma", ["gamma"], "relative", {"Smirk": ["Greeks"], "DeFiMath": ["Gamma"]}),
    ("vega", ["vega"], "of spot", {"Smirk": ["Greeks"], "DeFiMath": ["Vega"], "Lyra": ["Vega"]}),
    ("theta", ["theta_call", "theta_put"], "relative", {"Smirk": ["Greeks"], "DeFiMath": ["Theta"]}),
    ("rho", ["rho_call", "rho_put"], "relative", {"Smirk": ["Greeks"]}),
    (
        "prices and all greeks",
        [],
        "",
        {"Smirk": ["Greeks"], "DeFiMath": ["Call", "Put", "Delta", "Gamma", "Vega", "Theta"], "Lyra": ["Joint"]},
    ),
    ("implied vol", ["vol"], "absolute", {"Smirk": ["ImpliedVol"], "DeFiMath": ["ImpliedVol"]}),
]
FUNCTION_ROWS = [
    ("normal distribution", "Distribution", "absolute"),
    ("exp", "Exp", "relative"),
    ("ln", "Ln", "absolute"),
    ("square root", "Sqrt", "relative"),
]
FUNCTION_LIBRARIES = ["Smirk", "DeFiMath", "Lyra", "Solstat", "Solady", "PRBMath", "ABDK"]
FUNCTIONS = {"Distribution": cdf, "Exp": exp, "Ln": log, "Sqrt": sqrt}


def options(points, seed):
    """Options of an ordinary market: spot, strike, seconds, vol, rate, price of the call to the nearest wei."""
    rng = random.Random(seed)
    wad = lambda x: int(x * 1e9) * 10**9 + rng.randrange(10**9)
    chosen = []
    while len(chosen) < points:
        spot = wad(log_uniform(rng, 1, 10_000))
        seconds = int(log_uniform(rng, 3600, 2 * YEAR))
        vol = wad(log_uniform(rng, 0.1, 3))
        rate = rng.choice([0, wad(rng.uniform(0, 0.1))])
        width = float(vol) / WAD * (seconds / YEAR) ** 0.5
        ratio = float(mp.e ** (width * rng.uniform(-3.5, 3.5)))
        if not 1 / RATIO < ratio < RATIO:
            continue
        option = (spot, int(spot * ratio), seconds, vol, rate)
        price = int(mp.nint(reference(*option)["call"] * WAD))
        chosen.append((*option, price))
    return chosen


def numbers(points, seed):
    rng = random.Random(f"{seed} numbers")
    wad = lambda low, high: [int(rng.uniform(low, high) * 1e9) * 10**9 + rng.randrange(10**9) for _ in range(points)]
    wide = [int(log_uniform(rng, 1e-6, 1e9) * WAD) for _ in range(points)]
    return {"distribution": wad(-5, 5), "exp": wad(-20, 20), "ln": wide, "sqrt": wide}


def write_inputs(folder, points, seed):
    os.makedirs(folder, exist_ok=True)

    def write(name, rows):
        with open(os.path.join(folder, name), "w") as out:
            out.writelines(" ".join(map(str, row)) + "\n" for row in rows)

    every = options(points, seed)
    write("options", every)
    write("implied", [option for option in every if abs(reference(*option[:5])["d1"]) < 3])
    for name, values in numbers(points, seed).items():
        write(name, [(value,) for value in values])


class Run:
    """One library's contract over all inputs."""

    def __init__(self):
        self.first, self.second, self.own, self.answers = [], [], [], []

    def add(self, first, second, own, answer):
        self.first.append(int(first))
        self.second.append(int(second))
        self.own.append(None if own == "-" else float(own))
        self.answers.append(None if answer == ["none"] else [mpf(int(word)) / WAD for word in answer])


def read_results(folder):
    runs, entry = defaultdict(Run), None
    with open(os.path.join(folder, "results")) as file:
        lines = [line.split() for line in file]
    for words in lines:
        if words[1] == "entry":
            entry = int(words[2])
            continue
        library, contract, _, first, second, own, *answer = words
        runs[library, contract].add(first, second, own, answer)
    return runs, entry


def mean(values):
    return sum(values) / len(values)


def mean(values):
    return sum(values) / len(values)


class Report:
    def __init__(self, folder):
        self.runs, self.entry = read_results(folder)
        with open(os.path.join(folder, "libraries.json")) as file:
            self.sources = json.load(file)
        self.options, self.implied = read_inputs(folder, "options"), read_inputs(folder, "implied")
        self.numbers = {name: read_inputs(folder, name.lower()) for name in FUNCTIONS}
        self.references = [reference(*option[:5]) for option in self.options]

    def has(self, library, contract):
        return (library, contract) in self.runs

    def gas(self, library, contracts, whole=False):
        """Gas for each input that all the contracts answered: theirs together, and without `whole` less what decoding and
        answering cost where nothing is computed."""
        number = contracts[0] in FUNCTIONS
        total = None
        for contract in contracts:
            run = self.runs[library, contract]
            if library == "Smirk":
                empty = "NothingOfNumber" if number else "NativeNothing" if contract.startswith("Native") else "Nothing"
                nothing, gas = mean(self.runs["Smirk", empty].own), run.own
            else:
                nothing, gas = mean(self.runs["Empty", "NothingOfNumber" if number else "NothingOfOption"].second), run.second
            one = [None if a is None else g - (0 if whole else nothing) for g, a in zip(gas, run.answers)]
            total = one if total is None else [None if None in pair else sum(pair) for pair in zip(total, one)]
        return [gas for gas in total if gas is not None]

    def option_errors(self, library, contracts, values, measure):
        for contract in contracts:
            names, unit = ANSWERS[library, contract]
            for option, want, answer in zip(self.options, self.references, self.runs[library, contract].answers):
                for name in values:
                    if answer is not None and name in names:
                        error = abs(answer[names.index(name)] * unit - want[name])
                        yield from scaled(error, measure, option, want, name)

    def implied_errors(self, library):
        """Worst error of the vols that are right, and how many were refused and wrong."""
        refused, wrong, worst = 0, 0, mpf(0)
        for option, answer in zip(self.implied, self.runs[library, "ImpliedVol"].answers):
            error = None if answer is None else abs(answer[0] - mpf(option[3]) / WAD)
            if error is None:
                refused += 1
            elif error > VOL_TOLERANCE:
                wrong += 1
            else:
                worst = max(worst, error)
        return worst, refused, wrong

    def function_error(self, library, name, measure):
        worst = mpf(0)
        for (x,), answer in zip(self.numbers[name], self.runs[library, name].answers):
            want = FUNCTIONS[name](mpf(x) / WAD)
            if measure == "absolute":
                worst = max(worst, abs(answer[0] - want))
            elif want >= SMALL_NUMBER:
                worst = max(worst, abs(answer[0] - want) / want)
        return worst

    def option_table(self):
        libraries = [name for name in ("DeFiMath", "Lyra") if any(library == name for library, _ in self.runs)]
        head = ["", "error is", "Smirk: gas", "native", "whole frame", "error"]
        for library in libraries:
            head += [f"{library}: gas", "error"]
        rows = [head]
        for title, values, measure, contracts in OPTION_ROWS:
            smirk = contracts["Smirk"]
            native = [f"Native{contract}" for contract in smirk]
            row = [title, measure, *map(span, (self.gas("Smirk", smirk), self.gas("Smirk", native)))]
            row.append(span(self.gas("Smirk", smirk, whole=True)))
            for library in ["Smirk", *libraries]:
                used = contracts.get(library)
                if library != "Smirk":
                    row.append(span(self.gas(library, used)) if used else "-")
                row.append(self.option_error(library, used, values, measure))
            rows.append(row)
        return [*rows, self.distribution_row(libraries)]

    def distribution_row(self, libraries):
        row = ["normal distribution", "absolute"]
        for library in ["Smirk", *libraries]:
            row.append(span(self.gas(library, ["Distribution"])))
            if library == "Smirk":
                row += ["-", span(self.gas(library, ["Distribution"], whole=True))]
            row.append(mp.nstr(self.function_error(library, "Distribution", "absolute"), 2))
        return row

    def option_error(self, library, contracts, values, measure):
        if not contracts or not values:
            return "-"
        if values == ["vol"]:
            return mp.nstr(self.implied_errors(library)[0], 2)
        return mp.nstr(max(self.option_errors(library, contracts, values, measure)), 2)

    def function_table(self):
        rows = [["", *(text for title, _, measure in FUNCTION_ROWS for text in (f"{title}: gas", f"{measure} error"))]]
        for library in FUNCTION_LIBRARIES:
            cells = []
            for _, name, measure in FUNCTION_ROWS:
                known = self.has(library, name)
                cells.append(span(self.gas(library, [name])) if known else "-")
                cells.append(mp.nstr(self.function_error(library, name, measure), 2) if known else "-")
            if set(cells) != {"-"}:
                rows.append([library, *cells])
            if library == "Smirk":
                whole = [text for _, name, _ in FUNCTION_ROWS for text in (span(self.gas(library, [name], whole=True)), "")]
                rows.append(["whole frame", *whole])
        return rows

    def call_table(self):
        """What a contract pays for one STATICCALL, everything included."""
        rows = [["", "Smirk", "of it entering", *(name for name in ("DeFiMath", "Lyra") if self.has(name, "Delta"))]]
        cases = [
            ("nothing", {"Smirk": "Nothing", "DeFiMath": "NothingOfOption", "Lyra": "NothingOfOption"}),
            ("call", {"Smirk": "Prices", "DeFiMath": "Call", "Lyra": "Prices"}),
            ("implied vol", {"Smirk": "ImpliedVol", "DeFiMath": "ImpliedVol"}),
        ]
        for title, contracts in cases:
            row = [title]
            for library in rows[0][1:]:
                if library == "of it entering":
                    row.append(str(self.entry))
                    continue
                contract = contracts.get(library)
                owner = "Empty" if contract == "NothingOfOption" else library
                run = self.runs.get((owner, contract))
                row.append(f"{answered(run, run.second):,.0f} ({answered(run, run.first):,.0f})" if run else "-")
            rows.append(row)
        return rows

    def print(self):
        print(f"{len(self.options)} options. Gas is mean / worst. Arguments and answers have 18 decimals.\n")
        print_table(self.option_table())
        print("\nSmirk computes call and put in one pass, and all greeks with them in another, whichever is asked for. Its gas is the")
        print("program's own frame from 18 decimals to 18 decimals, less a case that only reads and answers; native is the same in")
        print("the binary numbers that the engine's own functions hand each other; the whole frame leaves nothing out but entering.")
        print("A library's gas is the difference of gasleft() around the STATICCALL of its harness, less that of an empty one. No")
        print("library has rho; Lyra's last sum has neither gamma nor theta. Relative errors are of greeks of at least 1e-3, where")
        print("18 decimals alone make 1e-15; theta's are relative to call's and put's together.\n")
        print(f"Implied vol of {len(self.implied)} calls with |d1| < 3 (wrong: off by more than {mp.nstr(VOL_TOLERANCE, 1)}):")
        for library in ("Smirk", "DeFiMath"):
            if self.has(library, "ImpliedVol"):
                _, refused, wrong = self.implied_errors(library)
                print(f"- {library}: {refused} unanswered, {wrong} wrong")
        print(f"\nSpecial functions over {len(self.numbers['Exp'])} numbers each, relative errors where the value is at least 1:\n")
        print_table(self.function_table())
        print("\nWhat a contract pays for one STATICCALL, everything included, to a warm address (to a cold one):\n")
        print_table(self.call_table())
        print(f"\nEntering the cached program costs {self.entry} gas, initialisation and memory pages, on every call.")
        print(f"Solidity: solc {self.sources['compiler']}, via IR, 10,000,000 runs, Osaka rules.")
        for source in self.sources["libraries"]:
            packages = [f"{p['name']} {p['version']} ({p['from']})" for p in source.get("packages", [])]
            print(f"- {source['library']}: {', '.join(packages) or source['missing']}")


def answered(run, gas):
    return mean([g for g, answer in zip(gas, run.answers) if answer is not None])


def read_inputs(folder, name):
    with open(os.path.join(folder, "inputs", name)) as file:
        return [[int(word) for word in line.split()] for line in file]


def scaled(error, measure, option, want, name):
    if measure == "of spot":
        yield error * WAD / option[0]
    elif measure == "absolute":
        yield error
    else:
        both = name.startswith("theta")
        size = abs(want["theta_call"]) + abs(want["theta_put"]) if both else abs(want[name])
        if size >= SMALL_GREEK:
            yield error / size


def span(gas):
    text = (lambda x: f"{x:.1f}") if max(gas) < 200 else (lambda x: f"{x:,.0f}")
    return f"{text(mean(gas))} / {text(max(gas))}"


def print_table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rows = [rows[0], ["-" * width for width in widths], *rows[1:]]
    for row in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["inputs", "report"])
    parser.add_argument("folder")
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--seed", default="smirk")
    arguments = parser.parse_args()
    if arguments.action == "inputs":
        write_inputs(os.path.join(arguments.folder, "inputs"), arguments.points, arguments.seed)
    else:
        Report(arguments.folder).print()
