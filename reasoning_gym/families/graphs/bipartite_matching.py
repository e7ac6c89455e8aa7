"""Largest matchings between letters and digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.drawing import graph
from reasoning_gym.families.networks import LETTERS, judged
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

Allowed: TypeAlias = "tuple[tuple[str, str], ...]"  # each letter and the digits that it may have
Matching: TypeAlias = "dict[str, str]"  # letters to their digits

_FORMAT = ANSWER_FORMAT.format(answer="a largest matching, as A2,B1")
_PREFIX = "Match as many letters as possible with one digit each, all different: "
_LEVELS = (4, 5, 6, 7, 8, 9)  # letters, and as many digits
_MOST = 3  # digits of a letter
_PAIRS = r"[A-Z][1-9](?:, ?[A-Z][1-9]){0,25}"
_CHANGE = re.compile(rf"([A-Z]-[1-9](?:-[A-Z]-[1-9]){{0,8}}): ?({_PAIRS})", re.ASCII)
_SHORT = re.compile(r"([A-Z]{2,26}) have only ([1-9]{1,9})", re.ASCII)
_PAIR = re.compile(r"([A-Za-z])\s*+(?:->|\u2192|\\to(?![a-z])|[-=:])?+\s*+([1-9])", re.ASCII)
_ANSWER = re.compile(rf"{_PAIR.pattern}(?:\s*+[,;]?+\s*+{_PAIR.pattern}){{0,25}}+", re.ASCII)


@family(category="graphs", levels=6, many_answers=True, unordered=",")
class BipartiteMatching(Family):
    """Match as many letters as possible with digits of their own.

    Statement: `Match as many letters as possible with one digit each, all different: A:123,B:134,C:14,D:1`; A may have
        1, 2 or 3.
    Thoughts: a letter at a time takes a digit, and where that has an owner, the owner takes another, and so on to a
        digit that is free, then the matching so far: `D-1-A-2: A2,B3,C4,D1`. Where no such chain leads to a free
        digit, the letters that it may go through, which have too few digits for all of them: `ABE have only 13`.
    Answer: the pairs, `A2,B3,C4,D1`. Every matching with as many pairs as possible is right.
    Level: 4 to 9 letters, as many digits, and at most three for each letter. Letters that each take the first digit
        that is free, or the last, are never the answer; any free digit for each in turn is right in 26 % of the cases
        at level 1 and in 14 % at the last, and one answer to all questions in 14 % and less than 1 %. Level 1 has
        5,456 different questions.
    Verified: by reading the pairs, and comparing their number with that of a matching that no chain makes larger.
    Checked step by step: a chain must go from a letter without a digit over allowed pairs and pairs of the matching to
        a free digit, and the matching behind it be the one that results. Letters that have only some digits must be
        more than those, have no others, and count in a letter that is without a digit and wasn't named so before.

        Match as many letters as possible with one digit each, all different: A:123,B:134,C:14,D:1
        A-1: A1
        B-3: A1,B3
        C-4: A1,B3,C4
        D-1-A-2: A2,B3,C4,D1
        Answer: A2,B3,C4,D1
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw the digits of each letter until taking the first or the last free one doesn't do."""
        size = _LEVELS[level - 1]
        while True:
            allowed = _draw(rng, size)
            largest = _largest(allowed)
            if all(len(_greedy(allowed, choice)) < len(largest) for choice in (0, -1)):
                break
        statement = _PREFIX + ",".join(f"{letter}:{digits}" for letter, digits in allowed)
        return Problem(Question(self.name, level, statement, _FORMAT, allowed), _written(largest))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*_lines(_given(problem.question)), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        if not (_CHANGE.fullmatch(step) or _SHORT.fullmatch(step)):
            return unreadable(f"{step[:60]!r} is neither a change such as 'B-1-A-3: A3,B1' nor 'AB have only 1'")
        return judged(_Table(_given(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        allowed = dict(_given(question))

        def decide() -> Verdict:
            pairs = _pairs(answer)
            strange = next((a + b for a, b in pairs if b not in allowed.get(a, "")), "")
            if strange:
                return incorrect(f"{strange} isn't allowed")
            if len({a for a, _ in pairs}) < len(pairs) or len({b for _, b in pairs}) < len(pairs):
                return incorrect("a letter or a digit is matched twice")
            most = len(_largest(_given(question)))
            return CORRECT if len(pairs) == most else incorrect(f"{len(pairs)} pairs aren't as many as possible")

        return guarded(decide)

    def picture(self, question: Question) -> str:
        allowed = _given(question)
        digits = sorted({digit for _, each in allowed for digit in each}, reverse=True)
        nodes = [letter for letter, _ in allowed] + digits
        edges = [(letter, digit, "") for letter, each in allowed for digit in each]
        return graph(nodes, edges, fills=dict.fromkeys(digits, "blue"))


def _given(question: Question) -> Allowed:
    return cast("Allowed", question.given)


def _draw(rng: np.random.Generator, size: int) -> Allowed:
    """Letters with up to three digits each; small digits are in demand."""
    draws: list[list[float]] = rng.random((size, _MOST)).tolist()
    chosen = [sorted({1 + int(draw**2 * size) for draw in row}) for row in draws]
    return tuple((letter, "".join(map(str, digits))) for letter, digits in zip(LETTERS, chosen, strict=False))


def _greedy(allowed: Allowed, choice: int) -> Matching:
    """Each letter in turn takes the first of its digits that are free, or the last if the choice is -1."""
    found: Matching = {}
    for letter, digits in allowed:
        free = [digit for digit in digits if digit not in found.values()]
        if free:
            found[letter] = free[choice]
    return found


def _chain(letter: str, allowed: Mapping[str, str], matching: Matching) -> tuple[list[str], list[str]]:
    """The shortest chain from a letter to a free digit, empty if there is none; and all letters that were looked at."""
    owners = {digit: owner for owner, digit in matching.items()}
    chains = {letter: [letter]}
    seen: set[str] = set()
    waiting = [letter]
    for owner in waiting:  # grows while it is walked
        for digit in allowed[owner]:
            if digit in seen:
                continue
            seen.add(digit)
            if digit not in owners:
                return [*chains[owner], digit], waiting
            chains[owners[digit]] = [*chains[owner], digit, owners[digit]]
            waiting.append(owners[digit])
    return [], waiting


def _changed(matching: Matching, chain: Sequence[str]) -> Matching:
    """The matching after the letters of a chain took the digits behind them."""
    return {**matching, **dict(zip(chain[::2], chain[1::2], strict=True))}


@lru_cache(maxsize=1024)
def _largest(allowed: Allowed) -> Matching:
    """The matching that chains from each letter in turn lead to (Berge 1957)."""
    matching: Matching = {}
    for letter, _ in allowed:
        chain, _ = _chain(letter, dict(allowed), matching)
        matching = _changed(matching, chain)
    return matching


def _lines(allowed: Allowed) -> Iterator[str]:
    matching: Matching = {}
    digits = dict(allowed)
    for letter in digits:
        chain, looked_at = _chain(letter, digits, matching)
        matching = _changed(matching, chain)
        if chain:
            yield f"{'-'.join(chain)}: {_written(matching)}"
        else:
            yield f"{''.join(sorted(looked_at))} have only {''.join(sorted(_together(looked_at, digits)))}"


def _together(letters: Sequence[str], allowed: Mapping[str, str]) -> set[str]:
    """The digits that some letters may have."""
    return set("".join(allowed[letter] for letter in letters))


def _written(matching: Matching) -> str:
    return ",".join(letter + digit for letter, digit in sorted(matching.items()))


class _Table:
    """The matching so far, and the letters that are known to be too many for their digits."""

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = dict(allowed)
        self.matching: Matching = {}
        self.short: set[str] = set()

    def follow(self, line: str) -> str:
        """Take in a line; what is wrong with it, and nothing is taken in, or empty."""
        change = _CHANGE.fullmatch(line)
        if change:
            return self.change(change[1].split("-"), _PAIR.findall(change[2]))
        short = _SHORT.fullmatch(line)
        return self.fall_short(short[1], short[2]) if short else "neither a chain nor letters that are too many"

    def change(self, chain: Sequence[str], stated: Sequence[tuple[str, str]]) -> str:
        """Let the letters of a chain take the digits behind them."""
        letters, digits = chain[::2], chain[1::2]
        allowed = all(b in self.allowed.get(a, "") for a, b in zip(letters, digits, strict=True))
        if not allowed or len(set(chain)) < len(chain):
            return "the chain goes through a letter or digit twice, or uses a pair that isn't allowed"
        owners = [self.matching.get(letter, "") for letter in letters]
        if owners != ["", *digits[:-1]] or digits[-1] in self.matching.values():
            return "the chain doesn't go from a letter without a digit by way of owners to a free digit"
        matching = _changed(self.matching, chain)
        if sorted(stated) != sorted(matching.items()):
            return "the matching is another one after that"
        self.matching = matching
        return ""

    def fall_short(self, letters: str, digits: str) -> str:
        """Name letters that have fewer digits than they are."""
        named = set(letters)
        if len(named) < len(letters) or len(set(digits)) < len(digits) or not named <= self.allowed.keys():
            return "a letter or digit is named twice, or isn't in the question"
        if _together(letters, self.allowed) != set(digits) or len(letters) <= len(digits):
            return "these letters have other digits, or enough of them"
        if not named - self.matching.keys() - self.short:
            return "no letter without a digit is among them, or all such were named before"
        self.short |= named - self.matching.keys()
        return ""


def _pairs(answer: str) -> list[tuple[str, str]]:
    """The pairs of an answer such as `A2,B1`.

    Raises:
        Unreadable, Refused: if it is no such list.
    """
    text = plain(answer)
    if text[:1] + text[-1:] in {"()", "[]", "{}"}:
        text = text[1:-1].strip()
    if not _ANSWER.fullmatch(text):
        raise Unreadable(f"{answer[:40]!r} is no list of pairs such as 'A2,B1'")
    return [(match[1].upper(), match[2]) for match in _PAIR.finditer(text)]
