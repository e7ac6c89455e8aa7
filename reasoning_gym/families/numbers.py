"""Reads numbers, calculations and chains of equal expressions in what a model wrote."""

from __future__ import annotations

import re
from typing import NamedTuple

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.extract import unboxed
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.rationals import Rational, rational
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import Apply, Node, Number, parse, strip_mathematics_marks
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


def bare(answer: str) -> str:
    r"""An answer without what only dresses it: white space, `$…$`, one `\\boxed{}`, a final full stop.

    >>> bare(" $\\boxed{17}$.\n")
    '17'
    """
    return strip_mathematics_marks(unboxed(strip_mathematics_marks(strip_mathematics_marks(answer))))


def number_of(node: Node) -> Rational:
    """The value of a number that is written out.

    Raises:
        Unreadable: if the node is anything else, such as a calculation.
        Undefined: for a fraction over zero.
    """
    value = rational(node) if is_number(node) else None
    if value is None:
        raise Unreadable("one number was asked for, worked out")
    return value


def check_number(answer: str, value: Rational) -> Verdict:
    """Whether an answer is a number, written out, of this value. Never raises on the answer.

    >>> check_number("17.0", 17).correct, check_number("3*4+5", 17).correct
    (True, False)
    """
    if _WHOLE.fullmatch(answer):
        return CORRECT if int(answer) == value else incorrect("the values differ")
    return guarded(lambda: CORRECT if number_of(parse(bare(answer))) == value else incorrect("the values differ"))


def sides(node: Node) -> list[Node]:
    """The expressions of `a=b=c`; an expression by itself is its only side."""
    links = node.args if isinstance(node, Apply) and node.head == "chain" else (node,)
    found: list[Node] = []
    for link in links:
        if not (isinstance(link, Apply) and link.head == "="):
            return [node]
        found = [*found[:-1], *link.args]
    return found


def value_of(node: Node) -> Rational:
    """The value of an expression of numbers.

    Raises:
        Unreadable: if it holds anything else.
        Undefined, Refused: as `rational`.
    """
    value = rational(node)
    if value is None:
        raise Unreadable("an expression of numbers was expected")
    return value


def operations(node: Node) -> int:
    """How many operations are left to do; a sign isn't one.

    >>> operations(parse("3*4-(7-2)"))
    3
    """
    if not isinstance(node, Apply):
        return 0
    here = len(node.args) - 1 if node.head in {"+", "*"} else node.head != "neg"
    return here + sum(operations(argument) for argument in node.args)


class Calculation(NamedTuple):
    """One operation and its result, as in `3*4=12`."""

    operation: str  # + * / or ^; a difference is a sum with a negative term
    operands: tuple[Rational, ...]
    result: Rational

    @property
    def true(self) -> bool:
        """Whether the result is the operation's value."""
        return rational(Apply(self.operation, tuple(Number(operand) for operand in self.operands))) == self.result


def calculation(node: Node) -> Calculation:
    """The calculation that an equation states: one operation on written numbers, and its result on either side.

    Raises:
        Unreadable: if it states anything else.
        Undefined: for a fraction over zero.

    >>> calculation(parse("7-2=5"))
    Calculation(operation='+', operands=(7, -2), result=5)
    """
    if not (isinstance(node, Apply) and node.head == "="):
        raise Unreadable("a calculation was expected, such as 3*4=12")
    left, right = node.args
    if is_number(left) and not is_number(right):
        left, right = right, left
    if not (isinstance(left, Apply) and left.head in {"+", "*", "/", "^"}):
        raise Unreadable("a calculation was expected, such as 3*4=12")
    return Calculation(left.head, tuple(number_of(operand) for operand in left.args), number_of(right))
