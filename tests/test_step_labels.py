"""Labels of people: how files are read and what is left out, and that a judge learns from them as from a check."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from judge_settings import BASE, JUDGING, PRACTISED

from reasoning_agents import process_reward
from reasoning_agents.judging import lessons_of
from reasoning_agents.language_model.implicit_reward import IMPLICIT_REWARD_FILE
from reasoning_agents.language_model.loading import PROCESS_REWARD, load
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.learning import read_log
from reasoning_agents.practice import make_oracle
from reasoning_agents.process_reward import ProcessReward
from reasoning_agents.process_reward_from_labels import ProcessRewardFromLabels, _Learner, train
from reasoning_agents.registry import make_agent
from reasoning_baselines.methods import read_training
from reasoning_gym import step_labels
from reasoning_gym.family import split_of
from reasoning_gym.step_labels import LabelledStep, Rated, StepLabels, decide, read_step_labels, write_prm800k

TRAIN_QUESTIONS = [text for text in (f"What is {n} + {n}?" for n in range(60)) if split_of(text) == "train"]
TEST_QUESTIONS = [text for text in (f"What is {n} + {n}?" for n in range(60)) if split_of(text) == "test"]
QUESTION = TRAIN_QUESTIONS[0]


def completion(text, rating, flagged=None):
    return {"text": text, "rating": rating, "flagged": flagged}


def step(*completions, chosen=0, human=None):
    return {"completions": list(completions), "human_completion": human, "chosen_completion": chosen}


def row(*steps, question=QUESTION, finish="solution", **more):
    """A row as github.com/openai/prm800k describes it."""
    return {
        "labeler": "340d89bc-f5b7-45e9-b272-909ba68ee363",
        "timestamp": "2023-01-22T04:34:27.052924",
        "generation": None,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {"problem": question, "ground_truth_answer": "4"},
        "label": {"steps": list(steps), "total_time": 278270, "finish_reason": finish},
        **more,
    }


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def read(tmp_path, *rows, layout="prm800k", **options):
    return read_step_labels([write(tmp_path / "labels.jsonl", *rows)], layout, **options)


# ---- reading


def test_each_step_comes_after_what_was_chosen_or_written_before_it(tmp_path):
    human = {"text": "2 + 2 is 4", "rating": None, "source": "human", "flagged": None}
    found = read(
        tmp_path,
        row(
            step(completion("wrong way", -1), completion("right way", 1), completion("no way", 0), chosen=1),
            step(completion("2 + 2 is 5", -1), completion("2 + 2 is 3", -1), chosen=None, human=human),
            step(completion("So it is 4.\n\n# Answer\n\n4", 1)),
        ),
    )
    assert found.steps == (
        LabelledStep(QUESTION, (), (Rated("wrong way", -1), Rated("right way", 1), Rated("no way", 0))),
        LabelledStep(QUESTION, ("right way",), (Rated("2 + 2 is 5", -1), Rated("2 + 2 is 3", -1))),
        LabelledStep(QUESTION, ("right way", "2 + 2 is 4"), (Rated("So it is 4. \\boxed{4}", 1),)),
    )
    assert found.left_out == {"written": 1}
    assert str(found) == (
        "6 labels (2 right, 1 neutral, 3 wrong) of 3 steps about 1 questions, from 1 rows; left out: 1 written"
    )


def test_what_a_person_wrote_is_a_right_candidate_where_that_is_asked_for(tmp_path):
    human = {"text": "4", "rating": None, "source": "human", "flagged": None}
    found = read(tmp_path, row(step(completion("5", -1), chosen=None, human=human)), written=True)
    assert found.steps == (LabelledStep(QUESTION, (), (Rated("5", -1), Rated("4", 1))),)
    assert found.left_out == {}


a, b, c = completion("a", 1), completion("b", 1), completion("c", 1)

LEFT_OUT = [
    ("nobody knew how to rate it", row(step(completion("x", 1, True), a, chosen=1)), {"flagged": 1}, 1),
    ("nobody rated it", row(step(completion("x", None), a, chosen=1)), {"unrated": 1}, 1),
    ("an unrated thought was followed", row(step(completion("x", None)), step(a)), {"unrated": 1}, 1),
    ("it says nothing", row(step(completion("  \n ", 1), a, chosen=1)), {"empty": 1}, 1),
    ("the thoughts before it are unknown", row(step(a, chosen=None), step(b, c)), {"unplaced": 2}, 1),
    ("the thought before it says nothing", row(step(a, completion("", 1), chosen=1), step(b)), None, 1),
    ("a thought before it is wrong", row(step(a, completion("x", -1), chosen=1), step(b), step(c)), None, 2),
    ("a neutral thought before it isn't wrong", row(step(completion("x", 0)), step(b)), {}, 2),
    ("no candidates", row(step(chosen=None, human=a), step(b)), {"written": 1}, 1),
    ("candidates are null", row({**step(chosen=None, human=a), "completions": None}, step(b)), {"written": 1}, 1),
]


@pytest.mark.parametrize(
    ("bad", "left_out", "kept"), [each[1:] for each in LEFT_OUT], ids=[each[0] for each in LEFT_OUT]
)
def test_a_label_that_can_not_be_used_is_counted(tmp_path, bad, left_out, kept):
    found = read(tmp_path, bad)
    assert sum(len(each.candidates) for each in found.steps) == kept
    if left_out is not None:
        assert found.left_out == left_out
    offered = sum(
        len(each["completions"] or []) + (each["human_completion"] is not None) for each in bad["label"]["steps"]
    )
    assert kept + sum(found.left_out.values()) == offered, "every label is kept or counted"


ROWS_LEFT_OUT = [
    ("bad_problem_rows", row(step(a), finish="bad_problem"), {}),
    ("bad_problem_rows", {**row(finish="bad_problem"), "label": {"steps": None, "finish_reason": "bad_problem"}}, {}),
    ("quality_control_rows", row(step(b), is_quality_control_question=True), {"quality_control": True}),
    ("screening_rows", row(step(b), is_initial_screening_question=True), {"quality_control": True}),
    ("test_question_rows", row(step(b), question=TEST_QUESTIONS[0]), {"test_questions": True}),
]


@pytest.mark.parametrize(("why", "bad", "options"), ROWS_LEFT_OUT)
def test_a_row_that_can_not_be_used_is_counted_unless_it_is_asked_for(tmp_path, why, bad, options):
    found = read(tmp_path, bad, row(step(a)))
    assert found.left_out == {why: 1}
    assert (len(found.steps), found.rows) == (1, 2)
    if options:
        assert len(read(tmp_path, bad, row(step(a)), **options).steps) == 2


def test_labels_of_ones_own_are_a_question_and_its_rated_steps(tmp_path):
    steps = [{"text": "2+2=4", "rating": 1}, {"text": "well", "rating": None}, {"text": "Answer: 5", "rating": -1}]
    found = read(tmp_path, {"question": f" {QUESTION} ", "steps": [*steps, {"text": "z", "rating": 1}]}, layout="plain")
    assert found.steps == (
        LabelledStep(QUESTION, (), (Rated("2+2=4", 1),)),
        LabelledStep(QUESTION, ("2+2=4", "well"), (Rated("Answer: 5", -1),)),
    )
    assert found.left_out == {"unrated": 1, "after_wrong": 1}


TEXTS = [
    ("one line", "one line"),
    ("  as it stands ", "  as it stands "),
    ("two\nlines\r\n\nand more\n", "two lines and more"),
    ("It is 4.\n\n# Answer\n\n4", "It is 4. \\boxed{4}"),
    ("# Answer\n\n\\frac{1}{2}", "\\boxed{\\frac{1}{2}}"),
    ("It is 4.\r\n\r\n# Answer\r\n\r\n4\r\n", "It is 4. \\boxed{4}"),
    ("the # Answer is 4", "the # Answer is 4"),
]


@pytest.mark.parametrize(("text", "thought"), TEXTS)
def test_a_text_becomes_one_thought(tmp_path, text, thought):
    (found,) = read(tmp_path, row(step(completion(text, 1)))).steps
    assert found.candidates == (Rated(thought, 1),)


def changed(**fields):
    return {**row(step(a)), **fields}


BAD_ROWS = [
    ([], "a row is a JSON object, not list"),
    (changed(question="What?"), "the field 'question' is 'What\\?'; it must be an object"),
    (changed(question={"problem": " "}), "the field 'problem' is ' '"),
    (changed(label=None), "the field 'label' is None; it must be an object"),
    (changed(label={"steps": {}}), "the field 'steps' is {}; it must be a list of objects"),
    (changed(label={}), "the field 'steps' is 'missing'"),
    (changed(label={"steps": [1]}), "steps\\[0\\] is 1; it must be an object"),
    (
        changed(is_quality_control_question="no"),
        "'is_quality_control_question' is 'no'; it must be true, false or null",
    ),
    (row(step(a), step(completion("x", 2))), "steps\\[1\\]: completions\\[0\\]: the field 'rating' is 2"),
    (row(step(completion("x", True))), "the field 'rating' is True"),
    (row(step(completion("x", "1"))), "the field 'rating' is '1'; it must be 1, 0, -1 or null"),
    (row(step({"text": "x"})), "the field 'rating' is"),
    (row(step(completion(7, 1))), "the field 'text' is 7; it must be a text"),
    (row(step(completion("\ud835", 1))), "half a character"),
    (row(step(a), question="half \ud835"), "half a character"),
    (row(step(completion("x", 1, "yes"))), "the field 'flagged' is 'yes'"),
    (row(step(a, chosen=1)), "chosen_completion is 1; it must be null or a place among 1 completions"),
    (row(step(a, b, chosen=-1)), "chosen_completion is -1"),
    (row(step(a, b, chosen=True)), "chosen_completion is True"),
    (row(step(a, chosen=None, human="x")), "the field 'human_completion' is 'x'; it must be an object"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_ROWS)
def test_a_bad_row_is_named_by_file_and_line(tmp_path, bad, message):
    with pytest.raises(ValueError, match=f"labels.jsonl:2: .*{message}"):
        read(tmp_path, row(step(a)), bad)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{\n", "labels.jsonl:1: not JSON"),
        (b"\n[" * 2 + b"[" * 100_000, "labels.jsonl:2: not JSON"),
        (b'{"question": "\xff"}', "can't read the labels"),
        (b"", "no label is left of .*labels.jsonl: 0 labels"),
        (b"\n" + b" " * 200 + b"{}", "labels.jsonl:2: the line has more than 100 bytes; cut it"),
    ],
)
def test_a_file_that_is_no_labels_says_what_is_wrong(tmp_path, monkeypatch, content, message):
    if b" " * 200 in content:
        monkeypatch.setattr(step_labels, "MAX_LINE_BYTES", 100)
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_step_labels([path])
    with pytest.raises(ValueError, match=r"can't read the labels .*give the path"):
        read_step_labels([tmp_path / "elsewhere.jsonl"])


# ---- deciding


def labels(*steps):
    return StepLabels(tuple(LabelledStep(QUESTION, thoughts, candidates) for thoughts, candidates in steps), 1)


@pytest.mark.parametrize(
    ("neutral", "decided", "left_out"),
    [
        ("right", {"x": True, "y": True, "z": False}, {}),
        ("wrong", {"x": True, "y": False, "z": False}, {}),
        ("left-out", {"x": True, "z": False}, {"neutral": 1}),
    ],
)
def test_what_a_neutral_rating_counts_as_is_a_choice(neutral, decided, left_out):
    found, missing = decide(labels(((), (Rated("x", 1), Rated("y", 0), Rated("z", -1)))), neutral)
    assert [each.candidates for each in found] == [decided]
    assert missing == left_out


def test_people_who_rated_the_same_thought_are_counted_once_or_not_at_all():
    several = labels(
        ((), (Rated("x", 1), Rated("y", 1))),
        (("x",), (Rated("x", 1),)),
        ((), (Rated("x", 0), Rated("y", -1), Rated("z", -1))),
        ((), (Rated("y", 1),)),
        (("q",), (Rated("d", 1), Rated("d", -1))),
    )
    found, missing = decide(several)
    assert [(each.thoughts, each.candidates) for each in found] == [
        ((), {"x": True, "z": False}),
        (("x",), {"x": True}),
    ]
    assert missing == {"repeated": 1, "disputed": 5}


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=4).filter(str.strip)
thoughts = st.sampled_from(["a", "b"]) | texts  # so that steps follow one another
candidates = st.lists(st.builds(Rated, thoughts, st.sampled_from([-1, 0, 1])), min_size=1, max_size=3)
some_steps = st.lists(
    st.builds(
        LabelledStep,
        st.sampled_from(TRAIN_QUESTIONS[:2]),
        st.lists(thoughts, max_size=2).map(tuple),
        candidates.map(tuple),
    ),
    min_size=1,
    max_size=6,
)


@given(some_steps)
def test_what_is_written_in_the_layout_of_prm800k_is_read_again(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("written") / "labels.jsonl"
    write_prm800k(path, steps)
    questions = dict.fromkeys(each.question for each in steps)
    about = [each for question in questions for each in steps if each.question == question]
    assert list(read_step_labels([path]).steps) == about


# ---- learning from them

DIRECT = ProcessReward(
    **PRACTISED,
    levels=(6,),
    updates=2,
    prompts=24,
    max_thoughts=9,
    validation_updates=1,
    validation_problems=4,
)


def direct_source(base=BASE):
    learner = process_reward._Learner(DIRECT, load(base, device="cpu", dtype="float32"))
    return learner.source


@pytest.fixture(scope="module")
def drawn(one_thread):
    """The choices of the first update of learning from the check."""
    source = direct_source()
    return source, source.choices(0)


@pytest.fixture(scope="module")
def file(drawn, tmp_path_factory):
    source, choices = drawn
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    write_prm800k(path, source.rated(choices))
    return path


@pytest.fixture
def config(file):
    return from_file(file)


@cache
def from_file(file):
    return ProcessRewardFromLabels(
        **JUDGING,
        files=(str(file),),
        updates=3,
        prompts=8,
        replay=2,
        validation_updates=2,
        held_back=0.25,
    )


@pytest.fixture(scope="module")
def trained(file, tmp_path_factory):
    return train(from_file(file), BASE, tmp_path_factory.mktemp("from-labels"))


def learner(config):
    return _Learner(config, load(BASE, device="cpu", dtype="float32"))


def by_question(lessons):
    """Lessons by what is read before their first thought."""
    return {lesson[0].tokens[: lesson[0].begin]: lesson for lesson in lessons}


def test_labels_of_a_check_in_a_file_are_the_lessons_that_are_drawn_directly(drawn, config):
    """Nothing differs but the last bits of log-probabilities, and how some thoughts were spelled."""
    source, choices = drawn
    asked = learner(replace(config, prompts=100))
    transcript = source.local.transcript
    theirs = by_question(lessons_of(asked.source.choices(0) + asked.source.held_back()))
    ours = by_question(lessons_of(choices))
    assert list(ours) == sorted(theirs, key=list(ours).index)
    same = total = 0
    for question, lesson in ours.items():
        for mine, read in zip(lesson, theirs[question], strict=True):
            text = transcript.decode(mine.tokens[mine.begin :])
            thought = transcript.decode(read.tokens[read.begin :]).removesuffix("\n")
            assert (mine.begin, mine.right, text.strip()) == (read.begin, read.right, thought.strip())
            total += 1
            if text == f"{thought}\n":
                same += 1
                assert mine.tokens == read.tokens
                assert mine.log_prob == pytest.approx(read.log_prob, abs=1e-3)
    assert total > 150
    assert same > 0.95 * total


def test_equal_lessons_teach_the_same(drawn, config):
    """What is learned from the lessons of either route changes the weights alike."""
    _, choices = drawn
    asked, other = learner(replace(config, prompts=100)), learner(config)
    ours = by_question(lessons_of(choices))
    theirs = by_question(lessons_of(asked.source.choices(0)))
    alike = [
        question
        for question, lesson in theirs.items()
        if [each.tokens for each in lesson] == [each.tokens for each in ours[question]]
    ]
    assert len(alike) > 10
    losses = [
        one.add_gradient([lessons[question] for question in alike]) for one, lessons in ((asked, theirs), (other, ours))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    for name, weight in asked.trained.items():
        assert torch.allclose(weight.grad, other.trained[name].grad, atol=1e-5, rtol=1e-2), name


def test_questions_are_held_back_by_a_draw_that_does_not_depend_on_the_files_order(file, config, tmp_path):
    lines = file.read_text().splitlines()
    other = tmp_path / "reversed.jsonl"
    other.write_text("".join(f"{line}\n" for line in reversed(lines)))

    def held(settings):
        source = learner(settings).source
        assert not set(source.reserved) & set(source.learned)
        assert sorted((*source.reserved, *source.learned)) == list(range(len(source.questions)))
        return {source.questions[number] for number in source.reserved}

    first = held(config)
    assert len(first) == 6
    assert held(replace(config, files=(str(other),))) == first
    assert held(replace(config, seed=1)) != first


def test_every_question_has_its_turn_before_one_comes_again_and_none_that_is_held_back(config):
    source = learner(config).source
    seen = [{choice.problem for choice in source.choices(update)} for update in range(3)]
    assert [len(each) for each in seen] == [8, 8, 8]
    assert set().union(*seen) == set(source.learned), "18 are learned from, 8 at a time"
    assert not seen[0] & seen[1]


def test_thoughts_that_are_too_long_are_left_out_and_counted(config):
    source = learner(replace(config, prompts=100, max_thought_tokens=12)).source
    found = [each for choice in source.choices(0) for each in choice.judged]
    assert found
    assert all(len(each.tokens) - each.begin <= 12 for each in found)
    assert source.costs()["too_long"] > 0
    everything = learner(replace(config, prompts=100)).source
    assert len(found) + source.too_long == sum(len(choice.judged) for choice in everything.choices(0))


def test_labels_of_which_none_can_be_measured_say_what_to_raise(config):
    source = learner(replace(config, max_thought_tokens=1)).source
    with pytest.raises(ValueError, match=r"6 questions that are held back have more than 1 tokens.*raise max"):
        source.held_back()
    assert source.choices(0) == []


def test_a_lesson_that_is_longer_than_a_batch_is_read_in_parts_with_the_same_gradient(config):
    asked = learner(replace(config, prompts=100))
    lesson = max(lessons_of(asked.source.choices(0)), key=len)
    whole = asked.add_gradient([lesson])
    grown = {name: weight.grad.clone() for name, weight in asked.trained.items()}
    asked.config = replace(asked.config, batch_tokens=100)
    for weight in asked.trained.values():
        weight.grad = None
    parts = list(asked.read_together(asked.model, [lesson]))
    assert len(parts) > 1
    assert asked.add_gradient([lesson]) == pytest.approx(whole, rel=1e-4)
    for name, gradient in grown.items():
        assert torch.allclose(gradient, asked.trained[name].grad, atol=1e-5, rtol=1e-2), name


def test_the_figures_are_those_of_a_judge_that_learned_from_a_check_and_what_was_left_out(trained):
    table = json.loads((trained.parent / "training.json").read_text())
    assert table["within_auc_low"] <= table["within_auc"] <= table["within_auc_high"]
    assert table["policy_within_auc"] > 0.5
    assert {"auc", "auc_n", "auc_step_1", "candidates", "pairs"} <= set(table)
    assert table["auc_n"] == table["questions_held_back"] == 6
    assert table["questions"] == 18
    assert table["rows"] == 24
    assert table["labels"] > table["candidates"] > 0
    assert table["too_long"] == 0
    assert (table["tokens"], "oracle_calls" in table) == (0, False)
    assert [line["update"] for line in read_log(trained.parent)] == [0, 1, 2, 3]


def test_what_is_saved_is_asked_as_any_judge_is(trained):
    local = LocalModel.load(trained, max_thought_tokens=40)
    agent = make_agent("best-of-n", local, seed=0, samples=3, signal="process-reward")
    oracle = make_oracle(DIRECT)
    assert all(agent.act([oracle.view(0), oracle.view(1)]))
    before, after = (load(each, device="cpu", dtype="float32").model.state_dict() for each in (BASE, trained))
    assert all(torch.equal(weight, before[name]) for name, weight in after.items()), "the policy stays as it is"


@pytest.mark.parametrize("rank", [0, 2])
def test_a_killed_run_ends_with_the_same_weights_and_figures(config, tmp_path, rank):
    config = replace(config, lora_rank=rank)
    whole = train(config, BASE, tmp_path / "whole")
    train(config, BASE, tmp_path / "killed", stop_after_updates=2, checkpoint_updates=1)
    folder = train(config, BASE, tmp_path / "killed")
    judge = Path(PROCESS_REWARD)
    for name in ("model.safetensors", judge / "model.safetensors", judge / IMPLICIT_REWARD_FILE):
        assert (folder / name).read_bytes() == (whole / name).read_bytes()
    assert (whole / judge / "model.safetensors").read_bytes() != (whole / "model.safetensors").read_bytes()
    here, there = (json.loads((each.parent / "training.json").read_text()) for each in (folder, whole))
    assert {**here, "cpu_seconds": 0} == {**there, "cpu_seconds": 0}


def test_a_run_is_not_taken_up_on_other_labels(config, file, tmp_path):
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(file.read_bytes())
    moved = replace(config, files=(str(copy),), updates=1)
    train(moved, BASE, tmp_path / "run", stop_after_updates=1)
    copy.write_text("".join(f"{line}\n" for line in copy.read_text().splitlines()[1:]))
    with pytest.raises(ValueError, match="a run of another configuration"):
        train(moved, BASE, tmp_path / "run")
    copy.unlink()
    with pytest.raises(ValueError, match="can't read the labels"):
        train(moved, BASE, tmp_path / "run")


def test_labels_about_one_question_are_too_few(config, tmp_path):
    path = write(tmp_path / "one.jsonl", row(step(completion("4", 1), completion("5", -1))))
    with pytest.raises(ValueError, match="about 1 question, and one must be held back"):
        learner(replace(config, files=(str(path),)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"files": ()}, "files is empty"),
        ({"held_back": 0.0}, "held_back is 0.0"),
        ({"held_back": 1.0}, "held_back is 1.0"),
        ({"validation_updates": 0}, "validation_updates is 0; give at least 1"),
        ({"prompts": 0}, "prompts is 0"),
    ],
)
def test_settings_that_can_not_work_are_refused(config, changes, message):
    with pytest.raises(ValueError, match=message):
        replace(config, **changes)


def test_a_recipe_may_ask_for_it():
    table = {"method": "process-reward-from-labels", "files": ["a.jsonl"], "updates": 2, "validation_updates": 1}
    training = read_training({**table, "neutral": "left-out"})
    assert training.settings.files == ("a.jsonl",)
    with pytest.raises(ValueError, match="use one of 'right', 'wrong', 'left-out'"):
        read_training({**table, "neutral": "good"})
