"""The tree of thoughts that a search grows, kept in lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

ROOT = 0  # the node that a tree began with


@dataclass(slots=True)
class Tree:
    """A tree of thoughts. Nodes are numbered as they were added; each list has one entry a node, [N].

    A node stands for its thought and for the place after it. Node 0 is the place where the search
    began, and has no thought. After a thought was had, `root` moves to its node: what is known below
    stays as it is, and what lies beside is no longer reached.
    """

    parent: list[int] = field(default_factory=lambda: [-1])
    thought: list[str] = field(default_factory=lambda: [""])
    log_prob: list[float] = field(default_factory=lambda: [0.0])  # of the thought, after its parent
    count: list[int] = field(default_factory=lambda: [1])  # how often it was drawn after its parent
    prior: list[float] = field(default_factory=lambda: [1.0])  # siblings sum to 1
    visits: list[int] = field(default_factory=lambda: [0])  # simulations that went through it
    value: list[float] = field(default_factory=lambda: [0.0])  # of the place after it, to who had it, in [0, 1]
    player: list[int] = field(default_factory=lambda: [0])  # who had it, of two opponents; 0 of one alone
    children: list[list[int]] = field(default_factory=lambda: [[]])
    open: list[int] = field(default_factory=lambda: [0])  # of the children, how many aren't exhausted
    drawn: list[int] = field(default_factory=lambda: [0])  # candidates drawn after it, equal ones counted
    closed: list[bool] = field(default_factory=lambda: [False])  # no thought may follow
    exhausted: list[bool] = field(default_factory=lambda: [False])  # nothing more is to be found there
    root: int = ROOT  # where simulations start

    def __len__(self) -> int:
        return len(self.parent)

    def add(self, parent: int, thought: str, log_prob: float, *, closed: bool, player: int = 0) -> int:
        """Add a node below another, not drawn yet and without visits; its number."""
        node = len(self.parent)
        self.parent.append(parent)
        self.thought.append(thought)
        self.log_prob.append(log_prob)
        self.count.append(0)
        self.prior.append(0.0)
        self.visits.append(0)
        self.value.append(0.0)
        self.player.append(player)
        self.children.append([])
        self.open.append(0)
        self.drawn.append(0)
        self.closed.append(closed)
        self.exhausted.append(False)
        self.children[parent].append(node)
        self.open[parent] += 1
        return node

    def value_to_mover(self, node: int) -> float:
        """What a node is worth to who goes on from it; not to who came there, if that is the other one of two."""
        children = self.children[node]
        same = not children or self.player[children[0]] == self.player[node]
        return self.value[node] if same else 1 - self.value[node]

    def path(self, node: int) -> tuple[str, ...]:
        """The thoughts from where the tree began to a node, its own included."""
        thoughts: list[str] = []
        while node != ROOT:
            thoughts.append(self.thought[node])
            node = self.parent[node]
        return tuple(reversed(thoughts))

    def path_log_prob(self, node: int) -> float:
        """Log-probability of the thoughts from where the tree began to a node."""
        total = 0.0
        while node != ROOT:
            total += self.log_prob[node]
            node = self.parent[node]
        return total

    def child(self, node: int, thought: str) -> int | None:
        """The node of a thought below another; None if there is none."""
        return next((child for child in self.children[node] if self.thought[child] == thought), None)

    def leads_to(self, node: int) -> int:
        """The child of the root on the way to a node below it.

        Raises:
            ValueError: if the node isn't below the root.
        """
        while node != ROOT and self.parent[node] != self.root:
            node = self.parent[node]
        if node == ROOT:
            raise ValueError("the node isn't below the tree's root")
        return node

    def spent(self) -> int:
        """Simulations that went on from the root."""
        return sum(self.visits[child] for child in self.children[self.root])


def as_table(tree: Tree, top: int = ROOT) -> dict[str, Any]:
    """A tree from a node down as plain values, to be kept as JSON and looked at.

    Each node has its thought, visits, value, prior, log_prob, how many candidates were drawn after it,
    whether it is closed or exhausted, and its children, the most visited first.
    """
    tables: dict[int, dict[str, Any]] = {}
    for node in range(top, len(tree)):  # a parent comes before its children
        if node != top and tree.parent[node] not in tables:
            continue
        tables[node] = {
            "thought": tree.thought[node],
            "visits": tree.visits[node],
            "value": tree.value[node],
            "prior": tree.prior[node],
            "log_prob": tree.log_prob[node],
            "drawn": tree.drawn[node],
            "closed": tree.closed[node],
            "exhausted": tree.exhausted[node],
            "children": [],
        }
        if node != top:
            tables[tree.parent[node]]["children"].append(tables[node])
    for table in tables.values():
        table["children"].sort(key=itemgetter("visits"), reverse=True)
    return tables[top]
