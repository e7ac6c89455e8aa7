"""What a network that plays a game has come to: scores in matches, ratings, and errors of its values.

Each share has `_low`, `_high` and `_n` beside it:

- `score` against the first of the `opponents`; `unbeaten`, the share of the games with any of them that weren't lost
- `score_NAME`, `won_NAME`, `unbeaten_NAME`, and `score_NAME_first` and `score_NAME_second`, by the side it played
- with `rungs`: `elo_N`, Elo points of the N-th network on the ladder above the untrained one; `elo_gain`, of the last
- where the game knows what its positions are worth: `network_error_max` and `network_error_mean` of the network's value
  from that, over all positions that can come about and aren't over; `search_error_max` and `search_error_mean` of the
  value that a search with the network finds
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.games.players import MinimaxPlayer, Player, RandomPlayer, SearchPlayer, play_match
from reasoning_agents.games.predictors import RollOuts
from reasoning_agents.games.randomness import Purpose, randomness, seed_of
from reasoning_agents.games.ratings import Match, Rate, Rating, Record, elo
from reasoning_agents.games.search import Predictor, SearchSettings, begin_at, search, value_of
from reasoning_gym.family import nearest
from reasoning_gym.selfplay.boards import Solved, reachable
from reasoning_gym.selfplay.game import Game

Position = TypeVar("Position")
_AFTERWARDS = 2**31  # for the number of an update, when all are done
_AT_ONCE = 1024  # positions valued together


@dataclass(frozen=True, kw_only=True)
class Matches:
    """What a network is measured by."""

    opponents: tuple[str, ...] = ("rollouts",)  # random, rollouts (plain MCTS of equal simulations), minimax
    games: int = 200  # with each; even, half of them on each side
    simulations: int = 64  # of a move
    opening: int = 0  # moves at the beginning of a game that are drawn
    exploration: float = 1.25  # of the roll-outs' search, in PUCT; the network's has that of training
    value_simulations: int = 256  # of the search whose values are held against exact ones
    rungs: int = 0  # networks on the ladder, the last included, at equal distances; 0 for no ladder
    rung_games: int = 40  # of each with each of the two below it; even

    def __post_init__(self) -> None:
        """Refuse what can't be measured by.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        refuse_odd("matches.games", self.games)
        refuse_odd("matches.rung_games", self.rung_games)
        for name in ("simulations", "value_simulations"):
            if getattr(self, name) < 1:
                raise ValueError(f"matches.{name} is {getattr(self, name)}; give at least 1")
        if not self.opponents:
            raise ValueError("matches.opponents is empty; name at least one")
        for opponent in self.opponents:
            if opponent not in OPPONENTS:
                raise ValueError(f"matches.opponents has {opponent!r}; {nearest(opponent, OPPONENTS)}")


def refuse_odd(name: str, games: int) -> None:
    """Refuse a number of games of which the two sides can't have equally many.

    Raises:
        ValueError: says which field, its value, and what to give.
    """
    if games < 2 or games % 2:
        raise ValueError(f"{name} is {games}; give an even number, half of them for each side")


class Contest(NamedTuple):
    """A game, and how those are measured that learn it."""

    game: Game[Any, int]
    matches: Matches
    search: SearchSettings  # of training: in matches as well, but for the simulations and kept trees
    seed: int

    def player(self, predictor: Predictor[Any]) -> SearchPlayer[Any]:
        """Who plays matches by a predictor."""
        settings = replace(self.search, simulations=self.matches.simulations, reuse=False)
        return SearchPlayer(self.game, predictor, settings)

    def opponent(self, name: str, update: int) -> Player[Any]:
        """Who is met after an update.

        Raises:
            ValueError: if it can't play this game.
        """
        return OPPONENTS[name](self.game, self.matches, randomness(self.seed, update, Purpose.MATCH))

    def match(self, player: Player[Any], opponent: Player[Any], games: int, seed: int) -> list[Record]:
        """How a player does against another, on either side."""
        return play_match(self.game, player, opponent, games, seed, opening=self.matches.opening)


def meet(contest: Contest, predictor: Predictor[Any], name: str, games: int, update: int) -> list[Record]:
    """How who plays by a predictor does after an update against an opponent, on either side."""
    seed = seed_of(contest.seed, update, Purpose.MATCH)
    return contest.match(contest.player(predictor), contest.opponent(name, update), games, seed)


def scores(contest: Contest, predictor: Predictor[Any]) -> dict[str, float]:
    """The shares of the games with the opponents that were won, and weren't lost; see the module."""
    found: dict[str, float] = {}
    total = Record()
    for name in contest.matches.opponents:
        first, second = meet(contest, predictor, name, contest.matches.games, _AFTERWARDS)
        both = first.plus(second)
        total = total.plus(both)
        found |= {} if found else _figures("score", both.score)
        found |= _figures(f"score_{name}", both.score)
        found |= _figures(f"won_{name}", both.won) | _figures(f"unbeaten_{name}", both.unbeaten)
        found |= _figures(f"score_{name}_first", first.score) | _figures(f"score_{name}_second", second.score)
    return {**found, **_figures("unbeaten", total.unbeaten)}


def errors(contest: Contest, predictor: Predictor[Any]) -> dict[str, float]:
    """How far values are from exact ones, in a game that knows these; see the module."""
    game = contest.game
    if not isinstance(game, Solved):
        return {}
    places = [position for position in reachable(game) if game.mover(position) is not None]
    sides = np.array([1 if game.mover(position) == 0 else -1 for position in places])
    exact = sides * np.array([game.solve(position) for position in places])
    settings = replace(contest.search, simulations=contest.matches.value_simulations, reuse=False)
    values = {
        "network": network_values(predictor, places),
        "search": search_values(game, predictor, places, settings),
    }
    found: dict[str, float] = {}
    for name, each in values.items():
        off = np.abs(each - exact)
        found |= {f"{name}_error_max": float(off.max()), f"{name}_error_mean": float(off.mean())}
    return found


def network_values(predictor: Predictor[Position], positions: Sequence[Position]) -> NDArray[np.float64]:
    """What a network expects the mover of each position to win, [N]."""
    parts = [predictor.predict(positions[begin : begin + _AT_ONCE]).values for begin in _begins(positions)]
    return np.concatenate(parts).astype(np.float64)


def search_values(
    game: Game[Position, int], predictor: Predictor[Position], positions: Sequence[Position], settings: SearchSettings
) -> NDArray[np.float64]:
    """What the mover of each position is expected to win by the action that a search finds best, [N]."""
    values: list[float] = []
    for begin in _begins(positions):
        trees = [begin_at(position) for position in positions[begin : begin + _AT_ONCE]]
        search(game, predictor, trees, settings)
        values += [value_of(each) for each in trees]
    return np.array(values)


def ladder(contest: Contest, predictors: Sequence[Predictor[Any]]) -> dict[str, float]:
    """The ratings of networks, from the untrained one on, each of which meets the two below it; see the module."""
    players = [contest.player(predictor) for predictor in predictors]
    met: list[Match] = []
    for upper in range(1, len(players)):
        for lower in range(max(upper - 2, 0), upper):
            seed = seed_of(contest.seed, upper * len(players) + lower, Purpose.LADDER)
            first, second = contest.match(players[upper], players[lower], contest.matches.rung_games, seed)
            met.append(Match(upper, lower, first.plus(second)))
    if not met:
        return {}
    ratings = elo(met, len(players))
    found = {key: value for n, each in enumerate(ratings) if n for key, value in _figures(f"elo_{n}", each).items()}
    return found | _figures("elo_gain", ratings[-1])


def _figures(name: str, found: Rate | Rating) -> dict[str, float]:
    return {name if part == "value" else f"{name}_{part}": each for part, each in found._asdict().items()}


def _begins(positions: Sequence[Any]) -> range:
    return range(0, len(positions), _AT_ONCE)


def _random(game: Game[Any, int], matches: Matches, rng: np.random.Generator) -> Player[Any]:
    del matches, rng
    return RandomPlayer(game)


def _rollouts(game: Game[Any, int], matches: Matches, rng: np.random.Generator) -> Player[Any]:
    settings = SearchSettings(simulations=matches.simulations, exploration=matches.exploration)
    return SearchPlayer(game, RollOuts(game, rng), settings)


def _minimax(game: Game[Any, int], matches: Matches, rng: np.random.Generator) -> Player[Any]:
    del matches, rng
    return MinimaxPlayer(game)


OPPONENTS: Mapping[str, Callable[[Game[Any, int], Matches, np.random.Generator], Player[Any]]] = {
    "random": _random,
    "rollouts": _rollouts,
    "minimax": _minimax,
}
