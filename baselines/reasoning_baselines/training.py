"""Runs one seed of a recipe: train, if it trains, and measure.

The folder of a seed holds what its learner leaves there (see `reasoning_agents.learning`), a folder evaluation-N for
each evaluation, and base-0, the first evaluation by the model that training began with.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from reasoning_agents.learning import TRAINING, CPUClock, Progress, read_log, write_json
from reasoning_baselines.comparison import Contestant, Stage, prepare
from reasoning_baselines.evaluation import DEFAULT_BATCH, Report, evaluate
from reasoning_baselines.models import PRETRAINED, find_model, quiet
from reasoning_baselines.recipe_files import Evaluation, Recipe

if TYPE_CHECKING:
    from reasoning_baselines.evaluation import ModelIdentity

_CPU_FILE = "cpu.json"  # in the folder of an evaluation: the CPU seconds that it has taken so far
_CURVE = ("validation", "validation_n", "tokens", "cpu_seconds")  # of a line of the log, what is kept
_SAVE_EVERY = 5.0  # seconds
_BATCH = {"greedy": 256}  # episodes in flight, where there are no candidates beside them


class Step(NamedTuple):
    """Where a seed is: in its training, or in one of its evaluations."""

    name: str
    done: int  # tokens or updates of a training, or episodes
    total: int
    figures: Mapping[str, float]  # of a training
    tokens_per_second: float | None = None  # of a training
    report: Report | None = None  # of an evaluation


class Measurement(NamedTuple):
    """An evaluation that was made."""

    evaluation: Evaluation
    report: Report
    folder: Path  # with its episodes
    model: ModelIdentity | None  # that the agent thought with
    cpu_seconds: float


class Seed(NamedTuple):
    """What one seed of a recipe came to."""

    seed: int
    model: Path | None  # the folder of the trained model
    training: Mapping[str, Any] | None  # the learner's training.json
    curve: list[dict[str, float]]  # the validations in its log, with what they had taken
    measurements: tuple[Measurement, ...]  # in the recipe's order
    base: Measurement | None  # the first evaluation by what training began with


def first_seed(recipe: Recipe) -> int:
    """The seed that a recipe's seeds are counted from: that of its training's settings, or 0."""
    return recipe.train.settings.seed if recipe.train else 0


def run_seed(recipe: Recipe, seed: int, out: Path, *, watch: Callable[[Step], None] | None = None) -> Seed:
    """Train by this seed, and measure by agents of this seed. Run again after a kill, it goes on where it stopped.

    Raises:
        ValueError: if `out` holds a run of another recipe or seed, or a model isn't found.
    """
    torch.set_num_threads(1)  # more are slower on a busy machine, and add up in another order

    def tell(step: Step) -> None:
        if watch is not None:
            watch(step)

    base = None if recipe.base is None else find_model(recipe.base)
    folder = None
    if recipe.train is not None:
        with quiet(base):
            folder = recipe.train.seeded(seed).run(base, out, lambda progress: tell(_trained(progress)))
    thinker, name = (base, recipe.base) if folder is None else (folder, recipe.model or recipe.name)
    measurements = tuple(
        _measure(each, thinker, name, seed, out / f"evaluation-{number}", tell)
        for number, each in enumerate(recipe.evaluations)
    )
    compared = None
    if folder is not None and base is not None and recipe.figure is None:
        compared = _measure(recipe.evaluations[0], base, recipe.base, seed, out / "base-0", tell)
    training = None if folder is None else json.loads((out / TRAINING).read_text(encoding="utf-8"))
    lines = [line for line in read_log(out) if {"validation", "validation_n"} <= line.keys()]
    curve = [{key: line[key] for key in _CURVE if key in line} for line in lines]
    return Seed(seed, folder, training, curve, measurements, compared)


def ship(recipe: Recipe, folder: Path) -> Path:
    """Copy a trained model to where shipped models are found by name; returns that folder.

    Raises:
        ValueError: if the recipe has no name for its model.
    """
    if recipe.model is None:
        raise ValueError(f"the recipe {recipe.name!r} doesn't say what its model is called; give it a key 'model'")
    target = PRETRAINED / recipe.model
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(folder, target)
    return target


def _trained(progress: Progress) -> Step:
    return Step("train", progress.done, progress.total, progress.figures, progress.tokens_per_second)


def _measure(
    wanted: Evaluation,
    model: Path | str | None,
    name: str | None,
    seed: int,
    out: Path,
    tell: Callable[[Step], None],
) -> Measurement:
    """Evaluate an agent that thinks with a model, which the record calls by a name that doesn't tell its folder."""
    limits = {"max_thoughts": wanted.max_thoughts, "max_thought_chars": wanted.max_thought_chars}
    stage = Stage(
        wanted.env,
        {"levels": list(wanted.levels), **limits},
        wanted.episodes,
        seed=seed,
        model=None if model is None else str(model),
        device=wanted.device,
        threads=1,
        max_thought_tokens=wanted.max_thought_tokens,
    )
    (ready,) = prepare(stage, [Contestant(wanted.agent, wanted.options)])
    configuration = ready.configuration
    if configuration.model is not None:
        identity = configuration.model._replace(name=name or configuration.model.name)
        configuration = replace(configuration, model=identity)
    account = _Account(out / _CPU_FILE)

    def watch(report: Report) -> None:
        account.save()
        tell(Step(wanted.title, report.total.episodes, wanted.episodes, {}, report=report))

    batch = _BATCH.get(wanted.agent, DEFAULT_BATCH)
    report = evaluate(ready.agent, ready.environment, configuration, out, batch=batch, watch=watch)
    return Measurement(wanted, report, out, configuration.model, account.close())


class _Account:
    """The CPU seconds of an evaluation, kept in a file so that those before a kill are counted too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"cpu_seconds": 0.0}
        self._seconds = float(known["cpu_seconds"])
        self._clock = CPUClock(self._seconds)
        self._saved = time.monotonic()
        self._changed = False

    def save(self) -> None:
        """Bring the file up to date, now and then."""
        self._changed = True
        if time.monotonic() - self._saved > _SAVE_EVERY:
            self._saved = time.monotonic()
            self._write()

    def close(self) -> float:
        """The seconds in all; those of this process count only if it did something."""
        if self._changed:
            self._write()
        return self._seconds

    def _write(self) -> None:
        self._seconds = round(self._clock.seconds, 1)
        write_json(self._path, {"cpu_seconds": self._seconds})
