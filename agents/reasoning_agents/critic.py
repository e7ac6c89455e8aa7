"""What a critic is: it tells a person's thought processes from a model's, and so says how readable thoughts are.

A thought process is a `State`: a question and thoughts about it. What gives the game away without being a way of
thinking is taken off before a critic sees it: the calculator's marks, the line that states the answer, end marks,
layout. Whether a critic reads more than such artefacts is measured beside it, see `Report`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.roc import auc, auc_interval, calibration_error
from reasoning_gym.checker import stated_answer
from reasoning_gym.problem import State

_CALCULATOR = re.compile(r"<<[\d\s+\-*/=.,$%()]*>>")  # nothing else, or thoughts could hide there
_END_MARK = re.compile(r"<\|?[a-z_/]{1,20}\|?>|</s>")
_ANSWER_LINE = re.compile(r"(?:A:|####)")
_SPACE = re.compile(r"\s+")
_OPERATION = re.compile(r"(?<=[\d)%]) ?([-+*/x×÷=]) ?(?=[\d($.])")
_SPELLED = str.maketrans({"x": "*", "×": "*", "÷": "/"})


class Example(NamedTuple):
    """A thought process and whose it is."""

    state: State  # without artefacts, see `bare`
    human: bool  # a person's; a model's if False


@runtime_checkable
class Critic(Protocol):
    """Tells human thoughts from a model's. Scores are probabilities at even odds: calibrated on as many of either."""

    def score(self, states: Sequence[State]) -> NDArray[np.float64]:
        """How probably each of B thought processes is a person's, [B], in [0, 1]."""
        ...

    def score_thoughts(self, states: Sequence[State]) -> list[NDArray[np.float64]]:
        """How probably each single thought is a person's: for each of B processes [its thoughts], in [0, 1]."""
        ...


class Report(NamedTuple):
    """How well scores tell people's processes from a model's."""

    n: int  # processes
    questions: int  # that they are about
    auc: float  # how probably a person's scores above a model's
    low: float  # 95 %, by a bootstrap over questions
    high: float
    calibration_error: float  # expected calibration error, both kinds counting alike

    def area(self, name: str) -> dict[str, float]:
        """The area as `training.json` has figures: under a name, with `_low`, `_high` and `_n`, the questions."""
        return {name: self.auc, f"{name}_low": self.low, f"{name}_high": self.high, f"{name}_n": self.questions}


def bare(thoughts: Sequence[str]) -> tuple[str, ...]:
    """Thoughts without what tells their origin but is no way of thinking; thoughts that are nothing else are left out.

    Calculator marks, the answer's line and end marks are taken off; blanks, the spelling of operations, the case of
    the first letter and the stop at the end are made alike.

    >>> bare(["she has 3 x 4 = <<3*4=12>>12  eggs. ", "", "Answer: 12"])
    ('She has 3*4=12 eggs',)
    """
    lines = [line for thought in thoughts for line in thought.splitlines()]
    plain = [_END_MARK.sub("", _CALCULATOR.sub("", line)).strip() for line in lines]
    kept = [line for line in plain if line and stated_answer(line) is None]
    if kept and _ANSWER_LINE.match(kept[-1]):
        kept.pop()
    return tuple(line for line in map(_evenly_set, kept) if line)


def _evenly_set(line: str) -> str:
    line = _OPERATION.sub(lambda match: match[1].translate(_SPELLED), _SPACE.sub(" ", line)).rstrip(" .;,")
    return line[:1].upper() + line[1:]


def example(state: State, *, human: bool) -> Example:
    """An example without artefacts."""
    return Example(state._replace(thoughts=bare(state.thoughts)), human)


def report(scores: NDArray[np.float64], examples: Sequence[Example], rng: np.random.Generator) -> Report:
    """Measure scores [N] of examples [N] that the critic hasn't learned from.

    Raises:
        ValueError: without an example of either kind.
    """
    human = np.array([each.human for each in examples], dtype=bool)
    if human.all() or not human.any():
        raise ValueError(f"of {len(human)} examples {human.sum()} are a person's; give some of either kind")
    questions = [each.state.question.statement for each in examples]
    low, high = auc_interval(scores, human, questions, rng)
    return Report(len(examples), len(set(questions)), auc(scores, human), low, high, calibration_error(scores, human))
