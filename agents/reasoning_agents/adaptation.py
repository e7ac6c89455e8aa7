"""Changes a few weights of a local model for a while: it learns some chains, and is then put back bit for bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from torch import Tensor, nn
from torch.optim import AdamW
from transformers import PreTrainedModel

from reasoning_agents.chains import Chain
from reasoning_agents.language_model.forward import text_config
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.packing import Row, log_probs_of_rows, pack
from reasoning_agents.practice import copy_of, take_step, write
from reasoning_agents.rollouts import Segment, minibatches, segments

BATCH_TOKENS = 2048  # in a forward pass of training, padding included; bounds the memory
GRADIENT_CLIP = 1.0  # largest norm of the gradient
_BETAS = (0.9, 0.95)  # of AdamW


class Read(NamedTuple):
    """What a step of training reads."""

    tokens: int  # without padding
    rows: int  # sequences


class _Text(NamedTuple):
    """Segments that are read as one row, each as often as its chain was sampled."""

    row: Row
    weights: tuple[float, ...]  # [N], of the tokens asked for


class Adaptation:
    """A model that is learning: steps of AdamW (Loshchilov and Hutter 2019) on the weights that are trained."""

    def __init__(self, model: PreTrainedModel, trained: Mapping[str, Tensor], learning_rate: float) -> None:
        self._model = model
        self._trained = trained
        self._optimizer = AdamW(
            [{"params": list(trained.values()), "peak": learning_rate}], learning_rate, _BETAS, weight_decay=0.0
        )

    def step(self, chains: Sequence[Chain], *, branches: bool) -> Read:
        """Make chains likelier by one step: towards the least mean of -log p over all their tokens; what it read.

        Equal chains are read once and count as often as they are there.

        Args:
            chains: as a `LocalModel` sampled them; at least one, with a token.
            branches: read chains that begin alike as one row; needs a model of which `reads_branches` holds.

        Raises:
            ValueError: if the gradient isn't finite.
        """
        texts = _texts(chains, branches=branches)
        total = sum(sum(text.weights) for text in texts)
        for some in minibatches([text.row for text in texts], BATCH_TOKENS):
            log_probs = log_probs_of_rows(self._model, [texts[place].row for place in some])
            weights = log_probs.new_tensor([weight for place in some for weight in texts[place].weights])
            cast("Any", -(weights * log_probs).sum() / total).backward()
        take_step(self._trained, [self._optimizer], 1.0, GRADIENT_CLIP)
        return Read(sum(len(text.row.tokens) for text in texts), len(texts))


@contextmanager
def adapting(local: LocalModel, trained: Mapping[str, Tensor], learning_rate: float) -> Generator[Adaptation]:
    """Let a model learn within the block; after it, however it ends, everything is as it was before.

    That is every bit of the trained weights, which weights want gradients, and the gradients they had. What the
    model had kept of texts that it read is forgotten at both ends, since it was read by other weights.

    Args:
        local: the model.
        trained: those of its weights that may change, such as those of `last_blocks`.
        learning_rate: of AdamW.
    """
    kept = copy_of(trained)
    before = [(weight, weight.requires_grad, weight.grad) for weight in local.model.parameters()]
    chosen = {id(weight) for weight in trained.values()}
    local.refresh()
    try:
        for weight, _, _ in before:
            weight.requires_grad_(id(weight) in chosen)
            weight.grad = None
        yield Adaptation(local.model, trained, learning_rate)
    finally:
        write(trained, kept)
        for weight, wanted, gradient in before:
            weight.requires_grad_(wanted)
            weight.grad = gradient
        local.refresh()


def last_blocks(model: PreTrainedModel, count: int) -> dict[str, Tensor]:
    """The weights of a model's last blocks by their names; all that it has for a count of 0.

    Raises:
        ValueError: if the model hasn't so many blocks, or they can't be told.
    """
    weights: dict[str, Tensor] = dict(model.named_parameters())
    if count == 0:
        return weights
    depth = cast("int", text_config(model).num_hidden_layers)
    parts = cast("Iterator[tuple[str, nn.Module]]", model.named_modules())
    stacks = [name for name, part in parts if isinstance(part, nn.ModuleList) and len(part) == depth]
    if not stacks:
        raise ValueError(f"the blocks of {type(model).__name__} can't be told; give blocks = 0 to train all weights")
    if count > depth:
        raise ValueError(f"blocks is {count} but the model has {depth}; give at most that, or 0 to train all weights")
    begins = tuple(f"{stacks[0]}.{number}." for number in range(depth - count, depth))
    return {name: weight for name, weight in weights.items() if name.startswith(begins)}


def _texts(chains: Sequence[Chain], *, branches: bool) -> list[_Text]:
    """Chains as the rows that are read; all as one, where they may be branches and it isn't too long."""
    pieces = Counter(piece._replace(log_probs=()) for chain in chains for piece in segments(chain))
    together = _text(list(pieces), pieces)
    if branches and len(together.row.tokens) <= BATCH_TOKENS:
        return [together]
    return [_text([piece], pieces) for piece in pieces]


def _text(pieces: Sequence[Segment], counts: Mapping[Segment, int]) -> _Text:
    return _Text(pack(pieces), tuple(float(counts[piece]) for piece in pieces for _ in piece.sampled))
