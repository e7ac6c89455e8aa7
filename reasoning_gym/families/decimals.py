"""Writes numbers as decimals, and reads decimals in what a model wrote."""

from __future__ import annotations

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.rationals import Rational, rational
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.numbers import bare
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_MOST_PLACES = 30


def places_of(value: Rational) -> int:
    """How many decimal places a number has.

    Raises:
        ValueError: if they don't end, or there are more than 30.

    >>> from fractions import Fraction
    >>> places_of(Fraction(3, 8)), places_of(20)
    (3, 0)
    """
    for places in range(_MOST_PLACES + 1):
        if 10**places % value.denominator == 0:
            return places
    raise ValueError(f"{value} has no end within {_MOST_PLACES} decimal places; draw another number")


def decimal(value: Rational, places: int | None = None) -> str:
    """A number as a decimal without zeros at its end, or with so many places.

    Raises:
        ValueError: if that isn't exact.

    >>> from fractions import Fraction
    >>> decimal(Fraction(-3, 8)), decimal(Fraction(7, 2), 3), decimal(20)
    ('-0.375', '3.500', '20')
    """
    places = places_of(value) if places is None else places
    scaled = value * 10**places
    if scaled.denominator != 1:
        raise ValueError(f"{value} can't be written with {places} decimal places; use {places_of(value)}")
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + (f"{whole}.{fraction}" if places else whole)


def is_decimal(node: Node) -> bool:
    """Whether a number is written as an integer or with a decimal point, maybe signed: not as a fraction."""
    if isinstance(node, Apply) and node.head == "neg":
        return isinstance(node.args[0], Number) and node.args[0].value > 0
    return isinstance(node, Number)


def check_decimal(answer: str, value: Rational) -> Verdict:
    """Whether an answer is a decimal of exactly this value. Never raises on the answer.

    >>> from fractions import Fraction
    >>> check_decimal("0.50", Fraction(1, 2)).correct, check_decimal("1/2", Fraction(1, 2)).correct
    (True, False)
    """

    def decide() -> Verdict:
        node = parse(bare(answer))
        if not is_decimal(node):
            raise Unreadable("a decimal was asked for, worked out")
        return CORRECT if rational(node) == value else incorrect("the values differ")

    return guarded(decide)
