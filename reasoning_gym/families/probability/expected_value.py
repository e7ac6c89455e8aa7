"""Expected payoffs of games with tables of outcomes, dice, stages and second tries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.syntax import Node
from reasoning_gym.families.draws import between
from reasoning_gym.families.named_quantities import (
    Exact,
    NamedQuantities,
    Quantities,
    Working,
    grouped,
    is_equal_number,
    worked_values,
    working,
)
from reasoning_gym.families.notation import bracketed
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Given, Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the exact value as a fraction or an integer")

Sectors: TypeAlias = "tuple[tuple[int, int], ...]"  # how many sectors pay how much
Chance: TypeAlias = "tuple[int, int]"  # numerator, denominator


class _Game(NamedTuple):
    kind: str
    facts: tuple[Given, ...]


@family(category="probability", levels=8)
class ExpectedValue(NamedQuantities):
    """Work out the expected payoff of a game, or what a payoff must be.

    Statement: `A spinner has 8 equal sectors: 3 pay 5, 5 pay 2. Expected payoff?`
    Thoughts: the `sum` over all sectors or outcomes, then E. With a table of chances the `rest` of the chance and
    the terms t1, t2 and t3 of E. `wins` and `losses` are parts of the sum over a die; `ways(3)` are the outcomes of
    two dice that give 3, `mean` what they give on average; `sumB` and `B` are of the second spinner; `E1` and `E2`
    the expectations where no and one more spin is left.
    Answer: one exact number; a fraction needn't be in lowest terms.
    Level: 1 a spinner with two payoffs (about 2,900 questions), 2 with three or four, 3 a table of chances, 4 the
    payoff that gives an expectation, 5 a die with a bound (about 6,500), 6 two dice (about 2,500), 7 two spinners, 8
    a spinner that may be turned again.
    Verified: by working the expectation out.
    Checked step by step: a line is true and brings what it names nearer to a number.

        A spinner has 12 equal sectors: 4 pay 9, 8 pay 2. Expected payoff?
        sum=4*9+8*2=36+16=52
        E=52/12=13/3
        Answer: 13/3
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        game = _DRAWN[level - 1](rng.random(12).tolist(), level)
        question = Question(self.name, level, _STATEMENTS[game.kind](*game.facts), _FORMAT, tuple(game))
        quantities = _quantities(game)
        return Problem(question, str(quantities.values[quantities.asked]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        game = _game(problem.question)
        lines = [line.text for line in _SOLVERS[game.kind](*game.facts)]
        counts = [line for line in lines if line.startswith("ways(")]
        return (*grouped(counts, 4), *lines[len(counts) :], f"Answer: {problem.answer}")

    def quantities(self, question: Question) -> Quantities:
        return _quantities(_game(question))

    def is_value(self, node: Node, value: Exact) -> bool:
        return is_equal_number(node, value)


def _game(question: Question) -> _Game:
    return _Game(*cast("tuple[str, tuple[Given, ...]]", question.given))


def _payoffs(count: int, low: int, high: int, draws: Sequence[float]) -> list[int]:
    """Different payoffs, the highest first."""
    left = [payoff for payoff in range(low, high + 1) if payoff]  # a term that is 0 says nothing
    return sorted((left.pop(int(draw * len(left))) for draw in draws[:count]), reverse=True)


def _spinner(draws: Sequence[float], level: int) -> _Game:
    kinds = 2 if level == 1 else 3 + (draws[0] < 0.5)
    payoffs = _payoffs(kinds, 1, 9, draws[1:]) if level == 1 else _payoffs(kinds, -9, 20, draws[1:])
    counts = [between((1, 9 if level == 1 else 7), draw) for draw in draws[5:]]
    return _Game("spinner", (tuple(zip(counts, payoffs, strict=False)),))


def _table(draws: Sequence[float], level: int) -> _Game:
    """Two payoffs with their chances, a third for the rest; at level 4 the third is asked for."""
    payoffs = _payoffs(3, -12, 30, draws)
    below, other = between((3, 10), draws[3]), between((3, 10), draws[4])
    first = (between((1, (below + 1) // 2 - 1), draws[5]), below)
    second = (between((1, (other + 1) // 2 - 1), draws[6]), other)
    table = tuple((payoff, *_reduced(chance)) for payoff, chance in zip(payoffs, (first, second), strict=False))
    if level == 3:
        return _Game("table", (*table, payoffs[2]))
    return _Game("missing", (*table, between((-5, 10), draws[7])))


def _reduced(chance: Chance) -> Chance:
    value = Fraction(*chance)
    return value.numerator, value.denominator


def _bounded_die(draws: Sequence[float], level: int) -> _Game:
    del level
    sides = between((6, 20), draws[0])
    bound = between((max(2, sides - 8), sides - 1), draws[1])
    return _Game("die", (sides, bound, between((1, 5), draws[2]), between((1, 12), draws[3])))


def _two_dice(draws: Sequence[float], level: int) -> _Game:
    del level
    sides = sorted(between((3, 8), draw) for draw in draws[:2])
    what = ("higher", "lower", "difference")[int(draws[2] * 3)]
    return _Game("dice", (sides[0], sides[1], what, between((2, 5), draws[3]), between((0, 9), draws[4])))


def _two_spinners(draws: Sequence[float], level: int) -> _Game:
    del level
    second = tuple(zip((between((1, 6), draw) for draw in draws), _payoffs(2, -6, 20, draws[2:]), strict=False))
    paying, onward, again = (between((1, 5), draw) for draw in draws[4:7])
    again = again if draws[7] < 0.7 else 0
    return _Game("stages", (paying, between((1, 15), draws[8]), onward, again, second))


def _again(draws: Sequence[float], level: int) -> _Game:
    del level
    payoffs = _payoffs(between((4, 7), draws[0]), 1, 30, draws[1:])
    return _Game("again", (tuple(payoffs), 1 + (draws[9] < 0.5)))


_DRAWN: Sequence[Callable[[Sequence[float], int], _Game]] = (
    _spinner, _spinner, _table, _table, _bounded_die, _two_dice, _two_spinners, _again
)  # fmt: skip


def _pay(sectors: Sectors) -> str:
    return ", ".join(f"{count} {'pays' if count == 1 else 'pay'} {payoff}" for count, payoff in sectors)


def _spinner_text(sectors: Sectors) -> str:
    return f"A spinner has {_total(sectors)} equal sectors: {_pay(sectors)}. Expected payoff?"


def _chance_text(first: tuple[int, int, int], second: tuple[int, int, int]) -> str:
    return ", ".join(f"{payoff} with chance {top}/{bottom}" for payoff, top, bottom in (first, second))


def _table_text(first: tuple[int, int, int], second: tuple[int, int, int], other: int) -> str:
    return f"A game pays {_chance_text(first, second)}, otherwise {other}. Expected payoff?"


def _missing_text(first: tuple[int, int, int], second: tuple[int, int, int], expected: int) -> str:
    return f"A game pays {_chance_text(first, second)}, otherwise x. The expected payoff is {expected}. What is x?"


def _die_text(sides: int, bound: int, times: int, loss: int) -> str:
    pays = "the result" if times == 1 else f"{times} times the result"
    return f"A die with {sides} sides pays {pays} if it is at least {bound}, otherwise {-loss}. Expected payoff?"


def _dice_text(small: int, large: int, what: str, times: int, minus: int) -> str:
    kind = "the difference (larger minus smaller)" if what == "difference" else f"the {what} result"
    less = f", minus {minus}" if minus else ""
    return f"Two dice with {small},{large} sides are rolled and pay {times} times {kind}{less}. Expected payoff?"


def _stages_text(paying: int, payoff: int, onward: int, again: int, second: Sectors) -> str:
    back = f", {again} {'lets' if again == 1 else 'let'} you spin A again" if again else ""
    return (
        f"Spinner A has {paying + onward + again} equal sectors: {_pay(((paying, payoff),))}, "
        f"{onward} {'sends' if onward == 1 else 'send'} you to spinner B{back}. "
        f"Spinner B has {_total(second)}: {_pay(second)}. Expected payoff from A?"
    )


def _again_text(payoffs: Sequence[int], more: int) -> str:
    how = "once" if more == 1 else "twice"
    return (
        f"A spinner has {len(payoffs)} equal sectors that pay {', '.join(map(str, payoffs))}. You may reject what you "
        f"spin and spin again, at most {how}; you get what you spin last. Expected payoff with the best choices?"
    )


def _total(sectors: Sectors) -> int:
    return sum(count for count, _ in sectors)


def _sum_of(pairs: Iterable[tuple[int, object]]) -> tuple[str, str]:
    """Counts times payoffs, as products and worked out."""
    written = [(count, str(payoff), count * Fraction(str(payoff))) for count, payoff in pairs]
    products = "+".join(f"{count}*{payoff if payoff.isdigit() else f'({payoff})'}" for count, payoff, _ in written)
    return products, _signed(value for _, _, value in written)


def _signed(values: Iterable[Fraction | int]) -> str:
    """Numbers as a sum with their signs."""
    text = "".join(f"{'' if value < 0 else '+'}{value}" for value in values)
    return text.removeprefix("+")


def _spinner_lines(sectors: Sectors) -> list[Working]:
    total = sum(count * payoff for count, payoff in sectors)
    return [working("sum", *_sum_of(sectors), total), _mean("E", total, _total(sectors))]


def _mean(name: str, total: int | Fraction, count: int) -> Working:
    """A sum over a number; the quotient only where it can be reduced."""
    top = total if isinstance(total, int) or total.denominator == 1 else f"({total})"
    return working(name, f"{top}/{count}", Fraction(total) / count)


def _term_lines(*outcomes: tuple[int, int, int]) -> list[Working]:
    """What is left of the chance, and the first two terms of the expectation."""
    (a, p, m), (b, q, n) = outcomes
    rest = 1 - Fraction(p, m) - Fraction(q, n)
    terms = [
        working(f"t{i}", f"{bracketed(str(pay))}*{top}/{bottom}", Fraction(pay * top, bottom))
        for i, (pay, top, bottom) in enumerate(((a, p, m), (b, q, n)), 1)
    ]
    return [working("rest", f"1-{p}/{m}-{q}/{n}", rest), *terms]


def _table_lines(first: tuple[int, int, int], second: tuple[int, int, int], other: int) -> list[Working]:
    lines = _term_lines(first, second)
    rest = Fraction(lines[0].sides[-1])
    lines.append(working("t3", f"{bracketed(str(other))}*{rest}", other * rest))
    terms = [Fraction(line.sides[-1]) for line in lines[1:]]
    return [*lines, working("E", _signed(terms), sum(terms))]


def _missing_lines(first: tuple[int, int, int], second: tuple[int, int, int], expected: int) -> list[Working]:
    lines = _term_lines(first, second)
    rest, one, two = (Fraction(line.sides[-1]) for line in lines)
    third = expected - one - two
    lines.append(working("t3", _signed((expected, -one, -two)), third))
    return [*lines, working("x", f"{_divided(third)}/({rest})", third / rest)]


def _die_lines(sides: int, bound: int, times: int, loss: int) -> list[Working]:
    faces = range(bound, sides + 1)
    added, wins, losses = "+".join(map(str, faces)), times * sum(faces), -loss * (bound - 1)
    return [
        working("wins", added if times == 1 else f"{times}*({added})", wins),
        working("losses", f"{bound - 1}*({-loss})", losses),
        working("sum", f"{wins}{losses}", wins + losses),
        _mean("E", wins + losses, sides),
    ]


def _dice_ways(small: int, large: int, what: str) -> dict[int, int]:
    """How many outcomes of two dice give each number from 1."""
    ways: dict[int, int] = {}
    for one in range(1, small + 1):
        for other in range(1, large + 1):
            result = {"higher": max(one, other), "lower": min(one, other), "difference": abs(one - other)}[what]
            ways[result] = ways.get(result, 0) + 1
    return {result: ways[result] for result in sorted(ways) if result}


def _dice_lines(small: int, large: int, what: str, times: int, minus: int) -> list[Working]:
    ways = _dice_ways(small, large, what)
    total = sum(result * count for result, count in ways.items())
    mean = Fraction(total, small * large)
    less = f"-{minus}" if minus else ""
    return [
        *(working(f"ways({result})", count) for result, count in ways.items()),
        working("sum", "+".join(f"{count}*{result}" for result, count in ways.items()), total),
        _mean("mean", total, small * large),
        working("E", f"{times}*{_divided(mean)}{less}", times * mean - minus),
    ]


def _divided(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"({value})"


def _stages_lines(paying: int, payoff: int, onward: int, again: int, second: Sectors) -> list[Working]:
    total = sum(count * pay for count, pay in second)
    after = Fraction(total, _total(second))
    first, worked = _sum_of(((paying, payoff), (onward, after)))
    together = paying * payoff + onward * after
    sectors = paying + onward + again
    left = f"({sectors}-{again})" if again else str(sectors)
    return [
        working("sumB", *_sum_of(second), total),
        _mean("B", total, _total(second)),
        working("sum", first, worked, together),
        working("E", f"{_divided(together)}/{left}", together / (paying + onward)),
    ]


def _again_lines(payoffs: Sequence[int], more: int) -> list[Working]:
    """The expectation with no choice left, then with one more each time."""
    count = len(payoffs)
    expected = Fraction(sum(payoffs), count)
    lines = [working("E1", f"({'+'.join(map(str, payoffs))})/{count}", f"{sum(payoffs)}/{count}", expected)]
    for place in range(2, more + 2):
        kept = [payoff for payoff in payoffs if payoff > expected]
        rejected = count - len(kept)
        written = f"({'+'.join(map(str, kept))}+{rejected}*{_divided(expected)})/{count}"
        expected = (sum(kept) + rejected * expected) / count
        lines.append(working("E" if place == more + 1 else f"E{place}", written, expected))
    return lines


_STATEMENTS: Mapping[str, Callable[..., str]] = {
    "spinner": _spinner_text,
    "table": _table_text,
    "missing": _missing_text,
    "die": _die_text,
    "dice": _dice_text,
    "stages": _stages_text,
    "again": _again_text,
}
_SOLVERS: Mapping[str, Callable[..., list[Working]]] = {
    "spinner": _spinner_lines,
    "table": _table_lines,
    "missing": _missing_lines,
    "die": _die_lines,
    "dice": _dice_lines,
    "stages": _stages_lines,
    "again": _again_lines,
}


@lru_cache(maxsize=1024)
def _quantities(game: _Game) -> Quantities:
    lines = _SOLVERS[game.kind](*game.facts)
    return Quantities(lines[-1].name, worked_values(lines))
