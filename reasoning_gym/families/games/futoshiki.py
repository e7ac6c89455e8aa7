"""Futoshiki: fill in a grid so that each row and column holds each digit once and all signs < hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.cells import LEGEND, Cell, cell_name, placements
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.draws import shuffled
from reasoning_gym.families.latin import (
    BLANK,
    Board,
    Digits,
    check_filled,
    check_placements,
    dig,
    digits,
    fill,
    has_no_repetition,
    load,
    texts,
)
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

Signs: TypeAlias = "tuple[tuple[Cell, Cell], ...]"  # neighbours, the smaller first


class _Level(NamedTuple):
    size: int
    blanks: int
    signs: int


_LEVELS = (
    _Level(4, 4, 3),
    _Level(4, 8, 5),
    _Level(4, 14, 8),
    _Level(5, 14, 8),
    _Level(5, 19, 12),
    _Level(5, 25, 16),
)
_FORMAT = ANSWER_FORMAT.format(
    answer="the rows of the full grid with / between; each row and column holds each digit from 1 to the number of "
    f"rows once, and a3<a2 says that the digit in a3 is smaller than that in a2. {LEGEND}"
)


@family(category="games", levels=6)
class Futoshiki(Family):
    """Fill in a grid of 4x4 or 5x5 digits with signs < between neighbours.

    Statement: `Futoshiki: 4.32/234./14../3214; a3<a2, b1<b2, b2<b3`. Each row and column holds each digit from 1 to the
        size once; a dot is blank.
    Thoughts: the digit that a cell must hold: its only candidate, or the only place for a digit in its row or
        column. Candidates are those that the row, the column and the chains of signs leave: `b1=1`. Every blank
        follows in this way, so the solution is the only one.
    Answer: the full grid: `4132/2341/1423/3214`.
    Level: 4x4 with 4, 8 or about 12 blanks, then 5x5 with 14, then about 18 blanks; more signs
        with each.
    Verified: by the rules.
    Checked step by step: a cell that is still blank gets its digit of the only solution.

        Futoshiki: 4.32/234./14../3214; a3<a2, b1<b2, b2<b3
        b1=1
        d2=1
        c3=2
        d3=3
        Answer: 4132/2341/1423/3214
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Shuffle a full grid, draw signs, and blank cells that can be deduced from the others."""
        size, blanks, count = _LEVELS[level - 1]
        draws = rng.random(size * size + 3 * size + 2 * size * (size - 1)).tolist()
        grid = _full_grid(size, draws[: 3 * size])
        signs = _signs(grid, draws[3 * size + size * size :], count)
        board = _Board(size, signs)
        load(board, grid)
        dig(board, [divmod(index, size) for index in shuffled(draws[3 * size : 3 * size + size * size])], blanks)
        rows = texts(board.grid)
        written = ", ".join(f"{cell_name(*smaller)}<{cell_name(*greater)}" for smaller, greater in signs)
        question = Question(self.name, level, f"Futoshiki: {'/'.join(rows)}; {written}", _FORMAT, given=(rows, signs))
        return Problem(question, "/".join(texts(grid)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The deductions in reading order, again and again."""
        return (*placements(_solution(*_given(problem.question)), 1), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        rows, signs = _given(question)
        return check_filled(rows, lambda grid: _is_solved(signs, grid), answer)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        rows, signs = _given(question)
        return check_placements(rows, dict(_solution(rows, signs)), thoughts, step)

    def picture(self, question: Question) -> str:
        rows, signs = _given(question)
        between: dict[tuple[int, int, int, int], str] = {}
        for smaller, greater in signs:
            first, second = sorted((smaller, greater))
            pair = "<>" if first[0] == second[0] else "^v"  # the point towards the smaller
            between[(*first, *second)] = pair[first != smaller]
        return draw_grid([row.replace(BLANK, " ") for row in rows], between=between)


def _given(question: Question) -> tuple[tuple[str, ...], Signs]:
    return cast("tuple[tuple[str, ...], Signs]", question.given)


def _full_grid(size: int, draws: Sequence[float]) -> Digits:
    """A cyclic pattern with its digits, rows and columns shuffled."""
    names, rows, columns = (shuffled(draws[i * size : (i + 1) * size]) for i in range(3))
    return [[names[(row + column) % size] + 1 for column in columns] for row in rows]


def _signs(grid: Digits, draws: Sequence[float], count: int) -> Signs:
    """So many pairs of neighbours, the smaller first, in the order of their names."""
    size = len(grid)
    across = [((i, j), (i, j + 1)) for i in range(size) for j in range(size - 1)]
    down = [((i, j), (i + 1, j)) for i in range(size - 1) for j in range(size)]
    pairs = [*across, *down]
    chosen = [pairs[index] for index in shuffled(draws)[:count]]
    ordered = [(a, b) if _at(grid, a) < _at(grid, b) else (b, a) for a, b in chosen]
    return tuple(sorted(ordered, key=lambda pair: (cell_name(*pair[0]), cell_name(*pair[1]))))


def _at(grid: Digits, cell: Cell) -> int:
    return grid[cell[0]][cell[1]]


class _Board(Board):
    """A board with signs; a cell's candidates lie between what the chains of signs through it allow."""

    def __init__(self, size: int, signs: Signs) -> None:
        super().__init__(size)
        self.smaller: dict[Cell, list[Cell]] = {}  # neighbours that must be smaller than a cell
        self.greater: dict[Cell, list[Cell]] = {}
        for one, other in signs:
            self.greater.setdefault(one, []).append(other)
            self.smaller.setdefault(other, []).append(one)

    def candidates(self, row: int, column: int) -> int:
        low, high = self.least((row, column)), self.most((row, column))
        return super().candidates(row, column) & ~((1 << low - 1) - 1) & ((1 << max(high, 0)) - 1)

    def least(self, cell: Cell) -> int:
        """The smallest digit that the signs allow: one more than that of any smaller neighbour."""
        return _at(self.grid, cell) or 1 + max(map(self.least, self.smaller.get(cell, ())), default=0)

    def most(self, cell: Cell) -> int:
        """The largest digit that the signs allow."""
        return _at(self.grid, cell) or min(map(self.most, self.greater.get(cell, ())), default=self.size + 1) - 1


@lru_cache(maxsize=256)
def _solution(rows: tuple[str, ...], signs: Signs) -> tuple[tuple[Cell, int], ...]:
    """The blanks and their digits in the order of deduction."""
    board = _Board(len(rows), signs)
    load(board, digits(rows))
    return tuple(fill(board))


def _is_solved(signs: Signs, grid: Digits) -> bool:
    lines = (*grid, *zip(*grid, strict=True))
    return has_no_repetition(lines) and all(_at(grid, smaller) < _at(grid, greater) for smaller, greater in signs)
