"""The interval of a rate, against published figures and exact enumeration."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reasoning_gym.intervals
from reasoning_gym.intervals import wilson

# Newcombe 1998, 'Two-sided confidence intervals for the single proportion', Statistics in Medicine 17, table I
PUBLISHED_WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(reasoning_gym.intervals).failed == 0


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
