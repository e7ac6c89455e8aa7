"""A compact forward pass of plain Llama models: the same weights with a fifth of the calls.

For small models the time goes into Python and into calls of operators, so queries, keys and values
are one product, gate and up are another, and rotary positions (Su et al. 2021) are one complex product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from transformers import LlamaForCausalLM, PreTrainedModel

from reasoning_agents.language_model.rows import Block, Layout, Rows

MOST_PARAMETERS = 200_000_000  # above, products take the time, and a second copy of the weights isn't worth its memory
STATIC_ROPE = ("default", "linear", "llama3")  # frequencies that don't depend on the length


class _Layer(NamedTuple):
    """Weights of one layer, transposed: [in, out], and multiplied by those of the norm before them."""

    query_key_value: Tensor  # [C, (H + 2 G) D], the widths of each query and key in complex pairs
    output: Tensor  # [H D, C]
    gate_up: Tensor  # [C, 2 I]
    down: Tensor  # [I, C]


def supports(model: PreTrainedModel) -> bool:
    """Whether a model is a Llama with nothing special about it."""
    if type(model) is not LlamaForCausalLM or model.num_parameters() > MOST_PARAMETERS:
        return False
    config = cast("Any", model.config)
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    packages = {type(module).__module__.partition(".")[0] for module in model.modules()}
    return (
        packages <= {"torch", "transformers"}  # an adapter shows the weights inside it as its own
        and config.hidden_act == "silu"
        and config.rope_parameters["rope_type"] in STATIC_ROPE
        and all(type(layer) is nn.Linear and cast("object", layer.bias) is None for layer in layers)
        and all(parameter.dtype == model.dtype for parameter in model.parameters())
        and model.dtype in (torch.float32, torch.bfloat16, torch.float16)
    )


class LlamaForward:
    """Reads tokens into rows with copies of the weights; see `forward.Forward`."""

    def __init__(self, model: PreTrainedModel) -> None:
        if not supports(model):
            raise ValueError(f"{type(model).__name__} isn't a plain Llama; use TransformersForward")
        config = cast("Any", model.config)
        self._parts = cast("Any", model)
        self.heads: int = config.num_attention_heads
        self.groups: int = config.num_key_value_heads
        self.width: int = config.head_dim
        self.layout = Layout((Block(2 * config.num_hidden_layers, self.groups, self.width),), model.dtype, model.device)
        channels = cast("int", config.hidden_size)
        self._mean = torch.full((channels, 1), 1 / channels, dtype=torch.float32, device=model.device)
        self._epsilon = torch.full((1, 1), float(config.rms_norm_eps), dtype=torch.float32, device=model.device)
        self._turns = self._rotations(256)
        with torch.no_grad():
            self.layers = [self._fuse(layer) for layer in self._parts.model.layers]

    def _fuse(self, layer: Any) -> _Layer:
        attention, feed = layer.self_attn, layer.mlp
        projections = [
            _pair(attention.q_proj.weight, self.width),
            _pair(attention.k_proj.weight, self.width),
            attention.v_proj.weight,
        ]
        return _Layer(
            _scaled(torch.cat(projections), layer.input_layernorm.weight),
            attention.o_proj.weight.t().contiguous(),
            _scaled(torch.cat([feed.gate_proj.weight, feed.up_proj.weight]), layer.post_attention_layernorm.weight),
            feed.down_proj.weight.t().contiguous(),
        )

    def _rotations(self, positions: int) -> Tensor:
        """exp(i position frequency) of positions from 0, complex [positions, D / 2]."""
        rotary = self._parts.model.rotary_emb
        angles = torch.outer(torch.arange(positions, device=self.layout.device).float(), rotary.inv_freq.float())
        return torch.polar(torch.full_like(angles, float(rotary.attention_scaling)), angles)

    def logits(self, tokens: Tensor, rows: Rows, at: Sequence[int] | None = None) -> Tensor:
        """See `Forward`."""
        return functional.linear(self._read(tokens, rows, at), self._parts.lm_head.weight).float()

    def hidden(self, tokens: Tensor, rows: Rows, at: Sequence[int]) -> Tensor:
        """See `Forward`."""
        return self._read(tokens, rows, at).float()

    def _read(self, tokens: Tensor, rows: Rows, at: Sequence[int] | None) -> Tensor:
        """Last hidden states [R, T, C], or [R, C] of the chosen tokens; R rows, T tokens, C channels."""
        count, length = tokens.shape
        rows.ensure(rows.used + length)
        if rows.used + length > len(self._turns):
            self._turns = self._rotations(2 * (rows.used + length))
        turns = self._turns[rows.positions(length)].unsqueeze(2)  # [R, T, 1, D / 2]
        causal = length > 1 and rows.used == 0
        bias = None if causal else rows.bias(length)
        states = functional.embedding(tokens, self._parts.model.embed_tokens.weight).view(count * length, -1)
        shape: tuple[int, ...] = (count, length)
        for index, layer in enumerate(self.layers):
            attended = self._attend(index, self._norm(states), rows, turns, bias, causal)
            if at is not None and index == len(self.layers) - 1:  # of the other tokens only keys and values are needed
                chosen = torch.arange(count, device=states.device) * length + torch.tensor(at, device=states.device)
                states, attended, shape = states[chosen], attended[chosen], (count,)
            states = torch.addmm(states, attended, layer.output)
            gate, up = self._norm(states).mm(layer.gate_up).chunk(2, dim=1)
            states = torch.addmm(states, functional.silu(gate).mul_(up), layer.down)
        rows.used += length
        return (self._norm(states) * cast("Tensor", self._parts.model.norm.weight)).view(*shape, -1)

    def _attend(
        self, index: int, states: Tensor, rows: Rows, turns: Tensor, bias: Tensor | None, causal: bool
    ) -> Tensor:
        """Attention of one layer over the rows and the new tokens, [R T, H D]."""
        count, length = turns.shape[:2]
        start, end = rows.used, rows.used + length
        joint = states.mm(self.layers[index].query_key_value).view(count, length, -1, self.width)
        _turn(joint[:, :, : self.heads + self.groups], turns)
        store = rows.blocks[0][2 * index : 2 * index + 2, :count]  # [2, R, G, S, D]
        fresh = joint[:, :, self.heads :].view(count, length, 2, self.groups, self.width)
        store[:, :, :, start:end] = fresh.permute(2, 0, 3, 1, 4)
        queries = joint[:, :, : self.heads]
        if length == 1 and queries.device.type == "cpu":
            return _attend_one(queries, store[0], store[1], end, bias)
        attended = functional.scaled_dot_product_attention(
            queries.transpose(1, 2),
            store[0, :, :, :end],
            store[1, :, :, :end],
            attn_mask=bias,
            is_causal=causal,
            enable_gqa=self.groups != self.heads,
        )
        return attended.transpose(1, 2).reshape(count * length, -1)

    def _norm(self, states: Tensor) -> Tensor:
        """Root-mean-square norm (Zhang and Sennrich 2019) without its weights; the mean is a product, to save calls."""
        wide = states.float()
        return (wide * torch.addmm(self._epsilon, wide * wide, self._mean).rsqrt_()).to(states.dtype)


def _scaled(weight: Tensor, norm: Tensor) -> Tensor:
    return (weight * norm).t().contiguous()


def _attend_one(queries: Tensor, keys: Tensor, values: Tensor, end: int, bias: Tensor | None) -> Tensor:
    """Attention of one token a row, [R, H D]: batched products are faster here than the fused kernel.

    Queries [R, 1, H, D]; keys and values [R, G, S, D], of which `end` slots count; H / G heads share each.
    """
    count, groups, _, width = keys.shape
    grouped = queries.reshape(count * groups, -1, width)
    scores = torch.bmm(grouped, keys.flatten(0, 1)[:, :end].transpose(1, 2)).mul_(width**-0.5)
    if bias is not None:
        scores.view(count, -1, end).add_(bias.view(count, 1, end))
    weights = torch.softmax(scores, dim=2)
    return torch.bmm(weights, values.flatten(0, 1)[:, :end]).view(count, -1)


def _pair(weight: Tensor, width: int) -> Tensor:
    """Reorder the rows of each head so that the two halves of a rotation, i and i + D / 2, are neighbours."""
    return weight.view(-1, 2, width // 2, weight.shape[1]).transpose(1, 2).reshape(weight.shape)


def _turn(states: Tensor, turns: Tensor) -> None:
    """Rotate queries and keys [R, T, H, D] in place by their positions."""
    pairs = torch.view_as_complex(states.float().view(*states.shape[:-1], -1, 2))
    if states.dtype == torch.float32:
        pairs.mul_(turns)
    else:
        states.copy_(torch.view_as_real(pairs * turns).flatten(-2))
