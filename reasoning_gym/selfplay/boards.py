"""What games on a board share: what players see of it, and what a search may use beyond the rules."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import gymnasium
import numpy as np

from reasoning_gym.selfplay.game import Game

Position = TypeVar("Position")
Place = TypeVar("Place", bound=Hashable)


class Symmetry(NamedTuple, Generic[Position]):
    """A map of a game onto itself: what it makes of a position is worth the same, and so are the actions there."""

    position: Callable[[Position], Position]
    actions: tuple[int, ...]  # [A]: which action each action becomes


@runtime_checkable
class Symmetric(Protocol):
    """A game that tells its symmetries."""

    def symmetries(self) -> Sequence[Symmetry[Any]]:
        """All of them, the identity first."""
        ...


@runtime_checkable
class Solved(Protocol):
    """A game whose every position can be valued exactly."""

    def solve(self, position: Any) -> float:
        """What player 0 wins, in [-1, 1], if both play perfectly from there."""
        ...


def board_space(shape: tuple[int, int], actions: int) -> gymnasium.spaces.Dict:
    """The observations of a game on a board of rows and columns, as those of PettingZoo's classic games.

    `observation`, [rows, columns, 2]: whether the player's own stones lie there, and whether the other's do;
    `action_mask`, [A]: the actions that are legal, none while the other is to move.
    """
    return gymnasium.spaces.Dict(
        {
            "observation": gymnasium.spaces.Box(0, 1, (*shape, 2), np.int8),
            "action_mask": gymnasium.spaces.Box(0, 1, (actions,), np.int8),
        }
    )


def reachable(game: Game[Place, int]) -> Iterator[Place]:
    """Every position that can come about, the first ones first, each once; for small games without chance."""
    first = game.start(np.random.default_rng(0))
    seen = {first}
    waiting = [first]
    for position in waiting:
        yield position
        for action in game.legal(position) or ():
            after = game.play(position, action)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
