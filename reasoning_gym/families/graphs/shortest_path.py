"""Shortest paths in graphs with weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.drawing import graph
from reasoning_gym.families.networks import LETTERS, Weighted, connected, read_path, weighted_texts, weights
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_FORMAT = ANSWER_FORMAT.format(answer="the nodes of a path of least total weight, as A-C-B")
_LINE = re.compile(r"([A-Z]): ?(\d{1,6}) ?\+ ?(\d{1,6}) ?= ?(\d{1,6}),? via ([A-Z])", re.ASCII)

Roads: TypeAlias = "Mapping[str, Mapping[str, int]]"  # the weights of the edges at each node


class _Level(NamedTuple):
    nodes: int
    extra: int  # edges beyond a tree
    heaviest: int
    edges: int  # least number of edges of the path asked for


_LEVELS = (
    _Level(4, 2, 9, 2),
    _Level(5, 3, 9, 2),
    _Level(6, 4, 9, 3),
    _Level(8, 7, 20, 3),
    _Level(10, 10, 50, 3),
    _Level(12, 14, 99, 4),
)


class _Settled(NamedTuple):
    """A node whose distance from the start is final: `node: before+weight=distance via previous`."""

    node: str
    before: int
    weight: int
    distance: int
    previous: str

    def __str__(self) -> str:
        return f"{self.node}: {self.before}+{self.weight}={self.distance} via {self.previous}"


@family(category="graphs", levels=6, many_answers=True)
class ShortestPath(Family):
    """Find a path of least total weight between two nodes.

    Statement: `Shortest path from B to A: AC=4,AD=6,BC=1,BD=9,CD=5`; edges can be walked either way, and AC=4 is
        an edge between A and C of weight 4.
    Thoughts: the nodes in the order of their distance from the start, each with its distance as that of the node
        before it and the weight of the edge: `A: 1+4=5 via C` (Dijkstra's algorithm).
    Answer: the nodes of the path, `B-C-A`. Any path of least weight is right.
    Level: 4 to 12 nodes, more edges, heavier ones, and longer paths. A path at random is the lightest in 33 % of the
        cases at level 1 and in 4 % at level 4, one with as few edges as possible in 36 % and 11 %, and a walk that
        goes to the end where an edge leads there, else to the nearest new node, in 52 % and 35 %.
    Verified: by walking the path, and comparing its weight with the least there is.
    Checked step by step: the distance must add up, and be the least of all nodes that aren't settled yet, as
        reckoned from those that are; nodes equally far away come in any order.

        Shortest path from B to A: AC=4,AD=6,BC=1,BD=9,CD=5
        C: 0+1=1 via B
        A: 1+4=5 via C
        Answer: B-C-A
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw graphs until one has a path of enough edges that is the shortest."""
        chosen = _LEVELS[level - 1]
        while True:
            pairs = connected(rng, chosen.nodes, chosen.extra)
            heavy = rng.integers(1, chosen.heaviest + 1, size=len(pairs)).tolist()
            edges = tuple((a, b, weight) for (a, b), weight in zip(pairs, heavy, strict=True))
            which = rng.random(2).tolist()
            source = LETTERS[int(which[0] * chosen.nodes)]
            paths = _paths(_settle_all(weights(edges), source), source)
            far = [path for path in paths if len(path) > chosen.edges]
            if far:
                break
        path = far[int(which[1] * len(far))]
        target = path[-1]
        statement = f"Shortest path from {source} to {target}: {weighted_texts(edges)}"
        return Problem(Question(self.name, level, statement, _FORMAT, (source, target, edges)), "-".join(path))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        source, target, roads = _given(problem.question)
        settled = _settle_all(roads, source)
        last = next(i for i, each in enumerate(settled) if each.node == target)
        return (*map(str, settled[: last + 1]), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        source, target, roads = _given(question)
        claim = _read(step)
        if claim is None:
            return unreadable(f"{step[:60]!r} is no distance such as 'B: 2+1=3 via C'")
        distances = {source: 0}
        for line in thoughts:
            earlier = _read(line)
            if earlier is not None and not _fault(earlier, distances, roads):
                distances[earlier.node] = earlier.distance
        if target in distances:
            return incorrect(f"the distance of {target} is known already")
        fault = _fault(claim, distances, roads)
        return incorrect(fault) if fault else CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        source, target, roads = _given(question)

        def decide() -> Verdict:
            path = read_path(answer)
            if (path[0], path[-1]) != (source, target):
                return incorrect(f"the path doesn't lead from {source} to {target}")
            if any(b not in roads.get(a, {}) for a, b in pairwise(path)):
                return incorrect("the path uses an edge that isn't there")
            weight = sum(roads[a][b] for a, b in pairwise(path))
            least = _distance(question.given[2], source, target)
            return CORRECT if weight == least else incorrect(f"the path weighs {weight}, and there is a lighter one")

        return guarded(decide)

    def picture(self, question: Question) -> str:
        source, target, roads = _given(question)
        edges = cast("tuple[Weighted, ...]", question.given[2])
        fills = {source: "green", target: "yellow"}
        return graph(list(roads), [(a, b, str(weight)) for a, b, weight in edges], fills=fills)


def _given(question: Question) -> tuple[str, str, Roads]:
    source, target, edges = cast("tuple[str, str, tuple[Weighted, ...]]", question.given)
    return source, target, weights(edges)


def _next(roads: Roads, distances: Mapping[str, int]) -> _Settled | None:
    """What Dijkstra's algorithm settles next: the nearest node, the first in the alphabet of several."""
    ways = [
        _Settled(node, before, weight, before + weight, previous)
        for previous, before in distances.items()
        for node, weight in roads[previous].items()
        if node not in distances
    ]
    return min(ways, key=lambda way: (way.distance, way.node, way.previous), default=None)


def _settle_all(roads: Roads, source: str) -> list[_Settled]:
    distances = {source: 0}
    settled: list[_Settled] = []
    while (way := _next(roads, distances)) is not None:
        distances[way.node] = way.distance
        settled.append(way)
    return settled


@lru_cache(maxsize=1024)
def _distance(edges: tuple[Weighted, ...], source: str, target: str) -> int:
    return next(each.distance for each in _settle_all(weights(edges), source) if each.node == target)


def _paths(settled: Sequence[_Settled], source: str) -> list[list[str]]:
    """The shortest paths to all other nodes, nearest first."""
    paths = {source: [source]}
    for each in settled:
        paths[each.node] = [*paths[each.previous], each.node]
    return list(paths.values())[1:]


def _read(line: str) -> _Settled | None:
    match = _LINE.fullmatch(line)
    return _Settled(match[1], int(match[2]), int(match[3]), int(match[4]), match[5]) if match else None


def _fault(claim: _Settled, distances: Mapping[str, int], roads: Roads) -> str:
    """What is wrong with a distance, those of some nodes being known; empty if nothing is."""
    if claim.node in distances:
        return f"the distance of {claim.node} is known already"
    if distances.get(claim.previous) != claim.before:
        return f"{claim.before} isn't known to be the distance of {claim.previous}"
    if roads[claim.previous].get(claim.node) != claim.weight:
        return f"there is no edge of weight {claim.weight} between {claim.previous} and {claim.node}"
    if claim.before + claim.weight != claim.distance:
        return "the sum is wrong"
    nearest = _next(roads, distances)
    if nearest is not None and nearest.distance < claim.distance:
        return f"{nearest.node} is nearer, and may lie on a shorter way to {claim.node}"
    return ""
