"""Components of graphs: how many there are, and whether two nodes share one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.drawing import graph
from reasoning_gym.families.networks import LETTERS, Edge, Neighbours, edge_texts, judged, neighbours, pair, reached
from reasoning_gym.families.numbers import check_number
from reasoning_gym.families.readings import read_word
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_COUNT_FORMAT = ANSWER_FORMAT.format(answer="the number of components")
_CONNECTED_FORMAT = ANSWER_FORMAT.format(answer="yes or no")
_SPREAD = re.compile(r"([A-Z]{1,26})>([A-Z]{1,26})", re.ASCII)
_CLOSED = re.compile(r"(\d{1,2}): ([A-Z]{1,26})", re.ASCII)


class _Level(NamedTuple):
    nodes: int
    most: int  # components where they are counted; where two nodes are asked for, two or three
    extra: int  # edges beyond the trees of two or three components; beyond one tree, at most, where they are counted


_LEVELS = (
    _Level(7, 3, 0),
    _Level(8, 3, 1),
    _Level(10, 4, 2),
    _Level(13, 5, 4),
    _Level(16, 6, 6),
    _Level(20, 6, 9),
)


@family(category="graphs", levels=6)
class ConnectedComponents(Family):
    """Count the components of a graph, or say whether two nodes are in one.

    Statement: `Number of components of the graph with nodes A-G and edges AE,AG,BC,BD,CD,CF` or `Is there a path from A
        to F in the graph with edges AE,BD,BF,CG,EG?`
    Thoughts: from some nodes that are reached to all their neighbours that aren't yet, a layer at a time: `AB>CD`;
        and, where no edge leads on, which component that is: `1: ABCD`.
    Answer: a number, or yes or no.
    Level: 7 to 20 nodes, more components and more edges. Half of the questions are of either kind; one to three
        components at level 1 and up to six at the last are equally frequent, and so are yes and no, so that guessing
        pays 0.42 at level 1 and 0.33 at the last. To count the edges doesn't help. Two nodes that are asked for never
        have a neighbour in common.
    Verified: by walking the graph.
    Checked step by step: the nodes before `>` were all reached, in one component, and those behind it are just their
        neighbours that weren't; one node that wasn't reached may begin a component when no edge leads on. What stands
        behind `1:` must be a whole component that is new, and the number how many there are so far. Where two nodes
        are asked for, only their components count.

        Number of components of the graph with nodes A-G and edges AE,AG,BC,BD,CD,CF
        A>EG
        1: AEG
        B>CD
        CD>F
        2: BCDF
        Answer: 2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw groups of nodes and edges inside them."""
        count, together = (rng.random(2) < 0.5).tolist()
        return self._counted(rng, level) if count else self._connected(rng, level, together)

    def _counted(self, rng: np.random.Generator, level: int) -> Problem:
        """A question for the number of components; the number of edges doesn't depend on it."""
        chosen = _LEVELS[level - 1]
        number, further = rng.random(2).tolist()
        components = 1 + int(number * chosen.most)
        size = chosen.nodes - 1 + int(further * (chosen.extra + 1))
        while True:
            groups = _groups(rng, chosen.nodes, components, 1)
            if sum(comb(len(group), 2) for group in groups) >= size:
                break
        edges = _edges(rng, groups, size - chosen.nodes + components)
        nodes = LETTERS[: chosen.nodes]
        statement = f"Number of components of the graph with nodes {nodes[0]}-{nodes[-1]} and edges {edge_texts(edges)}"
        return Problem(Question(self.name, level, statement, _COUNT_FORMAT, (nodes, edges)), str(components))

    def _connected(self, rng: np.random.Generator, level: int, together: bool) -> Problem:
        """A question whether two nodes are in one component."""
        chosen = _LEVELS[level - 1]
        number = float(rng.random())
        while True:
            groups = _groups(rng, chosen.nodes, 2 + int(number * min(2, chosen.nodes // 4 - 1)), 3)
            edges = _edges(rng, groups, chosen.extra)
            pairs = _far_pairs(neighbours(edges))
            if pairs:
                break
        source, target = _two_nodes(rng, pairs, neighbours(edges), together)
        statement = f"Is there a path from {source} to {target} in the graph with edges {edge_texts(edges)}?"
        question = Question(self.name, level, statement, _CONNECTED_FORMAT, (source, target, edges))
        return Problem(question, "yes" if together else "no")

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        task = _given(problem.question)
        lines = _search(task) if task.target else _count(task)
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        if not (_SPREAD.fullmatch(step) or _CLOSED.fullmatch(step)):
            return unreadable(f"{step[:60]!r} is neither a way on such as 'AB>CD' nor a component such as '1: ABCD'")
        return judged(_Walk(_concerned(_given(question))), thoughts, step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        task = _given(question)
        if not task.target:
            return check_number(answer, len(_components(task.around)))

        def decide() -> Verdict:
            together = task.target in reached(task.source, task.around)
            right = (read_word(answer, ("yes", "no")) == "yes") == together
            return CORRECT if right else incorrect(f"{task.source} and {task.target} say otherwise")

        return guarded(decide)

    def picture(self, question: Question) -> str:
        task = _given(question)
        edges = cast("tuple[Edge, ...]", question.given[-1])
        fills = {task.source: "green", task.target: "yellow"} if task.target else {}
        return graph(sorted(task.around), [(a, b, "") for a, b in edges], fills=fills)


class _Task(NamedTuple):
    around: Neighbours  # of every node, those without edges too
    source: str = ""
    target: str = ""  # empty where components are to be counted


def _given(question: Question) -> _Task:
    if len(question.given) == 2:
        nodes, edges = cast("tuple[str, tuple[Edge, ...]]", question.given)
        around = neighbours(edges)
        return _Task({node: around.get(node, []) for node in nodes})
    source, target, edges = cast("tuple[str, str, tuple[Edge, ...]]", question.given)
    return _Task(neighbours(edges), source, target)


def _concerned(task: _Task) -> Neighbours:
    """The nodes that a walk may concern itself with: all, or those that one of two nodes can reach."""
    if not task.target:
        return task.around
    near = reached(task.source, task.around) | reached(task.target, task.around)
    return {node: task.around[node] for node in near}


def _groups(rng: np.random.Generator, nodes: int, components: int, least: int) -> list[list[str]]:
    """The first letters in so many groups of at least so many each."""
    order: list[int] = rng.permutation(nodes).tolist()
    draws: list[int] = rng.integers(components, size=nodes).tolist()
    groups: list[list[str]] = [[] for _ in range(components)]
    for place, i in enumerate(order):
        groups[place % components if place < least * components else draws[place]].append(LETTERS[i])
    return groups


def _edges(rng: np.random.Generator, groups: Sequence[Sequence[str]], extra: int) -> tuple[Edge, ...]:
    """A random tree in each group, and so many further edges inside groups where there is room."""
    draws = rng.random(sum(map(len, groups))).tolist()
    edges: set[Edge] = set()
    for group in groups:
        edges |= {pair(group[i], group[int(draws.pop() * i)]) for i in range(1, len(group))}
    others = [edge for group in groups for edge in combinations(sorted(group), 2) if edge not in edges]
    chosen: list[int] = rng.permutation(len(others))[:extra].tolist()
    return tuple(sorted([*edges, *(others[i] for i in chosen)]))


def _far_pairs(around: Neighbours) -> list[Edge]:
    """The connected pairs that are neither neighbours nor have one in common."""
    return [
        (a, b) for a in around for b in sorted(reached(a, around) - {a, *around[a]}) if not {*around[a]} & {*around[b]}
    ]


def _two_nodes(rng: np.random.Generator, pairs: Sequence[Edge], around: Neighbours, together: bool) -> Edge:
    """Two nodes far apart in one component, or else one of these and one as well connected from another component."""
    first, second = rng.random(2).tolist()
    source, target = pairs[int(first * len(pairs))]
    if not together:
        elsewhere = sorted(around.keys() - reached(source, around))
        gap = {node: abs(len(around[node]) - len(around[target])) for node in elsewhere}
        alike = [node for node in elsewhere if gap[node] == min(gap.values())]
        target = alike[int(second * len(alike))]
    return pair(source, target)


def _components(around: Neighbours) -> list[set[str]]:
    """The components, in alphabetical order of their first nodes."""
    found: list[set[str]] = []
    for node in sorted(around):
        if not any(node in component for component in found):
            found.append(reached(node, around))
    return found


def _layers(start: str, around: Neighbours, target: str = "") -> Iterator[str]:
    """The lines of a walk from a node, until no edge leads on or a target is reached."""
    found = {start}
    layer = [start]
    while layer and target not in found:
        beyond = sorted({other for node in layer for other in around[node]} - found)
        if beyond:
            yield f"{''.join(layer)}>{''.join(beyond)}"
        found |= set(beyond)
        layer = beyond


def _count(task: _Task) -> Iterator[str]:
    for number, component in enumerate(_components(task.around), start=1):
        yield from _layers(min(component), task.around)
        yield f"{number}: {''.join(sorted(component))}"


def _search(task: _Task) -> Iterator[str]:
    yield from _layers(task.source, task.around, task.target)
    component = reached(task.source, task.around)
    if task.target not in component:
        yield f"1: {''.join(sorted(component))}"


class _Walk:
    """What the lines so far have reached."""

    def __init__(self, around: Neighbours) -> None:
        self.around = around
        self.reached: set[str] = set()
        self.ahead: set[str] = set()  # reached, and not gone on from
        self.closed: list[set[str]] = []

    def follow(self, line: str) -> str:
        """Take in a line; what is wrong with it, and nothing is taken in, or empty."""
        spread, closed = _SPREAD.fullmatch(line), _CLOSED.fullmatch(line)
        named = "".join(spread.groups()) if spread else closed[2] if closed else ""
        if len(set(named)) < len(named) or not set(named) <= self.around.keys():
            return "a node is named twice, or the question isn't about it"
        if spread:
            return self.spread(set(spread[1]), set(spread[2]))
        return self.close(int(closed[1]), set(closed[2])) if closed else "neither a way on nor a component"

    def spread(self, nodes: set[str], beyond: set[str]) -> str:
        """Go on from nodes to all their neighbours that weren't reached."""
        begins = len(nodes) == 1 and not nodes & self.reached and not self.beyond(self.ahead)
        if not (begins or nodes <= self.ahead):
            return "starts from nodes that weren't reached, or were gone on from, or before the last walk is at its end"
        if beyond != self.beyond(nodes):
            return "leaves out a neighbour that wasn't reached yet, or names another node"
        self.reached |= nodes | beyond
        self.ahead = beyond if begins else self.ahead - nodes | beyond
        return ""

    def beyond(self, nodes: set[str]) -> set[str]:
        """The neighbours of nodes that weren't reached."""
        return {other for node in nodes for other in self.around[node]} - self.reached - nodes

    def close(self, number: int, nodes: set[str]) -> str:
        """Name a whole component and count it."""
        if nodes in self.closed or number != len(self.closed) + 1:
            return f"the component was named before, or isn't number {number}"
        if nodes != reached(min(nodes), self.around):
            return "that is no whole component"
        self.closed.append(nodes)
        self.reached |= nodes
        self.ahead -= nodes
        return ""
