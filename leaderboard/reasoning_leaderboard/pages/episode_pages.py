"""Pages of episodes: a list with a line for each, and fifty at a time in full."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

from reasoning_gym.problem import Status
from reasoning_leaderboard.pages.filters import Choice, Column, Facts, Filter, Query, in_order, passes, sort_of
from reasoning_leaderboard.pages.rendering import rendered
from reasoning_leaderboard.pages.transcripts import TREE, Listed, ShownEpisode, Transcripts

LINES: Final = 1_000  # of a page of the list
EPISODES: Final = 50  # on a page that shows them in full
COLUMNS: Final = (
    Column("place", "Episode"),
    Column("verdict", "Verdict", numeric=False),
    Column("family", "Family", numeric=False),
    Column("level", "Level"),
    Column("thoughts", "Thoughts", falling=True),
    Column("tokens", "Tokens", falling=True),
)
KEPT: Final = 8  # pages whose episodes were looked at last: to check each thought of them again takes time
IN_ORDER: Final = "place"
_LIST = re.compile(r"list-([1-9][0-9]{0,8})\.html")
_FULL = re.compile(r"([1-9][0-9]{0,8})\.html")


class EpisodePages:
    """The pages of the episodes of one entry or run: index.html, list-2.html, list-3.html; 1.html, 2.html, 3.html."""

    def __init__(self, transcripts: Transcripts, title: str, *, root: str, up: str, facts: object = None) -> None:
        """Make the pages of episodes.

        Args:
            transcripts: the episodes.
            title: whose they are.
            root: the way to the site's root from these pages, '' or '../../'.
            up: the page that leads here, from here.
            facts: what the first page of the list says of the run, by run.html; None if it is said elsewhere.
        """
        self._transcripts = transcripts
        self._listed = lru_cache(KEPT)(self._lines)
        self._opened = lru_cache(KEPT)(self._open)
        self._title, self._root, self._up, self._facts = title, root, up, facts

    @property
    def searched(self) -> int:
        """How many episodes there are trees of."""
        return self._transcripts.searched

    def names(self) -> Iterator[str]:
        """The names of all pages."""
        count = len(self._transcripts.listed)
        yield from (_list_name(number) for number in range(1, max(ceil(count / LINES), 1) + 1))
        yield from (f"{number}.html" for number in range(1, ceil(count / EPISODES) + 1))

    def page(self, name: str, query: Query) -> bytes:
        """The page of a name; a query chooses which of its episodes are shown, and sorts a list.

        Raises:
            KeyError: if there is none.
        """
        if name == "index.html":
            return self._list(1, query)
        if (match := _LIST.fullmatch(name)) is not None and match[1] != "1":
            return self._list(int(match[1]), query)
        if (match := _FULL.fullmatch(name)) is not None:
            return self._full(int(match[1]), query)
        raise KeyError(name)

    def _list(self, number: int, query: Query) -> bytes:
        """A page of the list."""
        listed = self._transcripts.listed
        pager = _pager(number, len(listed), LINES, _list_name)
        lines = self._listed(pager.first - 1, pager.last)
        filters = _filters(lines)
        sort = sort_of(query, COLUMNS, IN_ORDER)
        template = "list.html" if self._facts is None or number > 1 else "run.html"
        return self._rendered(
            template,
            lines=[(line, passes(line.item, filters, query)) for line in in_order(lines, _item, sort)],
            link=_link,
            pager=pager,
            filters=filters,
            query=query,
            columns=COLUMNS,
            sort=sort,
            standard=IN_ORDER,
            run=self._facts,
        )

    def _full(self, number: int, query: Query) -> bytes:
        """A page of episodes in full."""
        pager = _pager(number, len(self._transcripts.listed), EPISODES, lambda other: f"{other}.html")
        if not pager.last:
            raise KeyError(f"{number}.html")
        episodes = self._opened(pager.first - 1, pager.last)
        filters = _filters(episodes)
        return self._rendered(
            "episodes.html",
            episodes=[(episode, passes(episode.item, filters, query)) for episode in episodes],
            pager=pager,
            filters=filters,
            query=query,
            sort="",
        )

    def _lines(self, first: int, end: int) -> Sequence[Listed]:
        return self._transcripts.listed[first:end]

    def _open(self, first: int, end: int) -> tuple[ShownEpisode, ...]:
        return tuple(self._transcripts.opened(place) for place in range(first, end))

    def _rendered(self, template: str, **values: object) -> bytes:
        shared = {"root": self._root, "up": self._up, "title": self._title}
        return rendered(template, **shared, **values).encode()


@dataclass(frozen=True)
class Pager:
    """Which part of the episodes a page has, and what lies around it."""

    first: int  # episode, from 1
    last: int
    count: int  # of all episodes
    number: int  # of this page, from 1
    pages: int
    previous: str | None  # the name of the page before
    next: str | None


def _pager(number: int, count: int, size: int, name: Callable[[int], str]) -> Pager:
    """The part of a page by its number.

    Raises:
        KeyError: if there is no such page. There is always a first one.
    """
    pages = max(ceil(count / size), 1)
    if number > pages:
        raise KeyError(name(number))
    return Pager(
        first=(number - 1) * size + 1,
        last=min(number * size, count),
        count=count,
        number=number,
        pages=pages,
        previous=name(number - 1) if number > 1 else None,
        next=name(number + 1) if number < pages else None,
    )


def _filters(items: Sequence[Listed] | Sequence[ShownEpisode]) -> tuple[Filter, ...]:
    """What episodes can be chosen by: the verdicts and families that are there."""
    verdicts = {item.status for item in items}
    known = [str(status) for status in Status]
    ordered = sorted(verdicts, key=lambda status: known.index(status) if status in known else len(known))
    families = sorted({item.family for item in items})
    levels = sorted({item.level for item in items})
    searched = [Filter("tree", "Search", "equal", (Choice(TREE, "with its tree"),))]
    return (
        Filter("verdict", "Verdict", "equal", tuple(Choice(verdict, verdict) for verdict in ordered)),
        Filter("family", "Family", "equal", tuple(Choice(family, family) for family in families)),
        Filter("level", "Level", "equal", tuple(Choice(str(level), str(level)) for level in levels)),
        *(searched if any("tree" in item.item.facts for item in items) else ()),
    )


def _item(line: Listed) -> Facts:
    return line.item


def _list_name(number: int) -> str:
    return "index.html" if number == 1 else f"list-{number}.html"


def _link(line: Listed) -> str:
    """Where an episode is shown in full."""
    return f"{(line.position - 1) // EPISODES + 1}.html#e{line.position}"
