"""What every face of a game does around a move: what is legal, what an illegal move costs, and who is told what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from reasoning_gym.problem import View
from reasoning_gym.rendering import printable
from reasoning_gym.selfplay.game import Game

RENDER_MODES = ("ansi", "human")


class Turn(NamedTuple):
    """What a player is told when it is to move; nothing in it leads to a reference."""

    observation: Any  # an element of the player's observation space
    legal: Sequence[Any] | None  # what it may do; None where an action is any text
    view: View | None = None  # the question and the thoughts, in games about problems, for agents that read views


@runtime_checkable
class ShowsViews(Protocol):
    """A game about a problem, which agents can be shown as a view."""

    def view(self, position: Any) -> View | None:
        """What may be seen of a position; None while no question is asked, or when the game is over."""
        ...


def turn(game: Game[Any, Any], position: Any) -> Turn:
    """What the mover is told.

    Raises:
        ValueError: if the game is over.
    """
    mover = game.mover(position)
    if mover is None:
        raise ValueError("the game is over, so nobody is to move; start another one")
    view = game.view(position) if isinstance(game, ShowsViews) else None
    return Turn(game.observe(position, mover), game.legal(position), view)


def legal_move(game: Game[Any, Any], position: Any, action: object) -> Any | None:
    """The mover's legal action that equals `action`, so that 3, np.int64(3) and 3.0 are one; None if none does.

    Raises:
        TypeError: if a text is due and the action isn't one, or if the action is None: no model says such a thing.
    """
    legal = game.legal(position)
    if action is None or (legal is None and not isinstance(action, str)):
        due = "a text" if legal is None else "an action"
        raise TypeError(f"the action is {action!r} of type {type(action).__name__}; give {due}")
    if legal is None:
        return action
    try:
        return legal[legal.index(action)]
    except ValueError:  # no action equals it, or it is an array of several numbers
        return None


def forfeited(game: Game[Any, Any], player: int) -> tuple[float, float]:
    """What players 0 and 1 have won when one of them did what isn't legal: it lost; the other wins if all adds up."""
    other = 1.0 if game.zero_sum else 0.0
    return (-1.0, other) if player == 0 else (other, -1.0)


def action_mask(game: Game[Any, Any], position: Any, player: int, actions: int) -> NDArray[np.int8]:
    """Which of a player's actions 0 to A-1 are legal, int8 [A]; none while the other is to move."""
    mask = np.zeros(actions, np.int8)
    if game.mover(position) == player:
        mask[list(game.legal(position) or ())] = 1
    return mask


def known_render_mode(render_mode: str | None) -> str | None:
    """A render mode that there is.

    Raises:
        ValueError: for any other.
    """
    if render_mode is not None and render_mode not in RENDER_MODES:
        raise ValueError(f"render_mode is {render_mode!r}; use None, 'ansi' or 'human'")
    return render_mode


def rendered(game: Game[Any, Any], position: Any, render_mode: str | None) -> str | None:
    """The position as a text in mode "ansi"; in mode "human" prints it and returns None."""
    text = printable(game.render(position))
    if render_mode == "human":
        print(text)
    return text if render_mode == "ansi" else None
