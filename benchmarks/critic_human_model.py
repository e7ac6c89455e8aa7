"""Whether log-probabilities under a human-only model help a critic: areas without and with it, and their difference.

REASONING_GYM_GSM8K=FOLDER python benchmarks/critic_human_model.py [--learner logistic] [--kind words]
    [--people FOLDER/train.jsonl]

Cross-validates over one half of the questions of the recorded solutions, by a hash of their text, so that the other
half stays unseen while settings are chosen. With `--people` the human-only model has learned from the solutions of a
file of GSM8K's layout instead of from those of the critic's own questions. Intervals are 95 %, by a bootstrap over
questions, paired: without and with are drawn together.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reasoning_agents.critic import Example, example
from reasoning_agents.critic_training import NAMES, CriticTraining, data_path, examples, read_solutions
from reasoning_agents.human_model import HumanModel
from reasoning_agents.roc import BOOTSTRAPS, auc
from reasoning_agents.text_critics import TextCritic, TextCriticSettings
from reasoning_gym.datasets import read_jsonl
from reasoning_gym.problem import Question, State


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learner", default="logistic")
    parser.add_argument("--kind", default="words")
    parser.add_argument("--people", type=Path)
    arguments = parser.parse_args()
    solutions = [each for each in read_solutions(data_path(CriticTraining())) if in_half(each.state)]
    plain = TextCriticSettings(learners=(arguments.learner,))
    own = TextCriticSettings(learners=(arguments.learner,), human_model=(arguments.kind,))
    people = None if arguments.people is None else HumanModel.fit(solved(arguments.people), (arguments.kind,))
    print("| critic | questions | without | with | difference |\n| --- | --- | --- | --- | --- |")
    for name in NAMES:
        given = examples(solutions, name)
        without = TextCritic.fit(given, plain)
        informed = TextCritic.fit(given, own) if people is None else TextCritic.fit(given, plain, people)
        print(f"| {name} | {compared(given, without, informed)} |", flush=True)


def in_half(state: State) -> bool:
    """Whether a process is about a question of the half that is looked at."""
    return hashlib.sha256(b"dev" + state.question.statement.encode()).digest()[0] % 2 == 0


def solved(path: Path) -> list[State]:
    """People's solutions, without artefacts."""
    rows = read_jsonl(path, "gsm8k")
    return [example(State(Question("gsm8k", 1, row.question, ""), row.thoughts), human=True).state for row in rows]


def compared(given: Sequence[Example], without: TextCritic, informed: TextCritic) -> str:
    """Questions, areas and their difference, as cells."""
    human = np.array([each.human for each in given])
    _, of = np.unique([each.state.question.statement for each in given], return_inverse=True)
    questions = int(of.max()) + 1
    draws = np.random.default_rng(0).multinomial(questions, np.full(questions, 1 / questions), size=BOOTSTRAPS)
    areas = [auc(critic.out_of_fold, human) for critic in (without, informed)]
    gains = [
        auc(informed.out_of_fold, human, weights[of]) - auc(without.out_of_fold, human, weights[of])
        for weights in draws
    ]
    low, high = np.quantile(gains, [0.025, 0.975])
    return f"{questions} | {areas[0]:.3f} | {areas[1]:.3f} | {areas[1] - areas[0]:+.3f} ({low:+.3f} to {high:+.3f})"


if __name__ == "__main__":
    main()
