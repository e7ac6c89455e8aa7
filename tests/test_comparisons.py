"""Tests of many pairs at once: against exact enumeration, printed examples and their size."""

from __future__ import annotations

import doctest
import itertools
import math
from fractions import Fraction
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reasoning_leaderboard.comparisons
from reasoning_leaderboard.comparisons import across_families, holm, same_problems, two_rates
from reasoning_leaderboard.statistics import mcnemar
from reasoning_leaderboard.student import t_tail


def p_of(first, n_first, second, n_second):
    """The p-value of one pair."""
    counts = [np.array([each]) for each in (first, second, n_first, n_second)]
    return float(two_rates((counts[0], counts[1]), (counts[2], counts[3]))[0])


def by_counting(first, n_first, second, n_second):
    """Fisher's test with mid-p, by counting all ways to deal what was solved."""
    solved = first + second
    chances = {
        k: Fraction(math.comb(n_first, k) * math.comb(n_second, solved - k), math.comb(n_first + n_second, solved))
        for k in range(max(0, solved - n_second), min(n_first, solved) + 1)
    }
    higher = first * n_second >= second * n_first
    beyond = sum(chance for k, chance in chances.items() if (k > first if higher else k < first))
    return min(1.0, float(2 * beyond + chances[first]))


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(reasoning_leaderboard.comparisons).failed == 0


@pytest.mark.parametrize(("n_first", "n_second"), [(1, 1), (5, 5), (4, 9), (12, 7)])
def test_two_rates_are_compared_as_by_counting_all_ways(n_first, n_second):
    for first, second in itertools.product(range(n_first + 1), range(n_second + 1)):
        expected = by_counting(first, n_first, second, n_second)
        assert p_of(first, n_first, second, n_second) == pytest.approx(expected, abs=1e-12)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), *[st.integers(0, n)] * 3)))
def test_with_equal_n_a_wider_gap_never_has_the_larger_p(case):
    n, *solved = case
    low, middle, high = sorted(solved)
    assert p_of(high, n, low, n) <= p_of(high, n, middle, n) + 1e-9
    assert p_of(high, n, low, n) <= p_of(middle, n, low, n) + 1e-9


def test_many_problems_neither_overflow_nor_vanish():
    assert p_of(50_000, 100_000, 50_000, 100_000) == pytest.approx(1)
    assert p_of(50_400, 100_000, 50_000, 100_000) == pytest.approx(math.erfc(400 / math.sqrt(1e5)), rel=0.01)
    assert p_of(100_000, 100_000, 0, 100_000) == 0


@pytest.mark.parametrize("pairs", [1, 45, 1225])
@pytest.mark.parametrize("n", [(60, 60), (40, 200)])
def test_equal_rates_are_told_apart_no_more_often_than_the_level_also_far_in_the_tail(n, pairs):
    first, second = (grid.ravel() for grid in np.meshgrid(np.arange(n[0] + 1), np.arange(n[1] + 1), indexing="ij"))
    told = two_rates((first, second), (np.full_like(first, n[0]), np.full_like(first, n[1]))) <= 0.05 / pairs
    for rate in (0.003, 0.02, 0.1, 0.3, 0.5, 0.9, 0.98):
        chances = [[math.comb(m, k) * rate**k * (1 - rate) ** (m - k) for k in range(m + 1)] for m in n]
        size = float((np.outer(*chances).ravel() * told).sum())
        assert size <= 1.25 * 0.05 / pairs  # the score test's is up to 6 times the level with these n


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=5))
def test_the_same_problems_are_compared_by_mcnemar_s_exact_test(pairs):
    only_first, only_second = np.array(pairs).T
    expected = [mcnemar(*pair) for pair in pairs]
    assert same_problems(only_first, only_second) == pytest.approx(expected, rel=1e-9)


def test_families_of_one_size_are_compared_by_student_s_test_of_their_differences():
    correct = np.array([[30, 12, 45, 20, 38], [25, 10, 44, 21, 30]])
    differences = (correct[0] - correct[1]) / 50
    t = fmean(differences) / (stdev(differences) / math.sqrt(5))
    p = across_families(correct, np.full((2, 5), 50), np.array([0, 1]), np.array([1, 0]))
    assert p == pytest.approx([2 * t_tail(t, 4)] * 2)


def test_a_family_that_one_of_two_was_asked_counts_for_both():
    correct, asked = np.array([[8, 6, 9, 0], [5, 5, 0, 4]]), np.array([[10, 10, 10, 0], [10, 10, 0, 10]])
    parts = [(8 - 23 / 3 - (5 - 14 / 3)) / 30, (6 - 23 / 3 - (5 - 14 / 3)) / 30, (9 - 23 / 3) / 30, -(4 - 14 / 3) / 30]
    t = (23 - 14) / 30 / math.sqrt(4 / 3 * sum(part**2 for part in parts))
    p = across_families(correct, asked, np.array([0]), np.array([1]))
    assert p == pytest.approx([2 * t_tail(t, 3)])


def test_one_family_says_nothing_and_equal_entries_do_not_differ():
    asked = np.array([[10, 0], [10, 0], [5, 5], [5, 5]])
    correct = np.array([[9, 0], [1, 0], [3, 2], [2, 3]])
    alone, equal = across_families(correct, asked, np.array([0, 2]), np.array([1, 3]))
    assert math.isnan(alone)
    assert equal == 1


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),  # Holm's steps by hand: .005·4, .01·3, .03·2, .04·1
        ([0.5, 0.5], [1.0, 1.0]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_holm_s_steps_are_those_done_by_hand(p_values, adjusted):
    assert holm(np.array(p_values)) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), max_size=20), st.randoms())
def test_holm_lies_between_the_p_value_and_bonferroni_and_keeps_the_order(p_values, random):
    p = np.array(p_values)
    adjusted = holm(p)
    assert np.all(p <= adjusted + 1e-15)
    assert np.all(adjusted <= np.minimum(1, len(p) * p) + 1e-12)
    assert np.all(np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0)
    shuffled = random.sample(range(len(p)), len(p))
    assert np.allclose(holm(p[shuffled]), adjusted[shuffled])
