import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_agents.language_model.cache import PrefixCache

TOKEN_BYTES = 2 * 4  # of the pieces below


def piece_of(tokens):
    """A piece in which each token's keys and values show its whole prefix, as they do in a model."""
    rows = [[hash(tokens[: index + 1]) % 9973, index] for index in range(len(tokens))]
    return (torch.tensor(rows, dtype=torch.float32).view(1, 1, len(tokens), 2),)


def read(cache, tokens):
    """Match, check what is held against what should be, and insert what is missing."""
    whole = piece_of(tokens)[0]
    pieces, length = cache.match(tokens)
    if pieces:
        torch.testing.assert_close(torch.cat([part for (part,) in pieces], dim=2), whole[:, :, :length])
    else:
        assert length == 0
    cache.insert(tokens, length, (whole[:, :, length:],))
    return length


def tensors_held(cache):
    return [part for node in cache._by_age for part in node.piece]


def test_what_was_inserted_is_matched_up_to_where_sequences_part():
    cache = PrefixCache(10_000)
    assert read(cache, (1, 2, 3, 4)) == 0
    assert read(cache, (1, 2, 3, 4)) == 4
    assert read(cache, (1, 2, 5)) == 2
    assert read(cache, (1, 2, 5, 6, 7)) == 3
    assert read(cache, (1, 2, 3)) == 3
    assert read(cache, (2,)) == 0


def test_a_shared_prefix_is_stored_once():
    cache = PrefixCache(10_000)
    for last in range(10, 20):
        read(cache, (*range(8), last))
    assert cache.bytes == (8 + 10) * TOKEN_BYTES


def test_nothing_is_kept_where_what_comes_before_is_gone():
    cache = PrefixCache(10_000)
    cache.insert((1, 2, 3), 2, (torch.zeros(1, 1, 1, 2),))
    assert cache.bytes == 0


def test_the_least_recently_used_leaf_goes_first():
    cache = PrefixCache(4 * TOKEN_BYTES)
    read(cache, (1, 2))
    read(cache, (3, 4))
    read(cache, (1, 2))
    read(cache, (5,))
    assert cache.match((3, 4))[1] == 0
    assert cache.match((1, 2))[1] == 2


def test_no_budget_keeps_nothing_and_a_negative_one_is_refused():
    cache = PrefixCache(0)
    read(cache, (1, 2))
    assert cache.match((1, 2)) == ([], 0)
    with pytest.raises(ValueError, match="cache_bytes is -1"):
        PrefixCache(-1)


@settings(max_examples=60)
@given(
    sequences=st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9).map(tuple), max_size=30),
    tokens=st.integers(0, 24),
)
def test_the_budget_is_never_exceeded_and_what_is_held_is_right(sequences, tokens):
    cache = PrefixCache(tokens * TOKEN_BYTES)
    for sequence in sequences:
        read(cache, sequence)
        held = tensors_held(cache)
        assert cache.bytes == sum(part.numel() * part.element_size() for part in held) <= cache.budget
        assert all(part.untyped_storage().nbytes() == part.numel() * part.element_size() for part in held)


def test_clear_forgets_everything():
    cache = PrefixCache(10_000)
    rng = np.random.default_rng(0)
    for _ in range(20):
        read(cache, tuple(rng.integers(0, 3, 6).tolist()))
    cache.clear()
    assert (cache.bytes, cache.match((0, 1, 2))) == (0, ([], 0))
