"""Values from agreement: how likely the policy is to end in the answer that it ends in most.

Nothing here knows which answer is right. Each node holds an estimate of the distribution of the
answers that the policy ends in from there: a leaf that of its one roll-out; a node above the mean of
its visited children's, each weighted by its prior. So the estimate is the policy's own vote, as in
self-consistency, however the search spread its visits; were all roll-outs of the tree counted alike,
an early lead would draw visits, and the visits would then vote for it.

The answer that leads where the tree began is the episode's. The value of a node is the share of that
answer in its estimate; when another takes the lead, all values are read off anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reasoning_agents.search.tree import ROOT, Tree
from reasoning_agents.search.verbs import count_visit

Shares = dict[int, float]  # of each answer, by its number; they sum to 1 at most: no answer is none
RESOLUTION = 1 - 1e-9  # roll-outs; shares that differ by the weight of fewer are level


@dataclass(slots=True)
class Votes:
    """The answers that a tree's roll-outs ended in. A answers, as many as differ."""

    answers: list[str] = field(default_factory=list[str])  # [A]
    best_log_prob: list[float] = field(default_factory=list[float])  # [A], of the likeliest chain to each
    shares: dict[int, Shares] = field(default_factory=dict[int, Shares])  # of the visited nodes
    cast: int = 0  # votes, one a simulation
    leader: int | None = None  # the answer that leads; None while there is none


def vote(tree: Tree, votes: Votes, leaf: int, shares: Shares, discount: float = 1.0) -> None:
    """Count a visit from a leaf up to the root, and bring estimates and values up to date.

    Estimates are kept up to where the tree began, above the root too: a vote isn't forgotten
    because the episode went on.
    """
    count_visit(tree, leaf)
    changed = [leaf]
    votes.shares[leaf] = shares
    votes.cast += 1
    node = leaf
    while node != ROOT:
        node = tree.parent[node]
        votes.shares[node] = _mean(tree, votes, node, discount)
        changed.append(node)
    leader = _leader(votes, RESOLUTION / votes.cast)
    if leader != votes.leader:
        votes.leader = leader
        changed = list(votes.shares)
    if leader is not None:
        for node in changed:
            tree.value[node] = votes.shares[node].get(leader, 0.0)


def _mean(tree: Tree, votes: Votes, node: int, discount: float) -> Shares:
    """The estimate of a node: its visited children's, weighted by their priors, a step later."""
    mass = 0.0
    mean: Shares = {}
    for child in tree.children[node]:
        shares = votes.shares.get(child)
        if shares is None:
            continue
        prior = tree.prior[child]
        mass += prior
        for answer, share in shares.items():
            mean[answer] = mean.get(answer, 0.0) + prior * share
    scale = discount / mass
    return {answer: share * scale for answer, share in mean.items()}


def _leader(votes: Votes, level: float) -> int | None:
    """The answer with the largest share where the tree began; of those that are level, that of the likeliest chain.

    Shares from n roll-outs say little about differences below 1/n, where a log-probability still does.
    """
    shares = votes.shares[ROOT]
    if not shares:
        return None
    most = max(shares.values())
    return max(
        (answer for answer, share in shares.items() if share > most - level),
        key=lambda answer: votes.best_log_prob[answer],
    )


def most_agreed(tree: Tree, votes: Votes) -> int:
    """The root's child with the most visits that agree: visits times the leader's share below it.

    While a child leads to the leader at all, the one chosen does, so the episode ends in the answer
    that won the vote. Ties, and trees without an answer: visits, then value, then the first.

    Raises:
        ValueError: if the root has no children.
    """

    def agreed(child: int) -> tuple[float, int, float]:
        visits, value = tree.visits[child], tree.value[child]
        return (visits * value if votes.leader is not None else 0.0, visits, value)

    return max(tree.children[tree.root], key=agreed)
