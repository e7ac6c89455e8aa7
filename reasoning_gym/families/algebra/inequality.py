"""Inequalities: linear, quadratic, and between rational functions."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.algebra import Polynomial as Terms
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, divide, tidy
from reasoning_gym.checker.shapes import polynomial_of
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.bare_texts import read_algebra
from reasoning_gym.families.conditions import Asked, asked, check_condition, check_solutions
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, bracketed, number, polynomial, product, quotient, term
from reasoning_gym.families.real_sets import ALL, NONE, RealSet, samples, solutions, zeros_and_poles
from reasoning_gym.families.roots import value
from reasoning_gym.families.steps import check_bounded, small_algebra
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(
    answer=f"the solved inequality, as in '1<x<=5' or 'x<2 or x>=3' or 'x!=1', or '{NONE}' or '{ALL}'"
)
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_PIECE = re.compile(r"(?P<piece>[^:]{1,60}):(?P<relation>[^:]{1,200})")

Coefficients: TypeAlias = "tuple[int, ...]"  # of a polynomial, the constant first


class Linear(NamedTuple):
    """factor (a x + b) + taken <relation> c x + d."""

    left: Coefficients
    relation: str
    right: Coefficients
    factor: int = 1
    taken: int = 0


class Between(NamedTuple):
    """low <first> a x + b <second> high."""

    line: Coefficients
    low: int
    first: str
    second: str
    high: int


class Polynomial(NamedTuple):
    """left <relation> right, of which the factors of left - right are known; none where it has no real root."""

    left: Coefficients
    relation: str
    right: Coefficients
    factors: tuple[Coefficients, ...]


class Rationals(NamedTuple):
    """product of tops / product of bottoms + shift <relation> 0; all are linear."""

    tops: tuple[Coefficients, ...]
    bottoms: tuple[Coefficients, ...]
    relation: str
    shift: int = 0


Shape: TypeAlias = "Linear | Between | Polynomial | Rationals"


class Chart(NamedTuple):
    """Left minus right of a question, and where its sign may change."""

    difference: Node
    breaks: tuple[Rational, ...]


@family(category="algebra", levels=8, unordered=" or ")
class Inequality(Family):
    """Solve an inequality for x over the real numbers.

    Statement: `Solve for x: 3x-4<11`.
    Thoughts: a linear one as an equation, turned round where it is divided by a negative number; others with all on
        one side and factored, `(x-2)(x+3)<0`, then the sign on each piece of the line: `x<-3: (x-2)(x+3)>0`.
    Answer: the solved inequality `-3<x<2`, or an interval or union of intervals (`(-3,2)`,
        `(-oo,2) U [3,oo)`), `x=3` or `x!=3`, `no solution` or `all real numbers`; compared as sets of numbers.
    Level: 1 ax+b<c with positive a (about 10,000 different questions); 2 x on both sides, to be turned round or not;
        3 brackets and chains `a<bx+c<=d`; 4 monic quadratics (924); 5 a leading coefficient, terms on both sides,
        squares, no roots (then the answer is `all real numbers`, `no solution`, `x=a` or `x!=a`, in one of four
        questions); 6 quotients of linear terms (about 7,500); 7 such a quotient compared with a number; 8 three or
        four linear factors.
    Verified: as the exact set of numbers for which the inequality given is true.
    Checked step by step: a condition with the same solutions, further on than the last (x on one side, one fraction,
        factored, linear, solved) or simpler; or, once for each piece of the line between two zeros or poles, the sign
        there of left minus right, or of a multiple of it.

        Solve for x: 3x-4<11
        3x<15
        Answer: x<5
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        shape = _DRAWS[level - 1](rng)
        text = _text(shape)
        question = Question(self.name, level, f"Solve for x: {text}", _FORMAT, (text,))
        return Problem(question, asked(question.given).right.text, secret=shape)

    def ask(self, text: str) -> Question | None:
        written, node = read_algebra(text, frozenset("x"))
        relations = node.args if node.head == "chain" else (node,)
        if not all(isinstance(each, Apply) and each.head in _MIRRORED for each in relations):
            return None
        asked((written,))  # raises where the solutions can't be told exactly
        return Question(self.name, _nearest_level(written, node), f"Solve for x: {written}", _FORMAT, (written,))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return thoughts_of(_worked(cast("Shape", problem.secret)), problem, str(problem.question.given[0]))

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            if ":" in step:
                return _check_sign(step, question.given, thoughts)
            return check_condition(parse(step), asked(question.given), thoughts)

        return check_bounded(thoughts, decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the solutions need no more than the question
        return check_solutions(answer, asked(question.given).right)


def _nearest_level(text: str, node: Apply) -> int:
    """The first level that asks conditions like this one."""
    if node.head == "chain":
        return 3
    left, right = (polynomial_of(side, "x", small_algebra()) for side in node.args)
    if left is None or right is None:
        return 8 if text.count("x") > 2 else 6 if text.endswith(("<0", ">0", "=0")) else 7
    degree = max(len(left), len(right)) - 1
    if degree > 1:
        return 8 if degree > 2 else 4 if left[-1] == 1 and not any(right) else 5
    return 3 if "(" in text else 2 if len(right) > 1 or left[-1] < 0 else 1


# signs of left minus right


@lru_cache(maxsize=1024)
def _chart(given: tuple[Given, ...]) -> Chart | None:
    """What a question's signs are about; None where it is a chain."""
    found: Asked = asked(given)
    if found.node.head == "chain":
        return None
    left, right = found.node.args
    difference = Apply("+", (left, Apply("neg", (right,))))
    return Chart(difference, tuple(sorted(set(zeros_and_poles(difference, "x", small_algebra())))))


def _check_sign(step: str, given: tuple[Given, ...], thoughts: Sequence[str]) -> Verdict:
    """Whether a line `x<-3: (x-2)(x+3)>0` says rightly and for the first time what sign there is on a piece."""
    chart = _chart(given)
    if chart is None:
        return incorrect("a sign of left minus right needs one inequality")
    piece, relation = _read_sign(step)
    if piece not in _pieces(chart):
        return incorrect("no piece of the line between two zeros or poles")
    left, right = relation.args
    if relation.head not in {"<", ">"} or right != Number(0) or not _is_multiple(left, chart):
        return incorrect("the sign isn't that of left minus right")
    if not solutions(relation).holds_at(_inside(piece)):
        return incorrect("the other sign is right")
    return incorrect("the sign is known there") if piece in _signed(thoughts) else CORRECT


def _read_sign(line: str) -> tuple[RealSet, Apply]:
    match = _PIECE.fullmatch(line.strip())
    relation = parse(match["relation"]) if match else None
    if match is None or not isinstance(relation, Apply) or len(relation.args) != 2:
        raise Unreadable("a condition or a sign was expected, such as x<2 or x<2: (x-2)(x+3)<0")
    return solutions(parse(match["piece"])), relation


def _signed(thoughts: Sequence[str]) -> Iterator[RealSet]:
    """The pieces whose sign some lines say."""
    for line in thoughts:
        try:
            if ":" in line:
                yield _read_sign(line)[0]
        except (Unreadable, Undefined, Refused):
            continue


def _pieces(chart: Chart) -> list[RealSet]:
    """The open pieces that the breaks cut the line into."""
    if not chart.breaks:
        return []
    between = [RealSet(pair, (False, False, True, False, False)) for pair in itertools.pairwise(chart.breaks)]
    first, last = chart.breaks[:1], chart.breaks[-1:]
    return [RealSet(first, (True, False, False)), *between, RealSet(last, (False, False, True))]


def _inside(piece: RealSet) -> Rational:
    """A number of an open piece."""
    return samples(piece.breaks)[2 * piece.pieces.index(True) // 2]


def _is_multiple(node: Node, chart: Chart) -> bool:
    """Whether an expression is left minus right times a number."""
    algebra = small_algebra()
    one, other = algebra.form(node), algebra.form(chart.difference)
    return _direction(algebra.multiply(one.num, other.den)) == _direction(algebra.multiply(other.num, one.den))


def _direction(form: Terms) -> frozenset[object]:
    """The same for all multiples of a polynomial."""
    leading = form[max(form)] if form else 1
    return frozenset((monomial, divide(c, leading)) for monomial, c in form.items())


# writing and working it out


def _text(shape: Shape) -> str:
    if isinstance(shape, Linear):
        inside = polynomial(shape.left)
        left = inside if shape.factor == 1 else term(shape.factor, f"({inside})")
        return f"{add((left, number(shape.taken)))}{shape.relation}{polynomial(shape.right)}"
    if isinstance(shape, Between):
        return f"{shape.low}{shape.first}{polynomial(shape.line)}{shape.second}{shape.high}"
    if isinstance(shape, Polynomial):
        return f"{polynomial(shape.left)}{shape.relation}{polynomial(shape.right)}"
    return f"{_fraction(shape.tops, shape.bottoms)}{shape.relation}{-shape.shift}"


def _fraction(tops: Sequence[Coefficients], bottoms: Sequence[Coefficients]) -> str:
    top, bottom = (polynomial(side[0]) if len(side) == 1 else product(_powers(side)) for side in (tops, bottoms))
    if not bottoms:
        return top
    return f"{bracketed(top)}/{bottom}" if len(bottoms) == 2 > len(set(bottoms)) else quotient(top, bottom)


def _powers(parts: Sequence[Coefficients]) -> list[tuple[str, int]]:
    """Different linear factors by their roots, each with its power."""
    ordered = sorted(set(parts), key=_root)
    return [(polynomial(part), parts.count(part)) for part in ordered]


def _root(part: Coefficients) -> Fraction:
    return Fraction(-part[0], part[1])


def _worked(shape: Shape) -> list[str]:
    if isinstance(shape, Linear):
        return _linear(shape)
    if isinstance(shape, Between):
        return _between(shape)
    return _polynomial(shape) if isinstance(shape, Polynomial) else _rational(shape)


def _linear(shape: Linear) -> list[str]:
    """Multiplied out, x on the left, the constant on the right, divided."""
    b, a = (shape.factor * c for c in shape.left)
    d, c = shape.right
    b, slope, relation = b + shape.taken, a - c, shape.relation
    lines = [
        f"{polynomial((b, a))}{relation}{polynomial(shape.right)}",
        f"{polynomial((b, slope))}{relation}{d}",
        f"{term(slope, 'x')}{relation}{d - b}",
    ]
    turned = relation if slope > 0 else _MIRRORED[relation]
    return [*lines, f"x{turned}{number(tidy(Fraction(d - b, slope)))}"]


def _between(shape: Between) -> list[str]:
    b, a = shape.line
    low, high = shape.low - b, shape.high - b
    return [f"{low}{shape.first}{term(a, 'x')}{shape.second}{high}"]


def _polynomial(shape: Polynomial) -> list[str]:
    """All on one side, factored, and the sign on each piece; without roots the square completed."""
    size = len(shape.left)
    right = (*shape.right, *[0] * (size - len(shape.right)))
    moved = tuple(a - b for a, b in zip(shape.left, right, strict=True))
    lines = [f"{polynomial(moved)}{shape.relation}0"]
    if not shape.factors:
        return [*lines, f"{_completed(moved)}{shape.relation}0"]
    leading = moved[-1] // int(np.prod([part[1] for part in shape.factors]))
    text = product(_powers(shape.factors), leading)
    return [*lines, f"{text}{shape.relation}0", *_signs(text, shape.factors, lambda x: value(moved, x))]


def _completed(moved: Coefficients) -> str:
    """The text of a (x + b/2a)^2 + rest."""
    c, b, a = moved
    half = tidy(Fraction(b, 2 * a))
    base = f"({polynomial((half, 1))})" if half else "x"
    return add((term(a, f"{base}^2"), number(tidy(c - a * half * half))))


def _rational(shape: Rationals) -> list[str]:
    """One fraction that is compared with 0, and its sign on each piece."""
    tops, lines = shape.tops, list[str]()
    if shape.shift:
        (b, a), (d, c) = shape.tops[0], shape.bottoms[0]
        fraction, shift = _fraction(tops, shape.bottoms), shape.shift
        taken = add((polynomial((b, a)), term(shift, f"({polynomial((d, c))})")))
        tops = ((b + shift * d, a + shift * c),)
        lines = [f"{fraction}{shift:+d}{shape.relation}0", f"{quotient(taken, polynomial((d, c)))}{shape.relation}0"]
    text = _fraction(tops, shape.bottoms)
    parts = (*tops, *shape.bottoms)
    return [*lines, f"{text}{shape.relation}0", *_signs(text, parts, lambda x: _sign_of(parts, x))]


def _sign_of(parts: Sequence[Coefficients], x: Rational) -> Rational:
    sign: Rational = 1
    for part in parts:
        sign *= value(part, x)
    return sign


def _signs(text: str, parts: Sequence[Coefficients], sign_at: Callable[[Rational], Rational]) -> list[str]:
    breaks = sorted({tidy(_root(part)) for part in parts})
    pieces = _pieces(Chart(Number(0), tuple(breaks)))
    return [f"{piece.text}: {text}{'>' if sign_at(_inside(piece)) > 0 else '<'}0" for piece in pieces]


# levels


def _relation(rng: np.random.Generator) -> str:
    return ("<", ">", "<=", ">=")[int(rng.integers(4))]


def _one_sided(rng: np.random.Generator) -> Shape:
    (a,), (b, x) = whole(rng, 2, 9, 1), nonzero(rng, 9, 2)
    return Linear((b, a), _relation(rng), (a * x + b, 0))


def _both_sides(rng: np.random.Generator) -> Shape:
    while True:
        a, b, c, d = nonzero(rng, 20, 4)
        if a != c:
            return Linear((b, a), _relation(rng), (d, c))


def _brackets_and_chains(rng: np.random.Generator) -> Shape:
    if rng.random() < 0.5:
        (b,), (a, low, width), ends = nonzero(rng, 20, 1), whole(rng, 2, 30, 3), whole(rng, 0, 1, 2)
        first, second = ("<" if end else "<=" for end in ends)
        return Between((b, 2 + a % 8), 15 - low, first, second, 15 - low + width)
    while True:
        (a, b, c, d, taken), (factor,) = nonzero(rng, 9, 5), whole(rng, 2, 9, 1)
        if factor * a != c:
            return Linear((b, a), _relation(rng), (d, c), factor, taken)


def _monic(rng: np.random.Generator) -> Shape:
    while True:
        r, s = whole(rng, -12, 12, 2)
        if r != s and abs(r * s) <= 60:
            return Polynomial((r * s, -r - s, 1), _relation(rng), (0,), ((-r, 1), (-s, 1)))


def _any_quadratic(rng: np.random.Generator) -> Shape:
    kind, relation = int(rng.integers(8)), _relation(rng)
    ((p, q), (r, t)), (slope, constant) = (_linear_part(rng, 4, 9) for _ in range(2)), nonzero(rng, 9, 2)
    factors: tuple[Coefficients, ...]
    if kind == 0:  # a square
        factors, total = ((p, q), (p, q)), (p * p, 2 * p * q, q * q)
    elif kind == 1:  # no root: a square and a positive number
        factors, total = (), (p * p * q + abs(r), -2 * p * q, q)
    else:
        factors, total = ((p, q), (r, t)), (p * r, p * t + q * r, q * t)
    if len(factors) == 2 and kind and _root(factors[0]) == _root(factors[1]):
        return _any_quadratic(rng)
    if total[1] + slope == 0:
        slope = -slope
    left = (total[0] + constant, total[1] + slope, total[2])
    return Polynomial(left, relation, (constant, slope), factors)


def _linear_part(rng: np.random.Generator, leading: int, bound: int) -> Coefficients:
    """Constant and slope, nothing in common."""
    while True:
        (b,), (a,) = nonzero(rng, bound, 1), whole(rng, 1, leading, 1)
        if math.gcd(a, b) == 1:
            return b, a


def _quotient(rng: np.random.Generator) -> Shape:
    while True:
        top, bottom = _linear_part(rng, 3, 12), _linear_part(rng, 2, 12)
        if _root(top) != _root(bottom):
            return Rationals((top,), (bottom,), _relation(rng))


def _quotient_and_number(rng: np.random.Generator) -> Shape:
    while True:
        (b, a), (d, c), (shift,) = _linear_part(rng, 9, 12), _linear_part(rng, 2, 12), nonzero(rng, 5, 1)
        top = (b + shift * d, a + shift * c)
        if top[1] > 0 and top[0] and b * c != a * d:
            return Rationals(((b, a),), ((d, c),), _relation(rng), shift)


def _several(rng: np.random.Generator) -> Shape:
    count, above = whole(rng, 3, 4, 1)[0], whole(rng, 1, 3, 1)[0]
    while True:
        parts = [_linear_part(rng, 1, 9) for _ in range(count)]
        tops, bottoms = tuple(parts[:above]), tuple(parts[above:])
        if not set(tops) & set(bottoms):
            return Rationals(tops, bottoms, _relation(rng))


_DRAWS: tuple[Callable[[np.random.Generator], Shape], ...] = (
    _one_sided,
    _both_sides,
    _brackets_and_chains,
    _monic,
    _any_quadratic,
    _quotient,
    _quotient_and_number,
    _several,
)
