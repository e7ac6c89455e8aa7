"""Trains a language model by the checker's reward alone: group-relative policy gradients, GRPO and RLOO.

For each problem a group of chains is sampled; a chain that is paid more than the others of its group
becomes likelier, one that is paid less becomes less likely. GRPO: Shao et al. 2024 (DeepSeekMath),
section 4.1; RLOO: Ahmadian et al. 2024, section 3; clipping that is wider above than below: Yu et al.
2025 (DAPO), section 3.1; what a length does to the loss: Liu et al. 2025 (Dr. GRPO), section 3.

An update is a function of the weights, the optimizer's state, the seed and the update's number, so on
CPU a run that was killed and taken up again ends with the same weights to the bit.
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import math
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import AdamW, Optimizer
from transformers import PreTrainedModel

from reasoning_agents.agent import Cost, Ledger
from reasoning_agents.chains import Chain, MeteredModel, roll_out
from reasoning_agents.language_model.loading import Loaded, load, save, torch_dtype
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.learning import (
    CHECKPOINT,
    MODEL,
    TRAINING,
    CPUClock,
    Log,
    Progress,
    Watch,
    claim,
    load_checkpoint,
    save_checkpoint,
    weights_hash,
    write_json,
)
from reasoning_agents.muon import Muon
from reasoning_agents.oracle import Oracle
from reasoning_agents.rollouts import Group, Segment, log_probs_of, minibatches, reward_of, sample_groups, segments
from reasoning_gym.env import reasoning_env

Weights: TypeAlias = dict[str, Tensor]  # the trained parameters by their names
_DRAWS = 100  # problems that are looked at for one that is trained on


@dataclass(frozen=True, slots=True)
class GRPO:
    """What to train on, for how long, and how."""

    env: str  # a Gymnasium id; its train problems
    levels: tuple[int, ...]  # to draw problems from
    updates: int  # in all; a fixed number, never a time
    prompts: int = 64  # problems in an update, all different
    samples: int = 8  # chains for each of them
    chains_at_once: int = 512  # sampled together; bounds the memory
    temperature: float = 1.0  # that chains are sampled at, and that log-probabilities are taken at
    max_thoughts: int = 32  # in an episode
    max_thought_chars: int = 200  # in a thought; a longer one isn't paid
    max_thought_tokens: int = 96  # a thought is cut off there
    advantage: Literal["grpo", "rloo"] = "grpo"  # reward less the mean of its group, or less the mean of the others
    scale: Literal["std", "none"] = "std"  # whether advantages are divided by the group's standard deviation
    std_floor: float = 0.1  # added to that standard deviation
    loss_mean: Literal["token", "sequence", "constant"] = "token"  # over tokens; chains, then tokens; see `constant`
    constant: int = 100  # tokens that a chain counts as with loss_mean = "constant", however many it has
    epochs: int = 1  # steps of the optimizer on each update's chains
    clip_low: float = 0.2  # a ratio below 1 less this gets no gradient downwards
    clip_high: float = 0.28  # a ratio above 1 plus this gets no gradient upwards
    kl: float = 0.0  # weight of the divergence from the base
    optimizer: Literal["adamw", "muon"] = "adamw"  # muon: for the matrices of the blocks; the rest by AdamW
    learning_rate: float = 1e-4  # of AdamW, at its peak
    matrix_learning_rate: float = 1e-3  # of Muon, at its peak
    warm_up: int = 5  # updates over which the learning rates rise
    final_rate: float = 1.0  # the share of the peak rate that is left at the end, after a straight line
    betas: tuple[float, float] = (0.9, 0.95)  # of AdamW
    momentum: float = 0.95  # of Muon
    weight_decay: float = 0.0
    gradient_clip: float = 1.0  # largest norm of the gradient
    batch_tokens: int = 8192  # in a forward pass of training, padding included; bounds the memory
    validation_updates: int = 0  # updates between two validations; 0 for none
    validation_problems: int = 200  # train problems that are held back for it; greedy
    keep: Literal["last", "best"] = "last"  # which weights are saved: the last, or those that validated best
    lora_rank: int = 0  # of adapters that are trained instead of the weights; 0 for none
    lora_alpha: float = 16.0  # adapters are multiplied by this over their rank
    device: str = "cpu"
    dtype: str = "float32"  # of weights in training
    saved_dtype: str = "float16"  # of weights as they are saved
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be trained.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        least = {
            "updates": 1,
            "prompts": 1,
            "samples": 2,
            "epochs": 1,
            "constant": 1,
            "batch_tokens": 1,
            "chains_at_once": 1,
        }
        least |= {"validation_updates": 0, "validation_problems": 1, "lora_rank": 0, "warm_up": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least {bound}")
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature is {self.temperature}; greedy chains are all alike, give a positive number")
        if self.keep == "best" and not self.validation_updates:
            raise ValueError("keep is 'best' but nothing is validated; set validation_updates, or keep = 'last'")


class Lesson(NamedTuple):
    """A piece of a chain with what is to be made of it."""

    segment: Segment
    advantage: float  # of its chain, and so of each of its tokens
    weight: float  # of each of its sampled tokens in the loss


def train(
    config: GRPO,
    base: str | Path,
    out: Path,
    *,
    watch: Watch | None = None,
    checkpoint_updates: int = 10,
    stop_after_updates: int | None = None,
) -> Path:
    """Train a model from a base, or go on where a killed run stopped, and save it; returns its folder.

    A finished model is returned as it is. The log has a line an update, and so does each call of
    `watch` (its figures are those of the line):

    - `update`, from 1; `cpu_seconds` so far; `rate`, the learning rates' share of their peak
    - `reward`, the mean; `unreadable`, the share of chains without an answer; `tokens`, sampled in a chain
    - `no_gradient`, the share of groups whose chains were all paid the same
    - `entropy`, nats a token, estimated by the sampled ones
    - `loss`; `gradient_norm` before clipping; `kl`, the divergence from the base in nats a token, where it has a weight
    - `drift`, the largest difference of a token's log-probability in sampling and in training
    - `ratio_low`, `ratio_high`, `clipped`: the least and largest ratio and the share of tokens whose ratio was clipped,
      where there is more than one epoch
    - `validation` and `validation_n`: greedy accuracy after the update, where it was validated

    `training.json` has what it cost: `tokens` sampled (those of validation too), `trained_tokens` read in training
    (a chain's question too, and again in each epoch), `forward_passes` of sampling, `updates`, `oracle_calls`
    and `cpu_seconds`.

    Args:
        config: what to train.
        base: the folder of the model that training begins with, or its Hugging Face id.
        out: the folder of the run.
        watch: called after each update.
        checkpoint_updates: updates between two checkpoints.
        stop_after_updates: stop there, as if killed; for tests.

    Raises:
        ValueError: if `out` holds a run of another configuration or base, or training diverges.
        FileNotFoundError: if there is no such base.
        ModuleNotFoundError: if `lora_rank` is set and peft isn't installed.
    """
    folder = out / MODEL
    loaded = load(base, device=config.device, dtype=config.dtype)
    claim(out, config, base=weights_hash(loaded.model))
    if folder.exists():
        return folder
    learner = _Learner(config, loaded)
    spent = learner.restore(load_checkpoint(out))
    clock, log = CPUClock(spent), Log(out, learner.updates)
    for done in range(1, config.updates - learner.updates + 1):
        began, tokens = time.monotonic(), learner.tokens
        figures = {**learner.update(), "cpu_seconds": round(clock.seconds, 1)}
        log.append(figures)
        if watch is not None:
            speed = (learner.tokens - tokens) / (time.monotonic() - began)
            watch(Progress(learner.updates, config.updates, figures, speed))
        if stop_after_updates is not None and done >= stop_after_updates:
            return folder
        if learner.updates % checkpoint_updates == 0:
            save_checkpoint(out, {**learner.state(), "cpu_seconds": clock.seconds})
    write_json(out / TRAINING, {**learner.costs(), "cpu_seconds": round(clock.seconds, 1)})
    save(folder, learner.finished(), loaded.tokenizer, loaded.prompt, dtype=torch_dtype(config.saved_dtype))
    (out / CHECKPOINT).unlink(missing_ok=True)
    return folder


class _Learner:
    """A run: the model that is sampled and trained in place, and all that an update changes."""

    def __init__(self, config: GRPO, loaded: Loaded) -> None:
        self.config = config
        self.oracle = make_oracle(config)
        self.reference = _frozen(loaded.model) if config.kl else None
        self.adapted = adapt(loaded.model, config) if config.lora_rank else None
        self.model = loaded.model
        local = LocalModel(
            loaded.model, loaded.tokenizer, prompt=loaded.prompt, max_thought_tokens=config.max_thought_tokens
        )
        self.local = local
        self.policy = MeteredModel(local, Ledger())
        self.trained = {name: weight for name, weight in loaded.model.named_parameters() if weight.requires_grad}
        self.optimizers = optimizers(self.trained, config)
        self.held_back = range(config.validation_problems if config.validation_updates else 0)
        self.reserved = {self.oracle.view(index).question.text for index in self.held_back}
        self.updates = 0  # done
        self.trained_tokens = 0
        self.best: tuple[float, Weights] | None = None  # accuracy in validation, and the weights

    @property
    def tokens(self) -> int:
        """Tokens sampled and trained on so far."""
        return self.policy.ledger.total.tokens + self.trained_tokens

    def update(self) -> dict[str, float]:
        """Sample, learn, and validate where it is due; the figures."""
        config = self.config
        groups = self._sample()
        taught = lessons(groups, config)
        share = rate(self.updates, config)
        figures = {"update": self.updates + 1, "rate": share, **group_figures(groups)}
        figures |= learn(self.model, self.trained, self.optimizers, taught, share, config, self.reference)
        self.trained_tokens += config.epochs * sum(len(lesson.segment.tokens) for lesson in taught)
        self.updates += 1
        if self.held_back and (self.updates % config.validation_updates == 0 or self.updates == config.updates):
            figures |= self._validate()
        return figures

    def _sample(self) -> list[Group]:
        config = self.config
        self.local.forget()
        indices = draw_problems(self.oracle, config, self.updates, self.reserved)
        at_once = max(config.chains_at_once // config.samples, 1)
        groups: list[Group] = []
        for begin in range(0, len(indices), at_once):
            some = indices[begin : begin + at_once]
            rngs = [randomness(config.seed, self.updates, index) for index in some]
            groups += sample_groups(self.policy, self.oracle, some, config.samples, config.temperature, rngs)
        return groups

    def _validate(self) -> dict[str, float]:
        self.local.forget()
        accuracy = validate(self.policy, self.oracle, self.held_back, self.config.chains_at_once)
        if self.config.keep == "best" and (self.best is None or accuracy > self.best[0]):
            self.best = accuracy, _copy(self.trained)
        return {"validation": accuracy, "validation_n": len(self.held_back)}

    def costs(self) -> dict[str, int]:
        """What the run has cost so far."""
        total = self.policy.ledger.total
        return {
            "tokens": total.tokens,
            "trained_tokens": self.trained_tokens,
            "forward_passes": total.forward_passes,
            "updates": self.updates,
            "oracle_calls": self.oracle.calls,
        }

    def state(self) -> dict[str, object]:
        """All that an update changes."""
        states = [optimizer.state_dict() for optimizer in self.optimizers]
        return {"weights": _copy(self.trained), "optimizers": states, "best": self.best, "costs": self.costs()}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """Take up a kept state, if there is one; the CPU seconds that it had taken."""
        if state is None:
            return 0.0
        _write(self.trained, state["weights"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.best = state["best"]
        costs = state["costs"]
        self.updates, self.trained_tokens = costs["updates"], costs["trained_tokens"]
        self.oracle.calls = costs["oracle_calls"]
        self.policy.ledger.total.add(Cost(costs["tokens"], forward_passes=costs["forward_passes"]))
        return float(state["cpu_seconds"])

    def finished(self) -> PreTrainedModel:
        """The model to save, its adapters added to its weights. The learner is of no use afterwards."""
        if self.best is not None:
            _write(self.trained, self.best[1])
        return self.model if self.adapted is None else cast("PreTrainedModel", self.adapted.merge_and_unload())


def make_oracle(config: GRPO) -> Oracle:
    """The rewards of the train problems of an environment, within the configuration's limits."""
    given: dict[str, Any] = {
        "levels": list(config.levels),
        "split": "train",
        "max_thoughts": config.max_thoughts,
        "max_thought_chars": config.max_thought_chars,
    }
    env = reasoning_env(gym.make(config.env, **given))
    return Oracle(env.mix, env.limits)


def randomness(seed: int, update: int, purpose: int | str) -> np.random.Generator:
    """The randomness of one thing in one update: a function of its arguments alone."""
    digest = hashlib.sha256(f"grpo/{seed}/{update}/{purpose}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest)))


def draw_problems(oracle: Oracle, config: GRPO, update: int, reserved: Set[str]) -> list[int]:
    """The problems of an update by their indices: different questions, none of which is among those reserved texts.

    Raises:
        ValueError: if there aren't so many.
    """
    rng = randomness(config.seed, update, "problems")
    found: dict[str, int] = {}
    for _ in range(_DRAWS * config.prompts):
        index = int(rng.integers(oracle.mix.size))
        text = oracle.view(index).question.text
        if text not in reserved:
            found.setdefault(text, index)
        if len(found) == config.prompts:
            return list(found.values())
    raise ValueError(
        f"only {len(found)} different questions were found beside the {len(reserved)} that are held back, but an "
        f"update takes {config.prompts}; give fewer prompts or validation_problems, or more levels"
    )


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
        norm = float(torch.nn.utils.clip_grad_norm_(trained.values(), config.gradient_clip))
        if not math.isfinite(norm):
            raise ValueError(f"the gradient's norm is {norm}; lower the learning rate, or use dtype float32")
        for optimizer in chosen:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * share
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
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
        "tokens": float(np.mean([rollout.chain.tokens for rollout in rollouts])),
        "entropy": -float(np.mean(drawn)),
    }


def validate(policy: MeteredModel, oracle: Oracle, indices: Sequence[int], batch: int) -> float:
    """Greedy accuracy on train problems by their indices, `batch` at a time."""
    right = 0.0
    for begin in range(0, len(indices), batch):
        some = indices[begin : begin + batch]
        views = [oracle.view(index) for index in some]
        policy.ledger.open(len(views))
        rngs = [np.random.default_rng(0)] * len(views)  # greedy: nothing is drawn
        chains = roll_out(policy, range(len(views)), views, 0.0, rngs)
        right += sum(reward_of(oracle, index, chain) for index, chain in zip(some, chains, strict=True))
    return right / len(indices)


def optimizers(trained: Mapping[str, Tensor], config: GRPO) -> list[Optimizer]:
    """The optimizers of the trained parameters; each group of theirs keeps its peak rate."""
    matrices = [
        weight
        for name, weight in trained.items()
        if config.optimizer == "muon" and weight.ndim == 2 and "embed" not in name and "lm_head" not in name
    ]
    chosen = {id(weight) for weight in matrices}
    rest = [weight for weight in trained.values() if id(weight) not in chosen]
    found: list[Optimizer] = []
    if rest:
        found.append(AdamW(rest, lr=config.learning_rate, betas=config.betas, weight_decay=config.weight_decay))
    if matrices:
        rate = config.matrix_learning_rate
        found.append(Muon(matrices, lr=rate, momentum=config.momentum, weight_decay=config.weight_decay))
    for optimizer in found:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return found


def rate(update: int, config: GRPO) -> float:
    """The learning rates' share of their peak in an update, from 0: linear warm-up, then a straight line."""
    if update < config.warm_up:
        return (update + 1) / (config.warm_up + 1)
    progress = (update - config.warm_up) / max(config.updates - config.warm_up, 1)
    return 1 + (config.final_rate - 1) * progress


def adapt(model: PreTrainedModel, config: GRPO) -> Any:
    """Put adapters into all linear layers of a model, in place; what peft makes of it (Hu et al. 2022, LoRA).

    Raises:
        ModuleNotFoundError: if peft isn't installed.
    """
    try:
        peft = cast("Any", importlib.import_module("peft"))
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"lora_rank is {config.lora_rank} but peft isn't installed; pip install 'reasoning-gymnasium[lora]'"
        ) from error
    settings = peft.LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    untyped = cast("Any", torch)
    with untyped.random.fork_rng(devices=[]):  # what is drawn elsewhere stays as it was
        untyped.manual_seed(config.seed)
        return peft.get_peft_model(model, settings)


def _frozen(model: PreTrainedModel) -> PreTrainedModel:
    """A copy that isn't trained."""
    return cast("PreTrainedModel", cast("Any", copy.deepcopy(model)).requires_grad_(False))


def _copy(weights: Mapping[str, Tensor]) -> Weights:
    return {name: weight.detach().clone() for name, weight in weights.items()}


@torch.no_grad()
def _write(weights: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    for name, weight in weights.items():
        weight.copy_(values[name])
