"""Dates and times of day: every layout that is read, and what is none."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym.checker.calendar import Clock, Date, may_be_time, read_date, read_time

DATES = [
    ("March 5, 2024", Date(2024, 3, 5)),
    ("march 5 2024", Date(2024, 3, 5)),
    ("MARCH 5, 2024", Date(2024, 3, 5)),
    ("5 March 2024", Date(2024, 3, 5)),
    ("5 March, 2024", Date(2024, 3, 5)),
    ("05 Mar 2024", Date(2024, 3, 5)),
    ("5-Mar-2024", Date(2024, 3, 5)),
    ("Mar. 5, 2024", Date(2024, 3, 5)),
    ("Sept. 5, 2024", Date(2024, 9, 5)),
    ("March 5th, 2024", Date(2024, 3, 5)),
    ("March the 5th", Date(None, 3, 5)),
    ("the 5th of March, 2024", Date(2024, 3, 5)),
    ("5th March", Date(None, 3, 5)),
    ("Mar. 5", Date(None, 3, 5)),
    ("May 22nd", Date(None, 5, 22)),
    ("July 4, 1776", Date(1776, 7, 4)),
    ("2024-03-05", Date(2024, 3, 5)),
    ("2024/3/5", Date(2024, 3, 5)),
    ("3/25/2024", Date(2024, 3, 25)),
    ("25/3/2024", Date(2024, 3, 25)),
    ("25.03.2024", Date(2024, 3, 25)),
    ("Feb 29", Date(None, 2, 29)),
    ("Feb 29, 2024", Date(2024, 2, 29)),
    ("Tuesday, March 5, 2024", Date(2024, 3, 5)),
    ("Tue 5 March 2024", Date(2024, 3, 5)),
    ("  March \n 5,  2024 ", Date(2024, 3, 5)),
]
NO_DATES = [
    "",
    "March",
    "5",
    "2024",
    "March 2024",
    "Tuesday",
    "03/05/2024",  # the day is in doubt
    "3/25",
    "3/25/24",
    "25/25/2024",
    "3/25-2024",
    "2024-13-05",
    "2024-03-5-",
    "Feb 30",
    "Feb 29, 2023",
    "April 31",
    "March 0",
    "March 32, 2024",
    "March 5st",
    "March 22th",
    "the 11st of May",
    "Marc 5, 2024",
    "Marches 5, 2024",
    "Monday, March 5, 2024",  # it was a Tuesday
    "Tuesday, March 5",  # of which year?
    "March 5, 2024 AD",
    "not March 5, 2024",
    "March 5 or 6",
    "March 5, 0024",
    "March ５, 2024",  # full-width
    "Mаrch 5, 2024",  # with a Cyrillic а
]
AFTERNOON = (15 * 60 + 30) * 60
TIMES = [
    ("3:30 PM", Clock(AFTERNOON, True)),
    ("3:30pm", Clock(AFTERNOON, True)),
    ("3:30 p.m.", Clock(AFTERNOON, True)),
    ("3:30 P.M.", Clock(AFTERNOON, True)),
    ("3:30 p.m", Clock(AFTERNOON, True)),
    ("3:30 p. m.", Clock(AFTERNOON, True)),
    ("3.30 pm", Clock(AFTERNOON, True)),
    ("03:30 PM", Clock(AFTERNOON, True)),
    ("3:30 in the afternoon", Clock(AFTERNOON, True)),
    ("15:30", Clock(AFTERNOON, True)),
    ("15:30:20", Clock(AFTERNOON + 20, True)),
    ("3:30:20 PM", Clock(AFTERNOON + 20, True)),
    ("3:30", Clock(AFTERNOON - 12 * 3600, False)),
    ("3:30 AM", Clock(AFTERNOON - 12 * 3600, True)),
    ("3 PM", Clock(15 * 3600, True)),
    ("3 o'clock", Clock(3 * 3600, False)),
    ("3 o’clock PM", Clock(15 * 3600, True)),
    ("12 AM", Clock(0, True)),
    ("12:30 am", Clock(30 * 60, True)),
    ("12 PM", Clock(12 * 3600, True)),
    ("0:30", Clock(30 * 60, True)),
    ("12:00", Clock(12 * 3600, False)),
    ("noon", Clock(12 * 3600, True)),
    ("12 noon", Clock(12 * 3600, True)),
    ("Midnight", Clock(0, True)),
    ("12:00 midnight", Clock(0, True)),
]
NO_TIMES = [
    "",
    "3",
    "3.30",
    "pm",
    "25:00",
    "24:00",
    "3:75",
    "3:30:60",
    "3:5",
    "3:305",
    "123:30",
    "15:30 PM",
    "0:30 AM",
    "13 o'clock",
    "11 noon",
    "3:30 XM",
    "3:30 PM AM",
    "12 in the morning",
    "3:30 PM EST",
    "about 3:30",
    "-3:30",
    "３:30",
]


@pytest.mark.parametrize(("text", "date"), DATES)
def test_a_date_is_read(text: str, date: Date) -> None:
    assert read_date(text) == date


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_or_could_be_two_is_not_read(text: str) -> None:
    assert read_date(text) is None


@given(st.dates(min_value=datetime.date(1000, 1, 1)), st.sampled_from(range(12)))
def test_every_date_is_read_from_every_layout(date: datetime.date, layout: int) -> None:
    month, short, weekday = MONTHS[date.month - 1], MONTHS[date.month - 1][:3], WEEKDAYS[date.weekday()]
    suffixes = ["th", "st", "nd", "rd", *["th"] * 6]  # codespell:ignore nd
    nth = f"{date.day}{'th' if 10 < date.day < 14 else suffixes[date.day % 10]}"
    year, day = date.year, date.day
    text = (
        date.isoformat(),
        f"{month} {day}, {year}",
        f"{month} {day} {year}",
        f"{short}. {day}, {year}",
        f"{short} {nth}, {year}",
        f"{month} the {nth}, {year}",
        f"{day} {month} {year}",
        f"{day:02} {short} {year}",
        f"{day}-{short}-{year}",
        f"{nth} of {month}, {year}",
        f"the {nth} of {month} {year}",
        f"{weekday}, {month} {day}, {year}",
    )[layout]
    assert read_date(text) == Date(date.year, date.month, date.day)


@given(st.dates(min_value=datetime.date(1000, 1, 1)), st.booleans())
def test_a_date_in_numbers_is_read_only_if_its_day_shows(date: datetime.date, american: bool) -> None:
    text = f"{date.month}/{date.day}/{date.year}" if american else f"{date.day}/{date.month}/{date.year}"
    assert read_date(text) == (Date(date.year, date.month, date.day) if date.day > 12 else None)


@pytest.mark.parametrize(("text", "clock"), TIMES)
def test_a_time_is_read(text: str, clock: Clock) -> None:
    assert read_time(text) == clock


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_not_read(text: str) -> None:
    assert read_time(text) is None


@given(st.times(), st.sampled_from(["AM PM", "am pm", "a.m. p.m."]), st.sampled_from(["", " "]))
def test_every_time_is_read_with_twelve_hours_and_with_twenty_four(time: datetime.time, half: str, space: str) -> None:
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    twelve = f"{(time.hour - 1) % 12 + 1}:{time.minute:02}:{time.second:02}{space}{half.split()[time.hour // 12]}"
    assert read_time(twelve) == Clock(seconds, True)
    assert read_time(f"{time:%H:%M:%S}") == Clock(seconds, not 1 <= time.hour <= 12)


@pytest.mark.parametrize(
    ("text", "may"),
    [("3:30", True), ("15:30", True), ("1:20:30", True), ("2:3", False), ("3:75", False), ("3:30 PM", False),
     ("noon", False), ("3", False), (" 3:30 ", True)],
)  # fmt: skip
def test_a_bare_time_may_be_a_ratio(text: str, may: bool) -> None:
    assert may_be_time(text) is may


@given(st.text(alphabet="0123456789:./- ,apmtho'clkMAYJUNEdy", max_size=30))
def test_any_text_is_a_valid_date_and_time_or_none(text: str) -> None:
    if date := read_date(text):
        datetime.date(date.year or 2000, date.month, date.day)
    if clock := read_time(text):
        assert 0 <= clock.seconds < 86_400


@pytest.mark.parametrize("text", ["March " * 10**6, " " * 10**6, "3:" * 10**6, "1" * 10**6, "3" + " " * 10**6 + "PM"])
def test_long_texts_are_neither(text: str) -> None:
    assert read_date(text) is None
    assert read_time(text) is None
    assert not may_be_time(text)


MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
