"""Chances of what fair dice show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.syntax import Node
from reasoning_gym.families.draws import pick
from reasoning_gym.families.named_quantities import Exact, NamedQuantities, Quantities, grouped, is_equal_number
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the exact fraction")
_MOST_SUMS = 6  # that an event of level 3 or 8 takes together
_A_LINE = 4  # counts in one line


class _Event(NamedTuple):
    sides: tuple[int, ...]  # of each die, ascending
    kind: str
    bound: int  # what the kind compares with; 0 where it compares with nothing
    dice: int = 0  # that "exactly" asks for


_TEXTS = {
    "result at least": "result>={bound}",
    "result at most": "result<={bound}",
    "result multiple": "result is a multiple of {bound}",
    "sum": "sum={bound}",
    "sum at least": "sum>={bound}",
    "sum at most": "sum<={bound}",
    "both at least": "both dice>={bound}",
    "one at least": "at least one die>={bound}",
    "highest": "highest result={bound}",
    "lowest": "lowest result={bound}",
    "equal": "both dice equal",
    "one face": "at least one die={bound}",
    "different": "all dice different",
    "repeated": "at least two dice equal",
    "exactly": "exactly {dice} of the dice>={bound}",
}


@family(category="probability", levels=8)
class DiceProbability(NamedQuantities):
    """Work out the chance of an event when fair dice are rolled.

    Statement: `Roll fair dice with 4,6 sides. P(sum=7)?` The sides of a die are numbered from 1.
    Thoughts: the favourable `ways`, or the `others` where that is easier, the `total` and `P`; for sums of three
    dice also W(s) and U(s), the ways in which the first two and all three make s. `p` and `q` are the chances of
    one die to do it and not to, C(n,k) counts choices.
    Answer: the chance as one exact number; a fraction needn't be in lowest terms.
    Level: 1 one die (about 1,200 questions), 2 the sum of two dice (about 3,500), 3 sums from or up to a bound (about
    1,500), 4 the higher, the lower and either of two dice (about 5,000), 5 three to five like dice (about 1,300), 6 the
    sum of three dice (about 3,600), 7 exactly k of n dice (about 900), 8 sums of three dice from or up to a bound
    (about 1,700).
    Verified: by counting the outcomes.
    Checked step by step: a line is true and brings what it names nearer to a number.

        Roll a fair die with 26 sides. P(result>=17)?
        ways=26-17+1=10
        P=10/26
        Answer: 5/13
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        event = _draw(level, rng.random(6).tolist())
        die = "a fair die" if len(event.sides) == 1 else "fair dice"
        text = _TEXTS[event.kind].format(bound=event.bound, dice=event.dice)
        statement = f"Roll {die} with {','.join(map(str, event.sides))} sides. P({text})?"
        question = Question(self.name, level, statement, _FORMAT, tuple(event))
        return Problem(question, str(self.quantities(question).values["P"]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        event = _event(problem.question)
        values = self.quantities(problem.question).values
        lines = _binomial_lines(event, values) if event.kind == "exactly" else _counting_lines(event, values)
        return (*lines, f"Answer: {problem.answer}")

    def quantities(self, question: Question) -> Quantities:
        return _quantities(_event(question))

    def is_value(self, node: Node, value: Exact) -> bool:
        return is_equal_number(node, value)


def _event(question: Question) -> _Event:
    return _Event(*cast("tuple[tuple[int, ...], str, int, int]", question.given))


def _draw(level: int, draws: Sequence[float]) -> _Event:
    """An event of a level, neither impossible nor certain."""
    first, second, third, kind, bound, _ = draws
    if level == 1:
        sides = 6 + int(first * 25)
        chosen = pick(("result at least", "result at most", "result multiple"), kind)
        return _Event((sides,), chosen, 2 + int(bound * (sides - 2)))
    if level in {5, 7}:
        return _like_dice(level, draws)
    highest = 20 if level < 6 else 12
    dice = tuple(sorted(4 + int(draw * (highest - 3)) for draw in (first, second, third)[: 2 if level < 5 else 3]))
    if level in {2, 6}:
        return _Event(dice, "sum", len(dice) + int(bound * (sum(dice) - len(dice) + 1)))
    if level == 4:
        chosen = pick(("both at least", "one at least", "highest", "lowest", "equal"), min(kind * 1.2, 0.99))
        return _Event(dice, chosen, 0 if chosen == "equal" else 2 + int(bound * (dice[0] - 1)))
    inside = 2 + int(bound * (_MOST_SUMS - 1))  # how many sums are taken together
    if kind < 0.5:
        return _Event(dice, "sum at least", sum(dice) - inside + 1)
    return _Event(dice, "sum at most", len(dice) + inside - 1)


def _like_dice(level: int, draws: Sequence[float]) -> _Event:
    first, second, _, kind, bound, count = draws
    sides, dice = 4 + int(first * (17 if level == 5 else 12)), 3 + int(second * 3)
    if level == 7:
        return _Event((sides,) * dice, "exactly", 2 + int(bound * (sides - 1)), 1 + int(count * (dice - 1)))
    chosen = pick(("one face", "one at least", "one face", "one at least", "different", "repeated"), kind)
    if chosen in {"different", "repeated"}:
        return _Event((max(sides, dice),) * dice, chosen, 0)
    lowest = 1 if chosen == "one face" else 2
    return _Event((sides,) * dice, chosen, lowest + int(bound * (sides - lowest + 1)))


def _sums(sides: Sequence[int]) -> dict[int, int]:
    """In how many ways dice make each sum."""
    ways = {0: 1}
    for side in sides:
        longer: dict[int, int] = {}
        for total, count in ways.items():
            for face in range(1, side + 1):
                longer[total + face] = longer.get(total + face, 0) + count
        ways = longer
    return ways


def _wanted_sums(event: _Event) -> list[int]:
    low, high = len(event.sides), sum(event.sides)
    if event.kind == "sum":
        return [event.bound]
    return list(range(event.bound, high + 1) if event.kind == "sum at least" else range(low, event.bound + 1))


def _pairs_needed(event: _Event) -> list[int]:
    """The sums of the first two of three dice that the wanted sums are made of."""
    pairs, last = _sums(event.sides[:2]), event.sides[2]
    wanted = {total - face for total in _wanted_sums(event) for face in range(1, last + 1)}
    return sorted(wanted & set(pairs))


@lru_cache(maxsize=1024)
def _quantities(event: _Event) -> Quantities:
    if event.kind == "exactly":
        return _binomial(event)
    total = math.prod(event.sides)
    ways = _count(event)
    values: dict[str, Exact] = {"ways": ways, "others": total - ways, "total": total, "P": Fraction(ways, total)}
    if len(event.sides) == 1:
        del values["total"]  # stands in the question
    if event.kind.startswith("sum") and event.kind != "sum":
        letter = "W" if len(event.sides) == 2 else "U"
        sums = _sums(event.sides)
        values.update({f"{letter}({total})": sums[total] for total in _wanted_sums(event)})
    if event.kind.startswith("sum") and len(event.sides) == 3:
        pairs = _sums(event.sides[:2])
        values.update({f"W({total})": pairs[total] for total in _pairs_needed(event)})
    return Quantities("P", values)


def _binomial(event: _Event) -> Quantities:
    sides, dice, count = event.sides[0], len(event.sides), event.dice
    success = Fraction(sides - event.bound + 1, sides)
    choices = math.comb(dice, count)
    chance = choices * success**count * (1 - success) ** (dice - count)
    return Quantities("P", {"p": success, "q": 1 - success, f"C({dice},{count})": choices, "P": chance})


def _count(event: _Event) -> int:
    """The outcomes of the event."""
    sides, kind, bound = event.sides, event.kind, event.bound
    if kind.startswith("sum"):
        sums = _sums(sides)
        return sum(sums[total] for total in _wanted_sums(event))
    if kind == "result at most":
        return bound
    if kind == "result multiple":
        return sides[0] // bound
    if kind == "equal":
        return sides[0]
    if kind in {"result at least", "both at least"}:
        return _product(sides, bound)
    if kind == "lowest":
        return _product(sides, bound) - _product(sides, bound + 1)
    if kind == "different":
        return math.perm(sides[0], len(sides))
    return (
        math.prod(sides) - math.prod(_other_factors(event))
        if kind != "highest"
        else _up_to(sides, bound) - _up_to(sides, bound - 1)
    )


def _product(sides: Sequence[int], bound: int) -> int:
    """The outcomes in which every die shows at least the bound."""
    return math.prod(max(side - bound + 1, 0) for side in sides)


def _up_to(sides: Sequence[int], bound: int) -> int:
    return math.prod(min(side, bound) for side in sides)


def _other_factors(event: _Event) -> list[int]:
    """How many choices each die has outside of an event that is easier to count from there."""
    if event.kind == "repeated":
        return _different(event.sides)
    if event.kind == "one face":
        return [side - 1 for side in event.sides]
    return [min(side, event.bound - 1) for side in event.sides]


def _different(sides: Sequence[int]) -> list[int]:
    return list(range(sides[0], sides[0] - len(sides), -1))


def _binomial_lines(event: _Event, values: Mapping[str, Exact]) -> list[str]:
    sides, dice, count = event.sides[0], len(event.sides), event.dice
    choices, chance = f"C({dice},{count})", values["P"]
    return [
        f"p={sides - event.bound + 1}/{sides}",
        f"q=1-{values['p']}={values['q']}",
        f"{choices}={values[choices]}",
        f"P={values[choices]}*{_power(values['p'], count)}*{_power(values['q'], dice - count)}={chance}",
    ]


def _power(base: object, exponent: int) -> str:
    return f"({base})^{exponent}" if exponent > 1 else str(base)


def _counting_lines(event: _Event, values: Mapping[str, Exact]) -> list[str]:
    lines = _ways_lines(event, values)
    total = math.prod(event.sides)
    if len(event.sides) > 1:
        lines.insert(1 if lines[0].startswith("others") else len(lines), f"total={_times(event.sides)}={total}")
    chance = f"P={values['ways']}/{total}"
    return [*lines, chance]


def _ways_lines(event: _Event, values: Mapping[str, Exact]) -> list[str]:
    """The lines that count the favourable outcomes; the total, where it is needed, comes behind the first."""
    sides, kind, bound, ways = event.sides, event.kind, event.bound, values["ways"]
    if kind == "result at least":
        return [f"ways={sides[0]}-{bound}+1={ways}"]
    if kind == "sum" and len(sides) == 2:
        return [f"ways={min(sides[0], bound - 1)}-{max(1, bound - sides[1])}+1={ways}"]
    if kind.startswith("sum"):
        return _sum_lines(event, values)
    if kind in {"both at least", "different"}:
        factors = [side - bound + 1 for side in sides] if bound else _different(sides)
        return [f"ways={_times(factors)}={ways}"]
    if kind == "highest":
        return [f"ways={_times([bound] * 2)}-{_times([bound - 1] * 2)}={ways}"]
    if kind == "lowest":
        above = f"-{_times([side - bound for side in sides])}" if sides[0] > bound else ""
        return [f"ways={_times([side - bound + 1 for side in sides])}{above}={ways}"]
    if kind in {"one at least", "one face", "repeated"}:
        others, total = values["others"], math.prod(sides)
        return [f"others={_times(_other_factors(event))}={others}", f"ways={total}-{others}={ways}"]
    return [f"ways={ways}"]


def _sum_lines(event: _Event, values: Mapping[str, Exact]) -> list[str]:
    """Sums of two dice, then of three, then all that are wanted."""
    sides, wanted = event.sides, _wanted_sums(event)
    counts: list[str] = []
    terms = [values.get(f"W({total})", 0) for total in wanted]
    if len(sides) == 3:
        pairs = _pairs_needed(event)
        counts += [f"W({total})={values[f'W({total})']}" for total in pairs]
        made = [
            [values[f"W({total - face})"] for face in range(1, sides[2] + 1) if total - face in pairs]
            for total in wanted
        ]
        if event.kind == "sum":
            return [*grouped(counts, _A_LINE), f"ways={_added(made[0])}"]
        lines = [f"U({total})={_added(parts)}" for total, parts in zip(wanted, made, strict=True)]
        terms = [values[f"U({total})"] for total in wanted]
        return [*grouped(counts, _A_LINE), *lines, f"ways={_added(terms)}"]
    counts = [f"W({total})={count}" for total, count in zip(wanted, terms, strict=True)]
    return [*grouped(counts, _A_LINE), f"ways={_added(terms)}"]


def _added(terms: Sequence[object]) -> str:
    """Terms and their sum: `1+2=3`; one term by itself."""
    total = sum(cast("Sequence[int]", terms))
    return f"{'+'.join(map(str, terms))}={total}" if len(terms) > 1 else str(total)


def _times(factors: Sequence[int]) -> str:
    return "*".join(map(str, factors))
