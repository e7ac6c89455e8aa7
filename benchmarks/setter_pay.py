"""What setter and solver are paid at each level, for a solver that samples: the setter's pay should have one peak.

python benchmarks/setter_pay.py [--model tiny-arithmetic] [--family integer_expression] [--problems 200]

Prints a table with 95 % intervals by a bootstrap over problems, all of the train split.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from reasoning_agents.language_model.local import LocalModel
from reasoning_baselines.models import load_model
from reasoning_gym.family import get_family
from reasoning_gym.selfplay.reasoning_setter import ReasoningSetter, Setting

BOOTSTRAPS = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="tiny-arithmetic")
    parser.add_argument("--family", default="integer_expression")
    parser.add_argument("--problems", type=int, default=200)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model, _ = load_model(arguments.model)
    game = ReasoningSetter(families=arguments.family)
    print(f"{arguments.problems} problems a level, {game.attempts} attempts at each\n")
    print("| level | setter | solver |\n| --- | --- | --- |")
    for level in range(1, get_family(arguments.family).levels + 1):
        paid = np.array([game.returns(each) for each in played(game, model, level, arguments.problems)])
        print(f"| {level} | {interval(paid[:, 0])} | {interval(paid[:, 1])} |", flush=True)


def played(game: ReasoningSetter, model: LocalModel, level: int, problems: int) -> list[Setting]:
    """Games about the first problems of a level, all at once; every attempt draws on from its problem's generator."""
    (name,) = game.levels
    rngs = [np.random.default_rng([level, index]) for index in range(problems)]
    address = f"{name}-v{get_family(name).version}/{game.split}/{level}"
    positions = [game.play(game.start(rng), f"{address}/{index}") for index, rng in enumerate(rngs)]
    while going := [i for i, position in enumerate(positions) if game.mover(position) is not None]:
        views = [view for i in going if (view := game.view(positions[i])) is not None]
        for i, proposal in zip(going, model.propose(views, 1, 1.0, [rngs[i] for i in going]), strict=True):
            positions[i] = game.play(positions[i], proposal.candidates[0].thought)
    return positions


def interval(values: np.ndarray) -> str:
    """Mean, and 95 % by a bootstrap."""
    rows = np.random.default_rng(0).integers(len(values), size=(BOOTSTRAPS, len(values)))
    low, high = np.quantile(values[rows].mean(1), [0.025, 0.975])
    return f"{values.mean():.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
