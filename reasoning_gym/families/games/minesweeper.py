"""Minesweeper: which unknown cells are certainly mines, or certainly safe?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.families.cells import LEGEND, cell_name, read_cell
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.readings import read_items
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Rows: TypeAlias = "tuple[str, ...]"
Cells: TypeAlias = int  # a set of cells as bits, row by row

_UNKNOWN = "?"
_MOST_LINES = 31  # of a reference, before its answer
_MOST_OPEN = 12  # cells that deduction leaves open, of which all arrangements are looked at
_CELL = r"[a-z]\d{1,2}"
_LINE = re.compile(rf"(?:({_CELL}(?: {_CELL})?) ?: ?)?(mine|safe) ({_CELL}(?:[ ,]{{1,2}}{_CELL}){{0,29}})", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(
    answer="all such cells with commas between; a number counts the mines in the up to eight cells around it; " + LEGEND
)


class _Level(NamedTuple):
    height: int
    width: int
    mines: tuple[int, int]  # at least and at most
    hidden: int  # safe cells that are unknown too, at most
    pairs: bool  # whether two numbers have to be looked at together


_LEVELS = (
    _Level(3, 4, (1, 3), 2, False),
    _Level(4, 4, (2, 4), 4, False),
    _Level(5, 5, (4, 6), 6, False),
    _Level(5, 5, (5, 8), 11, True),
    _Level(6, 6, (9, 12), 13, True),
    _Level(7, 8, (14, 18), 18, True),
)


class _Clue(NamedTuple):
    """How many mines are among some cells."""

    at: int  # cell of the number
    cells: Cells
    mines: int


class _Deduction(NamedTuple):
    """What one or two numbers say about cells that were open."""

    clues: tuple[int, ...]  # cells of the numbers
    mines: Cells
    safe: Cells


@family(category="games", levels=6)
class Minesweeper(Family):
    """Find all unknown cells of a minefield that are certainly mines, or all that are certainly safe.

    Statement: `Which ? are surely safe: 02?2/02??/0111`, or `surely mines`. A number says how many of the up to eight
        cells around it are mines; how many there are in all isn't known.
    Thoughts: what a number says about the cells around it, with what is known of them: `d1: safe d2`; from level 4
        on also what two numbers say together: `b2 c2: safe d1`.
    Answer: the cells: `d2`. Never all unknown ones, and never none; the luckiest guess at level 1 pays 0.08.
    Level: 3x4, 4x4, 5x5, 5x5, 6x6 and 7x8 cells; two numbers together are needed from level 4 on.
    Verified: by all arrangements of mines that agree with the numbers; the answer must name the certain cells, no
        more and no fewer.
    Checked step by step: cells that were open and are what the line says in every arrangement that agrees with the
        one or two numbers it names and with the earlier lines, or, if it names none, with all numbers.

        Which ? are surely safe: 02?2/02??/0111
        b1: mine c1 c2
        d1: safe d2
        Answer: d2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Lay mines at random, until deduction finds all that is certain, and leaves something."""
        chosen = _LEVELS[level - 1]
        while True:
            draws = rng.random(chosen.height * chosen.width + 3).tolist()
            rows = _field(chosen, draws)
            kind = "mines" if draws[-1] < 0.5 else "safe"
            if chosen.pairs != any(len(step.clues) == 2 for step in _deductions(rows)):
                continue
            lines = _lines(rows, kind)
            if lines is not None and _names_pairs(lines) == chosen.pairs:
                break
        answer = ",".join(_names(rows, _asked(rows, kind)))
        question = Question(self.name, level, f"Which ? are surely {kind}: {'/'.join(rows)}", _FORMAT, (kind, rows))
        return Problem(question, answer, secret=tuple(lines))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*cast("tuple[str, ...]", problem.secret), f"Answer: {problem.answer}")

    def verify(self, problem: Problem, answer: str) -> Verdict:
        return self.check_conclusion(problem.question, (), answer)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            kind, rows = _given(question)
            named = [_cell(rows, name) for name in read_items(answer)]
            if len(set(named)) < len(named):
                return incorrect("names a cell twice")
            right = sum(1 << cell for cell in named) == _asked(rows, kind)
            return CORRECT if right else incorrect("these aren't all such cells, or not only such")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        known = _Known(_given(question)[1])
        for line in thoughts:
            guarded(partial(known.add, line))
        return guarded(partial(known.add, step))

    def picture(self, question: Question) -> str:
        _, rows = _given(question)
        cells = ((i, j, mark) for i, row in enumerate(rows) for j, mark in enumerate(row))
        return draw_grid(rows, fills={(i, j): "grey" for i, j, mark in cells if mark == _UNKNOWN})


def _given(question: Question) -> tuple[str, Rows]:
    return cast("tuple[str, Rows]", question.given)


def _cell(rows: Rows, name: str) -> int:
    row, column = read_cell(name, len(rows), len(rows[0]))
    return row * len(rows[0]) + column


def _names(rows: Rows, cells: Cells) -> list[str]:
    return [cell_name(*divmod(cell, len(rows[0]))) for cell in _members(cells)]


def _members(cells: Cells) -> Iterator[int]:
    while cells:
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest


@cache
def _around(height: int, width: int) -> tuple[Cells, ...]:
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


def _field(level: _Level, draws: Sequence[float]) -> Rows:
    """Rows with mines and some safe cells unknown; never one beside a 0, as the game would open it."""
    height, width, (least, most), hidden, _ = level
    around = _around(height, width)
    order = sorted(range(height * width), key=draws.__getitem__)
    count = least + int(draws[-3] * (most - least + 1))
    mines = sum(1 << cell for cell in order[:count])
    unknown = mines | sum(1 << cell for cell in order[count : count + 1 + int(draws[-2] * hidden)])
    numbers = [(cells & mines).bit_count() for cells in around]
    for cell, number in enumerate(numbers):
        if not number and not unknown >> cell & 1:
            unknown &= ~around[cell]
    marks = "".join(_UNKNOWN if unknown >> cell & 1 else str(number) for cell, number in enumerate(numbers))
    return tuple(marks[i : i + width] for i in range(0, height * width, width))


@lru_cache(maxsize=512)
def _clues(rows: Rows) -> tuple[_Clue, ...]:
    """What the numbers beside unknown cells say."""
    marks = "".join(rows)
    unknown = sum(1 << cell for cell, mark in enumerate(marks) if mark == _UNKNOWN)
    around = _around(len(rows), len(rows[0]))
    clues = (_Clue(cell, around[cell] & unknown, int(mark)) for cell, mark in enumerate(marks) if mark != _UNKNOWN)
    return tuple(clue for clue in clues if clue.cells)


def _left(clue: _Clue, mines: Cells, safe: Cells) -> _Clue:
    """What a clue says about the cells that are still open."""
    return _Clue(clue.at, clue.cells & ~(mines | safe), clue.mines - (clue.cells & mines).bit_count())


def _alone(clue: _Clue) -> _Deduction:
    """What a clue says by itself."""
    if clue.mines == 0:
        return _Deduction((clue.at,), 0, clue.cells)
    return _Deduction((clue.at,), clue.cells if clue.mines == clue.cells.bit_count() else 0, 0)


def _together(one: _Clue, other: _Clue) -> _Deduction:
    """What two clues say together: something only if the number of mines in the cells they share is fixed."""
    shared, only, other_only = one.cells & other.cells, one.cells & ~other.cells, other.cells & ~one.cells
    least = max(0, one.mines - only.bit_count(), other.mines - other_only.bit_count())
    most = min(shared.bit_count(), one.mines, other.mines)
    mines = safe = 0
    if shared and least == most:
        for cells, count in ((shared, least), (only, one.mines - least), (other_only, other.mines - least)):
            safe |= cells if count == 0 else 0
            mines |= cells if count == cells.bit_count() else 0
    return _Deduction((one.at, other.at), mines, safe)


def _next(left: Sequence[_Clue]) -> _Deduction | None:
    """The first deduction that says something, from one clue if any does, else from two."""
    for clue in left:
        found = _alone(clue)
        if found.mines or found.safe:
            return found
    for i, clue in enumerate(left):
        for other in left[i + 1 :]:
            if clue.cells & other.cells:
                found = _together(clue, other)
                if found.mines or found.safe:
                    return found
    return None


@lru_cache(maxsize=8)
def _deductions(rows: Rows) -> tuple[_Deduction, ...]:
    """Deductions until there are no more."""
    left = _clues(rows)
    found: list[_Deduction] = []
    while (step := _next(left)) is not None:
        found.append(step)
        new = step.mines | step.safe
        left = tuple(_left(clue, step.mines, step.safe) if clue.cells & new else clue for clue in left)
        left = tuple(clue for clue in left if clue.cells)
    return tuple(found)


@lru_cache(maxsize=512)
def _certain(rows: Rows) -> tuple[Cells, Cells]:
    """The cells that are mines in every arrangement that agrees with the numbers, and those that are in none."""
    mines = safe = 0
    for step in _deductions(rows):
        mines |= step.mines
        safe |= step.safe
    clues = [clue for clue in (_left(clue, mines, safe) for clue in _clues(rows)) if clue.cells]
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


def _arrangements(clues: Sequence[_Clue], open_cells: Cells) -> Iterator[Cells]:
    """The sets of mines among some cells that agree with all clues."""
    if any(not 0 <= clue.mines <= clue.cells.bit_count() for clue in clues):
        return
    if not open_cells:
        yield 0
        return
    cell = open_cells & -open_cells
    for mine in (cell, 0):
        left = [
            _Clue(clue.at, clue.cells & ~cell, clue.mines - 1) if mine and clue.cells & cell
            else _Clue(clue.at, clue.cells & ~cell, clue.mines)
            for clue in clues
        ]  # fmt: skip
        for others in _arrangements(left, open_cells & ~cell):
            yield mine | others


def _asked(rows: Rows, kind: str) -> Cells:
    mines, safe = _certain(rows)
    return mines if kind == "mines" else safe


def _lines(rows: Rows, kind: str) -> list[str] | None:
    """The deductions until all that is asked is found; None if they don't find it, or all or nothing is asked."""
    steps = _deductions(rows)
    mines = safe = 0
    for step in steps:
        mines |= step.mines
        safe |= step.safe
    wanted, other = (mines, safe) if kind == "mines" else (safe, mines)
    marks = "".join(rows)
    open_cells = sum(1 << cell for cell, mark in enumerate(marks) if mark == _UNKNOWN) & ~(mines | safe)
    if not wanted or not (other or open_cells) or open_cells.bit_count() > _MOST_OPEN:
        return None
    if _certain(rows) != (mines, safe):
        return None
    lines: list[str] = []
    for step in steps:
        if not wanted:
            break
        clues = " ".join(_names(rows, 1 << clue)[0] for clue in step.clues)
        lines += [f"{clues}: {word} {' '.join(_names(rows, cells))}" for word, cells in
                  (("mine", step.mines), ("safe", step.safe)) if cells]  # fmt: skip
        wanted &= ~(step.mines if kind == "mines" else step.safe)
    return lines if len(lines) <= _MOST_LINES else None


def _names_pairs(lines: Iterable[str]) -> bool:
    return any(" " in line.partition(":")[0] for line in lines)


class _Known:
    """What lines have said of a minefield."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.clues = {clue.at: clue for clue in _clues(rows)}
        self.mines: Cells = 0
        self.safe: Cells = 0

    def add(self, line: str) -> Verdict:
        """Take in a line if it is valid.

        Raises:
            Unreadable: if it is none.
        """
        match = _LINE.fullmatch(line)
        if match is None:
            raise Unreadable(f"{line[:40]!r} isn't such as 'b2: mine c3'")
        cells = [_cell(self.rows, name) for name in re.split(r"[ ,]+", match[3])]
        named = sum(1 << cell for cell in {*cells})
        if len(cells) > named.bit_count() or named & (self.mines | self.safe):
            return incorrect("a cell is named twice, or known")
        mines, safe = self.said_by(match[1])
        if named & ~(mines if match[2] == "mine" else safe):
            return incorrect(f"that doesn't follow from {match[1] or 'the numbers'}")
        if match[2] == "mine":
            self.mines |= named
        else:
            self.safe |= named
        return CORRECT

    def said_by(self, names: str | None) -> tuple[Cells, Cells]:
        """The mines and safe cells that follow from one or two numbers, or from all if none is named.

        Raises:
            Refused: if a cell has no number, or no unknown cell beside it.
        """
        if names is None:
            return _certain(self.rows)
        clues: list[_Clue] = []
        for name in names.split():
            clue = self.clues.get(_cell(self.rows, name))
            if clue is None:
                raise Refused(f"{name} has no number, or no unknown cell beside it")
            clues.append(_left(clue, self.mines, self.safe))
        alone = [_alone(clue) for clue in clues]
        found = [*alone, _together(clues[0], clues[1])] if len(clues) == 2 else alone
        mines = safe = 0
        for step in found:
            mines |= step.mines
            safe |= step.safe
        return mines, safe
