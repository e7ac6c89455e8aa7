"""Spanning trees of least weight."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import cast

import numpy as np

from reasoning_gym.families.drawing import graph
from reasoning_gym.families.networks import Weighted, connected, judged, pair, reached, weighted_texts, weights
from reasoning_gym.families.numbers import check_number
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import Problem, Question, Verdict, unreadable

_FORMAT = ANSWER_FORMAT.format(answer="the total weight of the tree")
_LEVELS = ((4, 2, 9), (5, 3, 20), (6, 5, 30), (8, 8, 50), (10, 11, 99), (12, 15, 99))  # nodes, further edges, heaviest
_EDGE = r"([A-Z])([A-Z])=(\d{1,6})"
_TAKE = re.compile(rf"take {_EDGE}[:,] total (\d{{1,6}})", re.ASCII)
_SKIP = re.compile(rf"{_EDGE} closes a loop", re.ASCII)


@family(category="graphs", levels=6)
class SpanningTree(Family):
    """Find the least weight of a tree that joins all nodes.

    Statement: `Least total weight of edges that join all nodes: AB=4,AC=2,BC=1,BD=5,CD=7`.
    Thoughts: the edges from the lightest on, until all nodes are joined: `take BC=1: total 1`, or `AB=4 closes a loop`
        (Kruskal's algorithm).
    Answer: the total weight.
    Level: 4 to 12 nodes, 5 to 26 edges, and weights up to 9 at level 1 and up to 99 at the last. The most frequent
        answer makes up 11 % at level 1 and 5 % at level 2. The lightest edges, loops or not, have the right weight in
        43 % of the cases at level 1 and in 4 % at the last.
    Verified: by growing a tree from one node (Prim's algorithm).
    Checked step by step: an edge may be taken that is the lightest of all that leave a part of what is joined so far,
        with the right total; one that closes a loop joins two nodes of one part, and is named once.

        Least total weight of edges that join all nodes: AB=4,AC=2,BC=1,BD=5,CD=7
        take BC=1: total 1
        take AC=2: total 3
        AB=4 closes a loop
        take BD=5: total 8
        Answer: 8
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a graph; half of the time others, until some of the lightest edges close a loop."""
        nodes, extra, heaviest = _LEVELS[level - 1]
        plain = rng.random() < 0.5
        while True:
            pairs = connected(rng, nodes, extra)
            heavy: list[int] = rng.integers(1, heaviest + 1, size=len(pairs)).tolist()
            edges = tuple((a, b, weight) for (a, b), weight in zip(pairs, heavy, strict=True))
            if plain or sum(sorted(heavy)[: nodes - 1]) < _least(edges):
                break
        statement = f"Least total weight of edges that join all nodes: {weighted_texts(edges)}"
        return Problem(Question(self.name, level, statement, _FORMAT, edges), str(_least(edges)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*_kruskal(_given(problem.question)), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        if not (_TAKE.fullmatch(step) or _SKIP.fullmatch(step)):
            return unreadable(f"{step[:60]!r} neither takes an edge, such as 'take BC=1: total 1', nor leaves one out")
        return judged(_Forest(_given(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        return check_number(answer, _least(_given(question)))

    def picture(self, question: Question) -> str:
        edges = _given(question)
        return graph(list(weights(edges)), [(a, b, str(weight)) for a, b, weight in edges])


def _given(question: Question) -> tuple[Weighted, ...]:
    return cast("tuple[Weighted, ...]", question.given)


@lru_cache(maxsize=1024)
def _least(edges: tuple[Weighted, ...]) -> int:
    """The weight of a tree that grows from one node by the lightest edge that leaves it."""
    grown, total = {edges[0][0]}, 0
    while leaving := [(weight, a, b) for a, b, weight in edges if (a in grown) != (b in grown)]:
        weight, a, b = min(leaving)
        grown |= {a, b}
        total += weight
    return total


class _Forest:
    """The parts that the edges taken so far make of the nodes."""

    def __init__(self, edges: tuple[Weighted, ...]) -> None:
        self.edges = edges
        self.taken: dict[str, list[str]] = {node: [] for node in weights(edges)}
        self.total = 0
        self.skipped: set[Weighted] = set()

    @property
    def is_whole(self) -> bool:
        """Whether all nodes are joined."""
        return len(self.part(self.edges[0][0])) == len(self.taken)

    def part(self, node: str) -> set[str]:
        return reached(node, self.taken)

    def lightest(self, part: set[str]) -> int:
        """The least weight of the edges that leave a part which isn't the whole."""
        return min(weight for a, b, weight in self.edges if (a in part) != (b in part))

    def follow(self, line: str) -> str:
        """Take in a line; what is wrong with it, and nothing is taken in, or empty."""
        take = _TAKE.fullmatch(line)
        match = take or _SKIP.fullmatch(line)
        if match is None:
            return "neither takes an edge nor leaves one out"
        edge = (*pair(match[1], match[2]), int(match[3]))
        if edge not in self.edges or edge in self.skipped or self.is_whole:
            return f"there is no edge {match[1]}{match[2]} of weight {match[3]} left to decide on"
        return self.take(edge, int(take[4])) if take else self.skip(edge)

    def take(self, edge: Weighted, total: int) -> str:
        """Take an edge: every least tree can do with the lightest edge that leaves a part of it."""
        a, b, weight = edge
        part, other = self.part(a), self.part(b)
        if b in part:
            return f"{a} and {b} are joined already"
        if weight > max(self.lightest(part), self.lightest(other)):
            return "lighter edges leave the parts that it joins"
        if total != self.total + weight:
            return f"the total is wrong: {self.total}+{weight}"
        self.taken[a].append(b)
        self.taken[b].append(a)
        self.total = total
        return ""

    def skip(self, edge: Weighted) -> str:
        """Leave out an edge inside a part."""
        a, b, _ = edge
        if b in self.taken[a] or b not in self.part(a):
            return f"{a} and {b} aren't joined yet, or by this edge itself"
        self.skipped.add(edge)
        return ""


def _kruskal(edges: tuple[Weighted, ...]) -> Iterator[str]:
    """The lines from the lightest edge on, until all nodes are joined."""
    forest = _Forest(edges)
    for a, b, weight in sorted(edges, key=lambda edge: (edge[2], edge)):
        if forest.is_whole:
            return
        text = f"{a}{b}={weight}"
        line = f"{text} closes a loop" if b in forest.part(a) else f"take {text}: total {forest.total + weight}"
        forest.follow(line)
        yield line
