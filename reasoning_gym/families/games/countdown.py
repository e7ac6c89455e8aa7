"""Countdown: reach a target from given numbers by arithmetic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.numbers import bare
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_HIGHEST = (9, 9, 12, 15, 25, 50)  # of the given numbers, by level
_LARGEST = (99, 99, 99, 199, 499, 999)  # of any result on the way
_FORMAT = ANSWER_FORMAT.format(
    answer="an expression that uses each number at most once; results on the way are positive integers"
)
_MOVE = re.compile(r"(\d{1,6}) ?([-+*/]) ?(\d{1,6}) ?= ?(\d{1,9}) ?; ?(\d{1,9}(?: ?, ?\d{1,9}){0,9})", re.ASCII)
_ARITHMETIC = frozenset({"+", "*", "/", "neg"})


@family(category="games", levels=6, many_answers=True)
class Countdown(Family):
    """Reach a target from given numbers by +, -, * and /.

    Statement: `Make 24 from 2,3,4`.
    Thoughts: one operation a line, then the numbers that are left: `3*4=12;2,12`.
    Answer: an expression of value 24 that uses each given number at most once: `2*(3*4)`. The target
        alone is no answer unless it is one of the numbers, which is never asked.
    Level: one number more than the level, larger numbers and larger results. Level 1 has 124 and level 2 about 1,800
        different questions.
    Verified: by playing the expression out from left to right and counting its numbers; any right one is
        accepted, with or without `=24`.
    Checked step by step: a line must be a legal move from the numbers at hand, with a positive integer
        result; whether it leads to the target isn't asked.

        Make 24 from 2,3,4
        3*4=12;2,12
        2*12=24;24
        Answer: 2*(3*4)
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw numbers and combine them at random, so that every target can be reached."""
        while True:
            draws = rng.random(4 * level + 1).tolist()
            numbers = sorted(1 + int(draw * _HIGHEST[level - 1]) for draw in draws[: level + 1])
            moves = _play(numbers, draws[level + 1 :], _LARGEST[level - 1])
            if moves and (target := moves[-1][3]) not in numbers:
                break
        statement = f"Make {target} from {','.join(map(str, numbers))}"
        question = Question(self.name, level, statement, _FORMAT, given=(target, tuple(numbers)))
        return Problem(question, _expression(numbers, moves), secret=moves)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The moves that made the problem."""
        left = list(_given(problem.question)[1])
        lines: list[str] = []
        for a, sign, b, result in cast("tuple[tuple[int, str, int, int], ...]", problem.secret):
            left.remove(a)
            left.remove(b)
            left = sorted([*left, result])
            lines.append(f"{a}{sign}{b}={result};{','.join(map(str, left))}")
        return (*lines, f"Answer: {problem.answer}")

    def verify(self, problem: Problem, answer: str) -> Verdict:
        """Evaluate the expression and count its numbers."""
        return self.check_conclusion(problem.question, (), answer)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        """Whether the expression has the target's value and uses the given numbers only."""
        target, numbers = _given(question)

        def decide() -> Verdict:
            node = _without_target(parse(bare(answer)), target)
            extra = Counter(_numbers(node)) - Counter(numbers)
            if extra:
                return incorrect(f"{next(iter(extra))} isn't among the numbers, or is used too often")
            value = _play_out(node)
            return CORRECT if value == target else incorrect(f"the value is {value}, not {target}")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        """Whether a line is a legal move from the numbers at hand and says rightly what is left."""
        left = list(_given(question)[1])
        for line in thoughts:
            left = _after(left, line) or left
        if _MOVE.fullmatch(step.strip()) is None:
            return unreadable(f"{step[:60]!r} is no move such as '3*4=12;2,12'")
        return CORRECT if _after(left, step) else incorrect(f"no legal move from {left}, or other numbers are left")


def _play(numbers: Sequence[int], draws: Sequence[float], largest: int) -> tuple[tuple[int, str, int, int], ...]:
    """Moves (a, sign, b, result) that combine all numbers into one; empty where the draws lead nowhere."""
    left = list(numbers)
    moves: list[tuple[int, str, int, int]] = []
    for which, other, sign in zip(draws[::3], draws[1::3], draws[2::3], strict=True):
        a = left.pop(int(which * len(left)))
        b = left.pop(int(other * len(left)))
        a, b = max(a, b), min(a, b)
        operation = "+-*/"[int(sign * 4)]
        result = _combine(a, operation, b)
        if result is None or result > largest or (operation in "*/" and b == 1):
            return ()
        moves.append((a, operation, b, result))
        left.append(result)
    return tuple(moves)


def _combine(a: int, sign: str, b: int) -> int | None:
    """The result of a legal move; None where it is no positive integer."""
    if sign == "+":
        return a + b
    if sign == "-":
        return a - b if a > b else None
    if sign == "*":
        return a * b
    return a // b if b and a % b == 0 else None


def _expression(numbers: Sequence[int], moves: Sequence[tuple[int, str, int, int]]) -> str:
    """The moves as one expression, with brackets around every part that isn't a number."""
    parts = [(number, str(number)) for number in numbers]
    for a, sign, b, result in moves:
        left, right = _take(parts, a), _take(parts, b)
        parts.append((result, f"({left}{sign}{right})"))
    return parts[0][1][1:-1]


def _take(parts: list[tuple[int, str]], value: int) -> str:
    index = next(i for i, part in enumerate(parts) if part[0] == value)
    return parts.pop(index)[1]


def _given(question: Question) -> tuple[int, tuple[int, ...]]:
    target, numbers = question.given
    return cast("int", target), cast("tuple[int, ...]", numbers)


def _after(left: Sequence[int], line: str) -> list[int] | None:
    """The numbers that are left after a line; None if it is no legal move from these."""
    move = _MOVE.fullmatch(line.strip())
    if move is None:
        return None
    a, b, result = int(move[1]), int(move[3]), int(move[4])
    stated = sorted(map(int, move[5].split(",")))
    rest = Counter(left)
    rest.subtract((a, b))
    rest[result] += 1
    legal = min(rest.values()) >= 0 and _combine(a, move[2], b) == result
    return stated if legal and sorted(rest.elements()) == stated else None


def _without_target(node: Node, target: int) -> Node:
    """The expression of `expression = target` or `target = expression`."""
    if isinstance(node, Apply) and node.head == "=":
        left, right = node.args
        return left if right == Number(target) else right if left == Number(target) else node
    return node


def _numbers(node: Node) -> list[int]:
    """The whole numbers in an expression of the four operations.

    Raises:
        Unreadable: if it holds anything else.
    """
    if isinstance(node, Number) and node.places is None:
        return [abs(int(node.value))]
    if isinstance(node, Apply) and node.head in _ARITHMETIC:
        return [number for argument in node.args for number in _numbers(argument)]
    what = node.name if isinstance(node, Name) else node.head if isinstance(node, Apply) else "a decimal"
    raise Unreadable(f"{what} has no place in an expression of whole numbers and + - * /")


def _play_out(node: Node) -> int:
    """The value of an expression whose results on the way are positive integers, from left to right.

    Raises:
        Undefined: if one of them isn't.
    """
    if isinstance(node, Number):
        value = int(node.value)
    elif isinstance(node, Apply) and node.head != "neg":
        sign = node.head
        first, *others = node.args
        value = _play_out(first)
        for other in others:
            result = _combine(value, *_signed(sign, other))
            if result is None:
                raise Undefined(f"a result on the way from {value} on is no positive integer")
            value = result
    else:
        value = 0
    if value <= 0:
        raise Undefined("numbers and results on the way are positive")
    return value


def _signed(sign: str, part: Node) -> tuple[str, int]:
    """The operation and the positive number of a term or factor: a difference is a sum with a negative term."""
    if sign == "+" and isinstance(part, Number) and part.value < 0:
        return "-", -int(part.value)
    if sign == "+" and isinstance(part, Apply) and part.head == "neg":
        return "-", _play_out(part.args[0])
    return sign, _play_out(part)
