"""The published results of recipes: JSON files, each with what some seeds of a recipe came to.

`base` is what its training began with, or what its agents think with. A result's `value`, `low` and `high` are the mean
of its seeds and a 95 % interval (`seed_statistics.mean`); `n` is the problems of each seed. `cost` is that of one seed,
the mean: of its training, or, where nothing is trained, of the first evaluation; null where a learner doesn't count it.
`figures` are what else a training came to, where one of its figures is the value.
`evaluations` and `cells` hold counts of all seeds together; of agents that aren't trained, `cells` are of the first.
An evaluation's `at_equal_tokens` has its paired differences to self-consistency and best-of-N, where these have points
on both sides of it.
`compared_with` has, by a label, others on the same problems: their value, the sampled tokens a problem, and the
difference to them with its interval and p, the largest of the seeds' exact McNemar tests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from reasoning_baselines.recipe_files import digest_of
from reasoning_baselines.seed_statistics import Measured
from reasoning_gym.family import nearest

RESULTS = Path(__file__).parent / "results"

Result: TypeAlias = "dict[str, Any]"


def values_of(result: Mapping[str, Any]) -> list[Measured]:
    """The values of a result's seeds with their intervals."""
    return [Measured(seed["value"], seed["low"], seed["high"]) for seed in result["seeds"]]


def published_names() -> list[str]:
    """The recipes that a result is published of."""
    return sorted(path.stem for path in RESULTS.glob("*.json"))


def published(name: str) -> Result | None:
    """The published result of a recipe; None if there is none."""
    path = RESULTS / f"{name}.json"
    return read_result(path) if path.is_file() else None


def find_result(name: str) -> Result:
    """A result by the name of its recipe, or by the path of a JSON file that `reproduce` wrote.

    Raises:
        ValueError: if there is none; the message names the nearest.
    """
    path = Path(name) if name.endswith(".json") else RESULTS / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"there is no result {name!r}; {nearest(name, published_names())}; or give a JSON file's path")
    return read_result(path)


def read_result(path: Path) -> Result:
    """The result that a file holds.

    Raises:
        ValueError: if it isn't one.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        missing = {"name", "metric", "value", "low", "high", "n", "seeds", "cost", "command"} - set(found)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} isn't the result of a recipe: {error}") from error
    if missing:
        raise ValueError(f"{path} isn't the result of a recipe: {', '.join(sorted(missing))} missing")
    return cast("Result", found)


def write_result(folder: Path, result: Mapping[str, Any], name: str | None = None) -> Path:
    """Write a result under its recipe's name, or another; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name or result['name']}.json"
    write_whole(path, json.dumps(result, indent=2, allow_nan=False) + "\n")
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a killed process leaves the old one or the new one, never a part."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def is_of_an_earlier_recipe(result: Mapping[str, Any]) -> bool:
    """Whether the recipe has changed since, so that its number may be another now."""
    now = digest_of(result["name"])
    return now is not None and result.get("recipe") != now
