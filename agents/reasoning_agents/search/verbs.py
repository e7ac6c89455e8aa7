"""What a search does with a tree: select, expand, evaluate, back up.

The verbs know no model. `simulate` is given two functions, one that draws thoughts after nodes and
one that evaluates leaves and backs up what it found, and calls each with one node of every tree, so
that a model sees all trees as one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import exp, inf, sqrt
from typing import Literal, NamedTuple

from reasoning_agents.search.tree import ROOT, Tree

Prior = Literal["frequency", "model"]


class Drawn(NamedTuple):
    """A thought that was drawn after a node."""

    thought: str
    log_prob: float  # at temperature 1
    closed: bool  # no thought may follow it


class Limits(NamedTuple):
    """How simulations go down a tree."""

    exploration: float  # weight of the prior against the value
    candidates: int  # thoughts drawn when a node is expanded
    widening: float = 0.0  # thoughts drawn for each visit of a node; none beyond `candidates` at 0
    patience: int = 0  # thoughts drawn after a node before it is given up, while all of them are exhausted


Node = tuple[int, int]  # which tree of the batch, and which of its nodes
Act = Callable[[Sequence[Node]], None]


def simulate(
    trees: Sequence[Tree],
    which: Sequence[int],
    limits: Limits,
    draw: Act,
    evaluate: Act,
    first: Callable[[int], int | None] | None = None,
) -> None:
    """One simulation on each of the trees that `which` names, all in step.

    Args:
        trees: [B].
        which: indices into `trees`, each once.
        limits: how to go down.
        draw: expands nodes, each of another tree, with thoughts drawn after them.
        evaluate: evaluates leaves, each of another tree, and backs up what it found.
        first: the child of a tree's root to go through, where that isn't PUCT's to choose.
    """
    leaf = {index: trees[index].root for index in which}
    descending = list(which)
    while descending:
        for index in descending:
            tree, node = trees[index], leaf[index]
            if first is not None and node == tree.root and tree.children[node]:
                node = first(index) or node
            leaf[index] = select(tree, node, limits)
        descending = [index for index in descending if wants_thoughts(trees[index], leaf[index], limits)]
        if descending:
            draw([(index, leaf[index]) for index in descending])
    evaluate(list(leaf.items()))


def select(tree: Tree, node: int, limits: Limits) -> int:
    """Go down from a node to one that has no children to go to, or wants more of them."""
    open_children, exploration = tree.open, limits.exploration
    if limits.widening <= 0:
        while open_children[node]:
            node = best_child(tree, node, exploration)
        return node
    while open_children[node] and not wants_thoughts(tree, node, limits):
        node = best_child(tree, node, exploration)
    return node


def best_child(tree: Tree, node: int, exploration: float) -> int:
    """The child that the next simulation goes through: PUCT, over those that aren't exhausted.

    Silver et al. 2017, 'Mastering the game of Go without human knowledge', Methods, 'Select':
    the largest Q + c P sqrt(N) / (1 + n). Until it was visited, a child counts as being worth what
    its parent is, so that siblings are first visited in the order of their priors.
    """
    visits, value, prior, exhausted = tree.visits, tree.value, tree.prior, tree.exhausted
    unknown = value[node]
    scale = exploration * sqrt(visits[node] or 1)
    best, highest = -1, -inf
    for child in tree.children[node]:
        if exhausted[child]:
            continue
        n = visits[child]
        score = (value[child] if n else unknown) + scale * prior[child] / (1 + n)
        if score > highest:
            best, highest = child, score
    return best


def wants_thoughts(tree: Tree, node: int, limits: Limits) -> bool:
    """Whether thoughts are to be drawn after a node before a simulation goes on from it.

    A leaf is evaluated at its first visit and expanded at its second; the root at once. A node whose
    children are all exhausted is given more, up to a limit.
    """
    if tree.closed[node] or tree.exhausted[node]:
        return False
    drawn = tree.drawn[node]
    if not drawn:
        return node == tree.root or tree.visits[node] > 0
    if not tree.open[node]:
        return drawn < limits.patience
    return drawn < limits.widening * tree.visits[node]


def exhaust(tree: Tree, node: int, limits: Limits, take_up: Callable[[int], int | None] = lambda node: None) -> None:
    """Note that nothing more is to be found at a node, and at those above it that are left with nothing.

    As losses are proved in MCTS-Solver (Winands et al. 2008), but with sampled thoughts: a node is given
    up when all its children are exhausted and as many thoughts were drawn as patience allows.

    Args:
        tree: the tree.
        node: where nothing more is to be found.
        limits: how patient to be.
        take_up: which child of a node that would be given up is open again instead; None for none.
    """
    while not tree.exhausted[node]:
        child = take_up(node)
        if child is not None:
            tree.exhausted[child] = False
            tree.open[node] += 1
            return
        tree.exhausted[node] = True
        if node == ROOT:
            return
        node = tree.parent[node]
        tree.open[node] -= 1
        if tree.open[node] or tree.drawn[node] < limits.patience:
            return


def expand(tree: Tree, node: int, thoughts: Iterable[Drawn], prior: Prior = "frequency") -> None:
    """Add the thoughts drawn after a node; equal ones become one child with their mass together.

    The prior of a child is how often it was drawn among all that were ('frequency'), which is what
    the sampling temperature makes it, or its probability at temperature 1 among the children ('model').
    """
    known = {tree.thought[child]: child for child in tree.children[node]}
    for thought, log_prob, closed in thoughts:
        child = known.get(thought)
        if child is None:
            child = known[thought] = tree.add(node, thought, log_prob, closed=closed)
        tree.count[child] += 1
        tree.drawn[node] += 1
    children = tree.children[node]
    if prior == "frequency":
        weights = [float(tree.count[child]) for child in children]
    else:
        highest = max(tree.log_prob[child] for child in children)
        weights = [exp(tree.log_prob[child] - highest) for child in children]
    total = sum(weights)
    for child, weight in zip(children, weights, strict=True):
        tree.prior[child] = weight / total


def back_up(tree: Tree, leaf: int, value: float, discount: float = 1.0) -> None:
    """Count a visit from a leaf up to the root, and take the leaf's value into each node's mean.

    The mean, since with chance in the outcomes the best of what was seen over-estimates.
    """
    visits, values, parent, root = tree.visits, tree.value, tree.parent, tree.root
    node = leaf
    while True:
        visits[node] = n = visits[node] + 1
        values[node] += (value - values[node]) / n
        if node == root:
            return
        value *= discount
        node = parent[node]


def count_visit(tree: Tree, leaf: int) -> None:
    """Count a visit from a leaf up to the root, where values come from elsewhere."""
    node = leaf
    tree.visits[node] += 1
    while node != tree.root:
        node = tree.parent[node]
        tree.visits[node] += 1


def most_visited(tree: Tree) -> int:
    """The root's child with the most visits, of those that aren't exhausted if there are any.

    Of equal ones the more valuable, then the first.

    Raises:
        ValueError: if the root has no children.
    """
    return max(
        tree.children[tree.root],
        key=lambda child: (not tree.exhausted[child], tree.visits[child], tree.value[child]),
    )
