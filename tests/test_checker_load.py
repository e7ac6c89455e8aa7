"""Many threads and processes at once get the verdicts that one thread gets, and leave nothing behind."""

import os
import resource
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from checker_tables import read_cases

from reasoning_gym.checker import Policy, check
from reasoning_gym.checker.last_resort import close

PAIRS = [(case.answer, case.reference) for case in read_cases() if not case.kind and case.policy == Policy()]
HARD = [("arctan(x)+arctan(2x)", "arctan(3x/(1-2x^2))"), ("ln(sqrt(x^2+1)+x)", "-ln(sqrt(x^2+1)-x)")]


def verdicts(pairs):
    return [check(answer, reference).correct for answer, reference in pairs]


def resident() -> int:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1_000_000


def children() -> set[int]:
    folder = Path(f"/proc/{os.getpid()}/task")
    return {int(pid) for task in folder.iterdir() for pid in (task / "children").read_text().split()}


@pytest.fixture(autouse=True)
def no_worker_is_left():
    yield
    close()


def test_eight_threads_get_the_verdicts_of_one_and_memory_stays_flat():
    pairs = PAIRS[::5] + HARD
    expected = verdicts(pairs)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(verdicts, [pairs] * 8))  # warm
        before = resident()
        assert all(found == expected for found in pool.map(verdicts, [pairs] * 24))
    assert resident() - before < 40


def test_four_processes_get_the_verdicts_of_one():
    pairs = PAIRS[::9] + HARD
    expected = verdicts(pairs)
    answers, references = zip(*pairs * 8, strict=True)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:  # the processes don't know this module
        found = [verdict.correct for verdict in pool.map(check, answers, references, chunksize=len(pairs))]
    assert not [pair for pair, here, there in zip(pairs * 8, found, expected * 8, strict=True) if here != there]


def test_no_worker_is_left_behind():
    before = children()
    verdicts(HARD)
    close()
    assert children() <= before
