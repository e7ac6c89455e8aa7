"""What is drawn while a network learns a game: each thing in each update by randomness of its own."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What randomness is for; its number is a part of what randomness is seeded with."""

    PLAY = 0
    LEARN = 1
    GATE = 2
    MATCH = 3
    LADDER = 4


def randomness(seed: int, update: int, purpose: Purpose, number: int = 0) -> np.random.Generator:
    """The randomness of one thing in one update: a function of its arguments alone."""
    return np.random.Generator(np.random.PCG64([seed, update, purpose, number]))


def seed_of(seed: int, update: int, purpose: Purpose) -> int:
    """The seed of a match, below 2**31: a function of its arguments alone."""
    return int(randomness(seed, update, purpose, 1).integers(2**31))
