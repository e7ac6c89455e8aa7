"""Trains a small language model from scratch on the families' reference thoughts.

Llama-like and character-level. Weight matrices of the blocks are trained by Muon (Jordan et al. 2024),
the rest by AdamW; the question is masked out of the loss; batches hold texts of like length. On CPU a
seed gives the same weights to the bit, also when the run was killed and taken up again, and however many
processes make the problems. Costs are in CPU seconds of all these processes.
"""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW, Optimizer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from reasoning_agents.captured import CapturedGradient
from reasoning_agents.language_model.loading import save, torch_device, torch_dtype
from reasoning_agents.language_model.prompts import STATEMENT_PROMPT, Prompt
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.learning import (
    CHECKPOINT,
    MODEL,
    TRAINING,
    CPUClock,
    Log,
    Progress,
    Watch,
    claim,
    load_checkpoint,
    save_checkpoint,
    write_json,
)
from reasoning_agents.muon import Muon
from reasoning_gym.family import INDEX_SPACE, get_family

IGNORED = -100  # label of tokens that the loss leaves out
_SKIPPED = 0.5  # of the steps of a text that skips some
_POOL = 1024  # problems that are drawn, sorted by length and cut into batches at a time
_AHEAD = 3  # pools a worker that are made before they are due


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the model."""

    width: int  # of the residual stream
    layers: int
    heads: int
    feed_forward: int  # inner width of the gated feed-forward layers
    context: int = 1024  # longest question with its thoughts, in tokens


@dataclass(frozen=True, slots=True)
class Supervised:
    """What to train, on what, for how long."""

    shape: Shape
    families: Mapping[str, tuple[int, ...]]  # family: the levels to train on, each as often as the others
    tokens: int  # to train on in all, questions included; a fixed number, never a time
    weights: Mapping[str, float] | None = None  # family: how often it is drawn, 1 where it isn't named
    skipping: float = 0.0  # share of texts in which steps before the answer are left out, see `hurried`
    batch_tokens: int = 2048  # in a batch, padding included
    matrix_learning_rate: float = 0.02  # of Muon, at its peak
    learning_rate: float = 3e-3  # of AdamW, at its peak
    weight_decay: float = 0.02  # of the matrices
    momentum: float = 0.95  # of Muon
    warm_up_tokens: int = 200_000  # over which the learning rates rise from 0
    final_rate: float = 0.0  # the share of the peak rate that is left at the end of the cosine
    clip: float = 1.0  # largest norm of the gradient
    device: str = "cpu"  # where the model is trained; problems are made on the CPU
    precision: str = "float32"  # of products in training; with bfloat16 the weights stay float32
    workers: int = 0  # processes that make the problems, the same ones; with none training waits for them
    seed: int = 0  # of the weights and of the problems drawn

    def __post_init__(self) -> None:
        """Refuse what can't be trained with.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        if torch_dtype(self.precision) not in (torch.float32, torch.bfloat16):
            raise ValueError(f"precision is {self.precision!r}; use 'float32' or 'bfloat16'")
        if self.workers < 0:
            raise ValueError(f"workers is {self.workers}; give 0 to make problems in this process, or more")


class Example(NamedTuple):
    """A text to learn: the first `prompt` of its T tokens are the question."""

    tokens: list[int]
    prompt: int


def build_model(shape: Shape, tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """A Llama-like model with random weights (RMSNorm, SwiGLU, rotary positions, tied embeddings)."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        attention_dropout=0.0,
        pad_token_id=cast("int", tokenizer.pad_token_id),
        bos_token_id=cast("int", tokenizer.bos_token_id),
        eos_token_id=cast("int", tokenizer.eos_token_id),
    )
    untyped = cast("Any", torch)
    with untyped.random.fork_rng(devices=[]):  # what is drawn elsewhere stays as it was
        untyped.manual_seed(seed)
        return LlamaForCausalLM(config)


def optimizers(model: LlamaForCausalLM, config: Supervised) -> list[Optimizer]:
    """Muon for the matrices of the blocks, AdamW for embeddings and norms."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    chosen = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    return [
        Muon(matrices, lr=config.matrix_learning_rate, weight_decay=config.weight_decay, momentum=config.momentum),
        AdamW(rest, lr=config.learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def rate(tokens: int, config: Supervised) -> float:
    """The learning rates' share of their peak after so many tokens: linear warm-up, then a cosine."""
    if tokens < config.warm_up_tokens:
        return tokens / config.warm_up_tokens
    progress = (tokens - config.warm_up_tokens) / max(config.tokens - config.warm_up_tokens, 1)
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1)))
    return config.final_rate + (1 - config.final_rate) * cosine


def pool(config: Supervised, number: int, tokenizer: PreTrainedTokenizerFast) -> list[Example]:
    """The examples of a pool, a function of the seed and the pool's number alone."""
    digest = hashlib.sha256(f"supervised/{config.seed}/{number}".encode()).digest()
    rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest)))
    hasty = np.random.Generator(np.random.PCG64([int.from_bytes(digest[:8]), 1]))  # apart, so that problems stay
    prompt = Prompt(STATEMENT_PROMPT)
    names = list(config.families)
    weights = np.array([(config.weights or {}).get(name, 1.0) for name in names])
    chosen = rng.choice(len(names), size=_POOL, p=weights / weights.sum())
    prompts: list[str] = []
    texts: list[str] = []
    for which, index, pick in zip(chosen, rng.integers(INDEX_SPACE, size=_POOL), rng.random(_POOL), strict=True):
        name = names[int(which)]
        family, levels = get_family(name), config.families[name]
        problem = family.problem("train", levels[int(pick * len(levels))], int(index))
        prompts.append(prompt.render(problem.question))
        thoughts = family.reference_thoughts(problem)
        if hasty.random() < config.skipping:
            thoughts = hurried(thoughts, hasty)
        texts.append("".join(f"{thought}\n" for thought in thoughts))
    encoded = cast("Any", tokenizer)(prompts + texts, add_special_tokens=False)["input_ids"]
    return [
        Example(prompt + text, len(prompt))
        for prompt, text in zip(encoded[:_POOL], encoded[_POOL:], strict=True)
        if len(prompt) + len(text) <= config.shape.context
    ]


class _Made(NamedTuple):
    """A pool, and the CPU seconds that another process took to make it."""

    number: int
    examples: list[Example]
    cpu_seconds: float


def _pools(config: Supervised, first: int) -> Iterator[_Made]:
    """All pools from a number on; by workers, where there are any, some pools before they are due."""
    if not config.workers:
        for number in count(first):
            yield _Made(number, pool(config, number, _tokenizer()), 0.0)
    context = multiprocessing.get_context("spawn")  # a process that has begun to use a GPU can't be forked
    with ProcessPoolExecutor(config.workers, mp_context=context, initializer=_end_with_parent) as workers:
        ahead = deque(workers.submit(_make, config, first + i) for i in range(_AHEAD * config.workers))
        try:
            while True:
                made = ahead.popleft().result()
                ahead.append(workers.submit(_make, config, made.number + _AHEAD * config.workers))
                yield made
        finally:
            workers.shutdown(cancel_futures=True)


def _make(config: Supervised, number: int) -> _Made:
    """Make a pool in a worker."""
    begin = time.process_time()
    examples = pool(config, number, _tokenizer())
    return _Made(number, examples, time.process_time() - begin)


_tokenizer = cache(build_character_tokenizer)  # one a process


def _end_with_parent() -> None:
    """Have this worker end when the process that began it does, however that ended: nobody else would stop it."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def hurried(thoughts: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    """Thoughts of which some before the answer are left out, each with probability 1/2, never two in a row."""
    kept: list[str] = []
    skipped = False
    for thought in thoughts[:-1]:
        skipped = not skipped and rng.random() < _SKIPPED
        if not skipped:
            kept.append(thought)
    return (*kept, thoughts[-1])


def batches(examples: Sequence[Example], config: Supervised, number: int) -> list[list[Example]]:
    """Examples of like length together, at most `batch_tokens` with padding, in an order drawn by the seed."""
    found: list[list[Example]] = []
    batch: list[Example] = []
    for example in sorted(examples, key=lambda example: len(example.tokens)):
        if batch and (len(batch) + 1) * len(example.tokens) > config.batch_tokens:
            found.append(batch)
            batch = []
        batch.append(example)
    found.append(batch)
    order = np.random.Generator(np.random.PCG64([config.seed, number])).permutation(len(found))
    return [found[i] for i in order]


def tensors(batch: Sequence[Example], pad: int) -> tuple[Tensor, Tensor]:
    """Token ids and labels, both [B, T], padded on the right; questions and padding aren't learned."""
    longest = max(len(example.tokens) for example in batch)
    ids = np.full((len(batch), longest), pad)
    labels = np.full((len(batch), longest), IGNORED)
    for row, (tokens, prompt) in enumerate(batch):
        ids[row, : len(tokens)] = tokens
        labels[row, prompt : len(tokens)] = tokens[prompt:]
    return torch.as_tensor(ids), torch.as_tensor(labels)


def last_hidden(model: LlamaForCausalLM, ids: Tensor) -> Tensor:
    """Last hidden states [B, T, C] of ids [B, T], as the model's own pass finds them without a mask.

    That pass looks whether positions are in order, and on a GPU waits for it.
    """
    parts = cast("Any", model.model)
    hidden = parts.embed_tokens(ids)
    turns = parts.rotary_emb(hidden, position_ids=torch.arange(ids.shape[1], device=ids.device).unsqueeze(0))
    for layer in parts.layers:
        hidden = layer(hidden, attention_mask=None, position_embeddings=turns)
    return cast("Tensor", parts.norm(hidden))


def loss_of(model: LlamaForCausalLM, ids: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of the labelled tokens. Padding is on the right, so causality alone masks it."""
    hidden = last_hidden(model, ids[:, :-1])
    targets = labels[:, 1:]
    wanted = targets != IGNORED
    return functional.cross_entropy(model.lm_head(hidden[wanted]), targets[wanted])


def _loss_of_all(model: LlamaForCausalLM, ids: Tensor, targets: Tensor) -> Tensor:
    """The same for ids and targets [B, T], where how many tokens are labelled mustn't decide a shape."""
    logits = model.lm_head(last_hidden(model, ids)).float()
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


Gradient: TypeAlias = Callable[[Tensor, Tensor], Tensor]  # of ids and labels [B, T] on the CPU; returns the loss


def gradient_of(model: LlamaForCausalLM, config: Supervised) -> Gradient:
    """What puts the gradient of a batch's loss into a model's weights."""
    device = model.device.type
    in_half = torch_dtype(config.precision) is torch.bfloat16

    def directly(ids: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast(device, dtype=torch.bfloat16, enabled=in_half):
            loss = loss_of(model, ids, labels)
        cast("Any", loss).backward()
        return loss.detach()

    def recorded(ids: Tensor, targets: Tensor) -> Tensor:
        with torch.autocast(device, dtype=torch.bfloat16, enabled=in_half):
            return _loss_of_all(model, ids, targets)

    if device != "cuda":
        return directly
    pad = cast("int", model.config.pad_token_id)
    captured = CapturedGradient(model.parameters(), recorded, config.batch_tokens, pad, IGNORED)
    return lambda ids, labels: captured(ids[:, :-1], labels[:, 1:])


def step(
    model: LlamaForCausalLM,
    gradient: Gradient,
    chosen: Sequence[Optimizer],
    batch: Sequence[Example],
    share: float,
    config: Supervised,
) -> Tensor:
    """One update with every optimizer at this share of its peak rate; returns the loss."""
    loss = gradient(*tensors(batch, cast("int", model.config.pad_token_id)))
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    for optimizer, peak in zip(chosen, (config.matrix_learning_rate, config.learning_rate), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = peak * share
        optimizer.step()
        optimizer.zero_grad(set_to_none=model.device.type != "cuda")  # there graphs write the gradients
    return loss


def train(
    config: Supervised,
    out: Path,
    *,
    watch: Watch | None = None,
    checkpoint_steps: int = 100,
    stop_after_steps: int | None = None,
) -> Path:
    """Train, or go on where a killed run stopped, and save the model; returns its folder.

    A finished model is returned as it is. The log has a line a checkpoint.

    Args:
        config: what to train.
        out: the folder of the run.
        watch: called about once a second; its figure is `loss`, the mean of late, in nats a token.
        checkpoint_steps: updates between two checkpoints.
        stop_after_steps: stop there, as if killed; for tests.

    Raises:
        ValueError: if `out` holds a run of another configuration, or there is no such device.
    """
    folder = out / MODEL
    device = torch_device(config.device)
    claim(out, config)
    if folder.exists():
        return folder
    tokenizer = _tokenizer()
    model = cast("LlamaForCausalLM", cast("Any", build_model(config.shape, tokenizer, config.seed)).to(device))
    chosen = optimizers(model, config)
    at, kept, spent = _restore(out, model, chosen)
    clock, log = CPUClock(spent), Log(out, kept)
    reporter = _Reporter(watch, config.tokens, at.tokens)
    losses: list[Tensor] = []
    model.train()
    gradient = gradient_of(model, config)
    for done, (position, batch, elsewhere) in enumerate(_stream(config, at), 1):
        clock.add(elsewhere)
        loss = step(model, gradient, chosen, batch, rate(position.tokens, config), config)
        at = position
        losses.append(loss)
        reporter.report(at.tokens, loss)
        if stop_after_steps is not None and done >= stop_after_steps:
            return folder
        if done % checkpoint_steps == 0:
            kept += 1
            log.append({"tokens": at.tokens, "loss": _mean(losses), "cpu_seconds": round(clock.seconds, 1)})
            losses.clear()
            _save(out, model, chosen, at, kept, clock.seconds)
    write_json(out / TRAINING, {"tokens": at.tokens, "cpu_seconds": round(clock.seconds, 1)})
    save(folder, model, tokenizer, Prompt(STATEMENT_PROMPT), dtype=torch.float16)
    (out / CHECKPOINT).unlink(missing_ok=True)
    return folder


class _Position(NamedTuple):
    """Where in the data training is: the next batch of a pool, and the tokens trained on."""

    pool: int = 0
    batch: int = 0
    tokens: int = 0


def _stream(config: Supervised, start: _Position) -> Iterator[tuple[_Position, list[Example], float]]:
    """Batches from a position on, until the tokens are used up.

    With each come the position after it, and the CPU seconds that other processes have taken since the one before.
    """
    tokens, skip = start.tokens, start.batch
    for number, examples, elsewhere in _pools(config, start.pool):
        for i, batch in enumerate(batches(examples, config, number)):
            if i < skip:
                continue
            if tokens >= config.tokens:
                return
            tokens += sum(len(example.tokens) for example in batch)
            yield _Position(number, i + 1, tokens), batch, elsewhere
            elsewhere = 0.0
        skip = 0


def _save(
    out: Path, model: LlamaForCausalLM, chosen: Sequence[Optimizer], at: _Position, kept: int, cpu_seconds: float
) -> None:
    optimizer_states = [optimizer.state_dict() for optimizer in chosen]
    state = {"model": model.state_dict(), "optimizers": optimizer_states, "at": tuple(at), "kept": kept}
    save_checkpoint(out, {**state, "cpu_seconds": cpu_seconds})


def _restore(out: Path, model: LlamaForCausalLM, chosen: Sequence[Optimizer]) -> tuple[_Position, int, float]:
    """Load a checkpoint where there is one: where training was, how many were kept, the CPU seconds it had taken."""
    state = load_checkpoint(out)
    if state is None:
        return _Position(), 0, 0.0
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(chosen, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return _Position(*state["at"]), int(state["kept"]), float(state["cpu_seconds"])


def _mean(losses: Sequence[Tensor]) -> float:
    return float(torch.stack(list(losses)).mean())


class _Reporter:
    """Calls back about once a second with the mean loss since the last call."""

    def __init__(self, watch: Watch | None, total: int, tokens: int) -> None:
        self.watch = watch
        self.total = total
        self.tokens = tokens
        self.time = time.monotonic()
        self.losses: list[Tensor] = []

    def report(self, tokens: int, loss: Tensor) -> None:
        self.losses.append(loss)
        now = time.monotonic()
        if self.watch is None or now - self.time < 1:
            return
        speed = (tokens - self.tokens) / (now - self.time)
        self.watch(Progress(tokens, self.total, {"loss": _mean(self.losses)}, speed))
        self.tokens, self.time, self.losses = tokens, now, []
