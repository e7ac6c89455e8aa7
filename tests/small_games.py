"""Games small enough to know everything of, predictors to search them with, and a run of AlphaZero that is short."""

import numpy as np

from reasoning_agents.alpha_zero import AlphaZero
from reasoning_agents.games.measures import Matches
from reasoning_agents.games.players import MinimaxPlayer
from reasoning_agents.games.predictors import NetworkShape
from reasoning_agents.games.search import Predictions, SearchSettings, begin_at, search
from reasoning_gym.selfplay.tic_tac_toe import TicTacToe

GAME = TicTacToe()
MINIMAX = MinimaxPlayer(GAME)
SMALL = AlphaZero(
    game="tic_tac_toe",
    updates=4,
    games=6,
    search=SearchSettings(simulations=6),
    network=NetworkShape(width=16, blocks=1),
    replayed=300,
    steps=3,
    batch=16,
    gate_updates=2,
    gate_games=4,
    validation_updates=2,
    validation_games=4,
    matches=Matches(
        opponents=("random", "rollouts", "minimax"), games=4, simulations=4, value_simulations=1, rungs=2, rung_games=4
    ),
)


class Uniform:
    """Finds all actions alike and expects a draw; remembers how many positions it was asked about at a time."""

    def __init__(self, actions=9):
        self.actions = actions
        self.batches = []

    def predict(self, positions):
        self.batches.append(len(positions))
        return Predictions(np.zeros((len(positions), self.actions)), np.zeros(len(positions)))


class Opinionated(Uniform):
    """Thinks something else of each position, always the same of one."""

    def predict(self, positions):
        drawn = [np.random.default_rng(abs(hash(position)) % 2**32).normal(size=10) for position in positions]
        return Predictions(np.stack(drawn)[:, :9], np.tanh(np.stack(drawn)[:, 9]))


def searched(position, predictor, settings, exploring=None, game=GAME):
    found = begin_at(position)
    search(game, predictor, [found], settings, None if exploring is None else [exploring])
    return found


def priors(found):
    return [found.tree.prior[child] for child in found.tree.children[found.tree.root]]
