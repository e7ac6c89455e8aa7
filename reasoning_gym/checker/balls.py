"""Real balls: intervals that provably hold a number, in whole-number arithmetic rounded outward.

Midpoint-radius arithmetic as in van der Hoeven, 'Ball arithmetic', 2009, and Johansson, 'Arb: efficient
arbitrary-precision midpoint-radius interval arithmetic', IEEE Trans. Comput. 66(8), 2017. Inside a function a
number is a whole multiple of an ulp, 2**-scale, and every error is counted in ulps. Floats only suggest where to
expand a series; no bound depends on them.
"""

from __future__ import annotations

import functools
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
_LARGEST_EXPONENTIAL = 32  # exp(x) for |x| < 2**this
_LARGEST_ANGLE = 2048  # sin(x) for |x| < 2**this, which needs π to so many more bits
_LARGEST_FLOOR = 16_000  # bits of a number that is rounded down
_LARGEST_INDEX = 64  # a root of higher index is taken by logarithms


def rounded(mid: int, rad: int, exp: int, bits: int) -> Ball:
    """A ball around the given one whose midpoint has no more than `bits` bits.

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


def scaled(a: Ball, power_of_two: int) -> Ball:
    """X * 2**power_of_two."""
    return Ball(a.mid, a.rad, a.exp + power_of_two)


def add(a: Ball, b: Ball, bits: int) -> Ball:
    """X + y."""
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
    """X - y."""
    return add(a, Ball(-b.mid, b.rad, b.exp), bits)


def multiply(a: Ball, b: Ball, bits: int) -> Ball:
    """X * y."""
    mid, rad, exp = a
    other, other_rad, other_exp = b
    error = abs(mid) * other_rad + rad * (abs(other) + other_rad)
    return rounded(mid * other, error, exp + other_exp, bits)


def divide(a: Ball, b: Ball, bits: int) -> Ball:
    """X / y.

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
    """X ** exponent for a whole exponent >= 0, by squaring; 0 ** 0 = 1."""
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
        return around_zero(root(Ball(abs(mid) + rad, 0, exp), index, bits))
    if index > _LARGEST_INDEX:
        return exponential(divide(logarithm(a, bits + 16), Ball(index, 0, 0), bits + 16), bits)
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


def exponential(a: Ball, bits: int) -> Ball:
    """exp(x) = 2**n exp(x - n ln 2).

    Raises:
        Unknown: if x is very large or its radius isn't well below 1.
    """
    if not a.mid and not a.rad:
        return ONE
    size = magnitude(a)
    if size > _LARGEST_EXPONENTIAL:
        raise Unknown("an exponential too large")
    halvings = math.isqrt(bits) // 2
    scale = bits + 2 * halvings + 12 + max(0, size)
    x, error = _fixed(a, scale)
    turns, x = divmod(x, log_two(scale))
    error += 2 * abs(turns)  # the error of ln 2
    if error >> scale:
        raise Unknown("an exponential of what is hardly known")
    value, rad = _exponential_series(x, scale, halvings)
    return rounded(value, rad + 4 * error, turns - scale, bits)  # exp(d) - 1 <= 2 d for d <= 1, and exp(x) <= 2


def logarithm(a: Ball, bits: int) -> Ball:
    """ln(x) = E ln 2 - y + 2 artanh(d / (2 + d)) where x = 2**E m, 1/2 <= m < 1, y is near -ln m, d = m exp(y) - 1.

    Raises:
        Unknown: if x may be zero or negative.
    """
    mid, rad, exp = a
    if mid <= rad:
        raise Unknown("a logarithm of what may not be positive")
    length = mid.bit_length()
    halvings = math.isqrt(bits) // 2
    scale = bits + 2 * halvings + 16
    one = 1 << scale
    mantissa = mid << scale - length if scale >= length else mid >> length - scale
    near = _from_float(-math.log(_to_float(mantissa, scale)), scale)
    value, error = _exponential_series(near, scale, halvings)
    distance = (mantissa * value >> scale) - one
    error += 4  # mantissa's ulp times value, and the shift
    if abs(distance) > one >> 3:
        raise Unknown("a logarithm with a bad start")
    ratio = (distance << scale) // (2 * one + distance)
    total, terms = _odd_series(ratio, scale, alternate=False)
    whole = exp + length
    value = 2 * total - near + whole * log_two(scale)
    # the derivative of d / (2 + d) is below 2/3, that of artanh below 1.02
    error = 2 * (error + terms + 2) + 2 * abs(whole) + (rad << scale) // (mid - rad) + 1
    return rounded(value, error, -scale, bits)


def sine_and_cosine(a: Ball, bits: int) -> tuple[Ball, Ball]:
    """sin(x) and cos(x), by reduction to |x| <= π/4.

    Raises:
        Unknown: if x is very large.
    """
    if not a.mid and not a.rad:
        return ZERO, ONE
    size = magnitude(a)
    if size > _LARGEST_ANGLE:
        raise Unknown("an angle too large")
    if a.rad.bit_length() + a.exp > 1:
        return Ball(0, 1, 0), Ball(0, 1, 0)
    halvings = math.isqrt(bits) // 3
    scale = bits + 2 * halvings + 12 + min(max(0, -size), 2 * bits)
    extra = max(0, size)
    x, error = _fixed(a, scale + extra)
    quarter = pi_in_ulps(scale + extra) // 2
    turns = (2 * x + quarter) // (2 * quarter)
    x -= turns * quarter
    error += 2 * abs(turns)  # the error of π/2
    return _quadrant(turns, x >> extra, (error >> extra) + 2, scale, halvings, bits)


def sine_and_cosine_of_pi(turn: Fraction, bits: int) -> tuple[Ball, Ball]:
    """sin(π q) and cos(π q); exact for multiples of π/2."""
    quarters = round(2 * turn)
    rest = turn - Fraction(quarters, 2)
    halvings = math.isqrt(bits) // 3
    scale = bits + 2 * halvings + 12
    if not rest:
        sine, cosine = (0, 1, 0, -1)[quarters % 4], (1, 0, -1, 0)[quarters % 4]
        return Ball(sine, 0, 0), Ball(cosine, 0, 0)
    x = pi_in_ulps(scale) * rest.numerator // rest.denominator
    return _quadrant(quarters, x, 3, scale, halvings, bits)


def arctangent(a: Ball, bits: int) -> Ball:
    """arctan(x), between -π/2 and π/2; 1/x takes the place of |x| >= 1."""
    mid, rad, exp = a
    if not mid and not rad:
        return ZERO
    if exp + mid.bit_length() > 0:
        if abs(mid) <= rad:
            return Ball(0, 2, 0)
        half = scaled(pi(bits + 4), -1)
        inverse = _small_arctangent(divide(ONE, a, bits + 4), bits + 4)
        return subtract(half if mid > 0 else negative(half), inverse, bits)
    return _small_arctangent(a, bits)


def angle(x: Ball, y: Ball, bits: int) -> Ball:
    """The angle of x + iy, above -π and up to π.

    Raises:
        Unknown: if x + iy may be zero, or x may be negative while y may be zero or of either sign.
    """
    right, upper = sign(x), sign(y)
    if upper == 0 and right:
        return ZERO if right > 0 else pi(bits)
    if right == 1 and (not upper or magnitude(x) >= magnitude(y)):
        return arctangent(divide(y, x, bits + 4), bits)
    if not upper:
        raise Unknown("an angle at its branch cut")
    half = scaled(pi(bits + 4), -1)
    return subtract(half if upper > 0 else negative(half), arctangent(divide(x, y, bits + 4), bits + 4), bits)


def pi(bits: int) -> Ball:
    """Π."""
    return Ball(pi_in_ulps(bits), 2, -bits)


def pi_in_ulps(scale: int) -> int:
    """Π * 2**scale to within 2."""
    size = 256 << max(0, (scale - 1) // 256).bit_length()
    return _pi_in_ulps(size) >> size - scale


def log_two(scale: int) -> int:
    """Ln 2 * 2**scale to within 2."""
    size = 256 << max(0, (scale - 1) // 256).bit_length()
    return _log_two(size) >> size - scale


@functools.lru_cache(maxsize=16)
def _pi_in_ulps(scale: int) -> int:
    """Π * 2**scale to within 1: the series of Chudnovsky and Chudnovsky, 1988, with its terms summed in a tree.

    Signs alternate and each term is below the one before / 2**47 times at most 42 in all, so that the remainder is
    below the first term left out.
    """
    guard = scale + 32
    _, q, t = _chudnovsky(0, guard // 47 + 3)
    value = q * 426_880 * math.isqrt(10_005 << 2 * guard) // t
    return value >> guard - scale


def _chudnovsky(first: int, last: int) -> tuple[int, int, int]:
    """Products p, q and the sum t of the terms from `first` to before `last`, over one denominator."""
    if last - first == 1:
        p = -(6 * first - 5) * (2 * first - 1) * (6 * first - 1) if first else 1
        q = 10_939_058_860_032_000 * first**3 if first else 1
        return p, q, p * (13_591_409 + 545_140_134 * first)
    middle = (first + last) // 2
    p, q, t = _chudnovsky(first, middle)
    p_high, q_high, t_high = _chudnovsky(middle, last)
    return p * p_high, q * q_high, t * q_high + p * t_high


@functools.lru_cache(maxsize=16)
def _log_two(scale: int) -> int:
    """Ln 2 * 2**scale to within 1: 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749)."""
    guard = scale + 32  # errors of at most 28 (2 terms + 2) ulps

    def artanh_of_inverse(x: int) -> int:
        term, total, odd = (1 << guard) // x, 0, 1
        while term:
            total += term // odd
            term //= x * x
            odd += 2
        return total

    total = 18 * artanh_of_inverse(26) - 2 * artanh_of_inverse(4801) + 8 * artanh_of_inverse(8749)
    return total >> guard - scale


def _fixed(a: Ball, scale: int) -> tuple[int, int]:
    """Midpoint and radius in ulps of 2**-scale."""
    shift = a.exp + scale
    if shift >= 0:
        return a.mid << shift, a.rad << shift
    return a.mid >> -shift, (a.rad >> -shift) + 2


def _to_float(x: int, scale: int) -> float:
    return (x >> scale - 60) / (1 << 60) if scale > 60 else x / (1 << scale)


def _from_float(x: float, scale: int) -> int:
    return int(x * (1 << 60)) << scale - 60 if scale > 60 else int(x * (1 << scale))


def _exponential_series(x: int, scale: int, halvings: int) -> tuple[int, int]:
    """exp(x) and a bound of its error, in ulps, for 0 <= x <= ln 2: Taylor's series at x / 2**halvings, squared.

    A term t, wrong by e ulps at most, is followed by one wrong by e y/k + 1/k + 1 at most, where y < 0.7: below 3.
    The terms after the last are below it.
    """
    y = x >> halvings
    one = 1 << scale
    total, term, k = one + y, y, 1
    while term:
        k += 1
        term = (term * y >> scale) // k
        total += term
    error = 3 * k + 6
    for _ in range(halvings):
        total = total * total >> scale
        error = 4 * error + 2  # of v**2: 2 v e + e**2 + 1 with v <= 2
    return total, error + (1 << halvings + 2)  # and that of y: one ulp, times 2**halvings exp(x) at most


def _sine_and_cosine_series(x: int, scale: int, halvings: int) -> tuple[int, int, int]:
    """sin(x), cos(x) and a bound of their errors, in ulps, for 0 <= x <= 0.8: Taylor's series, then angles doubled.

    Errors of terms as in the exponential series. sin 2y = 2 s c and cos 2y = 1 - 2 s s; errors of e in s and c
    become at most 4 e + 4.
    """
    y = x >> halvings
    one = 1 << scale
    parts = [one, y, 0, 0]  # of exp(iy): 1, i, -1, -i
    term, k = y, 1
    while term:
        k += 1
        term = (term * y >> scale) // k
        parts[k & 3] += term
    sine, cosine, error = parts[1] - parts[3], parts[0] - parts[2], 3 * k + 6
    for _ in range(halvings):
        sine, cosine = sine * cosine >> scale - 1, one - (sine * sine >> scale - 1)
        error = 4 * error + 4
    return sine, cosine, error + (1 << halvings)


def _quadrant(quarters: int, x: int, error: int, scale: int, halvings: int, bits: int) -> tuple[Ball, Ball]:
    """sin and cos of x + quarters π/2, where |x| <= 0.8 is given in ulps and known to within `error`."""
    sine, cosine, rad = _sine_and_cosine_series(abs(x), scale, halvings)
    if x < 0:
        sine = -sine
    for _ in range(quarters % 4):
        sine, cosine = cosine, -sine
    rad += error
    return rounded(sine, rad, -scale, bits), rounded(cosine, rad, -scale, bits)


def _odd_series(x: int, scale: int, *, alternate: bool) -> tuple[int, int]:
    """artanh(x), or arctan(x) with alternating signs, and a bound of its error, in ulps, for |x| <= 1/7.

    Powers are wrong by 2 ulps at most, terms by 3; what follows the last is below 1.
    """
    square = x * x >> scale
    power, total, odd = abs(x), 0, 1
    while power:
        total += -(power // odd) if alternate and odd & 2 else power // odd
        power = power * square >> scale
        odd += 2
    return (total if x >= 0 else -total), 2 * odd + 3


def _small_arctangent(a: Ball, bits: int) -> Ball:
    """arctan(x) = y + arctan((x cos y - sin y) / (cos y + x sin y)) for a midpoint |x| <= 1, with y near arctan(x).

    The derivative is at most 1, which bounds what the ball's own radius does.
    """
    halvings = math.isqrt(bits) // 3
    scale = bits + 2 * halvings + 12 + min(max(0, -magnitude(a)), 2 * bits)
    x, error = _fixed(a, scale)
    near = _from_float(math.atan(_to_float(abs(x), scale)), scale)
    sine, cosine, rad = _sine_and_cosine_series(near, scale, halvings)
    above = (abs(x) * cosine >> scale) - sine
    below = cosine + (abs(x) * sine >> scale)  # 1 / cos y or about that
    one = 1 << scale
    if below < one >> 1 or abs(above) > below >> 3:
        raise Unknown("an arctangent with a bad start")
    total, terms = _odd_series((above << scale) // below, scale, alternate=True)
    # numerator and denominator are each wrong by 2 rad + 2 at most, the quotient by twice 9/8 of that and 1
    value = near + total
    return rounded(value if x >= 0 else -value, 5 * rad + 7 + terms + error + 1, -scale, bits)
