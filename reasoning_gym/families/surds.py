"""Square roots of whole numbers as people write them."""

from __future__ import annotations

import math
from fractions import Fraction

from reasoning_gym.families.notation import Rational, add, number, term


def surd(p: int, q: int, r: int, s: int, *, reduced: bool = False) -> str:
    """The text of (p + q sqrt(r)) / s.

    >>> surd(2, 1, 8, 2), surd(2, 2, 2, 2, reduced=True)
    ('(2+sqrt(8))/2', '1+sqrt(2)')
    """
    if reduced:
        common = math.gcd(p, q, s)
        p, q, s = p // common, q // common, s // common
    top = add((number(p), term(q, f"sqrt({r})")))
    return top if s == 1 else f"({top})/{s}" if p else f"{top}/{s}"


def root(square: Rational) -> str:
    """The text of the square root of a positive number, squares taken out.

    >>> root(12), root(Fraction(9, 8)), root(49)
    ('2sqrt(3)', '3sqrt(2)/4', '7')
    """
    outside, inside = square_part(square.numerator * square.denominator)
    if inside == 1:
        return number(Fraction(outside, square.denominator))
    return surd(0, outside, inside, square.denominator, reduced=True)


def square_part(value: int) -> tuple[int, int]:
    """(q, r) with value = q² r and no square in r."""
    outside, divisor = 1, 2
    while divisor * divisor <= value:
        if value % (divisor * divisor):
            divisor += 1
        else:
            value //= divisor * divisor
            outside *= divisor
    return outside, value
