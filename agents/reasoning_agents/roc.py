"""How well scores tell two kinds apart: the area under the ROC curve, its interval, and calibration."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOOTSTRAPS = 1000
_BINS = 10  # of scores, in the calibration error


def auc(scores: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[Any] | None = None) -> float:
    """How probably a right one scores above a wrong one, ties counting half; NaN without one of either.

    Args:
        scores: [N].
        right: [N].
        weights: [N], how often each counts; once by default.
    """
    counts = np.ones(len(scores)) if weights is None else weights
    values, place = np.unique(scores, return_inverse=True)
    good = np.bincount(place, weights=counts * right, minlength=len(values))
    bad = np.bincount(place, weights=counts * ~right, minlength=len(values))
    pairs = good.sum() * bad.sum()
    below = np.cumsum(bad) - bad
    return float((good * (below + bad / 2)).sum() / pairs) if pairs else float("nan")


def auc_interval(
    scores: NDArray[np.float64], right: NDArray[np.bool_], groups: Sequence[Hashable], rng: np.random.Generator
) -> tuple[float, float]:
    """95 % of the area under the curve, by a bootstrap over groups, since those of a group aren't independent.

    Args:
        scores: [N].
        right: [N].
        groups: [N], such as the question that each is about.
        rng: draws the bootstrap.
    """
    number: dict[Hashable, int] = {}
    of = np.array([number.setdefault(group, len(number)) for group in groups], dtype=np.int64)
    draws = rng.multinomial(len(number), np.full(len(number), 1 / max(len(number), 1)), size=BOOTSTRAPS)
    low, high = np.nanquantile([auc(scores, right, weights[of]) for weights in draws], [0.025, 0.975])
    return float(low), float(high)


def interval(name: str, value: float, resampled: Sequence[float], groups: int) -> dict[str, float]:
    """A figure with 95 % by a bootstrap, `_low` and `_high`, and `_n`, the groups that it is from."""
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return {name: value, f"{name}_low": float(low), f"{name}_high": float(high), f"{name}_n": groups}


def calibration_error(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """By how much probabilities miss the share of right ones, in the mean over ten bins of equal width.

    Both kinds count alike, however many there are of each: the probabilities are held against even odds. Expected
    calibration error, Guo et al. 2017, equation 3.
    """
    of_right = int(right.sum())
    counts = np.where(right, 0.5 / max(of_right, 1), 0.5 / max(len(right) - of_right, 1))
    place = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    gaps = np.bincount(place, weights=counts * (right - probabilities), minlength=_BINS)
    return float(np.abs(gaps).sum())
