"""What the leaves of a search are worth, and which thought the search comes to.

One interface, two ways. Neither reaches a reference.

- `Agreement`: the model thinks on from a leaf to an answer, and the leaf is worth how far the model
  agrees with itself on that answer; `search.votes` says how. It finds the answer of
  self-consistency, with fewer tokens a simulation where chains share their beginnings.
- `Judged`: signals judge the thought of the leaf, and those after it where the model thinks on to an
  answer. What a signal refutes is given up, and so is what was all refuted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from reasoning_agents.agent import generator
from reasoning_agents.chains import Chain, MeteredModel, closes, group_of, roll_out, shown_after
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.search.gumbel import Halving
from reasoning_agents.search.tree import ROOT, Tree
from reasoning_agents.search.verbs import Drawn, Limits, Node, Prior, back_up, exhaust, expand, most_visited
from reasoning_agents.search.votes import Votes, most_agreed, vote
from reasoning_agents.signals import Mix, Place, Standing
from reasoning_gym.checker import stated_answer
from reasoning_gym.problem import View

Choice = Literal["chain", "visits"]
CERTAIN = -1e-9  # the log-score of a chain that no signal doubts


@dataclass(slots=True)
class Search:
    """The search of one episode, from the view at which it began."""

    start: View
    tree: Tree = field(default_factory=Tree)
    votes: Votes = field(default_factory=Votes)  # of `Agreement`
    ahead: dict[int, tuple[Candidate, ...]] = field(default_factory=dict[int, tuple[Candidate, ...]])
    # ahead: of `Agreement`, the roll-outs of leaves that were not expanded since
    candidates: dict[int, Candidate] = field(default_factory=dict[int, Candidate])  # of the nodes, as first drawn
    standings: dict[int, Standing] = field(default_factory=dict[int, Standing])  # of `Judged`, of the nodes judged
    halving: Halving | None = None  # at the root, where Gumbel noise is to choose
    best: tuple[float, int] | None = None  # of `Judged`: the best chain that states an answer, its score and its end

    def view(self, node: int) -> View:
        """What the agent would see at a node; past the last thought, too, a view has one thought left."""
        return shown_after(self.start, *self.tree.path(node))

    def expand(self, node: int, candidates: Sequence[Candidate], prior: Prior) -> None:
        """Add candidates that were drawn after a node."""
        view = self.view(node)
        closing = self.start.thoughts_left - len(self.tree.path(node)) <= 1
        drawn = [Drawn(each.thought, each.log_prob, closing or closes(view, each.thought)) for each in candidates]
        size = len(self.tree)
        expand(self.tree, node, drawn, prior)
        by_thought = {each.thought: each for each in reversed(candidates)}
        for child in range(size, len(self.tree)):
            self.candidates[child] = by_thought[self.tree.thought[child]]


class Leaves(Protocol):
    """Values the leaves of searches, and says what a search comes to."""

    def evaluate(self, rows: Sequence[int], searches: Sequence[Search], nodes: Sequence[Node]) -> None:
        """Evaluate each of the leaves and back up what it is worth; `rows[i]` pays for `searches[i]`."""
        ...

    def known(self, search: Search, node: int) -> int:
        """How many candidates after a node the evaluation has left there; called before others are drawn."""
        ...

    def leads_on(self, search: Search) -> bool:
        """Whether a kept tree knows a next thought that needs no search."""
        ...

    def settled(self, search: Search, left: int) -> bool:
        """Whether the simulations that are left can't change the choice for the better."""
        ...

    def choose(self, search: Search) -> int:
        """The child of the root to go to."""
        ...


@dataclass(frozen=True, slots=True)
class Agreement:
    """Values from the agreement of roll-outs.

    A roll-out is itself a draw of what follows its leaf. So when the leaf is expanded, the roll-out's
    first thought is one of the candidates, with the visit it stands for, and no token of it is sampled
    twice. It also means that an answer which was once found can be reached again.
    """

    model: MeteredModel
    temperature: float  # of the roll-outs
    discount: float
    seed: int

    def evaluate(self, rows: Sequence[int], searches: Sequence[Search], nodes: Sequence[Node]) -> None:
        """Think on from each leaf to an answer, and count the answer as a vote; a closed leaf has its own."""
        still_open = [(index, node) for index, node in nodes if not searches[index].tree.closed[node]]
        views = [searches[index].view(node) for index, node in still_open]
        rngs = [generator(self.seed, view, "roll-out") for view in views]
        rolled = roll_out(self.model, [rows[index] for index, _ in still_open], views, self.temperature, rngs)
        chains = dict(zip(still_open, rolled, strict=True))
        for index, node in nodes:
            self._vote(searches[index], node, chains.get((index, node)))

    def _vote(self, search: Search, leaf: int, chain: Chain | None) -> None:
        """Count the answer that a leaf states, or that its roll-out ended in."""
        tree, votes = search.tree, search.votes
        answer = stated_answer(tree.thought[leaf]) if chain is None else chain.answer
        if chain is not None:
            search.ahead[leaf] = chain.candidates
        shares: dict[int, float] = {}
        if answer is not None:
            group = group_of(answer, votes.answers)
            log_prob = tree.path_log_prob(leaf) + (0.0 if chain is None else chain.log_prob)
            if group == len(votes.best_log_prob):
                votes.best_log_prob.append(log_prob)
            votes.best_log_prob[group] = max(votes.best_log_prob[group], log_prob)
            shares[group] = self.discount ** (0 if chain is None else len(chain.candidates))
        vote(tree, votes, leaf, shares, self.discount)

    def known(self, search: Search, node: int) -> int:
        """1 where the leaf was rolled out, 0 else: a child is made of the roll-out's first thought, with its visit."""
        chain = search.ahead.pop(node, ())
        if not chain:
            return 0
        tree, votes, rest = search.tree, search.votes, chain[1:]
        expand(tree, node, [Drawn(chain[0].thought, chain[0].log_prob, not rest)])
        (child,) = tree.children[node]
        tree.visits[child] = 1
        votes.shares[child] = dict.fromkeys(votes.shares[node], self.discount ** len(rest))
        tree.value[child] = 0.0 if votes.leader is None else votes.shares[child].get(votes.leader, 0.0)
        if rest:
            search.ahead[child] = rest
        return 1

    def leads_on(self, search: Search) -> bool:
        """Whether the root has a visited child, or had a roll-out."""
        if not search.tree.children[search.tree.root]:
            self.known(search, search.tree.root)
        return search.tree.spent() > 0

    def settled(self, search: Search, left: int) -> bool:
        """Never: each roll-out may change the vote."""
        del search, left
        return False

    def choose(self, search: Search) -> int:
        """The child that most visits agree on."""
        return most_agreed(search.tree, search.votes)


@dataclass(frozen=True, slots=True)
class Judged:
    """Values from signals.

    A leaf is worth the geometric mean of its thoughts' scores where a signal adds up, so that long chains
    aren't worth less than short ones, and the last thought's where it doesn't. With `roll_outs` the
    model thinks on from a leaf, greedily, and the leaf is worth the whole chain; the thoughts stay in
    the tree. An episode that ends without an answer is worth nothing.

    A thought whose score is below `doubt` is given up as if it was refuted. A learned signal may be wrong
    there, so where nothing else is left, the thought of the highest worth is taken up after all.
    """

    model: MeteredModel
    signal: Mix
    choice: Choice
    roll_outs: bool
    limits: Limits
    prior: Prior
    discount: float
    doubt: float  # the log-score below which a thought is given up

    def evaluate(self, rows: Sequence[int], searches: Sequence[Search], nodes: Sequence[Node]) -> None:
        """Judge the leaves, think on where that is wanted, and back up."""
        current = list(nodes)
        while current:
            self._judge(rows, searches, current)
            going = [(index, node) for index, node in current if not self._back_up(searches[index], node)]
            current = self._think_on(rows, searches, going)

    def _judge(self, rows: Sequence[int], searches: Sequence[Search], nodes: Sequence[Node]) -> None:
        """Note the standings of nodes that were not judged before; the beginning needs no judge."""
        new = [(index, node) for index, node in nodes if node not in searches[index].standings]
        asked: list[Node] = []
        for index, node in new:
            if node == ROOT:
                searches[index].standings[ROOT] = self.signal.start()
            else:
                asked.append((index, node))
        places: list[Place] = []
        standings: list[Standing] = []
        for index, node in asked:
            search = searches[index]
            parent = search.tree.parent[node]
            places.append(Place(rows[index], search.view(parent), search.candidates[node]))
            standings.append(search.standings.get(parent, self.signal.start()))
        judged = self.signal.judge(self.model, places, standings)
        for (index, node), standing in zip(asked, judged, strict=True):
            searches[index].standings[node] = standing

    def _back_up(self, search: Search, node: int) -> bool:
        """Back up what a judged leaf is worth, unless the model is to think on from it; whether it was done."""
        tree = search.tree
        standing = search.standings[node]
        score = self.signal.score(standing)
        worthless = score == -math.inf or (tree.closed[node] and stated_answer(tree.thought[node]) is None)
        worthless = worthless or (tree.drawn[node] > 0 and not tree.open[node])
        dead = worthless or self._doubted(search, node)
        if not dead and not tree.closed[node] and self.roll_outs:
            return False
        worth = 0.0 if worthless else self.signal.worth(standing, len(tree.path(node)))
        back_up(tree, node, worth, self.discount)
        if not dead and tree.closed[node]:
            self._note_chain(search, node)
        if dead or (tree.closed[node] and self.choice == "chain"):
            exhaust(tree, node, self.limits, lambda parent: self._take_up(search, parent))
        return True

    def _doubted(self, search: Search, node: int) -> bool:
        """Whether the thought of a judged node has a score that it is given up for."""
        if node == ROOT or self.doubt == -math.inf:
            return False
        before = search.standings.get(search.tree.parent[node], self.signal.start())
        return self.signal.last(search.standings[node], before) < self.doubt

    def _take_up(self, search: Search, parent: int) -> int | None:
        """Of the children that were given up for doubt alone, the one of highest worth, unless it ends a chain.

        If it does, that chain is one that was found.
        """
        tree = search.tree
        doubted = [
            child for child in tree.children[parent] if not tree.drawn[child] and self._only_doubted(search, child)
        ]
        child = max(doubted, key=lambda child: tree.value[child], default=None)
        if child is None or not tree.closed[child]:
            return child
        self._note_chain(search, child)
        return None

    def _only_doubted(self, search: Search, node: int) -> bool:
        """Whether an exhausted node, from which nothing was drawn, was given up for nothing but doubt."""
        standing = search.standings.get(node)
        if self.doubt == -math.inf or standing is None or self.signal.score(standing) == -math.inf:
            return False
        return not search.tree.closed[node] or stated_answer(search.tree.thought[node]) is not None

    def _note_chain(self, search: Search, end: int) -> None:
        score = self.signal.score(search.standings[end])
        if search.best is None or score > search.best[0]:
            search.best = score, end

    def _think_on(self, rows: Sequence[int], searches: Sequence[Search], nodes: Sequence[Node]) -> list[Node]:
        """Put the most likely thought after each of the nodes; its node."""
        if not nodes:
            return []
        views = [searches[index].view(node) for index, node in nodes]
        proposals = self.model.propose([rows[index] for index, _ in nodes], views, 1, 0.0)
        found: list[Node] = []
        for (index, node), proposal in zip(nodes, proposals, strict=True):
            search = searches[index]
            search.expand(node, proposal.candidates, self.prior)
            child = search.tree.child(node, proposal.candidates[0].thought)
            assert child is not None
            found.append((index, child))
        return found

    def known(self, search: Search, node: int) -> int:
        """None: what was thought on from a leaf is below it already."""
        del search, node
        return 0

    def leads_on(self, search: Search) -> bool:
        """Whether the best chain found goes on from the root, or a visited child of it isn't exhausted."""
        tree = search.tree
        if self.choice == "chain" and search.best is not None:
            return True
        return any(tree.visits[child] and not tree.exhausted[child] for child in tree.children[tree.root])

    def settled(self, search: Search, left: int) -> bool:
        """Whether nothing is left to be found, or nothing that is looked for.

        That is a chain that no signal doubts, or a lead in visits that can't be caught up with.
        """
        tree = search.tree
        if tree.exhausted[tree.root]:
            return True
        if self.choice == "chain":
            return search.best is not None and (self.doubt > -math.inf or search.best[0] >= CERTAIN)
        visits = [0, *sorted(tree.visits[child] for child in tree.children[tree.root] if not tree.exhausted[child])]
        return visits[-1] - visits[-2] > left if len(visits) > 1 else False

    def choose(self, search: Search) -> int:
        """Towards the best chain found, where that is the choice; else the most visited child that isn't exhausted.

        Where simulations end while all children are doubted, the search goes on from the one that is chosen.
        """
        tree = search.tree
        if self.choice == "chain" and search.best is not None:
            return tree.leads_to(search.best[1])
        chosen = most_visited(tree)
        if not tree.closed[chosen] and not tree.drawn[chosen] and self._only_doubted(search, chosen):
            tree.exhausted[chosen] = False
        return chosen
