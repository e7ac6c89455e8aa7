"""Edit distance of two words, by the table of the distances of their beginnings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.draws import between
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.runs import check_progress
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

_LETTERS = "abcdefg"
_FORMAT = ANSWER_FORMAT.format(
    answer="the least number of single letters to insert, delete or replace that turns one word into the other"
)
_LINE = re.compile(r"(?:(?P<letter>[a-z-]) ?: ?)?(?P<row>\d{1,2}(?:(?: ?, ?| )\d{1,2}){1,15})", re.ASCII)
_EDITS = ("insert", "delete", "replace")

Row: TypeAlias = "tuple[int, ...]"


class _Level(NamedTuple):
    length: tuple[int, int]  # of either word, least and greatest
    distance: tuple[int, int]


_LEVELS = (
    _Level((3, 4), (1, 3)),
    _Level((4, 5), (1, 4)),
    _Level((5, 6), (1, 5)),
    _Level((6, 8), (2, 6)),
    _Level((8, 10), (2, 7)),
    _Level((10, 13), (3, 9)),
)


@family(category="algorithmic", levels=6)
class EditDistance(Family):
    """Find the Levenshtein distance of two words.

    Statement: `Edit distance of bead and bed`. The words are of the letters a to g, in the order of the dictionary.
    Thoughts: a row of the table for each letter of the first word, with the letter in front: the distances of the word
        up to there from the beginnings of the second word, the empty one first: `e: 2,1,0,1`.
    Answer: the distance.
    Level: longer words, 3 to 13 letters. The distances of a level, 3 to 7 of them, are alike likely, so that a guess
        pays 0.33 at level 1 and 0.14 at level 6.
    Verified: by the table.
    Checked step by step: a line is a row of the table of either word against the other, further down than those
        in the lines before.

        Edit distance of bead and bed
        b: 1,0,1,2
        e: 2,1,0,1
        a: 3,2,1,1
        d: 4,3,2,1
        Answer: 1
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a word and edit it, until their distance is the one that was drawn."""
        chosen = _LEVELS[level - 1]
        first, second, *draws = rng.random(2 + chosen.length[1]).tolist()
        distance = between(chosen.distance, first)
        word = "".join(_LETTERS[int(draw * len(_LETTERS))] for draw in draws)[: between(chosen.length, second)]
        while True:  # some edits undo others, so that a few more make the distance likelier
            more, *edits = rng.random((1 + distance + distance // 2, 3)).tolist()
            other = _edited(word, edits[: distance + between((0, distance // 2), more[0])])
            if chosen.length[0] <= len(other) <= chosen.length[1] and _rows(word, other)[-1][-1] == distance:
                break
        words = tuple(sorted((word, other)))
        question = Question(self.name, level, f"Edit distance of {words[0]} and {words[1]}", _FORMAT, words)
        return Problem(question, str(distance))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        word, other = _given(problem.question)
        rows = _rows(word, other)[1:]
        lines = [f"{letter}: {','.join(map(str, row))}" for letter, row in zip(word, rows, strict=True)]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        word, other = _given(question)
        rows, columns = _rows(word, other), _rows(other, word)
        down = check_progress(step, thoughts, lambda line: _place(word, rows, line))
        if down.correct:
            return down
        across = check_progress(step, thoughts, lambda line: _place(other, columns, line))
        return across if across.correct else down

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _rows(*_given(question))[-1][-1])


def _given(question: Question) -> tuple[str, str]:
    return cast("tuple[str, str]", question.given)


def _edited(word: str, draws: Sequence[Sequence[float]]) -> str:
    """The word after an edit for each three draws: which edit, where, and with which letter."""
    for which, where, letter in draws:
        edit = _EDITS[int(which * 3)]
        place = int(where * (len(word) + (edit == "insert")))
        behind = word[place:] if edit == "insert" else word[place + 1 :]
        word = word[:place] + ("" if edit == "delete" else _LETTERS[int(letter * len(_LETTERS))]) + behind
    return word


def _rows(word: str, other: str) -> list[Row]:
    """The distances of each beginning of a word, the empty one first, from each of the other (Wagner, Fischer 1974)."""
    rows: list[Row] = [tuple(range(len(other) + 1))]
    for letter in word:
        above = rows[-1]
        row = [above[0] + 1]
        for place, another in enumerate(other):
            row.append(min(above[place] + (letter != another), above[place + 1] + 1, row[place] + 1))
        rows.append(tuple(row))
    return rows


def _place(word: str, rows: Sequence[Row], line: str) -> int:
    """Which row of the table of a word a line is; the first one's letter is `-`.

    Raises:
        Unreadable, Undefined: if it is none.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unreadable(f"{line[:60]!r} is no line such as 'a: 1,0,1'")
    row = tuple(map(int, re.split(r"[ ,]+", match["row"])))
    if not row[0] < len(rows) or rows[row[0]] != row:  # a row begins with its number
        raise Undefined("the table has no such row")
    if match["letter"] not in {None, f"-{word}"[row[0]]}:
        raise Undefined("the row belongs to another letter")
    return row[0]
