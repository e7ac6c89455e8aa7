"""Degrees of the fields that roots generate, and roots of whole numbers in a simpler form."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reasoning_gym.checker.balls import integer_root

_MAX_RADICALS = 24  # whose common degree is computed, rather than the product of their degrees
_MAX_LENGTH = 4_000  # bits of all of these together


def without_powers(number: int, index: int) -> tuple[int, int]:
    """(s, c) with s**index * c = number > 0; c has no such power of a small prime, and isn't one itself."""
    outside = 1
    if number.bit_length() > index:
        for prime in (2, 3, 5, 7, 11, 13):
            power = prime**index
            while number % power == 0:
                number //= power
                outside *= prime
    whole = integer_root(number, index)
    return (outside * whole, 1) if whole**index == number else (outside, number)


def totient(order: int) -> int:
    """How many numbers up to `order` are prime to it."""
    result, rest, prime = order, order, 2
    while prime * prime <= rest:
        if rest % prime == 0:
            result -= result // prime
            while rest % prime == 0:
                rest //= prime
        prime += 1
    return result - result // rest if rest > 1 else result


def degree_of_radicals(radicals: Sequence[tuple[int, int]]) -> int:
    """A bound of the degree of the field of the real roots c**(1/k), for pairs (c, k) of whole numbers c > 1.

    With b the pairwise coprime numbers of which all c are products, a root is the product of b**(e/k). Modulo the
    rational numbers, these generate a finite group, represented by the vectors of exponents e/k modulo 1. The field
    is spanned by one number for each element of the group.
    """
    if len(radicals) < 2:
        return radicals[0][1] if radicals else 1
    most = math.prod(index for _, index in radicals)
    if len(radicals) > _MAX_RADICALS or sum(number.bit_length() for number, _ in radicals) > _MAX_LENGTH:
        return most
    base = _coprime_base([number for number, _ in radicals])
    if len(base) > _MAX_RADICALS:
        return most
    common = math.lcm(*(index for _, index in radicals))
    vectors = [
        [_exponent(number, factor) * (common // index) % common for factor in base] for number, index in radicals
    ]
    return min(most, _order_of_group(vectors, common))


def _coprime_base(numbers: Sequence[int]) -> list[int]:
    """Pairwise coprime numbers > 1 of which each of the given is a product."""
    base: list[int] = []
    rest = list(numbers)
    while rest:
        number = rest.pop()
        for k, other in enumerate(base):
            common = math.gcd(number, other)
            if common > 1:
                del base[k]
                rest += [part for part in (common, number // common, other // common) if part > 1]
                break
        else:
            base.append(number)
    return [_without_exponent(number) for number in base]


def _without_exponent(number: int) -> int:
    """The least number of which this is the square, the cube or such a power."""
    for exponent in (2, 3, 5):
        while (root := integer_root(number, exponent)) ** exponent == number:
            number = root
    return number


def _exponent(number: int, factor: int) -> int:
    exponent = 0
    while number % factor == 0:
        number //= factor
        exponent += 1
    return exponent


def _order_of_group(vectors: list[list[int]], modulus: int) -> int:
    """The order of the group that the vectors generate modulo `modulus`: Gaussian elimination with Euclid's steps."""
    order = 1
    rows = vectors
    for column in range(len(vectors[0])):
        pivot = [0] * len(vectors[0])
        pivot[column] = modulus
        for row in rows:
            while row[column]:
                times = pivot[column] // row[column]
                pivot, row[:] = row[:], [(a - times * b) for a, b in zip(pivot, row, strict=True)]
        order *= modulus // abs(pivot[column])
        # what is left of the multiples of the pivot that vanish here
        rows = [[a % modulus for a in row] for row in rows]
    return order
