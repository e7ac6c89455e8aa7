"""Sudoku: fill in a grid so that each row, column and box holds each digit once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.cells import LEGEND, Cell, placements
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.draws import shuffled
from reasoning_gym.families.latin import (
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

Box: TypeAlias = "tuple[int, int]"  # height and width


class _Level(NamedTuple):
    box: Box
    blanks: int
    at_once: int  # placements in a line of the reference


_LEVELS = (
    _Level((2, 2), 4, 1),
    _Level((2, 2), 8, 1),
    _Level((2, 3), 14, 1),
    _Level((2, 3), 22, 1),
    _Level((3, 3), 30, 2),
    _Level((3, 3), 48, 2),
)
_FORMAT = ANSWER_FORMAT.format(
    answer="the rows of the full grid with / between; each row, column and box holds each digit from 1 to the "
    f"number of rows once; boxes 2x3 would have 2 rows and 3 columns. In steps, cells have names: {LEGEND}"
)


@family(category="games", levels=6)
class Sudoku(Family):
    """Fill in a sudoku of 4x4, 6x6 or 9x9 cells.

    Statement: `Sudoku, boxes 2x2: 4.12/.243/2.31/3.24`. Each row, column and box holds each digit once; a box
        of 2x3 has 2 rows and 3 columns; a dot is blank.
    Thoughts: the digit that a cell must hold, as it has only one left or is the only place of a digit in a row,
        column or box: `b1=3`. Every blank follows in this way, so the solution is the only one. From level 5 on,
        two placements a line.
    Answer: the full grid: `4312/1243/2431/3124`.
    Level: 4x4 with 4 or 8 blanks, 6x6 with 14 or about 21, 9x9 with 30 or about 46.
    Verified: by the rules.
    Checked step by step: a cell that is still blank gets its digit of the only solution.

        Sudoku, boxes 2x2: 4.12/.243/2.31/3.24
        b1=3
        a2=1
        b3=4
        b4=1
        Answer: 4312/1243/2431/3124
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Shuffle a full grid and blank cells that can be deduced from the others."""
        box, blanks, _ = _LEVELS[level - 1]
        size = box[0] * box[1]
        draws = rng.random(size * size + 3 * size).tolist()
        grid = _full_grid(box, draws[size * size :])
        answer = "/".join(texts(grid))
        cells = [divmod(index, size) for index in shuffled(draws[: size * size])]
        board = _Board(box)
        load(board, grid)
        dig(board, cells, blanks)
        rows = texts(board.grid)
        statement = f"Sudoku, boxes {box[0]}x{box[1]}: {'/'.join(rows)}"
        return Problem(Question(self.name, level, statement, _FORMAT, given=(box, rows)), answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The deductions in reading order, again and again."""
        steps = _solution(*_given(problem.question))
        return (*placements(steps, _LEVELS[problem.question.level - 1].at_once), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        box, rows = _given(question)
        return check_filled(rows, lambda grid: _is_solved(box, grid), answer)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        box, rows = _given(question)
        return check_placements(rows, dict(_solution(box, rows)), thoughts, step)

    def picture(self, question: Question) -> str:
        box, rows = _given(question)
        return draw_grid([row.replace(".", " ") for row in rows], thick_every=box)


def _given(question: Question) -> tuple[Box, tuple[str, ...]]:
    return cast("tuple[Box, tuple[str, ...]]", question.given)


def _full_grid(box: Box, draws: Sequence[float]) -> Digits:
    """A grid of a regular pattern, its digits, rows and columns shuffled within what the boxes allow."""
    height, width = box
    size = height * width
    names = shuffled(draws[:size])
    rows = _banded(draws[size : 2 * size], height)
    columns = _banded(draws[2 * size : 3 * size], width)
    return [[names[(row % height * width + row // height + column) % size] + 1 for column in columns] for row in rows]


def _banded(draws: Sequence[float], width: int) -> list[int]:
    """The numbers from 0 shuffled within bands of a width, and the bands among themselves."""
    bands = [draws[i : i + width] for i in range(0, len(draws), width)]
    return [band * width + i for band in shuffled([min(each) for each in bands]) for i in shuffled(bands[band])]


class _Board(Board):
    """A board with boxes."""

    def __init__(self, box: Box) -> None:
        super().__init__(box[0] * box[1])
        self.box = box
        self.in_box = [0] * self.size

    def box_of(self, row: int, column: int) -> int:
        """The number of a cell's box."""
        height, width = self.box
        return row // height * height + column // width  # as many boxes in a row as a box has rows

    def put(self, cell: Cell, digit: int) -> None:
        super().put(cell, digit)
        self.in_box[self.box_of(*cell)] ^= 1 << digit - 1

    def candidates(self, row: int, column: int) -> int:
        return self.all & ~(self.in_row[row] | self.in_column[column] | self.in_box[self.box_of(row, column)])

    def units(self, row: int, column: int) -> list[list[Cell]]:
        height, width = self.box
        top, left = row // height * height, column // width * width
        box = [(top + i, left + j) for i in range(height) for j in range(width)]
        return [*super().units(row, column), box]


@lru_cache(maxsize=256)
def _solution(box: Box, rows: tuple[str, ...]) -> tuple[tuple[Cell, int], ...]:
    """The blanks and their digits in the order of deduction."""
    board = _Board(box)
    load(board, digits(rows))
    return tuple(fill(board))


def _is_solved(box: Box, grid: Digits) -> bool:
    height, width = box
    size = height * width
    boxes = (
        [grid[top + i][left + j] for i in range(height) for j in range(width)]
        for top in range(0, size, height)
        for left in range(0, size, width)
    )
    return has_no_repetition((*grid, *zip(*grid, strict=True), *boxes))
