"""Times of day and durations, across midnight, on 24-hour and 12-hour clocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.calendar import read_time
from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.readings import spaced
from reasoning_gym.families.stages import check_stage
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

DAY, HOUR, MINUTE = 86_400, 3_600, 60  # in seconds
_TIME_FORMAT = ANSWER_FORMAT.format(answer="the time, such as 09:05")
_HALF_FORMAT = ANSWER_FORMAT.format(answer="the time with am or pm, such as 9:05 am")
_DURATION_FORMAT = ANSWER_FORMAT.format(answer="the duration, such as 3 h 5 min")

_UNITS = {"h": HOUR, "m": MINUTE, "s": 1}  # by their first letters
_UNIT = r"(?:hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)"
_TIME = r"\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?"
_AMOUNT = rf"\d{{1,6}}\s?{_UNIT}"
_DURATION = rf"{_AMOUNT}(?:\s?(?:and\s|,\s)?{_AMOUNT}){{0,2}}"
_MOVE = re.compile(rf"({_TIME})\s?([-+])\s?({_DURATION})\s?=\s?({_TIME})", re.ASCII | re.IGNORECASE)
_SUM = re.compile(rf"({_DURATION}(?:\s?\+\s?{_DURATION}){{1,15}})\s?=\s?({_DURATION})", re.ASCII | re.IGNORECASE)
_PART = re.compile(rf"(\d+)\s?({_UNIT})", re.ASCII | re.IGNORECASE)
_WITHOUT_HALF = re.compile(r"[\d:. h]*", re.ASCII)
_WHOLE_DURATION = re.compile(_DURATION, re.ASCII | re.IGNORECASE)

Moves: TypeAlias = "tuple[int, ...]"  # signed, in seconds


class _Level(NamedTuple):
    kinds: str  # drawn from: + after, - before, * a chain of moves, ? the duration between two times
    step: int  # what times and durations are multiples of, in seconds
    longest: int  # of one duration, in seconds
    clock: int = 24  # hours
    midnight: bool = False  # whether it is always crossed


_LEVELS = (
    _Level("+", 5 * MINUTE, 55 * MINUTE),
    _Level("+-", MINUTE, 6 * HOUR),
    _Level("+-", MINUTE, 12 * HOUR, midnight=True),
    _Level("?", 5 * MINUTE, 12 * HOUR),
    _Level("?", MINUTE, 23 * HOUR, midnight=True),
    _Level("+-?", MINUTE, 12 * HOUR, clock=12),
    _Level("*", MINUTE, 12 * HOUR),
    _Level("*?", 1, 18 * HOUR, clock=12),
)


class _Asked(NamedTuple):
    """A question. Times are seconds since midnight."""

    clock: int  # 12 or 24 hours
    start: int
    moves: Moves  # none where the duration is asked
    end: int  # -1 where it is asked


class _State(NamedTuple):
    """How far the work has come."""

    time: int  # reached from the start
    end: int  # the later time, or where it was moved back to; -1 where it is asked
    forward: int  # seconds that are left to go forward
    backward: int  # and backward
    made: tuple[int, ...] = ()  # the durations of the moves so far
    summed: bool = False  # whether a line has added them up


@family(category="arithmetic", levels=8)
class ClockArithmetic(Family):
    """Find the time after or before a duration, or the duration between two times.

    Statement: `What time is 3 h 25 min after 22:50?`, `What time is 22:50 +3 h 25 min -40 min?`, or
    `How long is it from 22:50 to the next 06:15?`. Times with am or pm in some levels.
    Thoughts: moves of the clock, whole hours first, then to the full hour and beyond: `22:50+3 h=01:50`,
    `01:50+10 min=02:00`, `02:00+15 min=02:15`.
    Answer: a time, `02:15`, with am or pm where the question has them; or a duration, `7 h 25 min`.
    Level: 1 minutes, multiples of 5 (3,168 different questions), 2 hours and minutes, 3 across midnight, 4 durations
    between times, 5 across midnight, 6 on a 12-hour clock, 7 several moves, 8 with seconds on a 12-hour clock.
    Verified: by counting seconds modulo a day.
    Checked step by step: a line must move the clock rightly from the time reached, by no more than is left to go
    in that direction (from the later time it may go back, too), in no more than about twice as many moves as it
    takes; or add up all moves once they are made.

        What time is 45 min after 10:30?
        10:30+30 min=11:00
        11:00+15 min=11:15
        Answer: 11:15
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            kind, start, moves = _draw(rng, chosen)
            end = start + sum(moves)
            asked = _Asked(chosen.clock, start, () if kind == "?" else moves, end % DAY if kind == "?" else -1)
            lines = _lines(asked)
            if not (chosen.midnight and 0 <= end < DAY) and len(set(lines)) == len(lines):
                break
        answer = _written(moves[0]) if kind == "?" else _shown(end % DAY, asked)
        return Problem(Question(self.name, level, _statement(asked), _answer_format(asked), tuple(asked)), answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*_lines(_asked(problem.question)), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        asked = _asked(question)
        most = 2 * len(_lines(asked)) + 2
        return check_stage(_begin(asked), lambda state, line: _after(state, line, asked.clock, most), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        asked = _asked(question)

        def decide() -> Verdict:
            text = spaced(answer)
            if asked.end >= 0:
                right = _seconds(text) == _gap(asked)
            else:
                if asked.clock == 12 and _WITHOUT_HALF.fullmatch(text):
                    raise Unreadable("a time with am or pm was asked for")
                right = _time(text, asked.clock) == (asked.start + sum(asked.moves)) % DAY
            return CORRECT if right else incorrect("another time or duration")

        return guarded(decide)


def _asked(question: Question) -> _Asked:
    return _Asked(*cast("tuple[int, int, Moves, int]", question.given))


def _draw(rng: np.random.Generator, level: _Level) -> tuple[str, int, Moves]:
    """The kind of question, the start, and how far the clock moves from there."""
    draws = rng.random(9).tolist()
    kind = level.kinds[int(draws[0] * len(level.kinds))]
    start = int(draws[1] * (DAY // level.step)) * level.step
    sizes = [level.step * (1 + int(draw * (level.longest // level.step))) for draw in draws[2:5]]
    if kind != "*":
        return kind, start, (-sizes[0] if kind == "-" else sizes[0],)
    moves = [size if sign < 0.5 else -size for size, sign in zip(sizes, draws[5:8], strict=True)]
    return kind, start, tuple(moves[: 2 + int(draws[8] * 2)])


def _gap(asked: _Asked) -> int:
    return (asked.end - asked.start) % DAY


def _statement(asked: _Asked) -> str:
    start = _shown(asked.start, asked)
    if asked.end >= 0:
        return f"How long is it from {start} to the next {_shown(asked.end, asked)}?"
    if len(asked.moves) > 1:
        moves = [f"{'+' if move > 0 else '-'}{_written(abs(move))}" for move in asked.moves]
        return f"What time is {start} {' '.join(moves)}?"
    move = sum(asked.moves)
    return f"What time is {_written(abs(move))} {'after' if move > 0 else 'before'} {start}?"


def _answer_format(asked: _Asked) -> str:
    if asked.end >= 0:
        return _DURATION_FORMAT
    return _HALF_FORMAT if asked.clock == 12 else _TIME_FORMAT


def _shown(time: int, asked: _Asked) -> str:
    """A time as the question writes times: with seconds if there are any in it, with am or pm on a 12-hour clock."""
    hour, minute, second = time // HOUR, time // MINUTE % 60, time % 60
    behind = f":{minute:02}"
    if any(number % MINUTE for number in (asked.start, *asked.moves, max(asked.end, 0))):
        behind += f":{second:02}"
    if asked.clock == 24:
        return f"{hour:02}{behind}"
    return f"{(hour - 1) % 12 + 1}{behind} {'am' if hour < 12 else 'pm'}"


def _written(duration: int) -> str:
    """A duration in hours, minutes and seconds; what is 0 is left out."""
    parts = {"h": duration // HOUR, "min": duration // MINUTE % 60, "s": duration % 60}
    return " ".join(f"{number} {unit}" for unit, number in parts.items() if number)


def _lines(asked: _Asked) -> list[str]:
    """The moves of the clock."""
    lines: list[str] = []
    time = asked.start
    for move in asked.moves or (_gap(asked),):
        for part in _parts(time, move):
            after = (time + part) % DAY
            sign = "+" if part > 0 else "-"
            lines.append(f"{_shown(time, asked)}{sign}{_written(abs(part))}={_shown(after, asked)}")
            time = after
    return lines


def _parts(time: int, move: int) -> list[int]:
    """A move as a person makes it: whole hours, then minutes, to the full hour and beyond, then seconds."""
    sign, size = (1 if move > 0 else -1), abs(move)
    hours, minutes, seconds = size // HOUR * HOUR, size % HOUR // MINUTE * MINUTE, size % MINUTE
    to_full = (-time if sign > 0 else time) % HOUR
    if 0 < to_full < minutes and not to_full % MINUTE:
        parts = [hours, to_full, minutes - to_full, seconds]
    else:
        parts = [hours, minutes, seconds]
    return [sign * part for part in parts if part]


def _time(text: str, clock: int) -> int:
    """The seconds since midnight of a time of day.

    Raises:
        Unreadable: if it is none, or doesn't say which half of the day it is on a 12-hour clock.
    """
    found = read_time(text)
    if found is None or (clock == 12 and not found.half_given):
        raise Unreadable(f"{text[:40]!r} is no time of day")
    return found.seconds


def _seconds(text: str) -> int:
    """The seconds of a duration such as 3 h 5 min.

    Raises:
        Unreadable: if it is none, or 60 or more of a unit stand behind a larger one.
    """
    if _WHOLE_DURATION.fullmatch(text) is None:
        raise Unreadable(f"{text[:40]!r} is no duration such as '3 h 5 min'")
    parts = [(int(number), _UNITS[unit[0].lower()]) for number, unit in _PART.findall(text)]
    units = [unit for _, unit in parts]
    if units != sorted(set(units), reverse=True) or any(number >= 60 for number, _ in parts[1:]):
        raise Unreadable(f"{text[:40]!r} is no duration such as '3 h 5 min'")
    return sum(number * unit for number, unit in parts)


def _begin(asked: _Asked) -> _State:
    if asked.end >= 0:
        return _State(asked.start, asked.end, _gap(asked), 0)
    forward = sum(move for move in asked.moves if move > 0)
    return _State(asked.start, -1, forward, forward - sum(asked.moves))


def _after(state: _State, line: str, clock: int, most: int) -> _State:
    """How far the work has come after a line, of at most so many moves, lest it be done second by second.

    Raises:
        Unreadable: if the line is no move of the clock.
        Undefined: if it is false, or doesn't go on from what is at hand.
    """
    found = _MOVE.fullmatch(line)
    if found is None:
        return _added_up(state, line)
    before, sign, after = _time(found[1], clock), (1 if found[2] == "+" else -1), _time(found[4], clock)
    size = _seconds(found[3])
    if (before + sign * size) % DAY != after:
        raise Undefined(f"{line[:60]} is false")
    made = (*state.made, size)
    if len(made) > most:
        raise Undefined(f"takes more than {most} moves")
    if sign > 0 and before == state.time and 0 < size <= state.forward:
        return state._replace(time=after, forward=state.forward - size, made=made)
    if sign < 0 and before == state.time and 0 < size <= state.backward:
        return state._replace(time=after, backward=state.backward - size, made=made)
    if sign < 0 and before == state.end and 0 < size <= state.forward:
        return state._replace(end=after, forward=state.forward - size, made=made)
    raise Undefined("doesn't start at a time that is at hand, or goes further than is asked")


def _added_up(state: _State, line: str) -> _State:
    """The state after a line that adds up all moves between two times."""
    found = _SUM.fullmatch(line)
    if found is None:
        raise Unreadable(f"{line[:60]!r} is no move of the clock such as '22:50+3 h=01:50'")
    sizes = [_seconds(part.strip()) for part in found[1].split("+")]
    done = state.end >= 0 and not state.forward and not state.summed
    if not done or sorted(sizes) != sorted(state.made) or sum(sizes) != _seconds(found[2].strip()):
        raise Undefined("isn't the sum of all moves from one time to the other")
    return state._replace(summed=True)
