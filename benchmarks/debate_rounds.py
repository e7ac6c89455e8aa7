"""What a prover gains by learning to win debates, and whether a challenger that has heard it wins it back.

python benchmarks/debate_rounds.py [--level 5] [--updates 20] [--problems 200] [--prover-updates 30]
    [--learning-rate 3e-4] [--seed 0] [--out runs/debate-rounds]

Trains a challenger on debates with `tiny-arithmetic`, then a prover against it, then a challenger that hears the
prover too, for as many updates as the first and from the same beginning. Each challenger then meets the policy and the
prover on problems of the train split that nobody has learned from. Prints a table with 95 % by a bootstrap over
problems. What is in the folder already isn't trained again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from reasoning_agents import debate, debate_prover
from reasoning_agents.agent import Ledger
from reasoning_agents.chains import MeteredModel, sample_chains
from reasoning_agents.challenger import Challenger, best_action
from reasoning_agents.debate import DebateTraining, said
from reasoning_agents.debate_prover import DebateProver
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.roc import BOOTSTRAPS, auc, auc_interval
from reasoning_baselines.models import PRETRAINED
from reasoning_gym.problem import View
from reasoning_gym.selfplay.reasoning_debate import ACCEPT, Debate, ReasoningDebate

BASE = PRETRAINED / "tiny-arithmetic"
CHAINS = 4  # of each problem
MAX_THOUGHT_TOKENS = 48


class Said(NamedTuple):
    """A chain that states an answer, in a debate that waits for the challenger."""

    problem: int
    position: Debate
    view: View


class Played(NamedTuple):
    """How debates ended, of C chains."""

    problem: NDArray[np.int64]  # [C]
    sound: NDArray[np.bool_]  # [C], whether every thought is right
    score: NDArray[np.float64]  # [C], how probably the challenger finds it so
    won: NDArray[np.float64]  # [C], by the prover
    wrong: NDArray[np.bool_]  # [C], whether the answer is
    deceived: NDArray[np.bool_]  # [C], whether a wrong answer was believed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--level", type=int, default=5)
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--prover-updates", type=int, default=30)
    parser.add_argument("--learning-rate", type=float, default=3e-4, help="of the prover")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/debate-rounds"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    challenger, prover, taught = trained(arguments)
    game = ReasoningDebate(families="integer_expression", level=arguments.level, max_thoughts=12)
    print("| prover | challenger | chains | AUC | prover wins | wrong answers | wrong and believed |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for who, folder in (("policy", BASE), ("trained prover", prover)):
        heard = chains(game, folder, arguments.problems, arguments.seed)
        for whom, judge in (("first", challenger), ("having heard it", taught)):
            print(f"| {who} | {whom} | {row(play(game, heard, Challenger(model(judge))))} |", flush=True)


def trained(arguments: argparse.Namespace) -> tuple[Path, Path, Path]:
    """The folders of the challenger, of the prover that learned against it, and of the challenger that heard it."""
    shared: dict[str, Any] = {
        "env": "ReasoningIntegerExpression-v0",
        "levels": (arguments.level,),
        "updates": arguments.updates,
        "max_thoughts": 12,
        "max_thought_tokens": MAX_THOUGHT_TOKENS,
        "warm_up": 2,
        "validation_updates": arguments.updates,
        "validation_problems": arguments.problems,
        "seed": arguments.seed,
    }
    judging: dict[str, Any] = {  # as in the recipe debate-tiny
        "prompts": 32,
        "samples": 2,
        "optimizer": "muon",
        "learning_rate": 1.5e-3,
        "matrix_learning_rate": 0.006,
        "odds_learning_rate": 0.05,
        "final_rate": 0.02,
        "scale": 2.0,
        "likelihood": 2.0,
        "steps": 4,
        "replay": 2,
        "lessons": 32,
    }
    lying = DebateProver(
        **{**shared, "updates": arguments.prover_updates, "validation_updates": arguments.prover_updates},
        prompts=32,
        learning_rate=arguments.learning_rate,
    )
    out: Path = arguments.out
    first = debate.train(DebateTraining(**shared, **judging), BASE, out / "challenger")
    liar = debate_prover.train(lying, first, out / "prover")
    both = debate.train(DebateTraining(**shared, **judging, prover=str(liar)), BASE, out / "taught")
    return first, liar, both


def model(folder: Path) -> LocalModel:
    """A model on the CPU."""
    return LocalModel.load(folder, device="cpu", dtype="float32", max_thought_tokens=MAX_THOUGHT_TOKENS)


def chains(game: ReasoningDebate, folder: Path, problems: int, seed: int) -> list[Said]:
    """What a model says about the first problems, which training holds back; chains without an answer are left out."""
    asked = [game.ask(index) for index in range(problems)]
    views = [view for position in asked if (view := game.view(position)) is not None]
    ledger = Ledger()
    ledger.open(problems)
    rngs = [np.random.default_rng([seed, index]) for index in range(problems)]
    sampled = sample_chains(MeteredModel(model(folder), ledger), range(problems), views, CHAINS, 1.0, rngs)
    return [
        Said(index, reduce(game.play, said(chain), asked[index]), View(views[index].question, said(chain), 1))
        for index, some in enumerate(sampled)
        for chain in some
        if chain.answer is not None
    ]


def play(game: ReasoningDebate, heard: Sequence[Said], challenger: Challenger) -> Played:
    """The debates, ended by a challenger."""
    beliefs = challenger.beliefs([each.view for each in heard])
    actions = [best_action(belief) for belief in beliefs]
    truths = [game.judge(each.position) for each in heard]
    wrong = np.array([not truth.answer.correct for truth in truths])
    ended = [game.returns(game.play(each.position, action)) for each, action in zip(heard, actions, strict=True)]
    return Played(
        np.array([each.problem for each in heard]),
        np.array([truth.first_wrong == 0 for truth in truths]),
        np.array([belief[0] for belief in beliefs]),
        np.array([prover for prover, _ in ended]),
        wrong,
        wrong & (np.array(actions) == ACCEPT),
    )


def row(played: Played) -> str:
    """A row of the table."""
    groups: list[int] = played.problem.tolist()
    low, high = auc_interval(played.score, played.sound, groups, np.random.default_rng(0))
    area = f"{auc(played.score, played.sound):.3f} ({low:.3f} to {high:.3f})"
    means = [mean(values, played.problem) for values in (played.won, played.wrong, played.deceived)]
    return " | ".join([str(len(groups)), area, *means])


def mean(values: NDArray[Any], problem: NDArray[np.int64]) -> str:
    """Mean over chains, and 95 % by a bootstrap over problems."""
    sums = np.bincount(problem, weights=values.astype(float))
    counts = np.bincount(problem)
    draws = np.random.default_rng(0).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=BOOTSTRAPS)
    low, high = np.quantile((draws @ sums) / (draws @ counts), [0.025, 0.975])
    return f"{sums.sum() / counts.sum():.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
