"""The commands that show what was published: the table of results, and learning curves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

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
    """Draw learning curves: accuracy against what the training took."""
    with mistakes():
        from reasoning_baselines.published import find_result

        axes: dict[str, Literal["cpu_seconds", "tokens"]] = {"cpu": "cpu_seconds", "tokens": "tokens"}
        if against not in axes:
            raise ValueError(f"against is {against!r}; use cpu or tokens")
        found = [find_result(name) for name in names]
        from reasoning_baselines.learning_curves import draw

        files = draw(found, place, axes[against])
    out().print(f"drawn: {', '.join(map(str, files))}", soft_wrap=True)
