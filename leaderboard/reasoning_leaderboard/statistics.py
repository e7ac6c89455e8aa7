"""Paired comparisons of two agents on the same problems."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from reasoning_gym.intervals import Interval, normal_reach, wilson


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p-value that two agents are equally good, from the problems that just one of them solved.

    The exact (binomial) form of McNemar 1947, 'Note on the sampling error of the difference between
    correlated proportions or percentages', Psychometrika 12: under equality each of these problems
    falls to either agent with probability 1/2.

    >>> mcnemar(1, 5)
    0.21875

    Raises:
        ValueError: for a negative count.
    """
    if only_first < 0 or only_second < 0:
        raise ValueError(f"the counts are {only_first} and {only_second}; neither may be negative")
    n = only_first + only_second
    tail, coefficient = 0, 1  # the coefficient is n over k
    for k in range(min(only_first, only_second) + 1):
        tail += coefficient
        coefficient = coefficient * (n - k) // (k + 1)
    return min(1.0, 2 * tail / (1 << n))


@dataclass(frozen=True)
class PairedComparison:
    """Two agents on the same problems: how many each solved, together and alone."""

    both: int
    only_first: int
    only_second: int
    neither: int
    confidence: float = 0.95

    @property
    def n(self) -> int:
        """How many problems there are."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def difference(self) -> float:
        """The first agent's accuracy less the second's, in [-1, 1]; 0 where there is no problem."""
        return (self.only_first - self.only_second) / self.n if self.n else 0.0

    @property
    def p_value(self) -> float:
        """Two-sided p-value that the two are equally good: exact McNemar."""
        return mcnemar(self.only_first, self.only_second)

    @cached_property
    def interval(self) -> Interval:
        """Interval of the difference: the square-and-add interval for paired rates.

        Newcombe 1998, 'Improved confidence intervals for the difference between binomial proportions
        based on paired data', Statistics in Medicine 17, method 10.
        """
        if self.n == 0:
            return Interval(-1.0, 1.0)
        solved = (self.both + self.only_first, self.both + self.only_second)
        rates = (solved[0] / self.n, solved[1] / self.n)
        first, second = (wilson(count, self.n, self.confidence) for count in solved)
        phi = self._correlation
        below = _added(rates[0] - first.low, second.high - rates[1], phi)
        above = _added(first.high - rates[0], rates[1] - second.low, phi)
        return Interval(max(-1.0, self.difference - below), min(1.0, self.difference + above))

    @property
    def _correlation(self) -> float:
        """Correlation of the two agents' successes, drawn toward 0 by n/2 as method 10 asks; 0 if undefined."""
        a, b, c, d = self.both, self.only_first, self.only_second, self.neither
        product = (a + b) * (c + d) * (a + c) * (b + d)
        covariance = float(a * d - b * c)
        if covariance > 0:
            covariance = max(covariance - self.n / 2, 0.0)
        return covariance / math.sqrt(product) if product else 0.0


def compare_paired(first: Sequence[bool], second: Sequence[bool], confidence: float = 0.95) -> PairedComparison:
    """Compare two agents by which of the same problems, in the same order, each solved.

    Raises:
        ValueError: if the two aren't equally long, or unless 0 < confidence < 1.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} results against {len(second)}; a paired comparison needs the same problems")
    normal_reach(confidence)  # refuses what is no confidence
    pairs = [(bool(one), bool(other)) for one, other in zip(first, second, strict=True)]
    return PairedComparison(
        both=pairs.count((True, True)),
        only_first=pairs.count((True, False)),
        only_second=pairs.count((False, True)),
        neither=pairs.count((False, False)),
        confidence=confidence,
    )


def _added(one: float, other: float, correlation: float) -> float:
    """Length of the sum of two deviations with this correlation, of which one is subtracted."""
    return math.sqrt(max(0.0, one * one - 2 * correlation * one * other + other * other))
