"""Products of whole numbers by partial products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.syntax import parse
from reasoning_gym.families.bare_texts import calculation_tree, operations_in, spelled, whole_number
from reasoning_gym.families.numbers import Calculation, calculation, check_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

# the least and the greatest of each factor, by level; the second never ends in 0
_RANGES = (
    ((2, 9), (11, 99)),
    ((11, 39), (11, 39)),
    ((11, 99), (11, 99)),
    ((11, 99), (101, 999)),
    ((101, 999), (101, 999)),
    ((101, 999), (1001, 9999)),
    ((1001, 9999), (1001, 9999)),
    ((10001, 99999), (10001, 99999)),
)
_FORMAT = ANSWER_FORMAT.format(answer="the integer")

Cells: TypeAlias = "frozenset[tuple[int, int]]"  # pairs of a digit of each factor, by place; 0 is the units


class _Piece(NamedTuple):
    """A part of the product that has been worked out."""

    value: int
    cells: Cells  # the products of two digits that it holds


@family(category="arithmetic", levels=8)
class LongMultiplication(Family):
    """Multiply two whole numbers on paper.

    Statement: `Multiply: 23*14`.
    Thoughts: the first factor times each digit of the second with its place value, units first, then running sums.
    Answer: an integer, worked out.
    Level: the digits, from 1 by 2 (648 different questions) over 2 by 2 (small ones first) to 5 by 5.
    Verified: by multiplying.
    Checked step by step: a line multiplies parts of the factors by place value (`23*4`, `20*10`), or adds
    pieces that earlier lines made, no digit's product twice.

        Multiply: 23*14
        23*4=92
        23*10=230
        92+230=322
        Answer: 322
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        (low, high), (second_low, second_high) = _RANGES[level - 1]
        draws = rng.random(3).tolist()
        first = low + int(draws[0] * (high - low + 1))
        tens = second_low // 10 + int(draws[1] * (second_high // 10 - second_low // 10 + 1))
        second = 10 * tens + 1 + int(draws[2] * 9)
        question = Question(self.name, level, f"Multiply: {first}*{second}", _FORMAT, (first, second))
        return Problem(question, str(first * second))

    def ask(self, text: str) -> Question | None:
        tree = calculation_tree(parse(spelled(text)), whole_number, "*")
        if operations_in(tree) != ("*",):
            return None
        _, first, second = cast("tuple[str, int, int]", tree)
        return Question(self.name, _level(first, second), f"Multiply: {first}*{second}", _FORMAT, (first, second))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        first, second = _factors(problem.question)
        parts = place_values(second).values()
        lines = [f"{first}*{part}={first * part}" for part in parts]
        total = 0
        for partial_product in (first * part for part in parts):
            if total:
                lines.append(f"{total}+{partial_product}={total + partial_product}")
            total += partial_product
        return (*lines, f"Answer: {total}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        factors = _factors(question)

        def decide() -> Verdict:
            stated = calculation(parse(step))
            if not stated.true:
                return incorrect(f"{step[:60]} is false")
            return CORRECT if _piece(stated, factors, _pieces(thoughts, factors)) else incorrect(_NOT_AT_HAND)

        return guarded(decide)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        first, second = _factors(question)
        return check_number(answer, first * second)


_NOT_AT_HAND = "neither multiplies parts of the factors nor adds pieces that are at hand, or adds nothing new"


def _level(first: int, second: int) -> int:
    """The first level that has such long factors, or the last."""
    fitting = (level for level, ((_, a), (_, b)) in enumerate(_RANGES, 1) if first <= a and second <= b)
    return next(fitting, len(_RANGES))


def _factors(question: Question) -> tuple[int, int]:
    return cast("tuple[int, int]", question.given)


def place_values(number: int) -> dict[int, int]:
    """What each digit other than 0 is worth, by its place, units first.

    >>> place_values(304)
    {0: 4, 2: 300}
    """
    digits = str(number)[::-1]
    return {place: int(digit) * 10**place for place, digit in enumerate(digits) if digit != "0"}


def _pieces(thoughts: Sequence[str], factors: tuple[int, int]) -> list[_Piece]:
    """The pieces that the lines so far have made; lines that are no valid step make none."""
    pieces: list[_Piece] = []
    for line in thoughts:
        try:
            stated = calculation(parse(line))
        except (Unreadable, Refused, Undefined):
            continue
        piece = _piece(stated, factors, pieces) if stated.true else None
        if piece is not None:
            pieces.append(piece)
    return pieces


def _piece(stated: Calculation, factors: tuple[int, int], pieces: Sequence[_Piece]) -> _Piece | None:
    """The piece that a true calculation makes, if it is made of what is at hand and is new."""
    if stated.operation == "*" and len(stated.operands) == 2:
        candidates = _products(stated.operands, factors)
    elif stated.operation == "+":
        candidates = _sums(stated.operands, pieces)
    else:
        return None
    known = {piece.cells for piece in pieces}
    return next((_Piece(int(stated.result), cells) for cells in candidates if cells not in known), None)


def _products(operands: Sequence[Rational], factors: tuple[int, int]) -> Iterator[Cells]:
    """What a product of a part of one factor and a part of the other holds, for each way to read it."""
    places = [place_values(factor) for factor in factors]
    for ordered in (operands, tuple(reversed(operands))):
        first, second = (_places(operand, known) for operand, known in zip(ordered, places, strict=True))
        if first and second:
            yield frozenset(product(first, second))


def _places(part: Rational, known: dict[int, int]) -> list[int]:
    """The digits that make up a part of a factor: one digit with its place value, or some, such as 20 or 23 of 123."""
    digits = place_values(int(part)) if part.denominator == 1 and part > 0 else {}
    return list(digits) if all(known.get(place) == worth for place, worth in digits.items()) else []


def _sums(terms: Sequence[Rational], pieces: Sequence[_Piece]) -> Iterator[Cells]:
    """What a sum of pieces holds, if all of them are at hand and no two hold the same."""
    cells: Cells = frozenset()
    for term in terms:
        found = next((piece for piece in pieces if piece.value == term and not piece.cells & cells), None)
        if found is None:
            return
        cells |= found.cells
    yield cells
