"""Accuracy against tokens: what lies between the points of a curve, and how two compare problem by problem.

N problems, the same for every point. A problem's rate is its share of right answers over the agent's
seeds: 0 or 1 with one seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_gym.intervals import Interval, wilson
from reasoning_leaderboard.statistics import compare_paired, mcnemar

Rates: TypeAlias = "NDArray[np.float64]"  # [N], in [0, 1]
DRAWS: Final = 20_000  # of a bootstrap, and of a test by random signs
SIGNIFICANT: Final = 0.05
SLACK: Final = 0.02  # tokens are equal to the end of a curve if they are no further beyond it than this share


class Measured(NamedTuple):
    """A point of a curve."""

    tokens: float  # a problem, the mean over problems and seeds
    rates: Rates


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one agent is than another on the same problems."""

    difference: float  # of the accuracies, in [-1, 1]
    low: float  # its 95 % interval
    high: float
    p_value: float  # two-sided, that the two are equally good

    @property
    def significant(self) -> bool:
        """Whether the two differ by more than chance explains."""
        return self.p_value < SIGNIFICANT


def interval(rates: Rates, seeds: int) -> Interval:
    """95 % interval of the mean rate over problems like these: Wilson's, with the effective number of problems.

    Several seeds on one problem don't tell as much as several problems. The effective number is that of
    the independent right-or-wrong answers whose mean varies as much as this one: N p (1 - p) / variance
    (Kish 1965, 'Survey Sampling', section 8.2). It is N with one seed, which gives Wilson's interval,
    and at most N times the seeds.
    """
    n, mean = len(rates), float(np.mean(rates))
    most = n * seeds
    if mean in (0, 1):
        return wilson(mean * n, n)
    variance = float(np.var(rates))
    effective = min(n * mean * (1 - mean) / variance, most) if variance > 0 else most
    return wilson(min(mean * effective, effective), effective)


def at_tokens(curve: Sequence[Measured], tokens: float) -> Rates | None:
    """Each problem's rate at so many tokens: linear in their logarithm between the neighbouring points.

    None beyond the curve's ends: nothing is extrapolated. An end also stands for what is within 2 % of it.
    Points without tokens have no place on the curve.
    """
    points = sorted((point for point in curve if point.tokens > 0), key=lambda point: point.tokens)
    if not points:
        return None
    first, last = points[0].tokens, points[-1].tokens
    if not first * (1 - SLACK) <= tokens <= last * (1 + SLACK):
        return None
    tokens = min(max(tokens, first), last)
    below = [point for point in points if point.tokens <= tokens][-1]
    above = next(point for point in points if point.tokens >= tokens)
    if below.tokens == tokens:
        return below.rates
    weight = math.log(tokens / below.tokens) / math.log(above.tokens / below.tokens)
    return (1 - weight) * below.rates + weight * above.rates


def compare(first: Rates, second: Rates, rng: np.random.Generator) -> Difference:
    """The first agent's accuracy less the second's, with a paired interval and a paired test over problems.

    Where every rate is 0 or 1 these are Newcombe's interval and McNemar's exact test. Otherwise the
    interval is a bootstrap's over problems, and the test is by random signs: were the two equally good,
    each problem's difference could as well have the other sign (Fisher 1935, 'The Design of
    Experiments', section 21; McNemar's is the same test on differences of 0 and 1).

    Raises:
        ValueError: if the two aren't on as many problems.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} problems against {len(second)}; a paired comparison needs the same problems")
    if all(bool(np.isin(rates, (0, 1)).all()) for rates in (first, second)):
        pair = compare_paired(first.astype(bool).tolist(), second.astype(bool).tolist())
        return Difference(pair.difference, *pair.interval, pair.p_value)
    differences = np.round(first - second, 9)
    low, high = _bootstrap(differences, rng)
    return Difference(float(np.mean(differences)), low, high, _random_signs(differences, rng))


def _bootstrap(differences: Rates, rng: np.random.Generator) -> tuple[float, float]:
    """95 % percentile interval of the mean: how often each value is drawn is all that counts."""
    n = len(differences)
    values, counts = np.unique(differences, return_counts=True)
    means = rng.multinomial(n, counts / n, size=DRAWS) @ values / n
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _random_signs(differences: Rates, rng: np.random.Generator) -> float:
    """Two-sided p-value of the sum under random signs: of equal sizes, a binomial number is positive."""
    sizes, counts = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    if len(sizes) <= 1:
        return mcnemar(int(np.sum(differences > 0)), int(np.sum(differences < 0)))
    positive = rng.binomial(counts, 0.5, size=(DRAWS, len(sizes)))
    sums = (2 * positive - counts) @ sizes
    observed = abs(float(np.sum(differences)))
    return (1 + int(np.sum(np.abs(sums) >= observed - 1e-9))) / (1 + DRAWS)
