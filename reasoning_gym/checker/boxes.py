"""Complex boxes: rectangles that provably hold a complex number, with real balls as sides.

A `Ball` is a number known to be real; a `Box` may be real or not. Results are principal values: the logarithm's
imaginary part is above -π and up to π, and x ** (1/k) = exp(ln(x) / k).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker import balls, elementary
from reasoning_gym.checker.balls import ONE, ZERO, Ball, Unknown


class Box(NamedTuple):
    """The complex numbers with real and imaginary parts in these balls."""

    real: Ball
    imag: Ball


Value: TypeAlias = "Ball | Box"

_LARGEST_INDEX = 16  # of a root that is taken of whole numbers


def parts(a: Value) -> tuple[Ball, Ball]:
    """The real and the imaginary part."""
    return (a, ZERO) if isinstance(a, Ball) else (a.real, a.imag)


def value_of(real: Ball, imag: Ball) -> Value:
    """The number real + imag i: a ball if the imaginary part is exactly zero."""
    return Box(real, imag) if imag.mid or imag.rad else real


def excludes_zero(a: Value) -> bool:
    """Whether no number in the box is zero."""
    return any(abs(part.mid) > part.rad for part in parts(a))


def size(a: Value) -> int | None:
    """A k for which |x| < 2**k for all x in the box; None for zero alone."""
    sizes = [balls.magnitude(part) for part in parts(a) if part.mid or part.rad]
    return max(sizes) + len(sizes) - 1 if sizes else None


def add(a: Value, b: Value, bits: int) -> Value:
    """The sum x + y."""
    if isinstance(a, Ball) and isinstance(b, Ball):
        return balls.add(a, b, bits)
    (x, y), (u, v) = parts(a), parts(b)
    return value_of(balls.add(x, u, bits), balls.add(y, v, bits))


def negative(a: Value) -> Value:
    """-x."""
    return balls.negative(a) if isinstance(a, Ball) else Box(balls.negative(a.real), balls.negative(a.imag))


def multiply(a: Value, b: Value, bits: int) -> Value:
    """The product x * y."""
    if isinstance(a, Ball) and isinstance(b, Ball):
        return balls.multiply(a, b, bits)
    (x, y), (u, v) = parts(a), parts(b)
    real = balls.subtract(balls.multiply(x, u, bits), balls.multiply(y, v, bits), bits)
    return value_of(real, balls.add(balls.multiply(x, v, bits), balls.multiply(y, u, bits), bits))


def divide(a: Value, b: Value, bits: int) -> Value:
    """The quotient x / y.

    Raises:
        Unknown: if y may be zero.
    """
    if isinstance(b, Ball):
        if isinstance(a, Ball):
            return balls.divide(a, b, bits)
        return value_of(balls.divide(a.real, b, bits), balls.divide(a.imag, b, bits))
    above = multiply(a, Box(b.real, balls.negative(b.imag)), bits + 8)
    return divide(above, _square_of_modulus(b, bits + 8), bits)


def power(a: Value, exponent: int, bits: int) -> Value:
    """The power of a whole exponent >= 0, by squaring; 0 ** 0 = 1."""
    if isinstance(a, Ball):
        return balls.power(a, exponent, bits)
    result: Value = ONE
    for digit in bin(exponent)[2:] if exponent else "":
        result = multiply(result, result, bits)
        if digit == "1":
            result = multiply(result, a, bits)
    return result


def modulus(a: Value, bits: int) -> Ball:
    """|x|."""
    if isinstance(a, Ball):
        return balls.absolute(a)
    square = _square_of_modulus(a, bits + 8)
    return _root_from_zero(square, 2, bits)


def root(a: Value, index: int, bits: int) -> Value:
    """The root of a whole index >= 1: the real one of a real number if the index is odd, else the principal one.

    Raises:
        Unknown: if a box may be real and negative.
    """
    if isinstance(a, Ball):
        side = balls.sign(a)
        if index % 2 or side in (0, 1):
            return _real_root(a, index, bits)
        if side == -1:
            length = _real_root(balls.negative(a), index, bits)
            return multiply(length, root_of_unity(Fraction(1, 2 * index), bits), bits)
    if not excludes_zero(a):
        radius = balls.around_zero(_root_from_zero(modulus(a, bits), index, bits))
        return Box(radius, radius)
    if index == 2:
        return _square_root(a, bits)
    return exponential(divide(logarithm(a, bits + 8), Ball(index, 0, 0), bits + 8), bits)


def root_of_unity(turns: Fraction, bits: int) -> Value:
    """The number exp(2 π i turns)."""
    sine, cosine = elementary.sine_and_cosine_of_pi(2 * turns, bits)
    return value_of(cosine, sine)


def exponential(a: Value, bits: int) -> Value:
    """The exponential.

    Raises:
        Unknown: if x is very large or hardly known.
    """
    if isinstance(a, Ball):
        return elementary.exponential(a, bits)
    sine, cosine = elementary.sine_and_cosine(a.imag, bits + 4)
    length = elementary.exponential(a.real, bits + 4)
    return value_of(balls.multiply(length, cosine, bits), balls.multiply(length, sine, bits))


def logarithm(a: Value, bits: int) -> Value:
    """The principal logarithm, iπ + ln(-x) for a negative number.

    Raises:
        Unknown: if x may be zero, or a box may be real and negative.
    """
    if isinstance(a, Ball):
        if balls.sign(a) == -1:
            return Box(elementary.logarithm(balls.negative(a), bits), elementary.pi(bits))
        return elementary.logarithm(a, bits)
    square = elementary.logarithm(_square_of_modulus(a, bits + 8), bits)
    return value_of(balls.scaled(square, -1), elementary.angle(a.real, a.imag, bits))


def sine_and_cosine(a: Value, bits: int) -> tuple[Value, Value]:
    """Sine and cosine.

    sin(x + iy) = sin x cosh y + i cos x sinh y, and cos(x + iy) = cos x cosh y - i sin x sinh y.

    Raises:
        Unknown: if x is very large.
    """
    if isinstance(a, Ball):
        return elementary.sine_and_cosine(a, bits)
    sine, cosine = elementary.sine_and_cosine(a.real, bits + 8)
    up, down = elementary.exponential(a.imag, bits + 8), elementary.exponential(balls.negative(a.imag), bits + 8)
    cosh = balls.scaled(balls.add(up, down, bits + 8), -1)
    sinh = balls.scaled(balls.subtract(up, down, bits + 8), -1)
    return (
        value_of(balls.multiply(sine, cosh, bits), balls.multiply(cosine, sinh, bits)),
        value_of(balls.multiply(cosine, cosh, bits), balls.negative(balls.multiply(sine, sinh, bits))),
    )


def larger(a: Ball, b: Ball, bits: int) -> Ball:
    """The larger of two real numbers, (x + y + |x - y|) / 2."""
    difference = balls.absolute(balls.subtract(a, b, bits))
    return balls.scaled(balls.add(balls.add(a, b, bits), difference, bits), -1)


def _square_of_modulus(a: Box, bits: int) -> Ball:
    return balls.add(balls.power(a.real, 2, bits), balls.power(a.imag, 2, bits), bits)


def _real_root(a: Ball, index: int, bits: int) -> Ball:
    """The real root, by logarithms if the index is high: a whole-number root would have to be very long."""
    side = balls.sign(a)
    if index <= _LARGEST_INDEX or side == 0:
        return balls.root(a, index, bits)
    if side == -1:
        return balls.negative(_real_root(balls.negative(a), index, bits))
    if side is None:
        return balls.around_zero(_real_root(balls.upper_end(a), index, bits))
    logarithm = elementary.logarithm(a, bits + 16)
    return elementary.exponential(balls.divide(logarithm, Ball(index, 0, 0), bits + 16), bits)


def _root_from_zero(a: Ball, index: int, bits: int) -> Ball:
    """The real root of what is known not to be negative, though its ball may reach below zero."""
    if balls.sign(a) is not None:
        return _real_root(a, index, bits)
    return balls.absolute(balls.around_zero(_real_root(balls.upper_end(a), index, bits)))


def _square_root(a: Value, bits: int) -> Value:
    """The principal root s + it of z = x + iy.

    2 s s = |z| + x or 2 t t = |z| - x, whichever doesn't cancel, and 2 s t = y; s >= 0.

    Raises:
        Unknown: if z may be real and negative.
    """
    x, y = parts(a)
    length = modulus(a, bits + 8)
    if x.mid >= 0:
        s = balls.root(balls.scaled(balls.add(length, x, bits + 8), -1), 2, bits + 4)
        return value_of(s, balls.divide(y, balls.scaled(s, 1), bits))
    upper = balls.sign(y)
    if not upper:
        raise Unknown("a square root at its branch cut")
    t = balls.root(balls.scaled(balls.subtract(length, x, bits + 8), -1), 2, bits + 4)
    return value_of(balls.absolute(balls.divide(y, balls.scaled(t, 1), bits)), t if upper > 0 else balls.negative(t))
