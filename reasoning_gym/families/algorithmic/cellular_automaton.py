"""Elementary cellular automata on a ring."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families import drawing
from reasoning_gym.families.readings import read_items
from reasoning_gym.families.runs import check_numbered
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_NEIGHBOURHOODS = ("111", "110", "101", "100", "011", "010", "001", "000")
_FORMAT = (
    f"{ANSWER_FORMAT.format(answer='the row')} The eight binary digits of the rule are the new cell where it and its "
    "neighbours are 111, 110, 101, 100, 011, 010, 001, 000; the last cell is a neighbour of the first."
)
_RULE_LINE = re.compile(r"(?:rule )?(?P<number>\d{1,3}) ?= ?(?P<digits>[01]{8})", re.ASCII)


class _Level(NamedTuple):
    width: int  # cells of the ring
    steps: int
    numbered: bool = True  # whether the rule is given by its number, not by its digits


_LEVELS = (
    _Level(5, 2, numbered=False),
    _Level(7, 3, numbered=False),
    _Level(7, 3),
    _Level(9, 4),
    _Level(11, 6),
    _Level(15, 9),
)


@family(category="algorithmic", levels=6)
class CellularAutomaton(Family):
    """Run an elementary cellular automaton on a ring.

    Statement: `Rule 01101110, ring 00101, row after 2 steps?`, or `Rule 110, …`. The eight binary digits of the rule
        are the new cell where it and its neighbours are 111, 110, 101, 100, 011, 010, 001, 000 (Wolfram 1983); the
        last cell is a neighbour of the first.
    Thoughts: where the rule is a number, its digits: `110=01101110`; then each row behind its number: `1: 01111`.
    Answer: the row.
    Level: 1 and 2 the digits of the rule, 3 to 6 its number; wider rings, 5 to 15 cells, and more steps, 2 to 9. Level
        1 has about 5,200 different questions. No row comes twice, and the last has both kinds of cells.
    Verified: by running the automaton.
    Checked step by step: a line is the row after that number of steps, more than in the lines before; or the digits
        of the rule's number, once.

        Rule 01101110, ring 00101, row after 2 steps?
        1: 01111
        Answer: 11001
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        width, steps, numbered = _LEVELS[level - 1]
        while True:
            rule, cells = rng.integers((256, 2**width)).tolist()
            row = f"{cells:0{width}b}"
            rows = [row, *_rows(f"{rule:08b}", row, steps)]
            if len(set(rows)) == len(rows) and len(set(rows[-1])) == 2:
                break
        written = str(rule) if numbered else f"{rule:08b}"
        statement = f"Rule {written}, ring {row}, row after {steps} steps?"
        return Problem(Question(self.name, level, statement, _FORMAT, (written, row, steps)), rows[-1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        written, row, steps = _given(problem.question)
        rows = list(_rows(_digits(written), row, steps))
        rule = [f"{written}={_digits(written)}"] if written != _digits(written) else []
        lines = [f"{number}: {row}" for number, row in enumerate(rows[:-1], 1)]
        return (*rule, *lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        written, row, steps = _given(question)
        digits = _digits(written)
        if (match := _RULE_LINE.fullmatch(step)) is None:
            return check_numbered(step, thoughts, list(_rows(digits, row, steps)))
        if written == digits or (match["number"], match["digits"]) != (written, digits):
            return incorrect("the rule isn't that number, or has other digits")
        known = any(_RULE_LINE.fullmatch(line) and line.endswith(digits) for line in thoughts)
        return incorrect("the digits of the rule are known") if known else CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        written, row, steps = _given(question)
        *_, last = _rows(_digits(written), row, steps)
        return guarded(lambda: CORRECT if "".join(read_items(answer)) == last else incorrect("it is another row"))

    def picture(self, question: Question) -> str:
        written, row, _ = _given(question)
        digits = _digits(written)
        new = {(1, place): "dark" for place, digit in enumerate(digits) if digit == "1"}
        cells = {(0, place): "dark" for place, cell in enumerate(row) if cell == "1"}
        rule = drawing.grid([_NEIGHBOURHOODS, digits], fills=new)
        return drawing.stacked([rule, drawing.grid([row], fills=cells)])


def _given(question: Question) -> tuple[str, str, int]:
    """The rule as it is written, the first row and the number of steps."""
    return cast("tuple[str, str, int]", question.given)


def _digits(written: str) -> str:
    """The eight digits of a rule, which may be written as its number of at most three."""
    return written if len(written) == len(_NEIGHBOURHOODS) else f"{int(written):08b}"


def _rows(digits: str, row: str, steps: int) -> Iterator[str]:
    """The row after each of so many steps."""
    new: dict[str, str] = dict(zip(_NEIGHBOURHOODS, digits, strict=True))
    for _ in range(steps):
        around = row[-1] + row + row[0]
        row = "".join(new[around[place : place + 3]] for place in range(len(row)))
        yield row
