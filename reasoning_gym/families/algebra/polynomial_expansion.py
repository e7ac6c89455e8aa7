"""Products of polynomials, multiplied out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.algebra import ONE, Form
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.shapes import factors, is_expanded, polynomial_of
from reasoning_gym.checker.syntax import Apply, Node, parse
from reasoning_gym.families.bare_texts import read_algebra
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, bracketed, product, term, terms
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import expression_measure, last_right, sides, small_algebra, unexpanded
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

Polynomial: TypeAlias = "dict[tuple[int, int], int]"  # powers of x and y to coefficients


class Factor(NamedTuple):
    """A polynomial to a power. The text may still hold like terms."""

    text: str
    polynomial: Polynomial
    power: int = 1


class Product(NamedTuple):
    """A sign and its factors."""

    sign: int
    factors: tuple[Factor, ...]

    @property
    def text(self) -> str:
        """The product as it is written; a single factor needs brackets only after a minus."""
        if len(self.factors) == 1 and self.factors[0].power == 1:
            only = self.factors[0].text
            return only if self.sign > 0 else term(-1, bracketed(only))
        return product([(factor.text, factor.power) for factor in self.factors], self.sign)


@family(category="algebra", levels=7)
class PolynomialExpansion(Family):
    """Multiply out and collect like terms.

    Statement: `Expand: (x+2)(x-3)`.
    Thoughts: the whole expression after each product of two factors, the leftmost first, and after collecting.
    Answer: a sum of monomials, no two alike, in any order.
    Level: 1 (ax+b)(x+c) with a up to 3; 2 two leading coefficients to 5; 3 squares, and a linear times a quadratic
        factor; 4 three factors; 5 differences of products, cubes; 6 two variables; 7 powers to the fifth degree.
    Verified: equal to the product as a polynomial, and nothing left to multiply out or collect.
    Checked step by step: an expression equal to the product, with less to multiply out than the last such one, or
        as much and fewer operations.

        Expand: (x+2)(x-3)
        x^2-3x+2x-6
        Answer: x^2-x-6
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        products = _DRAWS[level - 1](rng)
        text = add(each.text for each in products)
        question = self._question(text, level)
        return Problem(question, answer=terms(_total(products)), secret=products)

    def ask(self, text: str) -> Question | None:
        written, node = read_algebra(text, frozenset("xy"))
        if not unexpanded(node) or small_algebra().form(node).den != ONE:
            return None
        return self._question(written, _nearest_level(node))

    def _question(self, text: str, level: int) -> Question:
        return Question(
            family=self.name,
            level=level,
            statement=f"Expand: {text}",
            answer_format=ANSWER_FORMAT.format(answer="the polynomial"),
            given=(text,),
        )

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        lines = dict.fromkeys(_worked(cast("tuple[Product, ...]", problem.secret)))
        steps = [line for line in lines if line not in {problem.answer, problem.question.given[0]}]
        return (*steps, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            node = parse(step)
            if not _is_equal(node, question.given):
                return incorrect("the expression isn't equal to the one given")
            last = last_right(thoughts, lambda line: _is_equal(line, question.given)) or _node(question.given)
            before, after = (expression_measure(sides(line)[-1]) for line in (last, node))
            return CORRECT if after < before else incorrect("no simpler than the last")

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the product needs no more than the question

        def decide() -> Verdict:
            node = parse(bare(answer))
            if not is_expanded(sides(node)[-1]):
                return incorrect("something is left to multiply out or collect")
            return CORRECT if _is_equal(node, question.given) else incorrect("the expressions differ")

        return guarded(decide)


def _nearest_level(node: Node) -> int:
    """The first level that asks products like this one."""
    if variables(node) != {"x"}:
        return 6
    if isinstance(node, Apply) and node.head == "+":
        return 5
    powers = [(polynomial_of(factor, "x") or [], power) for factor, power in factors(node)]
    count = sum(power for _, power in powers)
    if count == 2 and all(len(found) == 2 for found, _ in powers):
        slopes = sorted(found[1] for found, power in powers for _ in range(power))
        return 1 if slopes[0] == 1 and slopes[1] <= 3 else 2 if slopes[0] > 0 and slopes[1] <= 5 else 3
    if count < 4:
        return 3 if count < 3 else 4 if len(powers) > 1 else 5
    return 7


def _node(given: tuple[Given, ...]) -> Node:
    return parse(str(given[0]))


@lru_cache(maxsize=1024)
def _form(given: tuple[Given, ...]) -> Form:
    return small_algebra().form(_node(given))


def _is_equal(node: Node, given: tuple[Given, ...]) -> bool:
    """Whether an expression, or every side of an equality, is the product."""
    algebra = small_algebra()
    return not any(algebra.difference(algebra.form(side), _form(given)) for side in sides(node))


# working it out


def _worked(products: Sequence[Product]) -> Iterator[str]:
    """The whole expression after each step."""
    current = list(products)
    for i, each in enumerate(products):
        while sum(factor.power for factor in each.factors) > 1:
            a, b, rest = _first_two(each.factors)
            result = _times(a.polynomial, b.polynomial)
            for text in (add(_pieces(a.polynomial, b.polynomial)), terms(result)):
                each = Product(each.sign, (Factor(text, result), *rest))
                current[i] = each
                yield add(part.text for part in current)
    yield add(
        term(each.sign * coefficient, text)
        for each in current
        for coefficient, text in _ordered(each.factors[0].polynomial)
    )


def _first_two(factors: Sequence[Factor]) -> tuple[Factor, Factor, tuple[Factor, ...]]:
    """The first two factors, powers written out, and the rest."""
    first, others = factors[0], list(factors[1:])
    if first.power > 1:
        left = first.power - 2
        return first, first, (first._replace(power=left), *others) if left else tuple(others)
    second = others.pop(0)
    if second.power > 1:
        return first, second, (second._replace(power=second.power - 1), *others)
    return first, second, tuple(others)


def _ordered(polynomial: Polynomial) -> list[tuple[int, str]]:
    """Coefficients with the texts of their monomials, in the order of writing."""
    powers = sorted(polynomial, key=lambda p: (-sum(p), -p[0]))
    return [(polynomial[p], terms({p: 1}) if any(p) else "") for p in powers]


def _pieces(left: Polynomial, right: Polynomial) -> Iterator[str]:
    """Each term of one times each term of the other."""
    for a in sorted(left, key=lambda p: (-sum(p), -p[0])):
        for b in sorted(right, key=lambda p: (-sum(p), -p[0])):
            yield terms({(a[0] + b[0], a[1] + b[1]): left[a] * right[b]})


def _times(left: Polynomial, right: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for a, p in left.items():
        for b, q in right.items():
            powers = (a[0] + b[0], a[1] + b[1])
            total[powers] = total.get(powers, 0) + p * q
    return {powers: coefficient for powers, coefficient in total.items() if coefficient}


def _total(products: Sequence[Product]) -> Polynomial:
    total: Polynomial = {}
    for each in products:
        result: Polynomial = {(0, 0): each.sign}
        for factor in each.factors:
            for _ in range(factor.power):
                result = _times(result, factor.polynomial)
        for powers, coefficient in result.items():
            total[powers] = total.get(powers, 0) + coefficient
    return {powers: coefficient for powers, coefficient in total.items() if coefficient}


# levels


def _factor(*coefficients: int, power: int = 1) -> Factor:
    """A polynomial in x from its coefficients, the constant first."""
    polynomial = {(i, 0): c for i, c in enumerate(coefficients) if c}
    return Factor(terms(polynomial), polynomial, power)


def _factor_of_two(a: int, b: int, c: int, power: int = 1) -> Factor:
    """The factor a x + b y + c."""
    polynomial = {powers: n for powers, n in (((1, 0), a), ((0, 1), b), ((0, 0), c)) if n}
    return Factor(terms(polynomial), polynomial, power)


def _product(*factors: Factor, sign: int = 1) -> Product:
    """Factors in one order, so that a question has one text: equal ones as a power, then by degree and text."""
    powers: dict[str, Factor] = {}
    for factor in factors:
        known = powers.get(factor.text)
        powers[factor.text] = factor if known is None else factor._replace(power=factor.power + known.power)
    return Product(sign, tuple(sorted(powers.values(), key=lambda f: (len(f.polynomial), max(f.polynomial), f.text))))


def _small(rng: np.random.Generator) -> tuple[Product, ...]:
    (b, c), a = nonzero(rng, 9, 2), int(rng.integers(1, 4))
    return (_product(_factor(b, a), _factor(c, 1)),)


def _linear(rng: np.random.Generator) -> tuple[Product, ...]:
    (b, d), (a, c) = nonzero(rng, 9, 2), whole(rng, 2, 5, 2)
    return (_product(_factor(b, a), _factor(d, c)),)


def _squares(rng: np.random.Generator) -> tuple[Product, ...]:
    (b, d, e), (a, c, square) = nonzero(rng, 9, 3), whole(rng, 1, 9, 3)
    if square < 4:
        return (_product(_factor(b * c, a, power=2)),)
    return (_product(_factor(b, a % 5 + 1), _factor(e, d, c % 5 + 1)),)


def _three(rng: np.random.Generator) -> tuple[Product, ...]:
    (b, d, f), (a, c, e) = nonzero(rng, 9, 3), whole(rng, 1, 5, 3)
    return (_product(_factor(b, a), _factor(d, c), _factor(f, e)),)


def _differences(rng: np.random.Generator) -> tuple[Product, ...]:
    (b, d, f, h), (a, c, e, g, cube) = nonzero(rng, 9, 4), whole(rng, 1, 5, 5)
    first = _product(_factor(b, a, power=3)) if cube == 1 else _product(_factor(b, a), _factor(d, c))
    return (first, _product(_factor(f, e), _factor(h, g), sign=-1))


def _two_variables(rng: np.random.Generator) -> tuple[Product, ...]:
    (b, c, e, f), (a, d, square) = nonzero(rng, 9, 4), whole(rng, 1, 9, 3)
    if square == 1:
        return (_product(_factor_of_two(a, b, 0, power=3)),)
    return (_product(_factor_of_two(a, b, c), _factor_of_two(d, e, f)),)


def _powers(rng: np.random.Generator) -> tuple[Product, ...]:
    (b, c, d, e, f), (a, g, kind) = nonzero(rng, 9, 5), whole(rng, 1, 6, 3)
    if kind == 1:
        return (_product(_factor(b, a, power=4)), _product(_factor(c, g), _factor(e, d, 1), sign=-1))
    if kind == 2:
        return (_product(_factor_of_two(a, b, 0, power=4)), _product(_factor_of_two(g, c, 0, power=2), sign=-1))
    if kind == 3:
        return (_product(_factor_of_two(a, b, c, power=3)),)
    return (_product(_factor(b, c, a, power=2), _factor(d, g)), _product(_factor(e, f, 1, power=2), sign=-1))


_DRAWS = (_small, _linear, _squares, _three, _differences, _two_variables, _powers)
