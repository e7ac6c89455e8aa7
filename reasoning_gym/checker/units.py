"""Reads expressions of units: what a product of units measures, exactly."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.checker.nouns import count_noun
from reasoning_gym.checker.unit_table import AMBIGUOUS, CASELESS, SINGLE_LETTERS, UNITS, Dimension, Unit

__all__ = [
    "AMBIGUOUS",
    "SINGLE_LETTERS",
    "UNITS",
    "Dimension",
    "Measure",
    "Unit",
    "count_noun",
    "read_unit",
    "read_units",
    "unit",
]

_MAX_CHARACTERS = 120  # of an expression of units
_MAX_WORDS = 3  # of one unit: British thermal unit
_MAX_FACTORS = 8
_MAX_POWER = 12
_MAX_DEPTH = 4  # of brackets
_MAX_READINGS = 36

_COUNTED = "#"  # before the name of a counted thing's dimension
_BEFORE = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_AFTER = {"squared": 2, "cubed": 3}
_PER = frozenset({"per", "Per", "PER", "a", "an"})  # A is an ampere
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_LATEX = tuple(
    (re.compile(pattern, re.ASCII), replacement)
    for pattern, replacement in (
        (r"\\mu(?![A-Za-z]) ?+|μ", "µ"),
        (r"\\Omega(?![A-Za-z])", "Ω"),
        (r"\\\$", "$"),
        (r"\$(\^(?:\d|\{[-−]?+\d\}))\$", r"\1"),  # mathematics inside of text
        (r"(?<![A-Za-z])(sq|cu)\.(?=[A-Za-z])", r"\1 "),
        (r"(?<![A-Za-z])U\.S\.", "US"),
        (r"\^?+(?:\{\\circ\}|\\circ(?![A-Za-z])|\{°\}|°)|\\degree(?![A-Za-z])", "°"),
        (r"℃", "°C"),
        (r"℉", "°F"),
    )
)
_TOKEN = re.compile(
    r"(?P<space>(?:[ \t\r\n~]|\\[,;:! ]|\\rm(?![A-Za-z]))++)"
    r"|(?P<wrapper>\\(?:text(?:rm|bf|it)?+|math(?:rm|bf|it)|mbox|operatorname)\{)"
    r"|(?P<frac>\\[dt]?frac(?=\{))"
    r"|(?P<word>(?:US|AU?+|CA?+)?+\$|(?:JP|CN)?+¥|[€£₹₽₩¢]|°"
    r"|[A-Za-zµΩ\u2126Å\u212båö]++(?:\.(?![A-Za-z]))?+)"
    r"|(?P<superscript>[⁺⁻]?+[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}+)"
    r"|(?P<number>\d{1,2}+)"
    r"|(?P<power>\^|\*\*)"
    r"|(?P<times>[*.·⋅×]|\\(?:cdot|times)(?![A-Za-z]))"
    r"|(?P<hyphen>(?<![ \t\r\n])[-‐‑−](?![ \t\r\n]))"
    r"|(?P<over>/)"
    r"|(?P<open>[({])"
    r"|(?P<close>[)}])",
    re.ASCII,
)


class Measure(NamedTuple):
    """A product of units: x of it is scale · pi^`pi` · x + offset in the base units of `Unit`."""

    scale: Fraction
    pi: int
    offset: Fraction  # 0 except for degrees Celsius or Fahrenheit by themselves
    dimension: Dimension


class _Token(NamedTuple):
    kind: str
    text: str
    spaced: bool  # whether white space came before it


class _Factor(NamedTuple):
    readings: tuple[Unit, ...]  # what the spelling may mean
    power: int


def unit(spelling: str) -> Unit | None:
    """The unit that one spelling means by itself; of an ambiguous one, the usual.

    >>> unit("kilometres") == unit("km"), unit("Feet") == unit("ft."), unit("M") == unit("m")
    (True, True, False)
    """
    found = _readings(spelling)
    return found[0] if found else None


def read_unit(text: str, *, nouns: bool = False) -> Measure | None:
    """What the whole text means as an expression of units: m/s^2, square inches, miles per hour, kg m^2; else None.

    A product after a slash or 'per' is all below it: J/kg·K is J/(kg·K). With `nouns`, counted things are units with
    a dimension of their own, named #apple.

    >>> read_unit("km/h") == read_unit("kilometers per hour")
    True
    >>> read_unit("cm²")
    Measure(scale=Fraction(1, 10000), pi=0, offset=Fraction(0, 1), dimension=(('length', 2),))
    """
    found = read_units(text, nouns=nouns)
    return found[0][0] if found else None


def read_units(*texts: str, nouns: bool = False) -> list[tuple[Measure, ...]]:
    """What the texts may mean together: one measure for each text, in every reading; the usual reading first.

    The same ambiguous word means the same in all of the texts: of 20 degrees and 68 degrees, one can't be Celsius
    and the other Fahrenheit. Empty if any text can't be read.
    """
    try:
        expressions = [_factors(text, nouns) for text in texts]
    except Unreadable:
        return []
    words = list(dict.fromkeys(factor.readings for factors in expressions for factor in factors))
    count = math.prod(len(readings) for readings in words)
    choices = itertools.product(*words) if count <= _MAX_READINGS else [tuple(readings[0] for readings in words)]
    found = [
        tuple(_measure(factors, dict(zip(words, choice, strict=True))) for factors in expressions) for choice in choices
    ]
    return list(dict.fromkeys(found))


def _measure(factors: list[_Factor], meaning: Mapping[tuple[Unit, ...], Unit]) -> Measure:
    scale, pi = Fraction(1), 0
    powers: dict[str, int] = {}
    for readings, power in factors:
        meant = meaning[readings]
        scale *= meant.scale**power
        pi += meant.pi * power
        for base, exponent in meant.dimension:
            powers[base] = powers.get(base, 0) + exponent * power
    # in a product, as in J/°C, a temperature is a difference
    alone = len(factors) == 1 and factors[0].power == 1
    offset = meaning[factors[0].readings].offset if alone else Fraction(0)
    return Measure(scale, pi, offset, tuple(sorted((base, power) for base, power in powers.items() if power)))


def _readings(spelling: str) -> tuple[Unit, ...]:
    """All meanings of one spelling; none if it isn't a unit."""
    if len(spelling) > _MAX_CHARACTERS:
        return ()
    spelling = " ".join(word.removesuffix(".") for word in spelling.replace("-", " ").split())
    if spelling not in UNITS:
        spelling = spelling.lower() if spelling.isascii() else ""
        if spelling not in CASELESS:
            return ()
    return AMBIGUOUS.get(spelling) or (UNITS[spelling],)


def _factors(text: str, nouns: bool) -> list[_Factor]:
    """The factors of an expression of units.

    Raises:
        Unreadable: if the text is not, as a whole, one of reasonable size.
    """
    tokens = _tokens(text)
    factors, at = _expression(tokens, 0, nouns, 0)
    if tokens[at].kind != "end" or len(factors) > _MAX_FACTORS or any(abs(f.power) > _MAX_POWER for f in factors):
        raise Unreadable("no expression of units")
    counted = [factor.power > 0 for factor in factors if factor.readings[0].name.startswith(_COUNTED)]
    if len(counted) > len(set(counted)):
        raise Unreadable("two counted things side by side")
    return factors


def _tokens(text: str) -> list[_Token]:
    if len(text) > _MAX_CHARACTERS:
        raise Unreadable("too long for an expression of units")
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    tokens: list[_Token] = []
    braces: list[bool] = []  # of each open brace, whether it belongs to a wrapper: \\text{m/s}^2 shows m/s^2
    at, spaced = 0, False
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(f"{text[at]!r} is in no expression of units")
        at = found.end()
        kind, part = str(found.lastgroup), found[0]
        if kind == "wrapper" or part == "{":
            braces.append(kind == "wrapper")
        hidden = kind == "wrapper" or (part == "}" and bool(braces) and braces.pop())
        if kind == "space" or hidden:
            spaced = spaced or kind == "space"
            continue
        if tokens and _belong_together(tokens[-1].text, part, spaced):
            tokens[-1] = tokens[-1]._replace(text=tokens[-1].text + part)
        else:
            tokens.append(_Token("over" if part in _PER else kind, part, spaced))
        spaced = False
    if any(braces):
        raise Unreadable("a brace isn't closed")
    return [*tokens, _Token("end", "", spaced)]


def _belong_together(before: str, part: str, spaced: bool) -> bool:
    return part.removesuffix(".") in {"C", "F", "K"} if before == "°" else before == "µ" and not spaced


def _expression(tokens: list[_Token], at: int, nouns: bool, depth: int) -> tuple[list[_Factor], int]:
    """Products with slashes between them, from a position on; returns where it ends."""
    if depth > _MAX_DEPTH:
        raise Unreadable("too many brackets for an expression of units")
    factors: list[_Factor] = []
    if tokens[at].text == "1" and tokens[at + 1].text == "/":
        at += 1
    elif tokens[at].text.lower() != "per":  # per hour
        factors, at = _product(tokens, at, nouns, depth)
    while tokens[at].kind == "over":
        below, at = _product(tokens, at + 1, nouns, depth)
        factors += [_Factor(readings, -power) for readings, power in below]
    return factors, at


def _product(tokens: list[_Token], at: int, nouns: bool, depth: int) -> tuple[list[_Factor], int]:
    factors, at = _power(tokens, at, nouns, depth)
    while True:
        if tokens[at].kind in {"times", "hyphen"}:
            at += 1
        elif tokens[at].kind not in {"word", "open", "frac"}:
            return factors, at
        more, at = _power(tokens, at, nouns, depth)
        factors += more


def _power(tokens: list[_Token], at: int, nouns: bool, depth: int) -> tuple[list[_Factor], int]:
    """A unit or a bracket with its powers: square miles, cm³, s^{-1}, seconds squared."""
    power = _BEFORE.get(_word(tokens[at]), 1)
    if power > 1:
        at += 1 + (tokens[at + 1].kind == "hyphen")
    base, at = _base(tokens, at, nouns, depth)
    after, at = _exponent(tokens, at)
    if power > 1 and after != 1:
        raise Unreadable("square and squared")
    return [_Factor(readings, own * power * after) for readings, own in base], at


def _base(tokens: list[_Token], at: int, nouns: bool, depth: int) -> tuple[list[_Factor], int]:
    token = tokens[at]
    if token.kind == "open":
        return _bracket(tokens, at, nouns, depth)
    if token.kind == "frac":
        above, at = _bracket(tokens, at + 1, nouns, depth)
        below, at = _bracket(tokens, at, nouns, depth)
        return above + [_Factor(readings, -power) for readings, power in below], at
    phrases = _phrases(tokens, at)
    for phrase, end in reversed(phrases):
        if readings := _readings(phrase):
            return [_Factor(readings, 1)], end
    for phrase, end in reversed(phrases) if nouns else ():
        if noun := count_noun(phrase):
            name = _COUNTED + noun
            return [_Factor((Unit(name, Fraction(1), ((name, 1),)),), 1)], end
    raise Unreadable(f"{token.text!r} is no unit")


def _bracket(tokens: list[_Token], at: int, nouns: bool, depth: int) -> tuple[list[_Factor], int]:
    if tokens[at].kind != "open":
        raise Unreadable("no bracket")
    factors, end = _expression(tokens, at + 1, nouns, depth + 1)
    if tokens[end].text != {"(": ")", "{": "}"}[tokens[at].text]:
        raise Unreadable("a bracket isn't closed")
    return factors, end + 1


def _phrases(tokens: list[_Token], at: int) -> list[tuple[str, int]]:
    """The first word, the first two, … with where each phrase ends; a hyphen joins words like a space."""
    phrases: list[tuple[str, int]] = []
    words: list[str] = []
    while tokens[at].kind == "word" and len(words) < _MAX_WORDS:
        words.append(tokens[at].text.removesuffix("."))
        at += 1
        phrases.append((" ".join(words), at))
        at += tokens[at].kind == "hyphen"
    return phrases


def _exponent(tokens: list[_Token], at: int) -> tuple[int, int]:
    """The exponent that follows a unit, 1 if none; and where to go on."""
    token = tokens[at]
    if word := _AFTER.get(_word(token)):
        return word, at + 1
    if token.kind == "superscript":
        return int(token.text.translate(_SUPERSCRIPTS)), at + 1
    if token.kind == "number" and not token.spaced and token.text in {"2", "3"}:  # m2
        return int(token.text), at + 1
    if token.kind != "power":
        return 1, at
    at += 1
    closing = {"(": ")", "{": "}"}.get(tokens[at].text, "")
    at += bool(closing)
    sign = -1 if tokens[at].kind == "hyphen" else 1
    at += sign < 0
    if tokens[at].kind != "number" or (closing and tokens[at + 1].text != closing):
        raise Unreadable("an exponent is a whole number")
    return sign * int(tokens[at].text), at + 1 + bool(closing)


def _word(token: _Token) -> str:
    return token.text.lower().removesuffix(".") if token.kind == "word" else ""
