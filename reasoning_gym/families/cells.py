"""Names of a grid's cells, `a1` at the top left: a letter for the column, a number for the row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

from reasoning_gym.checker.limits import Refused, Unreadable

Cell: TypeAlias = "tuple[int, int]"  # row and column, from 0

LEGEND = "a1 is top left, b1 right of it, a2 below it"
_NAME = re.compile(r"([a-z])([1-9]\d?)", re.ASCII)
_PLACEMENT = re.compile(r"([a-z])([1-9]\d?) ?= ?(\d)", re.ASCII)
_LONGEST_LINE = 1_000  # characters


@cache
def cell_name(row: int, column: int) -> str:
    """The name of a cell.

    >>> cell_name(0, 0), cell_name(2, 1)
    ('a1', 'b3')
    """
    return f"{chr(ord('a') + column)}{row + 1}"


def read_cell(text: str, height: int, width: int) -> Cell:
    """The cell of a name; letter case is free.

    Raises:
        Unreadable: if the text names no cell of a grid of this size.

    >>> read_cell("B3", 4, 4)
    (2, 1)
    """
    match = _NAME.fullmatch(text.lower())
    if match is None:
        raise Unreadable(f"{text[:20]!r} is no cell such as b3")
    return _inside(int(match[2]) - 1, ord(match[1]) - ord("a"), height, width)


def read_placements(line: str, height: int, width: int) -> list[tuple[Cell, int]]:
    """The cells and digits of `a1=2 b3=4`.

    Raises:
        Unreadable, Refused: if the line holds anything else.

    >>> read_placements("a1=2, b3=4", 4, 4)
    [((0, 0), 2), ((2, 1), 4)]
    """
    if len(line) > _LONGEST_LINE:
        raise Refused(f"a line of {len(line)} characters is longer than {_LONGEST_LINE}")
    found: list[tuple[Cell, int]] = []
    end = 0
    for match in _PLACEMENT.finditer(line):
        if line[end : match.start()].strip(", ;"):
            break
        found.append((_inside(int(match[2]) - 1, ord(match[1]) - ord("a"), height, width), int(match[3])))
        end = match.end()
    if not found or line[end:].strip():
        raise Unreadable(f"{line[:40]!r} is no list of placements such as 'a1=2 b3=4'")
    return found


def placements(steps: Sequence[tuple[Cell, int]], at_once: int) -> list[str]:
    """Lines such as `a1=2 b3=4` with so many placements each."""
    texts = [f"{cell_name(*cell)}={digit}" for cell, digit in steps]
    return [" ".join(texts[i : i + at_once]) for i in range(0, len(texts), at_once)]


def _inside(row: int, column: int, height: int, width: int) -> Cell:
    if row >= height or column >= width:
        raise Unreadable(f"{cell_name(row, column)} isn't in a grid of {height} rows and {width} columns")
    return row, column
