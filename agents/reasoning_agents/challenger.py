"""Who plays a debate: a challenger that acts by what it finds probable, and a prover that is a language model.

A model with a process-reward model says of each thought how probably it is right if those before it are. From this
follows how probably each one is the first wrong thought, and from that what each action is expected to win.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import StepModel
from reasoning_gym.problem import CORRECT, View, incorrect
from reasoning_gym.selfplay.adapters import Opponent
from reasoning_gym.selfplay.reasoning_debate import Judgement, payoff
from reasoning_gym.selfplay.turns import Turn

WRONG = incorrect("the answer is not right")
_AT_ONCE = 64  # chains that a challenger reads together; bounds the memory


def first_wrong(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """How probably each thought is the first wrong one, [n + 1]: at 0 that none is, at k that the k-th is.

    Args:
        log_odds: [n], that a thought is right if those before it are.

    >>> first_wrong(np.array([0.0, 0.0])).tolist()
    [0.25, 0.5, 0.25]
    """
    right = np.exp(-np.logaddexp(0.0, -log_odds))
    wrong = np.exp(-np.logaddexp(0.0, log_odds))
    so_far = np.concatenate([[1.0], np.cumprod(right)])  # that the first k are right
    return np.concatenate([so_far[-1:], so_far[:-1] * wrong])


@lru_cache
def stakes(thoughts: int) -> NDArray[np.float64]:
    """What the challenger wins by each action, if each thought of so many is the first wrong one, [n + 1, n + 1].

    An answer after a wrong thought is taken for wrong: it nearly always is, and a challenger that expects no luck
    accepts less.
    """
    truths = [Judgement(WRONG if k else CORRECT, k) for k in range(thoughts + 1)]
    table = np.array([[0.0 - payoff(truth, pointed) for truth in truths] for pointed in range(thoughts + 1)])
    table.setflags(write=False)  # it is shared
    return table


def best_action(belief: NDArray[np.float64]) -> int:
    """The action that is expected to win most, by a belief [n + 1] as of `first_wrong`: 0 accepts, k points at k.

    Of equal ones the first.

    >>> best_action(np.array([0.9, 0.05, 0.05])), best_action(np.array([0.3, 0.1, 0.6]))
    (0, 2)
    """
    return int(np.argmax(stakes(len(belief) - 1) @ belief))


class Challenger:
    """An opponent that plays the challenger by what a model's process-reward model says; see `best_action`.

    A thought that the model can't hold counts as wrong: the burden of proof is the prover's.

    Raises:
        ValueError: if the model has no process-reward model.
    """

    def __init__(self, model: LocalModel) -> None:
        if model.process_reward is None:
            raise ValueError(
                "the model has no process-reward model to ask; train one with method = 'debate' or 'process-reward'"
            )
        self.model = model

    def __call__(self, turn: Turn, rng: np.random.Generator) -> int:
        """Accept, or point at a thought.

        Raises:
            ValueError: if it is asked in a game without views.
        """
        del rng
        if turn.view is None:
            raise ValueError("the turn has no view; this challenger is for ReasoningDebate")
        return best_action(self.belief(turn.view))

    def belief(self, view: View) -> NDArray[np.float64]:
        """How probably each of n thoughts is the first wrong one, [n + 1]; see `first_wrong`."""
        return self.beliefs([view])[0]

    def beliefs(self, views: Sequence[View]) -> list[NDArray[np.float64]]:
        """The beliefs about B chains, [B][n + 1]."""
        begins = range(0, len(views), _AT_ONCE)
        return [belief for begin in begins for belief in self._beliefs(views[begin : begin + _AT_ONCE])]

    def _beliefs(self, views: Sequence[View]) -> list[NDArray[np.float64]]:
        given = [self._places(view) for view in views]
        flat = [place for places in given for place in places]
        shown = [before for before, _ in flat]
        scored = self.model.score(shown, [[thought] for _, thought in flat])
        judged = iter(self.model.judge(shown, [candidate for (candidate,) in scored]) or [])
        found: list[NDArray[np.float64]] = []
        for view, places in zip(views, given, strict=True):
            right = np.zeros(len(view.thoughts))
            right[: len(places)] = [next(judged).score for _ in places]
            with np.errstate(divide="ignore"):
                found.append(first_wrong(np.log(right) - np.log1p(-right)))
        return found

    def _places(self, view: View) -> list[tuple[View, str]]:
        """The thoughts, each with what comes before it, as far as the model can hold them."""
        shown = [View(view.question, view.thoughts[:count], 1) for count in range(len(view.thoughts))]
        places = list(zip(shown, view.thoughts, strict=True))
        return [(before, thought) for before, thought in places if self._holds(before, thought)]

    def _holds(self, view: View, thought: str) -> bool:
        transcript = self.model.transcript
        return len(transcript.ids(view)) + len(transcript.thought_ids(view, thought)) <= self.model.context


def prover(model: StepModel, temperature: float = 1.0) -> Opponent:
    """An opponent that plays the prover as a language model thinks, and never means to be wrong.

    Raises:
        ValueError: when it is asked in a game without views.
    """

    def prove(turn: Turn, rng: np.random.Generator) -> str:
        if turn.view is None:
            raise ValueError("the turn has no view; this prover is for ReasoningDebate")
        (proposal,) = model.propose([turn.view], 1, temperature, [rng])
        return proposal.candidates[0].thought

    return prove
