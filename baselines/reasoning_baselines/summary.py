"""What some seeds of a recipe come to, as the table that `published` describes."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any, Final, cast

import numpy as np
import torch

from reasoning_baselines.comparison import solved
from reasoning_baselines.curves import Difference, at_tokens, compare
from reasoning_baselines.curves import Measured as Point
from reasoning_baselines.evaluation import Tally
from reasoning_baselines.published import Result
from reasoning_baselines.recipe_files import Recipe
from reasoning_baselines.scaling import line_label
from reasoning_baselines.seed_statistics import Measured, mean, mean_rate
from reasoning_baselines.training import Measurement, Seed
from reasoning_leaderboard.statistics import compare_paired

SIMPLE: Final = ("self-consistency", "best-of-n")  # agents that others are held against at equal tokens
COSTS: Final = ("tokens", "forward_passes", "simulations", "cpu_seconds")
_SPENT: Final = (*COSTS, "trained_tokens", "updates", "oracle_calls")  # in a training.json beside its figures
_PACKAGES: Final = ("reasoning-gymnasium", "gymnasium", "numpy", "torch", "transformers")


def result_of(recipe: Recipe, seeds: Sequence[Seed], command: str) -> Result:
    """What some seeds of a recipe come to.

    Raises:
        ValueError: without a seed, or if the learner didn't write the recipe's figure with its interval and n.
    """
    measured = [_value(recipe, seed) for seed in seeds]
    value, low, high = _mean(measured)
    costs = [_cost(seed) for seed in seeds]
    return {
        "name": recipe.name,
        "metric": recipe.metric,
        "base": recipe.base,
        "value": value,
        "low": low,
        "high": high,
        "n": _n(recipe, seeds[0]),
        "seeds": [_seed_table(*each) for each in zip(seeds, measured, costs, strict=True)],
        "figures": _figures(recipe, seeds),
        "compared_with": _compared(recipe, seeds),
        "cost": {key: _mean_or_none([cost[key] for cost in costs]) for key in COSTS},
        "evaluations": _evaluations(recipe, seeds),
        "cells": [cell for number in _looked_into(recipe) for cell in _cells(seeds, number)],
        "command": command,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
            **_gpu(recipe),
        },
        "commit": _commit(),
        "recipe": recipe.digest,
    }


def _gpu(recipe: Recipe) -> dict[str, str]:
    """CUDA's version and the GPU, where a part of the recipe runs on one."""
    training = () if recipe.train is None else (getattr(recipe.train.settings, "device", "cpu"),)
    for name in (*training, *(each.device for each in recipe.evaluations)):
        device = torch.device(name)
        if device.type == "cuda":
            return {"CUDA": f"{cast('Any', torch).version.cuda} on {torch.cuda.get_device_name(device)}"}
    return {}


def _value(recipe: Recipe, seed: Seed) -> Measured:
    """The recipe's number by one seed."""
    if recipe.figure is None:
        return _rate(seed.measurements[0].report.total)
    training = seed.training or {}
    keys = [recipe.figure, f"{recipe.figure}_low", f"{recipe.figure}_high", f"{recipe.figure}_n"]
    for key in keys:
        if key not in training:
            raise ValueError(f"the training wrote no {key!r}; a figure needs {', '.join(keys)} in training.json")
    return Measured(*(float(training[key]) for key in keys[:3]))


def _figures(recipe: Recipe, seeds: Sequence[Seed]) -> dict[str, dict[str, float]]:
    """What else the training came to, where a figure of it is the recipe's number: by its name value, low and high.

    Of a figure that the learner gives no interval there is the value alone. Costs aren't among them.
    """
    if recipe.figure is None:
        return {}
    trainings = [seed.training or {} for seed in seeds]
    shared = [name for name in trainings[0] if all(isinstance(each.get(name), int | float) for each in trainings)]
    parts = {f"{name}_{end}" for name in shared for end in ("low", "high", "n") if f"{name}_low" in shared}
    found: dict[str, dict[str, float]] = {}
    for name in shared:
        if name in parts or name in _SPENT or name == recipe.figure:
            continue
        if f"{name}_low" in shared:
            keys = (name, f"{name}_low", f"{name}_high")
            found[name] = _mean([Measured(*(float(each[key]) for key in keys)) for each in trainings])._asdict()
        else:
            found[name] = {"value": fmean(float(each[name]) for each in trainings)}
    return found


def _mean(measured: Sequence[Measured]) -> Measured:
    """The mean of the seeds; of figures that are all in [0, 1] it ends there too."""
    return (mean_rate if all(each.low >= 0 and each.high <= 1 for each in measured) else mean)(measured)


def _n(recipe: Recipe, seed: Seed) -> int:
    if recipe.figure is None:
        return seed.measurements[0].report.total.episodes
    return int((seed.training or {})[f"{recipe.figure}_n"])


def _rate(tally: Tally) -> Measured:
    return Measured(tally.accuracy, *tally.interval)


def _cost(seed: Seed) -> dict[str, float | None]:
    """What the number cost: training, or the first evaluation where nothing is trained."""
    if seed.training is not None:
        return {key: seed.training.get(key) for key in COSTS}
    first = seed.measurements[0]
    spent = asdict(first.report.total.cost)
    return {**{key: spent[key] for key in COSTS[:3]}, "cpu_seconds": first.cpu_seconds}


def _mean_or_none(amounts: Sequence[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts):
        return None
    middle = fmean(known)
    return round(middle) if all(isinstance(amount, int) for amount in known) else round(middle, 1)


def _seed_table(seed: Seed, measured: Measured, cost: Mapping[str, float | None]) -> dict[str, Any]:
    table = {"seed": seed.seed, **measured._asdict(), "cost": dict(cost)}
    return {**table, "curve": seed.curve} if seed.curve else table


def _compared(recipe: Recipe, seeds: Sequence[Seed]) -> dict[str, Any]:
    """What else was measured on the problems of the first evaluation, with the difference to it."""
    if recipe.figure is not None:
        return {}
    found: dict[str, Any] = {}
    if seeds[0].base is not None:
        found[str(recipe.base)] = _comparison(seeds, [cast("Measurement", seed.base) for seed in seeds])
    for number, each in enumerate(recipe.evaluations[1:], 1):
        if each.problems == recipe.evaluations[0].problems:
            found[each.short_title] = _comparison(seeds, [seed.measurements[number] for seed in seeds])
    return found


def _comparison(seeds: Sequence[Seed], others: Sequence[Measurement]) -> dict[str, Any]:
    """Another measurement of each seed beside the first one of that seed, problem by problem."""
    pairs = [
        compare_paired(solved(seed.measurements[0].folder), solved(other.folder))
        for seed, other in zip(seeds, others, strict=True)
    ]
    value, low, high = mean_rate([_rate(other.report.total) for other in others])
    difference = mean([Measured(pair.difference, *pair.interval) for pair in pairs])
    totals = [other.report.total for other in others]
    model = others[0].model
    return {
        "value": value,
        "low": low,
        "high": high,
        "n": totals[0].episodes,
        "tokens": sum(total.cost.tokens for total in totals) / sum(total.episodes for total in totals),
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "p": max(pair.p_value for pair in pairs),
        "weights": None if model is None else model.weights,
    }


def _evaluations(recipe: Recipe, seeds: Sequence[Seed]) -> list[dict[str, Any]]:
    """The figures of all evaluations, each with its differences to simple agents at equal tokens, if there are any."""
    tables = [_evaluation(seeds, number) for number in range(len(recipe.evaluations))]
    for number, differences in _at_equal_tokens(recipe, seeds).items():
        tables[number]["at_equal_tokens"] = {label: asdict(each) for label, each in differences.items()}
    return tables


def _at_equal_tokens(recipe: Recipe, seeds: Sequence[Seed]) -> dict[int, dict[str, Difference]]:
    """What was measured on the problems of the first evaluation, beside each line of simple agents at equal tokens.

    By the evaluation's number and the line's label. Sampled tokens count; see `curves.at_tokens`.
    """
    rng = np.random.Generator(np.random.PCG64(0))
    asked = {
        number: each
        for number, each in enumerate(recipe.evaluations)
        if each.problems == recipe.evaluations[0].problems
    }
    lines: dict[str, list[int]] = {}
    for number, each in asked.items():
        if each.agent in SIMPLE:
            lines.setdefault(line_label(each.agent, each.options), []).append(number)
    if not lines:
        return {}
    points = {number: _point([seed.measurements[number] for seed in seeds]) for number in asked}
    found: dict[int, dict[str, Difference]] = {}
    for number, point in points.items():
        for label, line in lines.items():
            there = None if number in line else at_tokens([points[each] for each in line], point.tokens)
            if there is not None:
                found.setdefault(number, {})[label] = compare(point.rates, there, rng)
    return found


def _point(measurements: Sequence[Measurement]) -> Point:
    """Tokens a problem, and each problem's share of seeds that solved it."""
    totals = [each.report.total for each in measurements]
    tokens = sum(total.cost.tokens for total in totals) / sum(total.episodes for total in totals)
    return Point(tokens, np.mean([solved(each.folder) for each in measurements], axis=0))


def _looked_into(recipe: Recipe) -> Sequence[int]:
    """The evaluations whose cells are kept: all of a trained model, and of agents the first on its problems."""
    if recipe.train is not None:
        return range(len(recipe.evaluations))
    first: dict[object, int] = {}
    for number, each in enumerate(recipe.evaluations):
        first.setdefault(each.problems, number)
    return list(first.values())


def _evaluation(seeds: Sequence[Seed], number: int) -> dict[str, Any]:
    wanted = seeds[0].measurements[number].evaluation
    totals = [seed.measurements[number].report.total for seed in seeds]
    asked = {"label": wanted.title, "env": wanted.env, "levels": list(wanted.levels)}
    return {**asked, "agent": wanted.agent, "options": dict(wanted.options), **_together(totals)}


def _cells(seeds: Sequence[Seed], number: int) -> list[dict[str, Any]]:
    """The figures of an evaluation by family and level."""
    label = seeds[0].measurements[number].evaluation.title
    reports = [seed.measurements[number].report for seed in seeds]
    return [
        {
            "evaluation": label,
            "family": family,
            "level": level,
            **_together([report.cells[family, level] for report in reports]),
        }
        for family, level in sorted(reports[0].cells)
    ]


def _together(tallies: Sequence[Tally]) -> dict[str, Any]:
    """The counts of all seeds, and the mean of their accuracies with its interval."""
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    accuracy, low, high = mean_rate([_rate(tally) for tally in tallies])
    return {**total.table(), "accuracy": accuracy, "low": low, "high": high}


def _commit() -> str | None:
    """The commit of the source tree, where this runs in one."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return found.stdout.strip() or None
