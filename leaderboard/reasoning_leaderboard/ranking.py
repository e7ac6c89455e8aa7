"""Where entries stand: each one's accuracy with its intervals, and bands of entries that the results can't tell apart.

E entries, P pairs of them, F families.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_gym.intervals import Interval, wilson
from reasoning_leaderboard.clusters import DRAWS, Floats, clustered, resample
from reasoning_leaderboard.comparisons import Counts, across_families, holm, same_problems, two_rates

Flags: TypeAlias = "NDArray[np.bool_]"


class Count(NamedTuple):
    """Problems that were asked, and how many of them were solved."""

    correct: int
    asked: int


class Ranks(NamedTuple):
    """Places that the results leave open to an entry, both ends included; 1 is the best."""

    best: int
    worst: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's results: counts by family, and by problem where others may have had the same problems.

    Raises:
        ValueError: unless 0 <= correct <= asked in each family, and the outcomes, if given, come to the same counts.
    """

    id: str
    families: Mapping[str, Count]  # one name for all, where families don't matter
    outcomes: Mapping[str, bool] | None = (
        None  # whether each problem was solved, by a key that names it for all entries
    )

    def __post_init__(self) -> None:
        for name, (correct, asked) in self.families.items():
            if not 0 <= correct <= asked:
                raise ValueError(f"{self.id}: {correct} solved of {asked} in {name!r}; give 0 <= correct <= asked")
        if self.outcomes is not None and (sum(self.outcomes.values()), len(self.outcomes)) != (self.correct, self.n):
            raise ValueError(
                f"{self.id}: {sum(self.outcomes.values())} solved of {len(self.outcomes)} outcomes, but "
                f"{self.correct} of {self.n} by family; give the same results twice"
            )

    @property
    def correct(self) -> int:
        """How many problems were solved."""
        return sum(count.correct for count in self.families.values())

    @property
    def n(self) -> int:
        """How many problems were asked."""
        return sum(count.asked for count in self.families.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an entry stands on a board."""

    id: str
    correct: int
    n: int
    accuracy: float | None  # in [0, 1]; None without a problem
    interval: Interval  # Wilson's: of the accuracy on problems like these, of the same families
    clustered: Interval | None  # of the accuracy on families like these; None if there is but one
    band: int | None = None  # from 1, the best; None without a problem
    ranks: Ranks | None = None  # which hold the true ranks of all entries, with the confidence; None without a problem
    better_than: int = 0  # how many entries it is significantly better than
    worse_than: int = 0  # how many entries are significantly better


def rank(
    entries: Sequence[Entry],
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    by_family: bool = True,
    draws: int = DRAWS,
) -> list[Standing]:
    """Where the entries stand, best first, those of equal accuracy by id, and those without a problem last.

    An entry's intervals depend on its own results and on `rng`, not on the other entries. `by_family` says whether an
    entry has to be better on families like these (see `significantly_better`). Its ranks run from 1 + the number of
    entries that are significantly better to the number of entries less those that it is significantly better than: with
    the confidence that no such claim is false, they hold the true rank of every entry (Mogstad, Romano, Shaikh and
    Wilhelm 2024, 'Inference for ranks with applications to mobility across neighbourhoods and academic achievement
    across countries', Review of Economic Studies 91). `bands` says what a band is.

    Raises:
        ValueError: if two entries have one id, or unless 0 < confidence < 1.
    """
    repeated = [name for name, times in Counter(entry.id for entry in entries).items() if times > 1]
    if repeated:
        raise ValueError(f"{repeated[0]!r} names two entries; give each an id of its own")
    ordered = sorted(entries, key=lambda entry: (entry.n == 0, -entry.correct / max(entry.n, 1), entry.id))
    asked = [entry for entry in ordered if entry.n]
    root = int(rng.integers(2**63))
    families = {len(_asked(entry)) for entry in asked}
    drawn = {count: resample(count, np.random.default_rng([root, count]), draws) for count in families}
    standings = [_alone(entry, drawn, confidence) for entry in ordered]
    better = significantly_better(asked, 1 - confidence, by_family=by_family)
    return _together(standings[: len(asked)], better) + standings[len(asked) :]


def significantly_better(entries: Sequence[Entry], significance: float = 0.05, *, by_family: bool = True) -> Flags:
    """Whether each entry is significantly better than each other one: [E, E], the better in the rows.

    Two entries that were asked the same problems are compared by McNemar's exact test, others by Fisher's with
    mid-p. With `by_family`, and two or more families, they have to differ by the test across families as well: then
    'better' holds for families like these, not for problems of these families alone. Holm's correction is over all
    pairs: with probability 1 - significance at least, nothing that is said here is false.

    Raises:
        ValueError: if an entry has no problem.
    """
    empty = [entry.id for entry in entries if entry.n == 0]
    if empty:
        raise ValueError(f"{empty[0]} has no problem; leave it out")
    first, second = (each.astype(np.int64) for each in np.triu_indices(len(entries), 1))
    p_values = _by_problem(entries, first, second)
    if by_family:
        p_values = np.fmax(p_values, across_families(*_by_name(entries), first, second))
    different = holm(p_values) <= significance
    rates = np.array([entry.correct / entry.n for entry in entries])
    better = np.zeros((len(entries), len(entries)), dtype=np.bool_)
    better[first, second] = different & (rates[first] > rates[second])
    better[second, first] = different & (rates[second] > rates[first])
    return better


def bands(accuracies: Sequence[float], better: Flags) -> list[int]:
    """Bands from 1, the best: from the top down, a new one begins where an entry is worse than a member of the last.

    `better` [E, E] says which entries are significantly better, in the rows, than which. So of two entries the more
    accurate one never has the worse band, and equals share one; no two of one band differ significantly; and each band
    but the first has an entry that one of the band before is significantly better than. No assignment of fewer bands
    does the first two. Entries of different bands need not differ significantly: not to differ isn't transitive.

    >>> bands([0.9, 0.8, 0.7], np.array([[0, 0, 1], [0, 0, 0], [0, 0, 0]], dtype=bool))
    [1, 1, 2]
    """
    found, band, members = [0] * len(accuracies), 1, list[int]()
    for accuracy in sorted(set(accuracies), reverse=True):
        equals = [i for i, other in enumerate(accuracies) if other == accuracy]
        if bool(better[np.ix_(members, equals)].any()):
            band, members = band + 1, []
        members += equals
        for i in equals:
            found[i] = band
    return found


def _by_problem(entries: Sequence[Entry], first: Counts, second: Counts) -> Floats:
    """p-values [P] over problems: paired between entries that were asked the same ones."""
    correct, asked = (np.array([getattr(e, name) for e in entries], dtype=np.int64) for name in ("correct", "n"))
    p_values = two_rates((correct[first], correct[second]), (asked[first], asked[second]))
    alike, solved_alone = _paired(entries)
    paired = alike[first, second]
    one, other = first[paired], second[paired]
    p_values[paired] = same_problems(solved_alone[one, other], solved_alone[other, one])
    return p_values


def _paired(entries: Sequence[Entry]) -> tuple[Flags, Counts]:
    """Which entries were asked the same problems as which, and how many of them the one solved alone: [E, E] each."""
    size = len(entries)
    alike, alone = np.zeros((size, size), dtype=np.bool_), np.zeros((size, size), dtype=np.int64)
    groups: dict[frozenset[str], list[tuple[int, Mapping[str, bool]]]] = {}
    for i, entry in enumerate(entries):
        if entry.outcomes is not None:
            groups.setdefault(frozenset(entry.outcomes), []).append((i, entry.outcomes))
    for keys, group in groups.items():
        members = [i for i, _ in group]
        solved = np.array([np.fromiter(map(outcomes.__getitem__, keys), np.float64) for _, outcomes in group])
        alike[np.ix_(members, members)] = True
        alone[np.ix_(members, members)] = np.rint(solved @ (1 - solved).T).astype(np.int64)
    return alike, alone


def _by_name(entries: Sequence[Entry]) -> tuple[Counts, Counts]:
    """How many problems of each family each entry solved and was asked: [E, F] each."""
    names = sorted({name for entry in entries for name in entry.families})
    table = np.array(
        [[entry.families.get(name, Count(0, 0)) for name in names] for entry in entries], dtype=np.int64
    ).reshape(len(entries), len(names), 2)
    return table[..., 0], table[..., 1]


def _alone(entry: Entry, drawn: Mapping[int, Floats], confidence: float) -> Standing:
    """What can be said of an entry without the others, by draws of as many families as it was asked."""
    asked = _asked(entry)
    solved, n = [each.correct for each in asked], [each.asked for each in asked]
    return Standing(
        id=entry.id,
        correct=entry.correct,
        n=entry.n,
        accuracy=entry.correct / entry.n if asked else None,
        interval=wilson(entry.correct, entry.n, confidence),
        clustered=clustered(solved, n, drawn[len(asked)], confidence) if asked else None,
    )


def _asked(entry: Entry) -> list[Count]:
    """The counts of the families that were asked at all, in the order of their names."""
    return [count for _, count in sorted(entry.families.items()) if count.asked]


def _together(standings: Sequence[Standing], better: Flags) -> list[Standing]:
    """The standings with what each is to the others."""
    placed = bands([each.correct / each.n for each in standings], better)
    wins, losses = better.sum(axis=1).tolist(), better.sum(axis=0).tolist()
    return [
        replace(each, band=band, ranks=Ranks(1 + lost, len(standings) - won), better_than=won, worse_than=lost)
        for each, band, won, lost in zip(standings, placed, wins, losses, strict=True)
    ]
