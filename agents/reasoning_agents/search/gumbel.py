"""A root where Gumbel noise and sequential halving choose, and the policy that a search improves on.

Danihelka et al. 2022, 'Policy improvement by planning with Gumbel'. With few simulations, the expected
value of the choice is still not below the prior's, which PUCT can't promise. Here it is done at the
root; below it PUCT goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from math import ceil, exp, inf, log, log2

import numpy as np

from reasoning_agents.search.tree import Tree

VISITS_SCALE = 50.0  # c_visit of equation 8
VALUE_SCALE = 0.1  # c_scale of equation 8, for values in [0, 1]


@dataclass(slots=True)
class Halving:
    """Which child of a root each simulation goes through.

    The noise of a child is drawn when the child is first seen, in the order in which children were added.
    """

    rng: np.random.Generator
    simulations: int  # in all
    considered: int  # children that are visited at all, at most
    scale: float = 1.0  # of the noise; 0 for none, as at evaluation
    noise: dict[int, float] = field(default_factory=dict[int, float])
    done: int = 0  # simulations begun

    def pick(self, tree: Tree) -> int | None:
        """The child that the next simulation goes through; None if all are exhausted."""
        open_children = [child for child in tree.children[tree.root] if not tree.exhausted[child]]
        if not open_children:
            return None
        self._draw(tree)
        scores = self._scores(tree)
        size = min(self.considered, len(tree.children[tree.root]))
        wanted = considered_visits(size, self.simulations)[min(self.done, self.simulations - 1)]
        self.done += 1
        level = [child for child in open_children if tree.visits[child] == wanted]
        return max(level or open_children, key=lambda child: scores[child])

    def choose(self, tree: Tree) -> int:
        """The choice that the search comes to: the best of the most visited children.

        Raises:
            ValueError: if the root has no children.
        """
        self._draw(tree)
        scores = self._scores(tree)
        return max(tree.children[tree.root], key=lambda child: (tree.visits[child], scores[child]))

    def _draw(self, tree: Tree) -> None:
        for child in tree.children[tree.root]:
            if child not in self.noise:
                self.noise[child] = self.scale * float(self.rng.gumbel())

    def _scores(self, tree: Tree) -> Mapping[int, float]:
        """Noise, logit and transformed value of each child, summed: equation 7."""
        children = tree.children[tree.root]
        sigma = value_scale(tree, tree.root)
        values = completed_values(tree, tree.root)
        return {
            child: self.noise[child] + _logit(tree, child) + sigma * value
            for child, value in zip(children, values, strict=True)
        }


@cache
def considered_visits(considered: int, simulations: int) -> tuple[int, ...]:
    """How often the child of each simulation was visited before, as sequential halving wants it.

    Each phase visits as many children as the last one left, equally often; half of them stay.

    >>> considered_visits(4, 8)
    (0, 0, 0, 0, 1, 1, 2, 2)
    """
    if considered <= 1:
        return tuple(range(simulations))
    phases = ceil(log2(considered))
    visits = [0] * considered
    left = considered
    sequence: list[int] = []
    while len(sequence) < simulations:
        for _ in range(max(1, simulations // (phases * left))):
            sequence += visits[:left]
            visits = [count + (place < left) for place, count in enumerate(visits)]
        left = max(2, left // 2)
    return tuple(sequence[:simulations])


def value_scale(tree: Tree, node: int) -> float:
    """What a value is multiplied by before it is added to a logit: equation 8."""
    most = max((tree.visits[child] for child in tree.children[node]), default=0)
    return (VISITS_SCALE + most) * VALUE_SCALE


def completed_values(tree: Tree, node: int) -> list[float]:
    """The values of a node's children, [K]; for those without visits the mixed value of appendix D, equation 33.

    It is between the node's own value, to who goes on from it, and the prior-weighted mean of the visited children's.
    """
    children = tree.children[node]
    visited = [child for child in children if tree.visits[child]]
    mass = sum(tree.prior[child] for child in visited)
    mixed = own = tree.value_to_mover(node)
    if mass > 0:
        mean = sum(tree.prior[child] * tree.value[child] for child in visited) / mass
        count = sum(tree.visits[child] for child in visited)
        mixed = (own + count * mean) / (1 + count)
    return [tree.value[child] if tree.visits[child] else mixed for child in children]


def improved_policy(tree: Tree, node: int) -> list[float]:
    """The policy that a search improves on the prior to, over a node's children, [K]: equation 11.

    What a policy is trained towards: the softmax of logits plus transformed, completed values.
    """
    sigma = value_scale(tree, node)
    logits = [
        _logit(tree, child) + sigma * value
        for child, value in zip(tree.children[node], completed_values(tree, node), strict=True)
    ]
    highest = max(logits, default=0.0)
    weights = [exp(logit - highest) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def _logit(tree: Tree, child: int) -> float:
    return log(tree.prior[child]) if tree.prior[child] > 0 else -inf
