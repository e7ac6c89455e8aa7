"""Integers, decimals, fractions and percentages to be put in order."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.calculations import MAX_LINE
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.shapes import is_number
from reasoning_gym.checker.syntax import Apply, Node, Number, parse
from reasoning_gym.families.decimals import decimal, is_decimal
from reasoning_gym.families.numbers import number_of
from reasoning_gym.families.readings import spaced
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

ORDERS = ("ascending", "descending")
_FORMAT = ANSWER_FORMAT.format(answer="the numbers in this order, with commas between them")
_MOST_ITEMS = 20  # that are read
_DENOMINATORS = (2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 18, 20, 24, 30)
_LARGEST_COMMON = 120  # of denominators
_OF_DECIMALS = (2, 4, 5, 8, 10, 20, 25)  # denominators of fractions that end as decimals
_BRACKETS = re.compile(r"\[(.*)\]|\((.*)\)|\{(.*)\}|\\\{(.*)\\\}", re.ASCII | re.DOTALL)

Pairs: TypeAlias = "set[tuple[int, int]]"  # places of two items of which the first is known to be smaller


class _Level(NamedTuple):
    kinds: str  # of the numbers, drawn from: n integer, d decimal, / fraction, % percentage
    size: int  # how many numbers
    negative: bool = False  # whether there are negative numbers


_LEVELS = (
    _Level("n", 4),
    _Level("n", 6, negative=True),
    _Level("d", 5),
    _Level("/", 4),
    _Level("d", 7, negative=True),
    _Level("/d%", 5),
    _Level("/d%", 6, negative=True),
    _Level("/d%n", 8, negative=True),
)


@family(category="arithmetic", levels=8)
class NumberSorting(Family):
    """Sort numbers in ascending or descending order.

    Statement: `Sort ascending: 97, 77, 28, 72`. No two are equal, and they never stand in order or in reverse order.
    Thoughts: fractions are brought to their common denominator, `3/4=9/12`, or in mixed lists with percentages to
    decimals, `3/4=0.75`; then the numbers are put one after the other into a chain, `77<97`, `28<77<97`.
    Answer: the numbers in order, between commas, brackets or none around; equal forms of them will do.
    Level: 1 four whole numbers below 100, 2 six integers, 3 five decimals, 4 four fractions, 5 seven decimals, 6 to 8
    five to eight fractions, decimals, percentages and integers; negative ones in 2, 5, 7 and 8. Guessing an order
    pays less than 5 %.
    Verified: by comparing exact values.
    Checked step by step: a chain must be true, hold given numbers only, in any form, and say of two of them which is
    the smaller where that didn't follow from earlier chains; or a given number is written once as a decimal and once
    over a denominator that divides the common one.

        Sort ascending: 97, 77, 28, 72
        77<97
        28<77<97
        Answer: 28, 72, 77, 97
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        draws = rng.random(2).tolist()
        order = ORDERS[int(draws[0] * 2)]
        items = shuffled(_draw(rng, chosen))
        answer = sorted(items, key=_value, reverse=order == "descending")
        question = Question(self.name, level, f"Sort {order}: {', '.join(items)}", _FORMAT, (order, tuple(items)))
        return Problem(question, ", ".join(answer))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        order, items = _given(problem.question)
        sign = "<" if order == "ascending" else ">"
        chain = list(items[:1])
        lines = _conversions(items)
        for item in items[1:-1]:
            chain = sorted([*chain, item], key=_value, reverse=sign == ">")
            lines.append(sign.join(chain))
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        items = _given(question)[1]
        if "=" in step:
            return guarded(lambda: _check_conversion(items, thoughts, step))

        def decide() -> Verdict:
            values = [_value(item) for item in items]
            known: Pairs = set()
            for line in thoughts:
                known |= _earlier_pairs(line, values)
            new = _pairs(step, values) - _closed(known, len(items))
            return CORRECT if new else incorrect("says no more than earlier chains")

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        order, items = _given(question)

        def decide() -> Verdict:
            right = sorted(map(_value, items), reverse=order == "descending")
            return CORRECT if _read(answer, order) == right else incorrect("not these numbers in this order")

        return guarded(decide)


def _given(question: Question) -> tuple[str, tuple[str, ...]]:
    return cast("tuple[str, tuple[str, ...]]", question.given)


def _value(item: str) -> Fraction:
    """The value of a number as a question writes it."""
    return Fraction(item[:-1]) / 100 if item.endswith("%") else Fraction(item)


def _draw(rng: np.random.Generator, level: _Level) -> list[str]:
    """Different numbers; where there are fractions only, with a small common denominator."""
    while True:
        draws = rng.random((level.size, 4)).tolist()
        whole = int(draws[0][3] * 9)
        items = [_number(level, kind, whole, other) for kind, *other in draws]
        denominators = [_value(item).denominator for item in items] if level.kinds == "/" else [1]
        different = len({_value(item) for item in items}) == level.size
        if different and math.lcm(*denominators) <= _LARGEST_COMMON:
            return items


def _number(level: _Level, kind: float, whole: int, draws: Sequence[float]) -> str:
    """A number of one of the level's kinds; decimals alone begin with nearly the same whole part."""
    first, second, sign = draws
    drawn = level.kinds[int(kind * len(level.kinds))]
    minus = "-" if level.negative and sign < 0.5 else ""
    if drawn == "n":
        return f"{minus}{1 + int(first * (99 if level.kinds == 'n' else 2))}"
    if drawn == "%":
        return f"{minus}{1 + int(first * 199)}%"
    if drawn == "d":
        places = 1 + int(second * 3)
        digits = 1 + int(first * (10**places - 1))
        digits += digits % 10 == 0
        if level.kinds == "d":
            return f"{minus}{whole + (digits % 3 == 0)}.{digits:0{places}}"
        return f"{minus}{int(sign * 4) % 2}.{digits:0{places}}"
    pool = _DENOMINATORS if level.kinds == "/" else _OF_DECIMALS
    bottom = pool[int(second * len(pool))]
    top = 1 + int(first * (bottom - 1 if level.kinds == "/" else 2 * bottom - 2))
    value = Fraction(top, bottom)
    return minus + (f"{value}" if value.denominator > 1 else f"{bottom - 1}/{bottom}")


def shuffled(items: Iterable[str]) -> list[str]:
    """The numbers in an order that depends on nothing but them, and is neither ascending nor descending."""
    ordered = sorted(items, key=_value)
    digest = hashlib.sha256(",".join(ordered).encode()).digest()
    mixed = [item for _, item in sorted(zip(digest, ordered, strict=False))]
    return mixed if mixed not in (ordered, ordered[::-1]) else [*mixed[1:], mixed[0]]


def _conversions(items: Sequence[str]) -> list[str]:
    """The numbers in comparable forms: over their common denominator, or as decimals where the forms are mixed."""
    if not any("/" in item or "%" in item for item in items):
        return []
    if all("/" in item for item in items):
        common = math.lcm(*(_value(item).denominator for item in items))
        values = {item: _value(item) for item in items}
        return [f"{item}={v * common}/{common}" for item, v in values.items() if v.denominator < common]
    return [f"{item}={decimal(_value(item))}" for item in items if "/" in item or "%" in item]


def _read(answer: str, order: str) -> list[Fraction]:
    """The values of a list of numbers, with commas, semicolons, spaces or signs of the order between them.

    Raises:
        Unreadable, Undefined, Refused: if it is none.
    """
    text = spaced(answer)
    if found := _BRACKETS.fullmatch(text):
        text = next(inside for inside in found.groups() if inside is not None)
    sign = "<" if order == "ascending" else ">"
    parts = next((text.split(mark) for mark in (",", ";", sign) if mark in text), text.split())
    if len(parts) > _MOST_ITEMS:
        raise Unreadable(f"a list of {len(parts)} numbers is longer than {_MOST_ITEMS}")
    return [Fraction(number_of(parse(part))) for part in parts]


def _pairs(line: str, values: Sequence[Fraction]) -> Pairs:
    """What a chain such as 3<7<12 says: every two of its numbers, by their places in the question, the smaller first.

    Raises:
        Unreadable, Undefined, Refused: if it is no such chain of given numbers, or false.
    """
    sign = "<" if "<" in line else ">"
    parts = line.split(sign) if len(line) <= MAX_LINE else []
    if not 2 <= len(parts) <= len(values):
        raise Unreadable("a chain of given numbers was expected, such as 3<7<12")
    numbers = [Fraction(number_of(parse(part))) for part in parts]
    if sign == ">":
        numbers.reverse()
    if any(number not in values for number in numbers):
        raise Undefined("a number of the chain isn't among those given")
    if any(one >= other for one, other in pairwise(numbers)):
        raise Undefined(f"{line[:60]} is false")
    return set(combinations([values.index(number) for number in numbers], 2))


def _earlier_pairs(line: str, values: Sequence[Fraction]) -> Pairs:
    """What an earlier line says; nothing if it is no true chain."""
    try:
        return _pairs(line, values)
    except (Unreadable, Undefined, Refused):
        return set()


def _closed(known: Pairs, count: int) -> Pairs:
    """All that follows from pairs: what is smaller than something smaller is smaller."""
    closed = set(known)
    for middle, first, last in product(range(count), repeat=3):
        if (first, middle) in closed and (middle, last) in closed:
            closed.add((first, last))
    return closed


def _check_conversion(items: Sequence[str], thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line writes a given number in another form, once in each kind of form."""
    item, form, node = _conversion(step, items)
    if rational(node) != _value(item):
        return incorrect(f"{step[:60]} is false")
    if form == "fraction" and not _is_towards_common(node, item, items):
        return incorrect("the denominator isn't one that brings the fractions nearer to a common one")
    for line in thoughts:
        try:
            before = _conversion(line, items)
        except (Unreadable, Undefined, Refused):
            continue
        if before[:2] == (item, form) and rational(before[2]) == _value(item):
            return incorrect("the number was written in such a form before")
    return CORRECT


def _conversion(line: str, items: Sequence[str]) -> tuple[str, str, Node]:
    """The given number of a line such as 3/4=0.75, whether it becomes a decimal or a fraction, and what it becomes.

    Raises:
        Unreadable, Refused: if the line is none, or leaves the form as it is.
    """
    if len(line) > MAX_LINE:
        raise Refused(f"the line has {len(line)} characters, more than {MAX_LINE}")
    left, _, right = line.partition("=")
    item = "".join(left.split())
    node = parse(right)
    form = "decimal" if is_decimal(node) else "fraction"
    if item not in items or not is_number(node) or not (form == "fraction" or "/" in item or "%" in item):
        raise Unreadable("a chain such as 3<7<12, or a given number in another form was expected")
    return item, form, node


def _is_towards_common(node: Node, item: str, items: Sequence[str]) -> bool:
    """Whether a fraction's denominator is a larger one than the item's and divides the common one."""
    bare = node.args[0] if isinstance(node, Apply) and node.head == "neg" else node
    bottom = bare.args[1] if isinstance(bare, Apply) and bare.head == "/" else None
    if not (isinstance(bottom, Number) and isinstance(bottom.value, int)):
        return False
    common = math.lcm(*(_value(each).denominator for each in items))
    own = _value(item).denominator if "/" in item else 1
    return bottom.value > own and common % bottom.value == 0
