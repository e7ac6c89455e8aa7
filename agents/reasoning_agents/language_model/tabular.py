"""A step model over an explicit table, so that agents and searches can be tested against exact probabilities."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

import numpy as np

from reasoning_agents.language_model.step_model import Candidate, Judgement, Proposal
from reasoning_gym.problem import View

Row: TypeAlias = Mapping[str, float]  # thought -> probability at temperature 1
Table: TypeAlias = Mapping[tuple[str, ...], Row] | Callable[[View], Row]


@dataclass(slots=True)
class Calls:
    """How often a model was asked, in calls and in views."""

    propose: int = 0
    score: int = 0
    value: int = 0
    proposed_views: int = 0
    scored_views: int = 0
    valued_views: int = 0


class TabularModel:
    """A `StepModel` whose thoughts and probabilities are written down, for each tuple of thoughts or by a function.

    Every thought is one token. At temperature t a thought of probability p is drawn with
    probability proportional to p to the power 1 / t; log-probabilities are always those at 1.

    >>> from reasoning_gym.problem import Question
    >>> model = TabularModel({(): {"x = 1": 0.25, "x = 2": 0.75}})
    >>> view = View(Question("toy", 1, "x?", "a number"), (), 1)
    >>> model.propose([view], 2, 0.0)[0].candidates[1].thought
    'x = 2'
    """

    def __init__(self, table: Table, values: Callable[[View], float] | None = None) -> None:
        self._table = table
        self._values = values
        self._tokens: dict[str, int] = {}  # a token id for each thought that was ever met
        self.calls = Calls()

    def row(self, view: View) -> dict[str, float]:
        """The thoughts that may follow a view, with their probabilities at temperature 1.

        Raises:
            ValueError: if the table has nothing for the view, or what it has isn't a distribution.
        """
        found = self._table(view) if callable(self._table) else self._table.get(view.thoughts)
        if not found:
            raise ValueError(f"the table has no row for the thoughts {view.thoughts!r}; add one")
        probabilities = dict(found)
        total = math.fsum(probabilities.values())
        if min(probabilities.values()) < 0 or not math.isclose(total, 1, abs_tol=1e-9):
            raise ValueError(f"the row of {view.thoughts!r} sums to {total}; give probabilities from 0 that sum to 1")
        return probabilities

    def propose(
        self,
        views: Sequence[View],
        k: int,
        temperature: float,
        rngs: Sequence[np.random.Generator] | None = None,
    ) -> list[Proposal]:
        """See `StepModel`. Of equally likely thoughts the greedy one is the first in the row.

        Raises:
            ValueError: for a k below 1, a temperature below 0, or generators that aren't one for each view.
        """
        if k < 1 or not 0 <= temperature < math.inf:
            raise ValueError(f"k is {k} and temperature {temperature}; give k from 1 and temperature from 0")
        if temperature > 0 and (rngs is None or len(rngs) != len(views)):
            raise ValueError(f"temperature {temperature} needs one generator for each of {len(views)} views")
        self.calls.propose += 1
        self.calls.proposed_views += len(views)
        proposals: list[Proposal] = []
        for index, view in enumerate(views):
            row = self.row(view)
            if temperature == 0 or rngs is None:
                thoughts = [max(row, key=row.__getitem__)] * k
                drawn = dict.fromkeys(thoughts, 0.0)
            else:
                thoughts = _draw(row, k, temperature, rngs[index])
                drawn = {thought: _drawn_log_prob(row, thought, temperature) for thought in thoughts}
            candidates = tuple(self._candidate(row, each)._replace(drawn_log_probs=(drawn[each],)) for each in thoughts)
            proposals.append(Proposal(candidates, prompt_tokens=1, forward_passes=1))
        return proposals

    def score(self, views: Sequence[View], thoughts: Sequence[Sequence[str]]) -> list[list[Candidate]]:
        """See `StepModel`. A thought that isn't in the row has log-probability minus infinity."""
        if len(views) != len(thoughts):
            raise ValueError(f"{len(thoughts)} lists of thoughts for {len(views)} views; give one list for each view")
        self.calls.score += 1
        self.calls.scored_views += len(views)
        rows = [self.row(view) for view in views]
        return [[self._candidate(row, thought) for thought in given] for row, given in zip(rows, thoughts, strict=True)]

    def value(self, views: Sequence[View]) -> list[Judgement] | None:
        """See `StepModel`: what the `values` function says of each view; None where there is none."""
        if self._values is None:
            return None
        self.calls.value += 1
        self.calls.valued_views += len(views)
        return [Judgement(float(self._values(view)), 0) for view in views]

    def _candidate(self, row: Row, thought: str) -> Candidate:
        token = self._tokens.setdefault(thought, len(self._tokens))
        probability = row.get(thought, 0.0)
        return Candidate(thought, (token,), (math.log(probability) if probability > 0 else -math.inf,))


def _drawn_log_prob(row: Row, thought: str, temperature: float) -> float:
    """Log-probability of drawing a thought at a temperature."""
    scaled = [math.log(probability) / temperature for probability in row.values() if probability > 0]
    largest = max(scaled)
    total = largest + math.log(math.fsum(math.exp(each - largest) for each in scaled))
    return math.log(row[thought]) / temperature - total


def _draw(row: Row, k: int, temperature: float, rng: np.random.Generator) -> list[str]:
    """Draw k thoughts, independent of each other, by the row's probabilities at a temperature."""
    thoughts = [thought for thought, probability in row.items() if probability > 0]
    likeliest = max(row.values())
    weights = [math.exp(math.log(row[thought] / likeliest) / temperature) for thought in thoughts]
    cumulative = list(accumulate(weights))
    return [thoughts[bisect_right(cumulative, point * cumulative[-1])] for point in rng.random(k).tolist()]
