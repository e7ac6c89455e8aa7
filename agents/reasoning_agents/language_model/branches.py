"""Prefixes that were read, and the thoughts that grow from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

from reasoning_agents.language_model.rows import Rows

SPARE_SLOTS = 32  # room for new tokens that rows begin with


class Read(NamedTuple):
    """A prefix that was read: where its keys and values lie, and what the model said after it."""

    tokens: tuple[int, ...]
    rows: Rows
    row: int
    start: int  # its first slot
    fresh: int  # tokens that no cache held
    last: Tensor  # after the last token: logits [V], or the hidden state [C]


@dataclass(slots=True)
class Branch:
    """A thought that grows after a prefix."""

    read: Read
    room: int  # tokens it may have
    ids: list[int] = field(default_factory=list[int])
    log_probs: list[float] = field(default_factory=list[float])  # at temperature 1
    drawn_log_probs: list[float] = field(default_factory=list[float])  # at the temperature of the draw

    def add(self, token: int, log_prob: float, drawn_log_prob: float) -> None:
        """Add a token that was drawn."""
        self.ids.append(token)
        self.log_probs.append(log_prob)
        self.drawn_log_probs.append(drawn_log_prob)


def fork(branches: Sequence[Branch]) -> Rows:
    """Rows that hold each branch's prefix, one row a branch; the rows of the reads themselves where they fit."""
    reads = [branch.read for branch in branches]
    lengths = [len(read.tokens) for read in reads]
    rows, longest = reads[0].rows, max(lengths)
    alone = len(reads) == rows.count and all(read.rows is rows and read.row == row for row, read in enumerate(reads))
    if alone and rows.used == min(lengths) == longest:
        return rows
    rows = Rows(rows.layout, len(reads), longest + SPARE_SLOTS)
    begin = 0
    while begin < len(reads):
        read, end = reads[begin], begin + 1
        while end < len(reads) and reads[end] is read:
            end += 1
        piece = read.rows.piece(read.row, read.start, read.start + len(read.tokens))
        rows.place(slice(begin, end), longest - len(read.tokens), piece)
        begin = end
    rows.begin(lengths, longest)
    return rows


def similar(prefixes: Sequence[tuple[int, ...]], fresh: Sequence[int]) -> Iterable[list[tuple[int, ...]]]:
    """Prefixes in groups that have about as many tokens to read, so that little is padding."""
    group: list[tuple[int, ...]] = []
    least = 0
    for count, prefix in sorted(zip(fresh, prefixes, strict=True), key=lambda pair: pair[0]):
        if group and count > 2 * least + 8:
            yield group
            group = []
        if not group:
            least = count
        group.append(prefix)
    if group:
        yield group
