"""What the page of an entry says, and the first page of a run: figures with their intervals, cost, and a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reasoning_gym.intervals import Interval, wilson
from reasoning_leaderboard.attempts import luck_of_the_best
from reasoning_leaderboard.entries import Entry, Spent
from reasoning_leaderboard.pages.board import tokens_a_problem
from reasoning_leaderboard.pages.plots import Point, accuracy_plot
from reasoning_leaderboard.pages.standings import Standing
from reasoning_leaderboard.pages.transcripts import Transcripts
from reasoning_leaderboard.pages.wording import budget_told


@dataclass(frozen=True)
class Line:
    """The figures of a part of the problems."""

    family: str
    level: int | None  # None for all levels
    n: int
    correct: int

    @property
    def rate(self) -> float:
        """Of right answers, in [0, 1]."""
        return self.correct / self.n if self.n else 0.0

    @property
    def interval(self) -> Interval:
        """Wilson's 95 % interval of the rate."""
        return wilson(self.correct, self.n)


@dataclass(frozen=True)
class EntryView:
    """All that the page of an entry shows."""

    standing: Standing
    lines: tuple[Line, ...]  # a family's own figures, then those of its levels
    tokens: float | None  # a problem
    budgets: tuple[Standing, ...]  # this entry and the account's others of the same name and track, by tokens
    plot: Markup | None

    @property
    def entry(self) -> Entry:
        """The entry."""
        return self.standing.entry

    @property
    def luck(self) -> float:
        """By how much the best of so many attempts, as good as this one, lies above their rate by chance alone."""
        return luck_of_the_best(self.entry.attempts, self.entry.n, self.entry.accuracy) if self.entry.n else 0.0


@dataclass(frozen=True)
class ShownRun:
    """All that the pages of a run show."""

    title: str
    facts: tuple[tuple[str, str], ...]  # what was run, as names and values
    command: str  # that makes it again; empty if it isn't known
    cells: tuple[tuple[str, int, int, int], ...]  # family, level, n and correct, as recomputed
    spent: Spent
    disagreements: tuple[str, ...]  # what the records claim and the thoughts don't bear out
    transcripts: Transcripts

    @property
    def total(self) -> Line:
        """The figures of all problems."""
        return Line("all", None, sum(n for _, _, n, _ in self.cells), sum(correct for *_, correct in self.cells))

    @property
    def lines(self) -> tuple[Line, ...]:
        """The figures by family and level."""
        return lines_of(self.cells)


def entry_view(standing: Standing, all_standings: Sequence[Standing]) -> EntryView:
    """What the page of an entry shows, with its fellows from all that stand on the board."""
    entry = standing.entry
    fellows = [each for each in all_standings if _alike(each.entry, entry)]
    known = [(tokens, each) for each in fellows if (tokens := tokens_a_problem(each.entry)) is not None]
    known.sort(key=lambda pair: (pair[0], pair[1].entry.id))
    points = [
        Point(budget_told(each.entry.card), tokens, each.entry.accuracy, each.interval, here=each is standing)
        for tokens, each in known
    ]
    return EntryView(
        standing=standing,
        lines=lines_of([(cell.family, cell.level, cell.n, cell.correct) for cell in entry.cells]),
        tokens=tokens_a_problem(entry),
        budgets=tuple(each for _, each in known),
        plot=accuracy_plot(points) if points else None,
    )


def lines_of(cells: Sequence[tuple[str, int, int, int]]) -> tuple[Line, ...]:
    """The figures of each family, then of its levels if it has several."""
    found: list[Line] = []
    for family in sorted({cell[0] for cell in cells}):
        own = sorted(cell for cell in cells if cell[0] == family)
        if len(own) > 1:
            found.append(Line(family, None, sum(cell[2] for cell in own), sum(cell[3] for cell in own)))
        found += [Line(family, level, n, correct) for _, level, n, correct in own]
    return tuple(found)


def _alike(one: Entry, other: Entry) -> bool:
    """Whether two entries are of one agent, at other budgets perhaps. A name alone may be anyone's."""
    return (one.card.name, one.account, one.track.key) == (other.card.name, other.account, other.track.key)
