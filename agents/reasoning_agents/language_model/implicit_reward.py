"""A process reward that is implicit in a model: how much likelier it finds a thought than the policy does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from safetensors import torch as safetensors
from torch import Tensor, nn
from transformers import PreTrainedModel

IMPLICIT_REWARD_FILE = "implicit_reward.safetensors"  # beside the model's weights
_NEWTON_STEPS = 25
_RIDGE = 1e-2  # keeps the odds finite where all thoughts are right, or wrong


class ImplicitReward(nn.Module):
    """The log-odds that a thought is right, from how likely the model and the policy find it.

    They are a bias, plus a multiple of the difference of the two log-probabilities, in nats: Yuan et al. 2024, 'Free
    Process Rewards without Process Labels', equation 2. To that a multiple of the policy's own log-probability is
    added, without which the difference would take away what the policy knows of its doubts. The bias and this last
    multiple are learned; the model, as long as it is the policy, adds nothing to them.
    """

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(()))
        self.likelihood = nn.Parameter(torch.ones(()))
        self.scale: Tensor
        self.register_buffer("scale", torch.tensor(scale))

    def forward(self, log_probs: Tensor, policy_log_probs: Tensor) -> Tensor:
        """Log-odds [N] of thoughts, from their log-probabilities by the model and by the policy, [N] each."""
        return self.bias + self.likelihood * policy_log_probs + self.scale * (log_probs - policy_log_probs)

    def fit(self, policy_log_probs: Sequence[float], right: Sequence[bool]) -> None:
        """Set the bias and the multiple to those that suit thoughts best while the model is the policy.

        Logistic regression by Newton's method. Without it a thought that the policy is sure of begins with even odds,
        however often such thoughts are right.

        Args:
            policy_log_probs: [N].
            right: [N].
        """
        y = np.array(right, dtype=np.float64)
        x = np.stack([np.ones(len(y)), np.array(policy_log_probs, dtype=np.float64)], axis=1)
        weights = np.zeros(2)
        for _ in range(_NEWTON_STEPS):
            p = 1 / (1 + np.exp(-(x @ weights).clip(-500, 500)))
            slope = x.T @ (p - y) + _RIDGE * weights
            curvature = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(2)
            weights -= np.linalg.solve(curvature, slope)
        with torch.no_grad():
            self.bias.fill_(float(weights[0]))
            self.likelihood.fill_(float(weights[1]))

    def save(self, folder: Path) -> None:
        """Write it beside the model's weights."""
        save = cast("Callable[[dict[str, Tensor], Path], None]", cast("Any", safetensors).save_file)
        save({name: tensor.contiguous() for name, tensor in self.state_dict().items()}, folder / IMPLICIT_REWARD_FILE)

    @classmethod
    def load(cls, path: Path) -> ImplicitReward:
        """Read it.

        Raises:
            ValueError: if the file holds something else.
        """
        load = cast("Callable[[Path], dict[str, Tensor]]", cast("Any", safetensors).load_file)
        tensors = load(path)
        shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        if shapes != dict.fromkeys(("bias", "likelihood", "scale"), ()):
            raise ValueError(f"{path} holds {shapes}, but an implicit reward is three numbers; train it again")
        reward = cls()
        reward.load_state_dict(tensors)
        return reward


class ProcessRewardModel(NamedTuple):
    """A model that reads as the policy does, and says whether the policy's thoughts are right."""

    model: PreTrainedModel
    reward: ImplicitReward
