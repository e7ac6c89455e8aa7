"""Sorting by hand: the list after some passes, or how many swaps it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.draws import between
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.readings import read_integers
from reasoning_gym.families.runs import check_progress
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_PASSES = {
    "Bubble": "A pass goes from left to right and swaps neighbours that are in the wrong order.",
    "Selection": "Pass k swaps the smallest number from place k on with the one at place k.",
    "Insertion": "Pass k moves the number at place k+1 left until it is in order with those before it.",
}
_UNTIL_SORTED = 0  # stands for the number of passes where swaps are counted
_NUMBERS = r"\d{1,2}(?: ?, ?\d{1,2}){2,11}"
_LINE = re.compile(
    rf"(?:(?i:pass )?(?P<passes>\d{{1,2}}) ?: ?)?(?P<bracket>\[)?(?P<numbers>{_NUMBERS})(?(bracket)\])"
    r"(?: ?; ?(?P<swaps>\d{1,3}) swaps?)?",
    re.ASCII,
)


class _Level(NamedTuple):
    algorithms: tuple[str, ...]
    size: tuple[int, int]  # least and greatest length of the list
    highest: int  # number in it
    passes: tuple[int, int]  # least and greatest; those it takes, where swaps are counted
    counts: bool = False  # whether swaps are counted until the list is sorted


_LEVELS = (
    _Level(("Bubble",), (5, 5), 9, (1, 1)),
    _Level(("Selection",), (5, 6), 20, (2, 3)),
    _Level(("Insertion",), (6, 7), 50, (3, 4)),
    _Level(("Bubble", "Selection", "Insertion"), (7, 8), 99, (3, 5)),
    _Level(("Bubble",), (6, 8), 99, (2, 7), counts=True),
    _Level(("Bubble", "Selection", "Insertion"), (9, 11), 99, (5, 7)),
)


class _Moment(NamedTuple):
    """The list after a swap, or at the end of a pass."""

    numbers: tuple[int, ...]
    passes: int  # that are done; 0 after a swap that doesn't end a pass
    swaps: int  # so far


@family(category="algorithmic", levels=6)
class SortingTrace(Family):
    """Carry out passes of bubble, selection or insertion sort, or count the swaps of bubble sort.

    Statement: `Bubble sort, list after 1 pass: 7,4,6,9,2` or `Bubble sort, swaps until sorted: 7,4,6,9,2`. The
        numbers are different from each other. What a pass does stands in the format of the answer.
    Thoughts: the list after each swap where one pass is asked for, else after each pass, with the pass's number in
        front; where swaps are counted, their number so far behind it: `2: 4,6,2,7,9; 5 swaps`.
    Answer: the list, or the number of swaps.
    Level: 1 one pass of bubble sort, 2 selection, 3 insertion, 4 any of the three, 5 the swaps until sorted, where
        the best guess pays about 0.1, 6 any of the three on 9 to 11 numbers. A list that is asked for isn't sorted
        yet, so that sorting alone pays nothing.
    Verified: by sorting.
    Checked step by step: a line is a list that occurs after a swap, or at the end of the pass whose number it has,
        later than those of the lines before.

        Bubble sort, list after 1 pass: 7,4,6,9,2
        4,7,6,9,2
        4,6,7,9,2
        Answer: 4,6,7,2,9
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        algorithm = chosen.algorithms[int(rng.random() * len(chosen.algorithms))]
        while True:
            length, passed = rng.random(2).tolist()
            numbers = tuple(int(n) + 1 for n in rng.permutation(chosen.highest)[: between(chosen.size, length)])
            passes = _UNTIL_SORTED if chosen.counts else between(chosen.passes, passed)
            run = _run(algorithm, passes, numbers)
            if _is_worth_asking(run, chosen):
                break
        answer = str(run[-1].swaps) if chosen.counts else _listed(run[-1].numbers)
        kind = ANSWER_FORMAT.format(answer="the number of swaps" if chosen.counts else "the list")
        statement = f"{algorithm} sort, {_asked(passes)}: {_listed(numbers)}"
        question = Question(self.name, level, statement, f"{kind} {_PASSES[algorithm]}", (algorithm, passes, numbers))
        return Problem(question, answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        algorithm, passes, numbers = _given(problem.question)
        run = _run(algorithm, passes, numbers)
        moments = [moment for moment in run if bool(moment.passes) == (passes != 1)]
        lines = [_line(moment, counts=passes == _UNTIL_SORTED) for moment in moments]
        return (*(lines if passes == _UNTIL_SORTED else lines[:-1]), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        run = _run(*_given(question))
        return check_progress(step, thoughts, lambda line: _place(run, line))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        algorithm, passes, numbers = _given(question)
        last = _run(algorithm, passes, numbers)[-1]
        if passes == _UNTIL_SORTED:
            return check_number(answer, last.swaps)
        return guarded(
            lambda: CORRECT if tuple(read_integers(answer)) == last.numbers else incorrect("the list is another one")
        )


def _given(question: Question) -> tuple[str, int, tuple[int, ...]]:
    return cast("tuple[str, int, tuple[int, ...]]", question.given)


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _asked(passes: int) -> str:
    if passes == _UNTIL_SORTED:
        return "swaps until sorted"
    return "list after 1 pass" if passes == 1 else f"list after {passes} passes"


def _run(algorithm: str, passes: int, numbers: Sequence[int]) -> list[_Moment]:
    """The moments of so many passes, or of those that it takes until the list is sorted."""
    current = list(numbers)
    found: list[_Moment] = []
    swaps = 0
    for number in range(1, (passes or len(current)) + 1):
        if passes == _UNTIL_SORTED and current == sorted(current):
            break
        for i, j in _swaps(algorithm, current, number):
            current[i], current[j] = current[j], current[i]
            swaps += 1
            found.append(_Moment(tuple(current), 0, swaps))
        found.append(_Moment(tuple(current), number, swaps))
    return found


def _is_worth_asking(run: Sequence[_Moment], level: _Level) -> bool:
    """Whether passes and swaps are as many as the level wants, and a list isn't found by sorting alone."""
    if not run or not level.passes[0] <= run[-1].passes <= level.passes[1]:
        return False
    return run[-1].swaps > 1 and (level.counts or list(run[-1].numbers) != sorted(run[-1].numbers))


def _swaps(algorithm: str, current: Sequence[int], number: int) -> Iterator[tuple[int, int]]:
    """The swaps of a pass, each of which is made in `current` before the next is asked for."""
    if algorithm == "Bubble":
        for i in range(len(current) - 1):
            if current[i] > current[i + 1]:
                yield i, i + 1
    elif algorithm == "Selection":
        least = min(range(number - 1, len(current)), key=lambda i: current[i])
        if least >= number:
            yield number - 1, least
    else:
        for i in range(number, 0, -1):
            if current[i - 1] < current[i]:
                return
            yield i - 1, i


def _line(moment: _Moment, *, counts: bool) -> str:
    front = f"{moment.passes}: " if moment.passes else ""
    behind = f"; {moment.swaps} swap{'' if moment.swaps == 1 else 's'}" if counts else ""
    return f"{front}{_listed(moment.numbers)}{behind}"


def _place(run: Sequence[_Moment], line: str) -> int:
    """Which moment of the run a line states.

    Each swap puts two numbers in order, so that no list occurs after two of them.

    Raises:
        Unreadable, Undefined: if it states none.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unreadable(f"{line[:60]!r} is no line such as '3,1,2' or '2: 3,1,2'")
    numbers = tuple(int(number) for number in match["numbers"].split(","))
    passes = int(match["passes"]) if match["passes"] else 0
    if match["passes"] and not passes:
        raise Undefined("no pass is done before the first")
    for place, moment in enumerate(run):
        if moment.numbers == numbers and moment.passes == passes:
            if match["swaps"] in {None, str(moment.swaps)}:
                return place
            raise Undefined(f"there are {moment.swaps} swaps by then")
    raise Undefined(f"{line[:60]!r} doesn't occur")
