"""Kinds of equations with x in exponents and logarithms: their solutions, their texts, and how they are solved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.families.notation import add, number, polynomial, product, term


class Power(NamedTuple):
    """factor * base^(a x + k) + taken = top / bottom."""

    base: int
    a: int
    k: int
    top: int
    bottom: int = 1
    factor: int = 1
    taken: int = 0

    @property
    def power(self) -> Rational:
        """What the power is equal to."""
        return tidy((Fraction(self.top, self.bottom) - self.taken) / self.factor)


class Logarithm(NamedTuple):
    """log_base(a x + k) = value."""

    base: int
    a: int
    k: int
    value: int


class Bases(NamedTuple):
    """(root^p)^(a x + k) = (root^q)^(c x + m)."""

    root: int
    p: int
    a: int
    k: int
    q: int
    c: int
    m: int


class Quadratic(NamedTuple):
    """base^(2 a x) - (r + s) base^(a x) + r s = 0."""

    base: int
    r: int
    s: int
    a: int = 1

    @property
    def power(self) -> str:
        """The power that the equation is quadratic in."""
        return f"{self.base}^{_in_exponent((0, self.a))}"


class Logarithms(NamedTuple):
    """log_base(x + k) + log_base(x + m) = value."""

    base: int
    k: int
    m: int
    value: int


Shape: TypeAlias = "Power | Logarithm | Bases | Quadratic | Logarithms"


# solving


def rational_solutions(shape: Shape) -> tuple[tuple[Rational, ...], tuple[Rational, ...]]:
    """The rational solutions, and what only a step on the way has as its solution."""
    if isinstance(shape, Power):
        exponent = whole_exponent(shape.base, shape.power)
        return () if exponent is None else (tidy(Fraction(exponent - shape.k, shape.a)),), ()
    if isinstance(shape, Logarithm):
        return (tidy(Fraction(shape.base**shape.value - shape.k, shape.a)),), ()
    if isinstance(shape, Bases):
        slope = shape.p * shape.a - shape.q * shape.c
        return (tidy(Fraction(shape.q * shape.m - shape.p * shape.k, slope)),), ()
    if isinstance(shape, Quadratic):
        exponents = (whole_exponent(shape.base, value) for value in (shape.r, shape.s))
        found = (Fraction(exponent, shape.a) for exponent in exponents if exponent is not None)
        return tuple(map(tidy, sorted(found))), ()
    roots = _polynomial_of(shape)[1]
    kept = tuple(root for root in roots if root + shape.k > 0 and root + shape.m > 0)
    return kept, tuple(root for root in roots if root not in kept)


def whole_exponent(base: int, value: Rational) -> int | None:
    """The whole n with base^n = value; None if there is none."""
    if value <= 0:
        return None
    n = 0
    while value.denominator > 1 and n > -60:
        value, n = tidy(value * base), n - 1
    while value > 1 and value.denominator == 1 and value.numerator % base == 0:
        value, n = value.numerator // base, n + 1
    return n if value == 1 else None


def _polynomial_of(shape: Logarithms) -> tuple[tuple[int, int, int], tuple[int, int]]:
    """The quadratic that the logarithms' sum leads to, the constant first, and its two roots, which are whole."""
    constant, slope = shape.k * shape.m - shape.base**shape.value, shape.k + shape.m
    root = math.isqrt(slope * slope - 4 * constant)
    return (constant, slope, 1), ((-slope - root) // 2, (-slope + root) // 2)


# writing and working it out


def written(shape: Shape) -> str:
    """The equation as it is written."""
    if isinstance(shape, Power):
        value = number(tidy(Fraction(shape.top, shape.bottom)))
        return f"{add((_scaled(shape), number(shape.taken)))}={value}"
    if isinstance(shape, Logarithm):
        return f"log_{shape.base}({polynomial((shape.k, shape.a))})={shape.value}"
    if isinstance(shape, Bases):
        left, right = (shape.root**shape.p, (shape.k, shape.a)), (shape.root**shape.q, (shape.m, shape.c))
        return "=".join(f"{base}^{_in_exponent(line)}" for base, line in (left, right))
    if isinstance(shape, Quadratic):
        middle, last = -shape.r - shape.s, shape.r * shape.s
        square = f"{shape.base**2}^x" if shape.a == 1 else f"{shape.base}^({2 * shape.a}x)"
        return f"{add((square, _times(middle, shape.power), number(last)))}=0"
    logs = [f"log_{shape.base}({polynomial((shift, 1))})" for shift in (shape.k, shape.m)]
    return f"{'+'.join(logs)}={shape.value}"


def _in_exponent(line: tuple[int, int]) -> str:
    text = polynomial(line)
    return text if text == "x" else f"({text})"


def _times(factor: int, text: str) -> str:
    """A number times a power: 5*2^x, where 52^x would be read as another."""
    return {1: text, -1: f"-{text}", 0: "0"}.get(factor, f"{factor}*{text}")


def _scaled(shape: Power) -> str:
    return _times(shape.factor, f"{shape.base}^{_in_exponent((shape.k, shape.a))}")


def logarithm_text(shape: Power) -> str:
    """The solution (log_b(m) - k) / a."""
    top = add((f"log_{shape.base}({shape.power})", number(-shape.k)))
    return top if shape.a == 1 else f"({top})/{shape.a}" if shape.k else f"{top}/{shape.a}"


def worked(shape: Shape) -> Iterator[str]:
    """The lines that solve an equation, up to its solutions; some may be the equation itself or the answer."""
    if isinstance(shape, Power):
        yield from _power_lines(shape)
    elif isinstance(shape, Logarithm):
        line = polynomial((shape.k, shape.a))
        value = shape.base**shape.value
        yield from (f"{line}={shape.base}^{shape.value}", f"{line}={value}", f"{term(shape.a, 'x')}={value - shape.k}")
    elif isinstance(shape, Bases):
        left, right = (shape.p * shape.k, shape.p * shape.a), (shape.q * shape.m, shape.q * shape.c)
        yield "=".join(f"{shape.root}^{_in_exponent(line)}" for line in (left, right))
        yield f"{polynomial(left)}={polynomial(right)}"
        yield f"{term(left[1] - right[1], 'x')}={right[0] - left[0]}"
    elif isinstance(shape, Quadratic):
        yield from _quadratic_lines(shape)
    else:
        yield from _logarithm_lines(shape)


def _power_lines(shape: Power) -> Iterator[str]:
    alone, line = f"{shape.base}^{_in_exponent((shape.k, shape.a))}", polynomial((shape.k, shape.a))
    yield f"{_scaled(shape)}={number(tidy(shape.power * shape.factor))}"
    yield f"{alone}={number(shape.power)}"
    exponent = whole_exponent(shape.base, shape.power)
    if exponent is None:
        logarithm = f"log_{shape.base}({shape.power})"
        yield f"{line}={logarithm}"
        yield f"{term(shape.a, 'x')}={add((logarithm, number(-shape.k)))}"
        return
    if exponent not in {0, 1}:
        yield f"{alone}={shape.base}^{f'({exponent})' if exponent < 0 else exponent}"
    yield f"{line}={exponent}"
    yield f"{term(shape.a, 'x')}={exponent - shape.k}"


def _quadratic_lines(shape: Quadratic) -> Iterator[str]:
    unknown = shape.power
    low, high = sorted((shape.r, shape.s))
    if shape.a == 1:
        yield f"{add((f'({unknown})^2', _times(-low - high, unknown), number(low * high)))}=0"
    yield f"({unknown}{-low:+d})({unknown}{-high:+d})=0"
    yield f"{unknown}={low} or {unknown}={high}"
    if low < 0:
        yield f"{unknown}={high}"
    exponents = [exponent for value in (low, high) if (exponent := whole_exponent(shape.base, value)) is not None]
    if shape.a > 1:
        yield " or ".join(f"{shape.a}x={exponent}" for exponent in exponents)


def _logarithm_lines(shape: Logarithms) -> Iterator[str]:
    both = product([(polynomial((shift, 1)), 1) for shift in sorted((shape.k, shape.m), key=lambda n: (n != 0, n))])
    coefficients, roots = _polynomial_of(shape)
    value = shape.base**shape.value
    yield f"log_{shape.base}({both})={shape.value}"
    yield f"{both}={value}"
    yield f"{polynomial(coefficients)}=0"
    yield f"{product([(polynomial((-root, 1)), 1) for root in sorted(roots, key=lambda n: (n != 0, n))])}=0"
    yield " or ".join(f"x={root}" for root in roots)
