"""Elementary functions with their derivatives, as texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from reasoning_gym.families.notation import (
    Rational,
    add,
    bracketed,
    is_sum,
    number,
    polynomial,
    power,
    quotient,
    raised,
    term,
)

Kind: TypeAlias = Literal["sin", "cos", "exp", "ln", "power"]
KINDS: tuple[Kind, ...] = ("sin", "cos", "exp", "ln", "power")


class Piece(NamedTuple):
    """A function and its derivative; no sums at the top, so that pieces can be multiplied."""

    text: str
    slope: str


def slope_of(coefficients: Sequence[Rational]) -> tuple[Rational, ...]:
    """The derivative of a polynomial; coefficients from the constant up."""
    return tuple(i * c for i, c in enumerate(coefficients))[1:]


def times(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """The product of two polynomials; coefficients from the constant up.

    >>> times((-2, 1), (3, 1))
    [-6, 1, 1]
    """
    total = [0] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            total[i + j] += a * b
    return total


def multiply(left: str, right: str) -> str:
    """The product of two expressions, signs in front, numbers before functions before sums.

    >>> [multiply("2x", "-sin(x)"), multiply("x+1", "3"), multiply("1", "x+1")]
    ['-2x*sin(x)', '3(x+1)', 'x+1']
    """
    if "0" in (left, right):
        return "0"
    negative = False
    factors: list[str] = []
    for text in (left, right):
        minus = text.startswith("-") and not is_sum(text)
        negative ^= minus
        factors.append(text[1:] if minus else text)
    factors.sort(key=lambda text: (not text.isdigit(), is_sum(text), not text[0].isdigit()))
    first, second = factors
    if first == "1":
        return f"-{bracketed(second)}" if negative else second
    if first.isdigit() and second[0].isdigit() and not is_sum(second):
        joined = f"{first}*{second}"
    else:
        joined = f"{bracketed(first)}{'' if first.isdigit() else '*'}{bracketed(second)}"
    return f"-{joined}" if negative else joined


def negated(text: str) -> str:
    """Minus an expression."""
    if is_sum(text):
        return f"-({text})"
    return text[1:] if text.startswith("-") else f"-{text}"


def chain(kind: Kind, inner: Sequence[Rational], coefficient: Rational = 1, exponent: int = 2) -> Piece:
    """Coefficient times a function of a polynomial; the exponent is for powers only.

    >>> chain("sin", (1, 0, 3))
    Piece(text='sin(3x^2+1)', slope='6x*cos(3x^2+1)')
    >>> chain("power", (2, 3), exponent=5)
    Piece(text='(3x+2)^5', slope='15(3x+2)^4')
    """
    of = polynomial(inner)
    rate = [coefficient * c for c in slope_of(inner)]
    slope = polynomial(rate)
    if kind == "sin":
        return Piece(term(coefficient, f"sin({of})"), multiply(slope, f"cos({of})"))
    if kind == "cos":
        return Piece(term(coefficient, f"cos({of})"), multiply(polynomial([-c for c in rate]), f"sin({of})"))
    if kind == "exp":
        text = f"e^{of}" if of == "x" else f"e^({of})"
        return Piece(term(coefficient, text), multiply(slope, text))
    if kind == "ln":
        return Piece(term(coefficient, f"ln({of})"), quotient(slope, of))
    return Piece(
        term(coefficient, raised(of, exponent)),
        multiply(polynomial([exponent * c for c in rate]), raised(of, exponent - 1)),
    )


def product_rule(u: Piece, v: Piece) -> Piece:
    """The product; its derivative is a sum."""
    return Piece(multiply(u.text, v.text), add((multiply(u.slope, v.text), multiply(u.text, v.slope))))


def monomial(coefficient: Rational, exponent: int) -> Piece:
    """Coefficient times a power of x.

    >>> monomial(3, 2)
    Piece(text='3x^2', slope='6x')
    """
    slope = term(coefficient * exponent, power("x", exponent - 1)) if exponent else number(0)
    return Piece(term(coefficient, power("x", exponent)), slope)
