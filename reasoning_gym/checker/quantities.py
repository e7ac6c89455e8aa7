r"""Reads a value with its unit or currency: `5 cm`, `\\$18`, `10\\sqrt2\\text{ m}^2`, `3 ft 4 in`, `5 million`.

Our own exact table of units rather than a library's: pint takes half a second to import and evaluates in
floating point what here must be proved; the table is tested against it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.number_words import SCALE_WORDS
from reasoning_gym.checker.phrases import plain
from reasoning_gym.checker.rationals import Rational, tidy
from reasoning_gym.checker.shapes import is_worked_out
from reasoning_gym.checker.syntax import parse, parse_stripped
from reasoning_gym.checker.tokens import FUNCTIONS
from reasoning_gym.checker.tree import Apply, Name, Node, Number
from reasoning_gym.checker.units import SINGLE_LETTERS, Measure, read_unit, read_units

_PARTS = frozenset({"quarter", "quarters", "half", "halves"})  # 3 quarters may be 3/4
_ROOTS = frozenset({"sqrt", "cbrt", "abs", "binom", "floor", "ceil"})
_MAX_UNIT = 60  # characters
_MAX_TEXT = 400
_MAX_SPLITS = 12

_DEGREE = re.compile(r"\s?\^\s?\{?\s?\\(?:circ|degree)\s?\}?|\\degree\b|\\textdegree\b", re.ASCII)
_SYMBOL = re.compile(
    r"(?P<sign>[-−+]?)\s?(?:US|U\.S\.|C|A)?\s?(?P<symbol>\\?\$|\\pounds|\\euro|[€£¥₹]|USD|EUR|GBP|JPY|INR|CAD|AUD|CNY|CHF|Rs\.?)\s?(?=[-−.\d\\(])"
)
_SPLIT = re.compile(
    r"(?<=[0-9)\]}!%½¼¾⅓⅔])\s?-?(?=[A-Za-z°€£¥₹µμΩ]|\$\Z|\\frac\{ ?[A-Za-z])"
    r"|(?<=\bpi)\s(?=[A-Za-z°])|(?<=\\pi)\s(?=[A-Za-z°])"
)
_PART = re.compile(r"(\d+(?:\.\d+)?(?:\s\d+/\d+)?)\s?([A-Za-z°'\"′″]+)[,\s]*(?:and\s)?", re.ASCII)
_WRAPPED_UNIT = re.compile(r"\\(?:text|mathrm|mbox|textrm|textbf|hbox|operatorname|rm)\b", re.ASCII)
_MARKS = {"'": "ft", "′": "ft", '"': "in", "″": "in"}
_SYMBOLS = {"\\$": "$", "\\pounds": "£", "\\euro": "€"}
_SCALED = re.compile(rf"(?P<scale>{'|'.join(SCALE_WORDS)})s?\b\s?(?:of\s)?(?P<rest>.*)", re.ASCII | re.IGNORECASE)
_SQUARE = re.compile(
    r"(?:square|sq\.?|cubic|cu\.?)?\s?units?(?:\s?\^?\{?[23²³]\}?)?|units?\s(?:squared|cubed)", re.ASCII
)


class Quantity(NamedTuple):
    """A value and what it is measured in."""

    value: Node
    unit: str  # as it is written, or a currency's sign; empty for none worth comparing, such as 'square units'
    sure: bool  # whether the unit can be nothing else: `m` in plain text could be a variable

    @property
    def worked_out(self) -> bool:
        """Whether the value is a number, or a number of millions, rather than a calculation."""
        value = self.value
        scales: list[Node] = [Number(scale) for scale in SCALE_WORDS.values()]
        if isinstance(value, Apply) and value.head == "*" and value.args[-1] in scales:
            value = value.args[0]
        return is_worked_out(value)


def quantity(text: str) -> Quantity | None:
    """The value and the unit that the whole text states, or None. The text is an answer without its dress.

    Raises:
        Unreadable, Refused: if the value isn't in the grammar though a unit stands beside it.
    """
    if len(text) > _MAX_TEXT:
        return None
    wrapped = _WRAPPED_UNIT.search(text) is not None
    bare = plain(_DEGREE.sub("°", text).replace("\\Omega", "Ω") if "\\" in text else text)
    if found := _SYMBOL.match(bare):
        return _money(bare[found.end() :], _SYMBOLS.get(found["symbol"], found["symbol"]), found["sign"] in {"-", "−"})
    if (total := _sum(bare)) is not None:
        return total
    for at, split in enumerate(_SPLIT.finditer(bare)):
        if at >= _MAX_SPLITS:
            break
        unit = bare[split.end() :].strip()
        read = _unit(unit) if len(unit) <= _MAX_UNIT else None
        if read is None:
            continue
        scale, unit = read
        plain_letters = _may_be_product(unit) and not wrapped
        if plain_letters and split.end() == split.start():
            continue  # 5m may be five times m
        if "°" in unit and "°" in bare[: split.start()]:
            return None  # 180° - 2·35° is a calculation with angles
        value = parse(bare[: split.start()])
        if _calls_function(value):
            return None  # sin 30° is a number
        return Quantity(_scaled(value, scale), unit, not plain_letters and unit not in _PARTS)
    return None


def _calls_function(node: Node) -> bool:
    return isinstance(node, Apply) and (node.head in FUNCTIONS - _ROOTS or any(map(_calls_function, node.args)))


def _money(rest: str, symbol: str, negative: bool) -> Quantity | None:
    """What follows a currency's sign: `5`, `5 million`, `18 dollars`."""
    inside = quantity(rest)
    if inside is not None and inside.unit and not read_units(inside.unit, symbol):
        return None
    value = parse(rest) if inside is None else inside.value
    unit = inside.unit if inside is not None and inside.unit else symbol
    if unit != symbol and not any(one.dimension == two.dimension for one, two in read_units(unit, symbol)):
        return None
    return Quantity(Apply("neg", (value,)) if negative else value, unit, True)


@lru_cache(maxsize=2048)
def _unit(unit: str) -> tuple[int, str] | None:
    """A factor and a unit: of 'million dollars', 'cm^2', 'apples', 'square units'; None for what is no unit."""
    if found := _SCALED.fullmatch(unit):
        rest = found["rest"].strip()
        inner = _unit(rest) if rest else (1, "")
        return None if inner is None else (SCALE_WORDS[found["scale"].lower()] * inner[0], inner[1])
    if _SQUARE.fullmatch(unit):
        return 1, unit
    return (1, unit) if read_units(unit, nouns=True) else None


def _scaled(value: Node, factor: Rational) -> Node:
    return value if factor == 1 else Apply("*", (value, Number(tidy(factor))))


def _may_be_product(unit: str) -> bool:
    """Whether a unit in plain text is made of letters that could all be variables, such as m/s or N m."""
    words = re.findall(r"[A-Za-z]+", unit)
    return bool(words) and all(word in SINGLE_LETTERS for word in words)


def _sum(text: str) -> Quantity | None:
    """`5 ft 3 in`, `2 hours 30 minutes`, `5'3"`: amounts of one dimension, each of a smaller unit."""
    parts = _PART.findall(text)
    if not 2 <= len(parts) <= 4 or _PART.sub("", text).strip():
        return None
    total: Rational = 0
    last: Measure | None = None
    unit = ""
    for amount, written in parts:
        unit = _MARKS[written] if written in _MARKS else str(written)
        measure = read_unit(unit)
        value = parse(amount)
        if measure is None or measure.offset or not isinstance(value, Number):
            return None
        if last is not None and (last.dimension != measure.dimension or measure.scale >= last.scale):
            return None
        total += value.value * measure.scale
        last = measure
    if last is None:
        return None
    return Quantity(Number(tidy(total / last.scale)), unit, True)


def generic_power(unit: str) -> int | None:
    """0 for no unit, and for 'units' or a scale alone; 2 or 3 for square and cubic units; None for any other."""
    if not unit:
        return 0
    if not _SQUARE.fullmatch(unit):
        return None
    return 2 if re.search(r"sq|2|²", unit) else 3 if re.search(r"cu|3|³", unit) else 0


def measures_length(unit: str, power: int) -> bool:
    """Whether a unit measures a length to some power; any does for the power 0."""
    measure = read_unit(unit)
    return power == 0 or (measure is not None and measure.dimension == (("length", power),))


def same_units(one: Quantity, other: Quantity) -> list[tuple[Node, Node]]:
    """The two values in base units, in every reading in which the two measure the same thing."""
    return [
        (_in_base_units(one.value, first), _in_base_units(other.value, second))
        for first, second in read_units(one.unit, other.unit, nouns=True)
        if first.dimension == second.dimension
    ]


def in_radians(found: Quantity) -> Node | None:
    """The value of an angle; None for anything else."""
    measure = read_unit(found.unit)
    return _in_base_units(found.value, measure) if measure and measure.dimension == (("angle", 1),) else None


def _in_base_units(value: Node, measure: Measure) -> Node:
    value = _scaled(value, measure.scale)
    if measure.pi:
        value = Apply("*", (value, Apply("^", (Name("pi"), Number(measure.pi)))))
    return Apply("+", (value, Number(tidy(measure.offset)))) if measure.offset else value


def read_number(text: str) -> Node:
    """The value of a text that names no unit. A multiplication sign may be an x, as in 3 x 10^8.

    Raises:
        Unreadable, Refused: if it isn't in the grammar.
    """
    try:
        return parse_stripped(text)
    except Unreadable:
        power = re.sub(r"(?<=\d)\s?[xX]\s?(?=10\s?\^)", "*", text)
        if power == text:
            raise
        return parse_stripped(power)
