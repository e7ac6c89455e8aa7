"""Hammers the checker: 8 threads and 4 processes for a minute, with the verdicts of one thread to compare with.

    python benchmarks/checker_load.py --seconds 60

Prints verdicts a second, and resident memory before and after; fails if a verdict differs or a worker is left.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from reasoning_gym.checker import check
from reasoning_gym.checker.last_resort import close

CASES = Path(__file__).parents[1] / "tests" / "checker_cases"
HARD = [("arctan(x)+arctan(2x)", "arctan(3x/(1-2x^2))"), ("ln(sqrt(x^2+1)+x)", "-ln(sqrt(x^2+1)-x)")]
THREADS, PROCESSES = 8, 4
WORKER = b"sympy_worker.py"


def pairs() -> list[tuple[str, str]]:
    """The labelled cases without a policy, and two that need sympy."""
    lines = [line for path in sorted(CASES.glob("*.jsonl")) for line in path.read_text().splitlines()]
    cases = [json.loads(line) for line in lines]
    plain = [(case["answer"], case["reference"]) for case in cases if not case.get("policy") and not case.get("kind")]
    return plain + HARD


def verdicts() -> list[bool]:
    """One round over all pairs."""
    return [check(answer, reference).correct for answer, reference in pairs()]


def hammer(until: float) -> tuple[int, set[tuple[bool, ...]]]:
    """Rounds until a time: how many, and the different results."""
    rounds, found = 0, set[tuple[bool, ...]]()
    while time.time() < until:
        found.add(tuple(verdicts()))
        rounds += 1
    return rounds, found


def resident() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def workers_left() -> list[str]:
    """The processes of sympy that still run, whoever started them."""
    ends = time.time() + 5  # those of a process that has ended see it by their socket
    while True:
        found = [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if WORKER in command(path)]
        if not found or time.time() > ends:
            return found
        time.sleep(0.1)


def command(path: Path) -> bytes:
    """The command line of a process, nothing if it has just ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def main() -> None:
    """Threads first, then processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for the threads, and again for the processes")
    seconds = parser.parse_args().seconds
    expected, count = {tuple(verdicts())}, len(pairs())
    for name, workers, pool in (
        ("threads", THREADS, ThreadPoolExecutor(THREADS)),
        ("processes", PROCESSES, ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))),
    ):
        with pool:
            results = list(pool.map(hammer, [time.time() + seconds / 10] * workers))  # warm
            before, start = resident(), time.time()
            results = list(pool.map(hammer, [start + seconds] * workers))
            rounds, took, after = sum(done for done, _ in results), time.time() - start, resident()
        same = all(found == expected for _, found in results)
        print(f"{workers} {name}: {rounds * count / took:,.0f} verdicts a second, {before:.0f} then {after:.0f} MB, "
              f"{'the same verdicts as one thread' if same else 'OTHER VERDICTS'}")  # fmt: skip
        if not same:
            raise SystemExit(1)
    close()
    if left := workers_left():
        raise SystemExit(f"left behind: {', '.join(left)}")
    print("no worker left behind")


if __name__ == "__main__":
    main()
