"""Systems of two linear equations in two unknowns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.algebra import ONE, Form
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.syntax import Apply, Name, Node, parse
from reasoning_gym.families.bare_texts import read_algebra
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, number, term
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import earlier, equation, equation_measure, facts, holds, small_algebra, stated_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_MAX_MULTIPLES = 3  # of one equation, in one solution
_XY = frozenset("xy")
_BETWEEN = re.compile(r"\s*(?:[;,\n]|\band\b)\s*")  # two equations
_ORDER = Apply("tuple", (Name("x"), Name("y")))

Sides: TypeAlias = "tuple[Form, Form]"


class Line(NamedTuple):
    """a x + b y = c."""

    a: Rational
    b: Rational
    c: Rational

    @property
    def text(self) -> str:
        """The equation as it is written."""
        return f"{add((term(self.a, 'x'), term(self.b, 'y')))}={number(self.c)}"

    def holds(self, x: Rational, y: Rational) -> bool:
        """Whether the equation is true at a point."""
        return self.a * x + self.b * y == self.c

    def is_multiple_of(self, other: Line) -> bool:
        """Whether the two have the same solutions, neither being always true."""
        return (
            self.a * other.b == self.b * other.a
            and self.a * other.c == self.c * other.a
            and (self.b * other.c == self.c * other.b)
        )


class Stated(NamedTuple):
    """An equation of a line of text: its tree, its coefficients, and its sides' normal forms."""

    node: Apply
    line: Line
    sides: Sides


@family(category="algebra", levels=7, unordered=", ")
class LinearSystem(Family):
    """Solve two linear equations for x and y; there is exactly one solution.

    Statement: `Solve: x+y=5; x-y=1`.
    Thoughts: y eliminated (equations multiplied where needed, then added or subtracted), x found, put into
        the first equation, y found: `2x=6`, `x=3`, `3+y=5`, `y=2`, `Answer: x=3, y=2`.
    Answer: both values, named (`x=3, y=2`, in any order, also with `and`) or as the pair `(3,2)`.
    Level: 1 y cancels by adding, solutions from 1 to 9; 2 y cancels by adding or subtracting, signs; 3 one
        equation is to be multiplied; 4 both are; 5 fractional solutions; 6 numbers to 30; 7 unknowns and
        numbers on both sides.
    Verified: by substitution into both equations.
    Checked step by step: an equation that follows from the system (true at its only solution, and not
        always true) and makes progress: it has one unknown and is simpler than the last such equation in it,
        or it is a multiple or another arrangement of one of the two equations, and simpler than the last such.
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        lines = _draw(rng, level)
        while lines[0].a * lines[1].b == lines[0].b * lines[1].a:
            lines = _draw(rng, level)
        ordered = sorted(lines, reverse=True)
        moved = [_moved(rng, line) if level == 7 else line.text for line in ordered]
        x, y = _solve(*ordered)
        question = self._question(moved, level)
        return Problem(question, answer=f"x={number(x)}, y={number(y)}", secret=tuple(ordered))

    def ask(self, text: str) -> Question | None:
        read = [read_algebra(part, _XY) for part in _BETWEEN.split(text.strip())]
        found = [(stated.line, written) for written, node in read if (stated := _stated(node)) is not None]
        if not len(read) == len(found) == 2:
            return None
        (first, one), (second, other) = sorted(found, reverse=True)
        if first.a * second.b == first.b * second.a:
            return None
        moved = (one, other) != (first.text, second.text)
        return self._question((one, other), 7 if moved else _nearest_level(first, second))

    def _question(self, equations: Sequence[str], level: int) -> Question:
        return Question(
            family=self.name,
            level=level,
            statement=f"Solve: {'; '.join(equations)}",
            answer_format=ANSWER_FORMAT.format(answer="the values, as in 'x=1, y=2'"),
            given=tuple(equations),
        )

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        first, second = cast("tuple[Line, Line]", problem.secret)
        x, _ = _solve(first, second)
        common = math.lcm(int(first.b), int(second.b))
        lines: list[str] = [first.text, second.text]
        scaled = [_times(line, abs(common // int(line.b))) for line in (first, second)]
        lines += [line.text for line in scaled]
        sign = -1 if scaled[0].b == scaled[1].b else 1
        slope, constant = scaled[0].a + sign * scaled[1].a, scaled[0].c + sign * scaled[1].c
        lines += [f"{term(slope, 'x')}={number(constant)}", f"x={number(x)}"]
        product = tidy(first.a * x)
        rest = tidy(first.c - product)
        lines.append(f"{add((number(product), term(first.b, 'y')))}={number(first.c)}")
        lines += [f"{term(first.b, 'y')}={number(rest)}", f"y={number(tidy(Fraction(rest) / first.b))}"]
        steps = [line for line in dict.fromkeys(lines) if line not in problem.question.given]
        return (*steps, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            stated = _stated(equation(step))
            given = _system(question.given)
            if stated is None or not (stated.line.a or stated.line.b):
                return incorrect("no linear equation in x and y")
            if not stated.line.holds(*_solve(given[0].line, given[1].line)):
                return incorrect("the equation doesn't follow from the system")
            return _progress(stated, given, thoughts)

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # substitution needs no more than the question

        def decide() -> Verdict:
            x, y = _pair(parse(bare(answer).replace("$", "")))
            true = all(holds(fact, {"x": x, "y": y}) for fact in facts(question.given))
            return CORRECT if true else incorrect("an equation doesn't hold at these values")

        return guarded(decide)


def _nearest_level(first: Line, second: Line) -> int:
    """The first level that asks systems like this one."""
    b, d = sorted((_size(first.b), _size(second.b)))
    if any(value.denominator > 1 for value in _solve(first, second)):
        return 5 if max(map(_size, (*first, *second))) <= 9 else 6
    if b == d:
        return 1 if {first.b, second.b} == {1, -1} else 2
    return 3 if d in (2 * b, 3 * b) else 4


def _progress(stated: Stated, given: Sequence[Stated], thoughts: Sequence[str]) -> Verdict:
    """Whether an equation that follows is a step towards the solution."""
    line = stated.line
    if line.a and line.b and not any(line.is_multiple_of(other.line) for other in given):
        return incorrect("the equation still has both unknowns")
    if any(stated.sides in (other.sides, other.sides[::-1]) for other in given):
        return incorrect("the equation was given")
    multiples: set[Rational] = {_size(line.b)}
    for last in earlier(thoughts, _stated):
        if not last.line.is_multiple_of(line):
            continue
        if line.a and line.b and _size(last.line.b) != _size(line.b):
            multiples.add(_size(last.line.b))
        elif equation_measure(stated.node, _XY) >= equation_measure(last.node, _XY):
            return incorrect("the equation is no simpler than the last of its kind")
    if len(multiples) > _MAX_MULTIPLES:
        return incorrect("the equation has been multiplied often enough")
    return CORRECT


def _stated(node: Node) -> Stated | None:
    """A linear equation in x and y; None for anything else."""
    if not (isinstance(node, Apply) and node.head == "="):
        return None
    algebra = small_algebra()
    left, right = (algebra.form(side) for side in node.args)
    if left.den != ONE or right.den != ONE:
        return None
    difference = algebra.add(left.num, right.num, -1)
    x, y = (("x", 1),), (("y", 1),)
    if not set(difference) <= {x, y, ()}:
        return None
    line = Line(tidy(difference.get(x, 0)), tidy(difference.get(y, 0)), tidy(-difference.get((), 0)))
    return Stated(node, line, (left, right))


@lru_cache(maxsize=1024)
def _system(given: tuple[Given, ...]) -> tuple[Stated, ...]:
    return tuple(stated for fact in facts(given) if (stated := _stated(fact)) is not None)


def _solve(first: Line, second: Line) -> tuple[Rational, Rational]:
    """Cramer's rule."""
    determinant = Fraction(first.a * second.b - second.a * first.b)
    x = (first.c * second.b - second.c * first.b) / determinant
    y = (first.a * second.c - second.a * first.c) / determinant
    return tidy(x), tidy(y)


def _pair(node: Node) -> tuple[Rational, Rational]:
    """The values of x and y that an answer states."""
    if isinstance(node, Apply) and node.head == "=" and node.args[0] == _ORDER:
        node = node.args[1]
    if not (isinstance(node, Apply) and node.head in {"list", "tuple", "and", "set"} and len(node.args) == 2):
        raise Unreadable("two values were asked for, as in x=1, y=2")
    named = {_name(part): part for part in node.args}
    if set(named) == {"x", "y"}:
        return stated_number(named["x"], "x"), stated_number(named["y"], "y")
    if set(named) != {""} or node.head not in {"list", "tuple"}:
        raise Unreadable("one value for x and one for y were asked for")
    return stated_number(node.args[0], "x"), stated_number(node.args[1], "y")


def _name(node: Node) -> str:
    """The unknown that an assignment is for, or the empty text."""
    if isinstance(node, Apply) and node.head == "=":
        return next((side.name for side in node.args if isinstance(side, Name)), "?")
    return ""


def _size(value: Rational) -> Rational:
    return value if value > 0 else -value


def _times(line: Line, factor: int) -> Line:
    return Line(line.a * factor, line.b * factor, line.c * factor)


def _moved(rng: np.random.Generator, line: Line) -> str:
    """The line as an equation with terms on both sides."""
    slope, constant = nonzero(rng, 9, 2)
    slope = -slope if slope == -line.a else slope
    right = add((term(slope, "x"), term(-line.b, "y"), number(tidy(line.c + constant))))
    return f"{add((term(line.a + slope, 'x'), number(constant)))}={right}"


def _draw(rng: np.random.Generator, level: int) -> list[Line]:
    """Two lines, not always with one solution."""
    if level == 1:
        a1, a2, x, y = (*whole(rng, 1, 3, 2), *whole(rng, 1, 9, 2))
        return [Line(a1, 1, a1 * x + y), Line(a2, -1, a2 * x - y)]
    if level in {5, 6, 7}:
        bound = (9, 30, 12)[level - 5]
        a1, b1, c1, a2, b2, c2 = nonzero(rng, bound, 6)
        return [Line(a1, b1, c1), Line(a2, b2, c2)]
    a1, a2, b1, b2, x, y = (*nonzero(rng, 5 if level < 4 else 9, 4), *nonzero(rng, 9, 2))
    if level == 2:
        b1, b2 = (b1 + 2) // 3 or 1, b2
        b2 = b1 if b2 > 0 else -b1
    elif level == 3:
        b2 = b1 * (2 if b2 % 2 else 3) * (1 if b2 > 0 else -1)
    return [Line(a1, b1, a1 * x + b1 * y), Line(a2, b2, a2 * x + b2 * y)]
