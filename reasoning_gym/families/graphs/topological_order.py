"""Orders of nodes in which all arrows point forward."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.families.drawing import graph
from reasoning_gym.families.networks import LETTERS, Edge, connected, read_path
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

_FORMAT = ANSWER_FORMAT.format(answer="all nodes in such an order, as B,A,C")
_PREFIX = "Order so that all arrows point forward: "
_LINE = re.compile(r"([A-Z]):? (?:after|needs) (?:(?P<none>none)|([A-Z](?:, ?[A-Z]){0,25}))", re.ASCII)


class _Level(NamedTuple):
    nodes: int
    extra: int  # arrows beyond a tree


_LEVELS = (_Level(5, 1), _Level(6, 3), _Level(8, 6), _Level(10, 10), _Level(13, 18), _Level(16, 28))


@family(category="graphs", levels=6, many_answers=True)
class TopologicalOrder(Family):
    """Put the nodes of a directed graph without cycles in an order in which all arrows point forward.

    Statement: `Order so that all arrows point forward: B->D,C->A,C->D,D->A,E->A`.
    Thoughts: a node at a time, the first in the alphabet of those that nothing holds back any more, with the nodes
        that have an arrow to it, all of which came before: `A: after C,D,E`.
    Answer: the nodes in order, `B,C,D,E,A`. Every order in which all arrows point forward is right.
    Level: 5 to 16 nodes and 5 to 43 arrows. A random order is right in 6 % of the cases at level 1 and in 1 % at
        level 2, one by how many more arrows lead to a node than from it in 82 % at level 1 and 4 % at the last; level
        1 has 5,640 different questions.
    Verified: by comparing the places of both ends of every arrow.
    Checked step by step: a line names a node that hasn't come yet and just the nodes with an arrow to it, all of
        which have; nodes that nothing holds back come in any order.

        Order so that all arrows point forward: B->D,C->A,C->D,D->A,E->A
        B: after none
        C: after none
        D: after B,C
        E: after none
        A: after C,D,E
        Answer: B,C,D,E,A
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw an order, and then arrows that point forward in it."""
        chosen = _LEVELS[level - 1]
        hidden: list[int] = rng.permutation(chosen.nodes).tolist()
        pairs = connected(rng, chosen.nodes, chosen.extra)
        forward = [(a, b) if hidden[LETTERS.index(a)] < hidden[LETTERS.index(b)] else (b, a) for a, b in pairs]
        arrows = tuple(sorted(forward))
        statement = _PREFIX + ",".join(f"{a}->{b}" for a, b in arrows)
        return Problem(Question(self.name, level, statement, _FORMAT, arrows), ",".join(_order(_sources(arrows))))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        sources = _given(problem.question)
        lines = (f"{node}: after {','.join(sources[node]) or 'none'}" for node in _order(sources))
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        sources = _given(question)
        claim = _read(step)
        if claim is None:
            return unreadable(f"{step[:60]!r} puts no node in its place, such as 'E: after C,D'")
        placed: list[str] = []
        for line in thoughts:
            earlier = _read(line)
            if earlier is not None and not _fault(earlier, placed, sources):
                placed.append(earlier.node)
        fault = _fault(claim, placed, sources)
        return incorrect(fault) if fault else CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        sources = _given(question)

        def decide() -> Verdict:
            order = read_path(answer)
            if sorted(order) != list(sources):
                return incorrect("not every node is named once, or there are others")
            place = {node: i for i, node in enumerate(order)}
            for node, needed in sources.items():
                for before in needed:
                    if place[before] > place[node]:
                        return incorrect(f"the arrow from {before} to {node} points back")
            return CORRECT

        return guarded(decide)

    def picture(self, question: Question) -> str:
        arrows = cast("tuple[Edge, ...]", question.given)
        return graph(list(_given(question)), [(a, b, "") for a, b in arrows], directed=True)


class _Claim(NamedTuple):
    """A node, and those that a line names as having an arrow to it."""

    node: str
    needed: list[str]


def _given(question: Question) -> dict[str, list[str]]:
    return _sources(cast("tuple[Edge, ...]", question.given))


@lru_cache(maxsize=1024)
def _sources(arrows: tuple[Edge, ...]) -> dict[str, list[str]]:
    """For each node those with an arrow to it, all in alphabetical order."""
    found: dict[str, list[str]] = {node: [] for node in sorted({node for arrow in arrows for node in arrow})}
    for a, b in arrows:
        found[b].append(a)
    return found


def _order(sources: Mapping[str, Sequence[str]]) -> list[str]:
    """The order in which the first node in the alphabet that nothing holds back always comes next (Kahn 1962)."""
    order: list[str] = []
    while len(order) < len(sources):
        order.append(
            next(node for node in sources if node not in order and all(before in order for before in sources[node]))
        )
    return order


def _read(line: str) -> _Claim | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    return _Claim(match[1], [] if match["none"] else match[3].replace(" ", "").split(","))


def _fault(claim: _Claim, placed: Sequence[str], sources: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with a line, some nodes having their places; empty if nothing is."""
    if claim.node not in sources or claim.node in placed:
        return f"{claim.node} isn't in the graph, or has its place already"
    if sorted(claim.needed) != sources[claim.node]:
        return f"the arrows to {claim.node} come from other nodes"
    missing = [before for before in claim.needed if before not in placed]
    return f"{missing[0]} has to come before {claim.node}" if missing else ""
