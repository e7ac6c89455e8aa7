"""Rules for lists, inferred from examples and applied to a new list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.compositions import (
    Language,
    Riddle,
    Rule,
    check_line,
    drawn,
    lines,
    path,
    solutions,
    statement,
)
from reasoning_gym.families.readings import read_integers
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Numbers: TypeAlias = "tuple[int, ...]"

_FUNCTIONS: dict[str, Callable[[Numbers], Numbers]] = {
    "reverse": lambda numbers: numbers[::-1],
    "sort": lambda numbers: tuple(sorted(numbers)),
    "double": lambda numbers: tuple(2 * number for number in numbers),
    "add 1": lambda numbers: tuple(number + 1 for number in numbers),
    "drop first": lambda numbers: numbers[1:],
    "drop last": lambda numbers: numbers[:-1],
    "first to end": lambda numbers: numbers[1:] + numbers[:1],
    "keep even": lambda numbers: tuple(number for number in numbers if number % 2 == 0),
    "keep odd": lambda numbers: tuple(number for number in numbers if number % 2),
    "running sums": lambda numbers: tuple(accumulate(numbers)),
}


def _written(numbers: Numbers) -> str:
    return f"[{','.join(map(str, numbers))}]"


_LANGUAGE = Language(_FUNCTIONS, _written)
_FORMAT = ANSWER_FORMAT.format(answer=f"the list, as [1,2]. The steps of the rule are among: {', '.join(_FUNCTIONS)}")


class _Level(NamedTuple):
    steps: int  # of the rule
    examples: int
    length: tuple[int, int]  # of the lists, least and greatest
    highest: int  # of their numbers


_LEVELS = (
    _Level(1, 2, (3, 4), 9),
    _Level(1, 2, (5, 7), 30),
    _Level(2, 2, (4, 5), 9),
    _Level(2, 3, (6, 8), 30),
    _Level(3, 3, (5, 6), 9),
    _Level(3, 3, (7, 9), 30),
)


@family(category="induction", levels=6)
class ListFunction(Family):
    """Infer from examples what is done to lists, and do it to another list.

    Statement: `Rule of 1 step: [8,3,4]->[3,4,8]; [8,7,8,5]->[7,8,5,8]; [1,3,1]->?`. The steps are named with the
        question: reverse, sort, double, add 1, drop first, drop last, first to end, keep even, keep odd, running sums.
        All rules of at most so many steps that fit the examples give the last list the same, though the rules may
        differ.
    Thoughts: the shortest rule that fits, its steps in the order in which they are done; where it has several, how
        it makes each example; and how it makes the answer: `[1,3,1]->[3,1,1]`.
    Answer: the list, of at least two numbers.
    Level: rules of 1, 1, 2, 2, 3 and 3 steps, which no shorter rule replaces; longer lists and larger numbers.
        Guessing a step pays 10 % at level 1, and a rule of two or three 1 % or less.
    Verified: by trying all rules that can be made of the steps.
    Checked step by step: the rule must fit all examples, and is named once; other lines follow a list of the question
        through the rule, one arrow for each of its steps or of the first few, and say more than the question or an
        earlier line.

        Rule of 1 step: [8,3,4]->[3,4,8]; [8,7,8,5]->[7,8,5,8]; [1,3,1]->?
        rule: first to end
        [1,3,1]->[3,1,1]
        Answer: [3,1,1]
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a rule and lists until all rules that fit agree, and none is shorter."""
        riddle, output = drawn(_LANGUAGE, lambda: _draw(rng, _LEVELS[level - 1]))
        question = Question(self.name, level, statement(_LANGUAGE, riddle), _FORMAT, riddle)
        return Problem(question, _written(output))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        riddle = _given(problem.question)
        rule = _solved(riddle)[1]
        return (*lines(_LANGUAGE, riddle, rule), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_line(_LANGUAGE, _given(question), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        output, _ = _solved(_given(question))
        return guarded(lambda: CORRECT if tuple(read_integers(answer)) == output else incorrect("the lists differ"))


def _given(question: Question) -> Riddle[Numbers]:
    return Riddle(*cast("tuple[int, tuple[tuple[Numbers, Numbers], ...], Numbers]", question.given))


@lru_cache(maxsize=1024)
def _solved(riddle: Riddle[Numbers]) -> tuple[Numbers, Rule]:
    """The only output, and the first rule that makes it."""
    return next(iter(solutions(_LANGUAGE, riddle).items()))


def _draw(rng: np.random.Generator, level: _Level) -> Riddle[Numbers] | None:
    """Lists, and what a rule makes of them; None where a step changes nothing, or leaves fewer than two numbers."""
    names = list(_FUNCTIONS)
    count = level.examples + 1
    low, high = level.length
    steps: list[int] = rng.integers(len(names), size=level.steps).tolist()
    rule = tuple(names[i] for i in steps)
    lengths: list[int] = rng.integers(low, high + 1, size=count).tolist()
    numbers: list[list[int]] = rng.integers(0, level.highest + 1, size=(count, high)).tolist()
    paths = [path(_LANGUAGE, rule, tuple(row[:length])) for row, length in zip(numbers, lengths, strict=True)]
    if any(len(things[-1]) < 2 or len(set(things)) <= level.steps for things in paths):
        return None
    examples = sorted((things[0], things[-1]) for things in paths[:-1])
    riddle = Riddle(level.steps, tuple(examples), paths[-1][0])
    return riddle if len({before for before, _ in examples} | {riddle.query}) == count else None
