"""On every device at hand: what thinks and trains on the CPU does so on a GPU, and comes to the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reasoning_agents import grpo, ppo_llm, supervised
from reasoning_agents.agent import Ledger
from reasoning_agents.chains import MeteredModel, after, roll_out, sample_chains
from reasoning_agents.fine_tuning import pieces
from reasoning_agents.grpo import GRPO
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.learning import read_log
from reasoning_agents.oracle import Oracle
from reasoning_agents.packing import log_probs_of_rows, pack, reads_branches
from reasoning_agents.ppo_llm import PPOLLM
from reasoning_agents.registry import make_agent
from reasoning_agents.rollouts import log_probs_of
from reasoning_agents.supervised import Shape, Supervised, build_model, gradient_of
from reasoning_baselines.models import PRETRAINED
from reasoning_gym.mix import make_mix

pytestmark = pytest.mark.usefixtures("one_thread")

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA here")
DEVICES = ["cpu", pytest.param("cuda", marks=CUDA)]
ARITHMETIC, REASONER, JUDGED = (PRETRAINED / name for name in ("tiny-arithmetic", "tiny-reasoner", "tiny-chains-judge"))
ROUNDING = {"atol": 5e-4, "rtol": 1e-4}  # float32: of log-probabilities in nats, by the device and the shapes
COARSE = {"atol": 0.1, "rtol": 0.02}  # the same of bfloat16, which has 8 bits
DRIFT = {"cpu": 0.0, "cuda": 1e-3}  # of weights after the same few updates; a GPU may add up in another order

FROM_NOTHING = Supervised(
    shape=Shape(width=32, layers=2, heads=2, feed_forward=48, context=128),
    families={"integer_expression": (1, 2), "fraction_arithmetic": (1,)},
    tokens=16_000,
    batch_tokens=1024,
    warm_up_tokens=2_000,
)
BY_REWARD = GRPO(
    env="ReasoningIntegerExpression-v0",
    levels=(5,),
    updates=4,
    prompts=4,
    samples=4,
    kl=0.01,
    epochs=2,
    max_thoughts=7,
    max_thought_tokens=32,
    validation_updates=2,
    validation_problems=4,
)
BY_PPO = PPOLLM(
    env="ReasoningIntegerExpression-v0",
    levels=(2,),
    thoughts=48,
    max_thoughts=4,
    max_thought_tokens=16,
    max_question_tokens=64,
    environments=4,
    rollout=4,
    minibatch=8,
    kl=0.01,
    validation_updates=3,
    validation_problems=4,
    keep="last",
)
AGENTS = [
    ("self-consistency", {"samples": 4}),
    ("best-of-n", {"samples": 4, "signal": "likelihood"}),
    ("mcts", {"simulations": 4}),
    ("mcts", {"simulations": 6, "evaluation": "check + 0.5*likelihood"}),
    ("beam", {}),
    ("test-time-training", {"rounds": 2}),
]


def views(count, family="integer_expression", level=3):
    oracle = Oracle(make_mix(family, level=level, split="train"))
    return [oracle.view(index) for index in range(count)]


def generators(count):
    return [np.random.default_rng([3, index]) for index in range(count)]


def metered(folder, device, **options):
    local = LocalModel.load(folder, device=device, max_thought_tokens=64, **options)
    model = MeteredModel(local, Ledger())
    model.ledger.open(1_000)
    return model


def greedy_chains(folder, device, shown):
    return roll_out(metered(folder, device), range(len(shown)), shown, 0.0, generators(len(shown)))


def plain_log_probs(local, prefix, ids):
    """Log-probabilities of ids after a prefix: one plain pass over the whole, without a cache."""
    with torch.inference_mode():
        read = torch.tensor([[*prefix, *ids]], device=local.model.device)
        logits = local.model(read).logits[0, len(prefix) - 1 : -1].float().cpu()
    return logits.log_softmax(-1).gather(1, torch.tensor(ids)[:, None])[:, 0].tolist()


def texts(local, count=12):
    """Chains as `log_probs_of` reads them: some begin alike."""
    oracle = Oracle(make_mix("integer_expression", level=3, split="train"))
    both = [("1+1=2", "Answer: 2"), ("1+1=3",)]
    shown = [(oracle.view(index), oracle.reference_thoughts(index)) for index in range(count)]
    return [
        [piece for thoughts in (known, *both) for piece in pieces(local.transcript, view, thoughts)]
        for view, known in shown
    ]


def apart(one, other):
    """The largest difference between the weights in two folders of models."""
    first, second = (load_file(folder / "model.safetensors") for folder in (one, other))
    assert first.keys() == second.keys()
    return max(float((first[name].float() - second[name].float()).abs().max()) for name in first)


# Thinking


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("folder", "family", "level"),
    [(ARITHMETIC, "integer_expression", 4), (REASONER, "linear_equation", 2), (REASONER, "derivative", 2)],
)
def test_greedy_thoughts_are_those_of_the_cpu(folder, family, level, device):
    shown = views(40, family, level)
    there, here = (greedy_chains(folder, place, shown) for place in (device, "cpu"))
    for one, other in zip(there, here, strict=True):
        assert [each.thought for each in one.candidates] == [each.thought for each in other.candidates]
        for a, b in zip(one.candidates, other.candidates, strict=True):
            np.testing.assert_allclose(a.log_probs, b.log_probs, **ROUNDING)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("cache_bytes", [0, 2**16, 2**26])
def test_kept_and_forked_caches_give_what_a_plain_pass_gives(cache_bytes, device):
    model = metered(ARITHMETIC, device, cache_bytes=cache_bytes)
    shown = views(8)
    chains = sample_chains(model, range(8), shown, 3, 1.0, generators(8))
    transcript = model.model.transcript
    for view, group in zip(shown, chains, strict=True):
        for chain in group:
            at = view
            for candidate in chain.candidates:
                expected = plain_log_probs(model.model, transcript.ids(at), candidate.token_ids)
                np.testing.assert_allclose(candidate.log_probs, expected, **ROUNDING)
                at = after(at, candidate.thought)


@pytest.mark.parametrize("device", DEVICES)
def test_bfloat16_log_probs_are_near_those_of_float32(device):
    shown = views(24)
    thoughts = [[each.candidates[0].thought] for each in greedy_chains(ARITHMETIC, "cpu", shown)]
    exact, coarse = (
        LocalModel.load(ARITHMETIC, device=place, dtype=dtype).score(shown, thoughts)
        for place, dtype in (("cpu", "float32"), (device, "bfloat16"))
    )
    for (one,), (other,) in zip(exact, coarse, strict=True):
        np.testing.assert_allclose(other.log_probs, one.log_probs, **COARSE)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_texts_packed_as_branches_are_read_as_when_apart(dtype, device):
    local = LocalModel.load(ARITHMETIC, device=device, dtype=dtype)
    assert reads_branches(local.model)
    groups = texts(local)
    with torch.inference_mode():
        together = log_probs_of_rows(local.model, [pack(group) for group in groups])
        alone = torch.cat([log_probs_of(local.model, group, 1.0) for group in groups])
    tolerance = ROUNDING if dtype == "float32" else {"atol": 0.5, "rtol": 0.1}  # unlikely tokens among them
    np.testing.assert_allclose(together.cpu(), alone.cpu(), **tolerance)


@pytest.mark.parametrize("device", DEVICES)
def test_a_process_reward_model_judges_as_on_the_cpu(device):
    shown = views(12)
    candidates = [chain.candidates[0] for chain in greedy_chains(JUDGED, "cpu", shown)]
    there, here = (LocalModel.load(JUDGED, device=place).judge(shown, candidates) for place in (device, "cpu"))
    np.testing.assert_allclose([each.score for each in there], [each.score for each in here], atol=1e-3)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("name", "options"), AGENTS)
def test_agents_think_what_they_think_on_the_cpu(name, options, device):
    shown = views(6)
    thoughts = [
        make_agent(name, LocalModel.load(ARITHMETIC, device=place, max_thought_tokens=32), 1, **options).act(shown)
        for place in (device, "cpu")
    ]
    assert thoughts[0] == thoughts[1]


# Training


def plain_gradient(model, ids, labels):
    """The loss and its gradient by a plain pass in float32, with nothing left of it that a recording may wait for."""
    loss = supervised.loss_of(model, ids, labels)
    return float(loss), torch.autograd.grad(loss, list(model.parameters()))


@CUDA
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_recorded_gradient_is_that_of_a_plain_pass_whatever_was_recorded_before(precision):
    config = replace(FROM_NOTHING, device="cuda", precision=precision)
    tokenizer = build_character_tokenizer()
    model = build_model(config.shape, tokenizer, 0).to("cuda")
    recorded = gradient_of(model, config)
    written = [weight.grad for weight in model.parameters()]
    batches = supervised.batches(supervised.pool(config, 0, tokenizer)[:200], config, 0)
    for batch in (*batches, *batches[:3]):
        ids, labels = supervised.tensors(batch, tokenizer.pad_token_id)
        loss = float(recorded(ids, labels))
        found = [gradient.clone() for gradient in written]
        plain, expected = plain_gradient(model, ids.cuda(), labels.cuda())
        close = 1e-3 if precision == "float32" else 5e-2
        assert loss == pytest.approx(plain, rel=close / 10)
        for one, other in zip(found, expected, strict=True):
            assert float((one - other).norm() / other.norm()) < close


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_supervised_training_learns_and_is_taken_up_again(precision, device, tmp_path):
    config = replace(FROM_NOTHING, device=device, precision=precision)
    whole = supervised.train(config, tmp_path / "whole", checkpoint_steps=3)
    supervised.train(config, tmp_path / "killed", checkpoint_steps=3, stop_after_steps=8)
    resumed = supervised.train(config, tmp_path / "killed", checkpoint_steps=3)
    losses = [line["loss"] for line in read_log(tmp_path / "whole")]
    assert losses[-1] < 0.9 * losses[0]
    assert apart(whole, resumed) <= DRIFT[device]


@pytest.mark.parametrize("device", DEVICES)
def test_training_by_reward_samples_what_it_learns_from_and_is_taken_up_again(device, tmp_path):
    config = replace(BY_REWARD, device=device)
    whole = grpo.train(config, ARITHMETIC, tmp_path / "whole", checkpoint_updates=2)
    grpo.train(config, ARITHMETIC, tmp_path / "killed", checkpoint_updates=2, stop_after_updates=3)
    resumed = grpo.train(config, ARITHMETIC, tmp_path / "killed", checkpoint_updates=2)
    lines = read_log(tmp_path / "whole")
    assert max(line.get("drift", 0.0) for line in lines) < 1e-3
    assert max(line.get("gradient_norm", 0.0) for line in lines) > 0
    assert [line["tokens"] for line in lines] == [line["tokens"] for line in read_log(tmp_path / "killed")]
    assert apart(whole, resumed) <= DRIFT[device]


@pytest.mark.parametrize("device", DEVICES)
def test_ppo_learns_in_finite_numbers_and_is_taken_up_again(device, tmp_path):
    config = replace(BY_PPO, device=device)
    whole = ppo_llm.train(config, ARITHMETIC, tmp_path / "whole")
    ppo_llm.train(config, ARITHMETIC, tmp_path / "killed", stop_after=2)
    resumed = ppo_llm.train(config, ARITHMETIC, tmp_path / "killed")
    lines = read_log(tmp_path / "whole")
    assert lines
    assert np.isfinite([value for line in lines for value in line.values()]).all()
    assert apart(whole, resumed) <= DRIFT[device]
    value = LocalModel.load(whole, device=device).value(views(2))
    assert all(0 <= each.score <= 1 for each in value)
