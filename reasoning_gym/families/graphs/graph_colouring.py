"""Colourings of graphs with few colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.drawing import graph
from reasoning_gym.families.networks import LETTERS, Edge, Neighbours, edge_texts, neighbours, pair
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unproved, unreadable

_FORMAT = ANSWER_FORMAT.format(answer="a colour from 1 on for each node, as A=1,B=2")
_LINE = re.compile(r"([A-Z])(?:: ?(?:not (?P<taken>\d(?:, ?\d){0,8})|free),? so | ?[=:] ?)(?P<colour>\d)", re.ASCII)
_ITEM = re.compile(r"([A-Za-z])\s*+(?:[=:]|->|\u2192|\\to(?![a-z]))\s*+(\d)", re.ASCII)
_ITEMS = re.compile(rf"{_ITEM.pattern}(?:\s*+[,;]?+\s*+{_ITEM.pattern}){{0,25}}+", re.ASCII)
_MOST_TRIES = 2_000  # colours tried to complete a colouring; a few dozen are enough for these graphs


class _Level(NamedTuple):
    nodes: int
    colours: int
    edges: int
    letters: int  # of which the nodes are drawn


_LEVELS = (
    _Level(5, 3, 6, 8),
    _Level(6, 3, 9, 10),
    _Level(7, 3, 12, 12),
    _Level(9, 3, 16, 14),
    _Level(11, 3, 21, 16),
    _Level(13, 4, 40, 18),
)


@family(category="graphs", levels=6, many_answers=True, unordered=",")
class GraphColouring(Family):
    """Colour the nodes of a graph so that neighbours differ.

    Statement: `Colour with 3 colours, neighbours differently: AC,AF,BE,BF,CE,EF`; AC is an edge between A and C.
    Thoughts: a node at a time, the one with the fewest colours left first: the colours that its neighbours have,
        and the first colour that is left: `D: not 1,2 so 3`, or `A: free so 1`.
    Answer: a colour for each node, `A=1,B=3,C=2,E=1,F=2`. Every colouring in which neighbours differ is right.
    Level: 5 to 13 nodes and 6 to 40 edges; four colours at the last level, three before. A colouring at random is
        right in 6 % of the cases at level 1 and in 2 % at level 2.
    Verified: by looking at both ends of every edge.
    Checked step by step: after `not` stand just the colours of the node's neighbours, after `so` the first colour
        that is left; `D=3` may give any colour that is left. The colouring so far must be one that can be completed.

        Colour with 3 colours, neighbours differently: AC,AF,BE,BF,CE,EF
        E: free so 1
        F: not 1 so 2
        B: not 1,2 so 3
        A: not 2 so 1
        C: not 1 so 2
        Answer: A=1,B=3,C=2,E=1,F=2
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw colours, then edges between different ones, until no choice of the trace needs to be undone."""
        chosen = _LEVELS[level - 1]
        while True:
            edges = _draw(rng, chosen)
            around = neighbours(edges)
            order = _work(around, chosen.colours)
            if len(order) == chosen.nodes:
                break
        statement = f"Colour with {chosen.colours} colours, neighbours differently: {edge_texts(edges)}"
        answer = ",".join(f"{node}={colour}" for node, colour in sorted(order.items()))
        return Problem(Question(self.name, level, statement, _FORMAT, (chosen.colours, edges)), answer)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        colours, around = _given(problem.question)
        found: dict[str, int] = {}
        lines: list[str] = []
        for node, colour in _work(around, colours).items():
            taken = ",".join(map(str, sorted(_taken(node, found, around))))
            lines.append(f"{node}: {f'not {taken}' if taken else 'free'} so {colour}")
            found[node] = colour
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        colours, around = _given(question)
        claim = _read(step)
        if claim is None:
            return unreadable(f"{step[:60]!r} gives no node a colour, such as 'C: not 1,2 so 3'")
        found: dict[str, int] = {}
        for line in thoughts:
            earlier = _read(line)
            if earlier is not None and not _fault(earlier, found, around, colours):
                found[earlier.node] = earlier.colour
        fault = _fault(claim, found, around, colours)
        if fault:
            return incorrect(fault)
        completed = _can_be_completed({**found, claim.node: claim.colour}, around, colours)
        if completed is None:
            return unproved("too much work to tell whether the colouring can be completed")
        return CORRECT if completed else incorrect("the colouring can't be completed any more")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        colours, around = _given(question)

        def decide() -> Verdict:
            found = _colouring(answer)
            if found.keys() != around.keys():
                return incorrect("a node has no colour, or isn't in the graph")
            if not all(1 <= colour <= colours for colour in found.values()):
                return incorrect(f"the colours are 1 to {colours}")
            alike = next((node for node in found if found[node] in _taken(node, found, around)), None)
            return CORRECT if alike is None else incorrect(f"{alike} has the colour of a neighbour")

        return guarded(decide)

    def picture(self, question: Question) -> str:
        _, around = _given(question)
        edges = cast("tuple[Edge, ...]", question.given[1])
        return graph(list(around), [(a, b, "") for a, b in edges])


class _Claim(NamedTuple):
    """What a line says of a node."""

    node: str
    colour: int
    taken: set[int] | None  # the colours of its neighbours; None where the line doesn't speak of them


def _given(question: Question) -> tuple[int, Neighbours]:
    colours, edges = cast("tuple[int, tuple[Edge, ...]]", question.given)
    return colours, neighbours(edges)


def _draw(rng: np.random.Generator, level: _Level) -> tuple[Edge, ...]:
    """A connected graph in which every edge joins two colours of a colouring drawn first."""
    names = [LETTERS[i] for i in rng.permutation(level.letters)[: level.nodes].tolist()]
    draws = rng.random(2 * level.nodes).tolist()
    hidden = [i if i < level.colours else int(draws[i] * level.colours) for i in range(level.nodes)]
    edges: set[Edge] = set()
    for i in range(1, level.nodes):
        others = [j for j in range(i) if hidden[j] != hidden[i]]
        edges.add(pair(names[i], names[others[int(draws[level.nodes + i] * len(others))]]))
    further = [
        edge
        for i in range(level.nodes)
        for j in range(i)
        if hidden[i] != hidden[j] and (edge := pair(names[i], names[j])) not in edges
    ]
    chosen: list[int] = rng.permutation(len(further))[: level.edges - len(edges)].tolist()
    return tuple(sorted([*edges, *(further[i] for i in chosen)]))


def _taken(node: str, found: Mapping[str, int], around: Neighbours) -> set[int]:
    """The colours of a node's neighbours."""
    return {found[other] for other in around[node] if other in found}


def _hardest(found: Mapping[str, int], around: Neighbours) -> str:
    """The node without a colour that has the fewest left, of several the one with most neighbours (Brelaz 1979)."""
    return min(
        (node for node in around if node not in found),
        key=lambda node: (-len(_taken(node, found, around)), -len(around[node]), node),
    )


def _work(around: Neighbours, colours: int) -> dict[str, int]:
    """The nodes in the order in which they get their colours; not all of them where one has no colour left."""
    found: dict[str, int] = {}
    while len(found) < len(around):
        node = _hardest(found, around)
        left = set(range(1, colours + 1)) - _taken(node, found, around)
        if not left:
            break
        found[node] = min(left)
    return found


def _read(line: str) -> _Claim | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    says = "so" in match[0]
    taken = set(map(int, (match["taken"] or "").replace(",", " ").split())) if says else None
    return _Claim(match[1], int(match["colour"]), taken)


def _fault(claim: _Claim, found: Mapping[str, int], around: Neighbours, colours: int) -> str:
    """What is wrong with a line, other nodes having colours; empty if nothing is."""
    if claim.node not in around or claim.node in found:
        return f"{claim.node} isn't in the graph, or has a colour already"
    taken = _taken(claim.node, found, around)
    left = set(range(1, colours + 1)) - taken
    if claim.colour not in left:
        return f"{claim.colour} is no colour that is left for {claim.node}"
    if claim.taken is not None and (claim.taken != taken or claim.colour != min(left)):
        return f"the neighbours of {claim.node} have other colours, or there is one left before {claim.colour}"
    return ""


def _can_be_completed(found: dict[str, int], around: Neighbours, colours: int) -> bool | None:
    """Whether a colouring of some nodes can be continued to all; None where that takes too many tries."""
    tries = _MOST_TRIES

    def complete() -> bool:
        nonlocal tries
        if len(found) == len(around):
            return True
        node = _hardest(found, around)
        for colour in range(1, colours + 1):
            if colour not in _taken(node, found, around) and tries:
                tries -= 1
                found[node] = colour
                if complete():
                    return True
                del found[node]
        return False

    return complete() or (False if tries else None)


def _colouring(answer: str) -> dict[str, int]:
    """The colours that an answer such as `A=1,B=2` gives.

    Raises:
        Unreadable, Refused: if it is no such list, or names a node twice.
    """
    text = plain(answer)
    if text[:1] + text[-1:] in {"()", "[]", "{}"}:
        text = text[1:-1].strip()
    if not _ITEMS.fullmatch(text):
        raise Unreadable(f"{answer[:40]!r} is no list of colours such as 'A=1,B=2'")
    items = [(match[1].upper(), int(match[2])) for match in _ITEM.finditer(text)]
    found = dict(items)
    if len(found) < len(items):
        raise Unreadable("a node is named twice")
    return found
