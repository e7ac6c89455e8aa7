"""How a language model learns in updates, and from its own thinking: what learners by practice share.

A trainee's weights are changed in updates. A learner is a trainee that lets the model think about train problems,
and learns by what the oracle pays. An update is a function of the weights, the optimizer's state, the seed and the
update's number, so on CPU a run that was killed and taken up again ends with the same weights to the bit.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, cast

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import AdamW, Optimizer
from transformers import PreTrainedModel

from reasoning_agents.agent import Cost, Ledger
from reasoning_agents.chains import Chain, MeteredModel, roll_out, sample_chains
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
from reasoning_agents.rollouts import reward_of
from reasoning_gym.env import reasoning_env

Weights: TypeAlias = dict[str, Tensor]  # the trained parameters by their names
_NO_MATRICES = ("embed", "lm_head", "value_head")  # names of weights of two axes that AdamW trains all the same
_DRAWS = 100  # problems that are looked at for one that is trained on


@dataclass(frozen=True, kw_only=True)
class Optimization:
    """How a model's weights are changed, and for how long."""

    updates: int  # in all; a fixed number, never a time
    prompts: int = 64  # problems in an update, all different
    max_thought_tokens: int = 96  # a longer thought is cut off there; a given one is left out
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
        self.at_least({"updates": 1, "prompts": 1, "batch_tokens": 1, "max_thought_tokens": 1})
        self.at_least({"validation_updates": 0, "lora_rank": 0, "warm_up": 0})

    def at_least(self, bounds: Mapping[str, int]) -> None:
        """Refuse fields that are smaller than their bounds.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        for name, bound in bounds.items():
            if getattr(self, name) < bound:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least {bound}")

    def facts(self) -> dict[str, str]:
        """What else decides the result, such as a hash of a file that is named; by default nothing.

        Raises:
            ValueError: if a file can't be read.
        """
        return {}


@dataclass(frozen=True, kw_only=True)
class Practice(Optimization):
    """What all learners by practice are told: which problems, for how long, and how weights are changed."""

    env: str  # a Gymnasium id; its train problems
    levels: tuple[int, ...]  # to draw problems from
    chains_at_once: int = 512  # sampled together; bounds the memory
    max_thoughts: int = 32  # in an episode
    max_thought_chars: int = 200  # in a thought; a longer one isn't paid
    validation_problems: int = 200  # train problems that are held back for it; greedy
    keep: Literal["last", "best"] = "last"  # which weights are saved: the last, or those that validated best

    def __post_init__(self) -> None:
        """Refuse what can't be trained; see `Optimization`."""
        super().__post_init__()
        self.at_least({"chains_at_once": 1, "validation_problems": 1})
        if self.keep == "best" and not self.validation_updates:
            raise ValueError("keep is 'best' but nothing is validated; set validation_updates, or keep = 'last'")


Changes = TypeVar("Changes", bound=Optimization)
Settings = TypeVar("Settings", bound=Practice)


class Trainee(ABC, Generic[Changes]):
    """A run: the model that is trained in place, and all that an update changes."""

    def __init__(self, config: Changes, loaded: Loaded) -> None:
        self.config = config
        self.loaded = loaded
        self.model = self.learning_model()
        self.adapted = adapt(self.model, config) if config.lora_rank else None
        self.local = LocalModel.of(loaded, max_thought_tokens=config.max_thought_tokens)
        self.policy = MeteredModel(self.local, Ledger())
        self.trained = {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}
        self.optimizers = optimizers(self.trained, config)
        self.updates = 0  # done
        self.trained_tokens = 0
        self.best: tuple[float, Weights] | None = None  # accuracy in validation, and the weights

    def learning_model(self) -> PreTrainedModel:
        """The model that is trained: by default the one that thinks."""
        return self.loaded.model

    @abstractmethod
    def learn(self, share: float) -> dict[str, float]:
        """Learn, at this share of the peak rates; the figures. Counts the tokens it has trained on."""

    @abstractmethod
    def validate(self) -> dict[str, float]:
        """Measure the model on problems that are held back; the figures."""

    @property
    def tokens(self) -> int:
        """Tokens sampled and trained on so far."""
        return self.policy.ledger.total.tokens + self.trained_tokens

    def update(self) -> dict[str, float]:
        """Learn, and validate where it is due; the figures."""
        config = self.config
        self.local.forget()
        share = rate(self.updates, config)
        figures = {"update": self.updates + 1, "rate": share, **self.learn(share)}
        figures["tokens"] = self.policy.ledger.total.tokens
        self.updates += 1
        every = config.validation_updates
        if every and (self.updates % every == 0 or self.updates == config.updates):
            figures |= self.validate()
        return figures

    def step(self, share: float) -> float:
        """Change the weights by the gradient that is there, at this share of the peak rates; its norm before clipping.

        Raises:
            ValueError: if the gradient isn't finite.
        """
        return take_step(self.trained, self.optimizers, share, self.config.gradient_clip)

    def costs(self) -> dict[str, int]:
        """What the run has cost so far."""
        total = self.policy.ledger.total
        return {
            "tokens": total.tokens,
            "trained_tokens": self.trained_tokens,
            "forward_passes": total.forward_passes,
            "simulations": total.simulations,
            "updates": self.updates,
        }

    def state(self) -> dict[str, object]:
        """All that an update changes."""
        states = [optimizer.state_dict() for optimizer in self.optimizers]
        return {"weights": copy_of(self.trained), "optimizers": states, "best": self.best, "costs": self.costs()}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """Take up a kept state, if there is one; the CPU seconds that it had taken."""
        if state is None:
            return 0.0
        write(self.trained, state["weights"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.best = state["best"]
        costs = state["costs"]
        self.updates, self.trained_tokens = costs["updates"], costs["trained_tokens"]
        spent = Cost(costs["tokens"], forward_passes=costs["forward_passes"], simulations=costs["simulations"])
        self.policy.ledger.total.add(spent)
        return float(state["cpu_seconds"])

    def outcome(self) -> dict[str, float]:
        """What the training came to, beside its costs; by default nothing."""
        return {}

    def save(self, folder: Path) -> None:
        """Write what was trained. The learner is of no use afterwards."""
        self.write(folder, self.loaded._replace(model=self.finished()))

    def write(self, folder: Path, loaded: Loaded) -> None:
        """Write models as the settings say."""
        model, tokenizer, prompt, value_head, process_reward = loaded
        dtype = torch_dtype(self.config.saved_dtype)
        save(folder, model, tokenizer, prompt, dtype=dtype, value_head=value_head, process_reward=process_reward)

    def finished(self) -> PreTrainedModel:
        """The trained model, its adapters added to its weights."""
        if self.best is not None:
            write(self.trained, self.best[1])
        return self.model if self.adapted is None else cast("PreTrainedModel", self.adapted.merge_and_unload())


class Learner(Trainee[Settings]):
    """A trainee that thinks about train problems itself, and asks the oracle what its thoughts are worth."""

    def __init__(self, config: Settings, loaded: Loaded) -> None:
        super().__init__(config, loaded)
        self.oracle = make_oracle(config)
        self.held_back = range(config.validation_problems if config.validation_updates else 0)
        self.reserved = texts_of(self.oracle, self.held_back)

    @abstractmethod
    def practise(self, indices: Sequence[int], share: float) -> dict[str, float]:
        """Think about the problems at these indices, and learn, at this share of the peak rates; the figures.

        Counts the tokens it has trained on.
        """

    def learn(self, share: float) -> dict[str, float]:
        """Think about problems that are drawn, and learn."""
        return self.practise(draw_problems(self.oracle, self.config, self.updates, self.reserved), share)

    def validate(self) -> dict[str, float]:
        """Measure greedy accuracy on the problems that are held back, and keep the weights if they are the best."""
        self.local.forget()
        accuracy = validate(self.policy, self.oracle, self.held_back, self.config.chains_at_once)
        if self.config.keep == "best" and (self.best is None or accuracy >= self.best[0]):  # of equal ones the last
            self.best = accuracy, copy_of(self.trained)
        return {"validation": accuracy, "validation_n": len(self.held_back)}

    def costs(self) -> dict[str, int]:
        """What the run has cost so far."""
        return {**super().costs(), "oracle_calls": self.oracle.calls}

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """See `Trainee`."""
        if state is not None:
            self.oracle.calls = state["costs"]["oracle_calls"]
        return super().restore(state)


def run(
    kind: type[Trainee[Changes]],
    config: Changes,
    base: str | Path,
    out: Path,
    *,
    watch: Watch | None = None,
    checkpoint_updates: int = 10,
    stop_after_updates: int | None = None,
) -> Path:
    """Train a model from a base, or go on where a killed run stopped, and save it; returns its folder.

    A finished model is returned as it is. The log has a line an update, and so does each call of
    `watch` (its figures are those of the line); before them, where there is validation, one of update 0 with the
    base's. Of every learner these are:

    - `update`, from 1; `tokens` sampled and `cpu_seconds` so far; `rate`, the learning rates' share of their peak
    - `validation` and `validation_n`: greedy accuracy after the update, where it was validated

    `training.json` has what it cost: `tokens` sampled (those of validation too), `trained_tokens` read in training
    (a chain's question too, and again in each epoch), `forward_passes` and `simulations` of thinking, `updates`,
    `cpu_seconds`, and `oracle_calls` of a learner that has an oracle.

    Args:
        kind: the learner.
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
    claim(out, config, base=weights_hash(loaded.model), **config.facts())
    if folder.exists():
        return folder
    learner = kind(config, loaded)
    clock = CPUClock(learner.restore(load_checkpoint(out)))
    log = _open_log(learner, out, clock)
    for done in range(1, config.updates - learner.updates + 1):
        _update(learner, log, clock, watch)
        if stop_after_updates is not None and done >= stop_after_updates:
            return folder
        if learner.updates % checkpoint_updates == 0:
            save_checkpoint(out, {**learner.state(), "cpu_seconds": clock.seconds})
    _finish(learner, out, clock)
    return folder


def _open_log(learner: Trainee[Any], out: Path, clock: CPUClock) -> Log:
    """The log up to the updates that are done; a new one begins with how the base validates, if anything is."""
    validated = bool(learner.config.validation_updates)
    if learner.updates:
        return Log(out, learner.updates + validated)
    log = Log(out)
    if validated:
        figures = {"update": 0, **learner.validate()}
        log.append({**figures, "tokens": learner.costs()["tokens"], "cpu_seconds": round(clock.seconds, 1)})
    return log


def _update(learner: Trainee[Any], log: Log, clock: CPUClock, watch: Watch | None) -> None:
    """Take an update, log it, and tell who watches."""
    began, tokens = time.monotonic(), learner.tokens
    figures = {**learner.update(), "cpu_seconds": round(clock.seconds, 1)}
    log.append(figures)
    if watch is not None:
        speed = (learner.tokens - tokens) / (time.monotonic() - began)
        watch(Progress(learner.updates, learner.config.updates, figures, speed))


def _finish(learner: Trainee[Any], out: Path, clock: CPUClock) -> None:
    """Write what the run cost and came to, and then the model, which says that it is finished."""
    came_to = learner.outcome()
    write_json(out / TRAINING, {**learner.costs(), "cpu_seconds": round(clock.seconds, 1), **came_to})
    learner.save(out / MODEL)
    (out / CHECKPOINT).unlink(missing_ok=True)


class Asked(Protocol):
    """Which train problems a learner's settings ask for, and within which limits."""

    @property
    def env(self) -> str:
        """A Gymnasium id."""
        ...

    @property
    def levels(self) -> tuple[int, ...]:
        """To draw problems from."""
        ...

    @property
    def max_thoughts(self) -> int:
        """In an episode."""
        ...

    @property
    def max_thought_chars(self) -> int:
        """In a thought."""
        ...


def make_environment(asked: Asked) -> gym.Env[Any, Any]:
    """The environment of the train problems that settings ask for."""
    given: dict[str, Any] = {
        "levels": list(asked.levels),
        "split": "train",
        "max_thoughts": asked.max_thoughts,
        "max_thought_chars": asked.max_thought_chars,
    }
    return gym.make(asked.env, **given)


def make_oracle(asked: Asked) -> Oracle:
    """The rewards of the train problems that settings ask for."""
    env = reasoning_env(make_environment(asked))
    return Oracle(env.mix, env.limits)


def texts_of(oracle: Oracle, indices: Iterable[int]) -> set[str]:
    """What the problems at these indices ask."""
    return {oracle.view(index).question.text for index in indices}


def randomness(seed: int, update: int, purpose: int | str) -> np.random.Generator:
    """The randomness of one thing in one update: a function of its arguments alone."""
    digest = hashlib.sha256(f"grpo/{seed}/{update}/{purpose}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest)))


def places_of_step(order: NDArray[np.int64], step: int, count: int) -> list[int]:
    """The places that a step draws of what is replayed: the next `count` of an order that begins again, each once."""
    return list(dict.fromkeys(int(order[(step * count + i) % len(order)]) for i in range(count)))


def chains_about(
    learner: Learner[Any], model: MeteredModel, indices: Sequence[int], k: int, temperature: float, purpose: str
) -> list[list[Chain]]:
    """K chains of a model about each of B problems of a learner, [B][K]; `purpose` keeps their randomness apart."""
    config: Practice = learner.config
    at_once = max(config.chains_at_once // k, 1)
    found: list[list[Chain]] = []
    for begin in range(0, len(indices), at_once):
        some = indices[begin : begin + at_once]
        views = [learner.oracle.view(index) for index in some]
        model.ledger.open(len(views))
        rngs = [randomness(config.seed, index, purpose) for index in some]
        found += sample_chains(model, range(len(views)), views, k, temperature, rngs)
    return found


def draw_problems(oracle: Oracle, config: Practice, update: int, reserved: Set[str]) -> list[int]:
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


def optimizers(trained: Mapping[str, Tensor], config: Optimization) -> list[Optimizer]:
    """The optimizers of the trained parameters; each group of theirs keeps its peak rate."""
    matrices = [
        weight
        for name, weight in trained.items()
        if config.optimizer == "muon"
        and weight.ndim == 2
        and not any(part in name for part in ("embed", "lm_head", "value_head"))
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


def rate(update: int, config: Optimization) -> float:
    """The learning rates' share of their peak in an update, from 0: linear warm-up, then a straight line."""
    if update < config.warm_up:
        return (update + 1) / (config.warm_up + 1)
    progress = (update - config.warm_up) / max(config.updates - config.warm_up, 1)
    return 1 + (config.final_rate - 1) * progress


def adapt(model: PreTrainedModel, config: Optimization) -> Any:
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


def take_step(trained: Mapping[str, Tensor], chosen: Sequence[Optimizer], share: float, clip: float) -> float:
    """Clip the gradient to a norm and let the optimizers take a step; its norm before.

    Raises:
        ValueError: if the gradient isn't finite.
    """
    norm = float(torch.nn.utils.clip_grad_norm_(trained.values(), clip))
    if not math.isfinite(norm):
        raise ValueError(f"the gradient's norm is {norm}; lower the learning rate, or use dtype float32")
    for optimizer in chosen:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * share
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return norm


def copy_of(weights: Mapping[str, Tensor]) -> Weights:
    """The values of weights, apart from them."""
    return {name: weight.detach().clone() for name, weight in weights.items()}


@torch.no_grad()
def write(weights: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    """Put values into weights."""
    for name, weight in weights.items():
        weight.copy_(values[name])
