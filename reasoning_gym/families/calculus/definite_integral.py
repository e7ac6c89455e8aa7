"""Definite integrals with rational values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, square_root, tidy
from reasoning_gym.checker.syntax import Node, parse
from reasoning_gym.families.derivatives import Slope, check_slope, ray, read_slope, slopes, terms_of
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.elementary import Piece, chain, monomial
from reasoning_gym.families.function_lines import (
    About,
    abouts,
    check_calculation,
    check_value,
    read_about,
    read_line,
    readable,
    value_at,
)
from reasoning_gym.families.notation import add, bracketed, number, power, term
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.steps import small_algebra
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_ENDS = re.compile(r"F\(-?\d+\) ?- ?F\(-?\d+\) ?=", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(answer="the integral's value")


class Term(NamedTuple):
    """c x^(m-1) (p x^m + q)^n, where n isn't -1 and may be a half."""

    c_over: int
    c_under: int
    m: int
    p: int
    q: int
    n_over: int
    n_under: int

    def antiderivative_at(self, bound: int) -> Rational:
        """By the substitution u = p x^m + q: c / (p m (n+1)) u^(n+1)."""
        return tidy(self.scale * _raised(self.inner_at(bound), self.exponent))

    @property
    def exponent(self) -> Fraction:
        return Fraction(self.n_over, self.n_under) + 1

    @property
    def scale(self) -> Fraction:
        return Fraction(self.c_over, self.c_under) / (self.p * self.m * self.exponent)

    def inner_at(self, bound: int) -> int:
        return self.p * int(bound**self.m) + self.q

    def put_in(self, bound: int) -> str:
        """The antiderivative with a bound put in: a power of a sum as a power of its value."""
        if not self.q or not self.inner_at(bound):
            return number(self.antiderivative_at(bound))
        top, bottom = self.scale.as_integer_ratio()
        sign = "-" if top < 0 else ""
        factor = "" if abs(top) == 1 else f"{abs(top)}*"
        base = power(bracketed(number(self.inner_at(bound))), self.exponent.numerator)
        return f"{sign}{factor}{base}{'' if bottom == 1 else f'/{bottom}'}"


class _Drawn(NamedTuple):
    terms: tuple[Term, ...]
    pieces: tuple[Piece, ...]  # each term with its antiderivative, as texts
    low: int
    high: int


@family(category="calculus", levels=8)
class DefiniteIntegral(Family):
    """Work out a definite integral; it is always a rational number.

    Statement: `Integrate 6x+2 from 1 to 3`.
    Thoughts: an antiderivative, `F(x)=3x^2+2x`; its values at both bounds, worked out term by term.
    Answer: the number.
    Level: 1 linear functions; 2 quadratics; 3 cubics, also from negative bounds; 4 fractions as coefficients;
        5 roots and powers below the bar; 6 powers of ax+b; 7 and 8 powers of quadratics and cubics by substitution,
        at 8 two of them.
    There are about 2,400 different questions at level 1.
    Verified: by the exact integral of each term between the bounds.
    Checked step by step: a line is an antiderivative, `F(x)=...`, one for the whole trace; its value at a bound, worked
        out further than before, `F(3)=27+6=33`; a true line `(3x^2)'=6x` whose right side is a multiple of a term of
        the function; or a calculation that has the integral's value, with fewer operations left than the last.

        Integrate 6x+2 from 1 to 3
        F(x)=3x^2+2x
        F(3)=27+6=33
        F(1)=3+2=5
        Answer: 28
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        drawn = _DRAWS[level - 1](rng)
        text = add(piece.slope for piece in drawn.pieces)
        question = Question(
            self.name,
            level,
            f"Integrate {text} from {drawn.low} to {drawn.high}",
            _FORMAT,
            (text, tuple(map(tuple, drawn.terms)), drawn.low, drawn.high),
        )
        return Problem(question, number(_value(question)), drawn)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        drawn = cast("_Drawn", problem.secret)
        lines = [f"F(x)={add(piece.text for piece in drawn.pieces)}"]
        lines += [f"F({bound})={_worked_out(drawn.terms, bound)}" for bound in (drawn.high, drawn.low)]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            stated = read_slope(step)
            if stated is not None:
                return _check_slope_line(_integrand(question), thoughts, stated)
            about = read_about(step)
            if about is not None:
                return _check_about(question, thoughts, about)
            node = read_line(_ENDS.sub("", step))
            if variables(node):
                return incorrect("neither an antiderivative F(x)=..., nor a value, nor a calculation")
            return check_calculation(_value(question), list(readable(thoughts)), node)

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _value(question))


def _raised(base: int, exponent: Fraction) -> Rational:
    root = base if exponent.denominator == 1 else square_root(base)
    assert root is not None  # bounds are drawn so
    return Fraction(root) ** exponent.numerator


def _integrand(question: Question) -> str:
    return cast("str", question.given[0])


def _bounds(question: Question) -> tuple[int, int]:
    return cast("tuple[int, int]", question.given[2:])


def _terms(question: Question) -> list[Term]:
    return [Term(*each) for each in cast("tuple[tuple[int, int, int, int, int, int, int], ...]", question.given[1])]


def _value(question: Question) -> Rational:
    low, high = _bounds(question)
    differences = [each.antiderivative_at(high) - each.antiderivative_at(low) for each in _terms(question)]
    return tidy(Fraction(sum(differences)))


def _worked_out(terms: Sequence[Term], bound: int) -> str:
    """A bound put in, the values of the terms as a sum, and its value."""
    values = [each.antiderivative_at(bound) for each in terms]
    put_in = add(each.put_in(bound) for each in terms)
    return "=".join(dict.fromkeys((put_in, add(map(number, values)), number(tidy(Fraction(sum(values)))))))


# steps


def _check_about(question: Question, thoughts: Sequence[str], about: About) -> Verdict:
    """`F(x)=x^3`, or `F(3)=27`."""
    earlier = list(abouts(thoughts, "F"))
    function = _antiderivative(question, earlier)
    if about.name != "F":
        return incorrect("the antiderivative is called F")
    if about.at is None:
        if function is not None:
            return incorrect("F was said before")
        if any(variables(side) != {"x"} for side in about.sides):
            return incorrect("a function of x was expected")
        verdicts = [check_slope(side, parse(_integrand(question))) for side in about.sides]
        return next((verdict for verdict in verdicts if not verdict.correct), CORRECT)
    if function is None or about.at not in _bounds(question):
        return incorrect("F isn't known, or the number is no bound")
    return check_value(about, value_at(function, about.at), _true(earlier, function))


def _antiderivative(question: Question, earlier: Sequence[About]) -> Node | None:
    """F as an earlier line has it."""
    for about in earlier:
        side = about.sides[0]
        if about.at is None and variables(side) == {"x"} and _is_antiderivative(question, side):
            return side
    return None


def _is_antiderivative(question: Question, node: Node) -> bool:
    return guarded(lambda: check_slope(node, parse(_integrand(question)))).correct


def _true(earlier: Sequence[About], function: Node) -> list[About]:
    """The earlier lines that say rightly what a value is."""

    def is_true(about: About, at: Rational) -> bool:
        return guarded(lambda: check_value(about, value_at(function, at), ())).correct

    return [about for about in earlier if about.at is not None and is_true(about, about.at)]


def _check_slope_line(integrand: str, thoughts: Sequence[str], stated: Slope) -> Verdict:
    """`(3x^2)'=6x`, where 6x is a multiple of a term."""
    if variables(stated.function) != {"x"} or not variables(stated.slope) <= {"x"}:
        return incorrect("a function of x was expected")
    verdict = check_slope(stated.function, stated.slope)
    if not verdict.correct:
        return verdict
    algebra = small_algebra()
    wanted = {ray(algebra.form(part)) for part in terms_of(parse(integrand))}
    found = {ray(algebra.form(part)) for part in terms_of(stated.slope)}
    known = {ray(algebra.form(part)) for line in slopes(thoughts) for part in terms_of(line.slope)}
    if not found <= wanted:
        return incorrect("the derivative has nothing to do with the function")
    return CORRECT if found - known else incorrect("these terms are known already")


# levels


def _powers(coefficients: Sequence[Rational], low: int, high: int) -> _Drawn:
    """A polynomial, from the coefficients of its antiderivative; those of 1, x, x^2, and so on."""
    held = [(i, c) for i, c in reversed(list(enumerate(coefficients))) if i and c]
    terms = tuple(Term(*(c * i).as_integer_ratio(), 1, 1, 0, i - 1, 1) for i, c in held)
    return _Drawn(terms, tuple(monomial(c, i) for i, c in held), low, high)


def _bounded(rng: np.random.Generator, least: int, greatest: int) -> tuple[int, int]:
    low, size = whole(rng, 0, 99, 2)
    low = least + low % (greatest - least)
    return low, low + 1 + size % (greatest - low)


def _linear(rng: np.random.Generator) -> _Drawn:
    (a, b), (low, high) = nonzero(rng, 9, 2), _bounded(rng, 0, 5)
    return _powers((0, b, abs(a)), low, high)


def _quadratic(rng: np.random.Generator) -> _Drawn:
    (a, b, c), (low, high) = nonzero(rng, 6, 3), _bounded(rng, 0, 5)
    return _powers((0, c, b, abs(a)), low, high)


def _cubic(rng: np.random.Generator) -> _Drawn:
    (a, b, c, d), (low, high) = nonzero(rng, 5, 4), _bounded(rng, -3, 4)
    return _powers((0, d, c, b, a), low, high)


def _fractions(rng: np.random.Generator) -> _Drawn:
    exponents = sorted((int(n) for n in rng.permutation(5)[:3]), reverse=True)
    coefficients, (low, high) = nonzero(rng, 9, 3), _bounded(rng, -3, 4)
    whole_coefficients: list[Rational] = [0] * 6
    for c, n in zip(coefficients, exponents, strict=True):
        whole_coefficients[n + 1] = Fraction(c, n + 1)
    return _powers(whole_coefficients, low, high)


def _root_or_reciprocal(kind: int, c: int) -> tuple[Term, Piece]:
    """A multiple of x^(-2), x^(-3), sqrt(x) or 1/sqrt(x)."""
    if kind < 2:
        over = (c, "x^2") if kind == 0 else (2 * c, "x^3")
        piece = Piece(f"{-c}/{power('x', kind + 1)}", f"{over[0]}/{over[1]}")
        return Term(over[0], 1, 1, 1, 0, -2 - kind, 1), piece
    if kind == 2:
        return Term(3 * c, 1, 1, 1, 0, 1, 2), Piece(term(2 * c, "x*sqrt(x)"), term(3 * c, "sqrt(x)"))
    return Term(c, 1, 1, 1, 0, -1, 2), Piece(term(2 * c, "sqrt(x)"), f"{c}/sqrt(x)")


def _roots(rng: np.random.Generator) -> _Drawn:
    (a, b, c), (low, high) = nonzero(rng, 9, 3), _bounded(rng, 1, 5)
    first, second = sorted(int(n) for n in rng.permutation(4)[:2])
    (term_a, piece_a), (term_b, piece_b) = _root_or_reciprocal(first, a), _root_or_reciprocal(second, b)
    if first < 2 <= second or second >= 2:
        low, high = low * low, high * high
    constant = Term(c, 1, 1, 1, 0, 0, 1), monomial(c, 1)
    return _Drawn((term_a, term_b, constant[0]), (piece_a, piece_b, constant[1]), low, high)


def _substituted(c: int, m: int, p: int, q: int, n: int) -> tuple[Term, Piece]:
    """c/(p m (n+1)) (p x^m + q)^(n+1) and its derivative."""
    inner = [q, *[0] * (m - 1), p]
    piece = chain("power", inner, Fraction(c, p * m * (n + 1)), n + 1)
    return Term(c, 1, m, p, q, n, 1), piece


def _of_line(rng: np.random.Generator) -> _Drawn:
    (c, q), (p, n), (low, high) = nonzero(rng, 9, 2), whole(rng, 2, 3, 2), _bounded(rng, -2, 3)
    one, piece = _substituted(c, 1, p, q, n)
    return _Drawn((one,), (piece,), low, high)


def _inside(rng: np.random.Generator) -> _Drawn:
    (c, q), (p, n, m), (low, high) = nonzero(rng, 6, 2), whole(rng, 1, 3, 3), _bounded(rng, -2, 2)
    if low == -high:  # half of these are 0
        return _inside(rng)
    one, piece = _substituted(c, 2 + m % 2, p, q, 1 + n)
    return _Drawn((one,), (piece,), low, high)


def _two_inside(rng: np.random.Generator) -> _Drawn:
    (c, d, q, r), (p, n, s, k), (low, high) = nonzero(rng, 6, 4), whole(rng, 1, 3, 4), _bounded(rng, -1, 3)
    some, others = _substituted(c, 2, p, q, n + 1), _substituted(d, 3, s, r, k % 2 + 2)
    return _Drawn((some[0], others[0]), (some[1], others[1]), low, high)


_DRAWS = (_linear, _quadratic, _cubic, _fractions, _roots, _of_line, _inside, _two_inside)
