"""Where entries stand among those that they may be compared with: on the same track, and as well proved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from reasoning_gym.intervals import Interval
from reasoning_leaderboard import ranking
from reasoning_leaderboard.entries import UNDATED, Entry
from reasoning_leaderboard.ranking import Ranks


@dataclass(frozen=True)
class Standing:
    """An entry and what its score tells."""

    entry: Entry
    interval: Interval  # 95 %, of the accuracy on problems like these, of the same families
    clustered: Interval | None = None  # 95 %, of the accuracy on families like these; None if there is but one
    band: int | None = None  # from 1, the best; no two of one band can be told apart; None if it isn't ranked
    ranks: Ranks | None = None  # that the results leave open; likewise
    same_as: Entry | None = None  # the first entry of the same thoughts, if that is another


Ranking: TypeAlias = Callable[[Sequence[Entry]], Sequence[Standing]]


def standings(entries: Sequence[Entry], seed: int = 0) -> list[Standing]:
    """The entries, ranked among those of the same track and tier, in the order in which they are given.

    Bands and ranks are about problems of the track's families; the interval over families is about others like them.
    Tiers are ranked apart: a score that anyone can compute the answers of pushes no other one down. Entries of the same
    thoughts are one result: it is ranked once, and all of them stand where it does.

    Args:
        entries: of any tracks, each once.
        seed: of the bootstrap behind the intervals over families.
    """
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.track.key, entry.tier), []).append(entry)
    found = {standing.entry.id: standing for group in groups.values() for standing in _ranked(group, seed)}
    first = _firsts(entries)
    return [
        replace(found[entry.id], same_as=None if first[entry.id] is entry else first[entry.id]) for entry in entries
    ]


def _ranked(entries: Sequence[Entry], seed: int) -> list[Standing]:
    rng = np.random.Generator(np.random.PCG64(seed))
    first = _firsts(entries)
    distinct = [_results(entry) for entry in entries if first[entry.id] is entry]
    # All have the same families, so the question is who is better on these, not on others like them.
    ranked = {each.id: each for each in ranking.rank(distinct, rng, by_family=False)}
    told = [(entry, ranked[first[entry.id].id]) for entry in entries]
    return [Standing(entry, each.interval, each.clustered, each.band, each.ranks) for entry, each in told]


def _firsts(entries: Sequence[Entry]) -> dict[str, Entry]:
    """For each entry's id, the one that was entered first with the same thoughts; itself where they aren't known.

    Of one day the first in order counts, and one that doesn't say when it was entered counts last.
    """
    by_thoughts: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda each: (each.entered == UNDATED, each.entered)):
        by_thoughts.setdefault(entry.thoughts or entry.id, entry)
    return {entry.id: by_thoughts[entry.thoughts or entry.id] for entry in entries}


def _results(entry: Entry) -> ranking.Entry:
    """What the ranking sees of an entry: counts by family, and, of common problems, which were solved."""
    asked, correct = Counter[str](), Counter[str]()
    for cell in entry.cells:
        asked[cell.family] += cell.n
        correct[cell.family] += cell.correct
    outcomes = {f"{entry.round}/{index}": mark == "1" for index, mark in enumerate(entry.solved)}
    return ranking.Entry(
        entry.id,
        {family: ranking.Count(correct[family], n) for family, n in asked.items()},
        outcomes or None,
    )
