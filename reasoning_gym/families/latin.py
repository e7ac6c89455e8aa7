"""Grids of digits in which no line holds a digit twice: drawn, dug out by deduction, and filled in again.

A dug cell is one whose digit follows from what is left by some deduction. So the deductions, made in the
opposite order, fill the grid in again, and the solution is the only one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.cells import Cell, cell_name, read_placements
from reasoning_gym.families.readings import read_rows
from reasoning_gym.problem import CORRECT, Verdict, incorrect

BLANK = "."
Digits = list[list[int]]  # 0 where blank


def digits(rows: Sequence[str]) -> Digits:
    """Rows of text as digits."""
    return [[0 if character == BLANK else int(character) for character in row] for row in rows]


def texts(grid: Digits) -> tuple[str, ...]:
    """Digits as rows of text."""
    return tuple("".join(str(digit) if digit else BLANK for digit in row) for row in grid)


class Board:
    """A grid that is filled in, and what digits each row and column already hold. Bit d-1 stands for the digit d."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.grid = [[0] * size for _ in range(size)]
        self.all = (1 << size) - 1
        self.in_row = [0] * size
        self.in_column = [0] * size

    def put(self, cell: Cell, digit: int) -> None:
        """Write a digit in a blank cell, or, if it is there already, take it out again."""
        row, column = cell
        self.grid[row][column] ^= digit
        self.in_row[row] ^= 1 << digit - 1
        self.in_column[column] ^= 1 << digit - 1

    def candidates(self, row: int, column: int) -> int:
        """The digits that a blank cell may hold, as bits."""
        return self.all & ~(self.in_row[row] | self.in_column[column])

    def units(self, row: int, column: int) -> list[list[Cell]]:
        """The groups of cells with different digits that a cell belongs to."""
        return [[(row, j) for j in range(self.size)], [(i, column) for i in range(self.size)]]

    def deduced(self, row: int, column: int) -> int:
        """The digit that a blank cell must hold, as its only candidate or as that digit's only place; 0 if unclear."""
        own = self.candidates(row, column)
        if own & (own - 1):
            for unit in self.units(row, column):
                elsewhere = 0
                for i, j in unit:
                    if not self.grid[i][j] and (i, j) != (row, column):
                        elsewhere |= self.candidates(i, j)
                if own & ~elsewhere:
                    own &= ~elsewhere
                    break
        return own.bit_length() if own and not own & (own - 1) else 0


def load(board: Board, grid: Digits) -> None:
    """Write all digits of a grid on an empty board."""
    for i, row in enumerate(grid):
        for j, digit in enumerate(row):
            if digit:
                board.put((i, j), digit)


def dig(board: Board, order: Iterable[Cell], most: int) -> None:
    """Blank cells, in this order and at most so many, whose digit can be deduced from what is left."""
    for cell in order:
        if most == 0:
            break
        digit = board.grid[cell[0]][cell[1]]
        board.put(cell, digit)
        if board.deduced(*cell) == digit:
            most -= 1
        else:
            board.put(cell, digit)


def fill(board: Board) -> list[tuple[Cell, int]]:
    """Fill in what can be deduced, in reading order again and again; the cells and digits in this order."""
    blanks = [(i, j) for i, row in enumerate(board.grid) for j, digit in enumerate(row) if not digit]
    steps: list[tuple[Cell, int]] = []
    while blanks:
        left: list[Cell] = []
        for cell in blanks:
            digit = board.deduced(*cell)
            if digit:
                board.put(cell, digit)
                steps.append((cell, digit))
            else:
                left.append(cell)
        if len(left) == len(blanks):
            break
        blanks = left
    return steps


def has_no_repetition(units: Iterable[Iterable[int]]) -> bool:
    """Whether each unit holds different digits, none above their number."""
    return all(sorted(unit) == list(range(1, 1 + len(unit))) for unit in map(list, units))


def check_filled(rows: Sequence[str], solved: Callable[[Digits], bool], answer: str) -> Verdict:
    """Whether an answer is the whole grid, with the given digits where they were and solved."""

    def decide() -> Verdict:
        filled = read_rows(answer, len(rows), len(rows[0]))
        for given, row in zip("".join(rows), "".join(filled), strict=True):
            if row not in "123456789":
                return incorrect(f"{row!r} is no digit from 1 on")
            if given not in (BLANK, row):
                return incorrect(f"a given {given} is gone")
        return CORRECT if solved(digits(filled)) else incorrect("a rule is broken")

    return guarded(decide)


def check_placements(rows: Sequence[str], solution: Mapping[Cell, int], thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line places digits of the only solution in cells that are still blank."""
    height, width = len(rows), len(rows[0])
    placed: set[Cell] = set()

    def place(line: str) -> Verdict:
        wanted = read_placements(line, height, width)
        cells = {cell for cell, _ in wanted}
        for cell, digit in wanted:
            if cell not in solution or cell in placed:
                return incorrect(f"{cell_name(*cell)} isn't blank")
            if solution[cell] != digit:
                return incorrect(f"{cell_name(*cell)} isn't {digit}")
        if len(cells) < len(wanted):
            return incorrect("places a digit twice")
        placed.update(cells)
        return CORRECT

    for line in thoughts:
        guarded(partial(place, line))
    return guarded(partial(place, step))
