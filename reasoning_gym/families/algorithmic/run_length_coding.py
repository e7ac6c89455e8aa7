"""Run-length coding: words to codes such as 3a1b, and back, in brackets too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.families.draws import between
from reasoning_gym.families.runs import check_progress
from reasoning_gym.families.texts import check_text
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_ENCODE, _DECODE = "Encode", "Decode"
_LETTERS = "abcdefgh"
_LONGEST = 400  # letters of what a code may stand for; the word of a question has at most _MOST
_MOST = 40
_FORMATS = {
    _ENCODE: "the code: for each run of equal letters its length and the letter, as in 2x1y for xxy",
    _DECODE: "the word",
}
_CODE = re.compile(r"[a-z0-9()]{1,250}", re.ASCII)
_PART = re.compile(r"\d+|[a-z()]", re.ASCII)
_INNERMOST = re.compile(r"(\d+)(?:([a-z])|\(([a-z]+)\))", re.ASCII)


class _Level(NamedTuple):
    kind: str
    runs: tuple[int, int] = (0, 0)  # least and greatest
    longest: int = 0  # letters of a run
    depth: int = 0  # of brackets


_LEVELS = (
    _Level(_ENCODE, (3, 4), 4),
    _Level(_DECODE, (4, 5), 4),
    _Level(_ENCODE, (7, 9), 6),
    _Level(_DECODE, (6, 7), 12),
    _Level(_DECODE, depth=1),
    _Level(_DECODE, depth=2),
)


@family(category="algorithmic", levels=6)
class RunLengthCoding(Family):
    """Encode a word by the lengths of its runs, or decode it.

    Statement: `Encode: aabccc`, `Decode: 2a1b3c`, or with brackets, `Decode: 2(a3(bc))d`, where a letter without a
        number stands once.
    Thoughts: to encode, the code of the runs so far and the rest of the word: `2a1b|ccc`; to decode, the whole code
        with one number less, the leftmost of those that are ready: `aa1b3c`.
    Answer: the code, `2a1b3c`, or the word, `aabccc`.
    Level: 1 and 3 words to encode, of 3 to 9 runs; 2 and 4 codes to decode; 5 and 6 brackets.
    Verified: by encoding or decoding.
    Checked step by step: the code so far is right and its runs are whole, more of them than in the lines before; or
        the line is a code of the same word with fewer numbers than the question and the right lines before.

        Encode: aabccc
        2a|bccc
        2a1b|ccc
        Answer: 2a1b3c
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            draws = rng.random(128).tolist()
            code = _brackets(chosen.depth, iter(draws)) if chosen.depth else _runs(chosen, draws)
            word = expand(code)
            if len(word) <= _MOST and len(set(word)) > 1 and _numbers(code) >= 3 * chosen.depth:
                break
        given, answer = (word, code) if chosen.kind == _ENCODE else (code, word)
        meaning = "2x1y means xxy, 2(xy) means xyxy." if chosen.depth else "2x1y means xxy."
        answer_format = ANSWER_FORMAT.format(answer=_FORMATS[chosen.kind])
        if chosen.kind == _DECODE:
            answer_format += f" {meaning}"
        return Problem(
            Question(self.name, level, f"{chosen.kind}: {given}", answer_format, (chosen.kind, given)), answer
        )

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        kind, given = _given(problem.question)
        lines = list(_encodings(given) if kind == _ENCODE else _decodings(given))
        return (*lines[:-1], f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        kind, given = _given(question)
        if kind == _ENCODE:
            points = list(_encodings(given))
            return check_progress(step, thoughts, lambda line: _place(points, line))
        return guarded(lambda: _check_decoding(given, thoughts, step))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        kind, given = _given(question)
        return check_text(answer, encode(given) if kind == _ENCODE else expand(given))


def _given(question: Question) -> tuple[str, str]:
    return cast("tuple[str, str]", question.given)


def _runs(level: _Level, draws: Sequence[float]) -> str:
    """A code without brackets; no two neighbours have the same letter."""
    code, letter = "", int(draws[0] * len(_LETTERS))
    count = between(level.runs, draws[1])
    for size, step in zip(draws[2 : 2 + 2 * count : 2], draws[3 : 3 + 2 * count : 2], strict=True):
        letter = (letter + between((1, len(_LETTERS) - 1), step)) % len(_LETTERS)
        least = 2 if level.kind == _DECODE and not code else 1  # so that the first step isn't just to leave a 1 out
        code += f"{between((least, level.longest), size)}{_LETTERS[letter]}"
    return code


def _brackets(depth: int, draws: Iterator[float]) -> str:
    """A code with brackets in so many layers."""
    parts = [_run(draws), _run(draws)]
    if depth:
        groups = 1 + (next(draws) < 0.3)
        parts[groups:] = []
        for _ in range(groups):
            group = f"{between((2, 3), next(draws))}({_brackets(depth - 1, draws)})"
            parts.insert(between((0, len(parts)), next(draws)), group)
    return "".join(parts)


def _run(draws: Iterator[float]) -> str:
    count, letter = next(draws), _LETTERS[int(next(draws) * len(_LETTERS))]
    return letter if count < 0.25 else f"{between((1, 4), count)}{letter}"


def encode(word: str) -> str:
    """The code of a word.

    >>> encode("aabccc")
    '2a1b3c'
    """
    return "".join(f"{len(list(run))}{letter}" for letter, run in groupby(word))


def expand(code: str) -> str:
    """The word of a code.

    Raises:
        Unreadable: if it is no code.
        Refused: if the word is too long.

    >>> expand("2a1b3c"), expand("2(a3(bc))d")
    ('aabccc', 'abcbcbcabcbcbcd')
    """
    if _CODE.fullmatch(code) is None:
        raise Unreadable(f"{code[:60]!r} is no code such as '2a1b' or '2(ab)'")
    words, counts = [""], [1]  # of each bracket that is open
    count = ""
    for part in _PART.findall(code):
        if part.isdecimal():
            count = part
        elif part == "(":
            words.append("")
            counts.append(_times(count))
            count = ""
        elif part == ")" and (count or len(words) == 1):
            raise Unreadable("a bracket closes nothing, or a number stands before nothing")
        else:
            repeated = words.pop() * counts.pop() if part == ")" else part * _times(count)
            words[-1] += repeated
            count = ""
        if len(words[-1]) > _LONGEST:
            raise Refused(f"the word has more than {_LONGEST} letters")
    if count or len(words) > 1:
        raise Unreadable("a bracket stays open, or a number stands before nothing")
    return words[0]


def _times(count: str) -> int:
    """How often a number says that something stands; once where there is none.

    Raises:
        Unreadable: for 0, or more than two digits.
    """
    if len(count) > 2 or count in {"0", "00"}:
        raise Unreadable(f"{count[:20]} is no number from 1 to 99")
    return int(count or 1)


def _encodings(word: str) -> Iterator[str]:
    """The code of the first runs and the rest of the word, after each run; the whole code at last."""
    code, done = "", 0
    for letter, run in groupby(word):
        size = len(list(run))
        code, done = f"{code}{size}{letter}", done + size
        yield f"{code}|{word[done:]}" if done < len(word) else code


def _decodings(code: str) -> Iterator[str]:
    """The code after each number that is taken out, the leftmost first of those that stand before letters only."""
    while (ready := _INNERMOST.search(code)) is not None:
        code = code[: ready.start()] + (ready[2] or ready[3]) * int(ready[1]) + code[ready.end() :]
        yield code


def _place(points: Sequence[str], line: str) -> int:
    """Which of the lines of an encoding a line is; spaces around the bar are free, and so is the bar at the end.

    Raises:
        Undefined: if it is none of them.
    """
    tidy = re.sub(r" ?\| ?", "|", line)
    if tidy.removesuffix("|") not in points:
        raise Undefined(f"{line[:60]!r} isn't the code so far and the rest of the word, as in '2a|bc'")
    return points.index(tidy.removesuffix("|"))


def _check_decoding(code: str, thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line is a code of the same word with fewer numbers than any right one before it."""
    word = expand(code)
    if expand(step) != word:
        return incorrect("it is the code of another word")
    fewest = min(_numbers(line) for line in (code, *thoughts) if line == code or _is_code(line, word))
    return CORRECT if _numbers(step) < fewest else incorrect("it has no fewer numbers than a line before")


def _is_code(line: str, word: str) -> bool:
    try:
        return expand(line) == word
    except (Unreadable, Refused):
        return False


def _numbers(code: str) -> int:
    return len(re.findall(r"\d+", code, re.ASCII))
