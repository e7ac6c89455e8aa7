"""Connect Four on bits, fast enough to be searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import gymnasium
import numpy as np

from reasoning_gym.selfplay.boards import Symmetry, board_space
from reasoning_gym.selfplay.game import Game

ROWS, COLUMNS = 6, 7
_HEIGHT = ROWS + 1  # bits of a column: its cells from the bottom up, and one above them that stays empty
_BOTTOMS = tuple(1 << _HEIGHT * column for column in range(COLUMNS))
_TOPS = tuple(1 << _HEIGHT * column + ROWS - 1 for column in range(COLUMNS))
_COLUMN = (1 << _HEIGHT) - 1
_BITS = np.array(  # [rows, columns], the top row first: which bit each cell is
    [[_HEIGHT * column + row for column in range(COLUMNS)] for row in reversed(range(ROWS))]
)
_DIRECTIONS = (1, _HEIGHT, _HEIGHT - 1, _HEIGHT + 1)  # from a cell to the next of a line: up, right, and both diagonals
_ALL = ROWS * COLUMNS


class Stones(NamedTuple):
    """A position. Bit 7 × column + row, rows from the bottom up, is set where a player's stone lies."""

    first: int = 0
    second: int = 0
    won: bool = False  # whether the last stone made four


class ConnectFour(Game[Stones, int]):
    """Connect Four on six rows and seven columns: four in a line win. Played perfectly, the first player wins.

    Allis 1988, 'A knowledge-based approach of Connect-Four'; the representation is that of Tromp's and Pons' solvers.

    Action: a column, from the left.
    Observation: see `boards.board_space`; that of PettingZoo's connect_four_v3, the top row first.
    Returns: 1 for the winner, -1 for the other; 0 for both in a draw.
    """

    name = "connect_four"
    roles = ("first", "second")

    def start(self, rng: np.random.Generator) -> Stones:
        """The empty board; nothing is drawn."""
        del rng
        return Stones()

    def mover(self, position: Stones) -> Literal[0, 1] | None:
        """The players in turn, until one has won or the board is full."""
        stones = (position.first | position.second).bit_count()
        if position.won or stones == _ALL:
            return None
        return 1 if stones & 1 else 0

    def legal(self, position: Stones) -> Sequence[int]:
        """The columns that aren't full, until the game is over."""
        if position.won:
            return ()
        taken = position.first | position.second
        return [column for column in range(COLUMNS) if not taken & _TOPS[column]]

    def play(self, position: Stones, action: int) -> Stones:
        """The board with the mover's stone dropped into a column.

        Raises:
            ValueError: for a column that is full or isn't there, or if the game is over.
        """
        first, second, won = position
        taken = first | second
        if won or not 0 <= action < COLUMNS or taken & _TOPS[action]:
            raise ValueError(f"the action is {action!r}, but legal are {list(self.legal(position))}")
        stone = (taken + _BOTTOMS[action]) & (_COLUMN << _HEIGHT * int(action)) & ~taken
        if taken.bit_count() & 1:
            return Stones(first, second | stone, four_in_line(second | stone))
        return Stones(first | stone, second, four_in_line(first | stone))

    def returns(self, position: Stones) -> tuple[float, float]:
        """What each player has won."""
        if not position.won:
            return (0.0, 0.0)
        return (1.0, -1.0) if (position.first | position.second).bit_count() & 1 else (-1.0, 1.0)

    def observe(self, position: Stones, player: int) -> dict[str, np.ndarray[Any, np.dtype[np.int8]]]:
        """The player's own stones and the other's, and what the player may do."""
        own, other = (position.first, position.second) if player == 0 else (position.second, position.first)
        planes = np.array((own, other)) >> _BITS[..., None] & 1
        mask = np.zeros(COLUMNS, np.int8)
        if self.mover(position) == player:
            mask[list(self.legal(position))] = 1
        return {"observation": planes.astype(np.int8), "action_mask": mask}

    def observation_space(self, player: int) -> gymnasium.spaces.Dict:
        """See `boards.board_space`."""
        del player
        return board_space((ROWS, COLUMNS), COLUMNS)

    def action_space(self, player: int) -> gymnasium.spaces.Discrete:
        """A column."""
        del player
        return gymnasium.spaces.Discrete(COLUMNS)

    def render(self, position: Stones) -> str:
        """The board in six lines."""
        return "\n".join("".join(_letter(position, int(bit)) for bit in row) for row in _BITS)

    def symmetries(self) -> Sequence[Symmetry[Stones]]:
        """The board as it is, and mirrored."""
        return (
            Symmetry(_same, tuple(range(COLUMNS))),
            Symmetry(_mirrored, tuple(reversed(range(COLUMNS)))),
        )


def four_in_line(stones: int) -> bool:
    """Whether four of a player's stones lie in a line."""
    for step in _DIRECTIONS:
        pairs = stones & stones >> step
        if pairs & pairs >> 2 * step:
            return True
    return False


def _same(position: Stones) -> Stones:
    return position


def _mirrored(position: Stones) -> Stones:
    return Stones(_mirrored_bits(position.first), _mirrored_bits(position.second), position.won)


def _mirrored_bits(stones: int) -> int:
    columns = [stones >> _HEIGHT * column & _COLUMN for column in range(COLUMNS)]
    return sum(bits << _HEIGHT * column for column, bits in enumerate(reversed(columns)))


def _letter(position: Stones, bit: int) -> str:
    return "X" if position.first >> bit & 1 else "O" if position.second >> bit & 1 else "."
