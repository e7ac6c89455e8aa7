"""Rational functions in lowest terms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.algebra import Form
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.shapes import is_expanded, polynomial_of
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import polynomial, product, quotient
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.roots import common_factor
from reasoning_gym.families.steps import (
    Measure,
    bits,
    check_simpler,
    divisions,
    expression_measure,
    sides,
    small_algebra,
)
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the quotient in lowest terms, factored or multiplied out")
_MOST_FACTORS = 40
_NOT_POLYNOMIAL = 9  # the degree that a factor counts with that is no polynomial

Coefficients: TypeAlias = "tuple[int, ...]"  # the constant first
Parts: TypeAlias = "tuple[list[Node], list[Node]]"  # factors above and below the bar, powers written out


class Ratio(NamedTuple):
    """A constant times factors over a constant times factors; the factors are primitive and irreducible."""

    above: tuple[Coefficients, ...]
    below: tuple[Coefficients, ...]
    constant: int = 1
    under: int = 1


class Work(NamedTuple):
    """A question's expression, the lines that work it out, and the answer."""

    question: str
    lines: tuple[str, ...]
    answer: str


@family(category="algebra", levels=6)
class RationalSimplification(Family):
    """Bring a quotient of polynomials in x to lowest terms.

    Statement: `Simplify: (x^2-5x+6)/(x^2-9)`.
    Thoughts: above and below factored, one after the other; a division by a fraction turned into a product; what is
        common cancelled.
    Answer: a quotient of which above and below have no factor in common, neither a polynomial nor a whole number:
        `(x-2)/(x+3)`; products may stay or be multiplied out. It is compared where both sides are defined.
    Level: 1 a linear over a quadratic polynomial (about 2,600 different questions); 2 quadratics (about 5,500); 3
        with signs and whole factors; 4 leading coefficients; 5 cubics; 6 products and quotients of two fractions.
    Verified: equal as a rational function, and in lowest terms by Euclid's algorithm.
    Checked step by step: an expression equal as a rational function that is nearer to lowest terms than the last such
        line: lower degrees in all, factors of lower degree, whole factors taken out, fewer bars, fewer operations.

        Simplify: (3x+6)/(x^2+5x+6)
        3(x+2)/(x^2+5x+6)
        3(x+2)/((x+2)(x+3))
        Answer: 3/(x+3)
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        work = _DRAWS[level - 1](rng)
        question = Question(self.name, level, f"Simplify: {work.question}", _FORMAT, (work.question,))
        return Problem(question, work.answer, secret=work)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        work = cast("Work", problem.secret)
        return thoughts_of(work.lines, problem, work.question)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_simpler(
            step,
            str(question.given[0]),
            thoughts,
            is_right=lambda node: _is_equal(node, question.given),
            measure=_measure,
        )

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the question says it all

        def decide() -> Verdict:
            node = parse(bare(answer))
            if not _is_equal(node, question.given):
                return incorrect("the rational function is another one")
            return CORRECT if _is_lowest(sides(node)[-1]) else incorrect("not in lowest terms")

        return guarded(decide)


@lru_cache(maxsize=1024)
def _form(given: tuple[Given, ...]) -> Form:
    return small_algebra().form(parse(str(given[0])))


def _is_equal(node: Node, given: tuple[Given, ...]) -> bool:
    """Whether an expression, or every side of an equality, is the question's rational function."""
    algebra = small_algebra()
    return not any(algebra.difference(algebra.form(side), _form(given)) for side in sides(node))


def _parts(node: Node) -> Parts:
    """The factors above and below all bars of an expression; a sign is the factor -1."""
    if isinstance(node, Apply):
        if node.head == "neg":
            above, below = _parts(node.args[0])
            return [Number(-1), *above], below
        if node.head in {"*", "/"}:
            above, below = _parts(node.args[0])
            for argument in node.args[1:]:
                over, under = _parts(argument) if node.head == "*" else _parts(argument)[::-1]
                above, below = above + over, below + under
            return above, below
        exponent = node.args[1] if node.head == "^" else None
        if isinstance(exponent, Number) and isinstance(exponent.value, int) and exponent.value > 0:
            above, below = _parts(node.args[0])
            if exponent.value * (len(above) + len(below)) > _MOST_FACTORS:
                raise Refused(f"more than {_MOST_FACTORS} factors")
            return above * exponent.value, below * exponent.value
    return [node], []


def _is_lowest(node: Node) -> bool:
    """Whether at most one bar stands there, with products of polynomials that have nothing in common."""
    if divisions(node) > 1:
        return False
    above, below = (_multiplied_out(side) for side in _parts(node))
    if above is None or below is None:
        return False
    content = math.gcd(*above), math.gcd(*below)
    return math.gcd(*content) == 1 and len(common_factor(above, below)) == 1


def _multiplied_out(parts: Sequence[Node]) -> Coefficients | None:
    """The product of collected polynomials with whole coefficients; None if one of them isn't such."""
    total: Coefficients = (1,)
    for part in parts:
        found = polynomial_of(part, "x", small_algebra()) if is_expanded(part) else None
        if found is None or any(not isinstance(c, int) for c in found):
            return None
        total = _times((total, tuple(int(c) for c in found)))
    return total


def _measure(node: Node) -> Measure:
    """Degrees in all, the squares of the factors' degrees, whole factors and signs inside, bars, and the size."""
    last = sides(node)[-1]
    above, below = _parts(last)
    found = [_found(part) for part in (*above, *below)]
    degrees = [_NOT_POLYNOMIAL if each is None else len(each) - 1 for each in found]
    inside = sum(_content(each) for each in found if each is not None and len(each) > 1)
    return (sum(degrees), sum(d * d for d in degrees), inside, divisions(last), *expression_measure(last, bits)[1:])


def _found(part: Node) -> list[Rational] | None:
    try:
        return polynomial_of(part, "x", small_algebra())
    except Unreadable:
        return None


def _content(found: Sequence[Rational]) -> int:
    """What a polynomial's coefficients have in common, less 1, and 1 for a leading minus."""
    return math.gcd(*(c.numerator for c in found)) - 1 + (found[-1] < 0)


# working it out


def _times(parts: Sequence[Coefficients], constant: int = 1) -> Coefficients:
    total = [constant]
    for part in parts:
        result = [0] * (len(total) + len(part) - 1)
        for i, a in enumerate(total):
            for j, b in enumerate(part):
                result[i + j] += a * b
        total = result
    return tuple(total)


def _factored(parts: Sequence[Coefficients], constant: int) -> str:
    counted = Counter(sorted(parts, key=lambda part: (len(part), part[0] != 0, part[-1], [-c for c in part])))
    if constant == 1 and list(counted.values()) == [1]:
        return polynomial(parts[0])
    return product([(polynomial(part), power) for part, power in counted.items()], constant) or "1"


def _expanded(ratio: Ratio) -> str:
    return quotient(polynomial(_times(ratio.above, ratio.constant)), polynomial(_times(ratio.below, ratio.under)))


def _cancelled(ratio: Ratio) -> Ratio:
    above, below = Counter(ratio.above), Counter(ratio.below)
    common = above & below
    shared = math.gcd(ratio.constant, ratio.under)
    over, under = (tuple((side - common).elements()) for side in (above, below))
    return Ratio(over, under, ratio.constant // shared, ratio.under // shared)


def _text(ratio: Ratio) -> str:
    return quotient(_factored(ratio.above, ratio.constant), _factored(ratio.below, ratio.under))


def _worked(ratio: Ratio) -> Work:
    below = polynomial(_times(ratio.below, ratio.under))
    half = quotient(_factored(ratio.above, ratio.constant), below)
    return Work(_expanded(ratio), (half, _text(ratio)), _text(_cancelled(ratio)))


# levels


def _line(rng: np.random.Generator, leading: int = 1, bound: int = 9) -> Coefficients:
    """The constant and the slope of a line, nothing in common."""
    while True:
        (b,), (a,) = nonzero(rng, bound, 1), whole(rng, 1, leading, 1)
        if math.gcd(a, b) == 1:
            return b, a


def _lines(rng: np.random.Generator, count: int, leading: int = 1) -> list[Coefficients]:
    """Different lines, one of them maybe through 0."""
    while True:
        lines = [_line(rng, leading) for _ in range(count)]
        if rng.random() < 0.15:
            lines[-1] = (0, 1)
        if len(set(lines)) == count:
            return lines


def _linear_over_quadratic(rng: np.random.Generator) -> Work:
    common, other = _lines(rng, 2)
    return _worked(Ratio((common,), (common, other), whole(rng, 2, 9, 1)[0]))


def _quadratics(rng: np.random.Generator) -> Work:
    common, top, bottom = _lines(rng, 3)
    return _worked(Ratio((common, top), (common, bottom)))


def _signs_and_factors(rng: np.random.Generator) -> Work:
    common, top, bottom = _lines(rng, 3)
    constant, (under,) = nonzero(rng, 6, 1)[0], whole(rng, 1, 6, 1)
    above = (common,) if rng.random() < 0.4 else (common, top)
    if rng.random() < 0.5:
        bottom = (-common[0], 1) if common[0] else bottom
    if bottom in above:
        above = (common,)
    return _worked(Ratio(above, (common, bottom), constant, under))


def _leading(rng: np.random.Generator) -> Work:
    common, top, bottom = _lines(rng, 3, 4)
    return _worked(Ratio((common, top), (common, bottom), *whole(rng, 1, 3, 2)))


def _cubics(rng: np.random.Generator) -> Work:
    first, second, top, bottom = _lines(rng, 4, 2)
    if rng.random() < 0.3:
        second = first
    return _worked(Ratio((first, second, top), (first, second, bottom), *whole(rng, 1, 2, 2)))


def _two_fractions(rng: np.random.Generator) -> Work:
    """Two fractions multiplied or divided; each factor that is cancelled stands in both."""
    first, second, a, b, c = _lines(rng, 5)
    left = Ratio((first, a), (second, b))
    right = Ratio((second,), (first, c)) if rng.random() < 0.5 else Ratio((second, c), (first,))
    whole_ratio = Ratio(left.above + right.above, left.below + right.below)
    both = f"{_expanded(left)}*{_expanded(right)}"
    question, lines = both, [_text(whole_ratio)]
    if rng.random() < 0.5:
        upside_down = Ratio(right.below, right.above)
        question, lines = f"({_expanded(left)})/({_expanded(upside_down)})", [both, *lines]
    return Work(question, tuple(lines), _text(_cancelled(whole_ratio)))


_DRAWS: tuple[Callable[[np.random.Generator], Work], ...] = (
    _linear_over_quadratic,
    _quadratics,
    _signs_and_factors,
    _leading,
    _cubics,
    _two_fractions,
)
