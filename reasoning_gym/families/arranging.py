"""Counts of arrangements: the lines that lead from what is given to how many there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from reasoning_gym.families.counting import Factor, choose, factorial, plain, power, value_of, worked_out
from reasoning_gym.families.named_quantities import Quantities, Working, worked_values, working

Fact: TypeAlias = "int | str"


def lines_of(kind: str, facts: tuple[Fact, ...]) -> list[Working]:
    """The way from what is given to the number of ways."""
    return _SOLVERS[kind](*facts)


@lru_cache(maxsize=1024)
def quantities_of(kind: str, facts: tuple[Fact, ...]) -> Quantities:
    """The counts that a step may name."""
    return Quantities("N", worked_values(lines_of(kind, facts)))


def _product(name: str, *factors: Factor) -> Working:
    return working(name, *worked_out(factors).split("="))


def _falling(count: int, chosen: int) -> list[Factor]:
    """The factors count, count-1, …: choices one after another."""
    return [plain(count - i) for i in range(chosen)]


def _orders(count: int, chosen: int) -> list[Working]:
    if chosen == count:
        return [_product("N", factorial(count))]
    return [_product("N", *_falling(count, chosen))]


def _choices(count: int, chosen: int) -> list[Working]:
    above, below = "*".join(str(count - i) for i in range(chosen)), math.factorial(chosen)
    top = math.perm(count, chosen)
    return [working("N", f"C({count},{chosen})", f"{above}/{chosen}!", f"{top}/{below}", top // below)]


def _counts(word: str) -> list[int]:
    """How often each letter stands in a word."""
    return [word.count(letter) for letter in dict.fromkeys(word)]


def _orders_of(name: str, word: str) -> Working:
    """The different orders of a word's letters."""
    top, repeats = math.factorial(len(word)), [count for count in _counts(word) if count > 1]
    below = math.prod(map(math.factorial, repeats))
    if not repeats:
        return _product(name, factorial(len(word)))
    written = "*".join(f"{count}!" for count in repeats)
    written = f"({written})" if len(repeats) > 1 else written
    return working(name, f"{len(word)}!/{written}", f"{top}/{below}", top // below)


def _repeats(word: str) -> list[Working]:
    return [_orders_of("N", word)]


def _committees(ones: int, others: int, some: int, rest: int) -> list[Working]:
    return [_product("N", choose(ones, some), choose(others, rest))]


def _at_least(ones: int, others: int, size: int, least: int) -> list[Working]:
    """Case by case; with at least one it is easier to leave out those with none."""
    if least == 1:
        every, none = math.comb(ones + others, size), math.comb(others, size)
        return [
            _product("all", choose(ones + others, size)),
            _product("none", choose(others, size)),
            working("N", f"{every}-{none}", every - none),
        ]
    lines: list[Working] = []
    for some in range(least, min(size, ones) + 1):
        if size - some <= others:
            factors = [choose(ones, some), *([choose(others, size - some)] if some < size else [])]
            lines.append(_product(f"ways({some})", *factors))
    total = [line.sides[-1] for line in lines]
    return [*lines, working("N", "+".join(total), sum(map(int, total)))]


def _together(count: int, block: int) -> list[Working]:
    return [
        _product("block", factorial(block)),
        _product("orders", factorial(count - block + 1)),
        _product("N", plain(math.factorial(block)), plain(math.factorial(count - block + 1))),
    ]


def _apart(count: int) -> list[Working]:
    every, together = math.factorial(count), 2 * math.factorial(count - 1)
    return [
        _product("all", factorial(count)),
        _product("together", plain(2), factorial(count - 1)),
        working("N", f"{every}-{together}", every - together),
    ]


def _share(count: int, part: int) -> list[Working]:
    """One of so many orders of two or three of them that are all equally frequent."""
    every = math.factorial(count)
    return [_product("all", factorial(count)), working("N", f"{every}/{part}", every // part)]


def _before(count: int) -> list[Working]:
    return _share(count, 2)


def _between(count: int) -> list[Working]:
    return _share(count, 3)


def _pair_fixed(count: int) -> list[Working]:
    """Two have their two places, in either order; the others stand in any."""
    return [_product("N", plain(2), factorial(count - 2))]


def _not_first(count: int) -> list[Working]:
    return [_product("N", plain(count - 1), factorial(count - 1))]


def _inside(count: int) -> list[Working]:
    return [_product("N", plain(count - 2), factorial(count - 1))]


def _round(count: int) -> list[Working]:
    return [_product("N", factorial(count - 1))]


def _sum(total: int, *least: int) -> list[Working]:
    left = total - sum(least)
    taken = [str(each) for each in least if each]
    lines = [working("left", "-".join((str(total), *taken)), left)] if taken else []
    return [*lines, _product("N", choose(left + len(least) - 1, len(least) - 1))]


def _numbers(digits: str, length: int, rule: str, repeated: str) -> list[Working]:
    """From the places with fewest choices on: the last one, the first one, those between."""
    count, zero = len(digits), "0" in digits
    last = [digit for digit in digits if rule and int(digit) % 2 == (rule == "odd")]
    if repeated == "repeated":
        ends = [plain(count - zero), *([plain(len(last))] if rule else [])]
        return [_product("N", *ends, power(count, length - len(ends)))]
    if not rule:
        return [_product("N", plain(count - zero), *_falling(count - 1, length - 1))]
    if not zero:
        return [_product("N", plain(len(last)), *_falling(count - 1, length - 1))]
    if rule == "odd":
        return [_product("N", plain(len(last)), plain(count - 2), *_falling(count - 2, length - 2))]
    with_zero = _falling(count - 1, length - 1)
    without = [plain(len(last) - 1), plain(count - 2), *_falling(count - 2, length - 2)]
    values = value_of(with_zero), value_of(without)
    return [
        _product("zero", *with_zero),
        _product("other", *without),
        working("N", f"{values[0]}+{values[1]}", sum(values)),
    ]


def _onto(things: int, children: int) -> list[Working]:
    """All ways, less those with a child without, and so on by turns."""
    lines: list[Working] = []
    for without in range(children):
        shared = [power(children - without, things)] if children - without > 1 else []
        factors = [choose(children, without), *shared] if without else shared
        lines.append(_product(f"without({without})" if without else "all", *factors))
    values = [int(line.sides[-1]) * (-1) ** i for i, line in enumerate(lines)]
    return [*lines, working("N", "".join(f"{value:+d}" for value in values).lstrip("+"), sum(values))]


def _no_two(word: str) -> list[Working]:
    """The other letters first, then places for the A's between them and at the ends."""
    others, apart = word.replace("A", ""), word.count("A")
    first = _orders_of("others", others)
    return [
        first,
        _product("gaps", choose(len(others) + 1, apart)),
        _product("N", plain(int(first.sides[-1])), plain(math.comb(len(others) + 1, apart))),
    ]


def _bounded(total: int, parts: int, most: int) -> list[Working]:
    """All solutions, less those with one unknown too large; two can't be."""
    every, left = math.comb(total + parts - 1, parts - 1), total - most - 1
    over = parts * math.comb(left + parts - 1, parts - 1)
    return [
        _product("all", choose(total + parts - 1, parts - 1)),
        working("left", f"{total}-{most + 1}", left),
        _product("over", plain(parts), choose(left + parts - 1, parts - 1)),
        working("N", f"{every}-{over}", every - over),
    ]


_SOLVERS: Mapping[str, Callable[..., list[Working]]] = {
    "order": _orders,
    "choose": _choices,
    "repeats": _repeats,
    "committee": _committees,
    "at least": _at_least,
    "together": _together,
    "apart": _apart,
    "before": _before,
    "between": _between,
    "ends": _pair_fixed,
    "not first": _not_first,
    "inside": _inside,
    "round": _round,
    "round pair": _pair_fixed,  # the pair's place at a round table doesn't count, their order does
    "sum": _sum,
    "numbers": _numbers,
    "onto": _onto,
    "no two": _no_two,
    "bounded": _bounded,
}
