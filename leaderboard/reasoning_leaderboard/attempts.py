"""The best of several attempts: how much of it is luck."""

from __future__ import annotations

import math

import numpy as np


def luck_of_the_best(attempts: int, n: int, rate: float) -> float:
    """How much the best of several attempts at n problems is expected to exceed the rate by chance alone, in [0, 1].

    The attempts are as good as each other, each on n independent problems: what the best shows is the largest of so
    many binomial counts, whose expectation is the sum of 1 - F(x)^attempts over x from 0 to n - 1 (David and Nagaraja
    2003, 'Order Statistics', chapter 3). Attempts at the same problems differ by less, so for those it is a bound.

    >>> round(luck_of_the_best(27, 200, 0.68), 3)
    0.065

    Raises:
        ValueError: unless attempts and n are 1 or more and the rate is in [0, 1].
    """
    if attempts < 1 or n < 1:
        raise ValueError(f"{attempts} attempts at {n} problems; give at least one of each")
    if not 0 <= rate <= 1:
        raise ValueError(f"rate is {rate}; give one from 0 to 1")
    if rate in (0, 1):
        return 0.0
    count = np.arange(n)
    logs = np.cumsum(np.log(np.concatenate([[1.0], (n - count[1:] + 1) / count[1:]])))  # of n over count
    below = np.cumsum(np.exp(logs + count * math.log(rate) + (n - count) * math.log1p(-rate)))
    return max(0.0, float((1 - np.minimum(below, 1.0) ** attempts).sum()) / n - rate)
