"""Games of a player against itself, many in step: each move by a search that explores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.games.search import (
    Exploration,
    GameTree,
    Predictor,
    SearchSettings,
    after,
    begin_at,
    choose,
    count_actions,
    policy_of,
    search,
    value_of,
)
from reasoning_gym.selfplay.game import Game

Position = TypeVar("Position")


class Exploring(Protocol):
    """How moves are searched and drawn."""

    @property
    def search(self) -> SearchSettings:
        """Of each move."""
        ...

    @property
    def opening(self) -> int:
        """Moves at the beginning that are drawn, at most; how many is drawn too."""
        ...

    @property
    def temperature(self) -> float:
        """Of the first moves after that."""
        ...

    @property
    def temperature_moves(self) -> int:
        """How many those are."""
        ...

    @property
    def final_temperature(self) -> float:
        """Of the others."""
        ...


class Turn(NamedTuple, Generic[Position]):
    """A move that a search chose."""

    position: Position  # before it
    mover: int
    policy: NDArray[np.float32]  # [A], what the search came to
    value: float  # what the mover is expected to win, by the search


class Played(NamedTuple, Generic[Position]):
    """A game that was played to its end."""

    turns: tuple[Turn[Position], ...]
    returns: tuple[float, float]


def self_play(
    game: Game[Position, int], predictor: Predictor[Position], settings: Exploring, rngs: Sequence[np.random.Generator]
) -> list[Played[Position]]:
    """As many games as there are generators, in step; each is drawn by its own.

    Args:
        game: the rules.
        predictor: plays both sides.
        settings: how moves are searched and drawn.
        rngs: [B].
    """
    actions = count_actions(game)
    trees = [begin_at(_opening(game, settings.opening, rng)) for rng in rngs]
    turns: list[list[Turn[Position]]] = [[] for _ in rngs]
    going = list(range(len(rngs)))
    while going:
        ways = [_exploration(len(turns[number]), rngs[number], settings) for number in going]
        search(game, predictor, [trees[number] for number in going], settings.search, ways)
        for number, way in zip(going, ways, strict=True):
            found = trees[number]
            position = found.position(game, found.tree.root)
            turns[number].append(Turn(position, game.mover(position) or 0, policy_of(found, actions), value_of(found)))
            trees[number] = after(found, choose(found, way), game, keep=settings.search.reuse)
        going = [number for number in going if game.mover(_now(game, trees[number])) is not None]
    return [Played(tuple(had), game.returns(_now(game, found))) for had, found in zip(turns, trees, strict=True)]


def _opening(game: Game[Position, int], most: int, rng: np.random.Generator) -> Position:
    """A position after some drawn moves, at most so many, where the game isn't over."""
    position = game.start(rng)
    for _ in range(int(rng.integers(most + 1))):
        legal = game.legal(position) or ()
        then = game.play(position, legal[int(rng.integers(len(legal)))])
        if game.mover(then) is None:
            break
        position = then
    return position


def _exploration(move: int, rng: np.random.Generator, settings: Exploring) -> Exploration:
    early = move < settings.temperature_moves
    return Exploration(rng, settings.temperature if early else settings.final_temperature)


def _now(game: Game[Position, int], found: GameTree[Position]) -> Position:
    return found.position(game, found.tree.root)
