"""One side of a game against an opponent, or against a pool of past selves."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from selfplay_games import GAMES, Race, chain

from reasoning_gym.selfplay.adapters import AgainstOpponent, Pool, random_opponent
from reasoning_gym.selfplay.reasoning_debate import PROVER, ReasoningDebate, checking_challenger
from reasoning_gym.selfplay.reasoning_setter import SOLVER, ReasoningSetter
from reasoning_gym.selfplay.turns import Turn, legal_move, turn


def take_one(turn: Turn, rng: np.random.Generator) -> int:
    return 1


def take_two(turn: Turn, rng: np.random.Generator) -> int:
    return turn.legal[-1]


def answer_one(turn: Turn, rng: np.random.Generator) -> str:
    return "Answer: 1"


def propose(turn: Turn, rng: np.random.Generator) -> str:
    return "integer_expression-v0/train/1/3"


OPPONENTS = {  # of players 0 and 1, by who sits there
    "debate": (answer_one, checking_challenger),
    "setter": (propose, answer_one),
    "race": (random_opponent, random_opponent),
    "hidden": (random_opponent, random_opponent),
    "answered": (answer_one, checking_challenger),
    "posed": (propose, answer_one),
}
NEVER_ASKED = {("answered", 0), ("posed", 0)}  # this player has moved before
SEATS = [(name, seat) for name in GAMES for seat in (0, 1) if (name, seat) not in NEVER_ASKED]


@pytest.mark.parametrize(("name", "seat"), SEATS)
def test_gymnasiums_check_is_silent_in_each_seat(name, seat, silent):
    opponent = OPPONENTS[name][1 - seat]
    for render_mode in (None, "ansi"):
        check_env(AgainstOpponent(GAMES[name](), opponent, seat, render_mode=render_mode))


def test_the_opponent_moves_before_and_between_the_players_moves():
    env = AgainstOpponent(Race(), take_one, seat=1)
    env.reset(seed=0)
    env.position = 8  # 4 left, the opponent to move
    assert env.position == 7
    _, reward, terminated, truncated, info = env.step(1)
    assert (env.position, reward, terminated, truncated, list(info["action_mask"])) == (3, 0.0, False, False, [0, 1, 0])
    _, reward, terminated, _, info = env.step(1)
    assert (reward, terminated, list(info["action_mask"])) == (1.0, True, [0, 0, 0])
    with pytest.raises(ResetNeeded):
        env.step(1)


def test_who_does_what_is_not_legal_has_lost():
    env = AgainstOpponent(Race(), lambda turn, rng: 7, seat=0)
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step(0)
    assert (reward, terminated, info["forfeit"]) == (-1.0, True, 0)
    env.reset()
    env.position = 8
    _, reward, terminated, _, info = env.step(1)
    assert (reward, terminated, info["forfeit"]) == (1.0, True, 1)


def test_a_game_that_the_opponent_ends_at_once_is_left_for_another():
    draws = iter(["no address", "no address", "integer_expression-v0/train/1/3"])
    env = AgainstOpponent(ReasoningSetter(), lambda turn, rng: next(draws), seat=SOLVER)
    observation, _ = env.reset(seed=0)
    assert observation.startswith("Evaluate")
    stubborn = AgainstOpponent(ReasoningSetter(), lambda turn, rng: "no address", seat=SOLVER)
    with pytest.raises(RuntimeError, match="before solver could move"):
        stubborn.reset(seed=0)


def test_a_prover_learns_against_a_challenger_that_reads_views_and_no_reference():
    env = AgainstOpponent(ReasoningDebate(families="integer_expression", level=2), checking_challenger, PROVER)
    env.reset(seed=0)
    for thought in chain(env.game, env.position.index):
        _, reward, terminated, _, _ = env.step(thought)
    assert (reward, terminated) == (0.0, True)
    env.reset()
    _, reward, terminated, _, _ = env.step("Answer: -7")
    assert (reward, terminated) == (-1.0, True)
    assert turn(env.game, env.game.ask(0)).view.thoughts_left == 32
    with pytest.raises(ValueError, match="has no view"):
        checking_challenger(turn(Race(), 6), np.random.default_rng(0))


def test_opponents_play_in_vectors():
    envs = gym.vector.SyncVectorEnv(
        [lambda: AgainstOpponent(ReasoningDebate(), checking_challenger, PROVER) for _ in range(3)]
    )
    envs.reset(seed=1)
    observations, rewards, terminations, *_ = envs.step(("Answer: -1", "1", "Answer: -2"))
    assert list(rewards) == [-1.0, 0.0, -1.0]
    assert list(terminations) == [True, False, True]
    assert observations[1].endswith("1. 1\n")


def test_games_against_a_pool_follow_the_seed():
    def played(seed):
        env = AgainstOpponent(Race(), Pool([take_one, take_two, random_opponent]), seat=1)
        found = []
        env.reset(seed=seed)
        for _ in range(30):
            found.append((env.position, env.step(1)[1]))
            env.reset()
        return found

    assert played(4) == played(4) != played(5)


@pytest.mark.parametrize(("delta", "drawn"), [(0.0, {0, 1, 2, 3}), (0.5, {2, 3}), (0.75, {3}), (1.0, {3})])
def test_a_pool_draws_evenly_from_its_newest_share(delta, drawn):
    pool = Pool([f"version {i}" for i in range(4)], delta=delta)
    rng = np.random.default_rng(0)
    counts = np.bincount([int(pool.draw(rng)[-1]) for _ in range(2_000)], minlength=4)
    assert set(np.flatnonzero(counts)) == drawn
    assert abs(counts[counts > 0] / 2_000 - 1 / len(drawn)).max() < 0.05


def test_a_pool_keeps_the_newest_and_refuses_what_it_cannot_do():
    pool = Pool(most=2)
    with pytest.raises(ValueError, match="the pool is empty"):
        pool.draw(np.random.default_rng(0))
    for version in "abc":
        pool.add(version)
    assert pool.opponents == ["b", "c"]
    for bad in ({"delta": 1.5}, {"delta": float("nan")}, {"most": 0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            Pool(**bad)
    with pytest.raises(ValueError, match=r"players of a game are 0 \(taker\) and 1 \(other\)"):
        AgainstOpponent(Race(), take_one, seat=2)


def test_a_legal_move_is_the_games_own_value():
    assert type(legal_move(Race(), 6, np.int64(2))) is int
    assert legal_move(Race(), 6, 3) is None
    assert legal_move(Race(), 1, 1) is None
    with pytest.raises(TypeError, match="NoneType; give an action"):
        legal_move(Race(), 6, None)
    with pytest.raises(ValueError, match="the game is over"):
        turn(Race(), 1)
