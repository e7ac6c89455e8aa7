"""Prints mathematics the way a person writes it: `3x^2-x+1`, never `1x`, `+-` or `x^1`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

Rational: TypeAlias = "int | Fraction"
Terms: TypeAlias = "Mapping[tuple[int, int], Rational]"  # exponents of x and of y to coefficients


def number(value: Rational) -> str:
    """A whole number or a fraction in lowest terms.

    >>> number(Fraction(-3, 6))
    '-1/2'
    """
    return str(value)


def term(coefficient: Rational, factor: str) -> str:
    """A coefficient times a factor; the factor `""` stands for 1.

    >>> [term(1, "x"), term(-1, "x^2"), term(Fraction(2, 3), "x"), term(5, ""), term(0, "x")]
    ['x', '-x^2', '2x/3', '5', '0']
    """
    if not factor or not coefficient:
        return number(coefficient)
    top, bottom = coefficient.numerator, coefficient.denominator
    sign, size = ("-" if top < 0 else ""), abs(top)
    return f"{sign}{'' if size == 1 else size}{factor}{'' if bottom == 1 else f'/{bottom}'}"


def add(terms: Iterable[str]) -> str:
    """Terms with their signs as one sum; zeros are left out.

    >>> add(["3x^2", "-x", "0", "1"])
    '3x^2-x+1'
    """
    total = ""
    for each in terms:
        if each != "0":
            total += each if not total or each.startswith("-") else f"+{each}"
    return total or "0"


def power(base: str, exponent: int) -> str:
    """A base to a whole power from 0; the empty text is 1.

    >>> [power("x", 0), power("x", 1), power("(x+1)", 3)]
    ['', 'x', '(x+1)^3']
    """
    return "" if exponent == 0 else base if exponent == 1 else f"{base}^{exponent}"


def polynomial(coefficients: Sequence[Rational], variable: str = "x") -> str:
    """A polynomial from its coefficients, the constant first; highest power first in the text.

    >>> polynomial((1, -1, 3))
    '3x^2-x+1'
    """
    return add(term(c, power(variable, i)) for i, c in reversed(list(enumerate(coefficients))) if c)


def terms(polynomial: Terms) -> str:
    """A polynomial in x and y: highest degree first, then the highest power of x.

    >>> terms({(0, 0): 1, (1, 1): -2, (2, 0): 1})
    'x^2-2xy+1'
    """
    ordered = sorted(polynomial, key=lambda exponents: (-sum(exponents), -exponents[0]))
    return add(term(polynomial[x, y], power("x", x) + power("y", y)) for x, y in ordered)


def is_sum(text: str) -> bool:
    """Whether an expression is a sum, so that it needs brackets as a factor.

    >>> [is_sum("x+1"), is_sum("-x"), is_sum("(x+1)(x-2)")]
    [True, False, False]
    """
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character in "+-" and depth == 0 and position and text[position - 1] not in "*/^":
            return True
    return False


def bracketed(text: str) -> str:
    """The expression as a factor: in brackets if it is a sum or carries a sign."""
    return f"({text})" if is_sum(text) or text.startswith("-") else text


def raised(base: str, exponent: int) -> str:
    """A base to a power, in brackets unless it is one letter or stands alone.

    >>> [raised("x", 2), raised("2x", 2), raised("x+1", 1), raised("2x", 1)]
    ['x^2', '(2x)^2', '(x+1)', '2x']
    """
    if exponent > 1 and len(base) > 1:
        return power(f"({base})", exponent)
    return power(bracketed(base), exponent)


def quotient(top: str, bottom: str) -> str:
    """One expression over another.

    >>> [quotient("2", "x"), quotient("x+1", "2x")]
    ['2/x', '(x+1)/(2x)']
    """
    return f"{f'({top})' if is_sum(top) else top}/{bottom if len(bottom) == 1 else f'({bottom})'}"


def product(factors: Sequence[tuple[str, int]], constant: Rational = 1) -> str:
    """A product of powers with a constant in front.

    >>> product([("x-1", 2), ("x", 1)], 3)
    '3(x-1)^2x'
    """
    return term(constant, "".join(raised(base, exponent) for base, exponent in factors))
