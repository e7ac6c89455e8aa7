"""Word problems from stories: each kind has some ways to be told, numbers, and a way to be worked out."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.families.chances import Chances
from reasoning_gym.families.wording import NUMERALS, PEOPLE
from reasoning_gym.families.workings import Amount, WordProblem, Workings, writable, written
from reasoning_gym.family import ANSWER_FORMAT
from reasoning_gym.problem import Problem, Question

_START = re.compile(r"(?<=[.?!] )[a-z]", re.ASCII)
_PEOPLE_IN_A_STORY = 3


class Story(NamedTuple):
    """A kind of story.

    In its texts `{0}` is its first number and `{times[0]}` the same as in `twice as old`, `{A}`, `{B}` and `{C}` are
    people, `{A.they}`, `{A.them}` and `{A.their}` their pronouns, and other words are what the family adds. A sentence
    may start with a small letter.
    """

    texts: tuple[str, ...]
    draw: Callable[[Chances], tuple[int, ...]]  # the numbers, in the order of `given`; empty where they don't suit
    work: Callable[[Workings, Sequence[Amount]], Amount]  # from the facts; writes the lines
    unit: str = ""  # what the answer counts, where the kinds of a family differ in that


class StoryFamily(WordProblem):
    """A family of word problems whose every level has some kinds of stories."""

    @abstractmethod
    def stories(self) -> Mapping[str, Story]:
        """All kinds by name."""

    @abstractmethod
    def kinds(self, level: int) -> Sequence[str]:
        """The names of the kinds of a level."""

    def answer_format(self, kind: str) -> str:
        """How the answer to a kind of story is written."""
        unit = self.stories()[kind].unit
        return ANSWER_FORMAT.format(answer=f"the exact number of {unit}" if unit else "the exact number")

    def words(self, chances: Chances) -> Mapping[str, object]:
        """Words for the places in a text that aren't people or numbers."""
        del chances
        return {}

    def asides(self, chances: Chances, level: int, words: Mapping[str, object]) -> Sequence[str]:
        """Sentences that nothing depends on."""
        del chances, level, words
        return ()

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        while True:
            kind = chances.pick(self.kinds(level))
            story = self.stories()[kind]
            numbers = story.draw(chances)
            if not numbers:
                continue
            workings, asked = worked(story, numbers, money=self.money)
            people = chances.several(PEOPLE, _PEOPLE_IN_A_STORY)
            words = {**dict(zip("ABC", people, strict=True)), **self.words(chances)}
            statement = self._told(chances, level, chances.pick(story.texts), numbers, words)
            if asked.value > 0 and writable(workings, statement):
                break
        question = Question(self.name, level, statement, self.answer_format(kind), (kind, *numbers))
        return Problem(question, written(asked.value, money=self.money))

    def workings(self, question: Question) -> tuple[Workings, Amount]:
        kind, *numbers = question.given
        return worked(self.stories()[str(kind)], cast("list[int]", numbers), money=self.money)

    def _told(
        self, chances: Chances, level: int, text: str, numbers: Sequence[int], words: Mapping[str, object]
    ) -> str:
        told = text.format(*numbers, times=[times_as(number) for number in numbers], **words)
        for aside in self.asides(chances, level, words):
            first, stop, rest = told.partition(". ")
            told = f"{first}{stop}{aside} {rest}" if rest else f"{aside} {told}"
        told = _START.sub(lambda match: match[0].upper(), told)
        return told[:1].upper() + told[1:]


def ranges(*ends: tuple[int, int] | tuple[int, int, int]) -> Callable[[Chances], tuple[int, ...]]:
    """Draws a whole number from each of some ranges, ends included; a third number is the step."""
    numbers = [range(low, high + 1, *step) for low, high, *step in ends]
    return lambda chances: tuple(chances.pick(each) for each in numbers)


def worked(story: Story, numbers: Sequence[int], *, money: bool) -> tuple[Workings, Amount]:
    """The workings of a story with its numbers, and the answer."""
    workings = Workings(money=money)
    return workings, story.work(workings, [workings.fact(number) for number in numbers])


def times_as(number: int) -> str:
    """A number as in `twice as old`.

    >>> times_as(2), times_as(3)
    ('twice', 'three times')
    """
    if number == 2:
        return "twice"
    return f"{NUMERALS[number] if 0 <= number < len(NUMERALS) else number} times"
