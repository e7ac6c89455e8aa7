"""Texts that are read together: every token is what it is when its text is read alone."""

import numpy as np
import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from reasoning_agents.packing import Branch, log_probs_of_rows, pack, reads_branches
from reasoning_agents.rollouts import Segment, log_probs_of, minibatches

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {
    "vocab_size": 40,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 128,
    "attention_dropout": 0.3,
}
MODELS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(vocab_size=40, n_positions=128, n_embd=32, n_layer=2, n_head=4)),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SMALL)),
    "llama, eager": lambda: LlamaForCausalLM(LlamaConfig(**SMALL, attn_implementation="eager")),
    "neox": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**SMALL)),
}
OTHERS = {
    "sliding window": lambda: MistralForCausalLM(
        MistralConfig(**SMALL, num_key_value_heads=2, head_dim=8, sliding_window=7)
    ),
    "recurrent": lambda: MambaForCausalLM(
        MambaConfig(vocab_size=40, hidden_size=32, state_size=4, num_hidden_layers=2)
    ),
}


def make(kind):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = {**MODELS, **OTHERS}[kind]()
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.1 * torch.randn(weight.shape))
    return model


def texts_of(rng, count=9):
    """Texts that leave each other here and there, prefixes and copies of each other among them."""
    found = [tuple(int(token) for token in rng.integers(1, 40, rng.integers(2, 30)))]
    while len(found) < count:
        known = found[rng.integers(len(found))]
        shared = int(rng.integers(0, len(known) + 1))
        more = tuple(int(token) for token in rng.integers(1, 40, rng.integers(0, 12)))
        if len(known[:shared] + more) > 1:
            found.append(known[:shared] + more)
    rng.shuffle(found)
    return [
        Segment(tokens, tuple(sorted({int(place) for place in rng.integers(1, len(tokens), 6)})), ())
        for tokens in found
    ]


@pytest.mark.parametrize("kind", MODELS)
def test_tokens_and_their_gradient_are_those_of_the_text_read_alone(kind):
    model = make(kind).train()  # dropout must stay out
    rng = np.random.default_rng(0)
    groups = [texts_of(rng, count) for count in (1, 2, 9, 14)]
    rows = [pack(group) for group in groups]
    assert max(len(row.branches) for row in rows) > 4
    together = log_probs_of_rows(model, rows)
    alone = torch.cat([log_probs_of(model, [text], 1.0) for group in groups for text in group])
    assert (together - alone).abs().max() < 1e-4
    assert model.training
    weights = list(model.parameters())
    scale = torch.linspace(-1, 1, len(alone))
    for one, other in zip(
        torch.autograd.grad((together * scale).sum(), weights),
        torch.autograd.grad((alone * scale).sum(), weights),
        strict=True,
    ):
        assert torch.allclose(one, other, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("kind", [*MODELS, *OTHERS])
def test_it_is_known_which_models_read_branches(kind):
    assert reads_branches(make(kind)) == (kind in MODELS)
    if kind in MODELS:
        assert reads_branches(make(kind).to(torch.bfloat16))


@pytest.mark.parametrize("kind", [*MODELS, *OTHERS])
def test_texts_that_begin_one_of_them_are_read_by_any_model(kind):
    model = make(kind)
    tokens = tuple(range(1, 20))
    texts = [Segment(tokens[:size], (1, size - 1), ()) for size in (5, 19, 3, 12)]
    row = pack(texts)
    assert row.branches == (Branch(0, 18, 0),)
    alone = torch.cat([log_probs_of(model, [text], 1.0) for text in texts])
    other = pack([Segment((4, 3, 2), (2,), ())])
    assert (log_probs_of_rows(model, [other, row])[1:] - alone).abs().max() < 1e-4


def test_what_texts_share_with_the_longest_is_read_once():
    prefix = tuple(range(1, 31))
    texts = [Segment((*prefix, *last), tuple(range(30, 30 + len(last))), ()) for last in ((1, 2, 3), (5, 6), (9,))]
    row = pack(texts)
    assert len(row.tokens) == 30 + 2 + 1 + 0
    assert row.positions == (*range(32), 30)
    assert row.branches == (Branch(0, 32, 0), Branch(32, 33, 30))
    assert row.before == (29, 30, 31, 29, 32, 29)
    assert row.targets == (1, 2, 3, 5, 6, 9)


def test_rows_go_into_minibatches_by_what_is_read_of_them():
    rows = [pack([Segment(tuple(range(size)), (1,), ())]) for size in (9, 5, 30, 6)]
    assert list(minibatches(rows, 16)) == [[1, 3], [0], [2]]


def test_a_text_that_another_one_begins_with_is_read_as_a_part_of_it():
    trunk, other = (1, 2, 3, 4, 5, 6, 7), (1, 2, 8, 9, 10)
    texts = [Segment(other[:count], (count - 1,), ()) for count in (3, 4, 5)]
    row = pack([*texts, Segment(trunk, (6,), ())])
    assert row.tokens == (1, 2, 3, 4, 5, 6, 8, 9)
    assert row.branches == (Branch(0, 6, 0), Branch(6, 8, 2))
    assert row.before == (1, 6, 7, 5)
    assert row.targets == (8, 9, 10, 7)
