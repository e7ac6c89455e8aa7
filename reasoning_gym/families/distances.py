"""Distances on a grid, wave by wave: the cells one move from the start, then those one move further.

A thought is a number of moves and cells that are so far away, as in `2: b1 c3`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from reasoning_gym.families.cells import Cell, cell_name, read_cell
from reasoning_gym.problem import CORRECT, Verdict, incorrect

Neighbours = Callable[[Cell], Iterable[Cell]]


def distances(neighbours: Neighbours, start: Cell) -> dict[Cell, int]:
    """How many moves each cell is from the start, the nearest first; cells that can't be reached are left out."""
    found = {start: 0}
    queue = [start]
    for cell in queue:  # grows while it is walked
        for neighbour in neighbours(cell):
            if neighbour not in found:
                found[neighbour] = found[cell] + 1
                queue.append(neighbour)
    return found


def no_farther(found: Mapping[Cell, int], goal: Cell) -> dict[Cell, int]:
    """The distances of cells that are no farther than a goal: others are of no use on the way to it."""
    return {cell: moves for cell, moves in found.items() if moves <= found[goal]}


def cell_names(cells: Iterable[Cell]) -> str:
    """Names with spaces between."""
    return " ".join(cell_name(*cell) for cell in cells)


def read_cells(text: str, height: int, width: int) -> list[Cell]:
    """The cells of names with spaces or commas between.

    Raises:
        Unreadable: if one is no cell of a grid of this size.
    """
    return [read_cell(name, height, width) for name in re.split(r"[, ]+", text.strip(", "))]


def wave(found: Mapping[Cell, int], moves: int) -> str:
    """The line of all cells at a distance."""
    return f"{moves}: {cell_names(cell for cell, distance in found.items() if distance == moves)}"


def check_wave(
    neighbours: Neighbours, known: Mapping[Cell, int], true: Mapping[Cell, int], cells: Sequence[Cell], moves: int
) -> Verdict:
    """Whether cells are at a distance, that wasn't known, and each is next to one that is known to be nearer by 1."""
    if len(set(cells)) < len(cells):
        return incorrect("names a cell twice")
    for cell in cells:
        nearer = any(known.get(neighbour) == moves - 1 for neighbour in neighbours(cell))
        if cell in known or true.get(cell) != moves or not nearer:
            reason = "isn't so far from the start, or that is known, of no use, or doesn't follow"
            return incorrect(f"{cell_name(*cell)} {reason}")
    return CORRECT
