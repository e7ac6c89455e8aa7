"""Square roots of whole numbers as people write them."""

from __future__ import annotations

import math

from reasoning_gym.families.notation import add, number, term


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
