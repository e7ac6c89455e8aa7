"""Trains critics on recorded solutions: of problems that a person and some models have solved.

The data is JSONL as `reasoning_gym.datasets.recorded_solutions` reads it: a row holds a question, a person's solution,
and models' solutions, each with whether its answer is right. What the models were is nothing that a critic is told.

Three critics are trained, and each is measured on questions that it hasn't learned from (cross-validation by question):

- `human`: a person's against a model's; whoever is wrong is mostly a model
- `human_right`: the same among those whose answer is right, so that being wrong gives nobody away
- `correct`: of models' solutions, whether the answer is right; the answer itself isn't shown

`training.json` has of each, by its name, `_auc` with `_auc_low`, `_auc_high` (95 %, by a bootstrap over questions) and
`_auc_n` (questions), and `_calibration_error`; and `length_auc` and `layout_auc`, what the length alone and the layout
alone tell of whose a process is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from reasoning_agents.critic import Example, Report, example, report
from reasoning_agents.learning import MODEL, TRAINING, CPUClock, Progress, Watch, claim, write_json
from reasoning_agents.text_critics import TextCritic, TextCriticSettings
from reasoning_gym.datasets import recorded_solutions
from reasoning_gym.families.real.gsm8k import GSM8K
from reasoning_gym.family import nearest
from reasoning_gym.problem import Question, State

RECORDED_FILE: Final = "model_solutions.jsonl"  # in the folder that the environment variable names
NAMES: Final = ("human", "human_right", "correct")  # of the critics


@dataclass(frozen=True, kw_only=True)
class CriticTraining:
    """What to learn from, and how."""

    data: str = ""  # the JSONL file; by default model_solutions.jsonl in the folder that REASONING_GYM_GSM8K names
    critic: TextCriticSettings = field(default_factory=TextCriticSettings)  # its seed is replaced by the one below
    seed: int = 0  # of the folds, the trees and the bootstrap


class Solution(NamedTuple):
    """A recorded solution."""

    state: State
    human: bool
    right: bool


def read_solutions(path: Path) -> list[Solution]:
    """The recorded solutions of a file, a person's once for each question.

    Raises:
        ValueError: if it can't be read, names the line.
    """
    found: list[Solution] = []
    asked: set[str] = set()
    try:
        for row, _, thoughts, right in recorded_solutions(path):
            question = Question(GSM8K.name, 1, row.question, GSM8K.answer_format)
            if row.question not in asked:
                asked.add(row.question)
                found.append(Solution(State(question, row.thoughts), human=True, right=True))
            found.append(Solution(State(question, thoughts), human=False, right=right))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't read the recorded solutions {str(path)!r}: {error}; give a JSONL file") from error
    return found


def examples(solutions: Sequence[Solution], name: str) -> list[Example]:
    """What a critic of this name learns from; the positive kind of `correct` are the right ones.

    Raises:
        ValueError: for an unknown name.
    """
    if name not in NAMES:
        raise ValueError(f"there is no critic {name!r}; {nearest(name, NAMES)}")
    if name == "correct":
        return [example(each.state, human=each.right) for each in solutions if not each.human]
    return [example(each.state, human=each.human) for each in solutions if each.right or name == "human"]


def data_path(config: CriticTraining) -> Path:
    """Where the data is.

    Raises:
        ValueError: if nothing says it.
    """
    folder = os.environ.get(GSM8K.variable)
    if not config.data and not folder:
        raise ValueError(
            f"the critic's data is nowhere named; give data = '….jsonl', or set {GSM8K.variable} to a folder with "
            f"{RECORDED_FILE}"
        )
    return Path(config.data) if config.data else Path(str(folder), RECORDED_FILE)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ValueError(f"can't read the recorded solutions {str(path)!r}: {error}; give a JSONL file") from error


def train(config: CriticTraining, out: Path, *, watch: Watch | None = None) -> Path:
    """Train the critics, or go on with those that are missing; the folder that has one in a folder of its name.

    Args:
        config: what to learn from.
        out: the folder of the run.
        watch: called after each critic; its figure is the area under the curve.

    Raises:
        ValueError: if `out` holds a run of another configuration, or the data can't be read.
        ModuleNotFoundError: if scikit-learn isn't installed.
    """
    path = data_path(config)
    claim(out, config, data=_digest(path))
    folder = out / MODEL
    if (out / TRAINING).exists():
        return folder
    solutions = read_solutions(path)
    settings = replace(config.critic, seed=config.seed)
    work = _work(solutions, settings, folder)
    figures: dict[str, float] = {"cpu_seconds": 0.0}
    for done, (name, measure) in enumerate(work.items(), 1):
        kept = out / f"{name}.json"
        if not kept.exists():
            clock = CPUClock()
            found = measure()
            write_json(kept, {**found, "cpu_seconds": clock.seconds})
        found = json.loads(kept.read_text(encoding="utf-8"))
        figures["cpu_seconds"] = round(figures["cpu_seconds"] + found.pop("cpu_seconds"), 1)
        figures |= found
        if watch is not None:
            watch(Progress(done, len(work), {f"{name} auc": found[f"{name}_auc"]}, 0.0))
    write_json(out / TRAINING, figures)
    return folder


def _work(
    solutions: Sequence[Solution], settings: TextCriticSettings, folder: Path
) -> Mapping[str, Callable[[], dict[str, float]]]:
    """What is trained and measured, by its name."""

    def critic(name: str) -> Callable[[], dict[str, float]]:
        def fit() -> dict[str, float]:
            critic = TextCritic.fit(examples(solutions, name), settings)
            critic.save(folder / name)
            return figures_of(critic, name)

        return fit

    def alone(group: str) -> Callable[[], dict[str, float]]:
        only = replace(settings, learners=("boosting",), groups=(group,))
        return lambda: figures_of(TextCritic.fit(examples(solutions, "human"), only), group)

    return {name: critic(name) for name in NAMES} | {group: alone(group) for group in ("length", "layout")}


def measure(folder: Path, solutions: Sequence[Solution], name: str) -> tuple[Report, int]:
    """How well a trained critic does on other recorded solutions, and how many questions of theirs it has learned from.

    Those are left out.

    Args:
        folder: that `train` returned.
        solutions: see `read_solutions`.
        name: of the critic.

    Raises:
        ValueError: if the folder holds no such critic, or nothing is left to measure it on.
    """
    critic = TextCritic.load(folder / name)
    known = {each.state.question.statement for each in critic.examples}
    given = examples(solutions, name)
    fresh = [each for each in given if each.state.question.statement not in known]
    if not fresh:
        raise ValueError("the critic has learned from all of these questions; give solutions of others")
    scores = critic.score([each.state for each in fresh])
    rng = np.random.Generator(np.random.PCG64(critic.settings.seed))
    seen = {each.state.question.statement for each in given} & known
    return report(scores, fresh, rng), len(seen)


def figures_of(critic: TextCritic, name: str) -> dict[str, float]:
    """How well a critic tells examples that it hasn't learned from, as `training.json` has it."""
    rng = np.random.Generator(np.random.PCG64(critic.settings.seed))
    found = report(critic.out_of_fold, critic.examples, rng)
    return {**found.area(f"{name}_auc"), f"{name}_calibration_error": found.calibration_error}
