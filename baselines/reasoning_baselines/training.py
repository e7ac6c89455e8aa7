"""Runs a recipe that trains a model: train, measure, write the result and the model's card."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch

from reasoning_agents.config import from_table
from reasoning_agents.greedy import Greedy
from reasoning_agents.learning import TRAINING, Progress
from reasoning_agents.supervised import Supervised, train
from reasoning_baselines.evaluation import Report, configure, evaluate, make_environment
from reasoning_baselines.models import PRETRAINED, load_model
from reasoning_baselines.recipe_files import find_recipe

_MAX_THOUGHT_TOKENS = 96


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One measurement of a trained model, greedy, on test problems."""

    env: str  # a Gymnasium id
    levels: tuple[int, ...]
    episodes: int
    max_thoughts: int = 32
    max_thought_chars: int = 200


@dataclass(frozen=True, slots=True)
class Recipe:
    """One published number and how it is made."""

    name: str
    metric: str  # what the number is
    model: str  # the name that the trained model is shipped by
    train: Supervised
    evaluations: tuple[Evaluation, ...]  # the first gives the number


class Step(NamedTuple):
    """Where a recipe is: training, or the i-th evaluation."""

    name: str
    done: int  # tokens, or episodes
    total: int
    loss: float | None = None  # nats a token, while training
    tokens_per_second: float | None = None
    accuracy: float | None = None


def load_recipe(name: str) -> Recipe:
    """A recipe by its name, or by the path of a TOML file.

    Raises:
        ValueError: if there is none, or the file isn't a recipe; says which key is wrong.
    """
    path = find_recipe(name)
    try:
        return from_table(Recipe, tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def run_recipe(recipe: Recipe, out: Path, *, command: str = "", watch: Callable[[Step], None] | None = None) -> Path:
    """Train, measure, and write `result.json` beside the model's folder, which is returned.

    Run again after a kill, it goes on where it stopped.

    Raises:
        ValueError: if `out` holds a run of another recipe.
    """

    def report_training(progress: Progress) -> None:
        if watch is not None:
            watch(Step("train", progress.done, progress.total, progress.figures["loss"], progress.tokens_per_second))

    torch.set_num_threads(1)  # more are slower on a busy machine, and add up in another order
    folder = train(recipe.train, out, watch=report_training)
    reports = [_measure(recipe, folder, out, number, watch) for number in range(len(recipe.evaluations))]
    result = _result(recipe, reports, json.loads((out / TRAINING).read_text()), command)
    _write(out / "result.json", json.dumps(result, indent=2) + "\n")
    _write(folder / "README.md", model_card(recipe, result, reports))
    return folder


def ship(recipe: Recipe, folder: Path) -> Path:
    """Copy a trained model to where shipped models are found by name; returns that folder."""
    target = PRETRAINED / recipe.model
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(folder, target)
    return target


def _measure(recipe: Recipe, folder: Path, out: Path, number: int, watch: Callable[[Step], None] | None) -> Report:
    wanted = recipe.evaluations[number]
    name = f"evaluate {wanted.env} at levels {', '.join(map(str, wanted.levels))}"

    def report_episodes(report: Report) -> None:
        if watch is not None:
            total = report.total
            watch(Step(name, total.episodes, wanted.episodes, accuracy=total.accuracy))

    environment = make_environment(
        wanted.env,
        levels=list(wanted.levels),
        max_thoughts=wanted.max_thoughts,
        max_thought_chars=wanted.max_thought_chars,
    )
    model, identity = load_model(str(folder), max_thought_tokens=_MAX_THOUGHT_TOKENS, threads=1)
    identity = identity._replace(name=recipe.model)
    configuration = configure(environment, agent="greedy", options={}, seed=0, episodes=wanted.episodes, model=identity)
    return evaluate(
        Greedy(model), environment, configuration, out / f"evaluation-{number}", batch=256, watch=report_episodes
    )


def _result(recipe: Recipe, reports: list[Report], training: Mapping[str, Any], command: str) -> dict[str, Any]:
    first = reports[0].total
    low, high = first.interval
    packages = ("reasoning-gymnasium", "gymnasium", "numpy", "torch", "transformers")
    seed = {"seed": recipe.train.seed, "value": first.accuracy, "cost": dict(training)}
    return {
        "name": recipe.name,
        "metric": recipe.metric,
        "value": first.accuracy,
        "low": low,
        "high": high,
        "n": first.episodes,
        "seeds": [seed],
        "cost": dict(training),
        "cells": [cell for report in reports for cell in report.table()["by_family_and_level"]],
        "command": command,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "commit": _commit(),
    }


def model_card(recipe: Recipe, result: Mapping[str, Any], reports: list[Report]) -> str:
    """The card of a trained model in Markdown: data, recipe, accuracy with intervals, what it can't do."""
    shape = recipe.train.shape
    rows: list[str] = []
    weak: list[str] = []
    cells = {key: tally for report in reports for key, tally in report.cells.items()}
    for (family, level), tally in sorted(cells.items()):
        low, high = tally.interval
        trained = "yes" if level in recipe.train.families.get(family, ()) else "no"
        tokens = tally.cost.tokens / max(tally.episodes, 1)
        rows.append(
            f"| {family} | {level} | {trained} | {tally.accuracy:.3f} | {low:.3f} to {high:.3f} "
            f"| {tally.episodes} | {tokens:.0f} |"
        )
        if high < 0.3:
            weak.append(f"{family} at level {level} ({tally.accuracy:.0%})")
    data = "\n".join(
        f"- {name}: levels {', '.join(map(str, levels))}" for name, levels in recipe.train.families.items()
    )
    cost = result["cost"]
    return f"""# {recipe.model}

A Llama-like, character-level language model of {shape.layers} layers of width {shape.width}, trained from
scratch on the reference thoughts of the suite's own families, on train problems only. It is deliberately
not perfect, so that search and learning have room to show.

## Data

{data}

{cost["tokens"]:,} tokens, questions included; the loss is on thoughts only. Text: the question's statement, a line
break, then one thought a line.

## Recipe

`reasoning-gym train {recipe.name}`: {cost["cpu_seconds"] / 60:.0f} CPU-minutes on one thread. Weights are
stored in fp16. The seed is {recipe.train.seed}; on one machine the same seed gives the same weights.

## Accuracy

Greedy, test problems that were never trained on; 95 % Wilson intervals; tokens a problem.

| family | level | trained on | accuracy | interval | n | tokens |
| --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(rows)}

## What it can't do

It reads only questions of these families, in these words, and knows no language. It can't tell that it is
wrong. Weak: {"; ".join(weak) or "nothing in the table above"}. Anything not in the table was not measured; expect 0.
"""


def _commit() -> str | None:
    """The commit of the source tree, where this runs in one."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return found.stdout.strip() or None


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
