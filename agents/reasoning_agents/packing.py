"""Reads texts that begin alike as one row: the longest as a trunk, the others as branches of it.

Candidates after the same thoughts differ in their last few tokens, and what comes before them was most of what
training read. A text that another one begins with is read as a part of that. A branch's tokens have the positions that
they have in their text, and see the trunk up to where they leave it, and each other: so each token is what it is when
its text is read alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor
from transformers import PreTrainedModel

from reasoning_agents.rollouts import Segment, log_probs_by, log_probs_of, logits_after, owners_of


class Branch(NamedTuple):
    """A piece of a row that is read as if it went on from the trunk."""

    begin: int  # its place in the row
    end: int
    shared: int  # tokens of the trunk that come before it


class Row(NamedTuple):
    """Texts that are read together."""

    tokens: tuple[int, ...]  # [T], the trunk's and then each branch's, without what nothing is asked after
    positions: tuple[int, ...]  # [T], in their texts
    branches: tuple[Branch, ...]  # the trunk is the first, and shares nothing
    before: tuple[int, ...]  # [N], places in the row of what comes before each token asked for, text by text
    targets: tuple[int, ...]  # [N], the tokens asked for


def pack(texts: Sequence[Segment]) -> Row:
    """Texts as one row; the tokens asked for are the sampled ones.

    >>> row = pack([Segment((1, 2, 3, 4), (3,), ()), Segment((1, 2, 5, 6), (2, 3), ()), Segment((1, 2), (1,), ())])
    >>> row.tokens, row.positions
    ((1, 2, 3, 5), (0, 1, 2, 2))
    >>> row.before, row.targets
    ((2, 1, 3, 0), (4, 5, 6, 2))
    """
    trunk = max((text.tokens for text in texts), key=len)
    tokens = list(trunk[:-1])  # no more is read than what a token comes after
    positions = list(range(len(tokens)))
    branches = [Branch(0, len(tokens), 0)]
    begins: dict[tuple[int, ...], Branch] = {}
    owners = owners_of([text.tokens for text in texts])
    before: list[int] = []
    targets: list[int] = []
    for text, owner in zip(texts, owners, strict=True):
        whole = texts[owner].tokens if _shared(trunk, text.tokens) < len(text.tokens) else text.tokens
        branch = begins.get(whole)
        if branch is None:
            shared = _shared(trunk, whole)
            read = whole[shared:-1]
            branch = begins[whole] = Branch(len(tokens), len(tokens) + len(read), shared)
            if read:
                tokens += read
                positions += range(shared, shared + len(read))
                branches.append(branch)
        for place in text.sampled:
            last = place - 1
            before.append(last if last < branch.shared else branch.begin + last - branch.shared)
            targets.append(text.tokens[place])
    return Row(tuple(tokens), tuple(positions), tuple(branches), tuple(before), tuple(targets))


def _shared(trunk: tuple[int, ...], text: tuple[int, ...]) -> int:
    """How many tokens two texts have in common at their beginnings."""
    for place, (one, other) in enumerate(zip(trunk, text, strict=False)):
        if one != other:
            return place
    return min(len(trunk), len(text))


def log_probs_of_rows(model: PreTrainedModel, rows: Sequence[Row]) -> Tensor:
    """Log-probabilities of the tokens asked for at temperature 1, one row after the other, float32 [sum of N].

    Differentiable, without dropout. Rows that have branches need a model of which `reads_branches` holds.
    """
    longest = max(len(row.tokens) for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : len(row.tokens)] = torch.tensor(row.tokens)
    given = _branching(rows, longest, model.dtype) if any(len(row.branches) > 1 for row in rows) else {}
    owners = [place for place, row in enumerate(rows) for _ in row.before]
    before = [place for row in rows for place in row.before]
    on_device = {name: tensor.to(model.device) for name, tensor in given.items()}
    logits = logits_after(model, ids.to(model.device), owners, before, **on_device)
    return log_probs_by(logits, [token for row in rows for token in row.targets])


def _branching(rows: Sequence[Row], longest: int, dtype: torch.dtype) -> dict[str, Tensor]:
    """The positions of rows' tokens, and which tokens each sees: what is added to attention's logits."""
    positions = torch.zeros((len(rows), longest), dtype=torch.long)
    sees = torch.eye(longest, dtype=torch.bool).repeat(len(rows), 1, 1)  # padding sees itself, not nothing
    for place, row in enumerate(rows):
        positions[place, : len(row.tokens)] = torch.tensor(row.positions)
        for begin, end, shared in row.branches:
            sees[place, begin:end, :shared] = True
            sees[place, begin:end, begin:end] = torch.ones((end - begin, end - begin), dtype=torch.bool).tril()
    mask = torch.zeros(sees.shape, dtype=dtype).masked_fill(~sees, torch.finfo(dtype).min)
    return {"attention_mask": mask.unsqueeze(1), "position_ids": positions}


@torch.no_grad()
def reads_branches(model: PreTrainedModel) -> bool:
    """Whether a model reads branches as it reads their texts, if it is given positions and a mask of two axes.

    One with a sliding window doesn't: the mask would take its place. Others are tried.
    """
    if getattr(model.config, "sliding_window", None) is not None:
        return False
    size = int(cast("Tensor", model.get_input_embeddings().weight).shape[0])
    known = [place * 7 % size for place in range(1, 9)]
    texts = [Segment((*known, *(token % size for token in more)), (8, 9, 10), ()) for more in ((2, 3, 5), (7, 11, 13))]
    try:
        found = log_probs_of_rows(model, [pack(texts)])
    except (TypeError, ValueError, RuntimeError):  # it takes no positions, or no such mask
        return False
    exact = model.dtype in (torch.float32, torch.float64)
    return torch.allclose(found, log_probs_of(model, texts, 1.0), atol=1e-3 if exact else 0.1)
