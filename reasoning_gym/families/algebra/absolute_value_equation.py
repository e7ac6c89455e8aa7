"""Equations with absolute values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.syntax import parse
from reasoning_gym.families.conditions import asked, check_condition, check_solutions
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, number, polynomial, term
from reasoning_gym.families.real_sets import NONE
from reasoning_gym.families.steps import check_bounded
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

_FORMAT = ANSWER_FORMAT.format(answer=f"all solutions, as in 'x=1 or x=2', or '{NONE}'")
_SHARE_WITHOUT = 0.1  # of the questions at levels where that can be chosen have no solution


class Line(NamedTuple):
    """slope x + constant."""

    slope: int
    constant: int

    @property
    def text(self) -> str:
        """The line as it is written."""
        return polynomial((self.constant, self.slope))

    @property
    def root(self) -> Rational:
        """Where it is zero."""
        return tidy(Fraction(-self.constant, self.slope))

    def times(self, sign: int) -> Line:
        """The line times a number."""
        return Line(sign * self.slope, sign * self.constant)


class Distance(NamedTuple):
    """factor |line| + shift = value."""

    line: Line
    value: int
    factor: int = 1
    shift: int = 0


class Crossing(NamedTuple):
    """|left| = right, or |left| = |right|."""

    left: Line
    right: Line
    both: bool


class Nested(NamedTuple):
    """||line| - taken| = value."""

    line: Line
    taken: int
    value: int


class Sum(NamedTuple):
    """|left| + |right| = value, the root of left below that of right."""

    left: Line
    right: Line
    value: int


Shape: TypeAlias = "Distance | Crossing | Nested | Sum"


@family(category="algebra", levels=7, unordered=" or ")
class AbsoluteValueEquation(Family):
    """Find all solutions of an equation with absolute values.

    Statement: `Solve for x: |x-3|=5`.
    Thoughts: the bar alone on one side, the two cases that it stands for, each case solved; with an unknown right
        side the condition that it isn't negative goes along: `2x-5>=0 and (x-1=2x-5 or x-1=-2x+5)`.
    Answer: `x=-2 or x=8` in any order and notation of sets (`{-2,8}`, `-2, 8`, `x=3±5` is left to work out and isn't
        one), or `no solution`.
    Level: 1 |x-a|=b with numbers to 20 (800 different questions); 2 |ax+b|=c (about 8,000); 3 k|ax+b|+m=n; 4
        |ax+b|=cx+d, where cases may have to be dropped; 5 |ax+b|=|cx+d|; 6 a bar inside a bar; 7 a sum of two. One
        answer in nine is `no solution` at level 2, one in ten at 3, 4 and 7.
    Verified: as the exact set of solutions of the equation given.
    Checked step by step: a condition (equations and inequalities with `and` and `or`) that has the same solutions and
        is further on than the last: fewer bars, cases solved for x, or simpler ones. Its relations turn true or false
        only where those of the question's cases do. The solutions of all cases without their conditions are a step
        too.

        Solve for x: |x-3|=5
        x-3=5 or x-3=-5
        Answer: x=-2 or x=8
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        shape = _DRAWS[level - 1](rng)
        text = _text(shape)
        question = Question(self.name, level, f"Solve for x: {text}", _FORMAT, (text,))
        return Problem(question, asked(question.given).right.text, secret=shape)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return thoughts_of(_worked(cast("Shape", problem.secret)), problem, str(problem.question.given[0]))

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_bounded(thoughts, lambda: check_condition(parse(step), asked(question.given), thoughts))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the solutions need no more than the question
        return check_solutions(answer, asked(question.given).right)


# writing and working it out


def _text(shape: Shape) -> str:
    if isinstance(shape, Distance):
        bar = term(shape.factor, f"|{shape.line.text}|")
        return f"{add((bar, number(shape.shift)))}={shape.value}"
    if isinstance(shape, Nested):
        return f"||{shape.line.text}|{-shape.taken:+d}|={shape.value}"
    if isinstance(shape, Sum):
        return f"|{shape.left.text}|+|{shape.right.text}|={shape.value}"
    return f"|{shape.left.text}|={f'|{shape.right.text}|' if shape.both else shape.right.text}"


def _worked(shape: Shape) -> list[str]:
    if isinstance(shape, Distance):
        return _distance(shape)
    if isinstance(shape, Nested):
        return _nested(shape)
    return _sum(shape) if isinstance(shape, Sum) else _crossing(shape)


def _distance(shape: Distance) -> list[str]:
    bar, rest = f"|{shape.line.text}|", shape.value - shape.shift
    lines = [f"{term(shape.factor, bar)}={rest}", f"{bar}={rest // shape.factor}"]
    return lines if rest < 0 else lines + _cases(shape.line, [rest // shape.factor])


def _cases(line: Line, distances: Sequence[int]) -> list[str]:
    """The cases of |line| = a distance, as they are, and with the constant moved."""
    values = list(dict.fromkeys(sign * distance for distance in distances for sign in (1, -1)))
    moved = Line(line.slope, 0).text
    return [
        " or ".join(f"{line.text}={value}" for value in values),
        " or ".join(f"{moved}={value - line.constant}" for value in values),
    ]


def _nested(shape: Nested) -> list[str]:
    bar, distances = f"|{shape.line.text}|", [shape.taken + shape.value, shape.taken - shape.value]
    lines = [
        " or ".join(f"{bar}-{shape.taken}={value}" for value in (shape.value, -shape.value)),
        " or ".join(f"{bar}={distance}" for distance in distances),
    ]
    return lines + _cases(shape.line, [distance for distance in distances if distance >= 0])


def _crossing(shape: Crossing) -> list[str]:
    """With an unknown on the right outside a bar, the condition that it isn't negative."""
    left, right = shape.left, shape.right
    cases = [(left, right), (left, right.times(-1))]
    collected = [(a.slope - b.slope, b.constant - a.constant) for a, b in cases]
    lines = [
        " or ".join(f"{a.text}={b.text}" for a, b in cases),
        " or ".join(f"{term(slope, 'x')}={value}" for slope, value in collected),
        " or ".join(f"x={number(tidy(Fraction(value, slope)))}" for slope, value in collected),
    ]
    if shape.both:
        return lines[:2]
    relation = ">=" if right.slope > 0 else "<="
    bounds = [f"{right.text}>=0", f"{term(right.slope, 'x')}>={-right.constant}", f"x{relation}{number(right.root)}"]
    return [f"{bound} and ({line})" for bound, line in zip(bounds, lines, strict=True)]


def _sum(shape: Sum) -> list[str]:
    """A case for each piece that the two roots cut the line into."""
    low, high = number(shape.left.root), number(shape.right.root)
    regions = (f"x<{low}", f"{low}<=x<{high}", f"x>={high}")
    cases: list[tuple[str, Line]] = []
    for region, signs in zip(regions, ((-1, -1), (1, -1), (1, 1)), strict=True):
        a, b = shape.left.times(signs[0]), shape.right.times(signs[1])
        cases.append((region, Line(a.slope + b.slope, a.constant + b.constant)))
    moved = [(region, line.slope, shape.value - line.constant) for region, line in cases]
    return [
        " or ".join(f"{region} and {line.text}={shape.value}" for region, line in cases),
        " or ".join(f"{region} and {term(slope, 'x')}={value}" for region, slope, value in moved),
        " or ".join(f"{region} and x={number(tidy(Fraction(value, slope)))}" for region, slope, value in moved),
    ]


# levels


def _plain(rng: np.random.Generator) -> Shape:
    (a,), (b,) = nonzero(rng, 20, 1), whole(rng, 1, 20, 1)
    return Distance(Line(1, a), b)


def _line(rng: np.random.Generator) -> Shape:
    (a, value), (b,) = whole(rng, 2, 9, 2), nonzero(rng, 20, 1)
    kind = int(rng.integers(18))
    return Distance(Line(a, b), -value if kind < 2 else 0 if kind == 2 else value + kind)


def _scaled(rng: np.random.Generator) -> Shape:
    (a, k, value), (b, shift) = whole(rng, 2, 9, 3), nonzero(rng, 20, 2)
    distance = -value if rng.random() < _SHARE_WITHOUT else value + 1
    return Distance(Line(a, b), k * distance + shift, k, shift)


def _crossing_line(rng: np.random.Generator) -> Shape:
    without = rng.random() < _SHARE_WITHOUT
    while True:
        a, b, c, d = nonzero(rng, 9, 4)
        if a > 0 and abs(a) != abs(c):
            roots = (Fraction(d - b, a - c), Fraction(-d - b, a + c))
            if all(c * root + d < 0 for root in roots) == without:
                return Crossing(Line(a, b), Line(c, d), both=False)


def _two_bars(rng: np.random.Generator) -> Shape:
    while True:
        (a, c), (b, d) = sorted(whole(rng, 1, 9, 2), reverse=True), nonzero(rng, 20, 2)
        if a != c:
            return Crossing(Line(a, b), Line(c, d), both=True)


def _bar_in_a_bar(rng: np.random.Generator) -> Shape:
    (b,), (taken, value, a) = nonzero(rng, 20, 1), whole(rng, 1, 20, 3)
    return Nested(Line(1 + a % 5, b), taken, value)


def _sum_of_two(rng: np.random.Generator) -> Shape:
    while True:
        (a, c), (b, d), (value,) = whole(rng, 1, 5, 2), nonzero(rng, 12, 2), whole(rng, 5, 40, 1)
        left, right = sorted((Line(a, b), Line(c, d)), key=lambda line: line.root)
        if a != c and left.root != right.root:
            return Sum(left, right, value)


_DRAWS: tuple[Callable[[np.random.Generator], Shape], ...] = (
    _plain,
    _line,
    _scaled,
    _crossing_line,
    _two_bars,
    _bar_in_a_bar,
    _sum_of_two,
)
