"""The commands that show what was published: the table of results, and pictures of scaling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from reasoning_baselines.cli.screen import mistakes, out


def results(
    markdown: Annotated[bool, typer.Option("--markdown", help="As a table in Markdown.")] = False,
) -> None:
    """The published numbers, each with its interval, n, seeds and cost."""
    from reasoning_baselines.result_pages import all_published, markdown_table, notes, terminal_table

    with mistakes():
        found = all_published()
    if markdown:
        typer.echo(markdown_table(found), nl=False)
        return
    out().print(terminal_table(found))
    out().print(notes(found), style="dim", markup=False)


def curves(
    names: Annotated[
        list[str],
        typer.Argument(metavar="RECIPE...", help="Published, or the files of results of `reproduce`."),
    ],
    against: Annotated[str, typer.Option(metavar="NAME", help="cpu or tokens.")] = "cpu",
    place: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Without its ending: .png and .svg are added.")
    ] = Path("runs/curves"),
) -> None:
    """Draw what results show: accuracy against what a training took, or against the tokens of agents.

    Recipes that train are drawn into one picture, a learning curve each. A recipe that measures agents is drawn alone.
    """
    with mistakes():
        from reasoning_baselines.published import find_result

        axes: dict[str, Literal["cpu_seconds", "tokens"]] = {"cpu": "cpu_seconds", "tokens": "tokens"}
        if against not in axes:
            raise ValueError(f"against is {against!r}; use cpu or tokens")
        found = [find_result(name) for name in names]
        files = _draw(found, place, axes[against])
    out().print(f"drawn: {', '.join(map(str, files))}", soft_wrap=True)


def _draw(found: Sequence[Mapping[str, Any]], place: Path, against: Literal["cpu_seconds", "tokens"]) -> Sequence[Path]:
    """Draw results into one picture.

    Raises:
        ValueError: if some train and others measure agents, or several measure agents.
    """
    trained = [any(seed.get("curve") for seed in result["seeds"]) for result in found]
    if all(trained):
        from reasoning_baselines import learning_curves

        return learning_curves.draw(found, place, against)
    if len(found) > 1:
        named = ", ".join(result["name"] for result, each in zip(found, trained, strict=True) if not each)
        raise ValueError(f"{named} measured agents and has no learning curve; draw each such recipe alone")
    from reasoning_baselines import scaling

    return scaling.draw(found[0], place)
