"""Counts as products of what they are made of: `7*C(3,2)*6=7*3*6=126`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Factor(NamedTuple):
    """A factor of a count, and what it comes to."""

    text: str
    value: int


def plain(number: int) -> Factor:
    """A number as it is."""
    return Factor(str(number), number)


def choose(count: int, chosen: int) -> Factor:
    """In how many ways some of a number of things are chosen."""
    return Factor(f"C({count},{chosen})", math.comb(count, chosen))


def power(base: int, exponent: int) -> Factor:
    """So many independent choices."""
    return Factor(f"{base}^{exponent}", base**exponent)


def factorial(number: int) -> Factor:
    """In how many orders things stand."""
    return Factor(f"{number}!", math.factorial(number))


def value_of(factors: Sequence[Factor]) -> int:
    """What the product comes to."""
    return math.prod(factor.value for factor in factors)


def worked_out(factors: Sequence[Factor]) -> str:
    """The product as it stands, with its factors worked out, and what it comes to; each only where it is new.

    >>> worked_out([plain(7), choose(3, 2)]), worked_out([plain(7), plain(6)]), worked_out([plain(7)])
    ('7*C(3,2)=7*3=21', '7*6=42', '7')
    """
    written = "*".join(factor.text for factor in factors)
    numbers = "*".join(str(factor.value) for factor in factors)
    return "=".join(dict.fromkeys((written, numbers, str(value_of(factors)))))
