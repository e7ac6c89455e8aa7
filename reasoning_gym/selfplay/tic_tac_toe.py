"""Tic-tac-toe, with its exact values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

import gymnasium
import numpy as np

from reasoning_gym.selfplay.boards import Symmetry, board_space
from reasoning_gym.selfplay.game import Game

SIZE = 3
CELLS = SIZE * SIZE
_FULL = (1 << CELLS) - 1
_ROWS = [[SIZE * row + column for column in range(SIZE)] for row in range(SIZE)]
_COLUMNS = [list(column) for column in zip(*_ROWS, strict=True)]
_DIAGONALS = [[row[place] for place, row in enumerate(_ROWS)], [row[~place] for place, row in enumerate(_ROWS)]]
LINES = tuple(sum(1 << cell for cell in line) for line in (*_ROWS, *_COLUMNS, *_DIAGONALS))


class Marks(NamedTuple):
    """A position: the cells that each player has marked, as bits; cell 3 × row + column is bit 3 × row + column."""

    first: int = 0
    second: int = 0


class TicTacToe(Game[Marks, int]):
    """Tic-tac-toe: three in a row win. Played perfectly it is a draw.

    Action: a cell, 3 × row + column.
    Observation: see `boards.board_space`; that of PettingZoo's tictactoe_v3.
    Returns: 1 for the winner, -1 for the other; 0 for both in a draw.
    """

    name = "tic_tac_toe"
    roles = ("crosses", "noughts")

    def start(self, rng: np.random.Generator) -> Marks:
        """The empty board; nothing is drawn."""
        del rng
        return Marks()

    def mover(self, position: Marks) -> Literal[0, 1] | None:
        """Whoever has fewer marks; player 0 of equal ones."""
        if _won(position.first) or _won(position.second) or position.first | position.second == _FULL:
            return None
        return 0 if position.first.bit_count() == position.second.bit_count() else 1

    def legal(self, position: Marks) -> Sequence[int]:
        """The empty cells, until the game is over."""
        if self.mover(position) is None:
            return ()
        taken = position.first | position.second
        return [cell for cell in range(CELLS) if not taken >> cell & 1]

    def play(self, position: Marks, action: int) -> Marks:
        """The board with the mover's mark in a cell.

        Raises:
            ValueError: for a cell that isn't empty, or if the game is over.
        """
        mover = self.mover(position)
        free = 0 <= action < CELLS and not (position.first | position.second) >> action & 1
        if mover is None or not free:
            raise ValueError(f"the action is {action!r}, but legal are {list(self.legal(position))}")
        mark = 1 << int(action)
        return (
            Marks(position.first | mark, position.second)
            if mover == 0
            else position._replace(second=position.second | mark)
        )

    def returns(self, position: Marks) -> tuple[float, float]:
        """What each player has won."""
        won = float(_won(position.first) - _won(position.second))
        return (won, -won)

    def observe(self, position: Marks, player: int) -> dict[str, np.ndarray[Any, np.dtype[np.int8]]]:
        """The player's own marks and the other's, and what the player may do."""
        planes = [_plane(position[player]), _plane(position[1 - player])]
        mask = np.zeros(CELLS, np.int8)
        if self.mover(position) == player:
            mask[list(self.legal(position))] = 1
        return {"observation": np.stack(planes, axis=-1), "action_mask": mask}

    def observation_space(self, player: int) -> gymnasium.spaces.Dict:
        """See `boards.board_space`."""
        del player
        return board_space((SIZE, SIZE), CELLS)

    def action_space(self, player: int) -> gymnasium.spaces.Discrete:
        """A cell."""
        del player
        return gymnasium.spaces.Discrete(CELLS)

    def render(self, position: Marks) -> str:
        """The board in three lines."""
        return "\n".join("".join(_letter(position, cell) for cell in row) for row in _ROWS)

    def symmetries(self) -> Sequence[Symmetry[Marks]]:
        """The four rotations of the board, and each mirrored."""
        return _SYMMETRIES

    def solve(self, position: Marks) -> float:
        """What player 0 wins if both play perfectly from there."""
        return float(minimax(position))


@cache
def minimax(position: Marks) -> int:
    """What player 0 wins if both play perfectly: -1, 0 or 1."""
    mover = _GAME.mover(position)
    if mover is None:
        return _won(position.first) - _won(position.second)
    values = [minimax(_GAME.play(position, action)) for action in _GAME.legal(position)]
    return max(values) if mover == 0 else min(values)


def _won(marks: int) -> bool:
    return any(marks & line == line for line in LINES)


def _plane(marks: int) -> np.ndarray[Any, np.dtype[np.int8]]:
    return np.array([marks >> cell & 1 for cell in range(CELLS)], np.int8).reshape(SIZE, SIZE)


def _letter(position: Marks, cell: int) -> str:
    return "X" if position.first >> cell & 1 else "O" if position.second >> cell & 1 else "."


def _symmetry(cells: Sequence[int]) -> Symmetry[Marks]:
    """The map that takes cell i to `cells[i]`."""

    def move(marks: int) -> int:
        return sum(1 << target for cell, target in enumerate(cells) if marks >> cell & 1)

    def image(position: Marks) -> Marks:
        return Marks(move(position.first), move(position.second))

    return Symmetry(image, tuple(cells))


def _all_symmetries() -> tuple[Symmetry[Marks], ...]:
    board = np.arange(CELLS).reshape(SIZE, SIZE)
    turned = [np.rot90(each, turns) for each in (board, board.T) for turns in range(4)]
    return tuple(_symmetry([int(cell) for cell in each.ravel()]) for each in turned)


_SYMMETRIES = _all_symmetries()
_GAME = TicTacToe()
