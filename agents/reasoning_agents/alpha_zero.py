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
matches included), what the trained network came to, each share with `_low`, `_high` and `_n`:

- `score` against the first of the `opponents`; `unbeaten`, the share of the games with any of them that weren't lost
- `score_NAME`, `won_NAME`, `unbeaten_NAME`, and `score_NAME_first` and `score_NAME_second`, by the side it played
- with `rungs`: `elo_N`, Elo points of the N-th network on the ladder above the untrained one; `elo_gain`, of the last
- where the game knows what its positions are worth: `network_error_max` and `network_error_mean` of the network's value
  from that, over all positions that can come about and aren't over; `search_error_max` and `search_error_mean` of the
  value that a search with the network finds
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from reasoning_agents.games.players import MinimaxPlayer, Player, RandomPlayer, SearchPlayer, play_match
from reasoning_agents.games.predictors import (
    NetworkPredictor,
    NetworkShape,
    PolicyValueNetwork,
    RollOuts,
    encode,
    load_network,
    new_network,
    save_network,
)
from reasoning_agents.games.ratings import Match, Rate, Rating, Record, elo
from reasoning_agents.games.search import (
    Exploration,
    GameTree,
    Predictor,
    SearchSettings,
    after,
    begin_at,
    choose,
    count_actions,
    policy_of,
    search,
    value_of,
)
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
from reasoning_gym.family import nearest
from reasoning_gym.selfplay.boards import Solved, Symmetric, Symmetry, reachable
from reasoning_gym.selfplay.game import Game
from reasoning_gym.selfplay.games import find_game

Position = TypeVar("Position")
Weights: TypeAlias = dict[str, Tensor]
_PLAY, _LEARN, _GATE, _MATCH, _LADDER = range(5)  # what randomness is for
_AFTERWARDS = 2**31  # for the number of an update, when all are done
_AT_ONCE = 1024  # positions valued together


@dataclass(frozen=True, kw_only=True)
class Matches:
    """What a network is measured by."""

    opponents: tuple[str, ...] = ("rollouts",)  # random, rollouts (plain MCTS of equal simulations), minimax
    games: int = 200  # with each; even, half of them on each side
    simulations: int = 64  # of a move
    opening: int = 0  # moves at the beginning of a game that are drawn
    exploration: float = 1.25  # of the roll-outs' search, in PUCT; the network's has that of training
    value_simulations: int = 256  # of the search whose values are held against exact ones
    rungs: int = 0  # networks on the ladder, the last included, at equal distances; 0 for no ladder
    rung_games: int = 40  # of each with each of the two below it; even

    def __post_init__(self) -> None:
        """Refuse what can't be measured by.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        _refuse_odd("matches.games", self.games)
        _refuse_odd("matches.rung_games", self.rung_games)
        for name in ("simulations", "value_simulations"):
            if getattr(self, name) < 1:
                raise ValueError(f"matches.{name} is {getattr(self, name)}; give at least 1")
        if not self.opponents:
            raise ValueError("matches.opponents is empty; name at least one")
        for opponent in self.opponents:
            if opponent not in OPPONENTS:
                raise ValueError(f"matches.opponents has {opponent!r}; {nearest(opponent, OPPONENTS)}")


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
        _refuse_odd("gate_games", self.gate_games)
        _refuse_odd("validation_games", self.validation_games)


def _refuse_odd(name: str, games: int) -> None:
    if games < 2 or games % 2:
        raise ValueError(f"{name} is {games}; give an even number, half of them for each side")


class Turn(NamedTuple, Generic[Position]):
    """A move that a search chose."""

    position: Position  # before it
    mover: int
    policy: NDArray[np.float32]  # [A], what the search came to
    value: float  # what the mover is expected to win, by the search


class Played(NamedTuple, Generic[Position]):
    """A game that was played to its end."""

    turns: tuple[Turn[Position], ...]
    returns: tuple[float, float]


class Lessons(NamedTuple):
    """Positions to learn from, N of them."""

    observed: Tensor  # [N, F], of the type in which the game shows it
    policies: Tensor  # [N, A]
    values: Tensor  # [N], in [-1, 1]


def self_play(
    game: Game[Position, int], predictor: Predictor[Position], settings: AlphaZero, rngs: Sequence[np.random.Generator]
) -> list[Played[Position]]:
    """As many games as there are generators, in step; each is drawn by its own.

    Args:
        game: the rules.
        predictor: plays both sides.
        settings: how moves are searched and drawn.
        rngs: [B].
    """
    actions = count_actions(game)
    trees = [begin_at(_opening(game, settings.opening, rng)) for rng in rngs]
    turns: list[list[Turn[Position]]] = [[] for _ in rngs]
    going = list(range(len(rngs)))
    while going:
        ways = [_exploration(len(turns[number]), rngs[number], settings) for number in going]
        search(game, predictor, [trees[number] for number in going], settings.search, ways)
        for number, way in zip(going, ways, strict=True):
            found = trees[number]
            position = found.position(game, found.tree.root)
            turns[number].append(Turn(position, game.mover(position) or 0, policy_of(found, actions), value_of(found)))
            trees[number] = after(found, choose(found, way), game, keep=settings.search.reuse)
        going = [number for number in going if game.mover(_now(game, trees[number])) is not None]
    return [Played(tuple(had), game.returns(_now(game, found))) for had, found in zip(turns, trees, strict=True)]


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


def newest(old: Lessons | None, new: Lessons, most: int) -> Lessons:
    """The old lessons with the new ones after them, no more than the newest `most`."""
    if old is None:
        return Lessons(*(each[-most:] for each in new))
    return Lessons(*(torch.cat(both)[-most:] for both in zip(old, new, strict=True)))


def losses(network: PolicyValueNetwork, lessons: Lessons) -> tuple[Tensor, Tensor]:
    """The cross-entropy of the policies, in nats, and the squared error of the values: means over the lessons."""
    logits, values = network(lessons.observed.float())
    return functional.cross_entropy(logits, lessons.policies), functional.mse_loss(values, lessons.values)


class _Learner:
    """A run: the network that learns, the generator that plays, and all that an update changes."""

    def __init__(self, settings: AlphaZero, game: Game[Any, int]) -> None:
        self.settings = settings
        self.game = game
        for name in settings.matches.opponents:  # refuse now, not after the training, what can't play this game
            OPPONENTS[name](game, settings, randomness(settings.seed, 0, _MATCH))
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
        rngs = [randomness(settings.seed, self.updates, _PLAY, number) for number in range(settings.games)]
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
        rng = randomness(settings.seed, self.updates, _LEARN)
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
        old, new = (self._player(predictor) for predictor in (self.playing, self.learning))
        seed = _seed(settings.seed, self.updates, _GATE)
        opening = settings.matches.opening
        records = play_match(self.game, new, old, settings.gate_games, seed, opening=opening)
        score = records[0].plus(records[1]).score.value
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
        first, second = self._meet(name, settings.validation_games, self.updates)
        score = first.plus(second).score
        return {"validation": score.value, "validation_n": score.n}

    def outcome(self) -> dict[str, float]:
        """What the generator came to; see the module."""
        return {**self._records(), **self._errors(), **self._elo()}

    def _records(self) -> dict[str, float]:
        matches = self.settings.matches
        found: dict[str, float] = {}
        total = Record()
        for name in matches.opponents:
            first, second = self._meet(name, matches.games, _AFTERWARDS)
            both = first.plus(second)
            total = total.plus(both)
            found |= {} if found else _figures("score", both.score)
            found |= _figures(f"score_{name}", both.score)
            found |= _figures(f"won_{name}", both.won) | _figures(f"unbeaten_{name}", both.unbeaten)
            found |= _figures(f"score_{name}_first", first.score) | _figures(f"score_{name}_second", second.score)
        return {**found, **_figures("unbeaten", total.unbeaten)}

    def _meet(self, name: str, games: int, update: int) -> list[Record]:
        """How the generator does against an opponent, on either side."""
        rng = randomness(self.settings.seed, update, _MATCH)
        opponent = OPPONENTS[name](self.game, self.settings, rng)
        seed = _seed(self.settings.seed, update, _MATCH)
        player = self._player(self.playing)
        return play_match(self.game, player, opponent, games, seed, opening=self.settings.matches.opening)

    def _errors(self) -> dict[str, float]:
        if not isinstance(self.game, Solved):
            return {}
        places = [position for position in reachable(self.game) if self.game.mover(position) is not None]
        sides = np.array([1 if self.game.mover(position) == 0 else -1 for position in places])
        exact = sides * np.array([self.game.solve(position) for position in places])
        settings = replace(self.settings.search, simulations=self.settings.matches.value_simulations, reuse=False)
        values = {
            "network": network_values(self.playing, places),
            "search": search_values(self.game, self.playing, places, settings),
        }
        found: dict[str, float] = {}
        for name, each in values.items():
            errors = np.abs(each - exact)
            found |= {f"{name}_error_max": float(errors.max()), f"{name}_error_mean": float(errors.mean())}
        return found

    def _elo(self) -> dict[str, float]:
        """The ratings of the networks on the ladder, each of which meets the two below it."""
        matches = self.settings.matches
        players = [self._player(self._predictor(self._network_of(update))) for update in sorted(self.ladder)]
        met: list[Match] = []
        for upper in range(1, len(players)):
            for lower in range(max(upper - 2, 0), upper):
                seed = _seed(self.settings.seed, upper * len(players) + lower, _LADDER)
                opening = matches.opening
                records = play_match(
                    self.game, players[upper], players[lower], matches.rung_games, seed, opening=opening
                )
                met.append(Match(upper, lower, records[0].plus(records[1])))
        if not met:
            return {}
        ratings = elo(met, len(players))
        found = {key: value for n, each in enumerate(ratings) if n for key, value in _figures(f"elo_{n}", each).items()}
        return found | _figures("elo_gain", ratings[-1])

    def _network_of(self, update: int) -> PolicyValueNetwork:
        network = copy.deepcopy(self.generator)
        network.load_state_dict(self.ladder[update])
        return network

    def _predictor(self, network: PolicyValueNetwork) -> NetworkPredictor[Any]:
        self.predictors.append(NetworkPredictor(self.game, network))
        return self.predictors[-1]

    def _player(self, predictor: NetworkPredictor[Any]) -> SearchPlayer[Any]:
        settings = self.settings
        return SearchPlayer(
            self.game, predictor, replace(settings.search, simulations=settings.matches.simulations, reuse=False)
        )

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


def network_values(predictor: Predictor[Position], positions: Sequence[Position]) -> NDArray[np.float64]:
    """What a network expects the mover of each position to win, [N]."""
    parts = [predictor.predict(positions[begin : begin + _AT_ONCE]).values for begin in _begins(positions)]
    return np.concatenate(parts).astype(np.float64)


def search_values(
    game: Game[Position, int], predictor: Predictor[Position], positions: Sequence[Position], settings: SearchSettings
) -> NDArray[np.float64]:
    """What the mover of each position is expected to win by the action that a search finds best, [N]."""
    values: list[float] = []
    for begin in _begins(positions):
        trees = [begin_at(position) for position in positions[begin : begin + _AT_ONCE]]
        search(game, predictor, trees, settings)
        values += [value_of(each) for each in trees]
    return np.array(values)


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


def randomness(seed: int, update: int, purpose: int, number: int = 0) -> np.random.Generator:
    """The randomness of one thing in one update: a function of its arguments alone."""
    return np.random.Generator(np.random.PCG64([seed, update, purpose, number]))


def _seed(seed: int, update: int, purpose: int) -> int:
    return int(randomness(seed, update, purpose, 1).integers(2**31))


def _exploration(move: int, rng: np.random.Generator, settings: AlphaZero) -> Exploration:
    early = move < settings.temperature_moves
    return Exploration(rng, settings.temperature if early else settings.final_temperature)


def _opening(game: Game[Position, int], most: int, rng: np.random.Generator) -> Position:
    """A position after some drawn moves, at most so many, where the game isn't over."""
    position = game.start(rng)
    for _ in range(int(rng.integers(most + 1))):
        legal = game.legal(position) or ()
        then = game.play(position, legal[int(rng.integers(len(legal)))])
        if game.mover(then) is None:
            break
        position = then
    return position


def _now(game: Game[Position, int], found: GameTree[Position]) -> Position:
    return found.position(game, found.tree.root)


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


def _weights(network: PolicyValueNetwork) -> Weights:
    return {name: weight.detach().clone() for name, weight in network.state_dict().items()}


def _figures(name: str, found: Rate | Rating) -> dict[str, float]:
    return {name if part == "value" else f"{name}_{part}": each for part, each in found._asdict().items()}


def _begins(positions: Sequence[Any]) -> range:
    return range(0, len(positions), _AT_ONCE)


def _random(game: Game[Any, int], settings: AlphaZero, rng: np.random.Generator) -> Player[Any]:
    del settings, rng
    return RandomPlayer(game)


def _rollouts(game: Game[Any, int], settings: AlphaZero, rng: np.random.Generator) -> Player[Any]:
    simulations, exploration = settings.matches.simulations, settings.matches.exploration
    return SearchPlayer(game, RollOuts(game, rng), SearchSettings(simulations=simulations, exploration=exploration))


def _minimax(game: Game[Any, int], settings: AlphaZero, rng: np.random.Generator) -> Player[Any]:
    del settings, rng
    return MinimaxPlayer(game)


OPPONENTS: Mapping[str, Callable[[Game[Any, int], AlphaZero, np.random.Generator], Player[Any]]] = {
    "random": _random,
    "rollouts": _rollouts,
    "minimax": _minimax,
}
