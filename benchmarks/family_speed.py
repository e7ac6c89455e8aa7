"""Families beside reasoning-gym's tasks of the same sort, in one run: problems made and answers verified a second.

    python -m venv PEER && PEER/bin/pip install reasoning-gym==0.1.25
    python benchmarks/family_speed.py --peer PEER/bin/python

reasoning-gym has an interpreter of its own, since it installs the same import package. Task by task, each side makes
problems for `--seconds`, and then verifies its reference answers for as long. The levels are those whose problems are
nearest in size to the other's defaults. Making one of ours includes drawing again what belongs to the other split.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from typing import IO, NamedTuple

from reasoning_gym.audit import audited_families, middle_level
from reasoning_gym.family import Family, get_family
from reasoning_gym.problem import Problem

# the other's task, its arguments, our family and level
TASKS: list[tuple[str, dict[str, object], str, int]] = [
    ("sudoku", {}, "sudoku", 6),
    ("mini_sudoku", {}, "sudoku", 2),
    ("futoshiki", {"max_board_size": 5}, "futoshiki", 4),
    ("zebra_puzzles", {}, "zebra_puzzle", 5),
    ("knight_swap", {}, "knight_path", 4),
    ("polynomial_equations", {}, "polynomial_equation", 4),
    ("simple_integration", {}, "antiderivative", 3),
    ("intermediate_integration", {}, "antiderivative", 8),
    ("knights_knaves", {"n_people": 3}, "knights_and_knaves", 4),
    ("n_queens", {}, "n_queens", 5),
    ("tower_of_hanoi", {"max_disks": 4, "max_pegs": 3}, "tower_of_hanoi", 3),
    ("jugs", {}, "water_jugs", 4),
    ("countdown", {}, "countdown", 4),
    ("puzzle24", {}, "twenty_four", 3),
    ("maze", {}, "maze", 4),
    ("cryptarithm", {}, "cryptarithm", 3),
    ("largest_island", {}, "largest_island", 4),
    ("graph_color", {}, "graph_colouring", 5),
    ("shortest_path", {}, "maze", 4),
    ("base_conversion", {}, "base_conversion", 4),
    ("calendar_arithmetic", {}, "calendar_arithmetic", 4),
    ("decimal_arithmetic", {}, "decimal_arithmetic", 4),
    ("gcd", {}, "gcd_and_lcm", 3),
    ("prime_factorization", {}, "prime_factorisation", 3),
    ("polynomial_multiplication", {}, "polynomial_expansion", 4),
    ("complex_arithmetic", {}, "complex_arithmetic", 3),
    ("number_sorting", {}, "number_sorting", 4),
    ("products", {}, "long_multiplication", 4),
    ("basic_arithmetic", {"max_digits": 2}, "integer_expression", 4),
    ("simple_equations", {}, "linear_equation", 4),
    ("propositional_logic", {}, "propositional_entailment", 4),
    ("syllogism", {}, "syllogism", 2),
    ("circuit_logic", {}, "boolean_circuit", 4),
    ("group_anagrams", {}, "group_anagrams", 4),
    ("list_functions", {}, "list_function", 3),
    ("number_sequence", {}, "number_sequence", 4),
    ("string_manipulation", {}, "string_rewriting", 4),
    ("caesar_cipher", {}, "letter_cipher", 3),
    ("dice", {}, "dice_probability", 4),
    ("gsm_symbolic", {}, "quantities", 3),
    ("count_primes", {"max_n": 300}, "prime_search", 4),
]
SLOW = {"sudoku", "mini_sudoku", "futoshiki", "zebra_puzzles", "knight_swap", "polynomial_equations",
        "simple_integration", "intermediate_integration"}  # fmt: skip
LEAST = 200  # problems a second that every family is to make at its middle level

PEER = r"""
import json, sys, time
import reasoning_gym
for line in sys.stdin:
    name, config, seconds = json.loads(line)
    data = reasoning_gym.create_dataset(name, size=1_000_000, seed=7, **config)
    data[0]
    made, index, start = [], 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        index += 1
        try:
            made.append(data[index])
        except RuntimeError:  # no maze at this index
            continue
    making = len(made) / (time.perf_counter() - start)
    known = [entry for entry in made if entry["answer"] is not None]
    count, start = 0, time.perf_counter()
    while known and time.perf_counter() - start < seconds:
        entry = known[count % len(known)]
        data.score_answer(entry["answer"], entry)
        count += 1
    verifying = count / (time.perf_counter() - start)
    print(json.dumps([making, verifying if known else None]), flush=True)
"""


class Rates(NamedTuple):
    """Problems made and answers verified a second; None where there is no reference answer to verify."""

    made: float
    verified: float | None


def ours(family: Family, level: int, seconds: float) -> Rates:
    """Our rates of a family at a level."""
    family.problem("train", level, 0)
    problems: list[Problem] = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        problems.append(family.problem("train", level, len(problems) + 1))
    made = len(problems) / (time.perf_counter() - start)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        problem = problems[count % len(problems)]
        family.verify(problem, problem.answer)
        count += 1
    return Rates(made, count / (time.perf_counter() - start))


def theirs(pipe: tuple[IO[str], IO[str]], task: str, config: dict[str, object], seconds: float) -> Rates:
    """The other's rates of a task, from the process behind a pipe."""
    to, back = pipe
    to.write(json.dumps([task, config, seconds]) + "\n")
    to.flush()
    return Rates(*json.loads(back.readline()))


def slowest(seconds: float) -> tuple[str, float]:
    """The family that makes fewest problems a second at its middle level, and how many."""
    made = {each.name: ours(each, middle_level(each), seconds).made for each in audited_families()}
    name = min(made, key=lambda each: made[each])
    return name, made[name]


def rate(value: float | None) -> str:
    """A rate in few characters."""
    return "-" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def main() -> None:
    """Print a line for each task, and the median ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="an interpreter that has reasoning-gym; without it only our rates are printed")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each of four measurements of a task")
    arguments = parser.parse_args()
    peer = None
    if arguments.peer:
        peer = subprocess.Popen(
            [arguments.peer, "-I", "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert peer.stdin is not None
        assert peer.stdout is not None
    name, least = slowest(arguments.seconds / 4)
    print(f"slowest of all families at its middle level: {name}, {rate(least)} problems a second (goal {LEAST})\n")
    print("| reasoning-gym | here, level | made a second | here | times | verified a second | here | times |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    making: dict[str, float] = {}
    verifying: dict[str, float] = {}
    for task, config, name, level in TASKS:
        mine = ours(get_family(name), level, arguments.seconds)
        cells = [f"{name}, {level}", "-", rate(mine.made), "-", "-", rate(mine.verified), "-"]
        if peer is not None and peer.stdin is not None and peer.stdout is not None:
            other = theirs((peer.stdin, peer.stdout), task, config, arguments.seconds)
            making[task] = mine.made / other.made
            cells[1], cells[3], cells[4] = rate(other.made), f"{making[task]:.2g}", rate(other.verified)
            if other.verified and mine.verified:
                verifying[task] = mine.verified / other.verified
                cells[6] = f"{verifying[task]:.2g}"
        print(f"| {task} | {' | '.join(cells)} |", flush=True)
    if making:
        slow = [making[task] for task in SLOW & making.keys()]
        print(f"\nmedian of {len(making)}: made {statistics.median(making.values()):.2g} times, "
              f"verified {statistics.median(verifying.values()):.2g} times; "
              f"made, of the {len(slow)} that are slow there: {statistics.median(slow):.2g} times")  # fmt: skip


if __name__ == "__main__":
    main()
