"""Reads dates and times of day in the layouts that people write. No time zones, no languages but English."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

_MAX_CHARACTERS = 60  # no date or time is longer
_LEAP_YEAR = 2000  # stands in for a year that isn't named, so that February has 29 days

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]  # as `datetime` numbers them
_MONTH_NUMBER = {"sept": 9} | {word: i for i, name in enumerate(_MONTHS, 1) for word in (name, name[:3])}
_WEEKDAY_NUMBER = {"tues": 1, "thurs": 3} | {word: i for i, name in enumerate(_WEEKDAYS) for word in (name, name[:3])}
_SPACE = re.compile(r"[ \t\r\n]++", re.ASCII)

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_NUMBER, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2}+)(?P<suffix>[a-z]{2})?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = rf"(?:(?P<weekday>{'|'.join(sorted(_WEEKDAY_NUMBER, key=len, reverse=True))})\.?,? )?"
_DATES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}}+)(?P=mark)(?P<day>\d{{1,2}}+)",
        rf"(?P<day>\d{{1,2}}+)-{_MONTH}-{_YEAR}",
        rf"{_WEEKDAY}{_MONTH} (?:the )?{_DAY}(?:,? {_YEAR})?",
        rf"{_WEEKDAY}(?:the )?{_DAY} (?:of )?{_MONTH}(?:,? {_YEAR})?",
    )
)
_SLASHED = re.compile(rf"(?P<first>\d{{1,2}}+)(?P<mark>[-/.])(?P<second>\d{{1,2}}+)(?P=mark){_YEAR}", re.ASCII)

_TIME = re.compile(
    r"(?P<hour>\d{1,2}+)(?:(?P<mark>[:.])(?P<minute>\d\d)(?::(?P<second>\d\d))?)?"
    r"(?P<clock> ?o'clock)?"
    r"(?: ?(?P<half>[ap])(?:m|\.m|\. ?m\.|m\.)| in the (?P<part>morning|afternoon|evening))?",
    re.ASCII,
)
_NAMED_TIMES = {"noon": 12, "midday": 12, "midnight": 0}
_HALF = {"a": 0, "p": 12, "morning": 0, "afternoon": 12, "evening": 12}  # hours that it adds
_BARE_TIME = re.compile(r"\d{1,2}+(?::\d\d){1,2}+", re.ASCII)


class Date(NamedTuple):
    """A day of the Gregorian calendar, of a named year or of any."""

    year: int | None  # 1000 to 9999; None if the text doesn't name it
    month: int  # 1 to 12
    day: int  # 1 to 31


class Clock(NamedTuple):
    """A time of day."""

    seconds: int  # since midnight, below 86400
    half_given: bool  # whether the text says which half of the day: am, pm, noon, 15:30; not 3:30 or 3 o'clock


def read_date(text: str) -> Date | None:
    """The date that the whole text writes, or None. A weekday must be the right one, and needs a year.

    Of 3/25/2024 and 25/3/2024 the month is the number that can't be a day; 3/5/2024 says neither.

    >>> read_date("the 5th of March, 2024") == read_date("Mar. 5, 2024") == read_date("2024-03-05")
    True
    >>> read_date("Feb 30"), read_date("03/05/2024")
    (None, None)
    """
    line = _line(text)
    if line is None:
        return None
    if found := _SLASHED.fullmatch(line):
        first, second = int(found["first"]), int(found["second"])
        if (first > 12) == (second > 12):
            return None
        return _date(int(found["year"]), min(first, second), max(first, second))
    for pattern in _DATES:
        if found := pattern.fullmatch(line):
            parts = found.groupdict()
            month = parts["month"]
            number = int(month) if month.isdigit() else _MONTH_NUMBER[month]
            day = int(parts["day"])
            if parts.get("suffix") not in {None, _suffix(day)}:
                return None
            date = _date(int(parts["year"]) if parts["year"] else None, number, day)
            return date if date and _is_weekday(date, parts.get("weekday")) else None
    return None


def read_time(text: str) -> Clock | None:
    """The time of day that the whole text writes, or None.

    12 AM is midnight and 12 PM is noon; hours after 12 take no AM or PM. A bare number is no time.

    >>> read_time("3:30 p.m.") == read_time("15:30")
    True
    >>> read_time("3:30")
    Clock(seconds=12600, half_given=False)
    """
    line = _line(text)
    if line is None:
        return None
    if line in _NAMED_TIMES:
        return Clock(_NAMED_TIMES[line] * 3600, True)
    for name, hour in _NAMED_TIMES.items():
        if line in {f"12 {name}", f"12:00 {name}"}:
            return Clock(hour * 3600, True)
    found = _TIME.fullmatch(line)
    return _clock(found) if found else None


def may_be_time(text: str) -> bool:
    """Whether the text is a time of day and could also be a ratio: a bare 3:30 or 12:20:30."""
    return len(text) <= _MAX_CHARACTERS and bool(_BARE_TIME.fullmatch(text.strip())) and read_time(text) is not None


def _line(text: str) -> str | None:
    """The text in lower case with single spaces; None if it is too long or isn't ASCII."""
    if len(text) > _MAX_CHARACTERS:
        return None
    plain = text.replace("’", "'")
    return _SPACE.sub(" ", plain).strip().lower() if plain.isascii() else None


def _date(year: int | None, month: int, day: int) -> Date | None:
    if year is not None and year < 1000:
        return None
    try:
        datetime.date(_LEAP_YEAR if year is None else year, month, day)
    except ValueError:
        return None
    return Date(year, month, day)


def _suffix(day: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}  # codespell:ignore nd
    return "th" if day in {11, 12, 13} else last.get(day % 10, "th")


def _is_weekday(date: Date, weekday: str | None) -> bool:
    if weekday is None:
        return True
    if date.year is None:
        return False
    return _WEEKDAY_NUMBER[weekday] == datetime.date(date.year, date.month, date.day).weekday()


def _clock(found: re.Match[str]) -> Clock | None:
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
    half = found["half"] or found["part"]
    if minute > 59 or second > 59 or hour > 23:
        return None
    if half is None:
        if found["mark"] == "." or not (found["minute"] or found["clock"]):
            return None  # 3.30 is a decimal and 3 a number
        if found["clock"] and not 1 <= hour <= 12:
            return None
        return Clock(hour * 3600 + minute * 60 + second, hour == 0 or hour > 12)
    if not 1 <= hour <= 12 or (hour == 12 and half in {"morning", "evening"}):
        return None
    return Clock((hour % 12 + _HALF[half]) * 3600 + minute * 60 + second, True)
