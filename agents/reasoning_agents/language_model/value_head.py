"""A head that turns a model's last hidden state into the expected reward of a view."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
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
        save_file({name: tensor.contiguous() for name, tensor in self.state_dict().items()}, folder / VALUE_HEAD_FILE)

    @classmethod
    def load(cls, path: Path, width: int) -> ValueHead:
        """Read a head for hidden states of a width.

        Raises:
            ValueError: if the file holds something else.
        """
        tensors = load_file(path)
        shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        wanted = {"linear.weight": (1, width), "linear.bias": (1,)}
        if shapes != wanted:
            raise ValueError(f"{path} holds {shapes}, but a value head of this model holds {wanted}; train it again")
        head = cls(width)
        head.load_state_dict(tensors)
        return head
