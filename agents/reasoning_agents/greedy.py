"""An agent that has the most likely thought."""

from __future__ import annotations

from collections.abc import Sequence

from reasoning_agents.agent import Ledger
from reasoning_agents.chains import MeteredModel
from reasoning_agents.language_model.step_model import StepModel
from reasoning_gym.problem import View


class Greedy:
    """Has the thought that the model finds most likely, token by token (temperature 0)."""

    def __init__(self, model: StepModel, *, seed: int = 0) -> None:
        self.seed = seed  # nothing here is random; every agent takes one
        self.ledger = Ledger()
        self._model = MeteredModel(model, self.ledger)

    def act(self, views: Sequence[View]) -> list[str]:
        """The most likely thought for each view."""
        self.ledger.open(len(views))
        proposals = self._model.propose(range(len(views)), views, 1, 0.0)
        return [proposal.candidates[0].thought for proposal in proposals]
