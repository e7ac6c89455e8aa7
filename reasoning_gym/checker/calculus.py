"""Derivatives of normal forms, by the rules for each generator."""

from __future__ import annotations

import re

from reasoning_gym.checker.algebra import HALF, ONE, Algebra, Form, Polynomial, generator, number
from reasoning_gym.checker.limits import Refused
from reasoning_gym.checker.rationals import Rational, tidy

_POWER = re.compile(r"(?P<base>e|\d+)\*\*", re.ASCII)


def derivative(algebra: Algebra, form: Form, variable: str) -> Form:
    """D form / d variable.

    Raises:
        Refused: for a function whose derivative isn't known here.
    """
    above = _of_polynomial(algebra, form.num, variable)
    if form.den == ONE:
        return above
    below = _of_polynomial(algebra, form.den, variable)
    den = Form(form.den)
    num = algebra.plus(algebra.times(above, den), algebra.times(number(-1), algebra.times(Form(form.num), below)))
    return algebra.times(num, algebra.inverse(algebra.times(den, den)))


def _of_polynomial(algebra: Algebra, polynomial: Polynomial, variable: str) -> Form:
    total = number(0)
    for monomial, coefficient in polynomial.items():
        for position, (key, exponent) in enumerate(monomial):
            inner = _of_generator(algebra, key, exponent, variable)
            if inner.num:
                others = Form({monomial[:position] + monomial[position + 1 :]: coefficient})
                total = algebra.plus(total, algebra.times(others, inner))
    return total


def _of_generator(algebra: Algebra, key: str, exponent: Rational, variable: str) -> Form:
    """The derivative of key ** exponent."""
    if key == variable:
        return algebra.times(number(exponent), _power(algebra, key, tidy(exponent - 1)))
    argument = algebra.arguments.get(key)
    if argument is None:
        if "?" in key:
            raise Refused(f"the derivative of {key} is not known")
        return number(0)
    inner = derivative(algebra, argument, variable)
    if not inner.num:
        return inner
    if key[0] == "^":
        raise Refused(f"the derivative of {key} is not known")
    power = _POWER.match(key)
    if power is not None:  # (b ** u) ** c has the derivative c u' ln(b) b ** (c u)
        base = power["base"]
        logarithm = number(1) if base == "e" else algebra.logarithm(number(int(base)))
        slope = algebra.times(algebra.times(number(exponent), logarithm), inner)
        return algebra.times(slope, Form(generator(key, exponent)))
    if key[0] == "(":  # a root of u to the exponent c: c u' u ** c / u
        quotient = algebra.times(Form(generator(key, exponent)), algebra.inverse(argument))
        return algebra.times(algebra.times(number(exponent), inner), quotient)
    outer = algebra.times(number(exponent), _power(algebra, key, tidy(exponent - 1)))
    return algebra.times(algebra.times(outer, _outer(algebra, key, argument)), inner)


def _power(algebra: Algebra, key: str, exponent: Rational) -> Form:
    if exponent == 0:
        return number(1)
    if exponent < 0:
        return algebra.inverse(Form(generator(key, -exponent)))
    return Form(generator(key, exponent))


def _outer(algebra: Algebra, key: str, argument: Form) -> Form:
    """The derivative of a function at its argument."""
    name, rest = key.split("(", 1)
    if name == "sin":
        return Form(generator(f"cos({rest}"))
    if name == "cos":
        return Form({((f"sin({rest}", 1),): -1})
    if name == "ln":
        return algebra.inverse(argument)
    if name == "abs":
        return algebra.times(argument, algebra.inverse(Form(generator(key))))
    square = algebra.times(argument, argument)
    if name == "arctan":
        return algebra.inverse(algebra.plus(number(1), square))
    if name in {"arcsin", "arccos"}:
        root = algebra.root(algebra.plus(number(1), algebra.times(number(-1), square)), HALF)
        return algebra.times(number(1 if name == "arcsin" else -1), algebra.inverse(root))
    raise Refused(f"the derivative of {name} is not known")
