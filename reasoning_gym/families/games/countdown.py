"""Countdown: reach a target from given numbers by arithmetic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.syntax import parse
from reasoning_gym.families.number_games import (
    Move,
    Rules,
    check_move,
    expression,
    move_lines,
    play_out,
    whole_numbers,
    without_target,
)
from reasoning_gym.families.numbers import bare
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_HIGHEST = (9, 9, 12, 15, 25, 50)  # of the given numbers, by level
_LARGEST = (99, 99, 99, 199, 499, 999)  # of any result on the way
_FORMAT = ANSWER_FORMAT.format(
    answer="an expression that uses each number at most once; results on the way are positive integers"
)
_MOVE = re.compile(r"(\d{1,6}) ?([-+*/]) ?(\d{1,6}) ?= ?(\d{1,9}) ?; ?(\d{1,9}(?: ?, ?\d{1,9}){0,9})", re.ASCII)


@family(category="games", levels=6, many_answers=True)
class Countdown(Family):
    """Reach a target from given numbers by +, -, * and /.

    Statement: `Make 24 from 2,3,4`.
    Thoughts: one operation a line, then the numbers that are left: `3*4=12;2,12`.
    Answer: an expression of value 24 that uses each given number at most once: `2*(3*4)`. The target
        alone is no answer unless it is one of the numbers, which is never asked.
    Level: one number more than the level, larger numbers and larger results. Level 1 has 124 and level 2 about 1,800
        different questions.
    Verified: by playing the expression out from left to right and counting its numbers; any right one is
        accepted, with or without `=24`.
    Checked step by step: a line must be a legal move from the numbers at hand, with a positive integer
        result; whether it leads to the target isn't asked.

        Make 24 from 2,3,4
        3*4=12;2,12
        2*12=24;24
        Answer: 2*(3*4)
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw numbers and combine them at random, so that every target can be reached."""
        while True:
            draws = rng.random(4 * level + 1).tolist()
            numbers = sorted(1 + int(draw * _HIGHEST[level - 1]) for draw in draws[: level + 1])
            moves = _play(numbers, draws[level + 1 :], _LARGEST[level - 1])
            if moves and (target := moves[-1][3]) not in numbers:
                break
        statement = f"Make {target} from {','.join(map(str, numbers))}"
        question = Question(self.name, level, statement, _FORMAT, given=(target, tuple(numbers)))
        return Problem(question, expression(numbers, moves), secret=moves)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The moves that made the problem."""
        moves = cast("tuple[Move, ...]", problem.secret)
        return (*move_lines(_given(problem.question)[1], moves), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        """Whether the expression has the target's value and uses the given numbers only."""
        target, numbers = _given(question)

        def decide() -> Verdict:
            node = without_target(parse(bare(answer)), target)
            extra = Counter(whole_numbers(node)) - Counter(numbers)
            if extra:
                return incorrect(f"{next(iter(extra))} isn't among the numbers, or is used too often")
            value = play_out(_RULES, node)
            return CORRECT if value == target else incorrect(f"the value is {value}, not {target}")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        """Whether a line is a legal move from the numbers at hand and says rightly what is left."""
        return check_move(_RULES, _given(question)[1], thoughts, step)


def _play(numbers: Sequence[int], draws: Sequence[float], largest: int) -> tuple[tuple[int, str, int, int], ...]:
    """Moves (a, sign, b, result) that combine all numbers into one; empty where the draws lead nowhere."""
    left = list(numbers)
    moves: list[tuple[int, str, int, int]] = []
    for which, other, sign in zip(draws[::3], draws[1::3], draws[2::3], strict=True):
        a = left.pop(int(which * len(left)))
        b = left.pop(int(other * len(left)))
        a, b = max(a, b), min(a, b)
        operation = "+-*/"[int(sign * 4)]
        result = _combine(a, operation, b)
        if result is None or result > largest or (operation in "*/" and b == 1):
            return ()
        moves.append((a, operation, b, result))
        left.append(result)
    return tuple(moves)


def _combine(a: Rational, sign: str, b: Rational) -> int | None:
    """The result of a legal move with positive integers; None where it is no positive integer."""
    if not (isinstance(a, int) and isinstance(b, int)):
        return None
    if sign == "+":
        return a + b
    if sign == "-":
        return a - b if a > b else None
    if sign == "*":
        return a * b
    return a // b if b and a % b == 0 else None


def _given(question: Question) -> tuple[int, tuple[int, ...]]:
    target, numbers = question.given
    return cast("int", target), cast("tuple[int, ...]", numbers)


_RULES = Rules(_MOVE, _combine, "positive integer")
