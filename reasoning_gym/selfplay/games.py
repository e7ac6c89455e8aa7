"""The games of this package by their names."""

from __future__ import annotations

import importlib
from typing import Any, cast

from reasoning_gym.family import nearest
from reasoning_gym.selfplay.game import Game

GAMES = {  # the module and the class in it
    "matching_pennies": "reasoning_gym.selfplay.matching_pennies:MatchingPennies",
    "tic_tac_toe": "reasoning_gym.selfplay.tic_tac_toe:TicTacToe",
    "connect_four": "reasoning_gym.selfplay.connect_four:ConnectFour",
}


def find_game(name: str) -> Game[Any, Any]:
    """A game by its name, or by `module:Class`.

    Raises:
        ValueError: if there is none; the message names the nearest.
    """
    module, _, kind = GAMES.get(name, name).partition(":")
    if not kind:
        raise ValueError(f"there is no game {name!r}; {nearest(name, GAMES)}; or give 'module:Class'")
    return cast("Game[Any, Any]", getattr(importlib.import_module(module), kind)())
