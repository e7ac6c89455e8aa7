"""The text space: what it contains, and that batches of it survive shared memory unharmed."""

from __future__ import annotations

import copy
import multiprocessing
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces.utils import is_space_dtype_shape_equiv
from gymnasium.vector.utils import (
    batch_space,
    concatenate,
    create_empty_array,
    create_shared_memory,
    iterate,
    read_from_shared_memory,
    write_to_shared_memory,
)
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym.spaces import ThoughtSpace

ANY_TEXT = st.text(st.characters(codec=None), max_size=20)  # lone surrogates too
TEXTS = ["", "x = 1", "½ ≤ π", "数学", "😀👩‍👩‍👧", "\ud800", "a\x00b", "é", "\n\t"]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_within_the_length_is_contained(text):
    assert text in ThoughtSpace(20)


@pytest.mark.parametrize("other", ["x" * 21, 3, None, b"x", ["x"], np.array("x")])
def test_a_longer_text_or_another_type_is_not_contained(other):
    assert other not in ThoughtSpace(20)


def test_the_bound_is_inclusive():
    assert "x" * 20 in ThoughtSpace(20)


def test_a_length_below_one_is_refused():
    with pytest.raises(ValueError, match="max_length is 0"):
        ThoughtSpace(0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 100))
def test_samples_are_contained_printable_and_follow_the_seed(seed, length):
    space = ThoughtSpace(length, seed=seed)
    sample = space.sample()
    assert sample in space
    assert sample.isprintable()
    assert ThoughtSpace(length, seed=seed).sample() == sample


def test_samples_differ():
    space = ThoughtSpace(100, seed=0)
    assert len({space.sample() for _ in range(50)}) > 40


def test_a_mask_is_refused():
    with pytest.raises(ValueError, match="no mask"):
        ThoughtSpace(5).sample(mask=(3, None))


def test_equality_is_by_length():
    assert ThoughtSpace(5) == ThoughtSpace(5, seed=1)
    assert ThoughtSpace(5) != ThoughtSpace(6)
    assert ThoughtSpace(5) != gym.spaces.Text(5)
    assert repr(ThoughtSpace(5)) == "ThoughtSpace(5)"
    assert is_space_dtype_shape_equiv(ThoughtSpace(5), ThoughtSpace(5))
    assert not is_space_dtype_shape_equiv(ThoughtSpace(5), ThoughtSpace(6))


def test_copies_and_pickles_are_equal_and_draw_alike():
    space = ThoughtSpace(30, seed=7)
    twins = copy.deepcopy(space), pickle.loads(pickle.dumps(space))
    expected = space.sample()
    for twin in twins:
        assert twin == space
        assert twin.sample() == expected


def test_samples_go_through_json_forms():
    space = ThoughtSpace(30)
    assert space.from_jsonable(space.to_jsonable(TEXTS)) == TEXTS


def test_a_batch_is_a_tuple_of_texts():
    space = ThoughtSpace(20, seed=1)
    batch = batch_space(space, 3)
    sample = batch.sample()
    assert len(sample) == 3
    assert len(set(sample)) == 3
    assert sample in batch
    assert concatenate(space, TEXTS[:3], create_empty_array(space, 3)) == tuple(TEXTS[:3])
    assert create_empty_array(space, 3) in batch
    assert list(iterate(batch, ("a", "b", "c"))) == ["a", "b", "c"]


@given(st.lists(ANY_TEXT, min_size=3, max_size=3), st.lists(ANY_TEXT, min_size=3, max_size=3))
def test_texts_written_after_the_batch_was_read_are_seen(first, second):
    space = ThoughtSpace(20)
    memory = create_shared_memory(space, n=3)
    batch = read_from_shared_memory(space, memory, n=3)  # once, as AsyncVectorEnv does
    assert copy.deepcopy(batch) == ("", "", "")
    for texts in (first, second):
        for index, text in enumerate(texts):
            write_to_shared_memory(space, index, text, memory)
        assert copy.deepcopy(batch) == tuple(texts)
        assert list(batch) == texts


def test_a_copy_of_a_batch_no_longer_changes():
    space = ThoughtSpace(20)
    memory = create_shared_memory(space, n=1)
    batch = read_from_shared_memory(space, memory, n=1)
    write_to_shared_memory(space, 0, "before", memory)
    kept = copy.deepcopy(batch)
    write_to_shared_memory(space, 0, "after", memory)
    assert kept == ("before",)


def test_the_longest_text_fits_and_leaves_its_neighbours_alone():
    space = ThoughtSpace(5)
    memory = create_shared_memory(space, n=3)
    for index, text in enumerate(["aaaaa", "😀😀😀😀😀", "ccccc"]):
        write_to_shared_memory(space, index, text, memory)
    assert list(read_from_shared_memory(space, memory, n=3)) == ["aaaaa", "😀😀😀😀😀", "ccccc"]


def test_a_text_that_does_not_fit_is_refused():
    space = ThoughtSpace(5)
    with pytest.raises(ValueError, match="6 characters"):
        write_to_shared_memory(space, 0, "aaaaaa", create_shared_memory(space, n=1))


def test_shared_memory_works_inside_a_dict_space():
    space = gym.spaces.Dict(text=ThoughtSpace(10), number=gym.spaces.Discrete(5))
    memory = create_shared_memory(space, n=2, ctx=multiprocessing.get_context())
    batch = read_from_shared_memory(space, memory, n=2)
    write_to_shared_memory(space, 1, {"text": "½", "number": 3}, memory)
    assert copy.deepcopy(batch)["text"] == ("", "½")
