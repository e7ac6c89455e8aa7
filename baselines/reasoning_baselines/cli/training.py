"""The commands that run recipes: make a model by one, or make its number again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import command_line, err, mistakes, out, stoppable

if TYPE_CHECKING:
    from reasoning_baselines.cli.meter import Meter
    from reasoning_baselines.published import Result
    from reasoning_baselines.recipe_files import Recipe
    from reasoning_baselines.training import Step

_TOLD = ("loss", "reward", "validation")  # of a learner's figures, where it has them
RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's name, or the path of a TOML file.")]
Folder = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Of the recipe's runs; by default runs/RECIPE.")
]


def train(
    recipe: RecipeName,
    seed: Annotated[int | None, typer.Option(metavar="N", help="By default the recipe's first.")] = None,
    folder: Folder = None,
    ship: Annotated[bool, typer.Option("--ship", help="Put the model among those that are found by name.")] = False,
) -> None:
    """Train a model by a recipe and measure it: one seed, in a folder seed-N.

    After a kill, the same command goes on where it stopped. `reproduce` goes on from the same folders.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes():
        loaded = _load(recipe)
        from reasoning_baselines import reproducing, training

        if loaded.train is None:
            raise ValueError(f"the recipe {loaded.name!r} trains nothing; use: reasoning-gym reproduce {recipe}")
        chosen = training.first_seed(loaded) if seed is None else seed
        target = folder or Path("runs") / loaded.name
        with stoppable(), Meter(loaded.name) as meter:
            made = reproducing.make(
                loaded,
                chosen,
                target,
                command=command_line(),
                watch=lambda _, step: _show(meter, loaded.name, step),
            )
        model = made.model
        if ship and model is not None:
            model = training.ship(loaded, model)
    out().print(f"The model is in {model}; what it can do is in {model}/README.md.", soft_wrap=True)


def reproduce(
    recipe: RecipeName,
    seeds: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="By default as many as the published result has.")
    ] = None,
    folder: Folder = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Put the result in the place of the published one, whatever it is.")
    ] = False,
) -> None:
    """Run a recipe from its start, and compare its number with the published one.

    Each seed has a folder seed-N, and RECIPE.json has what they come to. After a kill, the same
    command goes on where it stopped. The exit status is 1 if the two numbers disagree: if they
    differ by more than chance does once in a hundred times.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes():
        loaded = _load(recipe)
        from reasoning_baselines import published, reproducing

        known = published.published(loaded.name)
        count = seeds or reproducing.usual_seeds(loaded)
        target = folder or Path("runs") / loaded.name
        with stoppable(), Meter(loaded.name) as meter:
            result, file = reproducing.reproduce(
                loaded,
                count,
                target,
                command=command_line(),
                watch=lambda seed, step: _show(meter, f"{loaded.name} seed {seed}", step),
            )
    agrees = _print_beside(loaded, known, result, file)
    if publish:
        place = published.write_result(published.RESULTS, result)
        out().print(f"published as {place}", soft_wrap=True)
    elif not agrees:
        raise typer.Exit(1)


def _load(name: str) -> Recipe:
    from reasoning_baselines.recipe_files import find_recipe, load_recipe

    find_recipe(name)  # a wrong name is told before anything slow is loaded
    return load_recipe(name)


def _print_beside(recipe: Recipe, known: Result | None, result: Result, file: Path) -> bool:
    """Print the two numbers and what follows; whether they agree."""
    from reasoning_baselines.published import is_of_an_earlier_recipe
    from reasoning_baselines.reproducing import compare
    from reasoning_baselines.result_pages import beside_table, verdict

    console = out()
    console.print(f"{recipe.name}: {recipe.metric}", markup=False)
    console.print(beside_table(known, result))
    console.print(f"all of it is in {file}", style="dim", markup=False, soft_wrap=True)
    if known is None:
        console.print("No result of this recipe is published, so there is nothing to compare with.")
        return True
    if is_of_an_earlier_recipe(known) or known.get("recipe") != recipe.digest:
        err().print("The published result was measured by another form of this recipe.", style="yellow")
    found = compare(result, known)
    console.print(verdict(found), style="bold green" if found.agrees else "bold red")
    return found.agrees


def _show(meter: Meter, name: str, step: Step) -> None:
    if step.report is not None:
        meter.show_report(f"{name}: {step.name}", step.report)
        return
    facts = [f"{key} {step.figures[key]:.3f}" for key in _TOLD if key in step.figures]
    if step.tokens_per_second:
        facts.append(f"{step.tokens_per_second:,.0f} tok/s")
    meter.show(f"{name}: {step.name}", step.done, step.total, "  ".join(facts))
