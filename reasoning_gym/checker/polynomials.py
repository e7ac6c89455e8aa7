"""Polynomials over ℚ in generators that reduce: I² = -1, √p² = p, sin² = 1 - cos², |x|² = x².

A generator is a text: a variable's name, `I`, `pi`, `e**`, `#2` for the root of a prime (with an exponent between 0
and 1), or a kernel such as `sin(…)`, keyed by its argument's normal form.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker import rationals
from reasoning_gym.checker.limits import MAX_BITS, MAX_EXPONENT, MAX_KEY, MAX_TERMS, Refused, Work
from reasoning_gym.checker.rationals import Rational, tidy

Monomial: TypeAlias = "tuple[tuple[str, Rational], ...]"  # generators with their exponents, sorted
Polynomial: TypeAlias = "dict[Monomial, Rational]"  # no zero coefficients

ONE: Polynomial = {(): 1}
_LONG = 4_000  # bits
_REDUCTION = 8  # work, beside that of the product


class Form(NamedTuple):
    """num / den."""

    num: Polynomial
    den: Polynomial = ONE

    @property
    def constant(self) -> Rational | None:
        """The value, if it is a rational number."""
        if self.den != ONE or len(self.num) > 1:
            return None
        return 0 if not self.num else self.num.get(())


def number(value: Rational) -> Form:
    """A rational number as a form."""
    return Form({(): value} if value else {})


def generator(key: str, exponent: Rational = 1) -> Polynomial:
    """One generator to a power."""
    return {((key, exponent),): 1}


class Ring:
    """The arithmetic of polynomials under one allowance of work."""

    def __init__(self, work: Work | None = None, variables: Iterable[str] = ()) -> None:
        self.work = work or Work()
        self.variables = frozenset(variables)  # names that are variables even if they look like constants
        self.arguments: dict[str, Form] = {}  # what each kernel was made from
        self.holds_kernels = False  # whether any function was kept as a generator of its own

    def add(self, left: Polynomial, right: Polynomial, factor: Rational = 1) -> Polynomial:
        """Left + factor · right."""
        self.work.spend(len(right) + len(left) // 8)
        total = dict(left)
        self.accumulate(total, right, factor)
        return total

    def accumulate(self, total: Polynomial, more: Polynomial, factor: Rational = 1) -> None:
        """Add factor · more to a polynomial in place."""
        for monomial, coefficient in more.items():
            value = total.get(monomial, 0) + factor * coefficient
            if not value:
                total.pop(monomial, None)
                continue
            if not isinstance(value, int) and value.denominator.bit_length() > MAX_BITS:  # whole numbers hardly grow
                raise Refused(f"a fraction of more than {MAX_BITS} bits")
            total[monomial] = value
        if len(total) > MAX_TERMS:
            raise Refused(f"a sum of more than {MAX_TERMS} terms")

    def multiply(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """Left · right, reduced."""
        if left == ONE:
            return right
        if right == ONE:
            return left
        if not left or not right:
            return {}
        if len(left) == 1 and () in left:
            left, right = right, left
        if len(right) == 1 and (factor := right.get(())) is not None:
            self.work.spend(len(left))
            product = {monomial: coefficient * factor for monomial, coefficient in left.items()}
            rationals.refuse_large(product.values())
            return product
        bits = rationals.bits(left.values()) + rationals.bits(right.values())
        length = max(map(len, left)) + max(map(len, right))
        self.work.spend(len(left) * len(right) * (1 + length + bits // 64))
        total: Polynomial = {}
        for first, a in left.items():
            for second, b in right.items():
                merged, extra = self.merge(first, second)
                if extra is not None:
                    self.work.spend(_REDUCTION + len(extra))
                    self.accumulate(total, self.multiply({merged: a * b}, extra))
                    continue
                value = total.get(merged, 0) + a * b
                if value:
                    total[merged] = value
                else:
                    del total[merged]
        if len(total) > MAX_TERMS:
            raise Refused(f"a product of more than {MAX_TERMS} terms")
        if bits > MAX_BITS:
            rationals.refuse_large(total.values())
        return total

    def merge(self, first: Monomial, second: Monomial) -> tuple[Monomial, Polynomial | None]:
        """The product of two monomials: a monomial, and a polynomial to multiply it with if one was reduced."""
        if not first:
            return second, None
        if not second:
            return first, None
        if len(first) == 1 and len(second) == 1 and (key := first[0][0]) != (other := second[0][0]):
            return (first + second if key < other else second + first), None
        exponents: dict[str, Rational] = dict(first)
        extra: Polynomial | None = None
        for key, exponent in second:
            if key not in exponents:
                exponents[key] = exponent
                continue
            total = exponents[key] + exponent
            rest, factor = self.reduce(key, total)
            if rest:
                exponents[key] = tidy(rest)
            else:
                del exponents[key]
            if factor is not None:
                extra = factor if extra is None else self.multiply(extra, factor)
        return tuple(sorted(exponents.items())), extra

    def reduce(self, key: str, exponent: Rational) -> tuple[Rational, Polynomial | None]:
        """What is left of a generator's exponent, and the polynomial that the rest stands for."""
        kind = key[0]
        if kind == "I" and key == "I":
            whole = int(exponent)
            return whole % 2, ({(): -1} if whole % 4 in (2, 3) else None)
        if kind in "#(" and exponent >= 1:  # a root: its whole part is the radicand itself
            whole = math.floor(exponent)
            radicand: Polynomial = {(): int(key[1:])} if kind == "#" else self.arguments[key].num
            return exponent - whole, self.raise_polynomial(radicand, whole)
        if exponent >= 2 and isinstance(exponent, int):
            if key.startswith("sin("):
                cosine = generator("cos" + key[3:], 2)
                return exponent % 2, self.raise_polynomial({(): 1, **{m: -c for m, c in cosine.items()}}, exponent // 2)
            if key.startswith("abs("):
                square = self.raise_polynomial(self.arguments[key].num, 2)
                return exponent % 2, self.raise_polynomial(square, exponent // 2)
        return exponent, None

    def raise_polynomial(self, base: Polynomial, exponent: int) -> Polynomial:
        """Base ** exponent for a whole exponent from 0."""
        if len(base) == 1:
            ((monomial, coefficient),) = base.items()
            return self.raise_monomial(monomial, coefficient, exponent)
        if exponent > MAX_EXPONENT:
            raise Refused(f"a power of a sum is larger than {MAX_EXPONENT}")
        result = ONE
        while exponent:
            if exponent & 1:
                result = self.multiply(result, base)
            exponent >>= 1
            if exponent:
                base = self.multiply(base, base)
        return result

    def raise_monomial(self, monomial: Monomial, coefficient: Rational, exponent: int) -> Polynomial:
        """(coefficient · monomial) ** exponent for a whole exponent from 0."""
        rationals.refuse_large((exponent,))
        result: Polynomial = {(): rationals.power(coefficient, exponent)}
        rationals.refuse_large(result.values())
        if not exponent:
            return result
        kept: list[tuple[str, Rational]] = []
        for key, own in monomial:
            rest, factor = self.reduce(key, own * exponent)
            if rest:
                kept.append((key, tidy(rest)))
            if factor is not None:
                result = self.multiply(result, factor)
        return self.multiply(result, {tuple(kept): 1}) if kept else result

    def pay_for(self, key: str) -> None:
        """Count a key as work, and refuse a long one: keys within keys may grow exponentially."""
        self.holds_kernels = True
        self.work.spend(len(key) // 16)
        if len(key) > MAX_KEY:
            raise Refused(f"a function whose argument takes more than {MAX_KEY} characters")


def content_of(polynomial: Polynomial) -> tuple[Rational, Polynomial]:
    """The positive rational content, and the polynomial divided by it."""
    numerator = math.gcd(*(c.numerator for c in polynomial.values()))
    denominator = math.lcm(*(c.denominator for c in polynomial.values()))
    content = tidy(Fraction(numerator, denominator))
    if content == 1:
        return 1, polynomial
    return content, {m: rationals.divide(c, content) for m, c in polynomial.items()}


def scaled(polynomial: Polynomial, factor: Rational) -> Polynomial:
    """Factor · polynomial."""
    return polynomial if factor == 1 else {m: tidy(c * factor) for m, c in polynomial.items()}


def _spelt(value: Rational) -> str:
    """A number as text; a long one in hexadecimal, since Python refuses to print more than 4300 decimal digits."""
    if rationals.bits((value,)) < _LONG:
        return str(value)
    return f"{value.numerator:#x}/{value.denominator:#x}"


def _monomial_key(monomial: Monomial) -> str:
    return "*".join(key if exponent == 1 else f"{key}^{exponent}" for key, exponent in monomial)


def polynomial_key(polynomial: Polynomial) -> str:
    """A text that is the same for equal polynomials only."""
    return "+".join(
        f"{_spelt(c)}*{_monomial_key(m)}" for m, c in sorted(polynomial.items(), key=lambda term: repr(term[0]))
    )


def form_key(form: Form) -> str:
    """A text that is the same for equal forms only."""
    if form.den == ONE:
        return polynomial_key(form.num)
    content, primitive = content_of(form.den)
    if primitive[max(primitive)] < 0:
        content = -content
        primitive = {m: -c for m, c in primitive.items()}
    num = {m: rationals.divide(c, content) for m, c in form.num.items()}
    return f"{polynomial_key(num)}//{polynomial_key(primitive)}"
