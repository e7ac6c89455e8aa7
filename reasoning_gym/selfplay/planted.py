"""Errors that are planted in reference thoughts: what a challenger, or any judge of thoughts, is measured on."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reasoning_gym.family import Family
from reasoning_gym.perturbing import perturbed
from reasoning_gym.problem import Problem, Question, Status

TRIES = 20  # changes of a thought before another one is taken
_ANSWER = "Answer: "  # how the last thought begins, which stays
_LEADING_ZERO = re.compile(r"(?<![\d.])0\d", re.ASCII)


class Planted(NamedTuple):
    """A chain of thoughts with one error."""

    thoughts: tuple[str, ...]
    wrong: int  # the number of the wrong thought, from 1; those before it are right


def plant_error(
    family: Family, problem: Problem, rng: np.random.Generator, *, place: int | None = None
) -> Planted | None:
    """The reference thoughts of a problem, of which one has a digit, a sign or a letter changed.

    What is planted is readable, and the family's check finds it wrong, so that it can be seen without the reference; no
    number begins with a 0 that didn't before. The thoughts after it stay, so a judge must not be shown them if it is to
    find the error by itself and not by what comes next. It reads the reference: for training and measuring only.

    Args:
        family: the problem's.
        problem: any; its reference thoughts are those of `family.reference_thoughts`.
        rng: chooses the thought and the change.
        place: the number of the thought that is changed, from 1; by default each is as likely.

    Returns:
        The chain; None if no change was found that is readable and wrong.

    Raises:
        ValueError: if there is no such place.
    """
    thoughts = family.reference_thoughts(problem)
    if place is not None and not 1 <= place <= len(thoughts):
        raise ValueError(f"place is {place!r}; the reference of {problem.address} has thoughts 1 to {len(thoughts)}")
    places = rng.permutation(len(thoughts)).tolist() if place is None else [place - 1]
    draws = random.Random(int(rng.integers(2**63)))
    for k in places:
        wrong = _wrong_thought(family, problem.question, thoughts[: k + 1], draws)
        if wrong is not None:
            return Planted((*thoughts[:k], wrong, *thoughts[k + 1 :]), k + 1)
    return None


def _wrong_thought(family: Family, question: Question, thoughts: Sequence[str], draws: random.Random) -> str | None:
    """The last of the thoughts, changed so that it is readable and wrong."""
    *before, right = thoughts
    head = _ANSWER if right.startswith(_ANSWER) else ""
    for _ in range(TRIES):
        wrong = head + perturbed(right.removeprefix(head), draws)
        if len(_LEADING_ZERO.findall(wrong)) > len(_LEADING_ZERO.findall(right)):
            continue
        if family.check_thought(question, before, wrong).status is Status.INCORRECT:
            return wrong
    return None
