"""Expert iteration: what the expert may see, what is learned from it, and kills."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reasoning_agents.chains import after
from reasoning_agents.config import from_table
from reasoning_agents.expert_iteration import Expert, ExpertIteration, TrueReward, _Learner, train
from reasoning_agents.language_model.loading import load, save
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.learning import read_log
from reasoning_agents.mcts_llm import MCTS, MCTSOptions
from reasoning_agents.practice import make_oracle
from reasoning_agents.rollouts import log_probs_of
from reasoning_agents.signals import Place
from reasoning_agents.supervised import Shape, build_model
from reasoning_baselines.models import PRETRAINED
from reasoning_gym.family import split_of

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = ExpertIteration(
    env="ReasoningIntegerExpression-v0",
    levels=(3,),
    updates=4,
    prompts=12,
    max_thoughts=6,
    max_thought_tokens=32,
    learning_rate=1e-3,
    warm_up=1,
    steps=2,
    lessons=8,
    replay=2,
    search=MCTSOptions(evaluation="check", simulations=8, patience=4),
)


@pytest.fixture(scope="module")
def loaded():
    return load(PRETRAINED / "tiny-arithmetic", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def local(loaded):
    return LocalModel(loaded.model, loaded.tokenizer, prompt=loaded.prompt, max_thought_tokens=32)


def weights(folder):
    return load_file(folder / "model.safetensors")


def expert(local, config=CONFIG, indices=range(12), update=0):
    return Expert(local, config, make_oracle(config), list(indices), update)


def test_the_true_reward_refutes_a_chain_that_ends_wrong_and_says_nothing_before():
    oracle = make_oracle(CONFIG)
    view = oracle.view(0)
    family, problem = oracle.mix.problem(0)
    *steps, answer = family.reference_thoughts(problem)
    signal = TrueReward(oracle, {view.question: 0})

    def judge(place, thought):
        return signal.judge(None, [Place(0, place, Candidate(thought, (), ()))])

    assert judge(view, "2+2=5") == [0.0]
    assert oracle.calls == 0
    assert judge(after(view, *steps), answer) == [0.0]
    assert judge(after(view, *steps), "Answer: 977") == [-math.inf]
    assert judge(view._replace(thoughts_left=1), "2+2=5") == [-math.inf]
    assert oracle.calls == 3


def test_an_expert_is_right_more_often_than_the_model_alone_and_its_lessons_spell_right_chains(local):
    config = replace(CONFIG, levels=(5,), max_thoughts=8)
    oracle = make_oracle(config)
    found = Expert(local, config, oracle, list(range(40)), 0).think_through()
    right = 0
    for index in range(40):
        view, thoughts = oracle.view(index), ()
        while True:
            (proposal,) = local.propose([after(view, *thoughts)], 1, 0.0)
            thoughts += (proposal.candidates[0].thought,)
            if len(thoughts) == 8 or thoughts[-1].startswith("Answer"):
                break
        right += oracle.reward(index, thoughts)
    assert sum(each.right for each in found) >= right + 3
    for index, each in enumerate(found):
        if not each.right:
            assert not each.lessons
            continue
        (lesson,) = each.lessons
        text = local.transcript.decode(lesson.segment.tokens)
        statement, *thoughts = text.strip().split("\n")
        assert statement == oracle.view(index).question.statement
        assert oracle.reward(index, thoughts) == 1.0
        sampled = local.transcript.decode([lesson.segment.tokens[place] for place in lesson.segment.sampled])
        assert sampled == text[len(statement) + 1 :]


def test_lessons_of_an_improved_policy_are_candidates_with_shares_that_sum_to_one(local):
    search = MCTSOptions(
        evaluation="likelihood", simulations=8, candidates=6, choice="visits", root="gumbel", noise=1.0, reuse="top-up"
    )
    config = replace(CONFIG, levels=(5,), max_thoughts=8, target="policy", search=search)
    taught = expert(local, config, range(10))
    found = taught.think_through()
    lessons = [lesson for each in found if each.right for lesson in each.lessons]
    assert lessons
    shares = {}
    for lesson in lessons:
        first, *_ = lesson.segment.sampled
        assert lesson.segment.sampled == tuple(range(first, len(lesson.segment.tokens)))
        read = lesson.segment.tokens[:first]
        shares[read] = shares.get(read, 0.0) + lesson.weight
    assert all(share == pytest.approx(1, abs=0.02) for share in shares.values())
    assert len(lessons) > len(shares), "somewhere two candidates share"


def test_only_train_questions_are_thought_about_and_only_the_learner_asks(local):
    taught = expert(local)
    assert all(split_of(question.statement) == "train" for question in taught.indices)
    before = taught.oracle.calls
    taught.think_through()
    assert taught.oracle.calls >= before + 12


def test_steps_make_the_lessons_likelier():
    config = replace(CONFIG, levels=(6,), max_thoughts=8, learning_rate=1e-4, steps=4, lessons=64)
    learner = _Learner(config, load(PRETRAINED / "tiny-arithmetic", device="cpu", dtype="float32"))
    lessons, _, solved = learner._search(list(range(40)))
    assert solved == len(lessons) > 10

    def log_prob():
        with torch.no_grad():
            return float(log_probs_of(learner.model, [lesson.segment for lesson in lessons], 1.0).mean())

    before = log_prob()
    learner._learn(lessons, [], 1.0)
    assert log_prob() > before


def test_what_the_last_updates_taught_is_learned_again(tmp_path):
    train(replace(CONFIG, updates=3), PRETRAINED / "tiny-arithmetic", tmp_path)
    log = read_log(tmp_path)
    assert {"solved", "lessons", "replayed", "loss", "gradient_norm", "tokens"} <= set(log[0])
    found = [line["lessons"] for line in log]
    assert min(found) > 0
    assert [line["replayed"] for line in log] == [found[0], found[0] + found[1], found[1] + found[2]]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base") / "m"
    tokenizer = build_character_tokenizer()
    model = build_model(Shape(width=16, layers=1, heads=2, feed_forward=24, context=128), tokenizer, 0)
    save(folder, model, tokenizer, Prompt("{statement}\n"), dtype=torch.float32)
    return folder


def test_with_nothing_found_nothing_is_learned(untrained, tmp_path):
    config = replace(CONFIG, updates=2, expert="samples", samples=2, max_thought_tokens=8, saved_dtype="float32")
    folder = train(config, untrained, tmp_path)
    assert all(torch.equal(tensor, weights(untrained)[name]) for name, tensor in weights(folder).items())
    assert [line["lessons"] for line in read_log(tmp_path)] == [0, 0]


@pytest.mark.parametrize("way", ["search", "samples"])
def test_all_that_was_read_before_each_thought_has_the_end_of_its_chain(way):
    config = replace(CONFIG, levels=(6,), max_thoughts=8, expert=way, samples=3, value=1.0)
    learner = _Learner(config, load(PRETRAINED / "tiny-arithmetic", device="cpu", dtype="float32"))
    lessons, outcomes, _ = learner._search(list(range(20))) if way == "search" else learner._sample(list(range(20)))
    spelled = {learner.local.transcript.decode(lesson.segment.tokens) for lesson in lessons}
    right = [learner.local.transcript.decode(each.read) for each in outcomes if each.right]
    wrong = [learner.local.transcript.decode(each.read) for each in outcomes if not each.right]
    assert all(any(text.startswith(read) for read in right) for text in spelled)
    assert {read.split("\n")[0] for read in wrong}
    questions = {learner.oracle.view(index).question.statement + "\n" for index in range(20)}
    assert questions <= {*right, *wrong}, "before the first thought, too"


def test_a_value_head_learns_how_chains_end_and_is_saved_and_asked(tmp_path):
    config = replace(CONFIG, levels=(3, 6), max_thoughts=8, expert="samples", samples=3, value=0.5, updates=3)
    base = PRETRAINED / "tiny-arithmetic"
    learner = _Learner(replace(config, learning_rate=3e-3), load(base, device="cpu", dtype="float32"))
    lessons, outcomes, _ = learner._sample(list(range(60)))
    losses = [learner._learn(lessons, outcomes, 1.0)["value_loss"] for _ in range(12)]
    assert losses[0] == pytest.approx(math.log(2), abs=0.05), "it begins at even odds"
    assert np.mean(losses[-3:]) < 0.62
    values = learner.local.values_after([each.read for each in outcomes]).numpy()
    right = np.array([each.right for each in outcomes])
    assert values[right].mean() > values[~right].mean() + 0.05

    folder = train(config, base, tmp_path / "with")
    assert load(folder, device="cpu", dtype="float32").value_head is not None
    agent = MCTS(LocalModel.load(folder, max_thought_tokens=32), MCTSOptions(evaluation="value", simulations=3))
    assert agent.act([make_oracle(config).view(0)])[0]
    assert "value_loss" in read_log(tmp_path / "with")[-1]
    plain = train(replace(config, value=0.0), base, tmp_path / "without")
    assert load(plain, device="cpu", dtype="float32").value_head is None
    assert "value_loss" not in read_log(tmp_path / "without")[-1]


def test_outcomes_that_share_a_text_have_the_gradient_that_they_have_alone():
    config = replace(CONFIG, expert="samples", samples=2, value=1.0)
    learner = _Learner(config, load(PRETRAINED / "tiny-arithmetic", device="cpu", dtype="float32"))
    _, outcomes, _ = learner._sample(list(range(4)))
    learner.loaded.value_head.linear.weight.data.normal_(std=0.3, generator=torch.Generator().manual_seed(0))

    def gradients(batches):
        losses = [learner._add_value(batch) for batch in batches]
        found = {name: weight.grad for name, weight in learner.trained.items() if weight.grad is not None}
        for weight in learner.trained.values():
            weight.grad = None
        return sum(losses) / len(losses), {name: gradient / len(batches) for name, gradient in found.items()}

    together, ours = gradients([outcomes])
    alone, theirs = gradients([[each] for each in outcomes])
    assert together == pytest.approx(alone, rel=1e-4)
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        assert torch.allclose(gradient, theirs[name], atol=1e-5 + 1e-3 * float(gradient.abs().max()))


@pytest.mark.parametrize(("way", "value"), [("search", 0.0), ("samples", 0.0), ("samples", 0.5)])
def test_a_killed_run_ends_with_the_same_weights_as_one_that_was_not(tmp_path, way, value):
    config = replace(CONFIG, expert=way, samples=3, value=value, validation_updates=2, validation_problems=6)
    base = PRETRAINED / "tiny-arithmetic"
    whole = train(config, base, tmp_path / "whole", checkpoint_updates=2)
    train(config, base, tmp_path / "killed", checkpoint_updates=2, stop_after_updates=3)
    resumed = train(config, base, tmp_path / "killed", checkpoint_updates=2)
    assert all(torch.equal(tensor, weights(resumed)[name]) for name, tensor in weights(whole).items())
    logs = [[{**line, "cpu_seconds": 0} for line in read_log(tmp_path / name)] for name in ("whole", "killed")]
    assert logs[0] == logs[1]
    costs = [json.loads((tmp_path / name / "training.json").read_text()) for name in ("whole", "killed")]
    assert [cost.pop("cpu_seconds") > 0 for cost in costs] == [True, True]
    assert costs[0] == costs[1]
    assert (costs[0]["simulations"] > 0) == (way == "search")


def test_samples_teach_different_right_chains_and_no_more_than_were_asked_for(local):
    config = replace(CONFIG, expert="samples", samples=16, kept=2, levels=(4,), prompts=10, temperature=1.5)
    learner = _Learner(config, load(PRETRAINED / "tiny-arithmetic", device="cpu", dtype="float32"))
    lessons, _, solved = learner._sample(list(range(10)))
    texts = [local.transcript.decode(lesson.segment.tokens) for lesson in lessons]
    assert len(set(texts)) == len(texts)
    problems = [text.split("\n")[0] for text in texts]
    assert max(problems.count(each) for each in problems) == 2
    assert solved == len(set(problems))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kept": 0}, "kept is 0; give at least 1"),
        ({"value": -0.5}, "value is -0.5; give a weight of at least 0"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"expert": "samples", "target": "policy"}, "samples have none"),
        ({"expert": "luck"}, "'expert' is 'luck'"),
        ({"search": {"simulation": 3}}, "search.simulation"),
        ({"search": {"evaluation": "luck"}}, "evaluation is 'luck'"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_what_to_do(change, message):
    with pytest.raises(ValueError, match=message):
        from_table(ExpertIteration, {"env": "ReasoningCountdown-v0", "levels": [1], "updates": 3, **change})
