"""An agent that always says the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from reasoning_agents.agent import Cost, Ledger
from reasoning_gym.problem import View


class Constant:
    """States the same answer to every question."""

    def __init__(self, seed: int = 0, answer: Annotated[str, "What it states."] = "12:00") -> None:
        self.answer = answer
        self.ledger = Ledger()

    def act(self, views: Sequence[View]) -> list[str]:
        """The answer, once for each view."""
        self.ledger.open(len(views))
        for row in range(len(views)):
            self.ledger.charge(row, Cost(tokens=1))
        return [f"Answer: {self.answer}" for _ in views]
