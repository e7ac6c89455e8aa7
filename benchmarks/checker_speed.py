r"""The checker beside math-verify on the same labelled cases in one run: errors, and time a case.

    python -m venv PEER && PEER/bin/pip install math-verify 'antlr4-python3-runtime==4.13.2'
    python benchmarks/checker_speed.py --math-verify PEER/bin/python

Without --math-verify only our side is measured. Bare answers are given to math-verify as `$…$`, without which it
finds no mathematics in them. Each pair is met once, as when answers are graded, and reading the reference is part of
it. sympy's process is started before the clock; both are warm from a pair that isn't counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

CASES = Path(__file__).parents[1] / "tests" / "checker_cases"
# kinds that math-verify claims to read too
SHARED = (
    "complex", "equations", "expressions", "functions", "hedges", "inequalities", "intervals", "lists", "matrices",
    "notation", "numbers", "peers", "percent_and_fractions", "responses", "sets", "surds_and_powers",
    "tuples_and_vectors",
)  # fmt: skip

PEER = r"""
import json, sys, time
from math_verify import parse, verify
def dressed(text):
    return text if "$" in text or "boxed" in text or "nswer" in text else f"${text}$"
parse("$1$")
for line in sys.stdin:
    answer, reference = json.loads(line)
    start = time.perf_counter()
    try:
        correct = verify(parse(dressed(reference)), parse(dressed(answer)))
    except Exception:
        correct = False
    print(json.dumps([bool(correct), time.perf_counter() - start]), flush=True)
"""


class Measured(NamedTuple):
    """One pair: what was said of it, and the seconds that took."""

    correct: bool
    seconds: float


def load() -> list[tuple[str, str, bool]]:
    """The cases that both may be asked: no policy, no kind given."""
    found: list[tuple[str, str, bool]] = []
    for name in SHARED:
        for line in (CASES / f"{name}.jsonl").read_text().splitlines():
            case = json.loads(line)
            if not case.get("policy") and not case.get("kind"):
                found.append((case["answer"], case["reference"], case["correct"]))
    return found


def ours(cases: Sequence[tuple[str, str, bool]]) -> list[Measured]:
    """Our verdicts and times."""
    from reasoning_gym.checker import check

    check("arctan(x)+arctan(2x)", "arctan(3x/(1-2x^2))")  # starts sympy's process
    found: list[Measured] = []
    for answer, reference, _ in cases:
        start = time.perf_counter()
        correct = check(answer, reference).correct
        found.append(Measured(correct, time.perf_counter() - start))
    return found


def theirs(cases: Sequence[tuple[str, str, bool]], python: str) -> list[Measured]:
    """math-verify's verdicts and times, from an interpreter that has it."""
    lines = "".join(json.dumps([answer, reference]) + "\n" for answer, reference, _ in cases)
    done = subprocess.run([python, "-c", PEER], input=lines, capture_output=True, text=True, check=True)
    return [Measured(*json.loads(line)) for line in done.stdout.splitlines()]


def row(name: str, measured: Sequence[Measured], cases: Sequence[tuple[str, str, bool]]) -> str:
    """A line of the table."""
    pairs = [(one.correct, label) for one, (_, _, label) in zip(measured, cases, strict=True)]
    accepted, rejected = pairs.count((True, False)), pairs.count((False, True))
    times = sorted(one.seconds for one in measured)
    median, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    wrong, right = sum(not label for _, label in pairs), sum(label for _, label in pairs)
    return (
        f"| {name} | {accepted} / {wrong} | {rejected} / {right} | {median * 1e6:,.0f} µs | {p99 * 1e3:,.2f} ms "
        f"| {times[-1] * 1e3:,.1f} ms | {sum(times):,.3f} s |"
    )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--math-verify", metavar="PYTHON", help="an interpreter that has math-verify")
    peer = parser.parse_args().math_verify
    cases = load()
    print(f"{len(cases)} cases", file=sys.stderr)
    print(
        "| | false accepts | false rejects | median | p99 | slowest | all |\n"
        "| --- | --- | --- | --- | --- | --- | --- |"
    )
    own = ours(cases)
    print(row("here", own, cases))
    if peer:
        other = theirs(cases, peer)
        print(row("math-verify", other, cases))
        medians = [statistics.median(one.seconds for one in side) for side in (other, own)]
        totals = [sum(one.seconds for one in side) for side in (other, own)]
        print(f"\ntimes quicker: {medians[0] / medians[1]:,.0f} by the median, {totals[0] / totals[1]:,.0f} in all")


if __name__ == "__main__":
    main()
