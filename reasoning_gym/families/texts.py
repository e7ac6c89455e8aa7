"""Questions and answers about pieces of text: letters and digits, each of which counts."""

from __future__ import annotations

from collections.abc import Sequence

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.readings import plain
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_QUOTES = "'\"`"
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


def read_text(answer: str) -> str:
    """An answer without what dresses it, quotes and spaces included; small letters.

    Raises:
        Refused: if it is too long to be an answer.

    >>> read_text(' "A b3" ')
    'ab3'
    """
    text = plain(answer)
    if len(text) > 1 and text[0] in _QUOTES and text[0] == text[-1]:
        text = text[1:-1]
    return "".join(text.split()).lower()


def check_text(answer: str, right: str) -> Verdict:
    """Whether an answer is this text of small letters and digits, in any layout. Never raises on the answer."""
    return guarded(lambda: CORRECT if read_text(answer) == right else incorrect("it is another text"))


def spoken(draws: Sequence[float], *, vowel_first: bool) -> str:
    """A word that can be spoken: consonants and vowels in turn, one letter for each draw from 0 to below 1.

    >>> spoken([0.0, 0.5, 0.99], vowel_first=False)
    'biz'
    """
    kinds = (_VOWELS, _CONSONANTS) if vowel_first else (_CONSONANTS, _VOWELS)
    return "".join(kinds[i % 2][int(draw * len(kinds[i % 2]))] for i, draw in enumerate(draws))
