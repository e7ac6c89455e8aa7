"""What a simulation costs beside the model: CPU microseconds a simulation with a dummy model.

    python benchmarks/search_speed.py

`one tree` grows one with PUCT and mean back-up; `16 trees` grows them in step, each with so many
simulations; `votes` grows one tree whose values come from agreement. Each node has K children.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from reasoning_agents.search.tree import Tree
from reasoning_agents.search.verbs import Drawn, Limits, Node, back_up, expand, simulate
from reasoning_agents.search.votes import Votes, vote

LIMITS = Limits(exploration=1.25, candidates=4)


def microseconds(simulations: int, trees: int, k: int, *, agreement: bool) -> float:
    """Time a simulation with a model that answers at once."""
    grown = [Tree() for _ in range(trees)]
    votes = [Votes(list("0123"), [0.0] * 4) for _ in range(trees)]
    thoughts = [Drawn(str(number), -1.0, False) for number in range(k)]

    def draw(nodes: Sequence[Node]) -> None:
        for index, node in nodes:
            expand(grown[index], node, thoughts)

    def evaluate(nodes: Sequence[Node]) -> None:
        for index, node in nodes:
            luck = node * 2654435761 % 97  # as good as random, and quick
            if agreement:
                vote(grown[index], votes[index], node, {max(luck - 60, 0) // 10: 1.0})  # most end in answer 0
            else:
                back_up(grown[index], node, luck / 97)

    which = range(trees)
    start = time.process_time()
    for _ in range(simulations):
        simulate(grown, which, LIMITS, draw, evaluate)
    return (time.process_time() - start) / (simulations * trees) * 1e6


def main() -> None:
    """Print a table: the best of several runs, since a shared machine only ever adds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=4, help="K, thoughts after each node")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    print(f"CPU µs a simulation, K = {arguments.children}, best of {arguments.repeat}")
    print(f"{'simulations':>12} {'one tree':>9} {'16 trees':>9} {'votes':>9}")
    for simulations in (100, 10_000):
        row = [
            min(
                microseconds(simulations, trees, arguments.children, agreement=agreement)
                for _ in range(arguments.repeat)
            )
            for trees, agreement in ((1, False), (16, False), (1, True))
        ]
        print(f"{simulations:>12} {row[0]:>9.1f} {row[1]:>9.1f} {row[2]:>9.1f}")


if __name__ == "__main__":
    main()
