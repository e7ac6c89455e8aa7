"""Reads answers that give whole numbers to some unknowns: `x=-1,y=3` or `(-1,3)`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.readings import plain, spaced

# a comma, a word, or nothing but a blank before the next name
_BETWEEN = re.compile(r" ?(?:[,;] ?(?:and\b ?)?|\band\b ?)| (?=[a-z] ?=)", re.ASCII)
_VALUE = re.compile(r"(?:(?P<name>[a-z])\s*=\s*)?(?P<sign>[+-]?)\s*(?P<digits>\d{1,18})", re.ASCII)
_LATEX_BRACKET = re.compile(r"\\(?:(?:left|right)\\?)?([()\[\]{}])", re.ASCII)
_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}", re.ASCII)


def read_named(answer: str, names: Sequence[str]) -> tuple[int, ...]:
    """The values of some unknowns: named, in any order, or without names in the order of the names.

    Raises:
        Unreadable, Refused: if it says anything else, or leaves one out.

    >>> read_named("y = 3 and x = -1", "xy"), read_named("(x,y)=(-1,3)", "xy"), read_named("-1, 3", "xy")
    ((-1, 3), (-1, 3), (-1, 3))
    """
    lines = plain(answer).replace("\N{MINUS SIGN}", "-").lower().splitlines()
    text = _LATEX_BRACKET.sub(r"\1", spaced(",".join(line for line in lines if line.strip())))
    left, equals, right = text.partition("=")
    if equals and "".join(left.split()) == f"({','.join(names)})":
        text = right.strip()
    bracketed = _BRACKETED.fullmatch(text)
    inside = bracketed[bracketed.lastindex or 0] if bracketed else text
    parts = _BETWEEN.split(inside.strip(), maxsplit=len(names))
    matches = [match for part in parts if (match := _VALUE.fullmatch(part.strip()))]
    if len(matches) == len(parts) == len(names):
        values = {match["name"]: int(match["sign"] + match["digits"]) for match in matches}
        if set(values) == set(names):
            return tuple(values[name] for name in names)
        if set(values) == {None}:
            return tuple(int(match["sign"] + match["digits"]) for match in matches)
    raise Unreadable(f"{answer[:40]!r} gives no whole numbers to {', '.join(names)}")
