"""Polynomials as products of irreducible ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias, cast

import numpy as np

from reasoning_gym.checker.algebra import Form
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.shapes import factors, is_expanded, is_number, polynomial_of
from reasoning_gym.checker.syntax import Apply, Node, parse
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, bracketed, polynomial, product, term
from reasoning_gym.families.numbers import bare, number_of
from reasoning_gym.families.steps import Measure, earlier, expression_measure, last_right, sides, small_algebra
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

Coefficients: TypeAlias = "tuple[int, ...]"  # the constant first

_GROUPED, _SPLIT, _EXPANDED, _OTHER = 1, 2, 3, 4  # how far a reducible factor is from being factored


@family(category="algebra", levels=7)
class PolynomialFactorisation(Family):
    """Write a polynomial in x as a product of factors that are irreducible over the rationals.

    Statement: `Factor: x^2-x-6`.
    Thoughts: a whole factor taken out, linear factors split off from the third degree on, and for a x^2 + b x + c
        two numbers with product a c and sum b; unless a is 1 also the sum split and taken out of brackets.
    Answer: the product, in any order, powers allowed. Rational constants are units: they may stand in front or
        inside a factor, so (2x+4)(x-3) counts as 2(x+2)(x-3) does.
    Level: 1 monic quadratics, product of the numbers to 100 (about 500 different questions); 2 leading coefficient
        2, 3 or 5 (about 400); 3 a whole factor in front; 4 two leading coefficients; 5 cubics; 6 cubics with an
        irreducible quadratic factor, quartics; 7 quartics of two irreducible quadratics, and fifth degree.
    Verified: equal to the polynomial when multiplied out, each factor a number, linear, or a quadratic without
        rational root, collected. No question has an irreducible factor of higher degree.
    Checked step by step: an equal expression that is factored further (more factors, a whole factor taken out, the
        middle term split rightly, a common bracket) than the last such; or the product or the sum of the two
        numbers that split a quadratic at hand, each once.

        Factor: 2x^2+x-3
        3*(-2)=-6
        3+(-2)=1
        2x^2+3x-2x-3
        x(2x+3)-(2x+3)
        Answer: (x-1)(2x+3)
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        constant, parts = _DRAWS[level - 1](rng)
        parts = sorted(parts, key=lambda part: (len(part), part[0] != 0, part[-1], [-c for c in part]))
        text = polynomial(_multiplied(parts, constant))
        question = Question(
            family=self.name,
            level=level,
            statement=f"Factor: {text}",
            answer_format=ANSWER_FORMAT.format(answer="the product"),
            given=(text,),
        )
        return Problem(question, answer=_text(parts, constant), secret=(constant, tuple(parts)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        constant, parts = cast("tuple[int, tuple[Coefficients, ...]]", problem.secret)
        lines = dict.fromkeys(_worked(constant, parts))
        steps = [line for line in lines if line not in {problem.answer, problem.question.given[0]}]
        return (*steps, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            node = parse(step)
            given = parse(str(question.given[0]))
            last = last_right(thoughts, lambda line: _is_equal(line, question.given)) or given
            pair = _pair(node)
            if pair is not None:
                return _check_pair(*pair, thoughts, [given, sides(last)[-1]])
            if not _is_equal(node, question.given):
                return incorrect("the expression isn't equal to the one given")
            before, after = (_measure(sides(line)[-1]) for line in (last, node))
            return CORRECT if after < before else incorrect("factored no further than the last")

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # multiplying out needs no more than the question

        def decide() -> Verdict:
            node = parse(bare(answer))
            if not _is_equal(node, question.given):
                return incorrect("the product is another polynomial")
            for factor in _factors(sides(node)[-1]):
                if not is_number(factor) and not (is_expanded(factor) and _is_irreducible(factor)):
                    return incorrect("a factor can be factored further, or isn't collected")
            return CORRECT

        return guarded(decide)


@lru_cache(maxsize=1024)
def _form(given: tuple[Given, ...]) -> Form:
    return small_algebra().form(parse(str(given[0])))


def _is_equal(node: Node, given: tuple[Given, ...]) -> bool:
    """Whether an expression, or every side of an equality, is the polynomial."""
    algebra = small_algebra()
    return not any(algebra.difference(algebra.form(side), _form(given)) for side in sides(node))


def _factors(node: Node) -> list[Node]:
    """The factors of a product, which may be divided by a number."""
    if isinstance(node, Apply) and node.head == "/" and is_number(node.args[1]):
        node = node.args[0]
    return [factor for factor, _ in factors(node)]


def _is_irreducible(node: Node) -> bool:
    """Whether a polynomial is linear, or quadratic without a rational root."""
    found = polynomial_of(node, "x")
    if found is None or not 2 <= len(found) <= 3:
        return False
    return len(found) == 2 or not _is_square(found[1] ** 2 - 4 * found[2] * found[0])


def _is_square(value: Rational) -> bool:
    """Whether a rational number is the square of one."""
    if value < 0:
        return False
    whole = value.numerator * value.denominator
    return math.isqrt(whole) ** 2 == whole


# steps


def _pair(node: Node) -> tuple[str, Rational, Rational, Rational] | None:
    """`+` or `*`, two numbers and the stated result, of a line like `2*(-3)=-6`; None for other lines."""
    if not (isinstance(node, Apply) and node.head == "=" and is_number(node.args[1])):
        return None
    left = node.args[0]
    negative = isinstance(left, Apply) and left.head == "neg"  # -2*3 is read as -(2*3)
    if negative and isinstance(left, Apply):
        left = left.args[0]
    if not (
        isinstance(left, Apply) and left.head in {"+", "*"} and len(left.args) == 2 and all(map(is_number, left.args))
    ):
        return None
    if negative and left.head == "+":
        return None
    p, q, result = (number_of(part) for part in (*left.args, node.args[1]))
    return left.head, -p if negative else p, q, result


def _check_pair(
    head: str, p: Rational, q: Rational, result: Rational, thoughts: Sequence[str], expressions: Sequence[Node]
) -> Verdict:
    """Whether a sum or product is true, of the numbers that split a quadratic at hand, and new."""
    if (p + q if head == "+" else p * q) != result:
        return incorrect("the calculation is wrong")
    quadratics = [found for node in expressions for found in _reducible_quadratics(node)]
    if not any(p + q == b and p * q == a * c for c, b, a in quadratics):
        return incorrect("these numbers split no quadratic at hand")
    known = any(pair[0] == head and {*pair[1:3]} == {p, q} for pair in earlier(thoughts, _pair))
    return incorrect("the calculation is there already") if known else CORRECT


def _reducible_quadratics(node: Node) -> Iterator[list[Rational]]:
    """Coefficients of the quadratic factors of an expression that can be factored further."""
    for factor, _ in factors(node):
        found = polynomial_of(factor, "x") if is_expanded(factor) else None
        if found is not None and len(found) == 3 and not _is_irreducible(factor):
            yield found


def _measure(node: Node) -> Measure:
    """How much is left to factor, how much whole content stands inside, and the size."""
    left = content = 0
    for factor, power in factors(node):
        found = polynomial_of(factor, "x")
        if found is None or len(found) < 2:
            continue
        if is_expanded(factor):
            content += (math.gcd(*(c.numerator for c in found)) - 1) * power
        left += _stage(factor, found) * 10 ** (len(found) - 1) * power
    return (left, content, *expression_measure(node)[1:])


def _stage(node: Node, found: Sequence[Rational]) -> int:
    if is_expanded(node):
        return 0 if _is_irreducible(node) else _EXPANDED
    if not (isinstance(node, Apply) and node.head == "+" and len(found) == 3):
        return _OTHER
    if _is_split(node, found):
        return _SPLIT
    return _GROUPED if len(node.args) == 2 and _share_a_bracket(*node.args) else _OTHER


def _is_split(node: Apply, found: Sequence[Rational]) -> bool:
    """Whether a quadratic stands as a x² + p x + q x + c with p q = a c."""
    if len(node.args) != 4 or not all(map(is_expanded, node.args)):
        return False
    parts = [polynomial_of(part, "x") for part in node.args]
    middle = [part[1] for part in parts if part is not None and len(part) == 2]
    return len(middle) == 2 and middle[0] * middle[1] == found[0] * found[2]


def _share_a_bracket(left: Node, right: Node) -> bool:
    """Whether two products have a linear factor in common, up to a constant, that is a sum."""
    brackets: list[list[list[Rational]]] = []
    for side in (left, right):
        found = [polynomial_of(part, "x") for part, _ in factors(side) if isinstance(part, Apply)]
        brackets.append([part for part in found if part is not None and len(part) == 2 and part[0]])
    return any(a[0] * b[1] == a[1] * b[0] for a in brackets[0] for b in brackets[1])


# working it out


def _worked(constant: int, parts: Sequence[Coefficients]) -> Iterator[str]:
    """A whole factor taken out, linear factors split off one by one, the last quadratic split."""
    for done in range(len(parts) - 1):
        yield _text([*parts[:done], _multiplied(parts[done:])], constant)
    if len(parts[-1]) == 2:
        yield from _split(parts[-2], parts[-1], bracketed(_text(parts[:-2], constant)))


def _split(first: Coefficients, second: Coefficients, before: str) -> Iterator[str]:
    """How to find (b x + q)(a x + p): the two numbers, the split sum, and the common bracket."""
    (q, b), (p, a) = first, second
    numbers = (q, p) if a == b == 1 else (b * p, a * q)
    yield f"{numbers[0]}*{bracketed(str(numbers[1]))}={numbers[0] * numbers[1]}"
    yield f"{numbers[0]}+{bracketed(str(numbers[1]))}={sum(numbers)}"
    if a == b == 1:
        return
    bracket = f"({polynomial(second)})"
    split = add((term(a * b, "x^2"), term(b * p, "x"), term(a * q, "x"), str(p * q)))
    for line in (split, add((term(b, f"x{bracket}"), term(q, bracket)))):
        yield f"{before}({line})" if before else line


def _text(parts: Sequence[Coefficients], constant: int) -> str:
    """The product; nothing if it is 1."""
    powers = {part: parts.count(part) for part in parts}
    if constant == 1 and list(powers.values()) == [1]:
        return polynomial(parts[0])
    text = product([(polynomial(part), power) for part, power in powers.items()], constant)
    return "" if text == "1" else text


def _multiplied(parts: Sequence[Coefficients], constant: int = 1) -> Coefficients:
    total = [constant]
    for part in parts:
        result = [0] * (len(total) + len(part) - 1)
        for i, a in enumerate(total):
            for j, b in enumerate(part):
                result[i + j] += a * b
        total = result
    return tuple(total)


# levels: a constant and irreducible primitive parts


def _line(rng: np.random.Generator, slope: int, bound: int) -> Coefficients:
    """The part slope * x + p with p from -bound to bound, nothing in common."""
    while True:
        (p,) = nonzero(rng, bound, 1)
        if math.gcd(slope, p) == 1:
            return (p, slope)


def _irreducible(rng: np.random.Generator, leading: int, bound: int) -> Coefficients:
    """A primitive quadratic without rational root."""
    while True:
        a, b, c = int(rng.integers(1, leading + 1)), *whole(rng, -bound, bound, 2)
        if math.gcd(a, b, c) == 1 and not _is_square(b * b - 4 * a * c):
            return (c, b, a)


def _monic(rng: np.random.Generator) -> tuple[int, list[Coefficients]]:
    while True:
        p, q = nonzero(rng, 20, 2)
        if abs(p * q) <= 100:
            return 1, [(p, 1), (q, 1)]


def _leading(rng: np.random.Generator) -> tuple[int, list[Coefficients]]:
    slope = (2, 3, 5)[int(rng.integers(3))]
    while True:
        parts = [_line(rng, slope, 9), _line(rng, 1, 9)]
        if abs(slope * parts[0][0] * parts[1][0]) <= 100:
            return 1, parts


def _content(rng: np.random.Generator) -> tuple[int, list[Coefficients]]:
    constant, slope = int(rng.integers(2, 8)), int(rng.integers(1, 4))
    return constant, [_line(rng, slope, 6), _line(rng, 1, 9)]


def _two_leading(rng: np.random.Generator) -> tuple[int, list[Coefficients]]:
    a, b, constant = whole(rng, 2, 9, 2) + whole(rng, 1, 3, 1)
    return constant, [_line(rng, a, 12), _line(rng, b, 12)]


def _cubic(rng: np.random.Generator) -> tuple[int, list[Coefficients]]:
    slope, at_zero = whole(rng, 1, 4, 2)
    first = (0, 1) if at_zero == 1 else _line(rng, 1, 9)
    return 1, [first, _line(rng, 1, 9), _line(rng, slope, 9)]


def _cubic_or_quartic(rng: np.random.Generator) -> tuple[int, list[Coefficients]]:
    slope, constant, quartic = whole(rng, 1, 4, 3)
    if quartic > 2:
        return 1, [_line(rng, 1, 6), _line(rng, 1, 6), _line(rng, 1, 6), _line(rng, slope, 6)]
    return constant, [_line(rng, slope, 9), _irreducible(rng, 3, 9)]


def _without_roots(rng: np.random.Generator) -> tuple[int, list[Coefficients]]:
    constant, slope, fifth = whole(rng, 1, 4, 3)
    parts = [_irreducible(rng, 3, 7), _irreducible(rng, 2, 7)]
    return constant, [_line(rng, slope, 5), *parts] if fifth > 2 else parts


_DRAWS = (_monic, _leading, _content, _two_leading, _cubic, _cubic_or_quartic, _without_roots)
