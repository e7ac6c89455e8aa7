"""A language model seen as a proposer and scorer of thoughts: the contract of every backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np

from reasoning_gym.problem import View


class Candidate(NamedTuple):
    """One proposed thought. T is its number of tokens, the one that ended it included."""

    thought: str  # without the line break or the end mark
    token_ids: tuple[int, ...]  # [T]
    log_probs: tuple[float, ...]  # [T], natural logarithms, at temperature 1, given all before
    drawn_log_probs: tuple[float, ...] = ()  # [T], at the temperature that it was drawn at; () where it wasn't drawn

    @property
    def log_prob(self) -> float:
        """Log-probability of the whole thought at temperature 1."""
        return sum(self.log_probs)


class Proposal(NamedTuple):
    """What a model proposed for one view, and what that cost."""

    candidates: tuple[Candidate, ...]  # [K], as sampled: equal ones stay
    prompt_tokens: int  # tokens read that no cache held
    forward_passes: int  # of one sequence each
    read: tuple[int, ...] = ()  # token ids of the view, as the model read them; () where it doesn't say


Following: TypeAlias = "Callable[[int, str], View | None]"  # what chain b sees after a thought; None at its end


@runtime_checkable
class ChainModel(Protocol):
    """A `StepModel` that can have thought after thought without reading again what it has sampled."""

    def follow(
        self,
        views: Sequence[View],
        temperature: float,
        rngs: Sequence[np.random.Generator] | None,
        following: Following,
    ) -> list[list[Proposal]]:
        """The chain of thoughts after each of B views, [B][thoughts], each as a proposal of one candidate.

        The thoughts are those of a call of `propose` for each thought; where chains are equal it may read more.
        """
        ...


class Judgement(NamedTuple):
    """What a process-reward model says of a thought, or a value head of a view, and what that cost."""

    score: float  # how probably the thought is right, or what the episode is expected to be paid, in [0, 1]
    prompt_tokens: int  # tokens read that no cache held


@runtime_checkable
class Judge(Protocol):
    """A `StepModel` that may know whether a thought is right."""

    def judge(self, views: Sequence[View], candidates: Sequence[Candidate]) -> list[Judgement] | None:
        """Whether its candidate after each of B views is right, if the thoughts before are; None if it can't say."""
        ...


@runtime_checkable
class StepModel(Protocol):
    """Proposes thoughts and scores them, for many episodes at once."""

    def propose(
        self,
        views: Sequence[View],
        k: int,
        temperature: float,
        rngs: Sequence[np.random.Generator] | None = None,
    ) -> list[Proposal]:
        """Sample k candidate thoughts for each of B views.

        Temperature 0 is greedy (then k candidates are k times the same one). Above 0, `rngs` holds
        one generator a view: what is sampled for a view depends on its own generator alone, not on
        the rest of the batch.

        Raises:
            ValueError: if temperature is above 0 and `rngs` is missing or not one for each view.
        """
        ...

    def score(self, views: Sequence[View], thoughts: Sequence[Sequence[str]]) -> list[list[Candidate]]:
        """The given thoughts as candidates: `thoughts[b]` are tokenised and scored after `views[b]`."""
        ...

    def value(self, views: Sequence[View]) -> list[Judgement] | None:
        """Expected final reward of each of B views; None where the model has no value head."""
        ...
