"""What learners sample: groups of chains with their rewards, and the token ids that were read and sampled.

A chain is one text to a person, but what the model read before a thought isn't always what it had
sampled until then: a thought that ended by an end mark, or for its length, is read as it is tokenised
anew. There the chain is cut, so that nothing is trained that wasn't sampled.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from reasoning_agents.chains import Chain, MeteredModel, sample_chains
from reasoning_agents.language_model.forward import evaluating
from reasoning_agents.oracle import Oracle


class Rollout(NamedTuple):
    """A chain and what it was paid."""

    chain: Chain
    reward: float  # 1.0 or 0.0

    @property
    def unreadable(self) -> bool:
        """Whether the chain ended without an answer."""
        return self.chain.answer is None


class Group(NamedTuple):
    """The chains that were sampled for one problem."""

    problem: int  # its index
    rollouts: tuple[Rollout, ...]  # [K]


class Segment(NamedTuple):
    """Tokens that the model read or sampled one after the other: a chain, or a piece of one."""

    tokens: tuple[int, ...]  # [T]
    sampled: tuple[int, ...]  # [N], the places of those that were sampled, ascending, from 1
    log_probs: tuple[float, ...]  # [N], of the sampled ones when they were drawn, at the temperature of the draw


def sample_groups(
    model: MeteredModel,
    oracle: Oracle,
    indices: Sequence[int],
    k: int,
    temperature: float,
    rngs: Sequence[np.random.Generator],
) -> list[Group]:
    """K chains with their rewards for each of B training problems, all in one batch; row b of the ledger pays for b."""
    views = [oracle.view(index) for index in indices]
    model.ledger.open(len(views))
    sampled = sample_chains(model, range(len(views)), views, k, temperature, rngs)
    return [
        Group(index, tuple(Rollout(chain, reward_of(oracle, index, chain)) for chain in chains))
        for index, chains in zip(indices, sampled, strict=True)
    ]


def reward_of(oracle: Oracle, index: int, chain: Chain) -> float:
    """What the environment pays for a chain."""
    return oracle.reward(index, [candidate.thought for candidate in chain.candidates])


def segments(chain: Chain) -> list[Segment]:
    """A chain as the model read and sampled it: one segment, and another wherever it read what it hadn't sampled.

    Raises:
        ValueError: for a chain of a model that doesn't say what it read.
    """
    found: list[Segment] = []
    tokens: tuple[int, ...] = ()
    sampled: list[int] = []
    log_probs: list[float] = []
    for candidate, read in zip(chain.candidates, chain.reads, strict=True):
        if not candidate.token_ids:  # the model's context was full
            continue
        if not read:
            raise ValueError("the chain's model doesn't say which token ids it read; sample it with a LocalModel")
        if read != tokens and tokens:
            found.append(Segment(tokens, tuple(sampled), tuple(log_probs)))
            sampled, log_probs = [], []
        tokens = (*read, *candidate.token_ids)
        sampled += range(len(read), len(tokens))
        log_probs += candidate.drawn_log_probs
    if tokens:
        found.append(Segment(tokens, tuple(sampled), tuple(log_probs)))
    return found


def log_probs_of(model: PreTrainedModel, batch: Sequence[Segment], temperature: float) -> Tensor:
    """Log-probabilities of all sampled tokens of a batch, one segment after the other, float32 [sum of N].

    Differentiable, without dropout, for any causal language model: the rows are padded on the right,
    so that positions begin at 0 and causality alone keeps the padding out.

    Args:
        model: in any mode, which it keeps.
        batch: segments of like length; `minibatches` makes such batches.
        temperature: above 0; the tokens' probabilities are those at which they are drawn at this temperature.
    """
    longest = max(len(segment.tokens) for segment in batch)
    ids = torch.zeros((len(batch), longest - 1), dtype=torch.long)  # no more is read than what a token comes after
    for row, segment in enumerate(batch):
        ids[row, : len(segment.tokens) - 1] = torch.tensor(segment.tokens[:-1])
    rows = [row for row, segment in enumerate(batch) for _ in segment.sampled]
    before = [place - 1 for segment in batch for place in segment.sampled]
    targets = [segment.tokens[place] for segment in batch for place in segment.sampled]
    logits = logits_after(model, ids.to(model.device), rows, before)
    return log_probs_by(logits if temperature == 1 else logits / temperature, targets)


def log_probs_by(logits: Tensor, tokens: Sequence[int]) -> Tensor:
    """Log-probabilities [N] of tokens by their logits [N, V]."""
    chosen = torch.tensor(tokens, device=logits.device).unsqueeze(1)
    return logits.gather(1, chosen).squeeze(1) - logits.logsumexp(dim=1)


def logits_after(
    model: PreTrainedModel, ids: Tensor, rows: Sequence[int], columns: Sequence[int], **given: Tensor
) -> Tensor:
    """What the model says after some tokens of ids [B, T], in float32: logits [N, V] after those at (rows, columns).

    Without dropout; `given` goes to the model too.
    """
    wanted = sorted(set(columns))
    rank = {column: place for place, column in enumerate(wanted)}
    keep = torch.tensor(wanted, device=ids.device)
    knows = "logits_to_keep" in inspect.signature(model.forward).parameters
    with evaluating(model):
        output = cast("Callable[..., Any]", model)(
            input_ids=ids, use_cache=False, **given, **({"logits_to_keep": keep} if knows else {})
        )
    logits = cast("Tensor", output.logits)
    return logits[list(rows), [rank[column] for column in columns] if knows else list(columns)].float()


class Text(Protocol):
    """What has tokens: a segment, or a row of several."""

    @property
    def tokens(self) -> tuple[int, ...]:
        """Token ids [T]."""
        ...


def minibatches(batch: Sequence[Text], tokens: int) -> Iterator[list[int]]:
    """Places of texts of like length, at most `tokens` together with their padding; a longer one goes alone."""
    together: list[int] = []
    for place in sorted(range(len(batch)), key=lambda place: len(batch[place].tokens)):
        if together and (len(together) + 1) * len(batch[place].tokens) > tokens:
            yield together
            together = []
        together.append(place)
    if together:
        yield together


def owners_of(texts: Sequence[tuple[int, ...]]) -> list[int]:
    """For each text the index of one that begins with it and is no other's prefix; its own where there is none.

    >>> owners_of([(1,), (1, 2), (3,), (1, 2), (1, 4)])
    [1, 1, 2, 1, 4]
    """
    owners = list(range(len(texts)))
    owner: int | None = None
    for index in sorted(range(len(texts)), key=lambda index: texts[index], reverse=True):
        text = texts[index]
        if owner is None or texts[owner][: len(text)] != text:
            owner = index
        owners[index] = owner
    return owners


def hidden_states(model: PreTrainedModel, ids: Tensor) -> Tensor:
    """Last hidden states [R, L, C] of token ids [R, L]."""
    inner = cast("Callable[..., Any]", model.base_model)
    return cast("Tensor", inner(input_ids=ids, use_cache=False).last_hidden_state)
