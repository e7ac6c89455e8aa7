"""Binary search: what is looked at until the search ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.draws import between
from reasoning_gym.families.readings import read_integers
from reasoning_gym.families.runs import check_progress
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FIND, _BOUND, _SQUARE, _CUBE = "find", "bound", "n*n", "n*n*n"  # what is searched for
_ENDS = {
    _FIND: "Low and high are the first and the last place, from 1; mid is half their sum, rounded down. If the number "
    "there is smaller, low becomes mid+1, if it is larger, high becomes mid-1, until it is equal or low>high.",
    _BOUND: "Low and high are the first and the last place, from 1; mid is half their sum, rounded down. If the number "
    "there is smaller, low becomes mid+1, else high becomes mid, until low=high.",
    _SQUARE: "Low and high are the ends; mid is half their sum, rounded up. If it fits, low becomes mid, else high "
    "becomes mid-1, until low=high.",
}
_ENDS[_CUBE] = _ENDS[_SQUARE]
_LINE = re.compile(
    r"(?P<low>\d{1,4}) ?(?:-|\.\.) ?(?P<high>\d{1,4}),? ?mid ?=? ?(?P<mid>\d{1,4}) ?: ?"
    r"(?P<value>\d{1,10}) ?(?P<sign><=|>=|<|>|=) ?(?P<target>\d{1,10})",
    re.ASCII,
)


class _Level(NamedTuple):
    kind: str
    size: tuple[int, int]  # of the list; or the largest number that n may be
    highest: int = 0  # number in the list
    present: float = 1.0  # how often the number is in the list


_LEVELS = (
    _Level(_FIND, (5, 7), 30),
    _Level(_FIND, (10, 14), 99),
    _Level(_FIND, (16, 22), 199, present=0.5),
    _Level(_BOUND, (16, 24), 40, present=0.6),
    _Level(_SQUARE, (60, 120)),
    _Level(_CUBE, (400, 999)),
)


class _Search(NamedTuple):
    """A question's facts."""

    kind: str
    target: int
    numbers: tuple[int, ...]  # that are searched; or the largest that n may be


class _Probe(NamedTuple):
    """One look of a search."""

    low: int
    high: int
    mid: int
    value: int  # that stands there, or the value for this n


@family(category="algorithmic", levels=6)
class BinarySearchTrace(Family):
    """Follow a binary search and say what it looks at.

    Statement: `Binary search for 9 in 2,4,7,9,12: numbers compared?`, `Lower bound of 7 in 1,3,3,7,8: numbers
        compared?`, where numbers may come twice, or `Bisect for the largest n from 1 to 99 with n*n<=700: middles?`.
        How low, mid and high move stands in the format of the answer.
    Thoughts: the ends, the middle, and the comparison: `4-5 mid 4: 9=9`.
    Answer: the numbers that are compared with the one that is searched for, or the middles, in order: `7, 9`.
    Level: 1 five to seven numbers, 2 more, 3 the number may be missing, 4 lower bounds, 5 and 6 the largest n whose
        square or cube isn't too large. The number in the middle and then the one that is searched for is right for
        0.4 of the questions of level 1 and 0.2 of level 2.
    Verified: by searching.
    Checked step by step: a line is a look of the search with a true comparison, later than those in the lines before.

        Binary search for 9 in 2,4,7,9,12: numbers compared?
        1-5 mid 3: 7<9
        4-5 mid 4: 9=9
        Answer: 7, 9
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            search = _draw(rng, chosen)
            probes = list(_probes(search))
            if len(probes) > 1:
                break
        asked = "numbers compared" if chosen.kind in {_FIND, _BOUND} else "middles"
        answer = f"the {asked.removesuffix(' compared')} in order, with commas between"
        answer_format = f"{ANSWER_FORMAT.format(answer=answer)} {_ENDS[chosen.kind]}"
        question = Question(self.name, level, f"{_statement(search)}: {asked}?", answer_format, tuple(search))
        return Problem(question, ", ".join(map(str, _looked_at(search))))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        search = _given(problem.question)
        lines = [
            f"{low}-{high} mid {mid}: {value}{_signs(search, value)[0]}{search.target}"
            for low, high, mid, value in _probes(search)
        ]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        search = _given(question)
        probes = list(_probes(search))
        return check_progress(step, thoughts, lambda line: _place(search, probes, line))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        right = _looked_at(_given(question))
        return guarded(lambda: CORRECT if read_integers(answer) == right else incorrect("the search looks elsewhere"))


def _given(question: Question) -> _Search:
    kind, target, numbers = question.given
    return _Search(cast("str", kind), cast("int", target), cast("tuple[int, ...]", numbers))


def _draw(rng: np.random.Generator, level: _Level) -> _Search:
    length, where, other = rng.random(3).tolist()
    size = between(level.size, length)
    if level.kind in {_SQUARE, _CUBE}:
        return _Search(level.kind, _power(level.kind, 1 + where * size), (size,))
    if level.kind == _BOUND:  # numbers may come twice
        numbers = sorted(rng.integers(1, level.highest + 1, size=size).tolist())
    else:
        numbers = sorted((rng.permutation(level.highest)[:size] + 1).tolist())
    if other < level.present:
        return _Search(level.kind, numbers[int(where * size)], tuple(numbers))
    return _Search(level.kind, between((1, level.highest), where), tuple(numbers))


def _power(kind: str, n: float) -> int:
    return int(n * n if kind == _SQUARE else n * n * n)


def _statement(search: _Search) -> str:
    kind, target, numbers = search
    if kind in {_SQUARE, _CUBE}:
        return f"Bisect for the largest n from 1 to {numbers[0]} with {kind}<={target}"
    name = "Binary search for" if kind == _FIND else "Lower bound of"
    return f"{name} {target} in {','.join(map(str, numbers))}"


def _probes(search: _Search) -> Iterator[_Probe]:
    """The looks of a search, in order."""
    kind, target, numbers = search
    if kind in {_SQUARE, _CUBE}:
        yield from _bisect(1, numbers[0], lambda n: _power(kind, n), target)
        return
    low, high = 1, len(numbers)
    while low <= high if kind == _FIND else low < high:
        mid = (low + high) // 2
        value = numbers[mid - 1]
        yield _Probe(low, high, mid, value)
        if value < target:
            low = mid + 1
        elif kind == _BOUND:
            high = mid
        elif value > target:
            high = mid - 1
        else:
            return


def _bisect(low: int, high: int, measure: Callable[[int], int], most: int) -> Iterator[_Probe]:
    """The looks of a search for the largest number whose measure isn't larger than another."""
    while low < high:
        mid = (low + high + 1) // 2
        yield _Probe(low, high, mid, measure(mid))
        if measure(mid) <= most:
            low = mid
        else:
            high = mid - 1


def _looked_at(search: _Search) -> list[int]:
    listed = search.kind in {_FIND, _BOUND}
    return [probe.value if listed else probe.mid for probe in _probes(search)]


def _signs(search: _Search, value: int) -> tuple[str, ...]:
    """What may stand between a value and the number it is compared with, the sign that decides the search first."""
    exact = "<" if value < search.target else ">" if value > search.target else "="
    if search.kind == _FIND:
        return (exact,)
    if search.kind == _BOUND:
        return ("<",) if exact == "<" else (">=", exact)
    return (">",) if exact == ">" else ("<=", exact)


def _place(search: _Search, probes: Sequence[_Probe], line: str) -> int:
    """Which look of a search a line is.

    Raises:
        Unreadable, Undefined: if it is none.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unreadable(f"{line[:60]!r} is no line such as '1-5 mid 3: 7<9'")
    probe = _Probe(*(int(match[name]) for name in _Probe._fields))
    if probe not in probes or int(match["target"]) != search.target:
        raise Undefined("the search doesn't look there, or something else is there")
    if match["sign"] not in _signs(search, probe.value):
        raise Undefined("the comparison is false, or doesn't decide the search")
    return probes.index(probe)
