"""Conditional chances: two-way tables, joint chances, total probability and Bayes' rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import cast

import numpy as np

from reasoning_gym.checker.syntax import Node
from reasoning_gym.families.conditioning import Chance, Fact, lines_of, quantities_of
from reasoning_gym.families.draws import between, pick
from reasoning_gym.families.named_quantities import Exact, NamedQuantities, Quantities, is_equal_number, trace
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the exact fraction")
_COLOURS = ("black", "blue", "green", "red", "white")
_SHAPES = ("flat", "long", "round", "square", "thin")
_ASKED = ("A given B", "B given A", "A or B", "A given not B", "B given not A", "neither")


@family(category="probability", levels=8)
class ConditionalProbability(NamedQuantities):
    """Work out a chance that is conditional, or follows from conditional ones.

    Statement: `Tiles: 12 red round, 8 red square, 5 blue round, 10 blue square. One is drawn. P(red given round)?`
    Thoughts: with tiles the number of those that fulfil the condition (`given`) and of those that fulfil both (`both`);
    with events `P(A and B)`, `P(not B)` and so on; with machines, tests and urns the joint chance of each of them with
    what is known (`A`, `sick`), and of what is known (`all`); at last P.
    Answer: the chance as one exact number; a fraction needn't be in lowest terms.
    Level: 1 and 2 tables, 3 joint chances (over 20,000 questions), 4 total probability, 5 Bayes' rule with two and 6
    with three causes, 7 several tests (about 2,300), 8 draws from an urn that isn't known.
    Verified: by exact arithmetic.
    Checked step by step: a line is true and brings what it names nearer to a number.

        Tiles: 10 green long, 10 green round, 15 white long, 9 white round. One is drawn. P(round given white)?
        given=15+9=24
        P=9/24=3/8
        Answer: 3/8
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        draws = rng.random(24).tolist()
        while (drawn := _DRAWN[level - 1](draws)) is None:
            draws = rng.random(24).tolist()
        kind, facts, statement = drawn
        question = Question(self.name, level, statement, _FORMAT, (kind, facts))
        return Problem(question, lines_of(kind, facts)[-1].sides[-1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return trace(lines_of(*_given(problem.question)))

    def quantities(self, question: Question) -> Quantities:
        return quantities_of(*_given(question))

    def is_value(self, node: Node, value: Exact) -> bool:
        return is_equal_number(node, value)


_Drawn = tuple[str, tuple[Fact, ...], str]


def _given(question: Question) -> tuple[str, tuple[Fact, ...]]:
    return cast("tuple[str, tuple[Fact, ...]]", question.given)


def _chosen(words: Sequence[str], count: int, draws: Sequence[float]) -> list[str]:
    """Some of the words, in alphabetical order."""
    order = sorted(range(len(words)), key=lambda i: draws[i])
    return sorted(words[i] for i in order[:count])


def _chance(draw: float, other: float, most: int = 10) -> Chance:
    """A fraction between 0 and 1 in lowest terms."""
    below = between((2, most), draw)
    value = Fraction(between((1, below - 1), other), below)
    return value.numerator, value.denominator


def _written(chance: Chance) -> str:
    return f"{chance[0]}/{chance[1]}"


def _table(size: int, draws: Sequence[float]) -> _Drawn:
    """Colours and shapes; the condition is one of them, or in larger tables that it isn't."""
    colours, shapes = _chosen(_COLOURS, size, draws), _chosen(_SHAPES, size, draws[5:])
    counts = tuple(between((1, 20), draw) for draw in draws[14 : 14 + size * size])
    by_shape, negated = draws[10] < 0.5, size > 2 and draws[11] < 0.7
    row, column = int(draws[12] * size), int(draws[13] * size)
    tiles = [f"{count} {colours[i // size]} {shapes[i % size]}" for i, count in enumerate(counts)]
    wanted, known = (colours[row], shapes[column]) if by_shape else (shapes[column], colours[row])
    asked = f"{wanted} given {'not ' if negated else ''}{known}"
    facts = (size, counts, row, column, "shape" if by_shape else "colour", int(negated))
    return "table", facts, f"Tiles: {', '.join(tiles)}. One is drawn. P({asked})?"


def _small_table(draws: Sequence[float]) -> _Drawn:
    return _table(2, draws)


def _large_table(draws: Sequence[float]) -> _Drawn:
    return _table(3, draws)


def _joint(draws: Sequence[float]) -> _Drawn:
    """Chances of two events and of both, from numbers of cases."""
    both, only_a, only_b, neither = (between((1, 9), draw) for draw in draws[:4])
    total = both + only_a + only_b + neither
    a, b, together = (Fraction(cases, total) for cases in (both + only_a, both + only_b, both))
    asked = pick(_ASKED, draws[4])
    chances = tuple((value.numerator, value.denominator) for value in (a, b, together))
    text = "neither A nor B" if asked == "neither" else asked
    return "joint", (*chances, asked), f"P(A)={a}, P(B)={b}, P(A and B)={together}. P({text})?"


def _causes(asked: str, draws: Sequence[float]) -> _Drawn:
    prior, one, other = (_chance(draws[i], draws[i + 1]) for i in (0, 2, 4))
    statement = f"P(A)={_written(prior)}, P(B given A)={_written(one)}, P(B given not A)={_written(other)}. P({asked})?"
    return "bayes", (prior, one, other, asked), statement


def _total(draws: Sequence[float]) -> _Drawn | None:
    drawn = _causes(pick(("B", "not B"), draws[6]), draws)
    return drawn if drawn[1][1] != drawn[1][2] else None


def _bayes(draws: Sequence[float]) -> _Drawn | None:
    asked = pick(("A given B", "not A given B", "A given not B", "not A given not B"), draws[6])
    drawn = _causes(asked, draws)
    return drawn if drawn[1][1] != drawn[1][2] else None


def _machines(draws: Sequence[float]) -> _Drawn:
    shares = [between((1, 6), draw) for draw in draws[:3]]
    parts = [Fraction(share, sum(shares)) for share in shares]
    priors = tuple((part.numerator, part.denominator) for part in parts)
    faults = tuple(_chance(0.3 + 0.7 * draws[i], draws[i + 1] / 2, 12) for i in (3, 5, 7))
    asked = int(draws[9] * 3)
    good = draws[10] < 0.4
    statement = (
        f"Machines A,B,C make {','.join(map(_written, priors))} of all parts; {','.join(map(_written, faults))} of "
        f"theirs are faulty. A part is {'good' if good else 'faulty'}. P(from {'ABC'[asked]})?"
    )
    return "machines", (priors, faults, asked, int(good)), statement


def _tests(draws: Sequence[float]) -> _Drawn:
    prior = (1, between((3, 30), draws[0]))
    hit, false = (between((6, 9), draws[1]), 10), (between((1, 4), draws[2]), 10)
    positive, negative = pick(((2, 0), (3, 0), (1, 1), (2, 1), (1, 2)), draws[3])
    words = ["positive"] * positive + ["negative"] * negative
    results = f"{', '.join(words[:-1])} and {words[-1]}"
    statement = (
        f"P(sick)={_written(prior)}. A test is positive with chance {_written(hit)} for the sick, {_written(false)} "
        f"for others. Independent tests are {results}. P(sick given these results)?"
    )
    return "tests", (prior, hit, false, positive, negative), statement


def _urns(draws: Sequence[float]) -> _Drawn | None:
    counts = tuple(between((3, 8), draw) for draw in draws[:4])
    prior = _chance(draws[4], draws[5], 5)
    asked = pick(("A", "B", "next red"), draws[6])
    if counts[:2] == counts[2:]:
        return None
    ask = "P(a third ball from it is red)?" if asked == "next red" else f"P(urn {asked})?"
    statement = (
        f"Urn A: {counts[0]} red, {counts[1]} blue. Urn B: {counts[2]} red, {counts[3]} blue. One urn is taken, A with "
        f"chance {_written(prior)}. Two balls drawn from it without replacement are both red. {ask}"
    )
    return "urns", (counts, prior, asked), statement


_DRAWN: Sequence[Callable[[Sequence[float]], _Drawn | None]] = (
    _small_table, _large_table, _joint, _total, _bayes, _machines, _tests, _urns
)  # fmt: skip
