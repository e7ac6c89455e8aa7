"""How a judge learns from judged thoughts, wherever they come from: what all that train a process-reward model share.

A copy of the policy learns to tell right thoughts from wrong ones; the policy stays as it is. What is estimated is the
probability that a thought is right if those before it are, and a chain's is the product over its thoughts: Lightman et
al. 2023, 'Let's Verify Step by Step'.

The reward is implicit in the copy, see `ImplicitReward`: it is by how much likelier the copy finds a thought than the
policy does. The copy is taught by the cross-entropy of the labels, and to say the right thoughts itself; what was
labelled in the last updates is learned again (replay). So a token that makes a thought wrong is blamed by itself. A
head on the copy's last state, tried before, was at chance within prefixes after as long: the candidates that it has to
tell apart differ in a few digits.

`JudgeTrainee` is taught lessons. `ChoiceTrainee` takes them from a source of candidates, and is measured on those that
the source holds back; a learner that has its judged thoughts otherwise, as in debates, measures otherwise.

What a search needs of such a model is that it tells the better one of two candidates after the same thoughts.
An area under the ROC curve over all thoughts doesn't say so: late thoughts of long problems are more often
wrong, and it is easy to see that they are late. So both are measured, on problems that are held back.

Figures of an update of a `ChoiceTrainee`, beside those that `practice.run` names:

- `thoughts` labelled; `right`, the share of them that is; `loss`, the mean of both losses, in nats a thought;
  `gradient_norm` before clipping, of the last step
- where it is validated: `auc` over all candidates, `within_auc` over pairs of one right and one wrong candidate after
  the same thoughts

`training.json` has them at the end, as `areas` gives them, and `candidates` and `pairs`, how many they are of.
`policy_auc` and `policy_within_auc` are of the policy's own log-probability, which costs nothing: what a judge has to
be better than. What a source of labels adds to it stands there.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from reasoning_agents.chains import MeteredModel
from reasoning_agents.language_model.implicit_reward import ImplicitReward, ProcessRewardModel
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.sampling import numbers
from reasoning_agents.oracle import Oracle
from reasoning_agents.packing import Row, log_probs_of_rows, pack, reads_branches
from reasoning_agents.practice import (
    Optimization,
    Practice,
    Trainee,
    optimizers,
    places_of_step,
    randomness,
    validate,
)
from reasoning_agents.roc import BOOTSTRAPS, auc, interval
from reasoning_agents.rollouts import Segment, minibatches, owners_of
from reasoning_gym.problem import View


@dataclass(frozen=True, kw_only=True)
class Judging(Optimization):
    """How long to learn from judged thoughts, and how."""

    odds_learning_rate: float = 0.01  # of AdamW, for the two numbers of the odds
    scale: float = 1.0  # of the log-odds, for each nat that the copy finds a thought likelier than the policy does
    likelihood: float = 1.0  # weight of the right thoughts' own negative log-likelihood, in nats a thought
    replay: int = 3  # updates whose thoughts are learned in each
    steps: int = 4  # of the optimizer in an update
    lessons: int = 32  # problems in a step, with all their labelled thoughts

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Optimization`."""
        super().__post_init__()
        self.at_least(dict.fromkeys(("replay", "steps", "lessons", "validation_updates"), 1))


@dataclass(frozen=True, kw_only=True)
class PractisedJudging(Judging, Practice):
    """How to learn from thoughts about train problems that the policy has itself."""

    temperature: float = 1.0  # at which the policy thinks

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Judging` and `Practice`."""
        super().__post_init__()
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


Teaching = TypeVar("Teaching", bound=Judging)


class JudgeTrainee(Trainee[Teaching]):
    """Teaches a copy of the policy to tell right thoughts from wrong ones."""

    def __init__(self, config: Teaching, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        self.odds = ImplicitReward(config.scale).to(self.model.device)
        self.trained |= {f"odds.{name}": weight for name, weight in self.odds.named_parameters()}
        numbers_too = replace(config, optimizer="adamw", learning_rate=config.odds_learning_rate, weight_decay=0.0)
        self.optimizers += optimizers(dict(self.odds.named_parameters()), numbers_too)
        self.replay: list[list[Lesson]] = []  # of the last updates, the newest last
        self.branches = reads_branches(self.model)

    def learning_model(self) -> PreTrainedModel:
        """A copy of the policy, which stays as it is."""
        return copy.deepcopy(self.loaded.model)

    def begin(self, found: Sequence[Judged]) -> None:
        """Let the odds begin as those that suit the first thoughts best."""
        if found and self.updates == 0:
            self.odds.fit([each.log_prob for each in found], [each.right for each in found])

    def teach(self, lessons: Sequence[Lesson], share: float) -> dict[str, float]:
        """Learn from an update's lessons and those before, at this share of the peak rates; the figures."""
        config = self.config
        self.replay = [*self.replay, [lesson for lesson in lessons if lesson]][-config.replay :]
        known = [lesson for update in self.replay for lesson in update]
        order = randomness(config.seed, self.updates, "replay").permutation(len(known))
        losses: list[float] = []
        norm = 0.0
        for number in range(config.steps if known else 0):
            batch = [known[place] for place in places_of_step(order, number, config.lessons)]
            losses.append(self.add_gradient(batch))
            norm = self.step(share)
        labels = [each.right for lesson in lessons for each in lesson]
        right = float(np.mean(labels)) if labels else 0.0
        loss = float(np.mean(losses)) if losses else 0.0
        return {"thoughts": len(labels), "right": right, "loss": loss, "gradient_norm": norm}

    def add_gradient(self, batch: Sequence[Lesson]) -> float:
        """Add the gradient of labelled thoughts; their loss."""
        count = sum(map(len, batch))
        loss = 0.0
        for judged, log_probs, tokens in self.read_together(self.model, batch):
            self.trained_tokens += tokens
            logits = self.odds(log_probs, self.of_policy(judged))
            right = logits.new_tensor([float(each.right) for each in judged])
            part = functional.binary_cross_entropy_with_logits(logits, right, reduction="sum")
            part = (part - self.config.likelihood * (right * log_probs).sum()) / count
            part.backward()
            loss += float(part.detach())
        return loss

    def read_together(
        self, model: PreTrainedModel, batch: Sequence[Lesson]
    ) -> Iterator[tuple[list[Judged], Tensor, int]]:
        """Thoughts, a minibatch at a time, the log-probabilities that a model gives them, [N], and the tokens read."""
        most = self.config.batch_tokens
        together = batch if self.branches else [alone for lesson in batch for alone in _without_branches(lesson)]
        parts = [part for lesson in together if lesson for part in _rows(lesson, most)]
        rows = [row for _, row in parts]
        for some in minibatches(rows, most):
            judged = [each for place in some for each in parts[place][0]]
            found = log_probs_of_rows(model, [rows[place] for place in some])
            pieces = torch.split_with_sizes(found, [len(each.tokens) - each.begin for each in judged])
            yield judged, torch.stack([piece.sum() for piece in pieces]), sum(len(rows[place].tokens) for place in some)

    def of_policy(self, judged: Sequence[Judged]) -> Tensor:
        """The log-probabilities that the policy gives thoughts, [N]."""
        return torch.tensor([each.log_prob for each in judged], device=self.model.device)

    @torch.no_grad()
    def log_probs(self, model: PreTrainedModel, lessons: Sequence[Lesson]) -> tuple[NDArray[np.float64], int]:
        """Log-probabilities of thoughts by a model, [sum of N] in the order of the lessons, and the tokens read."""
        found: dict[int, float] = {}
        read = 0
        for judged, log_probs, tokens in self.read_together(model, lessons):
            found.update(zip(map(id, judged), numbers(log_probs), strict=True))
            read += tokens
        return np.array([found[id(each)] for lesson in lessons for each in lesson], dtype=np.float64), read

    def by_policy(self, lessons: Sequence[Lesson]) -> list[Lesson]:
        """Lessons with the policy's log-probabilities of their thoughts; what it reads counts as read in training."""
        log_probs, tokens = self.log_probs(self.loaded.model, lessons)
        self.trained_tokens += tokens
        each_one = iter(log_probs.tolist())
        return [tuple(each._replace(log_prob=next(each_one)) for each in lesson) for lesson in lessons]

    @torch.no_grad()
    def log_odds(self, lessons: Sequence[Lesson]) -> NDArray[np.float64]:
        """Log-odds that thoughts are right, [sum of N] in the order of the lessons."""
        log_probs = torch.tensor(self.log_probs(self.model, lessons)[0], dtype=torch.float32, device=self.model.device)
        judged = [each for lesson in lessons for each in lesson]
        return numbers(self.odds(log_probs, self.of_policy(judged)))

    def state(self) -> dict[str, object]:
        """See `Trainee`; and what is replayed."""
        replay = [[[tuple(each) for each in lesson] for lesson in update] for update in self.replay]
        return {**super().state(), "replay": replay}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Trainee`."""
        if state is not None:
            self.replay = [[tuple(Judged(*each) for each in lesson) for lesson in update] for update in state["replay"]]
        return super().restore(state)

    def save(self, folder: Path) -> None:
        """Write the policy with its judge, a process-reward model."""
        loaded = self.loaded
        judge = ProcessRewardModel(self.finished(), self.odds)
        self.write(folder, loaded._replace(process_reward=judge))

    def copied(self) -> LocalModel:
        """The copy as a model that thinks itself."""
        copied = self.loaded._replace(model=self.model)
        return LocalModel.of(copied, max_thought_tokens=self.config.max_thought_tokens)


class Choice(NamedTuple):
    """Candidates after the same thoughts, all different."""

    problem: int
    step: int  # which thought of the chain they are, from 1
    judged: tuple[Judged, ...]  # [K]


class Source(Protocol):
    """Where judged thoughts come from."""

    def choices(self, update: int) -> list[Choice]:
        """Those of an update, from 0: a function of the settings and the update's number."""
        ...

    def held_back(self) -> list[Choice]:
        """Those on the problems that are held back, to be measured on."""
        ...

    def costs(self) -> dict[str, int]:
        """What they have cost so far, beside what the policy's ledger says."""
        ...

    def restore(self, costs: Mapping[str, int]) -> None:
        """Take up kept costs."""
        ...

    def outcome(self, copied: LocalModel) -> dict[str, float]:
        """What is to be said of the source at the end, and of the copy if it thinks itself."""
        ...


class ChoiceTrainee(JudgeTrainee[Teaching]):
    """A judge that learns from a source of choices and is measured on those that the source holds back."""

    def __init__(self, config: Teaching, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        self.measured: list[Choice] = []  # on the problems that are held back
        self.source = self.make_source()

    @abstractmethod
    def make_source(self) -> Source:
        """Where the judged thoughts come from."""

    def learn(self, share: float) -> dict[str, float]:
        """See `Trainee`."""
        choices = self.source.choices(self.updates)
        self.begin([each for choice in choices for each in choice.judged])
        return self.teach(lessons_of(choices), share)

    def validate(self) -> dict[str, float]:
        """Measure how well candidates on the problems that are held back are told apart."""
        found = self._measure()
        return {name: found[name] for name in ("auc", "within_auc") if name in found}

    def outcome(self) -> dict[str, float]:
        """See `Trainee`: the areas with their intervals, and what the source adds."""
        measured = self._measure()
        sizes = [(sum(each.right for each in choice.judged), len(choice.judged)) for choice in self.measured]
        counts = {
            "candidates": sum(count for _, count in sizes),
            "pairs": sum(right * (count - right) for right, count in sizes),
        }
        log_probs = np.array([each.log_prob for choice in self.measured for each in choice.judged])
        alone = areas(self.measured, log_probs, self._rng())
        policy = {f"policy_{name}": value for name, value in alone.items() if "step" not in name}
        return {**measured, **policy, **counts, **self.source.outcome(self.copied())}

    def _measure(self) -> dict[str, float]:
        self.measured = self.measured or self.source.held_back()
        return areas(self.measured, self.log_odds([choice.judged for choice in self.measured]), self._rng())

    def _rng(self) -> np.random.Generator:
        return randomness(self.config.seed, 0, "bootstrap")

    def costs(self) -> dict[str, int]:
        """What the run has cost so far."""
        return {**super().costs(), **self.source.costs()}

    def state(self) -> dict[str, object]:
        """See `JudgeTrainee`; and what it is measured on, which the policy isn't asked for twice."""
        choices = [(choice.problem, choice.step, [tuple(each) for each in choice.judged]) for choice in self.measured]
        return {**super().state(), "choices": choices}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `JudgeTrainee`."""
        if state is not None:
            self.measured = [
                Choice(problem, step, tuple(Judged(*each) for each in judged))
                for problem, step, judged in state["choices"]
            ]
            self.source.restore(state["costs"])
        return super().restore(state)


def judged_of(local: LocalModel, view: View, thought: str, *, right: bool, log_prob: float = 0.0) -> Judged:
    """A thought after a view, with its label and the policy's log-probability; what its context doesn't hold is cut."""
    before = local.transcript.ids(view)
    tokens = (*before, *local.transcript.thought_ids(view, thought))[: local.context]
    return Judged(tokens, min(len(before), len(tokens) - 1), log_prob, right)


def lessons_of(choices: Sequence[Choice]) -> list[Lesson]:
    """Choices by problem, in the order in which the problems come first."""
    found: dict[int, list[Judged]] = {}
    for choice in choices:
        found.setdefault(choice.problem, []).extend(choice.judged)
    return [tuple(judged) for judged in found.values()]


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


def accuracies(
    policy: MeteredModel, copied: LocalModel, oracle: Oracle, indices: Sequence[int], at_once: int
) -> dict[str, float]:
    """Greedy accuracy of a policy, and of the judge's copy if it was the policy, on problems by their indices."""
    models = {"policy_accuracy": policy, "copy_accuracy": MeteredModel(copied, policy.ledger)}
    return {name: validate(model, oracle, indices, at_once) for name, model in models.items()}


def _rows(lesson: Lesson, most: int) -> list[tuple[Lesson, Row]]:
    """A lesson as a row of at most so many tokens, or, where one is longer, as several; a thought is never cut."""
    row = pack([_segment(each) for each in lesson])
    if len(row.tokens) <= most or len(lesson) == 1:
        return [(lesson, row)]
    half = len(lesson) // 2
    return _rows(lesson[:half], most) + _rows(lesson[half:], most)


def _segment(judged: Judged) -> Segment:
    return Segment(judged.tokens, tuple(range(judged.begin, len(judged.tokens))), ())


def _without_branches(lesson: Lesson) -> list[Lesson]:
    """Its thoughts in parts, in each of which all texts begin the longest."""
    owners = owners_of([each.tokens for each in lesson])
    parts: dict[int, list[Judged]] = {}
    for owner, each in zip(owners, lesson, strict=True):
        parts.setdefault(owner, []).append(each)
    return [tuple(part) for part in parts.values()]
