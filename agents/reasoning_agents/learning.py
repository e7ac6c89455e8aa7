"""What all learners share: how far they are, and a folder that a killed run goes on from.

The folder of a run holds config.json, which says what is trained and on what; log.jsonl, a line an
update; checkpoint.pt, while the run isn't finished; and at its end model/, and training.json with
what it cost. Every file is written whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast

import torch
from torch import nn

MODEL = "model"  # the folder of a finished run's model
TRAINING = "training.json"  # what a finished run cost
LOG = "log.jsonl"
CHECKPOINT = "checkpoint.pt"
CONFIG = "config.json"

Figures: TypeAlias = Mapping[str, float]


class Progress(NamedTuple):
    """How far a learner is."""

    done: int  # tokens or updates, whichever the learner's budget is in
    total: int
    figures: Figures  # of late, such as the mean loss; each is named in the learner's documentation
    tokens_per_second: float  # trained on, those that were sampled for it included


Watch: TypeAlias = Callable[[Progress], None]


def claim(out: Path, config: object, **facts: object) -> None:
    """Make the folder of a run, or see that it is the folder of this very run.

    Args:
        out: the folder.
        config: a dataclass, the learner's settings.
        facts: what else decides the result, such as the weights that it begins with.

    Raises:
        ValueError: if the folder holds a run of another configuration.
    """
    if not is_dataclass(config) or isinstance(config, type):
        raise TypeError(f"config is a {type(config).__name__}; give a learner's settings")
    out.mkdir(parents=True, exist_ok=True)
    path = out / CONFIG
    wanted = cast("dict[str, Any]", json.loads(json.dumps({**asdict(config), **facts})))
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != wanted:
        raise ValueError(f"{out} holds a run of another configuration; give another folder, or delete it")
    write_json(path, wanted)


def weights_hash(*modules: nn.Module | None) -> str:
    """SHA-256 over the names, types, shapes and bytes of all weights, in the order of their names."""
    digest = hashlib.sha256()
    for number, module in enumerate(modules):
        if module is None:
            continue
        for name, tensor in sorted(module.state_dict().items()):
            digest.update(f"{number}/{name}/{tensor.dtype}/{list(tensor.shape)}\n".encode())
            flat = tensor.detach().cpu().contiguous().view(-1)
            digest.update(memoryview(flat.view(torch.uint8).numpy()))
    return digest.hexdigest()


def save_checkpoint(out: Path, state: Mapping[str, object]) -> None:
    """Keep a state of plain values and tensors, to go on from."""
    partial = out / f"{CHECKPOINT}.partial"
    torch.save(dict(state), partial)
    os.replace(partial, out / CHECKPOINT)


def load_checkpoint(out: Path) -> dict[str, Any] | None:
    """The state that was kept last; None if there is none."""
    path = out / CHECKPOINT
    return cast("dict[str, Any]", torch.load(path, weights_only=True)) if path.exists() else None


def write_json(path: Path, table: Mapping[str, object]) -> None:
    """Write a table as JSON."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)


class Log:
    """The log of a run: one table an update, a line each.

    When a run is taken up again at an update, the lines from there on are taken off: they will be
    written again.
    """

    def __init__(self, out: Path, update: int = 0) -> None:
        self.path = out / LOG
        kept = self.path.read_text(encoding="utf-8").splitlines()[:update] if self.path.exists() else []
        partial = self.path.with_suffix(".partial")
        partial.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        os.replace(partial, self.path)

    def append(self, figures: Figures) -> None:
        """Add the figures of an update."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")


class CPUClock:
    """The CPU seconds that a run has taken in this process, and in the earlier ones that it was killed in."""

    def __init__(self, earlier: float = 0.0) -> None:
        self._begin = time.process_time() - earlier

    def add(self, seconds: float) -> None:
        """Count CPU seconds of another process too."""
        self._begin -= seconds

    @property
    def seconds(self) -> float:
        """CPU seconds so far."""
        return time.process_time() - self._begin


def read_log(out: Path) -> list[dict[str, float]]:
    """The figures of all updates of a run, in order."""
    path = out / LOG
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [cast("dict[str, float]", json.loads(line)) for line in lines]
