"""Reads the one number that an answer states."""

from __future__ import annotations

import re

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.rationals import Rational, rational
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import Node, parse, strip_mathematics_marks
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


def bare(answer: str) -> str:
    r"""An answer without what only dresses it: white space, `$…$`, one `\\boxed{}`, a final full stop.

    >>> bare(" $\\boxed{17}$.\n")
    '17'
    """
    text = strip_mathematics_marks(strip_mathematics_marks(answer))
    if text.startswith(("\\boxed", "\\fbox")):
        text = strip_mathematics_marks(stated_answer(text) or "")
    return text


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
