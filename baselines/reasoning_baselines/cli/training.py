"""The command that trains by a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import command_line, mistakes, out, stoppable

if TYPE_CHECKING:
    from reasoning_baselines.cli.meter import Meter
    from reasoning_baselines.training import Step


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's name, or the path of a TOML file.")],
    folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="For the model; by default runs/RECIPE."),
    ] = None,
    ship: Annotated[bool, typer.Option("--ship", help="Put the model among those that are found by name.")] = False,
) -> None:
    """Train a model by a recipe and measure it.

    After a kill, the same command goes on where it stopped.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes():
        from reasoning_baselines.recipe_files import find_recipe

        find_recipe(recipe)  # a wrong name is told before torch is loaded
        from reasoning_baselines import training

        loaded = training.load_recipe(recipe)
        target = folder or Path("runs") / loaded.name
        with stoppable(), Meter(loaded.name) as meter:
            model = training.run_recipe(
                loaded, target, command=command_line(), watch=lambda step: _show(meter, loaded.name, step)
            )
        if ship:
            model = training.ship(loaded, model)
    out().print(f"The model is in {model}; what it can do is in {model / 'README.md'}.", soft_wrap=True)


def _show(meter: Meter, name: str, step: Step) -> None:
    facts: list[str] = []
    if step.loss is not None:
        facts.append(f"loss {step.loss:.3f}")
    if step.accuracy is not None:
        facts.append(f"{100 * step.accuracy:.0f} %")
    meter.show(f"{name}: {step.name}", step.done, step.total, "  ".join(facts), step.tokens_per_second)
