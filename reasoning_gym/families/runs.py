"""Checks lines that follow a run, as of an algorithm: each states a point of it, later than those stated before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.problem import CORRECT, Verdict, incorrect


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


def place_among(points: Sequence[str], line: str) -> int:
    """Which point of a run a line is; no two points are written alike.

    Raises:
        Undefined: if it is none of them.
    """
    try:
        return points.index(line)
    except ValueError:
        raise Undefined(f"{line[:60]!r} is no point of the run") from None
