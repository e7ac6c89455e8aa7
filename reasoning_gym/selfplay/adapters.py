"""One player's side of a game as a Gymnasium environment: against a frozen opponent, or a pool of past selves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec
from gymnasium.error import ResetNeeded

from reasoning_gym.family import camel_case
from reasoning_gym.selfplay.game import PLAYERS, Game
from reasoning_gym.selfplay.turns import (
    RENDER_MODES,
    Turn,
    action_mask,
    forfeited,
    known_render_mode,
    legal_move,
    rendered,
    turn,
)

_SPEC_ID, _ENTRY_POINT = "{}AgainstOpponent-v{}", "reasoning_gym.selfplay.adapters:AgainstOpponent"
MAX_STARTS = 1_000  # games that the opponent may end before the player's first move, one after the other


class Opponent(Protocol):
    """Who plays the other side: any function of a turn; all that is random in it comes from `rng`."""

    def __call__(self, turn: Turn, rng: np.random.Generator) -> Any:
        """The action; what isn't legal forfeits the game."""
        ...


def random_opponent(turn: Turn, rng: np.random.Generator) -> Any:
    """One of the legal actions, each as likely; an empty text where any text is legal."""
    return "" if turn.legal is None else turn.legal[int(rng.integers(len(turn.legal)))]


class Pool:
    """Past selves, of which one is drawn for each game: each as likely, of the newest share.

    T. Bansal et al., 'Emergent complexity via multi-agent competition', ICLR 2018, section 3.3: of n opponents they
    draw from the versions δ n to n; δ = 0 draws from all, as fictitious self-play does, and δ = 1 takes the newest.

    Args:
        opponents: to begin with, the oldest first.
        delta: δ, from 0 to 1.
        most: how many are kept; the oldest go first. None keeps all.

    Raises:
        ValueError: for a number out of range.
    """

    def __init__(self, opponents: Sequence[Opponent] = (), *, delta: float = 0.0, most: int | None = None) -> None:
        if not 0 <= delta <= 1:
            raise ValueError(f"delta is {delta!r}; it must be from 0 (all) to 1 (the newest)")
        if most is not None and most < 1:
            raise ValueError(f"most is {most!r}; keep at least 1")
        self.delta = delta
        self.most = most
        self.opponents: list[Opponent] = []
        for each in opponents:
            self.add(each)

    def add(self, opponent: Opponent) -> None:
        """Put the newest self in; it must not learn any more."""
        self.opponents.append(opponent)
        if self.most is not None:
            del self.opponents[: -self.most]

    def draw(self, rng: np.random.Generator) -> Opponent:
        """An opponent for one game.

        Raises:
            ValueError: if the pool is empty.
        """
        if not self.opponents:
            raise ValueError("the pool is empty; add an opponent first, such as random_opponent")
        count = len(self.opponents)
        oldest = min(int(self.delta * count), count - 1)
        return self.opponents[int(rng.integers(oldest, count))]


class AgainstOpponent(gym.Env[Any, Any]):
    """One player's side of a game; the other's moves are made by an opponent that doesn't learn.

    Action: the game's. One that isn't legal forfeits the game.
    Observation: the game's.
    Reward: 0 until the game is over, and then what the player has won.
    End: terminated when the game is over; never truncated, for limits are rules of a game.
    Start: a new game, and the opponent's moves before the player's first. A game that is over before the player could
    move is left, and another one is started.
    Info: `action_mask`, int8 [A], with a Discrete action space; `forfeit`, the player whose action wasn't legal.

    Args:
        game: the rules.
        opponent: plays the other side; of a pool, another one is drawn for each game.
        seat: the player whose side this is, 0 or 1.
        render_mode: "ansi" for a text, "human" to print the game as it goes on.

    Raises:
        ValueError: for an unknown seat or render mode.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 1}  # noqa: RUF012 - Gymnasium's name

    def __init__(
        self, game: Game[Any, Any], opponent: Opponent | Pool, seat: int = 0, *, render_mode: str | None = None
    ) -> None:
        if seat not in PLAYERS:
            raise ValueError(f"seat is {seat!r}; the players of a game are 0 ({game.roles[0]}) and 1 ({game.roles[1]})")
        self.game, self.seat, self.render_mode = game, seat, known_render_mode(render_mode)
        self.pool = opponent if isinstance(opponent, Pool) else Pool([opponent])
        self.observation_space = game.observation_space(seat)
        self.action_space = game.action_space(seat)
        # as `gymnasium.make` would set it, so that Gymnasium can make another one
        arguments = {"game": game, "opponent": self.pool, "seat": seat, "render_mode": render_mode}
        self.spec = EnvSpec(_SPEC_ID.format(camel_case(game.name), game.version), _ENTRY_POINT, kwargs=arguments)
        self._opponent: Opponent | None = None  # of this game
        self._position: Any = None
        self._forfeit: int | None = None  # the player whose action wasn't legal

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start a game, against the next opponent of the pool.

        Args:
            seed: starts the sequence of games anew; the same seed and opponents give the same sequence.
            options: ignored; set `position` for a certain start.

        Raises:
            RuntimeError: if the opponent ends one game after the other before the player's first move.
        """
        super().reset(seed=seed)
        del options
        self._opponent = self.pool.draw(self.np_random)
        for _ in range(MAX_STARTS):
            self._go_to(self.game.start(self.np_random))
            if not self._over():
                break
        else:
            raise RuntimeError(
                f"the opponent ended {MAX_STARTS} games of {self.game.name} before {self.game.roles[self.seat]} could "
                "move; use another opponent"
            )
        self._show()
        return self._observation(), self._info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Make the player's move, and the opponent's that follow.

        Raises:
            ResetNeeded: before the first reset and after the end of a game.
            TypeError: if a text is due and the action isn't one.
        """
        if self._opponent is None or self._over():
            raise ResetNeeded("no game goes on; call reset()")
        self._move(self.seat, action)
        self._let_opponent_move()
        self._show()
        return self._observation(), self._won() if self._over() else 0.0, self._over(), False, self._info()

    @property
    def position(self) -> Any:
        """The game's position, immutable; setting it goes to any other, and lets the opponent move if it is its turn.

        Raises:
            ResetNeeded: before the first reset.
        """
        if self._opponent is None:
            raise ResetNeeded("no game was started yet; call reset() first")
        return self._position

    @position.setter
    def position(self, position: Any) -> None:
        if self._opponent is None:
            self._opponent = self.pool.draw(self.np_random)
        self._go_to(position)

    def _go_to(self, position: Any) -> None:
        self._position = position
        self._forfeit = None
        self._let_opponent_move()

    def _let_opponent_move(self) -> None:
        opponent = cast("Opponent", self._opponent)
        while not self._over() and self.game.mover(self._position) != self.seat:
            self._move(1 - self.seat, opponent(turn(self.game, self._position), self.np_random))

    def _move(self, player: int, action: Any) -> None:
        move = legal_move(self.game, self._position, action)
        if move is None:
            self._forfeit = player
        else:
            self._position = self.game.play(self._position, move)

    def _over(self) -> bool:
        return self._forfeit is not None or self.game.mover(self._position) is None

    def _won(self) -> float:
        forfeit = self._forfeit
        won = self.game.returns(self._position) if forfeit is None else forfeited(self.game, forfeit)
        return won[self.seat]

    def _observation(self) -> Any:
        return self.game.observe(self._position, self.seat)

    def _info(self) -> dict[str, Any]:
        info: dict[str, Any] = {} if self._forfeit is None else {"forfeit": self._forfeit}
        if isinstance(self.action_space, spaces.Discrete):
            mask = action_mask(self.game, self._position, self.seat, int(self.action_space.n))
            info["action_mask"] = mask if self._forfeit is None else np.zeros_like(mask)
        return info

    def render(self) -> str | None:
        """The position as a text in mode "ansi"; in mode "human" prints it and returns None."""
        return rendered(self.game, self.position, self.render_mode)

    def _show(self) -> None:
        if self.render_mode == "human":
            self.render()
