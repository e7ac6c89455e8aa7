"""Lights out: which cells to press so that all lights go out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache, partial
from typing import TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.families.cells import LEGEND, cell_name, read_cell
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.readings import read_items
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Rows: TypeAlias = "tuple[str, ...]"
# A sum modulo 2: bit 0 for a 1, bit i+1 for the press of cell i, row by row. As an equation it says that the sum is 0.
Sum: TypeAlias = int

_SIZES = ((3, 3), (4, 3), (4, 4), (5, 4), (5, 5), (6, 6))  # rows and columns, by level
_ONE: Sum = 1
_LONGEST_LINE = 1_000  # characters
_TERM = r"(?:[a-z]\d|[01])"
_ROW = re.compile(r"row (\d) ?: ?([01]{1,9})", re.ASCII)
_CLAIM = re.compile(rf"{_TERM}(?:\+{_TERM}){{0,39}}={_TERM}(?:\+{_TERM}){{0,39}}", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(
    answer="the cells to press with commas between; 1 is on, and a press switches a cell and those above, below, "
    f"left and right of it; {LEGEND}. In steps, a1=1 says that a1 is pressed, + is modulo 2, and 'row 1: 01' says that "
    "b1 alone is"
)


@family(category="games", levels=6, many_answers=True)
class LightsOut(Family):
    """Switch all lights off by presses, each of which switches a cell and its neighbours.

    Statement: `Turn all lights off: 101/111/101`. A 1 is on.
    Thoughts: with a1=1 where a1 is pressed, each row of presses as what the lights above it leave to it, in terms of
        the first row, modulo 2: `a2=1+a1+b1 b2=a1+b1+c1 c2=1+b1+c1`; what the lights of the last row then say of the
        first; a first row for which that holds, and the other rows: `row 1: 010`.
    Answer: the cells to press, in any order: `b1,b2,b3`.
    Level: 3x3, 4x3, 4x4, 5x4, 5x5 and 6x6 cells. Levels 1 to 3 have 511, 4,095 and 4,095 different
        questions.
    Verified: by pressing; any set of cells after which all lights are off is accepted.
    Checked step by step: an equation modulo 2 follows from what was stated and at most one light; if it does without
        a light, it has one press, or fewer than any before with the same first press. A row of presses agrees with
        all lights and with the rows before it.

        Turn all lights off: 101/111/101
        a2=1+a1+b1 b2=a1+b1+c1 c2=1+b1+c1
        a3=a1+c1 b3=1 c3=a1+c1
        b1+c1=1 a1+b1+c1=1 a1+b1=1
        row 1: 010
        row 2: 010
        row 3: 010
        Answer: b1,b2,b3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        height, width = _SIZES[level - 1]
        while True:
            presses = sum(1 << i for i, draw in enumerate(rng.random(height * width).tolist()) if draw < 0.5)
            lights = _lights(height, width, presses)
            if lights:
                break
        bits = _binary(lights, height * width)
        rows = tuple(bits[i : i + width] for i in range(0, height * width, width))
        question = Question(self.name, level, f"Turn all lights off: {'/'.join(rows)}", _FORMAT, given=rows)
        return Problem(question, ",".join(_names(width, _solution(rows))))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        rows = _given(problem.question)
        width = len(rows[0])
        chased, last = _chased(rows)
        claims = [f"{_name(width, cell)}={_written(width, presses)}" for cell, presses in enumerate(chased)]
        lines = [" ".join(claims[i : i + width]) for i in range(width, len(claims), width)]
        lines.append(" ".join(_equation(width, each) for each in _independent(last)))
        known = set(" ".join(lines).split())
        presses = _binary(_solution(rows), len(claims))
        for i in range(len(rows)):
            row = range(i * width, (i + 1) * width)
            if not {f"{_name(width, cell)}={presses[cell]}" for cell in row} <= known:
                lines.append(f"row {i + 1}: {presses[row.start : row.stop]}")
        return (*filter(None, lines), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            rows = _given(question)
            height, width = len(rows), len(rows[0])
            presses = 0
            for name in read_items(answer):
                row, column = read_cell(name, height, width)
                presses ^= 1 << row * width + column
            left = _lights(height, width, presses) ^ _bits(rows)
            return CORRECT if not left else incorrect(f"{left.bit_count()} lights are on at the end")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        known = _Known(_given(question))
        for line in thoughts:
            guarded(partial(known.add, line))
        return guarded(partial(known.add, step))

    def picture(self, question: Question) -> str:
        rows = _given(question)
        lit = {(i, j): "yellow" for i, row in enumerate(rows) for j, light in enumerate(row) if light == "1"}
        return draw_grid([" " * len(row) for row in rows], fills=lit)


def _given(question: Question) -> Rows:
    return cast("Rows", question.given)


def _name(width: int, cell: int) -> str:
    return cell_name(*divmod(cell, width))


def _names(width: int, cells: int) -> list[str]:
    return [_name(width, cell) for cell in range(cells.bit_length()) if cells >> cell & 1]


def _binary(cells: int, count: int) -> str:
    """A 0 or 1 for each cell."""
    return f"{cells:0{count}b}"[::-1]


def _bits(rows: Rows) -> int:
    """The lights that are on, as bits."""
    return sum(1 << i for i, light in enumerate("".join(rows)) if light == "1")


@cache
def _switched(height: int, width: int) -> tuple[int, ...]:
    """The cells that each press switches."""
    return tuple(
        sum(
            1 << k * width + m
            for k, m in ((i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1))
            if 0 <= k < height and 0 <= m < width
        )
        for i in range(height)
        for j in range(width)
    )


def _lights(height: int, width: int, presses: int) -> int:
    """The lights that some presses switch."""
    lights = 0
    for cell, switched in enumerate(_switched(height, width)):
        if presses >> cell & 1:
            lights ^= switched
    return lights


def _chased(rows: Rows) -> tuple[list[Sum], list[Sum]]:
    """Each press in terms of the first row's, and what the lights of the last row say of these."""
    width = len(rows[0])
    presses = [1 << cell + 1 for cell in range(width)]
    last: list[Sum] = []
    for cell, light in enumerate("".join(rows)):
        row, column = divmod(cell, width)
        need = int(light)  # what the presses so far leave of a light is left to the cell below it
        for k, m in ((row, column), (row - 1, column), (row, column - 1), (row, column + 1)):
            if k >= 0 and 0 <= m < width:
                need ^= presses[k * width + m]
        (presses if row < len(rows) - 1 else last).append(need)
    return presses, last


def _independent(equations: Iterable[Sum]) -> list[Sum]:
    """Those equations that don't follow from the ones before."""
    basis: dict[int, Sum] = {}
    return [equation for equation in equations if _extend(basis, equation)]


def _reduced(basis: dict[int, Sum], equation: Sum) -> Sum:
    """What is left of an equation after taking away what a basis says; 0 if it follows, 1 if it can't be."""
    for pivot, other in basis.items():
        if equation & pivot:
            equation ^= other
    return equation


def _extend(basis: dict[int, Sum], equation: Sum) -> bool:
    """Add an equation to a basis under its first press, which no other one keeps; False if it follows already."""
    equation = _reduced(basis, equation)
    if not equation:
        return False
    pivot = _first(equation)
    for key, other in basis.items():
        if other & pivot:
            basis[key] = other ^ equation
    basis[pivot] = equation
    return True


def _first(equation: Sum) -> int:
    """The bit of the first press in an equation; 0 if it has none."""
    presses = equation & ~_ONE
    return presses & -presses


@lru_cache(maxsize=512)
def _solution(rows: Rows) -> int:
    """The cells to press, as bits; those of the first row that are free aren't pressed."""
    chased, last = _chased(rows)
    basis: dict[int, Sum] = {}
    for equation in last:
        _extend(basis, equation)
    first = sum(pivot for pivot, equation in basis.items() if equation & _ONE)
    return sum(1 << cell for cell, presses in enumerate(chased) if (presses & (first | _ONE)).bit_count() % 2)


@lru_cache(maxsize=512)
def _own(rows: Rows) -> tuple[Sum, ...]:
    """What each light says of the presses around it."""
    switched = _switched(len(rows), len(rows[0]))
    return tuple(presses << 1 | int(light) for presses, light in zip(switched, "".join(rows), strict=True))


@lru_cache(maxsize=512)
def _facts(rows: Rows) -> dict[int, Sum]:
    """A basis of what all lights say."""
    basis: dict[int, Sum] = {}
    for equation in _own(rows):
        _extend(basis, equation)
    return basis


def _written(width: int, total: Sum) -> str:
    """A sum such as `1+a1+b1`."""
    terms = ["1"] * (total & _ONE) + _names(width, total >> 1)
    return "+".join(terms) or "0"


def _equation(width: int, equation: Sum) -> str:
    """An equation such as `a1+b1=1`."""
    return f"{_written(width, equation & ~_ONE)}={equation & _ONE}"


class _Known:
    """What lines have said of the presses."""

    def __init__(self, rows: Rows) -> None:
        self.size = len(rows), len(rows[0])
        self.facts = dict(_facts(rows))  # and what was chosen
        self.own = list(_own(rows))  # what each light says, less what was stated
        self.basis: dict[int, Sum] = {}  # of what was stated
        self.stated: list[Sum] = []

    def add(self, line: str) -> Verdict:
        """Take in a line if it is valid.

        Raises:
            Unreadable, Refused: if it is none.
        """
        if len(line) > _LONGEST_LINE:
            raise Refused(f"a line of {len(line)} characters is longer than {_LONGEST_LINE}")
        row = _ROW.fullmatch(line)
        if row is not None:
            return self.fill(int(row[1]) - 1, row[2])
        claims = re.split(r"[ ,]+", line.replace(" + ", "+").replace(" = ", "="))
        before = list(self.own), dict(self.basis), list(self.stated)
        for equation in list(map(self.read, claims)):
            verdict = self.judged(equation)
            if not verdict.correct:
                self.own, self.basis, self.stated = before
                return verdict
            self.state(equation)
        return CORRECT

    def read(self, claim: str) -> Sum:
        """The equation that a text such as `a2=1+b1` states.

        Raises:
            Unreadable: if it states none.
        """
        if _CLAIM.fullmatch(claim) is None:
            raise Unreadable(f"{claim[:40]!r} isn't such as 'a2=1+b1'")
        equation = 0
        for term in re.split(r"[+=]", claim):
            if len(term) == 1:
                equation ^= int(term)
            else:
                row, column = read_cell(term, *self.size)
                equation ^= 1 << row * self.size[1] + column + 1
        return equation

    def judged(self, equation: Sum) -> Verdict:
        """Whether an equation follows from those stated and at most one light, and is new."""
        presses = (equation & ~_ONE).bit_count()
        if not presses or equation in self.stated:
            return incorrect("an equation says nothing, or nothing new")
        left = _reduced(self.basis, equation)
        if left:
            return CORRECT if left in self.own else incorrect("an equation doesn't follow from one more light")
        same = [(each & ~_ONE).bit_count() for each in self.stated if _first(each) == _first(equation)]
        simpler = presses == 1 or presses < min(same, default=0)
        return CORRECT if simpler else incorrect("an equation follows from earlier ones, and is no simpler")

    def state(self, equation: Sum) -> None:
        """Take in an equation."""
        self.stated.append(equation)
        left = _reduced(self.basis, equation)
        if _extend(self.basis, equation):
            pivot = _first(left)
            self.own = [each ^ left if each & pivot else each for each in self.own]

    def fill(self, row: int, presses: str) -> Verdict:
        """Take in a whole row of presses that agrees with all lights and with what was chosen, and isn't known."""
        height, width = self.size
        if not 0 <= row < height or len(presses) != width:
            return incorrect("there is no such row")
        claims = [1 << row * width + column + 1 | int(press) for column, press in enumerate(presses)]
        facts = dict(self.facts)
        for claim in claims:
            _extend(facts, claim)
        if _ONE in facts.values() or all(claim in self.stated for claim in claims):
            return incorrect("the row can't be pressed so, or is known")
        self.facts = facts
        for claim in claims:
            self.state(claim)
        return CORRECT
