"""Several seeds of one recipe: their interval, and whether two results agree; against tables and by simulation."""

import doctest
import math
from statistics import stdev

import numpy as np
import pytest

import reasoning_leaderboard.student
from reasoning_baselines.seed_statistics import Measured, agreement, mean, mean_rate
from reasoning_gym.intervals import wilson
from reasoning_leaderboard.student import t_quantile, t_tail

# any printed table of Student's distribution: probability, degrees of freedom, quantile
QUANTILES = [(0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 9, 2.262), (0.995, 4, 4.604), (0.95, 120, 1.658)]


def rate(correct, n=1000):
    return Measured(correct / n, *wilson(correct, n))


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(reasoning_leaderboard.student).failed == 0


@pytest.mark.parametrize(("probability", "freedom", "quantile"), QUANTILES)
def test_student_s_quantiles_are_those_of_the_tables(probability, freedom, quantile):
    assert t_quantile(probability, freedom) == pytest.approx(quantile, abs=6e-4)
    assert t_tail(t_quantile(probability, freedom), freedom) == pytest.approx(1 - probability, abs=1e-9)


def test_one_seed_has_the_interval_of_its_problems():
    assert mean([rate(705)]) == rate(705)


def test_two_seeds_tell_too_little_of_the_spread_to_add_it():
    found = mean([rate(700), rate(500)])
    assert found.value == pytest.approx(0.6)
    assert found.low == pytest.approx((rate(700).low + rate(500).low) / 2)


def test_from_three_seeds_on_the_spread_is_added_by_squares():
    seeds = [rate(650), rate(700), rate(750)]
    reach = 4.302653 * stdev(each.value for each in seeds) / math.sqrt(3)
    problems = sum(each.value - each.low for each in seeds) / 3
    assert mean(seeds).low == pytest.approx(0.7 - math.hypot(reach, problems), abs=1e-6)


def test_seeds_that_are_alike_by_chance_leave_the_interval_of_the_problems():
    assert mean([rate(705)] * 5) == pytest.approx(rate(705))


def test_a_rate_s_interval_ends_at_0_and_1():
    seeds = [rate(10, 10), rate(2, 10), rate(10, 10)]
    assert mean(seeds).high > 1
    assert mean_rate(seeds).high == 1


def simulated(rng, seeds, n, spread, level=0.6):
    """Rates of seeds that differ by a logit's spread, on the same n problems of different difficulty."""
    problems = rng.normal(level, 1.5, size=n)
    logits = rng.normal(0, spread, size=(seeds, 1)) + problems + rng.normal(0, 1, size=(seeds, n))
    return [rate(int(row.sum()), n) for row in rng.random((seeds, n)) < 1 / (1 + np.exp(-logits))]


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("seeds", [3, 5])
def test_the_interval_covers_what_the_recipe_gives_on_average(seeds, spread):
    rng = np.random.Generator(np.random.PCG64(1))
    truth = np.mean([each.value for each in simulated(rng, 400, 4000, spread)])
    covered = [low <= truth <= high for _, low, high in (mean(simulated(rng, seeds, 300, spread)) for _ in range(500))]
    assert np.mean(covered) > 0.93


@pytest.mark.parametrize("spread", [0.0, 0.5])
@pytest.mark.parametrize("seeds", [(3, 3), (3, 1), (2, 2)])
def test_results_of_one_recipe_are_seldom_said_to_disagree(seeds, spread):
    rng = np.random.Generator(np.random.PCG64(2))
    runs = [simulated(rng, sum(seeds), 300, spread) for _ in range(500)]
    alarms = [not agreement(run[: seeds[0]], run[seeds[0] :]).agrees for run in runs]
    assert np.mean(alarms) <= 0.015


def test_single_seeds_are_compared_as_two_proportions():
    found = agreement([rate(705)], [rate(650)])
    pooled = (0.705 + 0.65) / 2
    z = 0.055 / math.sqrt(2 * pooled * (1 - pooled) / 1000)
    assert found.p == pytest.approx(math.erfc(z / math.sqrt(2)), rel=0.05)
    assert not found.agrees
    assert agreement([rate(705)], [rate(660)]).agrees


def test_more_seeds_forgive_what_their_spread_explains_and_nothing_else():
    wide = [rate(600), rate(700), rate(800)]
    assert agreement(wide, [rate(600), rate(650), rate(700)]).agrees
    close = [rate(690), rate(700), rate(710)]
    assert not agreement(close, [rate(590), rate(600), rate(610)]).agrees


def test_a_lucky_likeness_of_seeds_does_not_make_the_test_sharp():
    assert agreement([rate(700)] * 3, [rate(701)] * 3).agrees


def test_the_same_number_agrees_whatever_its_interval():
    assert agreement([rate(8, 8)], [rate(8, 8)]).p == 1
    assert agreement([Measured(0.5, 0.5, 0.5)], [Measured(0.5, 0.5, 0.5)]).agrees
    assert not agreement([Measured(0.5, 0.5, 0.5)], [Measured(0.6, 0.6, 0.6)]).agrees


def test_nothing_is_said_of_no_seed():
    with pytest.raises(ValueError, match="at least one"):
        mean([])
    with pytest.raises(ValueError, match="at least one"):
        agreement([rate(1)], [])
