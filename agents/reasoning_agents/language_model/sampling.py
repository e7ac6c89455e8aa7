"""Choosing the next token of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

UNIFORMS = 64  # tokens of randomness drawn at a time


class Uniforms:
    """Uniform numbers for the tokens of K candidates of each of B views.

    They are drawn from each view's own generator, [K, UNIFORMS] at a time and for as long as one of
    its candidates goes on, so that they are a function of that generator alone.
    """

    def __init__(self, rngs: Sequence[np.random.Generator], k: int) -> None:
        self._rngs = rngs
        self._k = k
        self._drawn: NDArray[np.float64] = np.zeros((len(rngs) * k, UNIFORMS))

    def take(self, rows: Sequence[int], steps: Sequence[int]) -> NDArray[np.float64]:
        """Numbers in [0, 1) for token `steps[r]` of the rows that are left, [R]; row b K + i is candidate i of view b.

        The candidates of a view are at the same step.
        """
        columns = [step % UNIFORMS for step in steps]
        for view in sorted({row // self._k for row, column in zip(rows, columns, strict=True) if column == 0}):
            start = view * self._k
            self._drawn[start : start + self._k] = self._rngs[view].random((self._k, UNIFORMS))
        return self._drawn[list(rows), columns]


class Chosen(NamedTuple):
    """The next token of each of R rows."""

    tokens: list[int]  # [R]
    log_probs: list[float]  # [R], at temperature 1
    drawn_log_probs: list[float]  # [R], at the temperature of the draw; 0 where the choice was greedy


def choose(logits: Tensor, temperature: float, uniforms: NDArray[np.float64] | None) -> Chosen:
    """The next token of each row, for float32 logits [R, V].

    The most likely token at temperature 0; else the token where the cumulative probabilities pass
    the row's uniform number. A token of probability 0 is never chosen.
    """
    if temperature == 0 or uniforms is None:
        tokens = logits.argmax(dim=1, keepdim=True)
    else:
        cumulative = torch.softmax(logits / temperature, dim=1).cumsum(dim=1, dtype=torch.float64)
        points = torch.tensor(uniforms, device=logits.device).unsqueeze(1) * cumulative[:, -1:]
        tokens = torch.searchsorted(cumulative, points, right=True).clamp_(max=logits.shape[1] - 1)
    log_probs = _log_probs(logits, tokens)
    if temperature == 0 or uniforms is None:
        drawn = [0.0] * len(log_probs)
    else:
        drawn = log_probs if temperature == 1 else _log_probs(logits / temperature, tokens)
    return Chosen([int(token) for token in numbers(tokens[:, 0])], log_probs, drawn)


def _log_probs(logits: Tensor, tokens: Tensor) -> list[float]:
    chosen = logits.gather(1, tokens) - logits.logsumexp(dim=1, keepdim=True)
    return [float(log_prob) for log_prob in numbers(chosen[:, 0])]


def numbers(tensor: Tensor) -> NDArray[np.float64]:
    """A tensor's values in numpy."""
    return np.asarray(tensor.double().cpu().numpy())
