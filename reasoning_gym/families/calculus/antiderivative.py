"""Antiderivatives of elementary functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.algebra import Form
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.syntax import Node, parse
from reasoning_gym.families.derivatives import (
    Key,
    Slope,
    check_slope,
    part_keys,
    parts,
    ray,
    read_slope,
    slopes,
    terms_of,
)
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.elementary import KINDS, Piece, chain, monomial, slope_of
from reasoning_gym.families.notation import Rational, add, polynomial, power, product, quotient, term
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import expression_measure, last_right, small_algebra
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_NAMED = re.compile(r"^(?:F\(x\)|y)\s*=\s*")
_CONSTANTS = frozenset({"C", "c", "K", "k", "C_1", "c_1"})


class Solution(NamedTuple):
    """An integrand, the lines before the answer, and the terms of an antiderivative."""

    text: str
    lines: tuple[str, ...]
    terms: tuple[str, ...]


@family(category="calculus", levels=8)
class Antiderivative(Family):
    """Find an antiderivative with respect to x.

    Statement: `Integrate: 6x+2`.
    Thoughts: lines `(3x^2)'=6x` whose right sides make up the integrand; first the derivative of what stands inside
        or the partial fractions, where those are needed.
    Answer: any antiderivative; a constant may be added, as a number or named C, c, K or k.
    Level: 1 polynomials of degree 2 with whole antiderivatives; 2 of degree 3; 3 fractions as coefficients; 4 sums
        with sin, cos, e^x and 1/x; 5 functions of ax+b; 6 the chain rule backwards; 7 by parts; 8 partial fractions.
    Verified: by differentiating the answer and comparing with the integrand, exactly.
    Checked step by step: a true line `(F)'=f` that serves: F, or a term of f, is a multiple of a part of the integrand
        or of a slope found before, and F is no multiple of one used before. Or the integrand written as a sum of more
        terms, or simpler. Or an antiderivative of all of it, simpler than the last such.

        Integrate: 6x+2
        (3x^2)'=6x
        (2x)'=2
        Answer: 3x^2+2x+C
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        solution = _DRAWS[level - 1](rng)
        question = Question(
            family=self.name,
            level=level,
            statement=f"Integrate: {solution.text}",
            answer_format=ANSWER_FORMAT.format(answer="an antiderivative"),
            given=(solution.text,),
        )
        return Problem(question, answer=add((*solution.terms, "C")), secret=solution)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        solution = cast("Solution", problem.secret)
        return (*dict.fromkeys(solution.lines), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            stated = read_slope(step)
            if stated is not None:
                return _check_line(question, thoughts, stated)
            node = parse(step)
            verdict = _check_antiderivative(question, node)
            if not verdict.correct:
                return _check_rewriting(question, thoughts, node)
            last = last_right(thoughts, lambda line: _check_antiderivative(question, line).correct)
            if last is not None and expression_measure(node) >= expression_measure(last):
                return incorrect("the antiderivative is no simpler than the last")
            return CORRECT

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the answer is differentiated
        return guarded(lambda: _check_antiderivative(question, parse(_NAMED.sub("", bare(answer)))))


def _integrand(question: Question) -> Node:
    return parse(str(question.given[0]))


def _check_antiderivative(question: Question, node: Node) -> Verdict:
    """Whether the derivative of an expression is the integrand."""
    others = variables(node) - {"x"}
    if not others <= _CONSTANTS or len(others) > 1:
        return incorrect("the answer has other variables than x and one constant")
    return check_slope(node, _integrand(question))


def _check_line(question: Question, thoughts: Sequence[str], stated: Slope) -> Verdict:
    """Whether a line about a derivative is true, serves the integral, and is new."""
    if not variables(stated.function) | variables(stated.slope) <= {"x"} or "x" not in variables(stated.function):
        return incorrect("a function of x was expected")
    verdict = check_slope(stated.function, stated.slope)
    if not verdict.correct:
        return verdict
    algebra = small_algebra()
    about = ray(algebra.form(stated.function))
    earlier = list(slopes(thoughts))
    if any(ray(algebra.form(line.function)) == about for line in earlier):
        return incorrect("this derivative is known already")
    found = {about, *(ray(algebra.form(part)) for part in terms_of(stated.slope))}
    known = part_keys(str(question.given[0]), multiples=True)
    if about not in known and _without_constant(algebra.form(stated.function)) in _inner(str(question.given[0])):
        return incorrect("a part of the integrand with another constant")
    if found & known or found & set(_known_later(question, thoughts, earlier)):
        return CORRECT
    return incorrect("the derivative has nothing to do with the integrand")


@lru_cache(maxsize=512)
def _inner(text: str) -> frozenset[Key]:
    """The keys of an expression's parts that have a constant term, without it: 4x^2 for (4x^2+7)^3."""
    algebra = small_algebra()
    forms = (algebra.form(part) for part in parts(parse(text)))
    return frozenset(_without_constant(form) for form in forms if () in form.num and len(form.num) > 1)


def _without_constant(form: Form) -> Key:
    return ray(Form({monomial: c for monomial, c in form.num.items() if monomial}, form.den))


def _known_later(question: Question, thoughts: Sequence[str], earlier: Sequence[Slope]) -> Iterator[Key]:
    """What lines before this one have brought up: terms of slopes, and parts of the integrand rewritten."""
    algebra = small_algebra()
    for line in earlier:
        yield from (ray(algebra.form(part)) for part in terms_of(line.slope))
    rewritten = last_right(thoughts, lambda line: _is_integrand(question, line))
    if rewritten is not None:
        yield from (ray(algebra.form(part)) for part in parts(rewritten))


def _is_integrand(question: Question, node: Node) -> bool:
    return equal(node, _integrand(question), small_algebra()).correct


def _check_rewriting(question: Question, thoughts: Sequence[str], node: Node) -> Verdict:
    """Whether a line is the integrand in a form that helps: more terms than before, or simpler."""
    verdict = equal(node, _integrand(question), small_algebra())
    if not verdict.correct:
        return verdict
    last = last_right(thoughts, lambda line: _is_integrand(question, line)) or _integrand(question)
    more = len(terms_of(node)) > len(terms_of(last)) and not _is_split(question, thoughts)
    if more or expression_measure(node) < expression_measure(last):
        return CORRECT
    return incorrect("the integrand is no simpler than before")


def _is_split(question: Question, thoughts: Sequence[str]) -> bool:
    """Whether a line has the integrand with more terms than it was given with."""
    count = len(terms_of(_integrand(question)))
    found = last_right(thoughts, lambda node: len(terms_of(node)) > count and _is_integrand(question, node))
    return found is not None


# levels


def _line(piece: Piece) -> str:
    return f"({piece.text})'={piece.slope}"


def _sum(pieces: Sequence[Piece]) -> Solution:
    """The integral of a sum, term by term."""
    text = add(piece.slope for piece in pieces)
    return Solution(text, tuple(map(_line, pieces)), tuple(piece.text for piece in pieces))


def _quadratic(rng: np.random.Generator) -> Solution:
    (b, c), a = nonzero(rng, 9, 2), int(rng.integers(0, 6))
    pieces = [monomial(a, 3), monomial(b, 2), monomial(c, 1)]
    return _sum(pieces if a else pieces[1:])


def _cubic(rng: np.random.Generator) -> Solution:
    a, b, c, d = nonzero(rng, 9, 4)
    return _sum([monomial(abs(a), 4), monomial(b, 3), monomial(c, 2), monomial(d, 1)])


def _fractions(rng: np.random.Generator) -> Solution:
    exponents = sorted((int(n) for n in rng.permutation(6)[:3]), reverse=True)
    coefficients = nonzero(rng, 9, 3)
    return _sum([monomial(Fraction(c, n + 1), n + 1) for c, n in zip(coefficients, exponents, strict=True)])


def _logarithm(coefficient: Rational, inner: Sequence[Rational]) -> Piece:
    """Coefficient times ln|inner|."""
    of = polynomial(inner)
    rate = term(coefficient * slope_of(inner)[0], "")
    return Piece(term(coefficient, f"ln|{of}|"), quotient(rate, of))


def _of_line(rng: np.random.Generator, kind: int, inner: Sequence[int], coefficient: int) -> Piece:
    """An antiderivative of coefficient times a function of ax+b."""
    scale = Fraction(coefficient, inner[1])
    if kind == 3:
        return _logarithm(scale, inner)
    exponent = int(rng.integers(3, 7)) if kind == 4 else 1
    return chain(KINDS[kind], inner, scale / exponent, exponent)


def _elementary(rng: np.random.Generator) -> Solution:
    (a, b, c), exponent = nonzero(rng, 9, 3), int(rng.integers(1, 5))
    first, second = sorted(int(n) for n in rng.permutation(4)[:2])
    pieces = [_of_line(rng, kind, (0, 1), n) for kind, n in ((first, b), (second, c))]
    return _sum([monomial(a, exponent), *pieces])


def _of_lines(rng: np.random.Generator) -> Solution:
    (c, d, p, q), (a, b) = nonzero(rng, 9, 4), whole(rng, 2, 6, 2)
    first, second = sorted(int(n) for n in rng.permutation(5)[:2])
    return _sum([_of_line(rng, first, (p, a), c), _of_line(rng, second, (q, b), d)])


def _chain_backwards(rng: np.random.Generator) -> Solution:
    (constant, coefficient), (lead, exponent) = nonzero(rng, 9, 2), whole(rng, 1, 6, 2)
    kind, degree = int(rng.integers(5)), 2 + exponent % 2
    inner: list[Rational] = [constant, *[0] * (degree - 1), lead]
    scale = Fraction(coefficient, lead * degree)
    if kind == 3:
        inner[0] = abs(constant)
        of, rate = polynomial(inner), term(coefficient, power("x", degree - 1))
        outer = Piece(term(scale, f"ln|{of}|"), quotient(rate, of))
    else:
        outer = chain(KINDS[kind], inner, scale / (exponent + 1) if kind == 4 else scale, exponent + 1)
    inside = Piece(polynomial(inner), polynomial(slope_of(inner)))
    return Solution(outer.slope, (_line(inside),), (outer.text,))


def _by_parts(rng: np.random.Generator) -> Solution:
    """A x times sin, cos or exp of c x; or A x^n ln(x)."""
    (a, c), (kind, exponent) = nonzero(rng, 9, 2), whole(rng, 0, 3, 2)
    if kind == 3:
        return _logarithm_by_parts(a, exponent + 1)
    inner = (0, abs(c))
    texts = [chain(KINDS[each], inner).text for each in (kind, _PARTNERS[kind])]
    once, twice = (Fraction(a * sign, abs(c) ** n) for n, sign in enumerate(_SIGNS[kind], start=1))
    first, left_over = term(once, f"x*{texts[1]}"), term(once, texts[1])
    integrand = term(a, f"x*{texts[0]}")
    lines = (f"({first})'={add((left_over, integrand))}", f"({term(twice, texts[0])})'={left_over}")
    return Solution(integrand, lines, (first, term(-twice, texts[0])))


_PARTNERS = (1, 0, 2)  # the antiderivatives of sin, cos and exp are multiples of cos, sin and exp
_SIGNS = ((-1, -1), (1, -1), (1, 1))  # of their first and second antiderivatives


def _logarithm_by_parts(a: int, exponent: int) -> Solution:
    once = Fraction(a, exponent + 1)
    first = term(once, f"{power('x', exponent + 1)}*ln(x)")
    integrand = term(a, f"{power('x', exponent)}*ln(x)")
    rest = monomial(once / (exponent + 1), exponent + 1)
    lines = (f"({first})'={add((integrand, rest.slope))}", _line(rest))
    return Solution(integrand, lines, (first, monomial(-once / (exponent + 1), exponent + 1).text))


def _partial_fractions(rng: np.random.Generator) -> Solution:
    a, b, p, q = nonzero(rng, 9, 4)
    high, low = max(p, q), min(p, q)
    if high == low:
        high, low = abs(p), -abs(p)
    pieces = [_logarithm(c, (n, 1)) for c, n in ((a, high), (b, low))]
    top = polynomial((a * low + b * high, a + b))
    below = product([(polynomial((n, 1)), 1) for n in (high, low)])
    integrand = quotient(top, below)
    split = add(piece.slope for piece in pieces)
    return Solution(integrand, (split, *map(_line, pieces)), tuple(piece.text for piece in pieces))


_DRAWS = (
    _quadratic,
    _cubic,
    _fractions,
    _elementary,
    _of_lines,
    _chain_backwards,
    _by_parts,
    _partial_fractions,
)
