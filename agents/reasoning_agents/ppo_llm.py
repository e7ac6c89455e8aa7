"""PPO-LLM: stable-baselines3's PPO (Schulman et al. 2017), unmodified, on a language model's whole thoughts.

A step of the environment is a thought, so generalised advantages run across the thoughts of an episode, and
the only reward is the environment's own. Train problems alone are stepped; those that progress is measured on
are train problems too, which training never asks. On CPU a seed gives the same weights to the bit, also when
the run was killed and taken up again: checkpoints are taken between rollouts, where little state is left.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, TensorBoardOutputFormat
from stable_baselines3.common.type_aliases import RolloutBufferSamples
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import Tensor

from reasoning_agents.agent import Cost, Ledger
from reasoning_agents.chains import MeteredModel
from reasoning_agents.language_model.loading import save, torch_dtype
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.learning import (
    CHECKPOINT,
    MODEL,
    TRAINING,
    CPUClock,
    Figures,
    Log,
    Progress,
    Watch,
    claim,
    load_checkpoint,
    save_checkpoint,
    weights_hash,
    write_json,
)
from reasoning_agents.oracle import Oracle
from reasoning_agents.practice import make_environment, make_oracle, validate
from reasoning_agents.thought_policy import SharedAdam, Thinking, ThoughtPolicy
from reasoning_agents.training_env import ModelThoughts, TrainProblems
from reasoning_gym.problem import Status

_VALIDATED_AT_ONCE = 256  # problems


@dataclass(frozen=True, slots=True)
class PPOLLM:
    """What to train on, and how."""

    env: str  # a Gymnasium id; always its train split
    levels: tuple[int, ...]  # that problems are drawn from
    thoughts: int  # to step in all; a fixed number, never a time, and a multiple of a rollout's
    max_thoughts: int = 32  # in an episode
    max_thought_chars: int = 200  # in a thought
    max_thought_tokens: int = 96  # in a thought, what ends it included
    max_question_tokens: int = 512  # in a prompt; bounds the observations
    environments: int = 64  # that are stepped at once
    rollout: int = 32  # thoughts in each environment between two updates
    minibatch: int = 256  # thoughts in a step of the optimizer
    epochs: int = 2  # passes over a rollout
    learning_rate: float = 1e-4  # of Adam, at its peak, in the beginning
    value_learning_rate: float = 3e-3  # of the value head, which begins at nothing and has to follow
    final_rate: float = 0.1  # the share of both rates that is left at the end; they fall in a line
    clip_range: float = 0.2  # how far the probability of a whole thought may move from the sampler's, as a ratio
    discount: float = 1.0  # a thought
    gae_lambda: float = 0.95  # of generalised advantages (Schulman et al. 2016), across thoughts
    value_coefficient: float = 0.5  # of the value head's squared error in the loss
    kl: float = 0.0  # coefficient of the divergence from the base, summed over a thought's tokens
    clip: float = 1.0  # largest norm of the gradient
    target_kl: float | None = None  # an update ends where the policy has moved half as much again from the sampler
    temperature: float = 1.0  # of the thoughts that are sampled
    limits_end: bool = True  # an episode that ran out of thoughts earned 0, as it will when measured; else bootstrap
    value_warm_up: int = 1  # rollouts in which only the value head learns
    validation_updates: int = 5  # rollouts between two measurements of greedy accuracy; there is one at the end too
    validation_problems: int = 200  # the first of the train split, which are never trained on
    keep: Literal["best", "last"] = "best"  # which of the measured policies is saved
    seed: int = 0  # of the problems, the thoughts and the minibatches
    device: str = "cpu"  # of the model
    dtype: str = "float32"  # of the model's weights

    def __post_init__(self) -> None:
        """Refuse what can't be trained.

        Raises:
            ValueError: for a number out of range; says what to use.
        """
        for name in ("environments", "rollout", "epochs", "validation_updates", "validation_problems"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        size = self.environments * self.rollout
        if not 2 <= self.minibatch <= size or size % self.minibatch:
            raise ValueError(f"minibatch is {self.minibatch}; use a divisor of environments times rollout, {size}")
        if self.thoughts < size or self.thoughts % size:
            raise ValueError(f"thoughts is {self.thoughts}; use a multiple of environments times rollout, {size}")

    @property
    def updates(self) -> int:
        """Rollouts in all, with an update after each."""
        return self.thoughts // (self.environments * self.rollout)


class ThoughtBuffer(RolloutBuffer):
    """A rollout whose minibatches are drawn from the seed and the number of the draw, and from nothing global.

    They are made of what whole environments thought, one after the other: the thoughts of an episode stay
    together, so that the policy reads the episode once for all of them.
    """

    def __init__(self, *arguments: Any, seed: int = 0, **options: Any) -> None:
        construct = cast("Callable[..., None]", cast("Any", super()).__init__)  # its spaces are untyped upstream
        construct(*arguments, **options)
        self.seed = seed
        self.draws = 0  # orders that were drawn
        self.minibatches = 0  # that were handed out since `count_anew`
        self.silent = 0  # of them, those in which all advantages are equal, so that they give the policy no gradient

    def count_anew(self) -> None:
        """Begin to count minibatches; `reset` comes too early, before the last update was looked at."""
        self.minibatches = self.silent = 0

    def get(self, batch_size: int | None = None) -> Generator[RolloutBufferSamples]:
        """The whole rollout in minibatches, once."""
        size = self.buffer_size * self.n_envs
        if not self.generator_ready:
            for name in ("observations", "actions", "values", "log_probs", "advantages", "returns"):
                setattr(self, name, self.swap_and_flatten(getattr(self, name)))
            self.generator_ready = True
        environments = np.random.default_rng([self.seed, self.draws]).permutation(self.n_envs)
        order = (environments[:, None] * self.buffer_size + np.arange(self.buffer_size)).ravel()
        self.draws += 1
        step = batch_size or size
        for start in range(0, size, step):
            chosen = order[start : start + step]
            self.minibatches += 1
            self.silent += bool(np.ptp(self.advantages[chosen]) < 1e-6)
            yield self._get_samples(chosen)


def train(
    config: PPOLLM,
    base: str | Path,
    out: Path,
    *,
    watch: Watch | None = None,
    tensorboard: Path | None = None,
    checkpoint_updates: int = 1,
    stop_after: int | None = None,
) -> Path:
    """Train a model by PPO, or go on where a killed run stopped, and save it; returns its folder.

    A finished model is returned as it is. The log has a line an update, and before them one with the base's
    accuracy. The saved folder is one that `LocalModel` loads, with its value head.

    Args:
        config: what to train on, and how.
        base: the model to begin with, a folder or a Hugging Face id.
        out: the folder of the run.
        watch: called after each update; its figures are those of the log.
        tensorboard: a folder for stable-baselines3's own figures, in TensorBoard's format.
        checkpoint_updates: updates between two checkpoints.
        stop_after: updates after which to stop, as if killed; for tests.

    Raises:
        ValueError: if `out` holds a run of another configuration or base, or a question is too long.
        FileNotFoundError: if there is no such base.
    """
    folder = out / MODEL
    start = LocalModel.load(base, device=config.device, dtype=config.dtype)
    claim(out, config, base=weights_hash(start.model, start.value_head))
    if folder.exists():
        return folder
    oracle, held_out = _validation(config)
    algorithm = make_algorithm(config, base, make_environments(config, start, held_out))
    del start
    writers = [] if tensorboard is None else [TensorBoardOutputFormat(str(tensorboard))]
    algorithm.set_logger(Logger(None, cast("Any", writers)))
    run = _Run(config, oracle, out, watch, checkpoint_updates, stop_after)
    run.restore(algorithm)
    learn = cast("Callable[..., object]", cast("Any", algorithm).learn)  # its callbacks are untyped upstream
    learn(config.thoughts - run.stepped, run, reset_num_timesteps=False)
    algorithm.logger.close()
    if run.stopping:
        return folder
    policy = cast("ThoughtPolicy", algorithm.policy)
    if run.best is not None:
        policy.load_state_dict(run.best)
    write_json(out / TRAINING, {**run.costs(), "validation": run.best_accuracy})
    dtype = torch_dtype(config.dtype)
    save(folder, policy.model, policy.tokenizer, policy.prompt, dtype=dtype, value_head=policy.value_head)
    (out / CHECKPOINT).unlink(missing_ok=True)
    return folder


def make_environments(config: PPOLLM, model: LocalModel, held_out: frozenset[str]) -> DummyVecEnv:
    """The environments that are stepped: train problems without those held out, as the model reads them."""

    def make(number: int) -> gym.Env[Any, Any]:
        env = ModelThoughts(
            make_environment(config),
            model.tokenizer,
            model.transcript.prompt,
            model.stops,
            model.context,
            config.max_question_tokens,
            config.max_thought_tokens,
        )
        return TrainProblems(env, (config.seed, number), held_out, config.limits_end)

    return DummyVecEnv([partial(make, number) for number in range(config.environments)])


def make_algorithm(config: PPOLLM, base: str | Path, environments: DummyVecEnv) -> PPO:
    """PPO of stable-baselines3 with a `ThoughtPolicy`."""
    thinking = Thinking(
        base=str(base),
        max_thought_tokens=config.max_thought_tokens,
        temperature=config.temperature,
        to_base=config.kl > 0,
        seed=config.seed,
        device=config.device,
        dtype=config.dtype,
    )
    return PPO(
        ThoughtPolicy,
        environments,
        learning_rate=rate(config),
        n_steps=config.rollout,
        batch_size=config.minibatch,
        n_epochs=config.epochs,
        gamma=config.discount,
        gae_lambda=config.gae_lambda,
        clip_range=config.clip_range,
        ent_coef=config.kl,
        vf_coef=config.value_coefficient,
        max_grad_norm=config.clip,
        target_kl=config.target_kl,
        rollout_buffer_class=ThoughtBuffer,
        rollout_buffer_kwargs={"seed": config.seed},
        policy_kwargs={
            "thinking": thinking,
            "optimizer_class": SharedAdam,
            "optimizer_kwargs": {"eps": 1e-5, "value_share": config.value_learning_rate / config.learning_rate},
        },
        device=config.device,
    )


def rate(config: PPOLLM) -> Callable[[float], float]:
    """The learning rate as a function of the share of the training that is left."""
    return lambda left: config.learning_rate * (config.final_rate + (1 - config.final_rate) * left)


def _validation(config: PPOLLM) -> tuple[Oracle, frozenset[str]]:
    """The oracle of the problems that progress is measured on, and their statements."""
    oracle = make_oracle(config)
    if config.validation_problems >= oracle.mix.size:
        raise ValueError(f"validation_problems is {config.validation_problems} of {oracle.mix.size}; use fewer")
    views = map(oracle.view, range(config.validation_problems))
    return oracle, frozenset(each.question.statement for each in views)


@dataclass(slots=True)
class _Tally:
    """What the thoughts of a rollout came to."""

    thoughts: int = 0
    episodes: int = 0  # that ended
    right: int = 0
    statuses: dict[str, int] = field(default_factory=dict[str, int])  # of the verdicts
    cut_off: int = 0  # that ran out of thoughts or characters
    reward: float = 0.0  # in all

    def add(self, rewards: NDArray[np.float32], infos: Sequence[Mapping[str, Any]]) -> None:
        """Count a thought in each environment."""
        self.thoughts += len(infos)
        self.reward += float(rewards.sum())
        for info in infos:
            if "verdict" in info:
                status = info["verdict"].status
                self.episodes += 1
                self.right += status is Status.CORRECT
                self.statuses[status] = self.statuses.get(status, 0) + 1
                self.cut_off += "truncated_because" in info

    def figures(self) -> dict[str, float]:
        """Shares of the episodes that ended; none where none did."""
        if not self.episodes:
            return {}
        return {
            "reward": self.right / self.episodes,
            "unreadable": self.statuses.get(Status.UNREADABLE, 0) / self.episodes,
            "cut_off": self.cut_off / self.episodes,
            "thoughts_an_episode": self.thoughts / self.episodes,
        }


class _Run(BaseCallback):
    """What happens between rollouts: figures, measurements, checkpoints."""

    def __init__(
        self,
        config: PPOLLM,
        oracle: Oracle,
        out: Path,
        watch: Watch | None,
        checkpoint_updates: int,
        stop_after: int | None,
    ) -> None:
        super().__init__()
        self.config = config
        self.oracle = oracle
        self.out = out
        self.watch = watch
        self.checkpoint_updates = checkpoint_updates
        self.stop_after = stop_after
        self.stopping = False
        self.update = 0  # updates done
        self.first_update = 0  # of this process
        self.best: dict[str, Tensor] | None = None  # weights that measured best, where they are wanted
        self.best_accuracy = -1.0
        self.tally = _Tally()
        self.clock = CPUClock()
        self.time = time.monotonic()
        self.tokens = 0  # sampled and read, when the clock of the update began

    @property
    def policy(self) -> ThoughtPolicy:
        """The policy that is trained."""
        return cast("ThoughtPolicy", self.model.policy)

    @property
    def buffer(self) -> ThoughtBuffer:
        """The rollout."""
        return cast("ThoughtBuffer", cast("PPO", self.model).rollout_buffer)

    @property
    def stepped(self) -> int:
        """Thoughts that the updates so far were made of."""
        return self.update * self.config.environments * self.config.rollout

    def restore(self, algorithm: PPO) -> None:
        """Put everything where the last checkpoint left it, or where a run begins."""
        state = load_checkpoint(self.out)
        policy, untyped = cast("ThoughtPolicy", algorithm.policy), cast("Any", algorithm)
        practices = cast("list[TrainProblems]", cast("DummyVecEnv", algorithm.env).envs)
        if state is None:
            self.log = Log(self.out)
            observations = [practice.reset()[0] for practice in practices]
            starts = [True] * len(practices)
        else:
            policy.load_state_dict(state["policy"])
            policy.optimizer.load_state_dict(state["optimizer"])
            policy.calls, policy.cost = state["calls"], Cost(**state["cost"])
            cast("ThoughtBuffer", algorithm.rollout_buffer).draws = state["draws"]
            self.update = self.first_update = state["update"]
            algorithm.num_timesteps, untyped._n_updates = self.stepped, state["epochs"]
            self.best, self.best_accuracy = state["best"], state["best_accuracy"]
            self.clock = CPUClock(state["cpu_seconds"])
            self.log = Log(self.out, state["lines"])
            observations = [
                practice.go_on(progress) for practice, progress in zip(practices, state["environments"], strict=True)
            ]
            starts = state["starts"]
        untyped._last_obs = np.stack(observations)
        untyped._last_episode_starts = np.array(starts)
        self.tokens = self._all_tokens(policy)

    def costs(self) -> dict[str, float]:
        """What the run has cost: tokens sampled, tokens read, forward passes of one sequence, CPU seconds, updates."""
        cost = self.policy.cost
        return {
            "tokens": cost.tokens,
            "tokens_read": cost.prompt_tokens,
            "forward_passes": cost.forward_passes,
            "cpu_seconds": round(self.clock.seconds, 1),
            "updates": self.update,
            "thoughts": self.stepped,
        }

    def _on_rollout_start(self) -> None:
        """Finish the update that came before; then begin a rollout, with nothing that a checkpoint doesn't keep."""
        if self.tally.thoughts:
            self._finish_update()
        elif self.update == 0:
            self._append({"update": 0, **self._measure(), **self.costs()})
        self.policy.only_value = self.update < self.config.value_warm_up
        self.policy.local.refresh()  # what it has read isn't in the checkpoint, and rounds otherwise
        self.buffer.count_anew()
        self.tally = _Tally()

    def _on_step(self) -> bool:
        self.tally.add(self.locals["rewards"], self.locals["infos"])
        return not self.stopping

    def _on_rollout_end(self) -> None:
        """Hand the figures of the rollout to stable-baselines3's logger."""
        for name, value in self.tally.figures().items():
            self.logger.record(f"rollout/{name}", value)

    def _on_training_end(self) -> None:
        if self.tally.thoughts and not self.stopping:
            self._finish_update()

    def _finish_update(self) -> None:
        self.update += 1
        now, tokens = time.monotonic(), self._all_tokens(self.policy)
        speed = (tokens - self.tokens) / max(now - self.time, 1e-9)
        figures = {"update": self.update, **self.tally.figures(), **self._learned(), "tokens_per_second": speed}
        if self.update % self.config.validation_updates == 0 or self.update == self.config.updates:
            figures.update(self._measure())
        self._append({**figures, **self.costs()})
        if self.watch is not None:
            self.watch(Progress(self.stepped, self.config.thoughts, figures, speed))
        self.stopping = self.stop_after is not None and self.update - self.first_update >= self.stop_after
        if self.update % self.checkpoint_updates == 0 or self.update == self.config.updates:
            self._save()
        self.time, self.tokens = time.monotonic(), self._all_tokens(self.policy)

    def _learned(self) -> dict[str, float]:
        """What stable-baselines3 recorded of the update, under this project's names; only finite numbers."""
        names = {
            "value_loss": "train/value_loss",
            "policy_loss": "train/policy_gradient_loss",
            "kl_to_base": "train/entropy_loss",
            "kl_to_sampler": "train/approx_kl",
            "clipped": "train/clip_fraction",
            "explained_variance": "train/explained_variance",
            "learning_rate": "train/learning_rate",
        }
        recorded = self.logger.name_to_value
        found = {name: float(recorded[key]) for name, key in names.items()}
        found["no_signal"] = self.buffer.silent / max(self.buffer.minibatches, 1)
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def _measure(self) -> dict[str, float]:
        """Greedy accuracy on the problems that are held out; the best weights are kept."""
        policy, config = self.policy, self.config
        model = LocalModel(
            policy.model, policy.tokenizer, prompt=policy.prompt, max_thought_tokens=config.max_thought_tokens
        )
        problems = range(config.validation_problems)
        accuracy = validate(MeteredModel(model, Ledger()), self.oracle, problems, _VALIDATED_AT_ONCE)
        if config.keep == "last":
            self.best_accuracy = accuracy
        elif accuracy >= self.best_accuracy:
            self.best_accuracy = accuracy
            self.best = {name: tensor.detach().clone() for name, tensor in policy.state_dict().items()}
        return {"validation": accuracy, "validation_n": config.validation_problems}

    def _append(self, figures: Figures) -> None:
        self.log.append(figures)

    def _save(self) -> None:
        algorithm, policy = cast("Any", self.model), self.policy
        practices = cast("list[TrainProblems]", algorithm.env.envs)
        save_checkpoint(
            self.out,
            {
                "policy": policy.state_dict(),
                "optimizer": policy.optimizer.state_dict(),
                "calls": policy.calls,
                "cost": asdict(policy.cost),
                "draws": self.buffer.draws,
                "epochs": algorithm._n_updates,
                "update": self.update,
                "lines": self.update + 1,
                "best": self.best,
                "best_accuracy": self.best_accuracy,
                "environments": [practice.progress for practice in practices],
                "starts": [bool(start) for start in algorithm._last_episode_starts],
                "cpu_seconds": self.clock.seconds,
            },
        )

    @staticmethod
    def _all_tokens(policy: ThoughtPolicy) -> int:
        return policy.cost.tokens + policy.cost.prompt_tokens
