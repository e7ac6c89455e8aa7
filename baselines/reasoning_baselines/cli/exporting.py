"""The command that writes a board as plain files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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

    folders, archives = submissions or [], round_file or []
    with mistakes(), Meter("export") as meter:
        from reasoning_leaderboard.boards import from_store, rounds_in, site_of
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.pages.site import export as write
        from reasoning_leaderboard.pages.site import written_before

        _hold_to_there([*folders, *archives])
        written_before(folder)  # before hours of work, whether pages may be written there
        shown, rounds, left_out = _recomputed(
            folders, archives, path, lambda name, done, total: meter.show(name, done, total, "verified")
        )
        with ExitStack() as kept:
            if store is not None or settings is not None or not (folders or archives):
                opened = kept.enter_context(store_at(settings, store))  # open until the pages are written
                shown += from_store(opened)
                rounds += rounds_in(opened, utc_now())
            count = write(site_of(shown, lambda: rounds), folder, lambda done: meter.show("pages", done, done))
    for why in left_out:
        out().print(f"left out: {why}", style="yellow", soft_wrap=True, markup=False)
    out().print(f"{len(shown)} entries, {count:,} pages; open {folder / 'index.html'}", soft_wrap=True)


def _hold_to_there(paths: Sequence[Path]) -> None:
    """Leave, saying why, if one isn't there: before anything is verified, which takes minutes."""
    for each in paths:
        if not each.exists():
            fail(f"{each} isn't there; give folders of submissions, and archives that `leaderboard reveal` wrote")


class _Recomputed(NamedTuple):
    """What folders of submissions and archives of rounds come to."""

    shown: list[Shown]
    rounds: list[ShownRound]
    left_out: list[str]  # why each submission that isn't comparable here isn't shown


def _recomputed(
    folders: Sequence[Path], archives: Sequence[Path], path: str | None, show: Callable[[str, int, int], None]
) -> _Recomputed:
    """What these come to, everything verified."""
    from reasoning_leaderboard.boards import from_submissions

    found = _Recomputed([], [], [])
    for each in folders:
        found.shown.extend(from_submissions(each, path=path, watch=show, left_out=found.left_out))
    for each in archives:
        entries, revealed = _revealed(each, partial(show, each.name))
        found.shown.extend(entries)
        found.rounds.append(revealed)
    return found


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
