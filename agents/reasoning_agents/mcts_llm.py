"""An agent that searches: Monte Carlo tree search over thoughts, with a language model's priors.

Each simulation goes down the tree by PUCT, or below a root where Gumbel noise and sequential halving
choose, draws candidates where it stops, and evaluates a leaf. What a leaf is worth, and which thought
the search comes to, `leaves` says. Nothing in it reaches a reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log
from typing import Annotated, Literal, NamedTuple

from reasoning_agents.agent import Cost, generator
from reasoning_agents.chains import MeteredModel
from reasoning_agents.continuing import Continuing
from reasoning_agents.language_model.step_model import StepModel
from reasoning_agents.leaves import Agreement, Choice, Judged, Leaves, Search
from reasoning_agents.search.gumbel import Halving
from reasoning_agents.search.verbs import Limits, Node, Prior, simulate
from reasoning_agents.signals import parse_signal
from reasoning_gym.problem import View

ROLL_OUTS = "rollouts"
Reuse = Literal["follow", "top-up"]
Root = Literal["puct", "gumbel"]


@dataclass(frozen=True, slots=True)
class MCTSOptions:
    """How an `MCTS` agent searches. What is None is chosen by the evaluation."""

    simulations: Annotated[int, "Simulations that the choice of a thought rests on, those in a kept tree included."] = (
        16
    )
    evaluation: Annotated[
        str,
        "What a leaf is worth: agreement of roll-outs ('rollouts'), or a signal: check, likelihood, process-reward, "
        "value, or a mix such as 'check + 0.5*likelihood'.",
    ] = ROLL_OUTS
    temperature: Annotated[float, "Sampling temperature of candidates and of roll-outs that are to agree."] = 0.8
    discount: Annotated[float, "What a value is multiplied by for each thought between it and the choice."] = 1.0
    prior: Annotated[Prior, "Priors: how often a candidate was sampled, or the model's probability of it."] = (
        "frequency"
    )
    reuse: Annotated[
        Reuse, "Later thoughts: search again only where the kept tree ends, or top it up to the full number."
    ] = "follow"
    root: Annotated[
        Root, "How the root's simulations are spread: by PUCT, or by Gumbel noise and sequential halving."
    ] = "puct"
    noise: Annotated[float, "Scale of the Gumbel noise: 0 for none, 1 to explore in training."] = 0.0
    doubt: Annotated[
        float, "Signals: a thought with a lower score is given up, and a chain without one is looked for; 0 for none."
    ] = 0.0
    patience: Annotated[int, "Signals: candidates after a node, all refuted, before it is given up."] = 16
    candidates: Annotated[
        int | None, "Thoughts sampled at a time: by default 4; 1 for check alone, and with doubt."
    ] = None
    exploration: Annotated[
        float | None, "Weight of the prior against the value in PUCT: by default 16 for rollouts, 1.25 for signals."
    ] = None
    widening: Annotated[
        float | None,
        "Candidates for each visit of a node, beyond the first: by default 1 for rollouts, 0 for signals.",
    ] = None
    greedy: Annotated[
        bool | None, "Whether the first candidate after a node is the most likely thought: by default so for signals."
    ] = None
    roll_outs: Annotated[
        bool | None,
        "Signals: whether to think on from a leaf and judge the whole chain: by default not for value alone.",
    ] = None
    choice: Annotated[
        Choice | None,
        "Signals: go to the best chain, or to the most visited thought, by default for value alone.",
    ] = None

    def __post_init__(self) -> None:
        for name, least in (
            ("simulations", 1),
            ("candidates", 1),
            ("temperature", 0),
            ("exploration", 0),
            ("patience", 1),
            ("noise", 0),
        ):
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise ValueError(f"{name} is {value}; give at least {least}")
        for name in ("discount", "widening", "doubt"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}; give a number from 0 to 1")
        for name, known in (
            ("choice", ("chain", "visits")),
            ("prior", ("frequency", "model")),
            ("reuse", ("follow", "top-up")),
            ("root", ("puct", "gumbel")),
        ):
            if getattr(self, name) not in (*known, None):
                raise ValueError(f"{name} is {getattr(self, name)!r}; use one of {', '.join(map(repr, known))}")
        if self.evaluation != ROLL_OUTS:
            try:
                parse_signal(self.evaluation)
            except ValueError as error:
                raise ValueError(
                    f"evaluation is {self.evaluation!r}: use {ROLL_OUTS!r} or a signal; {error}"
                ) from error


class _Chosen(NamedTuple):
    """The options that depend on the evaluation, as given or as it suits the evaluation."""

    candidates: int
    exploration: float
    widening: float
    greedy: bool
    roll_outs: bool
    choice: Choice


def _choose(options: MCTSOptions) -> _Chosen:
    if options.evaluation == ROLL_OUTS:
        fitting = _Chosen(4, 16.0, 1.0, False, False, "visits")
    elif options.evaluation == "value":
        fitting = _Chosen(4, 1.25, 0.0, True, False, "visits")
    else:
        one = options.evaluation == "check" or options.doubt > 0
        fitting = _Chosen(1 if one else 4, 1.25, 0.0, True, True, "chain")
    given = {name: getattr(options, name) for name in _Chosen._fields}
    return fitting._replace(**{name: value for name, value in given.items() if value is not None})


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
        self.model = MeteredModel(model, self.ledger)
        self.chosen = _choose(self.options)
        self.limits = Limits(
            self.chosen.exploration, self.chosen.candidates, self.chosen.widening, self.options.patience
        )
        self.doubt = log(self.options.doubt) if self.options.doubt else -inf
        self._leaves = self.make_leaves()
        self.watch: Callable[[Search], None] | None = None  # shown each search before its thought is chosen

    def make_leaves(self) -> Leaves:
        """What the leaves are worth, by the options."""
        options = self.options
        if options.evaluation == ROLL_OUTS:
            return Agreement(self.model, options.temperature, options.discount, self.seed)
        signal = parse_signal(options.evaluation)
        signal.judge(self.model, [], [])  # raises now if the model lacks what a signal needs
        return Judged(
            self.model,
            signal,
            self.chosen.choice,
            self.chosen.roll_outs,
            self.limits,
            options.prior,
            options.discount,
            self.doubt,
        )

    def think(
        self, rows: Sequence[int], views: Sequence[View], carried: Sequence[Search | None]
    ) -> list[tuple[str, Search | None]]:
        """The next thought of each episode, and its search with the root moved to that thought."""
        searches = [kept or Search(view) for view, kept in zip(views, carried, strict=True)]
        self._search(rows, searches)
        if self.watch is not None:
            for search in searches:
                self.watch(search)
        return [self._commit(search) for search in searches]

    def _search(self, rows: Sequence[int], searches: Sequence[Search]) -> None:
        """Simulate on every tree until its choice rests on as many simulations as it should, or is settled."""
        trees = [search.tree for search in searches]
        left = [self._wanted(search) for search in searches]

        def draw(nodes: Sequence[Node]) -> None:
            self._draw(rows, searches, nodes)

        def evaluate(nodes: Sequence[Node]) -> None:
            self._leaves.evaluate(rows, searches, nodes)

        gumbel = self.options.root == "gumbel"
        for search, needed in zip(searches, left, strict=True):
            search.halving = self._halve(search, needed) if gumbel and needed > 0 else None

        def first(index: int) -> int | None:
            halving = searches[index].halving
            return None if halving is None else halving.pick(trees[index])

        while running := [index for index, needed in enumerate(left) if needed > 0]:
            simulate(trees, running, self.limits, draw, evaluate, first if gumbel else None)
            for index in running:
                left[index] -= 1
                if searches[index].halving is None and self._leaves.settled(searches[index], left[index]):
                    left[index] = 0
                self.ledger.charge(rows[index], Cost(simulations=1))
        self._help_on(rows, searches)

    def _halve(self, search: Search, simulations: int) -> Halving:
        rng = generator(self.seed, search.view(search.tree.root), "gumbel")
        return Halving(rng, simulations, self.chosen.candidates, self.options.noise)

    def _help_on(self, rows: Sequence[int], searches: Sequence[Search]) -> None:
        """Where everything was given up, the most likely thought follows; it isn't searched from either."""
        stuck = [index for index, search in enumerate(searches) if not search.tree.children[search.tree.root]]
        if stuck:
            self._propose(rows, searches, [(index, searches[index].tree.root) for index in stuck], 1, greedy=True)
        for index in stuck:
            tree = searches[index].tree
            tree.exhausted[tree.children[tree.root][0]] = True

    def _wanted(self, search: Search) -> int:
        """How many simulations a tree is still to be given before the next thought is chosen."""
        if search.tree.exhausted[search.tree.root]:
            return 0
        if self.options.reuse == "follow" and self._leaves.leads_on(search):
            return 0
        return self.options.simulations - search.tree.spent()

    def _commit(self, search: Search) -> tuple[str, Search | None]:
        """Choose a thought, and move the root to it; nothing is carried past the end of an episode."""
        tree = search.tree
        by_halving = search.halving is not None and self.chosen.choice == "visits"
        tree.root = search.halving.choose(tree) if by_halving and search.halving else self._leaves.choose(search)
        return tree.thought[tree.root], None if tree.closed[tree.root] else search

    def _draw(self, rows: Sequence[int], searches: Sequence[Search], nodes: Sequence[Node]) -> None:
        """Expand each node with candidates: those that its leaf's evaluation left, and sampled ones."""
        wanted = {each: self.chosen.candidates - self._leaves.known(searches[each[0]], each[1]) for each in nodes}
        fresh = [each for each in nodes if self.chosen.greedy and not searches[each[0]].tree.drawn[each[1]]]
        if fresh:
            self._propose(rows, searches, fresh, 1, greedy=True)
            wanted.update({each: wanted[each] - 1 for each in fresh})
        for k in sorted(set(wanted.values()) - {0}):
            self._propose(rows, searches, [each for each, count in wanted.items() if count == k], k)

    def _propose(
        self, rows: Sequence[int], searches: Sequence[Search], nodes: Sequence[Node], k: int, *, greedy: bool = False
    ) -> None:
        """Put k sampled candidates after each node, or the most likely one."""
        views = [searches[index].view(node) for index, node in nodes]
        paying = [rows[index] for index, _ in nodes]
        if greedy:
            proposals = self.model.propose(paying, views, 1, 0.0)
        else:
            rngs = [
                generator(self.seed, view, f"candidates {searches[index].tree.drawn[node]}")
                for view, (index, node) in zip(views, nodes, strict=True)
            ]
            proposals = self.model.propose(paying, views, k, self.options.temperature, rngs)
        for (index, node), proposal in zip(nodes, proposals, strict=True):
            searches[index].expand(node, proposal.candidates, self.options.prior)
