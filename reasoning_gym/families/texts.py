"""Answers that are a piece of text: letters and digits, each of which counts."""

from __future__ import annotations

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.readings import plain
from reasoning_gym.problem import CORRECT, Verdict, incorrect

_QUOTES = "'\"`"


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
