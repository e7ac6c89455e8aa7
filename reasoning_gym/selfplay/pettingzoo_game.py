"""PettingZoo's turn-based environments as games: positions are copies of the environment."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import gymnasium
import numpy as np

from reasoning_gym.selfplay.game import Game

Environment: TypeAlias = Any  # a pettingzoo.AECEnv; pettingzoo is not loaded here


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A position: an environment that is never stepped again, and what the players have been paid."""

    env: Environment
    paid: tuple[float, float] = (0.0, 0.0)


class PettingZooGame(Game[Moment, int]):
    """A game of two players that PettingZoo's classic environments implement, such as `connect_four_v3`.

    A move copies the environment, so this is for games that have no faster rules. All chance has to be in `reset`, and
    observations have an `action_mask`.

    Args:
        env: a PettingZoo AEC environment, without a render mode; it isn't changed.

    Raises:
        ValueError: if it isn't for two players, or draws pictures.
    """

    name = "pettingzoo"
    roles = ("first", "second")

    def __init__(self, env: Environment) -> None:
        self._env = env.unwrapped
        self._agents = tuple(self._env.possible_agents)
        if len(self._agents) != 2:
            raise ValueError(f"the environment is for {len(self._agents)} players; give one for two")
        if self._env.render_mode is not None:
            raise ValueError(f"the render mode is {self._env.render_mode!r}; windows can't be copied, make it without")

    def start(self, rng: np.random.Generator) -> Moment:
        """The environment as it is reset by a seed that is drawn."""
        env = _copied(self._env)
        env.reset(seed=int(rng.integers(2**31)))
        return Moment(env)

    def mover(self, position: Moment) -> int | None:
        """The agent that the environment has selected."""
        env = position.env
        over = all(env.terminations[agent] or env.truncations[agent] for agent in self._agents)
        return None if over or not env.agents else self._agents.index(env.agent_selection)

    def legal(self, position: Moment) -> Sequence[int]:
        """What the action mask allows."""
        mover = self.mover(position)
        if mover is None:
            return ()
        return [int(action) for action in np.flatnonzero(self.observe(position, mover)["action_mask"])]

    def play(self, position: Moment, action: int) -> Moment:
        """A copy of the environment, stepped.

        Raises:
            ValueError: for an action that the mask doesn't allow, or if the game is over.
        """
        legal = self.legal(position)
        if action not in legal:
            raise ValueError(f"the action is {action!r}, but legal are {list(legal)}")
        env = _copied(position.env)
        env.step(action)
        first, second = (
            paid + float(env.rewards[agent]) for paid, agent in zip(position.paid, self._agents, strict=True)
        )
        return Moment(env, (first, second))

    def returns(self, position: Moment) -> tuple[float, float]:
        """What the environment has paid, once the game is over."""
        return position.paid if self.mover(position) is None else (0.0, 0.0)

    def observe(self, position: Moment, player: int) -> Any:
        """What the environment shows the player."""
        return position.env.observe(self._agents[player])

    def observation_space(self, player: int) -> gymnasium.Space[Any]:
        """The environment's."""
        return cast("gymnasium.Space[Any]", self._env.observation_space(self._agents[player]))

    def action_space(self, player: int) -> gymnasium.Space[Any]:
        """The environment's."""
        return cast("gymnasium.Space[Any]", self._env.action_space(self._agents[player]))

    def render(self, position: Moment) -> str:
        """What the players observe, since the environment itself draws pictures only."""
        return "\n".join(f"{agent}: {position.env.observe(agent)}" for agent in self._agents)


def _copied(env: Environment) -> Environment:
    """A copy with its state; the environment's own `__deepcopy__` makes a new one by the same arguments (EzPickle)."""
    shared = (getattr(env, "action_spaces", None), getattr(env, "observation_spaces", None))
    twin = env.__class__.__new__(env.__class__)
    twin.__dict__.update(copy.deepcopy(env.__dict__, {id(each): each for each in shared}))
    return twin
