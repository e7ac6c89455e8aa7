"""Reads answers that are no mathematics: one of some words, a list, the rows of a grid."""

from __future__ import annotations

import re
from collections.abc import Collection

from reasoning_gym.checker.limits import MAX_CHARACTERS, Refused, Unreadable
from reasoning_gym.families.numbers import bare

_WRAPPED = re.compile(r"\\(?:text|textbf|mathrm|texttt)\{([^{}]*)\}", re.ASCII)
_BLANKS = re.compile(r"(?:\\[ ,;:]|\\q?quad(?![A-Za-z])|~|\s)+", re.ASCII)
_SPACES = re.compile(r"\s+", re.ASCII)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_LATEX_BRACKET = re.compile(r"\\(?:(?:left|right)[ ]?)?\\?([()\[\]{}])", re.ASCII)
_QUOTED = re.compile(r"(['\"`])([^'\"`]{1,400})\1", re.ASCII)
_NEXT_ROW = re.compile(r"\]\s*+,?+\s*+\[", re.ASCII)  # in a list of lists
_ITEM = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)


def plain(answer: str) -> str:
    r"""An answer without what only dresses it: white space, `$…$`, `\\boxed{}`, `\\text{}`, a final full stop.

    Raises:
        Refused: if it is too long to be an answer.

    >>> plain(" $\\boxed{\\text{yes}}$. ")
    'yes'
    """
    if len(answer) > MAX_CHARACTERS:
        raise Refused(f"the answer has {len(answer)} characters, more than {MAX_CHARACTERS}")
    return bare(_WRAPPED.sub(r"\1", bare(answer)))


def spaced(answer: str) -> str:
    r"""A plain answer with one blank for each run of blanks, those of LaTeX among them.

    Raises:
        Refused: if it is too long to be an answer.

    >>> spaced("$7\\ \\text{h}\\,25~\\text{ min}$")
    '7 h 25 min'
    """
    return _BLANKS.sub(" ", plain(answer)).strip()


def unlabelled(answer: str, statement: str) -> str:
    """An answer without the words that ask for it, which are the last of the question.

    >>> unlabelled("P(sum=7) = 1/6", "Roll fair dice with 6,6 sides. P(sum=7)?"), unlabelled("1/6", "P(sum=7)?")
    (' 1/6', '1/6')
    """
    asked = statement.rpartition(". ")[2].removesuffix("?")
    label, start = (_SPACES.sub("", text).casefold() for text in (f"{asked}=", answer))
    return answer.split("=", label.count("="))[-1] if start.startswith(label) else answer


def read_word(answer: str, words: Collection[str]) -> str:
    """Which of some words an answer is; letter case is free.

    Raises:
        Unreadable, Refused: if it is none of them.

    >>> read_word("Yes.", ("yes", "no"))
    'yes'
    """
    folded = plain(answer).lower()
    for word in words:
        if folded == word.lower():
            return word
    raise Unreadable(f"{answer[:40]!r} is none of {', '.join(words)}")


def _without_brackets(text: str) -> str:
    """A text without the pair of brackets around it, if there is one."""
    return text[1:-1].strip() if _BRACKETS.get(text[:1], "") == text[-1:] != "" else text


def read_items(answer: str) -> list[str]:
    r"""The words or numbers of a list, between commas or spaces, with or without brackets around, or quotes.

    Raises:
        Unreadable, Refused: if it is no such list, or empty.

    >>> read_items("['b', 'a', 12]"), read_items("\\{b,\\ a, 12\\}")
    (['b', 'a', '12'], ['b', 'a', '12'])
    """
    text = _QUOTED.sub(r"\2", _without_brackets(_LATEX_BRACKET.sub(r"\1", spaced(answer))))
    items = [item.strip() for item in text.split(",")] if "," in text else text.split()
    if not items or not all(map(_ITEM.fullmatch, items)):
        raise Unreadable(f"{answer[:40]!r} is no list such as 'a, b, c'")
    return items


def read_integers(answer: str) -> list[int]:
    """The whole numbers of a list, as `read_items`.

    Raises:
        Unreadable, Refused: if it is no such list, or empty.

    >>> read_integers("3, -1, 2")
    [3, -1, 2]
    """
    items = read_items(answer)
    if not all(map(_INTEGER.fullmatch, items)):
        raise Unreadable(f"{answer[:40]!r} is no list of integers")
    return [int(item) for item in items]


def read_rows(answer: str, height: int, width: int) -> list[str]:
    """The rows of a grid with one character a cell; `/` or line ends, else commas, else spaces between the rows.

    Within a row, spaces and commas that don't part rows are free; a list of lists is a grid too.

    Raises:
        Unreadable, Refused: if it isn't of this size.

    >>> read_rows("1 2 / 3 4", 2, 2), read_rows("[[1, 2], [3, 4]]", 2, 2)
    (['12', '34'], ['12', '34'])
    """
    text = _without_brackets(_NEXT_ROW.sub("/", _without_brackets(plain(answer))))
    if "/" in text or "\n" in text:
        rows = ["".join(row.replace(",", " ").split()) for row in re.split(r"[/\n]", text)]
    else:
        rows = ["".join(row.split()) for row in text.split(",")] if "," in text else text.split()
        rows = ["".join(rows)] if height == 1 else rows
    if len(rows) != height or any(len(row) != width for row in rows):
        raise Unreadable(f"{answer[:40]!r} is no grid of {height} rows of {width}, such as '12/34'")
    return rows
