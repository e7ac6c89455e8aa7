"""The board: entries in sections of those that may be compared, with what they are filtered and sorted by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reasoning_leaderboard.entries import Entry, Spent, Tier, Track
from reasoning_leaderboard.pages.filters import (
    NONE,
    SEPARATOR,
    SOME,
    Choice,
    Column,
    Facts,
    Filter,
    Query,
    in_order,
    passes,
    sort_of,
)
from reasoning_leaderboard.pages.standings import Standing
from reasoning_leaderboard.pages.wording import compact, track_title

BEST_FIRST: Final = "-accuracy"
SIZES: Final = (10**7, 10**8, 10**9, 10**10, 10**11, 10**12)  # parameters that a filter offers as bounds
BUDGETS: Final = (100, 1_000, 10_000, 100_000, 1_000_000)  # tokens a problem, likewise
COLUMNS: Final = (
    Column(
        "band",
        "Band",
        hint="within its tier; entries of one band can't be told apart, and below it are the ranks that are left open",
    ),
    Column("name", "Agent", numeric=False),
    Column("tier", "Tier", numeric=False, falling=True, hint="how much of the score has been seen to be so"),
    Column(
        "accuracy",
        "Accuracy",
        falling=True,
        hint="with its 95 % interval, on problems of these families",
    ),
    Column("n", "Problems", falling=True),
    Column("attempts", "Attempts", hint="of this account on this track in this tier, to date"),
    Column("tokens", "Tokens", hint="a problem"),
    Column("date", "Entered", numeric=False, falling=True),
)
_TIERS: Final = {tier: place for place, tier in enumerate(Tier)}


@dataclass(frozen=True)
class Row:
    """A line of the board."""

    standing: Standing
    item: Facts
    place: int  # in the order that rows have where none is asked for
    shown: bool  # whether it fits what was chosen


@dataclass(frozen=True)
class Section:
    """The entries of one track."""

    track: Track
    rows: tuple[Row, ...]

    @property
    def shown(self) -> bool:
        """Whether any of its entries is."""
        return any(row.shown for row in self.rows)


@dataclass(frozen=True)
class Board:
    """All sections, and what was chosen."""

    sections: tuple[Section, ...]
    filters: tuple[Filter, ...]
    query: Query
    sort: str

    @property
    def entries(self) -> int:
        """How many there are."""
        return sum(len(section.rows) for section in self.sections)

    @property
    def shown(self) -> int:
        """How many of them fit what was chosen."""
        return sum(row.shown for section in self.sections for row in section.rows)


def board(standings: Sequence[Standing], query: Query) -> Board:
    """The board as a query asks for it; the tracks with most entries come first."""
    filters = filters_of([standing.entry for standing in standings])
    sort = sort_of(query, COLUMNS, BEST_FIRST)
    by_track: dict[str, list[Row]] = {}
    for place, standing in enumerate(in_order(standings, facts_of, BEST_FIRST)):
        item = facts_of(standing)
        row = Row(standing, item, place, passes(item, filters, query))
        by_track.setdefault(standing.entry.track.key, []).append(row)
    sections = [
        Section(rows[0].standing.entry.track, tuple(in_order(rows, lambda row: row.item, sort)))
        for rows in by_track.values()
    ]
    sections.sort(key=lambda section: (-len(section.rows), section.track.env, section.track.key))
    return Board(tuple(sections), filters, query, sort)


def facts_of(standing: Standing) -> Facts:
    """What filters and sorting see of an entry."""
    entry, card = standing.entry, standing.entry.card
    facts = {
        "find": " ".join(filter(None, (card.name, card.model, entry.account))),
        "tier": str(entry.tier),
        "track": entry.track.key,
        "size": "" if card.parameters is None else str(card.parameters),
        "round": entry.round or "",
        "tools": SEPARATOR.join(card.tools),
        "budget": "" if card.budget is None else str(card.budget),
    }
    keys = {
        "band": standing.band,
        "name": card.name,
        "tier": str(_TIERS[entry.tier]),
        "accuracy": entry.accuracy,
        "n": entry.n,
        "attempts": entry.attempts,
        "tokens": tokens_a_problem(entry),
        "date": entry.entered.isoformat(),
    }
    return Facts(facts, keys)


def tokens_a_problem(entry: Entry) -> float | None:
    """Sampled tokens a problem, as the agent says; None if it says nothing of its cost."""
    return None if entry.spent == Spent() or entry.n == 0 else entry.spent.tokens / entry.n


def filters_of(entries: Sequence[Entry]) -> tuple[Filter, ...]:
    """What entries can be chosen by: only values that some have are offered."""
    tracks = {entry.track.key: entry.track for entry in entries}
    tools = sorted({tool for entry in entries for tool in entry.card.tools})
    rounds = sorted({entry.round for entry in entries if entry.round is not None})
    return (
        Filter("find", "Agent, model or account", "text"),
        Filter("tier", "Tier", "equal", tuple(Choice(tier, tier) for tier in Tier)),
        Filter("track", "Environment", "equal", _track_choices(tracks.values())),
        Filter("round", "Round", "equal", tuple(Choice(name, name) for name in rounds)),
        Filter("size", "Model size", "at-most", (*_bounds(SIZES, "parameters"), Choice(NONE, "not said"))),
        Filter(
            "tools",
            "Tools",
            "among",
            (Choice(NONE, "none"), Choice(SOME, "any tool"), *(Choice(tool, tool) for tool in tools)),
        ),
        Filter("budget", "Budget a problem", "at-most", (*_bounds(BUDGETS, "tokens"), Choice(NONE, "no limit"))),
    )


def _bounds(amounts: Iterable[int], unit: str) -> list[Choice]:
    return [Choice(str(amount), f"at most {compact(amount)} {unit}") for amount in amounts]


def _track_choices(tracks: Iterable[Track]) -> tuple[Choice, ...]:
    ordered = sorted(tracks, key=lambda track: (track.env, track.key))
    return tuple(Choice(track.key, track_title(track)) for track in ordered)
