"""What an agent is: it maps views to thoughts, many episodes at once, and keeps account of the cost."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from reasoning_gym.problem import View


@dataclass(slots=True)
class Cost:
    """What thinking cost. Counted in sequences, so that a batch of 8 counts 8 times."""

    tokens: int = 0  # sampled by the model; one that an agent reads in a step of training counts as three
    prompt_tokens: int = 0  # read by the model and not found in a cache
    forward_passes: int = 0  # of one sequence each; a step of training counts as three
    simulations: int = 0  # of a search

    def add(self, other: Cost) -> None:
        """Add another cost to this one."""
        self.tokens += other.tokens
        self.prompt_tokens += other.prompt_tokens
        self.forward_passes += other.forward_passes
        self.simulations += other.simulations


@dataclass(slots=True)
class Ledger:
    """An agent's account: what it cost in all, and what each view of the last call to `act` cost."""

    total: Cost = field(default_factory=Cost)
    rows: list[Cost] = field(default_factory=list[Cost])  # [B], of the last call to `act`

    def open(self, batch: int) -> None:
        """Begin a call to `act` on so many views."""
        self.rows = [Cost() for _ in range(batch)]

    def charge(self, row: int, cost: Cost) -> None:
        """Charge a cost to one view of the call."""
        self.rows[row].add(cost)
        self.total.add(cost)


@runtime_checkable
class Agent(Protocol):
    """Maps views to thoughts. An agent sees views only, so no agent can reach a reference."""

    ledger: Ledger

    def act(self, views: Sequence[View]) -> list[str]:
        """The next thought of each of B episodes: B views in, B thoughts out, in the same order.

        A thought depends on its own view and on the agent's seed, never on the rest of the batch,
        on the order of the calls or on what was asked before: runs can be batched and resumed at will.
        """
        ...


def generator(seed: int, view: View, purpose: str = "") -> np.random.Generator:
    """The randomness of one decision: a function of the agent's seed and of what it sees.

    `purpose` keeps apart the several draws that one decision may need.
    """
    text = f"{seed}\0{purpose}\0{view.thoughts_left}\0{view.text}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest)))
