"""String rewriting: rules applied to a word, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.draws import between
from reasoning_gym.families.runs import check_numbered
from reasoning_gym.families.texts import check_text
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict

_WEIGHT = {"a": 1, "b": 3, "c": 9, "d": 27}
_TO_THE_END = 0  # stands for the number of steps where rules are applied until none applies
_MAX_STEPS = 40  # of any run
_LONGEST = 24  # letters of a word
_FORMAT = (
    f"{ANSWER_FORMAT.format(answer='the word')} "
    "Each time, the first rule whose left side occurs replaces its leftmost occurrence."
)

Rule: TypeAlias = "tuple[str, str]"


class _Level(NamedTuple):
    letters: str
    rules: int
    length: tuple[int, int]  # of the word
    steps: tuple[int, int]
    counted: bool = False  # whether a number of steps is asked for


_LEVELS = (
    _Level("abc", 2, (4, 6), (2, 4)),
    _Level("abc", 2, (7, 9), (4, 7)),
    _Level("abc", 3, (7, 9), (6, 9)),
    _Level("abc", 3, (8, 10), (7, 10), counted=True),
    _Level("abcd", 4, (9, 12), (9, 15)),
    _Level("abcd", 5, (11, 14), (13, 24)),
)


@family(category="algorithmic", levels=6)
class StringRewriting(Family):
    """Apply ordered rules to a word until none applies, or a number of times.

    Statement: `Rules ba->ab, bb->a: rewrite babb until no rule applies` or `…: rewrite babb 3 times`. Each time the
        first rule of the list whose left side occurs replaces its leftmost occurrence.
    Thoughts: the word after each step, with the step's number in front: `1: abbb`.
    Answer: the word, with at least two different letters.
    Level: longer words, more rules and more steps; level 4 asks for a number of steps.
    Verified: by applying the rules. Each rule makes the word lighter (a letter weighs three times as much as the one
        before it in the alphabet), or else puts letters nearer to alphabetical order, so that there is an end.
    Checked step by step: a line is the word after that number of steps, more than in the lines before.

        Rules bac->acb, ba->ab: rewrite babac until no rule applies
        1: baacb
        2: abacb
        3: aacbb
        Answer: aacbb
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            rules, word, draw = _draw(rng, chosen)
            run = list(islice(_run(rules, word), chosen.steps[1] + 1))
            steps = between(chosen.steps, draw) if chosen.counted else len(run)
            if _is_worth_asking(rules, word, run, steps, chosen):
                break
        asked = f"{steps} times" if chosen.counted else "until no rule applies"
        listed = ", ".join(f"{left}->{right}" for left, right in rules)
        given = (rules, word, steps if chosen.counted else _TO_THE_END)
        question = Question(self.name, level, f"Rules {listed}: rewrite {word} {asked}", _FORMAT, given)
        return Problem(question, run[steps - 1])

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        lines = [f"{number}: {word}" for number, word in enumerate(_asked(problem.question), 1)]
        return (*(lines[:-1] if _given(problem.question)[2] else lines), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        return check_numbered(step, thoughts, _asked(question))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_text(answer, _asked(question)[-1])


def _given(question: Question) -> tuple[tuple[Rule, ...], str, int]:
    return cast("tuple[tuple[Rule, ...], str, int]", question.given)


def _draw(rng: np.random.Generator, level: _Level) -> tuple[tuple[Rule, ...], str, float]:
    """Rules with different left sides, a word, and a number from 0 to 1; seldom are there too few rules."""
    rules: dict[str, str] = {}
    for long, also_long, *letters in rng.random((2 * level.rules, 8)).tolist():
        left = _word(level.letters, letters[: 2 + (long > 0.9)])
        right = _word(level.letters, letters[3 : 4 + (also_long > 0.3) + (also_long > 0.8)])
        if long < 0.4:  # letters change places, which they can do often
            right = left[::-1]
        if falls(right, left):
            left, right = right, left
        if falls(left, right) and len(rules) < level.rules:
            rules.setdefault(left, right)
    length, steps, *letters = rng.random(2 + level.length[1]).tolist()
    return tuple(rules.items()), _word(level.letters, letters[: between(level.length, length)]), steps


def _word(letters: str, draws: Sequence[float]) -> str:
    return "".join(letters[int(draw * len(letters))] for draw in draws)


def falls(left: str, right: str) -> bool:
    """Whether a rule makes every word lighter, or keeps weight and length and comes earlier in the dictionary.

    >>> falls("ba", "ab"), falls("c", "abb"), falls("ab", "ba"), falls("b", "aaa")
    (True, True, False, False)
    """
    before, after = (sum(_WEIGHT[letter] for letter in word) for word in (left, right))
    return after < before or (after == before and len(left) == len(right) and right < left)


def _run(rules: Sequence[Rule], word: str) -> Iterator[str]:
    """The word after each step."""
    while (rule := next((rule for rule in rules if rule[0] in word), None)) is not None:
        word = word.replace(*rule, 1)
        yield word


def _is_worth_asking(rules: Sequence[Rule], word: str, run: Sequence[str], steps: int, level: _Level) -> bool:
    """Whether rules and steps are as many as the level wants, two rules are used, and the last word isn't too plain."""
    if len(rules) < level.rules or not level.steps[0] <= steps <= min(level.steps[1], len(run)):
        return False
    words = [word, *run[:steps]]
    used = {next(rule for rule in rules if rule[0] in each) for each in words[:-1]}
    return len(used) > 1 and len(set(words[-1])) > 1 and max(map(len, words)) <= _LONGEST


def _asked(question: Question) -> list[str]:
    """The words up to the one that is asked for."""
    rules, word, steps = _given(question)
    return list(islice(_run(rules, word), steps or _MAX_STEPS))
