"""Local models: what is sampled and scored, what is kept of it, and how they are loaded."""

import json
import math
import socket
from itertools import takewhile

import numpy as np
import pytest
import torch
from toy_views import STATEMENT, TOKENS, view
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from reasoning_agents.language_model import sampling
from reasoning_agents.language_model.forward import TransformersForward
from reasoning_agents.language_model.llama_forward import LlamaForward, supports
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import write_settings
from reasoning_agents.language_model.rows import Rows
from reasoning_agents.language_model.step_model import Candidate, StepModel
from reasoning_agents.language_model.tokenizer import BOS, EOS, build_character_tokenizer
from reasoning_agents.language_model.value_head import VALUE_HEAD_FILE, ValueHead

pytestmark = pytest.mark.usefixtures("one_thread")

ROUNDING = {"atol": 2e-5, "rtol": 1e-5}  # single precision, by the processor and the shape of the batch
SMALL = {
    "vocab_size": len(TOKENS),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
MODELS = {
    "gpt2: learned positions": lambda: GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(TOKENS),
            n_positions=128,
            n_embd=32,
            n_layer=2,
            n_head=4,
            eos_token_id=2,
            bos_token_id=1,
        )
    ),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SMALL)),
    "llama: grouped heads, tied": lambda: LlamaForCausalLM(
        LlamaConfig(**SMALL, num_key_value_heads=2, tie_word_embeddings=True, head_dim=16)
    ),
    "mistral: sliding window, grouped heads": lambda: MistralForCausalLM(
        MistralConfig(**SMALL, num_key_value_heads=2, sliding_window=7, head_dim=8)
    ),
    "qwen2: grouped heads, biases": lambda: Qwen2ForCausalLM(Qwen2Config(**SMALL, num_key_value_heads=2)),
}
ROPES = [
    {"rope_type": "default", "rope_theta": 500.0},
    {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0},
    {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
        "rope_theta": 10000.0,
    },
]


def randomised(model, seed=0, size=0.3):
    """Every weight drawn, norms and biases too, so that none can be left out unnoticed; no unknown characters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            spread = size * torch.randn(weight.shape, generator=generator)
            weight.copy_(spread + 1 if "norm" in name or "ln_" in name else spread)
    return model.eval()


def build(kind, **options):
    return LocalModel(randomised(MODELS[kind]()), TOKENS, prompt=STATEMENT, **{"max_thought_tokens": 10, **options})


def many_views(count):
    """Views of many lengths, of which some are equal."""
    return [view("12+34-5*(6+7)"[: 1 + index % 13], *["x=1+y", "y=2"][: index % 3]) for index in range(count)]


def generators(count):
    return [np.random.default_rng([7, index]) for index in range(count)]


def common_prefix(one, other):
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def exact_log_probs(local, prefix, ids):
    """Log-probabilities of ids after a prefix: one plain pass over the whole, without a cache."""
    with torch.inference_mode():
        logits = local.model(torch.tensor([[*prefix, *ids]])).logits[0, len(prefix) - 1 : -1].float()
    return logits.log_softmax(-1).gather(1, torch.tensor(ids)[:, None])[:, 0].tolist()


# What is sampled, and its log-probabilities


@pytest.mark.parametrize("kind", MODELS)
def test_a_batch_of_64_gives_what_batches_of_1_give(kind):
    views, local = many_views(64), build(kind)
    together = local.propose(views, 2, 1.0, generators(64))
    for index in range(0, 64, 5):
        (alone,) = build(kind).propose([views[index]], 2, 1.0, [generators(64)[index]])
        for one, other in zip(alone.candidates, together[index].candidates, strict=True):
            assert one.token_ids == other.token_ids
            np.testing.assert_allclose(one.log_probs, other.log_probs, **ROUNDING)


@pytest.mark.parametrize("kind", MODELS)
def test_log_probs_are_those_of_a_plain_pass_over_the_whole_text(kind):
    views, local = many_views(20), build(kind)
    for temperature in (0.0, 0.7):
        proposals = local.propose(views, 2, temperature, generators(20))
        for shown, proposal in zip(views, proposals, strict=True):
            for candidate in proposal.candidates:
                expected = exact_log_probs(local, local.transcript.ids(shown), candidate.token_ids)
                np.testing.assert_allclose(candidate.log_probs, expected, **ROUNDING)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("cache_bytes", [0, 2**20])
def test_score_equals_what_propose_reported(kind, cache_bytes):
    views, local = many_views(20), build(kind, cache_bytes=cache_bytes)
    proposals = local.propose(views, 3, 1.0, generators(20))
    scored = local.score(views, [[candidate.thought for candidate in proposal.candidates] for proposal in proposals])
    for proposal, candidates in zip(proposals, scored, strict=True):
        for proposed, candidate in zip(proposal.candidates, candidates, strict=True):
            assert candidate.token_ids == proposed.token_ids
            np.testing.assert_allclose(candidate.log_probs, proposed.log_probs, **ROUNDING)


@pytest.mark.parametrize("kind", ["gpt2: learned positions", "llama", "mistral: sliding window, grouped heads"])
def test_bfloat16_scores_in_a_batch_are_near_those_alone(kind):
    local = LocalModel(randomised(MODELS[kind]()).to(torch.bfloat16), TOKENS, prompt=STATEMENT)
    views = many_views(64)
    together = local.score(views, [["z=3*4", "q"]] * 64)
    for index in range(0, 64, 9):
        local.refresh()
        (alone,) = local.score([views[index]], [["z=3*4", "q"]])
        for one, other in zip(alone, together[index], strict=True):
            np.testing.assert_allclose(one.log_probs, other.log_probs, atol=0.25)
            expected = exact_log_probs(local, local.transcript.ids(views[index]), one.token_ids)
            np.testing.assert_allclose(one.log_probs, expected, atol=0.25)


@pytest.mark.parametrize("kind", MODELS)
def test_greedy_is_what_transformers_generates(kind):
    local = build(kind)
    shown = view("1+2*3")
    (proposal,) = local.propose([shown], 2, 0.0)
    assert proposal.candidates[0] == proposal.candidates[1]
    prefix = torch.tensor([local.transcript.ids(shown)])
    output = local.model.generate(prefix, attention_mask=torch.ones_like(prefix), do_sample=False, max_new_tokens=10)
    generated = output[0, prefix.shape[1] :].tolist()
    ids = list(proposal.candidates[0].token_ids)
    assert generated[: len(ids)] == ids


def test_sampling_takes_each_token_as_often_as_its_probability_says():
    logits = torch.tensor([[0.0, 1.0, -math.inf, 2.0]])
    points = (np.arange(20_000) + 0.5) / 20_000
    for temperature in (0.5, 1.0, 2.0):
        tokens, log_probs, drawn = sampling.choose(logits.expand(len(points), -1), temperature, points)
        expected = torch.softmax(logits[0] / temperature, 0)
        np.testing.assert_allclose(np.bincount(tokens, minlength=4) / len(points), expected, atol=1e-4)
        at_one = logits[0].log_softmax(0).tolist()
        np.testing.assert_allclose(log_probs, [at_one[token] for token in tokens], atol=1e-6)
        np.testing.assert_allclose(drawn, [expected[token].log().item() for token in tokens], atol=1e-6)
    assert sampling.choose(logits, 0.0, None).drawn_log_probs == [0.0]


def test_a_token_of_no_probability_is_not_chosen_at_the_ends():
    logits = torch.tensor([[-math.inf, 0.0, 0.0, -math.inf]] * 2)
    assert sampling.choose(logits, 1.0, np.array([0.0, 1 - 2**-53]))[0] == [1, 2]


def test_what_is_sampled_depends_on_the_views_own_generator_alone():
    shown = view("1+2")
    local = build("llama", max_thought_tokens=100)  # longer than one draw of uniform numbers
    (alone,) = local.propose([shown], 3, 1.0, [np.random.default_rng(5)])
    rngs = [np.random.default_rng(seed) for seed in (1, 5, 2)]
    among = build("llama", max_thought_tokens=100).propose([view("9"), shown, shown], 3, 1.0, rngs)
    assert [c.token_ids for c in alone.candidates] == [c.token_ids for c in among[1].candidates]
    assert [c.token_ids for c in among[1].candidates] != [c.token_ids for c in among[2].candidates]
    assert max(len(c.token_ids) for c in alone.candidates) > sampling.UNIFORMS


# The compact pass


@pytest.mark.parametrize("rope", ROPES, ids=lambda rope: rope["rope_type"])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_compact_pass_gives_the_logits_of_transformers(rope, groups):
    model = randomised(
        LlamaForCausalLM(LlamaConfig(**SMALL, num_key_value_heads=groups, rope_parameters=rope)), size=0.2
    )
    tokens = torch.randint(0, len(TOKENS), (3, 20), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(tokens).logits
        for forward in (LlamaForward(model), TransformersForward(model)):
            rows = Rows(forward.layout, 3, 1)
            parts = [forward.logits(part, rows) for part in tokens.split([9, 1, 10], dim=1)]
            torch.testing.assert_close(torch.cat(parts, dim=1), expected, atol=1e-5, rtol=1e-5)


def test_the_compact_pass_is_chosen_for_plain_llamas_only():
    assert supports(LlamaForCausalLM(LlamaConfig(**SMALL)))
    dynamic = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}
    special = [{"attention_bias": True}, {"mlp_bias": True}, {"hidden_act": "gelu"}, {"rope_parameters": dynamic}]
    for options in special:
        assert not supports(LlamaForCausalLM(LlamaConfig(**SMALL, **options)))
    gpt = MODELS["gpt2: learned positions"]()
    assert not supports(gpt)
    with pytest.raises(ValueError, match="isn't a plain Llama"):
        LlamaForward(gpt)


def test_a_model_that_keeps_no_keys_and_values_is_refused():
    config = MambaConfig(vocab_size=len(TOKENS), hidden_size=16, num_hidden_layers=1, state_size=4)
    with pytest.raises(ValueError, match="only models of attention layers"):
        LocalModel(MambaForCausalLM(config), TOKENS)


# Keys and values that are kept


@pytest.mark.parametrize("kind", MODELS)
def test_the_next_thought_reads_only_what_is_new(kind):
    local, fresh = build(kind), build(kind, cache_bytes=0)
    shown = view("1+2*3")
    (first,) = local.propose([shown], 3, 1.0, generators(1))
    assert first.prompt_tokens == len("1+2*3\n")
    assert first.forward_passes == 1 + sum(len(candidate.token_ids) - 1 for candidate in first.candidates)
    prefix = local.transcript.ids(shown)
    read = [(*prefix, *candidate.token_ids[:-1]) for candidate in first.candidates]
    for candidate in first.candidates:
        longer = shown._replace(thoughts=(candidate.thought,))
        (cached,) = local.propose([longer], 2, 1.0, generators(1))
        ids = local.transcript.ids(longer)
        assert cached.prompt_tokens == len(ids) - max(common_prefix(ids[:-1], tokens) for tokens in read)
        assert cached.prompt_tokens < len(ids) - len(prefix) or len(candidate.token_ids) == 1
        fresh.transcript = local.transcript
        (uncached,) = fresh.propose([longer], 2, 1.0, generators(1))
        assert uncached.prompt_tokens == len(local.transcript.ids(longer))
        for one, other in zip(cached.candidates, uncached.candidates, strict=True):
            assert one.token_ids == other.token_ids
            np.testing.assert_allclose(one.log_probs, other.log_probs, **ROUNDING)


def test_a_small_budget_is_never_exceeded_and_changes_nothing():
    views = many_views(12)
    small, none = build("llama", cache_bytes=20_000), build("llama", cache_bytes=0)
    for step in range(4):
        rngs = [np.random.default_rng([step, index]) for index in range(12)]
        proposals = small.propose(views, 3, 1.0, rngs)
        assert 0 < small.cache.bytes <= 20_000
        others = none.propose(views, 3, 1.0, [np.random.default_rng([step, index]) for index in range(12)])
        for one, other in zip(proposals, others, strict=True):
            assert [c.token_ids for c in one.candidates] == [c.token_ids for c in other.candidates]
        views = [
            shown._replace(thoughts=(*shown.thoughts, proposal.candidates[0].thought))
            for shown, proposal in zip(views, proposals, strict=True)
        ]


def test_equal_views_are_read_once_and_charged_to_the_first():
    shown = view("1+2*3")
    proposals = build("llama", cache_bytes=0).propose([shown, shown], 1, 0.0)
    assert [proposal.prompt_tokens for proposal in proposals] == [6, 0]
    assert proposals[0].forward_passes == len(proposals[0].candidates[0].token_ids)
    assert proposals[1].forward_passes == 0
    assert proposals[0].candidates == proposals[1].candidates


@pytest.mark.parametrize("kind", ["gpt2: learned positions", "llama"])
def test_weights_that_changed_in_place_are_taken_over(kind):
    local = build(kind)
    local.propose([view("1+2")], 1, 0.0)
    with torch.no_grad():
        for weight in local.model.parameters():
            weight.mul_(1.5)
    (after,) = local.propose([view("1+2")], 1, 0.0)
    fresh = LocalModel(local.model, TOKENS, prompt=STATEMENT, max_thought_tokens=10)
    assert after.candidates == fresh.propose([view("1+2")], 1, 0.0)[0].candidates
    assert after.prompt_tokens == 4


@pytest.mark.parametrize("compact", [True, False])
def test_refresh_takes_over_weights_that_changed_unseen(compact):
    local = build("llama", compact=compact)
    local.propose([view("1+2")], 1, 0.0)
    for weight in local.model.parameters():
        weight.data.mul_(1.5)
    local.refresh()
    (after,) = local.propose([view("1+2")], 1, 0.0)
    expected = exact_log_probs(local, local.transcript.ids(view("1+2")), after.candidates[0].token_ids)
    np.testing.assert_allclose(after.candidates[0].log_probs, expected, **ROUNDING)


class Adapted(torch.nn.Module):
    """A linear layer with something added, which shows the weights of the layer inside as its own, as adapters do."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.added = torch.nn.Linear(layer.in_features, layer.out_features, bias=False)

    @property
    def weight(self):
        return self.layer.weight

    def forward(self, states):
        return self.layer(states) + self.added(states)


def test_a_model_with_adapters_is_sampled_as_it_is_adapted():
    model = LlamaForCausalLM(LlamaConfig(**SMALL))
    model.model.layers[0].self_attn.q_proj = Adapted(model.model.layers[0].self_attn.q_proj)
    local = LocalModel(randomised(model), TOKENS, prompt=STATEMENT, max_thought_tokens=10)
    shown = view("1+2")
    (proposal,) = local.propose([shown], 1, 1.0, generators(1))
    expected = exact_log_probs(local, local.transcript.ids(shown), proposal.candidates[0].token_ids)
    np.testing.assert_allclose(proposal.candidates[0].log_probs, expected, **ROUNDING)


def test_what_is_forgotten_is_read_as_if_it_had_never_been_sampled():
    local = build("llama")
    (proposal,) = local.propose([view("1+2")], 1, 1.0, generators(1))
    (candidate,) = proposal.candidates
    later = view("1+2", candidate.thought)
    sampled_ids = local.transcript.thought_ids(view("1+2"), candidate.thought)
    assert sampled_ids == candidate.token_ids
    local.forget()
    fresh = build("llama")
    assert local.transcript.ids(later) == fresh.transcript.ids(later)
    assert local.transcript.thought_ids(view("1+2"), candidate.thought) != sampled_ids, "it ended by a line break"
    assert local.propose([later], 1, 0.0) == fresh.propose([later], 1, 0.0), "the cache was kept"


def test_a_model_in_training_runs_without_dropout_and_stays_in_training():
    local = build("gpt2: learned positions")
    expected = local.propose([view("1+2")], 1, 0.0)
    local.model.train()
    local.refresh()
    assert local.propose([view("1+2")], 1, 0.0) == expected
    assert local.model.training


# Values


def test_values_come_from_the_head_beside_the_model(tmp_path):
    local = build("gpt2: learned positions")
    assert local.value([view("1")]) is None
    head = ValueHead(32)
    torch.nn.init.normal_(head.linear.weight)
    head.save(tmp_path)
    local.value_head = ValueHead.load(tmp_path / VALUE_HEAD_FILE, 32)
    views = many_views(9)
    judged = local.value(views)
    assert [each.prompt_tokens for each in judged] == [len(local.transcript.ids(shown)) for shown in views]
    values = [each.score for each in judged]
    for shown, value in zip(views, values, strict=True):
        with torch.inference_mode():
            hidden = local.model.transformer(torch.tensor([local.transcript.ids(shown)])).last_hidden_state[0, -1]
            assert abs(head(hidden).item() - value) < 1e-5
    assert 0 <= min(values) < max(values) <= 1
    twice = [each.prompt_tokens for each in local.value([*views, *views])]
    assert twice == [1] * 9 + [0] * 9, "all but the last token is kept, and equal views are read once"
    with pytest.raises(ValueError, match="train it again"):
        ValueHead.load(tmp_path / VALUE_HEAD_FILE, 31)


def test_values_agree_between_the_two_passes():
    head = ValueHead(32)
    torch.nn.init.normal_(head.linear.weight)
    one, other = (build("llama", value_head=head, compact=compact) for compact in (True, False))
    ours, theirs = ([each.score for each in local.value(many_views(9))] for local in (one, other))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert one.value([]) == []


# Loading


@pytest.fixture
def folder(tmp_path):
    randomised(MODELS["llama"]()).save_pretrained(tmp_path)
    TOKENS.save_pretrained(tmp_path)
    write_settings(tmp_path, STATEMENT)
    ValueHead(32).save(tmp_path)
    return tmp_path


def test_a_folder_is_loaded_without_the_network(folder, monkeypatch):
    def refuse(*_):
        raise AssertionError("tried the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    local = LocalModel.load(folder, max_thought_tokens=10, threads=1)
    assert isinstance(local, StepModel)
    (loaded,), (built,) = (each.propose([view("1+2")], 1, 0.0) for each in (local, build("llama")))
    assert loaded.candidates[0].token_ids == built.candidates[0].token_ids
    np.testing.assert_allclose(loaded.candidates[0].log_probs, built.candidates[0].log_probs, **ROUNDING)
    assert [each.score for each in local.value([view("1+2")])] == [0.5]
    assert LocalModel.load(str(folder), dtype="bfloat16").model.dtype == torch.bfloat16


def test_what_cannot_be_loaded_is_said(folder):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        LocalModel.load("/nowhere/at/all")
    with pytest.raises(FileNotFoundError, match="is a file"):
        LocalModel.load(folder / "config.json")
    with pytest.raises(ValueError, match="did you mean 'bfloat16'"):
        LocalModel.load(folder, dtype="bfloat")
    with pytest.raises(ValueError, match="use 'cpu'"):
        LocalModel.load(folder, device="warp")
    for path in folder.glob("*token*"):
        path.unlink()
    with pytest.raises(FileNotFoundError, match="holds no tokenizer"):
        LocalModel.load(folder)
    (folder / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"holds no config\.json"):
        LocalModel.load(folder)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_that_is_not_there_is_said(folder):
    with pytest.raises(ValueError, match="sees no CUDA"):
        LocalModel.load(folder, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_gives_what_the_cpu_gives(folder):
    there, here = LocalModel.load(folder, device="cuda"), LocalModel.load(folder)
    views = many_views(16)
    for one, other in zip(there.score(views, [["x=1"]] * 16), here.score(views, [["x=1"]] * 16), strict=True):
        np.testing.assert_allclose(one[0].log_probs, other[0].log_probs, atol=1e-3)
    assert len(there.propose(views, 2, 1.0, generators(16))) == 16


# Limits


@pytest.mark.parametrize("kind", ["gpt2: learned positions", "llama"])
def test_the_models_context_is_never_left(kind):
    local = build(kind, max_thought_tokens=256)
    full, nearly = view("1", "x" * 130), view("1" * 120)
    empty, short, usual = local.propose([full, nearly, view("1")], 2, 1.0, generators(3))
    assert empty.candidates == (Candidate("", (), ()),) * 2
    assert (empty.prompt_tokens, empty.forward_passes) == (0, 0)
    assert all(1 <= len(candidate.token_ids) <= 7 for candidate in short.candidates)
    (alone,) = build(kind, max_thought_tokens=256).propose([view("1")], 2, 1.0, generators(3)[2:])
    assert [c.token_ids for c in usual.candidates] == [c.token_ids for c in alone.candidates]
    with pytest.raises(ValueError, match="use a model with a longer context"):
        local.propose([view("1" * 128)], 1, 0.0)
    with pytest.raises(ValueError, match="shorten the thought"):
        local.score([nearly], [["x" * 20]])


@pytest.mark.parametrize(
    ("k", "temperature", "rngs", "message"),
    [
        (0, 0.0, None, "k is 0"),
        (1, -0.5, None, "temperature is -0.5"),
        (1, math.nan, None, "temperature is nan"),
        (1, 1.0, None, "one generator for each"),
        (1, 1.0, [np.random.default_rng(0)] * 2, "rngs has 2"),
    ],
)
def test_bad_arguments_are_refused(k, temperature, rngs, message):
    with pytest.raises(ValueError, match=message):
        build("llama").propose([view("1")], k, temperature, rngs)


def test_no_views_give_no_proposals():
    local = build("llama")
    assert local.propose([], 2, 0.0) == []
    assert local.propose([], 2, 1.0, []) == []
    assert local.score([], []) == []
    assert local.score([view("1")], [[]]) == [[]]
    with pytest.raises(ValueError, match="one list for each view"):
        local.score([view("1")], [])


def test_a_model_of_broken_weights_is_refused():
    local = build("llama")
    with torch.no_grad():
        local.model.lm_head.weight.fill_(math.nan)
    with pytest.raises(ValueError, match="aren't finite"):
        local.propose([view("1")], 1, 1.0, generators(1))


# The tokenizer of the small models


def test_the_character_tokenizer_round_trips_and_reads_no_special_tokens(tmp_path):
    text = f"  x = 3,\n\ny.. n't {EOS}{BOS}\n"
    TOKENS.save_pretrained(tmp_path)
    for tokenizer in (TOKENS, PreTrainedTokenizerFast.from_pretrained(tmp_path)):
        ids = tokenizer.encode(text)
        assert len(ids) == len(text)
        assert tokenizer.decode(ids) == text
        assert min(ids) > 3
        assert tokenizer.encode("é") == [tokenizer.unk_token_id]
    assert json.loads((tmp_path / "tokenizer.json").read_text())["model"]["vocab"]["\n"] == 4
    with pytest.raises(ValueError, match="single character"):
        build_character_tokenizer(["ab"])
