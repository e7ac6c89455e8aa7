"""Division with remainder on paper, one digit of the quotient a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.division_lines import Division, read_division
from reasoning_gym.families.readings import spaced
from reasoning_gym.families.stages import check_stage
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

# the least and the greatest dividend and divisor, by level
_RANGES = (
    ((20, 99), (2, 9)),
    ((100, 999), (3, 9)),
    ((10_000, 99_999), (3, 9)),
    ((100, 999), (11, 29)),
    ((1_000, 9_999), (13, 99)),
    ((100_000, 999_999), (13, 99)),
    ((100_000, 999_999), (101, 999)),
    ((100_000_000, 999_999_999), (101, 999)),
)
_MOST_LINES = 20  # of a division; so it isn't done by taking away the divisor again and again
_FORMAT = ANSWER_FORMAT.format(answer="the quotient and the remainder, such as '12 remainder 3'")
_ANSWER = re.compile(
    r"\s{0,3}(?:q(?:uotient)?\s{0,3}[=:]?\s{0,3})?(\d{1,18})\s{0,3}(?:(?:,|;|and|with(?: a)?)\s{0,3})?"
    r"(?:r|rem|remainder)\.?\s{0,3}(?:[=:]|of)?\s{0,3}(\d{1,18})\s{0,3}",
    re.ASCII | re.IGNORECASE,
)
_PAIR = re.compile(r"\(\s{0,3}(\d{1,18})\s{0,3}[,;]\s{0,3}(\d{1,18})\s{0,3}\)", re.ASCII)
_SO_FAR = re.compile(r"\s{0,3}(\d{1,18})\s{0,3}", re.ASCII)


class _State(NamedTuple):
    """How far a division has come."""

    rest: int  # what is left to divide
    place: int  # how many of its digits haven't been brought down yet
    quotient: int  # what has been found of it, with its place value
    lines: int = 0  # how many there were


@family(category="arithmetic", levels=8)
class LongDivision(Family):
    """Divide whole numbers with remainder, digit by digit.

    Statement: `Divide with remainder: 7843/26`.
    Thoughts: for each digit of the quotient the part of the dividend that is divided, its quotient and remainder,
    then the quotient so far: `78=26*3+0;3`, `4=26*0+4;30`, `43=26*1+17;301`. The next part is the remainder with
    the next digit brought down.
    Answer: quotient and remainder, `301 remainder 17`; `301 r 17` and `(301, 17)` will do. A remainder of 0 is
    written, too.
    Level: 1 two digits by one (640 different questions), 2 and 3 three and five digits by one, 4 to 6 three, four and
    six digits by two, 7 and 8 six and nine digits by three.
    Verified: by dividing.
    Checked step by step: a line divides, with a remainder below the divisor, the remainder before with more digits
    brought down, or takes a multiple of the divisor from all that is left: `7843-26*300=43`. The quotient so
    far may be left out; `78-26*3=0` and `78/26=3 r 0` are read, too.

        Divide with remainder: 85/3
        8=3*2+2;2
        25=3*8+1;28
        Answer: 28 remainder 1
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        (low, high), (divisor_low, divisor_high) = _RANGES[level - 1]
        draws = rng.random(2).tolist()
        dividend = low + int(draws[0] * (high - low + 1))
        divisor = divisor_low + int(draws[1] * (divisor_high - divisor_low + 1))
        statement = f"Divide with remainder: {dividend}/{divisor}"
        question = Question(self.name, level, statement, _FORMAT, (dividend, divisor))
        return Problem(question, f"{dividend // divisor} remainder {dividend % divisor}")

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        dividend, divisor = _given(problem.question)
        lines: list[str] = []
        remainder, quotient = 0, 0
        for digit in str(dividend):
            part = 10 * remainder + int(digit)
            remainder = part % divisor
            if quotient or part >= divisor:
                quotient = 10 * quotient + part // divisor
                lines.append(f"{part}={divisor}*{part // divisor}+{remainder};{quotient}")
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        dividend, divisor = _given(question)
        start = _State(dividend, len(str(dividend)), 0)
        return check_stage(start, lambda state, line: _after(state, line, divisor), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        dividend, divisor = _given(question)

        def decide() -> Verdict:
            text = spaced(answer)
            found = _ANSWER.fullmatch(text) or _PAIR.fullmatch(text)
            if found is None:
                raise Unreadable(f"{answer[:40]!r} is no quotient with its remainder, such as '12 remainder 3'")
            quotient, remainder = int(found[1]), int(found[2])
            right = dividend == divisor * quotient + remainder and remainder < divisor
            return CORRECT if right else incorrect("not the quotient and the remainder")

        return guarded(decide)


def _given(question: Question) -> tuple[int, int]:
    return cast("tuple[int, int]", question.given)


def _after(state: _State, line: str, divisor: int) -> _State:
    """How far the division has come after a line.

    Raises:
        Unreadable: if it is no division.
        Undefined: if it is false, or doesn't go on from what is left.
    """
    text, marked, so_far = line.partition(";")
    division = read_division(text, divisor)
    by_digits = _digits(state, division)
    after = by_digits or _multiple(state, division)
    if state.lines >= _MOST_LINES:
        raise Undefined(f"takes more than {_MOST_LINES} lines")
    if after is None:
        raise Undefined(f"{division.dividend} isn't what is to be divided next, or its remainder is too large")
    if marked:
        found = _SO_FAR.fullmatch(so_far)
        worth = 10**after.place if by_digits else 1  # digits are written as far as they are found
        if found is None or int(found[1]) * worth != after.quotient:
            raise Undefined("the quotient so far is another")
    return after._replace(lines=state.lines + 1)


def _digits(state: _State, division: Division) -> _State | None:
    """The state after a division of what is left without some of its last digits; None if it is none."""
    if division.remainder >= division.divisor:
        return None
    for place in range(state.place - 1, -1, -1):
        if state.rest // 10**place == division.dividend:
            found = division.quotient * 10**place
            return _State(state.rest - division.divisor * found, place, state.quotient + found)
    return None


def _multiple(state: _State, division: Division) -> _State | None:
    """The state after a multiple of the divisor is taken from all that is left; None if it isn't."""
    if division.dividend != state.rest or not division.quotient:
        return None
    return _State(division.remainder, state.place, state.quotient + division.quotient)
