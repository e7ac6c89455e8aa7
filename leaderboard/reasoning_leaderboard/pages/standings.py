"""Where entries stand: the intervals of their scores, and which of them can't be told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from reasoning_leaderboard.entries import Entry
from reasoning_leaderboard.statistics import Interval, wilson


class Ranks(NamedTuple):
    """The ranks that the results leave open to an entry, both included; 1 is the best."""

    best: int
    worst: int


@dataclass(frozen=True)
class Standing:
    """An entry and what its score tells."""

    entry: Entry
    interval: Interval  # 95 %, of the accuracy, problems taken as independent
    clustered: Interval | None = None  # 95 %, where problems of one family may be alike
    band: int | None = None  # from 1, the best; no two of one band can be told apart; None if it isn't ranked
    ranks: Ranks | None = None  # likewise


Ranking: TypeAlias = Callable[[Sequence[Entry]], Sequence[Standing]]


def standings(entries: Sequence[Entry]) -> list[Standing]:
    """The entries with Wilson's interval each, in their order, without bands."""
    return [Standing(entry, wilson(entry.correct, entry.n)) for entry in entries]
