"""The command that makes pages of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reasoning_baselines.cli.screen import mistakes, out


def view(
    place: Annotated[
        Path, typer.Argument(metavar="DIR", help="That evaluate wrote; or a file that tree wrote, or of episodes.")
    ],
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Of the pages; by default pages in the run's folder.")
    ] = None,
    path: Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")] = None,
) -> None:
    """Make pages of a run: its figures, and every thought with the verdict of a check.

    Verdicts are recomputed. The pages are plain files that any browser opens; the path to open is printed.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes():
        from reasoning_baselines.run_pages import run_site
        from reasoning_leaderboard.pages.site import export

        target = folder or (place / "pages" if place.is_dir() else place.with_name(f"{place.stem}-pages"))
        with Meter("replaying") as meter:
            site = run_site(place, path=path, watch=lambda done, of: meter.show("replaying", done, of))
            pages = len(site)
            export(site, target, lambda done: meter.show("writing pages", done, pages))
    out().print(f"open {target / 'index.html'}", markup=False, soft_wrap=True)
