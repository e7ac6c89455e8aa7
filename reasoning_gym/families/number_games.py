"""Games in which given numbers are combined by + - * and / until a target is reached.

A thought is one operation and the numbers that are left, as in `3*4=12;2,12`; an answer is an expression.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.syntax import Apply, Name, Node, Number
from reasoning_gym.problem import CORRECT, Verdict, incorrect, unreadable

Move: TypeAlias = "tuple[Rational, str, Rational, Rational]"  # a, sign, b, result

_ARITHMETIC = frozenset({"+", "*", "/", "neg"})


class Rules(NamedTuple):
    """What a game allows."""

    move: re.Pattern[str]  # a line, with groups for a, the sign, b, the result, and what is left, if it says so
    combine: Callable[[Rational, str, Rational], Rational | None]  # None where there is no such result
    result: str  # what kind of number that is, in words


def check_move(rules: Rules, numbers: Iterable[Rational], thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line is a legal move from the numbers at hand and says rightly what is left."""
    left = list(numbers)
    for line in thoughts:
        left = _after(rules, left, line) or left
    if rules.move.fullmatch(step.strip()) is None:
        return unreadable(f"{step[:60]!r} is no move such as '3*4=12;2,12'")
    return (
        CORRECT if _after(rules, left, step) else incorrect(f"no legal move from {_listed(left)}, or others are left")
    )


def _after(rules: Rules, left: Sequence[Rational], line: str) -> list[Rational] | None:
    """The numbers that are left after a line; None if it is no legal move from these."""
    move = rules.move.fullmatch(line.strip())
    if move is None:
        return None
    try:
        a, b, result = (_value(move[place]) for place in (1, 3, 4))
        stated = sorted(map(_value, move[5].split(","))) if move[5] else None
    except ZeroDivisionError:
        return None
    rest = Counter(left)
    rest.subtract((a, b))
    rest[result] += 1
    legal = min(rest.values()) >= 0 and rules.combine(a, move[2], b) == result
    after = sorted(rest.elements())
    return after if legal and stated in (None, after) else None


def _value(text: str) -> Rational:
    """The value of `12`, `8/3`, `-2` or `(8/3)`."""
    bare = text.strip(" ()")
    return int(bare) if bare.isdigit() else tidy(Fraction(bare))


def move_lines(numbers: Iterable[Rational], moves: Iterable[Move]) -> list[str]:
    """The moves as lines, each with the numbers that are left."""
    left = list(numbers)
    found: list[str] = []
    for a, sign, b, result in moves:
        left.remove(a)
        left.remove(b)
        left = sorted([*left, result])
        found.append(f"{_operand(a)}{sign}{_operand(b)}={result};{_listed(left)}")
    return found


def _operand(value: Rational) -> str:
    return str(value) if isinstance(value, int) and value >= 0 else f"({value})"


def _listed(numbers: Iterable[Rational]) -> str:
    return ",".join(map(str, numbers))


def expression(numbers: Iterable[int], moves: Iterable[Move]) -> str:
    """The moves as one expression, with brackets around every part that isn't a number."""
    parts: list[tuple[Rational, str]] = [(number, str(number)) for number in numbers]
    for a, sign, b, result in moves:
        left, right = _take(parts, a), _take(parts, b)
        parts.append((result, f"({left}{sign}{right})"))
    return parts[0][1][1:-1]


def _take(parts: list[tuple[Rational, str]], value: Rational) -> str:
    index = next(i for i, part in enumerate(parts) if part[0] == value)
    return parts.pop(index)[1]


def without_target(node: Node, target: int) -> Node:
    """The expression of `expression = target` or `target = expression`."""
    if isinstance(node, Apply) and node.head == "=":
        left, right = node.args
        return left if right == Number(target) else right if left == Number(target) else node
    return node


def whole_numbers(node: Node) -> list[int]:
    """The whole numbers in an expression of the four operations.

    Raises:
        Unreadable: if it holds anything else.
    """
    if isinstance(node, Number) and node.places is None:
        return [abs(int(node.value))]
    if isinstance(node, Apply) and node.head in _ARITHMETIC:
        return [number for argument in node.args for number in whole_numbers(argument)]
    what = node.name if isinstance(node, Name) else node.head if isinstance(node, Apply) else "a decimal"
    raise Unreadable(f"{what} has no place in an expression of whole numbers and + - * /")


def play_out(rules: Rules, node: Node) -> Rational:
    """The value of an expression whose results on the way are allowed, from left to right.

    Raises:
        Undefined: if one of them isn't, or a minus stands before a number or bracket by itself.
    """
    if isinstance(node, Apply) and node.head != "neg":
        first, *others = node.args
        value = play_out(rules, first)
        for other in others:
            result = rules.combine(value, *_signed(rules, node.head, other))
            if result is None:
                raise Undefined(f"a result on the way from {value} on is no {rules.result}")
            value = result
        return value
    if isinstance(node, Number) and node.value > 0:
        return node.value
    raise Undefined("numbers are positive, and a minus stands between two of them")


def _signed(rules: Rules, sign: str, part: Node) -> tuple[str, Rational]:
    """The operation and the number of a term or factor: a difference is a sum with a negative term."""
    if sign == "+" and isinstance(part, Number) and part.value < 0:
        return "-", -part.value
    if sign == "+" and isinstance(part, Apply) and part.head == "neg":
        return "-", play_out(rules, part.args[0])
    return sign, play_out(rules, part)
