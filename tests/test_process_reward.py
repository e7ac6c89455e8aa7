"""The process-reward model: what it is taught, what its areas mean, how it is kept, and how a search asks it."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from judge_settings import BASE, PRACTISED

from reasoning_agents.agent import Ledger
from reasoning_agents.chains import MeteredModel, after, ends
from reasoning_agents.judging import Choice, Judged, areas
from reasoning_agents.language_model.implicit_reward import IMPLICIT_REWARD_FILE, ImplicitReward, ProcessRewardModel
from reasoning_agents.language_model.loading import PROCESS_REWARD, load, save
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_agents.learning import read_log
from reasoning_agents.mcts_llm import MCTS, MCTSOptions
from reasoning_agents.practice import make_oracle
from reasoning_agents.process_reward import ProcessReward, _Learner, train
from reasoning_agents.roc import auc
from reasoning_agents.signals import LEAST_VALUE, Place, parse_signal
from reasoning_baselines.models import load_model
from reasoning_gym.family import get_family
from reasoning_gym.problem import View

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = ProcessReward(
    **PRACTISED,
    levels=(6,),
    updates=4,
    prompts=12,
    max_thoughts=9,
    replay=2,
    compared=6,
    validation_updates=2,
    validation_problems=10,
)


def learner(**changes):
    return _Learner(replace(CONFIG, **changes), load(BASE, device="cpu", dtype="float32"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(CONFIG, BASE, tmp_path_factory.mktemp("process-reward"))


# ---- what is labelled


def text_of(asked, tokens):
    return asked.local.transcript.decode(tokens)


def test_candidates_are_labelled_by_the_check_along_chains_of_right_thoughts():
    asked = learner()
    views = {index: asked.source.oracle.view(index) for index in range(20)}
    choices = asked.source.draw(views, 4, 3, "test")
    assert {choice.problem for choice in choices} == set(range(20))
    wrong = 0
    for choice in choices:
        view = views[choice.problem]
        family = get_family(view.question.family)
        for each in choice.judged:
            statement, *thoughts = text_of(asked, each.tokens).strip("\n").split("\n")
            assert statement == view.question.statement
            assert len(thoughts) == choice.step
            for count, thought in enumerate(thoughts[:-1]):
                assert family.check_thought(view.question, thoughts[:count], thought).correct
            assert each.right == family.check_thought(view.question, thoughts[:-1], thoughts[-1]).correct
            assert text_of(asked, each.tokens[each.begin :]).strip("\n") == thoughts[-1]
            wrong += not each.right
        assert len({each.tokens for each in choice.judged}) == len(choice.judged)
    assert wrong > 20, "the model is seldom sure at this level"


def test_a_chain_goes_on_where_a_candidate_is_right_and_ends_after_so_many_draws():
    asked = learner()
    views = {index: asked.source.oracle.view(index) for index in range(30)}
    few, many = (asked.source.draw(views, 2, draws, "test") for draws in (1, 8))
    assert max(len(choice.judged) for choice in few) <= 2
    assert max(len(choice.judged) for choice in many) > 4
    for choices in (few, many):
        had = {(choice.problem, choice.step): choice for choice in choices}
        for (problem, step), choice in had.items():
            right = [text_of(asked, each.tokens[each.begin :]).strip() for each in choice.judged if each.right]
            assert ((problem, step + 1) in had) == any(not ends(thought) for thought in right)

    def reach(choices):
        return sum(max(choice.step for choice in choices if choice.problem == problem) for problem in views)

    assert reach(many) > reach(few)


def test_labels_of_roll_outs_are_what_the_oracle_pays_for_them():
    asked = learner(labels="rollouts", levels=(2,), roll_outs=8)
    family, problem = asked.source.oracle.mix.problem(0)
    view = asked.source.oracle.view(0)
    first, *_, answer = reference = family.reference_thoughts(problem)
    shown = after(view, *reference[:-1])
    calls = asked.source.oracle.calls
    told = asked.source.label(
        [(0, view, first), (0, shown, answer), (0, shown, "Answer: 977"), (0, view, answer)], "test"
    )
    assert told == [True, True, False, True]
    assert asked.source.oracle.calls >= calls + 4


@pytest.mark.parametrize(("roll_outs", "right"), [(1, 0.3), (4, 0.3), (4, 0.05)])
def test_labels_of_roll_outs_are_as_often_true_as_the_policy_is_right_in_one_of_them(roll_outs, right):
    """The policy's probability to end right after a thought is known: hard estimation labels it true by 1-(1-p)^K."""
    asked = learner(labels="rollouts", levels=(2,), roll_outs=roll_outs)
    family, problem = asked.source.oracle.mix.problem(0)
    first, *rest = family.reference_thoughts(problem)
    assert len(rest) == 1, "a thought and an answer"
    worse = "5+6"  # a thought after which the policy is never right

    def row(seen):
        if seen.thoughts == (first,):
            return {rest[0]: right / 2, f"{rest[0]}.0": right / 2, "Answer: 977": 0.4, "hm": 0.6 - right}
        return {"Answer: 977": 1.0}

    asked.source.policy = MeteredModel(TabularModel(row), Ledger())
    view = asked.source.oracle.view(0)
    told = [asked.source.label([(0, view, first), (0, view, worse)], f"draw {number}") for number in range(400)]
    share = np.mean([label for label, _ in told])
    expected = 1 - (1 - right) ** roll_outs
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 400))
    assert not any(label for _, label in told)


def test_thoughts_that_nothing_can_judge_are_left_out():
    asked = learner()
    view = asked.source.oracle.view(0)
    assert asked.source.label([(0, view, "hm"), (0, view, "1+1=3")], "test") == [None, False]


# ---- what is learned


def test_as_long_as_the_copy_is_the_policy_the_odds_are_those_of_its_likelihood():
    asked = learner()
    (choice, *_) = asked.source.draw({0: asked.source.oracle.view(0)}, 6, 1, "test")
    ((judged, found, _),) = asked.read_together(asked.model, [choice.judged])
    assert found.tolist() == pytest.approx([each.log_prob for each in judged], abs=2e-3)
    odds = asked.odds(found, asked.of_policy(judged))
    assert odds.tolist() == pytest.approx(found.tolist(), abs=4e-3)


def test_the_odds_begin_as_those_that_suit_the_policys_likelihood():
    rng = np.random.default_rng(0)
    log_probs = -rng.exponential(1.0, 4000)
    right = rng.random(4000) < 1 / (1 + np.exp(-(2.5 + 1.5 * log_probs)))
    reward = ImplicitReward()
    reward.fit(log_probs.tolist(), right.tolist())
    assert reward.bias.item() == pytest.approx(2.5, abs=0.2)
    assert reward.likelihood.item() == pytest.approx(1.5, abs=0.2)


@pytest.mark.parametrize("right", [[True] * 6, [False] * 6, [True, True, True, False, False, False], [True]])
def test_odds_stay_finite_where_few_thoughts_tell_them(right):
    reward = ImplicitReward()
    reward.fit([-0.5 * place for place in range(len(right))], right)
    odds = reward(torch.zeros(1), torch.zeros(1)).item()
    assert math.isfinite(odds)
    assert abs(odds) < 20
    assert (odds > 0) == right[0]
    assert math.isfinite(reward.likelihood.item())


@pytest.mark.parametrize("branches", [True, False])
def test_thoughts_that_are_read_together_have_the_gradient_that_they_have_alone(branches):
    asked = learner()
    assert asked.branches
    asked.branches = branches
    choices = asked.source.draw({index: asked.source.oracle.view(index) for index in range(3)}, 4, 2, "test")
    lessons = [
        tuple(each for choice in choices if choice.problem == index for each in choice.judged) for index in range(3)
    ]
    batch = [each for lesson in lessons for each in lesson]
    together = asked.add_gradient(lessons)
    read = asked.trained_tokens
    grown = {name: weight.grad.clone() for name, weight in asked.trained.items() if weight.grad is not None}
    for weight in asked.trained.values():
        weight.grad = None
    alone = sum(asked.add_gradient([(each,)]) for each in batch) / len(batch)
    assert together == pytest.approx(alone, rel=1e-4)
    assert read < sum(len(each.tokens) for each in batch) / (2 if branches else 1)
    for name, gradient in grown.items():
        theirs = asked.trained[name].grad / len(batch)
        assert torch.allclose(gradient, theirs, atol=1e-4 + 1e-3 * float(theirs.abs().max()))


def test_it_learns_to_tell_right_from_wrong_candidates():
    asked = learner()
    choices = asked.source.draw({index: asked.source.oracle.view(index) for index in range(30)}, 6, 2, "test")
    lessons = [
        tuple(each for choice in choices if choice.problem == index for each in choice.judged) for index in range(30)
    ]

    def within():
        odds = {}
        with torch.no_grad():
            for judged, log_probs, _ in asked.read_together(asked.model, [choice.judged for choice in choices]):
                odds.update(zip(judged, asked.odds(log_probs, asked.of_policy(judged)).tolist(), strict=True))
        scores = np.array([odds[each] for choice in choices for each in choice.judged])
        return areas(choices, scores, np.random.default_rng(0))["within_auc"]

    before, losses = within(), []
    for _ in range(20):
        losses.append(asked.add_gradient(lessons))
        asked.step(1.0)
    assert losses[-1] < losses[0] - 0.1
    assert within() > before + 0.05


def test_the_policy_stays_as_it_is_and_the_areas_are_written(trained):
    folder = trained.parent
    before, now = load(BASE, device="cpu", dtype="float32"), load(trained, device="cpu", dtype="float32")
    ours, theirs = now.model.state_dict(), before.model.state_dict()
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.items())
    assert now.process_reward is not None
    judge = now.process_reward.model.state_dict()
    assert any(not torch.equal(weight, theirs[name]) for name, weight in judge.items())
    table = json.loads((folder / "training.json").read_text())
    assert 0.5 < table["auc"] <= 1
    assert table["within_auc_low"] <= table["within_auc"] <= table["within_auc_high"]
    assert table["within_auc_n"] <= table["auc_n"] == CONFIG.validation_problems
    assert table["pairs"] > 0
    assert table["policy_within_auc_n"] == table["within_auc_n"]
    assert table["policy_within_auc"] > 0.6, "a model knows of its doubts"
    assert 0 <= table["policy_accuracy"] < table["copy_accuracy"] + 0.5
    assert table["copy_accuracy"] <= 1
    assert {"auc_step_1", "auc_step_1_n"} <= set(table) or "auc_step_2" in table


def test_a_killed_run_ends_with_the_same_weights_and_figures(trained, tmp_path):
    train(CONFIG, BASE, tmp_path, stop_after_updates=3, checkpoint_updates=2)
    folder = train(CONFIG, BASE, tmp_path, checkpoint_updates=2)
    for name in (
        "model.safetensors",
        f"{PROCESS_REWARD}/model.safetensors",
        f"{PROCESS_REWARD}/{IMPLICIT_REWARD_FILE}",
    ):
        assert (folder / name).read_bytes() == (trained / name).read_bytes()
    here, there = (json.loads((each / "training.json").read_text()) for each in (tmp_path, trained.parent))
    assert {**here, "cpu_seconds": 0} == {**there, "cpu_seconds": 0}
    kept = [{**line, "cpu_seconds": 0} for line in read_log(tmp_path)]
    assert kept == [{**line, "cpu_seconds": 0} for line in read_log(trained.parent)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"validation_updates": 0}, "validation_updates is 0; give at least 1"),
        ({"compared": 1}, "compared is 1; give at least 2"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"keep": "best"}, "keep is 'best'"),
        ({"lessons": 0}, "lessons is 0"),
    ],
)
def test_settings_that_can_not_work_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **changes)


# ---- areas


def test_an_area_counts_ties_half_and_weights_as_copies():
    right = np.array([True, True, False, False])
    ones = np.ones(4)
    assert auc(np.array([4.0, 3, 2, 1]), right, ones) == 1
    assert auc(np.array([1.0, 2, 3, 4]), right, ones) == 0
    assert auc(np.array([2.0, 1, 1, 0]), right, ones) == 0.875
    assert auc(np.zeros(4), right, ones) == 0.5
    assert auc(np.array([3.0, 1, 2, 0]), right, np.array([2, 1, 3, 0])) == pytest.approx(2 / 3)
    assert math.isnan(auc(np.zeros(2), np.array([True, True]), np.ones(2)))


def choice(problem, step, *right):
    return Choice(problem, step, tuple(Judged((1, 2), 1, -1.0, each) for each in right))


def test_long_prefixes_that_are_often_wrong_raise_the_area_over_all_but_not_within_a_prefix():
    choices, scores = [], []
    for problem in range(40):  # the first thought is nearly always right, the second nearly never
        choices += [
            choice(problem, 1, True, True, problem % 2 == 0),
            choice(problem, 2, False, False, problem % 2 == 0),
        ]
        scores += [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]
    found = areas(choices, np.array(scores), np.random.default_rng(0))
    assert found["auc"] > 0.7
    assert found["within_auc"] == found["within_auc_low"] == 0.5
    assert found["auc_step_1"] == found["auc_step_2"] == 0.5
    assert (found["auc_n"], found["within_auc_n"]) == (40, 40)


def test_an_interval_is_over_problems_and_holds_the_area():
    rng = np.random.default_rng(1)
    choices = [choice(problem, 1, True, False, False) for problem in range(60)]
    scores = rng.normal(size=180) + np.tile([1.0, 0, 0], 60)
    found = areas(choices, scores, np.random.default_rng(0))
    assert 0.6 < found["within_auc_low"] < found["within_auc"] < found["within_auc_high"] < 0.95
    assert areas([choice(0, 1, True, True)], np.zeros(2), rng) == {}


# ---- what is kept, and who asks


def test_what_is_saved_is_loaded_and_judges_as_the_learner_did(trained):
    local = LocalModel.load(trained, max_thought_tokens=40)
    loaded = load(trained, device="cpu", dtype="float32")
    family = get_family("integer_expression")
    problem = family.problem("train", 5, 3)
    reference = family.reference_thoughts(problem)
    view = View(problem.question, (), 9)
    (proposal,) = local.propose([view], 3, 1.0, [np.random.default_rng(0)])
    candidates = [*proposal.candidates, *local.score([view], [[reference[0]]])[0]]
    judged = local.judge([view] * 4, candidates)
    copy = LocalModel(loaded.process_reward.model, loaded.tokenizer, prompt=loaded.prompt)
    for candidate, judgement in zip(candidates, judged, strict=True):
        theirs = sum(copy.score([view], [[candidate.thought]])[0][0].log_probs)
        odds = loaded.process_reward.reward(torch.tensor(theirs), torch.tensor(candidate.log_prob))
        assert judgement.score == pytest.approx(torch.sigmoid(odds).item(), abs=1e-4)
        assert judgement.prompt_tokens >= len(candidate.token_ids) - 1
    assert local.judge([], []) == []
    assert sum(each.prompt_tokens for each in judged) > 0


def test_a_model_without_one_says_so_and_what_to_do():
    view = View(get_family("integer_expression").problem("train", 1, 0).question, (), 4)
    plain = LocalModel.load(BASE)
    assert plain.judge([view], [Candidate("1", (1,), (0.0,))]) is None
    with pytest.raises(ValueError, match="no process-reward model to ask; train one with method = 'process-reward'"):
        MCTS(plain, MCTSOptions(evaluation="process-reward"))
    with pytest.raises(ValueError, match="no process-reward model"):
        MCTS(TabularModel({}), MCTSOptions(evaluation="process-reward + likelihood"))


def test_the_signal_adds_up_refutes_nothing_and_is_charged(trained):
    local = LocalModel.load(trained, max_thought_tokens=40)
    ledger = Ledger()
    ledger.open(1)
    meter = MeteredModel(local, ledger)
    view = View(get_family("integer_expression").problem("train", 5, 3).question, (), 9)
    mix = parse_signal("process-reward")
    (first,) = local.score([view], [["1+1=3"]])[0]
    ((score,),) = mix.judge(meter, [Place(0, view, first)], [(-1.0,)])
    assert math.log(LEAST_VALUE) - 1 <= score < -1
    assert ledger.total.forward_passes == 1
    assert ledger.total.prompt_tokens > len(first.token_ids)
    assert ledger.rows[0] == ledger.total


def test_a_search_by_process_reward_runs_to_an_answer(trained):
    local = LocalModel.load(trained, max_thought_tokens=40)
    agent = MCTS(local, MCTSOptions(evaluation="process-reward", simulations=4))
    oracle = make_oracle(CONFIG)
    thoughts = agent.act([oracle.view(0), oracle.view(1)])
    assert all(thoughts)
    assert agent.ledger.total.prompt_tokens > 0


def test_a_record_of_a_run_tells_a_model_with_one_from_the_same_without(trained):
    assert load_model(str(trained))[1].weights != load_model("tiny-arithmetic")[1].weights


def test_a_file_that_holds_something_else_is_refused(trained, tmp_path):
    from safetensors.torch import save_file

    reward = ImplicitReward(0.5)
    reward.save(tmp_path)
    assert float(ImplicitReward.load(tmp_path / IMPLICIT_REWARD_FILE).scale) == 0.5
    save_file({"bias": torch.zeros(2)}, tmp_path / IMPLICIT_REWARD_FILE)
    with pytest.raises(ValueError, match="train it again"):
        ImplicitReward.load(tmp_path / IMPLICIT_REWARD_FILE)


def test_it_is_passed_on_when_the_policy_is_saved_again(trained, tmp_path):
    loaded = load(trained, device="cpu", dtype="float32")
    model, tokenizer, prompt, head, judge = loaded
    save(tmp_path / "again", model, tokenizer, prompt, dtype=torch.float16, value_head=head, process_reward=judge)
    again = load(tmp_path / "again", device="cpu", dtype="float32").process_reward
    assert isinstance(again, ProcessRewardModel)
    assert torch.equal(again.reward.bias, judge.reward.bias)
    assert all(torch.equal(weight, judge.model.state_dict()[name]) for name, weight in again.model.state_dict().items())
