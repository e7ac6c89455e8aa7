"""The luck of the best: against all outcomes, a simulation, and its bounds."""

from __future__ import annotations

import doctest
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reasoning_leaderboard.attempts
from reasoning_leaderboard.attempts import luck_of_the_best


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(reasoning_leaderboard.attempts).failed == 0


@pytest.mark.parametrize(("attempts", "n", "rate"), [(1, 5, 0.3), (2, 3, 0.5), (3, 4, 0.9)])
def test_it_is_the_mean_over_all_outcomes(attempts, n, rate):
    chances = [math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]
    best = sum(
        max(counts) * math.prod(chances[k] for k in counts)
        for counts in itertools.product(range(n + 1), repeat=attempts)
    )
    assert luck_of_the_best(attempts, n, rate) == pytest.approx(best / n - rate, abs=1e-12)


@pytest.mark.parametrize(("rate", "points"), [(0.5, 7.05), (0.68, 6.48), (0.9, 4.0)])
def test_the_best_of_27_at_200_problems_gains_what_a_simulation_says(rate, points):
    draws = 20_000
    best = 100 * (np.random.default_rng(0).binomial(200, rate, (draws, 27)).max(axis=1) / 200 - rate)
    found = 100 * luck_of_the_best(27, 200, rate)
    assert found == pytest.approx(points, abs=0.005)
    assert abs(found - best.mean()) < 4 * best.std() / math.sqrt(draws)


@given(st.integers(1, 200), st.integers(1, 300), st.floats(0, 1))
def test_it_grows_with_attempts_and_never_lifts_the_best_above_all(attempts, n, rate):
    luck = luck_of_the_best(attempts, n, rate)
    assert 0 <= luck <= luck_of_the_best(attempts + 1, n, rate) + 1e-12
    assert luck + rate <= 1 + 1e-9


def test_one_attempt_and_certain_rates_have_no_luck():
    assert luck_of_the_best(1, 1000, 0.3) == pytest.approx(0, abs=1e-12)
    assert luck_of_the_best(50, 10, 0.0) == luck_of_the_best(50, 10, 1.0) == 0


def test_many_problems_and_attempts_stay_finite():
    deviation = math.sqrt(0.25 / 100_000)
    assert luck_of_the_best(1000, 100_000, 0.5) == pytest.approx(3.2414 * deviation, rel=0.01)  # of 1,000 normal values


@pytest.mark.parametrize("call", [(0, 5, 0.5), (5, 0, 0.5), (5, 5, 1.5), (5, 5, math.nan)])
def test_what_is_no_attempt_is_refused(call):
    with pytest.raises(ValueError, match="give"):
        luck_of_the_best(*call)
