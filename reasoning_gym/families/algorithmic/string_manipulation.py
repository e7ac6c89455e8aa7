"""Operations on a word, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.draws import between
from reasoning_gym.families.runs import check_numbered
from reasoning_gym.families.texts import check_text, spoken
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

_VOWELS = "aeiou"
_LETTERS = "abdefgiklmnoprstuvz"  # that may come in
_SHORTEST, _LONGEST = 3, 14  # letters of any word on the way
_SPARE = 3  # operations drawn for each that is wanted, as some change nothing
_FORMAT = (
    f"{ANSWER_FORMAT.format(answer='the word')} 'rotate left 1' makes bcda of abcd, 'rotate right 1' makes dabc, "
    "'keep odd places' makes ac."
)
_EASY = ("reverse", "rotate left", "rotate right", "replace")
_MORE = (*_EASY, "swap the ends", "put in front", "put behind")
_ALL = (*_MORE, "drop the vowels", "sort the letters", "double each", "drop each", "reverse the first",
        "keep odd places")  # fmt: skip

Operation: TypeAlias = "tuple[str | int, ...]"  # the parts of its text: ("rotate left", 2)


class _Level(NamedTuple):
    operations: int
    kinds: tuple[str, ...]
    length: tuple[int, int]  # of the word


_LEVELS = (
    _Level(2, _EASY, (4, 5)),
    _Level(3, _MORE, (5, 6)),
    _Level(4, _ALL, (6, 7)),
    _Level(5, _ALL, (7, 8)),
    _Level(7, _ALL, (8, 9)),
    _Level(10, _ALL, (9, 10)),
)


@family(category="algorithmic", levels=6)
class StringManipulation(Family):
    """Carry out operations on a word.

    Statement: `Word lemon: reverse, rotate left 2, replace m by t`. The operations are carried out in this order.
    Thoughts: the word after each operation, with the operation's number in front: `1: nomel`.
    Answer: the word.
    Level: 2 to 10 operations on longer words; 1 has four kinds of them, 2 seven, 3 and up thirteen. Each operation
        changes the word, to one that wasn't there before.
    Verified: by carrying the operations out.
    Checked step by step: a line is the word after that number of operations, more than in the lines before.

        Word lemon: reverse, rotate left 2
        1: nomel
        Answer: melno
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            word, operations, words = _draw(rng, chosen)
            if len(operations) == chosen.operations:
                break
        listed = ", ".join(" ".join(map(str, operation)) for operation in operations)
        question = Question(self.name, level, f"Word {word}: {listed}", _FORMAT, (word, operations))
        return Problem(question, words[-1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        words = _words(problem.question)[:-1]
        return (*(f"{number}: {word}" for number, word in enumerate(words, 1)), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_numbered(step, thoughts, _words(question))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_text(answer, _words(question)[-1])


def _words(question: Question) -> list[str]:
    """The word after each operation."""
    word, operations = cast("tuple[str, tuple[Operation, ...]]", question.given)
    words = [word]
    for operation in operations:
        words.append(apply(words[-1], operation))
    return words[1:]


def _draw(rng: np.random.Generator, level: _Level) -> tuple[str, tuple[Operation, ...], list[str]]:
    """A word, operations, and all words from it on; at times too few operations that lead to new words."""
    length, vowel_first, *letters = rng.random(2 + level.length[1]).tolist()
    word = spoken(letters[: between(level.length, length)], vowel_first=vowel_first < 0.3)
    words = [word]
    operations: list[Operation] = []
    for draws in rng.random((_SPARE * level.operations, 3)).tolist():
        operation = _operation(words[-1], level.kinds, draws)
        after = apply(words[-1], operation)
        once = operation[0] not in {"sort the letters", "drop the vowels"} or operation not in operations
        if once and after not in words and _SHORTEST <= len(after) <= _LONGEST:
            operations.append(operation)
            words.append(after)
        if len(operations) == level.operations:
            break
    return word, tuple(operations), words


def _operation(word: str, kinds: Sequence[str], draws: Sequence[float]) -> Operation:
    """An operation that has something to do in a word, in most cases."""
    kind = kinds[int(draws[0] * len(kinds))]
    letter, count = word[int(draws[1] * len(word))], between((1, 3), draws[1])
    other = _LETTERS[int(draws[2] * len(_LETTERS))]
    if kind == "replace":
        return ("replace", letter, "by", other)
    if kind in {"put in front", "put behind"}:
        return ("put", other, kind.removeprefix("put "))
    if kind in {"rotate left", "rotate right"}:
        return (kind, count)
    if kind == "reverse the first":
        return (kind, min(count + 1, len(word)))
    return (kind, letter) if kind in {"double each", "drop each"} else (kind,)


def apply(word: str, operation: Operation) -> str:
    """The word after an operation.

    >>> apply("lemon", ("rotate left", 2)), apply("lemon", ("replace", "m", "by", "t"))
    ('monle', 'leton')
    """
    match operation:
        case ("reverse",):
            return word[::-1]
        case ("swap the ends",):
            return word[-1] + word[1:-1] + word[0]
        case ("rotate left", int(count)):
            return word[count:] + word[:count]
        case ("rotate right", int(count)):
            return word[-count:] + word[:-count]
        case ("replace", str(letter), "by", str(other)):
            return word.replace(letter, other)
        case ("put", str(letter), "in front"):
            return letter + word
        case ("put", str(letter), "behind"):
            return word + letter
        case ("reverse the first", int(count)):
            return word[:count][::-1] + word[count:]
        case _:
            return _of_letters(word, operation)


def _of_letters(word: str, operation: Operation) -> str:
    """The word after an operation that keeps, drops, doubles or sorts letters."""
    match operation:
        case ("drop the vowels",):
            return "".join(letter for letter in word if letter not in _VOWELS)
        case ("sort the letters",):
            return "".join(sorted(word))
        case ("keep odd places",):
            return word[::2]
        case ("double each", str(letter)):
            return word.replace(letter, letter + letter)
        case ("drop each", str(letter)):
            return word.replace(letter, "")
        case _:
            raise ValueError(f"{operation!r} is no operation on a word; {', '.join(_ALL)} are")
