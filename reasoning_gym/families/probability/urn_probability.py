"""Chances of what is drawn from an urn, with and without replacement."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.syntax import Node
from reasoning_gym.families.named_quantities import Exact, NamedQuantities, Quantities, is_equal_number
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

_FORMAT = ANSWER_FORMAT.format(answer="the exact fraction")
_COLOURS = ("black", "blue", "green", "red", "white")
_DRAWS = ("first", "second", "third")

Part: TypeAlias = "tuple[str, int]"  # a colour and a number of balls


class _Level(NamedTuple):
    kinds: tuple[str, ...]
    most: int  # balls of a colour
    draws: tuple[int, int] = (2, 2)  # least and most
    replaced: tuple[int, ...] = (0,)  # whether balls go back


_LEVELS = (
    _Level(("one", "not"), 15, (1, 1)),
    _Level(("sequence",), 12, replaced=(1,)),
    _Level(("sequence",), 12, (2, 3)),
    _Level(("same", "different", "pair"), 9, replaced=(0, 1)),
    _Level(("none", "some"), 9, (3, 4), (0, 1)),
    _Level(("exactly",), 9, (3, 4)),
    _Level(("mixed",), 8, (3, 5)),
    _Level(("at least",), 9, (3, 5)),
)


class _Event(NamedTuple):
    urn: tuple[Part, ...]
    draws: int
    replaced: int  # 1 where each ball is put back before the next draw
    kind: str
    wanted: tuple[Part, ...]  # colours and how many of each; in the order of the draws for "sequence"


@family(category="probability", levels=8)
class UrnProbability(NamedQuantities):
    """Work out the chance of what is drawn from an urn.

    Statement: `Urn: 5 blue, 3 red balls. Draw 2 without replacement. P(blue, then red)?`
    Thoughts: the `total`, the chances of the `first`, `second` and `third` draw or of two balls of one colour
    (`red`), of `none` or of the `same` colour; from level 6 choices C(n,k), the favourable `ways`, also by how many of
    the colour are drawn (`ways(2)`), and `all` choices; and `P`.
    Answer: the chance as one exact number; a fraction needn't be in lowest terms.
    Level: 1 one draw (over 30,000 questions), 2 two draws with and 3 two or three without replacement, 4 one colour or
    two, 5 none or at least one of a colour, 6 exactly k of n draws, 7 so many of each of three colours, 8 at least k.
    Verified: by multiplying along the draws, or by counting choices.
    Checked step by step: a line is true and brings what it names nearer to a number.

        Urn: 5 blue, 3 red balls. Draw 1. P(red)?
        total=5+3=8
        P=3/8
        Answer: 3/8
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        event = _draw(_LEVELS[level - 1], rng.random(16).tolist())
        question = Question(self.name, level, _statement(event), _FORMAT, tuple(event))
        return Problem(question, str(self.quantities(question).values["P"]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        event = _event(problem.question)
        total = "+".join(str(count) for _, count in event.urn)
        values = self.quantities(problem.question).values
        return (f"total={total}={values['total']}", *_lines(event, values), f"Answer: {problem.answer}")

    def quantities(self, question: Question) -> Quantities:
        return _quantities(_event(question))

    def is_value(self, node: Node, value: Exact) -> bool:
        return is_equal_number(node, value)


def _event(question: Question) -> _Event:
    return _Event(*cast("tuple[tuple[Part, ...], int, int, str, tuple[Part, ...]]", question.given))


def _draw(level: _Level, draws: Sequence[float]) -> _Event:
    """An event that is neither impossible nor certain."""
    kind = level.kinds[int(draws[0] * len(level.kinds))]
    low, high = level.draws
    number = low + int(draws[1] * (high - low + 1))
    replaced = level.replaced[int(draws[2] * len(level.replaced))]
    order = sorted(range(len(_COLOURS)), key=lambda i: draws[3 + i])
    colours = order[: 3 if kind == "mixed" else 2 + (draws[8] < 0.6)]
    least = number if kind not in {"one", "not", "mixed"} else 1
    if kind == "mixed":
        least = 2
    counts = {
        _COLOURS[i]: least + int(draw * (level.most - least + 1)) for i, draw in zip(colours, draws[9:], strict=False)
    }
    urn = tuple(sorted(counts.items()))
    return _Event(urn, number, replaced, kind, _wanted(kind, [_COLOURS[i] for i in colours], number, draws[12:]))


def _wanted(kind: str, colours: Sequence[str], number: int, draws: Sequence[float]) -> tuple[Part, ...]:
    """What an event asks of the colours."""
    first = colours[0]
    if kind == "sequence":
        return tuple((colours[int(draw * len(colours))], 1) for draw in draws[:number])
    if kind == "mixed":
        parts = {3: (1, 1, 1), 4: (2, 1, 1), 5: ((2, 2, 1), (1, 2, 2))[draws[0] < 0.5]}[number]
        return tuple(sorted(zip(colours, parts, strict=True)))
    if kind == "pair":
        return tuple(sorted(((first, 1), (colours[1], 1))))
    if kind == "exactly":
        return ((first, 1 + int(draws[0] * (number - 1))),)
    if kind == "at least":
        return ((first, 2 + int(draws[0] * (number - 2))),)
    return () if kind in {"same", "different"} else ((first, 1),)


def _statement(event: _Event) -> str:
    balls = ", ".join(f"{count} {colour}" for colour, count in event.urn)
    how = f" {'with' if event.replaced else 'without'} replacement" if event.draws > 1 else ""
    return f"Urn: {balls} balls. Draw {event.draws}{how}. P({_asked(event)})?"


def _asked(event: _Event) -> str:
    colours = [colour for colour, _ in event.wanted]
    if event.kind == "sequence":
        return ", then ".join(colours)
    if event.kind == "mixed":
        return ", ".join(f"{count} {colour}" for colour, count in event.wanted)
    if event.kind == "pair":
        return f"one {colours[0]} and one {colours[1]}"
    if not event.wanted:
        return "same colour" if event.kind == "same" else "different colours"
    colour, count = event.wanted[0]
    return {
        "one": colour,
        "not": f"not {colour}",
        "none": f"no {colour}",
        "some": f"at least one {colour}",
        "exactly": f"exactly {count} {colour}",
        "at least": f"at least {count} {colour}",
    }[event.kind]


def _chances(urn: Mapping[str, int], colours: Sequence[str], replaced: int) -> list[tuple[int, int]]:
    """Favourable and all balls at each draw of a sequence of colours."""
    left = dict(urn)
    chances: list[tuple[int, int]] = []
    for colour in colours:
        chances.append((left[colour], sum(left.values())))
        left[colour] -= 1 - replaced
    return chances


def _others(event: _Event) -> list[tuple[int, int]]:
    """The chances of draws that all miss the wanted colour."""
    counts = dict(event.urn)
    own = counts[event.wanted[0][0]]
    return _chances({"own": own, "other": sum(counts.values()) - own}, ["other"] * event.draws, event.replaced)


def _colour_chances(event: _Event) -> dict[str, list[tuple[int, int]]]:
    """For each colour, the chances that every ball has it."""
    counts = dict(event.urn)
    return {colour: _chances(counts, [colour] * event.draws, event.replaced) for colour in counts}


def _sequence(event: _Event) -> list[tuple[int, int]]:
    return _chances(dict(event.urn), [colour for colour, _ in event.wanted], event.replaced)


def _value(chances: Sequence[tuple[int, int]]) -> Fraction:
    return math.prod((Fraction(*chance) for chance in chances), start=Fraction(1))


def _choices(event: _Event) -> dict[int, list[tuple[int, int]]]:
    """By how many of the first wanted colour are drawn: from how many balls how many are chosen, part by part."""
    counts = dict(event.urn)
    if event.kind == "mixed":
        return {event.wanted[0][1]: [(counts[colour], number) for colour, number in event.wanted]}
    colour, least = event.wanted[0]
    own, others = counts[colour], sum(counts.values()) - counts[colour]
    most = least if event.kind == "exactly" else event.draws
    return {
        number: [(own, number), *([(others, event.draws - number)] if number < event.draws else [])]
        for number in range(least, most + 1)
    }


def _name(choice: tuple[int, int]) -> str:
    return f"C({choice[0]},{choice[1]})"


@lru_cache(maxsize=1024)
def _quantities(event: _Event) -> Quantities:
    total = sum(count for _, count in event.urn)
    aliases: dict[str, str] = {}
    values: dict[str, Exact] = {"total": total}
    if event.kind in {"one", "not"}:
        own = dict(event.urn)[event.wanted[0][0]]
        ways = own if event.kind == "one" else total - own
        values |= {"ways": ways, "P": Fraction(ways, total)}
    elif event.kind in {"sequence", "pair"}:
        chances = _sequence(event)
        values |= {name: Fraction(*chance) for name, chance in zip(_DRAWS, chances, strict=False)}
        values["P"] = _value(chances) * (1 if event.kind == "sequence" else 2)
    elif event.kind in {"same", "different"}:
        each = {colour: _value(chances) for colour, chances in _colour_chances(event).items()}
        same = sum(each.values(), Fraction(0))
        values |= {**each, "same": same, "P": same if event.kind == "same" else 1 - same}
    elif event.kind in {"none", "some"}:
        none = _value(_others(event))
        values |= {"none": none, "P": none if event.kind == "none" else 1 - none}
    else:
        values |= _counts(event, total)
        aliases = {_name((total, event.draws)): "all"}
    return Quantities("P", values, aliases)


def _counts(event: _Event, total: int) -> dict[str, Exact]:
    every = (total, event.draws)
    values: dict[str, Exact] = {"all": math.comb(*every)}
    ways = 0
    for number, choices in _choices(event).items():
        values |= {_name(choice): math.comb(*choice) for choice in choices}
        part = math.prod(math.comb(*choice) for choice in choices)
        values[f"ways({number})"] = part
        ways += part
    return {**values, "ways": ways, "P": Fraction(ways, math.comb(*every))}


def _lines(event: _Event, values: Mapping[str, Exact]) -> list[str]:
    """The steps behind the total."""
    if event.kind == "one":
        return [f"P={values['ways']}/{values['total']}"]
    if event.kind == "not":
        others = [str(count) for colour, count in event.urn if colour != event.wanted[0][0]]
        ways = f"ways={'+'.join(others)}={values['ways']}" if len(others) > 1 else f"ways={others[0]}"
        return [ways, f"P={values['ways']}/{values['total']}"]
    if event.kind in {"sequence", "pair"}:
        return _sequence_lines(event)
    if event.kind in {"same", "different"}:
        return _colour_lines(event)
    if event.kind in {"none", "some"}:
        chances = _others(event)
        name = "P" if event.kind == "none" else "none"
        lines = [f"{name}={_factors(chances)}={_over(chances)}"]
        top, bottom = _products(chances)
        return lines if event.kind == "none" else [*lines, f"P=1-{top}/{bottom}={bottom - top}/{bottom}"]
    return _choice_lines(event, values)


def _sequence_lines(event: _Event) -> list[str]:
    chances = _sequence(event)
    top, bottom = _products(chances)
    named = "; ".join(f"{name}={top}/{bottom}" for name, (top, bottom) in zip(_DRAWS, chances, strict=False))
    if event.kind == "pair":
        return [named, f"P=2*{_factors(chances)}={2 * top}/{bottom}"]
    return [named, f"P={_factors(chances)}={top}/{bottom}"]


def _colour_lines(event: _Event) -> list[str]:
    each = _colour_chances(event)
    lines = [f"{colour}={_factors(chances)}={_over(chances)}" for colour, chances in each.items()]
    top = sum(_products(chances)[0] for chances in each.values())
    bottom = _products(next(iter(each.values())))[1]
    same = f"{'+'.join(map(_over, each.values()))}={top}/{bottom}"
    if event.kind == "same":
        return [*lines, f"P={same}"]
    return [*lines, f"same={same}", f"P=1-{top}/{bottom}={bottom - top}/{bottom}"]


def _choice_lines(event: _Event, values: Mapping[str, Exact]) -> list[str]:
    parts = _choices(event)
    lines = [
        f"{f'ways({number})' if len(parts) > 1 else 'ways'}={_product_of_choices(choices)}"
        for number, choices in parts.items()
    ]
    if len(parts) > 1:
        lines.append(f"ways={'+'.join(str(values[f'ways({number})']) for number in parts)}={values['ways']}")
    every = values["all"]
    return [*lines, f"all=C({values['total']},{event.draws})={every}", f"P={values['ways']}/{every}"]


def _product_of_choices(choices: Sequence[tuple[int, int]]) -> str:
    """`C(5,2)*C(6,1)=10*6=60`."""
    numbers = [math.comb(*choice) for choice in choices]
    names = "*".join(map(_name, choices))
    if len(numbers) == 1:
        return f"{names}={numbers[0]}"
    return f"{names}={'*'.join(map(str, numbers))}={math.prod(numbers)}"


def _products(chances: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return math.prod(top for top, _ in chances), math.prod(bottom for _, bottom in chances)


def _over(chances: Sequence[tuple[int, int]]) -> str:
    top, bottom = _products(chances)
    return f"{top}/{bottom}"


def _factors(chances: Sequence[tuple[int, int]]) -> str:
    return "*".join(f"{top}/{bottom}" for top, bottom in chances)
