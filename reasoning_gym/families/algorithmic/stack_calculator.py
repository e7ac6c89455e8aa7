"""Postfix notation, worked out as a stack calculator does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.checker.shapes import is_worked_out
from reasoning_gym.checker.syntax import parse
from reasoning_gym.families.numbers import bare, number_of
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_PREFIX = "Postfix: "
_FORMAT = f"{ANSWER_FORMAT.format(answer='the integer')} 'a b -' means a-b."
_NUMBER = r"(?:-?\d{1,9}|\(-\d{1,9}\))"
_CALCULATION = re.compile(
    rf"(?P<left>{_NUMBER}) ?(?P<sign>[-+*/]) ?(?P<right>{_NUMBER}) ?= ?(?P<value>{_NUMBER})", re.ASCII
)
_LINE = re.compile(r"(?:-?\d{1,9}|[-+*/])(?: {1,3}(?:-?\d{1,9}|[-+*/])){0,40}", re.ASCII)

Token: TypeAlias = "str | int"  # an operation or a number
Tree: TypeAlias = "int | tuple[str, Tree, Tree]"  # a number, or an operation with what it is done to
Operation: TypeAlias = "tuple[str, int, int]"  # an operation on two numbers


class _Level(NamedTuple):
    operations: int
    signs: str  # that may be drawn
    operand: int  # largest number in the question
    lowest: int  # value of any part
    highest: int


_LEVELS = (
    _Level(2, "+-", 12, 0, 30),
    _Level(3, "+-*", 9, 0, 60),
    _Level(4, "+-*", 9, 0, 99),
    _Level(6, "+-*", 12, -99, 99),
    _Level(8, "+-*/", 20, -199, 199),
    _Level(12, "+-*/", 30, -499, 499),
)


class _Part(NamedTuple):
    """A part of an expression while it is built."""

    tokens: tuple[Token, ...]
    value: int


@family(category="algorithmic", levels=6)
class StackCalculator(Family):
    """Evaluate an expression in postfix notation.

    Statement: `Postfix: 7 3 2 - +`, which is 7+(3-2).
    Thoughts: the whole line after each operation, the leftmost first: `7 1 +`.
    Answer: an integer, worked out.
    Level: 2 to 12 operations; products from level 2, negative results from 4, divisions without remainder from 5.
        Level 1 has about 8,000 different questions.
    Verified: by evaluating the expression.
    Checked step by step: a line is the question's expression, or what valid lines before made of it, with values in
        the place of one or more parts; or a calculation that is next in one of them, `3-2=1`, which no line before did.

        Postfix: 7 3 2 - +
        7 1 +
        Answer: 8
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            draws = rng.random(3 * chosen.operations + 1).tolist()
            whole = _drawn(chosen, draws)
            if whole is not None:
                break
        written = " ".join(map(str, whole.tokens))
        return Problem(Question(self.name, level, f"{_PREFIX}{written}", _FORMAT, whole.tokens), str(whole.value))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        tokens = list(_given(problem.question))
        lines: list[str] = []
        while len(tokens) > 3:
            place = next(i for i, token in enumerate(tokens) if isinstance(token, str))
            value = _value(_tree(tokens[place - 2 : place + 1]))
            tokens[place - 2 : place + 1] = [value]
            lines.append(" ".join(map(str, tokens)))
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        def decide() -> Verdict:
            reached, done = _reached(question, thoughts)
            if (match := _CALCULATION.fullmatch(step)) is not None:
                return _check_calculation(match, _with_results(reached, done))
            tree = _read(step)
            if tree is None:
                raise Unreadable(f"{step[:60]!r} is no postfix expression such as '7 1 +', nor a calculation")
            if tree == reached or not _is_worked_out(tree, reached):
                return incorrect("isn't what operations make of the line before")
            return CORRECT

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        value = _value(_tree(_given(question)))

        def decide() -> Verdict:
            node = parse(bare(answer))
            same = number_of(node) == value and is_worked_out(node)
            return CORRECT if same else incorrect("it is another number, or isn't worked out")

        return guarded(decide)


def _given(question: Question) -> tuple[Token, ...]:
    return cast("tuple[Token, ...]", question.given)


def _drawn(level: _Level, draws: Sequence[float]) -> _Part | None:
    """Numbers joined by as many operations as the level wants; None where a value leaves its bounds."""
    count = level.operations + 1
    parts: list[_Part] = []
    for draw in draws[:count]:
        number = 1 + int(draw * level.operand)
        parts.append(_Part((number,), number))
    for place, sign in zip(draws[count::2], draws[count + 1 :: 2], strict=True):
        left = int(place * (len(parts) - 1))
        joined = _joined(parts[left], parts.pop(left + 1), level.signs[int(sign * len(level.signs))], level)
        if joined is None:
            return None
        parts[left] = joined
    return parts[0]


def _joined(left: _Part, right: _Part, sign: str, level: _Level) -> _Part | None:
    """Two parts as one; what leaves the bounds gives way to a sum.

    A number to divide by becomes a divisor; where another part has a remainder, a difference takes its place.
    """
    if sign == "/":
        divisors = [divisor for divisor in range(2, 13) if left.value and left.value % divisor == 0]
        if divisors and len(right.tokens) == 1:
            divisor = divisors[right.value % len(divisors)]
            right = _Part((divisor,), divisor)
        elif right.value not in divisors:
            sign = "-"
    a, b = left.value, right.value
    for operation in (sign, "+", "-"):
        value = _result(operation, a, b)
        if level.lowest <= value <= level.highest:
            return _Part((*left.tokens, *right.tokens, operation), value)
    return None


def _result(operation: str, a: int, b: int) -> int:
    """The result of an operation; raises Undefined for a division with a remainder, or by zero."""
    if operation == "/":
        if b == 0 or a % b:
            raise Undefined(f"{a}/{b} is no integer")
        return a // b
    return a + b if operation == "+" else a - b if operation == "-" else a * b


def _tree(tokens: Sequence[Token]) -> Tree:
    """The tree of a postfix expression.

    Raises:
        Unreadable: if it lacks numbers or operations.
    """
    stack: list[Tree] = []
    for token in tokens:
        if isinstance(token, int):
            stack.append(token)
            continue
        if len(stack) < 2:
            raise Unreadable(f"there are fewer than two numbers for a {token}")
        right = stack.pop()
        stack.append((token, stack.pop(), right))
    if len(stack) != 1:
        raise Unreadable("there are too few operations for so many numbers")
    return stack[0]


def _read(line: str) -> Tree | None:
    """The tree of a line in postfix notation; None if it is no such line."""
    if _LINE.fullmatch(line) is None:
        return None
    tokens = [token if token in {"+", "-", "*", "/"} else int(token) for token in line.split()]
    try:
        return _tree(tokens)
    except Unreadable:
        return None


def _value(tree: Tree) -> int:
    """The value of an expression.

    Raises:
        Undefined: where a division has no integer as its result.
    """
    if isinstance(tree, int):
        return tree
    operation, left, right = tree
    return _result(operation, _value(left), _value(right))


def _is_worked_out(tree: Tree, whole: Tree) -> bool:
    """Whether a tree is a whole, or has values in the place of some of its parts."""
    if isinstance(tree, int):
        return tree == _value(whole)
    if isinstance(whole, int) or tree[0] != whole[0]:
        return False
    return _is_worked_out(tree[1], whole[1]) and _is_worked_out(tree[2], whole[2])


def _reached(question: Question, thoughts: Sequence[str]) -> tuple[Tree, set[Operation]]:
    """What valid lines made of a question's expression, and the calculations that are done beside it."""
    reached = _tree(_given(question))
    done: set[Operation] = set()
    for line in thoughts:
        tree = _read(line)
        if tree is not None and _is_worked_out(tree, reached):
            reached = tree
        match = _CALCULATION.fullmatch(line)
        if match is not None and _check_calculation(match, _with_results(reached, done)).correct:
            done.add(_calculation(match))
    return reached, done


def _calculation(match: re.Match[str]) -> Operation:
    return match["sign"], int(match["left"].strip("()")), int(match["right"].strip("()"))


def _check_calculation(match: re.Match[str], tree: Tree) -> Verdict:
    """Whether a calculation is right, and one of those that are next in a tree."""
    operation, left, right = _calculation(match)
    if (operation, left, right) not in _next(tree):
        return incorrect("the calculation isn't one of those that are next")
    same = _result(operation, left, right) == int(match["value"].strip("()"))
    return CORRECT if same else incorrect("the result is another number")


def _next(tree: Tree) -> list[Operation]:
    """The operations of a tree whose numbers are known."""
    if isinstance(tree, int):
        return []
    operation, left, right = tree
    if isinstance(left, int) and isinstance(right, int):
        return [(operation, left, right)]
    return [*_next(left), *_next(right)]


def _with_results(tree: Tree, done: set[Operation]) -> Tree:
    """A tree with results in the place of the calculations that are done."""
    if isinstance(tree, int):
        return tree
    operation, left, right = tree[0], _with_results(tree[1], done), _with_results(tree[2], done)
    if isinstance(left, int) and isinstance(right, int) and (operation, left, right) in done:
        return _result(operation, left, right)
    return operation, left, right
