"""Rolls out whole chains of thoughts with a model, in one batch, and tells which answers are equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from reasoning_agents.agent import Cost, Ledger
from reasoning_agents.language_model.step_model import (
    Candidate,
    ChainModel,
    Following,
    Judge,
    Judgement,
    Proposal,
    StepModel,
)
from reasoning_gym.checker import check, stated_answer
from reasoning_gym.problem import View


class Chain(NamedTuple):
    """The thoughts that a model had after a view, up to the end of the episode."""

    candidates: tuple[Candidate, ...]  # [thoughts], at least one
    answer: str | None  # that the last thought states; None where the chain ended without one
    reads: tuple[tuple[int, ...], ...] = ()  # [thoughts], what the model had read before each; see `Proposal.read`

    @property
    def log_prob(self) -> float:
        """Log-probability of all its thoughts at temperature 1."""
        return sum(candidate.log_prob for candidate in self.candidates)

    @property
    def tokens(self) -> int:
        """How many tokens its thoughts have."""
        return sum(len(candidate.token_ids) for candidate in self.candidates)


@dataclass(frozen=True, slots=True)
class MeteredModel:
    """A model of which every use is charged to a row of a ledger: the views of one call to `act`."""

    model: StepModel
    ledger: Ledger

    def propose(
        self,
        rows: Sequence[int],
        views: Sequence[View],
        k: int,
        temperature: float,
        rngs: Sequence[np.random.Generator] | None = None,
    ) -> list[Proposal]:
        """See `StepModel.propose`; `rows[i]` pays for `views[i]`."""
        proposals = self.model.propose(views, k, temperature, rngs)
        for row, proposal in zip(rows, proposals, strict=True):
            self._charge(row, proposal)
        return proposals

    def follow(
        self,
        rows: Sequence[int],
        views: Sequence[View],
        temperature: float,
        rngs: Sequence[np.random.Generator] | None,
        following: Following,
    ) -> list[list[Proposal]]:
        """See `ChainModel.follow`; for any model, all chains a thought further with each call. `rows[i]` pays."""
        if isinstance(self.model, ChainModel):
            chains = self.model.follow(views, temperature, rngs, following)
            for row, chain in zip(rows, chains, strict=True):
                for proposal in chain:
                    self._charge(row, proposal)
            return chains
        had: list[list[Proposal]] = [[] for _ in views]
        shown = dict(enumerate(views))
        while shown:
            chosen = None if rngs is None else [rngs[i] for i in shown]
            proposals = self.propose([rows[i] for i in shown], list(shown.values()), 1, temperature, chosen)
            then: dict[int, View] = {}
            for i, proposal in zip(shown, proposals, strict=True):
                had[i].append(proposal)
                view = following(i, proposal.candidates[0].thought)
                if view is not None:
                    then[i] = view
            shown = then
        return had

    def _charge(self, row: int, proposal: Proposal) -> None:
        tokens = sum(len(candidate.token_ids) for candidate in proposal.candidates)
        self.ledger.charge(row, Cost(tokens, proposal.prompt_tokens, proposal.forward_passes))

    def judge(self, rows: Sequence[int], views: Sequence[View], candidates: Sequence[Candidate]) -> list[float]:
        """How probably the candidate after each view is right, [B] in [0, 1]; see `Judge.judge`. `rows[i]` pays.

        Raises:
            ValueError: if the model has no process-reward model.
        """
        judgements = self.model.judge(views, candidates) if isinstance(self.model, Judge) else None
        if judgements is None:
            raise ValueError(
                "the model has no process-reward model to ask; train one with method = 'process-reward', or use "
                "another signal"
            )
        return self._charge_judgements(rows, judgements)

    def value(self, rows: Sequence[int], views: Sequence[View]) -> list[float]:
        """What each episode is expected to be paid; see `StepModel.value`. `rows[i]` pays for `views[i]`.

        Raises:
            ValueError: if the model has no value head.
        """
        values = self.model.value(views)
        if values is None:
            raise ValueError("the model has no value head to ask; use a model with one, or another signal")
        return self._charge_judgements(rows, values)

    def _charge_judgements(self, rows: Sequence[int], judgements: Sequence[Judgement]) -> list[float]:
        for row, judgement in zip(rows, judgements, strict=True):
            self.ledger.charge(row, Cost(prompt_tokens=judgement.prompt_tokens, forward_passes=1))
        return [judgement.score for judgement in judgements]


def ends(thought: str) -> bool:
    """Whether no thought follows this one: it states an answer, or it is empty, which is a model's end mark."""
    return not thought.strip() or stated_answer(thought) is not None


def after(view: View, *thoughts: str) -> View:
    """The view once the thoughts were had."""
    return View(view.question, view.thoughts + thoughts, view.thoughts_left - len(thoughts))


def shown_after(view: View, *thoughts: str) -> View:
    """The view once the thoughts were had, to ask a model of; past the last thought, too, it has one left."""
    return View(view.question, view.thoughts + thoughts, max(view.thoughts_left - len(thoughts), 1))


def closes(view: View, thought: str) -> bool:
    """Whether no thought may follow this one after a view: it ends a chain, or it is the last that is left."""
    return ends(thought) or view.thoughts_left <= 1


def roll_out(
    model: MeteredModel,
    rows: Sequence[int],
    views: Sequence[View],
    temperature: float,
    rngs: Sequence[np.random.Generator],
) -> list[Chain]:
    """One chain after each of B views, all of them a thought further with each call of the model.

    A chain ends where it states an answer, at an empty thought, or where the view's thoughts run out.
    """
    return _grow(model, rows, views, [[] for _ in views], temperature, rngs)


def sample_chains(
    model: MeteredModel,
    rows: Sequence[int],
    views: Sequence[View],
    k: int,
    temperature: float,
    rngs: Sequence[np.random.Generator],
) -> list[list[Chain]]:
    """K chains after each of B views, [B][K]; the K first thoughts come from one reading of the view."""
    proposals = model.propose(rows, views, k, temperature, rngs)
    chains = _grow(
        model,
        [row for row in rows for _ in range(k)],
        [view for view in views for _ in range(k)],
        [[_Grown(candidate, proposal.read)] for proposal in proposals for candidate in proposal.candidates],
        temperature,
        [child for rng in rngs for child in rng.spawn(k)],
    )
    return [chains[start : start + k] for start in range(0, len(chains), k)]


class _Grown(NamedTuple):
    """A thought of a chain, and what the model had read before it."""

    candidate: Candidate
    read: tuple[int, ...]


def _grow(
    model: MeteredModel,
    rows: Sequence[int],
    views: Sequence[View],
    grown: list[list[_Grown]],
    temperature: float,
    rngs: Sequence[np.random.Generator],
) -> list[Chain]:
    """Add thoughts to chains until each has ended."""

    def following(place: int, thought: str) -> View | None:
        shown[place] = after(shown[place], thought)
        return None if ends(thought) or shown[place].thoughts_left < 1 else shown[place]

    growing = [i for i, view in enumerate(views) if not _complete(view, grown[i])]
    shown = [after(views[i], *(each.candidate.thought for each in grown[i])) for i in growing]
    paying, drawing = [rows[i] for i in growing], [rngs[i] for i in growing]
    for i, proposals in zip(growing, model.follow(paying, list(shown), temperature, drawing, following), strict=True):
        grown[i] += [_Grown(proposal.candidates[0], proposal.read) for proposal in proposals]
    return [_chain(each) for each in grown]


def _complete(view: View, grown: Sequence[_Grown]) -> bool:
    return bool(grown) and (ends(grown[-1].candidate.thought) or len(grown) >= view.thoughts_left)


def _chain(grown: Sequence[_Grown]) -> Chain:
    answer = stated_answer(grown[-1].candidate.thought)
    return Chain(tuple(each.candidate for each in grown), answer, tuple(each.read for each in grown))


@lru_cache(maxsize=2**14)
def same_answer(a: str, b: str) -> bool:
    """Whether two stated answers are mathematically equal; as texts where they can't be read.

    >>> same_answer("x = 0.5", "1/2"), same_answer("2", "3"), same_answer("no idea?", "No  idea?")
    (True, False, True)
    """
    if a == b:
        return True
    try:
        return check(a, b).correct
    except ValueError:  # b can't be read as a reference
        return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()


def group_of(answer: str, answers: list[str]) -> int:
    """Which of the different answers this one equals; a new one is added to them."""
    if answer in answers:
        return answers.index(answer)
    for index, known in enumerate(answers):
        if same_answer(answer, known):
            return index
    answers.append(answer)
    return len(answers) - 1
