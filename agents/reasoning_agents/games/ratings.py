"""How strong players are: scores with their intervals, and Elo ratings from matches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from reasoning_gym.intervals import normal_reach, wilson

_SCALE = np.log(10) / 400  # of Elo points
_STEPS = 100  # of Newton's method, at most
_SMALL = 1e-10


class Rate(NamedTuple):
    """A share, with a 95 % interval and what it is of."""

    value: float
    low: float
    high: float
    n: int


class Record(NamedTuple):
    """How a player did against another."""

    wins: int = 0
    draws: int = 0
    losses: int = 0

    @property
    def games(self) -> int:
        """How many were played."""
        return self.wins + self.draws + self.losses

    @property
    def score(self) -> Rate:
        """Points a game: 1 for a win, a half for a draw. The interval is too wide where there are draws."""
        return rate(self.wins + self.draws / 2, self.games)

    @property
    def won(self) -> Rate:
        """The share of the games that were won."""
        return rate(self.wins, self.games)

    @property
    def unbeaten(self) -> Rate:
        """The share of the games that weren't lost."""
        return rate(self.wins + self.draws, self.games)

    def plus(self, other: Record) -> Record:
        """Both records together."""
        return Record(*(mine + its for mine, its in zip(self, other, strict=True)))


class Match(NamedTuple):
    """Two players, by their numbers, and how the first did."""

    first: int
    second: int
    record: Record


class Rating(NamedTuple):
    """Elo points above the first player, with a 95 % interval."""

    value: float
    low: float
    high: float


def rate(points: float, n: int) -> Rate:
    """A share with Wilson's interval.

    Raises:
        ValueError: if n is 0.
    """
    if n < 1:
        raise ValueError(f"n is {n}; a share of nothing isn't known")
    return Rate(points / n, *wilson(points, n), n)


def elo(matches: Sequence[Match], players: int) -> list[Rating]:
    """The ratings of players under which their results are most likely; player 0 has 0 points.

    Bradley and Terry 1952: the score expected of a over b is 1 / (1 + 10^((b - a) / 400)); a draw is half a win and
    half a loss. Each pair that met is given one drawn game more, so that a player that won all has a rating too. The
    intervals are of the differences to player 0, from the curvature of the likelihood; draws make them too wide.

    Raises:
        ValueError: if a player met nobody who is connected with player 0, or a number is no player's.
    """
    games, points = np.zeros((players, players)), np.zeros((players, players))
    for first, second, record in matches:
        if not 0 <= first < players or not 0 <= second < players or first == second:
            raise ValueError(f"a match is of players {first} and {second}; give two of 0 to {players - 1}")
        score = record.wins + record.draws / 2 + 0.5
        points[first, second] += score
        points[second, first] += record.games + 1 - score
        games[first, second] += record.games + 1
        games[second, first] += record.games + 1
    _refuse_unconnected(games)
    ratings = np.zeros(players)  # natural units; the first stays 0
    information = np.zeros((players - 1, players - 1))
    for _ in range(_STEPS):
        expected = 1 / (1 + np.exp(ratings[None, :] - ratings[:, None]))
        slope = (points - games * expected).sum(axis=1)[1:]
        weights = games * expected * (1 - expected)
        information = (np.diag(weights.sum(axis=1)) - weights)[1:, 1:]
        step = cast("NDArray[np.float64]", np.linalg.solve(information, slope))
        ratings[1:] += np.clip(step, -1, 1)
        if np.abs(step).max(initial=0) < _SMALL:
            break
    errors = np.concatenate([[0.0], np.sqrt(np.diag(np.linalg.inv(information)))]) if players > 1 else np.zeros(1)
    reach = normal_reach(0.95) * errors / _SCALE
    values = ratings / _SCALE
    return [Rating(float(value), float(value - by), float(value + by)) for value, by in zip(values, reach, strict=True)]


def _refuse_unconnected(games: NDArray[np.float64]) -> None:
    reached, waiting = {0}, [0]
    for player in waiting:
        for other in map(int, np.flatnonzero(games[player])):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    for player in range(len(games)):
        if player not in reached:
            raise ValueError(f"no chain of matches connects player {player} with player 0; let them meet")
