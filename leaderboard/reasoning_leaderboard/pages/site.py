"""Sites: all pages by their paths, each made when it is asked for; served, or written into a folder."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from reasoning_leaderboard.entries import Entry
from reasoning_leaderboard.pages.board import COLUMNS, board
from reasoning_leaderboard.pages.entry_pages import ShownRun, entry_view
from reasoning_leaderboard.pages.episode_pages import EpisodePages
from reasoning_leaderboard.pages.filters import Query
from reasoning_leaderboard.pages.rendering import STATIC, rendered, static
from reasoning_leaderboard.pages.standings import Ranking, standings
from reasoning_leaderboard.pages.transcripts import Transcripts

KEPT: Final = 16  # entries whose episodes were looked at last
LIST: Final = ".pages"  # in a folder of exported pages: what was written
_ENTRY = re.compile(r"entries/([0-9a-f]{64})\.(html|json)")
_EPISODES = re.compile(r"transcripts/([0-9a-f]{64})/([a-z0-9-]{1,20}\.html)")


class Site(Mapping[str, bytes]):
    """Pages by their paths, such as 'entries/….html'. Links in them are relative, so a site may lie anywhere."""

    @abstractmethod
    def page(self, path: str, query: Query) -> bytes:
        """The page at a path; a query chooses what is shown.

        Raises:
            KeyError: if there is none.
        """

    def __getitem__(self, path: str) -> bytes:
        return self.page(path, {})

    def __len__(self) -> int:
        return sum(1 for _ in self)


class BoardSite(Site):
    """The board, a page for each entry, its episodes, and a page on how far to trust a score."""

    def __init__(
        self,
        entries: Sequence[Entry],
        transcripts: Callable[[Entry], Transcripts | None],
        ranking: Ranking = standings,
        *,
        untold: Callable[[Entry], str] = lambda entry: "",
    ) -> None:
        """Make the site of entries.

        Args:
            entries: all that stand on the board.
            transcripts: the episodes of an entry; None where they aren't told, or not yet.
            ranking: gives each entry its intervals and its band.
            untold: why the episodes of an entry aren't told, and from when on they will be; nothing if it isn't known.
        """
        self._standings = {standing.entry.id: standing for standing in ranking(entries)}
        self._transcripts, self._untold = transcripts, untold
        self._told = lru_cache(KEPT)(self._episode_pages)

    def page(self, path: str, query: Query) -> bytes:
        """The page at a path.

        Raises:
            KeyError: if there is none.
        """
        if path == "index.html":
            shown = board(list(self._standings.values()), query)
            return rendered("board.html", root="", board=shown, columns=COLUMNS).encode()
        if path == "trust.html":
            return rendered("trust.html", root="").encode()
        if path.startswith("static/"):
            return static(path.removeprefix("static/"))
        if (match := _ENTRY.fullmatch(path)) is not None:
            return self._entry(match[1], match[2])
        if (match := _EPISODES.fullmatch(path)) is not None:
            pages = self._episodes(match[1])
            if pages is not None:
                return pages.page(match[2], query)
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        yield from ("index.html", "trust.html", *(f"static/{name}" for name in STATIC))
        for key in self._standings:
            yield from (f"entries/{key}.html", f"entries/{key}.json")
            pages = self._episodes(key)
            if pages is not None:
                yield from (f"transcripts/{key}/{name}" for name in pages.names())

    def _entry(self, key: str, form: str) -> bytes:
        standing = self._standings[key]
        if form == "json":
            return standing.entry.written()
        view = entry_view(standing, list(self._standings.values()))
        pages = self._episodes(key)
        untold = self._untold(standing.entry) if pages is None else ""
        return rendered("entry.html", root="../", view=view, pages=pages, untold=untold).encode()

    def _episodes(self, key: str) -> EpisodePages | None:
        """The pages of an entry's episodes; None where they aren't told, which is asked anew each time."""
        try:
            return self._told(key)
        except _NotTold:
            return None

    def _episode_pages(self, key: str) -> EpisodePages:
        entry = self._standings[key].entry
        transcripts = self._transcripts(entry)
        if transcripts is None:
            raise _NotTold
        return EpisodePages(transcripts, entry.card.name, root="../../", up=f"../../entries/{entry.id}.html")


class _NotTold(LookupError):
    """The episodes of an entry aren't told, or not yet: nothing that a cache may keep."""


class RunSite(Site):
    """One run: its figures, and its episodes."""

    def __init__(self, run: ShownRun) -> None:
        """Make the site of a run."""
        self._pages = EpisodePages(run.transcripts, run.title, root="", up="index.html", facts=run)

    def page(self, path: str, query: Query) -> bytes:
        """The page at a path.

        Raises:
            KeyError: if there is none.
        """
        if path.startswith("static/"):
            return static(path.removeprefix("static/"))
        return self._pages.page(path, query)

    def __iter__(self) -> Iterator[str]:
        yield from self._pages.names()
        yield from (f"static/{name}" for name in STATIC)


def export(site: Site, folder: Path, watch: Callable[[int], None] | None = None) -> int:
    """Write all pages of a site into a folder; how many there are. What an earlier export left over is removed.

    Args:
        site: any.
        folder: made if it isn't there.
        watch: called with the number of pages written so far.

    Raises:
        ValueError: if something else lies in the folder.
        OSError: if it can't be written.
    """
    before = written_before(folder)
    paths: list[str] = []
    for path in site:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(site[path])
        paths.append(path)
        if watch is not None:
            watch(len(paths))
    for path in before - set(paths):
        (folder / path).unlink(missing_ok=True)
    (folder / LIST).write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    return len(paths)


def written_before(folder: Path) -> frozenset[str]:
    """The paths that an earlier export wrote; none if there is no folder, or an empty one.

    Raises:
        ValueError: if something else lies in the folder.
        OSError: if it can't be read.
    """
    if not folder.exists() or not any(folder.iterdir()):
        return frozenset()
    if not (folder / LIST).is_file():
        raise ValueError(f"{folder} holds something else than exported pages; give another folder, or empty it")
    lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
    inside = [line for line in lines if line and not Path(line).is_absolute() and ".." not in Path(line).parts]
    return frozenset(inside)
