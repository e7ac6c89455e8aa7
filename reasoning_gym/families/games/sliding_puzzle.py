"""Sliding puzzle: slide tiles into the gap until they stand as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.draws import shuffled
from reasoning_gym.families.moves import Puzzle, check_line, check_moves, lines
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

_GAP = "_"
_WIDTH = 3
_FORMAT = ANSWER_FORMAT.format(
    answer="the tiles in the order in which they slide, such as '5,3,1'; a tile beside the gap _ slides into it"
)


class _Level(NamedTuple):
    height: int
    moves: int


_LEVELS = (_Level(2, 3), _Level(3, 4), _Level(2, 7), _Level(3, 10), _Level(3, 16), _Level(3, 24))


@family(category="games", levels=6, many_answers=True)
class SlidingPuzzle(Family):
    """Slide the tiles of a 2x3 or 3x3 puzzle from one arrangement to another, in at most so many moves.

    Statement: `Slide 413/25_ to 43_/215 in at most 3 moves`. _ is the gap.
    Thoughts: the tile that slides and the arrangement after it: `5: 413/2_5`.
    Answer: the tiles in order: `5,1,3`.
    Level: at most 3, 4, 7, 10, 16 and 24 moves; 2x3 at levels 1 and 3, else 3x3. From level 3 on there may be a
        shorter way than the reference. Level 1 has 3,360 different questions.
    Verified: by sliding; any moves that end at the goal are accepted.
    Checked step by step: legal moves from the arrangement at hand to new ones, and what they lead to; not
        whether they are short.

        Slide 413/25_ to 43_/215 in at most 3 moves
        5: 413/2_5
        1: 4_3/215
        3: 43_/215
        Answer: 5,1,3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw an arrangement and slide tiles at random, never back to an arrangement that was there."""
        height, most = _LEVELS[level - 1]
        cells = height * _WIDTH
        while True:
            draws = rng.random(cells + most).tolist()
            start = "".join(str(tile) if tile else _GAP for tile in shuffled(draws[:cells]))
            moves = _scramble(start, draws[cells:])
            if len(moves) == most:
                break
        goal = start
        for move in moves:
            goal = _slid(goal, move)
        statement = f"Slide {_written(start)} to {_written(goal)} in at most {most} moves"
        question = Question(self.name, level, statement, _FORMAT, given=(start, goal, most))
        return Problem(question, ",".join(moves))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*lines(_puzzle(problem.question), problem.answer.split(",")), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_moves(_puzzle(question), answer)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_line(_puzzle(question), thoughts, step)

    def picture(self, question: Question) -> str:
        """The start, an arrow, the goal."""
        start, goal, _ = _given(question)
        rows = [
            f"{left}{'>' if i == 0 else ' '}{right}"
            for i, (left, right) in enumerate(zip(_written(start).split("/"), _written(goal).split("/"), strict=True))
        ]
        fills = {(i, j): "grey" for i, row in enumerate(rows) for j, tile in enumerate(row) if tile == _GAP}
        fills |= {(i, _WIDTH): "dark" for i in range(len(rows))}
        return draw_grid([row.replace(_GAP, " ") for row in rows], fills=fills)


def _given(question: Question) -> tuple[str, str, int]:
    return cast("tuple[str, str, int]", question.given)


def _puzzle(question: Question) -> Puzzle[str]:
    start, goal, most = _given(question)

    def after(tiles: str, move: str) -> str | None:
        return _slid(tiles, move) if move in _movable(tiles) else None

    return Puzzle(start, most, 1, after, _written, goal.__eq__)


def _movable(tiles: str) -> list[str]:
    """The tiles beside the gap."""
    gap = tiles.index(_GAP)
    column = gap % _WIDTH
    beside = [gap - _WIDTH, gap + _WIDTH] + [gap - 1] * (column > 0) + [gap + 1] * (column < _WIDTH - 1)
    return [tiles[place] for place in beside if 0 <= place < len(tiles)]


def _slid(tiles: str, tile: str) -> str:
    return tiles.translate({ord(tile): _GAP, ord(_GAP): tile})


def _written(tiles: str) -> str:
    return "/".join(tiles[i : i + _WIDTH] for i in range(0, len(tiles), _WIDTH))


def _scramble(tiles: str, draws: Sequence[float]) -> list[str]:
    """A tile to slide for each draw; fewer where all lead back to an arrangement that was there."""
    seen = {tiles}
    moves: list[str] = []
    for draw in draws:
        choice = [tile for tile in _movable(tiles) if _slid(tiles, tile) not in seen]
        if not choice:
            break
        moves.append(choice[int(draw * len(choice))])
        tiles = _slid(tiles, moves[-1])
        seen.add(tiles)
    return moves
