"""The true reward, for training only: an object that only a learner holds, and that counts what it is asked.

Agents are given views, which lead to no reference. A learner needs the reward of episodes that the
agents have thought out, and a search that trains a policy may value its leaves by it; both ask here.
"""

from __future__ import annotations

from collections.abc import Sequence

from reasoning_gym.checker import stated_answer
from reasoning_gym.mix import Mix
from reasoning_gym.planning import Limits, view
from reasoning_gym.problem import State, View


class Oracle:
    """The problems of a training mix by their indices, and what thoughts about them are worth.

    Raises:
        ValueError: if the mix is of test problems, which nothing may learn from.
    """

    def __init__(self, mix: Mix, limits: Limits | None = None) -> None:
        if mix.split != "train":
            raise ValueError(f"the split is {mix.split!r}; only train problems may be learned from, use split='train'")
        self.mix = mix
        self.limits = limits or Limits()
        self.calls = 0  # rewards asked for
        self.right = 0  # of them, those that were 1

    def view(self, index: int) -> View:
        """What an agent may see of a problem before its first thought.

        Raises:
            ValueError: for an index out of range.
        """
        _, problem = self.mix.problem(index)
        return view(State(problem.question), self.limits)

    def reference_thoughts(self, index: int) -> tuple[str, ...]:
        """How a person would work a problem out, the answer's line last: what a critic learns from.

        Raises:
            ValueError: for an index out of range.
        """
        family, problem = self.mix.problem(index)
        return family.reference_thoughts(problem)

    def reward(self, index: int, thoughts: Sequence[str]) -> float:
        """1.0 if the last thought states a right answer within the limits, else 0.0: what the environment pays."""
        self.calls += 1
        paid = self._pays(index, thoughts)
        self.right += paid
        return float(paid)

    def _pays(self, index: int, thoughts: Sequence[str]) -> bool:
        if not 1 <= len(thoughts) <= self.limits.max_thoughts:
            return False
        if any(len(thought) > self.limits.max_thought_chars for thought in thoughts):
            return False
        if any(stated_answer(thought) is not None for thought in thoughts[:-1]):
            return False
        answer = stated_answer(thoughts[-1])
        if answer is None:
            return False
        family, problem = self.mix.problem(index)
        return family.verify(problem, answer).correct
