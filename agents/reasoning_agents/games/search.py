"""Monte Carlo tree search in games of two players, for many games in step.

The tree and its verbs are those of `reasoning_agents.search`. Each simulation takes one leaf of every tree, so that a
predictor sees the leaves of all games as one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from reasoning_agents.search.gumbel import Halving, improved_policy
from reasoning_agents.search.tree import Tree
from reasoning_agents.search.verbs import (
    Drawn,
    Limits,
    Node,
    add_noise,
    back_up_zero_sum,
    expand,
    most_visited,
    simulate,
)
from reasoning_gym.selfplay.game import Game

Position = TypeVar("Position")
Asked = TypeVar("Asked", contravariant=True)
_GREEDY = 0.01  # a temperature below which the most visited action is taken


class Predictions(NamedTuple):
    """What is thought of B positions, each of a game that isn't over. A actions."""

    log_priors: NDArray[np.floating[Any]]  # [B, A], of the mover's actions; those that aren't legal aren't read
    values: NDArray[np.floating[Any]]  # [B], what the mover is expected to win, in [-1, 1]


class Predictor(Protocol[Asked]):
    """Says which actions are likely to be good, and who is likely to win: a network, a language model, roll-outs."""

    def predict(self, positions: Sequence[Asked]) -> Predictions:
        """What to think of each position, at least one."""
        ...


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """How a game is searched."""

    simulations: int = 32  # that a move rests on, those in a kept tree included
    exploration: float = 1.25  # weight of the prior against the value, which is in [0, 1], in PUCT
    root: Literal["puct", "gumbel"] = "puct"  # what spreads the root's simulations, and chooses
    considered: int = 8  # actions that a Gumbel root looks at, at most
    noise_share: float = 0.25  # of Dirichlet noise in the priors of a PUCT root, where it explores
    noise_concentration: float = 1.0  # of that noise
    reuse: bool = False  # whether what was found below a move is kept for the next; PUCT only

    def __post_init__(self) -> None:
        """Refuse what can't be searched with.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        for name in ("simulations", "considered"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1")
        if not 0 <= self.noise_share <= 1:
            raise ValueError(f"noise_share is {self.noise_share}; give a number from 0 to 1")
        if not self.noise_concentration > 0:
            raise ValueError(f"noise_concentration is {self.noise_concentration}; give a positive number")
        if self.reuse and self.root == "gumbel":
            raise ValueError("reuse is true, but sequential halving counts visits from none; use root = 'puct'")


class Exploration(NamedTuple):
    """How a root explores: by noise, and by not always choosing the best action."""

    rng: np.random.Generator
    temperature: float = 1.0  # 0 for the best action; the scale of a Gumbel root's noise


@dataclass(slots=True)
class GameTree(Generic[Position]):
    """The search of one game: a tree, and of each of its N nodes what the game knows."""

    positions: list[Position | None]  # [N]; None until the node was visited
    actions: list[int]  # [N], that led there; -1 of the first
    tree: Tree = field(default_factory=Tree)
    log_priors: dict[int, Sequence[float]] = field(default_factory=dict[int, "Sequence[float]"])  # of leaves, [A] each
    halving: Halving | None = None  # at the root, where Gumbel noise chooses

    def position(self, game: Game[Position, int], node: int) -> Position:
        """The position of a node whose parent was visited."""
        known = self.positions[node]
        if known is None:
            before = self.positions[self.tree.parent[node]]
            if before is None:
                raise ValueError(f"node {node} lies below one that wasn't visited")
            known = self.positions[node] = game.play(before, self.actions[node])
        return known


def begin_at(position: Position) -> GameTree[Position]:
    """A tree that begins at a position."""
    return GameTree([position], [-1])


def count_actions(game: Game[Any, Any]) -> int:
    """The number of actions of a game that can be searched, numbered from 0.

    Raises:
        ValueError: for a game in which a player doesn't see everything, whose returns don't add up to 0, or whose
            actions aren't the same numbers for both.
    """
    if not (game.zero_sum and game.perfect_information):
        raise ValueError(f"{game.name} can't be searched: both must see everything, and one win what the other loses")
    spaces = [game.action_space(player) for player in (0, 1)]
    if spaces[0] != spaces[1] or not isinstance(spaces[0], gymnasium.spaces.Discrete) or spaces[0].start != 0:
        raise ValueError(f"the actions of {game.name} are in {spaces}; a search needs equal Discrete spaces from 0")
    return int(spaces[0].n)


def search(
    game: Game[Position, int],
    predictor: Predictor[Position],
    trees: Sequence[GameTree[Position]],
    settings: SearchSettings,
    exploring: Sequence[Exploration | None] | None = None,
) -> None:
    """Grow trees in step, until each root rests on as many simulations as it should.

    Args:
        game: the rules; see `count_actions`.
        predictor: asked about the leaves of all trees at once.
        trees: [B], each at a position where the game isn't over.
        settings: how to search.
        exploring: how each root explores; None where it doesn't.
    """
    verbs = _Verbs(game, predictor, trees)
    verbs.open_roots()
    grown = [each.tree for each in trees]
    left = [settings.simulations - tree.spent() for tree in grown]
    for each, way, needed in zip(trees, exploring or [None] * len(trees), left, strict=True):
        _explore(each, settings, needed, way)

    def first(index: int) -> int | None:
        halving = trees[index].halving
        return None if halving is None else halving.pick(grown[index])

    limits = Limits(settings.exploration, 0)
    while running := [index for index, needed in enumerate(left) if needed > 0]:
        simulate(grown, running, limits, verbs.draw, verbs.evaluate, first if settings.root == "gumbel" else None)
        for index in running:
            left[index] -= 1


def choose(found: GameTree[Any], exploring: Exploration | None = None) -> int:
    """The action that a search comes to: the best, or, where it explores, one drawn.

    It is drawn by its visits to the power 1 / temperature. A Gumbel root has drawn already, by its noise.
    """
    if found.halving is not None:
        return found.actions[found.halving.choose(found.tree)]
    if exploring is None or exploring.temperature < _GREEDY:
        return found.actions[most_visited(found.tree)]
    children = found.tree.children[found.tree.root]
    visits = np.array([found.tree.visits[child] for child in children], dtype=np.float64)
    weights = (visits / visits.max()) ** (1 / exploring.temperature)
    return found.actions[children[int(exploring.rng.choice(len(children), p=weights / weights.sum()))]]


def policy_of(found: GameTree[Any], actions: int) -> NDArray[np.float32]:
    """The policy that a search improves on the prior to, [A]: what a network is trained towards.

    The shares of the visits, or of a Gumbel root equation 11 of Danihelka et al. 2022.
    """
    tree = found.tree
    children = tree.children[tree.root]
    policy = np.zeros(actions, np.float32)
    shares = [float(tree.visits[child]) for child in children]
    if found.halving is not None:
        shares = improved_policy(tree, tree.root)
    for child, share in zip(children, shares, strict=True):
        policy[found.actions[child]] = share
    return cast("NDArray[np.float32]", policy / policy.sum())


def value_of(found: GameTree[Any]) -> float:
    """What the mover is expected to win by the most visited action, in [-1, 1]."""
    return 2 * found.tree.value[most_visited(found.tree)] - 1


def after(found: GameTree[Position], action: int, game: Game[Position, int], *, keep: bool) -> GameTree[Position]:
    """The tree of the position after an action: what was found below it, or nothing."""
    tree = found.tree
    child = next((each for each in tree.children[tree.root] if found.actions[each] == action), None)
    if not keep or child is None:
        return begin_at(game.play(found.position(game, tree.root), action))
    found.position(game, child)
    tree.root = child
    return found


class _Verbs(Generic[Position]):
    """What `simulate` is given: how leaves of these trees are expanded and evaluated."""

    def __init__(
        self, game: Game[Position, int], predictor: Predictor[Position], trees: Sequence[GameTree[Position]]
    ) -> None:
        self.game = game
        self.predictor = predictor
        self.trees = trees
        self.names = tuple(map(str, range(count_actions(game))))

    def open_roots(self) -> None:
        """Evaluate and expand the roots that weren't yet."""
        roots = [(index, each.tree.root) for index, each in enumerate(self.trees)]
        self.evaluate([(index, root) for index, root in roots if not self.trees[index].tree.visits[root]])
        for index, root in roots:
            if self.trees[index].tree.closed[root]:
                raise ValueError(f"the game of tree {index} is over; search where a player is to move")
        self.draw([(index, root) for index, root in roots if not self.trees[index].tree.children[root]])

    def draw(self, nodes: Sequence[Node]) -> None:
        """Add the legal actions below leaves that were evaluated."""
        for index, node in nodes:
            found = self.trees[index]
            position = found.position(self.game, node)
            mover, legal = self.game.mover(position), self.game.legal(position)
            assert mover is not None
            assert legal is not None
            log_priors = found.log_priors.pop(node)
            drawn = [Drawn(self.names[action], log_priors[action], False) for action in legal]
            expand(found.tree, node, drawn, "model", player=mover)
            found.actions.extend(legal)
            found.positions.extend([None] * len(legal))

    def evaluate(self, nodes: Sequence[Node]) -> None:
        """Back up what leaves are worth: what was won where the game is over, else what the predictor says."""
        asked: list[tuple[int, int, int]] = []
        positions: list[Position] = []
        for index, node in nodes:
            found = self.trees[index]
            position = found.position(self.game, node)
            mover = self.game.mover(position)
            if mover is None:
                found.tree.closed[node] = True
                back_up_zero_sum(found.tree, node, (1 + self.game.returns(position)[0]) / 2)
            else:
                asked.append((index, node, mover))
                positions.append(position)
        if not asked:
            return
        predicted = self.predictor.predict(positions)
        log_priors, values = predicted.log_priors.tolist(), predicted.values.tolist()
        for (index, node, mover), priors, value in zip(asked, log_priors, values, strict=True):
            self.trees[index].log_priors[node] = priors
            back_up_zero_sum(self.trees[index].tree, node, (1 + (value if mover == 0 else -value)) / 2)


def _explore(found: GameTree[Any], settings: SearchSettings, simulations: int, exploring: Exploration | None) -> None:
    """Make a root explore, or not, by the noise that its kind of root takes."""
    if settings.root == "gumbel":
        rng, scale = exploring or (np.random.default_rng(0), 0.0)
        found.halving = Halving(rng, simulations, settings.considered, scale)
    elif exploring is not None:
        add_noise(found.tree, exploring.rng, settings.noise_share, settings.noise_concentration)
