"""Formulas that refer to quantities by their names, as `ways/total` or `1/2*base*height`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.syntax import Apply, Name, Node, Number, parse
from reasoning_gym.families.steps import replaced

_LETTERS = "abcdfghjklmnopqrstuvwxyz"  # variables that may stand for a name while the formula is read
_SPACES = re.compile(r"\s+", re.ASCII)


def formula(text: str, values: Mapping[str, Rational | Node]) -> Node:
    """An expression with the values of the quantities that it names; names are free of spaces.

    Raises:
        Unreadable, Refused: if it can't be read, or names too many.

    >>> formula("base*height/2", {"base": 6, "height": 5}) == parse("6*5/2")
    True
    """
    if not any(map(str.isalpha, text)):
        return parse(text)
    free = [letter for letter in _LETTERS if letter not in text]
    letters: dict[str, str] = {}

    def letter_for(match: re.Match[str]) -> str:
        name = _SPACES.sub("", match[0])
        if name not in letters:
            if not free:
                raise Refused("too many names in one formula")
            letters[name] = free.pop()
        return letters[name]

    node = parse(_names(tuple(values)).sub(letter_for, text))
    for name, letter in letters.items():
        value = values[name]
        node = replaced(node, letter, value if isinstance(value, Name | Apply | Number) else Number(value))
    return node


@lru_cache(maxsize=1024)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of some names, the longest first; not sums, which would bind tighter than they are written."""
    apart = [r"\s*".join(map(re.escape, name)) for name in sorted(names, key=len, reverse=True) if "+" not in name]
    return re.compile(rf"(?<![A-Za-z])(?:{'|'.join(apart) or '(?!)'})(?![A-Za-z0-9(])", re.ASCII)
