"""Lines about one function: `F(x)=x^3+x^2`, `F(3)=27+9=36`, and calculations that have a wanted value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.points import variables
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.shapes import factors, polynomial_of
from reasoning_gym.checker.syntax import Node, parse
from reasoning_gym.families.derivatives import check_slope
from reasoning_gym.families.named_quantities import has_value
from reasoning_gym.families.notation import add, number
from reasoning_gym.families.numbers import number_of, operations, sides
from reasoning_gym.families.series import MAX_LINE, series_of
from reasoning_gym.families.steps import expression_measure, small_algebra
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_MOST_OPERATIONS = 40  # of a calculation in a line
MOST_LINES = 12  # that bring one thing nearer to what it is, so that a trace comes to an end
_LINE = re.compile(r"(?P<name>[A-Za-z]'{0,2})\s*\(\s*(?P<at>[^()=]{1,20})\s*\)\s*=(?P<rest>.+)", re.ASCII)


class About(NamedTuple):
    """A line `F(3)=27+9=36`, or `F(x)=x^3+x^2`."""

    name: str
    at: Rational | None  # None for x itself
    sides: tuple[Node, ...]


def read_line(line: str) -> Node:
    """What a line states.

    Raises:
        Unreadable, Refused: if it can't be read, or is too long.
    """
    if len(line) > MAX_LINE:
        raise Refused(f"the line has {len(line)} characters, more than {MAX_LINE}")
    return parse(line)


def readable(lines: Sequence[str]) -> Iterator[Node]:
    """What the lines state, those that can't be read left out."""
    for line in lines:
        try:
            yield read_line(line)
        except (Unreadable, Refused, Undefined):
            continue


def read_about(line: str) -> About | None:
    """A line about a function; None for any other.

    Raises:
        Unreadable, Refused, Undefined: if a part of it can't be read.

    >>> read_about("F(3)=27+9=36").at, read_about("F(x)=x^3").at, read_about("36-2")
    (3, None, None)
    """
    match = _LINE.fullmatch(line.strip()) if len(line) <= MAX_LINE else None
    if match is None:
        return None
    at = None if match["at"].strip() == "x" else number_of(parse(match["at"]))
    return About(match["name"], at, tuple(sides(parse(match["rest"]))))


def value_at(function: Node, point: Rational) -> Rational:
    """The value of a function of x at a number.

    Raises:
        Unreadable, Undefined, Refused: as `series_of`, or where it has none.
    """
    return series_of(function, point).coefficient(0)


def value_line(name: str, coefficients: Sequence[Rational], at: Rational) -> str:
    """A polynomial's value, the terms worked out first.

    >>> value_line("f", (5, -6, 1), 3)
    'f(3)=9-18+5=-4'
    """
    values = [c * at**i for i, c in enumerate(coefficients)]
    put_in = add(number(tidy(Fraction(value))) for value in reversed(values) if value)
    return "=".join(dict.fromkeys((f"{name}({number(at)})", put_in, number(tidy(Fraction(sum(values)))))))


def abouts(lines: Sequence[str], name: str) -> Iterator[About]:
    """The lines about one function that can be read."""
    for line in lines:
        try:
            about = read_about(line)
        except (Unreadable, Undefined, Refused):
            continue
        if about is not None and about.name == name:
            yield about


def check_derivative(about: About, function: Node, earlier: Sequence[About]) -> Verdict:
    """Whether `f'(x)=3x^2-3=3(x-1)(x+1)` is the derivative of a function, in more factors than before, or simpler.

    Raises:
        Unreadable, Undefined, Refused: as `check_slope`.
    """
    for side in about.sides:
        verdict = _check_slope(function, side)
        if not verdict.correct:
            return verdict
    written = [other.sides[-1] for other in earlier if _all_slopes(function, other)]
    if len(written) >= MOST_LINES:
        return incorrect("enough lines have said what the derivative is")
    count, measure = _factors_with_x(about.sides[-1]), expression_measure(about.sides[-1])
    more = all(count > _factors_with_x(other) for other in written)
    if more or all(measure < expression_measure(other) for other in written):
        return CORRECT
    return incorrect("the derivative is known, and not in more factors or simpler")


def _check_slope(function: Node, side: Node) -> Verdict:
    if not variables(side) <= {"x"}:
        return incorrect("a function of x was expected")
    return check_slope(function, side)


def _all_slopes(function: Node, about: About) -> bool:
    if about.at is not None:
        return False
    return all(guarded(partial(_check_slope, function, side)).correct for side in about.sides)


def _factors_with_x(node: Node) -> int:
    """How many factors hold x; 0 if one of them is no polynomial, for then there may be any number."""
    found = [(factor, power) for factor, power in factors(node) if variables(factor)]
    if any(polynomial_of(factor, "x", small_algebra()) is None for factor, _ in found):
        return 0
    return sum(power for _, power in found)


def check_value(about: About, value: Rational, earlier: Sequence[About]) -> Verdict:
    """Whether a line says what a function's value is, nearer to a number than an earlier one said it.

    Raises:
        Unreadable, Undefined, Refused: as `has_value`.
    """
    if not all(has_value(side, value) for side in about.sides):
        return incorrect(f"the value is {value}")
    known = [other.sides[-1] for other in earlier if (other.name, other.at) == (about.name, about.at)]
    return _check_nearer(about.sides[-1], known)


def check_calculation(value: Rational, earlier: Sequence[Node], node: Node) -> Verdict:
    """Whether a calculation has a wanted value, and leaves less to do than those before.

    Raises:
        Unreadable, Undefined, Refused: as `has_value`.
    """
    if not all(has_value(side, value) for side in sides(node)):
        return incorrect("its value isn't what is asked for")
    known = [sides(line)[-1] for line in earlier if not variables(line) and _is_worth(line, value)]
    return _check_nearer(sides(node)[-1], known)


def _check_nearer(node: Node, known: Sequence[Node]) -> Verdict:
    """Whether an expression leaves less to do than those with the same value before."""
    left = operations(node)
    if any(operations(other) <= left for other in known):
        return incorrect("leaves no fewer operations than an earlier line")
    if len(known) >= MOST_LINES or left > _MOST_OPERATIONS:
        return incorrect("leaves too much to do, or enough lines were about this")
    return CORRECT


def _is_worth(node: Node, value: Rational) -> bool:
    try:
        return all(has_value(side, value) for side in sides(node))
    except (Unreadable, Refused, Undefined):
        return False
