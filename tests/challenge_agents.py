"""An agent for the tests of challenges, which processes of their own import too."""

from __future__ import annotations

from collections.abc import Sequence

from reasoning_agents.agent import Cost, Ledger
from reasoning_gym.problem import View


class Guesser:
    """Thinks a few times about each question, as many as its text has letters by three, then guesses."""

    def __init__(self) -> None:
        self.ledger = Ledger()

    def act(self, views: Sequence[View]) -> list[str]:
        """A thought for each view."""
        self.ledger.open(len(views))
        for row, view in enumerate(views):
            self.ledger.charge(row, Cost(tokens=3 + len(view.thoughts), prompt_tokens=len(views)))
        return [self._think(view) for view in views]

    def _think(self, view: View) -> str:
        wanted = len(view.question.statement) % 3
        if len(view.thoughts) < wanted:
            return f"thought {len(view.thoughts) + 1} of {wanted} on {view.question.statement}"
        return f"Answer: {len(view.question.statement)}"
