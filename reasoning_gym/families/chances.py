"""Chance, handed out piece by piece from numbers that are drawn many at once."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import TypeVar

import numpy as np

_BATCH = 64

Thing = TypeVar("Thing")


class Chances:
    """A generator's uniform numbers, drawn in batches: a call of numpy for each would cost microseconds."""

    __slots__ = ("_left", "_rng")

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[float] = []

    def share(self) -> float:
        """A number from 0 to below 1."""
        if not self._left:
            self._left = self._rng.random(_BATCH).tolist()
        return self._left.pop()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.share() * (high - low + 1))

    def happens(self, probability: float) -> bool:
        """Whether something of a probability happens."""
        return self.share() < probability

    def pick(self, things: Sequence[Thing]) -> Thing:
        """One of some things."""
        return things[int(self.share() * len(things))]

    def several(self, things: Sequence[Thing], count: int) -> list[Thing]:
        """Different ones of some things, in random order."""
        left = list(things)
        return [left.pop(int(self.share() * len(left))) for _ in range(count)]

    def shuffle(self, things: MutableSequence[Thing]) -> None:
        """Put things into random order, in place."""
        for last in range(len(things) - 1, 0, -1):
            other = int(self.share() * (last + 1))
            things[last], things[other] = things[other], things[last]
