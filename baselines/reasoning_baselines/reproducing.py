"""Runs a recipe from its start, for one seed or several, and holds the result beside the published one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reasoning_baselines.model_cards import has_card, model_card
from reasoning_baselines.published import Result, published, values_of, write_result, write_whole
from reasoning_baselines.recipe_files import Recipe
from reasoning_baselines.seed_statistics import Agreement, agreement
from reasoning_baselines.summary import result_of
from reasoning_baselines.training import Seed, Step, first_seed, run_seed

Watch = Callable[[int, Step], None]  # called with the seed and where it is

CARD = "README.md"  # in the folder of a model
ONE_SEED = "result"  # .json, in the folder of a seed: what that seed alone comes to


def seed_folder(out: Path, seed: int) -> Path:
    """Where a seed lies in the folder of its recipe."""
    return out / f"seed-{seed}"


def make(recipe: Recipe, seed: int, out: Path, *, command: str = "", watch: Watch | None = None) -> Seed:
    """Run one seed, and write result.json in its folder and the card of a model that it trained.

    Run again after a kill, it goes on where it stopped.

    Args:
        recipe: what to run.
        seed: of the training and of the agents.
        out: the folder of the recipe's runs; that of the seed is in it.
        command: what a person typed, kept for the record.
        watch: called as it goes on.

    Raises:
        ValueError: if the folder holds a run of another recipe.
    """
    folder = seed_folder(out, seed)
    done = run_seed(recipe, seed, folder, watch=None if watch is None else lambda step: watch(seed, step))
    result = result_of(recipe, [done], command)
    write_result(folder, result, ONE_SEED)
    if done.model is not None and has_card(recipe):
        write_whole(done.model / CARD, model_card(recipe, result))
    return done


def reproduce(
    recipe: Recipe, seeds: int, out: Path, *, command: str = "", watch: Watch | None = None
) -> tuple[Result, Path]:
    """Run so many seeds, one after the other, and write what they come to; the result and its file in `out`.

    Run again after a kill, it goes on where it stopped; with more seeds, those that are done aren't run again.

    Raises:
        ValueError: for no seed, or if the folder holds a run of another recipe.
    """
    if seeds < 1:
        raise ValueError(f"seeds is {seeds}; give at least 1")
    first = first_seed(recipe)
    done = [make(recipe, seed, out, command=command, watch=watch) for seed in range(first, first + seeds)]
    result = result_of(recipe, done, command)
    return result, write_result(out, result)


def usual_seeds(recipe: Recipe) -> int:
    """As many seeds as the published result has, else one."""
    known = published(recipe.name)
    return 1 if known is None else len(known["seeds"])


def compare(here: Mapping[str, Any], there: Mapping[str, Any]) -> Agreement:
    """Whether two results of one recipe agree; see `seed_statistics.agreement`."""
    return agreement(values_of(here), values_of(there))
