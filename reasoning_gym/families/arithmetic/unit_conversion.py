"""Conversions between units of measurement by factors that are exact by definition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations, pairwise, permutations
from typing import TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.rationals import Rational
from reasoning_gym.checker.units import read_unit
from reasoning_gym.families.decimals import check_decimal, decimal, places_of
from reasoning_gym.families.derivations import Plan, Rule, check_derivation, plan
from reasoning_gym.families.readings import spaced
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

_FORMAT = ANSWER_FORMAT.format(answer="the exact number as a decimal, with or without the unit")
_MOST_PLACES, _LARGEST = 8, 10**9  # of an answer
_MOST_CHARACTERS = 9  # of a number in a question

# Units of one kind from large to small, each a step from the next; a person converts from one to its neighbour.
_CHAINS = (
    ("km", "m", "cm", "mm"),
    ("mi", "yd", "ft", "in"),
    ("t", "kg", "g", "mg"),
    ("st", "lb", "oz"),
    ("L", "mL"),
    ("L", "dL", "cL", "mL"),
    ("L", "cL"),
    ("gal", "qt", "pt"),
    ("wk", "day", "h", "min", "s"),
    ("km^2", "ha", "m^2", "cm^2", "mm^2"),
    ("yd^2", "ft^2", "in^2"),
    ("m^3", "cm^3"),
    ("m^3", "L", "cm^3", "mm^3"),
    ("yd^3", "ft^3", "in^3"),
)
_BRIDGES = (("in", "cm"), ("in", "mm"), ("ft", "cm"), ("ft", "m"), ("yd", "m"), ("mi", "km"), ("lb", "kg"), ("lb", "g"))

# What is converted into what, by level; compound quantities are written with spaces, `*` stands for a change of ends.
_CONVERSIONS = (
    "km>m m>cm cm>mm kg>g t>kg L>mL g>mg h>min min>s day>h wk>day",
    "km*m m*cm cm*mm kg*g t*kg L*cL L*dL g*mg h*min min*s day*h ft*in yd*ft lb*oz st*lb gal*qt qt*pt",
    "km*cm m*mm km*mm kg*mg t*g mi*ft yd*in day*min h*s wk*h gal*pt st*oz",
    "ft,in>in h,min>min lb,oz>oz kg,g>g km,m>m min,s>s yd,ft,in>in h,min,s>s wk,day,h>h st,lb>oz day,h,min>min",
    "in*cm ft*cm yd*m in*mm mi*km ft*m yd*cm lb*kg",
    "m^2*cm^2 km^2*m^2 ha*m^2 km^2*ha cm^2*mm^2 yd^2*ft^2 ft^2*in^2 m^3*L L*cm^3 cm^3*mm^3 m^3*cm^3 yd^3*ft^3 "
    "ft^3*in^3",
    "km/h*m/s km/h*m/min m/min*cm/s L/min*mL/s mi/h*ft/min g/min*kg/h m/s*km/min L/h*cL/min kg/day*g/h mi/h*ft/s",
    "ft,in>cm yd,ft,in>cm ft,in>m st,lb>kg mi,yd>km yd,in>mm yd,ft>m mi,ft>m",
)

Amount: TypeAlias = "tuple[str, str]"  # number, unit
Given: TypeAlias = "tuple[tuple[Amount, ...], str]"


@family(category="arithmetic", levels=8)
class UnitConversion(Family):
    """Convert a quantity into another unit.

    Statement: `Convert: 5 ft 7 in to cm`, `Convert: 72 km/h to m/s`. Units: km, m, cm, mm; mi, yd, ft, in; t, kg,
    g, mg; st, lb, oz; m^3, L, dL, cL, cm^3, mL, mm^3; gal, qt, pt; wk, day, h, min, s; ha and the squares and
    cubes of lengths. 1 in = 2.54 cm and 1 lb = 0.45359237 kg, by definition.
    Thoughts: one calculation a line, from a unit to its neighbour: `5*12=60`, `60+7=67`, `67*2.54=170.18`.
    Answer: the number as a decimal, exactly, with or without the unit: `170.18` or `170.18 cm`.
    Level: 1 whole numbers, one step down (about 1,100 different questions), 2 one step with decimals, 3 two or three
    steps, 4 compound quantities (about 8,000), 5 between metric and imperial, 6 areas and volumes, 7 rates, 8 compound
    quantities from imperial to metric (about 2,300).
    Verified: by the exact sizes of the units; a number with another unit is incorrect.
    Checked step by step: a line must be a true calculation that works out from numbers at hand, with a true factor,
    the quantity in a unit between the two that is new, a sum of its parts, or a factor made of others.

        Convert: 7 m to cm
        7*100=700
        Answer: 700
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        while True:
            amounts, end = _draw(rng, level)
            value = _value(amounts, end)
            texts = [number for number, _ in amounts]
            if value < _LARGEST and places_of(value) <= _MOST_PLACES and max(map(len, texts)) <= _MOST_CHARACTERS:
                break
        statement = f"Convert: {' '.join(f'{number} {unit}' for number, unit in amounts)} to {end}"
        question = Question(self.name, level, statement, _FORMAT, (amounts, end))
        return Problem(question, decimal(value))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        amounts, end = _given(problem.question)
        lines: list[str] = []
        total, unit = Fraction(amounts[0][0]), amounts[0][1]
        for number, smaller in amounts[1:]:
            total = _convert(total, unit, smaller, lines) + Fraction(number)
            lines.append(f"{decimal(total - Fraction(number))}+{number}={decimal(total)}")
            unit = smaller
        _convert(total, unit, end, lines)
        return (*dict.fromkeys(lines), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_derivation(_plan(*_given(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        amounts, end = _given(question)
        return guarded(lambda: check_decimal(_without_unit(spaced(answer), end), _value(amounts, end)))


def _given(question: Question) -> Given:
    return cast("Given", question.given)


@cache
def _size(unit: str) -> Fraction:
    """A unit in units of the SI."""
    found = read_unit(unit)
    if found is None:
        raise ValueError(f"{unit!r} is no unit; use one that the checker knows")
    return found.scale


def _value(amounts: Sequence[Amount], end: str) -> Fraction:
    return sum((Fraction(number) * _ratio(unit, end) for number, unit in amounts), Fraction(0))


_TRAILING_UNIT = re.compile(r"(?<=[\d. ])\s{0,3}(?P<unit>[A-Za-z\\][A-Za-z0-9^/ {}()\\²³·-]{0,60})", re.ASCII)


def _without_unit(answer: str, end: str) -> str:
    """The number of an answer that ends in the unit that was asked for, in any spelling."""
    found = _TRAILING_UNIT.search(answer)
    if found is None or found.end() < len(answer):
        return answer
    measure = read_unit(found["unit"].strip())
    return answer[: found.start()] if measure is not None and measure == read_unit(end) else answer


@cache
def _conversions(level: int) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The units of the quantities of a level, and what they are converted into."""
    found: list[tuple[tuple[str, ...], str]] = []
    for text in _CONVERSIONS[level - 1].split():
        start, end = re.split("[>*]", text)
        found.append((tuple(start.split(",")), end))
        if "*" in text:
            found.append(((end,), start))
    return tuple(found)


def _draw(rng: np.random.Generator, level: int) -> tuple[tuple[Amount, ...], str]:
    draws = rng.random(5).tolist()
    units, end = _conversions(level)[int(draws[0] * len(_conversions(level)))]
    if len(units) == 1:
        return (((decimal(_single(draws[1:], units[0], end, level)), units[0]),), end)
    amounts = [(str(1 + int(draws[1] * 20)), units[0])]
    for larger, unit, draw in zip(units, units[1:], draws[2:], strict=False):
        ratio = min(int(_size(larger) / _size(unit)), 1000)
        amounts.append((str(1 + int(draw * (ratio - 1))), unit))
    return tuple(amounts), end


def _single(draws: Sequence[float], start: str, end: str, level: int) -> Fraction:
    """A number for which the conversion comes out with few places: one of the two sides is a short decimal."""
    places = 0 if level == 1 else int(draws[0] * 3) if level > 2 else int(draws[0] * 2)
    number = Fraction(2 + int(draws[1] * (98 if level == 1 else 398)), 10**places)
    ratio = _ratio(start, end)
    return number if _multiplies(ratio) else number * _without_twos_and_fives(ratio.numerator) / ratio


@cache
def _ratio(start: str, end: str) -> Fraction:
    """How many of one unit, which may be one per another, a unit makes."""
    (over, _, under), (end_over, _, end_under) = start.partition("/"), end.partition("/")
    return _factor(over, end_over) * (_factor(end_under, under) if under else 1)


def _without_twos_and_fives(number: int) -> int:
    for prime in (2, 5):
        while number % prime == 0:
            number //= prime
    return number


def _convert(value: Fraction, start: str, end: str, lines: list[str]) -> Fraction:
    """The value in another unit; appends the calculations, products first, so that each quotient comes out."""
    (over, _, under), (end_over, _, end_under) = start.partition("/"), end.partition("/")
    factors = [_factor(unit, neighbour) for unit, neighbour in _steps(over, end_over)]
    factors += [_factor(neighbour, unit) for unit, neighbour in _steps(under, end_under)]
    for factor in sorted(factors, key=lambda factor: not _multiplies(factor)):
        sign, shown = ("*", factor) if _multiplies(factor) else ("/", 1 / factor)
        lines.append(f"{decimal(value)}{sign}{decimal(shown)}={decimal(value * factor)}")
        value *= factor
    return value


def _factor(unit: str, other: str) -> Fraction:
    return _size(unit) / _size(other)


def _multiplies(factor: Fraction) -> bool:
    """Whether a person multiplies by a factor: by 100 and by 2.54, but not by 0.01."""
    terminates = _without_twos_and_fives(factor.denominator) == 1
    return factor.denominator == 1 or (factor.numerator != 1 and terminates)


def _steps(start: str, end: str) -> Iterator[tuple[str, str]]:
    """The shortest way from a unit to another, as pairs of neighbours."""
    way = _way(start, end)
    return pairwise(way)


@cache
def _way(start: str, end: str) -> tuple[str, ...]:
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    queue = [start]
    for unit in queue:  # grows while it is walked
        for neighbour in _neighbours(unit):
            if neighbour not in ways:
                ways[neighbour] = (*ways[unit], neighbour)
                queue.append(neighbour)
    return ways[end]


def _neighbours(unit: str) -> Iterator[str]:
    for pair in (*_BRIDGES, *(pair for chain in _CHAINS for pair in pairwise(chain))):
        if unit in pair:
            yield pair[1 - pair.index(unit)]


@lru_cache(maxsize=64)
def _plan(amounts: tuple[Amount, ...], end: str) -> Plan:
    """Each amount, and each sum of the first of them, in every unit on the way."""
    units, (end_over, _, end_under) = [unit.partition("/") for _, unit in amounts], end.partition("/")
    overs = _between([*(over for over, _, _ in units), end_over])
    unders = _between([units[0][2], end_under]) if end_under else ("",)
    given: dict[str, Rational] = {f"{one}>{other}": _factor(one, other) for one, other in _pairs(overs, unders)}
    given |= {f"amount{place}:{unit}": Fraction(number) for place, (number, unit) in enumerate(amounts)}
    rules: list[Rule] = []
    for place, (_, unit) in enumerate(amounts):
        rules += _in_all_units(f"amount{place}", unit, overs, unders)
        if place:
            first = "amount0" if place == 1 else f"sum{place - 1}"
            rules += [Rule(f"sum{place}:{over}", f"{first}:{over}", "+", f"amount{place}:{over}") for over in overs]
            rules += _in_all_units(f"sum{place}", unit, overs, unders)
    if end_under:
        given |= {"ratio": _ratio(amounts[0][1], end), "inverse": 1 / _ratio(amounts[0][1], end)}
        rules += [
            Rule(f"amount0:{end}", f"amount0:{amounts[0][1]}", *way) for way in (("*", "ratio"), ("/", "inverse"))
        ]
    if partly := _partly_converted(*amounts[0], end):
        given |= partly
        rules += _by_lengths(amounts[0][1], end, partly)
    return plan(given | _roots(overs), [*rules, *_factors_of_factors(overs), *_factors_of_factors(unders)])


def _pairs(overs: Sequence[str], unders: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from permutations(overs, 2)
    yield from permutations(unders, 2)


def _between(ends: Sequence[str]) -> tuple[str, ...]:
    """The units that may be used on the way, large to small: between the ends, or below where two systems meet."""
    way = [unit for start, end in pairwise(ends) for unit in _way(start, end)]
    sizes = [_size(unit) for unit in way]
    chains = [chain for chain in _CHAINS if set(chain) & set(way)]
    lowest = Fraction(0) if any(set(pair) <= set(way) for pair in _BRIDGES) else min(sizes)
    units = {unit for chain in chains for unit in chain if lowest <= _size(unit) <= max(sizes)}
    return tuple(sorted(units | set(way), key=lambda unit: (-_size(unit), unit)))


def _in_all_units(name: str, start: str, overs: Sequence[str], unders: Sequence[str]) -> Iterator[Rule]:
    """How a quantity in one unit follows from the same in another, first of all from the unit in which it is given."""
    over, _, under = start.partition("/")
    ordered = [over, *(unit for unit in overs if unit != over)]
    for below in [under, *(unit for unit in unders if unit != under)]:
        for one, other in permutations(ordered, 2):
            yield Rule(_named(name, other, below), _named(name, one, below), "*", f"{one}>{other}")
            yield Rule(_named(name, other, below), _named(name, one, below), "/", f"{other}>{one}")
        for other in unders:
            for above in ordered if other != below else ():
                yield Rule(_named(name, above, other), _named(name, above, below), "*", f"{other}>{below}")
                yield Rule(_named(name, above, other), _named(name, above, below), "/", f"{below}>{other}")


def _partly_converted(number: str, start: str, end: str) -> dict[str, Rational]:
    """An area or volume times the factor of lengths once, or twice of three times: the 300 of 3*100*100.

    It is at hand, for by itself it is no step: 300 is what is stated by who forgets that cm^2 aren't cm.
    """
    if not start[-2:-1] == end[-2:-1] == "^":
        return {}
    factor = _factor(start[:-2], end[:-2])
    return {f"partly{times}": Fraction(number) * factor**times for times in range(1, int(end[-1]))}


def _by_lengths(start: str, end: str, partly: Iterable[str]) -> Iterator[Rule]:
    """How the amount in the unit that is asked for follows by way of what is converted partly."""
    large, small = sorted((start, end), key=_size, reverse=True)
    for one, other in pairwise((f"amount0:{start}", *partly, f"amount0:{end}")):
        yield Rule(other, one, "*" if start == large else "/", f"{large}>{small} length")


def _named(name: str, over: str, under: str) -> str:
    return f"{name}:{over}/{under}" if under else f"{name}:{over}"


def _roots(units: Sequence[str]) -> dict[str, Rational]:
    """The factors of lengths whose squares or cubes are factors of these units: 100 for m^2 and cm^2."""
    return {
        f"{one}>{other} length": _factor(one[:-2], other[:-2])
        for one, other in combinations(units, 2)
        if one[-2:-1] == other[-2:-1] == "^"
    }


def _factors_of_factors(units: Sequence[str]) -> Iterator[Rule]:
    """Factors that are products of others, 1760*3, or powers, 100*100; large units come first."""
    for one, middle, other in combinations(units, 3):
        yield Rule(f"{one}>{other} stated", f"{one}>{middle}", "*", f"{middle}>{other}")
    for one, other in combinations(units, 2):
        length = f"{one}>{other} length"
        yield Rule(f"{one}>{other} stated", length, "^", one[-1])
        yield Rule(f"{one}>{other} {'stated' if one[-1] == '2' else 'square'}", length, "*", length)
        yield Rule(f"{one}>{other} stated", f"{one}>{other} square", "*", length)
