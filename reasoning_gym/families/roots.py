"""Roots of polynomials with rational coefficients: the rational ones exactly, the others counted.

Coefficients stand with the constant first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.rationals import Rational, square_root, tidy

_MAX_DEGREE = 12
_MAX_ENDS = 10**7  # of a polynomial of degree 3 or more whose roots are looked for: the first and the last coefficient
_MAX_CANDIDATES = 400  # for its rational roots


class Split(NamedTuple):
    """A polynomial with its linear factors taken out."""

    roots: tuple[Rational, ...]  # ascending, each as often as it is a root
    rest: tuple[int, ...]  # a primitive polynomial without rational roots; a constant where all are rational


def split(coefficients: Sequence[Rational]) -> Split:
    """The rational roots of a polynomial other than 0, and what is left without them.

    Raises:
        Refused: if the degree or the coefficients are too large.

    >>> split((6, -7, 0, 1))
    Split(roots=(-3, 1, 2), rest=(1,))
    >>> split((-2, 0, 1)).rest
    (-2, 0, 1)
    """
    rest = primitive(coefficients)
    if len(rest) - 1 > _MAX_DEGREE:
        raise Refused(f"a polynomial of degree {len(rest) - 1} is more than {_MAX_DEGREE}")
    roots: list[Rational] = []
    while rest[0] == 0:
        roots.append(0)
        rest = rest[1:]
    while len(rest) > 1 and (root := _rational_root(rest)) is not None:
        roots.append(root)
        rest = _divided(rest, root)
    return Split(tuple(sorted(roots)), rest)


def primitive(coefficients: Sequence[Rational]) -> tuple[int, ...]:
    """The polynomial times a positive number, so that its coefficients are whole and have nothing in common."""
    degree = max((i for i, c in enumerate(coefficients) if c), default=0)
    used = coefficients[: degree + 1]
    scale = math.lcm(*(c.denominator for c in used))
    whole = [int(c * scale) for c in used]
    common = math.gcd(*whole) or 1
    return tuple(c // common for c in whole)


def value(coefficients: Sequence[Rational], x: Rational) -> Rational:
    """The polynomial's value at a point."""
    total: Rational = 0
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return tidy(total)


def has_real_root(coefficients: Sequence[Rational]) -> bool:
    """Whether a polynomial other than 0 has a real root: Sturm's theorem, from minus to plus infinity."""
    chain = _sturm([Fraction(c) for c in primitive(coefficients)])
    lows = [each[-1] * (-1) ** (len(each) - 1) for each in chain]
    return _changes(lows) > _changes([each[-1] for each in chain])


def divides(bottom: Sequence[Rational], top: Sequence[Rational]) -> bool:
    """Whether one polynomial other than 0 is a factor of another.

    >>> divides((1, 0, 1), (-1, 1, -1, 1))
    True
    """
    return not _remainder([Fraction(c) for c in primitive(top)], [Fraction(c) for c in primitive(bottom)])


def common_factor(one: Sequence[Rational], other: Sequence[Rational]) -> tuple[int, ...]:
    """The greatest common factor of two polynomials that aren't both 0: Euclid's algorithm.

    It is primitive with a positive leading coefficient.

    >>> common_factor((6, -5, 1), (-9, 0, 1))
    (-3, 1)
    """
    first, second = ([Fraction(c) for c in primitive(each)] for each in (one, other))
    while any(second):
        first, second = second, [Fraction(c) for c in primitive(_remainder(first, second))]
    found = primitive(first)
    return found if found[-1] > 0 else tuple(-c for c in found)


def _rational_root(whole: tuple[int, ...]) -> Rational | None:
    """A rational root of a polynomial with whole coefficients whose constant isn't 0."""
    if len(whole) == 2:
        return tidy(Fraction(-whole[0], whole[1]))
    if len(whole) == 3:
        c, b, a = whole
        root = square_root(b * b - 4 * a * c)
        return None if root is None else tidy(Fraction(-b + root, 2 * a))
    return next((root for root in _candidates(whole) if value(whole, root) == 0), None)


def _candidates(whole: tuple[int, ...]) -> Iterator[Rational]:
    """All that can be a rational root: a divisor of the constant over one of the leading coefficient."""
    first, last = abs(whole[0]), abs(whole[-1])
    if max(first, last) > _MAX_ENDS:
        raise Refused("the coefficients are too large to look for rational roots")
    tops, bottoms = _divisors(first), _divisors(last)
    if len(tops) * len(bottoms) > _MAX_CANDIDATES:
        raise Refused("too many fractions may be rational roots")
    for top in tops:
        for bottom in bottoms:
            if math.gcd(top, bottom) == 1:
                yield from (tidy(Fraction(top, bottom)), tidy(Fraction(-top, bottom)))


def _divisors(number: int) -> list[int]:
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return small + [number // d for d in reversed(small) if d * d != number]


def _divided(whole: tuple[int, ...], root: Rational) -> tuple[int, ...]:
    """The polynomial over the linear factor of a root, by Horner's scheme."""
    quotient: list[Rational] = []
    carried: Rational = 0
    for coefficient in reversed(whole):
        carried = carried * root + coefficient
        quotient.append(carried)
    return primitive(quotient[-2::-1])


def _sturm(polynomial: list[Fraction]) -> list[list[Fraction]]:
    chain = [polynomial, [i * c for i, c in enumerate(polynomial)][1:]]
    while chain[-1]:
        chain.append([-c for c in _remainder(chain[-2], chain[-1])])
    return chain[:-1]


def _remainder(top: list[Fraction], bottom: list[Fraction]) -> list[Fraction]:
    rest = list(top)
    while len(rest) >= len(bottom):
        factor, shift = rest[-1] / bottom[-1], len(rest) - len(bottom)
        for i, c in enumerate(bottom):
            rest[shift + i] -= factor * c
        rest.pop()
    while rest and not rest[-1]:
        rest.pop()
    return rest


def _changes(values: Sequence[Fraction]) -> int:
    signs = [each > 0 for each in values if each]
    return sum(a != b for a, b in itertools.pairwise(signs))
