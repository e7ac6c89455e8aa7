"""Trains a process-reward model: which of a policy's thoughts are right, one by one, without asking a checker.

The policy stays as it is. It thinks about train problems, its thoughts are labelled, and a copy of it learns to tell
the right ones: Lightman et al. 2023, 'Let's Verify Step by Step', but no person labels. A label is what the
family's check says of the thought, or, where there is none, whether any of some roll-outs from there comes to a right
answer (Wang et al. 2024, Math-Shepherd, hard estimation). After right thoughts the policy is asked for candidates until
one is right, so that there are right ones to learn where it is mostly wrong. What comes after a wrong thought is not
asked for: what is estimated is the probability that a thought is right if those before it are, and a chain's is the
product over its thoughts.

How the copy learns, and what of it is the reward, is in `judging`: how much likelier it finds a thought than the policy
does. A head on the copy's last state, tried before, was at chance within prefixes after as long: the candidates that it
has to tell apart differ in a few digits.

What a search needs of such a model is that it tells the better one of two candidates after the same thoughts.
An area under the ROC curve over all thoughts doesn't say so: late thoughts of long problems are more often
wrong, and it is easy to see that they are late. So both are measured, on problems that are held back.

Figures of an update, beside those that `practice.run` names:

- `thoughts` labelled; `right`, the share of them that is; `loss`, the mean of both losses, in nats a thought;
  `gradient_norm` before clipping, of the last step
- where it is validated: `auc` over all candidates, `within_auc` over pairs of one right and one wrong candidate after
  the same thoughts

`training.json` has them at the end, as `areas` gives them, and `candidates` and `pairs`, how many they are of.
`policy_auc` and `policy_within_auc` are of the policy's own log-probability, which costs nothing: what a judge has to
be better than. `policy_accuracy` and `copy_accuracy` are greedy accuracies on the problems that are held back: the copy
has learned to think, too, and a search by what it says has to be held against thinking with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.agent import generator
from reasoning_agents.chains import Chain, after, closes, sample_chains
from reasoning_agents.judging import Judged, JudgeLearner, Judging
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.practice import randomness, run
from reasoning_agents.roc import BOOTSTRAPS, auc, interval
from reasoning_gym.family import get_family
from reasoning_gym.problem import Status, View


@dataclass(frozen=True, kw_only=True)
class ProcessReward(Judging):
    """What to train on, for how long, and by which labels."""

    candidates: int = 4  # of a thought, drawn at a time
    draws: int = 4  # of candidates after the same thoughts, at most, while none is right
    labels: Literal["check", "rollouts"] = "check"  # by the family's check, or by roll-outs and the true reward
    roll_outs: int = 8  # after a thought, at the same temperature
    compared: int = 8  # candidates after the same thoughts, in validation

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Judging`."""
        super().__post_init__()
        self.at_least({**dict.fromkeys(("candidates", "draws", "roll_outs"), 1), "compared": 2})


class Choice(NamedTuple):
    """Candidates after the same thoughts, all different."""

    problem: int
    step: int  # which thought of the chain they are, from 1
    judged: tuple[Judged, ...]  # [K]


class _Learner(JudgeLearner[ProcessReward]):
    """Lets the policy think, labels its thoughts, and teaches its copy to tell them."""

    def __init__(self, config: ProcessReward, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        self.choices: list[Choice] = []  # on the problems that are held back

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        config = self.config
        views = {index: self.oracle.view(index) for index in indices}
        choices = self.draw(views, config.candidates, config.draws, f"candidates {self.updates}")
        self.begin([each for choice in choices for each in choice.judged])
        lessons = [
            tuple(each for choice in choices if choice.problem == index for each in choice.judged) for index in indices
        ]
        return self.learn(lessons, share)

    def draw(self, views: Mapping[int, View], k: int, draws: int, purpose: str) -> list[Choice]:
        """Candidates about problems, labelled, along chains of right thoughts.

        Args:
            views: of the problems, by their indices.
            k: candidates drawn at a time after the same thoughts; equal ones are one.
            draws: at most, while none is right; then the chain ends.
            purpose: of the draws; keeps their randomness apart from others'.
        """
        going = dict(views)
        tried = dict.fromkeys(going, 0)
        known: dict[tuple[int, int], dict[str, Judged]] = {}  # by problem and step, then by thought
        while going:
            shown = list(going.values())
            self.policy.ledger.open(len(shown))
            rngs = [generator(self.config.seed, view, f"{purpose} {tried[i]}") for i, view in going.items()]
            proposals = self.policy.propose(range(len(shown)), shown, k, self.config.temperature, rngs)
            fresh: list[tuple[int, View, Candidate]] = []
            for (index, view), proposal in zip(going.items(), proposals, strict=True):
                had = known.setdefault((index, len(view.thoughts) + 1), {})
                unique = {each.thought: each for each in proposal.candidates if each.token_ids}
                fresh += [(index, view, each) for thought, each in unique.items() if thought not in had]
            labels = self.label([(index, view, each.thought) for index, view, each in fresh], purpose)
            then: dict[int, View] = {}
            ended: set[int] = set()
            for (index, view, candidate), right in zip(fresh, labels, strict=True):
                if right is None:
                    continue
                step = len(view.thoughts) + 1
                known[index, step][candidate.thought] = self.judged(view, candidate.thought, right, candidate.log_prob)
                if right and index not in then and index not in ended:
                    if closes(view, candidate.thought):
                        ended.add(index)
                    else:
                        then[index] = after(view, candidate.thought)
            for index, view in going.items():
                tried[index] = 0 if index in then else tried[index] + 1
                if index not in then and index not in ended and tried[index] < draws:
                    then[index] = view
            going = then
        return [Choice(index, step, tuple(judged.values())) for (index, step), judged in known.items() if judged]

    def label(self, places: Sequence[tuple[int, View, str]], purpose: str) -> list[bool | None]:
        """Whether thoughts are right, each in a view of a problem; None where nothing tells."""
        if self.config.labels == "check":
            return [_checked(view, thought) for _, view, thought in places]
        ended = [closes(view, thought) for _, view, thought in places]
        found: list[bool | None] = [None] * len(places)
        for place, (problem, view, thought) in enumerate(places):
            if ended[place]:
                found[place] = self.oracle.reward(problem, (*view.thoughts, thought)) == 1
        going = [place for place, over in enumerate(ended) if not over]
        at_once = max(self.config.chains_at_once // self.config.roll_outs, 1)
        for begin in range(0, len(going), at_once):
            some = going[begin : begin + at_once]
            shown = [after(places[place][1], places[place][2]) for place in some]
            rngs = [generator(self.config.seed, view, purpose) for view in shown]
            self.policy.ledger.open(len(some))
            sampled = sample_chains(
                self.policy, range(len(some)), shown, self.config.roll_outs, self.config.temperature, rngs
            )
            for place, view, chains in zip(some, shown, sampled, strict=True):
                found[place] = any(
                    self.oracle.reward(places[place][0], (*view.thoughts, *_thoughts(chain))) == 1 for chain in chains
                )
        return found

    def validate(self) -> dict[str, float]:
        """Measure how well candidates on the problems that are held back are told apart."""
        found = self._measure()
        return {name: found[name] for name in ("auc", "within_auc") if name in found}

    def outcome(self) -> dict[str, float]:
        """See `Learner`: the areas with their intervals."""
        sizes = [(sum(each.right for each in choice.judged), len(choice.judged)) for choice in self.choices]
        counts = {
            "candidates": sum(count for _, count in sizes),
            "pairs": sum(right * (count - right) for right, count in sizes),
        }
        log_probs = np.array([each.log_prob for choice in self.choices for each in choice.judged])
        alone = areas(self.choices, log_probs, self._rng())
        policy = {f"policy_{name}": value for name, value in alone.items() if "step" not in name}
        return {**self._measure(), **policy, **counts, **self.accuracies()}

    def _measure(self) -> dict[str, float]:
        if not self.choices:
            views = {index: self.oracle.view(index) for index in self.held_back}
            self.choices = self.draw(views, self.config.compared, 1, "compare")
        return areas(self.choices, self.log_odds([choice.judged for choice in self.choices]), self._rng())

    def _rng(self) -> np.random.Generator:
        return randomness(self.config.seed, 0, "bootstrap")

    def state(self) -> dict[str, object]:
        """See `Learner`; and what it is measured on, which the policy isn't asked for twice."""
        choices = [(choice.problem, choice.step, [tuple(each) for each in choice.judged]) for choice in self.choices]
        return {**super().state(), "choices": choices}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        if state is not None:
            self.choices = [
                Choice(problem, step, tuple(Judged(*each) for each in judged))
                for problem, step, judged in state["choices"]
            ]
        return super().restore(state)


train = partial(run, _Learner)  # train(config, base, out): see `practice.run`


def areas(choices: Sequence[Choice], scores: NDArray[np.float64], rng: np.random.Generator) -> dict[str, float]:
    """Areas under the ROC curve of candidates' scores, [sum of K] in the order of the choices.

    `auc` is over all candidates, `auc_step_N` over those of the N-th thought, `within_auc` over pairs of a right and a
    wrong candidate after the same thoughts. Each has `_low` and `_high`, 95 % by a bootstrap over problems, and `_n`,
    the problems it is from. One that has no right or no wrong candidate is left out.
    """
    right = np.array([each.right for choice in choices for each in choice.judged], dtype=bool)
    problem = np.array([choice.problem for choice in choices for _ in choice.judged])
    step = np.array([choice.step for choice in choices for _ in choice.judged])
    problems = np.unique(problem)
    draws = rng.multinomial(len(problems), np.full(len(problems), 1 / max(len(problems), 1)), size=BOOTSTRAPS)
    found: dict[str, float] = {}

    def add(name: str, some: NDArray[np.bool_]) -> None:
        of, label, score = np.searchsorted(problems, problem[some]), right[some], scores[some]
        if not label.any() or label.all():
            return
        resampled = [auc(score, label, weights[of]) for weights in draws]
        found.update(interval(name, auc(score, label, np.ones(len(of))), resampled, len(np.unique(of))))

    add("auc", np.ones(len(right), dtype=bool))
    for number in np.unique(step):
        add(f"auc_step_{number}", step == number)
    won, pairs = np.zeros(len(problems)), np.zeros(len(problems))
    begin = 0
    for choice in choices:
        end = begin + len(choice.judged)
        score, label = scores[begin:end], right[begin:end]
        begin = end
        better = score[label][:, None] - score[~label][None, :]
        of = np.searchsorted(problems, choice.problem)
        won[of] += (better > 0).sum() + (better == 0).sum() / 2
        pairs[of] += better.size
    if pairs.any():
        resampled = [float(weights @ won / (weights @ pairs)) if weights @ pairs else np.nan for weights in draws]
        found |= interval("within_auc", float(won.sum() / pairs.sum()), resampled, int((pairs > 0).sum()))
    return found


def _thoughts(chain: Chain) -> tuple[str, ...]:
    return tuple(candidate.thought for candidate in chain.candidates)


def _checked(view: View, thought: str) -> bool | None:
    verdict = get_family(view.question.family).check_thought(view.question, view.thoughts, thought)
    if verdict.correct:
        return True
    return False if verdict.status is Status.INCORRECT else None
