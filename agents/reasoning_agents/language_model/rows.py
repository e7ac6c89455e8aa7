"""Keys and values of a batch of sequences, laid out so that a row can join, fork and leave cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

Piece: TypeAlias = tuple[Tensor, ...]  # keys and values of n tokens of one sequence, one tensor [G, H, n, D] a block


class Block(NamedTuple):
    """Keys or values of equal shape: G of them (over layers, keys and values), each of H heads of width D."""

    groups: int
    heads: int
    width: int


class Layout(NamedTuple):
    """What a model keeps of every token it has read."""

    blocks: tuple[Block, ...]
    dtype: torch.dtype
    device: torch.device


class Rows:
    """Keys and values of R sequences, in S slots each.

    The tokens of a row lie in consecutive slots that end at `used`; shorter rows begin later, at
    `first`. So every row's next token goes to the same slot, and distances between slots are
    distances between positions.
    """

    def __init__(self, layout: Layout, count: int, slots: int) -> None:
        self.layout = layout
        self.count = count  # R, rows in use: the first ones
        self.used = 0  # slots in use, of every row
        self.slots = slots
        self.padded = False
        self.blocks = self._allocate(count, slots)  # [G, R, H, S, D] each
        self.first = torch.zeros(count, dtype=torch.long, device=layout.device)  # [R]
        self._bias: Tensor | None = None

    def _allocate(self, count: int, slots: int) -> list[Tensor]:
        dtype, device = self.layout.dtype, self.layout.device
        return [
            torch.empty((block.groups, count, block.heads, slots, block.width), dtype=dtype, device=device)
            for block in self.layout.blocks
        ]

    def begin(self, lengths: Sequence[int], used: int) -> None:
        """Say how many tokens each row holds; they end at slot `used`. The slots before are emptied.

        What is masked is still multiplied by 0, so it must be finite.
        """
        self.used = used
        self.padded = any(length != used for length in lengths)
        self.first = torch.tensor([used - length for length in lengths], device=self.layout.device)
        self._bias = None
        for row, length in enumerate(lengths):
            for block in self.blocks if length < used else ():
                block[:, row, :, : used - length] = 0

    def ensure(self, slots: int) -> None:
        """Make room for so many slots, by a third more each time that there are too few."""
        if slots <= self.slots:
            return
        self.slots = max(slots, self.slots + self.slots // 3 + 16)
        old, self.blocks = self.blocks, self._allocate(self.count, self.slots)
        for new, block in zip(self.blocks, old, strict=True):
            new[:, :, :, : self.used] = block[:, : self.count, :, : self.used]
        self._bias = None

    def place(self, rows: slice, start: int, piece: Piece) -> None:
        """Write the keys and values of n tokens to rows, from slot `start`."""
        for block, part in zip(self.blocks, piece, strict=True):
            block[:, rows, :, start : start + part.shape[2]] = part.unsqueeze(1)

    def piece(self, row: int, start: int, end: int) -> Piece:
        """A view of the keys and values of one row, from slot `start` to before `end`."""
        return tuple(block[:, row, :, start:end] for block in self.blocks)

    def remove(self, row: int) -> None:
        """Take a row out; the last row moves to its place."""
        last = self.count = self.count - 1
        if row != last:
            for block in self.blocks:
                block[:, row, :, : self.used] = block[:, last, :, : self.used]
            self.first[row] = self.first[last]
            if self._bias is not None:
                self._bias[row] = self._bias[last]
        self.first = self.first[:last]

    def positions(self, length: int) -> Tensor:
        """Positions of the next tokens of each row, [R, length]."""
        offsets = torch.arange(self.used, self.used + length, device=self.layout.device)
        return offsets - self.first.unsqueeze(1)

    def present(self, slots: int) -> Tensor:
        """Which of the slots hold a token of the row, as booleans [R, slots]."""
        return torch.arange(slots, device=self.layout.device) >= self.first.unsqueeze(1)

    def bias(self, length: int) -> Tensor | None:
        """What to add to the attention of the next tokens, [R or 1, 1, length, slots]: 0, or -inf where it is masked.

        None where nothing is masked.
        """
        end = self.used + length
        if length > 1:
            slots = torch.arange(end, device=self.layout.device)
            seen = (slots <= slots[self.used :].unsqueeze(1)) & self.present(end).unsqueeze(1)
            return self._as_bias(seen).unsqueeze(1)
        if not self.padded:
            return None
        if self._bias is None:
            self._bias = self._as_bias(self.present(self.slots))
        return self._bias[: self.count, None, None, :end]

    def _as_bias(self, seen: Tensor) -> Tensor:
        bias = torch.zeros(seen.shape, dtype=self.layout.dtype, device=self.layout.device)
        return bias.masked_fill_(~seen, float("-inf"))
