"""Brackets: what stays open in a sequence, or where it goes wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.draws import between
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.readings import read_integers
from reasoning_gym.families.runs import check_progress
from reasoning_gym.families.texts import check_text
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_OPENERS, _CLOSERS = "([<", ")]>"
_PARTNER = dict(zip(_OPENERS, _CLOSERS, strict=True))
_BALANCED, _OPEN = "balanced", "open"  # answers where no bracket is wrong
_UNCLOSED, _CHECK = "Unclosed", "Check"  # what is asked
_ANSWERS = {
    _UNCLOSED: "the places (from 1) of the brackets that stay open, in the order in which they have to be closed.",
    _CHECK: f"the place (from 1) of the first closing bracket that doesn't match the last open one, "
    f"'{_OPEN}' if there is none but a bracket stays open, else '{_BALANCED}'.",
}
_LINE = re.compile(
    r"(?P<place>\d{1,2}) ?(?P<bracket>[()\[\]<>]) ?: ?"
    r"(?:(?P<stack>[(\[<]{1,30}|-)|(?P<places>\d{1,2}(?:,\d{1,2}){0,30}))",
    re.ASCII,
)
Stack: TypeAlias = "tuple[int, ...]"  # the places, from 1, of the brackets that are open


class _Level(NamedTuple):
    kind: str
    length: tuple[int, int]  # least and greatest
    depth: tuple[int, int] = (0, 0)  # of brackets that stay open


_LEVELS = (
    _Level(_UNCLOSED, (5, 6), (2, 3)),
    _Level(_CHECK, (6, 10)),
    _Level(_UNCLOSED, (9, 12), (3, 4)),
    _Level(_CHECK, (12, 16)),
    _Level(_UNCLOSED, (18, 24), (4, 6)),
    _Level(_CHECK, (22, 28)),
)


@family(category="algorithmic", levels=6)
class BracketMatching(Family):
    """Find which brackets of a sequence stay open, or where it goes wrong.

    Statement: `Unclosed: ([]<` or `Check: ([)]`. There are three kinds of brackets: (), [] and <>.
    Thoughts: each bracket with its place, and what is open then: the places of those brackets, or for Check the
        brackets themselves; `-` where none is open: `4<: 1,4` or `4<: (<`.
    Answer: Unclosed asks for the places of the brackets that stay open, in the order in which they have to be closed:
        `4,1`. Check asks for the place of the first closing bracket that doesn't match the last open one, `open` if
        there is none but a bracket stays open, or `balanced`.
    Level: 1, 3 and 5 Unclosed, 2, 4 and 6 Check; longer sequences. Level 1 has about 1,130 different questions. One
        guess pays at most 0.14 at level 1, 0.05 at levels 3 and 5, and 0.2 for Check, where a fifth are balanced and
        a fifth are open.
    Verified: by keeping the stack of open brackets.
    Checked step by step: the stack is right after the bracket at that place, the place is beyond those of the lines
        before, and no bracket up to it is wrong.

        Unclosed: ([]<
        1(: 1
        2[: 1,2
        3]: 1
        4<: 1,4
        Answer: 4,1
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        kind, lengths, depths = _LEVELS[level - 1]
        first, second, third, *draws = rng.random(3 + 2 * (lengths[1] + 2)).tolist()
        length = between(lengths, first)
        if kind == _UNCLOSED:
            depth = between(depths, second)
            brackets = _walk(draws, length - (length - depth) % 2, depth)
        else:
            brackets = _checked(second, third, draws, length)
        question = Question(
            self.name, level, f"{kind}: {brackets}", ANSWER_FORMAT.format(answer=_ANSWERS[kind])[:-1], (kind, brackets)
        )
        return Problem(question, _answer(kind, brackets))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        kind, brackets = _given(problem.question)
        lines: list[str] = []
        for place, stack in enumerate(_stacks(brackets), 1):
            shown = ",".join(map(str, stack)) if kind == _UNCLOSED else _brackets_at(brackets, stack)
            lines.append(f"{place}{brackets[place - 1]}: {shown or '-'}")
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        _, brackets = _given(question)
        stacks = _stacks(brackets)
        return check_progress(step, thoughts, lambda line: _place(brackets, stacks, line))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        kind, brackets = _given(question)
        right = _answer(kind, brackets)
        if right.isdecimal():
            return check_number(answer, int(right))
        if kind == _CHECK:
            return check_text(answer, right)

        def decide() -> Verdict:
            same = ",".join(map(str, read_integers(answer))) == right
            return CORRECT if same else incorrect("other brackets stay open, or they close in another order")

        return guarded(decide)


def _given(question: Question) -> tuple[str, str]:
    return cast("tuple[str, str]", question.given)


def _walk(draws: Sequence[float], length: int, depth: int, before: str = "") -> str:
    """A sequence of a length without a wrong bracket, after which so many brackets are open; all shapes alike likely.

    Args:
        draws: two for each bracket: whether it opens, and which kind it is.
        length: of the sequence.
        depth: how many brackets are open behind it; the length allows it.
        before: the brackets that are open before it.
    """
    stack = list(before)
    found = ""
    for left in range(length, 0, -1):
        turn, kind = draws[2 * (length - left) : 2 * (length - left) + 2]
        if turn * _paths(len(stack), depth, left) < _paths(len(stack) + 1, depth, left - 1):
            stack.append(_OPENERS[int(kind * 3)])
            found += stack[-1]
        else:
            found += _PARTNER[stack.pop()]
    return found


def _paths(start: int, end: int, steps: int) -> int:
    """How many ways lead from a depth to another that the length of the way allows, never below 0 (reflection)."""
    ups = (steps + end - start) // 2
    return math.comb(steps, ups) - math.comb(steps, ups + start + 1) if ups >= 0 else 0


def _checked(kind: float, place: float, draws: Sequence[float], length: int) -> str:
    """A sequence that is balanced, stays open or has a wrong bracket at a random place."""
    if kind < 0.2:
        return _walk(draws, length - length % 2, 0)
    if kind < 0.4:
        depth = between((1, 3), place)
        return _walk(draws, length - (length - depth) % 2, depth)
    before = between((1, length - 1), place)
    good = _walk(draws, before, 2 * between((0, min(before // 2, 2)), draws[0]) + before % 2)
    stack = _brackets_at(good, _stacks(good)[-1])
    wrong = [closer for closer in _CLOSERS if not stack or closer != _PARTNER[stack[-1]]]
    bad = wrong[int(draws[-1] * len(wrong))]
    rest, after = stack[:-1], length - before - 1
    return good + bad + _walk(draws[2 * before :], after, max(len(rest) - after, (len(rest) + after) % 2), rest)


def _stacks(brackets: str) -> list[Stack]:
    """What is open after each bracket, up to the first that is wrong."""
    found: list[Stack] = []
    stack: Stack = ()
    for place, bracket in enumerate(brackets, 1):
        if bracket in _OPENERS:
            stack = (*stack, place)
        elif stack and _PARTNER[brackets[stack[-1] - 1]] == bracket:
            stack = stack[:-1]
        else:
            break
        found.append(stack)
    return found


def _brackets_at(brackets: str, stack: Stack) -> str:
    return "".join(brackets[place - 1] for place in stack)


def _answer(kind: str, brackets: str) -> str:
    stacks = _stacks(brackets)
    if len(stacks) < len(brackets):
        return str(len(stacks) + 1)
    if kind == _UNCLOSED:
        return ",".join(map(str, reversed(stacks[-1])))
    return _OPEN if stacks[-1] else _BALANCED


def _place(brackets: str, stacks: Sequence[Stack], line: str) -> int:
    """The place, from 0, of the bracket after which a line states the stack.

    Raises:
        Unreadable, Undefined: if it states none, or another stack.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unreadable(f"{line[:60]!r} is no line such as '3]: 1' or '3]: ('")
    place = int(match["place"]) - 1
    if not 0 <= place < len(stacks) or brackets[place] != match["bracket"]:
        raise Undefined("another bracket stands there, or one up to it is wrong")
    stack = stacks[place]
    if match["places"]:
        same = tuple(map(int, match["places"].split(","))) == stack
    else:
        same = match["stack"] == (_brackets_at(brackets, stack) or "-")
    if not same:
        raise Undefined("others are open then")
    return place
