"""Mazes: find a path, or a shortest one, between two cells of a grid with walls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.cells import LEGEND, Cell, cell_name
from reasoning_gym.families.distances import cell_names, check_wave, distances, no_farther, read_cells, wave
from reasoning_gym.families.drawing import grid as draw_grid
from reasoning_gym.families.moves import Puzzle, check_line, check_moves, play
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Rows: TypeAlias = "tuple[str, ...]"

_STEPS = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}
_WALL, _OPEN, _START, _GOAL = "#.SG"
_WALLS = 0.3  # share of cells, where loops are allowed
_LINE = re.compile(r"(dead|\d{1,3}) ?: ?([a-z0-9, ]{2,400})", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(
    answer="the moves as letters: U up, D down, L left, R right; # is a wall; at most as many moves as cells. In "
    f"steps, cells have names: {LEGEND}"
)


class _Level(NamedTuple):
    shortest: bool  # whether a shortest path is asked, else any
    loops: bool  # whether the maze may have any
    height: int
    width: int
    least: int  # moves from start to goal
    lines: int = 31  # at most, of a reference before its answer


_LEVELS = (
    _Level(False, True, 4, 4, 3, lines=7),
    _Level(True, True, 4, 4, 4),
    _Level(False, False, 6, 6, 9),
    _Level(True, True, 6, 6, 7),
    _Level(False, False, 8, 8, 14),
    _Level(True, True, 8, 9, 11),
)


@family(category="games", levels=6, many_answers=True)
class Maze(Family):
    """Find a path, or a shortest path, through a maze.

    Statement: `Any path from S to G: #..G/.##./.S../#..#` or `Shortest path from S to G: …`. # is a wall.
    Thoughts: for any path, first the dead ends, each from its tip inwards, which leave one way: `dead: b1 c1`;
        then the straight parts of the way, each with the cell where it ends: `RR: d3`. For a shortest path, the cells
        at distance 1 from S, then those at distance 2, until G is among them: `1: b1 a2`.
    Answer: the letters of all moves: `RRUU`.
    Level: at the odd levels any path, among walls on 4x4 and in mazes without loops of 6x6 and 8x8; at the even
        ones a shortest path, among walls on 4x4, 6x6 and 8x9.
    Verified: by walking; any path to G of at most as many moves as there are cells is accepted, or any that is as
        short as can be.
    Checked step by step: a dead end has at most one neighbour that is neither wall nor dead, and is neither S nor G;
        a distance is right, not more than G's, and the cell next to one that is known to be nearer by 1; a walk is
        legal and leads to new cells.

        Any path from S to G: #..G/.##./.S../#..#
        dead: b1 c1
        dead: a2 a3
        RR: d3
        UU: d1
        Answer: RRUU
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        shortest, loops, height, width, least, most_lines = _LEVELS[level - 1]
        while True:
            draws = rng.random(4 * height * width).tolist()
            rows = (_scattered if loops else _carved)(height, width, least, draws)
            if rows is None:
                continue
            path = _shortest_path(rows)
            thoughts = _waves(rows) if shortest else [*_dead_ends(rows), *_legs(rows, path)]
            if len(thoughts) <= most_lines:
                break
        kind = "Shortest" if shortest else "Any"
        question = Question(
            self.name, level, f"{kind} path from S to G: {'/'.join(rows)}", _FORMAT, given=(kind.lower(), rows)
        )
        return Problem(question, path, secret=tuple(thoughts))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*cast("tuple[str, ...]", problem.secret), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        kind, rows = _given(question)
        return check_moves(_puzzle(rows, len(_shortest_path(rows)) if kind == "shortest" else None), answer)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        _, rows = _given(question)
        if _LINE.fullmatch(step) is None:
            return check_line(_puzzle(rows), thoughts, step)
        known = _Known(rows)
        for line in thoughts:
            guarded(partial(known.add, line))
        return guarded(partial(known.add, step))

    def picture(self, question: Question) -> str:
        _, rows = _given(question)
        cells = [(i, j, cell) for i, row in enumerate(rows) for j, cell in enumerate(row)]
        fills = {_WALL: "dark", _START: "green", _GOAL: "yellow"}
        texts = [row.replace(_WALL, " ").replace(_OPEN, " ") for row in rows]
        return draw_grid(texts, fills={(i, j): fills[cell] for i, j, cell in cells if cell in fills})


def _given(question: Question) -> tuple[str, Rows]:
    return cast("tuple[str, Rows]", question.given)


def _puzzle(rows: Rows, most: int | None = None) -> Puzzle[Cell]:
    """Walking; by default as far as there are cells."""

    def after(cell: Cell, move: str) -> Cell | None:
        down, right = _STEPS.get(move, (0, 0))
        following = cell[0] + down, cell[1] + right
        return following if following != cell and _is_open(rows, following) else None

    goal = _find(rows, _GOAL)
    cells = len(rows) * len(rows[0])
    return Puzzle(
        _find(rows, _START), cells if most is None else most, 1, after, lambda cell: cell_name(*cell), goal.__eq__
    )


def _find(rows: Sequence[str], mark: str) -> Cell:
    row = next(i for i, row in enumerate(rows) if mark in row)
    return row, rows[row].index(mark)


def _is_open(rows: Sequence[Sequence[str]], cell: Cell) -> bool:
    row, column = cell
    return 0 <= row < len(rows) and 0 <= column < len(rows[0]) and rows[row][column] != _WALL


def _neighbours(rows: Sequence[Sequence[str]], cell: Cell) -> list[Cell]:
    around = [(cell[0] + down, cell[1] + right) for down, right in _STEPS.values()]
    return [each for each in around if _is_open(rows, each)]


def _distances(rows: Sequence[Sequence[str]], start: Cell) -> dict[Cell, int]:
    return distances(partial(_neighbours, rows), start)


def _marked(rows: Sequence[Sequence[str]], start: Cell, goal: Cell) -> Rows:
    marks = {start: _START, goal: _GOAL}
    return tuple("".join(marks.get((i, j), cell) for j, cell in enumerate(row)) for i, row in enumerate(rows))


def _scattered(height: int, width: int, least: int, draws: Sequence[float]) -> Rows | None:
    """Walls at random, and two cells that are far enough apart; None where there are none."""
    rows = [[_WALL if draws[i * width + j] < _WALLS else _OPEN for j in range(width)] for i in range(height)]
    start = divmod(int(draws[-1] * height * width), width)
    far = [cell for cell, moves in _distances(rows, start).items() if moves >= least]
    if not far or not _is_open(rows, start):
        return None
    return _marked(rows, start, far[int(draws[-2] * len(far))])


def _carved(height: int, width: int, least: int, draws: Sequence[float]) -> Rows | None:
    """A maze without loops: cells are opened that have one open neighbour; the two cells farthest apart."""
    rows = [[_WALL] * width for _ in range(height)]
    edge = [divmod(int(draws[-1] * height * width), width)]
    for draw in draws:
        if not edge:
            break
        row, column = edge.pop(-1 if draw < 0.5 else int((2 * draw - 1) * len(edge)))  # winding, with branches
        if rows[row][column] == _OPEN or len(_neighbours(rows, (row, column))) > 1:
            continue
        rows[row][column] = _OPEN
        around = [(row + down, column + right) for down, right in _STEPS.values()]
        turn = int(draw * 1024) % 4
        edge += [(i, j) for i, j in around[turn:] + around[:turn] if 0 <= i < height and 0 <= j < width]
    one = next(cell for cell in np.ndindex(height, width) if _is_open(rows, (cell[0], cell[1])))
    *_, start = _distances(rows, (one[0], one[1]))
    far = _distances(rows, start)
    *_, goal = far
    return _marked(rows, start, goal) if far[goal] >= least else None


@lru_cache(maxsize=256)
def _shortest_path(rows: Rows) -> str:
    """The moves of a shortest path from S to G."""
    from_goal = _distances(rows, _find(rows, _GOAL))
    cell = _find(rows, _START)
    moves = ""
    while from_goal[cell]:
        for move, (down, right) in _STEPS.items():
            following = cell[0] + down, cell[1] + right
            if from_goal.get(following, len(from_goal)) < from_goal[cell]:
                moves += move
                cell = following
                break
    return moves


def _waves(rows: Rows) -> list[str]:
    """The cells at each distance from S, as far as G."""
    found = _distances(rows, _find(rows, _START))
    return [wave(found, moves) for moves in range(1, found[_find(rows, _GOAL)] + 1)]


def _dead_ends(rows: Rows) -> list[str]:
    """The dead ends in reading order, each from its tip as far as it is one; again for those that this makes."""
    ends = {_find(rows, _START), _find(rows, _GOAL)}
    left = {cell for cell in _distances(rows, _find(rows, _START)) if cell not in ends}
    found: list[str] = []
    while True:
        ways = {cell: [each for each in _neighbours(rows, cell) if each in left or each in ends] for cell in left}
        tip = min((cell for cell, around in ways.items() if len(around) < 2), default=None)
        if tip is None:
            return found
        branch = [tip]
        left.discard(tip)
        while len(around := [each for each in _neighbours(rows, branch[-1]) if each in left]) == 1:
            following = around[0]
            if len([each for each in _neighbours(rows, following) if each in left or each in ends]) > 1:
                break
            branch.append(following)
            left.discard(following)
        found.append(f"dead: {cell_names(branch)}")


def _legs(rows: Rows, path: str) -> list[str]:
    """The straight parts of a path."""
    puzzle = _puzzle(rows)
    found: list[str] = []
    cell = puzzle.start
    for leg in re.findall(r"U+|D+|L+|R+", path):
        *_, cell = play(puzzle, cell, leg)
        found.append(f"{leg}: {cell_name(*cell)}")
    return found


class _Known:
    """What lines have said of a maze: which cells are dead ends, and how far cells are from S."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.ends = {_find(rows, _START), _find(rows, _GOAL)}
        self.true = no_farther(_distances(rows, _find(rows, _START)), _find(rows, _GOAL))
        self.distances = {_find(rows, _START): 0}
        self.dead: set[Cell] = set()

    def add(self, line: str) -> Verdict:
        """Take in a line of dead ends or of distances if it is valid.

        Raises:
            Unreadable: if it is none.
        """
        match = _LINE.fullmatch(line)
        if match is None:
            raise Unreadable(f"{line[:40]!r} is neither 'dead: b1 c1' nor '2: b1 c1'")
        cells = read_cells(match[2], len(self.rows), len(self.rows[0]))
        walls = [cell for cell in cells if not _is_open(self.rows, cell)]
        if walls:
            return incorrect(f"{cell_name(*walls[0])} is a wall")
        return self.add_dead(cells) if match[1] == "dead" else self.add_distances(cells, int(match[1]))

    def add_dead(self, cells: Sequence[Cell]) -> Verdict:
        """Take in dead ends, each of which makes the next one."""
        dead = set(self.dead)
        for cell in cells:
            ways = [each for each in _neighbours(self.rows, cell) if each not in dead]
            if cell in dead or cell in self.ends or len(ways) > 1:
                return incorrect(f"{cell_name(*cell)} is known as a dead end, or is none")
            dead.add(cell)
        self.dead = dead
        return CORRECT

    def add_distances(self, cells: Sequence[Cell], moves: int) -> Verdict:
        """Take in cells at a distance from S."""
        verdict = check_wave(partial(_neighbours, self.rows), self.distances, self.true, cells, moves)
        if verdict.correct:
            self.distances.update(dict.fromkeys(cells, moves))
        return verdict
