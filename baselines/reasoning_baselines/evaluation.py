"""Evaluates an agent: episode i is the problem at index i of the split, many episodes at once, resumable.

Runs of several agents on one environment are on the same problems, so that they can be compared
problem by problem. The seed seeds the agent only.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, cast

import gymnasium as gym

from reasoning_agents.agent import Agent, Cost
from reasoning_baselines.runs import RunError, open_run
from reasoning_gym.env import ReasoningEnv, reasoning_env
from reasoning_gym.episodes import Episode, episode_of
from reasoning_gym.family import Family
from reasoning_gym.intervals import Interval, wilson
from reasoning_gym.mix import Mix
from reasoning_gym.planning import NO_ANSWER, Limits, transition, view
from reasoning_gym.problem import Address, Problem, State

Option: TypeAlias = "bool | int | float | str"
DEFAULT_BATCH: Final = 64  # episodes in flight


class ModelIdentity(NamedTuple):
    """Which language model an agent thinks with, and how it is run."""

    name: str  # as a person named it
    weights: str  # SHA-256 of the weights
    device: str
    dtype: str
    max_thought_tokens: int = 256  # a thought is cut off there


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that decides the result of a run. A run goes on only under an equal one."""

    env_id: str
    env_kwargs: Mapping[str, Any]  # all that the environment was made with, its id's own included
    families: Mapping[str, int]  # name to version
    agent: str
    options: Mapping[str, Option]  # of the agent
    seed: int  # of the agent
    episodes: int  # indices 0 to one below this
    model: ModelIdentity | None = None
    software: str = field(default_factory=lambda: version("reasoning-gymnasium"))

    def table(self) -> dict[str, Any]:
        """The configuration as plain values."""
        model = None if self.model is None else self.model._asdict()
        return cast("dict[str, Any]", json.loads(json.dumps({**asdict(self), "model": model}, sort_keys=True)))

    def folder(self) -> str:
        """A name for the run's folder: the environment, the agent, and a hash of everything."""
        digest = hashlib.sha256(json.dumps(self.table(), sort_keys=True).encode()).hexdigest()
        return f"{self.env_id}-{self.agent}-{digest[:8]}"


@dataclass(slots=True)
class Tally:
    """What some episodes come to."""

    episodes: int = 0
    correct: int = 0
    thoughts: int = 0
    cost: Cost = field(default_factory=Cost)
    statuses: Counter[str] = field(default_factory=Counter[str])  # of the verdicts

    def add(self, episode: Episode) -> None:
        """Count one more episode."""
        self.episodes += 1
        self.correct += episode.reward == 1.0
        self.thoughts += len(episode.thoughts)
        self.cost.add(Cost(**episode.cost))
        self.statuses[episode.status] += 1

    def merge(self, other: Tally) -> None:
        """Count the episodes of another tally too."""
        self.episodes += other.episodes
        self.correct += other.correct
        self.thoughts += other.thoughts
        self.cost.add(other.cost)
        self.statuses.update(other.statuses)

    @property
    def accuracy(self) -> float:
        """The rate of right answers, in [0, 1]; 0 where there is no episode."""
        return self.correct / self.episodes if self.episodes else 0.0

    @property
    def interval(self) -> Interval:
        """Wilson's 95 % interval of the accuracy."""
        return wilson(self.correct, self.episodes)

    def table(self) -> dict[str, Any]:
        """The figures as plain values."""
        low, high = self.interval
        return {
            "episodes": self.episodes,
            "correct": self.correct,
            "accuracy": self.accuracy,
            "low": low,
            "high": high,
            "thoughts": self.thoughts,
            **asdict(self.cost),
            "statuses": dict(sorted(self.statuses.items())),
        }


@dataclass
class Report:
    """The figures of a run, finished or under way."""

    wanted: int  # episodes in all
    total: Tally = field(default_factory=Tally)
    cells: dict[tuple[str, int], Tally] = field(default_factory=dict[tuple[str, int], Tally])  # by family and level
    seconds: float = 0.0  # wall clock, in all sessions

    def add(self, episodes: Iterable[Episode]) -> None:
        """Count more episodes."""
        for episode in episodes:
            address = Address.parse(episode.address)
            self.total.add(episode)
            self.cells.setdefault((address.family, address.level), Tally()).add(episode)

    def table(self) -> dict[str, Any]:
        """The figures as plain values."""
        cells = [
            {"family": family, "level": level, **tally.table()} for (family, level), tally in sorted(self.cells.items())
        ]
        return {**self.total.table(), "seconds": round(self.seconds, 3), "by_family_and_level": cells}


def make_environment(env_id: str, **kwargs: object) -> ReasoningEnv:
    """The environment of an id, by default on the test split.

    Raises:
        ValueError: for an argument that is unknown or out of range.
        gymnasium.error.Error: for an unknown id.
    """
    given: dict[str, Any] = {"split": "test", **kwargs}
    return reasoning_env(gym.make(env_id, **given))


def configure(
    environment: ReasoningEnv,
    *,
    agent: str,
    options: Mapping[str, Option],
    seed: int,
    episodes: int,
    model: ModelIdentity | None = None,
) -> Configuration:
    """The configuration of a run in an environment.

    Raises:
        ValueError: unless the environment was made by its id and has so many problems.
    """
    if environment.spec is None:
        raise ValueError("the environment has no id; make it with make_environment or gymnasium.make")
    if not 1 <= episodes <= environment.mix.size:
        raise ValueError(f"episodes is {episodes}; give 1 to {environment.mix.size}, as many as there are problems")
    return Configuration(
        env_id=environment.spec.id,
        env_kwargs=dict(environment.spec.kwargs),
        families={part.family.name: part.family.version for part in environment.mix.parts},
        agent=agent,
        options=dict(options),
        seed=seed,
        episodes=episodes,
        model=model,
    )


def evaluate(
    agent: Agent,
    environment: ReasoningEnv,
    configuration: Configuration,
    out: Path,
    *,
    batch: int = DEFAULT_BATCH,
    command: str = "",
    watch: Callable[[Report], None] | None = None,
) -> Report:
    """Run the episodes of a configuration that the folder doesn't hold yet; the figures of all of them.

    Writes run.json and episodes.jsonl. After a kill, the same call goes on where the run stopped: no
    finished episode is lost or run again, and the result is that of a run without a kill. A finished
    run is not touched.

    Args:
        agent: made as the configuration says.
        environment: the configuration's; only its problems and limits are used.
        configuration: what decides the result.
        out: folder of the run.
        batch: episodes in flight; changes the speed, not the result.
        command: what a person typed, kept for the record.
        watch: called with the figures so far, after every call to the agent.

    Raises:
        RunError: if the folder is in use or holds another run.
        ValueError: for a batch below 1.
    """
    if batch < 1:
        raise ValueError(f"batch is {batch}; give at least 1")
    with open_run(out, configuration.table()) as run:
        report = Report(configuration.episodes, seconds=run.seconds)
        report.add(run.episodes)
        if run.finished and report.total.episodes < configuration.episodes:
            raise RunError(f"{out} holds a finished run that has lost episodes; give another folder")
        if run.finished:
            return report
        indices = unfinished(environment.mix, configuration.episodes, run.episodes)
        problems = map(environment.mix.problem, indices)
        made_by = {"env_id": configuration.env_id, "env_kwargs": configuration.env_kwargs}
        run.begin_session(command, batch=batch)
        for finished in play(agent, problems, environment.limits, batch, made_by):
            run.append(finished)
            report.add(finished)
            report.seconds = run.seconds
            if watch is not None:
                watch(report)
        run.end_session()
        report.seconds = run.seconds
        run.finish(report.table())
        return report


def unfinished(mix: Mix, episodes: int, done: Sequence[Episode]) -> Sequence[int]:
    """The indices from 0 to one below `episodes`, less those whose problems are done.

    Raises:
        RunError: if something else is done too.
    """
    if not done:
        return range(episodes)
    left = Counter(episode.address for episode in done)
    indices: list[int] = []
    for index in range(episodes):
        address = str(mix.problem(index)[1].address)
        if left[address]:
            left[address] -= 1
        else:
            indices.append(index)
    strange = next(left.elements(), None)
    if strange is not None:
        raise RunError(f"{strange} is among the finished episodes but isn't one of this run's; give another folder")
    return indices


class _Running:
    """One episode in flight."""

    __slots__ = ("cost", "family", "problem", "state")

    def __init__(self, family: Family, problem: Problem) -> None:
        self.family = family
        self.problem = problem
        self.state = State(problem.question)
        self.cost = Cost()


def play(
    agent: Agent,
    problems: Iterator[tuple[Family, Problem]],
    limits: Limits,
    batch: int,
    made_by: Mapping[str, Any] | None = None,
) -> Iterator[list[Episode]]:
    """Play episodes, `batch` at a time; after each call to the agent, those that have ended.

    The agent is handed views. `made_by` may hold the `env_id` and `env_kwargs` for the records.

    Raises:
        ValueError: if the agent doesn't return one thought for each view.
    """
    running: list[_Running] = []
    while True:
        running += [_Running(family, problem) for family, problem in islice(problems, batch - len(running))]
        if not running:
            return
        thoughts = agent.act([view(each.state, limits) for each in running])
        if len(thoughts) != len(running):
            raise ValueError(f"the agent returned {len(thoughts)} thoughts for {len(running)} views")
        finished: list[Episode] = []
        going: list[_Running] = []
        for each, thought, cost in zip(running, thoughts, agent.ledger.rows, strict=True):
            each.cost.add(cost)
            episode = _advance(each, thought, limits, made_by or {})
            if episode is None:
                going.append(each)
            else:
                finished.append(episode)
        running = going
        yield finished


def _advance(running: _Running, thought: str, limits: Limits, made_by: Mapping[str, Any]) -> Episode | None:
    """Take a thought; the record of the episode if that ended it."""
    move = transition(running.state, thought, limits)
    running.state = move.state
    if move.answer is not None:
        verdict = running.family.verify(running.problem, move.answer)
    elif move.truncated_because is not None:
        verdict = NO_ANSWER
    else:
        return None
    info = {
        "question_id": str(running.problem.address),
        "verdict": verdict,
        "truncated_because": move.truncated_because,
    }
    return episode_of(running.state, info, limits, cost=asdict(running.cost), **made_by)
