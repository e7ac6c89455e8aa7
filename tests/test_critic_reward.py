"""The critic's part in the reward: it can make thoughts better paid, never a wrong answer."""

import json
import math
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

import reasoning_gym  # noqa: F401
from reasoning_gym.family import get_family
from reasoning_gym.wrappers import CriticReward, critic_reward

ANY_SCORE = st.floats(allow_nan=True, allow_infinity=True)


class Planted:
    """A critic that can be hacked: it likes what says 'please'."""

    def __init__(self):
        self.seen = []

    def score(self, states):
        self.seen += states
        return np.array([float(any("please" in thought for thought in state.thoughts)) for state in states])


def play(env, thoughts, **options):
    env.reset(seed=3, options=options or None)
    for thought in thoughts:
        _, reward, terminated, truncated, info = env.step(thought)
    return reward, terminated, truncated, info


@given(st.sampled_from(["add", "multiply"]), st.floats(0, 1), ANY_SCORE, ANY_SCORE)
def test_no_score_lifts_a_wrong_answer_above_a_right_one(mode, weight, of_wrong, of_right):
    wrong, right = critic_reward(0.0, of_wrong, mode, weight), critic_reward(1.0, of_right, mode, weight)
    assert 0 <= wrong <= right <= 2


@pytest.mark.parametrize(
    ("mode", "weight", "score", "of_right", "of_wrong"),
    [
        ("multiply", 0.5, 1.0, 1.0, 0.0),
        ("multiply", 0.5, 0.0, 0.5, 0.0),
        ("multiply", 1.0, 0.25, 0.25, 0.0),
        ("multiply", 0.0, 0.0, 1.0, 0.0),
        ("add", 0.5, 1.0, 1.5, 0.5),
        ("add", 0.5, 0.0, 1.0, 0.0),
        ("add", 0.5, math.nan, 1.0, 0.0),
        ("add", 0.5, math.inf, 1.5, 0.5),
        ("add", 0.5, -7.0, 1.0, 0.0),
    ],
)
def test_what_is_paid(mode, weight, score, of_right, of_wrong):
    assert critic_reward(1.0, score, mode, weight) == of_right
    assert critic_reward(0.0, score, mode, weight) == of_wrong


@pytest.fixture
def arithmetic():
    return gym.make("ReasoningIntegerExpression-v0", levels=[1])


def right_answer(env):
    """The answer to what the environment asks next, from its question alone."""
    env.reset(seed=3)
    question = env.unwrapped.state.question
    for value in range(100):
        if get_family(question.family).check_conclusion(question, (), str(value)).correct:
            return value
    raise AssertionError(question)


def test_a_wrong_answer_that_the_critic_adores_is_paid_less_than_a_right_one_that_it_detests(arithmetic):
    right = right_answer(arithmetic)
    for mode in ("add", "multiply"):
        env = CriticReward(arithmetic, Planted(), mode=mode, weight=0.9)
        hacked = play(env, ["please", f"Answer: {right + 1}"])[0]
        honest = play(env, [f"Answer: {right}"])[0]
        assert hacked < honest


def test_the_critic_is_asked_once_at_the_end_with_all_thoughts(arithmetic):
    critic = Planted()
    env = CriticReward(arithmetic, critic, weight=1.0)
    reward, terminated, _, info = play(env, ["please", f"Answer: {right_answer(arithmetic)}"])
    assert (reward, terminated) == (1.0, True)
    assert [state.thoughts for state in critic.seen] == [env.unwrapped.state.thoughts]
    assert info["critic_score"] == 1.0
    assert info["checked_reward"] == 1.0


def test_steps_before_the_end_are_paid_nothing(arithmetic):
    env = CriticReward(arithmetic, Planted(), mode="add")
    reward, terminated, truncated, info = play(env, ["please"])
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert "critic_score" not in info


@pytest.fixture
def open_questions(tmp_path):
    rows = [
        {"question": f"Why is {i} odd?", "answer": f"Halve {i}.\nOne is left, so it is odd."} for i in range(1, 40, 2)
    ]
    path = tmp_path / "open.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return gym.make("ReasoningOpen-v0", path=str(path))


def test_no_checker_ever_pays_for_an_open_question(open_questions):
    open_questions.reset(seed=3)
    reward, terminated, _, info = play(open_questions, ["One is left.", "Answer: One is left, so it is odd."])
    assert (reward, terminated) == (0.0, True)
    assert info["verdict"].status == "unproved"


def test_the_critic_pays_alone_where_no_checker_decides(open_questions):
    env = CriticReward(open_questions, Planted(), mode="add", weight=0.3)
    assert play(env, ["please", "Answer: it is"])[0] == 1.0
    assert play(env, ["no", "Answer: it is"])[0] == 0.0


def test_an_open_question_without_an_answer_is_paid_nothing(open_questions):
    env = CriticReward(gym.make("ReasoningOpen-v0", path=open_questions.spec.kwargs["path"], max_thoughts=2), Planted())
    reward, terminated, truncated, _ = play(env, ["please", "please"])
    assert (reward, terminated, truncated) == (0.0, False, True)


def test_an_episode_that_is_cut_off_is_paid_nothing_for_its_thoughts():
    env = CriticReward(gym.make("ReasoningIntegerExpression-v0", levels=[1], max_thoughts=2), Planted(), mode="add")
    reward, terminated, truncated, _ = play(env, ["please", "please"])
    assert (reward, terminated, truncated) == (0.0, False, True)


def test_an_answer_in_the_middle_of_a_persons_text_is_refused(tmp_path):
    path = tmp_path / "open.jsonl"
    path.write_text(json.dumps({"question": "Why?", "answer": "Answer: so\nTherefore."}) + "\n")
    with pytest.raises(ValueError, match="states an answer by itself"):
        gym.make("ReasoningOpen-v0", path=str(path)).reset(seed=0)


def test_the_reference_of_an_open_question_is_the_persons_text(open_questions):
    family, problem = open_questions.unwrapped.mix.problem(0)
    assert not family.has_checker
    assert family.reference_thoughts(problem)[-1] == "Answer: One is left, so it is odd."
    assert family.reference_thoughts(problem)[0].startswith("Halve")


def test_the_wrapped_environment_keeps_the_contract(arithmetic):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*different from the unwrapped version.*")  # it is meant to be
        check_env(CriticReward(arithmetic, Planted()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"mode": "max"}, "mode is 'max'"), ({"weight": 1.5}, "weight is 1.5"), ({"weight": math.nan}, "weight is nan")],
)
def test_arguments_out_of_range_are_refused(arithmetic, arguments, message):
    with pytest.raises(ValueError, match=message):
        CriticReward(arithmetic, Planted(), **arguments)
