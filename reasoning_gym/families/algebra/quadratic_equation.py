"""Quadratic equations over the real numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from reasoning_gym.checker.algebra import HALF, ONE, Form, Polynomial
from reasoning_gym.checker.algebra import number as constant
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, rational, tidy
from reasoning_gym.checker.shapes import factors, is_number, polynomial_of
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.bare_texts import read_algebra
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import number, polynomial, product
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.solution_sets import branches, linear_value, listed, same_values, worked_out
from reasoning_gym.families.steps import Measure, difference, equation_measure, facts, last_right, sides, small_algebra
from reasoning_gym.families.surds import square_part, surd
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

NONE = "no real solutions"
_NONE = re.compile(
    r"(?:there (?:are|is) )?no (?:real )?(?:solutions?|roots?)\.?|none|∅|\\emptyset|\\varnothing|\\?\{ ?\\?\}",
    re.IGNORECASE,
)
_TEXT = re.compile(r"\\(?:text|mathrm)\s*\{([^{}]*)\}")
_X = frozenset("x")
_SHARE_WITHOUT = 0.2  # of the questions from level 5 on have no real solution


class Equation(NamedTuple):
    """A question's facts: the tree, and the coefficients of left minus right, the constant first."""

    node: Apply
    coefficients: tuple[Rational, ...]
    solutions: tuple[Form, ...]


@family(category="algebra", levels=7, unordered=" or ")
class QuadraticEquation(Family):
    """Find all real solutions of a quadratic equation.

    Statement: `Solve for x: x^2-5x+6=0`.
    Thoughts: all on one side; then factored where the discriminant is a square, `(x-2)(x-3)=0`, and else by the
        formula: the discriminant `(-2)^2-4*1*(-1)=8`, both solutions, and both simplified.
    Answer: `x=2 or x=3` in any order and notation of sets (`{2,3}`, `2, 3`, `x=1±sqrt(2)`), a double solution
        once; `no real solutions`. Each worked out: `sqrt(8)/2` is, `sqrt(4+4)/2` isn't.
    Level: 1 whole solutions whose product is at most 60 (about 370 different questions); 2 terms on both sides; 3 a
        leading coefficient; 4 two fractional solutions; 5 irrational solutions or, one time in five, none;
        6 with a leading coefficient; 7 products to multiply out.
    Verified: as the set of exact roots of the equation given.
    Checked step by step: an equation, or several with `or`, with the same real solutions, that is further on than
        the last (x on one side, factored, linear, solved) or simpler; or the discriminant's calculation.
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        left, right = _DRAWS[level - 1](rng)
        question = self._question(f"{left}={right}", level)
        return Problem(question, answer=_answer(_coefficients(question.given)))

    def ask(self, text: str) -> Question | None:
        written, node = read_algebra(text, _X)
        found = difference(node, "x") if node.head == "=" else None
        if found is None or len(found) != 3 or any(n.denominator > 1 for n in found):
            return None
        return self._question(written, _nearest_level(written, found))

    def _question(self, text: str, level: int) -> Question:
        return Question(
            family=self.name,
            level=level,
            statement=f"Solve for x: {text}",
            answer_format=ANSWER_FORMAT.format(answer=f"all solutions, as in 'x=1 or x=2', or '{NONE}'"),
            given=(text,),
        )

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        c, b, a = _coefficients(problem.question.given)
        lines = [f"{polynomial((c, b, a))}=0"]
        discriminant = b * b - 4 * a * c
        if _square_root(discriminant) is not None:
            lines.append(f"{_factored(a, _rational_solutions(a, b, discriminant))}=0")
        else:
            lines.append(f"{_signed(b)}^2-4*{a}*{_signed(c)}={discriminant}")
            if discriminant > 0:
                lines.append(" or ".join(f"x={surd(-b, sign, discriminant, 2 * a)}" for sign in (1, -1)))
        steps = [line for line in dict.fromkeys(lines) if line not in problem.question.given]
        return (*steps, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            given = _equation(question.given)
            node = parse(step)
            if "x" not in variables(node):
                return _check_discriminant(node, given, thoughts)
            if not _same_solutions(node, given):
                return incorrect("the solutions differ")
            last = last_right(thoughts, lambda line: _same_solutions(line, given)) or given.node
            return CORRECT if _measure(node) < _measure(last) else incorrect("no step further than the last")

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the roots need no more than the question

        def decide() -> Verdict:
            solutions = _equation(question.given).solutions
            text = bare(answer).replace("$", "")
            if _NONE.fullmatch(_TEXT.sub(r"\1", text).strip()):
                return incorrect("there are real solutions") if solutions else CORRECT
            algebra = small_algebra()
            stated = [worked_out(branch, "x", algebra) for branch in branches(listed(parse(text)))]
            return CORRECT if same_values(stated, solutions, algebra) else incorrect("the solutions differ")

        return guarded(decide)


def _nearest_level(text: str, coefficients: Sequence[Rational]) -> int:
    """The first level that asks equations like this one."""
    c, b, a = (int(n) for n in coefficients)
    if "(" in text:
        return 7
    if _square_root(b * b - 4 * a * c) is None:
        return 5 if a == 1 else 6
    if text.endswith("=0"):
        return 1 if a == 1 else 3
    return 2 if a == 1 else 4


@lru_cache(maxsize=1024)
def _equation(given: tuple[Given, ...]) -> Equation:
    node = facts(given)[0]
    c, b, a = _coefficients(given)
    algebra = small_algebra()
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return Equation(node, (c, b, a), ())
    root = algebra.root(constant(discriminant), HALF)
    signs = (1, -1) if discriminant else (1,)
    solutions = [
        algebra.times(
            algebra.plus(constant(-b), algebra.times(constant(sign), root)), constant(tidy(Fraction(1) / (2 * a)))
        )
        for sign in signs
    ]
    return Equation(node, (c, b, a), tuple(solutions))


def _coefficients(given: tuple[Given, ...]) -> tuple[int, int, int]:
    """Constant, slope and leading coefficient of left minus right."""
    c, b, a = (int(n) for n in difference(facts(given)[0], "x") or ())
    return c, b, a


# steps


def _same_solutions(node: Node, given: Equation) -> bool:
    """Whether a line has the real solutions of the question: the same polynomial, or all its roots."""
    algebra = small_algebra()
    values: list[Form] = []
    for branch in branches(node):
        if not (isinstance(branch, Apply) and branch.head == "="):
            return False
        left, right = (algebra.form(side) for side in branch.args)
        if left.den != ONE or right.den != ONE:
            return False
        polynomial = algebra.add(left.num, right.num, -1)
        if _is_multiple(polynomial, given):
            values += given.solutions
            continue
        value = linear_value(polynomial, algebra)
        if value is None:
            return False
        values.append(value)
    return same_values(values, given.solutions, algebra)


def _is_multiple(polynomial: Polynomial, given: Equation) -> bool:
    """Whether a polynomial is the question's, up to a constant factor."""
    monomials = ((), (("x", 1),), (("x", 2),))
    if not set(polynomial) <= set(monomials) or monomials[2] not in polynomial:
        return False
    found = [polynomial.get(monomial, 0) for monomial in monomials]
    return all(a * given.coefficients[2] == b * found[2] for a, b in zip(found, given.coefficients, strict=True))


def _measure(node: Node) -> Measure:
    """How far an equation is solved: its stage, then its size."""
    equations = [branch for branch in branches(node) if isinstance(branch, Apply)]
    sizes = [equation_measure(each, _X) for each in equations]
    return (max(map(_stage, equations)), *(sum(column) for column in zip(*sizes, strict=True)))


def _stage(node: Apply) -> int:
    """0 solved, 1 linear, 2 a product of linear factors, 3 x on one side, 4 any other equation."""
    left, right = node.args
    if "x" not in variables(right):
        side, other = left, right
    elif "x" not in variables(left):
        side, other = right, left
    else:
        return 4
    if side == Name("x"):
        return 0
    parts = [(part, power) for part, power in factors(side) if "x" in variables(part)]
    if not all(_is_linear(part) for part, _ in parts):
        return 3
    if sum(power for _, power in parts) == 1:
        return 1
    return 2 if rational(other) == 0 or len(parts) == 1 else 3


def _is_linear(node: Node) -> bool:
    found = polynomial_of(node, "x")
    return found is not None and len(found) == 2


def _check_discriminant(node: Node, given: Equation, thoughts: Sequence[str]) -> Verdict:
    """Whether a calculation gives the discriminant, from the equation's own numbers, for the first time."""
    first, *others = sides(node)
    if not others:
        return incorrect("neither an equation in x nor the discriminant's calculation")
    c, b, a = given.coefficients
    value = b * b - 4 * a * c
    if any(rational(side) != value for side in (first, *others)) or not is_number(others[-1]) or is_number(first):
        return incorrect("not the value of the discriminant")
    if not _numbers(first) <= {n for m in (a, b, c, 4, 2, b * b, 4 * a, 4 * c, a * c, 4 * a * c) for n in (m, -m)}:
        return incorrect("the calculation has other numbers than the equation")
    known = last_right(thoughts, lambda line: len(sides(line)) > 1 and not variables(line))
    return CORRECT if known is None else incorrect("the discriminant is known already")


def _numbers(node: Node) -> set[Rational]:
    """The numbers that are written."""
    if isinstance(node, Number):
        return {node.value}
    return {n for argument in node.args for n in _numbers(argument)} if isinstance(node, Apply) else set()


# writing


def _answer(coefficients: tuple[int, int, int]) -> str:
    c, b, a = coefficients
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return NONE
    if _square_root(discriminant) is not None:
        return " or ".join(f"x={number(root)}" for root in _rational_solutions(a, b, discriminant))
    outside, inside = square_part(discriminant)
    return " or ".join(f"x={surd(-b, sign * outside, inside, 2 * a, reduced=True)}" for sign in (1, -1))


def _rational_solutions(a: int, b: int, discriminant: int) -> list[Rational]:
    """Different rational roots, 0 first, then ascending."""
    root = math.isqrt(discriminant)
    found = {tidy(Fraction(-b + sign * root, 2 * a)) for sign in (1, -1)}
    return sorted(found, key=lambda value: (value != 0, value))


def _factored(a: int, solutions: Sequence[Rational]) -> str:
    """The text of a (x - r) (x - s), every factor with whole coefficients."""
    power = 3 - len(solutions)
    bases = [polynomial((-root.numerator, root.denominator)) for root in solutions]
    constant = a // math.prod(root.denominator**power for root in solutions)
    return product([(base, power) for base in bases], constant)


def _signed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _square_root(value: int) -> int | None:
    return math.isqrt(value) if value >= 0 and math.isqrt(value) ** 2 == value else None


# levels: texts of both sides


def _whole_solutions(rng: np.random.Generator) -> tuple[int, int]:
    while True:
        r, s = whole(rng, -20, 20, 2)
        if abs(r * s) <= 60 and (r or s):
            return r, s


def _monic(rng: np.random.Generator) -> tuple[str, str]:
    r, s = _whole_solutions(rng)
    return polynomial((r * s, -r - s, 1)), "0"


def _monic_on_both_sides(rng: np.random.Generator) -> tuple[str, str]:
    (r, s), (slope,) = _whole_solutions(rng), nonzero(rng, 9, 1)
    if slope == r + s:
        slope = -slope
    return polynomial((0, slope - r - s, 1)), polynomial((-r * s, slope))


def _one_fraction(rng: np.random.Generator) -> tuple[str, str]:
    (p, r), q = nonzero(rng, 9, 2), int(rng.integers(2, 6))
    return polynomial((p * r, -p - q * r, q)), "0"


def _two_fractions(rng: np.random.Generator) -> tuple[str, str]:
    (p, r, slope, constant), (q, t) = nonzero(rng, 9, 4), whole(rng, 2, 6, 2)
    return polynomial((p * r + constant, slope - p * t - q * r, q * t)), polynomial((constant, slope))


def _irrational(rng: np.random.Generator) -> tuple[str, str]:
    return _with_or_without(rng, leading=1, squares=False)


def _irrational_with_leading_coefficient(rng: np.random.Generator) -> tuple[str, str]:
    return _with_or_without(rng, leading=9, squares=True)


def _with_or_without(rng: np.random.Generator, *, leading: int, squares: bool) -> tuple[str, str]:
    without = rng.random() < _SHARE_WITHOUT
    while True:
        (b, c), a = nonzero(rng, 20, 2), int(rng.integers(1, leading + 1))
        discriminant = b * b - 4 * a * c
        if (discriminant < 0) == without and (squares or _square_root(discriminant) is None):
            return polynomial((c, b, a)), "0"


def _products(rng: np.random.Generator) -> tuple[str, str]:
    without = rng.random() < _SHARE_WITHOUT
    while True:
        (b, d, slope, constant), (a, c) = nonzero(rng, 9, 4), whole(rng, 1, 9, 2)
        if ((a * d + b * c - slope) ** 2 < 4 * a * c * (b * d - constant)) == without:
            left = product([(polynomial((b, a)), 1), (polynomial((d, c)), 1)])
            return left, polynomial((constant, slope))


_DRAWS = (
    _monic,
    _monic_on_both_sides,
    _one_fraction,
    _two_fractions,
    _irrational,
    _irrational_with_leading_coefficient,
    _products,
)
