"""Critical points of polynomials and their kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.shapes import rational_roots
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.elementary import slope_of, times
from reasoning_gym.families.function_lines import (
    About,
    abouts,
    check_derivative,
    check_value,
    read_about,
    read_line,
    value_line,
)
from reasoning_gym.families.notation import number, polynomial, product, raised
from reasoning_gym.families.numbers import number_of
from reasoning_gym.families.readings import plain, spaced
from reasoning_gym.families.solution_sets import branches, listed
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(
    answer="the kind of each critical point, max, min or saddle (neither), and its x, such as max -1, min 1/2"
)
_KIND = r"(?:an? )?(?:local |relative )?\\?(?P<kind>max|min|saddle)(?:imum)?(?: point)?"
_VALUE = r"(?:x ?= ?)?(?P<value>(?:\\[dt]?frac|[^a-z\\=:]){1,40})"
_ITEMS = [
    re.compile(rf"{_KIND} ?(?:at|:)? ?{_VALUE}", re.ASCII),
    re.compile(rf"{_VALUE}(?:is|:)? ?{_KIND}", re.ASCII),
    re.compile(rf"{_VALUE} \({_KIND}\)", re.ASCII),
]
_BETWEEN = re.compile(r"[,;\n]\s*(?:and\b)?|\band\b", re.ASCII)


class _Point(NamedTuple):
    x: Fraction
    kind: str  # max, min, or saddle


@family(category="calculus", levels=6, unordered=", ")
class CriticalPoints(Family):
    """Find the critical points of a polynomial, and which are maxima, minima or saddles (neither).

    Statement: `Find the critical points of x^3-3x+1`.
    Thoughts: the derivative, also in factors; its zeros; the second derivative and its values there.
    Answer: each point's x with its kind: `max -1, min 1`; `saddle` for a point that is neither.
    Level: 1 quadratics; 2 with a fraction; 3 cubics with two points; 4 cubics with two points, one of them a fraction,
        or with one saddle; 5 quartics with three points; 6 quartics with a saddle.
    There are about 2,100 different questions at level 1, 3,400 at level 2, 1,700 at level 3, 2,200 at level 4,
    3,000 at level 5 and 4,000 at level 6.
    Verified: by the rational zeros of the derivative, which are all there are, and the first derivative that isn't 0
        at each.
    Checked step by step: a line is the derivative, or the second, in more factors than before or simpler; zeros of the
        derivative, `x=-1 or x=1`, one of them new; or the value of a derivative at a zero, or of the first at a whole
        number near them, worked out further than before.

        Find the critical points of x^2-6x+5
        f'(x)=2x-6
        x=3
        f''(x)=2
        Answer: min 3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        coefficients = _DRAWS[level - 1](rng)
        statement = f"Find the critical points of {polynomial(coefficients)}"
        question = Question(self.name, level, statement, _FORMAT, coefficients)
        answer = ", ".join(f"{point.kind} {number(tidy(point.x))}" for point in _points(coefficients))
        return Problem(question, answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        coefficients = _given(problem.question)
        slope, curvature = slope_of(coefficients), slope_of(slope_of(coefficients))
        points = _points(coefficients)
        lines = [f"f'(x)={polynomial(slope)}"]
        if len(slope) > 2:
            lines.append(f"f'(x)={_factored(slope)}")
        lines.append(" or ".join(f"x={number(tidy(point.x))}" for point in points))
        lines.append(f"f''(x)={polynomial(curvature)}")
        if len(curvature) > 1:
            lines += [value_line("f''", curvature, tidy(point.x)) for point in points]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            coefficients = _given(question)
            about = read_about(step)
            if about is not None:
                return _check_about(coefficients, about, list(abouts(thoughts, about.name)))
            stated = set(_zeros(read_line(step)))
            if not stated <= {point.x for point in _points(coefficients)}:
                return incorrect("the derivative isn't 0 there")
            known = {zero for line in thoughts for zero in _known_zeros(line)}
            return CORRECT if stated - known else incorrect("these zeros are known")

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            stated = sorted(_read(answer))
            return CORRECT if stated == list(_points(_given(question))) else incorrect("these aren't all points")

        return guarded(decide)


def _given(question: Question) -> tuple[int, ...]:
    return cast("tuple[int, ...]", question.given)


@lru_cache(maxsize=1024)
def _points(coefficients: tuple[int, ...]) -> tuple[_Point, ...]:
    """The critical points from left to right."""
    return tuple(_Point(zero, _kind(coefficients, zero)) for zero in _roots(slope_of(coefficients)))


def _roots(coefficients: Sequence[Rational]) -> list[Fraction]:
    """The rational zeros of a polynomial with whole coefficients, without their common divisor: fewer are tried."""
    common = gcd(*(int(c) for c in coefficients))
    return rational_roots([int(c) // common for c in coefficients])


def _kind(coefficients: Sequence[Rational], zero: Fraction) -> str:
    """What a zero of the derivative is, by the first higher derivative that isn't 0 there."""
    order, derivative = 1, slope_of(coefficients)
    while (value := _value(derivative, zero)) == 0:
        order, derivative = order + 1, slope_of(derivative)
    return "saddle" if order % 2 else "min" if value > 0 else "max"


def _value(coefficients: Sequence[Rational], at: Rational) -> Rational:
    return sum((c * at**i for i, c in enumerate(coefficients)), Fraction(0))


# reading


def _read(answer: str) -> Iterator[_Point]:
    """The points of `max -1, min 1`.

    Raises:
        Unreadable, Refused: if it is no such list.
    """
    for part in map(spaced, _BETWEEN.split(plain(answer).lower())):
        item = next((found for pattern in _ITEMS if (found := pattern.fullmatch(part))), None)
        if item is None:
            raise Unreadable(f"{part[:40]!r} is no point with its kind, such as max -1")
        yield _Point(Fraction(number_of(parse(item["value"]))), item["kind"])


def _zeros(node: Node) -> Iterator[Rational]:
    """The numbers of `x=-1 or x=3`.

    Raises:
        Unreadable: if it says anything else.
    """
    for branch in branches(listed(node)):
        if not (isinstance(branch, Apply) and branch.head == "=" and branch.args[0] == Name("x")):
            raise Unreadable("zeros were expected, such as x=-1 or x=3")
        yield number_of(branch.args[1])


def _known_zeros(line: str) -> list[Rational]:
    try:
        return list(_zeros(read_line(line)))
    except (Unreadable, Undefined, Refused):
        return []


def _check_about(coefficients: tuple[int, ...], about: About, earlier: Sequence[About]) -> Verdict:
    """A line about f' or f''."""
    if about.name not in ("f'", "f''"):
        return incorrect("the derivatives are called f' and f''")
    slope = slope_of(coefficients)
    function = coefficients if about.name == "f'" else slope
    if about.at is None:
        return check_derivative(about, parse(polynomial(function)), earlier)
    zeros = [point.x for point in _points(coefficients)]
    near = isinstance(about.at, int) and min(zeros) - 2 <= about.at <= max(zeros) + 2
    if about.at not in zeros and not (near and about.name == "f'" and isinstance(about.sides[-1], Number)):
        return incorrect("says nothing of a critical point")
    value = tidy(Fraction(_value(slope_of(function), about.at)))
    return check_value(about, value, [other for other in earlier if _is_true(other, value)])


def _is_true(about: About, value: Rational) -> bool:
    return about.at is not None and guarded(lambda: check_value(about, value, ())).correct


# printing


def _factored(coefficients: Sequence[Rational]) -> str:
    """A polynomial whose zeros are rational, in linear factors with whole coefficients."""
    powers: list[tuple[str, int]] = []
    lead: Rational = coefficients[-1]
    for zero in _roots(coefficients):
        order, derivative = 0, tuple(coefficients)
        while derivative and not _value(derivative, zero):
            order, derivative = order + 1, slope_of(derivative)
        factor = polynomial((-zero.numerator, zero.denominator))
        powers.append((factor, order))
        lead = Fraction(lead) / zero.denominator**order
    if len(powers) == 1 and lead == 1:
        return raised(*powers[0])
    return product(sorted(powers, key=lambda pair: pair[0] != "x"), tidy(Fraction(lead)))


# levels


def _from_slope(slope: Sequence[int], constant: int) -> tuple[int, ...]:
    """A polynomial from its derivative, whose coefficients are such that it is whole."""
    return constant, *(c // (i + 1) for i, c in enumerate(slope))


def _quadratic(rng: np.random.Generator) -> tuple[int, ...]:
    (a,), (zero,), (constant,) = nonzero(rng, 4, 1), nonzero(rng, 7, 1), whole(rng, -9, 9, 1)
    return _from_slope((-2 * a * zero, 2 * a), constant)


def _with_fraction(rng: np.random.Generator) -> tuple[int, ...]:
    (b, constant), (a, sign) = nonzero(rng, 9, 2), whole(rng, 1, 6, 2)
    a *= 1 if sign % 2 else -1
    return (constant, b, a) if b % (2 * a) else _with_fraction(rng)


def _cubic(rng: np.random.Generator) -> tuple[int, ...]:
    (p, q, a), (constant,) = nonzero(rng, 5, 3), whole(rng, -9, 9, 1)
    a = 1 if a > 0 else -1
    if p == q:
        return _cubic(rng)
    scale = 3 * a if (p + q) % 2 == 0 else 6 * a
    return _from_slope([scale * c for c in times((-p, 1), (-q, 1))], constant)


def _cubic_with_saddle(rng: np.random.Generator) -> tuple[int, ...]:
    (p, q, a, constant), kind = nonzero(rng, 5, 4), int(rng.integers(2))
    a = 1 if a > 0 else -1
    if kind:
        return _from_slope([3 * a * c for c in times((-p, 1), (-p, 1))], constant)
    return _from_slope([6 * a * c for c in times((-p, 1), (-2 * q - 1, 2))], constant)


def _quartic(rng: np.random.Generator) -> tuple[int, ...]:
    (a, constant), places = nonzero(rng, 9, 2), rng.permutation(9)[:3]
    p, q, r = (int(place) - 4 for place in places)
    a = 1 if a > 0 else -1
    cubic = times(times((-p, 1), (-q, 1)), (-r, 1))
    scale = 4 if cubic[2] % 3 == cubic[1] % 2 == 0 else 12
    return _from_slope([scale * a * c for c in cubic], constant)


def _quartic_with_saddle(rng: np.random.Generator) -> tuple[int, ...]:
    (a, constant), places = nonzero(rng, 9, 2), rng.permutation(11)[:2]
    p, q = (int(place) - 5 for place in places)
    a = 1 if a > 0 else -1
    cubic = times(times((-p, 1), (-p, 1)), (-q, 1))
    scale = 4 if cubic[2] % 3 == cubic[1] % 2 == 0 else 12
    return _from_slope([scale * a * c for c in cubic], constant)


_DRAWS = (_quadratic, _with_fraction, _cubic, _cubic_with_saddle, _quartic, _quartic_with_saddle)
