"""Cryptarithms: find the digits that letters stand for in a sum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.draws import shuffled
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Words: TypeAlias = "tuple[str, str, str]"  # two terms and their sum
Hints: TypeAlias = "tuple[tuple[str, int], ...]"
Values: TypeAlias = "dict[str, int]"  # of letters, and of carries such as c1

_LETTERS = "ABCDEFGHIJ"
_DIGITS = (1 << 10) - 1  # bit d for the digit d
_ASSIGNMENT = r"(?:[A-J]|c\d) ?= ?\d"
_LINE = re.compile(rf"(?:(\d) ?: ?)?({_ASSIGNMENT}(?:[ ,]{{1,2}}{_ASSIGNMENT}){{0,19}})", re.ASCII)
_SUM = re.compile(r"(\d{1,9})\+(\d{1,9})=(\d{1,9})", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(
    answer="the sum in digits; each letter is a digit of its own, and no number starts with 0. In steps, "
    "'1: X=2 c1=1' says what follows from column 1, the last; c1 is the carry out of it"
)


class _Level(NamedTuple):
    lengths: tuple[int, int]  # of the terms
    unknown: tuple[int, int]  # letters without a hint, at least and at most


_LEVELS = (
    _Level((2, 1), (2, 3)),
    _Level((2, 2), (3, 4)),
    _Level((3, 2), (3, 5)),
    _Level((3, 3), (4, 6)),
    _Level((4, 3), (5, 7)),
    _Level((4, 4), (6, 8)),
)


class _Column(NamedTuple):
    """Top + bottom + carry in = result + 10 carry out. Where a number has no digit, "" stands for 0."""

    top: str
    bottom: str
    result: str
    carry_in: str
    carry_out: str


@family(category="games", levels=6)
class Cryptarithm(Family):
    """Find the digits that letters stand for in a sum of two numbers.

    Statement: `Find the digits: AB+A=CD; C=9,D=3`. Each letter is a digit of its own, no number starts with 0; some
        letters may be given.
    Thoughts: what one column, numbered from the right, says about letters and carries with what is known, c1 being the
        carry out of column 1: `2: A=8 c1=1`. Everything follows in this way, so the solution is the only one.
    Answer: the sum in digits: `85+8=93`.
    Level: 2+1, 2+2, 3+2, 3+3, 4+3 and 4+4 digits; 2, 3, 3, 4, 5 and 6 letters unknown, or up to two more. Level 1 has
        about 2,000 different questions.
    Verified: by putting digits for letters and adding.
    Checked step by step: letters and carries that weren't known have the value that the column leaves them or, if no
        column is named, that they have in the only solution.

        Find the digits: AB+A=CD; C=9,D=3
        2: A=8 c1=1
        1: B=5
        Answer: 85+8=93
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a sum, and take away hints that follow from the others."""
        lengths, (least, most) = _LEVELS[level - 1]
        while True:
            draws = rng.random(2 + len(_LETTERS)).tolist()
            terms = [int(10 ** (n - 1) + draw * 9 * 10 ** (n - 1)) for n, draw in zip(lengths, draws, strict=False)]
            numbers = tuple(map(str, (*terms, sum(terms))))
            words, values = _named(numbers)
            order = [letter for i in shuffled(draws[2:]) if (letter := _LETTERS[i]) in values]
            hints = _dug(words, values, order, most)
            if len(values) - len(hints) >= least:
                break
        given = f"; {_listed(hints)}" if hints else ""
        statement = f"Find the digits: {words[0]}+{words[1]}={words[2]}{given}"
        question = Question(self.name, level, statement, _FORMAT, given=(words, hints))
        return Problem(question, f"{numbers[0]}+{numbers[1]}={numbers[2]}")

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """What the columns say, always the first from the right that says something new."""
        steps = _solution(*_given(problem.question))
        lines = (f"{number}: {_listed(values, ' ')}" for number, values in steps)
        return (*lines, f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        words, hints = _given(question)

        def decide() -> Verdict:
            match = _SUM.fullmatch("".join(plain(answer).split()))
            if match is None:
                raise Unreadable(f"{answer[:40]!r} is no sum such as 12+3=15")
            numbers = match.groups()
            if list(map(len, numbers)) != list(map(len, words)) or any(number[0] == "0" for number in numbers):
                return incorrect("a number has another length, or starts with 0")
            pairs = set(zip("".join(words), "".join(numbers), strict=True))
            if not len(pairs) == len({letter for letter, _ in pairs}) == len({digit for _, digit in pairs}):
                return incorrect("a letter is two digits, or two letters are one")
            if not {(letter, str(digit)) for letter, digit in hints} <= pairs:
                return incorrect("a given letter is another digit")
            first, second, total = map(int, numbers)
            return CORRECT if first + second == total else incorrect("the sum isn't right")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        known = _Known(*_given(question))
        for line in thoughts:
            guarded(partial(known.add, line))
        return guarded(partial(known.add, step))


def _given(question: Question) -> tuple[Words, Hints]:
    return cast("tuple[Words, Hints]", question.given)


def _named(numbers: tuple[str, ...]) -> tuple[Words, Values]:
    """The numbers with letters for digits, in the order in which they come, and what each letter stands for."""
    digits = dict.fromkeys("".join(numbers))
    names = dict(zip(digits, _LETTERS, strict=False))
    first, second, total = ("".join(names[digit] for digit in number) for number in numbers)
    return (first, second, total), {name: int(digit) for digit, name in names.items()}


def _listed(values: Iterable[tuple[str, int]], between: str = ",") -> str:
    return between.join(f"{name}={value}" for name, value in values)


@lru_cache(maxsize=512)
def _columns(words: Words) -> tuple[_Column, ...]:
    """The columns from the right; the last has no carry out."""
    count = len(words[2])
    padded = [word.rjust(count) for word in words]
    columns: list[_Column] = []
    for number in range(1, count + 1):
        top, bottom, result = (word[-number].strip() for word in padded)
        carry_in, carry_out = (f"c{n}" if 0 < n < count else "" for n in (number - 1, number))
        columns.append(_Column(top, bottom, result, carry_in, carry_out))
    return tuple(columns)


def _said(column: _Column, known: Mapping[str, int], leading: str) -> list[tuple[str, int]]:
    """The unknown letters and carries that have one value in all ways to fill a column in."""
    unknown = [name for name in column if name not in known]
    if not unknown:
        return []
    seen = [0] * len(column)  # the values of each name, as bits
    for filling in _fillings(column, known, leading):
        for place, value in enumerate(filling):
            seen[place] |= 1 << value
    values = dict(zip(column, seen, strict=True))
    single = {name: values[name] for name in unknown if values[name] and not values[name] & (values[name] - 1)}
    return [(name, value.bit_length() - 1) for name, value in sorted(single.items())]


def _fillings(column: _Column, known: Mapping[str, int], leading: str) -> Iterator[tuple[int, int, int, int, int]]:
    """All ways to give a column's letters and carries values, in its order."""
    top, bottom, result, carry_in, carry_out = column
    free = _DIGITS
    for name, value in known.items():
        if name in _LETTERS and name:
            free &= ~(1 << value)
    bottoms, results = _choice(bottom, known, free, leading), _choice(result, known, free, leading)
    ins, outs = ((known[name],) if name in known else (0, 1) for name in (carry_in, carry_out))
    is_top, is_bottom = result == top, result == bottom
    for x in _choice(top, known, free, leading):
        for y in (x,) if bottom == top else bottoms:
            if x == y and bottom != top and top and bottom:
                continue
            for carry in ins:
                out, digit = divmod(x + y + carry, 10)
                if digit not in results or out not in outs:
                    continue
                if (top and (digit == x) != is_top) or (bottom and (digit == y) != is_bottom):
                    continue
                yield x, y, digit, carry, out


def _choice(name: str, known: Mapping[str, int], free: int, leading: str) -> tuple[int, ...]:
    """The digits that a letter may be."""
    if name in known:
        return (known[name],)
    return tuple(digit for digit in range(name in leading, 10) if free >> digit & 1)


def _start(hints: Iterable[tuple[str, int]]) -> Values:
    """What is known at first; "" is where there is no digit or no carry."""
    return {"": 0, **dict(hints)}


def _leading(words: Words) -> str:
    return "".join(word[0] for word in words)


def _deduced(words: Words, known: Values, wanted: str = "") -> list[tuple[int, list[tuple[str, int]]]]:
    """What the columns say, always the first from the right that says something new, until a letter is known."""
    columns, leading = _columns(words), _leading(words)
    steps: list[tuple[int, list[tuple[str, int]]]] = []
    number = 0
    while number < len(columns) and (not wanted or wanted not in known):
        found = _said(columns[number], known, leading)
        number += 1
        if found:
            known.update(found)
            steps.append((number, found))
            number = 0
    return steps


def _dug(words: Words, values: Values, order: Sequence[str], most: int) -> Hints:
    """The hints that are left after taking away, in an order, those that follow from the others."""
    hints = dict(values)
    for letter in order:
        if len(values) - len(hints) == most:
            break
        digit = hints.pop(letter)
        known = _start(hints.items())
        _deduced(words, known, letter)
        if letter not in known:
            hints[letter] = digit
    return tuple(sorted(hints.items()))


@lru_cache(maxsize=256)
def _solution(words: Words, hints: Hints) -> tuple[tuple[int, list[tuple[str, int]]], ...]:
    """The numbers of columns and what they say."""
    return tuple(_deduced(words, _start(hints)))


class _Known:
    """What hints and lines have said of letters and carries."""

    def __init__(self, words: Words, hints: Hints) -> None:
        self.words = words
        self.known = _start(hints)
        self.solution = {name: value for _, found in _solution(words, hints) for name, value in found}

    def add(self, line: str) -> Verdict:
        """Take in a line if it is valid.

        Raises:
            Unreadable: if it is none.
        """
        match = _LINE.fullmatch(line)
        if match is None:
            raise Unreadable(f"{line[:40]!r} isn't such as '1: E=2 c1=1'")
        columns = _columns(self.words)
        if match[1] and not 1 <= int(match[1]) <= len(columns):
            return incorrect(f"there is no column {match[1]}")
        texts = re.findall(_ASSIGNMENT, match[2])
        named = {text.partition("=")[0].strip(): int(text[-1]) for text in texts}
        said = self.solution
        if match[1]:
            said = dict(_said(columns[int(match[1]) - 1], self.known, _leading(self.words)))
        wrong = [name for name, value in named.items() if name in self.known or said.get(name) != value]
        if wrong or len(named) < len(texts):
            return incorrect(f"{wrong[0] if wrong else 'a letter'} is known, named twice, or doesn't have that value")
        self.known.update(named)
        return CORRECT
