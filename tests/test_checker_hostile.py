"""Hostile texts are never accepted, nothing in them runs, and each ends within bounded work and memory."""

import subprocess
import sys
from pathlib import Path

import pytest
from hostile_texts import CANARY, CATEGORIES

from reasoning_gym.checker import Policy, check, check_calculations, extract_answer, stated_answer
from reasoning_gym.problem import Status

WITHOUT_SYMPY = Policy(deadline=0)

# runs all of them under limits of memory and processor time, in one thread and in eight at once
LIMITED = """
import resource
from concurrent.futures import ThreadPoolExecutor
from hostile_texts import HOSTILE
from reasoning_gym.checker import Policy, check, parse_reference
policy = Policy(deadline=0)
parse_reference("1")
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 900_000_000,) * 2)  # eight threads' stacks, and 500 MB
resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
def verdict(text):
    return check(text.answer, text.reference, policy=policy)
alone = list(map(verdict, HOSTILE))
with ThreadPoolExecutor(8) as pool:
    together = list(pool.map(verdict, HOSTILE))
assert alone == together
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]  # kilobytes
print(len(alone), sum(v.correct for v in alone), int(peak) // 1000)
"""


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_hostile_text_is_never_accepted(category):
    verdicts = {text.name: check(text.answer, text.reference, policy=WITHOUT_SYMPY) for text in CATEGORIES[category]}
    assert not [name for name, verdict in verdicts.items() if verdict.correct]
    assert all(verdict.status in Status for verdict in verdicts.values())


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_other_readers_of_text_survive_them_too(category):
    for text in CATEGORIES[category]:
        check_calculations(text.answer)
        stated_answer(text.answer)
        extract_answer(text.answer)


def test_memory_and_work_are_bounded_in_one_thread_and_in_eight():
    done = subprocess.run(
        [sys.executable, "-c", LIMITED],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    count, accepted, megabytes = map(int, done.stdout.split())
    assert count == sum(map(len, CATEGORIES.values()))
    assert count >= 1_800
    assert accepted == 0
    assert megabytes < 500


def test_none_of_them_was_executed():
    assert not Path(CANARY).exists()


def test_what_only_sympy_could_decide_is_not_accepted_either():
    for text in CATEGORIES["undefined"][:12] + CATEGORIES["coincidences"][:12]:
        assert not check(text.answer, text.reference, policy=Policy(deadline=1)).correct, text.name
