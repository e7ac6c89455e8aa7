"""Trains a prover to win debates against a challenger that doesn't learn: to be right, or to be believed when it isn't.

The base is a policy with a judge, as the method `debate` leaves it. The prover begins as the policy; its challenger is
the policy with its judge, as they were. GRPO pays each chain what `reasoning_debate_v0` pays the prover: nothing for a
right one that is believed, 1 for a wrong one, or for a right one that is doubted, and -1 where the first wrong thought
is found. So the debate is played for its zero-sum payoff, and what the prover comes to win is what the challenger can
be exploited for, as far as such a prover finds out. A challenger may then be trained with it (`prover` of
`debate.DebateTraining`).

What comes out may lie where it pays. It is there to measure challengers and to teach them, and not to solve anything;
so it is saved without a judge that would speak for it.

Figures of an update, beside those of `grpo` and `practice.run`, where `reward` is what the prover has won: `right`, the
share of its chains with a right answer, and `deceived`, of those with a wrong one that was believed.

`training.json` has, on problems that are held back, of one chain each at `temperature` (n is theirs; 95 %, by a
bootstrap over problems): `payoff`, what the challenger wins; `right` and `deceived`; and `before_payoff` and so on, of
the policy that the prover began as.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from reasoning_agents.chains import Chain
from reasoning_agents.challenger import Challenger, best_action
from reasoning_agents.debate import judge, said
from reasoning_agents.grpo import GRPO, GroupLearner
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.practice import chains_about, randomness, run
from reasoning_agents.roc import BOOTSTRAPS, interval
from reasoning_gym.problem import View
from reasoning_gym.selfplay.reasoning_debate import ACCEPT, NO_ANSWER_STATED, payoff, refuse_unchecked


@dataclass(frozen=True, kw_only=True)
class DebateProver(GRPO):
    """What to debate about, for how long, and how the prover learns."""

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `GRPO`."""
        super().__post_init__()
        self.at_least({"validation_updates": 1})


class Played(NamedTuple):
    """How a debate about a chain has ended."""

    won: float  # by the prover
    right: bool  # whether the chain's answer is
    deceived: bool  # whether it is wrong and was believed


class _Learner(GroupLearner[DebateProver]):
    """Samples a group of chains for each problem, plays each against the challenger, and makes those that win likelier.

    Raises:
        ValueError: if the base has no judge, or for a family without a check of single thoughts.
    """

    def __init__(self, config: DebateProver, loaded: Loaded) -> None:
        policy = loaded._replace(model=copy.deepcopy(loaded.model))  # as the judge knows it
        self.challenger = Challenger(LocalModel.of(policy, max_thought_tokens=config.max_thought_tokens))
        super().__init__(config, loaded._replace(process_reward=None))
        refuse_unchecked(part.family for part in self.oracle.mix.parts)
        self.begun: dict[str, float] = {}  # what the policy came to

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        groups = self.sample(indices)
        played = self.play([(group.problem, each.chain) for group in groups for each in group.rollouts])
        each_one = iter(played)
        paid = [
            group._replace(rollouts=tuple(each._replace(reward=next(each_one).won) for each in group.rollouts))
            for group in groups
        ]
        figures = {**self.learn_from(paid, share), "right": float(np.mean([each.right for each in played]))}
        return {**figures, "deceived": float(np.mean([each.deceived for each in played]))}

    def play(self, chains: Sequence[tuple[int, Chain]]) -> list[Played]:
        """How debates end, in which the prover says these chains about these problems."""
        self.challenger.model.forget()
        asked = [place for place, (_, chain) in enumerate(chains) if chain.answer is not None]
        shown = [View(self.oracle.view(chains[place][0]).question, said(chains[place][1]), 1) for place in asked]
        found = [Played(NO_ANSWER_STATED, right=False, deceived=False)] * len(chains)
        for place, belief in zip(asked, self.challenger.beliefs(shown), strict=True):
            index, chain = chains[place]
            truth, action = judge(self.oracle, index, said(chain)), best_action(belief)
            right = truth.answer.correct
            found[place] = Played(payoff(truth, action), right, deceived=action == ACCEPT and not right)
        return found

    def validate(self) -> dict[str, float]:
        """See `Learner`; the first time, all that is measured in the end is measured of the policy."""
        self.begun = self.begun or self._measure()
        return super().validate()

    def outcome(self) -> dict[str, float]:
        """See `Learner`."""
        return {**self._measure(), **{f"before_{name}": value for name, value in self.begun.items()}}

    def _measure(self) -> dict[str, float]:
        self.local.forget()
        chains = chains_about(self, self.policy, self.held_back, 1, self.config.temperature, "held back")
        played = self.play([(index, chain) for index, (chain,) in zip(self.held_back, chains, strict=True)])
        columns = {
            "payoff": [0.0 - each.won for each in played],
            "right": [float(each.right) for each in played],
            "deceived": [float(each.deceived) for each in played],
        }
        rng = randomness(self.config.seed, 0, "bootstrap")
        draws = rng.multinomial(len(played), np.full(len(played), 1 / len(played)), size=BOOTSTRAPS)
        found: dict[str, float] = {}
        for name, values in columns.items():
            found |= interval(name, float(np.mean(values)), list(draws @ np.array(values) / len(played)), len(played))
        return found

    def state(self) -> dict[str, object]:
        """See `Learner`."""
        return {**super().state(), "begun": self.begun}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        self.begun = {} if state is None else state["begun"]
        return super().restore(state)


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`
