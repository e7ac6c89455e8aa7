"""One forward pass of a language model over a batch of rows: the contract, and any transformers model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, cast

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, CacheLayerMixin, DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

from reasoning_agents.language_model.rows import Block, Layout, Rows


class Forward(Protocol):
    """Reads tokens into rows. Tokens [R, T] may be padded on the right; rows are padded on the left."""

    layout: Layout

    def logits(self, tokens: Tensor, rows: Rows, at: Sequence[int] | None = None) -> Tensor:
        """Read T more tokens of each row; float32 logits after each, [R, T, V], or after token `at[r]`, [R, V]."""
        ...

    def hidden(self, tokens: Tensor, rows: Rows, at: Sequence[int]) -> Tensor:
        """Read T more tokens of each row; the last hidden state after token `at[r]`, float32 [R, C]."""
        ...


class _SlotLayer:
    """Keys and values of one layer, written in place into rows: what transformers calls a cache layer."""

    is_compileable = False
    is_croppable = False
    is_sliding = False
    is_initialized = True
    supports_early_init = False

    def __init__(self, rows: Rows, keys: tuple[int, int], values: tuple[int, int]) -> None:
        self.rows = rows
        self.places = keys, values  # (block, group) of each

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write the new tokens' keys and values; return those of all tokens."""
        del args, kwargs
        rows, start = self.rows, self.rows.used
        end = start + key_states.shape[2]
        both: list[Tensor] = []
        for (block, group), states in zip(self.places, (key_states, value_states), strict=True):
            store = rows.blocks[block][group, : rows.count]
            store[:, :, start:end] = states
            both.append(store[:, :, :end])
        return both[0], both[1]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """All slots count, from the first."""
        return self.rows.used + query_length, 0

    def get_seq_length(self) -> int:
        """Slots in use before this pass."""
        return self.rows.used

    def get_max_length(self) -> int:
        """No maximum."""
        return -1


CacheLayerMixin.register(_SlotLayer)


class TransformersForward:
    """Any causal language model of transformers whose layers all keep keys and values."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.layout, self._places = _layout(model)
        self._takes_positions = "position_ids" in inspect.signature(model.forward).parameters
        self._last_position = position_limit(model) - 1

    def logits(self, tokens: Tensor, rows: Rows, at: Sequence[int] | None = None) -> Tensor:
        """See `Forward`."""
        keep = None if at is None else torch.tensor(sorted(set(at)), device=tokens.device)
        extra = {} if keep is None else {"logits_to_keep": keep}
        with evaluating(self.model):
            logits = cast("Tensor", self._read(self.model, tokens, rows, **extra).logits)
        if at is None or keep is None:
            return logits.float()
        if logits.shape[1] != len(keep):  # a model that knows nothing of logits_to_keep
            logits = logits[:, keep]
        rank = {token: index for index, token in enumerate(sorted(set(at)))}
        return logits[torch.arange(len(at)), [rank[token] for token in at]].float()

    def hidden(self, tokens: Tensor, rows: Rows, at: Sequence[int]) -> Tensor:
        """See `Forward`."""
        inner = cast("Callable[..., Any]", self.model.base_model)
        with evaluating(self.model):
            states = cast("Tensor", self._read(inner, tokens, rows).last_hidden_state)
        return states[torch.arange(len(at)), list(at)].float()

    def _read(self, module: Callable[..., Any], tokens: Tensor, rows: Rows, **extra: Any) -> Any:
        length = tokens.shape[1]
        end = rows.used + length
        rows.ensure(end)
        if self._takes_positions:
            extra["position_ids"] = rows.positions(length).clamp_(max=self._last_position)
        layers = [_SlotLayer(rows, keys, values) for keys, values in self._places]
        output = module(
            input_ids=tokens,
            attention_mask=rows.present(end).long() if rows.padded else None,
            past_key_values=Cache(layers=cast("Any", layers)),
            use_cache=True,
            **extra,
        )
        rows.used = end
        return output


@contextmanager
def evaluating(model: PreTrainedModel) -> Generator[None]:
    """Run a model without dropout, and leave it as it was."""
    training = model.training
    if training:
        model.train(False)
    try:
        yield
    finally:
        if training:
            model.train(True)


def position_limit(model: PreTrainedModel) -> int:
    """How many tokens the model can read at most."""
    limit = getattr(text_config(model), "max_position_embeddings", None)
    return limit if isinstance(limit, int) and limit > 0 else 2**31


def text_config(model: PreTrainedModel) -> Any:
    """The settings of the part of the model that reads text."""
    return cast("Any", model.config).get_text_config()


@torch.inference_mode()
def _layout(model: PreTrainedModel) -> tuple[Layout, list[tuple[tuple[int, int], tuple[int, int]]]]:
    """What the model caches of a token, and where each layer's keys and values go: (block, group).

    Found by reading one token. Keys and values of equal shape share a block.
    """
    cache = DynamicCache(config=model.config)
    token = torch.zeros((1, 1), dtype=torch.long, device=model.device)
    cast("Callable[..., Any]", model)(input_ids=token, past_key_values=cache, use_cache=True)
    groups: dict[tuple[int, int], int] = {}
    places: list[tuple[int, int]] = []
    for layer in cache.layers:
        both = _states(layer)
        if both is None:
            raise ValueError(
                f"{type(model).__name__} has a {type(layer).__name__}, which isn't plain keys and values; "
                "only models of attention layers are supported"
            )
        for states in both:
            shape = (states.shape[1], states.shape[3])
            places.append((list(groups).index(shape) if shape in groups else len(groups), groups.get(shape, 0)))
            groups[shape] = groups.get(shape, 0) + 1
    blocks = tuple(Block(count, heads, width) for (heads, width), count in groups.items())
    layout = Layout(blocks, model.dtype, model.device)
    return layout, list(zip(places[::2], places[1::2], strict=True))


def _states(layer: object) -> tuple[Tensor, Tensor] | None:
    """Keys and values of a plain cache layer; None for any other."""
    if type(layer) not in (DynamicLayer, DynamicSlidingWindowLayer):
        return None
    both = cast("Any", layer)
    return None if both.keys is None else (both.keys, both.values)
