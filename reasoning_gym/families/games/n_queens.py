"""Queens: complete a partial placement so that no two attack each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache, partial
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.cells import LEGEND, cell_name, read_cell
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.draws import shuffled
from reasoning_gym.families.readings import read_items
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Squares: TypeAlias = int  # a set of squares as bits, row by row

_QUEEN, _EMPTY = "Q."
_MOST_LINES = 31  # of a reference, before its answer
_EXCLUSION = re.compile(r"no ([a-z]\d{1,2}) ?: ?(?:row (\d{1,2})|col ([a-z]))", re.ASCII)
_QUEENS = re.compile(r"Q[a-z]\d{1,2}(?:[ ,]{1,2}Q[a-z]\d{1,2}){0,15}", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(
    answer=f"the squares of the missing queens with commas between; {LEGEND}. In steps, 'Qx2' puts a queen there, and "
    "'no y1: row 2' rules a square out"
)


class _Level(NamedTuple):
    size: int
    missing: tuple[int, int]  # queens, at least and at most
    exclusions: bool  # whether squares must be ruled out on the way


_LEVELS = (
    _Level(5, (2, 3), False),
    _Level(7, (3, 4), False),
    _Level(8, (4, 6), True),
    _Level(9, (5, 7), True),
    _Level(10, (6, 8), True),
    _Level(11, (6, 8), True),
)


class _Deduction(NamedTuple):
    """The square that a row or column is left with, and what rules out its others."""

    square: int
    excluded: tuple[tuple[int, int], ...]  # a square, and the row or column that it would leave without any


@family(category="games", levels=6)
class NQueens(Family):
    """Complete a partial placement of n queens on an n x n board.

    Statement: `Complete 5 queens, none attacking another: ...../...../...../...Q./.Q...`.
    Thoughts: `Qa3` puts a queen on the only square that is left in its row or column; before that, from level 3 on,
        `no c6: row 4` rules a square out as it would leave row 4 without any. The solution is the only one.
    Answer: the squares of the missing queens: `e1,c2,a3`, or `Qe1,Qc2,Qa3`.
    Level: boards of 5, 7, 8, 9, 10 and 11 with 2 or 3, 3 or 4, about 5, 5, 6 and 6 queens missing. Levels 1 to 4 have
        192 and about 2,300, 1,800 and 8,500 different questions.
    Verified: no two queens share a row, column or diagonal; any completion is accepted.
    Checked step by step: a queen stands where the only solution has it; a square that is ruled out was free, and
        would leave no free square in the row or column that is named.

        Complete 5 queens, none attacking another: ...../...../...../...Q./.Q...
        Qa3
        Qe1
        Qc2
        Answer: e1,c2,a3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a full placement and take queens away that can be deduced from the others."""
        size, (least, most), exclusions = _LEVELS[level - 1]
        while True:
            draws = rng.random(size * (size + 1) + 1).tolist()
            missing = most if draws.pop() < 0.5 else least
            kept = _dug(size, _full(size, draws), shuffled(draws[-size:]), missing, exclusions)
            if size - len(kept) < least:
                continue
            rows = _rows(size, kept)
            steps = _solution(rows)
            lines = _lines(size, steps)
            if len(lines) <= _MOST_LINES and (not exclusions or len(lines) > len(steps)):
                break
        statement = f"Complete {size} queens, none attacking another: {'/'.join(rows)}"
        question = Question(self.name, level, statement, _FORMAT, given=rows)
        answer = ",".join(_name(size, square) for square in sorted(step.square for step in steps))
        return Problem(question, answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The deductions, always the one that needs the fewest squares ruled out."""
        rows = _given(problem.question)
        return (*_lines(len(rows), _solution(rows)), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            rows = _given(question)
            named = [_square(len(rows), name.removeprefix(_QUEEN)) for name in read_items(answer)]
            queens = [*_queens(rows), *named]
            if len(set(queens)) < len(queens) or len(queens) != len(rows):
                return incorrect(f"{len(rows) - len(_queens(rows))} queens on other squares were asked for")
            attacks = _attacks(len(rows))
            if any(attacks[queen] >> other & 1 for queen in queens for other in queens):
                return incorrect("two queens attack each other")
            return CORRECT

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        known = _Known(_given(question))
        for line in thoughts:
            guarded(partial(known.add, line))
        return guarded(partial(known.add, step))

    def picture(self, question: Question) -> str:
        return draw_grid([row.replace(_EMPTY, " ") for row in _given(question)])


def _given(question: Question) -> tuple[str, ...]:
    return cast("tuple[str, ...]", question.given)


def _name(size: int, square: int) -> str:
    return cell_name(*divmod(square, size))


def _square(size: int, name: str) -> int:
    row, column = read_cell(name, size, size)
    return row * size + column


def _rows(size: int, queens: Iterable[int]) -> tuple[str, ...]:
    text = "".join(_QUEEN if square in queens else _EMPTY for square in range(size * size))
    return tuple(text[i : i + size] for i in range(0, size * size, size))


def _queens(rows: Sequence[str]) -> list[int]:
    return [square for square, mark in enumerate("".join(rows)) if mark == _QUEEN]


@cache
def _attacks(size: int) -> tuple[Squares, ...]:
    """The squares that a queen attacks from each square, its own left out."""
    cells = [divmod(square, size) for square in range(size * size)]
    return tuple(
        sum(
            1 << i * size + j
            for i, j in cells
            if (i, j) != (row, column) and (i == row or j == column or abs(i - row) == abs(j - column))
        )
        for row, column in cells
    )


@cache
def _units(size: int) -> tuple[Squares, ...]:
    """The squares of each row, then of each column."""
    rows = (((1 << size) - 1) << row * size for row in range(size))
    columns = (sum(1 << row * size + column for row in range(size)) for column in range(size))
    return (*rows, *columns)


def _free(size: int, queens: Iterable[int]) -> Squares:
    """The squares that no queen stands on or attacks."""
    attacks = _attacks(size)
    free = (1 << size * size) - 1
    for queen in queens:
        free &= ~(attacks[queen] | 1 << queen)
    return free


def _squares(free: Squares) -> list[int]:
    """The squares of a set in order."""
    found: list[int] = []
    while free:
        lowest = free & -free
        found.append(lowest.bit_length() - 1)
        free ^= lowest
    return found


def _full(size: int, draws: Sequence[float]) -> list[int]:
    """All queens, row by row, each row's columns tried in an order that was drawn."""
    orders = [shuffled(draws[row * size : (row + 1) * size]) for row in range(size)]
    attacks = _attacks(size)

    def place(row: int, free: Squares) -> list[int] | None:
        if row == size:
            return []
        for column in orders[row]:
            square = row * size + column
            if free >> square & 1 and (others := place(row + 1, free & ~attacks[square])) is not None:
                return [square, *others]
        return None

    return place(0, (1 << size * size) - 1) or []  # boards of these sizes always have one


def _dug(size: int, queens: Sequence[int], order: Sequence[int], missing: int, exclusions: bool) -> set[int]:
    """The queens that are left after taking some away, in an order, each of which the others imply."""
    kept = set(queens)
    for index in order:
        if len(queens) - len(kept) == missing:
            break
        queen = queens[index]
        free = _free(size, kept - {queen})
        row, column = divmod(queen, size)
        found = [_only(size, free, unit, size - 1 if exclusions else 0) for unit in (row, size + column)]
        if any(found):
            kept.discard(queen)
    return kept


def _only(size: int, free: Squares, unit: int, most: int) -> _Deduction | None:
    """What a row or column is left with after ruling out at most so many squares; None if that isn't one square."""
    left: list[int] = []
    excluded: list[tuple[int, int]] = []
    for square in _squares(free & _units(size)[unit]):
        emptied = _emptied(size, free, square) if most else None
        if emptied is None:
            left.append(square)
        else:
            excluded.append((square, emptied))
        if len(left) > 1 or len(excluded) > most:
            return None
    return _Deduction(left[0], tuple(excluded)) if left else None


def _emptied(size: int, free: Squares, square: int) -> int | None:
    """The first row or column whose free squares a queen on this one would all attack; None if there is none."""
    after = free & ~_attacks(size)[square]
    for unit, squares in enumerate(_units(size)):
        if free & squares and not after & squares:
            return unit
    return None


@lru_cache(maxsize=256)
def _solution(rows: tuple[str, ...]) -> tuple[_Deduction, ...]:
    """The deductions, always one that needs the fewest squares ruled out; rows come before columns."""
    size = len(rows)
    queens = _queens(rows)
    steps: list[_Deduction] = []
    while len(queens) < size:
        step = _next(size, _free(size, queens))
        if step is None:
            break
        steps.append(step)
        queens.append(step.square)
    return tuple(steps)


def _next(size: int, free: Squares) -> _Deduction | None:
    """The deduction that needs the fewest squares ruled out; None if there is none."""
    for squares in _units(size):
        left = free & squares
        if left and not left & (left - 1):  # the only square, and nothing to rule out
            return _Deduction(left.bit_length() - 1, ())
    found = [_only(size, free, unit, size) for unit in range(2 * size) if free & _units(size)[unit]]
    return min((each for each in found if each), key=lambda each: len(each.excluded), default=None)


def _lines(size: int, steps: Iterable[_Deduction]) -> list[str]:
    """The deductions as thoughts."""
    found: list[str] = []
    for step in steps:
        found += [f"no {_name(size, square)}: {_unit_name(size, unit)}" for square, unit in step.excluded]
        found.append(f"{_QUEEN}{_name(size, step.square)}")
    return found


def _unit_name(size: int, unit: int) -> str:
    return f"row {unit + 1}" if unit < size else f"col {chr(ord('a') + unit - size)}"


class _Known:
    """What lines have said of a board: where queens stand, and which squares are ruled out."""

    def __init__(self, rows: tuple[str, ...]) -> None:
        self.size = len(rows)
        self.missing = {step.square for step in _solution(rows)}
        self.queens = _queens(rows)
        self.excluded: Squares = 0

    def add(self, line: str) -> Verdict:
        """Take in a line if it is valid.

        Raises:
            Unreadable: if it is none.
        """
        exclusion = _EXCLUSION.fullmatch(line)
        if exclusion is not None:
            number = int(exclusion[2]) - 1 if exclusion[2] else ord(exclusion[3]) - ord("a")
            if not 0 <= number < self.size:
                return incorrect("there is no such row or column")
            return self.exclude(_square(self.size, exclusion[1]), number if exclusion[2] else self.size + number)
        if _QUEENS.fullmatch(line) is None:
            raise Unreadable(f"{line[:40]!r} is neither a queen such as 'Qb3' nor 'no b3: row 5'")
        return self.place([_square(self.size, name[1:]) for name in re.split(r"[ ,]+", line)])

    def place(self, squares: Sequence[int]) -> Verdict:
        """Put queens where the solution has them."""
        for square in squares:
            if square not in self.missing or square in self.queens:
                return incorrect(f"there is no queen missing on {_name(self.size, square)}")
        if len(set(squares)) < len(squares):
            return incorrect("names a square twice")
        self.queens += squares
        return CORRECT

    def exclude(self, square: int, unit: int) -> Verdict:
        """Rule out a free square that would leave a row or column without any."""
        free = _free(self.size, self.queens) & ~self.excluded
        if not free >> square & 1:
            return incorrect(f"{_name(self.size, square)} isn't free")
        squares = free & _units(self.size)[unit]
        own = squares >> square & 1
        if not squares or own or squares & ~_attacks(self.size)[square]:
            return incorrect("that row or column is filled, or would have a free square left")
        self.excluded |= 1 << square
        return CORRECT
