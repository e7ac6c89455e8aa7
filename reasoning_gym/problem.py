"""The records that everything else passes around: questions, problems, states, views and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

Split: TypeAlias = Literal["train", "test"]
SPLITS: tuple[Split, Split] = ("train", "test")

Given: TypeAlias = "str | int | tuple[Given, ...]"


class Status(StrEnum):
    """What the checker can say of an answer or of a thought. Only `CORRECT` ever pays."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNREADABLE = "unreadable"  # no answer could be read from the text
    REFUSED = "refused"  # readable, but more work than the limits allow
    UNPROVED = "unproved"  # neither equality nor difference could be proved
    TIMED_OUT = "timed_out"


class Verdict(NamedTuple):
    """What the checker says, and in a few words why."""

    status: Status
    reason: str = ""

    @property
    def correct(self) -> bool:
        """Whether the answer, or the thought, was proved right."""
        return self.status is Status.CORRECT


CORRECT = Verdict(Status.CORRECT)


def incorrect(reason: str) -> Verdict:
    """The verdict on an answer that was read and is wrong."""
    return Verdict(Status.INCORRECT, reason)


def unreadable(reason: str) -> Verdict:
    """The verdict on a text from which no answer could be read."""
    return Verdict(Status.UNREADABLE, reason)


def refused(reason: str) -> Verdict:
    """The verdict on a text that asks for more work than the limits allow."""
    return Verdict(Status.REFUSED, reason)


def unproved(reason: str) -> Verdict:
    """The verdict where neither equality nor difference could be proved."""
    return Verdict(Status.UNPROVED, reason)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a problem lives. The same address gives the same problem on any machine."""

    family: str  # registered name, such as "linear_equation"
    version: int  # of the family; rises when a problem or a reward would change
    split: Split
    level: int  # difficulty, from 1
    index: int  # from 0

    def __str__(self) -> str:
        return f"{self.family}-v{self.version}/{self.split}/{self.level}/{self.index}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read back what `str(address)` wrote.

        Raises:
            ValueError: if the text isn't an address.
        """
        try:
            name, split, level, index = text.split("/")
            family, version = name.rsplit("-v", 1)
            address = cls(family, int(version), "test" if split == "test" else "train", int(level), int(index))
        except ValueError:
            address = None
        if address is None or str(address) != text:
            raise ValueError(
                f"{text!r} is not a problem's address; write it like 'linear_equation-v0/test/3/17' "
                "(family-vVERSION/SPLIT/LEVEL/INDEX)"
            )
        return address


@dataclass(frozen=True, slots=True)
class Question:
    """The public half of a problem: all that an agent may know of it."""

    family: str
    level: int
    statement: str  # what is asked, in one short text
    answer_format: str  # how to write the thoughts and the answer
    given: tuple[Given, ...] = ()  # the statement's facts for programs; never more than it says

    @property
    def text(self) -> str:
        """The question as an agent reads it: the statement, then the format of the answer."""
        return f"{self.statement}\n{self.answer_format}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A question with its private half: the reference answer and what the family needs to explain it."""

    question: Question
    answer: str  # the reference answer, in the form that the question asks for
    secret: object = None  # what reference thoughts are made from; never shown
    address: Address | None = None  # None until the suite has placed it


class State(NamedTuple):
    """A question and the thoughts so far. Immutable, so that a search can keep and share it."""

    question: Question
    thoughts: tuple[str, ...] = ()


class View(NamedTuple):
    """What an agent is shown of one episode. It holds no way to the reference."""

    question: Question
    thoughts: tuple[str, ...]
    thoughts_left: int  # how many more thoughts the episode allows, at least 1

    @property
    def text(self) -> str:
        """The observation: the question, an empty line, and the thoughts, one a line."""
        return observation(self.question, self.thoughts)


def observation(question: Question, thoughts: tuple[str, ...]) -> str:
    """The text an agent reads: the question, an empty line, and the thoughts, one a line."""
    return f"{question.text}\n\n" + "".join(f"{thought}\n" for thought in thoughts)
