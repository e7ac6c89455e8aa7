"""The command that recomputes the verdicts of recorded episodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reasoning_baselines.cli.screen import err, mistakes, out, way_of_showing

SHOWN = 20  # disagreements at most


def replay(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="That evaluate wrote, or a file of episodes.")],
    path: Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")] = None,
    thoughts: Annotated[
        str | None, typer.Option(metavar="HOW", help="Print each episode first, its thoughts folded, shown or hidden.")
    ] = None,
) -> None:
    """Recompute every verdict from the thoughts alone. Exit status 0 only if all records hold."""
    from rich.markup import escape

    from reasoning_baselines.replaying import replay_folder, transcripts

    if thoughts is not None:
        with mistakes():
            for text in transcripts(folder, way_of_showing(thoughts)):
                typer.echo(text)
    with mistakes(), err().status("replaying") as status:
        found = replay_folder(
            folder, path=path, watch=lambda so_far: status.update(f"replaying, {so_far.episodes:,} episodes")
        )
    console = out()
    wrong = found.disagreements
    for each in wrong[:SHOWN]:
        console.print(f"[red]{each.where}[/] {each.address}\n    {escape(each.what)}", soft_wrap=True)
    if len(wrong) > SHOWN:
        console.print(f"and {len(wrong) - SHOWN:,} more")
    count = "1 record doesn't hold" if len(wrong) == 1 else f"{len(wrong):,} records don't hold"
    verdict = f"[bold red]{count}[/]" if wrong else "[bold green]every record holds[/]"
    console.print(f"{found.episodes:,} episodes replayed, {found.correct:,} correct: {verdict}")
    raise typer.Exit(1 if wrong else 0)
