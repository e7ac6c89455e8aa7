"""Shows the trees that a search grew for one problem."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text
from rich.tree import Tree as Drawing

from reasoning_agents.mcts_llm import MCTS
from reasoning_agents.search.tree import as_table
from reasoning_baselines.evaluation import Configuration, play
from reasoning_gym.episodes import Episode

if TYPE_CHECKING:
    from reasoning_agents.leaves import Search
    from reasoning_gym.env import ReasoningEnv

MOST_CHILDREN = 6  # shown below a node; those with the fewest visits are left out


@dataclass(frozen=True, slots=True)
class Searched:
    """An episode, and the tree as it was before each of its thoughts."""

    episode: Episode
    trees: tuple[dict[str, Any], ...]  # [thoughts], from the place of that thought down

    def table(self, configuration: Configuration) -> dict[str, Any]:
        """All of it as plain values."""
        return {"configuration": configuration.table(), "episode": asdict(self.episode), "trees": list(self.trees)}


def search_problem(agent: MCTS, environment: ReasoningEnv, index: int) -> Searched:
    """Let an agent think about the problem at an index, and keep the trees it grows.

    Raises:
        ValueError: if the index is out of range.
    """
    trees: list[dict[str, Any]] = []

    def keep(search: Search) -> None:
        trees.append(as_table(search.tree, search.tree.root))

    agent.watch = keep
    try:
        (finished,) = (
            episode
            for episodes in play(agent, iter([environment.mix.problem(index)]), environment.limits, 1)
            for episode in episodes
        )
    finally:
        agent.watch = None
    return Searched(finished, tuple(trees))


def drawing(searched: Searched, depth: int) -> Drawing:
    """The first tree for a terminal, `depth` thoughts deep; the thoughts that were had are bold."""
    root = Drawing(Text("visits, value and prior of each thought", style="dim"))
    _draw(root, searched.trees[0], searched.episode.thoughts, depth)
    return root


def _draw(below: Drawing, table: dict[str, Any], had: tuple[str, ...], depth: int) -> None:
    children = table["children"]
    for child in children[:MOST_CHILDREN]:
        chosen = bool(had) and child["thought"] == had[0]
        refuted = child["exhausted"] and child["value"] == 0 and child["visits"] > 0
        style = "bold" if chosen else "dim" if not child["visits"] else ""
        figures = f"{child['visits']:>4}  {child['value']:.2f}  {child['prior']:.2f}  "
        line = Text.assemble((figures, "red" if refuted else "cyan"), (child["thought"] or "(end)", style))
        line.truncate(100, overflow="ellipsis")
        node = below.add(line)
        if depth > 1:
            _draw(node, child, had[1:] if chosen else (), depth - 1)
    left = len(children) - MOST_CHILDREN
    if left > 0:
        below.add(Text(f"and {left} with fewer visits", style="dim"))
