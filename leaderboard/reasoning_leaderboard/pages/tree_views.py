"""What is shown of the tree that a search grew: the most visited nodes, and how many are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple, cast

from reasoning_leaderboard.searches import children_of, kept

MOST_NODES: Final = 2_000  # of a tree; a browser folds and unfolds so many at once
MOST_CHILDREN: Final = 20  # of a node
DEEPEST: Final = 40  # nodes below each other
MOST_CHARS: Final = 300  # of a thought in a tree
_ABOVE: Final = -1  # the number of what is above the root


@dataclass(frozen=True)
class ShownNode:
    """A thought of a tree. The root has none."""

    thought: str
    visits: int  # simulations that went through it
    value: float  # of the place after it, in [0, 1]
    prior: float  # of the thought among its siblings
    share: float  # of its parent's children's visits, in [0, 1]
    had: bool  # whether the agent had this thought in the end
    refuted: bool  # whether all that could follow was seen to be worth nothing
    children: tuple[ShownNode, ...]  # the most visited first
    left_out: int  # children that aren't shown


@dataclass(frozen=True)
class ShownTree:
    """A tree before one thought of an episode."""

    before: int  # which thought, from 1
    root: ShownNode
    nodes: int  # that the tree has
    shown: int  # of them


def tree_view(table: object, had: Sequence[str], before: int) -> ShownTree:
    """What is shown of a tree in the form of `search.tree.as_table`.

    Args:
        table: the tree from a node down; from anyone.
        had: the thoughts that were had from there on.
        before: which thought was sought, from 1.

    Raises:
        ValueError: if it isn't such a tree.
    """
    chosen = _most_visited(table)
    ways = _ways(chosen, tuple(had))
    shown: dict[int, list[ShownNode]] = {}  # the children of each place, by its number
    for place in sorted(chosen, key=lambda place: place.number, reverse=True):  # a parent comes before its children
        below = tuple(reversed(shown.pop(place.number, [])))
        shown.setdefault(place.parent, []).append(_node(place, below, had=place.number in ways))
    return ShownTree(before, shown[_ABOVE][0], _size(table), len(chosen))


class _Place(NamedTuple):
    """A node that is shown, and where."""

    number: int  # of the node, from 0; larger than its parent's
    parent: int
    share: float  # of its parent's children's visits
    node: Mapping[str, Any]


def _most_visited(table: object) -> list[_Place]:
    """The nodes to show: from the root on, always the most visited one that is next."""
    root = cast("Mapping[str, Any]", table)
    chosen: list[_Place] = []
    waiting: list[tuple[int, int, int, _Place]] = [(0, 0, 0, _Place(0, _ABOVE, 1.0, root))]
    number = 0
    while waiting and len(chosen) < MOST_NODES:
        _, _, depth, place = heappop(waiting)
        chosen.append(place)
        children = children_of(place.node)
        visits = sum(child["visits"] for child in children) or 1
        for child in children[:MOST_CHILDREN] if depth < DEEPEST else ():
            number += 1
            below = _Place(number, place.number, child["visits"] / visits, child)
            heappush(waiting, (-child["visits"], number, depth + 1, below))
    return chosen


def _ways(chosen: Sequence[_Place], had: tuple[str, ...]) -> frozenset[int]:
    """The numbers of the nodes of the thoughts that were had, the root among them."""
    left = {0: had}  # what was had after each of these nodes
    for place in sorted(chosen, key=lambda place: place.number):
        after = left.get(place.parent, ())
        if after and kept(place.node["thought"]) == kept(after[0]):
            left[place.number] = after[1:]
    return frozenset(left)


def _node(place: _Place, children: tuple[ShownNode, ...], *, had: bool) -> ShownNode:
    node = place.node
    value, visits = float(node.get("value", 0.0)), int(node.get("visits", 0))
    return ShownNode(
        thought=_cut(str(node.get("thought", ""))),
        visits=visits,
        value=value,
        prior=float(node.get("prior", 1.0)),
        share=place.share,
        had=had,
        refuted=node.get("exhausted") is True and value == 0 and visits > 0,
        children=children,
        left_out=len(children_of(node)) - len(children),
    )


def _size(table: object) -> int:
    size, waiting = 0, [table]
    while waiting:
        size += 1
        waiting += children_of(waiting.pop())
    return size


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"
