"""Roman numerals: reading, writing, sums and differences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, combinations, combinations_with_replacement
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.families.derivations import Plan, Rule, check_derivation, plan, quantities_at_hand
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

HIGHEST = 3_999
_ROMAN_FORMAT = ANSWER_FORMAT.format(answer="the Roman numeral")
_NUMBER_FORMAT = ANSWER_FORMAT.format(answer="the integer")

# the numerals of the digits 1 to 9 in the units, tens, hundreds and thousands
_DIGITS = (
    ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"),
    ("X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"),
    ("C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"),
    ("M", "MM", "MMM"),
)
_NUMERAL = re.compile(
    r"(?P<thousands>M{0,3})(?P<hundreds>CM|CD|D?C{0,3})(?P<tens>XC|XL|L?X{0,3})(?P<units>IX|IV|V?I{0,3})", re.ASCII
)
_SIDE = r"\s{0,3}([MDCLXVImdclxvi]{1,15}|\d{1,4})\s{0,3}"
_EQUATION = re.compile(f"{_SIDE}={_SIDE}", re.ASCII)


class _Level(NamedTuple):
    kinds: str  # drawn from: w to be written, r to be read, or + a sum or difference
    largest: int
    terms: int = 1


_LEVELS = (
    _Level("wr", 99),
    _Level("wr", 499),
    _Level("wr", HIGHEST),
    _Level("+", 50, 2),
    _Level("+", 500, 2),
    _Level("+", 1_300, 3),
)


class _Asked(NamedTuple):
    """A question: the value of signed terms."""

    kind: str
    terms: tuple[int, ...]  # signed


@family(category="arithmetic", levels=6)
class RomanNumerals(Family):
    """Write a number as a Roman numeral, read one, or add and subtract them.

    Statement: `Write 1994 as a Roman numeral`, `Write MCMXCIV as an integer`, or
    `Write XIV+XXIX-V as a Roman numeral`. From 1 to 3999, by the rules of today: 4 is IV.
    Thoughts: the numeral of each decimal place, `900=CM`, or its value, `CM=900`, with their sum
    `1000+900+90+4=1994`; terms are read in one line, `XXIX=29`, and added from the left.
    Answer: the numeral, letter case is free; or the integer. IIII for IV and IC for XCIX are incorrect.
    Level: 1 to 99 (196 different questions), 2 to 499 (about 1,000), 3 to 3999 (about 8,000), 4 sums and differences of
    two numerals to 50 (about 3,700), 5 of two to 500, 6 of three to 1300.
    Verified: by reading the numeral.
    Checked step by step: a line must give rightly the value of a numeral in the question or of some of its places, or
    the numeral of the number that is at hand or of some of its places, or add what is at hand; each once.

        Write 94 as a Roman numeral
        90=XC
        4=IV
        Answer: XCIV
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            draws = rng.random(2 * chosen.terms).tolist()
            kind = chosen.kinds[int(draws[0] * len(chosen.kinds))]
            sizes = [1 + int(draw * chosen.largest) for draw in draws[1::2]]
            signs = [1, *(1 if sign < 0.5 else -1 for sign in draws[2::2])]
            asked = _Asked(kind, tuple(sign * size for sign, size in zip(signs, sizes, strict=True)))
            # x is what many write who have no answer
            totals = list(accumulate(asked.terms))
            if min(totals) > 0 and totals[-1] <= HIGHEST and totals[-1] != 10 and len(set(sizes)) == len(sizes):
                break
        answer = str(_value(asked)) if kind == "r" else numeral(_value(asked))
        answer_format = _NUMBER_FORMAT if kind == "r" else _ROMAN_FORMAT
        question = Question(self.name, level, _statement(asked), answer_format, tuple(asked))
        return Problem(question, answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        asked = _asked(problem.question)
        groups = groups_of(_value(asked))
        if asked.kind == "r":
            lines = [f"{numeral(group)}={group}" for group in groups]
            lines.append(f"{'+'.join(map(str, groups))}={_value(asked)}")
        else:
            lines = list(_sum_lines(asked.terms)) if asked.kind == "+" else []
            lines += [f"{group}={numeral(group)}" for group in groups]
        return (*(lines if len(groups) > 1 or asked.kind == "+" else []), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        asked = _asked(question)
        equation = _equation(step, asked.kind)
        earlier = [_equation(line, asked.kind) for line in thoughts]
        way = _plan(asked)
        read = {name for each in earlier if each for name in _readings(way, asked.kind, each)}
        way = way._replace(given=way.given | read)
        if equation is None:
            return check_derivation(way, thoughts, step)
        if equation in earlier:
            return incorrect("was said before")
        if _readings(way, asked.kind, equation) or (
            _is_writing(equation, asked) and (asked.kind == "w" or "total" in quantities_at_hand(way, thoughts))
        ):
            return CORRECT
        return incorrect("isn't the value of a numeral at hand, or the numeral of a number at hand")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        asked = _asked(question)
        if asked.kind == "r":
            return check_number(answer, _value(asked))

        def decide() -> Verdict:
            return CORRECT if read_numeral(plain(answer)) == _value(asked) else incorrect("another number")

        return guarded(decide)


class _Equation(NamedTuple):
    """A line that says what a numeral is worth."""

    numeral: str
    value: int
    reads: bool  # whether the numeral came first; where only reading or writing is asked, both orders are one


def numeral(value: int) -> str:
    """The Roman numeral of a number from 1 to 3999.

    >>> numeral(1994)
    'MCMXCIV'
    """
    digits = enumerate(map(int, reversed(str(value))))
    return "".join(reversed([_DIGITS[place][digit - 1] for place, digit in digits if digit]))


def groups_of(value: int) -> list[int]:
    """What the digits other than 0 are worth, the highest first.

    >>> groups_of(1904)
    [1000, 900, 4]
    """
    digits = str(value)
    return [int(digit) * 10 ** (len(digits) - 1 - place) for place, digit in enumerate(digits) if digit != "0"]


def read_numeral(text: str) -> int:
    """The value of a Roman numeral as it is written today; letter case is free.

    Raises:
        Unreadable: if it is none.

    >>> read_numeral("mcmxciv")
    1994
    """
    found = _NUMERAL.fullmatch(text.upper()) if text.isascii() else None
    if not text or found is None:
        raise Unreadable(f"{text[:40]!r} is no Roman numeral")
    parts = (found["units"], found["tens"], found["hundreds"], found["thousands"])
    return sum(
        (digits.index(part) + 1) * 10**place
        for place, (digits, part) in enumerate(zip(_DIGITS, parts, strict=True))
        if part
    )


def _asked(question: Question) -> _Asked:
    return _Asked(*cast("tuple[str, tuple[int, ...]]", question.given))


def _value(asked: _Asked) -> int:
    return sum(asked.terms)


def _statement(asked: _Asked) -> str:
    if asked.kind == "w":
        return f"Write {_value(asked)} as a Roman numeral"
    if asked.kind == "r":
        return f"Write {numeral(_value(asked))} as an integer"
    expression = "".join(f"{'+' if term > 0 else '-'}{numeral(abs(term))}" for term in asked.terms)
    return f"Write {expression.removeprefix('+')} as a Roman numeral"


def _sum_lines(terms: Sequence[int]) -> Iterator[str]:
    """The terms read, and added from the left."""
    for term in terms:
        yield f"{numeral(abs(term))}={abs(term)}"
    total = terms[0]
    for term in terms[1:]:
        yield f"{total}{'+' if term > 0 else '-'}{abs(term)}={total + term}"
        total += term


def _equation(line: str, kind: str) -> _Equation | None:
    """What a line such as XL=40 or 40=XL says; None if it says nothing of the kind."""
    found = _EQUATION.fullmatch(line)
    if found is None or found[1].isdigit() == found[2].isdigit():
        return None
    reads = found[2].isdigit()
    roman, value = (found[1], found[2]) if reads else (found[2], found[1])
    return _Equation(roman.upper(), int(value), reads if kind == "+" else kind == "r")


@lru_cache(maxsize=64)
def _plan(asked: _Asked) -> Plan:
    """The places of each number, all sums of neighbouring ones, named `0:1-2`, and the sums of the numbers."""
    given: dict[str, Rational] = {}
    rules: list[Rule] = []
    wholes: list[str] = []
    for number, term in enumerate(asked.terms):
        groups = groups_of(abs(term))
        given |= {f"{number}:{place}-{place}": group for place, group in enumerate(groups)}
        for length in range(1, len(groups)):
            for first in range(len(groups) - length):
                last = first + length
                name = f"{number}:{first}-{last}"
                rules.append(Rule(name, f"{number}:{first}-{last - 1}", "+", f"{number}:{last}-{last}"))
                rules.append(Rule(name, f"{number}:{first}-{first}", "+", f"{number}:{first + 1}-{last}"))
        wholes.append(f"{number}:0-{len(groups) - 1}")
    return plan(given, [*rules, *_sums(asked.terms, wholes)])


def _sums(terms: Sequence[int], wholes: Sequence[str]) -> Iterator[Rule]:
    """The total of two terms, or of three: any two of them, then the third. Two that are taken away are added first."""
    for pair in combinations(range(len(terms)), 2):
        one, other = sorted(pair, key=lambda number: terms[number] < 0)
        rest = [number for number in range(len(terms)) if number not in pair]
        name = f"sum{pair[0]}{pair[1]}" if rest else "total"
        yield Rule(name, wholes[one], "+" if terms[one] * terms[other] > 0 else "-", wholes[other])
        for third in rest:
            if terms[one] > 0:
                yield Rule("total", name, "+" if terms[third] > 0 else "-", wholes[third])
            else:
                yield Rule("total", wholes[third], "-", name)


def _readings(way: Plan, kind: str, equation: _Equation) -> set[str]:
    """The parts of the question's numerals that an equation reads."""
    if kind == "w" or not equation.reads or not _is_true(equation):
        return set()
    return {name for name, value in way.values.items() if ":" in name and value == equation.value}


def _is_true(equation: _Equation) -> bool:
    return 0 < equation.value <= HIGHEST and numeral(equation.value) == equation.numeral


def _is_writing(equation: _Equation, asked: _Asked) -> bool:
    """Whether an equation writes neighbouring places of the number that is asked for."""
    if asked.kind == "r" or equation.reads or not _is_true(equation):
        return False
    groups = groups_of(_value(asked))
    runs = combinations_with_replacement(range(len(groups)), 2)
    return equation.value in {sum(groups[first : last + 1]) for first, last in runs}
