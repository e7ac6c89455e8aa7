"""Muon in single precision: momentum whose matrices are orthogonalised before each step.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks". `torch.optim.Muon` iterates
in bfloat16, which processors without bfloat16 instructions emulate: there it took three times as long as
the model's own forward and backward pass. This one iterates in float32, on all matrices of a shape at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim import Optimizer

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic; Jordan et al.
_STEPS = 5


class Muon(Optimizer):
    """Muon with Nesterov momentum and decoupled weight decay, for matrices only.

    Args:
        matrices: parameters of two dimensions.
        lr: learning rate; scaled by √max(1, rows/columns), as in the paper.
        momentum: of the running mean of gradients.
        weight_decay: share of a weight, times lr, that is taken off at each step.

    Raises:
        ValueError: if a parameter isn't a matrix.
    """

    def __init__(
        self, matrices: Iterable[Tensor], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.ndim != 2:
                    raise ValueError(f"Muon trains matrices; a parameter has shape {tuple(parameter.shape)}")

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every matrix that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            by_shape: dict[tuple[int, ...], list[Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape.setdefault(tuple(parameter.shape), []).append(parameter)
            for matrices in by_shape.values():
                self._update(matrices, group)
        return loss

    def _update(self, matrices: list[Tensor], group: dict[str, Any]) -> None:
        directions: list[Tensor] = []
        for matrix in matrices:
            gradient = matrix.grad
            if gradient is None:
                raise ValueError("a matrix without a gradient")
            state = self.state[matrix]
            if "mean" not in state:
                state["mean"] = torch.zeros_like(matrix)
            state["mean"].lerp_(gradient, 1 - group["momentum"])
            directions.append(gradient.lerp(state["mean"], group["momentum"]))
        rows, columns = matrices[0].shape
        rate = group["lr"] * max(1.0, rows / columns) ** 0.5
        for matrix, direction in zip(matrices, orthogonalise(torch.stack(directions)), strict=True):
            matrix.mul_(1 - group["lr"] * group["weight_decay"]).add_(direction, alpha=-rate)


def orthogonalise(matrices: Tensor) -> Tensor:
    """The nearest orthogonal matrices, roughly: singular values end between 0.7 and 1.2. [N, R, C] -> [N, R, C].

    Five steps of a quintic Newton-Schulz iteration whose slope at 0 is as large as can be.
    """
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.square().sum(dim=(1, 2), keepdim=True).sqrt() + 1e-7)
    for _ in range(_STEPS):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x
