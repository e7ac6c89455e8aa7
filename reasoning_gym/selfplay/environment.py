"""Makes PettingZoo environments of any `Game`. Needs the extra `selfplay`.

A game's module by PettingZoo's convention is two lines:

    from reasoning_gym.selfplay.environment import environments
    env, raw_env, parallel_env = environments(TicTacToe)

PettingZoo's own checks take no texts: `api_test` (1.27) asks every observation for its dtype, and warns of every space
that is neither a Box nor Discrete. So an environment shows an array wherever a game has something else: a text as its
code points (`CodePoints`, whose `text` reads it back), any other space as Gymnasium flattens it. An action may be a
plain text all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.spaces import utils as space_utils
from gymnasium.utils import seeding

from reasoning_gym.selfplay.code_points import CodePoints
from reasoning_gym.selfplay.game import Game
from reasoning_gym.selfplay.turns import (
    RENDER_MODES,
    action_mask,
    forfeited,
    known_render_mode,
    legal_move,
    rendered,
)
from reasoning_gym.spaces import ThoughtSpace

if TYPE_CHECKING:  # what is used of PettingZoo, which ships no types

    class AECEnv:
        """PettingZoo's environment of agents that act one at a time."""

        agents: list[str]
        agent_selection: str
        rewards: dict[str, float]
        terminations: dict[str, bool]
        truncations: dict[str, bool]
        infos: dict[str, dict[str, Any]]
        _cumulative_rewards: dict[str, float]

        def last(self, observe: bool = True) -> tuple[Any, float, bool, bool, dict[str, Any]]:
            """What the selected agent observes, was paid since it last acted, and is told."""
            ...

        def _was_dead_step(self, action: object) -> None: ...
        def _clear_rewards(self) -> None: ...
        def _accumulate_rewards(self) -> None: ...

    class ParallelEnv:
        """PettingZoo's environment of agents that act at once."""

        agents: list[str]

    def order_enforced(env: AECEnv) -> Any:
        """The environment in PettingZoo's wrapper that says when a method is called before `reset`."""
        ...

else:
    try:
        from pettingzoo import AECEnv, ParallelEnv
        from pettingzoo.utils.wrappers import OrderEnforcingWrapper as order_enforced  # noqa: N813 - called, no more
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"environments for two players need PettingZoo ({error}); install it: "
            "pip install 'reasoning-gymnasium[selfplay]'",
            name=error.name,
        ) from error

_SPACES: Any = space_utils  # its types are partly unknown
_ARRAYS: tuple[type[gymnasium.Space[Any]], ...] = (spaces.Box,)


class GameEnv(AECEnv):
    """A game of two players as a PettingZoo AEC environment.

    Agents: `<role>_<player>`, such as `prover_0` and `challenger_1`.
    Action: the game's; for a text a plain `str`, however long, or its code points.
    Observation: the game's, as an array (see above).
    Reward: 0 until the game is over, and then what each player has won.
    End: terminated for both at once; nothing is truncated, for limits are rules of a game.
    Info: `action_mask`, int8 [A], for an agent with a Discrete action space; none is legal while the other moves.
        `forfeit`, True for both, if the game ended by an illegal action.

    Args:
        game: the rules.
        forfeits: whether an illegal action loses the game, instead of being an error.
        render_mode: "ansi" for a text, "human" to print the game as it goes on.

    Raises:
        ValueError: for an unknown render mode.
    """

    def __init__(self, game: Game[Any, Any], *, forfeits: bool = False, render_mode: str | None = None) -> None:
        super().__init__()
        self.game = game
        self.forfeits = forfeits
        self.render_mode = known_render_mode(render_mode)
        self.metadata: dict[str, Any] = metadata(game)
        self.possible_agents = [f"{role}_{player}" for player, role in enumerate(game.roles)]
        self._shown = {agent: _Shown(game.observation_space(i)) for i, agent in enumerate(self.possible_agents)}
        self._actions = {agent: _action_space(game.action_space(i)) for i, agent in enumerate(self.possible_agents)}
        self._rng: np.random.Generator | None = None
        self._position: Any = None
        self.agents = []

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """The space of what an agent observes."""
        return self._shown[agent].space

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """The space of what an agent may do."""
        return self._actions[agent]

    def reset(self, seed: int | None = None, options: Mapping[str, Any] | None = None) -> None:
        """Start a game.

        Args:
            seed: starts the sequence of first positions anew; the same seed gives the same sequence.
            options: ignored, as PettingZoo's checks pass one that means nothing; set `position` for a certain start.
        """
        del options
        if seed is not None or self._rng is None:
            self._rng, _ = seeding.np_random(seed)
        self.position = self.game.start(self._rng)
        self._show()

    @property
    def position(self) -> Any:
        """The game's position, immutable. Setting it goes to any other: an earlier one, or one that a search made.

        Setting keeps no memory of what was paid before; where the game is over, agents are due what they have won.

        Raises:
            ValueError: before the first reset.
        """
        if self._position is None:
            raise ValueError("there is no position yet; call reset() first")
        return self._position

    @position.setter
    def position(self, position: Any) -> None:
        self._position = position
        self.agents = self.possible_agents[:]
        self.truncations = dict.fromkeys(self.agents, False)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.agent_selection = self.agents[0]
        self._settle(self.game.returns(position))

    def observe(self, agent: str) -> Any:
        """What an agent may know of the position."""
        shown = self._shown[agent]
        return shown.array(self.game.observe(self.position, self.possible_agents.index(agent)))

    def step(self, action: Any) -> None:
        """Do what the selected agent does; None for one whose game is over.

        Raises:
            TypeError: if a text is due and the action is neither a text nor code points, or if it is None.
            ValueError: for an illegal action, unless those forfeit; before the first reset; after the end.
        """
        if not self.agents:
            raise ValueError("the game is over, or none was started; call reset()")
        agent = self.agent_selection
        if self.terminations[agent]:
            self._was_dead_step(action)
            return
        self._move(agent, action)
        self._show()

    def _move(self, agent: str, action: Any) -> None:
        move = legal_move(self.game, self._position, self._in_game(agent, action))
        if move is not None:
            self._position = self.game.play(self._position, move)
            self._settle(self.game.returns(self._position))
        elif self.forfeits:
            self._settle(forfeited(self.game, self.possible_agents.index(agent)), forfeit=True)
        else:
            legal = list(self.game.legal(self._position) or ())
            raise ValueError(f"the action of {agent} is {action!r}; legal are {legal}")

    def _in_game(self, agent: str, action: Any) -> Any:
        """An action as the game takes it."""
        space = self._actions[agent]
        if not isinstance(space, CodePoints) or isinstance(action, str):
            return action
        if action not in space:
            raise TypeError(f"the action of {agent} is {action!r}; give a text, or its code points as {space} has them")
        return space.text(action)

    def _settle(self, won: tuple[float, float], *, forfeit: bool = False) -> None:
        """Say who is to move, or what both have won."""
        mover = None if forfeit else self.game.mover(self._position)
        self.rewards = dict(zip(self.agents, won, strict=True))
        self._accumulate_rewards()
        self.terminations = dict.fromkeys(self.agents, mover is None)
        self.infos = {agent: {"forfeit": True} if forfeit else {} for agent in self.agents}
        for player, agent in enumerate(self.agents):
            space = self._actions[agent]
            if isinstance(space, spaces.Discrete):
                mask = action_mask(self.game, self._position, player, int(space.n))
                self.infos[agent]["action_mask"] = np.zeros_like(mask) if forfeit else mask
        self.agent_selection = self.agents[0 if mover is None else mover]

    def render(self) -> str | None:
        """The position as a text in mode "ansi"; in mode "human" prints it and returns None."""
        return rendered(self.game, self.position, self.render_mode)

    def _show(self) -> None:
        if self.render_mode == "human":
            self.render()

    def close(self) -> None:
        """Nothing is open."""


class ParallelGameEnv(ParallelEnv):
    """A game of two players as a PettingZoo parallel environment, in which both act in each step.

    An action counts if its agent, when it is to move, still observes what it observed when it chose: so moves that
    can't be seen happen at once, and in games of turns the mover's action counts and the other's is ignored. An
    illegal action forfeits the game. All else is as in `GameEnv`.
    """

    def __init__(self, game: Game[Any, Any], *, render_mode: str | None = None) -> None:
        super().__init__()
        self._env = GameEnv(game, forfeits=True, render_mode=render_mode)
        self.game = game
        self.render_mode = render_mode
        self.metadata: dict[str, Any] = self._env.metadata
        self.possible_agents = self._env.possible_agents
        self.agents = []

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """The space of what an agent observes."""
        return self._env.observation_space(agent)

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """The space of what an agent may do."""
        return self._env.action_space(agent)

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Start a game; what both observe, and are told. See `GameEnv.reset`."""
        self._env.reset(seed=seed, options=options)
        self.agents = self.possible_agents[:]
        return self._observations(), dict(self._env.infos)

    @property
    def position(self) -> Any:
        """The game's position, see `GameEnv.position`."""
        return self._env.position

    @position.setter
    def position(self, position: Any) -> None:
        self._env.position = position
        self.agents = [] if all(self._env.terminations.values()) else self.possible_agents[:]

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Do what the agents do; what both observe, are paid, whether it is over, never truncated, and infos.

        Raises:
            TypeError: if a text is due and the action is neither a text nor code points.
            ValueError: if the mover's action is missing; before the first reset; after the end.
        """
        if not self.agents:
            raise ValueError("the game is over, or none was started; call reset()")
        env = self._env
        chosen_on = self._observations()
        waiting = dict(actions)
        while waiting and not all(env.terminations.values()):
            mover = env.agent_selection
            if mover not in waiting or not np.array_equal(env.observe(mover), chosen_on[mover]):
                break
            env.step(waiting.pop(mover))
        if len(waiting) == len(actions):
            raise ValueError(f"{env.agent_selection} is to move, and the actions are of {', '.join(actions) or 'none'}")
        self.agents = [agent for agent, over in env.terminations.items() if not over]
        return self._observations(), dict(env.rewards), dict(env.terminations), dict(env.truncations), dict(env.infos)

    def _observations(self) -> dict[str, Any]:
        return {agent: self._env.observe(agent) for agent in self.possible_agents}

    def render(self) -> str | None:
        """See `GameEnv.render`."""
        return self._env.render()

    def close(self) -> None:
        """Nothing is open."""


class Environments(NamedTuple):
    """The makers of a game's environments; each takes `render_mode` and the game's own arguments."""

    env: Callable[..., Any]  # order enforced; an illegal action forfeits
    raw_env: Callable[..., GameEnv]  # an illegal action is an error
    parallel_env: Callable[..., ParallelGameEnv]


def environments(make: Callable[..., Game[Any, Any]]) -> Environments:
    """The makers of PettingZoo environments of a game, by PettingZoo's names.

    Args:
        make: makes the game; its arguments are those of the environments.
    """

    def env(*, render_mode: str | None = None, **arguments: Any) -> Any:
        return order_enforced(GameEnv(make(**arguments), forfeits=True, render_mode=render_mode))

    def raw_env(*, render_mode: str | None = None, **arguments: Any) -> GameEnv:
        return GameEnv(make(**arguments), render_mode=render_mode)

    def parallel_env(*, render_mode: str | None = None, **arguments: Any) -> ParallelGameEnv:
        return ParallelGameEnv(make(**arguments), render_mode=render_mode)

    return Environments(env, raw_env, parallel_env)


def metadata(game: Game[Any, Any]) -> dict[str, Any]:
    """What PettingZoo asks of an environment: its name, and how it is drawn.

    `is_parallelizable` means PettingZoo's own conversion, which is for agents that act in a cycle; `parallel_env` is
    made here.
    """
    return {
        "name": f"{game.name}_v{game.version}",
        "render_modes": list(RENDER_MODES),
        "render_fps": 1,
        "is_parallelizable": False,
    }


class _Shown:
    """How elements of a game's observation space are shown as arrays."""

    def __init__(self, space: gymnasium.Space[Any]) -> None:
        self._inside = space
        self.space: gymnasium.Space[Any] = _action_space(space)
        if not isinstance(self.space, _ARRAYS):
            self.space = _SPACES.flatten_space(space)

    def array(self, observation: Any) -> Any:
        if isinstance(self.space, CodePoints):
            return self.space.array(observation)
        return observation if self.space is self._inside else _SPACES.flatten(self._inside, observation)


def _action_space(space: gymnasium.Space[Any]) -> gymnasium.Space[Any]:
    return CodePoints(space.max_length) if isinstance(space, ThoughtSpace) else space
