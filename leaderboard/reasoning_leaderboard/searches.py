"""Trees that an agent's search grew, as a submission carries them: bounded, and as the agent tells them.

A line is the search of one episode. Its trees are kept in columns, as `reasoning_agents.search.tree` keeps them, so
that nothing is nested however deep a tree is. Nobody can grow them again from the thoughts; what can be checked is that
each thought that was had stands in the tree before it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from operator import itemgetter
from typing import Annotated, Any, Final, NamedTuple, Self, TypeAlias, cast

from pydantic import FailFast, Field, StringConstraints, model_validator

from reasoning_leaderboard.archives import MIB, BadArchive, compress, decompress, lines_of
from reasoning_leaderboard.entries import Count, Strict

MOST_SEARCHES: Final = 200  # episodes with trees
MOST_TREES: Final = 16  # of an episode: as many as a page shows
MOST_NODES: Final = 2_000  # of a tree, the one that it began with not counted
MOST_NODES_IN_ALL: Final = 100_000  # of a submission
LONGEST_KEPT: Final = 301  # characters: one more than a page shows, so that it shows that there was more
LARGEST_PACKED: Final = MIB // 2  # compressed
LARGEST: Final = 8 * MIB  # decompressed
LARGEST_LINE: Final = MIB
WHOLE: Final = 1_000  # a value or a prior of 1: they are kept in thousandths, as numbers are whole in canonical JSON
_HALVES: Final = re.compile("[\ud800-\udfff]")  # of characters; no record may hold them


class BadSearches(ValueError):
    """They can't be read as searches; the message names the line and what is wrong."""


_Thought: TypeAlias = Annotated[str, StringConstraints(max_length=LONGEST_KEPT)]
_Share: TypeAlias = Annotated[int, Field(ge=0, le=WHOLE)]
_ATMOST = Field(max_length=MOST_NODES)


class GrownTree(Strict):
    """A tree before one thought of an episode. Its nodes are numbered from 1, after their parents; 0 is its root."""

    parents: Annotated[tuple[Count, ...], _ATMOST, FailFast()]  # [N]
    thoughts: Annotated[tuple[_Thought, ...], _ATMOST, FailFast()]  # [N], each as far as it is kept
    visits: Annotated[tuple[Count, ...], _ATMOST, FailFast()]  # [N], simulations that went through it
    values: Annotated[tuple[_Share, ...], _ATMOST, FailFast()]  # [N], of the place after it
    priors: Annotated[tuple[_Share, ...], _ATMOST, FailFast()]  # [N], among its siblings
    exhausted: Annotated[tuple[bool, ...], _ATMOST, FailFast()]  # [N], whether nothing more was to be found there

    @model_validator(mode="after")
    def _be_a_tree(self) -> Self:
        sizes = {name: len(getattr(self, name)) for name in type(self).model_fields}
        if len(set(sizes.values())) > 1:
            told = ", ".join(f"{name} {size}" for name, size in sizes.items())
            raise ValueError(f"the columns of a tree are equally long; these hold {told}")
        for number, parent in enumerate(self.parents, 1):
            if parent >= number:
                raise ValueError(f"node {number} has parent {parent}; a parent comes before its children")
        return self


class EpisodeSearch(Strict):
    """The trees of one episode."""

    index: Count  # of the episode, from 0
    trees: Annotated[tuple[GrownTree, ...], Field(min_length=1, max_length=MOST_TREES), FailFast()]
    """The i-th as it was before the episode's i-th thought."""


class SearchLine(NamedTuple):
    """A search, and where it stands in its file."""

    number: int  # from 1
    search: EpisodeSearch


def kept(thought: str, longest: int = LONGEST_KEPT) -> str:
    r"""What a tree keeps of a thought: its beginning, with a mark in the place of what isn't a whole character.

    >>> kept("half \ud800 of it", 8)
    'half � o'
    """
    return _HALVES.sub("\ufffd", thought[:longest])


def search_of(index: int, tables: Sequence[object], longest: int) -> EpisodeSearch:
    """The search of an episode, as far as a submission keeps it.

    Args:
        index: of the episode, from 0.
        tables: the tree before each thought, in the form of `search.tree.as_table`; at least one.
        longest: characters at which thoughts of the episode are cut.

    Raises:
        ValueError: if one isn't such a tree.
    """
    most = min(longest, LONGEST_KEPT)
    return EpisodeSearch(index=index, trees=tuple(_grown(table, most) for table in tables[:MOST_TREES]))


def as_table(tree: GrownTree) -> dict[str, Any]:
    """A tree as plain values inside each other, the form of `search.tree.as_table`."""
    tables: list[dict[str, Any]] = [{"thought": "", "visits": 0, "children": []}]
    for number, parent in enumerate(tree.parents):
        table: dict[str, Any] = {
            "thought": tree.thoughts[number],
            "visits": tree.visits[number],
            "value": tree.values[number] / WHOLE,
            "prior": tree.priors[number] / WHOLE,
            "exhausted": tree.exhausted[number],
            "children": [],
        }
        tables.append(table)
        tables[parent]["children"].append(table)
    for table in tables:
        table["children"].sort(key=itemgetter("visits"), reverse=True)
    return tables[0]


def written_searches(searches: Iterable[EpisodeSearch]) -> bytes | None:
    """The file of searches, compressed: those of the first episodes, as many as there is room for; None if of none."""
    lines: list[bytes] = []
    nodes = size = 0
    for search in sorted(searches, key=lambda each: each.index)[:MOST_SEARCHES]:
        lines.append(search.written() + b"\n")
        nodes += _nodes(search)
        size += len(lines[-1])
        if nodes > MOST_NODES_IN_ALL or size > LARGEST or len(lines[-1]) > LARGEST_LINE:
            lines.pop()
            break
    while lines:
        packed = compress(b"".join(lines))
        if len(packed) <= LARGEST_PACKED:
            return packed
        lines = lines[: len(lines) // 2]
    return None


def read_searches(packed: bytes) -> Iterator[SearchLine]:
    """The searches of a file from anyone, in the order of their episodes, each of another one.

    Raises:
        BadSearches: if they can't be read, or there is more than may be; the message begins with the line.
    """
    try:
        data = decompress(packed, LARGEST)
    except BadArchive as error:
        raise BadSearches(f" {error}") from error
    nodes, before = 0, -1
    for number, line in enumerate(lines_of(data), 1):
        search = _read_line(number, line)
        nodes += _nodes(search)
        if search.index <= before:
            raise BadSearches(f"{number}: it is of episode {search.index}, after one of {before}; put them in order")
        if number > MOST_SEARCHES or nodes > MOST_NODES_IN_ALL:
            raise BadSearches(f"{number}: {MOST_SEARCHES} searches of {MOST_NODES_IN_ALL:,} nodes in all are the limit")
        before = search.index
        yield SearchLine(number, search)


def disagreement(search: EpisodeSearch, thoughts: Sequence[str]) -> str:
    """Why the trees can't be those that these thoughts came from; nothing if they may be."""
    if len(search.trees) > len(thoughts):
        return f"it has trees before {len(search.trees)} thoughts, but the episode has {len(thoughts)}"
    for before, tree in enumerate(search.trees, 1):
        had = kept(thoughts[before - 1])
        first = [thought for parent, thought in zip(tree.parents, tree.thoughts, strict=True) if parent == 0]
        if had not in first:
            return f"the tree before thought {before} doesn't hold that thought, {had[:60]!r}, where it begins"
    return ""


def children_of(node: object) -> Sequence[Mapping[str, Any]]:
    """The children of a node in the form of `search.tree.as_table`, each seen to be a node.

    Raises:
        ValueError: if it, or one of them, is none.
    """
    if not isinstance(node, dict):
        raise ValueError(f"a node of a tree is a JSON object, not {type(node).__name__}")
    children = cast("dict[str, Any]", node).get("children")
    if not isinstance(children, list):
        raise ValueError(f"a node's children are a list, not {type(children).__name__}")
    for child in cast("list[object]", children):
        _hold_to_form(child)
    return cast("list[dict[str, Any]]", children)


def _hold_to_form(node: object) -> None:
    table: dict[str, Any] = cast("dict[str, Any]", node) if isinstance(node, dict) else {}
    numbers = [table.get(name) for name in ("visits", "value", "prior")]
    plain = all(
        isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number) for number in numbers
    )
    if not plain or not isinstance(table.get("thought"), str) or not isinstance(numbers[0], int):
        raise ValueError(f"a node of a tree has a thought, visits, value and prior; this one is {str(table)[:80]!r}")


def _grown(table: object, longest: int) -> GrownTree:
    """A tree in columns: what may follow at once, then always the most visited node that is next."""
    nodes: list[tuple[int, Mapping[str, Any]]] = []  # each with the number of its parent
    waiting: list[tuple[float, int, int, Mapping[str, Any]]] = [
        (-math.inf, place, 0, child) for place, child in enumerate(children_of(table))
    ]
    seen = len(waiting)
    while waiting and len(nodes) < MOST_NODES:
        _, _, parent, node = heappop(waiting)
        nodes.append((parent, node))
        for child in children_of(node):
            heappush(waiting, (-child["visits"], seen, len(nodes), child))
            seen += 1
    return GrownTree(
        parents=tuple(parent for parent, _ in nodes),
        thoughts=tuple(kept(node["thought"], longest) for _, node in nodes),
        visits=tuple(node["visits"] for _, node in nodes),
        values=tuple(_share(node["value"]) for _, node in nodes),
        priors=tuple(_share(node["prior"]) for _, node in nodes),
        exhausted=tuple(node.get("exhausted") is True for _, node in nodes),
    )


def _share(number: float) -> int:
    return round(WHOLE * min(max(number, 0.0), 1.0))


def _read_line(number: int, line: bytes) -> EpisodeSearch:
    if len(line) > LARGEST_LINE:
        raise BadSearches(f"{number}: it holds {len(line):,} bytes; {LARGEST_LINE:,} are the limit of a line")
    try:
        return EpisodeSearch.read(line)
    except ValueError as error:
        raise BadSearches(f"{number}: {error}") from error


def _nodes(search: EpisodeSearch) -> int:
    return sum(len(tree.parents) for tree in search.trees)
