"""What several seeds of one recipe say together, and whether two results of it agree.

All seeds are measured on the same problems. A seed's value thus differs from what the recipe would give on average
for two reasons: the luck of the seed, and the luck of the problems, which its own interval is about.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

from reasoning_leaderboard.student import t_quantile, t_tail

ENOUGH = 3  # seeds from which on their spread is part of the interval
SIGNIFICANCE = 0.01  # two results disagree below this p-value
_Z95 = NormalDist().inv_cdf(0.975)


class Measured(NamedTuple):
    """A value of one seed and its 95 % interval, which is about the problems alone."""

    value: float
    low: float
    high: float

    @property
    def standard_error(self) -> float:
        """As long an interval as this has a normal value with this standard error."""
        return (self.high - self.low) / (2 * _Z95)


class Agreement(NamedTuple):
    """Whether two results of one recipe may be of the same distribution."""

    p: float  # that results of the same recipe differ at least so much
    against: str  # what the difference was held against

    @property
    def agrees(self) -> bool:
        """Whether the difference is one that chance makes."""
        return self.p >= SIGNIFICANCE


def mean(seeds: Sequence[Measured]) -> Measured:
    """The mean of the seeds' values with its 95 % interval.

    Of one or two seeds the interval is the mean of theirs: it is about the finite problems alone. From three on, their
    spread s is added: the ends are at the mean less √((m - l)² + (t s/√S)²), with l the mean of the lower ends and t
    Student's quantile at S - 1 degrees of freedom, and at the like above. (Square-and-add, or MOVER: Zou and Donner
    2008, 'Construction of confidence limits about effect measures', Statistics in Medicine 27. The same problems are
    asked of every seed, so their part doesn't shrink with S; that s holds some of it too errs on the wide side.)

    Raises:
        ValueError: without a seed.
    """
    if not seeds:
        raise ValueError("there is no seed; give at least one")
    middle, low, high = (fmean(values) for values in zip(*seeds, strict=True))
    if len(seeds) < ENOUGH:
        return Measured(middle, low, high)
    spread = stdev(each.value for each in seeds) / math.sqrt(len(seeds))
    reach = t_quantile(0.975, len(seeds) - 1) * spread
    return Measured(middle, middle - math.hypot(middle - low, reach), middle + math.hypot(high - middle, reach))


def mean_rate(seeds: Sequence[Measured]) -> Measured:
    """As `mean`, of rates: the interval ends within [0, 1]."""
    value, low, high = mean(seeds)
    return Measured(value, max(0.0, low), min(1.0, high))


def agreement(first: Sequence[Measured], second: Sequence[Measured]) -> Agreement:
    """Whether two results of one recipe, of some seeds each, agree.

    With four seeds or more in all, Student's two-sample test of the seeds' values: what it is held against is their
    pooled spread, or their standard error from the finite problems if that is larger, so that seeds that happen to be
    alike don't make the test sharp. With fewer, the spread of seeds is unknown, and the test is that of two
    proportions, pooled over the seeds: only the finite problems are held against the difference, which may be called
    a disagreement that other seeds would explain; run more.

    Raises:
        ValueError: without a seed on either side.
    """
    if not first or not second:
        raise ValueError("there is no seed on one side; give at least one")
    difference = abs(fmean(each.value for each in first) - fmean(each.value for each in second))
    if difference == 0:
        return Agreement(1.0, "the values are identical")
    variance = fmean(each.standard_error**2 for each in (*first, *second))
    share = 1 / len(first) + 1 / len(second)
    freedom = len(first) + len(second) - 2
    if freedom < 2:
        p = 2 * NormalDist().cdf(-difference / math.sqrt(max(variance * share, 1e-300)))
        return Agreement(p, "the finite problems alone")
    squares = sum(_squares([each.value for each in side]) for side in (first, second))
    variance = max(variance, squares / freedom, 1e-300)
    return Agreement(2 * t_tail(difference / math.sqrt(variance * share), freedom), "the spread of the seeds")


def _squares(values: Sequence[float]) -> float:
    """Sum of the squared deviations from the mean."""
    middle = fmean(values)
    return sum((value - middle) ** 2 for value in values)
