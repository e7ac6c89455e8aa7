"""A head that turns a model's last hidden state into the expected reward of a view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import torch as safetensors
from torch import Tensor, nn

VALUE_HEAD_FILE = "value_head.safetensors"  # beside the model's weights


class ValueHead(nn.Module):
    """One linear layer and a logistic function: hidden states [..., C] to values [...] in [0, 1].

    It starts at 0.5 everywhere.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """Values of the hidden states after the last token of each view."""
        return torch.sigmoid(self.linear(hidden.to(self.linear.weight.dtype)).squeeze(-1))

    def save(self, folder: Path) -> None:
        """Write the head beside a model's weights."""
        save = cast("Callable[[dict[str, Tensor], Path], None]", cast("Any", safetensors).save_file)
        save({name: tensor.contiguous() for name, tensor in self.state_dict().items()}, folder / VALUE_HEAD_FILE)

    @classmethod
    def load(cls, path: Path, width: int) -> ValueHead:
        """Read a head for hidden states of a width.

        Raises:
            ValueError: if the file holds something else.
        """
        load = cast("Callable[[Path], dict[str, Tensor]]", cast("Any", safetensors).load_file)
        tensors = load(path)
        shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        wanted = {"linear.weight": (1, width), "linear.bias": (1,)}
        if shapes != wanted:
            raise ValueError(f"{path} holds {shapes}, but a value head of this model holds {wanted}; train it again")
        head = cls(width)
        head.load_state_dict(tensors)
        return head
