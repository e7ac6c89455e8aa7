"""AlphaZero: a policy-value network learns a game of two players from searches in games against itself.

Silver et al. 2018, 'A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play'.
In each update a generator plays some games against itself, all in step, each move by a search; the network learns the
searches' policies and who won. With `root = "gumbel"` the search is that of Danihelka et al. 2022, which needs fewer
simulations; with a gate the generator is replaced only by a network that beats it, as in AlphaGo Zero (Silver et al.
2017). An update is a function of the weights, the optimizer's state, the replayed positions, the seed and the update's
number, so on CPU a run that was killed and taken up again ends with the same weights to the bit.

Figures of an update, each the mean over its games or steps:

- `loss`, and of it `policy_loss` and `value_loss`; `rate`, the learning rate's share of its peak
- `moves` of a game; `first_score`, the points of the game's player 0; `positions`, replayed
- where a gate was: `gate_score` of the network against the generator, `gate_passed`, 1 or 0
- where it was validated: `validation`, the score against the first of the `opponents`, and `validation_n`

`training.json` has, beside the costs (`simulations` of self-play, `forward_passes` of a position, `cpu_seconds`,
matches included), what the trained network came to: the figures that `reasoning_agents.games.measures` names.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

from reasoning_agents.games.lessons import Lessons, lessons_of, losses, newest
from reasoning_agents.games.measures import Contest, Matches, errors, ladder, meet, refuse_odd, scores
from reasoning_agents.games.players import SearchPlayer
from reasoning_agents.games.predictors import (
    NetworkPredictor,
    NetworkShape,
    PolicyValueNetwork,
    load_network,
    new_network,
    save_network,
)
from reasoning_agents.games.randomness import Purpose, randomness, seed_of
from reasoning_agents.games.search import SearchSettings
from reasoning_agents.games.self_play import self_play
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
from reasoning_gym.selfplay.boards import Symmetric, Symmetry
from reasoning_gym.selfplay.game import Game
from reasoning_gym.selfplay.games import find_game

Weights: TypeAlias = dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class AlphaZero:
    """What to train on which game, and for how long."""

    game: str  # one of `reasoning_gym.selfplay.games`, or module:Class
    updates: int  # in all; a fixed number, never a time
    games: int = 64  # of an update, played in step
    search: SearchSettings = field(default_factory=SearchSettings)  # of self-play
    network: NetworkShape = field(default_factory=NetworkShape)
    temperature: float = 1.0  # of the first moves of a game
    temperature_moves: int = 8  # how many those are
    final_temperature: float = 0.0  # of the others
    opening: int = 0  # moves at the beginning that are drawn, at most; how many is drawn too
    value_mix: float = 0.0  # share of the search's own value in what the value learns; the rest is who won
    symmetries: bool = True  # whether the images of a position are learned too, in a game that tells its symmetries
    replayed: int = 50_000  # positions that are learned from, images included; the newest
    steps: int = 32  # of the optimizer in an update
    batch: int = 256  # positions in a step
    learning_rate: float = 2e-3  # of AdamW, at its peak
    warm_up: int = 2  # updates over which it rises
    final_rate: float = 0.05  # the share of the peak that is left at the end, after a straight line
    weight_decay: float = 1e-3
    gradient_clip: float = 1.0  # largest norm of the gradient
    gate_updates: int = 0  # updates between two gates; 0 for none: the generator is always the newest network
    gate_games: int = 40  # played at a gate; even
    gate_score: float = 0.55  # of the network against the generator, to take its place
    validation_updates: int = 0  # updates between two validations; 0 for none
    validation_games: int = 100  # with the first of the opponents; even
    matches: Matches = field(default_factory=Matches)
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be trained.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        for name in ("updates", "games", "replayed", "steps", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1")
        for name in ("value_mix", "gate_score"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give a number from 0 to 1")
        refuse_odd("gate_games", self.gate_games)
        refuse_odd("validation_games", self.validation_games)


class _Learner:
    """A run: the network that learns, the generator that plays, and all that an update changes."""

    def __init__(self, settings: AlphaZero, game: Game[Any, int]) -> None:
        self.settings = settings
        self.game = game
        self.contest = Contest(game, settings.matches, settings.search, settings.seed)
        for name in settings.matches.opponents:  # refuse now, not after the training, what can't play this game
            self.contest.opponent(name, 0)
        self.network = new_network(game, settings.network, settings.seed)
        self.generator = copy.deepcopy(self.network) if settings.gate_updates else self.network
        self.predictors: list[NetworkPredictor[Any]] = []  # that count what networks were asked
        self.playing = self._predictor(self.generator)
        self.learning = self._predictor(self.network)
        self.optimizer: Optimizer = AdamW(
            self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        told = game.symmetries() if settings.symmetries and isinstance(game, Symmetric) else ()
        self.symmetries: Sequence[Symmetry[Any]] = told
        self.lessons: Lessons | None = None
        self.ladder: dict[int, Weights] = {0: _weights(self.generator)} if settings.matches.rungs else {}
        self.updates = 0  # done
        self.simulations = 0
        self.asked = 0  # positions that networks were asked about before the run was killed

    def update(self) -> dict[str, float]:
        """Play, learn, and try the network at the gate where it is due; the figures."""
        settings = self.settings
        rngs = [randomness(settings.seed, self.updates, Purpose.PLAY, number) for number in range(settings.games)]
        played = self_play(self.game, self.playing, settings, rngs)
        moves = sum(len(each.turns) for each in played)
        self.simulations += moves * settings.search.simulations
        fresh = lessons_of(self.game, played, settings.value_mix, self.symmetries)
        self.lessons = newest(self.lessons, fresh, settings.replayed)
        share = rate(self.updates, settings)
        figures = {"update": self.updates + 1, "rate": share, **self._learn(self.lessons, share)}
        figures["moves"] = moves / len(played)
        figures["first_score"] = float(np.mean([(1 + each.returns[0]) / 2 for each in played]))
        figures["positions"] = len(self.lessons.values)
        self.updates += 1
        figures |= self._gate() | self._validate()
        if self.updates in rungs(settings):
            self.ladder[self.updates] = _weights(self.generator)
        return figures

    def _learn(self, lessons: Lessons, share: float) -> dict[str, float]:
        """Take the steps of an update, at this share of the peak rate; the mean losses."""
        settings = self.settings
        rng = randomness(settings.seed, self.updates, Purpose.LEARN)
        had: list[tuple[float, float]] = []
        for group in self.optimizer.param_groups:
            group["lr"] = settings.learning_rate * share
        for _ in range(settings.steps):
            rows = torch.as_tensor(rng.integers(len(lessons.values), size=settings.batch))
            policy_loss, value_loss = losses(self.network, Lessons(*(each[rows] for each in lessons)))
            cast("Any", policy_loss + value_loss).backward()
            norm = float(torch.nn.utils.clip_grad_norm_(self.network.parameters(), settings.gradient_clip))
            if not isfinite(norm):
                raise ValueError(f"the gradient's norm is {norm}; lower the learning rate")
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            had.append((float(policy_loss.detach()), float(value_loss.detach())))
        policy, value = (float(mean) for mean in np.mean(had, axis=0))
        return {"loss": policy + value, "policy_loss": policy, "value_loss": value}

    def _gate(self) -> dict[str, float]:
        """Let the network take the generator's place, if it beats it; nothing where no gate is due."""
        settings = self.settings
        if not settings.gate_updates or self.updates % settings.gate_updates:
            return {}
        old, new = (self.contest.player(predictor) for predictor in (self.playing, self.learning))
        seed = seed_of(settings.seed, self.updates, Purpose.GATE)
        first, second = self.contest.match(new, old, settings.gate_games, seed)
        score = first.plus(second).score.value
        if passed := score >= settings.gate_score:
            self.generator.load_state_dict(self.network.state_dict())
        return {"gate_score": score, "gate_passed": float(passed)}

    def _validate(self) -> dict[str, float]:
        """Measure the generator against the first opponent; nothing where that isn't due."""
        settings = self.settings
        last = self.updates == settings.updates
        if not settings.validation_updates or (self.updates % settings.validation_updates and not last):
            return {}
        name = settings.matches.opponents[0]
        first, second = meet(self.contest, self.playing, name, settings.validation_games, self.updates)
        score = first.plus(second).score
        return {"validation": score.value, "validation_n": score.n}

    def outcome(self) -> dict[str, float]:
        """What the generator came to; see `games.measures`."""
        networks = [self._predictor(self._network_of(update)) for update in sorted(self.ladder)]
        return {
            **scores(self.contest, self.playing),
            **errors(self.contest, self.playing),
            **ladder(self.contest, networks),
        }

    def _network_of(self, update: int) -> PolicyValueNetwork:
        network = copy.deepcopy(self.generator)
        network.load_state_dict(self.ladder[update])
        return network

    def _predictor(self, network: PolicyValueNetwork) -> NetworkPredictor[Any]:
        self.predictors.append(NetworkPredictor(self.game, network))
        return self.predictors[-1]

    def costs(self) -> dict[str, int]:
        """What the run has cost so far."""
        asked = self.asked + sum(predictor.asked for predictor in self.predictors)
        return {"updates": self.updates, "simulations": self.simulations, "forward_passes": asked}

    def state(self) -> dict[str, object]:
        """All that an update changes."""
        return {
            "network": self.network.state_dict(),
            "generator": self.generator.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "lessons": None if self.lessons is None else tuple(self.lessons),
            "ladder": self.ladder,
            "costs": self.costs(),
        }

    def restore(self, state: Mapping[str, Any] | None) -> float:
        """Take up a kept state, if there is one; the CPU seconds that it had taken."""
        if state is None:
            return 0.0
        self.network.load_state_dict(state["network"])
        self.generator.load_state_dict(state["generator"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.lessons = None if state["lessons"] is None else Lessons(*state["lessons"])
        self.ladder = state["ladder"]
        costs = state["costs"]
        self.updates, self.simulations, self.asked = costs["updates"], costs["simulations"], costs["forward_passes"]
        return float(state["cpu_seconds"])


def train(
    settings: AlphaZero,
    out: Path,
    *,
    game: Game[Any, int] | None = None,
    watch: Watch | None = None,
    checkpoint_updates: int = 10,
    stop_after_updates: int | None = None,
) -> Path:
    """Train, or go on where a killed run stopped, measure, and save the network; returns its folder.

    A finished network is returned as it is. The log has a line an update, and so does each call of `watch`.

    Args:
        settings: what to train.
        out: the folder of the run.
        game: the game, where it isn't to be found by its name in the settings.
        watch: called after each update, with its figures.
        checkpoint_updates: updates between two checkpoints.
        stop_after_updates: stop there, as if killed; for tests.

    Raises:
        ValueError: if there is no such game, it can't be searched, `out` holds a run of other settings, or training
            diverges.
    """
    played = find_game(settings.game) if game is None else game
    claim(out, settings)
    folder = out / MODEL
    if folder.exists():
        return folder
    learner = _Learner(settings, played)
    clock = CPUClock(learner.restore(load_checkpoint(out)))
    log = Log(out, learner.updates)
    for done in range(1, settings.updates - learner.updates + 1):
        figures = {**learner.update(), "cpu_seconds": round(clock.seconds, 1)}
        log.append(figures)
        if watch is not None:
            watch(Progress(learner.updates, settings.updates, figures, 0.0))
        if stop_after_updates is not None and done >= stop_after_updates:
            return folder
        if learner.updates % checkpoint_updates == 0 or learner.updates == settings.updates:
            save_checkpoint(out, {**learner.state(), "cpu_seconds": clock.seconds})
    came_to = learner.outcome()
    write_json(out / TRAINING, {**learner.costs(), "cpu_seconds": round(clock.seconds, 1), **came_to})
    save_network(folder, learner.generator, settings.game)
    (out / CHECKPOINT).unlink(missing_ok=True)
    return folder


def load_player(folder: Path, settings: SearchSettings, game: Game[Any, int] | None = None) -> SearchPlayer[Any]:
    """A player by a trained network.

    Args:
        folder: what `train` returned.
        settings: how it searches.
        game: the game, where it isn't to be found by the name that the network was saved with.
    """
    name, network = load_network(folder)
    played = find_game(name) if game is None else game
    return SearchPlayer(played, NetworkPredictor(played, network), settings)


def rungs(settings: AlphaZero) -> list[int]:
    """After which updates a network is kept for the ladder, beside the untrained one."""
    count = settings.matches.rungs
    return [round(settings.updates * number / count) for number in range(1, count + 1)]


def rate(update: int, settings: AlphaZero) -> float:
    """The learning rate's share of its peak in an update, from 0: linear warm-up, then a straight line."""
    if update < settings.warm_up:
        return (update + 1) / (settings.warm_up + 1)
    progress = (update - settings.warm_up) / max(settings.updates - settings.warm_up, 1)
    return 1 + (settings.final_rate - 1) * progress


def _weights(network: PolicyValueNetwork) -> Weights:
    return {name: weight.detach().clone() for name, weight in network.state_dict().items()}
