"""Dates of the Gregorian calendar: days after a date, days between two, weekdays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.calendar import read_date
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.division_lines import read_division
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.readings import read_word, spaced
from reasoning_gym.families.stages import check_stage
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DATE_FORMAT = ANSWER_FORMAT.format(answer="the date, such as 2024-02-05")
_DAYS_FORMAT = ANSWER_FORMAT.format(answer="the number of days")
_WEEKDAY_FORMAT = ANSWER_FORMAT.format(answer="the weekday, such as Monday")

_DATE = r"\d{4}-\d\d-\d\d"
_MOVE = re.compile(rf"({_DATE})\s?([-+])\s?(\d{{1,6}})\s?days?\s?=\s?({_DATE})(?:\s?;\s?(\d{{1,6}}))?", re.ASCII)
_WEEKDAY_MOVE = re.compile(r"([A-Za-z]{6,9})\s?\+\s?(\d{1,6})\s?days?\s?=\s?([A-Za-z]{6,9})", re.ASCII)
_WITH_DAYS = re.compile(r"(.{1,40}?)\s?days?", re.ASCII | re.IGNORECASE)


class _Level(NamedTuple):
    kinds: str  # drawn from: + a date after, - before, ? the days between, w the weekday
    days: tuple[int, int]  # least and greatest number
    years: tuple[int, int]
    february: bool = False  # whether a leap day, or the place where it isn't, lies between
    centuries: bool = False  # whether the years are near the turn of a century


_LEVELS = (
    _Level("+", (3, 40), (2001, 2030)),
    _Level("+-", (20, 100), (1990, 2039)),
    _Level("+-", (10, 100), (1990, 2039), february=True),
    _Level("?", (20, 150), (1990, 2039)),
    _Level("?", (100, 360), (1950, 2049)),
    _Level("w", (15, 200), (1950, 2049)),
    _Level("+-", (370, 1600), (1950, 2049)),
    _Level("w?+-", (400, 2500), (1700, 2300), february=True, centuries=True),
)


class _Asked(NamedTuple):
    """A question: what is to be found from a date."""

    kind: str
    start: str
    days: int  # signed; 0 where they aren't given
    end: str  # empty where it isn't given


class _State(NamedTuple):
    """How far the work has come. Dates are days since the first of January of the year 1."""

    at: int  # reached from the start
    end: int  # the later date, or where it was moved back to; 0 where it is asked
    left: int  # days that are left to go
    direction: int  # 1 for later, -1 for earlier
    made: int = 0  # days gone so far
    moves: int = 0  # made so far
    reduced: bool = False  # whether the days were divided by 7
    named: bool = False  # whether the weekday was found


@family(category="arithmetic", levels=8)
class CalendarArithmetic(Family):
    """Find the date some days after or before another, the days between two dates, or a weekday.

    Statement: `What date is 40 days after 2023-03-25?`, `How many days after 2024-02-27 is 2024-05-15?`, or
    `2024-03-01 is a Friday. What weekday is 2024-05-15?`. Gregorian calendar, dates as year-month-day.
    Thoughts: moves to the first of the next month, on by years and months, and to the end, each with the days that are
    left: `2023-03-25+7 days=2023-04-01;33`; where the days are asked, with the days gone so far. Back in time the moves
    go to the last of a month. For a weekday then `75=7*10+5` and `Friday+5 days=Wednesday`.
    Answer: a date, `2023-05-04` (`May 4, 2023` will do), a number of days, or a weekday.
    Level: 1 up to 40 days after (a month's end or two), 2 up to 100 after or before, 3 across the end of February,
    4 and 5 days between dates up to 150 and 360 days apart, 6 weekdays (guessing pays 1/7), 7 more than a year, 8 any
    of these near the turn of a century, which is a leap year only if 400 divides it.
    Verified: by the calendar.
    Checked step by step: a line must move rightly from the date reached, by no more than is left to go (from the later
    of two dates it may go back), in no more than about twice as many moves as it takes, and say rightly how many days
    are left or gone, if it says it. The days may be divided by 7 once they are counted, and the weekday moved by them
    or by the remainder.

        What date is 40 days after 2023-03-25?
        2023-03-25+7 days=2023-04-01;33
        2023-04-01+30 days=2023-05-01;3
        2023-05-01+3 days=2023-05-04;0
        Answer: 2023-05-04
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            kind, start, days = _draw(rng, chosen)
            end = start + timedelta(days=days)
            if not chosen.february or _holds_february(min(start, end), max(start, end)):
                break
        asked = _Asked(kind, str(start), days if kind in "+-" else 0, "" if kind in "+-" else str(end))
        answer = str(end) if kind in "+-" else str(days) if kind == "?" else WEEKDAYS[end.weekday()]
        formats = {"?": _DAYS_FORMAT, "w": _WEEKDAY_FORMAT}
        question = Question(self.name, level, _statement(asked), formats.get(kind, _DATE_FORMAT), tuple(asked))
        return Problem(question, answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        asked = _asked(problem.question)
        at, days = date.fromisoformat(asked.start), _days(asked)
        lines: list[str] = []
        gone = 0
        for part in _parts(at, days):
            after = at + timedelta(days=part)
            gone += part
            rest = abs(gone) if asked.end else abs(days - gone)
            lines.append(f"{at}{'+' if part > 0 else '-'}{_counted(abs(part))}={after};{rest}")
            at = after
        if asked.kind == "w":
            weekday = WEEKDAYS[date.fromisoformat(asked.start).weekday()]
            lines.append(f"{days}=7*{days // 7}+{days % 7}")
            lines.append(f"{weekday}+{_counted(days % 7)}={problem.answer}")
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        asked = _asked(question)
        most = 2 * len(_parts(date.fromisoformat(asked.start), _days(asked))) + 2
        return check_stage(_begin(asked), lambda state, line: _after(state, line, asked, most), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        asked = _asked(question)
        end = date.fromisoformat(asked.start) + timedelta(days=_days(asked))

        def decide() -> Verdict:
            text = spaced(answer)
            if asked.kind == "?":
                found = _WITH_DAYS.fullmatch(text)
                return check_number(found[1] if found else text, _days(asked))
            if asked.kind == "w":
                right = _read_weekday(text) == end.weekday()
            else:
                stated = read_date(text)
                if stated is None or stated.year is None:
                    raise Unreadable(f"{answer[:40]!r} is no date with its year")
                right = (stated.year, stated.month, stated.day) == (end.year, end.month, end.day)
            return CORRECT if right else incorrect("another day")

        return guarded(decide)


def _asked(question: Question) -> _Asked:
    return _Asked(*cast("tuple[str, str, int, str]", question.given))


def _draw(rng: np.random.Generator, level: _Level) -> tuple[str, date, int]:
    """The kind of question, a date, and how many days it is to the other one."""
    draws = rng.random(5).tolist()
    kind = level.kinds[int(draws[0] * len(level.kinds))]
    low, high = level.years
    year = low + int(draws[1] * (high - low + 1))
    if level.centuries:
        year = (year + 50) // 100 * 100 + (-3 + int(draws[4] * 3) if kind != "-" else 1 + int(draws[4] * 3))
    start = date(year, 1, 1) + timedelta(days=int(draws[2] * 365))
    fewest, most = level.days
    days = fewest + int(draws[3] * (most - fewest + 1))
    return kind, start, -days if kind == "-" else days


def _holds_february(low: date, high: date) -> bool:
    """Whether an end of February lies between two dates."""
    return any(low < date(year, 3, 1) <= high for year in range(low.year, high.year + 1))


def _days(asked: _Asked) -> int:
    """The signed number of days from the one date to the other."""
    return (date.fromisoformat(asked.end) - date.fromisoformat(asked.start)).days if asked.end else asked.days


def _statement(asked: _Asked) -> str:
    if asked.kind == "?":
        return f"How many days after {asked.start} is {asked.end}?"
    if asked.kind == "w":
        weekday = WEEKDAYS[date.fromisoformat(asked.start).weekday()]
        return f"{asked.start} is a {weekday}. What weekday is {asked.end}?"
    return f"What date is {_counted(abs(asked.days))} {'after' if asked.days > 0 else 'before'} {asked.start}?"


def _counted(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _parts(start: date, days: int) -> list[int]:
    """The moves of a person, signed: to the turn of the month, on by years, by months, and the rest."""
    sign = 1 if days > 0 else -1
    at, left, parts = start, abs(days), list[int]()
    while left:
        step = next((stride for stride in _strides(at, sign) if stride <= left), left)
        parts.append(sign * step)
        at, left = at + timedelta(days=sign * step), left - step
    return parts


def _strides(at: date, sign: int) -> list[int]:
    """How many days it is to the turn of the month, or from one such turn a year and a month on.

    A turn is the first of a month for one who goes forward, and the last of one for one who goes back.
    """
    shift = timedelta(days=0 if sign > 0 else 1)  # the day after the last of a month is a first
    first = at.replace(day=1)
    if (at + shift).day == 1:
        targets = [_later(at + shift, 12 * sign), _later(at + shift, sign)]
    else:
        targets = [_later(first, 1) if sign > 0 else first]
    return [abs((target - shift - at).days) for target in targets]


def _later(first: date, months: int) -> date:
    """The first of a month that is some months later than another."""
    index = 12 * first.year + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _read_weekday(text: str) -> int:
    """The number of a weekday, Monday 0.

    Raises:
        Unreadable, Refused: if it is none.
    """
    word = read_word(text, (*WEEKDAYS, *(name[:3] for name in WEEKDAYS)))
    return next(number for number, name in enumerate(WEEKDAYS) if name.startswith(word[:3]))


def _begin(asked: _Asked) -> _State:
    start, days = date.fromisoformat(asked.start).toordinal(), _days(asked)
    return _State(start, start + days if asked.end else 0, abs(days), 1 if days > 0 else -1)


def _after(state: _State, line: str, asked: _Asked, most: int) -> _State:
    """How far the work has come after a line, of at most so many moves, lest it be done day by day.

    Raises:
        Unreadable: if the line is no move from a date or of a weekday.
        Undefined: if it is false, or doesn't go on from what is at hand.
    """
    found = _MOVE.fullmatch(line)
    if found is None:
        return _weekday_found(state, line, asked)
    before, after = _ordinal(found[1]), _ordinal(found[4])
    sign, size = (1 if found[2] == "+" else -1), int(found[3])
    if before + sign * size != after or not 0 < size <= state.left:
        raise Undefined("the move is false, or goes further than is asked")
    if before == state.at and sign == state.direction:
        moved = state._replace(at=after)
    elif before == state.end and sign == -1:
        moved = state._replace(end=after)
    else:
        raise Undefined("the move doesn't start at a date that is at hand, or goes the other way")
    if state.moves >= most:
        raise Undefined(f"takes more than {most} moves")
    moved = moved._replace(left=state.left - size, made=state.made + size, moves=state.moves + 1)
    if found[5] and int(found[5]) != (moved.made if asked.end else moved.left):
        raise Undefined("the days behind the move are wrong")
    return moved


def _ordinal(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        raise Undefined(f"there is no {text}") from None


def _weekday_found(state: _State, line: str, asked: _Asked) -> _State:
    """The state after the days are divided by 7, or the weekday is moved by them."""
    if asked.kind != "w" or state.left:
        raise Unreadable(f"{line[:60]!r} is no move from a date")
    days = _days(asked)
    found = _WEEKDAY_MOVE.fullmatch(line)
    if found is None:
        division = read_division(line, 7)
        if division.dividend != days or division.remainder >= 7 or state.reduced:
            raise Undefined("divides other days, or leaves a week, or was done before")
        return state._replace(reduced=True)
    before, size, after = _read_weekday(found[1]), int(found[2]), _read_weekday(found[3])
    at_hand = size == days or (state.reduced and size == days % 7)
    if state.named or not at_hand or before != date.fromisoformat(asked.start).weekday():
        raise Undefined("moves another weekday, or by other days, or again")
    if (before + size) % 7 != after:
        raise Undefined(f"{line[:60]} is false")
    return state._replace(named=True)
