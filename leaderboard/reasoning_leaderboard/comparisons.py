"""Which of two entries is better: p-values of many pairs at once, and Holm's correction for looking at all of them.

E entries, P pairs, F families. All p-values are two-sided and those of many pairs at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_leaderboard.student import t_tails

Counts: TypeAlias = "NDArray[np.int64]"
Floats: TypeAlias = "NDArray[np.float64]"
_UNSEEN: Final = 1e-17  # of a sum: what such a term adds is lost in rounding


def two_rates(correct: tuple[Counts, Counts], asked: tuple[Counts, Counts]) -> Floats:
    """p-values [P] that two entries have the same rate, each on problems of its own: Fisher's exact test, mid-p.

    Given how many were solved in all, under equality the first's share [P] is hypergeometric; the observed count is
    half in the tail (Lancaster 1961, 'Significance tests in discrete distributions', JASA 56), and the smaller tail
    is doubled. Where many pairs are compared, tails of 1e-6 matter: there this stays below its level, or close to it,
    at all rates and for unequal n, where the score test exceeds it sevenfold (docs/leaderboard_statistics.md).

    >>> two_rates((np.array([7, 500]), np.array([2, 450])), (np.array([10, 1000]), np.array([10, 1000]))).round(4)
    array([0.0376, 0.0253])
    """
    swapped = correct[0] * asked[1] < correct[1] * asked[0]  # the first is to have the higher rate
    high, low = np.where(swapped, correct[1], correct[0]), np.where(swapped, correct[0], correct[1])
    n_high, n_low = np.where(swapped, asked[1], asked[0]), np.where(swapped, asked[0], asked[1])
    logs = _log_factorials(int((n_high + n_low).max(initial=0)))
    ways = _log_choices(logs, n_high, high) + _log_choices(logs, n_low, low)
    first = np.exp(ways - _log_choices(logs, n_high + n_low, high + low))

    def ratio(step: int) -> Floats:
        left, further = (n_high - high - step) * (low - step), (high + step + 1) * (n_low - low + step + 1)
        found: Floats = left / further
        return found

    return np.minimum(1.0, 2 * _sum_of_tail(first, ratio) - first)


def same_problems(only_first: Counts, only_second: Counts) -> Floats:
    """p-values [P] that two entries are equally good on the same problems: `statistics.mcnemar`, of many pairs.

    >>> same_problems(np.array([1, 0]), np.array([5, 0])).round(5)
    array([0.21875, 1.     ])
    """
    fewer, n = np.minimum(only_first, only_second), only_first + only_second
    logs = _log_factorials(int(n.max(initial=0)))
    first = np.exp(_log_choices(logs, n, fewer) - n * np.log(2))
    return np.minimum(1.0, 2 * _sum_of_tail(first, lambda step: np.maximum(fewer - step, 0) / (n - fewer + step + 1)))


def across_families(correct: Counts, asked: Counts, first: Counts, second: Counts) -> Floats:
    """p-values [P] that two entries are equally good on families like these; NaN if a pair has fewer than two.

    Of each entry and family [E, F] it takes how many problems were solved and asked, and of each pair [P] the numbers
    of its entries. The difference of the pooled rates is held against the spread of the families' own differences from
    it, by Student's t with one degree of freedom less than families: the cluster-robust test of Liang and Zeger 1986,
    'Longitudinal data analysis using generalized linear models', Biometrika 73, with the reference distribution that
    Bester, Conley and Hansen 2011, Journal of Econometrics 165, advise for few clusters. Entries that were asked the
    same problems need nothing else: what is hard for both is gone from the difference.
    """
    totals = asked.sum(axis=1)
    rates = correct.sum(axis=1) / totals
    parts = (correct - rates[:, None] * asked) / totals[:, None]  # of each entry's rate; they sum to 0
    families = ((asked[first] > 0) | (asked[second] > 0)).sum(axis=1)
    squares = ((parts[first] - parts[second]) ** 2).sum(axis=1)
    errors = np.sqrt(squares * families / np.maximum(families - 1, 1))
    differences = np.abs(rates[first] - rates[second])
    t = np.divide(differences, errors, out=np.where(differences > 0, np.inf, 0.0), where=errors > 0)
    p = np.full(len(t), np.nan)
    for count in np.unique(families[families > 1]):
        of_so_many = families == count
        p[of_so_many] = 2 * t_tails(t[of_so_many], int(count) - 1)
    return p


def holm(p_values: Floats) -> Floats:
    """p-values [P] adjusted so that calling those below α significant is wrong anywhere with probability α at most.

    Holm 1979, 'A simple sequentially rejective multiple test procedure', Scandinavian Journal of Statistics 6.

    >>> holm(np.array([0.01, 0.04, 0.02])).round(3)
    array([0.03, 0.04, 0.04])
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps * p_values[order]))
    return adjusted


def _sum_of_tail(first: Floats, ratio: Callable[[int], Floats]) -> Floats:
    """Sum of a tail's probabilities [P], from its first and the ratios of each further one to the one before."""
    term, total, step = first.copy(), first.copy(), 0
    while bool((term > _UNSEEN * total).any()):
        term *= ratio(step)
        total += term
        step += 1
    return total


def _log_factorials(most: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])


def _log_choices(logs: Floats, n: Counts, k: Counts) -> Floats:
    """Logarithms of n over k."""
    found: Floats = logs[n] - logs[k] - logs[n - k]
    return found
