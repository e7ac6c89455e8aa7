"""Whole-number expressions, worked out one operation at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.syntax import parse
from reasoning_gym.families.bare_texts import calculation_tree, operations_in, spelled, whole_number
from reasoning_gym.families.numbers import check_number, operations, sides, value_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Given, Problem, Question, Verdict, incorrect

LOWEST, HIGHEST = 2, 12  # operands
LARGEST = 99  # value of any part of an expression
_FORMAT = ANSWER_FORMAT.format(answer="the integer")
_PREFIX = "Evaluate: "
_SUM, _PRODUCT, _NUMBER = range(3)  # how tightly an expression holds together

# The leftmost operation that is ready: two numbers, and no neighbour that binds them first.
_READY = re.compile(
    r"(?<![\d*])(?P<a>\d+)\*(?P<b>\d+)|(?<![\d*+-])(?P<c>\d+)(?P<sign>[+-])(?P<d>\d+)(?![\d*])", re.ASCII
)
_LONE = re.compile(r"\((\d+)\)", re.ASCII)


class _Part(NamedTuple):
    """A part of an expression while it is built."""

    text: str
    value: int  # 0 to LARGEST
    binding: int
    tree: Given  # a number, or (operation, left tree, right tree)


@family(category="arithmetic", levels=10)
class IntegerExpression(Family):
    """Evaluate an expression of whole numbers with +, - and *.

    Statement: `Evaluate: 3*4+(7-2)`. Operands are 2 to 12, the value of every part is 0 to 99.
    Thoughts: the whole expression after each operation, the leftmost first of those that are ready.
    Answer: an integer, worked out.
    Level: the number of operations. Level 1 has about 290 different questions, level 2 over 30,000.
    Verified: by evaluating the expression.
    Checked step by step: a line must have the question's value and fewer operations than the line before.

        Evaluate: 3*4+(7-2)
        12+(7-2)
        12+5
        Answer: 17
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        draws = rng.random(3 * level + 1).tolist()
        parts: list[_Part] = []
        for draw in draws[: level + 1]:
            operand = LOWEST + int(draw * (HIGHEST - LOWEST + 1))
            parts.append(_Part(str(operand), operand, _NUMBER, operand))
        for place, operation in zip(draws[level + 1 : 2 * level + 1], draws[2 * level + 1 :], strict=True):
            left = int(place * (len(parts) - 1))
            parts[left] = _join(parts[left], parts.pop(left + 1), "+-*"[int(operation * 3)])
        whole = parts[0]
        question = Question(self.name, level, _PREFIX + whole.text, _FORMAT, (whole.tree,))
        return Problem(question, str(whole.value))

    def ask(self, text: str) -> Question | None:
        tree = calculation_tree(parse(spelled(text)), whole_number, "+-*")
        size = len(operations_in(tree))
        if size == 0 or (size == 1 and _is_long_product(tree)):
            return None
        return Question(self.name, min(size, self.levels), _PREFIX + _part(tree).text, _FORMAT, (tree,))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        line = problem.question.statement.removeprefix(_PREFIX)
        lines: list[str] = []
        while not line.isdigit():
            line = reduce(line)
            lines.append(line)
        return (*lines[:-1], f"Answer: {line}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        value = _evaluate(question.given[0])
        return guarded(lambda: _check_line(step, value, _operations_left(question, thoughts, value)))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _evaluate(question.given[0]))


def _join(left: _Part, right: _Part, operation: str) -> _Part:
    """Two parts as one. An operation whose value would leave 0 to LARGEST gives way to one that stays in it."""
    a, b = left.value, right.value
    if operation == "*" and a * b > LARGEST:
        operation = "+"
    if operation == "+" and a + b > LARGEST:
        operation = "-"
    if operation == "-" and a < b:
        left, right, a, b = right, left, b, a
    return _joined(operation, left, right)


def _part(tree: Given) -> _Part:
    """The part that a tree stands for."""
    if isinstance(tree, int):
        return _Part(str(tree), tree, _NUMBER, tree)
    operation, left, right = cast("tuple[str, Given, Given]", tree)
    return _joined(operation, _part(left), _part(right))


def _joined(operation: str, left: _Part, right: _Part) -> _Part:
    """Two parts as one, with the brackets that they need."""
    a, b = left.value, right.value
    value = a * b if operation == "*" else a + b if operation == "+" else a - b
    binding = _PRODUCT if operation == "*" else _SUM
    left_text = f"({left.text})" if left.binding < binding else left.text
    right_text = f"({right.text})" if right.binding <= binding else right.text
    return _Part(f"{left_text}{operation}{right_text}", value, binding, (operation, left.tree, right.tree))


def _is_long_product(tree: Given) -> bool:
    """Whether a single operation is a product that is worked out on paper, as another family asks it."""
    operation, left, right = cast("tuple[str, int, int]", tree)
    return operation == "*" and (left * right > LARGEST or max(left, right) > HIGHEST)


def reduce(line: str) -> str:
    """The expression after its next operation, without brackets around a lone number.

    >>> reduce("3*4+(7-2)"), reduce("12+(7-2)"), reduce("2+3*4")
    ('12+(7-2)', '12+5', '2+12')
    """
    return _LONE.sub(r"\1", _READY.sub(_result, line, count=1))


def _result(match: re.Match[str]) -> str:
    if match["sign"] is None:
        return str(int(match["a"]) * int(match["b"]))
    a, b = int(match["c"]), int(match["d"])
    return str(a + b if match["sign"] == "+" else a - b)


def _evaluate(tree: Given) -> int:
    if isinstance(tree, int):
        return tree
    operation, left, right = cast("tuple[Given, Given, Given]", tree)
    a, b = _evaluate(left), _evaluate(right)
    return a * b if operation == "*" else a + b if operation == "+" else a - b


def _check_line(step: str, value: int, before: int) -> Verdict:
    """A line is an expression, or a chain of equal ones of which the last counts as what remains."""
    expressions = sides(parse(step))
    if any(value_of(expression) != value for expression in expressions):
        return incorrect("its value isn't the question's")
    if operations(expressions[-1]) >= before:
        return incorrect("leaves no fewer operations than the line before")
    return CORRECT


def _operations_left(question: Question, thoughts: Sequence[str], value: int) -> int:
    """The operations of the last line that has the question's value, or of the question."""
    for line in reversed(thoughts):
        try:
            last = sides(parse(line))[-1]
            if value_of(last) == value:
                return operations(last)
        except (Unreadable, Refused, Undefined):
            continue
    return sum(map(question.statement.count, "+-*"))
