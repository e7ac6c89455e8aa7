"""Islands in grids of land and water."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.drawing import grid
from reasoning_gym.families.numbers import check_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

Cell: TypeAlias = "tuple[int, int]"  # row and column, from 1

_FORMAT = ANSWER_FORMAT.format(answer="the number of its cells")
_PREFIX = "Size of the largest island of 1s joined by sides: "
_WATER_STAYS = 0.6  # share of the cells away from the largest island
_MOST_ISLANDS = 20
_ROW = re.compile(r"([1-9]):([1-9]{1,9})", re.ASCII)
_LINE = re.compile(rf"({_ROW.pattern}(?: {_ROW.pattern}){{0,8}}) ?= ?(\d{{1,3}})", re.ASCII)


class _Level(NamedTuple):
    side: int  # rows and columns, at most 9 so that a digit names them
    least: int  # size of the largest island
    greatest: int


# The greatest leaves most of the grid free, so that the island always finds room to grow.
_LEVELS = (_Level(4, 2, 8), _Level(5, 2, 10), _Level(6, 3, 14), _Level(7, 4, 19), _Level(8, 5, 24), _Level(9, 6, 32))


@family(category="graphs", levels=6)
class LargestIsland(Family):
    """Find the size of the largest island in a grid of land and water.

    Statement: `Size of the largest island of 1s joined by sides: 1011/0110/0010/1000`; the rows from the top.
    Thoughts: the islands in reading order of their first cells, each with the columns of its cells in every row, and
        their number: `1:34 2:23 3:3 = 5` has cells in columns 3 and 4 of row 1.
    Answer: the number of cells of the largest.
    Level: grids of 4 by 4 to 9 by 9. The sizes asked for, 2 to 8 at level 1 and 6 to 32 at the last, are equally
        frequent, so that guessing pays 14 % at level 1 and 4 % at the last.
    Verified: by flooding every island.
    Checked step by step: the cells of a line must be a whole island that no earlier line has, and be counted rightly.

        Size of the largest island of 1s joined by sides: 1011/0110/0010/1000
        1:1 = 1
        1:34 2:23 3:3 = 5
        4:1 = 1
        Answer: 5
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Grow an island of a size, then put land away from it, and drown what became larger."""
        chosen = _LEVELS[level - 1]
        size = int(rng.integers(chosen.least, chosen.greatest + 1))
        while True:
            rows = _draw(rng, chosen.side, size)
            if len(_islands(rows)) <= (_MOST_ISLANDS if level > 1 else 6):
                break
        return Problem(Question(self.name, level, _PREFIX + "/".join(rows), _FORMAT, rows), str(size))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        islands = _islands(_given(problem.question))
        return (*map(_written, islands), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        islands = _islands(_given(question))
        cells = _read(step)
        if cells is None:
            return unreadable(f"{step[:60]!r} is no island with its size, such as '1:23 2:2 = 3'")
        if cells not in islands:
            return incorrect("these aren't the cells of an island, or they are miscounted")
        return incorrect("names an island again") if cells in map(_read, thoughts) else CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, max(map(len, _islands(_given(question)))))

    def picture(self, question: Question) -> str:
        rows = _given(question)
        land = {(i, j): "green" for i, row in enumerate(rows) for j, cell in enumerate(row) if cell == "1"}
        return grid([" " * len(row) for row in rows], fills=land)


def _given(question: Question) -> tuple[str, ...]:
    return cast("tuple[str, ...]", question.given)


def _beside(cell: Cell) -> tuple[Cell, ...]:
    i, j = cell
    return (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)


def _draw(rng: np.random.Generator, side: int, size: int) -> tuple[str, ...]:
    """A grid with an island of a size and none that is larger."""
    cells = [(i, j) for i in range(1, side + 1) for j in range(1, side + 1)]
    draws: list[float] = rng.random(len(cells) + size).tolist()
    island = _grown(cells, draws[len(cells) :])
    shore = {other for cell in island for other in _beside(cell)}
    land = island | {
        cell for cell, draw in zip(cells, draws, strict=False) if draw > _WATER_STAYS and cell not in shore
    }
    for other in _flooded(land):
        if len(other) > size:
            land -= other
    return tuple("".join(str(int((i, j) in land)) for j in range(1, side + 1)) for i in range(1, side + 1))


def _grown(cells: Sequence[Cell], draws: Sequence[float]) -> set[Cell]:
    """An island that grows by a cell of its shore with each draw."""
    ground = set(cells)
    island: set[Cell] = set()
    shore = list(cells)
    for draw in draws:
        cell = shore[int(draw * len(shore))]
        island.add(cell)
        shore = sorted({other for each in island for other in _beside(each)} & ground - island)
    return island


def _flooded(land: set[Cell]) -> Iterator[set[Cell]]:
    """The islands, in reading order of their first cells."""
    dry = set(land)
    for start in sorted(land):
        if start in dry:
            island, waiting = {start}, [start]
            while waiting:
                for other in _beside(waiting.pop()):
                    if other in dry and other not in island:
                        island.add(other)
                        waiting.append(other)
            dry -= island
            yield island


@lru_cache(maxsize=1024)
def _islands(rows: tuple[str, ...]) -> list[set[Cell]]:
    land = {(i, j) for i, row in enumerate(rows, 1) for j, cell in enumerate(row, 1) if cell == "1"}
    return list(_flooded(land))


def _written(island: set[Cell]) -> str:
    columns: dict[int, str] = {}
    for i, j in sorted(island):
        columns[i] = columns.get(i, "") + str(j)
    return f"{' '.join(f'{i}:{row}' for i, row in columns.items())} = {len(island)}"


def _read(line: str) -> set[Cell] | None:
    """The cells that a line lists and counts; None where it does neither, or lists one twice or counts wrongly."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    cells = [(int(row[1]), int(column)) for row in _ROW.finditer(match[1]) for column in row[2]]
    return set(cells) if len(set(cells)) == len(cells) == int(match[match.re.groups]) else None
