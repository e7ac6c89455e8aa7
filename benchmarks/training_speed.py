"""How fast the recipes for a GPU train on a device: some updates of sft-small, in both precisions, and of grpo-small.

    python benchmarks/training_speed.py --device cuda [--seconds 10] [--workers 8] [--base runs/sft-small/seed-0/model]

After a warm-up; wall clock on a GPU, else processor time. `made` is what one process makes of texts to train on;
`updates alone` has its batches ready; `training`, on a GPU, is all of it, with so many workers. GRPO's base is by
default a model of a million parameters.
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from rich.console import Console
from rich.table import Table

from reasoning_agents import supervised
from reasoning_agents.grpo import GRPO, GroupLearner
from reasoning_agents.language_model.loading import load
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.learning import Progress
from reasoning_agents.practice import draw_problems
from reasoning_agents.supervised import Example, Supervised
from reasoning_baselines.models import PRETRAINED
from reasoning_baselines.recipe_files import load_recipe

WARM_UP = 3  # updates


class Enough(Exception):
    """So much was seen of a training."""


def settle(device: str) -> float:
    """The time once the device has done what it was given: of a clock, or of this processor."""
    if torch.device(device).type != "cuda":
        return time.process_time()
    torch.cuda.synchronize()
    return time.monotonic()


def made(config: Supervised, seconds: float) -> tuple[float, list[list[Example]]]:
    """Tokens a second that one process makes, and the batches of it."""
    found: list[list[Example]] = []
    tokens, number, tokenizer = 0, 0, build_character_tokenizer()
    supervised.pool(config, 0, tokenizer)  # imports the families
    begin = settle("cpu")
    while number < 2 or settle("cpu") - begin < seconds:
        examples = supervised.pool(config, number, tokenizer)
        tokens += sum(len(example.tokens) for example in examples)
        found += supervised.batches(examples, config, number)
        number += 1
    return tokens / (settle("cpu") - begin), found


def updates_alone(config: Supervised, ready: list[list[Example]], seconds: float) -> tuple[float, float]:
    """Tokens and updates a second, without making problems."""
    model = supervised.build_model(config.shape, build_character_tokenizer(), 0)
    model.to(torch.device(config.device)).train()
    chosen, gradient = supervised.optimizers(model, config), supervised.gradient_of(model, config)
    for ids, labels in (supervised.tensors(batch, 0) for batch in ready[: None if config.device != "cpu" else 1]):
        gradient(ids, labels)  # on a GPU this records what it then replays
    tokens, done, begin = 0, 0, settle(config.device)
    while done < 1 or time.monotonic() - begin < seconds:
        batch = ready[done % len(ready)]
        supervised.step(model, gradient, chosen, batch, 0.1, config)
        tokens += sum(len(example.tokens) for example in batch)
        done += 1
    spent = settle(config.device) - begin
    return tokens / spent, done / spent


def training(config: Supervised, seconds: float) -> float:
    """Tokens a second of all of training, from when its workers are there."""
    seen: list[tuple[int, float]] = []

    def watch(progress: Progress) -> None:
        seen.append((progress.done, time.monotonic()))
        if len(seen) > WARM_UP and seen[-1][1] - seen[WARM_UP - 1][1] > seconds:
            raise Enough

    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Enough):
        supervised.train(config, Path(folder), watch=watch)
    (first, begin), (last, end) = seen[WARM_UP - 1], seen[-1]
    return (last - first) / (end - begin)


def practice(config: GRPO, base: Path, seconds: float) -> tuple[float, float, float, float]:
    """Of an update by reward: seconds, the share of sampling, chains and sampled tokens a second."""
    learner = GroupLearner(config, load(base, device=config.device, dtype=config.dtype))
    sampling = learning = 0.0
    chains = tokens = 0
    while learner.updates < 2 or sampling + learning < seconds:
        times = [settle(config.device)]
        learner.local.forget()
        groups = learner.sample(draw_problems(learner.oracle, config, learner.updates, learner.reserved))
        times.append(settle(config.device))
        learner.learn_from(groups, 0.1)
        times.append(settle(config.device))
        learner.updates += 1
        if learner.updates > 1:  # the first warms up
            sampling += times[1] - times[0]
            learning += times[2] - times[1]
            chains += sum(len(group.rollouts) for group in groups)
            tokens += sum(rollout.chain.tokens for group in groups for rollout in group.rollouts)
    spent = sampling + learning
    return spent / (learner.updates - 1), sampling / spent, chains / spent, tokens / spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--base", type=Path, default=PRETRAINED / "tiny-reasoner")
    parser.add_argument("--prompts", type=int, help="of an update by reward; by default the recipe's")
    given = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=120)
    where = torch.cuda.get_device_name() if given.device != "cpu" else platform.processor() or platform.machine()
    console.print(f"{given.device}: {where}, torch {torch.__version__}")
    table = Table("what", "tokens a second", "updates a second", "chains a second", "share of sampling")
    sft = replace(cast("Supervised", _settings("sft-small")), device=given.device, workers=given.workers)
    speed, ready = made(sft, min(given.seconds, 2.0))
    table.add_row("made", f"{speed:,.0f}")
    for precision in ("float32", "bfloat16"):
        config = replace(sft, precision=precision)
        tokens, updates = updates_alone(config, ready, given.seconds)
        table.add_row(f"updates alone, {precision}", f"{tokens:,.0f}", f"{updates:.3g}")
        if given.device != "cpu":
            table.add_row(f"training, {precision}", f"{training(config, given.seconds):,.0f}")
    grpo = replace(cast("GRPO", _settings("grpo-small")), device=given.device, keep="last", validation_updates=0)
    grpo = replace(grpo, prompts=given.prompts or grpo.prompts)
    update, share, chains, tokens = practice(grpo, given.base, given.seconds)
    table.add_row("by reward", f"{tokens:,.0f}", f"{1 / update:.3g}", f"{chains:,.0f}", f"{share:.2f}")
    console.print(table)


def _settings(recipe: str) -> object:
    training = load_recipe(recipe).train
    if training is None:
        raise ValueError(f"{recipe} trains nothing")
    return training.settings


if __name__ == "__main__":
    main()
