"""What a network learns from games that were played: policies of searches, and who won."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from reasoning_agents.games.predictors import PolicyValueNetwork, encode
from reasoning_agents.games.self_play import Played
from reasoning_gym.selfplay.boards import Symmetry
from reasoning_gym.selfplay.game import Game

Position = TypeVar("Position")


class Lessons(NamedTuple):
    """Positions to learn from, N of them."""

    observed: Tensor  # [N, F], of the type in which the game shows it
    policies: Tensor  # [N, A]
    values: Tensor  # [N], in [-1, 1]


def lessons_of(
    game: Game[Position, int],
    played: Sequence[Played[Position]],
    value_mix: float,
    symmetries: Sequence[Symmetry[Position]] = (),
) -> Lessons:
    """What is to be learned from games: each position, or each of its images, with its policy and its value.

    Args:
        game: the rules.
        played: at least one game of one move.
        value_mix: the share of the search's own value in the value; the rest is what the mover won.
        symmetries: of the game, the identity included; none for the positions alone.
    """
    observed: list[NDArray[Any]] = []
    policies: list[NDArray[np.float32]] = []
    values: list[float] = []
    for turns, returns in played:
        for position, mover, policy, searched in turns:
            value = (1 - value_mix) * returns[mover] + value_mix * searched
            for image, moved in _images(position, policy, symmetries):
                observed.append(encode(game, image))
                policies.append(moved)
                values.append(value)
    return Lessons(
        torch.as_tensor(np.stack(observed)),
        torch.as_tensor(np.stack(policies)),
        torch.tensor(values, dtype=torch.float32),
    )


def _images(
    position: Position, policy: NDArray[np.float32], symmetries: Sequence[Symmetry[Position]]
) -> Iterator[tuple[Position, NDArray[np.float32]]]:
    """A position with its policy under each symmetry, or alone."""
    if not symmetries:
        yield position, policy
    for image_of, actions in symmetries:
        moved = np.zeros_like(policy)
        moved[list(actions)] = policy
        yield image_of(position), moved


def newest(old: Lessons | None, new: Lessons, most: int) -> Lessons:
    """The old lessons with the new ones after them, no more than the newest `most`."""
    if old is None:
        return Lessons(*(each[-most:] for each in new))
    return Lessons(*(torch.cat(both)[-most:] for both in zip(old, new, strict=True)))


def losses(network: PolicyValueNetwork, lessons: Lessons) -> tuple[Tensor, Tensor]:
    """The cross-entropy of the policies, in nats, and the squared error of the values: means over the lessons."""
    logits, values = network(lessons.observed.float())
    return functional.cross_entropy(logits, lessons.policies), functional.mse_loss(values, lessons.values)
