"""Ciphers of letters with a known key: shifts, substitutions and Vigenere's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import cycle
from string import ascii_lowercase
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.draws import between
from reasoning_gym.families.texts import check_text, spoken
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_SHIFT, _KEY, _VIGENERE = "Shift", "Key", "Vigenere key"  # kinds of ciphers
_ENCODE, _DECODE = "encode", "decode"
_MEANINGS = {
    _SHIFT: "'Shift 3' encodes a as d and z as c.",
    _KEY: "The first letter of the alphabet is encoded as the first of the key, the second as the second, and so on.",
    _VIGENERE: "The key is repeated along the word. With the key letter a, a letter stays; with b it is encoded as the "
    "next one, with c as the one after that, and so on; a comes after z.",
}
_PAIR = r"[a-z](?: ?[+-] ?[a-z])? ?-> ?[a-z]"
_LINE = re.compile(rf"{_PAIR}(?: ?, ?{_PAIR}){{0,30}}", re.ASCII)

Pair: TypeAlias = "tuple[str, str]"  # the left and the right side of a line


class _Level(NamedTuple):
    kind: str
    directions: tuple[str, ...]
    length: tuple[int, int]  # of the word
    key: tuple[int, int]  # the shift, or the length of the key


_LEVELS = (
    _Level(_SHIFT, (_ENCODE,), (4, 6), (1, 3)),
    _Level(_SHIFT, (_ENCODE, _DECODE), (6, 8), (1, 25)),
    _Level(_KEY, (_ENCODE, _DECODE), (8, 10), (8, 8)),
    _Level(_KEY, (_ENCODE, _DECODE), (11, 13), (26, 26)),
    _Level(_VIGENERE, (_ENCODE,), (11, 13), (3, 3)),
    _Level(_VIGENERE, (_DECODE,), (16, 20), (4, 6)),
)


class _Cipher(NamedTuple):
    """A question's facts."""

    kind: str
    key: int | str
    direction: str
    word: str


@family(category="algorithmic", levels=6)
class LetterCipher(Family):
    """Encode or decode a word by a cipher whose key is known.

    Statement: `Shift 3, encode lemon`, `Key dbagfhce, decode bead`, where the letters a to h become those of the key,
        or `Vigenere key dog, encode melon`.
    Thoughts: what becomes of each different letter, in the order of the word: `l->o`; for Vigenere's cipher with its
        key letter, `l+d->o` to encode and `o-d->l` to decode.
    Answer: the word that comes out.
    Level: 1 shifts by 1 to 3, 2 any shift in either direction, 3 keys of 8 letters, 4 of 26, 5 Vigenere's cipher to
        encode, 6 to decode.
    Verified: by encoding or decoding.
    Checked step by step: a line says rightly what becomes of one or more letters of the word, which no line before it
        said.

        Shift 3, encode lemon
        l->o
        e->h
        m->p
        o->r
        n->q
        Answer: ohprq
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            cipher = _draw(rng, chosen)
            answer = _outcome(cipher)
            if answer != cipher.word:
                break
        statement = f"{cipher.kind} {cipher.key}, {cipher.direction} {cipher.word}"
        answer_format = f"{ANSWER_FORMAT.format(answer='the word')} {_MEANINGS[cipher.kind]}"
        return Problem(Question(self.name, level, statement, answer_format, tuple(cipher)), answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        pairs = dict.fromkeys(_pairs(_given(problem.question)))
        return (*(f"{left}->{right}" for left, right in pairs), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        stated = _stated(step)
        if not stated:
            return unreadable(f"{step[:60]!r} is no line such as 'a->d' or 'a+c->c'")
        if not set(stated) <= set(_pairs(_given(question))):
            return incorrect("no letter of the word becomes that")
        known = {pair for line in thoughts for pair in _stated(line)}
        repeats = len(set(stated)) < len(stated) or not known.isdisjoint(stated)
        return incorrect("says of a letter what is known") if repeats else CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_text(answer, _outcome(_given(question)))


def _given(question: Question) -> _Cipher:
    kind, key, direction, word = cast("tuple[str, int | str, str, str]", question.given)
    return _Cipher(kind, key, direction, word)


def _draw(rng: np.random.Generator, level: _Level) -> _Cipher:
    """A cipher and a word, which has only letters that the cipher knows."""
    which, length, size, vowel, *draws = rng.random(4 + level.length[1] + level.key[1]).tolist()
    direction = level.directions[int(which * len(level.directions))]
    letters = draws[: between(level.length, length)]
    word = spoken(letters, vowel_first=vowel < 0.3)
    if level.kind == _SHIFT:
        plain = _Cipher(level.kind, between(level.key, size), _ENCODE, word)
    elif level.kind == _VIGENERE:
        key = "".join(ascii_lowercase[int(draw * 26)] for draw in draws[-between(level.key, size) :])
        plain = _Cipher(level.kind, key, _ENCODE, word)
    else:
        alphabet = ascii_lowercase[: level.key[0]]
        key = "".join(alphabet[place] for place in rng.permutation(len(alphabet)).tolist())
        small = "".join(alphabet[int(draw * len(alphabet))] for draw in letters)
        plain = _Cipher(level.kind, key, _ENCODE, word if len(alphabet) == 26 else small)
    return plain if direction == _ENCODE else plain._replace(direction=_DECODE, word=_outcome(plain))


def _pairs(cipher: _Cipher) -> list[Pair]:
    """What becomes of each letter of the word."""
    kind, key, direction, word = cipher
    if kind == _VIGENERE:
        sign = "+" if direction == _ENCODE else "-"
        keys = list(zip(word, cycle(str(key))))
        shifts = [ascii_lowercase.index(letter) * (1 if sign == "+" else -1) for _, letter in keys]
        return [(f"{old}{sign}{by}", _shifted(old, shift)) for (old, by), shift in zip(keys, shifts, strict=True)]
    if kind == _SHIFT:
        shift = int(key) if direction == _ENCODE else -int(key)
        return [(old, _shifted(old, shift)) for old in word]
    encoded = dict(zip(ascii_lowercase, str(key), strict=False))
    becomes = encoded if direction == _ENCODE else {new: old for old, new in encoded.items()}
    return [(old, becomes[old]) for old in word]


def _shifted(letter: str, shift: int) -> str:
    return ascii_lowercase[(ascii_lowercase.index(letter) + shift) % 26]


def _outcome(cipher: _Cipher) -> str:
    return "".join(new for _, new in _pairs(cipher))


def _stated(line: str) -> list[Pair]:
    """What a line says, rightly or not, becomes of letters; nothing if it is another kind of line."""
    if _LINE.fullmatch(line) is None:
        return []
    sides = [part.split("->") for part in line.replace(" ", "").split(",")]
    return [(left, right) for left, right in sides]
