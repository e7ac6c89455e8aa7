"""Checks work in which each line leads from one stage to the next, as `22:50+3 h=01:50` from one time to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.problem import CORRECT, Verdict

Stage = TypeVar("Stage")


def check_stage(start: Stage, after: Callable[[Stage, str], Stage], thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line leads on from the stage that the lines before have reached.

    Args:
        start: the stage of the question.
        after: the stage after a line; raises Unreadable, Undefined or Refused where the line doesn't lead on.
        thoughts: the lines before; those that don't lead on are passed over.
        step: the line.
    """

    def decide() -> Verdict:
        stage = start
        for line in thoughts:
            try:
                stage = after(stage, line)
            except (Unreadable, Undefined, Refused):
                continue
        after(stage, step)
        return CORRECT

    return guarded(decide)
