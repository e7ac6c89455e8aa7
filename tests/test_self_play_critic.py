"""Training against a critic: what is paid, what the critic sees, and kills."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reasoning_agents import fine_tuning, self_play_critic
from reasoning_agents.chains import Chain
from reasoning_agents.config import from_table
from reasoning_agents.fine_tuning import FineTuning, pieces
from reasoning_agents.language_model.loading import load
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.learning import read_log
from reasoning_agents.rollouts import Group, Rollout
from reasoning_agents.self_play_critic import SelfPlayCritic, _Learner, likeness, train
from reasoning_agents.supervised import hurried
from reasoning_agents.text_critics import TextCriticSettings
from reasoning_baselines.models import PRETRAINED

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = SelfPlayCritic(
    env="ReasoningIntegerExpression-v0",
    levels=(2, 3),
    updates=4,
    prompts=12,
    samples=4,
    learning_rate=1e-4,
    warm_up=1,
    max_thoughts=7,
    max_thought_tokens=32,
    validation_updates=4,
    validation_problems=40,
    critic=TextCriticSettings(learners=("logistic",), groups=("length", "progress")),
    thought_cost=0.1,
)


@pytest.fixture(scope="module")
def base():
    """A model that is mostly right at this level."""
    return PRETRAINED / "tiny-arithmetic"


@pytest.fixture
def learner(base):
    return _Learner(CONFIG, load(base, device="cpu", dtype="float32"))


def chain(*thoughts):
    return Chain(tuple(Candidate(thought, (1,), (-1.0,), (-1.0,)) for thought in thoughts), "7")


def weights(folder):
    return load_file(folder / "model.safetensors")


# What is paid


class Fixed:
    """A critic whose scores are given."""

    def __init__(self, *scores):
        self.scores = scores

    def score(self, states):
        return np.array(self.scores[: len(states)])


def test_a_wrong_chain_is_paid_nothing_whatever_the_critic_says(learner):
    group = Group(0, (Rollout(chain("a", "b"), 0.0), Rollout(chain("a", "b"), 1.0)))
    (paid,) = learner.paid([group], np.array([1.0, 0.2]))
    assert [each.reward for each in paid.rollouts] == pytest.approx([0.0, 0.9 * 0.2])


def test_each_thought_before_the_answer_costs_its_share(learner):
    group = Group(0, tuple(Rollout(chain(*"abcd"[:length]), 1.0) for length in (1, 2, 4)))
    (paid,) = learner.paid([group], np.ones(3))
    assert [each.reward for each in paid.rollouts] == pytest.approx([1.0, 0.9, 0.9**3])


def test_without_a_weight_the_critic_has_no_say(base):
    learner = _Learner(replace(CONFIG, weight=0.0), load(base, device="cpu", dtype="float32"))
    (paid,) = learner.paid([Group(0, (Rollout(chain("a"), 1.0),))], np.array([0.0]))
    assert paid.rollouts[0].reward == 1.0
    learner.practise(list(range(40, 52)), 1.0)
    assert learner.opponent is None


def test_a_hackable_critic_raises_no_wrong_chain_above_a_right_one(learner):
    """The critic adores the wrong chains; the advantages must still prefer the right ones."""
    from reasoning_agents.grpo import advantages

    rewards = (1.0, 0.0, 0.0, 1.0)
    group = Group(0, tuple(Rollout(chain("a"), reward) for reward in rewards))
    (paid,) = learner.paid([group], np.array([0.1, 1.0, 1.0, 0.2]))
    gained = advantages(np.array([[each.reward for each in paid.rollouts]]), CONFIG)[0]
    assert min(gained[0], gained[3]) > max(gained[1], gained[2])


# What the critic sees


def test_the_critic_learns_from_right_chains_and_from_the_references_of_their_problems(learner):
    indices = list(range(40, 60))
    learner.practise(indices, 1.0)
    assert learner.known
    for problem, thoughts, human in learner.read:
        assert problem in indices
        assert not any("Answer" in thought for thought in thoughts)
        if human:
            assert thoughts == learner.thinking(problem, chain("Answer: 1"), 0.0).reference.thoughts
    people = [problem for problem, _, human in learner.read if human]
    assert len(people) == len(set(people))
    assert {problem for problem, _, human in learner.read if not human} == set(people)


def test_the_critic_is_not_taught_while_it_is_too_strong(learner):
    seen = [learner.thinking(index, chain("1+1", "Answer: 1"), 1.0) for index in range(40, 60)]
    learner.teach(seen, {"critic_auc": 0.99})
    first = learner.opponent
    assert first is not None, "without a critic there is none that could be too strong"
    learner.teach(seen, {"critic_auc": 0.99})
    assert learner.opponent is first
    learner.teach(seen, {"critic_auc": 0.6})
    assert learner.opponent is not first


def test_older_chains_are_forgotten_after_the_replay(base):
    learner = _Learner(replace(CONFIG, replay=2), load(base, device="cpu", dtype="float32"))
    for update in range(4):
        learner.teach([learner.thinking(40 + update, chain("1+1", "Answer: 1"), 1.0)], {})
    assert [{problem for problem, _, _ in update} for update in learner.known] == [{42}, {43}]


def test_a_collapsed_policy_is_trained_no_further(learner):
    learner.most_right = 1.0
    learner.practise(list(range(40, 52)), 1.0)
    learner.collapsed = True
    before = {name: weight.clone() for name, weight in learner.trained.items()}
    assert learner.practise(list(range(60, 72)), 1.0) == {"collapsed": 1.0}
    assert all(torch.equal(weight, before[name]) for name, weight in learner.trained.items())


def test_being_right_much_less_often_than_before_is_a_collapse(learner, monkeypatch):
    monkeypatch.setattr(learner, "_figures", lambda seen, scores: {"right": 0.3})
    learner.most_right = 0.7
    learner.practise(list(range(40, 52)), 1.0)
    assert learner.collapsed


@pytest.mark.parametrize(
    ("thoughts", "reference", "close"),
    [("abc", "abc", 1.0), ("", "", 1.0), ("", "ab", 0.0), ("ac", "abc", 0.8), ("abc", "acb", 4 / 6), ("xy", "ab", 0.0)],
)
def test_likeness_is_the_share_of_lines_in_common_in_order(thoughts, reference, close):
    assert likeness(tuple(thoughts), tuple(reference)) == pytest.approx(close)


def test_a_critic_stays_while_there_is_too_little_to_learn_another_from(base):
    learner = _Learner(replace(CONFIG, replay=1), load(base, device="cpu", dtype="float32"))
    learner.teach([learner.thinking(index, chain("1+1", "Answer: 1"), 1.0) for index in range(40, 60)], {})
    known = learner.opponent
    assert known is not None
    learner.teach([learner.thinking(40, chain("1+1", "Answer: 1"), 1.0)], {})
    assert learner.opponent is known


def test_problems_that_ask_the_same_are_one_question_to_a_critic(base):
    learner = _Learner(replace(CONFIG, levels=(1,)), load(base, device="cpu", dtype="float32"))
    first = learner.oracle.view(40).question.statement
    same = [index for index in range(40, 3000) if learner.oracle.view(index).question.statement == first]
    assert len(same) >= 10
    seen = [learner.thinking(index, chain("1+1", "Answer: 1"), 1.0) for index in same]
    learner.teach(seen, {})
    assert learner.opponent is None
    assert learner._fresh("fresh", seen) == {}


def test_only_the_references_own_thoughts_are_the_same(learner):
    reference = learner.oracle.reference_thoughts(7)
    assert learner.thinking(7, chain(*reference), 1.0).same
    assert not learner.thinking(7, chain("A: my own way", *reference), 1.0).same


# Runs


@pytest.fixture(scope="module")
def trained(base, tmp_path_factory):
    out = tmp_path_factory.mktemp("critic")
    return out, train(CONFIG, base, out, checkpoint_updates=2)


def test_a_killed_run_ends_with_the_same_weights_critic_and_figures(base, trained, tmp_path):
    out, folder = trained
    train(CONFIG, base, tmp_path, checkpoint_updates=2, stop_after_updates=3)
    again = train(CONFIG, base, tmp_path, checkpoint_updates=2)
    assert all(torch.equal(weight, weights(again)[name]) for name, weight in weights(folder).items())
    logs = [[{**line, "cpu_seconds": 0} for line in read_log(place)] for place in (out, tmp_path)]
    assert logs[0] == logs[1]
    figures = [json.loads((place / "training.json").read_text()) | {"cpu_seconds": 0} for place in (out, tmp_path)]
    assert figures[0] == figures[1]


def test_what_it_came_to_is_written_with_intervals_before_and_after(trained):
    figures = json.loads((trained[0] / "training.json").read_text())
    for name in ("accuracy", "likeness", "exact", "fresh_auc", "fresh_all_auc"):
        for when in ("", "before_"):
            low, high = figures[f"{when}{name}_low"], figures[f"{when}{name}_high"]
            assert 0 <= low <= figures[f"{when}{name}"] <= high <= 1
    assert figures["accuracy_n"] == CONFIG.validation_problems
    assert "critic_auc" in read_log(trained[0])[-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": 1.5}, "weight is 1.5"),
        ({"thought_cost": -0.1}, "thought_cost is -0.1"),
        ({"replay": 0}, "replay is 0"),
        ({"validation_updates": 0}, "validation_updates is 0"),
    ],
)
def test_settings_out_of_range_are_refused(change, message):
    table = {"env": "ReasoningIntegerExpression-v0", "levels": [1], "updates": 3, "validation_updates": 1, **change}
    with pytest.raises(ValueError, match=message):
        from_table(SelfPlayCritic, table)


# Fine-tuning, from which a policy that skips steps comes


TUNING = FineTuning(
    env="ReasoningIntegerExpression-v0", levels=(7,), updates=6, prompts=16, learning_rate=1e-3, warm_up=1, skipping=0.5
)


def test_fine_tuning_makes_reference_thoughts_likelier(base, tmp_path):
    fine_tuning.train(replace(TUNING, updates=12), base, tmp_path)
    losses = [line["loss"] for line in read_log(tmp_path)]
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    cost = json.loads((tmp_path / "training.json").read_text())
    assert cost["tokens"] == cost["trained_tokens"] > 12 * 16 * 10


def test_fine_tuning_that_was_killed_ends_with_the_same_weights(base, tmp_path):
    whole = fine_tuning.train(TUNING, base, tmp_path / "whole", checkpoint_updates=2)
    fine_tuning.train(TUNING, base, tmp_path / "killed", checkpoint_updates=2, stop_after_updates=3)
    again = fine_tuning.train(TUNING, base, tmp_path / "killed", checkpoint_updates=2)
    assert all(torch.equal(weight, weights(again)[name]) for name, weight in weights(whole).items())


def test_thoughts_are_learned_as_one_text_where_they_would_be_read_as_one(base, learner):
    local = LocalModel.of(load(base, device="cpu", dtype="float32"))
    view = learner.oracle.view(5)
    thoughts = learner.oracle.reference_thoughts(5)
    (whole,) = pieces(local.transcript, view, thoughts)
    text = local.tokenizer.decode([whole.tokens[place] for place in whole.sampled])
    assert text == "".join(f"{thought}\n" for thought in thoughts)
    assert pieces(local.transcript, view, ()) == []


def test_hurried_thoughts_keep_the_answer_and_never_skip_two_in_a_row():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        kept = hurried(tuple("abcdefg"), rng)
        assert kept[-1] == "g"
        gaps = np.diff([ord(each) for each in ("`", *kept)])
        assert gaps.max() <= 2
        seen.add(kept)
    assert tuple("abcdefg") in seen
    assert len(seen) > 10


def test_a_share_out_of_range_is_refused():
    with pytest.raises(ValueError, match="skipping is 2"):
        replace(TUNING, skipping=2.0)


def test_the_method_is_named_for_recipes():
    from reasoning_baselines.methods import BUILT_IN

    assert BUILT_IN["self-play-critic"] == f"{self_play_critic.__name__}:SelfPlayCritic"
