"""Which items of a page are shown, and in which order. `static/pages.js` does the same in the browser.

What was chosen stands in the page's query, so that a link shows what its sender saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

Query: TypeAlias = Mapping[str, str]  # of the page's address; from anyone
T = TypeVar("T")
Match: TypeAlias = Literal["equal", "among", "at-most", "text"]

NONE: Final = "-"  # chosen for items that have nothing of the kind; no name begins so
SOME: Final = "*"  # chosen for items that have any
SEPARATOR: Final = "|"  # between the facts of which an item has several
LONGEST: Final = 80  # characters of a text that is searched for


class Choice(NamedTuple):
    """One value of a filter."""

    value: str
    label: str


@dataclass(frozen=True)
class Filter:
    """One thing to choose items by."""

    name: str  # of the query's key, and of the fact of an item that it looks at
    label: str
    match: Match
    choices: tuple[Choice, ...] = ()  # beside 'any'; none where a text is searched for

    def chosen(self, query: Query) -> str:
        """What a query chooses; nothing for what can't be chosen."""
        value = query.get(self.name, "")
        if self.match == "text":
            return value[:LONGEST].strip()
        return value if any(value == choice.value for choice in self.choices) else ""


@dataclass(frozen=True)
class Column:
    """A column that items can be sorted by."""

    name: str
    label: str
    numeric: bool = True
    falling: bool = False  # whether the first click puts the largest first
    hint: str = ""  # what it says, in a few words

    @property
    def first(self) -> str:
        """The sort that the first click asks for."""
        return f"-{self.name}" if self.falling else self.name

    def next(self, sort: str) -> str:
        """The sort that the next click asks for, where items are sorted so."""
        return self.name if sort == f"-{self.name}" else f"-{self.name}" if sort == self.name else self.first

    def direction(self, sort: str) -> Literal["ascending", "descending", "none"]:
        """How this column is sorted; the values of aria-sort."""
        return "descending" if sort == f"-{self.name}" else "ascending" if sort == self.name else "none"


@dataclass(frozen=True)
class Facts:
    """What filters and sorting see of an item."""

    facts: Mapping[str, str]  # by a filter's name
    keys: Mapping[str, float | str | None] = field(default_factory=dict[str, "float | str | None"])  # by a column's


def passes(item: Facts, filters: Sequence[Filter], query: Query) -> bool:
    """Whether an item fits all that was chosen."""
    return all(_fits(item.facts.get(each.name, ""), each.match, each.chosen(query)) for each in filters)


def sort_of(query: Query, columns: Sequence[Column], otherwise: str) -> str:
    """The sort that a query asks for, or the one that is used where it asks for none that there is."""
    sort = query.get("sort", "")
    return sort if any(sort.removeprefix("-") == column.name for column in columns) else otherwise


def in_order(items: Sequence[T], facts: Callable[[T], Facts], sort: str) -> list[T]:
    """The items sorted; those that have no such value come last, and equal ones stay as they were."""
    name = sort.removeprefix("-")
    found = [(facts(item).keys.get(name), item) for item in items]
    known: list[tuple[Any, T]] = [
        (key.lower() if isinstance(key, str) else key, item) for key, item in found if key is not None
    ]
    known.sort(key=itemgetter(0), reverse=sort.startswith("-"))
    return [item for _, item in known] + [item for key, item in found if key is None]


def _fits(fact: str, match: Match, chosen: str) -> bool:
    if not chosen:
        return True
    if match == "text":
        return chosen.lower() in fact.lower()
    if match == "equal":
        return fact == chosen
    if chosen in (NONE, SOME):
        return bool(fact) == (chosen == SOME)
    if match == "among":
        return chosen in fact.split(SEPARATOR)
    return fact != "" and int(fact) <= int(chosen)
