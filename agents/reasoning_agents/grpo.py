"""Trains a language model by the checker's reward alone: group-relative policy gradients, GRPO and RLOO.

For each problem a group of chains is sampled; a chain that is paid more than the others of its group
becomes likelier, one that is paid less becomes less likely. GRPO: Shao et al. 2024 (DeepSeekMath),
section 4.1; RLOO: Ahmadian et al. 2024, section 3; clipping that is wider above than below: Yu et al.
2025 (DAPO), section 3.1; what a length does to the loss: Liu et al. 2025 (Dr. GRPO), section 3.

An update is a function of the weights, the optimizer's state, the seed and the update's number, so on
CPU a run that was killed and taken up again ends with the same weights to the bit.

Figures of an update, beside those that `practice.run` names:

- `reward`, the mean; `unreadable`, the share of chains without an answer; `length`, tokens in a chain
- `no_gradient`, the share of groups whose chains were all paid the same
- `entropy`, nats a token, estimated by the sampled ones
- `loss`; `gradient_norm` before clipping; `kl`, the divergence from the base in nats a token, where it has a weight
- `drift`, the largest difference of a token's log-probability in sampling and in training
- `ratio_low`, `ratio_high`, `clipped`: the least and largest ratio and the share of tokens whose ratio was clipped,
  where there is more than one epoch
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer
from transformers import PreTrainedModel

from reasoning_agents.chains import Chain
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.practice import Learner, Practice, randomness, run, take_step
from reasoning_agents.rollouts import Group, Segment, log_probs_of, minibatches, sample_groups, segments


@dataclass(frozen=True, kw_only=True)
class GRPO(Practice):
    """What to train on, for how long, and how."""

    samples: int = 8  # chains for each problem
    temperature: float = 1.0  # that chains are sampled at, and that log-probabilities are taken at
    advantage: Literal["grpo", "rloo"] = "grpo"  # reward less the mean of its group, or less the mean of the others
    scale: Literal["std", "none"] = "std"  # whether advantages are divided by the group's standard deviation
    std_floor: float = 0.1  # added to that standard deviation
    loss_mean: Literal["token", "sequence", "constant"] = "token"  # over tokens; chains, then tokens; see `constant`
    constant: int = 100  # tokens that a chain counts as with loss_mean = "constant", however many it has
    epochs: int = 1  # steps of the optimizer on each update's chains
    clip_low: float = 0.2  # a ratio below 1 less this gets no gradient downwards
    clip_high: float = 0.28  # a ratio above 1 plus this gets no gradient upwards
    kl: float = 0.0  # weight of the divergence from the base

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Practice`."""
        super().__post_init__()
        self.at_least({"samples": 2, "epochs": 1, "constant": 1})
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature is {self.temperature}; greedy chains are all alike, give a positive number")


class Lesson(NamedTuple):
    """A piece of a chain with what is to be made of it."""

    segment: Segment
    advantage: float  # of its chain, and so of each of its tokens
    weight: float  # of each of its sampled tokens in the loss


Settings = TypeVar("Settings", bound=GRPO)


class GroupLearner(Learner[Settings]):
    """Samples a group of chains for each problem, and makes the better ones of each group likelier."""

    def __init__(self, config: Settings, loaded: Loaded) -> None:
        self.reference = _frozen(loaded.model) if config.kl else None  # before adapters are put in
        super().__init__(config, loaded)

    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """See `Learner`."""
        return self.learn_from(self.sample(indices), share)

    def learn_from(self, groups: Sequence[Group], share: float) -> dict[str, float]:
        """Make the chains that were paid more than their group likelier; the figures."""
        taught = lessons(groups, self.config)
        figures = group_figures(groups)
        figures |= learn(self.model, self.trained, self.optimizers, taught, share, self.config, self.reference)
        self.trained_tokens += self.config.epochs * sum(len(lesson.segment.tokens) for lesson in taught)
        return figures

    def sample(self, indices: Sequence[int]) -> list[Group]:
        """A group of chains for each of these problems, with what the oracle pays them."""
        config = self.config
        at_once = max(config.chains_at_once // config.samples, 1)
        groups: list[Group] = []
        for begin in range(0, len(indices), at_once):
            some = indices[begin : begin + at_once]
            rngs = [randomness(config.seed, self.updates, index) for index in some]
            groups += sample_groups(self.policy, self.oracle, some, config.samples, config.temperature, rngs)
        return groups


train = partial(run, GroupLearner[GRPO])  # train(config, base, out): see `practice.run`


def advantages(rewards: NDArray[np.float64], config: GRPO) -> NDArray[np.float64]:
    """By how much each of B groups' K chains was paid more than its group, [B, K] from rewards [B, K].

    Exactly 0 where a group's chains were all paid the same.
    """
    better: NDArray[np.float64] = rewards - rewards.mean(axis=1, keepdims=True)
    if config.advantage == "rloo":  # less the mean of the others
        better *= rewards.shape[1] / (rewards.shape[1] - 1)
    if config.scale == "std":
        better /= rewards.std(axis=1, keepdims=True) + config.std_floor
    return better


def lessons(groups: Sequence[Group], config: GRPO) -> list[Lesson]:
    """What is to be learned from groups of chains; equal pieces that were paid alike are one, with their joint weight.

    A group without an advantage is left out, unless a divergence from the base is to be kept small.
    "token" and "sequence" are means over the chains that are left, "constant" is one over all chains,
    since otherwise the gradient would not be that of the expected reward.
    """
    rewards = np.array([[rollout.reward for rollout in group.rollouts] for group in groups])
    chains: list[tuple[Chain, float]] = []
    for group, row in zip(groups, advantages(rewards, config), strict=True):
        if config.kl or row.any():
            chains += [(rollout.chain, float(value)) for rollout, value in zip(group.rollouts, row, strict=True)]
    weights = token_weights([chain.tokens for chain, _ in chains], rewards.size, config)
    joint: dict[tuple[Segment, float], float] = {}
    for (chain, advantage), weight in zip(chains, weights, strict=True):
        for segment in segments(chain):
            joint[segment, advantage] = joint.get((segment, advantage), 0.0) + weight
    return [Lesson(segment, advantage, weight) for (segment, advantage), weight in joint.items()]


def token_weights(lengths: Sequence[int], chains: int, config: GRPO) -> list[float]:
    """The weight of each token of the chains that are trained on, by the chains' sampled tokens; `chains` in all."""
    if config.loss_mean == "token":
        return [1 / max(sum(lengths), 1)] * len(lengths)
    if config.loss_mean == "sequence":
        return [1 / (len(lengths) * max(length, 1)) for length in lengths]
    return [1 / (chains * config.constant)] * len(lengths)


def surrogate(ratio: Tensor, advantage: Tensor, config: GRPO) -> Tensor:
    """What each token gains, [N]: the clipped objective of Schulman et al. 2017, equation 7, with DAPO's two ranges."""
    clipped = ratio.clamp(1 - config.clip_low, 1 + config.clip_high)
    return torch.minimum(ratio * advantage, clipped * advantage)


def divergence(log_probs: Tensor, reference: Tensor) -> Tensor:
    """Kullback-Leibler divergence from a reference, estimated for each sampled token, [N], never below 0.

    Schulman 2020, "Approximating KL divergence", the estimator k3; DeepSeekMath, equation 4.
    """
    difference = reference - log_probs
    return difference.exp() - difference - 1


def learn(
    model: PreTrainedModel,
    trained: Mapping[str, Tensor],
    chosen: Sequence[Optimizer],
    taught: Sequence[Lesson],
    share: float,
    config: GRPO,
    reference: PreTrainedModel | None = None,
) -> dict[str, float]:
    """One step of the optimizers in each epoch, at this share of their peak rates; the figures.

    The old log-probabilities of the ratio are those of the first epoch, so that there it is exactly 1.

    Raises:
        ValueError: if the gradient isn't finite.
    """
    if not taught:
        return {"loss": 0.0, "gradient_norm": 0.0}
    batches = list(minibatches([lesson.segment for lesson in taught], config.batch_tokens))
    passes = [_Pass(model, [taught[place] for place in batch], config, reference) for batch in batches]
    norm = 0.0
    for _ in range(config.epochs):
        for each in passes:
            cast("Any", each.loss()).backward()
        norm = take_step(trained, chosen, share, config.gradient_clip)
    return {"gradient_norm": norm, **_pass_figures(passes, config)}


class _Pass:
    """A minibatch of an update, with what is kept of it from one epoch to the next."""

    def __init__(
        self, model: PreTrainedModel, taught: Sequence[Lesson], config: GRPO, reference: PreTrainedModel | None
    ) -> None:
        self.model = model
        self.config = config
        self.batch = [lesson.segment for lesson in taught]
        counts = torch.tensor([len(segment.sampled) for segment in self.batch])

        def by_token(values: Sequence[float]) -> Tensor:
            return torch.tensor(values).repeat_interleave(counts).to(model.device)

        self.advantage = by_token([lesson.advantage for lesson in taught])  # [N]
        self.weight = by_token([lesson.weight for lesson in taught])  # [N]
        self.drawn = torch.tensor([each for segment in self.batch for each in segment.log_probs])  # [N]
        self.old: Tensor | None = None  # [N]
        self.reference: Tensor | None = None  # [N]
        if reference is not None:
            with torch.no_grad():
                self.reference = log_probs_of(reference, self.batch, config.temperature)
        self.figures: dict[str, float] = {}

    def loss(self) -> Tensor:
        """This minibatch's share of the loss."""
        log_probs = log_probs_of(self.model, self.batch, self.config.temperature)
        if self.old is None:
            self.old = log_probs.detach()
        ratio = (log_probs - self.old).exp()
        loss = -(self.weight * surrogate(ratio, self.advantage, self.config)).sum()
        kl = torch.zeros(())
        if self.reference is not None:
            apart = divergence(log_probs, self.reference)
            loss = loss + self.config.kl * (self.weight * apart).sum()
            kl = apart.detach().sum()
        self._note(loss.detach(), ratio.detach(), kl, log_probs.detach())
        return loss

    def _note(self, loss: Tensor, ratio: Tensor, kl: Tensor, log_probs: Tensor) -> None:
        outside = (ratio < 1 - self.config.clip_low) | (ratio > 1 + self.config.clip_high)
        drift = self.figures.get("drift", float((log_probs.cpu() - self.drawn).abs().max()))  # in the first epoch
        self.figures = {
            "drift": drift,
            "count": len(self.drawn),
            "loss": float(loss),
            "kl": float(kl),
            "ratio_low": float(ratio.min()),
            "ratio_high": float(ratio.max()),
            "clipped": float(outside.sum()),
        }


def _pass_figures(passes: Sequence[_Pass], config: GRPO) -> dict[str, float]:
    """The figures of all minibatches of an update together, in its last epoch."""
    found = {name: [each.figures[name] for each in passes] for name in passes[0].figures}
    count = sum(found["count"])
    figures = {"loss": sum(found["loss"]), "drift": max(found["drift"])}
    if config.kl:
        figures["kl"] = sum(found["kl"]) / count
    if config.epochs > 1:
        figures |= {"ratio_low": min(found["ratio_low"]), "ratio_high": max(found["ratio_high"])}
        figures["clipped"] = sum(found["clipped"]) / count
    return figures


def group_figures(groups: Sequence[Group]) -> dict[str, float]:
    """What groups of chains come to."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    flat = [len({rollout.reward for rollout in group.rollouts}) == 1 for group in groups]
    candidates = [candidate for rollout in rollouts for candidate in rollout.chain.candidates]
    drawn = [log_prob for candidate in candidates for log_prob in candidate.drawn_log_probs]
    return {
        "reward": float(np.mean([rollout.reward for rollout in rollouts])),
        "unreadable": float(np.mean([rollout.unreadable for rollout in rollouts])),
        "no_gradient": float(np.mean(flat)),
        "length": float(np.mean([rollout.chain.tokens for rollout in rollouts])),
        "entropy": -float(np.mean(drawn)),
    }


def _frozen(model: PreTrainedModel) -> PreTrainedModel:
    """A copy that isn't trained."""
    return cast("PreTrainedModel", cast("Any", copy.deepcopy(model)).requires_grad_(False))
