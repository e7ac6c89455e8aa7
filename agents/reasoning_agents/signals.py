"""Signals: what the thoughts of a chain are worth as steps, judged without the reference.

Best-of-N, beam search and tree search all choose by a signal. It gives a thought the natural logarithm
of a score in [0, 1]: 0 is certainly right, minus infinity certainly wrong. Where a signal `adds_up`, a
chain's log-score is the sum over its thoughts; else the last thought's is the chain's. Several
signals are mixed by a weighted sum, which an option writes as 'check + 0.5*likelihood'.

- `likelihood`: the model's own probability of the thought, at temperature 1. Adds up; costs nothing.
- `check`: the family's `check_thought`, which proves or refutes a step by the question and the
  thoughts before it, and never consults the reference. What it can't decide scores `UNDECIDED`. Adds up.
- `process-reward`: how probably right the thought is, if those before it are, says a model that was trained on
  judged thoughts; see `judging`. Adds up.
- `value`: what the model's value head says of the chain that ends in the thought.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, TypeAlias

from reasoning_agents.chains import Chain, MeteredModel, after, shown_after
from reasoning_agents.language_model.step_model import Candidate
from reasoning_gym.family import get_family, nearest
from reasoning_gym.problem import Status, View

UNDECIDED = 0.1  # the score of a thought that a check can neither prove nor refute
LEAST_VALUE = 1e-6  # a smaller value or probability counts as this: a model may be wrong, so it refutes nothing
Standing: TypeAlias = tuple[float, ...]  # a chain's log-score so far by each signal of a mix


class Place(NamedTuple):
    """A thought in its place."""

    row: int  # of the ledger, that pays
    view: View  # before the thought
    candidate: Candidate


class Signal(Protocol):
    """Judges thoughts in their places."""

    adds_up: ClassVar[bool]  # whether a chain's log-score is the sum over its thoughts, not the last one's

    def judge(self, model: MeteredModel, places: Sequence[Place]) -> list[float]:
        """Log-scores of the thoughts, from minus infinity to 0."""
        ...


class Likelihood:
    """The model's log-probability of the thought."""

    adds_up: ClassVar[bool] = True

    def judge(self, model: MeteredModel, places: Sequence[Place]) -> list[float]:
        """See `Signal`."""
        del model
        return [place.candidate.log_prob for place in places]


class Check:
    """What the family's check of single thoughts says: proved, refuted, or undecided."""

    adds_up: ClassVar[bool] = True

    def judge(self, model: MeteredModel, places: Sequence[Place]) -> list[float]:
        """See `Signal`."""
        del model
        return [_checked(place.view, place.candidate.thought) for place in places]


def _checked(view: View, thought: str) -> float:
    question = view.question
    verdict = get_family(question.family).check_thought(question, view.thoughts, thought)
    if verdict.correct:
        return 0.0
    return -math.inf if verdict.status is Status.INCORRECT else math.log(UNDECIDED)


def proved(view: View, chain: Chain) -> int:
    """How many thoughts of a chain after a view the check proves, up to the first that it doesn't."""
    for count, candidate in enumerate(chain.candidates):
        if _checked(view, candidate.thought) < 0:
            return count
        view = after(view, candidate.thought)
    return len(chain.candidates)


class ProcessReward:
    """What the process-reward model says of the thought."""

    adds_up: ClassVar[bool] = True

    def judge(self, model: MeteredModel, places: Sequence[Place]) -> list[float]:
        """See `Signal`."""
        scores = model.judge(
            [place.row for place in places],
            [place.view for place in places],
            [place.candidate for place in places],
        )
        return [math.log(max(score, LEAST_VALUE)) for score in scores]


class Value:
    """What the value head says of the view after the thought."""

    adds_up: ClassVar[bool] = False

    def judge(self, model: MeteredModel, places: Sequence[Place]) -> list[float]:
        """See `Signal`."""
        values = model.value(
            [place.row for place in places], [shown_after(place.view, place.candidate.thought) for place in places]
        )
        return [math.log(max(value, LEAST_VALUE)) for value in values]


SIGNALS: dict[str, type[Signal]] = {
    "check": Check,
    "likelihood": Likelihood,
    "process-reward": ProcessReward,
    "value": Value,
}
_TERM = re.compile(r"(?:(\d+\.?\d*|\.\d+)\s*\*\s*)?([a-z][a-z-]*)")


@dataclass(frozen=True, slots=True)
class Mix:
    """A weighted sum of signals; a thought that one refutes is refuted, and the next ones aren't asked."""

    weights: tuple[float, ...]  # above 0
    signals: tuple[Signal, ...]  # as many

    def start(self) -> Standing:
        """The standing of a chain without thoughts."""
        return (0.0,) * len(self.signals)

    def score(self, standing: Standing) -> float:
        """The log-score of a chain, from minus infinity to 0."""
        return sum(weight * score for weight, score in zip(self.weights, standing, strict=True))

    def last(self, standing: Standing, before: Standing) -> float:
        """The log-score of a chain's last thought, from its standing and that of the chain before."""
        return sum(
            weight * (score - (had if signal.adds_up else 0.0))
            for weight, score, had, signal in zip(self.weights, standing, before, self.signals, strict=True)
        )

    def worth(self, standing: Standing, thoughts: int) -> float:
        """What a chain of so many thoughts is worth, in [0, 1]: the score, a thought where a signal adds up."""
        each = max(thoughts, 1)
        return math.exp(
            sum(
                weight * score / (each if signal.adds_up else 1)
                for weight, score, signal in zip(self.weights, standing, self.signals, strict=True)
            )
        )

    def judge(self, model: MeteredModel, places: Sequence[Place], standings: Sequence[Standing]) -> list[Standing]:
        """The standings of chains once the thoughts were had, from those before them."""
        found: list[list[float]] = [[] for _ in places]
        open_ = list(range(len(places)))
        for number, signal in enumerate(self.signals):
            judged = signal.judge(model, [places[i] for i in open_])
            for i, score in zip(open_, judged, strict=True):
                found[i].append(score + (standings[i][number] if signal.adds_up else 0.0))
            open_ = [i for i in open_ if found[i][-1] > -math.inf]
        unasked = [-math.inf] * len(self.signals)
        return [tuple(scores + unasked[len(scores) :]) for scores in found]

    def score_chains(
        self, model: MeteredModel, rows: Sequence[int], views: Sequence[View], chains: Sequence[Chain]
    ) -> list[float]:
        """The log-scores of whole chains after their views."""
        standings = [self.start() for _ in chains]
        for count in range(max((len(chain.candidates) for chain in chains), default=0)):
            going = [
                i for i, chain in enumerate(chains) if count < len(chain.candidates) and standings[i][0] > -math.inf
            ]
            places = [
                Place(
                    rows[i],
                    after(views[i], *(each.thought for each in chains[i].candidates[:count])),
                    chains[i].candidates[count],
                )
                for i in going
            ]
            judged = self.judge(model, places, [standings[i] for i in going])
            for i, standing in zip(going, judged, strict=True):
                standings[i] = standing
        return [self.score(standing) for standing in standings]


def parse_signal(text: str) -> Mix:
    """The signals that an option names, such as 'likelihood' or 'check + 0.5*likelihood'.

    Those that cost nothing are asked first.

    Raises:
        ValueError: for an unknown name, with the nearest; for a weight that isn't a number above 0.
    """
    terms: list[tuple[str, float]] = []
    for part in text.split("+"):
        match = _TERM.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"the signal is {text!r}; write it like 'likelihood' or 'check + 0.5*likelihood'")
        weight, name = float(match[1] or 1), match[2]
        if name not in SIGNALS:
            raise ValueError(f"there is no signal {name!r}; {nearest(name, SIGNALS)}")
        if not weight > 0:
            raise ValueError(f"the weight of {name!r} is {match[1]}; give a number above 0")
        terms.append((name, weight))
    if len({name for name, _ in terms}) < len(terms):
        raise ValueError(f"the signal {text!r} names one twice; add their weights up")
    terms.sort(key=lambda term: list(SIGNALS).index(term[0]))
    return Mix(tuple(weight for _, weight in terms), tuple(SIGNALS[name]() for name, _ in terms))
