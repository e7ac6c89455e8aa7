"""Negative numbers: sums, products, quotients, powers and signs in front of brackets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.syntax import Node, parse
from reasoning_gym.families.decimals import check_decimal
from reasoning_gym.families.numbers import operations
from reasoning_gym.families.rewriting import check_rewriting
from reasoning_gym.families.steps import Measure
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Given, Problem, Question, Verdict

LARGEST = 200  # size of any part of an expression
_FORMAT = ANSWER_FORMAT.format(answer="the integer")
_POWER_FORMAT = ANSWER_FORMAT.format(answer="the integer; -2^4 means -(2^4)")
_PREFIX = "Evaluate: "
_SUM, _SIGNED, _PRODUCT, _POWER, _NUMBER = range(5)  # how tightly an expression holds together


class _Level(NamedTuple):
    operations: str  # drawn from
    size: int  # how many operations
    signs: float = 0  # how often a part gets a sign in front
    powers: float = 0  # how often a number is a power
    largest: int = 12  # number


_LEVELS = (
    _Level("+-", 1, largest=20),
    _Level("+-", 2),
    _Level("*/", 2),
    _Level("+-*", 2, largest=15),
    _Level("+-", 2, signs=0.8),
    _Level("+-*", 2, powers=0.7),
    _Level("+-*/", 4, signs=0.2, powers=0.1),
    _Level("+-*/", 5, signs=0.3, powers=0.3),
)


class _Text(NamedTuple):
    """A part of an expression as it is written."""

    text: str
    binding: int


@family(category="arithmetic", levels=8)
class SignedArithmetic(Family):
    """Evaluate an expression of negative and positive integers.

    Statement: `Evaluate: -3-(-5)`, `Evaluate: -(-2)^3*4`. A power binds more than the sign before it: -2^4 is -16.
    No part of an expression is 0, none is larger than 200 or smaller than -200, and every quotient is an integer.
    Thoughts: the whole expression after each step, the leftmost first of those that are ready: a number taken or
    added with its sign, `-3+5`, or an operation worked out.
    Answer: an integer, worked out: -40/8 is incorrect.
    Level: 1 two numbers (about 2,350 different questions), 2 three, 3 products and quotients, 4 both, 5 signs before
    brackets, 6 powers, 7 and 8 four and five operations of all kinds.
    Verified: by evaluating the expression.
    Checked step by step: a line must have the question's value and, of all lines so far, the fewest operations, or as
    few and fewer signs and brackets; there may be no more lines than the question has of all these.

        Evaluate: -3-(-5)
        -3+5
        Answer: 2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while True:
            tree = _draw(rng, _LEVELS[level - 1])
            if tree is not None and ((written := _written(tree).text).startswith("-") or "(-" in written):
                break
        answer_format = _POWER_FORMAT if "^" in written else _FORMAT
        question = Question(self.name, level, _PREFIX + written, answer_format, (tree,))
        return Problem(question, str(_evaluate(tree)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*_lines(problem.question.given[0]), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        written = question.statement.removeprefix(_PREFIX)
        most = _measure(parse(written), written)
        return check_rewriting(step, thoughts, written, _evaluate(question.given[0]), _measure, most)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_decimal(answer, _evaluate(question.given[0]))


def _measure(node: Node, text: str) -> Measure:
    return operations(node), sum(map(text.count, "-−([{"))


def _draw(rng: np.random.Generator, level: _Level) -> Given | None:
    """A random tree; None where a part is 0 or too large, or a quotient no integer."""
    draws = rng.random((level.size + 1, 4)).tolist()
    choices = rng.random((level.size, 3)).tolist()
    parts = [_number(level, *draw) for draw in draws]
    for place, kind, sign in choices:
        left = int(place * (len(parts) - 1))
        operation = level.operations[int(kind * len(level.operations))]
        joined = _join(operation, parts[left], parts.pop(left + 1))
        if joined is None:
            return None
        parts[left] = ("neg", joined) if sign < level.signs / 2 else joined
    return parts[0]


def _number(level: _Level, size: float, sign: float, power: float, exponent: float) -> Given:
    """A number, a power, or either with a sign in front."""
    number: Given = (1 + int(size * level.largest)) * (-1 if sign < 0.6 else 1)
    if power < level.powers:
        base = (2 + int(size * 4)) * (-1 if sign < 0.6 else 1)
        number = ("^", base, 2 + int(exponent * (3 if abs(base) < 4 else 1)))
    return ("neg", number) if level.signs and sign < level.signs - 0.3 else number


def _join(operation: str, left: Given, right: Given) -> Given | None:
    """Two parts as one; two plain numbers to be divided become their product over one of them."""
    if operation == "/" and isinstance(left, int) and isinstance(right, int):
        left *= right
    a, b = _evaluate(left), _evaluate(right)
    if operation == "/" and (a % b or abs(b) == 1):
        return None
    tree = (operation, left, right)
    return tree if 0 < abs(_evaluate(tree)) <= LARGEST and abs(a) <= LARGEST else None


def _branch(tree: Given) -> tuple[str, Given, Given]:
    return cast("tuple[str, Given, Given]", tree)


def _parts(tree: Given) -> tuple[Given, ...]:
    """What an operation works on."""
    return tree[1:] if isinstance(tree, tuple) else ()


def _evaluate(tree: Given) -> int:
    if isinstance(tree, int):
        return tree
    if len(_parts(tree)) == 1:
        return -_evaluate(_parts(tree)[0])
    operation, left, right = _branch(tree)
    a, b = _evaluate(left), _evaluate(right)
    if operation in "+-":
        return a + b if operation == "+" else a - b
    return a * b if operation == "*" else a // b if operation == "/" else a**b


def _written(tree: Given) -> _Text:
    """The expression with the brackets that it needs; a sign that isn't the first thing stands in some."""
    if isinstance(tree, int):
        return _Text(str(tree), _NUMBER if tree >= 0 else _SIGNED)
    if len(_parts(tree)) == 1:
        inner = _written(_parts(tree)[0])
        return _Text(f"-({inner.text})" if inner.binding < _POWER else f"-{inner.text}", _SIGNED)
    operation, left, right = _branch(tree)
    binding = _SUM if operation in "+-" else _POWER if operation == "^" else _PRODUCT
    a, b = _written(left), _written(right)
    bare = a.binding >= binding or (a.binding == _SIGNED and binding == _PRODUCT)
    left_text = a.text if bare and not (binding == _POWER and a.binding < _NUMBER) else f"({a.text})"
    right_text = f"({b.text})" if b.binding <= binding or b.text.startswith("-") else b.text
    return _Text(f"{left_text}{operation}{right_text}", binding)


def _lines(tree: Given) -> Iterator[str]:
    """The expression after each step, up to the number that is asked for."""
    text, answer = _written(tree).text, str(_evaluate(tree))
    while not isinstance(tree, int):
        tree = _step(tree)
        before, text = text, _written(tree).text
        if text not in (before, answer):
            yield text


def _step(tree: Given) -> Given:
    """The tree after its next step: within the leftmost operation on numbers."""
    parts = list(_parts(tree))
    for place, part in enumerate(parts):
        if not isinstance(part, int):
            parts[place] = _step(part)
            return (cast("tuple[Given, ...]", tree)[0], *parts)
    if len(parts) == 2 and cast("int", parts[1]) < 0 and _branch(tree)[0] in "+-":
        return ("-" if _branch(tree)[0] == "+" else "+", parts[0], -cast("int", parts[1]))
    return _evaluate(tree)
