"""An agent that samples chains and follows the majority's answer.

Wang et al. 2023, 'Self-Consistency Improves Chain of Thought Reasoning in Language Models'.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol, TypeVar

from reasoning_agents.chains import Chain, group_of
from reasoning_agents.continuing import ChainAgent
from reasoning_agents.language_model.step_model import StepModel
from reasoning_gym.problem import View


class SelfConsistency(ChainAgent):
    """Samples whole chains and follows the likeliest one that ends in the most frequent answer.

    Answers count together where they are mathematically equal.
    """

    def __init__(
        self,
        model: StepModel,
        *,
        samples: Annotated[int, "Chains sampled for an episode."] = 8,
        temperature: Annotated[float, "Sampling temperature; 0 takes the most likely tokens."] = 0.8,
        seed: int = 0,
    ) -> None:
        super().__init__(model, samples, temperature, seed)

    def choose(self, rows: Sequence[int], views: Sequence[View], chains: Sequence[Sequence[Chain]]) -> list[Chain]:
        """The likeliest chain of the majority; see `majority`."""
        del rows, views
        return [max(majority(sampled), key=lambda chain: chain.log_prob) for sampled in chains]


class Stated(Protocol):
    """A chain that may have come to an answer."""

    @property
    def answer(self) -> str | None:
        """What it states, if anything."""
        ...

    @property
    def log_prob(self) -> float:
        """Log-probability of all its thoughts at temperature 1."""
        ...


AnyChain = TypeVar("AnyChain", bound=Stated)


def majority(chains: Sequence[AnyChain]) -> list[AnyChain]:
    """The chains that state the most frequent answer; all of them, if none states any.

    Equal numbers of chains are told apart by their summed log-probability, then by which came first.
    """
    answers: list[str] = []
    groups: list[list[AnyChain]] = []
    for chain in chains:
        if chain.answer is None:
            continue
        group = group_of(chain.answer, answers)
        if group == len(groups):
            groups.append([])
        groups[group].append(chain)
    if not groups:
        return list(chains)
    return max(groups, key=lambda group: (len(group), sum(chain.log_prob for chain in group)))
