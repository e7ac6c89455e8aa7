"""Finite automata: where a word leads, and which words are accepted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families import drawing
from reasoning_gym.families.draws import between
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.readings import read_integers, read_items
from reasoning_gym.families.runs import check_progress
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_FINAL, _ACCEPTED, _POSSIBLE = "final", "accepted", "possible"  # what is asked
_ANSWERS = {
    _FINAL: "the number of the state",
    _ACCEPTED: "the words, with commas between",
    _POSSIBLE: "the numbers of the states, with commas between",
}
_STATES = r"\d(?: ?, ?\d){0,8}"
_LINE = re.compile(rf"(?P<states>{_STATES}) ?; ?(?P<rest>[abc]{{1,20}})", re.ASCII)
_PATH = re.compile(rf"(?P<word>[abc]{{1,8}}) ?: ?(?P<states>{_STATES})", re.ASCII)

Arrow: TypeAlias = "tuple[int, str, int]"  # from a state, by a letter, to a state


class _Level(NamedTuple):
    kind: str
    states: int
    letters: str
    length: tuple[int, int]  # of the word or words, least and greatest
    words: int = 1


_LEVELS = (
    _Level(_FINAL, 4, "ab", (4, 6)),
    _Level(_FINAL, 5, "ab", (7, 9)),
    _Level(_ACCEPTED, 4, "ab", (3, 5), words=4),
    _Level(_FINAL, 6, "abc", (12, 15)),
    _Level(_POSSIBLE, 4, "ab", (5, 7)),
    _Level(_POSSIBLE, 6, "abc", (10, 12)),
)


class _Machine(NamedTuple):
    """A question's facts. The start is state 1."""

    kind: str
    arrows: tuple[Arrow, ...]
    accepting: tuple[int, ...]  # empty unless words are to be accepted
    words: tuple[str, ...]


@family(category="algorithmic", levels=6)
class StateMachine(Family):
    """Follow the arrows of a finite automaton.

    Statement: `Machine 1: a2 b1; 2: a1 b2. Start 1, word abb: final state?`, where a2 behind 1 is an arrow from state 1
        to 2 by the letter a; `…, accepting 2: which of a, ab, bb are accepted?`; or `…: possible states?`, where a
        state may have several arrows by a letter, or none.
    Thoughts: the state, or the possible ones, and what is left of the word: `2; bb`. For several words, each with
        the states that it leads through: `ab: 1,2,2`.
    Answer: a number, numbers in any order, or words in any order.
    Level: 1, 2 and 4 the final state of 4, 5 and 6, so that a guess pays 0.28, 0.23 and 0.18; 3 the accepted of
        four words, 5 and 6 the possible states, where a guess pays 0.1 and 0.03.
    Verified: by running the machine.
    Checked step by step: a line states the machine where so much of the word is left, less than in the lines before;
        or the whole path of a word that no line before had.

        Machine 1: a2 b3; 2: a1 b4; 3: a3 b1; 4: a2 b2. Start 1, word abab: final state?
        2; bab
        4; ab
        2; b
        Answer: 4
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            machine = _draw(rng, chosen)
            if _is_worth_asking(machine):
                break
        arrows = "; ".join(
            f"{state}: {' '.join(f'{letter}{end}' for start, letter, end in machine.arrows if start == state)}"
            for state in range(1, chosen.states + 1)
        )
        asked = {
            _FINAL: f", word {machine.words[0]}: final state?",
            _ACCEPTED: f", accepting {_listed(machine.accepting)}: which of {', '.join(machine.words)} are accepted?",
            _POSSIBLE: f", word {machine.words[0]}: possible states?",
        }
        statement = f"Machine {arrows}. Start 1{asked[machine.kind]}"
        answer_format = (
            f"{ANSWER_FORMAT.format(answer=_ANSWERS[machine.kind])} A machine with '1: a2' goes from state 1 to 2 by a."
        )
        return Problem(Question(self.name, level, statement, answer_format, tuple(machine)), _answer(machine))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        machine = _given(problem.question)
        if machine.kind == _ACCEPTED:
            lines = [f"{word}: {_listed(_path(machine, word))}" for word in machine.words]
        else:
            word = machine.words[0]
            runs = list(zip(_run(machine, word)[1:], range(1, len(word)), strict=False))
            lines = [f"{_listed(states)}; {word[done:]}" for states, done in runs]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        machine = _given(question)
        if machine.kind == _ACCEPTED:
            return guarded(lambda: _check_path(machine, thoughts, step))
        run = _run(machine, machine.words[0])
        return check_progress(step, thoughts, lambda line: _place(run, machine.words[0], line))

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        machine = _given(question)
        right = _answer(machine)
        if machine.kind == _FINAL:
            return check_number(answer, int(right))

        def decide() -> Verdict:
            items = [str(n) for n in read_integers(answer)] if machine.kind == _POSSIBLE else read_items(answer.lower())
            return CORRECT if sorted(items) == sorted(right.split(", ")) else incorrect("not these, or not all")

        return guarded(decide)

    def picture(self, question: Question) -> str:
        machine = _given(question)
        letters: dict[tuple[int, int], list[str]] = {}
        for start, letter, end in machine.arrows:
            letters.setdefault((start, end), []).append(letter)
        fills = {str(state): "green" for state in machine.accepting}
        states = sorted({state for start, _, end in machine.arrows for state in (start, end)})
        edges = [(str(start), str(end), ",".join(found)) for (start, end), found in letters.items()]
        return drawing.graph([str(state) for state in states], edges, directed=True, fills=fills)


def _given(question: Question) -> _Machine:
    kind, arrows, accepting, words = question.given
    return _Machine(
        cast("str", kind),
        cast("tuple[Arrow, ...]", arrows),
        cast("tuple[int, ...]", accepting),
        cast("tuple[str, ...]", words),
    )


def _draw(rng: np.random.Generator, level: _Level) -> _Machine:
    pairs = [(state, letter) for state in range(1, level.states + 1) for letter in level.letters]
    draws = rng.random((3, len(pairs))).tolist()
    arrows: list[Arrow] = []
    for (state, letter), count, which, other in zip(pairs, *draws, strict=True):
        first = between((1, level.states), which)
        second = 1 + (first + between((0, level.states - 2), other)) % level.states
        ends = [first] if level.kind != _POSSIBLE or count > 0.5 else sorted([first, second]) if count > 0.15 else []
        arrows += [(state, letter, end) for end in ends]
    lengths, *letters = rng.random((1 + level.length[1], level.words)).tolist()
    words = [
        "".join(level.letters[int(draw * len(level.letters))] for draw in column)[: between(level.length, length)]
        for length, *column in zip(lengths, *letters, strict=True)
    ]
    states = [int(state) + 1 for state in rng.permutation(level.states)[: level.states // 2]]
    accepting = tuple(sorted(states)) if level.kind == _ACCEPTED else ()
    return _Machine(level.kind, tuple(arrows), accepting, tuple(sorted(words, key=lambda word: (len(word), word))))


def _is_worth_asking(machine: _Machine) -> bool:
    """Whether no part of it is idle: words differ and so do their fates, states vary, no way ends early."""
    states = {state for arrow in machine.arrows for state in (arrow[0], arrow[2])}
    if machine.kind == _ACCEPTED:
        count = len(_accepted(machine))
        return len(set(machine.words)) == len(machine.words) and 0 < count < len(machine.words)
    run = _run(machine, machine.words[0])
    if machine.kind == _FINAL:
        return len(set(run)) > 2
    left = {start for start, _, _ in machine.arrows}
    return left == states and 0 < len(run[-1]) < len(states) and max(map(len, run)) > 1


def _run(machine: _Machine, word: str) -> list[tuple[int, ...]]:
    """The possible states before and after each letter."""
    found: list[tuple[int, ...]] = [(1,)]
    for letter in word:
        ends = {end for start, by, end in machine.arrows if by == letter and start in found[-1]}
        found.append(tuple(sorted(ends)))
    return found


def _path(machine: _Machine, word: str) -> list[int]:
    """The states that a word leads through, where each letter has one arrow."""
    return [state for states in _run(machine, word) for state in states]


def _accepted(machine: _Machine) -> list[str]:
    return [word for word in machine.words if _path(machine, word)[-1] in machine.accepting]


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _answer(machine: _Machine) -> str:
    if machine.kind == _ACCEPTED:
        return ", ".join(_accepted(machine))
    return ", ".join(map(str, _run(machine, machine.words[0])[-1]))


def _place(run: Sequence[tuple[int, ...]], word: str, line: str) -> int:
    """How many letters are read where the machine is as a line states it, less 1.

    Raises:
        Unreadable, Undefined: if it states nothing of the kind, or it is never so.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unreadable(f"{line[:60]!r} is no line such as '2; ab'")
    done = len(word) - len(match["rest"])
    states = sorted(map(int, match["states"].split(",")))
    if done < 1 or word[done:] != match["rest"] or states != list(run[done]):
        raise Undefined("the machine is never in these states with this rest")
    return done - 1


def _check_path(machine: _Machine, thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line states the path of one of the words, as no earlier line did."""
    match = _PATH.fullmatch(step)
    if match is None:
        raise Unreadable(f"{step[:60]!r} is no line such as 'ab: 1,2,1'")
    word = match["word"]
    if word not in machine.words:
        return incorrect(f"{word} isn't among the words")
    if list(map(int, match["states"].split(","))) != _path(machine, word):
        return incorrect(f"{word} leads through other states")
    # an earlier line in the same words was a right one, or this one would be wrong too
    known = any(_same_path(line, step) for line in thoughts)
    return incorrect("repeats an earlier path") if known else CORRECT


def _same_path(line: str, other: str) -> bool:
    return line.replace(" ", "") == other.replace(" ", "")
