"""What learners sample: rewards from the oracle, and log-probabilities of the very tokens that were sampled."""

import numpy as np
import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from reasoning_agents.agent import Ledger
from reasoning_agents.chains import Chain, MeteredModel, after, sample_chains
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.oracle import Oracle
from reasoning_agents.rollouts import Segment, log_probs_of, minibatches, sample_groups, segments
from reasoning_gym.env import ReasoningEnv
from reasoning_gym.problem import Question, View

pytestmark = pytest.mark.usefixtures("one_thread")

TOKENS = build_character_tokenizer()
EOS = TOKENS.eos_token_id
SMALL = {
    "vocab_size": len(TOKENS),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
MODELS = {
    "gpt2: learned positions, dropout": lambda: GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(TOKENS), n_positions=256, n_embd=32, n_layer=2, n_head=4, eos_token_id=2, bos_token_id=1
        )
    ),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SMALL, tie_word_embeddings=True)),
    "mistral: sliding window": lambda: MistralForCausalLM(
        MistralConfig(**SMALL, num_key_value_heads=2, sliding_window=7, head_dim=8)
    ),
}


def randomised(model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            spread = 0.15 * torch.randn(weight.shape, generator=generator)
            weight.copy_(spread + 1 if "norm" in name or "ln_" in name else spread)
    return model


def policy(kind, **options):
    local = LocalModel(
        randomised(MODELS[kind]()), TOKENS, prompt=Prompt("{statement}\n"), **{"max_thought_tokens": 12, **options}
    )
    return MeteredModel(local, Ledger())


def oracle(family="integer_expression", level=3, max_thoughts=4):
    env = ReasoningEnv(families=family, level=level, split="train", max_thoughts=max_thoughts)
    return Oracle(env.mix, env.limits)


def generators(count, seed=0):
    return [np.random.default_rng([seed, index]) for index in range(count)]


def sampled_segments(model, count=4, temperature=1.0):
    groups = sample_groups(model, oracle(), range(count), 3, temperature, generators(count))
    return [segment for group in groups for rollout in group.rollouts for segment in segments(rollout.chain)]


@pytest.mark.parametrize("temperature", [1.0, 0.6, 1.7])
@pytest.mark.parametrize("kind", MODELS)
def test_recomputed_log_probs_are_those_of_the_draw(kind, temperature):
    model = policy(kind)
    found = sampled_segments(model, temperature=temperature)
    model.model.model.train()  # dropout, where there is any, must stay out
    recomputed = log_probs_of(model.model.model, found, temperature)
    assert model.model.model.training
    stored = torch.tensor([each for segment in found for each in segment.log_probs])
    assert len(recomputed) == len(stored) > 100
    assert (recomputed - stored).abs().max() < 1e-5


@pytest.mark.parametrize("kind", MODELS)
def test_a_segment_is_worth_the_same_alone_and_in_a_batch_of_64_and_so_is_its_gradient(kind):
    model = policy(kind).model.model
    rng = np.random.default_rng(0)
    batch = []
    for _ in range(64):
        tokens = tuple(int(token) for token in rng.integers(4, len(TOKENS), rng.integers(3, 60)))
        places = tuple(sorted({int(place) for place in rng.integers(1, len(tokens), 8)}))
        batch.append(Segment(tokens, places, (0.0,) * len(places)))
    together = log_probs_of(model, batch, 1.0)
    alone = torch.cat([log_probs_of(model, [segment], 1.0) for segment in batch])
    assert (together - alone).abs().max() < 1e-5
    weights = list(model.parameters())
    for one, other in zip(
        torch.autograd.grad(together.sum(), weights), torch.autograd.grad(alone.sum(), weights), strict=True
    ):
        assert torch.allclose(one, other, atol=1e-4, rtol=1e-3)


def test_log_probs_are_those_of_a_plain_pass():
    model = policy("llama").model.model
    segment = Segment((5, 6, 7, 8, 9), (2, 4), (0.0, 0.0))
    logits = model(torch.tensor([[5, 6, 7, 8, 9]])).logits[0]
    for temperature in (1.0, 0.5):
        plain = (logits / temperature).log_softmax(-1)
        expected = torch.stack([plain[1, 7], plain[3, 9]])
        assert torch.allclose(log_probs_of(model, [segment], temperature), expected, atol=1e-6)


def chain(*pairs):
    """A chain of (read, sampled) token ids, with their numbers as log-probabilities."""
    candidates = tuple(Candidate("x", sampled, (), tuple(map(float, sampled))) for _, sampled in pairs)
    return Chain(candidates, None, tuple(read for read, _ in pairs))


def test_a_chain_that_is_read_as_it_was_sampled_is_one_segment():
    found = segments(chain(((1, 2), (3, 4)), ((1, 2, 3, 4), (5,)), ((1, 2, 3, 4, 5), (6, 7))))
    assert found == [Segment((1, 2, 3, 4, 5, 6, 7), (2, 3, 4, 5, 6), (3.0, 4.0, 5.0, 6.0, 7.0))]


@pytest.mark.parametrize("kind", [(1, 2, 3, 9), (1, 2, 3, 4, 9), (1, 2, 9), (1, 2)])
def test_a_chain_is_cut_where_other_ids_were_read_than_sampled(kind):
    found = segments(chain(((1, 2), (3, 4)), (kind, (5,)), ((*kind, 5), (6,))))
    size = len(kind)
    assert found == [
        Segment((1, 2, 3, 4), (2, 3), (3.0, 4.0)),
        Segment((*kind, 5, 6), (size, size + 1), (5.0, 6.0)),
    ]


def test_a_thought_of_no_tokens_teaches_nothing():
    assert segments(chain(((1, 2), (3,)), ((1, 2, 3), ()))) == [Segment((1, 2, 3), (2,), (3.0,))]
    assert segments(chain(((1, 2), ()))) == []


@pytest.mark.parametrize("cut_off", [2, 5, 12])
def test_only_what_was_sampled_is_trained_and_in_the_context_that_was_read(cut_off):
    model = policy("llama", max_thought_tokens=cut_off)
    asked = oracle()
    groups = sample_groups(model, asked, range(6), 4, 1.0, generators(6))
    cuts = 0
    for group in groups:
        for rollout in group.rollouts:
            pieces = segments(rollout.chain)
            cuts += len(pieces) - 1
            expected = [
                (read, tokens)
                for candidate, read in zip(rollout.chain.candidates, rollout.chain.reads, strict=True)
                for read, tokens in [((*read, *candidate.token_ids[:i]), t) for i, t in enumerate(candidate.token_ids)]
            ]
            trained = [(piece.tokens[:place], piece.tokens[place]) for piece in pieces for place in piece.sampled]
            assert trained == expected
            view = asked.view(group.problem)
            assert rollout.chain.reads[0] == model.model.transcript.ids(view)
            for done, read in enumerate(rollout.chain.reads):
                shown = after(view, *(candidate.thought for candidate in rollout.chain.candidates[:done]))
                assert TOKENS.decode(read) == f"{view.question.statement}\n" + "".join(f"{t}\n" for t in shown.thoughts)
    assert cuts > 10, "no thought was cut off, so this shows little"


def test_a_chain_of_a_model_that_keeps_its_ids_to_itself_is_refused():
    model = MeteredModel(TabularModel(lambda view: {"Answer: 3": 1.0}), Ledger())
    ((rollout, _),) = (group.rollouts for group in sample_groups(model, oracle(), [0], 2, 1.0, generators(1)))
    with pytest.raises(ValueError, match="which token ids it read"):
        segments(rollout.chain)


def test_a_group_has_the_oracles_rewards_and_says_which_chains_state_no_answer():
    asked = oracle(level=1, max_thoughts=2)
    answers = {asked.view(index).question: asked.mix.problem(index)[1].answer for index in range(8)}

    def table(view):
        return {f"Answer: {answers[view.question]}": 0.4, "Answer: 1000": 0.3, "hm": 0.3}

    model = MeteredModel(TabularModel(table), Ledger())
    groups = sample_groups(model, asked, range(8), 16, 1.0, generators(8))
    assert [group.problem for group in groups] == list(range(8))
    seen = set()
    for group in groups:
        for rollout in group.rollouts:
            last = rollout.chain.candidates[-1].thought
            right = last == f"Answer: {answers[asked.view(group.problem).question]}"
            assert (rollout.reward, rollout.unreadable) == (float(right), last == "hm")
            seen.add((rollout.reward, rollout.unreadable))
    assert seen == {(1.0, False), (0.0, False), (0.0, True)}
    assert asked.calls == 8 * 16
    assert model.ledger.total.tokens == sum(r.chain.tokens for group in groups for r in group.rollouts)


def test_a_group_depends_on_its_own_generator_alone():
    together = sample_groups(policy("llama"), oracle(), [3, 4, 5], 3, 1.0, generators(3))
    (alone,) = sample_groups(policy("llama"), oracle(), [4], 3, 1.0, generators(3)[1:2])
    texts = [[c.thought for r in group.rollouts for c in r.chain.candidates] for group in (together[1], alone)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("tokens", [1, 30, 100, 10_000])
def test_minibatches_hold_every_segment_once_within_their_size(tokens):
    rng = np.random.default_rng(1)
    lengths = [int(length) for length in rng.integers(2, 60, 50)]
    batch = [Segment((7,) * length, (1,), (0.0,)) for length in lengths]
    cut = list(minibatches(batch, tokens))
    assert sorted(place for places in cut for place in places) == list(range(50))
    for places in cut:
        assert len(places) == 1 or len(places) * max(lengths[place] for place in places) <= tokens


class ThoughtByThought:
    """A local model that is only ever asked for one thought."""

    def __init__(self, model):
        self.model = model

    def propose(self, *args):
        return self.model.propose(*args)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("cut_off", [3, 40])
@pytest.mark.parametrize("kind", MODELS)
def test_chains_that_go_on_in_place_are_those_that_are_sampled_a_thought_at_a_time(kind, cut_off, temperature):
    views = [oracle(max_thoughts=7).view(index) for index in (0, 1, 2, 3, 4, 2)]
    found, costs = [], []
    for wrap in (lambda model: model, ThoughtByThought):
        ledger = Ledger()
        ledger.open(len(views))
        model = MeteredModel(wrap(policy(kind, max_thought_tokens=cut_off).model), ledger)
        chains = sample_chains(model, range(len(views)), views, 3, temperature, generators(len(views)))
        found.append([chain for group in chains for chain in group])
        costs.append(ledger.rows)
    for one, other in zip(*found, strict=True):
        assert one.answer == other.answer
        assert one.reads == other.reads
        for candidate, expected in zip(one.candidates, other.candidates, strict=True):
            assert candidate[:2] == expected[:2]
            np.testing.assert_allclose(candidate.log_probs, expected.log_probs, atol=1e-5)
    assert {len(chain.candidates) for chain in found[0]} != {1}
    assert [cost.tokens for cost in costs[0]] == [cost.tokens for cost in costs[1]]
    if temperature:  # greedy chains are equal, and equal views are read once
        assert [cost.forward_passes for cost in costs[0]] == [cost.forward_passes for cost in costs[1]]
        assert [cost.prompt_tokens for cost in costs[0]] == [cost.prompt_tokens for cost in costs[1]]


def test_chains_stop_where_the_models_context_is_full():
    model = policy("llama", max_thought_tokens=100)
    view = View(Question("toy", 1, "12" * 60, ""), (), 9)
    ((first, second),) = sample_chains(model_with_rows(model, 1), [0], [view], 2, 1.0, generators(1))
    for chain in (first, second):
        assert sum(len(candidate.token_ids) for candidate in chain.candidates) <= 256 - 121
        assert len(chain.candidates) > 1
    assert any(not chain.candidates[-1].token_ids for chain in (first, second)), "nothing ran out of the context"


def model_with_rows(model, rows):
    model.ledger.open(rows)
    return model
