"""An agent that searches: Monte Carlo tree search over thoughts, with a language model's priors.

Each simulation goes down the tree by PUCT, draws candidates where it stops, and evaluates a leaf.
Nothing in it reaches a reference. A leaf is worth one of two things:

- `rollouts`: the model thinks on from it to an answer, and the leaf is worth how far the model agrees
  with itself on that answer; `search.votes` says how. Such agreement holds nothing that the model's
  own distribution of answers doesn't hold: it finds the answer of self-consistency, with fewer
  tokens a simulation where chains share their beginnings. The thought had is one that leads to it.
- `value`: what the model's value head says, backed up as a mean.

A leaf's roll-out is itself a draw of what follows the leaf. So when the leaf is expanded, the
roll-out's first thought is one of the candidates, with the visit it stands for, and no token of it
is sampled twice. It also means that an answer which was once found can be reached again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np

from reasoning_agents.agent import Cost, generator
from reasoning_agents.chains import Chain, MeteredModel, after, ends, group_of, roll_out
from reasoning_agents.continuing import Continuing
from reasoning_agents.language_model.step_model import Candidate, StepModel
from reasoning_agents.search.tree import Tree
from reasoning_agents.search.verbs import (
    Drawn,
    Limits,
    Node,
    Prior,
    back_up,
    expand,
    most_visited,
    simulate,
)
from reasoning_agents.search.votes import Votes, most_agreed, vote
from reasoning_gym.checker import stated_answer
from reasoning_gym.problem import View

Evaluation = Literal["rollouts", "value"]
Reuse = Literal["follow", "top-up"]


@dataclass(frozen=True, slots=True)
class MCTSOptions:
    """How an `MCTS` agent searches."""

    simulations: Annotated[int, "Simulations that the choice of a thought rests on, those in a kept tree included."] = (
        16
    )
    candidates: Annotated[int, "Thoughts sampled where a node is expanded; equal ones are merged."] = 4
    temperature: Annotated[float, "Sampling temperature of candidates and of roll-outs."] = 0.8
    exploration: Annotated[float, "Weight of the prior against the value in PUCT; about 1.25 suits a value head."] = (
        16.0
    )
    discount: Annotated[float, "What a value is multiplied by for each thought between it and the choice."] = 1.0
    evaluation: Annotated[Evaluation, "What a leaf is worth: agreement of roll-outs, or the model's value head."] = (
        "rollouts"
    )
    prior: Annotated[Prior, "Priors: how often a candidate was sampled, or the model's probability of it."] = (
        "frequency"
    )
    widening: Annotated[float, "Candidates sampled for each visit of a node, beyond the first; 0 for none."] = 1.0
    reuse: Annotated[
        Reuse, "Later thoughts: search again only where the kept tree ends, or top it up to the full number."
    ] = "follow"

    def __post_init__(self) -> None:
        for name, least in (("simulations", 1), ("candidates", 1), ("temperature", 0), ("exploration", 0)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least {least}")
        for name in ("discount", "widening"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give a number from 0 to 1")
        for name, known in (
            ("evaluation", ("rollouts", "value")),
            ("prior", ("frequency", "model")),
            ("reuse", ("follow", "top-up")),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; use one of {', '.join(map(repr, known))}")


@dataclass(slots=True)
class Search:
    """The search of one episode, from the view at which it began."""

    start: View
    tree: Tree = field(default_factory=Tree)
    votes: Votes = field(default_factory=Votes)
    ahead: dict[int, tuple[Candidate, ...]] = field(default_factory=dict[int, tuple[Candidate, ...]])
    # ahead: the roll-outs of leaves that were not expanded since

    def view(self, node: int) -> View:
        """What the agent would see at a node; past the last thought, too, a view has one thought left."""
        view = after(self.start, *self.tree.path(node))
        return view._replace(thoughts_left=max(view.thoughts_left, 1))

    def closes(self, node: int, thought: str) -> bool:
        """Whether no thought may follow a thought after a node."""
        return ends(thought) or self.start.thoughts_left - len(self.tree.path(node)) <= 1


class MCTS(Continuing[Search]):
    """Searches a tree of thoughts, with the model's priors and no access to the answer.

    The trees of all episodes grow in step, so that each call of the model is one batch over them.

    With roll-outs, what the search steers by is a guess at the consensus that it is itself about to
    find. So by default it samples as widely as the policy does (`exploration`, `widening`): with the
    small weights that suit a known value, it settles on the first answers that it meets, and is
    worse than self-consistency with as many chains.
    """

    def __init__(self, model: StepModel, options: MCTSOptions | None = None, *, seed: int = 0) -> None:
        super().__init__()
        self.options = options or MCTSOptions()
        self.seed = seed
        self._model = MeteredModel(model, self.ledger)
        if self.options.evaluation == "value":
            self._model.value([], [])  # raises where there is no value head

    def think(
        self, rows: Sequence[int], views: Sequence[View], carried: Sequence[Search | None]
    ) -> list[tuple[str, Search | None]]:
        """The next thought of each episode, and its search with the root moved to that thought."""
        searches = [kept or Search(view) for view, kept in zip(views, carried, strict=True)]
        self._search(rows, searches)
        return [self._commit(search) for search in searches]

    def _search(self, rows: Sequence[int], searches: Sequence[Search]) -> None:
        """Simulate on every tree until its choice rests on as many simulations as it should."""
        options = self.options
        batch = _Batch(self._model, options, self.seed, rows, searches)
        limits = Limits(options.exploration, options.candidates, options.widening)
        trees = [search.tree for search in searches]
        left = [options.simulations - tree.spent() for tree in trees]
        if options.reuse == "follow":
            left = [
                0 if _leads_on(search, options.discount) else needed
                for search, needed in zip(searches, left, strict=True)
            ]
        while running := [index for index, needed in enumerate(left) if needed > 0]:
            simulate(trees, running, limits, batch.draw, batch.evaluate)
            for index in running:
                left[index] -= 1
                self.ledger.charge(rows[index], Cost(simulations=1))

    def _commit(self, search: Search) -> tuple[str, Search | None]:
        """Choose a thought, and move the root to it; nothing is carried past the end of an episode."""
        tree = search.tree
        agreement = self.options.evaluation == "rollouts"
        chosen = most_agreed(tree, search.votes) if agreement else most_visited(tree)
        tree.root = chosen
        return tree.thought[chosen], None if tree.closed[chosen] else search


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the model does for the trees of a batch: draws thoughts after nodes, and evaluates leaves."""

    model: MeteredModel
    options: MCTSOptions
    seed: int
    rows: Sequence[int]  # that pay, [B]
    searches: Sequence[Search]  # [B]

    def draw(self, nodes: Sequence[Node]) -> None:
        """Expand each node with sampled candidates; its roll-out, where it has one, was the first of them."""
        taken = [_use_roll_out(self.searches[index], node, self.options.discount) for index, node in nodes]
        for k in {self.options.candidates - ahead for ahead in taken}:
            if k:
                self._propose(
                    [each for each, ahead in zip(nodes, taken, strict=True) if k + ahead == self.options.candidates], k
                )

    def _propose(self, nodes: Sequence[Node], k: int) -> None:
        views = [self.searches[index].view(node) for index, node in nodes]
        rngs = [
            generator(self.seed, view, f"candidates {self.searches[index].tree.drawn[node]}")
            for view, (index, node) in zip(views, nodes, strict=True)
        ]
        paying = [self.rows[index] for index, _ in nodes]
        proposals = self.model.propose(paying, views, k, self.options.temperature, rngs)
        for (index, node), proposal in zip(nodes, proposals, strict=True):
            search = self.searches[index]
            drawn = [
                Drawn(each.thought, each.log_prob, search.closes(node, each.thought)) for each in proposal.candidates
            ]
            expand(search.tree, node, drawn, self.options.prior)

    def evaluate(self, nodes: Sequence[Node]) -> None:
        """Evaluate each leaf and back up what it is worth."""
        if self.options.evaluation == "value":
            self._evaluate_by_value(nodes)
        else:
            self._evaluate_by_roll_out(nodes)

    def _evaluate_by_value(self, nodes: Sequence[Node]) -> None:
        """Back up what the value head says; an episode that ends without an answer is worth nothing."""
        asked = [each for each in nodes if self._may_pay(*each)]
        values: dict[Node, float] = dict.fromkeys(nodes, 0.0)
        if asked:
            views = [self.searches[index].view(node) for index, node in asked]
            found = self.model.value([self.rows[index] for index, _ in asked], views)
            values.update(zip(asked, (float(value) for value in np.asarray(found)), strict=True))
        for (index, node), value in values.items():
            back_up(self.searches[index].tree, node, value, self.options.discount)

    def _may_pay(self, index: int, node: int) -> bool:
        tree = self.searches[index].tree
        return not tree.closed[node] or stated_answer(tree.thought[node]) is not None

    def _evaluate_by_roll_out(self, nodes: Sequence[Node]) -> None:
        """Think on from each leaf to an answer, and count the answer as a vote; a closed leaf has its own."""
        still_open = [each for each in nodes if not self.searches[each[0]].tree.closed[each[1]]]
        chains: dict[Node, Chain] = {}
        if still_open:
            views = [self.searches[index].view(node) for index, node in still_open]
            rngs = [generator(self.seed, view, "roll-out") for view in views]
            paying = [self.rows[index] for index, _ in still_open]
            rolled = roll_out(self.model, paying, views, self.options.temperature, rngs)
            chains.update(zip(still_open, rolled, strict=True))
        for index, node in nodes:
            self._vote(self.searches[index], node, chains.get((index, node)))

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
            shares[group] = self.options.discount ** (0 if chain is None else len(chain.candidates))
        vote(tree, votes, leaf, shares, self.options.discount)


def _leads_on(search: Search, discount: float) -> bool:
    """Whether a kept tree knows a next thought: a visited child of the root, or the root's roll-out."""
    tree = search.tree
    if not tree.children[tree.root]:
        _use_roll_out(search, tree.root, discount)
    return tree.spent() > 0


def _use_roll_out(search: Search, node: int, discount: float) -> int:
    """Make a child of the first thought of a leaf's roll-out, with the visit it stands for; 0 if there is none."""
    chain = search.ahead.pop(node, ())
    if not chain:
        return 0
    tree, votes, rest = search.tree, search.votes, chain[1:]
    expand(tree, node, [Drawn(chain[0].thought, chain[0].log_prob, not rest)])
    (child,) = tree.children[node]
    tree.visits[child] = 1
    votes.shares[child] = dict.fromkeys(votes.shares[node], discount ** len(rest))
    tree.value[child] = 0.0 if votes.leader is None else votes.shares[child].get(votes.leader, 0.0)
    if rest:
        search.ahead[child] = rest
    return 1
