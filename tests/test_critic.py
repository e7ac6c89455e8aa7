"""Critics: they tell what differs, are at chance where nothing does, and say what their scores are worth."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_agents import thought_features
from reasoning_agents.classifier_critic import ClassifierCritic, ClassifierTraining, best_heat
from reasoning_agents.critic import Critic, Example, bare, example, report
from reasoning_agents.roc import auc, auc_interval, calibration_error
from reasoning_agents.supervised import Shape
from reasoning_agents.text_critics import LEARNERS, TextCritic, TextCriticSettings
from reasoning_agents.thought_features import GROUPS, Calculation, calculations, feature_names, features
from reasoning_gym.family import get_family
from reasoning_gym.problem import Question, State

TINY = Shape(width=32, layers=1, heads=2, feed_forward=64, context=256)
LOGISTIC = TextCriticSettings(learners=("logistic",))


def process(index, thoughts):
    return State(Question("sum", 1, f"Ann has {index} eggs and finds 3 more. How many has she?", ""), tuple(thoughts))


def plain(index, rng):
    """A process of two to four lines."""
    words = ["so", "then", "now", "thus"]
    return [f"{rng.choice(words)} she has {index}+{k}={index + k} eggs" for k in range(1, int(rng.integers(3, 6)))]


HOSTILE_PROCESS = ["\ud800" * 9, "9" * 1_000_000, "<<" * 100_000]


def two_kinds(count, change, seed=0):
    """Processes of people, and of a model that does something else."""
    rng = np.random.default_rng(seed)
    people = [example(process(index, plain(index, rng)), human=True) for index in range(count)]
    model = [example(process(index, change(plain(index, rng))), human=False) for index in range(count)]
    return people + model


def skipping(thoughts):
    return thoughts[1:]


def saying_hence(thoughts):
    return [*thoughts[:-1], thoughts[-1].replace("she", "hence she")]


def heard(critic, examples):
    return report(critic.out_of_fold, examples, np.random.default_rng(0))


# --- what is measured


def test_the_area_is_the_share_of_pairs_that_are_in_order():
    scores, right = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True])
    pairs = [(a > b) + (a == b) / 2 for a in scores[right] for b in scores[~right]]
    assert auc(scores, right) == np.mean(pairs)
    assert np.isnan(auc(scores, np.ones(4, dtype=bool)))


def test_an_interval_over_questions_is_wider_than_one_over_their_many_equal_chains():
    rng = np.random.default_rng(1)
    right = rng.random(60) < 0.5
    scores = rng.normal(size=60) + right
    alone = auc_interval(scores, right, list(range(60)), np.random.default_rng(2))
    repeated = auc_interval(
        np.repeat(scores, 9), np.repeat(right, 9), [i // 9 for i in range(540)], np.random.default_rng(2)
    )
    assert repeated == pytest.approx(alone)
    naive = auc_interval(np.repeat(scores, 9), np.repeat(right, 9), list(range(540)), np.random.default_rng(2))
    assert naive[1] - naive[0] < 0.5 * (alone[1] - alone[0])


def test_calibration_error_is_zero_for_honest_probabilities_and_large_for_boasting():
    rng = np.random.default_rng(3)
    honest = rng.random(200_000)
    right = rng.random(200_000) < honest
    assert calibration_error(honest, right) < 0.01
    boasting = np.where(rng.random(200_000) < 0.5, 0.99, 0.01)
    assert calibration_error(boasting, rng.random(200_000) < 0.5) == pytest.approx(0.49, abs=0.01)


def test_calibration_holds_scores_against_even_odds_however_many_there_are_of_either():
    rng = np.random.default_rng(4)
    right = rng.random(100_000) < 0.1
    assert calibration_error(np.full(100_000, 0.5), right) < 1e-9


# --- what a critic may not see


@pytest.mark.parametrize(
    ("thoughts", "left"),
    [
        (["3 + 4 = <<3+4=7>>7"], ("3+4=7",)),
        (["3 x 4 = 12.", "3 * 4 = 12", "3×4 = 12;"], ("3*4=12", "3*4=12", "3*4=12")),
        (["Half of 9 ÷ 2 = $4.5"], ("Half of 9/2=$4.5",)),
        (["so it is 4<|endoftext|>", "#### 4"], ("So it is 4",)),
        (["one\ntwo", "A: 4"], ("One", "Two")),
        (["Answer: 4"], ()),
        (["A: my own way", "3+4=7"], ("A: my own way", "3+4=7")),
        (["<<my own way>> 3+4=7"], ("<<my own way>> 3+4=7",)),
        (["  ", "."], ()),
        (["box x is red"], ("Box x is red",)),
    ],
)
def test_artefacts_are_taken_off(thoughts, left):
    assert bare(thoughts) == left


def test_layout_and_marks_alone_tell_nothing_once_they_are_taken_off():
    def set_otherwise(thoughts):
        return [thought.replace("+", " + ").replace("=", " = <<1+1=2>>").capitalize() + "." for thought in thoughts]

    seen = two_kinds(20, lambda thoughts: [*set_otherwise(thoughts), "Answer: 3"])
    assert {each.state.thoughts for each in seen if not each.human} <= {
        example(process(i, t), human=True).state.thoughts for i in range(20) for t in _all_plain(i)
    }


def _all_plain(index):
    words = ["so", "then", "now", "thus"]
    rows = [[]]
    for k in range(1, 6):
        rows = [[*row, f"{word} she has {index}+{k}={index + k} eggs"] for row in rows for word in words]
        if k >= 2:
            yield from rows


# --- features


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("3 + 4 = 7", [("3 + 4", ("3", "4"), "7")]),
        ("she pays 2*$3=$6 and 6-1=5", [("2*$3", ("2", "3"), "6"), ("6-1", ("6", "1"), "5")]),
        ("1,000 / 4 = 250", [("1000 / 4", ("1000", "4"), "250")]),
        ("x = y", []),
        ("= 3 =", []),
        ("", []),
    ],
)
def test_calculations_are_found(line, found):
    assert calculations(line) == [Calculation(*each) for each in found]


def test_a_result_that_nothing_uses_is_counted():
    chain = calculations("2+3=5, 5*2=10, 4+4=8, 10-1=9")
    assert thought_features.unused_results(chain) == 1


@given(st.text(), st.lists(st.text(), max_size=5))
def test_any_text_has_finite_features(question, thoughts):
    found = features([State(Question("any", 1, question, ""), tuple(thoughts))])
    assert found.shape == (1, len(feature_names()))
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    "text", ["9" * 10_000_000, "=" * 300_000, "1+" * 200_000 + "=", "." * 500_000, "a" * 10_000_000]
)
def test_hostile_texts_are_read_to_a_bound(text):
    assert np.isfinite(features([State(Question("any", 1, text, ""), (text, text))])).all()


def test_names_and_columns_agree_for_every_group():
    state = process(4, ["4+3=7"])
    for group in GROUPS:
        assert features([state], (group,)).shape == (1, len(feature_names((group,))))
    assert features([], ("length",)).shape == (0, len(feature_names(("length",))))


def test_an_unknown_group_is_refused():
    with pytest.raises(ValueError, match="lengthy"):
        features([], ("lengthy",))


def test_skipped_steps_show_in_the_features():
    family = get_family("integer_expression")
    problem = family.problem("train", 5, 3)
    steps = bare(family.reference_thoughts(problem))
    names = feature_names(("progress",))
    whole = dict(zip(names, features([State(problem.question, steps)], ("progress",))[0], strict=True))
    hasty = dict(zip(names, features([State(problem.question, (steps[0], *steps[2:]))], ("progress",))[0], strict=True))
    assert (whole["done_most"], whole["done_least"]) == (1, 1)
    assert hasty["done_most"] == 2
    assert hasty["thoughts_missing"] == whole["thoughts_missing"] + 1


# --- critics


@pytest.mark.parametrize(
    ("learner", "change"),
    [
        ("logistic", skipping),
        ("boosting", skipping),
        ("ngrams", skipping),
        ("logistic", saying_hence),
        ("ngrams", saying_hence),
    ],  # no feature of the boosted trees tells that word
)
def test_each_learner_tells_what_differs(learner, change):
    seen = two_kinds(80, change)
    found = heard(TextCritic.fit(seen, TextCriticSettings(learners=(learner,))), seen)
    assert found.auc > 0.8
    assert found.low <= found.auc <= found.high


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_same_distribution_on_both_sides_is_at_chance(learner):
    seen = two_kinds(150, lambda thoughts: thoughts)
    found = heard(TextCritic.fit(seen, TextCriticSettings(learners=(learner,))), seen)
    assert found.low <= 0.5 <= found.high
    assert found.calibration_error < 0.15


def test_no_scores_are_better_than_chance_on_average_where_nothing_differs():
    """What adds the learners up must be unseen too, or it turns every chance the right way round."""
    found = []
    for seed in range(12):
        seen = two_kinds(40, lambda thoughts: thoughts, seed)
        found.append(heard(TextCritic.fit(seen, TextCriticSettings(learners=("logistic",), seed=seed)), seen).auc)
    assert np.mean(found) < 0.53
    assert min(found) < 0.47


def test_a_critic_scores_what_is_left_without_artefacts():
    seen = two_kinds(40, saying_hence)
    critic = TextCritic.fit(seen, LOGISTIC)
    raw = process(3, ["so she has 3 + 1 = <<3+1=4>>4 eggs.", "then she has 3+2=5 eggs", "Answer: 5"])
    plain = raw._replace(thoughts=bare(raw.thoughts))
    assert critic.score([raw]) == critic.score([plain])
    assert critic.score_thoughts([]) == []


def test_thoughts_without_a_piece_in_common_teach_nothing_and_break_nothing():
    nothing = [Example(process(index, ()), human=bool(index % 2)) for index in range(40)]
    critic = TextCritic.fit(nothing, TextCriticSettings(learners=("ngrams",)))
    assert critic.score([process(1, ["so"])]) == pytest.approx([0.5])


def test_scores_are_calibrated_out_of_fold():
    def sometimes(thoughts):
        return thoughts[1:] if len(thoughts) > 3 else thoughts

    seen = two_kinds(300, sometimes)
    assert heard(TextCritic.fit(seen, LOGISTIC), seen).calibration_error < 0.1


def test_a_question_is_never_learned_from_and_scored_at_once():
    """Random kinds for each question: a critic that had seen a question's other chains would know them."""
    rng = np.random.default_rng(5)
    seen = []
    for index in range(60):
        human = bool(rng.integers(2))
        seen += [example(process(index, [f"code {index}-{index} so"]), human=human) for _ in range(6)]
    found = heard(TextCritic.fit(seen, TextCriticSettings(learners=("ngrams",))), seen)
    assert found.auc < 0.7


def test_several_learners_are_weighed_by_what_they_are_worth():
    seen = two_kinds(80, saying_hence)
    both = heard(TextCritic.fit(seen, TextCriticSettings(learners=("boosting", "ngrams"))), seen)
    assert both.auc > 0.8


def test_a_text_critic_is_a_critic_and_scores_single_thoughts():
    seen = two_kinds(40, saying_hence)
    critic = TextCritic.fit(seen, TextCriticSettings(learners=("ngrams",)))
    assert isinstance(critic, Critic)
    state = process(3, ["so she has 3+1=4 eggs", "then hence she has 3+2=5 eggs"])
    (scores,) = critic.score_thoughts([state])
    assert scores.shape == (2,)
    assert scores[0] > scores[1]
    assert critic.score([]).shape == (0,)
    assert [len(each) for each in critic.score_thoughts([state, process(3, []), state])] == [2, 0, 2]


def test_a_critic_with_a_measure_of_its_own_learns_from_it():
    rng = np.random.default_rng(6)
    seen = [Example(process(i, [f"{rng.integers(9)}"]), human=bool(i % 2)) for i in range(120)]
    lucky = {id(each.state): float(each.human) for each in seen}
    critic = TextCritic.fit(seen, LOGISTIC, lambda states: np.array([[lucky[id(state)]] for state in states]))
    assert heard(critic, seen).auc > 0.95
    with pytest.raises(ValueError, match="measures by a model"):
        critic.save("nowhere")


def test_a_kept_critic_scores_as_it_did(tmp_path):
    seen = two_kinds(40, skipping)
    critic = TextCritic.fit(seen, TextCriticSettings(learners=("boosting", "ngrams"), seed=3))
    critic.save(tmp_path / "critic")
    states = [each.state for each in two_kinds(10, skipping, seed=9)]
    again = TextCritic.load(tmp_path / "critic")
    assert again.score(states) == pytest.approx(critic.score(states), abs=1e-12)
    assert again.settings == critic.settings


@pytest.mark.parametrize(
    "line",
    ["", "[]", '{"family": 1}', '{"family": "a", "question": "b", "thoughts": "c", "human": true}', "[" * 100_000],
)
def test_a_bad_line_of_a_kept_critic_is_named(tmp_path, line):
    TextCritic.fit(two_kinds(20, skipping), LOGISTIC).save(tmp_path)
    path = tmp_path / "examples.jsonl"
    path.write_text(line + "\n" + path.read_text())
    with pytest.raises(ValueError, match=r"examples\.jsonl:1: not an example"):
        TextCritic.load(tmp_path)


def test_a_folder_without_a_critic_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no critic"):
        TextCritic.load(tmp_path)


def test_too_few_questions_are_refused():
    with pytest.raises(ValueError, match="a person's thoughts about 4 questions; give at least 10"):
        TextCritic.fit(two_kinds(4, skipping))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learners": ("bosting",)}, "boosting"),
        ({"groups": ("lengthy",)}, "length"),
        ({"learners": ()}, "empty"),
        ({"folds": 1}, "folds is 1"),
    ],
)
def test_settings_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TextCriticSettings(**arguments)


def test_without_either_kind_there_is_nothing_to_report():
    seen = [each for each in two_kinds(4, skipping) if each.human]
    with pytest.raises(ValueError, match="give some of either kind"):
        report(np.zeros(4), seen, np.random.default_rng(0))


# --- neural critics


@pytest.fixture(scope="module")
def trained(one_thread):
    seen = two_kinds(100, saying_hence)
    training = ClassifierTraining(epochs=6, batch=16, learning_rate=5e-3)
    return ClassifierCritic.small(TINY).fit(seen, training)


def test_a_small_transformer_learns_what_differs(trained):
    new = two_kinds(60, saying_hence, seed=8)
    found = report(trained.score([each.state for each in new]), new, np.random.default_rng(0))
    assert found.auc > 0.9


def test_a_small_transformer_is_a_critic_whatever_the_batch(trained):
    assert isinstance(trained, Critic)
    states = [each.state for each in two_kinds(6, saying_hence)]
    together = trained.score(states)
    alone = np.concatenate([trained.score([state]) for state in states])
    assert together == pytest.approx(alone, abs=1e-5)
    assert [len(each) for each in trained.score_thoughts(states)] == [len(state.thoughts) for state in states]


def test_hostile_thoughts_get_a_score(trained):
    assert 0 <= trained.score([process(3, HOSTILE_PROCESS)])[0] <= 1
    assert trained.score_thoughts([]) == []


def test_a_kept_classifier_scores_as_it_did(trained, tmp_path):
    states = [each.state for each in two_kinds(6, saying_hence)]
    trained.save(tmp_path)
    again = ClassifierCritic.load(tmp_path)
    assert again.heat == trained.heat
    assert again.score(states) == pytest.approx(trained.score(states), abs=1e-6)


def test_fitting_leaves_the_classifier_that_was_given_as_it_was(one_thread):
    critic = ClassifierCritic.small(TINY)
    states = [each.state for each in two_kinds(5, skipping)]
    before = critic.score(states)
    critic.fit(two_kinds(30, skipping), ClassifierTraining(epochs=1))
    assert (critic.score(states) == before).all()


def test_the_temperature_makes_boasting_odds_honest():
    rng = np.random.default_rng(7)
    honest = rng.normal(size=20_000)
    human = rng.random(20_000) < 1 / (1 + np.exp(-honest))
    assert best_heat(5 * honest, human) == pytest.approx(5, rel=0.1)


def test_a_classifier_of_three_labels_is_refused():
    critic = ClassifierCritic.small(TINY)
    critic.model.config.num_labels = 3
    with pytest.raises(ValueError, match="3 labels"):
        ClassifierCritic(critic.model, critic.tokenizer)


def test_a_missing_classifier_is_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        ClassifierCritic.load(tmp_path / "none")


def test_a_row_of_a_kept_critic_is_plain_text(tmp_path):
    TextCritic.fit(two_kinds(20, skipping), LOGISTIC).save(tmp_path)
    row = json.loads((tmp_path / "examples.jsonl").read_text().splitlines()[0])
    assert set(row) == {"family", "question", "thoughts", "human"}


def test_the_programs_on_the_page_run(tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "critic.md").read_text()
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(programs) >= 2
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(programs)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my-critic" / "examples.jsonl").exists()
