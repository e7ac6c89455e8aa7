"""Reads lines of division with remainder: `78=26*3+0`, `78-26*3=0`, `78/26=3 r 0`."""

from __future__ import annotations

import re
from typing import NamedTuple

from reasoning_gym.checker.limits import Undefined, Unreadable

_N, _A, _B, _R = (rf"(?P<{name}>\d{{1,18}})" for name in "nabr")
_FORMS = tuple(
    re.compile(form.replace(" ", r"\s{0,3}"), re.ASCII)
    for form in (
        rf" {_N} = {_A} \* {_B} (?:\+ {_R} )?",
        rf" {_N} - {_A} \* {_B} = {_R} ",
        rf" {_N} / {_B} = {_A} (?:r|rem|remainder) {_R} ",
    )
)


class Division(NamedTuple):
    """A true statement: dividend = divisor * quotient + remainder, where the remainder may be too large yet."""

    dividend: int
    divisor: int
    quotient: int
    remainder: int


def read_division(line: str, divisor: int) -> Division:
    """The division by a divisor that a line states.

    Raises:
        Unreadable: if it states none, or one by another number.
        Undefined: if it is false.

    >>> read_division("78/26=3 r 0", 26) == read_division("78=3*26", 26) == Division(78, 26, 3, 0)
    True
    """
    found = next(filter(None, (form.fullmatch(line) for form in _FORMS)), None)
    if found is None:
        raise Unreadable(f"{line[:60]!r} is no division such as '78=26*3+0'")
    first, second = int(found["a"]), int(found["b"])
    by_quotient = "/" in line
    if divisor not in ((second,) if by_quotient else (first, second)):
        raise Unreadable(f"{line[:60]!r} doesn't divide by {divisor}")
    quotient = first if second == divisor else second
    stated = Division(int(found["n"]), divisor, quotient, int(found["r"] or 0))
    if stated.dividend != divisor * quotient + stated.remainder:
        raise Undefined(f"{line[:60]} is false")
    return stated
