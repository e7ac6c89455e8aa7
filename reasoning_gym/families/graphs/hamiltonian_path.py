"""Paths through all nodes of a graph, found by what is forced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.drawing import graph
from reasoning_gym.families.networks import LETTERS, Edge, edge_texts, judged, neighbours, pair, reached, read_path
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_FORMAT = ANSWER_FORMAT.format(answer="the nodes of the path, as A-C-B")
_EDGE = r"[A-Z]{2}"
_NODE_LINE = re.compile(rf"([A-Z]) (needs|drops) ({_EDGE}(?:, ?{_EDGE}){{0,11}})", re.ASCII)
_EDGE_LINE = re.compile(rf"({_EDGE}) (closes a loop|ends too early)", re.ASCII)


class _Level(NamedTuple):
    nodes: int
    extra: int  # edges beyond the path that is hidden, at most
    lines: int  # at most, of the deductions


_LEVELS = (
    _Level(5, 3, 7),
    _Level(6, 5, 12),
    _Level(7, 7, 16),
    _Level(8, 9, 20),
    _Level(10, 12, 26),
    _Level(12, 15, 31),
)


@family(category="graphs", levels=6)
class HamiltonianPath(Family):
    """Find a path between two nodes that visits every node once.

    Statement: `Path from E to D through every node once: AB,AD,AE,BC,BD,CD`.
    Thoughts: what is forced, until the path is whole. A node between the ends needs two edges and an end one, so where
        no more are left, it needs those: `C needs BC,CD`; where it has them, it drops the others: `D drops AD,BD`. An
        edge that closes a loop, or joins the parts of both ends before every node is on the path, is left out too:
        `AC closes a loop`, `AB ends too early`.
    Answer: the nodes of the path, `E-A-B-C-D`. Every such path is right; the deductions show that there is one only.
    Level: 5 to 12 nodes, and up to 3 to 15 edges that the path doesn't use. Level 1 has 2,520 different questions.
        The nodes in any order are right in 14 % of the cases at level 1 and in 5 % at level 2; a walk at random that
        visits no node again, in 54 % at level 1 and in 6 % at the last.
    Verified: by walking the path.
    Checked step by step: what a line says must follow by its rule from what earlier lines have taken and dropped,
        and take or drop an edge that wasn't yet; edges that a node needs and were taken before may be left unsaid.

        Path from E to D through every node once: AB,AD,AE,BC,BD,CD
        C needs BC,CD
        E needs AE
        D drops AD,BD
        A needs AB,AE
        Answer: E-A-B-C-D
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Hide a path among other edges, and take those away that keep the deductions from finding it."""
        chosen = _LEVELS[level - 1]
        while True:
            path = [LETTERS[i] for i in cast("list[int]", rng.permutation(chosen.nodes).tolist())]
            edges = _thinned(path, _others(rng, path, chosen.extra))
            if len(edges) > chosen.nodes and len(list(_deductions(_Trail(path[0], path[-1], edges)))) <= chosen.lines:
                break
        statement = f"Path from {path[0]} to {path[-1]} through every node once: {edge_texts(edges)}"
        given = (path[0], path[-1], edges)
        return Problem(Question(self.name, level, statement, _FORMAT, given), "-".join(path))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        return (*_deductions(_Trail(*_given(problem.question))), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        if not (_NODE_LINE.fullmatch(step) or _EDGE_LINE.fullmatch(step)):
            return unreadable(f"{step[:60]!r} is no deduction such as 'B needs AB,BC'")
        return judged(_Trail(*_given(question)), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        source, target, edges = _given(question)

        def decide() -> Verdict:
            path = read_path(answer)
            if (path[0], path[-1]) != (source, target):
                return incorrect(f"the path doesn't lead from {source} to {target}")
            if sorted(path) != list(neighbours(edges)):
                return incorrect("the path leaves a node out, visits one twice, or there is none of that name")
            missing = next((a + b for a, b in pairwise(path) if pair(a, b) not in edges), "")
            return incorrect(f"there is no edge {missing}") if missing else CORRECT

        return guarded(decide)

    def picture(self, question: Question) -> str:
        source, target, edges = _given(question)
        fills = {source: "green", target: "yellow"}
        return graph(list(neighbours(edges)), [(a, b, "") for a, b in edges], fills=fills)


def _given(question: Question) -> tuple[str, str, tuple[Edge, ...]]:
    return cast("tuple[str, str, tuple[Edge, ...]]", question.given)


def _others(rng: np.random.Generator, path: Sequence[str], count: int) -> list[Edge]:
    """So many edges that aren't on a path, in random order."""
    others = [pair(path[i], path[j]) for i in range(len(path)) for j in range(i + 2, len(path))]
    chosen: list[int] = rng.permutation(len(others))[:count].tolist()
    return [others[i] for i in chosen]


def _thinned(path: Sequence[str], others: list[Edge]) -> tuple[Edge, ...]:
    """The edges of a path, and those others that let the deductions find it.

    What was deduced before an edge is taken away can be deduced without it too.
    """
    trail = _Trail(path[0], path[-1], tuple(sorted([*(pair(a, b) for a, b in pairwise(path)), *others])))
    while len(trail.used) < len(path) - 1:
        line = _next(trail)
        if line:
            trail.follow(line)
        else:
            others = [edge for edge in others if edge not in trail.dropped]
            unlucky = others.pop()
            trail.edges = tuple(edge for edge in trail.edges if edge != unlucky)
    return trail.edges


class _Trail:
    """The edges that are known to be on the path, and those that are known not to be."""

    def __init__(self, source: str, target: str, edges: tuple[Edge, ...]) -> None:
        self.ends = (source, target)
        self.edges = edges
        self.nodes = list(neighbours(edges))
        self.used: set[Edge] = set()
        self.dropped: set[Edge] = set()

    def left(self, node: str) -> list[Edge]:
        """The edges at a node that weren't dropped."""
        return [edge for edge in self.edges if node in edge and edge not in self.dropped]

    def spare(self, node: str) -> list[Edge]:
        """The edges at a node that were neither used nor dropped."""
        return [edge for edge in self.left(node) if edge not in self.used]

    def need(self, node: str) -> int:
        """How many edges the path has at a node."""
        return 1 if node in self.ends else 2

    def part(self, node: str) -> set[str]:
        """The nodes that the used edges join to one."""
        return reached(node, neighbours(tuple(sorted(self.used))))

    def is_forced(self, node: str) -> bool:
        """Whether a node has no more edges left than it needs."""
        return len(self.left(node)) == self.need(node)

    def is_served(self, node: str) -> bool:
        """Whether a node has the edges that it needs."""
        return len(self.left(node)) - len(self.spare(node)) == self.need(node)

    def fate(self, edge: Edge) -> str:
        """Why an edge that is neither used nor dropped can't be on the path; empty if it may be."""
        part, other = self.part(edge[0]), self.part(edge[1])
        if edge[1] in part:
            return "closes a loop"
        ends = set(self.ends)
        early = ends & part and ends & other and len(part) + len(other) < len(self.nodes)
        return "ends too early" if early else ""

    def follow(self, line: str) -> str:
        """Take in a line; what is wrong with it, and nothing is taken in, or empty."""
        about_edge = _EDGE_LINE.fullmatch(line)
        if about_edge:
            edge = pair(*about_edge[1])
            open_edge = edge in self.edges and edge not in self.used | self.dropped
            if not open_edge or self.fate(edge) != about_edge[2]:
                return f"{about_edge[1]} is no such edge, or decided already, or {about_edge[2]} not"
            self.dropped.add(edge)
            return ""
        about_node = _NODE_LINE.fullmatch(line)
        if not about_node:
            return "no deduction"
        named = [pair(*text.strip()) for text in about_node[3].split(",")]
        return self.decide(about_node[1], about_node[2], named)

    def decide(self, node: str, word: str, named: Sequence[Edge]) -> str:
        """Use or drop edges at a node."""
        spare = set(self.spare(node))
        if len(set(named)) < len(named) or not spare & set(named):
            return f"names an edge twice, or none at {node} that isn't decided"
        if word == "needs":
            if not self.is_forced(node) or not spare <= set(named) <= set(self.left(node)):
                return f"other edges are left at {node}"
            self.used |= spare
            return ""
        if not self.is_served(node) or not set(named) <= spare:
            return f"{node} hasn't the edges it needs, or an edge is used or isn't at it"
        self.dropped |= set(named)
        return ""


def _deductions(trail: _Trail) -> Iterator[str]:
    """The lines until the path is whole."""
    while len(trail.used) < len(trail.nodes) - 1:
        line = _next(trail)
        yield line
        trail.follow(line)


def _next(trail: _Trail) -> str:
    """The first deduction by the first rule that gives one; empty where none does."""
    open_nodes = [node for node in trail.nodes if trail.spare(node)]
    for node in open_nodes:
        if trail.is_forced(node):
            return f"{node} needs {edge_texts(trail.left(node))}"
    for node in open_nodes:
        if trail.is_served(node):
            return f"{node} drops {edge_texts(trail.spare(node))}"
    for edge in trail.edges:
        if edge not in trail.used | trail.dropped and (fate := trail.fate(edge)):
            return f"{edge[0]}{edge[1]} {fate}"
    return ""
