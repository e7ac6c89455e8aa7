"""Critics on recorded solutions: the real ones where they are on this machine, and small ones."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from reasoning_agents import critic_training
from reasoning_agents.critic_training import (
    NAMES,
    CriticTraining,
    data_path,
    examples,
    figures_of,
    measure,
    read_solutions,
    train,
)
from reasoning_agents.text_critics import TextCritic, TextCriticSettings
from reasoning_baselines.cli import app

DATA = Path(os.environ.get("REASONING_GYM_GSM8K", Path(__file__).parents[2] / "shared" / "data" / "gsm8k"))
RECORDED = DATA / "model_solutions.jsonl"
needs_data = pytest.mark.skipif(not RECORDED.is_file(), reason="the recorded GSM8K solutions are not on this machine")
QUICK = TextCriticSettings(learners=("logistic",), groups=("length", "wording"))


def rows(count, begin=0):
    """Questions with a person's solution and one of a model that says 'he' where it is right and 'so' where not."""
    rng = np.random.default_rng(begin)
    for index in range(begin, begin + count):
        steps = [
            f"It has {index}+{k} = <<{index}+{k}={index + k}>>{index + k} legs." for k in range(1, 3 + rng.integers(2))
        ]
        right = bool(index % 2)
        said = [step.replace("It", "He" if right else "So") for step in steps]
        yield {
            "question": f"A table has {index} legs and gets more. How many has it?",
            "ground_truth": "\n".join([*steps, f"A: {index}"]),
            "a_model": {"solution": "\n".join([*said, f"A: {index}"]), "is_correct": right},
        }


def write(path, count, begin=0):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(count, begin)))
    return path


def test_a_persons_solution_is_read_once_and_all_of_the_models(tmp_path):
    table = list(rows(2))
    table[0]["another"] = table[0]["a_model"]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in table))
    found = read_solutions(path)
    assert [(each.human, each.right) for each in found] == [
        (True, True), (False, False), (False, False), (True, True), (False, True),
    ]  # fmt: skip
    assert len({each.state.question.statement for each in found}) == 2


def test_each_critic_learns_from_what_it_is_about(tmp_path):
    found = read_solutions(write(tmp_path / "rows.jsonl", 10))
    assert [each.human for each in examples(found, "human")] == [True, False] * 10
    assert sum(each.human for each in examples(found, "human_right")) == 10
    assert len(examples(found, "human_right")) == 15
    assert [each.human for each in examples(found, "correct")] == [False, True] * 5
    for each in examples(found, "human"):
        assert not any("A:" in thought or "<<" in thought for thought in each.state.thoughts)


def test_a_run_writes_each_critics_figures_and_goes_on_after_a_kill(tmp_path, monkeypatch):
    config = CriticTraining(data=str(write(tmp_path / "rows.jsonl", 60)), critic=QUICK, seed=2)
    told = []
    folder = train(config, tmp_path / "run", watch=told.append)
    figures = json.loads((tmp_path / "run" / "training.json").read_text())
    for name in (*NAMES, "length", "layout"):
        assert figures[f"{name}_auc_low"] <= figures[f"{name}_auc"] <= figures[f"{name}_auc_high"]
        assert figures[f"{name}_auc_n"] in (60, 30) or name == "human_right"
    assert figures["human_auc"] > 0.95
    assert figures["correct_auc"] > 0.95
    assert abs(figures["length_auc"] - 0.5) < 0.35
    assert [progress.done for progress in told] == [1, 2, 3, 4, 5]
    assert {path.name for path in folder.iterdir()} == set(NAMES)

    class Killed(Exception):
        pass

    made = []

    def fit(*given):
        made.append(given)
        if len(made) == 3:
            raise Killed
        return TextCritic(given[1], given[0], None)

    monkeypatch.setattr(critic_training.TextCritic, "fit", fit)
    with pytest.raises(Killed):
        train(config, tmp_path / "killed")
    monkeypatch.undo()
    train(config, tmp_path / "killed")
    again = json.loads((tmp_path / "killed" / "training.json").read_text())
    assert again | {"cpu_seconds": 0} == figures | {"cpu_seconds": 0}
    assert train(config, tmp_path / "run") == folder
    with pytest.raises(ValueError, match="another configuration"):
        train(CriticTraining(data=config.data, critic=QUICK, seed=3), tmp_path / "run")


def test_a_trained_critic_is_measured_on_questions_that_it_does_not_know(tmp_path):
    folder = train(CriticTraining(data=str(write(tmp_path / "rows.jsonl", 60)), critic=QUICK), tmp_path / "run")
    both = read_solutions(write(tmp_path / "more.jsonl", 60, begin=40))
    found, known = measure(folder, both, "human")
    assert (known, found.questions, found.n) == (20, 40, 80)
    assert found.auc > 0.95
    with pytest.raises(ValueError, match="learned from all"):
        measure(folder, read_solutions(tmp_path / "rows.jsonl"), "human")


def test_the_command_measures_a_trained_critic(tmp_path):
    folder = train(CriticTraining(data=str(write(tmp_path / "rows.jsonl", 60)), critic=QUICK), tmp_path / "run")
    more = write(tmp_path / "more.jsonl", 30, begin=50)
    shown = CliRunner().invoke(app, ["critic", str(folder), str(more)])
    assert shown.exit_code == 0
    assert all(name in shown.output for name in NAMES)
    assert "10 questions were left out" in shown.output
    assert all(len(line) <= 80 for line in shown.output.splitlines())
    wrong = CliRunner().invoke(app, ["critic", str(tmp_path / "nothing"), str(more)])
    assert wrong.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "{", '{"question": 3}', "[]", '{"question": "a"}',
        '{"question": "a", "ground_truth": "b", "m": {"solution": 3, "is_correct": true}}',
        '{"question": "a", "ground_truth": "b", "m": {"solution": "c", "is_correct": "yes"}}',
    ],
)  # fmt: skip
def test_a_bad_row_is_named(tmp_path, text):
    path = tmp_path / "rows.jsonl"
    path.write_text(text + "\n")
    with pytest.raises(ValueError, match=r"rows\.jsonl:1: "):
        read_solutions(path)


def test_data_that_is_nowhere_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("REASONING_GYM_GSM8K", raising=False)
    with pytest.raises(ValueError, match="REASONING_GYM_GSM8K"):
        data_path(CriticTraining())
    monkeypatch.setenv("REASONING_GYM_GSM8K", str(tmp_path))
    assert data_path(CriticTraining()) == tmp_path / "model_solutions.jsonl"
    with pytest.raises(ValueError, match="can't read"):
        read_solutions(tmp_path / "none.jsonl")


@needs_data
def test_features_tell_recorded_solutions_on_questions_that_were_not_learned_from():
    """A quick critic on a part of the rows; the recipe critic-gsm8k has the figures of all learners and rows."""
    solutions = read_solutions(RECORDED)
    questions = sorted({each.state.question.statement for each in solutions})
    some = set(questions[:400])
    part = [each for each in solutions if each.state.question.statement in some]
    found = {
        name: figures_of(TextCritic.fit(examples(part, name), TextCriticSettings(learners=("logistic",))), name)
        for name in NAMES
    }
    assert found["human"]["human_auc"] > 0.68
    assert found["human_right"]["human_right_auc"] > 0.66
    assert found["correct"]["correct_auc"] > 0.68
    assert max(each[f"{name}_calibration_error"] for name, each in found.items()) < 0.08
