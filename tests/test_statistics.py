"""Intervals and paired comparisons, against published figures and exact enumeration."""

from __future__ import annotations

import doctest
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reasoning_leaderboard.statistics
from reasoning_leaderboard.statistics import PairedComparison, compare_paired, mcnemar, wilson

# Newcombe 1998, 'Two-sided confidence intervals for the single proportion', Statistics in Medicine 17, table I
PUBLISHED_WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]

# Newcombe 1998 (the paper of the method), table of examples; Bentur's data as in Fagerland et al. 2014
PUBLISHED_PAIRED = [
    ((36, 12, 2, 0), 0.0569, 0.3404),
    ((1, 1, 7, 12), -0.507, -0.026),
]

counts = st.tuples(*[st.integers(0, 60)] * 4).filter(lambda cells: sum(cells) > 0)


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(reasoning_leaderboard.statistics).failed == 0


@pytest.mark.parametrize(("successes", "n", "low", "high"), PUBLISHED_WILSON)
def test_wilson_gives_the_published_intervals(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_holds_the_rate_within_the_unit_interval_and_mirrors(case, confidence):
    successes, n = case
    low, high = wilson(successes, n, confidence)
    assert 0 <= low <= (successes / n if n else 0.5) <= high <= 1
    assert wilson(n - successes, n, confidence) == pytest.approx((1 - high, 1 - low))


def test_wilson_covers_the_truth_as_often_as_it_says():
    n = 200
    intervals = [wilson(k, n) for k in range(n + 1)]

    def coverage(p: float) -> float:
        return sum(
            math.comb(n, k) * p**k * (1 - p) ** (n - k) for k, (low, high) in enumerate(intervals) if low <= p <= high
        )

    rates = [(i + 0.5) / 100 for i in range(5, 95)]
    assert 0.945 < sum(map(coverage, rates)) / len(rates) < 0.955


@pytest.mark.parametrize("call", [(5, 4), (-1, 4), (0, -1), (1, 2, 1.0), (1, 2, 0.0), (1, 2, math.nan)])
def test_wilson_refuses_what_is_no_rate(call):
    with pytest.raises(ValueError, match="give"):
        wilson(*call)


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
