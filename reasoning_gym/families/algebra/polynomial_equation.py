"""Polynomial equations of the third to the fifth degree."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.algebra import HALF, ONE, Algebra, Form
from reasoning_gym.checker.algebra import number as constant
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, rational, tidy
from reasoning_gym.checker.shapes import coefficients, factors, polynomial_of
from reasoning_gym.checker.syntax import Apply, Name, Node, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import number, polynomial, product
from reasoning_gym.families.real_sets import NONE, read_word, stated_set
from reasoning_gym.families.roots import divides, has_real_root, split
from reasoning_gym.families.solution_sets import branches, linear_value, listed, same_values, worked_out
from reasoning_gym.families.steps import (
    Measure,
    bits,
    check_bounded,
    difference,
    equation_measure,
    facts,
    last_right,
    small_algebra,
)
from reasoning_gym.families.surds import square_part, surd
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer=f"all real solutions, as in 'x=1 or x=2', or '{NONE}'")
_X = frozenset("x")
_MOST_ROOTS = 5
_AND = re.compile(r"(?<=[\d)}]),? and (?=[-\dx\\])", re.ASCII)

Coefficients: TypeAlias = "tuple[int, ...]"  # the constant first


class Shape(NamedTuple):
    """left = right, with left - right as a constant times linear and quadratic factors, in the order of the work."""

    left: Coefficients
    right: Coefficients
    constant: int
    factors: tuple[Coefficients, ...]


class Asked(NamedTuple):
    """A question's left minus right, and its different real roots."""

    coefficients: tuple[Rational, ...]
    solutions: tuple[Form, ...]


@family(category="algebra", levels=7, unordered=" or ")
class PolynomialEquation(Family):
    """Find all real solutions of a polynomial equation.

    Statement: `Solve for x: x^3-7x+6=0`.
    Thoughts: all on one side, one factor after another split off: `(x-1)(x^2+x-6)=0`, `(x-1)(x+3)(x-2)=0`; of a
        biquadratic equation two factors in x^2, then `x^2=2 or x^2=3`; a quadratic factor with irrational roots by the
        formula.
    Answer: `x=-3 or x=1 or x=2` in any order and notation of sets, a repeated solution once; `no solution`. Each
        worked out: `sqrt(8)/2` is, `sqrt(4+4)/2` isn't.
    Level: 1 x(x-a)(x-b), numbers to 20 (780 different questions); 2 three whole solutions (770); 3 one or three
        solutions, fractions (about 5,000); 4 biquadratic, one in twenty without a solution (about 1,200); 5 four whole
        solutions, some of them maybe equal (about 900); 6 quartic with a quadratic factor whose roots are irrational
        or none; 7 terms on both sides, fifth degree.
    Verified: as the set of exact real roots of the equation given.
    Checked step by step: an equation, or several with `or`, with the same real solutions, that is factored further
        than the last, or simpler.

        Solve for x: x^3-5x^2+6x=0
        x(x^2-5x+6)=0
        x(x-2)(x-3)=0
        Answer: x=0 or x=2 or x=3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        shape = _DRAWS[level - 1](rng)
        text = f"{polynomial(shape.left)}={polynomial(shape.right)}"
        question = Question(self.name, level, f"Solve for x: {text}", _FORMAT, (text,))
        return Problem(question, _answer(shape.factors), secret=shape)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return thoughts_of(_worked(cast("Shape", problem.secret)), problem, str(problem.question.given[0]))

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            node, asked = parse(step), _asked(question.given)
            if not _has_solutions(node, asked):
                return incorrect("the solutions differ")
            last = last_right(thoughts, lambda line: _has_solutions(line, asked)) or facts(question.given)[0]
            return CORRECT if _measure(node) < _measure(last) else incorrect("no step further than the last")

        return check_bounded(thoughts, decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the roots need no more than the question

        def decide() -> Verdict:
            right = _asked(question.given).solutions
            word = read_word(answer)
            if word is not None or not right:
                return CORRECT if word == NONE and not right else incorrect("the solutions differ")
            algebra = small_algebra()
            node = listed(parse(_AND.sub(", ", stated_set(answer))))
            stated = [worked_out(branch, "x", algebra, _MOST_ROOTS) for branch in branches(node)]
            return CORRECT if same_values(stated, right, algebra) else incorrect("the solutions differ")

        return guarded(decide)


# roots


@lru_cache(maxsize=1024)
def _asked(given: tuple[Given, ...]) -> Asked:
    found = difference(facts(given)[0], "x")
    assert found
    return Asked(tuple(found), tuple(_real_roots(tuple(found), small_algebra())))


def _real_roots(found: tuple[Rational, ...], algebra: Algebra) -> list[Form]:
    """The different real roots of a polynomial other than 0.

    Raises:
        Refused: if they aren't rational, nor square roots of the kind that quadratic factors have.
    """
    rational_ones, rest = split(found)
    roots = [constant(root) for root in dict.fromkeys(rational_ones)]
    if len(rest) == 1 or not has_real_root(rest):
        return roots
    if len(rest) == 3:
        c, b, a = rest
        return roots + _of_quadratic(constant(-b), constant(b * b - 4 * a * c), 2 * a, algebra)
    if len(rest) != 5 or rest[1] or rest[3]:
        raise Refused("a polynomial whose roots are neither rational nor those of a quadratic")
    squares, others = split(rest[::2])
    if len(others) > 1:
        raise Refused("a biquadratic polynomial with roots inside roots")
    for square in (each for each in squares if each > 0):
        roots += _of_quadratic(constant(0), constant(square), 1, algebra)
    return roots


def _of_quadratic(top: Form, square: Form, bottom: int, algebra: Algebra) -> list[Form]:
    """Top plus and minus the root of a square, over a number."""
    root, scale = algebra.root(square, HALF), constant(tidy(Fraction(1, bottom)))
    return [algebra.times(algebra.plus(top, algebra.times(constant(sign), root)), scale) for sign in (1, -1)]


def _has_solutions(node: Node, asked: Asked) -> bool:
    """Whether the equations that a line joins by `or` have the question's real solutions together.

    Each must be a factor of the question's; and where it is all of it, times no other number than one taken out.
    """
    algebra = small_algebra()
    values: list[Form] = []
    for branch in branches(node):
        if not (isinstance(branch, Apply) and branch.head == "=" and "x" in variables(branch)):
            return False
        left, other = (algebra.form(side) for side in branch.args)
        if left.den != ONE or other.den != ONE:
            return False
        terms = algebra.add(left.num, other.num, -1)
        found = coefficients(terms, "x")
        if found is not None and any(found[1:]):
            if not _is_factor(found, asked.coefficients):
                return False
            values += _real_roots(tuple(found), algebra)
            continue
        value = linear_value(terms, algebra)
        if value is None:
            return False
        values.append(value)
    return same_values(values, asked.solutions, algebra)


def _is_factor(found: Sequence[Rational], whole_one: Sequence[Rational]) -> bool:
    """Whether a polynomial divides another; one of the same degree must be it over a number that all terms have."""
    if len(found) == len(whole_one):
        ratio = tidy(Fraction(whole_one[-1]) / found[-1])
        if not isinstance(ratio, int) or any(c % ratio for c in whole_one):
            return False
    return divides(found, whole_one)


def _measure(node: Node) -> Measure:
    """Whether an equation is still to be put in order, the degrees of its factors, their contents, and its size."""
    equations = [branch for branch in branches(node) if isinstance(branch, Apply)]
    degrees = [degree for each in equations for degree in _degrees(each)]
    sizes = [equation_measure(each, _X, bits) for each in equations]
    content = sum(_content(base) - 1 for each in equations for base, _ in factors(each.args[0]))
    return (max(degrees), sum(d * d for d in degrees), content, *(sum(column) for column in zip(*sizes, strict=True)))


def _degrees(equation: Apply) -> list[int]:
    """The degree of each factor of a side that is to be 0; 0 of a solved equation, and 99 where x is on both sides."""
    left, right = equation.args
    side, other = (left, right) if "x" in variables(left) else (right, left)
    if "x" in variables(other):
        return [99]
    if side == Name("x"):
        return [0]
    parts = [(base, power) for base, power in factors(side) if "x" in variables(base)]
    if rational(other) == 0 or (len(parts) == 1 and isinstance(parts[0][0], Name)):
        return [_degree(base) for base, power in parts for _ in range(min(power, 9))]
    return [10 * _degree(side)]


def _degree(node: Node) -> int:
    found = polynomial_of(node, "x", small_algebra())
    return 9 if found is None else len(found) - 1


def _content(node: Node) -> int:
    """What all coefficients of a polynomial have in common."""
    found = polynomial_of(node, "x", small_algebra())
    return math.gcd(*(c.numerator for c in found)) if found is not None and len(found) > 1 else 1


# writing and working it out


def _worked(shape: Shape) -> list[str]:
    moved = _times(shape.factors, shape.constant)
    lines = [f"{polynomial(moved)}=0"]
    parts = list(shape.factors)
    if parts.count((0, 1)) == 0 and shape.constant > 1:
        lines.append(f"{product([(polynomial(_times(parts)), 1)], shape.constant)}=0")
    lines += [f"{_text([*parts[:done], _times(parts[done:])], shape.constant)}=0" for done in range(1, len(parts))]
    if all(len(part) == 3 and not part[1] for part in parts):
        return [*lines, " or ".join(f"x^2={number(Fraction(-c, a))}" for c, _, a in parts)]
    if len(parts[-1]) == 3 and (roots := _surds(parts[-1], reduced=False)):
        lines.append(" or ".join(f"x={root}" for root in [*_rational_texts(parts), *roots]))
    return lines


def _answer(parts: Sequence[Coefficients]) -> str:
    surds = [root for part in parts if len(part) == 3 for root in _surds(part, reduced=True)]
    return " or ".join(f"x={root}" for root in [*_rational_texts(parts), *surds]) or NONE


def _rational_texts(parts: Sequence[Coefficients]) -> list[str]:
    roots = {root for part in parts for root in split(part).roots}
    return [number(root) for root in sorted(roots)]


def _surds(part: Coefficients, *, reduced: bool) -> list[str]:
    """The irrational roots of a quadratic, in lowest terms or as the formula gives them."""
    c, b, a = part
    square = b * b - 4 * a * c
    outside, inside = square_part(square) if square > 0 else (1, 0)
    if square <= 0 or inside == 1:
        return []
    if not reduced and b:
        return [surd(-b, sign, square, 2 * a) for sign in (1, -1)]
    return [surd(-b, sign * outside, inside, 2 * a, reduced=True) for sign in (1, -1)]


def _text(parts: Sequence[Coefficients], constant_factor: int) -> str:
    counted = {part: parts.count(part) for part in parts}
    return product([(polynomial(part), power) for part, power in counted.items()], constant_factor)


def _times(parts: Sequence[Coefficients], constant_factor: int = 1) -> Coefficients:
    total = [constant_factor]
    for part in parts:
        result = [0] * (len(total) + len(part) - 1)
        for i, a in enumerate(total):
            for j, b in enumerate(part):
                result[i + j] += a * b
        total = result
    return tuple(total)


# levels


def _shape(parts: Sequence[Coefficients], constant_factor: int = 1, moved: tuple[int, ...] = (0,)) -> Shape:
    """The factors in the order of the work: x first, then linear ones by the size of their root, quadratics last."""
    ordered = sorted(parts, key=lambda part: (len(part), part[-1], abs(part[0]), part))
    total = _times(ordered, constant_factor)
    padded = [*moved, *[0] * (len(total) - len(moved))]
    left = tuple(a + b for a, b in zip(total, padded, strict=True))
    return Shape(left, moved, constant_factor, tuple(ordered))


def _monic(roots: Sequence[int]) -> list[Coefficients]:
    return [(-root, 1) for root in roots]


def _different(rng: np.random.Generator, bound: int, count: int) -> list[int]:
    while True:
        roots = nonzero(rng, bound, count)
        if len(set(roots)) == count:
            return roots


def _through_zero(rng: np.random.Generator) -> Shape:
    return _shape(_monic([0, *_different(rng, 20, 2)]))


def _three_whole(rng: np.random.Generator) -> Shape:
    return _shape(_monic([nonzero(rng, 3, 1)[0], *nonzero(rng, 9, 2)]))


def _line(rng: np.random.Generator, leading: int) -> Coefficients:
    while True:
        (b,), (a,) = nonzero(rng, 9, 1), whole(rng, 1, leading, 1)
        if math.gcd(a, b) == 1:
            return b, a


def _quadratic(rng: np.random.Generator, *, rooted: bool) -> Coefficients:
    """A quadratic without rational roots, with irrational ones or with none."""
    while True:
        (b, c), (a,) = nonzero(rng, 6, 2), whole(rng, 1, 2, 1)
        square = b * b - 4 * a * c
        if (square > 0) == rooted and math.gcd(a, b, c) == 1 and (square < 0 or math.isqrt(square) ** 2 != square):
            return c, b, a


def _cubic(rng: np.random.Generator) -> Shape:
    if rng.random() < 0.5:
        return _shape([_line(rng, 1), _quadratic(rng, rooted=False)])
    return _shape([(-nonzero(rng, 3, 1)[0], 1), _line(rng, 3), _line(rng, 2)])


def _biquadratic(rng: np.random.Generator) -> Shape:
    without = rng.random() < 0.05
    while True:
        (p, q), (squares,) = nonzero(rng, 25, 2), whole(rng, 0, 3, 1)
        if squares == 0:
            p = (1, 4, 9, 16, 25)[abs(q) % 5]
        if p != q and (max(p, q) < 0) == without:
            return _shape([(-p, 0, 1), (-q, 0, 1)])


def _four_whole(rng: np.random.Generator) -> Shape:
    return _shape(_monic([*nonzero(rng, 3, 2), *nonzero(rng, 6, 2)]))


def _quartic(rng: np.random.Generator) -> Shape:
    (constant_factor,), rooted = whole(rng, 1, 3, 1), bool(rng.random() < 0.7)
    return _shape([(-nonzero(rng, 3, 1)[0], 1), _line(rng, 2), _quadratic(rng, rooted=rooted)], constant_factor)


def _both_sides(rng: np.random.Generator) -> Shape:
    moved, kind = tuple(nonzero(rng, 9, 3)), rng.random()
    first = _monic(nonzero(rng, 3, 2))
    if kind < 0.4:
        return _shape([*first, _line(rng, 3), _line(rng, 1)], moved=moved)
    last = _quadratic(rng, rooted=kind < 0.8)
    return _shape([*first, *([_line(rng, 1)] if kind < 0.6 else []), last], moved=moved)


_DRAWS: tuple[Callable[[np.random.Generator], Shape], ...] = (
    _through_zero,
    _three_whole,
    _cubic,
    _biquadratic,
    _four_whole,
    _quartic,
    _both_sides,
)
