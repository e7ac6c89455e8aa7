"""Transforms of coloured grids, inferred from an example and applied to another grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.compositions import (
    Language,
    Riddle,
    Rule,
    check_line,
    drawn,
    lines,
    path,
    solutions,
    statement,
)
from reasoning_gym.families.drawing import grid
from reasoning_gym.families.readings import read_rows
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Rows: TypeAlias = "tuple[str, ...]"  # one digit a cell, 0 for empty

_COLOURS = {"0": "", "1": "blue", "2": "red", "3": "yellow", "?": ""}
_EMPTY = 0.35  # share of empty cells


def _turned(rows: Rows) -> Rows:
    """Turned to the right by a quarter."""
    return tuple("".join(column) for column in zip(*rows[::-1], strict=True))


def _transposed(rows: Rows) -> Rows:
    return tuple("".join(column) for column in zip(*rows, strict=True))


def _swap(one: str, other: str) -> Callable[[Rows], Rows]:
    """Two colours in each other's place."""
    table = str.maketrans(one + other, other + one)
    return lambda rows: tuple(row.translate(table) for row in rows)


_FUNCTIONS: dict[str, Callable[[Rows], Rows]] = {
    "turn right": _turned,
    "turn left": lambda rows: _transposed(rows)[::-1],
    "half turn": lambda rows: tuple(row[::-1] for row in rows[::-1]),
    "mirror": lambda rows: tuple(row[::-1] for row in rows),
    "flip": lambda rows: rows[::-1],
    "transpose": _transposed,
    "shift right": lambda rows: tuple(row[-1] + row[:-1] for row in rows),
    "shift down": lambda rows: rows[-1:] + rows[:-1],
    "slide left": lambda rows: tuple(row.replace("0", "").ljust(len(row), "0") for row in rows),
    "swap 1 2": _swap("1", "2"),
    "swap 1 3": _swap("1", "3"),
    "swap 2 3": _swap("2", "3"),
}


def _written(rows: Rows) -> str:
    return "/".join(rows)


_UNDONE: dict[str, Callable[[Rows], Rows]] = {
    "turn right": _FUNCTIONS["turn left"],
    "turn left": _FUNCTIONS["turn right"],
    "shift right": lambda rows: tuple(row[1:] + row[:1] for row in rows),
    "shift down": lambda rows: rows[1:] + rows[:1],
    **{name: _FUNCTIONS[name] for name in _FUNCTIONS if name.startswith(("half", "mirror", "flip", "trans", "swap"))},
}
_LANGUAGE = Language(_FUNCTIONS, _written, _UNDONE)
_FORMAT = ANSWER_FORMAT.format(
    answer="the rows of the grid, as 10/23. The steps of the rule are among: turn right, turn left, half turn, mirror "
    "(left to right), flip (top to bottom), transpose, shift right, shift down (what leaves comes in at the other "
    "side), slide left (all but 0 move to the left of their row), swap 1 2, swap 1 3, swap 2 3"
)


class _Level(NamedTuple):
    steps: int  # of the rule
    sides: tuple[int, int]  # of the grids, least and greatest
    colours: int  # besides 0


_LEVELS = (
    _Level(1, (3, 3), 2),
    _Level(1, (3, 5), 3),
    _Level(2, (3, 3), 3),
    _Level(2, (4, 5), 3),
    _Level(3, (3, 4), 3),
    _Level(3, (5, 6), 3),
)


@family(category="induction", levels=6)
class GridTransform(Family):
    """Infer from an example how a grid is transformed, and do it to another grid.

    Statement: `Rule of 1 step: 010/102/012->010/101/022; 011/210/202->?`; the rows of a grid from the top. The steps
        are named with the question: turns by a quarter to the right or left and by a half, mirror (left to right), flip
        (top to bottom), transpose, shifts by one column to the right or one row down (what leaves comes in at the
        other side), slide left (all but 0 move to the left of their row), and the swap of two of the colours
        1, 2 and 3. All rules of at most so many steps that fit the example give the last grid the same, though the
        rules may differ.
    Thoughts: the shortest rule that fits, its steps in the order in which they are done; where it has several, how
        it makes the example; and how it makes the answer: `011/210/202->022/110/102`.
    Answer: the grid's rows, none of them all 0.
    Level: rules of 1, 1, 2, 2, 3 and 3 steps, which no shorter rule replaces; grids of 3 by 3 to 6 by 6.
        Guessing a step pays 8 % at level 1.
    Verified: by trying all rules that can be made of the steps.
    Checked step by step: the rule must fit the example, and is named once; other lines follow a grid of the question
        through the rule, one arrow for each of its steps or of the first few, and say more than the question or an
        earlier line.

        Rule of 1 step: 010/102/012->010/101/022; 011/210/202->?
        rule: transpose
        011/210/202->022/110/102
        Answer: 022/110/102
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a rule and grids until all rules that fit agree, and none is shorter."""
        riddle, output = drawn(_LANGUAGE, lambda: _draw(rng, _LEVELS[level - 1]))
        question = Question(self.name, level, statement(_LANGUAGE, riddle), _FORMAT, riddle)
        return Problem(question, _written(output))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        riddle = _given(problem.question)
        return (*lines(_LANGUAGE, riddle, _solved(riddle)[1]), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_line(_LANGUAGE, _given(question), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        output, _ = _solved(_given(question))

        def decide() -> Verdict:
            rows = read_rows(answer, len(output), len(output[0]))
            return CORRECT if tuple(rows) == output else incorrect("the grids differ")

        return guarded(decide)

    def picture(self, question: Question) -> str:
        """The example and the grid that is asked for, one below the other, on grey."""
        _, examples, query = _given(question)
        bands = [_band(before, after) for before, after in (*examples, (query, ("?",)))]
        width = max(len(row) for band in bands for row in band)
        rows = [[*row, *"." * (width - len(row))] for band in bands for row in (*band, ["."])][:-1]
        fills = {(i, j): _COLOURS.get(cell, "grey") for i, row in enumerate(rows) for j, cell in enumerate(row)}
        return grid([["" if cell in "0." else cell for cell in row] for row in rows], fills=fills)


def _band(before: Rows, after: Rows) -> list[list[str]]:
    """Two grids side by side, an arrow between them, dots where there is neither."""
    height, (left, right) = max(len(before), len(after)), (len(before[0]), len(after[0]))
    padded = [rows + ("." * width,) * (height - len(rows)) for rows, width in ((before, left), (after, right))]
    arrows = ["\u2192" if i == 0 else "." for i in range(height)]
    return [[*row, arrow, *other] for row, arrow, other in zip(padded[0], arrows, padded[1], strict=True)]


def _given(question: Question) -> Riddle[Rows]:
    return Riddle(*cast("tuple[int, tuple[tuple[Rows, Rows], ...], Rows]", question.given))


@lru_cache(maxsize=1024)
def _solved(riddle: Riddle[Rows]) -> tuple[Rows, Rule]:
    """The only output, and the first rule that makes it."""
    return next(iter(solutions(_LANGUAGE, riddle).items()))


def _draw(rng: np.random.Generator, level: _Level) -> Riddle[Rows] | None:
    """Two grids, and what a rule makes of one; None where a step changes nothing or a row of the answer is all 0."""
    names = list(_FUNCTIONS)
    low, high = level.sides
    which: list[int] = rng.integers(len(names), size=level.steps).tolist()
    rule = tuple(names[i] for i in which)
    sides: list[int] = rng.integers(low, high + 1, size=4).tolist()
    draws: list[float] = rng.random(2 * high * high).tolist()
    example, query = (
        tuple("".join(_cell(draws.pop(), level.colours) for _ in range(width)) for _ in range(height))
        for height, width in (sides[:2], sides[2:])
    )
    paths = [path(_LANGUAGE, rule, rows) for rows in (example, query)]
    if example == query or any(len(set(things)) <= level.steps for things in paths):
        return None
    if not all(row.strip("0") for row in paths[1][-1]):  # a reader may take the answer for a quotient
        return None
    return Riddle(level.steps, ((example, paths[0][-1]),), query)


def _cell(draw: float, colours: int) -> str:
    return "0" if draw < _EMPTY else str(1 + int((draw - _EMPTY) / (1 - _EMPTY) * colours))
