"""Numerals from one base to another, bases 2 to 16."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.families.derivations import Plan, Rule, check_derivation, plan, quantities_at_hand
from reasoning_gym.families.division_lines import Division, read_division
from reasoning_gym.families.readings import spaced
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

DIGITS = "0123456789ABCDEF"
_FORMAT = ANSWER_FORMAT.format(answer="the numeral in the base that is asked for, with A to F for the digits 10 to 15")
_NUMERAL = re.compile(
    r"\(?\s?(?P<digits>[0-9A-Fa-f]{1,64})\s?\)?"
    r"(?:\s?_\s?\{?\s?(?P<base>\d{1,2})\s?\}?|\s\(?(?:in )?base (?P<named>\d{1,2})\)?)?",
    re.ASCII,
)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){1,6}", re.ASCII)  # 1,234
_PREFIXES = {2: "0b", 8: "0o", 16: "0x"}


class _Level(NamedTuple):
    start: tuple[int, int]  # least and greatest base of the numeral
    end: tuple[int, int]  # and of the answer
    largest: int  # value


_LEVELS = (
    _Level((10, 10), (3, 9), 99),
    _Level((2, 9), (10, 10), 399),
    _Level((10, 10), (2, 9), 999),
    _Level((11, 16), (10, 10), 4_999),
    _Level((10, 10), (11, 16), 9_999),
    _Level((2, 9), (2, 9), 499),
    _Level((2, 16), (2, 16), 4_999),
    _Level((2, 16), (2, 16), 49_999),
)
_MOST_WITH_TEN = 5  # the last level at which one of the bases is 10


@family(category="arithmetic", levels=8)
class BaseConversion(Family):
    """Write a number in another base.

    Statement: `Convert from base 16 to base 2: 1A`. Bases 2 to 16; the digits 10 to 15 are A to F.
    Thoughts: to base 10 digit by digit from the left, `1*16+10=26`; from base 10 by division with remainder until
    the quotient is 0, `26=2*13+0`, `13=2*6+1`, …; the remainders, the last first, are the digits.
    Answer: the digits in the base that is asked for, `11010`; letter case is free, `11010_2` will do. The value in
    any other base is incorrect.
    Level: 1 from base 10 to bases below (630 different questions), 2 the reverse (about 3,100), 3 larger numbers
    from base 10, 4 to base 10 from bases above, 5 the reverse, 6 to 8 between two bases, larger each time.
    Verified: by the value of the digits.
    Checked step by step: a line divides by the new base, with remainder, the number or a quotient that is at hand;
    or it works out, from digits at hand, a power of the old base, a digit's worth, or a part of the value.

        Convert from base 10 to base 7: 45
        45=7*6+3
        6=7*0+6
        Answer: 63
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            draws = rng.random(3).tolist()
            start, end = (
                low + int(draw * (high - low + 1)) for (low, high), draw in zip(chosen[:2], draws, strict=False)
            )
            if start != end and (10 in (start, end)) == (level <= _MOST_WITH_TEN):
                break
        lowest = max(start, end)
        value = lowest + int(draws[2] * (chosen.largest - lowest + 1))
        numeral = in_base(value, start)
        statement = f"Convert from base {start} to base {end}: {numeral}"
        question = Question(self.name, level, statement, _FORMAT, (numeral, start, end))
        return Problem(question, in_base(value, end))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        numeral, start, end = _given(problem.question)
        lines: list[str] = []
        if start != 10:
            value = int(numeral[0], start)
            for digit in numeral[1:]:
                lines.append(f"{value}*{start}+{int(digit, start)}={value * start + int(digit, start)}")
                value = value * start + int(digit, start)
        rest = int(numeral, start) if end != 10 else 0
        while rest:
            lines.append(f"{rest}={end}*{rest // end}+{rest % end}")
            rest //= end
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        numeral, start, end = _given(question)
        to_ten = _plan(numeral, start)
        division = _division(step, end)
        if end != 10 and division is not None:
            at_hand = start == 10 or "value" in quantities_at_hand(to_ten, thoughts)
            if division.dividend in _undivided([int(numeral, start)] if at_hand else [], thoughts, end):
                return CORRECT
        if start == 10:
            return incorrect("divides no number that is at hand, or one that was divided before")
        return check_derivation(to_ten, thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        numeral, start, end = _given(question)

        def decide() -> Verdict:
            value = _read(answer, end)
            return CORRECT if value == int(numeral, start) else incorrect("its value is another")

        return guarded(decide)


def in_base(value: int, base: int) -> str:
    """A positive number's digits in a base from 2 to 16.

    >>> in_base(419, 16)
    '1A3'
    """
    digits = ""
    while value:
        value, digit = divmod(value, base)
        digits = DIGITS[digit] + digits
    return digits


def _given(question: Question) -> tuple[str, int, int]:
    return cast("tuple[str, int, int]", question.given)


def _read(answer: str, base: int) -> int:
    """The value of a numeral in a base; a base that is written with it must be this one.

    Raises:
        Unreadable, Refused: if it is no numeral in this base.
    """
    text = spaced(answer)
    if base == 10 and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    prefix = _PREFIXES.get(base)
    if prefix and text[:2].lower() == prefix:
        text = text[2:]
    found = _NUMERAL.fullmatch(text)
    if found is None or text.count("(") != text.count(")") or text.count("{") != text.count("}"):
        raise Unreadable(f"{answer[:40]!r} is no numeral")
    marked = found["base"] or found["named"]
    if marked is not None and int(marked) != base:
        raise Unreadable(f"the numeral is marked as one of base {marked}, not of base {base}")
    if any(int(digit, 16) >= base for digit in found["digits"]):
        raise Unreadable(f"{answer[:40]!r} is no numeral in base {base}")
    return int(found["digits"], base)


def _division(line: str, base: int) -> Division | None:
    """The complete division by a base that a line states; None if it states none."""
    try:
        division = read_division(line, base)
    except (Unreadable, Undefined, Refused):
        return None
    return division if division.remainder < base else None


def _undivided(numbers: Sequence[int], thoughts: Sequence[str], base: int) -> set[int]:
    """The numbers that are at hand and haven't been divided yet: those given, and quotients of earlier lines."""
    at_hand, done = set(numbers), set[int]()
    for division in filter(None, (_division(line, base) for line in thoughts)):
        if division.dividend in at_hand:
            at_hand.add(division.quotient)
            done.add(division.dividend)
    return at_hand - done - {0}


@lru_cache(maxsize=64)
def _plan(numeral: str, base: int) -> Plan:
    """How the value follows from the digits: from the left, multiplied by the base each time, or by its powers."""
    digits = {place: int(digit, base) for place, digit in enumerate(reversed(numeral))}
    given = {"base": base} | {f"digit{place}": digit for place, digit in digits.items()}
    given |= {f"power{place}": base**place for place in digits} | {f"head{len(numeral) - 1}": int(numeral[0], base)}
    return plan(given, [*_from_the_left(digits), *_by_powers(digits)])


def _from_the_left(digits: dict[int, int]) -> Iterator[Rule]:
    for place in range(len(digits) - 2, -1, -1):
        head = f"head{place}" if place else "value"
        yield Rule(f"shifted{place}", f"head{place + 1}", "*", "base")
        yield Rule(head, f"shifted{place}", "+", f"digit{place}")
        if not digits[place]:
            yield Rule(head, f"head{place + 1}", "*", "base")


def _by_powers(digits: dict[int, int]) -> Iterator[Rule]:
    for place in range(len(digits)):
        yield Rule(f"power{place}", "base", "^", str(place))
        if place > 1:  # powers are at hand, and may be stated
            yield Rule(f"stated{place}", "base", "^", str(place))
            yield Rule(f"stated{place}", f"power{place - 1}", "*", "base")
        yield Rule(_worth(place), f"digit{place}", "*", f"power{place}")
    places = [place for place, digit in digits.items() if digit]
    for order, name in ((places, "low"), (places[::-1], "high")):
        total = _worth(order[0])
        for place in order[1:]:
            after = "value" if place == order[-1] else f"{name}{place}"
            yield Rule(after, total, "+", _worth(place))
            total = after
    if len(places) == 1:
        yield Rule("value", f"digit{places[0]}", "*", f"power{places[0]}")


def _worth(place: int) -> str:
    return f"worth{place}" if place else "digit0"
