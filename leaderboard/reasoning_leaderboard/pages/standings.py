"""Where entries stand: the intervals of their scores, and which of them can't be told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from reasoning_leaderboard.entries import Entry
from reasoning_leaderboard.statistics import Interval, wilson


class Band(NamedTuple):
    """The ranks that an entry may have for all that is known, from 1."""

    best: int
    worst: int


@dataclass(frozen=True)
class Standing:
    """An entry and what its score tells."""

    entry: Entry
    interval: Interval  # 95 %, of the accuracy, problems taken as independent
    clustered: Interval | None = None  # 95 %, where problems of one family and level may be alike
    band: Band | None = None  # None where it is ranked with nothing


Ranking: TypeAlias = Callable[[Sequence[Entry]], Sequence[Standing]]


def standings(entries: Sequence[Entry]) -> list[Standing]:
    """The entries with Wilson's interval each, in their order, without bands."""
    return [Standing(entry, wilson(entry.correct, entry.n)) for entry in entries]
