"""How a copy of a policy learns to tell right thoughts from wrong ones: what learners of such judges share.

The policy stays as it is. The reward is implicit in the copy, see `ImplicitReward`: it is by how much likelier the copy
finds a thought than the policy does. The copy is taught by the cross-entropy of the labels, and to say the right
thoughts itself; what was labelled in the last updates is learned again (replay). So a token that makes a thought wrong
is blamed by itself. What is estimated is the probability that a thought is right if those before it are.

A learner says which thoughts, and by whom they are labelled.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

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
from reasoning_agents.packing import log_probs_of_rows, pack, reads_branches
from reasoning_agents.practice import Learner, Practice, optimizers, places_of_step, randomness, validate
from reasoning_agents.rollouts import Segment, minibatches, owners_of
from reasoning_gym.problem import View


@dataclass(frozen=True, kw_only=True)
class Judging(Practice):
    """What all learners of a judge are told: how a copy of the policy learns from labelled thoughts."""

    temperature: float = 1.0  # at which the policy thinks
    odds_learning_rate: float = 0.01  # of AdamW, for the two numbers of the odds
    scale: float = 1.0  # of the log-odds, for each nat that the copy finds a thought likelier than the policy does
    likelihood: float = 1.0  # weight of the right thoughts' own negative log-likelihood, in nats a thought
    replay: int = 3  # updates whose thoughts are learned in each
    steps: int = 4  # of the optimizer in an update
    lessons: int = 32  # problems in a step, with all their labelled thoughts

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Practice`."""
        super().__post_init__()
        self.at_least(dict.fromkeys(("replay", "steps", "lessons", "validation_updates"), 1))
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

Settings = TypeVar("Settings", bound=Judging)


class JudgeLearner(Learner[Settings]):
    """Teaches a copy of the policy to tell right thoughts from wrong ones."""

    def __init__(self, config: Settings, loaded: Loaded) -> None:
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

    def judged(self, view: View, thought: str, right: bool, log_prob: float = 0.0) -> Judged:
        """A thought after a view, as the copy reads it, with its label and the policy's log-probability."""
        transcript = self.local.transcript
        before = transcript.ids(view)
        tokens = (*before, *transcript.thought_ids(view, thought))[: self.local.context]
        return Judged(tokens, min(len(before), len(tokens) - 1), log_prob, right)

    def begin(self, found: Sequence[Judged]) -> None:
        """Let the odds begin as those that suit the first thoughts best."""
        if found and self.updates == 0:
            self.odds.fit([each.log_prob for each in found], [each.right for each in found])

    def learn(self, lessons: Sequence[Lesson], share: float) -> dict[str, float]:
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
        lessons = batch if self.branches else [alone for lesson in batch for alone in _without_branches(lesson)]
        rows = [pack([_segment(each) for each in lesson]) for lesson in lessons]
        for some in minibatches(rows, self.config.batch_tokens):
            judged = [each for place in some for each in lessons[place]]
            found = log_probs_of_rows(model, [rows[place] for place in some])
            sizes = [len(each.tokens) - each.begin for each in judged]
            parts = torch.split_with_sizes(found, sizes)
            yield judged, torch.stack([part.sum() for part in parts]), sum(len(rows[place].tokens) for place in some)

    def of_policy(self, judged: Sequence[Judged]) -> Tensor:
        """Log-probabilities of thoughts by the policy, [N]."""
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

    def accuracies(self) -> dict[str, float]:
        """Greedy accuracy of the policy, and of the copy if it was the policy, on the problems that are held back."""
        copied = LocalModel.of(
            self.loaded._replace(model=self.model), max_thought_tokens=self.config.max_thought_tokens
        )
        models = {"policy_accuracy": self.policy, "copy_accuracy": MeteredModel(copied, self.policy.ledger)}
        return {
            name: validate(model, self.oracle, self.held_back, self.config.chains_at_once)
            for name, model in models.items()
        }

    def state(self) -> dict[str, object]:
        """See `Learner`; and what is replayed."""
        replay = [[[tuple(each) for each in lesson] for lesson in update] for update in self.replay]
        return {**super().state(), "replay": replay}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Learner`."""
        if state is not None:
            self.replay = [[tuple(Judged(*each) for each in lesson) for lesson in update] for update in state["replay"]]
        return super().restore(state)

    def save(self, folder: Path) -> None:
        """Write the policy with its judge, a process-reward model."""
        loaded = self.loaded
        judge = ProcessRewardModel(self.finished(), self.odds)
        self.write(folder, loaded._replace(process_reward=judge))


def _segment(judged: Judged) -> Segment:
    return Segment(judged.tokens, tuple(range(judged.begin, len(judged.tokens))), ())


def _without_branches(lesson: Lesson) -> list[Lesson]:
    """Its thoughts in parts, in each of which all texts begin the longest."""
    owners = owners_of([each.tokens for each in lesson])
    parts: dict[int, list[Judged]] = {}
    for owner, each in zip(owners, lesson, strict=True):
        parts.setdefault(owner, []).append(each)
    return [tuple(part) for part in parts.values()]
