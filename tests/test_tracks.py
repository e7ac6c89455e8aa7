"""Tracks: what may be compared, and that a track's problems are the environment's own."""

from __future__ import annotations

import gymnasium as gym
import pytest

import reasoning_gym  # noqa: F401  # registers the ids
from reasoning_gym.env import reasoning_env
from reasoning_leaderboard.tracks import NotComparable, limits_of, mix_of, track_of

SETTINGS = [
    ("ReasoningLinearEquation-v0", {}),
    ("ReasoningLinearEquation-v0", {"level": 2}),
    ("ReasoningMath-v0", {"levels": [1, 2], "max_thoughts": 7}),
    ("ReasoningCore-v0", {"families": ["countdown", "sudoku"], "weights": [0.1, 3.0]}),
    ("ReasoningCore-v0", {"families": ["countdown", "sudoku"], "weights": [2.0, 2.0]}),
]


def made(env_id: str, **kwargs: object):
    return reasoning_env(gym.make(env_id, split="test", **kwargs))  # type: ignore[arg-type]


@pytest.mark.parametrize(("env_id", "kwargs"), SETTINGS)
def test_a_track_has_the_problems_and_limits_of_its_environment(env_id: str, kwargs: dict[str, object]) -> None:
    environment = made(env_id, **kwargs)
    track = type(track_of(environment)).read(track_of(environment).written())
    again = mix_of(track)
    for index in (0, 1, 17, 4_000_000):
        assert again.problem(index)[1] == environment.mix.problem(index)[1]
    assert limits_of(track) == environment.limits


def test_what_changes_problems_or_rewards_changes_the_track() -> None:
    keys = {track_of(made(env_id, **kwargs)).key for env_id, kwargs in SETTINGS}
    keys.add(track_of(made("ReasoningLinearEquation-v0")).model_copy(update={"checker": 99}).key)
    assert len(keys) == len(SETTINGS) + 1


@pytest.mark.parametrize("change", [{"checker": 99}, {"families": {"linear_equation": 99}}])
def test_other_versions_are_not_comparable(change: dict[str, object]) -> None:
    track = track_of(made("ReasoningLinearEquation-v0")).model_copy(update=change)
    with pytest.raises(NotComparable, match="99"):
        mix_of(track)


@pytest.mark.parametrize(
    "change",
    [
        {"levels": {"linear_equation": (1, 99)}},
        {"levels": {"countdown": (1,)}},
        {"levels": {"linear_equation": ()}},
        {"families": {"no_such_family": 0}, "levels": {"no_such_family": (1,)}},
        {"weights": {"linear_equation": "nan"}},
        {"weights": {"linear_equation": "1"}},
        {"weights": {"linear_equation": "1.0"}},  # which is another spelling of none
        {"levels": {"linear_equation": (1, 1, 2)}},
        {"levels": {"linear_equation": (2, 1)}},
    ],
)
def test_a_track_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    track = track_of(made("ReasoningLinearEquation-v0")).model_copy(update=change)
    with pytest.raises(ValueError, match=r"levels|famil|weight"):
        mix_of(track)
