"""PPO-LLM as a whole: what it practises on, that it can be killed, and that what it saves thinks as it did."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reasoning_agents.agent import Ledger
from reasoning_agents.chains import MeteredModel
from reasoning_agents.config import from_table
from reasoning_agents.greedy import Greedy
from reasoning_agents.language_model.loading import save
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.learning import read_log
from reasoning_agents.oracle import Oracle
from reasoning_agents.ppo_llm import (
    PPOLLM,
    ThoughtBuffer,
    make_algorithm,
    make_environments,
    rate,
    train,
)
from reasoning_agents.practice import validate
from reasoning_agents.supervised import Shape, build_model
from reasoning_agents.training_env import TrainProblems
from reasoning_baselines.models import PRETRAINED
from reasoning_gym.env import ReasoningEnv, reasoning_env
from reasoning_gym.family import split_of
from reasoning_gym.planning import Limits

pytestmark = pytest.mark.usefixtures("one_thread")

ENV_ID = "ReasoningIntegerExpression-v0"
TINY = PRETRAINED / "tiny-arithmetic"
CONFIG = PPOLLM(
    env=ENV_ID,
    levels=(1,),
    thoughts=64,
    max_thoughts=3,
    max_thought_tokens=8,
    max_question_tokens=40,
    environments=4,
    rollout=4,
    minibatch=8,
    learning_rate=1e-3,
    validation_updates=2,
    validation_problems=6,
    keep="last",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    tokenizer = build_character_tokenizer("0123456789+-*=()\n :AEansweruvlt")
    model = build_model(Shape(width=16, layers=1, heads=2, feed_forward=24, context=96), tokenizer, 0)
    folder = tmp_path_factory.mktemp("base") / "model"
    save(folder, model, tokenizer, Prompt("{statement}\n"), dtype=torch.float32)
    return folder


def weights(folder):
    head = load_file(folder / "value_head.safetensors")
    return {**load_file(folder / "model.safetensors"), **{f"head.{name}": tensor for name, tensor in head.items()}}


def without_times(log):
    return [{name: value for name, value in line.items() if "second" not in name} for line in log]


def test_a_killed_run_ends_with_the_same_weights_and_log_as_one_that_was_not(base, tmp_path):
    whole = train(CONFIG, base, tmp_path / "whole")
    assert any(environment["actions"] for environment in killed_twice(base, tmp_path / "killed"))
    resumed = train(CONFIG, base, tmp_path / "killed")
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[name]), name
    assert without_times(read_log(tmp_path / "whole")) == without_times(read_log(tmp_path / "killed"))
    costs = [json.loads((tmp_path / name / "training.json").read_text()) for name in ("whole", "killed")]
    assert all(costs[0][name] == costs[1][name] for name in ("tokens", "tokens_read", "forward_passes", "updates"))
    assert costs[0]["updates"] == 4


def killed_twice(base, out):
    """Stop a run twice, once with a later line in its log than in its checkpoint; the environments kept."""
    train(CONFIG, base, out, stop_after=1)
    train(CONFIG, base, out, stop_after=2, checkpoint_updates=2)
    assert not (out / "model").exists()
    state = torch.load(out / "checkpoint.pt", weights_only=True)
    assert state["update"] < len(read_log(out))
    return state["environments"]


def test_a_process_that_is_really_killed_is_taken_up_again(base, tmp_path):
    long = replace(CONFIG, thoughts=64 * 16)
    script = tmp_path / "run.py"
    script.write_text(
        "import sys, torch\nfrom pathlib import Path\nfrom reasoning_agents.ppo_llm import PPOLLM, train\n"
        f"torch.set_num_threads(1)\ntrain({long!r}, {str(base)!r}, Path(sys.argv[1]))\n"
    )
    out = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, str(script), str(out)], stderr=subprocess.DEVNULL)
    while process.poll() is None and not (out / "checkpoint.pt").exists():
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (out / "model").exists(), "it finished before it could be killed"
    begun = torch.load(out / "checkpoint.pt", weights_only=True)["update"]
    train(long, base, out, stop_after=3)
    train(long, base, tmp_path / "whole", stop_after=begun + 3)
    one, other = (torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("killed", "whole"))
    assert one["update"] == other["update"] == begun + 3
    assert all(torch.equal(tensor, other["policy"][name]) for name, tensor in one["policy"].items())


def test_a_run_depends_on_its_seed_and_on_nothing_global(base, tmp_path):
    short = replace(CONFIG, thoughts=32)
    first = weights(train(short, base, tmp_path / "a"))
    np.random.seed(17)
    torch.manual_seed(17)
    again = weights(train(short, base, tmp_path / "b"))
    other = weights(train(replace(short, seed=1), base, tmp_path / "c"))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_folder_is_of_one_configuration_and_one_base_and_a_finished_run_is_returned(base, tmp_path):
    short = replace(CONFIG, thoughts=32)
    folder = train(short, base, tmp_path / "run")
    seen = []
    assert train(short, base, tmp_path / "run", watch=seen.append) == folder
    assert seen == []
    with pytest.raises(ValueError, match="another configuration"):
        train(replace(short, epochs=1), base, tmp_path / "run")
    with pytest.raises(ValueError, match="another configuration"):
        train(short, folder, tmp_path / "run")


def test_each_update_says_what_happened_in_finite_numbers(base, tmp_path):
    seen = []
    train(replace(CONFIG, kl=0.1), base, tmp_path, watch=seen.append)
    assert [progress.done for progress in seen] == [16, 32, 48, 64]
    assert all(progress.total == 64 for progress in seen)
    wanted = {"reward", "unreadable", "cut_off", "value_loss", "kl_to_base", "kl_to_sampler", "no_signal"}
    for progress in seen:
        assert wanted | {"tokens_per_second"} <= set(progress.figures)
        assert all(np.isfinite(value) for value in progress.figures.values())
    assert [("validation" in progress.figures) for progress in seen] == [False, True, False, True]
    log = read_log(tmp_path)
    assert log[0].items() >= {"update": 0, "validation": 0.0, "validation_n": 6, "tokens": 0}.items()
    assert seen[0].figures["kl_to_base"] == 0, "only the value head learns in the first update"
    assert seen[-1].figures["kl_to_base"] > 0
    assert log[-1]["cpu_seconds"] > 0


def test_the_saved_model_has_the_greedy_thoughts_and_the_values_that_the_policy_had(tmp_path):
    config = replace(CONFIG, levels=(2,), max_thought_tokens=24)
    folder = train(config, TINY, tmp_path)
    saved = LocalModel.load(folder, max_thought_tokens=24)
    agent = Greedy(saved)
    environments = make_environments(config, saved, frozenset())
    policy = make_algorithm(config, folder, environments).policy
    texts = set()
    observations = environments.reset()
    for _ in range(12):
        views = [reasoning_env(env).view() for env in environments.envs]
        actions, _ = policy.predict(observations, deterministic=True)
        thoughts = [env.env.thought(action) for env, action in zip(environments.envs, actions, strict=True)]
        assert thoughts == agent.act(views)
        values = policy.predict_values(torch.as_tensor(observations)).flatten().detach().numpy()
        assert values == pytest.approx([each.score for each in saved.value(views)], abs=1e-5)
        observations, _, _, _ = environments.step(actions)
        texts.update(thoughts)
    assert len(texts) > 4
    assert not all(values == 0.5), "no value was learned"


def test_the_weights_that_measured_best_are_saved_where_they_are_wanted(tmp_path):
    harmful = replace(
        CONFIG,
        levels=(4,),
        max_thoughts=6,
        max_thought_tokens=24,
        rollout=8,
        learning_rate=0.03,
        thoughts=128,
        validation_updates=2,
        validation_problems=20,
    )
    kept = train(replace(harmful, keep="best"), TINY, tmp_path / "best")
    accuracies = [line["validation"] for line in read_log(tmp_path / "best") if "validation" in line]
    assert len(accuracies) == 3
    assert accuracies[0] == max(accuracies) > accuracies[-1]
    model = LocalModel.load(TINY, max_thought_tokens=24)
    for name, tensor in LocalModel.load(kept).model.state_dict().items():
        assert torch.equal(tensor, model.model.state_dict()[name]), name
    last = LocalModel.load(train(harmful, TINY, tmp_path / "last"), max_thought_tokens=24)
    oracle = Oracle(ReasoningEnv(families="integer_expression", level=4).mix, Limits(6, 200))
    assert validate(MeteredModel(last, Ledger()), oracle, range(20), 20) == accuracies[-1]
    assert validate(MeteredModel(model, Ledger()), oracle, range(20), 20) == accuracies[0]


def practice(**options):
    env = gym.make(ENV_ID, level=options.pop("level", 1), split=options.pop("split", "train"), max_thoughts=2)
    return TrainProblems(env, (3, 1), **options)


def test_only_train_problems_are_asked_and_none_that_is_set_aside():
    env = practice()
    usual = [env.reset() and reasoning_env(env).state.question.statement for _ in range(300)]
    assert {split_of(statement) for statement in usual} == {"train"}
    aside = frozenset(usual[:20])
    env = practice(set_aside=aside)
    asked = [env.reset() and reasoning_env(env).state.question.statement for _ in range(300)]
    assert aside.isdisjoint(asked)
    assert asked != usual
    with pytest.raises(ValueError, match="only train problems"):
        practice(split="test")


def test_the_problems_that_are_measured_are_not_practised_on(base):
    views = map(Oracle(ReasoningEnv(families="integer_expression", level=2).mix).view, range(500))
    held_out = frozenset(view.question.statement for view in views)
    environments = make_environments(replace(CONFIG, levels=(2,)), LocalModel.load(base), held_out)
    for _ in range(20):
        environments.reset()
        assert held_out.isdisjoint(reasoning_env(env).state.question.statement for env in environments.envs)


def test_setting_all_problems_aside_is_an_error():
    class Everything(frozenset):
        def __contains__(self, statement):
            return True

    with pytest.raises(ValueError, match="problems in a row were among the 1 that are set aside"):
        practice(set_aside=Everything(["x"])).reset()


@pytest.mark.parametrize("limits_end", [True, False])
def test_running_out_of_thoughts_ends_an_episode_or_cuts_it_off(limits_end):
    class Texts(gym.ActionWrapper):
        def action(self, action):
            return "hm"

    env = TrainProblems(Texts(gym.make(ENV_ID, max_thoughts=2)), (0,), limits_end=limits_end)
    env.reset()
    assert env.step(0)[2:4] == (False, False)
    assert env.step(0)[2:4] == (limits_end, not limits_end)


def test_practice_goes_on_where_it_was(base):
    model = LocalModel.load(base)
    env, other = (make_environments(CONFIG, model, frozenset()).envs[0] for _ in range(2))
    rng = np.random.default_rng(0)
    for _ in range(25):
        observation = env.reset()[0]
        for _ in range(int(rng.integers(3))):
            observation = env.step(rng.integers(4, 30, size=8))[0]
        progress = json.loads(json.dumps(env.progress))
        assert np.array_equal(other.go_on(progress), observation)
        assert reasoning_env(other).state == reasoning_env(env).state
    assert np.array_equal(env.reset()[0], other.reset()[0])


def buffer(advantages):
    found = ThoughtBuffer(
        4, gym.spaces.Box(0, 9, (2,), np.int64), gym.spaces.MultiDiscrete([9] * 3), "cpu", n_envs=3, seed=5
    )
    for step in range(4):
        row = np.arange(3) * 10 + step
        found.add(np.stack([row, row], 1), np.zeros((3, 3)), row, row, torch.zeros(3), torch.tensor(row))
    found.advantages[:] = advantages
    return found


def test_a_buffer_hands_out_every_thought_once_environment_by_environment_without_global_randomness():
    filled = buffer(0.0)
    state = np.random.get_state()[1].copy()
    rounds = [[batch.observations[:, 0].tolist() for batch in filled.get(4)] for _ in range(8)]
    assert (np.random.get_state()[1] == state).all()
    for batches in rounds:
        assert sorted(number for batch in batches for number in batch) == [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]
        assert all(batch == list(range(batch[0], batch[0] + 4)) for batch in batches)
    assert len({str(batches) for batches in rounds}) > 1
    again = buffer(0.0)
    again.draws = 3
    assert [batch.observations[:, 0].tolist() for batch in again.get(4)] == rounds[3]


def test_minibatches_without_a_signal_are_counted():
    advantages = np.zeros((4, 3))
    advantages[:, 1] = [0, 1, 0, 0]
    filled = buffer(advantages)
    list(filled.get(4))
    assert (filled.minibatches, filled.silent) == (3, 2)
    list(filled.get(12))
    filled.reset()
    assert (filled.minibatches, filled.silent) == (4, 2)
    filled.count_anew()
    assert (filled.minibatches, filled.silent) == (0, 0)


def test_the_share_of_minibatches_without_a_signal_is_that_of_the_update_before(tmp_path):
    # all is right, and soon expected so
    certain = replace(CONFIG, max_thought_tokens=16, temperature=0.1, value_learning_rate=10.0)
    train(certain, TINY, tmp_path)
    log = read_log(tmp_path)
    assert [line["reward"] for line in log[1:]] == [1.0] * 4
    assert log[-2]["no_signal"] == log[-1]["no_signal"] == 1.0


def test_the_learning_rate_falls_in_a_line():
    at = rate(replace(CONFIG, learning_rate=0.2, final_rate=0.5))
    assert [at(1.0), at(0.5), at(0.0)] == pytest.approx([0.2, 0.15, 0.1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"minibatch": 7}, "minibatch is 7; use a divisor of environments times rollout, 16"),
        ({"minibatch": 1}, "minibatch is 1"),
        ({"thoughts": 40}, "thoughts is 40; use a multiple of environments times rollout, 16"),
        ({"thoughts": 0}, "thoughts is 0"),
        ({"epochs": 0}, "epochs is 0; it must be at least 1"),
    ],
)
def test_what_cannot_be_trained_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **change)


def test_settings_come_from_a_table():
    table = {"env": ENV_ID, "levels": [6], "thoughts": 4096, "target_kl": 1, "keep": "last"}
    config = from_table(PPOLLM, table)
    assert (config.levels, config.target_kl, config.updates) == ((6,), 1.0, 2)
    with pytest.raises(ValueError, match="unknown key 'clip_rang'; did you mean 'clip_range'"):
        from_table(PPOLLM, {**table, "clip_rang": 0.1})


def test_figures_go_to_tensorboard_where_they_are_wanted(base, tmp_path):
    train(replace(CONFIG, thoughts=32), base, tmp_path / "run", tensorboard=tmp_path / "board")
    [events] = (tmp_path / "board").iterdir()
    content = events.read_bytes()
    assert b"train/explained_variance" in content
    assert b"rollout/unreadable" in content
