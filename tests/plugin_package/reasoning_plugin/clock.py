"""Sums of times on a clock."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_TIME = re.compile(r"\s*(\d{1,2}):(\d\d)\s*", re.ASCII)


@family(category="clocks", levels=3)
class Clock(Family):
    """Add a number of minutes to a time of day.

    Statement: `Add 35 minutes to 10:40`.
    Thoughts: the sum of minutes, `40+35=75`.
    Answer: a time, `11:15`.
    Level: bounds the minutes at 60, 600 and 1,440.
    Verified: the minutes since midnight are added up again.
    Checked step by step: the sum of minutes.
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a time and a number of minutes."""
        start, minutes = int(rng.integers(24 * 60)), int(rng.integers(1, (60, 600, 1440)[level - 1] + 1))
        statement = f"Add {minutes} minutes to {_clock(start)}"
        form = ANSWER_FORMAT.format(answer="the time as HH:MM")
        question = Question(self.name, level, statement, form, given=(start, minutes))
        return Problem(question, _clock(start + minutes))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The sum of minutes, then the time."""
        start, minutes = _given(problem.question)
        return (f"{start}+{minutes}={start + minutes}", f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        """Whether the answer is the time asked for."""
        match = _TIME.fullmatch(answer.strip().strip("$").removeprefix("\\boxed{").removesuffix("}"))
        if match is None:
            return unreadable(f"{answer[:40]!r} is no time")
        hours, minutes = int(match[1]), int(match[2])
        start, added = _given(question)
        right = hours < 24 and minutes < 60 and (hours * 60 + minutes) == (start + added) % (24 * 60)
        return CORRECT if right else incorrect("another time")


def _given(question: Question) -> tuple[int, int]:
    start, minutes = question.given
    if not (isinstance(start, int) and isinstance(minutes, int)):
        raise TypeError(f"given is {question.given!r}; a clock question holds two whole numbers")
    return start, minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
