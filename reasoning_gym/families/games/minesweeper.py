"""Minesweeper: which unknown cells are certainly mines, or certainly safe?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.families.cells import LEGEND, cell_name, read_cell
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.minefields import (
    UNKNOWN,
    Cells,
    Clue,
    Rows,
    alone,
    around_each,
    certain,
    clues_of,
    deductions,
    found_by,
    left_of,
    members,
    together,
)
from reasoning_gym.families.readings import read_items
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

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


@family(category="games", levels=6)
class Minesweeper(Family):
    """Find all unknown cells of a minefield that are certainly mines, or all that are certainly safe.

    Statement: `Which ? are surely safe: 02?2/02??/0111`, or `surely mines`. A number says how many of the up to eight
        cells around it are mines; how many there are in all isn't known.
    Thoughts: what a number says about the cells around it, with what is known of them: `d1: safe d2`; from level 4
        on also what two numbers say together: `b2 c2: safe d1`.
    Answer: the cells: `d2`. Never all unknown ones, and never none; the luckiest guess at level 1 pays 0.08.
    Level: 3x4, 4x4, 5x5, 5x5, 6x6 and 7x8 cells; two numbers together are needed from level 4 on.
        Level 1 has about 9,500 different questions.
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
            if chosen.pairs != any(len(step.clues) == 2 for step in deductions(rows)):
                continue
            lines = _lines(rows, kind)
            if lines is not None and _names_pairs(lines) == chosen.pairs:
                break
        answer = ",".join(_names(rows, _asked(rows, kind)))
        question = Question(self.name, level, f"Which ? are surely {kind}: {'/'.join(rows)}", _FORMAT, (kind, rows))
        return Problem(question, answer, secret=tuple(lines))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*cast("tuple[str, ...]", problem.secret), f"Answer: {problem.answer}")

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
        return draw_grid(rows, fills={(i, j): "grey" for i, j, mark in cells if mark == UNKNOWN})


def _given(question: Question) -> tuple[str, Rows]:
    return cast("tuple[str, Rows]", question.given)


def _cell(rows: Rows, name: str) -> int:
    row, column = read_cell(name, len(rows), len(rows[0]))
    return row * len(rows[0]) + column


def _names(rows: Rows, cells: Cells) -> list[str]:
    return [cell_name(*divmod(cell, len(rows[0]))) for cell in members(cells)]


def _field(level: _Level, draws: Sequence[float]) -> Rows:
    """Rows with mines and some safe cells unknown; never one beside a 0, as the game would open it."""
    height, width, (least, most), hidden, _ = level
    around = around_each(height, width)
    order = sorted(range(height * width), key=draws.__getitem__)
    count = least + int(draws[-3] * (most - least + 1))
    mines = sum(1 << cell for cell in order[:count])
    unknown = mines | sum(1 << cell for cell in order[count : count + 1 + int(draws[-2] * hidden)])
    numbers = [(cells & mines).bit_count() for cells in around]
    for cell, number in enumerate(numbers):
        if not number and not unknown >> cell & 1:
            unknown &= ~around[cell]
    marks = "".join(UNKNOWN if unknown >> cell & 1 else str(number) for cell, number in enumerate(numbers))
    return tuple(marks[i : i + width] for i in range(0, height * width, width))


def _asked(rows: Rows, kind: str) -> Cells:
    mines, safe = certain(rows)
    return mines if kind == "mines" else safe


def _lines(rows: Rows, kind: str) -> list[str] | None:
    """The deductions until all that is asked is found; None if they don't find it, or all or nothing is asked."""
    steps = deductions(rows)
    mines, safe = found_by(steps)
    wanted, other = (mines, safe) if kind == "mines" else (safe, mines)
    marks = "".join(rows)
    open_cells = sum(1 << cell for cell, mark in enumerate(marks) if mark == UNKNOWN) & ~(mines | safe)
    if not wanted or not (other or open_cells) or open_cells.bit_count() > _MOST_OPEN:
        return None
    if certain(rows) != (mines, safe):
        return None
    lines: list[str] = []
    for step in steps:
        if not wanted:
            break
        clues = " ".join(_names(rows, 1 << clue)[0] for clue in step.clues)
        for word, cells in (("mine", step.mines), ("safe", step.safe)):
            if cells:
                lines.append(f"{clues}: {word} {' '.join(_names(rows, cells))}")
        wanted &= ~(step.mines if kind == "mines" else step.safe)
    return lines if len(lines) <= _MOST_LINES else None


def _names_pairs(lines: Iterable[str]) -> bool:
    return any(" " in line.partition(":")[0] for line in lines)


class _Known:
    """What lines have said of a minefield."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.clues = {clue.at: clue for clue in clues_of(rows)}
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
            return certain(self.rows)
        clues: list[Clue] = []
        for name in names.split():
            clue = self.clues.get(_cell(self.rows, name))
            if clue is None:
                raise Refused(f"{name} has no number, or no unknown cell beside it")
            clues.append(left_of(clue, self.mines, self.safe))
        found = [alone(clue) for clue in clues]
        if len(clues) == 2:
            found.append(together(clues[0], clues[1]))
        return found_by(found)
