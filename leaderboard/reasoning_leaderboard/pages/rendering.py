"""Fills in the templates. Whatever a page shows goes through here: it is escaped, and none of it is unseen."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reasoning_leaderboard.pages.plots import interval_bar, share_bar
from reasoning_leaderboard.pages.wording import (
    budget_told,
    compact,
    levels_told,
    percent,
    short_note,
    track_name,
    track_title,
    visible,
)

# The policy of each page: nothing from elsewhere, and no script or style but the files beside the pages.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'"
)
STATIC: Final = ("pages.css", "pages.js", "icon.svg")  # what is served beside the pages, by name


def rendered(template: str, **values: object) -> str:
    """The page that a template makes of values, ready to be encoded in UTF-8."""
    return _environment().get_template(template).render(**values)


def static(name: str) -> bytes:
    """A file that is served beside the pages.

    Raises:
        KeyError: if there is none of this name.
    """
    if name not in STATIC:
        raise KeyError(name)
    return (files("reasoning_leaderboard.pages") / "static" / name).read_bytes()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("reasoning_leaderboard.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"compact": compact, "percent": percent, "budget_told": budget_told, "short_note": short_note}
    words: dict[str, Any] = {
        "bar": interval_bar,
        "share_bar": share_bar,
        "track_name": track_name,
        "track_title": track_title,
        "levels_told": levels_told,
        "policy": POLICY,
    }
    made.globals.update(words)
    return made


def _finished(value: object) -> object:
    """What a template prints: markup of our own as it is, and of all else nothing that can't be seen."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)
