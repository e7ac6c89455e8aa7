"""Square roots simplified: squares taken out, sums collected, denominators rationalised."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.algebra import Form
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Unreadable
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.derivatives import terms_of
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, number
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import (
    Measure,
    answered,
    bits,
    check_simpler,
    operations,
    sides,
    small_algebra,
    unexpanded,
)
from reasoning_gym.families.surds import square_part
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the simplest form, as in 6*sqrt(2), 1-sqrt(3) or (2+sqrt(5))/3")
_MAX_RADICAND = 10**6
_ONE = 1  # the radicand of a rational term

Surd: TypeAlias = "dict[int, int]"  # radicands without squares to whole coefficients


class Work(NamedTuple):
    """A question's expression, the lines that work it out, and the answer."""

    question: str
    lines: tuple[str, ...]
    answer: str


@family(category="algebra", levels=7)
class RadicalSimplification(Family):
    """Simplify an expression of square roots.

    Statement: `Simplify: sqrt(72)`.
    Thoughts: the largest square split off, `sqrt(36*2)`, and taken out; like roots collected; brackets multiplied out;
        a fraction widened by the root or the conjugate that makes its denominator rational.
    Answer: a sum of whole or fractional multiples of different square roots of numbers without square factors,
        `6*sqrt(2)`, `1-sqrt(3)`, `(2+sqrt(5))/3`, in lowest terms; any order, `6sqrt(2)` and LaTeX too, and a common
        factor before a bracket, `4*(sqrt(7)-1)/3`.
    Level: 1 one root (about 350 different questions); 2 two like roots; 3 three or four roots of two kinds; 4 products
        of roots and of sums; 5 a number over a root (about 700); 6 a number over a sum; 7 a sum over a sum.
    Verified: of the same value, by independent roots of primes, and nothing left to simplify.
    Checked step by step: an expression of the same value that is simpler than the last such line: fewer divisions by
        irrational numbers, less to multiply out, smaller squares inside roots, fewer roots, fewer operations.

        Simplify: sqrt(72)
        sqrt(36*2)
        Answer: 6*sqrt(2)
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
            is_right=lambda node: _has_value(node, question.given),
            measure=_measure,
        )

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the value needs no more than the question

        def decide() -> Verdict:
            node = answered(parse(bare(answer)), parse(str(question.given[0])))
            if not _is_simplest(node):
                return incorrect("something is left to simplify")
            return CORRECT if _has_value(node, question.given) else incorrect("the value is another one")

        return guarded(decide)


@lru_cache(maxsize=1024)
def _form(given: tuple[Given, ...]) -> Form:
    return small_algebra().form(parse(str(given[0])))


def _has_value(node: Node, given: tuple[Given, ...]) -> bool:
    """Whether an expression, or every side of an equality, has the question's value."""
    algebra = small_algebra()
    return not any(algebra.difference(algebra.form(side), _form(given)) for side in sides(node))


# the simplest form


def _is_simplest(node: Node) -> bool:
    """Whether a sum of multiples of different roots leaves nothing to do, maybe with one fraction taken out of it."""
    top, bottom, rest = _taken_out(node)
    terms = [_term(each) for each in terms_of(rest)]
    different = len({radicand for _, _, radicand in terms}) == len(terms)
    if not different or (len(terms) > 1 and any(own == 0 for own, _, _ in terms)):
        return False
    if top == bottom == 1:
        return True
    multiples = [top * own for own, _, _ in terms]
    return all(multiples) and all(under == 1 for _, under, _ in terms) and math.gcd(bottom, *multiples) == 1


def _taken_out(node: Node) -> tuple[int, int, Node]:
    """Top and bottom of the number that a sum is multiplied by, and the sum, as in `-4*(1-sqrt(7))/3`.

    Raises:
        Unreadable: if that number is left to work out.
    """
    if not isinstance(node, Apply) or node.head not in {"neg", "/", "*"}:
        return 1, 1, node
    if node.head == "*":
        found = [each for each in node.args if len(terms_of(each)) > 1]
        if len(node.args) != 2 or len(found) != 1:
            return 1, 1, node
        top, bottom, radicand = _term(node.args[0] if found[0] is node.args[1] else node.args[1])
        if radicand != _ONE:
            raise Unreadable("something is left to multiply out")
        return top, bottom, found[0]
    top, bottom, rest = _taken_out(node.args[0])
    if len(terms_of(rest)) < 2:
        return 1, 1, node
    if node.head == "neg":
        return -top, bottom, rest
    over = _integer(node.args[1])
    if bottom > 1 or over < 2:
        raise Unreadable("a fraction in lowest terms was expected")
    return top, over, rest


def _term(node: Node) -> tuple[int, int, int]:
    """Top, bottom and radicand of `3`, `sqrt(2)`, `-3*sqrt(2)` or `3*sqrt(2)/5` in lowest terms.

    Raises:
        Unreadable: if it is anything else.
    """
    if isinstance(node, Apply) and node.head == "neg":
        top, bottom, radicand = _term(node.args[0])
        return -top, bottom, radicand
    if isinstance(node, Apply) and node.head == "/":
        (top, bottom, radicand), over = _term(node.args[0]), _integer(node.args[1])
        if bottom > 1 or over < 2 or math.gcd(top, over) > 1:
            raise Unreadable("a fraction in lowest terms was expected")
        return top, over, radicand
    if isinstance(node, Apply) and node.head == "*" and len(node.args) == 2:
        first, second = map(_term, node.args)
        if first[2] > 1:
            first, second = second, first
        if first[2] > 1 or second[:2] != (1, 1) or second[2] == 1:
            raise Unreadable("a multiple of a root was expected")
        return first[0], first[1], second[2]
    if isinstance(node, Apply) and node.head == "sqrt":
        radicand = _integer(node.args[0])
        if radicand < 2 or radicand > _MAX_RADICAND or square_part(radicand)[0] > 1:
            raise Unreadable("a root of a number without square factors was expected")
        return 1, 1, radicand
    return _integer(node), 1, _ONE


def _integer(node: Node) -> int:
    if isinstance(node, Number) and isinstance(node.value, int) and node.places is None:
        return node.value
    raise Unreadable("a whole number was expected")


# how far it is simplified


def _measure(node: Node) -> Measure:
    """In this order: divisions by irrational numbers, what is left to multiply out, squares in roots, roots, size."""
    last = sides(node)[-1]
    roots = list(_roots(last))
    return (
        _irrational_divisions(last),
        unexpanded(_folded(last)),
        _pairs(last),
        sum(map(_square_left, roots)),
        len(roots),
        operations(last),
        bits(last),
    )


def _roots(node: Node) -> Iterator[Apply]:
    if isinstance(node, Apply):
        if node.head == "sqrt":
            yield node
        for argument in node.args:
            yield from _roots(argument)


def _radicand(root: Apply) -> int:
    value = rational(root.args[0])
    if not isinstance(value, int) or not 0 < value <= _MAX_RADICAND:
        raise Refused(f"roots of whole numbers from 1 to {_MAX_RADICAND} only")
    return value


def _square_left(root: Apply) -> int:
    """How large a square stands inside a root; it counts twice until it is split off."""
    outside, inside = square_part(_radicand(root))
    split = isinstance(root.args[0], Apply) or inside == 1
    return (outside - 1) * (1 if split else 2)


def _pairs(node: Node) -> int:
    """How many roots stand beside another in one product; roots of squares don't count."""
    if not isinstance(node, Apply):
        return 0
    own = 0
    if node.head == "*":
        beside = [each for each in node.args if isinstance(each, Apply) and each.head == "sqrt"]
        own = max(sum(square_part(_radicand(each))[1] > 1 for each in beside) - 1, 0)
    return own + sum(map(_pairs, node.args))


def _irrational_divisions(node: Node) -> int:
    if not isinstance(node, Apply):
        return 0
    here = node.head == "/" and small_algebra().form(node.args[1]).constant is None
    return here + sum(map(_irrational_divisions, node.args))


def _folded(node: Node) -> Node:
    """The tree with each part that holds no root as one number."""
    if not isinstance(node, Apply) or rational(node) is not None:
        return Number(1)
    return Apply(node.head, tuple(map(_folded, node.args)))


# working it out


def _root(coefficient: int, radicand: int | str) -> str:
    """A whole multiple of a root, or of 1."""
    if radicand == _ONE or not coefficient:
        return str(coefficient)
    sign = "-" if coefficient < 0 else ""
    return f"{sign}{'' if abs(coefficient) == 1 else f'{abs(coefficient)}*'}sqrt({radicand})"


def _sum(surd: Surd) -> str:
    return add(_root(coefficient, radicand) for radicand, coefficient in sorted(surd.items()))


def _over(surd: Surd, bottom: int) -> str:
    """A sum of roots over a number, in lowest terms."""
    if bottom < 0:
        surd, bottom = {radicand: -c for radicand, c in surd.items()}, -bottom
    common = math.gcd(bottom, *surd.values())
    top = _sum({radicand: c // common for radicand, c in surd.items() if c})
    bottom //= common
    if bottom == 1:
        return top
    return f"({top})/{bottom}" if len([c for c in surd.values() if c]) > 1 else f"{top}/{bottom}"


def _added(terms: Sequence[tuple[int, int, int]]) -> Work:
    """Terms c sqrt(q^2 r): the squares split off, taken out, and like roots collected."""
    start = add(_root(c, q * q * r) for c, q, r in terms)
    split = add(_root(c, f"{q * q}*{r}" if q > 1 else r) for c, q, r in terms)
    outside = add(_root(c * q, r) for c, q, r in terms)
    total: Surd = {}
    for c, q, r in terms:
        total[r] = total.get(r, 0) + c * q
    return Work(start, (split, outside), _sum({r: c for r, c in total.items() if c}))


def _times(left: Surd, right: Surd) -> tuple[str, Surd]:
    """The product of two sums of 1 and one common root, term by term, and collected."""
    pieces: list[tuple[int, int]] = []
    for r, a in sorted(left.items()):
        for s, b in sorted(right.items()):
            pieces.append((a * b * r, _ONE) if r == s else (a * b, r * s))
    total: Surd = {}
    for coefficient, radicand in pieces:
        total[radicand] = total.get(radicand, 0) + coefficient
    return add(_root(c, r) for c, r in pieces), {r: c for r, c in total.items() if c}


# levels


def _square_free(rng: np.random.Generator, high: int, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        found += [n for n in whole(rng, 2, high, 4) if square_part(n)[0] == 1]
    return found[:count]


def _one_root(rng: np.random.Generator) -> Work:
    return _added([(1, whole(rng, 2, 15, 1)[0], _square_free(rng, 40, 1)[0])])


def _like_roots(rng: np.random.Generator) -> Work:
    while True:
        (r,), (q, s), (c, d) = _square_free(rng, 15, 1), whole(rng, 1, 7, 2), nonzero(rng, 5, 2)
        if q != s and c > 0 and c * q + d * s:
            return _added([(c, q, r), (d, s, r)])


def _several_roots(rng: np.random.Generator) -> Work:
    count = whole(rng, 3, 4, 1)[0]
    while True:
        kinds, squares, factors = _square_free(rng, 11, 2), whole(rng, 1, 6, count), nonzero(rng, 5, count)
        terms = [(c, q, kinds[i % 2]) for i, (c, q) in enumerate(zip(factors, squares, strict=True))]
        roots = [q * q * r for _, q, r in terms]
        totals = [sum(c * q for c, q, kind in terms if kind == r) for r in kinds]
        if kinds[0] != kinds[1] and len(set(roots)) == count and all(totals) and max(squares) > 1:
            return _added(terms)


def _products(rng: np.random.Generator) -> Work:
    if rng.random() < 0.4:
        while True:
            common, (r, s) = whole(rng, 2, 7, 1)[0], _square_free(rng, 11, 2)
            m, n = sorted((common * r, common * s))
            if m != n and square_part(m)[0] == square_part(n)[0] == 1:
                outside, inside = square_part(m * n)
                lines = (f"sqrt({m * n})", f"sqrt({outside**2}*{inside})")
                return Work(f"sqrt({m})*sqrt({n})", lines, _root(outside, inside))
    (r,), (a, b, c, d) = _square_free(rng, 11, 1), nonzero(rng, 6, 4)
    left, right = {1: a, r: b}, {1: c, r: d}
    line, total = _times(left, right)
    return Work(f"({_sum(left)})*({_sum(right)})", (line,), _sum(total))


def _over_root(rng: np.random.Generator) -> Work:
    (c,), (r,) = whole(rng, 1, 30, 1), _square_free(rng, 40, 1)
    lines = (f"{_root(c, r)}/(sqrt({r})*sqrt({r}))", f"{_root(c, r)}/{r}")
    return Work(f"{c}/sqrt({r})", lines, _over({r: c}, r))


def _over_sum(rng: np.random.Generator) -> Work:
    (r,), (a, b), (c,) = _square_free(rng, 15, 1), nonzero(rng, 6, 2), whole(rng, 1, 20, 1)
    bottom, conjugate = {1: a, r: b}, {1: a, r: -b}
    norm = a * a - b * b * r
    top = f"{c}*({_sum(conjugate)})" if c > 1 else f"({_sum(conjugate)})"
    lines = (
        f"{top}/(({_sum(bottom)})*({_sum(conjugate)}))",
        f"{top}/({a * a}-{b * b * r})",
        f"{top}/{f'({norm})' if norm < 0 else norm}",
    )
    return Work(f"{c}/({_sum(bottom)})", lines, _over({1: c * a, r: -c * b}, norm))


def _sum_over_sum(rng: np.random.Generator) -> Work:
    while True:
        (r,), (a, b, c, d) = _square_free(rng, 11, 1), nonzero(rng, 6, 4)
        if a * d != b * c and a * c != b * d * r and abs(a * a) != b * b * r:
            break
    top, bottom, conjugate = {1: a, r: b}, {1: c, r: d}, {1: c, r: -d}
    norm = c * c - d * d * r
    line, total = _times(top, conjugate)
    under = f"({norm})" if norm < 0 else number(norm)
    lines = (
        f"({_sum(top)})*({_sum(conjugate)})/(({_sum(bottom)})*({_sum(conjugate)}))",
        f"({line})/({c * c}-{d * d * r})",
        f"({_sum(total)})/{under}",
    )
    return Work(f"({_sum(top)})/({_sum(bottom)})", lines, _over(total, norm))


_DRAWS: tuple[Callable[[np.random.Generator], Work], ...] = (
    _one_root,
    _like_roots,
    _several_roots,
    _products,
    _over_root,
    _over_sum,
    _sum_over_sum,
)
