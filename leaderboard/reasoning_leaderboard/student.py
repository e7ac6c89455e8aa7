"""Student's distribution: what a t from few independent values is held against."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(100)


def t_tail(t: float, freedom: int) -> float:
    """Probability that Student's t exceeds `t`, from 0 on.

    >>> round(t_tail(2.776445, 4), 6)
    0.025
    """
    return float(t_tails(np.array([t]), freedom)[0])


def t_tails(t: NDArray[np.float64], freedom: int) -> NDArray[np.float64]:
    """As `t_tail`, of many values [P] at once.

    The density is that of √f tan θ, where θ has a density proportional to cos^(f-1) θ; integrated by Gauss and
    Legendre's rule.
    """
    half = np.arctan(t / math.sqrt(freedom)) / 2
    inside = half * (np.cos(half[:, None] * (_NODES + 1)) ** (freedom - 1) @ _WEIGHTS)
    all_of_it = math.sqrt(math.pi) * math.exp(math.lgamma(freedom / 2) - math.lgamma((freedom + 1) / 2))
    return np.maximum(0.0, 0.5 - inside / all_of_it)


@cache
def t_quantile(probability: float, freedom: int) -> float:
    """What Student's t stays below with this probability, from one half on.

    >>> round(t_quantile(0.975, 2), 3)
    4.303

    Raises:
        ValueError: unless 0.5 <= probability < 1.
    """
    if not 0.5 <= probability < 1:
        raise ValueError(f"probability is {probability!r}; give one from 0.5 to below 1")
    low, high = 0.0, 1.0
    while 1 - t_tail(high, freedom) < probability:
        low, high = high, 2 * high
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - t_tail(middle, freedom) < probability else (low, middle)
    return high
