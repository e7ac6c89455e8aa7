"""An agent that samples chains and follows the best one by a signal.

Cobbe et al. 2021, 'Training Verifiers to Solve Math Word Problems', where the signal is a trained verifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from reasoning_agents.chains import Chain
from reasoning_agents.continuing import ChainAgent
from reasoning_agents.language_model.step_model import StepModel
from reasoning_agents.signals import parse_signal
from reasoning_gym.problem import View

Normalise = Literal["token", "thought", "none"]


class BestOfN(ChainAgent):
    """Samples whole chains and follows the best one that states an answer, by default the likeliest.

    A chain's score is the sum of its thoughts' log-scores. Of equal ones the likeliest a token is followed.
    """

    def __init__(
        self,
        model: StepModel,
        *,
        samples: Annotated[int, "Chains sampled for an episode."] = 8,
        temperature: Annotated[float, "Sampling temperature; 0 takes the most likely tokens."] = 0.8,
        signal: Annotated[
            str,
            "What a thought is worth: likelihood, check, process-reward, value, or such as 'check + 0.5*likelihood'.",
        ] = "likelihood",
        normalise: Annotated[Normalise, "Compare the score a token, a thought, or of the whole chain ('none')."] = (
            "token"
        ),
        seed: int = 0,
    ) -> None:
        super().__init__(model, samples, temperature, seed)
        if normalise not in ("token", "thought", "none"):
            raise ValueError(f"normalise is {normalise!r}; use 'token', 'thought' or 'none'")
        self.normalise: Normalise = normalise
        self._signal = parse_signal(signal)
        self._signal.judge(self._model, [], [])  # raises now if the model lacks what a signal needs

    def choose(self, rows: Sequence[int], views: Sequence[View], chains: Sequence[Sequence[Chain]]) -> list[Chain]:
        """The best chain that states an answer; of all, if none does."""
        flat = [(row, view, chain) for row, view, given in zip(rows, views, chains, strict=True) for chain in given]
        scores = iter(self._signal.score_chains(self._model, *zip(*flat, strict=True)))
        ranked = [[(self._rank(chain, next(scores)), chain) for chain in given] for given in chains]
        return [max(given, key=lambda pair: pair[0])[1] for given in ranked]

    def _rank(self, chain: Chain, score: float) -> tuple[bool, float, float]:
        size = {"token": max(chain.tokens, 1), "thought": len(chain.candidates), "none": 1}[self.normalise]
        return chain.answer is not None, score / size, chain.log_prob / max(chain.tokens, 1)
