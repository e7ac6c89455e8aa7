"""What the commands of those who keep a leaderboard share: which store it is, and by which settings."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import err, fail

if TYPE_CHECKING:
    from reasoning_leaderboard.server.settings import Settings
    from reasoning_leaderboard.store import Store

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="A TOML file: docs/leaderboard_server.md."),
]
StoreUrl = Annotated[
    str | None, typer.Option("--store", metavar="URL", help="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.")
]


def settings_of(file: Path | None, store: str | None) -> Settings:
    """The settings of a file, or the defaults where none is named, with the store that is named, if one is."""
    from dataclasses import replace

    from reasoning_leaderboard.server.settings import read_settings

    known = read_settings(file)
    return known if store is None else replace(known, store=store)


@contextmanager
def store_at(file: Path | None, store: str | None, *, make: bool = False) -> Generator[Store]:
    """The store, closed at the end; says so where it can't be used, or, unless it is to be made, isn't there.

    Somebody in the wrong folder would else get an empty store there, and be told that nothing is in it.
    """
    from reasoning_leaderboard.store import StoreUnavailable, open_store

    address = settings_of(file, store).store
    place = Path(address.removeprefix("sqlite:///"))
    missing = address.startswith("sqlite:///") and not place.exists()
    if missing and not make:
        fail(f"there is no store at {place.absolute()}; go to the server's folder, or give --store or --settings")
    try:
        opened = open_store(address)
        if missing:
            err().print(f"a new store: {place.absolute()}", style="dim", soft_wrap=True, markup=False)
        try:
            yield opened
        finally:
            opened.close()
    except StoreUnavailable as error:
        fail(f"{error}; the store is {without_password(address)}")


def without_password(address: str) -> str:
    """The address of a store, without its password."""
    from sqlalchemy.engine import make_url

    return make_url(address).render_as_string(hide_password=True)
