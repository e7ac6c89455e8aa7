"""Lines about derivatives: reads `(3x^2)'=6x`, proves it, and knows the parts of an expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reasoning_gym.checker.algebra import Form, Polynomial, is_algebraic
from reasoning_gym.checker.calculus import derivative
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.points import value_at, variables
from reasoning_gym.checker.rationals import Rational, divide
from reasoning_gym.checker.syntax import Apply, Node, parse
from reasoning_gym.families.steps import small_algebra
from reasoning_gym.problem import CORRECT, Verdict, incorrect, unproved

Key: TypeAlias = "tuple[frozenset[object], ...]"  # of a form: equal keys, equal values

_LINE = re.compile(r"\((?P<function>.+)\)\s*'\s*=(?P<slope>[^=']+)")
_POINTS = (0.7310585786, 1.3169578969, 0.5772156649, 2.9021130326, -0.3010299957, -1.6449340668)
_OTHERS = 0.9159655942  # what every other variable is at these points
_STEP = 1e-5  # of the difference quotient
_TOLERANCE = 1e-4


class Slope(NamedTuple):
    """A line that says what the derivative of a function is."""

    function: Node
    slope: Node


# reading


def read_slope(line: str) -> Slope | None:
    """The parts of `(function)'=slope`; None for any other line.

    Raises:
        Unreadable, Refused: if a part isn't in the grammar.
    """
    match = _LINE.fullmatch(line.strip())
    return None if match is None else Slope(parse(match["function"]), parse(match["slope"]))


def slopes(thoughts: Sequence[str]) -> Iterator[Slope]:
    """The lines about derivatives that are true, from the first on."""
    for line in thoughts:
        try:
            found = read_slope(line)
            if found is not None and check_slope(found.function, found.slope).correct:
                yield found
        except (Unreadable, Undefined, Refused):
            continue


def check_slope(function: Node, slope: Node) -> Verdict:
    """Whether one expression is the derivative of another with respect to x.

    Proved exactly; refuted exactly where everything is algebraic, and else by difference quotients.

    Raises:
        Unreadable, Undefined, Refused: if a side isn't an expression, has no value, or asks for too much.
    """
    algebra = small_algebra()
    found = derivative(algebra, algebra.form(function), "x")
    difference = algebra.difference(found, algebra.form(slope))
    if not difference:
        return CORRECT
    if is_algebraic(difference) or _differs(function, slope):
        return incorrect("the derivative is another expression")
    return unproved("neither equality nor difference could be proved")


def _differs(function: Node, slope: Node) -> bool:
    """Whether the difference quotient is clearly another value at two points or more."""
    names = variables(function) | variables(slope)
    differing = 0
    for at in _POINTS:
        point = {**dict.fromkeys(names, _OTHERS), "x": at}
        step = _STEP * (1 + abs(at))
        before, after = (value_at(function, {**point, "x": at + sign * step}) for sign in (-1, 1))
        stated = value_at(slope, point)
        if before is None or after is None or stated is None:
            continue
        quotient = (after - before) / (2 * step)
        allowed = _TOLERANCE * (1e-3 + abs(quotient) + abs(stated)) + 1e-9 * abs(after)
        differing += abs(quotient - stated) > allowed
    return differing >= 2


# parts of an expression


def key(form: Form) -> Key:
    """A key that is the same for equal forms (for quotients, if they are written over the same denominator)."""
    lead = form.den[max(form.den)]
    return _divided(form.num, lead), _divided(form.den, lead)


def ray(form: Form) -> Key:
    """A key that is the same for all rational multiples of a form."""
    return tuple(_divided(side, side[max(side)]) if side else frozenset(side.items()) for side in form)


def _divided(polynomial: Polynomial, divisor: Rational) -> frozenset[object]:
    return frozenset((monomial, divide(c, divisor)) for monomial, c in polynomial.items())


def terms_of(node: Node) -> tuple[Node, ...]:
    """The terms of a sum; any other node is its own only term."""
    return node.args if isinstance(node, Apply) and node.head == "+" else (node,)


def parts(node: Node) -> Iterator[Node]:
    """Every expression within an expression that a rule may differentiate.

    Subtrees with x, all terms of sums, neighbours in a product, and those at its head with its sign.
    """
    yield node
    if not isinstance(node, Apply):
        return
    if node.head == "*":
        count = len(node.args)
        yield from (Apply("*", node.args[i:j]) for i in range(count) for j in range(i + 2, count + (i > 0)))
    if node.head == "neg" and isinstance(inner := node.args[0], Apply) and inner.head == "*":
        heads = (Apply("*", inner.args[:j]) for j in range(1, len(inner.args)))
        yield from (Apply("neg", (head,)) for head in heads if variables(head))
    for argument in node.args:
        if node.head == "+" or variables(argument):
            yield from parts(argument)


@lru_cache(maxsize=512)
def part_keys(text: str, *, multiples: bool = False) -> frozenset[Key]:
    """The keys of an expression's parts; of all their rational multiples if so wished."""
    algebra = small_algebra()
    of: Callable[[Form], Key] = ray if multiples else key
    return frozenset(of(algebra.form(part)) for part in parts(parse(text)))


def check_part(text: str, thoughts: Sequence[str], stated: Slope) -> Verdict:
    """Whether a line about a derivative is true, about a part of the function, and new.

    Raises:
        Unreadable, Undefined, Refused: as `check_slope`.
    """
    algebra = small_algebra()
    about = key(algebra.form(stated.function))
    if about not in part_keys(text):
        return incorrect("this is no part of the function")
    if any(key(algebra.form(earlier.function)) == about for earlier in slopes(thoughts)):
        return incorrect("this derivative is known already")
    if not variables(stated.slope) <= {"x"}:
        return incorrect("the slope has other variables than x")
    return check_slope(stated.function, stated.slope)
