"""Water jugs: measure an amount by filling, emptying and pouring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.moves import Puzzle, check_line, check_moves, lines
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

Litres: TypeAlias = "tuple[int, ...]"  # of each jug

_NAMES = "ABC"
_SMALLEST = 3  # jug
_FORMAT = ANSWER_FORMAT.format(
    answer="the moves, such as 'FA AB EB': fill A, pour A into B until A is empty or B is full, empty B"
)
_FORMAT_WITHOUT_TAP = ANSWER_FORMAT.format(
    answer="the moves, such as 'AB BC': pour A into B until A is empty or B is full, then B into C"
)


class _Level(NamedTuple):
    jugs: int
    tap: bool  # whether jugs may be filled and emptied
    largest: int  # jug
    least: int  # moves that are needed
    greatest: int


_LEVELS = (
    _Level(3, True, 9, 2, 3),
    _Level(3, False, 12, 3, 4),
    _Level(2, True, 12, 5, 7),
    _Level(3, False, 15, 5, 7),
    _Level(2, True, 19, 8, 12),
    _Level(2, True, 25, 13, 24),
)


@family(category="games", levels=6, many_answers=True)
class WaterJugs(Family):
    """Measure an amount of water with jugs, in at most so many moves.

    Statement: `Jugs A=5,B=8,C=9 hold 3,2,9. Get 6 in C in at most 2 moves`; without a tap, at levels 2 and 4, then
        `…, only pouring`.
    Thoughts: a move and what the jugs hold after it: `AB: 0,5,9`.
    Answer: the moves: `AB CB`. A quarter more than are needed are allowed. The luckiest moves of all are right in
        16 % of the questions of level 2, in 14 % of level 3 and in at most 10 % of others.
    Level: 2 to 3, 3 to 4, 5 to 7, 5 to 7, 8 to 12 and 13 to 24 moves; three jugs at levels 1, 2 and 4, else two;
        a tap but at levels 2 and 4; larger jugs. Level 3 has about 8,500 different questions.
    Verified: by pouring; any moves after which the jug holds the amount are accepted.
    Checked step by step: legal moves from what the jugs hold to what they didn't yet, and what they lead to; not
        whether they are short.

        Jugs A=5,B=8,C=9 hold 3,2,9. Get 6 in C in at most 2 moves
        AB: 0,5,9
        CB: 0,8,6
        Answer: AB CB
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            sizes, start, draw = _jugs(chosen, rng.random(7).tolist())
            ways = _ways(sizes, start, chosen)
            if ways:
                break
        jug, amount, moves = ways[int(draw * len(ways))]
        most = len(moves) + len(moves) // 4
        jugs = ",".join(f"{name}={size}" for name, size in zip(_NAMES, sizes, strict=False))
        rule = "" if chosen.tap else ", only pouring"
        statement = f"Jugs {jugs} hold {_written(start)}. Get {amount} in {_NAMES[jug]} in at most {most} moves{rule}"
        answer_format = _FORMAT if chosen.tap else _FORMAT_WITHOUT_TAP
        question = Question(
            self.name, level, statement, answer_format, given=(sizes, start, jug, amount, most, int(chosen.tap))
        )
        return Problem(question, " ".join(moves))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*lines(_puzzle(problem.question), problem.answer.split()), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_moves(_puzzle(question), answer)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_line(_puzzle(question), thoughts, step)


def _puzzle(question: Question) -> Puzzle[Litres]:
    sizes, start, jug, amount, most, tap = cast("tuple[Litres, Litres, int, int, int, int]", question.given)
    moves = _moves(len(sizes), bool(tap))

    def after(held: Litres, move: str) -> Litres | None:
        return _after(sizes, held, move) if move in moves else None

    return Puzzle(start, most, 2, after, _written, lambda held: held[jug] == amount)


def _moves(jugs: int, tap: bool) -> list[str]:
    names = _NAMES[:jugs]
    pours = [one + other for one in names for other in names if one != other]
    return [*(f"F{name}" for name in names), *(f"E{name}" for name in names), *pours] if tap else pours


def _after(sizes: Litres, held: Litres, move: str) -> Litres:
    """What the jugs hold after a move."""
    following = list(held)
    target = _NAMES.index(move[1])
    if move[0] in "FE":
        following[target] = sizes[target] if move[0] == "F" else 0
    else:
        source = _NAMES.index(move[0])
        poured = min(held[source], sizes[target] - held[target])
        following[source] -= poured
        following[target] += poured
    return tuple(following)


def _written(held: Litres) -> str:
    return ",".join(map(str, held))


def _jugs(level: _Level, draws: Sequence[float]) -> tuple[Litres, Litres, float]:
    """Sizes in ascending order, what the jugs hold, and a draw that is left."""
    jugs = level.jugs
    choice = level.largest - _SMALLEST + 1
    first = [_SMALLEST + int(draw * choice) for draw in draws[:jugs]]
    sizes = tuple(sorted(first))
    start = tuple(int(draw * (size + 1)) for draw, size in zip(draws[jugs : 2 * jugs], sizes, strict=True))
    return sizes, start, draws[-1]


def _ways(sizes: Litres, start: Litres, level: _Level) -> list[tuple[int, int, list[str]]]:
    """Each jug and amount that can be had in it in as many moves as the level wants, with a shortest way to it."""
    moves = _moves(len(sizes), level.tap)
    came: dict[Litres, tuple[Litres, str] | None] = {start: None}
    first = dict.fromkeys(enumerate(start), 0)  # moves to an amount in a jug
    ends: dict[tuple[int, int], Litres] = {}
    edge = [start]
    for count in range(1, level.greatest + 1):
        reached: list[Litres] = []
        for held in edge:
            for move in moves:
                following = _after(sizes, held, move)
                if following not in came:
                    came[following] = held, move
                    reached.append(following)
                    for pair in enumerate(following):
                        if first.setdefault(pair, count) == count >= level.least and pair[1]:
                            ends.setdefault(pair, following)
        edge = reached
    return [(jug, amount, _way(came, held)) for (jug, amount), held in sorted(ends.items())]


def _way(came: dict[Litres, tuple[Litres, str] | None], held: Litres) -> list[str]:
    """The moves that led to a state."""
    moves: list[str] = []
    while (step := came[held]) is not None:
        held, move = step
        moves.append(move)
    return moves[::-1]
