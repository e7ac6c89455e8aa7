"""Tower of Hanoi: move discs between three pegs, from any arrangement to any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import numpy as np

from reasoning_gym.families.moves import Puzzle, check_line, check_moves, lines
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

Pegs: TypeAlias = "tuple[int, ...]"  # the peg of each disc, 0 to 2, the smallest disc first

_DISCS = (3, 3, 4, 4, 5, 6)  # by level
_MOVES = ((2, 3), (4, 7), (6, 9), (10, 15), (16, 24), (25, 48))  # least and greatest number of moves that are needed
_MOVES_A_LINE = (1, 1, 1, 1, 1, 2)
_NAMES = "ABC"
_FORMAT = ANSWER_FORMAT.format(
    answer="the moves, such as 'AC AB' for peg A to C, then A to B; disc 1 is the smallest; only the "
    "top disc of a peg moves, and never onto a smaller one"
)


@family(category="games", levels=6, many_answers=True)
class TowerOfHanoi(Family):
    """Move discs between three pegs from one arrangement to another, in at most so many moves.

    Statement: `Hanoi, pegs A/B/C, each from bottom to top: 3/21/- to 321/-/- in at most 3 moves`. Disc 1 is
        the smallest.
    Thoughts: a move and the arrangement after it; two moves a line at level 6.
    Answer: the moves: `BC BA CA`. A quarter more than are needed are allowed.
    Level: 3 to 6 discs, 2 to 48 moves. Levels 1 to 4 have 216, 408, about 1,930 and about 2,680
        different questions.
    Verified: by moving the discs; any sequence that ends at the goal is accepted.
    Checked step by step: legal moves from the arrangement at hand to new ones, and what they lead to; not
        whether they are short.

        Hanoi, pegs A/B/C, each from bottom to top: 3/21/- to 321/-/- in at most 3 moves
        BC: 3/2/1
        BA: 32/-/1
        CA: 321/-/-
        Answer: BC BA CA
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        discs = _DISCS[level - 1]
        least, greatest = _MOVES[level - 1]
        while True:
            draws = [int(3 * draw) for draw in rng.random(2 * discs).tolist()]
            start, goal = tuple(draws[:discs]), tuple(draws[discs:])
            moves = _route(start, goal)
            if least <= len(moves) <= greatest:
                break
        most = len(moves) + len(moves) // 4
        statement = (
            f"Hanoi, pegs A/B/C, each from bottom to top: {_written(start)} to {_written(goal)} in at most {most} moves"
        )
        question = Question(self.name, level, statement, _FORMAT, given=(start, goal, most))
        return Problem(question, " ".join(moves))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        moves = problem.answer.split()
        at_once = _MOVES_A_LINE[problem.question.level - 1]
        return (*lines(_puzzle(problem.question), moves, at_once), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_moves(_puzzle(question), answer)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_line(_puzzle(question), thoughts, step)


def _puzzle(question: Question) -> Puzzle[Pegs]:
    start, goal, most = cast("tuple[Pegs, Pegs, int]", question.given)
    return Puzzle(start, most, 2, _after, _written, lambda pegs: pegs == goal)


def _after(pegs: Pegs, move: str) -> Pegs | None:
    source, target = _NAMES.find(move[0]), _NAMES.find(move[1])
    if source == target or source not in pegs or target < 0:
        return None
    disc = pegs.index(source)
    return (*pegs[:disc], target, *pegs[disc + 1 :]) if target not in pegs[:disc] else None


def _written(pegs: Pegs) -> str:
    """The discs of each peg from bottom to top.

    >>> _written((1, 1, 0))
    '3/21/-'
    """
    stacks = ("".join(str(disc + 1) for disc in reversed(range(len(pegs))) if pegs[disc] == peg) for peg in range(3))
    return "/".join(stack or "-" for stack in stacks)


def _route(start: Pegs, goal: Pegs) -> list[str]:
    """A shortest sequence of moves: the largest disc that must move does so once, or twice where that is shorter."""
    largest = len(start) - 1
    while largest >= 0 and start[largest] == goal[largest]:
        largest -= 1
    if largest < 0:
        return []
    here, there = start[largest], goal[largest]
    third = 3 - here - there
    smaller, wanted = start[:largest], goal[:largest]
    gathered = (third,) * largest
    once = [*_gather(smaller, third), _move(here, there), *_route_from_one_peg(gathered, wanted)]
    twice = [*_gather(smaller, there), _move(here, third), *_gather((there,) * largest, here), _move(third, there)]
    twice += _route_from_one_peg((here,) * largest, wanted)
    return once if len(once) <= len(twice) else twice


def _gather(pegs: Pegs, target: int) -> list[str]:
    """The shortest way to have all discs on one peg."""
    if not pegs:
        return []
    *smaller, largest = pegs
    if largest == target:
        return _gather(tuple(smaller), target)
    third = 3 - largest - target
    return [*_gather(tuple(smaller), third), _move(largest, target), *_gather((third,) * len(smaller), target)]


def _route_from_one_peg(pegs: Pegs, goal: Pegs) -> list[str]:
    """The shortest way from all discs on one peg: the way there, backwards."""
    return [move[::-1] for move in reversed(_gather(goal, pegs[0]))] if pegs else []


def _move(source: int, target: int) -> str:
    return _NAMES[source] + _NAMES[target]
