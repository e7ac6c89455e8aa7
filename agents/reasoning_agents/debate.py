"""Trains a challenger for `reasoning_debate_v0`: it finds the first wrong thought of a chain without asking a checker.

The challenger (see `challenger`) is a policy with a judge, a copy of it that gives for each thought the probability
that it is right if those before it are (see `judging`). What it does follows from these and from the payoffs. So
nothing is learned about payoffs, and what is learned is of use to every search too (the signal `process-reward`).

In an update a prover debates train problems, and the debate's judge labels what it said: thoughts before the first
wrong one are right, that one is wrong, and what comes after it is not learned. The prover is

- honest, as far as it can be: the policy, which samples chains;
- honest and right: the reference thoughts;
- wrong on purpose: the reference thoughts with an error planted (`plant_error`).

A prover that has learned to deceive a challenger (see `debate_prover`) may be one more. How much one could win that has
the pick of the policy's samples, knows which are wrong and knows the challenger, is measured (`liar_payoff`).

Figures of an update, beside those that `practice.run` names: `thoughts`, `right`, `loss` and `gradient_norm`, as
`process_reward` has them; where it is validated, `auc`, `within_auc`, `found` and `false_accusations`.

`training.json` has, on problems that are held back (n is theirs; 95 %, by a bootstrap over problems):

- `auc`, of planted wrong thoughts and the reference's thoughts up to that place, the one in its place included; nobody
  is shown what comes after; `within_auc`, of the two in the same place; `policy_auc` and `policy_within_auc`, of the
  policy's own log-probability, which costs nothing
- `chain_auc`, of whole reference chains and whole chains with a planted error; `sampled_auc`, of chains that the policy
  sampled, all right or not
- `found`, the share of planted errors that is pointed at exactly, when nobody is shown what comes after;
  `false_accusations`, the share of whole reference chains that is not accepted
- `honest_payoff`, `planted_payoff`, `sampled_payoff`: what the challenger wins in the mean against whole reference
  chains, whole chains with a planted error, and sampled chains; `liar_payoff`, against a prover that has sampled
  `samples` chains and says the one that pays it most. One that sees every first wrong thought wins 0, 1, and where
  no thought is wrong 0
- `accuracy` of sampled chains; `accepted`, the share of them that the challenger accepts; `accepted_accuracy` of those,
  and `accepted_gain`, by how much that is more; with `greedy_` before, the same of greedy chains
- of `samples` chains of each problem: `majority_accuracy` of their most frequent answer, `accepted_majority_accuracy`
  of that of the accepted ones (of all, where none is), `believed_accuracy` of the one that the challenger finds right
  most probably, `likeliest_accuracy` of the likeliest by the policy; with `_gain` instead of `_accuracy`, by how much
  the last three are more than the majority
- `policy_accuracy` and `copy_accuracy`, as in `process_reward`: the copy has learned to think, too
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from reasoning_agents.chains import Chain, MeteredModel, after
from reasoning_agents.challenger import WRONG
from reasoning_agents.debate_measures import Heard, measure, reply
from reasoning_agents.judging import Judged, JudgeTrainee, Lesson, PractisedJudging, accuracies, judged_of
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.oracle import Oracle
from reasoning_agents.practice import Learner, chains_about, randomness, run
from reasoning_gym.checker import stated_answer
from reasoning_gym.problem import CORRECT
from reasoning_gym.selfplay.planted import plant_error
from reasoning_gym.selfplay.reasoning_debate import Judgement, first_refused, refuse_unchecked


@dataclass(frozen=True, kw_only=True)
class DebateTraining(PractisedJudging):
    """What to debate about, for how long, and what the prover says."""

    chains: int = 4  # that the policy samples about a problem, at `temperature`
    planted: int = 2  # reference chains with an error, for a problem
    samples: int = 8  # chains of each problem that is held back
    prover: str | None = None  # the folder of a model that may lie, see `debate_prover`, which says as many chains

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `PractisedJudging`."""
        super().__post_init__()
        self.at_least({"chains": 1, "planted": 1, "samples": 2})


def judge(oracle: Oracle, index: int, thoughts: Sequence[str]) -> Judgement:
    """What is true of a chain that states an answer: what `ReasoningDebate.judge` says, by an oracle that counts."""
    right = oracle.reward(index, thoughts) == 1
    refused = first_refused(oracle.view(index).question, thoughts)
    return Judgement(CORRECT if right else WRONG, refused or (0 if right else len(thoughts)))


class _Learner(JudgeTrainee[DebateTraining], Learner[DebateTraining]):
    """Lets provers say chains, has them judged, and teaches the copy to tell which thoughts are wrong.

    Raises:
        ValueError: for a family without a check of single thoughts.
    """

    def __init__(self, config: DebateTraining, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        refuse_unchecked(part.family for part in self.oracle.mix.parts)
        self.liar = None if config.prover is None else _load(config.prover, config)
        self.heard: list[Heard] = []  # about the problems that are held back

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        heard = self._debate(indices)
        lessons = self.by_policy([_to_learn(some) for some in heard])
        self.begin([each for lesson in lessons for each in lesson])
        return self.teach(lessons, share)

    def _debate(self, indices: Sequence[int]) -> list[list[Heard]]:
        """What provers say about B problems in an update, [B][chains]."""
        config = self.config
        models = [self.policy]
        if self.liar is not None:
            self.liar.forget()
            models.append(MeteredModel(self.liar, self.policy.ledger))
        sampled = [
            chains_about(self, model, indices, config.chains, config.temperature, f"debate {self.updates}")
            for model in models
        ]
        return [
            [
                *(each for some in sampled for each in self.hear(index, "sampled", map(said, some[place]))),
                *self.references(index, config.planted),
            ]
            for place, index in enumerate(indices)
        ]

    def references(self, index: int, planted: int) -> list[Heard]:
        """The reference chain of a problem, and some with an error; fewer where none was found to plant."""
        rng = randomness(self.config.seed, self.updates, f"plant {index}")
        wrong = [plant_error(*self.oracle.mix.problem(index), rng) for _ in range(planted)]
        return [
            *self.hear(index, "reference", [self.oracle.reference_thoughts(index)]),
            *self.hear(index, "planted", [each.thoughts for each in wrong if each is not None]),
        ]

    def hear(self, index: int, kind: str, chains: Iterable[Sequence[str]]) -> list[Heard]:
        """Chains about a problem, labelled by the debate's judge."""
        view = self.oracle.view(index)
        found: list[Heard] = []
        for thoughts in chains:
            answer, first = judge(self.oracle, index, thoughts)
            judged = tuple(
                judged_of(self.local, after(view, *thoughts[:count]), thought, right=not first or count + 1 < first)
                for count, thought in enumerate(thoughts)
            )
            found.append(Heard(index, kind, stated_answer(thoughts[-1]), answer.correct, first, judged))
        return found

    def validate(self) -> dict[str, float]:
        """Measure how well errors on the problems that are held back are found."""
        found = self._measure()
        names = ("auc", "within_auc", "found", "false_accusations")
        return {name: found[name] for name in names if name in found}

    def outcome(self) -> dict[str, float]:
        """See `Learner`: all that the module's docstring names."""
        at_once = self.config.chains_at_once
        greedy = accuracies(self.policy, self.copied(), self.oracle, self.held_back, at_once)
        return {**self._measure(), **greedy}

    def _measure(self) -> dict[str, float]:
        if not self.heard:
            self.heard = self._hear_about_held_back()
        lessons = _by_problem(self.heard)
        odds = iter(self.log_odds([tuple(each for one in some for each in one.judged) for some in lessons]).tolist())
        replies = [reply(one, np.array([next(odds) for _ in one.judged])) for some in lessons for one in some]
        return measure(replies, randomness(self.config.seed, 0, "bootstrap"))

    def _hear_about_held_back(self) -> list[Heard]:
        """What provers say about the problems that are held back, one problem after the other."""
        config = self.config
        sampled = chains_about(self, self.policy, self.held_back, config.samples, config.temperature, "held back")
        greedy = chains_about(self, self.policy, self.held_back, 1, 0.0, "held back")
        heard = [
            [
                *self.hear(index, "sampled", map(said, some)),
                *self.hear(index, "greedy", map(said, one)),
                *self.references(index, 1),
            ]
            for index, some, one in zip(self.held_back, sampled, greedy, strict=True)
        ]
        lessons = self.by_policy([tuple(each for one in some for each in one.judged) for some in heard])
        return [one for some, lesson in zip(heard, lessons, strict=True) for one in _with_thoughts(some, lesson)]

    def state(self) -> dict[str, object]:
        """See `Learner`; and what it is measured on, which provers aren't asked for twice."""
        heard = [(*each[:-1], [tuple(judged) for judged in each.judged]) for each in self.heard]
        return {**super().state(), "heard": heard}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        if state is not None:
            self.heard = [
                Heard(problem, kind, answer, right, first, tuple(Judged(*one) for one in judged))
                for problem, kind, answer, right, first, judged in state["heard"]
            ]
        return super().restore(state)


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`


def _load(folder: str, config: DebateTraining) -> LocalModel:
    tokens = config.max_thought_tokens
    return LocalModel.load(folder, device=config.device, dtype=config.dtype, max_thought_tokens=tokens)


def said(chain: Chain) -> tuple[str, ...]:
    """The thoughts of a chain."""
    return tuple(candidate.thought for candidate in chain.candidates)


def _to_learn(heard: Sequence[Heard]) -> Lesson:
    """The thoughts of chains with an answer about a problem, up to their first wrong ones, each once."""
    thoughts = [each for one in heard if one.answer is not None for each in one.learned]
    return tuple({each.tokens: each for each in thoughts}.values())


def _by_problem(heard: Sequence[Heard]) -> list[list[Heard]]:
    """Chains about the same problem together; they follow one another."""
    return [list(some) for _, some in groupby(heard, key=lambda each: each.problem)]


def _with_thoughts(heard: Sequence[Heard], thoughts: Lesson) -> list[Heard]:
    """Chains with other records of their thoughts, which are given one after the other."""
    each_one = iter(thoughts)
    return [one._replace(judged=tuple(next(each_one) for _ in one.judged)) for one in heard]
