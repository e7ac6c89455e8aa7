"""What a search asks about positions: a network, a language model, or random play to the end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import torch as safetensors
from torch import Tensor, nn
from torch.nn import functional

from reasoning_agents.games.search import Predictions, count_actions
from reasoning_agents.language_model.step_model import StepModel
from reasoning_gym.problem import Question, View
from reasoning_gym.selfplay.game import Game

Position = TypeVar("Position")
_WEIGHTS, _SHAPE = "network.safetensors", "network.json"  # the files of a network
_BLOCK = 256  # random numbers drawn at a time


def encode(game: Game[Position, Any], position: Position) -> NDArray[Any]:
    """What the mover observes, flat, [F]; of a dictionary only its `observation`."""
    mover = game.mover(position)
    if mover is None:
        raise ValueError("the game is over; there is nobody to observe it as the mover")
    observed = game.observe(position, mover)
    if isinstance(observed, dict) and "observation" in observed:
        return cast("NDArray[Any]", observed["observation"]).ravel()
    return np.asarray(gymnasium.spaces.flatten(game.observation_space(mover), observed))


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """The size of a policy-value network."""

    width: int = 128  # of the hidden layers
    blocks: int = 2  # residual ones, of two layers each


class PolicyValueNetwork(nn.Module):
    """Residual layers over what the mover observes, with a head for the policy and one for the value.

    He et al. 2016, 'Identity mappings in deep residual networks', with layer norms and without convolutions: on one
    CPU core a wide layer costs less than a small convolution.
    """

    def __init__(self, features: int, actions: int, shape: NetworkShape) -> None:
        super().__init__()
        width = shape.width
        self.features, self.actions, self.shape = features, actions, shape
        self.enter = nn.Linear(features, width)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(shape.blocks))
        self.norm = nn.LayerNorm(width)
        self.policy = nn.Linear(width, actions)
        self.value = nn.Linear(width, 1)
        for head in (self.policy, self.value):  # begin without an opinion
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def forward(self, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, [B, A], and values in [-1, 1], [B], of observations [B, F]."""
        hidden = self.enter(observed)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        hidden = self.norm(hidden)
        return self.policy(hidden), torch.tanh(self.value(hidden)).squeeze(-1)


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)

    def forward(self, hidden: Tensor) -> Tensor:
        return cast("Tensor", self.second(functional.relu(self.first(self.norm(hidden)))))


def new_network(game: Game[Any, Any], shape: NetworkShape, seed: int) -> PolicyValueNetwork:
    """A network for a game, of random weights, that finds all actions alike and expects a draw.

    Raises:
        ValueError: for a game that can't be searched.
    """
    actions = count_actions(game)
    features = len(encode(game, game.start(np.random.default_rng(0))))
    untyped = cast("Any", torch)
    with untyped.random.fork_rng(devices=[]):  # what is drawn elsewhere stays as it was
        untyped.manual_seed(seed)
        return PolicyValueNetwork(features, actions, shape)


def save_network(folder: Path, network: PolicyValueNetwork, game: str) -> None:
    """Write a network and the name of its game, whole or not at all."""
    whole, folder = folder, folder.with_name(f"{folder.name}.partial")
    folder.mkdir(parents=True, exist_ok=True)
    save = cast("Callable[[dict[str, Tensor], Path], None]", cast("Any", safetensors).save_file)
    save(network.state_dict(), folder / _WEIGHTS)
    table = {"game": game, "features": network.features, "actions": network.actions, **asdict(network.shape)}
    (folder / _SHAPE).write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    os.replace(folder, whole)


def load_network(folder: Path) -> tuple[str, PolicyValueNetwork]:
    """The name of a game and the network that `save_network` wrote."""
    table = json.loads((folder / _SHAPE).read_text(encoding="utf-8"))
    shape = NetworkShape(width=table["width"], blocks=table["blocks"])
    network = PolicyValueNetwork(table["features"], table["actions"], shape)
    load = cast("Callable[[Path], dict[str, Tensor]]", cast("Any", safetensors).load_file)
    network.load_state_dict(load(folder / _WEIGHTS))
    return table["game"], network


class NetworkPredictor(Generic[Position]):
    """Asks a network, all positions at once."""

    def __init__(self, game: Game[Position, Any], network: PolicyValueNetwork) -> None:
        self.game = game
        self.network = network
        self.asked = 0  # positions so far

    @torch.no_grad()
    def predict(self, positions: Sequence[Position]) -> Predictions:
        """See `search.Predictor`."""
        self.asked += len(positions)
        observed = np.stack([encode(self.game, position) for position in positions])
        logits, values = self.network(torch.as_tensor(observed).float())
        return Predictions(torch.log_softmax(logits, dim=-1).numpy(), values.numpy())


class RollOuts(Generic[Position]):
    """Knows nothing: finds all actions alike, and plays at random to the end to see who wins (plain MCTS)."""

    def __init__(self, game: Game[Position, int], rng: np.random.Generator) -> None:
        self.game = game
        self.rng = rng
        self.actions = count_actions(game)
        self._drawn: list[float] = []  # in [0, 1), not used yet

    def predict(self, positions: Sequence[Position]) -> Predictions:
        """See `search.Predictor`."""
        values = np.array([self._play_out(position) for position in positions])
        return Predictions(np.zeros((len(positions), self.actions)), values)

    def _play_out(self, position: Position) -> float:
        """What the mover wins in a random game from there."""
        game, drawn = self.game, self._drawn
        mover = game.mover(position)
        while game.mover(position) is not None:
            if not drawn:
                drawn.extend(self.rng.random(_BLOCK).tolist())
            legal = game.legal(position) or ()
            position = game.play(position, legal[int(drawn.pop() * len(legal))])
        return game.returns(position)[mover or 0]


class LanguageModelPredictor(Generic[Position]):
    """Asks a language model: it scores the texts of the legal actions after a text of the position.

    Its values are those of the model's value head, from 0 (the mover loses) to 1 (it wins); without one, 0.

    Args:
        game: the game.
        model: scores thoughts.
        ask: the question that a position is to the model; by default the board and who is to move.
        name: the thought that an action is to the model; by default its number.
    """

    def __init__(
        self,
        game: Game[Position, int],
        model: StepModel,
        ask: Callable[[Position], Question] | None = None,
        name: Callable[[int], str] = str,
    ) -> None:
        self.game = game
        self.model = model
        self.actions = count_actions(game)
        self.ask = ask or self._ask
        self.name = name

    def predict(self, positions: Sequence[Position]) -> Predictions:
        """See `search.Predictor`."""
        views = [View(self.ask(position), (), 1) for position in positions]
        legal = [self.game.legal(position) or () for position in positions]
        scored = self.model.score(views, [[self.name(action) for action in each] for each in legal])
        log_priors = np.full((len(positions), self.actions), -np.inf)
        for row, actions, candidates in zip(log_priors, legal, scored, strict=True):
            row[list(actions)] = [candidate.log_prob for candidate in candidates]
        judged = self.model.value(views)
        values = np.zeros(len(positions)) if judged is None else np.array([2 * each.score - 1 for each in judged])
        return Predictions(log_priors, values)

    def _ask(self, position: Position) -> Question:
        mover = self.game.mover(position)
        role = self.game.roles[mover or 0]
        legal = ", ".join(map(self.name, self.game.legal(position) or ()))
        return Question(
            family=self.game.name,
            level=1,
            statement=f"{self.game.render(position)}\nYou are {role}.",
            answer_format=f"Give your move, one of {legal}.",
        )
