"""The interval over families: by a slow bootstrap, at its edges, and how often it covers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym.intervals import Interval, wilson
from reasoning_leaderboard.clusters import clustered, resample


def rng(seed=0):
    return np.random.default_rng(seed)


@st.composite
def boards(draw):
    asked = draw(st.lists(st.integers(1, 40), min_size=2, max_size=12))
    return [draw(st.integers(0, n)) for n in asked], asked


def slowly(correct, asked, resampled):
    """The interval, draw by draw, by the formulas of the docstring."""

    def angle_and_error(rows):
        n, rate = sum(row[1] for row in rows), sum(row[0] for row in rows) / sum(row[1] for row in rows)
        squares = sum((solved - rate * each) ** 2 for solved, each in rows)
        slope = 2 * math.sqrt(rate * (1 - rate))
        return math.asin(math.sqrt(rate)), math.sqrt(len(rows) / (len(rows) - 1) * squares) / n / slope

    rows = list(zip(correct, asked, strict=True))
    angle, error = angle_and_error(rows)
    distances = []
    for weights in resampled:
        drawn = [row for row, times in zip(rows, weights, strict=True) for _ in range(int(times))]
        other, its_error = angle_and_error(drawn)
        distances.append((other - angle) / its_error)
    distances.sort()
    cut = int(len(distances) * 0.025)
    return math.sin(angle - distances[-cut] * error) ** 2, math.sin(angle - distances[cut - 1] * error) ** 2


def test_it_is_the_studentised_bootstrap_on_the_scale_of_angles():
    correct, asked = [31, 12, 47, 25, 39, 20, 33, 28], [50, 50, 60, 40, 50, 45, 55, 50]
    resampled = resample(8, rng(), 400)
    assert clustered(correct, asked, resampled) == pytest.approx(slowly(correct, asked, resampled))


def test_a_draw_holds_as_many_families_as_there_are():
    resampled = resample(7, rng(), 300)
    assert resampled.shape == (300, 7)
    assert set(resampled.sum(axis=1)) == {7}
    assert resampled.mean() == 1
    assert resampled.std() == pytest.approx(math.sqrt(6 / 7), abs=0.1)  # of a binomial count of 7 at 1/7


def test_one_family_tells_nothing_of_others():
    assert clustered([30], [100], resample(1, rng())) is None


@pytest.mark.parametrize("solved", [0, 5, 10])
def test_families_that_are_all_alike_count_as_one_trial_each(solved):
    assert clustered([solved] * 12, [10] * 12, resample(12, rng())) == wilson(12 * solved / 10, 12)


@pytest.mark.parametrize("correct", [[1, 9], [5, 5, 6], [0, 0, 10]])
def test_two_or_three_families_that_differ_leave_everything_open(correct):
    assert clustered(correct, [10] * len(correct), resample(len(correct), rng())) == Interval(0, 1)


@given(boards(), st.integers(0, 5))
def test_it_lies_in_the_unit_interval_around_wilson_s_and_mirrors(board, seed):
    correct, asked = board
    resampled = resample(len(asked), rng(seed), 200)
    low, high = clustered(correct, asked, resampled)
    problems = wilson(sum(correct), sum(asked))
    assert 0 <= low <= high <= 1
    assert (low, high) == wilson(sum(correct) / sum(asked) * len(asked), len(asked)) or (
        low <= problems.low and problems.high <= high
    )
    failed = [n - solved for n, solved in zip(asked, correct, strict=True)]
    assert clustered(failed, asked, resampled) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_the_same_generator_gives_the_same_interval_and_another_nearly_the_same():
    board = [3, 8, 5, 9, 7, 2, 6, 8, 4, 7] * 3, [10] * 30
    first, again, other = (clustered(*board, resample(30, rng(seed))) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.02)


def test_more_confidence_is_wider():
    board, resampled = ([3, 8, 5, 9, 7, 2, 6, 8, 4, 7], [10] * 10), resample(10, rng())
    narrow, wide = clustered(*board, resampled, 0.8), clustered(*board, resampled, 0.95)
    assert wide.low < narrow.low < narrow.high < wide.high


# families, rate, correlation within a family; what percentiles and Wilson's interval cover there, in per cent
FAMILIES = [(10, 0.1, 0.25, 81, 31), (10, 0.5, 0.25, 90, 35), (30, 0.5, 0.25, 94, 49), (30, 0.9, 0.05, 91, 78)]


@pytest.mark.parametrize(("families", "rate", "correlation", "percentiles", "problems"), FAMILIES)
def test_it_covers_the_rate_of_all_families(families, rate, correlation, percentiles, problems):
    draws, generator, each = 500, rng(), 1000 // families
    strength, resampled = 1 / correlation - 1, resample(families, rng(1))
    held = []
    for _ in range(draws):
        chances = generator.beta(rate * strength, (1 - rate) * strength, families)
        low, high = clustered(generator.binomial(each, chances).tolist(), [each] * families, resampled)
        held.append(low <= rate <= high)
    error = math.sqrt(0.95 * 0.05 / draws)
    assert 0.935 - 3 * error < np.mean(held) < 0.965 + 3 * error  # the long simulation found 93 to 97 % here


@pytest.mark.parametrize(
    ("correct", "asked", "resampled", "confidence", "says"),
    [
        ([1, 2], [1, 0], resample(2, rng()), 0.95, "2 solved of 0"),
        ([1, 2], [3, 0], resample(2, rng()), 0.95, "without empty ones"),
        ([-1, 2], [3, 4], resample(2, rng()), 0.95, "-1 solved"),
        ([1], [3, 4], resample(2, rng()), 0.95, "two for each family"),
        ([], [], resample(2, rng()), 0.95, "two for each family"),
        ([1, 2], [3, 4], resample(3, rng()), 0.95, "draw from as many"),
        ([1, 2], [3, 4], resample(2, rng(), 30), 0.95, "at least 40"),
        ([1, 2], [3, 4], resample(2, rng()), 1.0, "between 0 and 1"),
    ],
)
def test_what_is_no_board_is_refused(correct, asked, resampled, confidence, says):
    with pytest.raises(ValueError, match=says):
        clustered(correct, asked, resampled, confidence)


def test_drawing_from_no_family_is_refused():
    with pytest.raises(ValueError, match="at least one of each"):
        resample(0, rng())
