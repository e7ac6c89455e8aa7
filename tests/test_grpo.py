"""Group-relative policy gradients: against formulas by hand, an enumerable policy, and kills."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import LlamaForCausalLM

from reasoning_agents import grpo, practice
from reasoning_agents.agent import Ledger
from reasoning_agents.chains import Chain, MeteredModel
from reasoning_agents.config import from_table
from reasoning_agents.grpo import (
    GRPO,
    Lesson,
    advantages,
    divergence,
    learn,
    lessons,
    surrogate,
    token_weights,
    train,
)
from reasoning_agents.language_model.loading import load, save
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.learning import read_log
from reasoning_agents.practice import adapt, draw_problems, make_oracle, optimizers, randomness, rate
from reasoning_agents.rollouts import Group, Rollout, Segment, log_probs_of, sample_groups
from reasoning_agents.supervised import Shape, build_model
from reasoning_baselines.models import PRETRAINED
from reasoning_gym.family import split_of

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = GRPO(
    env="ReasoningIntegerExpression-v0",
    levels=(5,),
    updates=5,
    prompts=4,
    samples=4,
    learning_rate=1e-3,
    warm_up=1,
    max_thoughts=7,
    max_thought_tokens=32,
)


@pytest.fixture(scope="module")
def base():
    """A model that is right now and then."""
    return PRETRAINED / "tiny-arithmetic"


def weights(folder):
    return load_file(folder / "model.safetensors")


def tiny(seed=0):
    model = build_model(Shape(width=16, layers=1, heads=2, feed_forward=24, context=64), build_character_tokenizer(), 0)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
    return model.eval()


def segment(*tokens, prompt=2):
    return Segment(tokens, tuple(range(prompt, len(tokens))), (-1.0,) * (len(tokens) - prompt))


def gradients(model, taught, config, reference=None):
    """What `learn` hands to the optimizers."""
    trained = dict(model.named_parameters())
    found = {}

    class Watching(torch.optim.SGD):
        def step(self, closure=None):
            found.update({name: weight.grad.clone() for name, weight in trained.items()})

    config = replace(config, gradient_clip=1e9)
    watching = Watching(trained.values(), lr=0.0)
    watching.param_groups[0]["peak"] = 0.0
    figures = learn(model, trained, [watching], taught, 1.0, config, reference)
    return found, figures


# Advantages, weights and the loss


def test_advantages_are_those_of_the_formulas():
    rewards = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    spread = [[math.sqrt(3) / 4], [0.5]]
    centred = np.array([[0.75, -0.25, -0.25, -0.25], [0.5, 0.5, -0.5, -0.5]])
    leave_one_out = np.array([[1.0, -1 / 3, -1 / 3, -1 / 3], [2 / 3, 2 / 3, -2 / 3, -2 / 3]])
    for kind, expected in (("grpo", centred), ("rloo", leave_one_out)):
        config = replace(CONFIG, advantage=kind, scale="none")
        np.testing.assert_allclose(advantages(rewards, config), expected)
        scaled = advantages(rewards, replace(config, scale="std", std_floor=0.1))
        np.testing.assert_allclose(scaled, expected / (np.array(spread) + 0.1))


@pytest.mark.parametrize("paid", [0.0, 1.0])
@pytest.mark.parametrize("scale", ["std", "none"])
@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_equal_rewards_have_no_advantage_at_all(paid, scale, kind):
    config = replace(CONFIG, advantage=kind, scale=scale, std_floor=0.0 if scale == "none" else 1e-4)
    for samples in range(2, 20):
        assert not advantages(np.full((3, samples), paid), config).any()


def group(*paid_lengths, index=0):
    """Chains of given rewards and numbers of tokens, each of its own tokens."""
    rollouts = []
    for number, (reward, length) in enumerate(paid_lengths):
        ids = (5 + number + 10 * index,) * length
        candidate = Candidate("x", ids, (-1.0,) * length, (-1.0,) * length)
        rollouts.append(Rollout(Chain((candidate,), "1", ((3, 4),)), reward))
    return Group(index, tuple(rollouts))


def test_a_group_of_equal_rewards_teaches_nothing_and_changes_nothing():
    groups = [group((1.0, 2), (1.0, 3)), group((0.0, 2), (0.0, 3), index=1)]
    assert lessons(groups, CONFIG) == []
    model, reference = tiny(), tiny()
    chosen = optimizers(dict(model.named_parameters()), CONFIG)
    assert learn(model, dict(model.named_parameters()), chosen, [], 1.0, CONFIG)["gradient_norm"] == 0
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), reference.parameters(), strict=True))
    # with a divergence to keep small they stay, and at the base they have a gradient of exactly nothing
    config = replace(CONFIG, kl=0.5)
    taught = lessons(groups, config)
    assert len(taught) == 4
    found, figures = gradients(model, taught, config, reference)
    assert figures["kl"] == 0
    assert all(not gradient.any() for gradient in found.values())


def test_means_over_tokens_chains_or_a_constant_weigh_long_chains_differently():
    groups = [group((1.0, 2), (0.0, 6)), group((1.0, 4), (1.0, 4), index=1)]

    def weight_by_length(mean):
        return {len(x.segment.sampled): x.weight for x in lessons(groups, replace(CONFIG, loss_mean=mean, constant=10))}

    assert weight_by_length("token") == {2: 1 / 8, 6: 1 / 8}
    assert weight_by_length("sequence") == {2: 1 / 4, 6: 1 / 12}
    assert weight_by_length("constant") == {2: 1 / 40, 6: 1 / 40}, "a mean over all four chains"


def test_the_loss_is_the_weighted_sum_over_the_sampled_tokens():
    model = tiny()
    taught = [Lesson(segment(3, 4, 5, 6), 0.5, 0.25), Lesson(segment(3, 4, 7, 8, 9, 10), -0.25, 0.125)]
    found, figures = gradients(model, taught, CONFIG)
    expected = -sum(x.advantage * x.weight * log_probs_of(model, [x.segment], 1.0).sum() for x in taught)
    by_hand = torch.autograd.grad(expected, list(model.parameters()))
    for (name, gradient), other in zip(found.items(), by_hand, strict=True):
        assert torch.allclose(gradient, other, atol=1e-6), name
    assert figures["loss"] == pytest.approx(-(0.5 * 0.25 * 2 - 0.25 * 0.125 * 4))
    small, _ = gradients(model, taught, replace(CONFIG, batch_tokens=1))
    for name, gradient in found.items():
        assert torch.allclose(gradient, small[name], atol=1e-6), f"{name}: minibatches changed the gradient"


def test_equal_chains_are_read_once_with_their_joint_weight():
    one = group((1.0, 3), (0.0, 2))
    twice = Group(0, (*one.rollouts, *one.rollouts))
    taught = lessons([twice], CONFIG)
    assert len(taught) == 2
    assert [lesson.weight for lesson in taught] == [2 / 10, 2 / 10]
    apart = [replace_weight(lesson, 1 / 10) for lesson in taught for _ in range(2)]
    joint, separate = gradients(tiny(), taught, CONFIG)[0], gradients(tiny(), apart, CONFIG)[0]
    assert all(torch.allclose(joint[name], separate[name], atol=1e-6) for name in joint)


def replace_weight(lesson, weight):
    return lesson._replace(weight=weight)


@pytest.mark.parametrize(
    ("ratio", "advantage", "expected", "slope"),
    [
        (1.0, 2.0, 2.0, 2.0),
        (1.25, 2.0, 2.5, 2.0),
        (1.4, 2.0, 2.56, 0.0),  # clipped at 1.28
        (0.5, 2.0, 1.0, 2.0),  # the way back stays open
        (0.9, -1.0, -0.9, -1.0),
        (0.7, -1.0, -0.8, 0.0),  # clipped at 0.8
        (1.5, -1.0, -1.5, -1.0),
        (1.0, 0.0, 0.0, 0.0),
    ],
)
def test_the_surrogate_is_clipped_on_the_side_that_it_gains_from(ratio, advantage, expected, slope):
    at = torch.tensor([ratio], requires_grad=True)
    value = surrogate(at, torch.tensor([advantage]), replace(CONFIG, clip_low=0.2, clip_high=0.28))
    assert value.item() == pytest.approx(expected)
    (gradient,) = torch.autograd.grad(value.sum(), at)
    assert gradient.item() == pytest.approx(slope)


def test_the_divergence_is_0_at_the_base_positive_elsewhere_and_right_on_average():
    p = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).log().requires_grad_()
    q = torch.tensor([0.2, 0.2, 0.6], dtype=torch.float64).log()
    assert not divergence(p.detach(), p.detach()).any()
    each = divergence(p, q)
    assert (each > 0).all()
    exact = (p.exp() * (p - q)).sum()
    assert torch.allclose((p.exp() * each).sum(), exact)
    (gradient,) = torch.autograd.grad(each.sum(), p)
    for place in range(3):
        step = torch.zeros(3, dtype=torch.float64)
        step[place] = 1e-6
        slope = (divergence(p + step, q) - divergence(p - step, q))[place] / 2e-6
        assert gradient[place].item() == pytest.approx(slope.item(), abs=1e-6)


def test_a_divergence_with_a_weight_pulls_towards_the_base():
    reference, model = tiny(), tiny(seed=1)
    config = replace(CONFIG, kl=1.0)
    taught = [Lesson(segment(3, 4, 5, 6, 7), 0.0, 0.25), Lesson(segment(3, 4, 9, 10), 0.0, 0.25)]
    found, figures = gradients(model, taught, config, reference)
    apart = [
        divergence(log_probs_of(model, [x.segment], 1.0), log_probs_of(reference, [x.segment], 1.0)) for x in taught
    ]
    assert figures["kl"] == pytest.approx(torch.cat(apart).mean().item(), rel=1e-5)
    assert figures["kl"] > 0
    by_hand = torch.autograd.grad(0.25 * torch.cat(apart).sum(), list(model.parameters()))
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(found.values(), by_hand, strict=True))
    trained = dict(model.named_parameters())
    chosen = optimizers(trained, config)
    for _ in range(20):
        figures = learn(model, trained, chosen, taught, 1.0, config, reference)
    assert figures["kl"] < 0.5 * torch.cat(apart).mean().item()
    assert all(weight.grad is None for weight in reference.parameters())


class Chains:
    """An enumerable policy: a first token of three; after the first of them a second one of two; a reward for each."""

    paid = (1.0, 0.0, 0.0, 1.0)  # of (0, 0), (0, 1), (1,), (2,)
    lengths = (2, 2, 1, 1)

    def __init__(self):
        self.theta = torch.tensor([0.3, -0.2, 0.5, 0.1, -0.4], dtype=torch.float64, requires_grad=True)

    def token_log_probs(self):
        first, second = self.theta[:3].log_softmax(0), self.theta[3:].log_softmax(0)
        return [[first[0], second[0]], [first[0], second[1]], [first[1]], [first[2]]]

    def expected_reward_gradient(self):
        value = sum(paid * sum(tokens).exp() for paid, tokens in zip(self.paid, self.token_log_probs(), strict=True))
        return torch.autograd.grad(value, self.theta)[0]

    def expected_gradient(self, samples, config):
        """Over all groups of chains, each as often as it is sampled, of what the loss goes down by."""
        total = torch.zeros(5, dtype=torch.float64)
        for chosen in itertools.product(range(4), repeat=samples):
            tokens = self.token_log_probs()
            probability = float(torch.stack([sum(tokens[chain]) for chain in chosen]).sum().exp().detach())
            rewards = np.array([[self.paid[chain] for chain in chosen]])
            weights = token_weights([self.lengths[chain] for chain in chosen], samples, config)
            gain = torch.zeros((), dtype=torch.float64)
            for chain, advantage, weight in zip(chosen, advantages(rewards, config)[0], weights, strict=True):
                log_probs = torch.stack(tokens[chain])
                ratio = (log_probs - log_probs.detach()).exp()
                gain = gain + weight * surrogate(ratio, torch.full_like(ratio, float(advantage)), config).sum()
            total += probability * torch.autograd.grad(gain, self.theta)[0]
        return total


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_rloo_without_scale_follows_the_gradient_of_the_expected_reward(samples):
    config = replace(CONFIG, advantage="rloo", scale="none", loss_mean="constant", constant=1)
    policy = Chains()
    exact = policy.expected_reward_gradient()
    assert torch.allclose(policy.expected_gradient(samples, config), exact, atol=1e-12)
    shrunk = policy.expected_gradient(samples, replace(config, advantage="grpo"))
    assert torch.allclose(shrunk, exact * (samples - 1) / samples, atol=1e-12), "its own reward is in the mean"
    by_length = policy.expected_gradient(samples, replace(config, loss_mean="sequence"))
    assert not torch.allclose(by_length / by_length.norm(), exact / exact.norm(), atol=1e-2), (
        "dividing by length biases"
    )


def test_the_ratio_is_exactly_1_in_the_first_epoch_and_moves_in_the_second():
    taught = [Lesson(segment(3, 4, 5, 6), 1.0, 0.25), Lesson(segment(3, 4, 7), -1.0, 0.25)]
    still, _ = tiny(), None
    config = replace(CONFIG, epochs=2, batch_tokens=1)
    frozen = learn(still, dict(still.named_parameters()), [], taught, 1.0, config)
    assert (frozen["ratio_low"], frozen["ratio_high"], frozen["clipped"]) == (1.0, 1.0, 0.0)
    model = tiny()
    trained = dict(model.named_parameters())
    moved = learn(model, trained, optimizers(trained, replace(config, learning_rate=0.05)), taught, 1.0, config)
    assert moved["ratio_low"] < 0.8 < 1.28 < moved["ratio_high"]
    assert moved["clipped"] > 0


def test_more_epochs_stop_where_the_ratio_is_clipped():
    taught = [Lesson(segment(3, 4, 5), 1.0, 1.0)]

    def gained(clip_high):
        model = tiny()
        trained = dict(model.named_parameters())
        config = replace(CONFIG, epochs=20, clip_high=clip_high, learning_rate=0.01, gradient_clip=1e9)
        before = log_probs_of(model, [taught[0].segment], 1.0)
        learn(model, trained, optimizers(trained, config), taught, 1.0, config)
        return float((log_probs_of(model, [taught[0].segment], 1.0) - before).exp().detach())

    assert 1.1 < gained(0.1) < gained(1e9)


def test_a_step_makes_paid_chains_likelier_and_the_local_model_samples_from_the_new_weights(base):
    loaded = load(base, device="cpu", dtype="float32")
    local = LocalModel(loaded.model, loaded.tokenizer, prompt=loaded.prompt, max_thought_tokens=32)
    policy = MeteredModel(local, Ledger())
    oracle = make_oracle(CONFIG)
    groups = sample_groups(policy, oracle, range(12), 8, 1.0, [randomness(0, 0, i) for i in range(12)])
    taught = lessons(groups, CONFIG)
    assert taught
    assert {lesson.advantage > 0 for lesson in taught} == {True, False}
    trained = dict(loaded.model.named_parameters())
    pieces = [lesson.segment for lesson in taught]
    counts = torch.tensor([len(piece.sampled) for piece in pieces])
    signs = torch.tensor([lesson.advantage * lesson.weight for lesson in taught]).repeat_interleave(counts)
    before = log_probs_of(loaded.model, pieces, 1.0).detach()
    learn(loaded.model, trained, optimizers(trained, CONFIG), taught, 1.0, CONFIG)
    after = log_probs_of(loaded.model, pieces, 1.0).detach()
    assert (signs * (after - before)).sum() > 1e-3
    again = sample_groups(policy, oracle, range(3), 2, 1.0, [randomness(0, 1, i) for i in range(3)])
    fresh = MeteredModel(LocalModel(loaded.model, loaded.tokenizer, prompt=loaded.prompt), Ledger())
    for one, other in zip(
        again, sample_groups(fresh, oracle, range(3), 2, 1.0, [randomness(0, 1, i) for i in range(3)]), strict=True
    ):
        for rollout, expected in zip(one.rollouts, other.rollouts, strict=True):
            first, second = rollout.chain.candidates[0], expected.chain.candidates[0]
            assert first.token_ids == second.token_ids[: len(first.token_ids)]
            np.testing.assert_allclose(first.log_probs, second.log_probs[: len(first.log_probs)], atol=1e-5)


# Problems and schedules


def test_problems_are_different_train_questions_and_a_function_of_seed_and_update():
    config = replace(CONFIG, prompts=40, levels=(1, 2))
    oracle = make_oracle(config)
    reserved = {oracle.view(index).question.text for index in range(30)}
    drawn = [draw_problems(oracle, config, update, reserved) for update in range(8)]
    assert drawn[3] == draw_problems(make_oracle(config), config, 3, reserved)
    assert drawn[3] != draw_problems(oracle, replace(config, seed=1), 3, reserved)
    assert len({tuple(indices) for indices in drawn}) == 8
    for indices in drawn:
        statements = [oracle.view(index).question.statement for index in indices]
        assert len(set(statements)) == 40
        assert not reserved & {oracle.view(index).question.text for index in indices}
        assert all(split_of(statement) == "train" for statement in statements)


def test_too_few_questions_are_an_error_that_says_what_to_change():
    config = replace(CONFIG, prompts=250, levels=(1,))
    oracle = make_oracle(config)
    reserved = {oracle.view(index).question.text for index in range(200)}
    with pytest.raises(ValueError, match="give fewer prompts or validation_problems"):
        draw_problems(oracle, config, 0, reserved)


def test_the_rate_rises_and_then_falls_in_a_line():
    config = replace(CONFIG, updates=12, warm_up=3, final_rate=0.1)
    found = [rate(update, config) for update in range(12)]
    assert found[:4] == [0.25, 0.5, 0.75, 1.0]
    assert found[11] == pytest.approx(0.2)
    assert rate(500, replace(config, final_rate=1.0)) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": 1}, "samples is 1; give at least 2"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"keep": "best"}, "set validation_updates"),
        ({"advantage": "gae"}, "use one of 'grpo', 'rloo'"),
        ({"learning_rat": 1.0}, "did you mean 'learning_rate'"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_what_to_do(change, message):
    with pytest.raises(ValueError, match=message):
        from_table(GRPO, {"env": "ReasoningCountdown-v0", "levels": [1], "updates": 3, **change})


# Runs


def test_a_killed_run_ends_with_the_same_weights_as_one_that_was_not(base, tmp_path):
    config = replace(CONFIG, validation_updates=2, validation_problems=6, keep="best", kl=0.01, epochs=2)
    config = replace(config, chains_at_once=8)
    whole = train(config, base, tmp_path / "whole", checkpoint_updates=2)
    for stop in (3, 2):
        train(config, base, tmp_path / "killed", checkpoint_updates=2, stop_after_updates=stop)
        assert not (tmp_path / "killed" / "model").exists()
    resumed = train(config, base, tmp_path / "killed", checkpoint_updates=2)
    assert all(torch.equal(tensor, weights(resumed)[name]) for name, tensor in weights(whole).items())
    logs = [read_log(tmp_path / name) for name in ("whole", "killed")]
    for log in logs:
        assert [line["update"] for line in log] == [0, 1, 2, 3, 4, 5]
        assert max(line.get("gradient_norm", 0.0) for line in log) > 0
        assert [line["update"] for line in log if line.get("validation_n") == 6] == [0, 2, 4, 5]
        for line in log:
            del line["cpu_seconds"]
    assert logs[0] == logs[1]
    costs = [json.loads((tmp_path / name / "training.json").read_text()) for name in ("whole", "killed")]
    for cost in costs:
        assert cost.pop("cpu_seconds") > 0
    assert costs[0] == costs[1]
    assert costs[0]["updates"] == 5
    assert costs[0]["oracle_calls"] == 5 * 4 * 4 + 4 * 6
    assert min(value for name, value in costs[0].items() if name != "simulations") > 0


def test_no_question_that_validates_is_trained_on(base, tmp_path, monkeypatch):
    config = replace(CONFIG, levels=(1,), updates=1, prompts=40, samples=2, max_thoughts=1, validation_updates=1)
    config = replace(config, validation_problems=100)
    asked = []

    def sampling(policy, oracle, indices, *rest):
        asked.extend(oracle.view(index).question.statement for index in indices)
        return sample_groups(policy, oracle, indices, *rest)

    monkeypatch.setattr(grpo, "sample_groups", sampling)
    train(config, base, tmp_path / "run")
    oracle = make_oracle(config)
    held_back = {oracle.view(index).question.statement for index in range(100)}
    assert len(asked) == 40
    assert not held_back & set(asked)
    assert all(split_of(statement) == "train" for statement in [*asked, *held_back])
    plain = set()
    for update in range(5):
        plain |= {oracle.view(index).question.statement for index in draw_problems(oracle, config, update, frozenset())}
    assert held_back & plain, "without the reservation they would be drawn"


def test_a_run_is_told_of_and_a_folder_belongs_to_one_base(base, tmp_path):
    told = []
    config = replace(CONFIG, updates=2)
    folder = train(config, base, tmp_path / "run", watch=told.append)
    assert [(progress.done, progress.total) for progress in told] == [(1, 2), (2, 2)]
    assert {"reward", "loss", "gradient_norm", "no_gradient", "unreadable", "tokens", "length"} <= set(told[0].figures)
    assert told[0].tokens_per_second > 0
    assert told[0].figures["drift"] < 1e-4
    changed = (folder / "model.safetensors").stat().st_mtime_ns
    assert train(config, base, tmp_path / "run") == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == changed, "a finished run was run again"
    other = tmp_path / "other"
    save(other, tiny(), build_character_tokenizer(), Prompt("{statement}\n"), dtype=torch.float32)
    with pytest.raises(ValueError, match="another configuration"):
        train(config, other, tmp_path / "run")


def test_the_weights_that_validated_best_are_kept(base, tmp_path, monkeypatch):
    config = replace(CONFIG, updates=3, validation_updates=1, validation_problems=4, saved_dtype="float32")
    scores = iter([0.125, 0.25, 0.75, 0.5])
    monkeypatch.setattr(practice, "validate", lambda *args: next(scores))
    best = weights(train(replace(config, keep="best"), base, tmp_path / "best"))
    monkeypatch.undo()
    train(replace(config, keep="last", updates=4), base, tmp_path / "two", checkpoint_updates=2, stop_after_updates=3)
    second = torch.load(tmp_path / "two" / "checkpoint.pt", weights_only=True)["weights"]
    last = weights(train(replace(config, keep="last"), base, tmp_path / "last"))
    assert all(torch.equal(tensor, best[name]) for name, tensor in second.items())
    assert any(not torch.equal(tensor, best[name]) for name, tensor in last.items())


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_every_weight_is_trained_by_one_optimizer(optimizer):
    trained = dict(tiny().named_parameters())
    chosen = optimizers(trained, replace(CONFIG, optimizer=optimizer))
    in_them = [id(weight) for each in chosen for group in each.param_groups for weight in group["params"]]
    assert sorted(in_them) == sorted(map(id, trained.values()))
    assert len(chosen) == (2 if optimizer == "muon" else 1)


# Adapters


def test_a_run_with_adapters_changes_the_base_by_matrices_of_their_rank_alone(base, tmp_path):
    config = replace(CONFIG, lora_rank=2, learning_rate=1e-2, updates=3, saved_dtype="float32")
    merged = weights(train(config, base, tmp_path / "whole"))
    before = weights(base)
    assert set(merged) == set(before)
    moved = 0
    for name, tensor in merged.items():
        difference = tensor - before[name].float()
        if "proj" not in name:
            assert not difference.any(), name
            continue
        values = torch.linalg.svdvals(difference)
        assert (values[2:] < 1e-5).all(), name
        moved += bool(values[0] > 1e-4)
    assert moved == 21
    assert type(load(tmp_path / "whole" / "model", device="cpu", dtype="float32").model) is LlamaForCausalLM
    train(config, base, tmp_path / "killed", checkpoint_updates=1, stop_after_updates=2)
    resumed = weights(train(config, base, tmp_path / "killed"))
    assert all(torch.equal(tensor, resumed[name]) for name, tensor in merged.items())


def test_a_merged_model_scores_as_the_adapted_one_did():
    model = tiny()
    plain = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    adapted = adapt(model, replace(CONFIG, lora_rank=2))
    trained = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    assert all("lora" in name for name in trained)
    taught = [Lesson(segment(3, 4, 5, 6, 7), 1.0, 0.25)]
    unchanged = log_probs_of(model, [taught[0].segment], 1.0).detach()
    config = replace(CONFIG, learning_rate=0.05)
    chosen = optimizers(trained, config)
    for _ in range(3):
        learn(model, trained, chosen, taught, 1.0, config)
    scored = log_probs_of(model, [taught[0].segment], 1.0).detach()
    assert (scored - unchanged).abs().max() > 0.05
    for name, weight in model.named_parameters():
        if "lora" not in name:
            assert torch.equal(weight, plain[name.replace(".base_layer", "")]), name
    merged = adapted.merge_and_unload()
    assert torch.allclose(log_probs_of(merged, [taught[0].segment], 1.0), scored, atol=1e-5)


def test_adapters_without_peft_say_what_to_install(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(practice.importlib, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match=r"reasoning-gymnasium\[lora\]"):
        adapt(tiny(), replace(CONFIG, lora_rank=2))
