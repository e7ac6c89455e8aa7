"""Exponential, logarithm, sine, cosine and arctangent of real balls.

Inside a function a number is a whole multiple of an ulp, 2**-scale, and errors are bounded in ulps. Floats only
suggest where to expand a series; no bound depends on them.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction

from reasoning_gym.checker.balls import (
    ONE,
    ZERO,
    Ball,
    Unknown,
    divide,
    magnitude,
    negative,
    rounded,
    scaled,
    sign,
    subtract,
)

_LARGEST_EXPONENTIAL = 32  # exp(x) for |x| < 2**this
_LARGEST_ANGLE = 2048  # sin(x) for |x| < 2**this, which needs π to so many more bits


def exponential(a: Ball, bits: int) -> Ball:
    """The exponential 2**n exp(x - n ln 2).

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
    """The natural logarithm, E ln 2 - y + 2 artanh(d / (2 + d)).

    Here x = 2**E m with 1/2 <= m < 1, y is near -ln m, and d = m exp(y) - 1.

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
    """Sine and cosine, by reduction to |x| <= π/4.

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
    """Sine and cosine of π turn; exact for multiples of π/2."""
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
    """The arctangent, between -π/2 and π/2; 1/x takes the place of |x| >= 1."""
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
    """The number π."""
    return Ball(pi_in_ulps(bits), 2, -bits)


def pi_in_ulps(scale: int) -> int:
    """The number π in ulps, to within 2."""
    size = 256 << max(0, (scale - 1) // 256).bit_length()
    return _pi_in_ulps(size) >> size - scale


def log_two(scale: int) -> int:
    """The logarithm of 2 in ulps, to within 2."""
    size = 256 << max(0, (scale - 1) // 256).bit_length()
    return _log_two(size) >> size - scale


@functools.lru_cache(maxsize=16)
def _pi_in_ulps(scale: int) -> int:
    """The number π in ulps, to within 1, by the series of Chudnovsky and Chudnovsky, 1988, summed as a tree.

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
    """The logarithm of 2 in ulps, to within 1: 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749)."""
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
    """The exponential and a bound of its error, in ulps, for 0 <= x <= ln 2.

    Taylor's series at x / 2**halvings, squared so many times. A term t, wrong by e ulps at most, is followed by one
    wrong by e y/k + 1/k + 1 at most, where y < 0.7: below 3. The terms after the last are below it.
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
    """Sine, cosine and a bound of their errors, in ulps, for 0 <= x <= 0.8: Taylor's series, then angles doubled.

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
    """Sine and cosine of x + quarters π/2, where |x| <= 0.8 is given in ulps and known to within `error`."""
    sine, cosine, rad = _sine_and_cosine_series(abs(x), scale, halvings)
    if x < 0:
        sine = -sine
    for _ in range(quarters % 4):
        sine, cosine = cosine, -sine
    rad += error
    return rounded(sine, rad, -scale, bits), rounded(cosine, rad, -scale, bits)


def _odd_series(x: int, scale: int, *, alternate: bool) -> tuple[int, int]:
    """The series of artanh, or of arctan if signs alternate, and a bound of its error, in ulps, for |x| <= 1/7.

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
    """The arctangent for a midpoint |x| <= 1: y + arctan((x cos y - sin y) / (cos y + x sin y)), y near arctan(x).

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
