"""Trains a process-reward model: which of a policy's thoughts are right, one by one, without asking a checker.

The policy stays as it is. It thinks about train problems, its thoughts are labelled, and a copy of it learns to tell
the right ones: Lightman et al. 2023, 'Let's Verify Step by Step', but no person labels. A label is what the
family's check says of the thought, or, where there is none, whether any of some roll-outs from there comes to a right
answer (Wang et al. 2024, Math-Shepherd, hard estimation). After right thoughts the policy is asked for candidates until
one is right, so that there are right ones to learn where it is mostly wrong. What comes after a wrong thought is not
asked for: what is estimated is the probability that a thought is right if those before it are, and a chain's is the
product over its thoughts.

The reward is implicit in the copy, see `ImplicitReward`: it is by how much likelier the copy finds a thought than the
policy does. The copy is taught by the cross-entropy of the labels, and to say the right thoughts itself; what was
labelled in the last updates is learned again (replay). So a token that makes a thought wrong is blamed by itself. A
head on the copy's last state, tried before, was at chance within prefixes after as long: the candidates that it has to
tell apart differ in a few digits.

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

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from reasoning_agents.agent import generator
from reasoning_agents.chains import Chain, MeteredModel, after, closes, sample_chains
from reasoning_agents.language_model.implicit_reward import ImplicitReward, ProcessRewardModel
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.sampling import numbers
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.packing import log_probs_of_rows, pack, reads_branches
from reasoning_agents.practice import Learner, Practice, optimizers, places_of_step, randomness, run, validate
from reasoning_agents.roc import BOOTSTRAPS, auc
from reasoning_agents.rollouts import Segment, minibatches, owners_of
from reasoning_gym.family import get_family
from reasoning_gym.problem import Status, View


@dataclass(frozen=True, kw_only=True)
class ProcessReward(Practice):
    """What to train on, for how long, and by which labels."""

    candidates: int = 4  # of a thought, drawn at a time
    draws: int = 4  # of candidates after the same thoughts, at most, while none is right
    temperature: float = 1.0  # of the candidates
    labels: Literal["check", "rollouts"] = "check"  # by the family's check, or by roll-outs and the true reward
    roll_outs: int = 8  # after a thought, at the same temperature
    odds_learning_rate: float = 0.01  # of AdamW, for the two numbers of the odds
    scale: float = 1.0  # of the log-odds, for each nat that the copy finds a thought likelier than the policy does
    likelihood: float = 1.0  # weight of the right thoughts' own negative log-likelihood, in nats a thought
    replay: int = 3  # updates whose thoughts are learned in each
    steps: int = 4  # of the optimizer in an update
    lessons: int = 32  # problems in a step, with all their labelled thoughts
    compared: int = 8  # candidates after the same thoughts, in validation

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Practice`."""
        super().__post_init__()
        counts = ("candidates", "draws", "roll_outs", "replay", "steps", "lessons", "validation_updates")
        self.at_least({**dict.fromkeys(counts, 1), "compared": 2})
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}; greedy chains are all alike, give a positive number")
        if self.keep == "best":
            raise ValueError("keep is 'best', but an area under a curve isn't an accuracy; use keep = 'last'")


class Judged(NamedTuple):
    """A thought in its place with its label."""

    tokens: tuple[int, ...]  # [T], all that is read up to its end
    begin: int  # where the thought's own tokens begin
    log_prob: float  # of the thought by the policy, at temperature 1
    right: bool


Lesson: TypeAlias = tuple[Judged, ...]  # all the labelled thoughts about a problem


class Choice(NamedTuple):
    """Candidates after the same thoughts, all different."""

    problem: int
    step: int  # which thought of the chain they are, from 1
    judged: tuple[Judged, ...]  # [K]


class _Learner(Learner[ProcessReward]):
    """Lets the policy think, labels its thoughts, and teaches its copy to tell them."""

    def __init__(self, config: ProcessReward, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        self.odds = ImplicitReward(config.scale).to(self.model.device)
        self.trained |= {f"odds.{name}": weight for name, weight in self.odds.named_parameters()}
        numbers_too = replace(config, optimizer="adamw", learning_rate=config.odds_learning_rate, weight_decay=0.0)
        self.optimizers += optimizers(dict(self.odds.named_parameters()), numbers_too)
        self.replay: list[list[Lesson]] = []  # of the last updates, the newest last
        self.branches = reads_branches(self.model)
        self.choices: list[Choice] = []  # on the problems that are held back

    def learning_model(self) -> PreTrainedModel:
        """A copy of the policy, which stays as it is."""
        return copy.deepcopy(self.loaded.model)

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        config = self.config
        views = {index: self.oracle.view(index) for index in indices}
        choices = self.draw(views, config.candidates, config.draws, f"candidates {self.updates}")
        found = [each for choice in choices for each in choice.judged]
        if found and self.updates == 0:
            self.odds.fit([each.log_prob for each in found], [each.right for each in found])
        lessons = [
            [each for choice in choices if choice.problem == index for each in choice.judged] for index in indices
        ]
        self.replay = [*self.replay, [tuple(each) for each in lessons if each]][-config.replay :]
        known = [lesson for update in self.replay for lesson in update]
        order = randomness(config.seed, self.updates, "replay").permutation(len(known))
        losses: list[float] = []
        norm = 0.0
        for number in range(config.steps if known else 0):
            batch = [known[place] for place in places_of_step(order, number, config.lessons)]
            losses.append(self._add_gradient(batch))
            norm = self.step(share)
        right = float(np.mean([each.right for each in found])) if found else 0.0
        loss = float(np.mean(losses)) if losses else 0.0
        return {"thoughts": len(found), "right": right, "loss": loss, "gradient_norm": norm}

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
                known[index, step][candidate.thought] = self._read(view, candidate, right=right)
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

    def _read(self, view: View, candidate: Candidate, *, right: bool) -> Judged:
        transcript = self.local.transcript
        before = transcript.ids(view)
        tokens = (*before, *transcript.thought_ids(view, candidate.thought))[: self.local.context]
        return Judged(tokens, min(len(before), len(tokens) - 1), candidate.log_prob, right)

    def _add_gradient(self, batch: Sequence[Lesson]) -> float:
        """Add the gradient of labelled thoughts; their loss."""
        count = sum(map(len, batch))
        loss = 0.0
        for judged, log_probs, tokens in self._read_together(batch):
            self.trained_tokens += tokens
            logits = self.odds(log_probs, self._of_policy(judged))
            right = logits.new_tensor([float(each.right) for each in judged])
            part = functional.binary_cross_entropy_with_logits(logits, right, reduction="sum")
            part = (part - self.config.likelihood * (right * log_probs).sum()) / count
            part.backward()
            loss += float(part.detach())
        return loss

    def _read_together(self, batch: Sequence[Lesson]) -> Iterator[tuple[list[Judged], Tensor, int]]:
        """Thoughts, a minibatch at a time, the log-probabilities that the copy gives them, [N], and the tokens read."""
        lessons = batch if self.branches else [alone for lesson in batch for alone in _without_branches(lesson)]
        rows = [pack([_segment(each) for each in lesson]) for lesson in lessons]
        for some in minibatches(rows, self.config.batch_tokens):
            judged = [each for place in some for each in lessons[place]]
            found = log_probs_of_rows(self.model, [rows[place] for place in some])
            sizes = [len(each.tokens) - each.begin for each in judged]
            parts = torch.split_with_sizes(found, sizes)
            yield judged, torch.stack([part.sum() for part in parts]), sum(len(rows[place].tokens) for place in some)

    def _of_policy(self, judged: Sequence[Judged]) -> Tensor:
        return torch.tensor([each.log_prob for each in judged], device=self.model.device)

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
        return {**self._measure(), **policy, **counts, **self._accuracies()}

    def _accuracies(self) -> dict[str, float]:
        """Greedy accuracy of the policy, and of the copy if it was the policy, on the problems that are held back."""
        copied = LocalModel.of(
            self.loaded._replace(model=self.model), max_thought_tokens=self.config.max_thought_tokens
        )
        models = {"policy_accuracy": self.policy, "copy_accuracy": MeteredModel(copied, self.policy.ledger)}
        return {
            name: validate(model, self.oracle, self.held_back, self.config.chains_at_once)
            for name, model in models.items()
        }

    def _measure(self) -> dict[str, float]:
        if not self.choices:
            views = {index: self.oracle.view(index) for index in self.held_back}
            self.choices = self.draw(views, self.config.compared, 1, "compare")
        scores: dict[int, float] = {}
        with torch.no_grad():
            for judged, log_probs, _ in self._read_together([choice.judged for choice in self.choices]):
                odds = numbers(self.odds(log_probs, self._of_policy(judged)))
                scores.update(zip(map(id, judged), odds, strict=True))
        judged = [each for choice in self.choices for each in choice.judged]
        return areas(self.choices, np.array([scores[id(each)] for each in judged]), self._rng())

    def _rng(self) -> np.random.Generator:
        return randomness(self.config.seed, 0, "bootstrap")

    def state(self) -> dict[str, object]:
        """See `Learner`; what is replayed, and what it is measured on, which the policy isn't asked for twice."""
        choices = [(choice.problem, choice.step, [tuple(each) for each in choice.judged]) for choice in self.choices]
        replay = [[[tuple(each) for each in lesson] for lesson in update] for update in self.replay]
        return {**super().state(), "choices": choices, "replay": replay}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        if state is not None:
            self.choices = [
                Choice(problem, step, tuple(Judged(*each) for each in judged))
                for problem, step, judged in state["choices"]
            ]
            self.replay = [[tuple(Judged(*each) for each in lesson) for lesson in update] for update in state["replay"]]
        return super().restore(state)

    def save(self, folder: Path) -> None:
        """Write the policy with its process-reward model."""
        loaded = self.loaded
        judge = ProcessRewardModel(self.finished(), self.odds)
        self.write(folder, loaded._replace(process_reward=judge))


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
        found.update(_interval(name, auc(score, label, np.ones(len(of))), resampled, len(np.unique(of))))

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
        found |= _interval("within_auc", float(won.sum() / pairs.sum()), resampled, int((pairs > 0).sum()))
    return found


def _interval(name: str, value: float, resampled: Sequence[float], problems: int) -> dict[str, float]:
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return {name: value, f"{name}_low": float(low), f"{name}_high": float(high), f"{name}_n": problems}


def _segment(judged: Judged) -> Segment:
    return Segment(judged.tokens, tuple(range(judged.begin, len(judged.tokens))), ())


def _without_branches(lesson: Lesson) -> list[Lesson]:
    """Its thoughts in parts, in each of which all texts begin the longest."""
    owners = owners_of([each.tokens for each in lesson])
    parts: dict[int, list[Judged]] = {}
    for owner, each in zip(owners, lesson, strict=True):
        parts.setdefault(owner, []).append(each)
    return [tuple(part) for part in parts.values()]


def _thoughts(chain: Chain) -> tuple[str, ...]:
    return tuple(candidate.thought for candidate in chain.candidates)


def _checked(view: View, thought: str) -> bool | None:
    verdict = get_family(view.question.family).check_thought(view.question, view.thoughts, thought)
    if verdict.correct:
        return True
    return False if verdict.status is Status.INCORRECT else None
