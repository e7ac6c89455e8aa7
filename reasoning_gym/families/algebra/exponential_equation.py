"""Equations with the unknown in an exponent or in a logarithm, solved exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.algebra import Form
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, divide, power, rational, tidy
from reasoning_gym.checker.shapes import is_number, polynomial_of
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.conditions import check_solutions, condition_measure
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.exponentials import (
    Bases,
    Logarithm,
    Logarithms,
    Power,
    Quadratic,
    Shape,
    logarithm_text,
    rational_solutions,
    whole_exponent,
    worked,
    written,
)
from reasoning_gym.families.notation import number
from reasoning_gym.families.real_sets import RealSet, atoms, real_set, solutions, stated_set
from reasoning_gym.families.roots import divides, split
from reasoning_gym.families.solution_sets import branches, linear_value
from reasoning_gym.families.steps import Measure, check_bounded, last_right, replaced, small_algebra, value_of
from reasoning_gym.families.traces import thoughts_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_FORMAT = ANSWER_FORMAT.format(answer="all solutions, exactly, as in 'x=3', 'x=1 or x=2' or 'x=log_2(5)-1'")
_MAX_EXPONENT = 60  # in a line about a power that is no rational number
_ELSEWHERE = Number(Fraction(13, 7))  # where an equation that is always true holds, and no other one is meant to


class Asked(NamedTuple):
    """A question's equation and its solutions: rational ones, or one logarithm."""

    shape: Shape
    node: Apply
    roots: tuple[Rational, ...]
    candidates: frozenset[Rational]  # those and what only a step on the way has as its solution
    logarithm: Form | None = None


@family(category="algebra", levels=7, unordered=" or ")
class ExponentialEquation(Family):
    """Find all solutions of an equation with x in an exponent or in a logarithm.

    Statement: `Solve for x: 2^(x+1)=32`.
    Thoughts: both sides as powers of one base, then their exponents, `2^(x+1)=2^5`, `x+1=5`; a logarithm as a power,
        `x+3=2^5`; a quadratic in a power factored, `2^x=1 or 2^x=4`; logarithms added, the quadratic solved, and what
        makes a logarithm undefined left out.
    Answer: a whole number or a fraction, two of them, or at level 7 an expression with logarithms of numbers to any
        base: `x=(log_2(7)-1)/3`.
    Level: 1 b^(x+k)=c (about 1,500 different questions); 2 fractions, factors and slopes; 3 logarithms (about 4,500);
        4 two powers of different bases; 5 quadratics in a power (about 1,700); 6 sums of logarithms (about 1,600); 7
        solutions that are logarithms.
    Verified: as the exact set of solutions of the equation given.
    Checked step by step: an equation, or several with `or`, true at the solutions and, as far as it is a polynomial
        one, nowhere else (but where a sum of logarithms has lost its condition), that is further on than the last: one
        base instead of two, factored, a single power, none, or simpler.

        Solve for x: 2^(x+1)=32
        2^(x+1)=2^5
        x+1=5
        Answer: x=4
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        shape = _DRAWS[level - 1](rng)
        question = Question(self.name, level, f"Solve for x: {written(shape)}", _FORMAT, (type(shape).__name__, *shape))
        return Problem(question, _answer(_asked(question.given)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        shape = _asked(problem.question.given).shape
        return thoughts_of(worked(shape), problem, written(shape))

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            asked, node = _asked(question.given), parse(step)
            if not _follows(node, asked):
                return incorrect("not true at the solutions, or elsewhere too")
            last = last_right(thoughts, lambda line: _follows(line, asked)) or asked.node
            return CORRECT if _measure(node) < _measure(last) else incorrect("no step further than the last")

        return check_bounded(thoughts, decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # the solutions need no more than the question
        asked = _asked(question.given)
        if asked.logarithm is None:
            return check_solutions(answer, _points(asked.roots))

        def decide() -> Verdict:
            stated = value_of(parse(stated_set(answer)), "x")
            if not _is_exact(stated):
                return incorrect("a solution was asked for, worked out, with logarithms of numbers")
            algebra = small_algebra()
            assert asked.logarithm is not None
            same = not algebra.difference(algebra.form(stated), asked.logarithm)
            return CORRECT if same else incorrect("the values differ")

        return guarded(decide)


def _points(roots: Sequence[Rational]) -> RealSet:
    return real_set(roots, lambda x: x in roots)


# solving


@lru_cache(maxsize=1024)
def _asked(given: tuple[Given, ...]) -> Asked:
    shape = _KINDS[str(given[0])](*given[1:])
    node = parse(written(shape))
    assert isinstance(node, Apply)
    roots, lost = rational_solutions(shape)
    form = None if roots else small_algebra().form(parse(logarithm_text(cast("Power", shape))))
    return Asked(shape, node, roots, frozenset((*roots, *lost)), form)


# steps


def _follows(node: Node, asked: Asked) -> bool:
    """Whether a line is true at the solutions, and elsewhere only where the question's own steps may lead to."""
    node = _without_known(node)
    if not _kernels(node) and asked.logarithm is None:
        return solutions(node) in (_points(asked.roots), _points(sorted(asked.candidates)))
    equations = branches(node)
    if not all(isinstance(each, Apply) and each.head == "=" and "x" in variables(each) for each in equations):
        return False
    if any(_holds(each, _ELSEWHERE) for each in equations):
        return False
    if isinstance(asked.shape, Quadratic):
        return _follows_quadratic(equations, asked.shape, asked.roots)
    if asked.logarithm is not None:
        return all(_holds_at_logarithm(cast("Apply", each), asked) for each in equations)
    found = [[root for root in asked.roots if _holds(each, Number(root))] for each in equations]
    for each, roots in zip(equations, found, strict=True):
        if not roots or (not _kernels(each) and not set(solutions(each).breaks) <= asked.candidates):
            return False
    return {root for roots in found for root in roots} == set(asked.roots)


def _without_known(node: Node) -> Node:
    """The tree with the value of each logarithm that is a whole number."""
    if not isinstance(node, Apply):
        return node
    if node.head == "log" and len(node.args) == 2:
        value, base = map(rational, node.args)
        exponent = whole_exponent(base, value) if isinstance(base, int) and base > 1 and value is not None else None
        return node if exponent is None else Number(exponent)
    return Apply(node.head, tuple(map(_without_known, node.args)))


def _holds(node: Node, x: Node) -> bool:
    """Whether an equation is true with a number for x."""
    assert isinstance(node, Apply)
    left, right = (replaced(side, "x", x) for side in node.args)
    try:
        return equal(left, right, small_algebra()).correct
    except Undefined:
        return False


def _holds_at_logarithm(node: Apply, asked: Asked) -> bool:
    """Whether an equation is true at the question's solution, the question's power being a rational number there."""
    assert isinstance(asked.shape, Power)
    left, right = (_without_power(side, asked.shape) for side in node.args)
    if "x" not in variables(left) | variables(right):
        return equal(left, right, small_algebra()).correct
    algebra = small_algebra()
    total = algebra.form(Apply("+", (left, Apply("neg", (right,)))))
    if any(generator == "x" for monomial in total.den for generator, _ in monomial):
        return False
    value = linear_value(total.num, algebra)
    assert asked.logarithm is not None
    return value is not None and not algebra.difference(value, asked.logarithm)


def _without_power(node: Node, shape: Power) -> Node:
    """The tree with the values of powers of the question's base, where their exponents are multiples of its own."""
    if not isinstance(node, Apply):
        return node
    if node.head == "^" and node.args[0] == Number(shape.base) and "x" in variables(node.args[1]):
        found = polynomial_of(node.args[1], "x", small_algebra())
        times = Fraction(found[1]) / shape.a if found is not None and len(found) == 2 else Fraction(1, 2)
        if found is None or times.denominator > 1 or not isinstance(found[0], int) or abs(found[0]) > _MAX_EXPONENT:
            raise Unreadable("an exponent that the question's doesn't lead to")
        if abs(times) > _MAX_EXPONENT:
            raise Refused("an exponent is too large")
        unshifted = shape.power * power(shape.base, -shape.k)
        return Number(tidy(power(unshifted, int(times)) * power(shape.base, found[0])))
    return Apply(node.head, tuple(_without_power(argument, shape) for argument in node.args))


def _follows_quadratic(equations: Sequence[Node], shape: Quadratic, roots: Sequence[Rational]) -> bool:
    """Whether equations are factors of the question's in its power, or in x, and have its solutions together."""
    question = (shape.r * shape.s, -shape.r - shape.s, 1)
    reached: set[Rational] = set()
    for each in equations:
        if not _kernels(each):
            reached |= set(solutions(each).breaks)
            continue
        left, right = (_in_power(side, shape) for side in cast("Apply", each).args)
        found = polynomial_of(Apply("+", (left, Apply("neg", (right,)))), "u", small_algebra())
        if found is None or not any(found[1:]) or not divides(found, question):
            return False
        exponents = (whole_exponent(shape.base, value) for value in split(found).roots)
        reached |= {tidy(Fraction(exponent, shape.a)) for exponent in exponents if exponent is not None}
    return reached == set(roots)


def _in_power(node: Node, shape: Quadratic) -> Node:
    """The tree with u for the power that the question is quadratic in.

    Raises:
        Unreadable: for a power that is none of u's.
    """
    if not isinstance(node, Apply):
        return node
    if node.head == "^" and "x" in variables(node.args[1]):
        base = rational(node.args[0])
        found = polynomial_of(node.args[1], "x", small_algebra())
        exponent = whole_exponent(shape.base, base) if isinstance(base, int) else None
        times = divide(exponent * found[1], shape.a) if exponent and found and len(found) == 2 and not found[0] else 0
        if not isinstance(times, int) or times < 1:
            raise Unreadable("a power that the question's doesn't lead to")
        return Apply("^", (Name("u"), Number(times)))
    return Apply(node.head, tuple(_in_power(argument, shape) for argument in node.args))


def _kernels(node: Node) -> list[Apply]:
    """The powers with x in the exponent, and the logarithms of x."""
    if not isinstance(node, Apply):
        return []
    inside = [kernel for argument in node.args for kernel in _kernels(argument)]
    exponent = node.head == "^" and "x" in variables(node.args[1])
    logarithm = node.head in {"log", "ln"} and "x" in variables(node)
    return [node, *inside] if exponent or logarithm else inside


def _measure(node: Node) -> Measure:
    """How many bases there are, how far the powers are from standing alone, how many there are, and the rest."""
    kernels = _kernels(node)
    bases = {kernel.args[0] for kernel in kernels if kernel.head == "^"}
    return (len(bases), max(map(_kind, atoms(node))), len(kernels), *condition_measure(node))


def _kind(equation: Apply) -> int:
    """0 no power, 1 equal powers of one base, 2 a single power or logarithm, 3 a product of such, 4 a sum."""
    sides = [side for side in equation.args if _kernels(side)]
    if not sides:
        return 0
    if any(len(_kernels(side)) > 1 for side in sides):
        return 4 if any(isinstance(side, Apply) and side.head == "+" for side in sides) else 3
    left, right = equation.args
    base = _base(left)
    return 1 if base is not None and base in (_base(right), right) else 2


def _base(node: Node) -> Node | None:
    return node.args[0] if isinstance(node, Apply) and node.head == "^" else None


def _is_exact(node: Node) -> bool:
    """Whether a number stands there with its logarithms, and no two numbers or logarithms are left to add up."""
    if is_number(node):
        return True
    if not isinstance(node, Apply):
        return False
    if node.head in {"log", "ln"}:
        return all(map(is_number, node.args)) and not isinstance(_without_known(node), Number)
    if node.head not in {"+", "*", "/", "neg"} or (node.head == "+" and len(node.args) > 2):
        return False
    return all(map(_is_exact, node.args)) and sum(map(is_number, node.args)) <= 1


def _answer(asked: Asked) -> str:
    if asked.roots:
        return " or ".join(f"x={number(root)}" for root in asked.roots)
    return f"x={logarithm_text(cast('Power', asked.shape))}"


# levels


def _simple(rng: np.random.Generator) -> Shape:
    base = whole(rng, 2, 10, 1)[0]
    (exponent,), (k,) = whole(rng, 2, {2: 10, 3: 6, 4: 5, 5: 5, 10: 6}.get(base, 4), 1), nonzero(rng, 20, 1)
    return Power(base, 1, k, base**exponent)


def _with_factors(rng: np.random.Generator) -> Shape:
    base = whole(rng, 2, 5, 1)[0]
    (exponent, a, factor), (k, taken) = whole(rng, -3, 4, 1) + whole(rng, 1, 4, 2), nonzero(rng, 9, 2)
    if exponent < 0:
        return Power(base, a, k, 1, base**-exponent)
    return Power(base, a, k, factor * base**exponent + taken, 1, factor, taken)


def _logarithms(rng: np.random.Generator) -> Shape:
    base = whole(rng, 2, 6, 1)[0]
    (value, a), (k,) = whole(rng, 0, 4 if base < 4 else 3, 1) + whole(rng, 1, 5, 1), nonzero(rng, 20, 1)
    return Logarithm(base, a, k, value)


def _two_bases(rng: np.random.Generator) -> Shape:
    root = whole(rng, 2, 5, 1)[0]
    while True:
        (p, q), (a, c), (k, m) = whole(rng, 1, 3, 2), whole(rng, 1, 4, 2), nonzero(rng, 9, 2)
        if p != q and p * a != q * c:
            return Bases(root, p, a, k, q, c, m)


def _quadratic(rng: np.random.Generator) -> Shape:
    base, a = whole(rng, 2, 5, 2)
    highest = {2: 6, 3: 4}.get(base, 3)
    while True:
        r, s = (base**exponent for exponent in whole(rng, 0, highest, 2))
        if rng.random() < 0.2:
            s = -whole(rng, 1, 20, 1)[0]
        if r != s and r + s:
            return Quadratic(base, min(r, s), max(r, s), a - 1)


def _sum_of_logarithms(rng: np.random.Generator) -> Shape:
    base = whole(rng, 2, 6, 1)[0]
    while True:
        i, j = whole(rng, 0, {2: 5, 3: 4}.get(base, 2), 2)
        if i < j:
            x = whole(rng, -15, 30, 1)[0]
            return Logarithms(base, base**i - x, base**j - x, i + j)  # k is less than m


def _irrational(rng: np.random.Generator) -> Shape:
    base = (2, 3, 5, 7, 10)[int(rng.integers(5))]
    while True:
        (power_value, a, factor), (k, taken) = whole(rng, 3, 50, 1) + whole(rng, 1, 4, 2), nonzero(rng, 9, 2)
        if whole_exponent(base, power_value) is None:
            return Power(base, a, k, factor * power_value + taken, 1, factor, taken)


_KINDS: Mapping[str, Callable[..., Shape]] = {
    kind.__name__: kind for kind in (Power, Logarithm, Bases, Quadratic, Logarithms)
}
_DRAWS: tuple[Callable[[np.random.Generator], Shape], ...] = (
    _simple,
    _with_factors,
    _logarithms,
    _two_bases,
    _quadratic,
    _sum_of_logarithms,
    _irrational,
)
