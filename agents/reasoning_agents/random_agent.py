"""An agent that thinks at random: the floor under every other."""

from __future__ import annotations

from collections.abc import Sequence

from reasoning_agents.agent import Cost, Ledger, generator
from reasoning_gym.problem import View

LARGEST = 20  # of the answers and of the numbers in the thoughts
ANSWERS = 0.4  # the chance that a thought states an answer, before the last


class RandomAgent:
    """States a random small whole number after a few random sums."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed
        self.ledger = Ledger()

    def act(self, views: Sequence[View]) -> list[str]:
        """A random thought for each view; the last one that an episode allows states an answer."""
        self.ledger.open(len(views))
        for row in range(len(views)):
            self.ledger.charge(row, Cost())
        return [self._thought(view) for view in views]

    def _thought(self, view: View) -> str:
        rng = generator(self.seed, view, "random")
        a, b, c = (int(number) for number in rng.integers(-LARGEST, LARGEST + 1, size=3))
        if view.thoughts_left == 1 or rng.random() < ANSWERS:
            return f"Answer: {a}"
        return f"{a}+{b}={c}"
