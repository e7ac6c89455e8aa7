"""How many ways lead through a grid with blocked cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.syntax import parse
from reasoning_gym.families import drawing
from reasoning_gym.families.named_quantities import is_value
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_FORMAT = ANSWER_FORMAT.format(
    answer="the number of ways; a step gives the ways to each cell of a row, such as 'row 2: 1,2,0'"
)
_STEP = re.compile(
    r"(?P<kind>row|column) ?(?P<place>\d{1,2}) ?[:=] ?(?P<open>[\[(])?(?P<counts>\d{1,9}(?:(?: ?, ?| )\d{1,9}){0,11})"
    r"(?(open)[\])])\.?",
    re.ASCII,
)
_BETWEEN = re.compile(r"[ ,]+", re.ASCII)

Counts: TypeAlias = "tuple[tuple[int, ...], ...]"  # ways to each cell, row by row


class _Level(NamedTuple):
    sides: tuple[int, int]  # least and greatest, of either side
    blocked: float  # share of the cells
    diagonal: bool = False


_LEVELS = (
    _Level((4, 5), 0.15),
    _Level((5, 6), 0.2),
    _Level((5, 6), 0.15, diagonal=True),
    _Level((6, 8), 0.2),
    _Level((7, 8), 0.15, diagonal=True),
    _Level((8, 10), 0.15),
    _Level((9, 10), 0.15, diagonal=True),
)


@family(category="geometry", levels=7)
class LatticePaths(Family):
    """Count the ways through a grid from the top left to the bottom right.

    Statement: `Grid ..#./..../.#../.... (# is blocked). How many ways lead from the top left cell to the bottom right
    one, each move to the next cell right or down?` At levels 3, 5 and 7 moves down and right at once are allowed too.
    Thoughts: row by row the number of ways to each cell, 0 for a blocked one: the sum of the cells that lead to it.
    Answer: a whole number, at least 2.
    Level: the size of the grid, 4 or 5 cells (over 10,000 questions) to 10, and diagonal moves. At level 1 the most
    frequent answer is right in about 8 % of the questions.
    Verified: by counting the ways to every cell.
    Checked step by step: a line gives the right numbers of a row or a column (`column 2: 1,2,0,2`) that no line before
    has given.

        Grid ..../..../.#../..#. (# is blocked). How many ways lead from the top left cell to the bottom right one, each
        move to the next cell right or down?
        row 1: 1,1,1,1
        row 2: 1,2,3,4
        row 3: 1,0,3,7
        row 4: 1,1,0,7
        Answer: 7
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            rows = _grid(rng, chosen)
            ways = _ways(rows, chosen.diagonal)
            if ways[-1][-1] > 1:
                break
        moves = "right, down, or down and right at once" if chosen.diagonal else "right or down"
        statement = (
            f"Grid {'/'.join(rows)} (# is blocked). How many ways lead from the top left cell to the bottom right one, "
            f"each move to the next cell {moves}?"
        )
        question = Question(self.name, level, statement, _FORMAT, (rows, int(chosen.diagonal)))
        return Problem(question, str(ways[-1][-1]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        ways = _known(problem.question)
        lines = [f"row {i}: {','.join(map(str, row))}" for i, row in enumerate(ways, 1)]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        ways = _known(question)
        stated = _read(step)
        if stated is None:
            return unreadable(f"{step[:60]!r} is no row such as 'row 2: 1,2,0'")
        if not _is_right(stated, ways):
            return incorrect("isn't the number of ways to each cell there")
        if any(_read(line) == stated for line in thoughts):
            return incorrect("was given before")
        return CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        ways = _known(question)[-1][-1]
        return guarded(
            lambda: CORRECT if is_value(parse(plain(answer)), ways) else incorrect("isn't the number of ways")
        )

    def picture(self, question: Question) -> str:
        rows = cast("tuple[str, ...]", question.given[0])
        fills = {(i, j): "dark" for i, row in enumerate(rows) for j, cell in enumerate(row) if cell == "#"}
        ends = {(0, 0): "green", (len(rows) - 1, len(rows[0]) - 1): "blue"}
        return drawing.grid([[""] * len(row) for row in rows], fills={**fills, **ends})


def _grid(rng: np.random.Generator, level: _Level) -> tuple[str, ...]:
    """Cells at random, the first and the last of them free, at least one blocked."""
    low, high = level.sides
    height, width = (int(side) for side in rng.integers(low, high + 1, size=2))
    draws = rng.random(height * width).tolist()
    draws[0] = draws[-1] = 1.0
    blocked = [draw < level.blocked for draw in draws]
    if not any(blocked):
        blocked[1 + int(draws[1] * (height * width - 2))] = True
    cells = "".join(".#"[cell] for cell in blocked)
    return tuple(cells[i : i + width] for i in range(0, height * width, width))


@lru_cache(maxsize=1024)
def _ways(rows: tuple[str, ...], diagonal: bool) -> Counts:
    """In how many ways each cell is reached."""
    above = [0] * (len(rows[0]) + 1)
    above[0 if diagonal else 1] = 1  # the only way into the first cell
    found: list[tuple[int, ...]] = []
    for row in rows:
        here = [0]
        for place, cell in enumerate(row, 1):
            reached = above[place] + here[-1] + (above[place - 1] if diagonal else 0)
            here.append(0 if cell == "#" else reached)
        found.append(tuple(here[1:]))
        above = here
    return tuple(found)


def _known(question: Question) -> Counts:
    rows, diagonal = cast("tuple[tuple[str, ...], int]", question.given)
    return _ways(rows, bool(diagonal))


def _read(step: str) -> tuple[str, int, tuple[int, ...]] | None:
    """A row or a column, its place from 1, and the numbers that a line gives for it."""
    match = _STEP.fullmatch(step.strip().lower()) if len(step) < 200 else None
    if match is None:
        return None
    return match["kind"], int(match["place"]), tuple(map(int, _BETWEEN.split(match["counts"])))


def _is_right(stated: tuple[str, int, tuple[int, ...]], ways: Counts) -> bool:
    kind, place, counts = stated
    lines = ways if kind == "row" else tuple(zip(*ways, strict=True))
    return 1 <= place <= len(lines) and counts == lines[place - 1]
