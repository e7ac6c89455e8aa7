"""Decides whether an answer is right, by proof: no eval, no tolerance, bounded work.

>>> check("x = 0.5", "1/2").correct
True
>>> check("41 or 42", "42")
Verdict(status=<Status.INCORRECT: 'incorrect'>, reason='one value was asked for')
"""

from reasoning_gym.checker.calculations import check_calculations
from reasoning_gym.checker.compare import Reference, check, check_stated, parse_reference
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.nodes import Kind
from reasoning_gym.checker.policy import Policy
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.responses import extract_answer
from reasoning_gym.checker.syntax import parse
from reasoning_gym.checker.tree import Apply, Name, Node, Number

VERSION = 1  # rises when an answer would get another verdict than before

__all__ = [
    "VERSION",
    "Apply",
    "Kind",
    "Name",
    "Node",
    "Number",
    "Policy",
    "Reference",
    "Refused",
    "Undefined",
    "Unreadable",
    "check",
    "check_calculations",
    "check_stated",
    "equal",
    "extract_answer",
    "guarded",
    "parse",
    "parse_reference",
    "rational",
    "stated_answer",
]
