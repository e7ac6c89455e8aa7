"""Players of games, and matches between them: many games in step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from reasoning_agents.games.ratings import Record
from reasoning_agents.games.search import Predictor, SearchSettings, begin_at, choose, search
from reasoning_gym.selfplay.boards import Solved
from reasoning_gym.selfplay.game import Game

Position = TypeVar("Position")
Asked = TypeVar("Asked", contravariant=True)
_SIMILAR = 1e-9  # values that differ by less are equal


class Player(Protocol[Asked]):
    """Chooses an action at each of many positions."""

    def choose(self, positions: Sequence[Asked], rngs: Sequence[np.random.Generator]) -> list[int]:
        """A legal action at each position, drawn, if at all, by its own randomness."""
        ...


class RandomPlayer(Generic[Position]):
    """Any legal action."""

    def __init__(self, game: Game[Position, int]) -> None:
        self.game = game

    def choose(self, positions: Sequence[Position], rngs: Sequence[np.random.Generator]) -> list[int]:
        """See `Player`."""
        return [_one_of(self.game.legal(position) or (), rng) for position, rng in zip(positions, rngs, strict=True)]


class MinimaxPlayer(Generic[Position]):
    """Any action that is as good as the best, in a game that knows what its positions are worth.

    Raises:
        ValueError: for a game that doesn't.
    """

    def __init__(self, game: Game[Position, int]) -> None:
        if not isinstance(game, Solved):
            raise ValueError(f"{game.name} doesn't know what its positions are worth; it has no method 'solve'")
        self.game: Any = game

    def choose(self, positions: Sequence[Position], rngs: Sequence[np.random.Generator]) -> list[int]:
        """See `Player`."""
        return [_one_of(self.best(position), rng) for position, rng in zip(positions, rngs, strict=True)]

    def best(self, position: Position) -> list[int]:
        """All actions that are as good as the best."""
        game = self.game
        sign = 1 if game.mover(position) == 0 else -1
        worth = {action: sign * game.solve(game.play(position, action)) for action in game.legal(position)}
        most = max(worth.values())
        return [action for action, each in worth.items() if each > most - _SIMILAR]


class SearchPlayer(Generic[Position]):
    """The best action that a search finds, without noise, from nothing at each move."""

    def __init__(
        self, game: Game[Position, int], predictor: Predictor[Position], settings: SearchSettings | None = None
    ) -> None:
        self.game = game
        self.predictor = predictor
        self.settings = settings or SearchSettings()

    def choose(self, positions: Sequence[Position], rngs: Sequence[np.random.Generator]) -> list[int]:
        """See `Player`."""
        del rngs
        trees = [begin_at(position) for position in positions]
        search(self.game, self.predictor, trees, self.settings)
        return [choose(each) for each in trees]


def play_match(
    game: Game[Position, int],
    player: Player[Position],
    opponent: Player[Position],
    games: int,
    seed: int,
    *,
    opening: int = 0,
) -> list[Record]:
    """How a player does against another, as the game's player 0 and as its player 1.

    Games 2 i and 2 i + 1 begin alike and have the players on different sides, so that no opening favours one.

    Args:
        game: the rules.
        player: whose record it is.
        opponent: the other.
        games: in all; an even number.
        seed: of the openings and of what the players draw.
        opening: moves at the beginning that are drawn from the legal ones.

    Raises:
        ValueError: for an odd number of games, or if a game is over after its opening.
    """
    if games < 2 or games % 2:
        raise ValueError(f"games is {games}; give an even number, so that each has each side as often")
    rngs = [np.random.Generator(np.random.PCG64([seed, number, 1])) for number in range(games)]
    positions = [_opening(game, opening, np.random.Generator(np.random.PCG64([seed, i // 2]))) for i in range(games)]
    seats = [number % 2 for number in range(games)]  # the side of `player`
    while going := [number for number in range(games) if game.mover(positions[number]) is not None]:
        mine = [number for number in going if game.mover(positions[number]) == seats[number]]
        its = [number for number in going if game.mover(positions[number]) != seats[number]]
        for who, numbers in ((player, mine), (opponent, its)):
            if not numbers:
                continue
            actions = who.choose([positions[i] for i in numbers], [rngs[i] for i in numbers])
            for number, action in zip(numbers, actions, strict=True):
                positions[number] = game.play(positions[number], action)
    won = [game.returns(position)[seat] for position, seat in zip(positions, seats, strict=True)]
    return [_record([each for each, seat in zip(won, seats, strict=True) if seat == side]) for side in (0, 1)]


def _record(won: Sequence[float]) -> Record:
    return Record(sum(each > 0 for each in won), sum(each == 0 for each in won), sum(each < 0 for each in won))


def _opening(game: Game[Position, int], moves: int, rng: np.random.Generator) -> Position:
    position = game.start(rng)
    for _ in range(moves):
        position = game.play(position, _one_of(game.legal(position) or (), rng))
    if game.mover(position) is None:
        raise ValueError(f"the game was over after an opening of {moves} moves; give fewer")
    return position


def _one_of(actions: Sequence[int], rng: np.random.Generator) -> int:
    return actions[int(rng.integers(len(actions)))]
