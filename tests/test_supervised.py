"""Training from scratch: deterministic, resumable, and it learns only the thoughts."""

import itertools
import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from reasoning_agents.config import from_table
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.muon import Muon, orthogonalise
from reasoning_agents.supervised import (
    IGNORED,
    Example,
    Shape,
    Supervised,
    _pools,
    batches,
    build_model,
    loss_of,
    pool,
    rate,
    tensors,
    train,
)
from reasoning_gym.family import get_family, split_of

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = Supervised(
    shape=Shape(width=32, layers=1, heads=2, feed_forward=48, context=128),
    families={"integer_expression": (1, 2)},
    tokens=12_000,
    batch_tokens=1024,
    warm_up_tokens=2_000,
)


def weights(folder):
    return load_file(folder / "model.safetensors")


def test_a_killed_run_ends_with_the_same_weights_as_one_that_was_not(tmp_path):
    whole = train(CONFIG, tmp_path / "whole", checkpoint_steps=3)
    for stop in (5, 4):
        train(CONFIG, tmp_path / "killed", checkpoint_steps=3, stop_after_steps=stop)
        assert not (tmp_path / "killed" / "model").exists()
    resumed = train(CONFIG, tmp_path / "killed", checkpoint_steps=3)
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[name]), name


def test_who_makes_the_problems_changes_no_weight(tmp_path):
    short = replace(CONFIG, tokens=2_000)
    folders = [train(replace(short, workers=count), tmp_path / str(count)) for count in (0, 2)]
    assert all(torch.equal(tensor, weights(folders[1])[name]) for name, tensor in weights(folders[0]).items())


def test_pools_come_in_order_from_the_one_that_is_asked_for_with_the_time_that_workers_took():
    config, tokenizer = replace(CONFIG, workers=2), build_character_tokenizer()
    made = list(itertools.islice(_pools(config, 3), 8))
    assert [each.number for each in made] == list(range(3, 11))
    assert all(each.examples == pool(config, each.number, tokenizer) for each in made[::3])
    assert min(each.cpu_seconds for each in made) > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"precision": "float16"}, "use 'float32' or 'bfloat16'"),
        ({"precision": "bfloat"}, "did you mean 'bfloat16'"),
        ({"workers": -1}, "workers is -1; give 0"),
    ],
)
def test_settings_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **change)


def test_the_seed_decides_the_weights(tmp_path):
    short = replace(CONFIG, tokens=2_000)
    first = weights(train(short, tmp_path / "a"))
    again = weights(train(short, tmp_path / "b"))
    other = weights(train(replace(short, seed=1), tmp_path / "c"))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_another_configuration_in_the_same_folder_is_refused(tmp_path):
    train(replace(CONFIG, tokens=2_000), tmp_path, stop_after_steps=1)
    with pytest.raises(ValueError, match="another configuration"):
        train(replace(CONFIG, tokens=3_000), tmp_path)


def test_a_finished_run_is_returned_without_training(tmp_path):
    folder = train(replace(CONFIG, tokens=2_000), tmp_path)
    reports = []
    assert train(replace(CONFIG, tokens=2_000), tmp_path, watch=reports.append) == folder
    assert reports == []


def test_the_saved_model_is_one_that_transformers_loads(tmp_path):
    folder = train(replace(CONFIG, tokens=2_000), tmp_path)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = "Evaluate: 3+4\nAnswer: 7\n"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert json.loads((folder / "reasoning.json").read_text()) == {"prompt": "{statement}\n"}


def test_training_lowers_the_loss_on_other_problems(tmp_path):
    tokenizer = build_character_tokenizer()
    held_out = tensors(pool(replace(CONFIG, seed=99), 0, tokenizer)[:64], 0)
    untrained = build_model(CONFIG.shape, tokenizer, 0)
    trained = AutoModelForCausalLM.from_pretrained(train(replace(CONFIG, tokens=30_000), tmp_path), dtype=torch.float32)
    with torch.no_grad():
        before, after = (float(loss_of(model, *held_out)) for model in (untrained, trained))
    assert after < 0.75 * before


def test_only_train_questions_are_drawn_and_pools_do_not_repeat():
    tokenizer = build_character_tokenizer()
    texts = [tokenizer.decode(example.tokens) for example in pool(CONFIG, 0, tokenizer)]
    assert all(split_of(text.split("\n")[0]) == "train" for text in texts)
    assert texts != [tokenizer.decode(example.tokens) for example in pool(CONFIG, 1, tokenizer)]
    problem = get_family("integer_expression").problem("train", 2, 5)
    assert len(problem.question.statement) > 0


def test_questions_and_padding_are_masked():
    ids, labels = tensors([Example([5, 6, 7, 8], 2), Example([5, 9], 1)], pad=0)
    assert ids.tolist() == [[5, 6, 7, 8], [5, 9, 0, 0]]
    assert labels.tolist() == [[IGNORED, IGNORED, 7, 8], [IGNORED, 9, IGNORED, IGNORED]]


def test_padding_does_not_change_the_loss():
    tokenizer = build_character_tokenizer()
    model = build_model(CONFIG.shape, tokenizer, 0)
    examples = pool(CONFIG, 0, tokenizer)[:8]
    together = loss_of(model, *tensors(examples, 0))
    apart = [(loss_of(model, *tensors([e], 0)), len(e.tokens) - e.prompt) for e in examples]
    mean = sum(loss * n for loss, n in apart) / sum(n for _, n in apart)
    assert torch.allclose(together, mean, atol=1e-5)


def test_batches_hold_every_example_once_within_their_size():
    examples = pool(CONFIG, 0, build_character_tokenizer())
    cut = batches(examples, CONFIG, 0)
    assert sorted(e.tokens for batch in cut for e in batch) == sorted(e.tokens for e in examples)
    assert all(len(b) * max(len(e.tokens) for e in b) <= CONFIG.batch_tokens for b in cut)


def test_the_rate_rises_and_falls():
    assert rate(0, CONFIG) == 0
    assert rate(1_000, CONFIG) == 0.5
    assert rate(2_000, CONFIG) == pytest.approx(1)
    assert rate(7_000, CONFIG) == pytest.approx(0.5)
    assert rate(12_000, CONFIG) == pytest.approx(0)


def test_muon_steps_are_nearly_orthogonal_and_it_minimises():
    torch.manual_seed(0)
    for shape in ((3, 8, 5), (2, 5, 8), (1, 6, 6)):
        values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
        assert values.max() < 1.35
        assert values.min() > 0.3
    target = torch.randn(6, 4)
    weight = torch.nn.Parameter(torch.zeros(6, 4))
    optimizer = Muon([weight], lr=0.05)
    for i in range(200):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - i / 200)
        optimizer.zero_grad()
        (weight - target).square().sum().backward()
        optimizer.step()
    assert (weight - target).abs().max() < 0.1
    with pytest.raises(ValueError, match="matrices"):
        Muon([torch.zeros(3)])


TABLE = {"shape": {"width": 8, "layers": 1, "heads": 1, "feed_forward": 8}, "families": {"a": [1, 2]}, "tokens": 5}


def test_a_table_fills_a_configuration():
    config = from_table(Supervised, TABLE | {"learning_rate": 1})
    assert config.shape.width == 8
    assert config.families == {"a": (1, 2)}
    assert config.learning_rate == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"token": 5}, "unknown key 'token'; did you mean 'tokens'"),
        ({"shape": {"width": 8}}, "'shape.layers' is missing"),
        ({"tokens": "5"}, "'tokens' is '5'; it must be of type int"),
        ({"tokens": True}, "'tokens' is True"),
        ({"families": {"a": ["x"]}}, "'families.a\\[0\\]' is 'x'"),
        ({"families": [1]}, "'families' is \\[1\\]"),
    ],
)
def test_a_wrong_table_says_which_key(change, message):
    with pytest.raises(ValueError, match=message):
        from_table(Supervised, TABLE | change)


def test_a_process_that_is_really_killed_is_taken_up_again(tmp_path):
    long = replace(CONFIG, tokens=40_000)  # some 40 steps, of which only the first few are waited for
    script = tmp_path / "run.py"
    script.write_text(
        "import sys, torch\nfrom pathlib import Path\n"
        "from reasoning_agents.supervised import Shape, Supervised, train\n"
        f"torch.set_num_threads(1)\ntrain({long!r}, Path(sys.argv[1]), checkpoint_steps=2)\n"
    )
    out = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, str(script), str(out)])
    while process.poll() is None and not (out / "checkpoint.pt").exists():
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (out / "model").exists(), "it finished before it could be killed"
    killed = train(long, out, checkpoint_steps=2)
    whole = train(long, tmp_path / "whole", checkpoint_steps=2)
    assert all(torch.equal(tensor, weights(killed)[name]) for name, tensor in weights(whole).items())


def test_a_device_that_is_not_there_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="device is 'tpu'; use 'cpu'"):
        train(replace(CONFIG, device="tpu"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
