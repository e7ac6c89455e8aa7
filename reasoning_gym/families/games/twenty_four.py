"""Twenty-four: make 24 of four numbers, each used exactly once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import Rational, divide, tidy
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
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_TARGET = 24
_DRAWS = 9  # for one attempt
_FORMAT = ANSWER_FORMAT.format(
    answer="an expression that uses each number exactly once, with brackets and + - * / between numbers; fractions and "
    "negative numbers may arise on the way"
)
_NUMBER = r"(\d{1,9}|\(-?\d{1,9}(?:/\d{1,9})?\))"
_RESULT = r"\(?-?\d{1,9}(?:/\d{1,9})?\)?"
_ROUND = str.maketrans("[]", "()")
_MOVE = re.compile(
    rf"{_NUMBER} ?([-+*/]) ?{_NUMBER} ?= ?({_RESULT})(?: ?; ?({_RESULT}(?: ?, ?{_RESULT}){{0,3}}))?", re.ASCII
)


class _Level(NamedTuple):
    highest: int  # of the given numbers
    operations: str  # of the reference
    divides: bool = False  # whether it divides for certain
    fractions: bool = False  # whether the first result is one; else none is


_LEVELS = (
    _Level(9, "+-*"),
    _Level(13, "+-*"),
    _Level(13, "+-*/", divides=True),
    _Level(25, "+-*/"),
    _Level(25, "+-*/", divides=True),
    _Level(25, "+-*/", divides=True, fractions=True),
)


@family(category="games", levels=6, many_answers=True)
class TwentyFour(Family):
    """Make 24 of four numbers by +, -, * and /, each number used exactly once.

    Statement: `Make 24 of 4,5,8,9`. It can always be done; fractions and negative numbers are allowed on the way.
    Thoughts: one operation a line, then the numbers that are left, which needn't be named: `5+9=14;4,8,14`. A
        fraction or a negative number that is operated on stands in brackets: `8/(1/3)=24;24`.
    Answer: an expression of value 24 that uses each number once: `((5+9)-8)*4`. A minus stands between two
        numbers.
    Level: numbers up to 9, 13 or 25; the reference uses + - * at levels 1 and 2, a division at 3 and 5, and has a
        fraction on the way at level 6. The levels have about 350, 1,050, 620, 9,000, 6,500 and 2,700 different
        questions.
    Verified: by evaluating exactly and counting the numbers; any right expression is accepted, with or without `=24`.
    Checked step by step: a line must be a true operation on two of the numbers at hand; whether it leads to 24 isn't
        asked.

        Make 24 of 4,5,8,9
        5+9=14;4,8,14
        14-8=6;4,6
        6*4=24;24
        Answer: ((5+9)-8)*4
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Combine some numbers at random and solve for the last one, until it is a number of the level."""
        chosen = _LEVELS[level - 1]
        while True:
            moves = _attempt(chosen, rng.random(_DRAWS).tolist())
            if moves and _fits(chosen, moves):
                break
        numbers = _leaves(moves)
        question = Question(
            self.name, level, f"Make 24 of {','.join(map(str, numbers))}", _FORMAT, given=tuple(numbers)
        )
        return Problem(question, expression(numbers, moves), secret=moves)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        moves = cast("tuple[Move, ...]", problem.secret)
        return (*move_lines(_given(problem.question), moves), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            text = plain(answer)
            parse(text)  # refuses brackets that don't match
            node = without_target(parse(text.translate(_ROUND)), _TARGET)
            if Counter(whole_numbers(node)) != Counter(_given(question)):
                return incorrect("it doesn't use each number exactly once")
            value = play_out(_RULES, node)
            return CORRECT if value == _TARGET else incorrect(f"the value is {value}, not {_TARGET}")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_move(_RULES, _given(question), thoughts, step)


def _given(question: Question) -> tuple[int, ...]:
    return cast("tuple[int, ...]", question.given)


def _combine(a: Rational, sign: str, b: Rational) -> Rational | None:
    """The exact result of an operation; None for a division by zero."""
    if sign == "+":
        return tidy(a + b)
    if sign == "-":
        return tidy(a - b)
    if sign == "*":
        return tidy(a * b)
    return divide(a, b) if b else None


_RULES = Rules(_MOVE, _combine, "number")


def _attempt(level: _Level, draws: Sequence[float]) -> tuple[Move, ...]:
    """Three moves that make 24 of four numbers of the level; empty where the draws lead nowhere.

    Either ((a . b) . c) . d or (a . b) . (c . d), with a move's two numbers in either order; d is solved for.
    """
    a, b, c = (1 + int(draw * level.highest) for draw in draws[:3])
    signs = [level.operations[int(draw * len(level.operations))] for draw in draws[3:6]]
    if level.divides:
        signs[0 if level.fractions else int(draws[8] * 3)] = "/"
    first = _ordered(a, signs[0], b, draws[6] < 0.5)
    if first is None or isinstance(first[3], Fraction) != level.fractions:
        return ()
    right, far_right = draws[6] * 2 % 1 < 0.5, draws[7] < 0.75  # on which side of a move the known number stands
    if draws[7] < 0.5:
        second = _ordered(first[3], signs[1], c, draws[7] < 0.25)
        third = _solved(second[3], signs[2], _TARGET, right) if second else None
        leaf = third and _unknown(third, right)
    else:
        third = _solved(first[3], signs[2], _TARGET, far_right)
        second = _solved(c, signs[1], _unknown(third, far_right), right) if third else None
        leaf = second and _unknown(second, right)
    if not (second and third and isinstance(leaf, int) and 1 <= leaf <= level.highest):
        return ()
    return first, second, third


def _ordered(a: Rational, sign: str, b: Rational, swapped: bool) -> Move | None:
    """A move with two numbers, in the other order if it makes a difference and is wanted."""
    if swapped and sign in "-/":
        a, b = b, a
    result = _combine(a, sign, b)
    return None if result is None else (a, sign, b, result)


def _solved(known: Rational, sign: str, result: Rational, known_is_right: bool) -> Move | None:
    """The move that makes a result of a known number and another one; None where no one number does."""
    if sign in "*/" and not (known and result):
        return None
    if sign == "+":
        unknown = result - known
    elif sign == "*":
        unknown = divide(result, known)
    elif sign == "-":
        unknown = result + known if known_is_right else known - result
    else:
        unknown = result * known if known_is_right else divide(known, result)
    unknown = tidy(unknown)
    return (unknown, sign, known, result) if known_is_right else (known, sign, unknown, result)


def _leaves(moves: Sequence[Move]) -> list[int]:
    """The numbers that moves start from, in ascending order."""
    made = Counter(move[3] for move in moves[:-1])
    leaves = Counter(number for move in moves for number in (move[0], move[2])) - made
    return sorted(cast("Iterator[int]", leaves.elements()))


def _unknown(move: Move, known_is_right: bool) -> Rational:
    """The number that was solved for."""
    return move[0] if known_is_right else move[2]


def _fits(level: _Level, moves: Sequence[Move]) -> bool:
    """Whether no operation is idle, and no result on the way is what the level doesn't have."""
    results = [move[3] for move in moves]
    if min(results) <= 0 or any(move[1] in "*/" and 1 in (move[0], move[2]) for move in moves):
        return False
    return level.fractions or not any(isinstance(result, Fraction) for result in results)
