"""Decides whether two expressions are equal: proved exactly, refuted exactly or numerically, or neither."""

from __future__ import annotations

from collections.abc import Callable

from reasoning_gym.checker.algebra import Algebra, is_algebraic
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.numeric import refuted
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.syntax import Node
from reasoning_gym.problem import CORRECT, Verdict, incorrect, refused, unproved, unreadable


def guarded(decide: Callable[[], Verdict]) -> Verdict:
    """The verdict, where what goes wrong while reading a text is a verdict too.

    For use where the text is a model's: an unreadable, undefined or excessive text never raises.
    """
    try:
        return decide()
    except Unreadable as error:
        return unreadable(str(error))
    except Undefined as error:
        return incorrect(f"undefined: {error}")
    except Refused as error:
        return refused(str(error))


def equal(left: Node, right: Node, algebra: Algebra | None = None) -> Verdict:
    """Whether two expressions are equal wherever both are defined.

    Raises:
        Unreadable, Undefined, Refused: if one side isn't an expression, has no value, or is too much work.
    """
    a, b = rational(left), rational(right)
    if a is not None and b is not None:
        return CORRECT if a == b else incorrect("the values differ")
    algebra = algebra or Algebra()
    difference = algebra.difference(algebra.form(left), algebra.form(right))
    if not difference:
        return CORRECT
    if is_algebraic(difference):
        return incorrect("the expressions differ")
    if refuted(left, right):
        return incorrect("the values differ at a point")
    return unproved("neither equality nor difference could be proved")
