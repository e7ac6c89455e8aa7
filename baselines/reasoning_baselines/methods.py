"""The ways to train that a recipe may name: each is a module, its settings and its function `train`.

A method whose `train` takes `base`, a model to begin with, is called as `train(settings, base, out, watch=…)`; one
that begins from nothing as `train(settings, out, watch=…)`. Either returns the folder of the trained model and leaves
training.json in `out`, with the `tokens` and `cpu_seconds` that it took, and perhaps `forward_passes` and
`simulations`. Nothing of a method is imported before it is used.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from reasoning_agents.config import from_table
from reasoning_gym.family import nearest

BUILT_IN = {  # the module and the dataclass of settings in it
    "supervised": "reasoning_agents.supervised:Supervised",
    "fine-tuning": "reasoning_agents.fine_tuning:FineTuning",
    "grpo": "reasoning_agents.grpo:GRPO",
    "expert-iteration": "reasoning_agents.expert_iteration:ExpertIteration",
    "process-reward": "reasoning_agents.process_reward:ProcessReward",
    "process-reward-from-labels": "reasoning_agents.process_reward_from_labels:ProcessRewardFromLabels",
    "alpha-zero": "reasoning_agents.alpha_zero:AlphaZero",
    "debate": "reasoning_agents.debate:DebateTraining",
    "debate-prover": "reasoning_agents.debate_prover:DebateProver",
    "ppo": "reasoning_agents.ppo_llm:PPOLLM",
    "self-play-critic": "reasoning_agents.self_play_critic:SelfPlayCritic",
    "critic": "reasoning_agents.critic_training:CriticTraining",
}


class Settings(Protocol):
    """A method's settings: a frozen dataclass of its own, with a seed among them."""

    @property
    def seed(self) -> int:
        """Seeds all that the training draws."""
        ...


class Training(NamedTuple):
    """How a recipe trains."""

    method: str
    settings: Settings

    @property
    def begins_with_a_model(self) -> bool:
        """Whether it goes on from a model, instead of from nothing."""
        return "base" in inspect.signature(_train(self.method)).parameters

    def seeded(self, seed: int) -> Training:
        """The same training by another seed."""
        return self._replace(settings=cast("Settings", replace(cast("Any", self.settings), seed=seed)))

    def run(self, base: Path | str | None, out: Path, watch: Callable[[Any], None] | None = None) -> Path:
        """Train in the folder `out`, or go on where a killed run stopped; the folder of the model.

        Raises:
            ValueError: if the settings are out of range, or `out` holds a run of other settings.
        """
        begin = (base,) if self.begins_with_a_model else ()
        return cast("Path", _train(self.method)(self.settings, *begin, out, watch=watch))


def read_training(table: Mapping[str, Any], where: str = "train.") -> Training:
    """The training that a recipe's table asks for: its `method`, and the settings of that.

    Raises:
        ValueError: for an unknown method or key, with the nearest; for a value of another type.
    """
    if "method" not in table:
        raise ValueError(f"the key '{where}method' is missing; give one of {', '.join(BUILT_IN)}")
    method = table["method"]
    if method not in BUILT_IN:
        raise ValueError(f"'{where}method' is {method!r}; {nearest(str(method), BUILT_IN)}")
    module, settings = BUILT_IN[method].split(":")
    record = cast("type[Any]", getattr(importlib.import_module(module), settings))
    rest = {key: value for key, value in table.items() if key != "method"}
    return Training(method, cast("Settings", from_table(record, rest, where)))


def _train(method: str) -> Callable[..., Any]:
    module = BUILT_IN[method].split(":")[0]
    return cast("Callable[..., Any]", importlib.import_module(module).train)
