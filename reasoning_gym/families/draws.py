"""Draws that families share; several numbers come from one call of the generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_Thing = TypeVar("_Thing")


def whole(rng: np.random.Generator, low: int, high: int, count: int) -> list[int]:
    """Whole numbers from low to high, both included."""
    return [int(n) for n in rng.integers(low, high + 1, size=count)]


def nonzero(rng: np.random.Generator, bound: int, count: int) -> list[int]:
    """Whole numbers from -bound to bound, 0 left out."""
    return [n - bound + (n >= bound) for n in whole(rng, 0, 2 * bound - 1, count)]


def between(ends: tuple[int, int], draw: float) -> int:
    """The whole number between two ends, both included, that a draw from 0 to below 1 falls on."""
    low, high = ends
    return low + int(draw * (high - low + 1))


def shuffled(draws: Sequence[float]) -> list[int]:
    """The whole numbers from 0 in the order of as many draws.

    >>> shuffled([0.5, 0.9, 0.1])
    [2, 0, 1]
    """
    return sorted(range(len(draws)), key=draws.__getitem__)


def pick(things: Sequence[_Thing], draw: float) -> _Thing:
    """The thing that a draw from 0 to below 1 falls on."""
    return things[int(draw * len(things))]
