"""Paired comparisons, against published figures and exact enumeration."""

from __future__ import annotations

import doctest
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reasoning_leaderboard.statistics
from reasoning_leaderboard.statistics import PairedComparison, compare_paired, mcnemar

# Newcombe 1998 (the paper of the method), table of examples; Bentur's data as in Fagerland et al. 2014
PUBLISHED_PAIRED = [
    ((36, 12, 2, 0), 0.0569, 0.3404),
    ((1, 1, 7, 12), -0.507, -0.026),
]

counts = st.tuples(*[st.integers(0, 60)] * 4).filter(lambda cells: sum(cells) > 0)


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(reasoning_leaderboard.statistics).failed == 0


@pytest.mark.parametrize("only_first", range(6))
@pytest.mark.parametrize("only_second", range(6))
def test_mcnemar_equals_counting_all_coin_tosses(only_first, only_second):
    n = only_first + only_second
    observed = abs(only_first - only_second)
    extreme = sum(abs(2 * sum(tosses) - n) >= observed for tosses in itertools.product((0, 1), repeat=n))
    assert mcnemar(only_first, only_second) == pytest.approx(extreme / 2**n)


def test_mcnemar_is_exact_where_floats_would_overflow():
    assert mcnemar(50_000, 50_000) == 1.0
    assert 0 < mcnemar(5_500, 4_500) < 1e-20


def test_mcnemar_refuses_a_negative_count():
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 3)


@pytest.mark.parametrize(("cells", "low", "high"), PUBLISHED_PAIRED)
def test_paired_interval_is_the_published_one(cells, low, high):
    assert PairedComparison(*cells).interval == pytest.approx((low, high), abs=6e-4)


@given(counts)
def test_paired_interval_holds_the_difference_and_mirrors(cells):
    a, b, c, d = cells
    comparison, mirrored = PairedComparison(a, b, c, d), PairedComparison(a, c, b, d)
    low, high = comparison.interval
    assert -1 <= low <= comparison.difference + 1e-12
    assert comparison.difference - 1e-12 <= high <= 1
    assert mirrored.interval == pytest.approx((-high, -low))
    assert mirrored.p_value == comparison.p_value


def test_comparing_pairs_counts_each_kind_of_problem():
    first = [True, True, False, False, True]
    second = [True, False, True, False, False]
    comparison = compare_paired(first, second)
    assert comparison == PairedComparison(both=1, only_first=2, only_second=1, neither=1)
    assert comparison.difference == pytest.approx(1 / 5)


def test_comparing_nothing_knows_nothing():
    comparison = compare_paired([], [])
    assert (comparison.difference, comparison.interval, comparison.p_value) == (0.0, (-1.0, 1.0), 1.0)


def test_comparing_different_problems_is_refused():
    with pytest.raises(ValueError, match="same problems"):
        compare_paired([True], [True, False])
