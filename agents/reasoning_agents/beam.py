"""An agent that searches chains by beam: at each thought the best partial chains go on.

Beam search over thoughts with a signal, as in Xie et al. 2023, 'Self-Evaluation Guided Beam Search for
Reasoning', and Snell et al. 2024, 'Scaling LLM Test-Time Compute Optimally', section 5.1. A width of 1
takes, at each thought, the best of the candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from reasoning_agents.agent import generator
from reasoning_agents.chains import MeteredModel, after, closes
from reasoning_agents.continuing import Planning
from reasoning_agents.language_model.step_model import Candidate, StepModel
from reasoning_agents.signals import Place, Standing, parse_signal
from reasoning_gym.checker import stated_answer
from reasoning_gym.problem import View


@dataclass(frozen=True, slots=True)
class BeamOptions:
    """How a `Beam` agent searches."""

    width: Annotated[int, "Partial chains that go on at each thought."] = 1
    candidates: Annotated[int, "Candidates after each: the most likely one, the rest sampled."] = 4
    temperature: Annotated[float, "Sampling temperature of all candidates but the most likely one."] = 0.8
    signal: Annotated[
        str,
        "What a thought is worth: likelihood, check, process-reward, value, or such as 'check + 0.5*likelihood'.",
    ] = "likelihood"

    def __post_init__(self) -> None:
        for name, least in (("width", 1), ("candidates", 1), ("temperature", 0)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least {least}")
        parse_signal(self.signal)


class Partial(NamedTuple):
    """A chain of the beam, which may have ended."""

    thoughts: tuple[Candidate, ...]
    standing: Standing
    score: float  # of the standing
    ended: bool


@dataclass(slots=True)
class _Search:
    """The beam of one episode."""

    row: int  # that pays
    view: View  # where it began
    rng: np.random.Generator
    beam: list[Partial]  # best first

    def place(self, partial: Partial) -> View:
        """The view after a chain."""
        return after(self.view, *(each.thought for each in partial.thoughts))


class Beam(Planning):
    """Keeps the best partial chains by a signal, and follows the best one that states an answer.

    Of chains that the signal finds equal, the likelier is better. Chains
    that have ended keep their place in the beam, and the search ends when all in it have.
    """

    def __init__(self, model: StepModel, options: BeamOptions | None = None, *, seed: int = 0) -> None:
        super().__init__()
        self.options = options or BeamOptions()
        self.seed = seed
        self._model = MeteredModel(model, self.ledger)
        self._signal = parse_signal(self.options.signal)
        self._signal.judge(self._model, [], [])  # raises now if the model lacks what a signal needs

    def plan(self, rows: Sequence[int], views: Sequence[View]) -> list[tuple[Candidate, ...]]:
        """The best chain that the beam has found after each view."""
        searches = [
            _Search(row, view, generator(self.seed, view, "beam"), [Partial((), self._signal.start(), 0.0, False)])
            for row, view in zip(rows, views, strict=True)
        ]
        while going := [each for each in searches if not all(partial.ended for partial in each.beam)]:
            self._advance(going)
        return [max(each.beam, key=_final_rank).thoughts for each in searches]

    def _advance(self, searches: Sequence[_Search]) -> None:
        """Put another thought after every chain that hasn't ended, and keep the best chains of each search."""
        growing = [(search, partial) for search in searches for partial in search.beam if not partial.ended]
        rows = [search.row for search, _ in growing]
        views = [search.place(partial) for search, partial in growing]
        candidates = self._propose(rows, views, [search.rng.spawn(1)[0] for search, _ in growing])
        places = [
            Place(search.row, view, each)
            for (search, _), view, given in zip(growing, views, candidates, strict=True)
            for each in given
        ]
        before = [partial for (_, partial), given in zip(growing, candidates, strict=True) for _ in given]
        judged = self._signal.judge(self._model, places, [partial.standing for partial in before])
        owners = [search for (search, _), given in zip(growing, candidates, strict=True) for _ in given]
        pools = {id(search): [each for each in search.beam if each.ended] for search in searches}
        for search, partial, place, standing in zip(owners, before, places, judged, strict=True):
            thoughts = (*partial.thoughts, place.candidate)
            ended = closes(place.view, place.candidate.thought)
            pools[id(search)].append(Partial(thoughts, standing, self._signal.score(standing), ended))
        for search in searches:
            search.beam = sorted(pools[id(search)], key=_rank, reverse=True)[: self.options.width]

    def _propose(
        self, rows: Sequence[int], views: Sequence[View], rngs: Sequence[np.random.Generator]
    ) -> list[list[Candidate]]:
        """The different candidates after each view: the most likely thought, and what was sampled."""
        options = self.options
        proposals = [each.candidates for each in self._model.propose(rows, views, 1, 0.0)]
        if options.candidates > 1:
            sampled = self._model.propose(rows, views, options.candidates - 1, options.temperature, rngs)
            proposals = [(*first, *more.candidates) for first, more in zip(proposals, sampled, strict=True)]
        return [list({each.thought: each for each in reversed(given)}.values())[::-1] for given in proposals]


def _rank(partial: Partial) -> tuple[float, float]:
    return partial.score, sum(each.log_prob for each in partial.thoughts)


def _final_rank(partial: Partial) -> tuple[bool, float, float]:
    return stated_answer(partial.thoughts[-1].thought) is not None, *_rank(partial)
