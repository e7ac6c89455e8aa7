"""Bands and standings: what they guarantee, which test compares whom, and how often equal entries are told apart."""

from __future__ import annotations

import doctest
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reasoning_leaderboard.ranking
from reasoning_gym.intervals import wilson
from reasoning_leaderboard.clusters import clustered, resample
from reasoning_leaderboard.ranking import Count, Entry, Ranks, Standing, bands, rank, significantly_better


def rng(seed=0):
    return np.random.default_rng(seed)


def total(name, correct, asked):
    """An entry whose families don't matter."""
    return Entry(name, {"all": Count(correct, asked)})


def by_family(name, solved, asked=50):
    """An entry from what it solved of each family."""
    return Entry(name, {f"family {f}": Count(int(correct), asked) for f, correct in enumerate(solved)})


def on_problems(name, solved, prefix=""):
    """An entry from whether it solved each of numbered problems."""
    outcomes = {f"{prefix}{i}": bool(each) for i, each in enumerate(solved)}
    return Entry(name, {"all": Count(sum(outcomes.values()), len(outcomes))}, outcomes)


def places(entries, **options):
    return {standing.id: standing.band for standing in rank(entries, rng(), **options)}


@st.composite
def boards(draw):
    """Accuracies, and which entries are better; only the more accurate ever is."""
    accuracies = draw(st.lists(st.integers(0, 6).map(lambda k: k / 6), min_size=1, max_size=7))
    size = len(accuracies)
    flags = np.array(draw(st.lists(st.booleans(), min_size=size * size, max_size=size * size))).reshape(size, size)
    return accuracies, flags & np.greater.outer(accuracies, accuracies)


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(reasoning_leaderboard.ranking).failed == 0


# ---- bands


@given(boards())
def test_the_more_accurate_never_has_the_worse_band_and_equals_share_one(board):
    accuracies, better = board
    found = bands(accuracies, better)
    for i, j in itertools.product(range(len(found)), repeat=2):
        if accuracies[i] > accuracies[j]:
            assert found[i] <= found[j]
        if accuracies[i] == accuracies[j]:
            assert found[i] == found[j]


@given(boards())
def test_who_is_significantly_better_has_the_better_band(board):
    accuracies, better = board
    found = bands(accuracies, better)
    assert all(found[i] < found[j] for i, j in zip(*np.nonzero(better), strict=True))


@given(boards())
def test_each_band_holds_one_that_is_worse_than_one_of_the_band_before(board):
    accuracies, better = board
    found = np.array(bands(accuracies, better))
    assert set(found) == set(range(1, found.max() + 1))
    for band in range(2, found.max() + 1):
        assert better[np.ix_(found == band - 1, found == band)].any()


@given(boards())
def test_there_are_as_few_bands_as_can_be(board):
    accuracies, better = board
    levels = sorted(set(accuracies), reverse=True)

    def allowed(cuts):
        place = {level: sum(cut <= i for cut in cuts) for i, level in enumerate(levels)}
        return not any(place[accuracies[i]] == place[accuracies[j]] for i, j in zip(*np.nonzero(better), strict=True))

    inner = range(1, len(levels))
    fewest = min(n for n in range(len(levels)) for cuts in itertools.combinations(inner, n) if allowed(cuts))
    assert max(bands(accuracies, better)) == fewest + 1


def test_no_entry_has_no_band():
    assert bands([], np.zeros((0, 0), dtype=bool)) == []


def test_bands_are_not_transitive():
    entries = [total("high", 600, 1000), total("middle", 560, 1000), total("low", 520, 1000)]
    found = {standing.id: standing for standing in rank(entries, rng())}
    assert [found[name].band for name in ("high", "middle", "low")] == [1, 1, 2]
    assert (found["middle"].worse_than, found["middle"].better_than) == (0, 0), "in another band than low all the same"
    assert (found["high"].better_than, found["low"].worse_than) == (1, 1)
    assert [found[name].ranks for name in ("high", "middle", "low")] == [(1, 2), (1, 3), (2, 3)]


# ---- standings


def test_a_standing_says_everything_of_an_entry():
    board = by_family("a", [30, 41, 22], 60)
    (standing,) = rank([board], rng())
    root = int(rng().integers(2**63))
    expected = clustered([30, 41, 22], [60] * 3, resample(3, np.random.default_rng([root, 3])))
    assert standing == Standing("a", 93, 180, 93 / 180, wilson(93, 180), expected, 1, Ranks(1, 1), 0, 0)


def test_a_board_of_nobody_is_empty():
    assert rank([], rng()) == []


def test_an_entry_without_a_problem_is_last_without_a_band():
    found = rank([Entry("none", {}), total("empty", 0, 0), total("a", 0, 10)], rng())
    assert [(each.id, each.accuracy, each.clustered, each.band) for each in found] == [
        ("a", 0.0, None, 1),
        ("empty", None, None, None),
        ("none", None, None, None),
    ]
    assert found[1].interval == (0, 1)
    assert [each.ranks for each in found] == [(1, 1), None, None]


def test_the_best_comes_first_and_equals_are_ordered_by_id():
    entries = [total("c", 5, 10), total("a", 1, 10), total("d", 50, 100), total("b", 5, 10)]
    assert [standing.id for standing in rank(entries, rng())] == ["b", "c", "d", "a"]


def test_a_board_depends_on_the_order_of_nothing():
    entries = [by_family(str(i), rng(i).integers(10, 40, 6)) for i in range(8)]
    shuffled = [Entry(e.id, dict(reversed(e.families.items()))) for e in reversed(entries)]
    assert rank(entries, rng()) == rank(shuffled, rng())


def test_an_entry_s_intervals_do_not_depend_on_the_others():
    entries = [by_family(str(i), rng(i).integers(10, 40, families)) for i, families in enumerate((8, 8, 12))]
    alone = {entry.id: rank([entry], rng())[0].clustered for entry in entries}
    assert {each.id: each.clustered for each in rank(entries, rng())} == alone


def test_a_family_that_was_not_asked_is_none():
    given_twice = [Entry("a", {"x": Count(3, 9), "y": Count(7, 9)}), Entry("b", {"x": Count(3, 9), "y": Count(7, 9)})]
    with_empty = Entry("b", {**given_twice[1].families, "z": Count(0, 0)})
    first, second = rank([given_twice[0], with_empty], rng())
    assert first.clustered == second.clustered is not None


# ---- which test compares whom


def test_the_same_problems_are_compared_problem_by_problem():
    weak = np.arange(1000) < 500
    strong = weak | (np.arange(1000) >= 985)  # solves 15 more, and all that the weak one solves
    assert places([on_problems("s", strong), on_problems("w", weak)]) == {"s": 1, "w": 2}
    assert places([on_problems("s", strong), on_problems("w", weak, "other ")]) == {"s": 1, "w": 1}
    assert places([total("s", 515, 1000), total("w", 500, 1000)]) == {"s": 1, "w": 1}


def test_pairs_count_what_the_one_solved_and_the_other_did_not():
    first = np.array([True] * 20 + [False] * 4 + [True] * 6)
    second = np.array([True] * 20 + [True] * 4 + [False] * 6)
    assert not significantly_better([on_problems("a", first), on_problems("b", second)], 0.7539).any()
    assert significantly_better([on_problems("a", first), on_problems("b", second)], 0.7540)[0, 1]  # mcnemar(6, 4)


def test_being_better_in_one_family_is_not_being_better_in_families_like_these():
    entries = [by_family("a", [50, 25, 25, 25, 25]), by_family("b", [5, 25, 25, 25, 25])]
    assert places(entries) == {"a": 1, "b": 1}
    assert places(entries, by_family=False) == {"a": 1, "b": 2}


def test_being_a_little_better_in_all_families_alike_must_also_hold_over_problems():
    entries = [by_family("a", [26] * 5), by_family("b", [25] * 5)]  # the families' differences have no spread at all
    assert places(entries) == {"a": 1, "b": 1}
    assert places([by_family("a", [40] * 5), by_family("b", [25] * 5)]) == {"a": 1, "b": 2}


def test_looking_at_more_entries_asks_for_more_evidence():
    pair = [total("high", 560, 1000), total("low", 510, 1000)]
    assert places(pair) == {"high": 1, "low": 2}
    assert set(places([*pair, *(total(str(i), 535, 1000) for i in range(20))]).values()) == {1}


# ---- simulated: the draws set the tolerances, four standard errors of the share


def shares_told_apart(draw_board, draws, **options):
    """On which share of boards of equal entries any two are told apart, and four standard errors of 5 %."""
    told = [significantly_better(draw_board(), **options).any() for _ in range(draws)]
    return np.mean(told), 4 * math.sqrt(0.05 * 0.95 / draws)


@pytest.mark.parametrize("size", [2, 10, 50])
def test_equal_entries_with_problems_of_their_own_share_a_band(size):
    generator = rng(size)
    told, slack = shares_told_apart(
        lambda: [total(str(i), int(c), 1000) for i, c in enumerate(generator.binomial(1000, 0.5, size))], 300
    )
    assert told <= 0.05 + slack  # without Holm's correction it is 60 % and more for ten entries


@pytest.mark.parametrize("size", [2, 10])
def test_equal_entries_with_the_same_problems_share_a_band(size):
    generator = rng(size)

    def board():
        chances = generator.beta(0.5, 0.5, 200)  # some problems are easy for all
        return [on_problems(str(i), generator.random(200) < chances) for i in range(size)]

    told, slack = shares_told_apart(board, 300)
    assert told <= 0.05 + slack


@pytest.mark.parametrize("size", [2, 10])
def test_entries_that_are_equal_over_families_share_a_band(size):
    generator = rng(size)

    def board():
        chances = generator.beta(2, 2, (size, 12))  # each entry has families that suit it
        return [by_family(str(i), generator.binomial(80, row), 80) for i, row in enumerate(chances)]

    told, slack = shares_told_apart(board, 300)
    assert told <= 0.05 + slack
    neglecting_families, _ = shares_told_apart(board, 300, by_family=False)
    assert neglecting_families > 0.3


def test_ranks_hold_the_true_ones_of_all_entries_also_where_bands_separate_equals():
    rates, generator, draws = np.repeat([0.5, 0.54, 0.58, 0.62], 4), rng(), 200
    true = {str(i): (1 + int((rates > rate).sum()), int((rates >= rate).sum())) for i, rate in enumerate(rates)}
    held, separated = [], []
    for _ in range(draws):
        board = rank([total(str(i), int(generator.binomial(1000, p)), 1000) for i, p in enumerate(rates)], generator)
        held.append(all(s.ranks.best <= true[s.id][0] and true[s.id][1] <= s.ranks.worst for s in board))
        separated.append(len({s.band for s in board if true[s.id] == (5, 8)}) > 1)
    assert np.mean(held) >= 0.95 - 4 * math.sqrt(0.95 * 0.05 / draws)
    assert np.mean(separated) > 0.2, "so bands alone don't say that two entries differ"


def test_five_points_at_a_thousand_problems_are_found_as_often_as_the_normal_formula_says():
    draws, generator = 400, rng()
    error = math.sqrt((0.65 * 0.35 + 0.6 * 0.4) / 1000)
    expected = 0.5 * math.erfc((1.959964 - 0.05 / error) / math.sqrt(2))  # .638
    found = np.mean(
        [
            significantly_better([total(str(p), int(generator.binomial(1000, p)), 1000) for p in (0.65, 0.6)])[0, 1]
            for _ in range(draws)
        ]
    )
    assert abs(found - expected) < 4 * math.sqrt(expected * (1 - expected) / draws)


# ---- what is refused


def test_two_entries_of_one_id_are_refused():
    with pytest.raises(ValueError, match="'a' names two entries"):
        rank([total("a", 1, 2), total("b", 1, 2), total("a", 2, 2)], rng())


def test_comparing_an_entry_without_a_problem_is_refused():
    with pytest.raises(ValueError, match="empty has no problem; leave it out"):
        significantly_better([total("empty", 0, 0)])


@pytest.mark.parametrize(("correct", "asked"), [(5, 4), (-1, 4), (0, -1)])
def test_counts_that_cannot_be_are_refused(correct, asked):
    with pytest.raises(ValueError, match=f"a: {correct} solved of {asked} in 'all'; give"):
        total("a", correct, asked)


def test_outcomes_that_contradict_the_counts_are_refused():
    with pytest.raises(ValueError, match="1 solved of 2 outcomes, but 2 of 2 by family"):
        Entry("a", {"all": Count(2, 2)}, {"x": True, "y": False})


def test_a_confidence_that_is_none_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        rank([total("a", 1, 2)], rng(), confidence=95)
