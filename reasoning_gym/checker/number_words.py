"""Reads English numbers in words: forty-two, two and a half, three quarters, minus seven."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

SCALE_WORDS: Mapping[str, int] = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}

_MAX_CHARACTERS = 250  # the longest number below 10^15 has about 200 letters and spaces
_UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_UNIT = {word: value for value, word in enumerate(_UNITS, 1)}
_TEEN = {word: value for value, word in enumerate(_TEENS, 10)}
_TEN = {word: 10 * value for value, word in enumerate(_TENS, 2)}
_DIGIT = _UNIT | {"zero": 0, "oh": 0}
_SCALES = tuple((word, SCALE_WORDS[word]) for word in ("trillion", "billion", "million", "thousand"))

_NINTHS = ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_TEENTHS = ["tenth", "eleventh", "twelfth"] + [f"{word}th" for word in _TEENS[3:]]
_PART = (
    {"half": 2, "quarter": 4}
    | {word: value for value, word in enumerate(_NINTHS, 3)}
    | {word: value for value, word in enumerate(_TEENTHS, 10)}
    | {f"{word[:-1]}ieth": value for word, value in _TEN.items()}
    | {"hundredth": 100, "thousandth": 1000, "millionth": 10**6}
)
_PARTS = {"halves": 2} | {f"{word}s": value for word, value in _PART.items() if word != "half"}
_WORD = re.compile(r"[a-z]++", re.ASCII)
# a comma may follow a large scale only: twenty, five are two numbers
_COMMA = r"(?:(?<=million|billion)|(?<=thousand|trillion)),"
_TEXT = re.compile(rf"[a-z]++(?:(?:(?:{_COMMA})?[ \t\r\n]++|-)[a-z]++)*+", re.ASCII)


def read_number_words(text: str) -> int | Fraction | None:
    """The number that the whole text spells out, or None; its size is below 10^15.

    Ordinals (twenty-third) are no numbers, and neither is what can be read in two ways (twenty-thirds).

    >>> read_number_words("one hundred and five"), read_number_words("Minus two thirds")
    (105, Fraction(-2, 3))
    >>> read_number_words("two and a half million"), read_number_words("five six")
    (2500000, None)
    """
    if len(text) > _MAX_CHARACTERS or not text.isascii():
        return None
    plain = text.strip().lower()
    if not _TEXT.fullmatch(plain):
        return None
    words = _WORD.findall(plain)
    negative = words[0] in {"minus", "negative"}
    value = _amount(words[1:] if negative else words)
    if value is None or value >= 10**15:
        return None
    value = -value if negative else value
    return value.numerator if value.denominator == 1 else value


def _amount(words: list[str]) -> int | Fraction | None:
    """A cardinal, a decimal, a fraction or a mixed number, maybe times a scale: two and a half million."""
    if not words:
        return None
    if words[0] == "a" and len(words) > 1 and words[1] in SCALE_WORDS:
        words = ["one", *words[1:]]
    if (value := _cardinal(words)) is not None:
        return value
    if (scale := SCALE_WORDS.get(words[-1])) and words[-1] != "hundred":
        head = words[:-1]
        if head == ["half", "a"]:
            return scale // 2
        times = (_small(head) if words[-1] == "dozen" else None) or _broken(head)
        return None if times is None else times * scale
    return _broken(words)


def _broken(words: list[str]) -> Fraction | None:
    """A number that isn't whole in words: a decimal, a fraction, or a whole number and a fraction."""
    if "point" in words:
        return _decimal(words)
    if (value := _fraction(words)) is not None:
        return value
    for i in range(len(words) - 1, 0, -1):  # the last 'and' joins the fraction; others may be in the whole number
        if words[i] == "and":
            if words[i - 1] in SCALE_WORDS:
                return None  # a million and a half: of one, or of a million?
            whole, part = _cardinal(words[:i]), _fraction(words[i + 1 :])
            return None if not whole or part is None or part >= 1 else whole + part
    return None


def _cardinal(words: list[str]) -> int | None:
    """A whole number: zero, or groups of hundreds with falling scales."""
    if words == ["zero"]:
        return 0
    total, rest = 0, words
    for name, scale in _SCALES:
        if name in rest:
            i = rest.index(name)
            group = _group(rest[:i])
            if group is None:
                return None
            total, rest = total + group * scale, rest[i + 1 :]
            if not rest:
                return total
    if not total:
        return _hundreds(rest)
    last = _small(rest[1:]) if rest[0] == "and" else _group(rest)  # and five, but not: and one hundred
    return None if last is None else total + last


def _hundreds(words: list[str]) -> int | None:
    """A number below a thousand, or one like twelve hundred."""
    if "hundred" in words:
        i = words.index("hundred")
        count = _small(words[:i])
        if count and count > 9 and count % 10:
            rest = _after_hundred(words[i + 1 :])
            return None if rest is None else 100 * count + rest
    return _group(words)


def _group(words: list[str]) -> int | None:
    """A number from 1 to 999."""
    if len(words) > 1 and words[1] == "hundred":
        count, rest = _UNIT.get(words[0]), _after_hundred(words[2:])
        return None if count is None or rest is None else 100 * count + rest
    return _small(words)


def _after_hundred(words: list[str]) -> int | None:
    if not words:
        return 0
    return _small(words[1:] if words[0] == "and" else words)


def _small(words: list[str]) -> int | None:
    """A number from 1 to 99."""
    match words:
        case [word]:
            return _UNIT.get(word) or _TEEN.get(word) or _TEN.get(word)
        case [tens, unit] if tens in _TEN and unit in _UNIT:
            return _TEN[tens] + _UNIT[unit]
        case _:
            return None


def _fraction(words: list[str]) -> Fraction | None:
    """A fraction: one half, a third, five sixths; the numerator is below 100."""
    if words == ["half"]:
        return Fraction(1, 2)
    if len(words) < 2:
        return None
    *head, part = words
    if part in _PART:
        return Fraction(1, _PART[part]) if head in (["one"], ["a"]) else None  # any other is an ordinal
    top = _small(head)
    if part not in _PARTS or top is None or top == 1:
        return None
    if head[-1] in _TEN and 2 < _PARTS[part] < 10 and part != "quarters":
        return None  # thirty fifths is 30/5, thirty-fifths is 1/35 each
    return Fraction(top, _PARTS[part])


def _decimal(words: list[str]) -> Fraction | None:
    """A decimal number: three point one four."""
    i = words.index("point")
    whole = 0 if i == 0 else _cardinal(words[:i])
    digits = [_DIGIT.get(word) for word in words[i + 1 :]]
    if whole is None or not digits:
        return None
    value = Fraction(whole)
    for place, digit in enumerate(digits, 1):
        if digit is None:
            return None
        value += Fraction(digit, 10**place)
    return value
