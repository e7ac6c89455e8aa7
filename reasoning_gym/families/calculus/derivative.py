"""Derivatives of elementary functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.syntax import Node, parse
from reasoning_gym.families.derivatives import check_part, check_slope, read_slope
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.elementary import (
    KINDS,
    Piece,
    chain,
    monomial,
    multiply,
    negated,
    product_rule,
    slope_of,
)
from reasoning_gym.families.notation import Rational, add, is_sum, number, polynomial, quotient, raised
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import expression_measure, last_right
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_NAMED = re.compile(r"^(?:f'\(x\)|y'|dy/dx|\\frac\{dy\}\{dx\})\s*=\s*")


class Solution(NamedTuple):
    """A function, the pieces whose derivatives are needed in order, the derivative, and the answer."""

    text: str
    pieces: tuple[Piece, ...]
    slope: str
    answer: str  # the derivative, simplified where that is easy


@family(category="calculus", levels=8)
class Derivative(Family):
    """Differentiate an expression with respect to x.

    Statement: `Differentiate: 3x^2+2x`.
    Thoughts: the derivative of each part that the rules need, one a line: the terms of a sum, both factors,
        numerator and denominator, the inner function. Then the answer.
    Answer: any expression equal to the derivative, `f'(x)=` allowed.
    Level: 1 polynomials of degree 2; 2 of degree 3; 3 four terms up to degree 8, numbers to 20; 4 sums with sin, cos,
        e^x and ln; 5 products; 6 the chain rule; 7 quotients of polynomials; 8 products of two chains.
    Verified: equal to the exact derivative of the function given. An unevaluated derivative can't be read.
    Checked step by step: a true line `(part)'=slope` about a part of the function (a term, a factor, what stands
        inside), each part once; or an expression equal to the derivative, simpler than the last such.

        Differentiate: 3x^2+2x
        (3x^2)'=6x
        (2x)'=2
        Answer: 6x+2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        solution = _DRAWS[level - 1](rng)
        question = Question(
            family=self.name,
            level=level,
            statement=f"Differentiate: {solution.text}",
            answer_format=ANSWER_FORMAT.format(answer="the derivative"),
            given=(solution.text,),
        )
        return Problem(question, answer=solution.answer, secret=solution)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        solution = cast("Solution", problem.secret)
        lines = [f"({piece.text})'={piece.slope}" for piece in solution.pieces]
        if solution.slope != solution.answer:
            lines.append(solution.slope)
        return (*dict.fromkeys(lines), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            stated = read_slope(step)
            if stated is not None:
                return check_part(str(question.given[0]), thoughts, stated)
            node = parse(step)
            verdict = _check_derivative(question, node)
            if not verdict.correct:
                return verdict
            last = last_right(thoughts, lambda line: _check_derivative(question, line).correct)
            if last is not None and expression_measure(node) >= expression_measure(last):
                return incorrect("the expression is no simpler than the last")
            return CORRECT

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the derivative needs no more than the question
        return guarded(lambda: _check_derivative(question, parse(_NAMED.sub("", bare(answer)))))


def _check_derivative(question: Question, node: Node) -> Verdict:
    """Whether an expression is the derivative of the function given."""
    if not variables(node) <= {"x"}:  # d/dx would be read as a product of variables
        return incorrect("the answer has other variables than x")
    return check_slope(parse(str(question.given[0])), node)


# levels


def _sum(pieces: Sequence[Piece]) -> Solution:
    slope = add(piece.slope for piece in pieces)
    return Solution(add(piece.text for piece in pieces), tuple(pieces), slope, slope)


def _quadratic(rng: np.random.Generator) -> Solution:
    (b,), (a, c) = nonzero(rng, 9, 1), whole(rng, 1, 19, 2)
    c -= 10
    pieces = [monomial(1 + a % 9, 2), monomial(b, 1), monomial(c, 0)]
    return _sum(pieces if c else pieces[:2])


def _cubic(rng: np.random.Generator) -> Solution:
    a, b, c, d = nonzero(rng, 9, 4)
    return _sum([monomial(abs(a), 3), monomial(b, 2), monomial(c, 1), monomial(d, 0)])


def _long(rng: np.random.Generator) -> Solution:
    exponents = sorted((int(n) for n in rng.permutation(9)[:4]), reverse=True)
    return _sum([monomial(c, n) for c, n in zip(nonzero(rng, 20, 4), exponents, strict=True)])


def _elementary(rng: np.random.Generator) -> Solution:
    (a, b, c), exponent = nonzero(rng, 9, 3), int(rng.integers(1, 6))
    first, second = sorted(int(n) for n in rng.permutation(4)[:2])
    pieces = [monomial(a, exponent), chain(KINDS[first], (0, 1), b), chain(KINDS[second], (0, 1), c)]
    return _sum(pieces)


def _product(rng: np.random.Generator) -> Solution:
    (a, b), (exponent, kind) = nonzero(rng, 9, 2), whole(rng, 1, 4, 2)
    v = chain(KINDS[kind - 1], (0, 1))
    if kind == 4:  # x^n ln(x): the second term is divided at once
        u = monomial(a, exponent)
        answer = add((multiply(u.slope, v.text), monomial(a, exponent - 1).text))
        return Solution(multiply(u.text, v.text), (u, v), answer, answer)
    u = Piece(polynomial((b, a)), number(a)) if exponent == 4 else monomial(a, exponent)
    whole_product = product_rule(u, v)
    return Solution(whole_product.text, (u, v), whole_product.slope, whole_product.slope)


def _inner(rng: np.random.Generator) -> tuple[int, ...]:
    """A linear or quadratic polynomial to stand inside a function."""
    (b,), (a, degree) = nonzero(rng, 9, 1), whole(rng, 1, 9, 2)
    return (b, 2 + a % 8) if degree < 5 else (b, 0, 1 + a % 9)


def _chain(rng: np.random.Generator) -> Solution:
    (coefficient,), (kind, exponent) = nonzero(rng, 6, 1), whole(rng, 0, 4, 2)
    inner = _inner(rng)
    outer = chain(KINDS[kind], inner, coefficient, exponent + 2)
    piece = Piece(polynomial(inner), polynomial(slope_of(inner)))
    return Solution(outer.text, (piece,), outer.slope, outer.slope)


def _quotient(rng: np.random.Generator) -> Solution:
    (a, b, c), (lead, kind) = nonzero(rng, 9, 3), whole(rng, 1, 4, 2)
    u = (b, a) if kind < 3 else (b, 0, a)
    v = (abs(c), 0, lead) if kind % 2 else (c, lead)
    du, dv = slope_of(u), slope_of(v)
    top = polynomial(_difference(_times(du, v), _times(u, dv)))
    if top == "0":  # one is a multiple of the other
        return _quotient(rng)
    texts = [polynomial(each) for each in (u, v, du, dv)]
    below = raised(texts[1], 2)
    slope = f"({add((multiply(texts[2], texts[1]), negated(multiply(texts[0], texts[3]))))})/{below}"
    pieces = (Piece(texts[0], texts[2]), Piece(texts[1], texts[3]))
    answer = f"{f'({top})' if is_sum(top) else top}/{below}"
    return Solution(quotient(texts[0], texts[1]), pieces, slope, answer)


def _two_chains(rng: np.random.Generator) -> Solution:
    first, second = sorted(int(n) for n in rng.permutation(5)[:2])
    inners, exponent = (_inner(rng), _inner(rng)), int(rng.integers(2, 7))
    u, v = (chain(KINDS[kind], inner, 1, exponent) for kind, inner in zip((first, second), inners, strict=True))
    parts = [Piece(polynomial(inner), polynomial(slope_of(inner))) for inner in inners]
    whole_product = product_rule(u, v)
    return Solution(whole_product.text, (parts[0], u, parts[1], v), whole_product.slope, whole_product.slope)


def _times(left: Sequence[Rational], right: Sequence[Rational]) -> list[Rational]:
    total: list[Rational] = [0] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            total[i + j] += a * b
    return total


def _difference(left: Sequence[Rational], right: Sequence[Rational]) -> list[Rational]:
    size = max(len(left), len(right))
    return [a - b for a, b in zip(*([*side, *[0] * (size - len(side))] for side in (left, right)), strict=True)]


_DRAWS = (_quadratic, _cubic, _long, _elementary, _product, _chain, _quotient, _two_chains)
