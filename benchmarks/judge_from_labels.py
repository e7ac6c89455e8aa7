"""Labels of a check, learned from directly and from a file of them in PRM800K's layout: the judges should be alike.

python benchmarks/judge_from_labels.py OUT [--model tiny-chains] [--levels 8 9 10] [--updates 12] [--problems 500]

Trains two process-reward models with as many updates, on as many questions an update, and holds both against the same
candidates, about train problems that neither learned from. Prints their areas with 95 % intervals by a bootstrap over
problems, and those of the policy's own log-probability.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reasoning_agents import process_reward, process_reward_from_labels
from reasoning_agents.agent import Ledger
from reasoning_agents.chains import MeteredModel
from reasoning_agents.judging import Choice, areas
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.process_reward import DrawnThoughts, ProcessReward
from reasoning_agents.process_reward_from_labels import ProcessRewardFromLabels
from reasoning_baselines.models import find_model
from reasoning_gym.problem import Question, View
from reasoning_gym.step_labels import LabelledStep, write_prm800k

AREAS = ("within_auc", "auc")
HELD_BACK = 0.05  # of the questions in the file; so many more are drawn
TEACHING: dict[str, Any] = {  # those of the recipe prm-tiny
    "prompts": 64,
    "max_thought_tokens": 64,
    "optimizer": "muon",
    "learning_rate": 1.5e-3,
    "matrix_learning_rate": 0.006,
    "final_rate": 0.02,
    "warm_up": 2,
    "scale": 2.0,
    "likelihood": 2.0,
    "steps": 4,
    "replay": 2,
    "lessons": 32,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="tiny-chains")
    parser.add_argument("--levels", type=int, nargs="+", default=[8, 9, 10])
    parser.add_argument("--updates", type=int, default=12)
    parser.add_argument("--problems", type=int, default=500)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    base, updates, file = find_model(arguments.model), arguments.updates, arguments.out / "labels.jsonl"
    arguments.out.mkdir(parents=True, exist_ok=True)
    teaching = {**TEACHING, "updates": updates, "validation_updates": updates}
    direct = ProcessReward(
        **teaching,
        env="ReasoningIntegerExpression-v0",
        levels=tuple(arguments.levels),
        max_thoughts=16,
        validation_problems=arguments.problems,
    )
    local = LocalModel.load(base, max_thought_tokens=direct.max_thought_tokens)
    source = DrawnThoughts(direct, MeteredModel(local, Ledger()), local)
    drawn = range(math.ceil(updates / (1 - HELD_BACK)))
    write_prm800k(file, [step for update in drawn for step in source.rated(source.choices(update))])
    choices = source.held_back()
    compared = list(zip(choices, source.rated(choices), strict=True))
    from_file = ProcessRewardFromLabels(**teaching, files=(str(file),), held_back=HELD_BACK)
    trained = {
        "the check": process_reward.train(direct, base, arguments.out / "direct"),
        "the file": process_reward_from_labels.train(from_file, base, arguments.out / "file"),
    }
    log_probs = [each.log_prob for choice in choices for each in choice.judged]
    print("| labels from | labels learned | within_auc | auc | problems |\n| --- | --- | --- | --- | --- |")
    show("none: the policy", 0, choices, log_probs)
    for name, folder in trained.items():
        log = [json.loads(line) for line in (folder.parent / "log.jsonl").read_text().splitlines()]
        scores = judged_by(LocalModel.load(folder), compared)
        show(name, sum(int(line.get("thoughts", 0)) for line in log), choices, scores)


def judged_by(model: LocalModel, compared: list[tuple[Choice, LabelledStep]]) -> list[float]:
    """What a saved judge says of candidates, as a search would ask it."""
    scores: list[float] = []
    for choice, step in compared:
        view = View(
            Question("integer_expression", 1, step.question, ""), step.thoughts, 1
        )  # read by its statement alone
        asked = [
            Candidate(rated.thought, each.tokens[each.begin :], (each.log_prob,))
            for rated, each in zip(step.candidates, choice.judged, strict=True)
        ]
        scores += [judgement.score for judgement in model.judge([view] * len(asked), asked) or []]
    return scores


def show(name: str, labels: int, choices: list[Choice], scores: list[float]) -> None:
    """Print a row of the table."""
    found = areas(choices, np.array(scores), np.random.default_rng(0))
    cells = [f"{found[area]:.3f} ({found[area + '_low']:.3f} to {found[area + '_high']:.3f})" for area in AREAS]
    print(f"| {name} | {labels:,} | {' | '.join(cells)} | {found['within_auc_n']} |", flush=True)


if __name__ == "__main__":
    main()
