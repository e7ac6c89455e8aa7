"""The interval of a rate: one formula for all figures."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """A confidence interval, both ends included."""

    low: float
    high: float


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Score interval of a rate, in [0, 1]; nothing is known from no trials.

    Wilson 1927, 'Probable inference, the law of succession, and statistical inference', JASA 22.
    Unlike the textbook interval it is right near 0 and 1 and for small n. Neither need be whole: where
    trials depend on each other, `n` is how many independent ones would tell as much.

    >>> low, high = wilson(10, 10)
    >>> round(low, 3), high
    (0.722, 1.0)

    Raises:
        ValueError: unless 0 <= successes <= n and 0 < confidence < 1.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}; give 0 <= successes <= n")
    z = normal_reach(confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    rate = successes / n
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    # At the ends the interval touches 0 or 1 exactly; rounding must not move it off.
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == n else middle + half
    return Interval(low, high)


def normal_reach(confidence: float) -> float:
    """How many standard deviations a two-sided normal interval reaches.

    >>> round(normal_reach(0.95), 6)
    1.959964

    Raises:
        ValueError: unless 0 < confidence < 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}; give a number between 0 and 1, such as 0.95")
    return NormalDist().inv_cdf((1 + confidence) / 2)
