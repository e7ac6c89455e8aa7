"""Every labelled case gets its verdict, from text or parsed, and from either side."""

import subprocess
import sys
from collections import Counter

import pytest
from checker_tables import PAGE, Case, page_with, read_cases, table

from reasoning_gym.checker import Policy, check, extract_answer, parse_reference

CASES = read_cases()
FILES = sorted({case.file for case in CASES})
INEXACT = ("≈", "approx", "...", "dots", "about", "around", "roughly", "~", "sim")


def of_file(name: str) -> list[Case]:
    return [case for case in CASES if case.file == name]


@pytest.mark.parametrize("file", FILES)
def test_every_case_gets_its_verdict(file):
    wrong = [
        (case.answer, case.reference, verdict)
        for case in of_file(file)
        if (verdict := check(case.answer, case.reference, kind=case.kind, policy=case.policy)).correct != case.correct
    ]
    assert not wrong


@pytest.mark.parametrize("file", FILES)
def test_equality_is_symmetric(file):
    """Of two texts that can both be references, each equals the other or neither does."""
    lopsided = []
    for case in of_file(file):
        if case.kind or case.policy != Policy() or any(mark in case.answer + case.reference for mark in INEXACT):
            continue
        if extract_answer(case.answer) is not None:
            continue
        try:
            other = parse_reference(case.answer)
        except ValueError:
            continue
        if check(case.reference, other).correct != case.correct:
            lopsided.append((case.answer, case.reference))
    assert not lopsided


def test_there_are_many_cases_of_every_kind_with_both_labels():
    labels = Counter((case.file, case.correct) for case in CASES)
    assert len(CASES) >= 1_500
    assert len(FILES) >= 28
    assert all(labels[file, label] >= 5 for file in FILES for label in (True, False))
    assert 0.5 < sum(case.correct for case in CASES) / len(CASES) < 0.6
    assert len({(case.answer, case.reference, case.policy, case.kind) for case in CASES}) == len(CASES)


def test_the_table_of_the_documentation_is_made_of_the_cases():
    assert PAGE.read_text() == page_with(table()), "run python tests/checker_tables.py"


def test_verdicts_depend_on_neither_the_order_nor_the_seed_of_hashes():
    code = (
        "import sys; from checker_tables import read_cases; from reasoning_gym.checker import check, Policy\n"
        "cases = [c for c in read_cases() if not c.kind][::7]\n"
        "order = cases if sys.argv[1] == 'forward' else cases[::-1]\n"
        "found = {(c.answer, c.reference, c.policy): check(c.answer, c.reference, policy=c.policy) for c in order}\n"
        "print([found[c.answer, c.reference, c.policy] for c in cases])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, order],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, order in (("0", "forward"), ("1", "backward"), ("12345", "forward"))
    }
    assert len(outputs) == 1
