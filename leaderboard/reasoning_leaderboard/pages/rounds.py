"""The page of rounds: what is open, what each round is committed to, how to play it and how to audit it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from reasoning_gym.family import get_family
from reasoning_leaderboard.challenge.rounds import Manifest, RoundState
from reasoning_leaderboard.entries import Entry

MOST_LISTED: Final = 50  # entries of a round; the board has all of them
UNCATEGORISED: Final = "other"  # families that aren't installed here


class Moment(NamedTuple):
    """Something that happened in a round, or will."""

    what: str
    when: datetime | date  # UTC


class Proof(NamedTuple):
    """What the reveal published, in hexadecimal."""

    key: str
    log_head: str
    signature: str  # of the head of the log


@dataclass(frozen=True)
class ShownRound:
    """All that the page tells of a round; nothing in it is secret."""

    manifest: Manifest
    state: RoundState
    commitment: str
    public_key: str
    sessions: int  # that were opened
    moments: tuple[Moment, ...]  # in their order
    proof: Proof | None  # None until it is revealed

    @property
    def name(self) -> str:
        """Its name, which holds letters, digits and a few signs."""
        return self.manifest.round


class FamilyPart(NamedTuple):
    """What a session has of one family."""

    name: str
    levels: tuple[int, ...]
    episodes: int


class CategoryPart(NamedTuple):
    """What a session has of one category."""

    name: str
    families: tuple[FamilyPart, ...]


@dataclass(frozen=True)
class RoundView:
    """A round, what it holds, and what came of it."""

    round: ShownRound
    categories: tuple[CategoryPart, ...]
    entries: tuple[Entry, ...]  # the best first

    @property
    def families(self) -> tuple[FamilyPart, ...]:
        """Those of all categories."""
        return tuple(family for category in self.categories for family in category.families)

    @property
    def levels(self) -> tuple[int, ...]:
        """Those of all families."""
        return tuple(sorted({level for family in self.families for level in family.levels}))

    @property
    def listed(self) -> tuple[Entry, ...]:
        """The entries that the page lists."""
        return self.entries[:MOST_LISTED]


def round_views(rounds: Iterable[ShownRound], entries: Iterable[Entry]) -> list[RoundView]:
    """What the page shows of rounds, newest first. Of rounds of one name the last stands."""
    by_round: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.round is not None:
            by_round[entry.round].append(entry)
    by_name = {each.name: each for each in rounds}
    newest_first = sorted(by_name.values(), key=_began, reverse=True)
    return [RoundView(each, categories_of(each.manifest), _best_first(by_round[each.name])) for each in newest_first]


def categories_of(manifest: Manifest) -> tuple[CategoryPart, ...]:
    """What a session of a round has of each category and of its families, in alphabetical order."""
    found: defaultdict[str, list[FamilyPart]] = defaultdict(list)
    for name in sorted({stratum.family for stratum in manifest.strata}):
        own = [stratum for stratum in manifest.strata if stratum.family == name]
        levels = tuple(sorted({stratum.level for stratum in own}))
        found[_category(name)].append(FamilyPart(name, levels, sum(stratum.episodes for stratum in own)))
    return tuple(CategoryPart(name, tuple(families)) for name, families in sorted(found.items()))


def _category(family: str) -> str:
    try:
        return get_family(family).category
    except ValueError:  # the pages can still tell of a round whose problems can't be made here
        return UNCATEGORISED


def _began(shown: ShownRound) -> str:
    """What rounds are sorted by: a day alone comes before all times of that day."""
    return shown.moments[0].when.isoformat() if shown.moments else ""


def _best_first(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: (-entry.accuracy, entry.card.name, entry.id)))
