"""Coefficients of power series."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.shapes import polynomial_of
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.derivatives import Key, key, part_keys, parts
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.function_lines import check_calculation, read_line, readable
from reasoning_gym.families.notation import add, bracketed, number, polynomial, power, term
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.series import MAX_LINE, ORDER, series_of, series_of_text
from reasoning_gym.families.steps import small_algebra
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="the coefficient")
_SERIES = re.compile(r"(?P<left>[^=]+)=(?P<right>[^=]+?)\+\s*(?:\.\.\.|\\[cl]?dots)\s*", re.ASCII)


class _Drawn(NamedTuple):
    text: str
    degree: int
    lines: tuple[str, ...]


@family(category="calculus", levels=6)
class TaylorCoefficient(Family):
    """Find a coefficient of a power series at 0; it is always a rational number.

    Statement: `Find the coefficient of x^3 in the series of 5e^(2x) at 0`.
    Thoughts: the coefficient by the rule for the function, worked out; in products the series of each factor,
        `e^(2x)=1+2x+2x^2+...`, then the sum of products that belong to the power.
    Answer: the number.
    Level: 1 e^(ax) and 1/(1-ax); 2 also sin, cos and ln; 3 a polynomial times one of them; 4 a product of two;
        5 powers and square roots of 1+ax; 6 products with those, up to x^5.
    There are about 650 different questions at level 1, 860 at level 2, 760 at level 4, 1,100 at level 5 and 1,200 at
    level 6.
    Verified: by the exact power series of the function.
    Checked step by step: a line is the beginning of the series of a factor or another part that is no polynomial, as
        far as the power asked for at most and further than before; or a calculation that has the coefficient's value,
        with fewer operations left than the last.

        Find the coefficient of x^3 in the series of 5e^(2x) at 0
        5*2^3/3!
        5*8/6
        40/6
        Answer: 20/3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while True:
            text, degree, lines = _DRAWS[level - 1](rng)
            value = series_of_text(text).coefficient(degree)
            if value:
                break
        question = Question(
            self.name,
            level,
            f"Find the coefficient of x^{degree} in the series of {text} at 0",
            _FORMAT,
            (text, degree),
        )
        return Problem(question, number(value), lines)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return thoughts_of(cast("tuple[str, ...]", problem.secret), problem)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            text, degree = _given(question)
            found = _read_series(step)
            if found is not None:
                return _check_series(text, degree, thoughts, found)
            node = read_line(step)
            if variables(node):
                return incorrect("neither the beginning of a series nor a calculation")
            return check_calculation(_value(question), list(readable(thoughts)), node)

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _value(question))


def _given(question: Question) -> tuple[str, int]:
    return cast("tuple[str, int]", question.given)


def _value(question: Question) -> Rational:
    text, degree = _given(question)
    return series_of_text(text).coefficient(degree)


# steps


class _Beginning(NamedTuple):
    """A line `e^(2x)=1+2x+2x^2+...`."""

    about: Key
    right: list[Rational]  # coefficients as stated
    is_true: bool


def _read_series(line: str) -> _Beginning | None:
    """The beginning of a series that a line states; None for any other line.

    Raises:
        Unreadable, Undefined, Refused: if a part of it can't be read, or there is too little to say.
    """
    match = _SERIES.fullmatch(line) if len(line) <= MAX_LINE else None
    if match is None:
        return None
    left, right = parse(match["left"]), parse(match["right"])
    algebra = small_algebra()
    stated = polynomial_of(right, "x", algebra)
    if (
        _holds_zero(right)
        or stated is None
        or not 2 <= len(stated) < ORDER
        or polynomial_of(left, "x", algebra) is not None
    ):
        raise Unreadable("the beginning of the series of a function that is no polynomial was expected")
    series = series_of(left)
    is_true = all(series.coefficient(i) == c for i, c in enumerate(stated)) and series.lead[0] >= 0
    return _Beginning(key(algebra.form(left)), stated, is_true)


def _holds_zero(node: Node) -> bool:
    """Whether a 0 is written somewhere, which would say that a power is missing from the series."""
    if isinstance(node, Apply):
        return any(map(_holds_zero, node.args))
    return isinstance(node, Number) and node.value == 0


def _check_series(text: str, degree: int, thoughts: Sequence[str], found: _Beginning) -> Verdict:
    if not found.is_true:
        return incorrect("the series is another one")
    if found.about not in _keys(text):
        return incorrect("this is no part of the function")
    if len(found.right) > degree + 1:
        return incorrect("goes further than is asked")
    for line in thoughts:
        try:
            earlier = _read_series(line)
        except (Unreadable, Undefined, Refused):
            continue
        if earlier and earlier.is_true and earlier.about == found.about and len(earlier.right) >= len(found.right):
            return incorrect("goes no further than an earlier line")
    return CORRECT


@lru_cache(maxsize=512)
def _keys(text: str) -> frozenset[Key]:
    """The keys of the parts of a function, and of one over each of its denominators."""
    algebra = small_algebra()
    below = [node.args[1] for node in parts(parse(text)) if isinstance(node, Apply) and node.head == "/"]
    return part_keys(text) | {key(algebra.inverse(algebra.form(node))) for node in below}


# levels


class _Function(NamedTuple):
    """A function, its coefficient by the rule, and that with powers and factorials worked out."""

    text: str
    rule: str
    value: str


def _elementary(kind: int, a: int, degree: int) -> _Function:
    """1/(1-ax), e^(ax), sin(ax), cos(ax) or ln(1+ax), and the coefficient of a power of x, which isn't 0."""
    if kind in (2, 3):
        a = abs(a)
    raised = power(bracketed(number(a)), degree)
    factorial = math.factorial(degree)
    if kind == 0:
        return _Function(f"1/({_line(a, -1)})", raised, number(a**degree))
    if kind == 1:
        text = "e^x" if a == 1 else f"e^({term(a, 'x')})"
        return _Function(text, f"{raised}/{degree}!", f"{a**degree}/{factorial}")
    if kind == 4:
        sign = "-" if degree % 2 == 0 else ""
        return _Function(f"ln({_line(a)})", f"{sign}{raised}/{degree}", f"{_signed(sign, a**degree)}/{degree}")
    sign = "-" if degree % 4 > 1 else ""
    text = f"{('sin', 'cos')[kind - 2]}({term(a, 'x')})"
    return _Function(text, f"{sign}{raised}/{degree}!", f"{_signed(sign, a**degree)}/{factorial}")


def _line(a: int, sign: int = 1) -> str:
    """1+ax, or 1-ax."""
    return add(("1", term(sign * a, "x")))


def _signed(sign: str, value: int) -> str:
    return number(-value if sign else value)


def _power(a: int, exponent: Fraction, degree: int) -> _Function:
    """(1+ax)^exponent by the binomial series."""
    of = _line(a)
    if exponent == Fraction(1, 2):
        text = f"sqrt({of})"
    elif exponent == Fraction(-1, 2):
        text = f"1/sqrt({of})"
    else:
        text = f"1/({of})^{-exponent}"
    tops = [tidy(exponent - i) for i in range(degree)]
    factors = "*".join(number(top) if top > 0 else f"({number(top)})" for top in tops)
    raised = power(bracketed(number(a)), degree)
    scale = tidy(Fraction(math.prod(tops)) / math.factorial(degree))
    return _Function(text, f"{factors}/{degree}!*{raised}", f"{number(scale)}*{bracketed(number(a**degree))}")


def _beginning(text: str, degree: int) -> str:
    """The line that says how a series begins, without powers that it doesn't have."""
    series = series_of_text(text)
    terms = [term(series.coefficient(i), power("x", i)) for i in range(degree + 1)]
    return f"{text}={add(terms)}+..."


def _alone(rng: np.random.Generator, kinds: Sequence[int]) -> _Drawn:
    """A multiple of one function."""
    (a,), (c, which, degree) = nonzero(rng, 6, 1), whole(rng, 1, 60, 3)
    a += 1 if a > 0 else -1  # powers of 1 are equal
    kind, c, degree = kinds[which % len(kinds)], 1 + c % 9, 2 + degree % 3
    if kind in (2, 3):
        degree = degree // 2 * 2 + (kind == 2)
    return _multiple(_elementary(kind, a, degree), c, degree)


def _multiple(function: _Function, c: int, degree: int) -> _Drawn:
    """A number times a function."""
    if c == 1:
        return _Drawn(function.text, degree, (function.rule, function.value))
    text = f"{c}{function.text.removeprefix('1') if function.text.startswith('1/') else function.text}"
    inside = [f"({part})" if part.startswith("-") else part for part in (function.rule, function.value)]
    lines = [f"{c}*{part}" for part in inside]
    top, slash, bottom = function.value.partition("/")
    if "*" not in function.value:
        lines.append(f"{c * int(top)}{slash}{bottom}")
    return _Drawn(text, degree, tuple(lines))


def _first(rng: np.random.Generator) -> _Drawn:
    return _alone(rng, (0, 1))


def _second(rng: np.random.Generator) -> _Drawn:
    return _alone(rng, (1, 2, 3, 4))


def _product(left: Sequence[Rational], text: str, degree: int, lines: Sequence[str], whole_text: str) -> _Drawn:
    """The product of what has some coefficients with a function: the sum of products that belong to a power."""
    series = series_of_text(text)
    pairs = [(c, series.coefficient(degree - i)) for i, c in enumerate(left[: degree + 1])]
    kept = [(a, b) for a, b in pairs if a and b]
    written = "+".join(f"{number(a)}*{_factor(b)}" for a, b in kept)
    products = add(number(tidy(Fraction(a * b))) for a, b in kept)
    return _Drawn(whole_text, degree, (*lines, written.replace("+-", "-"), products))


def _factor(value: Rational) -> str:
    text = number(value)
    return f"({text})" if text.startswith("-") or "/" in text else text


def _with_polynomial(rng: np.random.Generator) -> _Drawn:
    (a, p, q, r), (kind, degree) = nonzero(rng, 5, 4), whole(rng, 1, 60, 2)
    degree = 3 + degree % 2
    text = _elementary(kind % 4 + 1, a, 1).text
    coefficients = (p, q, r)
    whole_text = f"({polynomial(coefficients)})*{text}"
    return _product(coefficients, text, degree, (_beginning(text, degree),), whole_text)


def _of_two(rng: np.random.Generator) -> _Drawn:
    (a, b), (degree, _) = nonzero(rng, 4, 2), whole(rng, 1, 60, 2)
    degree = 3 + degree % 2
    first, second = (_elementary(int(n), each, 1).text for n, each in zip(rng.permutation(5)[:2], (a, b), strict=True))
    return _of_texts(max(first, second), min(first, second), degree)


def _of_texts(first: str, second: str, degree: int) -> _Drawn:
    """The product of two functions; a quotient 1/v is written as one over v."""
    text = f"{first}{second.removeprefix('1')}" if second.startswith("1/") else f"{first}*{second}"
    series = series_of_text(first)
    left = [series.coefficient(i) for i in range(degree + 1)]
    lines = (_beginning(first, degree), _beginning(second, degree))
    return _product(left, second, degree, lines, text)


_EXPONENTS = (Fraction(1, 2), Fraction(-1, 2), Fraction(-2), Fraction(-3))


def _root(rng: np.random.Generator) -> _Drawn:
    (a,), (which, degree, c) = nonzero(rng, 9, 1), whole(rng, 1, 60, 3)
    exponent, degree = _EXPONENTS[which % 4], 2 + degree % 3
    function = _power(a, exponent, degree)
    return _multiple(function, 1 + c % 5, degree)


def _with_root(rng: np.random.Generator) -> _Drawn:
    (a, b), (kind, which, degree) = nonzero(rng, 4, 2), whole(rng, 1, 60, 3)
    first = _elementary(kind % 4 + 1, a, 1).text
    second = _power(b, _EXPONENTS[which % 3 and which % 3 + 1], 1).text
    return _of_texts(first, second, 4 + degree % 2)


_DRAWS = (_first, _second, _with_polynomial, _of_two, _root, _with_root)
