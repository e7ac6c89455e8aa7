"""Puts agents on the same problems: what they are asked is a stage, each agent with its options a contestant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reasoning_agents.registry import describe, make_agent, needs_model
from reasoning_baselines.environments import find_environment
from reasoning_baselines.evaluation import (
    DEFAULT_BATCH,
    Configuration,
    ModelIdentity,
    Option,
    Report,
    configure,
    evaluate,
    make_environment,
)
from reasoning_baselines.models import DEFAULT_MODEL, find_model, load_model
from reasoning_baselines.runs import EPISODES_FILE
from reasoning_gym.episodes import read
from reasoning_gym.family import nearest

if TYPE_CHECKING:
    from reasoning_agents.agent import Agent
    from reasoning_agents.language_model.local import LocalModel
    from reasoning_gym.env import ReasoningEnv


class Contestant(NamedTuple):
    """An agent with its options."""

    agent: str  # its registered name
    options: Mapping[str, Option]
    model: str | None = None  # None for the stage's
    seed: int | None = None  # None for the stage's

    @property
    def label(self) -> str:
        """The agent's name and its options' values, such as 'mcts 16'."""
        return " ".join([self.agent, *(str(value) for value in self.options.values())])


class Stage(NamedTuple):
    """What contestants are asked, and the model that they think with."""

    env: str  # an id, or a family's or category's name
    env_kwargs: Mapping[str, Any]  # by default the test split
    episodes: int
    seed: int = 0  # of the agents
    model: str | None = None  # None for the default, where an agent needs one
    device: str = "cpu"
    dtype: str = "float32"
    threads: int | None = None  # of torch on CPU; None leaves it alone
    max_thought_tokens: int = 256


# What `reasoning-gym demo` shows: simple agents and search, each at a few budgets.
DEMO = (
    Contestant("greedy", {}),
    Contestant("self-consistency", {"samples": 4}),
    Contestant("self-consistency", {"samples": 16}),
    Contestant("mcts", {"simulations": 4}),
    Contestant("mcts", {"simulations": 16}),
    Contestant("best-of-n", {"samples": 4, "signal": "check"}),
    Contestant("mcts", {"simulations": 16, "evaluation": "check"}),
)
DEMO_STAGE = Stage("ReasoningCore-v0", {"max_thought_chars": 200}, episodes=300, threads=1, max_thought_tokens=96)


class Prepared(NamedTuple):
    """An agent on its environment, ready to be evaluated."""

    agent: Agent
    environment: ReasoningEnv
    configuration: Configuration
    model: LocalModel | None  # that the agent thinks with, and others may too


def prepare(stage: Stage, contestants: Sequence[Contestant]) -> list[Prepared]:
    """Make the environment, each model, once, and the agents.

    Raises:
        ValueError: for any name, option or argument that is unknown or out of range.
        FileNotFoundError: if the model isn't where it should be.
        ModuleNotFoundError: if torch or transformers is needed and isn't installed.
    """
    environment = make_environment(find_environment(stage.env), **stage.env_kwargs)
    # before the model is loaded, which is slow
    contestants = [each._replace(options=all_options(each.agent, each.options)) for each in contestants]
    names = dict.fromkeys(_model_of(stage, each) for each in contestants if needs_model(each.agent))
    for name in names:
        find_model(name)  # a wrong name is told before another model is loaded
    models = {name: _load(stage, name) for name in names}
    return [_prepare_one(stage, each, environment, models) for each in contestants]


def all_options(agent: str, given: Mapping[str, Option]) -> dict[str, Option]:
    """An agent's options with those left at their defaults; texts become the numbers that they stand for.

    Raises:
        ValueError: for an unknown agent or option; the message names the nearest.
    """
    known = {option.name: option for option in describe(agent).options}
    for name in given:
        if name not in known:
            hint = nearest(name, known) if known else "it has none"
            raise ValueError(f"the agent {agent!r} has no option {name!r}; {hint}")
    chosen = {name: given.get(name, option.default) for name, option in known.items()}
    return {
        name: _typed(value, known[name].kind)
        for name, value in chosen.items()
        if isinstance(value, bool | int | float | str)
    }


def run_prepared(
    ready: Prepared,
    out: Path,
    *,
    batch: int = DEFAULT_BATCH,
    command: str = "",
    watch: Callable[[Report], None] | None = None,
) -> Report:
    """Evaluate one agent; see `evaluate`.

    The model first forgets what agents before it read, so that a run costs what it costs alone.
    """
    if ready.model is not None:
        ready.model.cache.clear()
    return evaluate(ready.agent, ready.environment, ready.configuration, out, batch=batch, command=command, watch=watch)


def run_folder(out: Path, contestant: Contestant) -> Path:
    """Where a contestant's run lies in the folder of a comparison."""
    return out / contestant.label.replace(" ", "-").replace("/", "-")


def run_contestants(
    contestants: Sequence[Contestant],
    prepared: Sequence[Prepared],
    out: Path,
    *,
    batch: int = DEFAULT_BATCH,
    command: str = "",
    watch: Callable[[str, Report], None] | None = None,
) -> dict[str, Report]:
    """Evaluate each contestant in a folder of its own; the figures by the contestants' labels.

    After a kill, the same call goes on where it stopped.

    Args:
        contestants: in the order in which they run.
        prepared: by `prepare`, one for each.
        out: folder of the comparison.
        batch: episodes in flight.
        command: what a person typed, kept for the record.
        watch: called with a label and its figures so far.

    Raises:
        RunError: if a folder is in use or holds another run.
    """
    reports: dict[str, Report] = {}
    for each, ready in zip(contestants, prepared, strict=True):
        label = each.label

        def tell(report: Report, label: str = label) -> None:
            if watch is not None:
                watch(label, report)

        reports[label] = run_prepared(ready, run_folder(out, each), batch=batch, command=command, watch=tell)
    return reports


def solved(folder: Path) -> list[bool]:
    """Whether each problem of a run was solved, in the order of the problems' addresses."""
    return [episode.reward == 1.0 for episode in sorted(read(folder / EPISODES_FILE), key=lambda each: each.address)]


def _model_of(stage: Stage, contestant: Contestant) -> str:
    return contestant.model or stage.model or DEFAULT_MODEL


def _load(stage: Stage, name: str) -> tuple[LocalModel, ModelIdentity]:
    return load_model(
        name,
        device=stage.device,
        dtype=stage.dtype,
        max_thought_tokens=stage.max_thought_tokens,
        threads=stage.threads,
    )


def _prepare_one(
    stage: Stage,
    contestant: Contestant,
    environment: ReasoningEnv,
    models: Mapping[str, tuple[LocalModel, ModelIdentity]],
) -> Prepared:
    """One agent with the configuration of its run; a model is noted only where the agent thinks with it."""
    model, identity = models[_model_of(stage, contestant)] if needs_model(contestant.agent) else (None, None)
    seed = stage.seed if contestant.seed is None else contestant.seed
    agent = make_agent(contestant.agent, model, seed, **contestant.options)
    configuration = configure(
        environment,
        agent=contestant.agent,
        options=contestant.options,
        seed=seed,
        episodes=stage.episodes,
        model=identity,
    )
    return Prepared(agent, environment, configuration, model)


def _typed(value: Option, kind: str) -> Option:
    """The value as its kind, where it can be read so; else as it is, for the agent to complain of."""
    if kind == "bool" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    if kind not in ("int", "float") or isinstance(value, bool):
        return value
    try:
        return float(value) if kind == "float" else int(value) if isinstance(value, str) else value
    except ValueError:
        return value
