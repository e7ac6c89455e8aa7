"""What is shown of the tree that a search grew: the most visited nodes, and how many are left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final, cast

MOST_NODES: Final = 2_000  # of a tree; a browser folds and unfolds so many at once
MOST_CHILDREN: Final = 20  # of a node
DEEPEST: Final = 40  # nodes below each other
MOST_CHARS: Final = 300  # of a thought in a tree


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
    return ShownTree(before, _node(table, chosen, tuple(had), had_itself=True, share=1.0), _size(table), len(chosen))


def _children(table: object) -> Sequence[Mapping[str, Any]]:
    """The children of a node, seen to be nodes."""
    if not isinstance(table, dict):
        raise ValueError(f"a node of a tree is a JSON object, not {type(table).__name__}")
    children = cast("dict[str, Any]", table).get("children")
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


def _most_visited(table: object) -> frozenset[int]:
    """The identities of the nodes to show: from the root on, always the most visited one that is next."""
    chosen: set[int] = set()
    waiting: list[tuple[int, int, int, object]] = [(0, 0, 0, table)]
    number = 0
    while waiting and len(chosen) < MOST_NODES:
        _, _, depth, node = heappop(waiting)
        chosen.add(id(node))
        if depth == DEEPEST:
            continue
        for child in _children(node)[:MOST_CHILDREN]:
            number += 1
            heappush(waiting, (-child["visits"], number, depth + 1, child))
    return frozenset(chosen)


def _size(table: object) -> int:
    size, waiting = 0, [table]
    while waiting:
        size += 1
        waiting += _children(waiting.pop())
    return size


def _node(table: object, chosen: frozenset[int], had: tuple[str, ...], *, had_itself: bool, share: float) -> ShownNode:
    """A node with those below it that were chosen; at most `DEEPEST` calls deep."""
    node, children = cast("Mapping[str, Any]", table), _children(table)
    all_visits = sum(child["visits"] for child in children) or 1
    shown: list[ShownNode] = []
    for child in children[:MOST_CHILDREN]:
        if id(child) in chosen:
            follows = had_itself and bool(had) and child["thought"] == had[0]
            shown.append(
                _node(
                    child,
                    chosen,
                    had[1:] if follows else (),
                    had_itself=follows,
                    share=child["visits"] / all_visits,
                )
            )
    value, visits = float(node.get("value", 0.0)), int(node.get("visits", 0))
    return ShownNode(
        thought=_cut(str(node.get("thought", ""))),
        visits=visits,
        value=value,
        prior=float(node.get("prior", 1.0)),
        share=share,
        had=had_itself,
        refuted=node.get("exhausted") is True and value == 0 and visits > 0,
        children=tuple(shown),
        left_out=len(children) - len(shown),
    )


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"
