"""Games of two players that tests play: small ones, and debates and settings that begin in the middle."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from reasoning_gym.selfplay import (
    connect_four_v0,
    matching_pennies_v0,
    reasoning_debate_v0,
    reasoning_setter_v0,
    tic_tac_toe_v0,
)
from reasoning_gym.selfplay.environment import environments
from reasoning_gym.selfplay.game import Game
from reasoning_gym.selfplay.reasoning_debate import ReasoningDebate
from reasoning_gym.selfplay.reasoning_setter import ReasoningSetter

PROSE = "I think, therefore I am"


class Race(Game[int, int]):
    """A heap of counters: each player in turn takes 1 or 2; who takes the last one wins. Chance draws the heap."""

    name = "race"
    roles = ("taker", "other")

    def start(self, rng):
        return 2 * int(rng.integers(2, 5))  # what is left, doubled; odd when player 1 moves

    def mover(self, position):
        return None if position < 2 else position % 2

    def legal(self, position):
        return () if position < 2 else range(1, min(position // 2, 2) + 1)

    def play(self, position, action):
        if action not in self.legal(position):
            raise ValueError(f"{action!r} isn't legal")
        return position // 2 * 2 - 2 * action + 1 - position % 2

    def returns(self, position):
        return (0.0, 0.0) if position > 1 else (1.0, -1.0) if position == 1 else (-1.0, 1.0)

    def observe(self, position, player):
        return np.array([position // 2, player])

    def observation_space(self, player):
        return spaces.MultiDiscrete([9, 2])

    def action_space(self, player):
        return spaces.Discrete(3)

    def render(self, position):
        return f"{position // 2} left\x1b"


class Hidden(Game[tuple[int, ...], int]):
    """Each chooses 0 or 1 without seeing the other's choice; player 0 wins if they are equal."""

    name = "hidden"
    roles = ("even", "odd")

    def start(self, rng):
        return ()

    def mover(self, position):
        return (0, 1, None)[len(position)]

    def legal(self, position):
        return () if len(position) == 2 else (0, 1)

    def play(self, position, action):
        return (*position, action)

    def returns(self, position):
        won = 0.0 if len(position) < 2 else 1.0 if position[0] == position[1] else -1.0
        return (won, 0.0 - won)

    def observe(self, position, player):
        return np.array([1, *(position if len(position) == 2 else (2, 2))], np.int8)

    def observation_space(self, player):
        return spaces.Box(0, 2, (3,), np.int8)

    def action_space(self, player):
        return spaces.Discrete(2)

    def render(self, position):
        return str(position)


class Answered(ReasoningDebate):
    """A debate that begins when the prover has finished, so that random play comes to the challenger."""

    def start(self, rng):
        return debate(self, chain(self, index := int(rng.integers(100))), index)


class Posed(ReasoningSetter):
    """A game that begins when a problem was proposed, so that random play comes to the solver."""

    def start(self, rng):
        return self.play(super().start(rng), f"integer_expression-v0/train/1/{rng.integers(100)}")


MAKERS = {
    "debate": (reasoning_debate_v0.env, reasoning_debate_v0.raw_env, reasoning_debate_v0.parallel_env),
    "setter": (reasoning_setter_v0.env, reasoning_setter_v0.raw_env, reasoning_setter_v0.parallel_env),
    "pennies": (matching_pennies_v0.env, matching_pennies_v0.raw_env, matching_pennies_v0.parallel_env),
    "tic-tac-toe": (tic_tac_toe_v0.env, tic_tac_toe_v0.raw_env, tic_tac_toe_v0.parallel_env),
    "connect four": (connect_four_v0.env, connect_four_v0.raw_env, connect_four_v0.parallel_env),
    "race": environments(Race),
    "hidden": environments(Hidden),
    "answered": environments(Answered),
    "posed": environments(Posed),
}
GAMES = {
    "debate": ReasoningDebate,
    "setter": ReasoningSetter,
    "race": Race,
    "hidden": Hidden,
    "answered": Answered,
    "posed": Posed,
}


def chain(game: ReasoningDebate, index: int) -> tuple[str, ...]:
    """The reference thoughts of a problem of the game."""
    family, problem = game.mix.problem(index)
    return family.reference_thoughts(problem)


def debate(game: ReasoningDebate, thoughts, index: int, pointed: int | None = None):
    """The position that thoughts, and what the challenger says, lead to."""
    position = game.ask(index)
    for thought in thoughts:
        position = game.play(position, thought)
    return position if pointed is None else game.play(position, pointed)


def proposed(game: ReasoningSetter, proposal: str):
    return game.play(game.start(np.random.default_rng(0)), proposal)


def outcome(game, position):
    return game.mover(position), game.returns(position)
