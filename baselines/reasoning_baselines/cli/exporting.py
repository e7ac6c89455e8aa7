"""The command that writes a board as plain files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import fail, mistakes, out
from reasoning_baselines.cli.stores import SettingsFile, StoreUrl, store_at
from reasoning_baselines.cli.verifying import hold_to_archive

if TYPE_CHECKING:
    from reasoning_leaderboard.boards import Shown
    from reasoning_leaderboard.pages.rounds import ShownRound


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="For the pages.")],
    submissions: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="A folder of submissions; may be repeated.")
    ] = None,
    round_file: Annotated[
        list[Path] | None, typer.Option("--round", metavar="FILE", help="Of a revealed round; may be repeated.")
    ] = None,
    path: Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")] = None,
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Write the board as plain files, which open from a disk or lie on any server.

    The entries are those of a store, or, where folders or rounds are named and no store is, of these, verified first.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes(), Meter("export") as meter:
        from reasoning_leaderboard.boards import from_store, from_submissions, rounds_in, site_of
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.pages.site import export as write
        from reasoning_leaderboard.pages.site import written_before

        def show(name: str, done: int, total: int) -> None:
            meter.show(name, done, total, "verified")

        for each in (*(submissions or []), *(round_file or [])):
            if not each.exists():  # said before anything is verified, which takes minutes
                fail(f"{each} isn't there; give folders of submissions, and archives that `leaderboard reveal` wrote")
        written_before(folder)  # before hours of work, whether pages may be written there
        shown: list[Shown] = []
        rounds: list[ShownRound] = []
        left_out: list[str] = []
        for each in submissions or []:
            shown += from_submissions(each, path=path, watch=show, left_out=left_out)
        for each in round_file or []:
            entries, found = _revealed(each, partial(show, each.name))
            shown += entries
            rounds.append(found)
        with ExitStack() as kept:
            if store is not None or settings is not None or not (submissions or round_file):
                opened = kept.enter_context(store_at(settings, store))  # open until the pages are written
                shown += from_store(opened)
                rounds += rounds_in(opened, utc_now())
            count = write(site_of(shown, lambda: rounds), folder, lambda done: meter.show("pages", done, done))
    for why in left_out:
        out().print(f"left out: {why}", style="yellow", soft_wrap=True, markup=False)
    out().print(f"{len(shown)} entries, {count:,} pages; open {folder / 'index.html'}", soft_wrap=True)


def _revealed(file: Path, watch: Callable[[int, int], None]) -> tuple[list[Shown], ShownRound]:
    """The entries of a round's archive, and the round.

    Raises:
        ValueError: if it can't be read, or doesn't hold; the message names it.
    """
    from reasoning_leaderboard.boards import from_round, round_of

    hold_to_archive(file)
    try:
        with file.open("rb") as archive:
            shown = from_round(archive, watch)
            archive.seek(0)
            return shown, round_of(archive)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
