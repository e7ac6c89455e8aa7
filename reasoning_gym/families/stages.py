"""Checks work line by line, where a line is judged by what those before it have come to.

Each leads from one stage to the next, as `22:50+3 h=01:50` from one time to another, or adds to what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.syntax import Node, parse
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


class Known(Protocol):
    """What lines have shown so far."""

    def add(self, node: Node) -> Verdict:
        """Take in a line, and say whether it is true and of use.

        Raises:
            Unreadable, Refused, Undefined: if it can't be read, or has no value.
        """
        ...


def check_addition(begin: Callable[[], Known], thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line is true and adds to what is known.

    Args:
        begin: what the question says; asked within the checker's bounds.
        thoughts: the lines before; one that is no valid step adds nothing.
        step: the line.
    """

    def decide() -> Verdict:
        known = begin()
        for line in thoughts:
            try:
                known.add(parse(line))
            except (Unreadable, Undefined, Refused):
                continue
        return known.add(parse(step))

    return guarded(decide)
