"""How near to zero an algebraic number that isn't zero can be.

The bound of Burnikel, Funke, Mehlhorn, Schirra and Schmitt, 'A separation bound for real algebraic expressions',
ESA 2001 and Algorithmica 55, 2009, here for complex expressions too. It rests on this:

Write the number as r A / B with r rational and A, B algebraic integers, by the rules below, and keep bounds u, l >= 1
of all conjugates of A and B. Let L be the field that the roots of unity and the roots in the expression generate, of
degree at most D: the degrees of the fields' generators multiply. An embedding s of L into the complex numbers sends a
root of x to *some* root of s(x), so that |s(root_k(x))| = |s(x)|**(1/k) whichever root the expression means; it sends
roots of unity to such. So u and l bound |s(A)| and |s(B)| for each s by induction. If A isn't zero, its norm, the
product of s(A) over all s, is a whole number other than zero, thus |A| u**(D-1) >= 1, and

    |r A / B| >= |r| / (u**(D-1) l).

If L isn't real, complex conjugation makes the identity a second embedding with the same |A|, and even
|A|**2 u**(D-2) >= 1. Whatever isn't an algebraic expression has no bound.

| x | r | A | B |
| r1 A1/B1 * r2 A2/B2 | r1 r2 | A1 A2 | B1 B2 |
| (r1 A1/B1) / (r2 A2/B2) | r1/r2 | A1 B2 | B1 A2 |
| r1 A1/B1 + r2 A2/B2 | gcd r of r1, r2 | (r1/r) A1 B2 + (r2/r) A2 B1 | B1 B2 |
| root_k((a/b) A1/B1), a b**(k-1) = s**k c | s/b | root_k(c A1 B1**(k-1)) | B1 |
| the same | s/b | c A1 | root_k((c A1)**(k-1) B1) |
| modulus of r1 A1/B1 | r1 | root_2(A1 conj(A1)) | root_2(B1 conj(B1)) |
| cos(π q) | 1/2 | z + 1/z, z = exp(iπq) | 1 |
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.balls import Ball, integer_root
from reasoning_gym.checker.boxes import Box, Value, excludes_zero
from reasoning_gym.checker.degrees import degree_of_radicals, totient, without_powers
from reasoning_gym.checker.limits import Work
from reasoning_gym.checker.rationals import Rational

MAX_BOUND = 30_000  # bits
_MAX_ORDER = 100_000  # of a root of unity
_MAX_RADICAND = 4_000  # bits, of which a power is taken out
_MANTISSA = 40  # bits of an upper bound
_ACCURATE_INDEX = 8
_HALF = Fraction(1, 2)


class Step(NamedTuple):
    """One operation on earlier steps.

    Kinds: `number`, `unit` (exp(2πi number)), `cosine` (cos(π number)), `radical` (number ** (1/degree) for a whole
    number > 1), `pi`; `+`, `*`, `/`, `^` and `root` (to or of the whole number `degree`), `modulus`, `absolute` (of a
    real number), `max`; `exp`, `ln`, `sin`, `cos`, `arctan`.
    """

    kind: str
    args: tuple[int, ...] = ()
    number: Rational = 0
    degree: int = 0


Magnitude: TypeAlias = "tuple[int, int]"  # (m, k) is m * 2**k, from above
_ONE: Magnitude = (1, 0)


class _Size(NamedTuple):
    """A number as scale * A / B, with upper bounds of all conjugates of A and B."""

    scale: Rational
    above: Magnitude
    below: Magnitude = _ONE


def separation(
    steps: Sequence[Step], values: Sequence[Value | None], last: int, work: Work, *, imaginary: bool = False
) -> int | None:
    """A number of bits b such that the last step's value is zero or at least 2**-b in absolute value.

    `values` hold the steps' values; one in a `Ball` is real. With `imaginary` it is the difference of the value and
    its complex conjugate of which that is said.

    Returns:
        None if the step isn't an algebraic expression, or the bound is above MAX_BOUND.

    Raises:
        Refused: if the work is used up.
    """
    terms = [last]
    if imaginary and steps[last].kind == "+":
        terms = [k for k in steps[last].args if isinstance(values[k], Box)] or terms  # the others are real
    needed = _needed(steps, terms)
    sizes: dict[int, _Size] = {}
    for k in needed:
        size = _size(steps[k], sizes, work)
        if size is None:
            return None
        sizes[k] = size
    order = _order(steps[k] for k in needed)
    if order > _MAX_ORDER:
        return None
    degree = totient(order) * _degree_of_roots(steps, values, needed, work, closed=imaginary)
    for k in needed:
        if steps[k].kind == "modulus":
            degree *= 2 if sizes[steps[k].args[0]].below == _ONE else 4
    if degree > MAX_BOUND:
        return None
    size = _sum([sizes[k] for k in terms])
    if imaginary:
        size = _sum([size, size])  # of A conj(B) and -conj(A) B
    return _bits(size, (degree - 1) // 2 if order > 2 else degree - 1)


def _needed(steps: Sequence[Step], terms: Sequence[int]) -> list[int]:
    """These steps and those that they rest on, in order."""
    needed = set(terms)
    for k in range(max(terms), -1, -1):
        if k in needed:
            needed.update(steps[k].args)
    return sorted(needed)


def _bits(size: _Size, exponent: int) -> int | None:
    mantissa, power = _times(_to_power(size.above, exponent), size.below)
    scale = size.scale
    bits = power + mantissa.bit_length() + scale.denominator.bit_length() - scale.numerator.bit_length() + 1
    return bits if bits <= MAX_BOUND else None


def _size(step: Step, sizes: Mapping[int, _Size], work: Work) -> _Size | None:
    """The size of a step from those of its arguments, by the table at the top."""
    work.spend(8 + len(step.args))
    kind = step.kind
    if kind == "number":
        return _Size(step.number, _ONE)
    if kind == "unit":
        return _Size(1, _ONE)
    if kind == "cosine":
        return _Size(_HALF, (2, 0))
    if kind == "radical":
        return _Size(1, _root(_rounded(int(step.number), 0), step.degree))
    arguments = [sizes[k] for k in step.args]
    length = sum(size.scale.numerator.bit_length() + size.scale.denominator.bit_length() for size in arguments)
    if kind == "^":
        length *= step.degree
    if length > 2 * MAX_BOUND:
        return None
    work.spend(length * length >> 20)
    if kind == "+":
        return _sum(arguments)
    if kind == "max":
        return _either(arguments)
    if kind == "*":
        return _product(arguments)
    if kind == "/":
        over, under = arguments
        return _product([over, _Size(1 / Fraction(under.scale), under.below, under.above)]) if under.scale else None
    if kind == "^":
        (base,) = arguments
        return _Size(base.scale**step.degree, _to_power(base.above, step.degree), _to_power(base.below, step.degree))
    if kind == "root":
        return _root_of(arguments[0], step.degree)
    return arguments[0] if kind in {"modulus", "absolute"} else None


def _product(factors: Sequence[_Size]) -> _Size:
    scale, above, below = factors[0]
    for factor in factors[1:]:
        scale *= factor.scale
        above = _times(above, factor.above)
        below = _times(below, factor.below)
    return _Size(scale, above, below)


def _common_scale(sizes: Sequence[_Size]) -> tuple[Rational, list[Magnitude]]:
    """The largest rational number of which all scales are whole multiples, and the bounds of those times A."""
    scale = sizes[0].scale
    if all(size.scale == scale for size in sizes):
        return scale, [size.above for size in sizes]
    scale = Fraction(
        math.gcd(*(size.scale.numerator for size in sizes)), math.lcm(*(size.scale.denominator for size in sizes))
    )
    return scale, [_times(size.above, _rounded(abs(int(Fraction(size.scale) / scale)), 0)) for size in sizes]


def _sum(terms: Sequence[_Size]) -> _Size:
    scale, shares = _common_scale(terms)
    above, below = shares[0], terms[0].below
    for term, share in zip(terms[1:], shares[1:], strict=True):
        above = _plus(_times(above, term.below), _times(share, below))
        below = _times(below, term.below)
    return _Size(scale, above, below)


def _either(sizes: Sequence[_Size]) -> _Size:
    """A size for one of several numbers, without knowing which."""
    scale, shares = _common_scale(sizes)
    above, below = shares[0], sizes[0].below
    for size, share in zip(sizes[1:], shares[1:], strict=True):
        above, below = _plus(above, share), _plus(below, size.below)
    return _Size(scale, above, below)


def _root_of(radicand: _Size, index: int) -> _Size | None:
    scale = max(radicand.scale, -radicand.scale)
    if not scale:
        return None
    if scale.denominator.bit_length() * (index - 1) + scale.numerator.bit_length() > _MAX_RADICAND:
        return None
    outside, inside = without_powers(scale.numerator * scale.denominator ** (index - 1), index)
    above = _times(_rounded(inside, 0), radicand.above)
    below = radicand.below
    if _at_least(above, below):
        above = _root(_times(above, _to_power(below, index - 1)), index)
    else:
        above, below = above, _root(_times(_to_power(above, index - 1), below), index)
    return _Size(Fraction(outside, scale.denominator), above, below)


def _order(steps: Iterable[Step]) -> int:
    """The order of the roots of unity in a field that holds all those used."""
    order = 1
    for step in steps:
        if step.kind == "unit":
            order = math.lcm(order, step.number.denominator)
        elif step.kind == "cosine":
            order = math.lcm(order, Fraction(step.number, 2).denominator)
    return order


def _degree_of_roots(
    steps: Sequence[Step], values: Sequence[Value | None], needed: Sequence[int], work: Work, *, closed: bool
) -> int:
    """A bound of the degree by which the roots extend the field, closed under complex conjugation if so asked.

    Roots of one number that isn't zero are powers of one root of it, since they are principal or all of them real.
    """
    closed = closed or any(steps[k].kind == "modulus" for k in needed)
    radicals = [(int(steps[k].number), steps[k].degree) for k in needed if steps[k].kind == "radical"]
    work.spend(8 + len(radicals) ** 3 // 4)
    degree = degree_of_radicals(radicals)
    indices: dict[int, int] = {}
    for k in needed:
        if steps[k].kind != "root":
            continue
        index, radicand = steps[k].degree, steps[k].args[0]
        if closed and not isinstance(values[k], Ball):
            index *= index  # the conjugate is a root of the radicand's conjugate
        known = indices.get(radicand, 1)
        value = values[radicand]
        shared = value is None or excludes_zero(value)
        indices[radicand] = math.lcm(known, index) if shared else known * index
    return degree * math.prod(indices.values())


def _rounded(mantissa: int, exponent: int) -> Magnitude:
    excess = mantissa.bit_length() - _MANTISSA
    return ((mantissa >> excess) + 1, exponent + excess) if excess > 0 else (mantissa, exponent)


def _times(a: Magnitude, b: Magnitude) -> Magnitude:
    if a == _ONE:
        return b
    return a if b == _ONE else _rounded(a[0] * b[0], a[1] + b[1])


def _plus(a: Magnitude, b: Magnitude) -> Magnitude:
    if a[1] > b[1]:
        a, b = b, a
    shift = b[1] - a[1]
    if shift > 2 * _MANTISSA:
        a, shift = (1, b[1] - _MANTISSA), _MANTISSA  # more than it is
    return _rounded(a[0] + (b[0] << shift), a[1]) if b[0] else a


def _to_power(a: Magnitude, exponent: int) -> Magnitude:
    result = _ONE
    for digit in bin(exponent)[2:] if exponent else "":
        result = _times(result, result)
        if digit == "1":
            result = _times(result, a)
    return result


def _root(a: Magnitude, index: int) -> Magnitude:
    mantissa, exponent = a
    if index > _ACCURATE_INDEX:
        return (1, -(-(exponent + mantissa.bit_length()) // index))
    shift = index * 20 + exponent % index
    return _rounded(integer_root(mantissa << shift, index) + 1, (exponent - shift) // index)


def _at_least(a: Magnitude, b: Magnitude) -> bool:
    return a[1] + a[0].bit_length() >= b[1] + b[0].bit_length()
