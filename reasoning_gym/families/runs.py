"""Checks lines that follow a run, as of an algorithm: each states a point of it, later than those stated before."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_NUMBERED = re.compile(r"(?i:step )?(?P<number>\d{1,2}) ?: ?(?P<point>[A-Za-z0-9]{1,100})", re.ASCII)


def check_progress(step: str, thoughts: Sequence[str], place: Callable[[str], int]) -> Verdict:
    """Whether a line states a point of the run that lies beyond all that earlier lines reached.

    A line may pass over points, so that small moves can be made in the head; it can't go back or stay.

    Args:
        step: the line.
        thoughts: the lines before; those that state no point count for nothing.
        place: which point of the run a line states, from 0; raises Unreadable or Undefined where it states none.
    """

    def decide() -> Verdict:
        here = place(step)
        return CORRECT if here > furthest(thoughts, place) else incorrect("goes no further than the lines before")

    return guarded(decide)


def furthest(thoughts: Sequence[str], place: Callable[[str], int]) -> int:
    """The last point of the run that some lines state; -1 where they state none."""
    reached = -1
    for line in thoughts:
        try:
            reached = max(reached, place(line))
        except (Unreadable, Undefined, Refused):
            continue
    return reached


def check_numbered(step: str, thoughts: Sequence[str], points: Sequence[str]) -> Verdict:
    """Whether a line such as `3: abba` states the third point of a run, and none before went so far.

    >>> check_numbered("2: ba", ["1: ab"], ["ab", "ba", "bb"]).correct
    True
    """

    def place(line: str) -> int:
        match = _NUMBERED.fullmatch(line)
        if match is None:
            raise Unreadable(f"{line[:60]!r} is no line such as '1: {points[0]}'")
        number = int(match["number"])
        if not 1 <= number <= len(points) or points[number - 1] != match["point"]:
            raise Undefined(f"{match['point'][:60]!r} isn't what step {number} leads to")
        return number

    return check_progress(step, thoughts, place)
