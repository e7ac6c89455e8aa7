"""Lines that write whole numbers as products: `84=2*42`, `42=2*21`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.shapes import factors
from reasoning_gym.checker.syntax import Node, Number, parse
from reasoning_gym.families.numbers import sides

_MOST_FACTORS = 64  # of a product


def whole_factors(node: Node) -> list[int]:
    """The factors of a product of whole numbers above 1, each as often as its power says.

    Raises:
        Unreadable: if it is anything else, or has more factors than any number here.
    """
    found: list[int] = []
    for factor, power in factors(node):
        if not (isinstance(factor, Number) and isinstance(factor.value, int) and factor.value > 1):
            raise Unreadable("a product of whole numbers above 1 was expected")
        found += [factor.value] * min(power, _MOST_FACTORS)
    if len(found) > _MOST_FACTORS:
        raise Unreadable("the product has too many factors")
    return found


def split_line(line: str) -> tuple[int, list[list[int]]]:
    """A line `84=2*42=2*2*21` as the number and the products.

    Raises:
        Unreadable: if it states anything else.
    """
    first, *others = sides(parse(line))
    if not others:
        raise Unreadable("a product was expected, such as 12=2*6")
    if not isinstance(first, Number) and len(others) == 1:  # 2*42=84
        first, others = others[0], [first]
    if not (isinstance(first, Number) and isinstance(first.value, int) and first.value > 1):
        raise Unreadable("a product was expected, such as 12=2*6")
    return first.value, [whole_factors(other) for other in others]


def at_hand_after(at_hand: Sequence[int], line: str, number: int) -> list[int] | None:
    """The factors at hand after a line; None if the line is no valid step."""
    try:
        written, products = split_line(line)
    except (Unreadable, Refused, Undefined):
        return None
    product = products[-1]
    if any(math.prod(each) != written for each in products) or len(product) < 2:
        return None
    if written in at_hand:
        rest = list(at_hand)
        rest.remove(written)
        return [*rest, *product]
    return product if written == number and len(product) > len(at_hand) else None
