"""Real balls: intervals that provably hold a number, in whole-number arithmetic rounded outward.

Midpoint-radius arithmetic as in van der Hoeven, 'Ball arithmetic', 2009, and Johansson, 'Arb: efficient
arbitrary-precision midpoint-radius interval arithmetic', IEEE Trans. Comput. 66(8), 2017. `bits` is always the
number of significant bits that are kept.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple


class Unknown(ArithmeticError):
    """The result can't be enclosed at this precision; a higher one may do."""


class Ball(NamedTuple):
    """The real numbers from (mid - rad) * 2**exp to (mid + rad) * 2**exp; rad >= 0. Rad 0 is exact."""

    mid: int
    rad: int
    exp: int


ZERO = Ball(0, 0, 0)
ONE = Ball(1, 0, 0)

_RADIUS_BITS = 30  # a radius needs no more; what the midpoint has below its last bit is noise
_LARGEST_EXPONENT = 1 << 40
_LARGEST_FLOOR = 16_000  # bits of a number that is rounded down


def rounded(mid: int, rad: int, exp: int, bits: int) -> Ball:
    """A ball around the given one whose midpoint has about `bits` bits or fewer.

    Raises:
        Unknown: if the exponent is out of range.
    """
    excess = mid.bit_length() - bits
    noise = rad.bit_length() - _RADIUS_BITS
    if noise > excess:
        excess = noise
    if excess > 0:
        mid >>= excess  # by less than one ulp downward
        rad = (rad >> excess) + 2  # rounded up, and that ulp
        exp += excess
    if not -_LARGEST_EXPONENT < exp < _LARGEST_EXPONENT:
        raise Unknown("an exponent out of range")
    return Ball(mid, rad, exp)


def enclosed(value: int | Fraction, bits: int) -> Ball:
    """A ball around a rational number; exact for a short whole number or binary fraction."""
    numerator, denominator = value.numerator, value.denominator
    if denominator & (denominator - 1) == 0:
        return rounded(numerator, 0, 1 - denominator.bit_length(), bits)
    shift = max(0, bits + 1 + denominator.bit_length() - numerator.bit_length())
    return rounded((numerator << shift) // denominator, 1, -shift, bits)


def sign(a: Ball) -> int | None:
    """-1, 0 or 1 if all numbers in the ball have that sign; else None."""
    if a.mid > a.rad:
        return 1
    if -a.mid > a.rad:
        return -1
    return 0 if a.mid == a.rad == 0 else None


def magnitude(a: Ball) -> int:
    """The least k for which it is plain that |x| < 2**k for all x in the ball, if that isn't zero alone."""
    return a.exp + (abs(a.mid) + a.rad).bit_length()


def floors(a: Ball) -> tuple[int, int]:
    """The lowest and the highest value rounded down.

    Raises:
        Unknown: if they are very large.
    """
    if magnitude(a) > _LARGEST_FLOOR:
        raise Unknown("a number too large to round")
    low, high = a.mid - a.rad, a.mid + a.rad
    return (low << a.exp, high << a.exp) if a.exp >= 0 else (low >> -a.exp, high >> -a.exp)


def negative(a: Ball) -> Ball:
    """-x."""
    return Ball(-a.mid, a.rad, a.exp)


def absolute(a: Ball) -> Ball:
    """|x|."""
    if abs(a.mid) >= a.rad:
        return Ball(abs(a.mid), a.rad, a.exp)
    highest = abs(a.mid) + a.rad
    return Ball(highest, highest, a.exp - 1)  # from 0 to the highest


def around_zero(a: Ball) -> Ball:
    """The ball around zero that reaches as far as the given one."""
    return Ball(0, abs(a.mid) + a.rad, a.exp)


def upper_end(a: Ball) -> Ball:
    """The largest absolute value in the ball, exactly."""
    return Ball(abs(a.mid) + a.rad, 0, a.exp)


def scaled(a: Ball, power_of_two: int) -> Ball:
    """The product x * 2**power_of_two."""
    return Ball(a.mid, a.rad, a.exp + power_of_two)


def add(a: Ball, b: Ball, bits: int) -> Ball:
    """The sum x + y."""
    if a.exp > b.exp:
        a, b = b, a
    mid, rad, exp = a
    high_mid, high_rad, high_exp = b
    if not high_mid and not high_rad:
        return rounded(mid, rad, exp, bits)
    shift = high_exp - exp
    if shift > 2 * bits:  # so much lower that its last bits don't count
        cut = shift - 2 * bits
        mid >>= cut
        rad = (rad >> cut) + 2
        exp += cut
        shift = 2 * bits
    return rounded(mid + (high_mid << shift), rad + (high_rad << shift), exp, bits)


def subtract(a: Ball, b: Ball, bits: int) -> Ball:
    """The difference x - y."""
    return add(a, Ball(-b.mid, b.rad, b.exp), bits)


def multiply(a: Ball, b: Ball, bits: int) -> Ball:
    """The product x * y."""
    mid, rad, exp = a
    other, other_rad, other_exp = b
    error = abs(mid) * other_rad + rad * (abs(other) + other_rad)
    return rounded(mid * other, error, exp + other_exp, bits)


def divide(a: Ball, b: Ball, bits: int) -> Ball:
    """The quotient x / y.

    With m, n the midpoints, |x/y - m/n| = |(x - m) n - m (y - n)| / |y n| <= (rad(x) + |m/n| rad(y)) / |y|.

    Raises:
        Unknown: if y may be zero.
    """
    mid, rad, exp = a
    other, other_rad, other_exp = b
    least = abs(other) - other_rad
    if least <= 0:
        raise Unknown("a divisor that may be zero")
    shift = max(0, bits + 2 + other.bit_length() - mid.bit_length())
    quotient = (mid << shift) // other
    error = ((rad << shift) + (abs(quotient) + 1) * other_rad) // least + 2
    return rounded(quotient, error, exp - shift - other_exp, bits)


def power(a: Ball, exponent: int, bits: int) -> Ball:
    """The power of a whole exponent >= 0, by squaring; 0 ** 0 = 1."""
    result = ONE
    for digit in bin(exponent)[2:] if exponent else "":
        result = multiply(result, result, bits)
        if digit == "1":
            result = multiply(result, a, bits)
    return result if exponent % 2 else absolute(result)


def root(a: Ball, index: int, bits: int) -> Ball:
    """The root of a whole index >= 1: real for x >= 0, and for every x if the index is odd.

    With m the midpoint and r the radius, |x**(1/k) - m**(1/k)| is at most r**(1/k), and, if r <= m/2, at most
    r (m/2)**(1/k - 1) / k <= 2 r m**(1/k) / (k m), by the mean value theorem.

    Raises:
        Unknown: for an even index if x may be negative.
    """
    mid, rad, exp = a
    if mid < rad or not mid:
        if mid == rad == 0:
            return ZERO
        if index % 2 and -mid >= rad:
            return negative(root(negative(a), index, bits))
        if index % 2 == 0:
            raise Unknown("an even root of what may be negative")
        return around_zero(root(upper_end(a), index, bits))
    shift = max(0, index * (bits + 4) - mid.bit_length())
    shift += (exp - shift) % index
    value = integer_root(mid << shift, index)
    error = 1
    if 2 * rad <= mid:
        error += (2 * rad * (value + 1)) // (index * mid) + 1 if rad else 0
    else:
        error += integer_root(rad << shift, index) + 1
    return rounded(value, error, (exp - shift) // index, bits)


def integer_root(number: int, index: int) -> int:
    """The root of a whole number >= 0, rounded down.

    Newton's method falls from any start above the root until it is there. A root of half the digits gives the
    start.
    """
    if index == 1 or number < 2:
        return number
    if number.bit_length() <= index:
        return 1
    if index == 2:
        return math.isqrt(number)
    length = number.bit_length() // index
    if length < 4:
        value = 1 << length + 1
    else:
        half = length // 2
        value = integer_root(number >> half * index, index) + 1 << half
    while True:
        following = ((index - 1) * value + number // value ** (index - 1)) // index
        if following >= value:
            return value
        value = following
