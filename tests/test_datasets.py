"""Real problems: files are read strictly, and recorded solutions get the verdicts that people gave them."""

import json
import os
import re
from pathlib import Path
from typing import ClassVar

import pytest

from reasoning_gym.checker.calculations import check_equality
from reasoning_gym.datasets import DatasetFamily, read_hugging_face, read_jsonl, recorded_solutions
from reasoning_gym.families.real.competition_math import CompetitionMath
from reasoning_gym.families.real.gsm8k import GSM8K
from reasoning_gym.families.real.question_answer import QuestionAnswer
from reasoning_gym.family import split_of
from reasoning_gym.planning import Limits, transition
from reasoning_gym.problem import SPLITS, State

DATA = Path(os.environ.get("REASONING_GYM_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "gsm8k"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the GSM8K rows are not on this machine")


def write_rows(path: Path, rows: list[object]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


GSM8K_ROWS = [
    {
        "question": f"A hen lays {n} eggs a day. How many in a week?",
        "answer": f"7*{n} = <<7*{n}={7 * n}>>{7 * n}\n#### {7 * n}",
    }
    for n in range(2, 40)
]


def test_a_file_is_cut_into_disjoint_splits_and_every_reference_is_right(tmp_path):
    family = GSM8K().open(write_rows(tmp_path / "rows.jsonl", GSM8K_ROWS))
    seen = {}
    for split in SPLITS:
        assert family.size(split) > 0
        for index in range(family.size(split)):
            problem = family.problem(split, 1, index)
            assert split_of(problem.question.statement) == split
            assert problem.address is not None
            assert family.verify(problem, problem.answer).correct
            assert not family.verify(problem, str(int(problem.answer) + 1)).correct
            seen[problem.question.statement] = split
    assert len(seen) == len(GSM8K_ROWS)


def test_a_folder_keeps_its_own_splits_and_refuses_a_question_in_both(tmp_path):
    write_rows(tmp_path / "train.jsonl", GSM8K_ROWS[:30])
    write_rows(tmp_path / "test.jsonl", GSM8K_ROWS[30:])
    family = GSM8K().open(str(tmp_path))
    assert (family.size("train"), family.size("test")) == (30, 8)
    write_rows(tmp_path / "test.jsonl", GSM8K_ROWS[29:])
    with pytest.raises(ValueError, match="in both splits"):
        GSM8K().open(str(tmp_path))


def test_math_rows_have_levels_and_boxed_answers(tmp_path):
    rows = [
        {
            "problem": f"What is half of {n}?",
            "solution": f"We halve.\nSo \\boxed{{\\frac{{{n}}}{{2}}}}.",
            "level": f"Level {1 + n % 2}",
        }
        for n in range(1, 30)
    ]
    family = CompetitionMath().open(write_rows(tmp_path / "math.jsonl", rows))
    problem = family.problem("test", 2, 0)
    assert problem.question.level == 2
    assert family.verify(problem, problem.answer.replace("\\frac{", "(").replace("}{", ")/(").replace("}", ")")).correct
    assert family.reference_thoughts(problem)[0] == "We halve."


def test_plain_rows_hold_numbers_words_and_thoughts(tmp_path):
    rows = [
        {"question": f"Is {n} even?", "answer": "yes" if n % 2 == 0 else "no", "thoughts": [f"{n} mod 2"]}
        for n in range(20)
    ]
    rows += [{"question": f"Double {n}", "answer": 2 * n} for n in range(20)]
    family = QuestionAnswer().open(write_rows(tmp_path / "plain.jsonl", rows))
    for split in SPLITS:
        for index in range(family.size(split)):
            problem = family.problem(split, 1, index)
            assert family.verify(problem, problem.answer.upper()).correct


def test_a_question_may_hold_any_character_that_json_can_write(tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text("".join(f'{{"question": "\\ud800 {n}+1?", "answer": {n + 1}}}\n' for n in range(8)))
    family = QuestionAnswer().open(str(path))
    assert family.size("train") + family.size("test") == 8


BAD_ROWS = [
    ("gsm8k", "not json", ":2: not JSON"),
    ("gsm8k", "[1]", ":2: a row is a JSON object"),
    ("gsm8k", '{"question": "q", "answer": "no mark"}', ":2: the last line of the answer is 'no mark'"),
    ("gsm8k", '{"question": "", "answer": "#### 1"}', ":2: the field 'question' is ''"),
    ("gsm8k", '{"question": "q", "answer": "#### 3 +"}', ":2: can't read the reference"),
    ("math", '{"problem": "q", "solution": "no box"}', "holds no "),
    ("plain", '{"question": "q"}', ":2: the field 'answer' is None"),
    ("plain", '{"question": "q", "answer": true}', ":2: the field 'answer' is True"),
    ("plain", '{"question": "q", "answer": "1", "thoughts": "one"}', ":2: the field 'thoughts'"),
]


@pytest.mark.parametrize(("layout", "line", "message"), BAD_ROWS)
def test_a_bad_row_raises_with_file_line_and_reason(tmp_path, layout, line, message):
    good = {
        "gsm8k": GSM8K_ROWS[0],
        "math": {"problem": "p", "solution": "\\boxed{1}"},
        "plain": {"question": "q", "answer": 1},
    }[layout]
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(good) + "\n" + line + "\n")
    with pytest.raises(ValueError, match=re.escape(message)) as raised:
        read_jsonl(path, layout)
    assert str(path) in str(raised.value) or "holds no" in message


def test_missing_data_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("REASONING_GYM_GSM8K", raising=False)
    with pytest.raises(ValueError, match="REASONING_GYM_GSM8K"):
        GSM8K().open(None)
    with pytest.raises(ValueError, match="can't read the data set"):
        GSM8K().open(str(tmp_path / "missing.jsonl"))
    monkeypatch.setenv("REASONING_GYM_GSM8K", write_rows(tmp_path / "rows.jsonl", GSM8K_ROWS))
    assert GSM8K().size("train") + GSM8K().size("test") == len(GSM8K_ROWS)


class FakeDatasets:
    """Stands in for the package `datasets`, which would need the network."""

    asked: ClassVar[list[tuple[str, str | None, str]]] = []

    @classmethod
    def load_dataset(cls, name, config, split):
        cls.asked.append((name, config, split))
        return GSM8K_ROWS[:30] if split == "train" else GSM8K_ROWS[30:]


def test_hugging_face_data_sets_are_read_by_name(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", FakeDatasets)
    family: DatasetFamily = GSM8K().open("hf:openai/gsm8k:main")
    assert (family.size("train"), family.size("test")) == (30, 8)
    assert FakeDatasets.asked == [("openai/gsm8k", "main", "train"), ("openai/gsm8k", "main", "test")]


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(ValueError, match=re.escape("reasoning-gymnasium[datasets]")):
        read_hugging_face("openai/gsm8k", "train", "gsm8k")


@needs_data
def test_verdicts_on_recorded_model_solutions_agree_with_the_labels():
    family = GSM8K()
    limits = Limits(max_thoughts=200, max_thought_chars=10_000)
    count = 0
    disagreements = []
    for row, model, thoughts, labelled_correct in recorded_solutions(DATA / "model_solutions.jsonl"):
        problem = family._problem(row, 1, None)
        state, answer = State(problem.question), None
        for thought in thoughts:
            state, answer, _ = transition(state, thought, limits)
            if answer is not None:
                break
        verdict = answer is not None and family.verify(problem, answer).correct
        count += 1
        if verdict != labelled_correct:
            disagreements.append((row.question, model))
    assert count == 2800
    assert disagreements == []


@needs_data
def test_all_human_solutions_are_correct_and_all_calculator_marks_true():
    family = GSM8K().open(str(DATA / "train.jsonl"))
    solutions = marks = 0
    for split in SPLITS:
        for index in range(family.size(split)):
            problem = family.problem(split, 1, index)
            thoughts = family.reference_thoughts(problem)
            state = State(problem.question)
            answer = None
            for thought in thoughts:
                state, answer, _ = transition(state, thought, Limits(100, 10_000))
            assert answer is not None
            assert family.verify(problem, answer).correct
            solutions += 1
            for mark in re.findall(r"<<(.*?)>>", "\n".join(thoughts)):
                assert check_equality(mark).correct, mark
                marks += 1
    assert (solutions, marks) == (7473, 23716)
