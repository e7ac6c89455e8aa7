"""What the numbers of a minefield say about its unknown cells: by one or two of them, and by all together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple, TypeAlias

Rows: TypeAlias = "tuple[str, ...]"  # digits, and ? where a cell is unknown
Cells: TypeAlias = int  # a set of cells as bits, row by row

UNKNOWN = "?"


class Clue(NamedTuple):
    """How many mines are among some cells."""

    at: int  # cell of the number
    cells: Cells
    mines: int


class Deduction(NamedTuple):
    """What one or two numbers say about cells that were open."""

    clues: tuple[int, ...]  # cells of the numbers
    mines: Cells
    safe: Cells


def members(cells: Cells) -> Iterator[int]:
    """The cells of a set in order."""
    while cells:
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest


@cache
def around_each(height: int, width: int) -> tuple[Cells, ...]:
    """The up to eight cells around each cell."""
    return tuple(
        sum(
            1 << k * width + m
            for k in range(max(i - 1, 0), min(i + 2, height))
            for m in range(max(j - 1, 0), min(j + 2, width))
            if (k, m) != (i, j)
        )
        for i in range(height)
        for j in range(width)
    )


@lru_cache(maxsize=512)
def clues_of(rows: Rows) -> tuple[Clue, ...]:
    """What the numbers beside unknown cells say."""
    marks = "".join(rows)
    unknown = sum(1 << cell for cell, mark in enumerate(marks) if mark == UNKNOWN)
    around = around_each(len(rows), len(rows[0]))
    clues = (Clue(cell, around[cell] & unknown, int(mark)) for cell, mark in enumerate(marks) if mark != UNKNOWN)
    return tuple(clue for clue in clues if clue.cells)


def left_of(clue: Clue, mines: Cells, safe: Cells) -> Clue:
    """What a clue says about the cells that are still open."""
    return Clue(clue.at, clue.cells & ~(mines | safe), clue.mines - (clue.cells & mines).bit_count())


def alone(clue: Clue) -> Deduction:
    """What a clue says by itself."""
    if clue.mines == 0:
        return Deduction((clue.at,), 0, clue.cells)
    return Deduction((clue.at,), clue.cells if clue.mines == clue.cells.bit_count() else 0, 0)


def together(one: Clue, other: Clue) -> Deduction:
    """What two clues say together: something only if the number of mines in the cells they share is fixed."""
    shared, only, other_only = one.cells & other.cells, one.cells & ~other.cells, other.cells & ~one.cells
    least = max(0, one.mines - only.bit_count(), other.mines - other_only.bit_count())
    most = min(shared.bit_count(), one.mines, other.mines)
    mines = safe = 0
    if shared and least == most:
        for cells, count in ((shared, least), (only, one.mines - least), (other_only, other.mines - least)):
            safe |= cells if count == 0 else 0
            mines |= cells if count == cells.bit_count() else 0
    return Deduction((one.at, other.at), mines, safe)


def _next(left: Sequence[Clue]) -> Deduction | None:
    """The first deduction that says something, from one clue if any does, else from two."""
    for clue in left:
        found = alone(clue)
        if found.mines or found.safe:
            return found
    for i, clue in enumerate(left):
        for other in left[i + 1 :]:
            if clue.cells & other.cells:
                found = together(clue, other)
                if found.mines or found.safe:
                    return found
    return None


@lru_cache(maxsize=8)
def deductions(rows: Rows) -> tuple[Deduction, ...]:
    """Deductions until there are no more."""
    left = clues_of(rows)
    found: list[Deduction] = []
    while (step := _next(left)) is not None:
        found.append(step)
        new = step.mines | step.safe
        left = tuple(left_of(clue, step.mines, step.safe) if clue.cells & new else clue for clue in left)
        left = tuple(clue for clue in left if clue.cells)
    return tuple(found)


def found_by(steps: Iterable[Deduction]) -> tuple[Cells, Cells]:
    """The mines and the safe cells of some deductions."""
    mines = safe = 0
    for step in steps:
        mines |= step.mines
        safe |= step.safe
    return mines, safe


@lru_cache(maxsize=512)
def certain(rows: Rows) -> tuple[Cells, Cells]:
    """The cells that are mines in every arrangement that agrees with the numbers, and those that are in none."""
    mines, safe = found_by(deductions(rows))
    clues = [clue for clue in (left_of(clue, mines, safe) for clue in clues_of(rows)) if clue.cells]
    open_cells = 0
    for clue in clues:
        open_cells |= clue.cells
    always, ever = open_cells, 0
    for arrangement in _arrangements(clues, open_cells):
        always &= arrangement
        ever |= arrangement
        if not always and ever == open_cells:
            break
    return mines | always, safe | open_cells & ~ever


def _arrangements(clues: Sequence[Clue], open_cells: Cells) -> Iterator[Cells]:
    """The sets of mines among some cells that agree with all clues."""
    if any(not 0 <= clue.mines <= clue.cells.bit_count() for clue in clues):
        return
    if not open_cells:
        yield 0
        return
    cell = open_cells & -open_cells
    for mine in (cell, 0):
        left = [left_of(clue, mine, cell & ~mine) for clue in clues]
        for others in _arrangements(left, open_cells & ~cell):
            yield mine | others
