"""Matching pennies: the smallest game that no fixed choice is good at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import gymnasium
import numpy as np

from reasoning_gym.selfplay.game import Game

HEADS, TAILS = 0, 1
UNSEEN = 2  # what a player observes of a choice that wasn't made, or isn't for it to see
PAYOFF = ((1.0, -1.0), (-1.0, 1.0))  # what player 0 wins, by its choice and by player 1's

Pennies = tuple[int, ...]  # the choices so far, player 0's first


class MatchingPennies(Game[Pennies, int]):
    """Each player shows one side of a penny; player 0 wins if they are equal, player 1 if they differ.

    Player 1 chooses second but doesn't see what player 0 chose, so that it is as if both chose at once. In the one
    equilibrium both choose heads in half of the games (von Neumann 1928).

    Action: 0 for heads, 1 for tails.
    Observation: the choices of both, [2], as far as the player knows them: 0, 1, or 2 for unseen; at the end all.
    Returns: 1 for the winner, -1 for the other.
    """

    name = "matching_pennies"
    roles = ("even", "odd")
    perfect_information = False

    def start(self, rng: np.random.Generator) -> Pennies:
        """No choice made; nothing is drawn."""
        del rng
        return ()

    def mover(self, position: Pennies) -> Literal[0, 1] | None:
        """Player 0, then player 1."""
        return (0, 1, None)[len(position)]

    def legal(self, position: Pennies) -> Sequence[int]:
        """Both sides of the penny, until both were shown."""
        return () if self.mover(position) is None else (HEADS, TAILS)

    def play(self, position: Pennies, action: int) -> Pennies:
        """The choices with the mover's added.

        Raises:
            ValueError: for what is neither 0 nor 1, or if both have chosen.
        """
        if action not in self.legal(position):
            raise ValueError(f"the action is {action!r} after {len(position)} choices; give 0 or 1, twice in a game")
        return (*position, int(action))

    def returns(self, position: Pennies) -> tuple[float, float]:
        """(1, -1) if the choices are equal, (-1, 1) if not."""
        if len(position) < 2:
            return (0.0, 0.0)
        won = PAYOFF[position[0]][position[1]]
        return (won, -won)

    def observe(self, position: Pennies, player: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """What a player knows of both choices, [2]."""
        over = len(position) == 2
        return np.array(
            [
                position[chooser] if chooser < len(position) and (over or chooser == player) else UNSEEN
                for chooser in (0, 1)
            ]
        )

    def observation_space(self, player: int) -> gymnasium.spaces.MultiDiscrete:
        """Two choices, each heads, tails or unseen."""
        del player
        return gymnasium.spaces.MultiDiscrete([3, 3])

    def action_space(self, player: int) -> gymnasium.spaces.Discrete:
        """Heads or tails."""
        del player
        return gymnasium.spaces.Discrete(2)

    def render(self, position: Pennies) -> str:
        """The choices in words."""
        return " ".join(("heads", "tails")[choice] for choice in position) or "nothing shown"
