"""Decides whether an answer is right, by proof: no eval, no tolerance, bounded work.

>>> check("x = 0.5", "1/2").correct
True
>>> check("41 or 42", "42")
Verdict(status=<Status.INCORRECT: 'incorrect'>, reason='one value was asked for')
"""

from reasoning_gym.checker.calculations import check_calculations
from reasoning_gym.checker.compare import Kind, Policy, Reference, check, parse_reference
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.extract import extract_answer, stated_answer
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse

__all__ = [
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
    "equal",
    "extract_answer",
    "guarded",
    "parse",
    "parse_reference",
    "rational",
    "stated_answer",
]
