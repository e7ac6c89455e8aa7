"""What a simulation costs beside the model: CPU microseconds a simulation with a dummy model.

    python benchmarks/search_speed.py [--peer PEER/bin/python]

`one tree` grows one with PUCT and mean back-up; `16 trees` grows them in step, each with so many
simulations; `votes` grows one tree whose values come from agreement. Each node has K children.

With an interpreter that has llm-reasoners, both search the same tree, of K children down to a depth of 5, taking turns.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Sequence

from reasoning_agents.search.tree import Tree
from reasoning_agents.search.verbs import Drawn, Limits, Node, back_up, expand, simulate
from reasoning_agents.search.votes import Votes, vote

LIMITS = Limits(exploration=1.25, candidates=4)
BROAD = Limits(exploration=16.0, candidates=4)  # of `votes`, as an agent with roll-outs searches


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
        simulate(grown, which, BROAD if agreement else LIMITS, draw, evaluate)
    return (time.process_time() - start) / (simulations * trees) * 1e6


PEER = """
import json, sys, time
from reasoners import SearchConfig, WorldModel
from reasoners.algorithm import MCTS

class World(WorldModel):
    def init_state(self): return (0, 0)
    def step(self, state, action): return (state[0] * K + action + 1, state[1] + 1), {}
    def is_terminal(self, state): return state[1] == DEPTH

class Config(SearchConfig):
    def get_actions(self, state): return range(K)
    def fast_reward(self, state, action): return 0.0, {}
    def reward(self, state, action, **details): return (state[0] * K + action + 1) * 2654435761 % 97 / 97, {}

for line in sys.stdin:
    simulations, K, DEPTH = json.loads(line)
    search = MCTS(n_iters=simulations, depth_limit=DEPTH)
    start = time.process_time()
    search(World(), Config())
    print(json.dumps((time.process_time() - start) / simulations * 1e6), flush=True)
"""
DEPTH = 5  # of the tree that both search


def bounded(simulations: int, k: int) -> float:
    """Microseconds a simulation in a tree that ends at a depth, where each simulation thinks on to an end."""
    tree, depth = Tree(), [0]
    inner, last = ([Drawn(str(number), -1.0, closed) for number in range(k)] for closed in (False, True))

    def draw(nodes: Sequence[Node]) -> None:
        for _, node in nodes:
            expand(tree, node, last if depth[node] == DEPTH - 1 else inner)
            depth.extend([depth[node] + 1] * k)

    def evaluate(nodes: Sequence[Node]) -> None:
        for index, node in nodes:
            leaf = node
            while not tree.closed[leaf]:
                if not tree.children[leaf]:
                    draw([(index, leaf)])
                leaf = tree.children[leaf][0]
            back_up(tree, leaf, leaf * 2654435761 % 97 / 97)

    start = time.process_time()
    for _ in range(simulations):
        simulate([tree], (0,), LIMITS, draw, evaluate)
    return (time.process_time() - start) / simulations * 1e6


def beside(peer: str, k: int, repeat: int) -> None:
    """Print what both take for the same tree, and how many times as much the other does."""
    with subprocess.Popen([peer, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        print(f"\na tree of depth {DEPTH}\n{'simulations':>12} {'here':>9} {'llm-reasoners':>14} {'times':>6}")
        for simulations in (100, 10_000):
            pairs: list[tuple[float, float]] = []
            for _ in range(repeat):
                process.stdin.write(json.dumps([simulations, k, DEPTH]) + "\n")
                process.stdin.flush()
                pairs.append((bounded(simulations, k), json.loads(process.stdout.readline())))
            here, there = (min(side) for side in zip(*pairs, strict=True))
            print(f"{simulations:>12} {here:>9.1f} {there:>14.1f} {there / here:>6.1f}")
        process.stdin.close()


def main() -> None:
    """Print a table: the best of several runs, since a shared machine only ever adds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=4, help="K, thoughts after each node")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peer", help="an interpreter that has llm-reasoners; both then search the same tree")
    arguments = parser.parse_args()
    print(f"CPU µs a simulation, K = {arguments.children}, best of {arguments.repeat}")
    print(f"{'simulations':>12} {'one tree':>9} {'16 trees':>9} {'votes':>9}")
    for simulations in (100, 10_000, 100_000):
        row = [
            min(
                microseconds(simulations, trees, arguments.children, agreement=agreement)
                for _ in range(arguments.repeat)
            )
            for trees, agreement in ((1, False), (16, False), (1, True))
        ]
        print(f"{simulations:>12} {row[0]:>9.1f} {row[1]:>9.1f} {row[2]:>9.1f}")
    if arguments.peer:
        beside(arguments.peer, arguments.children, arguments.repeat)


if __name__ == "__main__":
    main()
