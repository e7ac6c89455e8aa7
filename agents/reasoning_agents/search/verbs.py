"""What a search does with a tree: select, expand, evaluate, back up.

The verbs know no model. `simulate` is given two functions, one that draws thoughts after nodes and
one that evaluates leaves and backs up what it found, and calls each with one node of every tree, so
that a model sees all trees as one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import exp, inf, sqrt
from typing import Literal, NamedTuple

import numpy as np

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
    its parent is to who chooses, so that siblings are first visited in the order of their priors.
    """
    visits, value, prior, exhausted = tree.visits, tree.value, tree.prior, tree.exhausted
    unknown = tree.value_to_mover(node)
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


def expand(tree: Tree, node: int, thoughts: Iterable[Drawn], prior: Prior = "frequency", player: int = 0) -> None:
    """Add the thoughts drawn after a node; equal ones become one child with their mass together.

    The prior of a child is how often it was drawn among all that were ('frequency'), which is what
    the sampling temperature makes it, or its probability at temperature 1 among the children ('model').
    Where two with opposite goals take turns, `player` is the one who goes on from the node.
    """
    known = {tree.thought[child]: child for child in tree.children[node]}
    for thought, log_prob, closed in thoughts:
        child = known.get(thought)
        if child is None:
            child = known[thought] = tree.add(node, thought, log_prob, closed=closed, player=player)
        tree.count[child] += 1
        tree.drawn[node] += 1
    children = tree.children[node]
    if prior == "frequency":
        weights = [float(tree.count[child]) for child in children]
        total = sum(weights)
        shares = [weight / total for weight in weights]
    else:
        shares = _model_priors(tree, children)
    for child, share in zip(children, shares, strict=True):
        tree.prior[child] = share


def _model_priors(tree: Tree, children: Sequence[int]) -> list[float]:
    """The children's probabilities among each other, by the model's log-probabilities."""
    highest = max(tree.log_prob[child] for child in children)
    weights = [exp(tree.log_prob[child] - highest) for child in children]
    total = sum(weights)
    return [weight / total for weight in weights]


def add_noise(tree: Tree, rng: np.random.Generator, share: float, concentration: float) -> None:
    """Mix Dirichlet noise into the priors of the root's children, so that each of them is looked at now and then.

    Silver et al. 2017, Methods, 'Self-play'. It is mixed with the model's own probabilities, so that noise that a kept
    tree was given before isn't added to.

    Args:
        tree: a tree whose priors are the model's.
        rng: the randomness.
        share: of the noise in a prior, in [0, 1].
        concentration: of the noise, the same for each child; small ones favour few.
    """
    children = tree.children[tree.root]
    noise = rng.dirichlet([concentration] * len(children))
    for child, prior, drawn in zip(children, _model_priors(tree, children), noise, strict=True):
        tree.prior[child] = (1 - share) * prior + share * float(drawn)


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


def back_up_zero_sum(tree: Tree, leaf: int, value: float) -> None:
    """Count a visit from a leaf up to the root, where what one of two players wins the other loses.

    Each node's mean is of what its place is worth to the player who had its thought, so that whoever chooses among
    children wants the highest, and who moves at the leaf doesn't matter.

    Args:
        tree: the tree.
        leaf: the node that was evaluated.
        value: what its place is worth to player 0, in [0, 1]; the rest of 1 is what it is worth to player 1.
    """
    visits, values, parent, player, root = tree.visits, tree.value, tree.parent, tree.player, tree.root
    worth = (value, 1 - value)
    node = leaf
    while True:
        visits[node] = n = visits[node] + 1
        values[node] += (worth[player[node]] - values[node]) / n
        if node == root:
            return
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
