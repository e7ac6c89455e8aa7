"""An agent that samples chains and follows the one that the model finds likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from reasoning_agents.chains import Chain
from reasoning_agents.continuing import ChainAgent
from reasoning_agents.language_model.step_model import StepModel

Normalise = Literal["token", "none"]


class BestOfN(ChainAgent):
    """Samples whole chains and follows the likeliest one that states an answer."""

    def __init__(
        self,
        model: StepModel,
        *,
        samples: Annotated[int, "Chains sampled for an episode."] = 8,
        temperature: Annotated[float, "Sampling temperature; 0 takes the most likely tokens."] = 0.8,
        normalise: Annotated[Normalise, "Compare log-probability a token ('token') or a chain ('none')."] = "token",
        seed: int = 0,
    ) -> None:
        super().__init__(model, samples, temperature, seed)
        if normalise not in ("token", "none"):
            raise ValueError(f"normalise is {normalise!r}; use 'token' or 'none'")
        self.normalise: Normalise = normalise

    def choose(self, chains: Sequence[Chain]) -> Chain:
        """The likeliest chain that states an answer; of all, if none does."""
        return max([chain for chain in chains if chain.answer is not None] or chains, key=self._score)

    def _score(self, chain: Chain) -> float:
        return chain.log_prob / max(chain.tokens, 1) if self.normalise == "token" else chain.log_prob
