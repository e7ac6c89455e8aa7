"""The interval of an accuracy over families like those that were asked: a bootstrap that draws whole families.

F families, D draws of the bootstrap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_gym.intervals import Interval, wilson

Floats: TypeAlias = "NDArray[np.float64]"
DRAWS: Final = 2_000
_ROUNDING: Final = 1e-18  # below this a sum of squared residuals is 0: other ones, of n problems, exceed 1 / n²


def resample(families: int, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """How often each draw of so many families, one after another and put back, holds each: [D, F].

    Raises:
        ValueError: without a family or a draw.
    """
    if families < 1 or draws < 1:
        raise ValueError(f"{draws} draws of {families} families; give at least one of each")
    drawn = rng.integers(families, size=(draws, families))
    places = drawn + families * np.arange(draws)[:, None]
    return np.bincount(places.ravel(), minlength=draws * families).reshape(draws, families).astype(np.float64)


def clustered(
    correct: Sequence[int], asked: Sequence[int], resampled: Floats, confidence: float = 0.95
) -> Interval | None:
    """Interval of the accuracy over families drawn like these, in [0, 1]; None of one family, which tells of no other.

    Of each family [F] it takes how many problems were solved and asked; `resampled` [D, F] is from `resample`. The
    bootstrap is studentised (bootstrap-t) and by clusters, as percentiles are too narrow for few of them: Efron and
    Tibshirani 1993, 'An Introduction to the Bootstrap', section 12.5; Cameron, Gelbach and Miller 2008,
    'Bootstrap-based improvements for inference with clustered errors', Review of Economics and Statistics 90. It is
    taken on the scale arcsin √rate, where a rate's variance hardly depends on the rate: Tibshirani 1988, 'Variance
    stabilization and the bootstrap', Biometrika 75. A draw whose families are all alike has no spread to be divided by
    and counts as infinitely far away, so that where few families decide, the interval reaches to 0 or 1.

    It is never narrower than Wilson's: families that are drawn add to the spread of problems that are drawn. Where all
    families have the same rate, their spread is unknown, and each counts as one trial.

    Raises:
        ValueError: unless each family has 0 <= correct <= asked and 1 <= asked, the draws are of as many families and
            enough for this confidence, and 0 < confidence < 1.
    """
    solved, n = np.asarray(correct, dtype=np.float64), np.asarray(asked, dtype=np.float64)
    _refuse_what_is_no_count(solved, n)
    problems = wilson(float(solved.sum()), float(n.sum()), confidence)
    tail = int(len(resampled) * (1 - confidence) / 2)  # how many draws each end leaves out
    if len(n) == 1:
        return None
    if resampled.shape[1] != len(n):
        raise ValueError(f"the draws are of {resampled.shape[1]} families and there are {len(n)}; draw from as many")
    if not tail:
        raise ValueError(
            f"{len(resampled)} draws don't reach to {confidence}; give at least {2 / (1 - confidence):.0f}"
        )
    (angle,), (error,) = _angles(solved, n, np.ones((1, len(n))))
    if error == 0:
        return wilson(float(solved.sum() / n.sum() * len(n)), len(n), confidence)
    distances = np.sort(_studentised(*_angles(solved, n, resampled), angle))
    low, high = angle - distances[-tail] * error, angle - distances[tail - 1] * error
    return Interval(min(_rate(low), problems.low), max(_rate(high), problems.high))


def _angles(correct: Floats, asked: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The pooled rate of each draw, as arcsin √rate, and its standard error by the spread of the families: [D], [D].

    The rate is a ratio of two sums over families; its variance is that of the sum of the families' residuals
    (Cochran 1977, 'Sampling Techniques', section 6.3), and the angle's is it over 4 rate (1 - rate).
    """
    families, totals = len(asked), weights @ asked
    rates = np.clip(weights @ correct / totals, 0, 1)
    squares = (weights * (correct - rates[:, None] * asked) ** 2).sum(axis=1)
    squares[squares < _ROUNDING] = 0
    deviations = np.sqrt(families / (families - 1) * squares) / totals
    slopes = 2 * np.sqrt(rates * (1 - rates))
    errors = np.divide(deviations, slopes, out=np.zeros_like(rates), where=deviations > 0)
    return np.arcsin(np.sqrt(rates)), errors


def _studentised(angles: Floats, errors: Floats, angle: float) -> Floats:
    """How many of its own standard errors each draw is away from the whole."""
    away = angles - angle
    away[np.abs(away) < 1e-12] = 0
    return np.divide(away, errors, out=np.where(away == 0, 0.0, np.copysign(np.inf, away)), where=errors > 0)


def _rate(angle: float) -> float:
    return float(np.sin(np.clip(angle, 0, np.pi / 2)) ** 2)


def _refuse_what_is_no_count(correct: Floats, asked: Floats) -> None:
    if correct.ndim != 1 or correct.shape != asked.shape or not len(asked):
        raise ValueError(f"the counts have shapes {correct.shape} and {asked.shape}; give two for each family")
    for solved, n in zip(correct, asked, strict=True):
        if not (0 <= solved <= n and n >= 1):
            raise ValueError(f"{solved:g} solved of {n:g} in a family; give 0 <= solved <= asked, without empty ones")
