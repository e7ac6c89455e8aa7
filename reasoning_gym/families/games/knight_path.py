"""Knight's paths: a shortest route of a knight between two squares of a small board, some of them blocked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.cells import LEGEND, Cell, cell_name, read_cell
from reasoning_gym.families.distances import cell_names, check_wave, distances, no_farther, read_cells, wave
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.draws import shuffled
from reasoning_gym.families.moves import read_moves
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Board: TypeAlias = "tuple[int, Cell, Cell, tuple[Cell, ...]]"  # size, start, goal, blocked squares

_JUMPS = ((-2, -1), (-2, 1), (-1, -2), (-1, 2), (1, -2), (1, 2), (2, -1), (2, 1))
_LINE = re.compile(r"(back|\d{1,2}) ?: ?([a-z0-9, ]{2,400})", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(
    answer=f"the squares it lands on, up to its goal, such as 'b3,d4'; {LEGEND}. In steps, '2: x4 y1' are "
    "squares 2 moves away, and 'back: x4 y2 z4' is the route backwards"
)


class _Level(NamedTuple):
    size: int
    blocked: int  # squares
    least: int  # moves
    greatest: int


_LEVELS = (
    _Level(4, 2, 2, 2),
    _Level(5, 4, 3, 3),
    _Level(5, 7, 4, 5),
    _Level(6, 11, 5, 6),
    _Level(7, 16, 6, 8),
    _Level(8, 25, 8, 14),
)


@family(category="games", levels=6, many_answers=True)
class KnightPath(Family):
    """Find a shortest route of a knight on a board with blocked squares.

    Statement: `Knight on 4x4 from b4 to a3, not on a2,b3: shortest route`. Blocked squares may be jumped over.
    Thoughts: the squares that are one move away, those that are two, until the goal is the next: `1: c2 d3`; then the
        route from the goal back to the start: `back: a3 c2 b4`.
    Answer: the squares after the start: `c2,a3`. The start may be named first.
    Level: boards of 4, 5, 5, 6, 7 and 8 with 2 to 25 blocked squares; 2, 3, 4 to 5, 5 to 6, 6 to 8 and 8 to
        14 moves. Level 1 has about 7,100 different questions.
    Verified: by moving; any route that is as short as can be is accepted.
    Checked step by step: a distance is right, not more than the goal's, and the square a move away from one that is
        known to be nearer by 1; the way back goes by such squares.

        Knight on 4x4 from b4 to a3, not on a2,b3: shortest route
        1: c2 d3
        2: a3
        back: a3 c2 b4
        Answer: c2,a3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        size, count, least, greatest = _LEVELS[level - 1]
        while True:
            draws = rng.random(size * size + 1).tolist()
            start, *others = (divmod(square, size) for square in shuffled(draws[:-1]))
            blocked = tuple(sorted(others[:count], key=lambda cell: (cell[1], cell[0])))
            found = distances(partial(_jumps, size, frozenset(blocked)), start)
            goals = [cell for cell, moves in found.items() if least <= moves <= greatest]
            if goals:
                break
        goal = goals[int(draws[-1] * len(goals))]
        where = f"from {cell_name(*start)} to {cell_name(*goal)}, not on {cell_names(blocked).replace(' ', ',')}"
        statement = f"Knight on {size}x{size} {where}: shortest route"
        question = Question(self.name, level, statement, _FORMAT, given=(size, start, goal, blocked))
        return Problem(question, ",".join(cell_name(*cell) for cell in reversed(_route_back(_board(question))[:-1])))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        board = _board(problem.question)
        found, goal = _distances(board), board[2]
        waves = [wave(found, moves) for moves in range(1, found[goal])]
        return (
            *waves,
            f"{found[goal]}: {cell_name(*goal)}",
            f"back: {cell_names(_route_back(board))}",
            f"Answer: {problem.answer}",
        )

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            board = _board(question)
            size, start, goal, blocked = board
            shortest = _distances(board)[goal]
            route = [read_cell(name, size, size) for name in read_moves(plain(answer), 2, shortest + 1)]
            if route[0] != start:
                route.insert(0, start)
            for cell, following in pairwise(route):
                if following not in _jumps(size, frozenset(blocked), cell):
                    return incorrect(f"no knight goes from {cell_name(*cell)} to {cell_name(*following)}")
            right = route[-1] == goal and len(route) == shortest + 1
            return CORRECT if right else incorrect(f"no route of {shortest} moves to {cell_name(*goal)}")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        known = _Known(_board(question))
        for line in thoughts:
            guarded(partial(known.add, line))
        return guarded(partial(known.add, step))

    def picture(self, question: Question) -> str:
        size, start, goal, blocked = _board(question)
        marks = {start: "S", goal: "G"}
        fills = {start: "green", goal: "yellow", **dict.fromkeys(blocked, "dark")}
        return draw_grid([[marks.get((i, j), " ") for j in range(size)] for i in range(size)], fills=fills)


def _board(question: Question) -> Board:
    return cast("Board", question.given)


def _jumps(size: int, blocked: frozenset[Cell], cell: Cell) -> list[Cell]:
    """The squares that a knight may go to from one."""
    around = [(cell[0] + down, cell[1] + right) for down, right in _JUMPS]
    return [(i, j) for i, j in around if 0 <= i < size and 0 <= j < size and (i, j) not in blocked]


@lru_cache(maxsize=256)
def _distances(board: Board) -> dict[Cell, int]:
    """How many moves squares are from the start, up to the goal's distance."""
    size, start, goal, blocked = board
    return no_farther(distances(partial(_jumps, size, frozenset(blocked)), start), goal)


def _route_back(board: Board) -> list[Cell]:
    """A shortest route from the goal to the start; where there is a choice, by the square that comes first."""
    size, _, goal, blocked = board
    found = _distances(board)
    route = [goal]
    while found[route[-1]]:
        nearer = found[route[-1]] - 1
        route.append(next(cell for cell in _jumps(size, frozenset(blocked), route[-1]) if found.get(cell) == nearer))
    return route


class _Known:
    """What lines have said of a board: how many moves squares are from the start, and the route back."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.size, start, _, blocked = board
        self.neighbours = partial(_jumps, self.size, frozenset(blocked))
        self.distances = {start: 0}
        self.is_back = False

    def add(self, line: str) -> Verdict:
        """Take in a line if it is valid.

        Raises:
            Unreadable: if it is none.
        """
        match = _LINE.fullmatch(line)
        if match is None:
            raise Unreadable(f"{line[:40]!r} is neither '2: b1 c1' nor 'back: c1 a2'")
        cells = read_cells(match[2], self.size, self.size)
        if match[1] == "back":
            return self.go_back(cells)
        moves = int(match[1])
        verdict = check_wave(self.neighbours, self.distances, _distances(self.board), cells, moves)
        if verdict.correct:
            self.distances.update(dict.fromkeys(cells, moves))
        return verdict

    def go_back(self, cells: Sequence[Cell]) -> Verdict:
        """Take in a route from the goal to the start, by squares whose distance is known to go down by 1."""
        _, start, goal, _ = self.board
        if self.is_back or (cells[0], cells[-1]) != (goal, start):
            return incorrect("the way back leads from the goal to the start, and is told once")
        for cell, following in pairwise(cells):
            moves = self.distances.get(cell, 0)
            if following not in self.neighbours(cell) or self.distances.get(following, moves) != moves - 1:
                return incorrect(f"{cell_name(*following)} isn't known to be nearer by 1 than {cell_name(*cell)}")
        self.is_back = True
        return CORRECT
