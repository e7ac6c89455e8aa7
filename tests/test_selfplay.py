"""The environments of games of two players: PettingZoo's checks, turns, seeds, positions, and texts as arrays."""

from __future__ import annotations

import ast
import copy
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test
from selfplay_games import MAKERS, PROSE, Hidden, Race, chain

from reasoning_gym.selfplay import reasoning_debate_v0
from reasoning_gym.selfplay.code_points import CodePoints
from reasoning_gym.selfplay.environment import environments
from reasoning_gym.selfplay.reasoning_debate import ACCEPT

ROOT = Path(__file__).parents[1]


# ---- the environments


@pytest.mark.parametrize("name", MAKERS)
def test_pettingzoos_checks_are_silent(name, silent, capsys):
    env, raw_env, parallel_env = MAKERS[name]
    for make in (env, raw_env):
        api_test(make(), num_cycles=60)
        seed_test(make, num_cycles=40)
    parallel_api_test(parallel_env(), num_cycles=60)
    parallel_seed_test(parallel_env, num_cycles=40)


@pytest.mark.parametrize("name", MAKERS)
def test_pettingzoos_checks_pass_in_every_render_mode(name, silent, capsys):
    env, _, parallel_env = MAKERS[name]
    for mode in ("ansi", "human"):
        api_test(env(render_mode=mode), num_cycles=5)
        parallel_api_test(parallel_env(render_mode=mode), num_cycles=5)


def test_a_game_is_played_in_turns_and_pays_both_at_its_end():
    env = environments(Race).env()
    env.reset(seed=1)
    env.unwrapped.position = 6  # 3 left, player 0 to move
    seen = []
    for agent in env.agent_iter():
        observation, reward, terminated, truncated, info = env.last()
        seen.append((agent, int(np.argmax(observation[:9])), reward, terminated, truncated, list(info["action_mask"])))
        env.step(None if terminated else 1)
    assert seen == [
        ("taker_0", 3, 0.0, False, False, [0, 1, 1]),
        ("other_1", 2, 0.0, False, False, [0, 1, 1]),
        ("taker_0", 1, 0.0, False, False, [0, 1, 0]),
        ("taker_0", 0, 1.0, True, False, [0, 0, 0]),
        ("other_1", 0, -1.0, True, False, [0, 0, 0]),
    ]


@pytest.mark.parametrize("action", [0, 3, 7, -1, 1.5, "1", [1, 2], np.array([1, 2]), np.int64(0)])
def test_an_illegal_action_forfeits_a_game_and_is_an_error_of_the_raw_one(action):
    env, raw = environments(Race).env(), environments(Race).raw_env()
    for each in (env, raw):
        each.reset(seed=1)
        each.unwrapped.position = 6
    env.step(action)
    assert env.rewards == {"taker_0": -1.0, "other_1": 1.0}
    assert all(env.terminations.values())
    assert all(info["forfeit"] and not info["action_mask"].any() for info in env.infos.values())
    with pytest.raises(ValueError, match=r"the action of taker_0 is .*; legal are \[1, 2\]"):
        raw.step(action)
    assert raw.position == 6


@pytest.mark.parametrize("action", [1, np.int32(1), np.int64(1), np.array(1), 1.0])
def test_numbers_of_any_type_are_actions(action):
    raw = environments(Race).raw_env()
    raw.reset(seed=1)
    raw.position = 6
    raw.step(action)
    assert raw.position == 5


def test_a_seed_starts_the_sequence_of_games_anew():
    raw, parallel = reasoning_debate_v0.raw_env(), reasoning_debate_v0.parallel_env()

    def drawn(env):
        env.reset(seed=5)
        first = env.position
        env.reset()
        return first, env.position

    assert drawn(raw) == drawn(raw) == drawn(parallel)
    assert len(set(drawn(raw))) == 2


def test_the_action_mask_is_of_the_mover_alone():
    raw = environments(Race).raw_env()
    raw.reset(seed=1)
    raw.position = 6
    assert {agent: list(info["action_mask"]) for agent, info in raw.infos.items()} == {
        "taker_0": [0, 1, 1],
        "other_1": [0, 0, 0],
    }


def test_the_position_is_read_and_set_back():
    raw = reasoning_debate_v0.raw_env()
    raw.reset(seed=3)
    start, first = raw.position, raw.observe("prover_0")
    for thought in chain(raw.game, start.index):
        raw.step(thought)
    asked = raw.position
    assert raw.agent_selection == "challenger_1"
    raw.step(ACCEPT)
    over, paid = raw.position, raw.last()[1]
    raw.position = asked
    assert raw.agents == ["prover_0", "challenger_1"]
    assert raw.agent_selection == "challenger_1"
    assert not any(raw.terminations.values())
    raw.step(1)
    assert raw.rewards == {"prover_0": 1.0, "challenger_1": -1.0}
    for _ in range(2):
        raw.step(None)
    raw.position = over
    assert raw.last()[1:3] == (paid, True)
    raw.position = start
    assert (raw.observe("prover_0") == first).all()
    assert raw.position is start


def test_an_environment_goes_on_from_a_copy_as_from_itself():
    raw = reasoning_debate_v0.raw_env()
    raw.reset(seed=3)
    raw.step(PROSE)
    twin = copy.deepcopy(raw)
    for each in (raw, twin):
        each.step("Answer: 1")
        each.step(1)
        each.reset()
    assert twin.position == raw.position


def test_moves_that_cannot_be_seen_happen_at_once_and_others_in_turn():
    hidden, race = environments(Hidden).parallel_env(), environments(Race).parallel_env()
    hidden.reset(seed=0)
    _, rewards, terminations, _, _ = hidden.step({"even_0": 1, "odd_1": 1})
    assert rewards == {"even_0": 1.0, "odd_1": -1.0}
    assert all(terminations.values())
    assert hidden.agents == []
    race.reset(seed=0)
    race.position = 6
    race.step({"taker_0": 1, "other_1": 2})
    assert race.position == 5
    race.step({"taker_0": 2, "other_1": 1})
    assert race.position == 2
    with pytest.raises(ValueError, match="taker_0 is to move, and the actions are of other_1"):
        race.step({"other_1": 1})


def test_nothing_can_be_done_before_the_first_reset_or_after_the_end():
    raw, parallel = environments(Race).raw_env(), environments(Race).parallel_env()
    for call in (lambda: raw.step(1), lambda: raw.position, lambda: parallel.step({})):
        with pytest.raises(ValueError, match=r"call reset\(\)"):
            call()
    raw.reset(seed=0)
    raw.position = 1
    for _ in range(2):
        raw.step(None)
    with pytest.raises(ValueError, match=r"call reset\(\)"):
        raw.step(1)


def test_a_position_is_rendered_and_obeyed_by_no_terminal(capsys):
    raw = environments(Race).raw_env(render_mode="ansi")
    raw.reset(seed=0)
    raw.position = 6
    assert raw.render() == "3 left\\x1b"
    human = environments(Race).raw_env(render_mode="human")
    human.reset(seed=0)
    assert re.fullmatch(r"\d left\\x1b\n", capsys.readouterr().out)
    with pytest.raises(ValueError, match="render_mode is 'rgb_array'"):
        environments(Race).env(render_mode="rgb_array")


PLAY = """
import hashlib
from reasoning_gym.selfplay import reasoning_debate_v0, reasoning_setter_v0

played = hashlib.sha256()
for module in (reasoning_debate_v0, reasoning_setter_v0):
    env = module.raw_env(families=["integer_expression", "linear_equation"])
    for seed in (5, None):
        env.reset(seed=seed)
        for action in ("linear_equation-v0/train/2/7", "2+2=5", "Answer: 4", 1):
            if not any(env.terminations.values()) and (action != 1 or env.agent_selection == "challenger_1"):
                env.step(action)
            played.update(env.observe(env.possible_agents[1]).tobytes() + repr(env.rewards).encode())
print(played.hexdigest())
"""


def test_games_are_the_same_in_every_process():
    def printed(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", PLAY], env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert printed("0") == printed("12345") != ""


def test_without_pettingzoo_the_error_says_how_to_install_it_and_games_work_all_the_same():
    program = """
        import sys
        import reasoning_gym
        from reasoning_gym.selfplay import adapters, planted, reasoning_debate, reasoning_setter
        assert not {"pettingzoo", "torch", "sympy"} & set(sys.modules)
        sys.modules["pettingzoo"] = None
        try:
            from reasoning_gym.selfplay import reasoning_debate_v0
        except ModuleNotFoundError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    assert "pip install 'reasoning-gymnasium[selfplay]'" in done.stdout


# ---- texts as arrays


@given(st.text(st.characters(), max_size=12))
def test_a_text_comes_back_from_its_code_points(text):
    space = CodePoints(12)
    array = space.array(text)
    assert array in space
    assert text in space
    assert space.text(array) == text


def test_only_code_points_and_short_texts_are_in_the_space():
    space = CodePoints(3)
    assert "\ud800\0é" in space
    assert space.text(space.array("\ud800\0é")) == "\ud800\0é"
    for wrong in ("four", np.zeros(4, np.int32), np.full(3, -2, np.int32), np.full(3, 0x110000), np.zeros(3), 3, None):
        assert wrong not in space
    with pytest.raises(ValueError, match="4 characters doesn't fit in CodePoints"):
        space.array("four")
    with pytest.raises(ValueError, match=r"give code points, int32 \[3\]"):
        space.text(np.zeros(4, np.int32))
    assert space == CodePoints(3) != CodePoints(4)


def test_samples_are_texts_and_follow_the_seed():
    space, twin = CodePoints(100, seed=1), CodePoints(100)
    twin.seed(1)
    drawn = [space.sample() for _ in range(20)]
    assert all((a == twin.sample()).all() and a in space for a in drawn)
    assert len({space.text(a) for a in drawn}) > 10


def test_an_action_may_be_a_text_or_its_code_points_and_nothing_else():
    raw = reasoning_debate_v0.raw_env()
    raw.reset(seed=0)
    start = raw.position
    raw.step("2+2=4\nso")
    by_text, raw.position = raw.position, start
    raw.step(raw.action_space("prover_0").array("2+2=4\nso"))
    assert raw.position == by_text
    for wrong in (None, 3, b"Answer: 4", np.zeros(3)):
        with pytest.raises(TypeError, match="the action"):
            raw.step(wrong)


# ---- the page


def test_the_programs_on_the_page_run(tmp_path):
    page = (ROOT / "docs" / "selfplay.md").read_text()
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(programs) >= 3
    for program in programs:
        ast.parse(program)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(programs)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,  # where it trains
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
