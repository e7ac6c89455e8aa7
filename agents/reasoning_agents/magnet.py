"""A magnet: it pulls policies that learn against each other, so that they come to rest in an equilibrium.

Two policies that each climb the gradient of their own winnings circle around an equilibrium, and with any step that
isn't infinitely small they spiral away from it. A penalty for the distance to a fixed policy, the magnet, damps the
circling: what is learned converges to the equilibrium of the game with that penalty (Sokota et al. 2023, 'A unified
approach to reinforcement learning, quantal response equilibria, and two-player zero-sum games'). If the magnet is moved
to where the policies have come now and then, that is an equilibrium of the game itself (Perolat et al. 2022, 'Mastering
the game of Stratego', R-NaD).

`magnet_loss` and `magnetic_reward` are the term for any training; `play` solves matrix games by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Policies: TypeAlias = NDArray[np.float64]  # [B, A], each row a distribution over a player's actions
Numbers = TypeVar("Numbers", Tensor, NDArray[np.float64])


def magnet_loss(log_probs: Tensor, magnet_log_probs: Tensor) -> Tensor:
    """The divergence of policies from magnets, KL(policy ‖ magnet), in nats, to be added to a loss.

    Args:
        log_probs: [..., A], of all actions by the policy that learns.
        magnet_log_probs: [..., A], by the magnet; no gradient reaches it.

    Returns:
        [...].
    """
    return (log_probs.exp() * (log_probs - magnet_log_probs.detach())).sum(dim=-1)


def magnetic_reward(reward: Numbers, log_prob: Numbers, magnet_log_prob: Numbers, strength: float) -> Numbers:
    """What an action that was drawn is paid where a magnet pulls: its mean is the reward's less the divergence.

    The reward transformation of R-NaD, for policies whose actions can't be enumerated, such as texts.

    Args:
        reward: [...].
        log_prob: [...], of the action by the policy that drew it, without a gradient.
        magnet_log_prob: [...], by the magnet.
        strength: of the magnet, in reward a nat.
    """
    return reward - strength * (log_prob - magnet_log_prob)


@dataclass(frozen=True, kw_only=True)
class MagneticPlay:
    """How two policies learn a matrix game against each other."""

    iterations: int = 10_000
    learning_rate: float = 0.1
    strength: float = 0.5  # of the magnet, in payoff a nat; 0 for none: naive policy gradients
    move_every: int = 0  # iterations after which the magnet is moved to the policies; 0: it stays uniform

    def __post_init__(self) -> None:
        """Refuse what can't be played.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        if self.iterations < 1:
            raise ValueError(f"iterations is {self.iterations}; give at least 1")
        for name in ("learning_rate", "strength", "move_every"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 0")


class Pair(NamedTuple):
    """The policies of both players, of B plays."""

    first: Policies  # [B, A]
    second: Policies  # [B, C]


class Outcome(NamedTuple):
    """Where plays of a matrix game came to."""

    last: Pair  # the policies at the end
    average: Pair  # the mean of the policies over all iterations


def play(payoff: NDArray[np.float64], starts: Pair, settings: MagneticPlay | None = None) -> Outcome:
    """Let two policies learn by simultaneous policy gradients, each softmax and each with a magnet, from given starts.

    The gradients are exact: each iteration knows what every action wins on average against the other's policy.

    Args:
        payoff: [A, C], what the first player wins; the second loses it.
        starts: B pairs of policies that give every action some probability.
        settings: how they learn.

    Raises:
        ValueError: if the starts don't fit the payoff, or an action has no probability.
    """
    settings = settings or MagneticPlay()
    logits = [_logits(policies, count) for policies, count in zip(starts, payoff.shape, strict=True)]
    magnets = [np.full_like(each, -np.log(each.shape[1])) for each in logits]
    totals = [np.zeros_like(each) for each in logits]
    for iteration in range(1, settings.iterations + 1):
        log_policies = [_log_softmax(each) for each in logits]
        first, second = (np.exp(each) for each in log_policies)
        won = (second @ payoff.T, -first @ payoff)
        for place in (0, 1):
            pulled = magnetic_reward(won[place], log_policies[place], magnets[place], settings.strength)
            logits[place] = logits[place] + settings.learning_rate * _gradient(log_policies[place], pulled)
            totals[place] += np.exp(_log_softmax(logits[place]))
        if settings.move_every and iteration % settings.move_every == 0:
            magnets = [_log_softmax(each) for each in logits]
    last = (np.exp(_log_softmax(each)) for each in logits)
    return Outcome(Pair(*last), Pair(*(each / settings.iterations for each in totals)))


def exploitability(payoff: NDArray[np.float64], policies: Pair) -> NDArray[np.float64]:
    """What best answers to both policies win together, [B]: 0 in an equilibrium, else more."""
    against_second = (policies.second @ payoff.T).max(axis=1)
    against_first = (-policies.first @ payoff).max(axis=1)
    return cast("NDArray[np.float64]", against_second + against_first)


def _gradient(log_policies: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gradient of a softmax policy's mean value in its logits, [B, A]: the policy gradient theorem."""
    policies = np.exp(log_policies)
    return cast("NDArray[np.float64]", policies * (values - (policies * values).sum(axis=1, keepdims=True)))


def _logits(policies: Policies, actions: int) -> NDArray[np.float64]:
    if policies.ndim != 2 or policies.shape[1] != actions or not (policies > 0).all():
        raise ValueError(f"policies of shape {policies.shape}; give [B, {actions}] of positive probabilities")
    return np.log(policies)


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return cast("NDArray[np.float64]", shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
