"""Graphs whose nodes are letters: draws them, writes and reads their edges and paths, and walks them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Protocol, TypeAlias

import numpy as np

from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.readings import plain
from reasoning_gym.problem import CORRECT, Verdict, incorrect

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Edge: TypeAlias = "tuple[str, str]"  # the smaller letter first, where the graph has no directions
Weighted: TypeAlias = "tuple[str, str, int]"  # an edge and its weight, at least 1
Neighbours: TypeAlias = "Mapping[str, Sequence[str]]"

# Possessive throughout: a text that is no path is given up in linear time.
_LINK = r"\s*+(?:-{1,2}+>?+|[\u2012-\u2014\u2212]|=>|>|,|\u2192|\\to(?![a-z])|\\rightarrow)?+\s*+"
_PATH = re.compile(rf"[A-Za-z](?:{_LINK}[A-Za-z]){{0,60}}+", re.ASCII)
_LINKS = re.compile(_LINK, re.ASCII)


def connected(rng: np.random.Generator, size: int, extra: int) -> list[Edge]:
    """The edges of a connected graph on the first `size` letters: a random tree and some more, sorted."""
    order: list[int] = rng.permutation(size).tolist()
    draws = rng.random(size).tolist()
    tree = {_edge(order[i], order[int(draws[i] * i)]) for i in range(1, size)}
    others = [edge for edge in combinations(LETTERS[:size], 2) if edge not in tree]
    chosen: list[int] = rng.permutation(len(others))[:extra].tolist()
    return sorted([*tree, *(others[i] for i in chosen)])


def _edge(i: int, j: int) -> Edge:
    return LETTERS[min(i, j)], LETTERS[max(i, j)]


def pair(a: str, b: str) -> Edge:
    """The edge between two nodes: the smaller letter first."""
    return (a, b) if a < b else (b, a)


def edge_texts(edges: Iterable[Edge]) -> str:
    """Edges as a question writes them.

    >>> edge_texts([("A", "B"), ("B", "C")])
    'AB,BC'
    """
    return ",".join(a + b for a, b in edges)


def weighted_texts(edges: Iterable[Weighted]) -> str:
    """Edges with their weights as a question writes them.

    >>> weighted_texts([("A", "B", 3), ("B", "C", 12)])
    'AB=3,BC=12'
    """
    return ",".join(f"{a}{b}={weight}" for a, b, weight in edges)


@lru_cache(maxsize=1024)
def neighbours(edges: tuple[Edge, ...]) -> dict[str, list[str]]:
    """The neighbours of each node that has an edge, in alphabetical order."""
    found: dict[str, list[str]] = {}
    for a, b in edges:
        found.setdefault(a, []).append(b)
        found.setdefault(b, []).append(a)
    return {node: sorted(found[node]) for node in sorted(found)}


@lru_cache(maxsize=1024)
def weights(edges: tuple[Weighted, ...]) -> dict[str, dict[str, int]]:
    """For each node its neighbours with the weights of the edges to them, both in alphabetical order."""
    found: dict[str, dict[str, int]] = {}
    for a, b, weight in edges:
        found.setdefault(a, {})[b] = weight
        found.setdefault(b, {})[a] = weight
    return {node: dict(sorted(found[node].items())) for node in sorted(found)}


def reached(start: str, around: Neighbours) -> set[str]:
    """The nodes that can be reached from one, itself among them."""
    found = {start}
    waiting = [start]
    while waiting:
        for node in around.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found


def read_path(answer: str) -> list[str]:
    r"""The nodes of `A-C-B`, `A->C->B`, `A, C, B`, `ACB` or `[A,C,B]`, as capitals; letter case is free.

    Raises:
        Unreadable, Refused: if it is no such list of letters.

    >>> read_path("A-C-B"), read_path("$a \\to c \\to b$")
    (['A', 'C', 'B'], ['A', 'C', 'B'])
    """
    text = plain(answer)
    if text[:1] + text[-1:] in {"()", "[]"}:
        text = text[1:-1].strip()
    if not _PATH.fullmatch(text):
        raise Unreadable(f"{answer[:40]!r} is no row of nodes such as 'A-C-B'")
    return list(_LINKS.sub("", text).upper())


class Working(Protocol):
    """What the lines of a trace have made of a graph so far."""

    def follow(self, line: str) -> str:
        """Take in a line; what is wrong with it, and nothing is taken in, or empty."""
        ...


def judged(working: Working, thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line can be taken in after earlier ones, of which the wrong ones are passed over."""
    for line in thoughts:
        working.follow(line)
    fault = working.follow(step)
    return incorrect(fault) if fault else CORRECT
