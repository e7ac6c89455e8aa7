"""What a game of two players is: pure functions of an immutable position.

A position is to a game what a `State` is to a problem: small, immutable, so that a search can keep and share it, and
the rules are functions of it. The PettingZoo environments are made from games, and self-play searches in games, never
in an environment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

import gymnasium
import numpy as np

PLAYERS = (0, 1)

Position = TypeVar("Position")
Action = TypeVar("Action")


class Game(ABC, Generic[Position, Action]):
    """Two players, 0 and 1, who move in turn or, where one can't see the other's move, as if at once."""

    name: ClassVar[str]  # snake case; with the version it is the environment's name
    roles: ClassVar[tuple[str, str]]  # what players 0 and 1 are called
    version: ClassVar[int] = 0  # rises when a position or a return changes for the same seed and actions
    zero_sum: ClassVar[bool] = True  # whether the returns of the two always add up to 0
    perfect_information: ClassVar[bool] = True  # whether both see all of a position; else no search may read it

    @abstractmethod
    def start(self, rng: np.random.Generator) -> Position:
        """The first position. All chance in a game is here, from `rng`."""

    @abstractmethod
    def mover(self, position: Position) -> int | None:
        """The player who acts next; None when the game is over."""

    @abstractmethod
    def legal(self, position: Position) -> Sequence[Action] | None:
        """What the mover may do, in a fixed order; None where an action is any text."""

    @abstractmethod
    def play(self, position: Position, action: Action) -> Position:
        """The position after the mover's action.

        Raises:
            ValueError: for an action that isn't legal, or if the game is over.
        """

    @abstractmethod
    def returns(self, position: Position) -> tuple[float, float]:
        """What players 0 and 1 have won, each in [-1, 1]; (0, 0) until the game is over."""

    @abstractmethod
    def observe(self, position: Position, player: int) -> Any:
        """What a player may know of a position: an element of its observation space."""

    @abstractmethod
    def observation_space(self, player: int) -> gymnasium.Space[Any]:
        """The space of what a player observes."""

    @abstractmethod
    def action_space(self, player: int) -> gymnasium.Space[Any]:
        """The space of what a player may do, at any position."""

    @abstractmethod
    def render(self, position: Position) -> str:
        """A position as a person reads it."""
