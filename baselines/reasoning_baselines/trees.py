"""Shows the trees that a search grew for one problem, and keeps those of a run's first problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text
from rich.tree import Tree as Drawing

from reasoning_agents.mcts_llm import MCTS
from reasoning_agents.search.tree import as_table
from reasoning_baselines.evaluation import Configuration, play
from reasoning_baselines.tree_files import tree_name, write_tree_file
from reasoning_gym.episodes import Episode

if TYPE_CHECKING:
    from reasoning_agents.agent import Agent
    from reasoning_agents.leaves import Search
    from reasoning_baselines.comparison import Prepared
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


def searching(agent: Agent) -> MCTS:
    """The agent, if it grows trees that can be kept.

    Raises:
        ValueError: if it grows none.
    """
    if not isinstance(agent, MCTS):
        raise ValueError(f"{type(agent).__name__} grows no tree that could be kept; the agent mcts does")
    return agent


def keep_trees(ready: Prepared, folder: Path, count: int, watch: Callable[[int], None] | None = None) -> None:
    """Write the trees of a run's first problems into its folder, where `view` and `submit` find them.

    The agent thinks about each of these problems once more, which comes to the same thoughts: they don't depend on
    what else it thinks about. What lies there already isn't made again.

    Args:
        ready: what the run was made with.
        folder: of the run.
        count: how many problems: those at indices 0, 1, 2, …
        watch: called with how many are done.

    Raises:
        ValueError: if the agent grows no tree.
        OSError: if a file can't be written.
    """
    agent = searching(ready.agent)
    for index in range(min(count, ready.configuration.episodes)):
        file = folder / tree_name(index)
        if not file.exists():
            write_tree_file(file, search_problem(agent, ready.environment, index).table(ready.configuration))
        if watch is not None:
            watch(index + 1)


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
