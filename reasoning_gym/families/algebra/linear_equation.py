"""Linear equations in one unknown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.shapes import polynomial_of
from reasoning_gym.checker.syntax import Apply, Node, parse
from reasoning_gym.families.bare_texts import read_algebra
from reasoning_gym.families.draws import nonzero, whole
from reasoning_gym.families.notation import add, number, polynomial, term
from reasoning_gym.families.numbers import bare
from reasoning_gym.families.steps import earlier, equation, equation_measure, facts, holds, linear_root, stated_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

_X = frozenset("x")


class Part(NamedTuple):
    """factor * (slope * x + constant); without brackets if the factor is 1."""

    slope: Rational
    constant: Rational
    factor: Rational = 1

    @property
    def text(self) -> str:
        """The part as it is written."""
        inside = polynomial((self.constant, self.slope))
        return inside if self.factor == 1 else term(self.factor, f"({inside})")

    @property
    def expanded(self) -> tuple[Rational, Rational]:
        """The constant and the slope."""
        return tidy(self.factor * self.constant), tidy(self.factor * self.slope)


class Side(NamedTuple):
    """A sum of parts."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The side as it is written."""
        return add(part.text for part in self.parts)

    @property
    def total(self) -> tuple[Rational, Rational]:
        """The constant and the slope."""
        constants, slopes = zip(*(part.expanded for part in self.parts), strict=True)
        return tidy(sum(constants)), tidy(sum(slopes))


@family(category="algebra", levels=8)
class LinearEquation(Family):
    """Solve a x + b = c x + d for x over the rationals.

    Statement: `Solve for x: 3x+5=2x-7`.
    Thoughts: denominators cleared, brackets multiplied out, x collected on the left, the constant moved, divided:
        `x+5=-7`, `x=-12`, `Answer: -12`.
    Answer: a whole number or a fraction, with or without `x=`; a calculation is not accepted.
    Level: 1 ax+b=c with positive whole numbers below 10 and such a solution; 2 x on both sides, solutions
        from -9 to 9; 3 signs and numbers to 20; 4 a bracket; 5 brackets on both sides and fractional
        solutions; 6 numbers to 99; 7 fractions as coefficients; 8 both, with more terms.
    Verified: by substitution into both sides.
    Checked step by step: an equation with the same solution as the one given that is simpler than the last
        such equation (fewer divisions, brackets, operations, or smaller numbers).
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while True:
            left, right = _DRAWS[level - 1](rng)
            (b, a), (d, c) = left.total, right.total
            if a and a != c:
                break
        question = self._question(f"{left.text}={right.text}", level)
        return Problem(question, answer=number(tidy(Fraction(d - b) / (a - c))), secret=(left, right))

    def ask(self, text: str) -> Question | None:
        written, node = read_algebra(text, _X)
        root = linear_root(node, "x") if node.head == "=" else None
        return None if root is None else self._question(written, _nearest_level(written, node, root))

    def _question(self, text: str, level: int) -> Question:
        return Question(
            family=self.name,
            level=level,
            statement=f"Solve for x: {text}",
            answer_format=ANSWER_FORMAT.format(answer="the value of x"),
            given=(text,),
        )

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        left, right = cast("tuple[Side, Side]", problem.secret)
        lines: list[str] = []
        scale = math.lcm(*(value.denominator for side in (left, right) for part in side.parts for value in part))
        if scale > 1:
            left, right = _scaled(left, scale), _scaled(right, scale)
            lines.append(f"{left.text}={right.text}")
        lines += _worked(left, right)
        steps = [line for line in dict.fromkeys(lines) if line != problem.question.given[0]]
        return (*steps, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            stated = equation(step)
            root = _root(question.given)
            if linear_root(stated, "x") != root:
                return incorrect("the equation has another solution, or isn't one in x")
            last = _last_equation(question, thoughts, root)
            if equation_measure(stated, _X) >= equation_measure(last, _X):
                return incorrect("the equation is no simpler than the last")
            return CORRECT

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts  # substitution needs no more than the question

        def decide() -> Verdict:
            x = stated_number(parse(bare(answer)), "x")
            true = all(holds(fact, {"x": x}) for fact in facts(question.given))
            return CORRECT if true else incorrect("the two sides differ at this value")

        return guarded(decide)


def _nearest_level(text: str, node: Apply, root: Rational) -> int:
    """The first level that asks equations like this one."""
    brackets = [side.count("(") for side in text.split("=")]
    if "/" in text:
        return 8 if any(brackets) else 7
    if any(brackets):
        return 5 if all(brackets) or root.denominator > 1 else 4
    (b, a), (_, c) = ((*found, 0, 0)[:2] for found in (polynomial_of(side, "x") or () for side in node.args))
    if root.denominator > 1 or max(abs(a), abs(c)) > 9:
        return 6
    if min(a, b, root) > 0 == c and max(a, b, root) <= 9:
        return 1
    return 2 if min(a, c) > 0 and max(abs(b), abs(root)) <= 9 else 3


def _scaled(side: Side, scale: int) -> Side:
    """The side times a whole number, brackets kept."""
    return Side(
        tuple(
            Part(tidy(part.slope * scale), tidy(part.constant * scale))
            if part.factor == 1
            else part._replace(factor=tidy(part.factor * scale))
            for part in side.parts
        )
    )


def _worked(left: Side, right: Side) -> list[str]:
    """The equation multiplied out, collected, with x on the left, and with the constant on the right."""
    (b, a), (d, c) = left.total, right.total
    flat = [add(polynomial(part.expanded) for part in side.parts) for side in (left, right)]
    return [
        "=".join(flat),
        f"{polynomial((b, a))}={polynomial((d, c))}",
        f"{polynomial((b, tidy(a - c)))}={number(d)}",
        f"{term(tidy(a - c), 'x')}={number(tidy(d - b))}",
    ]


@lru_cache(maxsize=1024)
def _root(given: tuple[Given, ...]) -> Rational | None:
    return linear_root(facts(given)[0], "x")


def _last_equation(question: Question, thoughts: Sequence[str], root: Rational | None) -> Apply:
    """The last line that is an equation with the right solution, or the equation given."""

    def judge(node: Node) -> Apply | None:
        right = isinstance(node, Apply) and node.head == "=" and linear_root(node, "x") == root
        return node if right and isinstance(node, Apply) else None

    return next(earlier(thoughts, judge), facts(question.given)[0])


def _plain(slope: Rational, constant: Rational) -> Side:
    return Side((Part(slope, constant),))


def _one_sided(rng: np.random.Generator) -> tuple[Side, Side]:
    (b, x), a = whole(rng, 1, 9, 2), int(rng.integers(2, 10))
    return _plain(a, b), _plain(0, a * x + b)


def _both_sides(rng: np.random.Generator) -> tuple[Side, Side]:
    (a, c), (b, x) = sorted(whole(rng, 1, 9, 2), reverse=True), nonzero(rng, 9, 2)
    return _plain(a, b), _plain(c, (a - c) * x + b)


def _signed(rng: np.random.Generator) -> tuple[Side, Side]:
    (a, c, x), (b,) = nonzero(rng, 9, 3), nonzero(rng, 20, 1)
    return _plain(a, b), _plain(c, (a - c) * x + b)


def _one_bracket(rng: np.random.Generator) -> tuple[Side, Side]:
    (factor, slope), (p, c, x) = whole(rng, 2, 9, 2), nonzero(rng, 9, 3)
    slope = 1 + slope % 3
    return Side((Part(slope, p, factor),)), _plain(c, factor * (slope * x + p) - c * x)


def _two_brackets(rng: np.random.Generator) -> tuple[Side, Side]:
    (f, g), (a, p, c, q, e) = whole(rng, 2, 9, 2), nonzero(rng, 9, 5)
    return Side((Part(a, p, f), Part(0, e))), Side((Part(c, q, g),))


def _large(rng: np.random.Generator) -> tuple[Side, Side]:
    a, b, c, d = nonzero(rng, 99, 4)
    return _plain(a, b), _plain(c, d)


def _fractions(rng: np.random.Generator) -> tuple[Side, Side]:
    (a, b, c, d), below = nonzero(rng, 9, 4), whole(rng, 1, 6, 4)
    left = _plain(Fraction(a, below[0]), Fraction(b, below[1]))
    return left, _plain(Fraction(c, below[2]), Fraction(d, below[3]))


def _fractions_and_brackets(rng: np.random.Generator) -> tuple[Side, Side]:
    (a, b, c, d, e, h, f, g), below = nonzero(rng, 12, 8), whole(rng, 2, 9, 4)
    left = Side((Part(a, b, Fraction(f, below[0])), Part(Fraction(c, below[1]), d)))
    return left, Side((Part(e, h, Fraction(g, below[2])), Part(0, Fraction(c + d, below[3]))))


_DRAWS = (
    _one_sided,
    _both_sides,
    _signed,
    _one_bracket,
    _two_brackets,
    _large,
    _fractions,
    _fractions_and_brackets,
)
