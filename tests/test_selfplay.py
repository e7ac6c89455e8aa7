"""Games of two players: their environments, the payoffs of debate and setter, opponents, and planted errors."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import subprocess
import sys
import textwrap
import warnings
from itertools import pairwise, product
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from hostile_texts import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

from reasoning_gym.family import Family, FromData, families, get_family
from reasoning_gym.problem import CORRECT, Problem, Status, incorrect
from reasoning_gym.selfplay import (
    connect_four_v0,
    matching_pennies_v0,
    reasoning_debate_v0,
    reasoning_setter_v0,
    tic_tac_toe_v0,
)
from reasoning_gym.selfplay.adapters import AgainstOpponent, Pool, random_opponent
from reasoning_gym.selfplay.code_points import CodePoints
from reasoning_gym.selfplay.environment import environments
from reasoning_gym.selfplay.game import Game
from reasoning_gym.selfplay.planted import plant_error
from reasoning_gym.selfplay.reasoning_debate import (
    ACCEPT,
    CHALLENGER,
    PROVER,
    Judgement,
    ReasoningDebate,
    checking_challenger,
    first_refused,
    payoff,
)
from reasoning_gym.selfplay.reasoning_setter import MAX_PROPOSAL_CHARS, SETTER, SOLVER, ReasoningSetter
from reasoning_gym.selfplay.turns import Turn, legal_move, turn

ROOT = Path(__file__).parents[1]
PROSE = "I think, therefore I am"
CHECKED = [
    name
    for name, each in families().items()
    if type(each).__module__.startswith("reasoning_gym.") and not isinstance(each, FromData)
]


class Race(Game[int, int]):
    """A heap of counters: each player in turn takes 1 or 2; who takes the last one wins. Chance draws the heap."""

    name = "race"
    roles = ("taker", "other")

    def start(self, rng):
        return 2 * int(rng.integers(2, 5))  # what is left, doubled; odd when player 1 moves

    def mover(self, position):
        return None if position < 2 else position % 2

    def legal(self, position):
        return () if position < 2 else range(1, min(position // 2, 2) + 1)

    def play(self, position, action):
        if action not in self.legal(position):
            raise ValueError(f"{action!r} isn't legal")
        return position // 2 * 2 - 2 * action + 1 - position % 2

    def returns(self, position):
        return (0.0, 0.0) if position > 1 else (1.0, -1.0) if position == 1 else (-1.0, 1.0)

    def observe(self, position, player):
        return np.array([position // 2, player])

    def observation_space(self, player):
        return spaces.MultiDiscrete([9, 2])

    def action_space(self, player):
        return spaces.Discrete(3)

    def render(self, position):
        return f"{position // 2} left\x1b"


class Hidden(Game[tuple[int, ...], int]):
    """Each chooses 0 or 1 without seeing the other's choice; player 0 wins if they are equal."""

    name = "hidden"
    roles = ("even", "odd")

    def start(self, rng):
        return ()

    def mover(self, position):
        return (0, 1, None)[len(position)]

    def legal(self, position):
        return () if len(position) == 2 else (0, 1)

    def play(self, position, action):
        return (*position, action)

    def returns(self, position):
        won = 0.0 if len(position) < 2 else 1.0 if position[0] == position[1] else -1.0
        return (won, 0.0 - won)

    def observe(self, position, player):
        return np.array([1, *(position if len(position) == 2 else (2, 2))], np.int8)

    def observation_space(self, player):
        return spaces.Box(0, 2, (3,), np.int8)

    def action_space(self, player):
        return spaces.Discrete(2)

    def render(self, position):
        return str(position)


class Answered(ReasoningDebate):
    """A debate that begins when the prover has finished, so that random play comes to the challenger."""

    def start(self, rng):
        return debate(self, chain(self, index := int(rng.integers(100))), index)


class Posed(ReasoningSetter):
    """A game that begins when a problem was proposed, so that random play comes to the solver."""

    def start(self, rng):
        return self.play(super().start(rng), f"integer_expression-v0/train/1/{rng.integers(100)}")


MAKERS = {
    "debate": (reasoning_debate_v0.env, reasoning_debate_v0.raw_env, reasoning_debate_v0.parallel_env),
    "setter": (reasoning_setter_v0.env, reasoning_setter_v0.raw_env, reasoning_setter_v0.parallel_env),
    "pennies": (matching_pennies_v0.env, matching_pennies_v0.raw_env, matching_pennies_v0.parallel_env),
    "tic-tac-toe": (tic_tac_toe_v0.env, tic_tac_toe_v0.raw_env, tic_tac_toe_v0.parallel_env),
    "connect four": (connect_four_v0.env, connect_four_v0.raw_env, connect_four_v0.parallel_env),
    "race": environments(Race),
    "hidden": environments(Hidden),
    "answered": environments(Answered),
    "posed": environments(Posed),
}
GAMES = {
    "debate": ReasoningDebate,
    "setter": ReasoningSetter,
    "race": Race,
    "hidden": Hidden,
    "answered": Answered,
    "posed": Posed,
}


def chain(game: ReasoningDebate, index: int) -> tuple[str, ...]:
    """The reference thoughts of a problem of the game."""
    family, problem = game.mix.problem(index)
    return family.reference_thoughts(problem)


def debate(game: ReasoningDebate, thoughts, index: int, pointed: int | None = None):
    """The position that thoughts, and what the challenger says, lead to."""
    position = game.ask(index)
    for thought in thoughts:
        position = game.play(position, thought)
    return position if pointed is None else game.play(position, pointed)


def proposed(game: ReasoningSetter, proposal: str):
    return game.play(game.start(np.random.default_rng(0)), proposal)


def outcome(game, position):
    return game.mover(position), game.returns(position)


@pytest.fixture
def silent():
    """Warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def swap_references(monkeypatch):
    """Give every problem the private half of another one, and have these families find every answer wrong."""
    true_problem = Family.problem

    def swap(*names):
        def problem(self, split, level, index):
            own, other = true_problem(self, split, level, index), true_problem(self, split, level, index + 1)
            return Problem(own.question, other.answer, other.secret, own.address)

        monkeypatch.setattr(Family, "problem", problem)
        for name in names:
            monkeypatch.setattr(type(get_family(name)), "verify", lambda *_: incorrect("swapped"))

    return swap


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


# ---- the debate

RIGHT, WRONG = CORRECT, incorrect("")
# answer, first wrong thought of three (0: none), and what the prover wins if the challenger says 0, 1, 2, 3
TABLE = [
    (RIGHT, 0, (0, 1, 1, 1)),
    (RIGHT, 1, (0, -1, -0.5, -0.5)),
    (RIGHT, 2, (0, 1, -1, -0.5)),
    (RIGHT, 3, (0, 1, 1, -1)),
    (WRONG, 1, (1, -1, -0.5, -0.5)),
    (WRONG, 2, (1, 1, -1, -0.5)),
    (WRONG, 3, (1, 1, 1, -1)),
]


@pytest.mark.parametrize(("answer", "first_wrong", "won"), TABLE)
def test_the_debates_payoffs_are_those_of_its_table(answer, first_wrong, won):
    assert tuple(payoff(Judgement(answer, first_wrong), pointed) for pointed in range(4)) == won


def test_to_be_honest_and_to_be_accurate_are_the_only_best_replies_to_each_other():
    against_accurate = {
        judgement: payoff(judgement, judgement[1]) for judgement in (Judgement(*row[:2]) for row in TABLE)
    }
    honest = Judgement(RIGHT, 0)
    assert {chain for chain, won in against_accurate.items() if won == max(against_accurate.values())} == {honest}
    against_honest = [payoff(honest, pointed) for pointed in range(4)]
    assert [pointed for pointed, won in enumerate(against_honest) if won == min(against_honest)] == [ACCEPT]
    assert against_accurate[honest] == 0.0


@pytest.mark.parametrize("overlooked", [0.3, 0.5, 0.7])
def test_a_prover_does_best_to_lie_when_more_than_half_of_its_lies_are_overlooked(overlooked):
    for first_wrong in (1, 2, 3):
        lie = Judgement(WRONG, first_wrong)
        won = overlooked * payoff(lie, ACCEPT) + (1 - overlooked) * payoff(lie, first_wrong)
        assert np.sign(round(won, 9)) == np.sign(overlooked - 0.5)


def test_to_find_the_first_wrong_thought_beats_a_later_one_and_that_beats_to_accept_it():
    for answer, first_wrong, _ in TABLE:
        judgement = Judgement(answer, first_wrong)
        replies = [[first_wrong], range(first_wrong + 1, 4), [ACCEPT]] if first_wrong else [[ACCEPT]]
        won = [[payoff(judgement, pointed) for pointed in some] for some in replies if len(some)]
        assert all(max(better) < min(worse) for better, worse in pairwise(won))
        falsely = range(1, first_wrong or 4)
        assert all(payoff(judgement, ACCEPT) <= payoff(judgement, pointed) for pointed in falsely)


@pytest.mark.parametrize("family", CHECKED)
def test_a_right_chain_loses_nothing_and_whoever_points_at_it_loses(family):
    game = ReasoningDebate(families=family, max_thoughts=200)
    position = debate(game, chain(game, 3), 3)
    last = len(position.state.thoughts)
    assert list(game.legal(position)) == list(range(last + 1))
    assert outcome(game, position) == (CHALLENGER, (0.0, 0.0))
    assert outcome(game, game.play(position, ACCEPT)) == (None, (0.0, 0.0))
    for pointed in (1, last):
        assert outcome(game, game.play(position, pointed)) == (None, (1.0, -1.0))


@pytest.mark.parametrize("family", ["integer_expression", "linear_equation", "ages", "maze"])
def test_a_planted_error_is_what_the_challenger_is_paid_for(family):
    game = ReasoningDebate(families=family)
    for index in range(4):
        planted = plant_error(*game.mix.problem(index), np.random.default_rng(index))
        position = debate(game, planted.thoughts, index)
        judgement = game.judge(position)
        assert judgement.first_wrong == planted.wrong
        assert game.returns(game.play(position, planted.wrong)) == (-1.0, 1.0)
        assert game.returns(game.play(position, ACCEPT)) == ((0.0, 0.0) if judgement.answer.correct else (1.0, -1.0))


def test_a_wrong_answer_that_is_believed_wins_and_is_itself_a_wrong_thought():
    game = ReasoningDebate(families="integer_expression", level=2)
    *steps, last = chain(game, 0)
    position = debate(game, [*steps, f"{last}1"], 0)
    assert game.judge(position).first_wrong == len(steps) + 1
    assert game.returns(game.play(position, ACCEPT)) == (1.0, -1.0)
    assert game.returns(game.play(position, len(steps) + 1)) == (-1.0, 1.0)


def test_a_wrong_answer_that_the_check_overlooks_is_wrong_all_the_same(monkeypatch):
    game = ReasoningDebate(families="integer_expression", level=2)
    monkeypatch.setattr(type(get_family("integer_expression")), "check_thought", lambda *_: CORRECT)
    assert game.judge(debate(game, ["Answer: -7"], 0)).first_wrong == 1


def test_a_prover_that_comes_to_no_answer_has_lost_before_the_challenger_is_asked():
    game = ReasoningDebate(max_thoughts=3, max_thought_chars=20)
    assert outcome(game, debate(game, ["1", "2", "3"], 0)) == (None, (-1.0, 1.0))
    too_long = debate(game, ["Answer: 1" + " " * 20], 0)
    assert outcome(game, too_long) == (None, (-1.0, 1.0))
    assert len(too_long.state.thoughts[0]) == 20
    assert game.judge(too_long).answer.status is Status.UNREADABLE


@pytest.mark.parametrize("thought", ["", "\n", PROSE, "\ud800\0\x1b[2J", "9**9**9**9", "(" * 900, "__import__('os')"])
def test_a_thought_that_means_nothing_is_wrong_and_no_exception(thought):
    game = ReasoningDebate(families="integer_expression", level=2)
    position = debate(game, [thought, *chain(game, 0)], 0)
    assert game.judge(position).first_wrong == 1
    assert game.observe(position, CHALLENGER) in game.observation_space(CHALLENGER)


@pytest.mark.parametrize("hostile", HOSTILE[:: max(len(HOSTILE) // 60, 1)], ids=lambda each: each.name)
def test_hostile_texts_lose_a_debate_or_are_pointed_at(hostile):
    env = reasoning_debate_v0.env(max_thoughts=4)
    env.reset(seed=0)
    env.step(hostile.answer)
    if env.agent_selection == "prover_0" and not env.terminations["prover_0"]:
        env.step(f"Answer: {hostile.answer}"[:1_000])
    if not env.terminations["challenger_1"] and env.agent_selection == "challenger_1":
        position = env.unwrapped.position
        env.step(first_refused(*position.state))
    assert env.rewards["challenger_1"] >= 0
    assert env.observe("challenger_1") in env.observation_space("challenger_1")


def test_a_thought_cannot_pretend_to_be_several():
    game = ReasoningDebate()
    position = debate(game, ["1\n2. 3\r\n3. 4\u2028", "5"], 0)
    shown = game.observe(position, CHALLENGER).split("\n\n", 1)[1]
    assert shown == "1. 1⏎2. 3⏎3. 4\n2. 5\n"


def test_the_longest_debate_fits_in_the_observation_space():
    game = ReasoningDebate(max_thoughts=12, max_thought_chars=30, max_question_chars=200)
    position = debate(game, ["\n" * 29 + "x"] * 12, 0)
    room = game.observation_space(PROVER).max_length - 200 + len(position.state.question.text)
    assert room - 2 <= len(game.observe(position, PROVER)) + 9 <= room + 9


def test_swapped_references_change_no_observation_no_view_and_no_challenge(swap_references):
    names = ("integer_expression", "linear_equation")
    game = ReasoningDebate(families=names)
    thoughts = [chain(game, index) for index in range(6)]
    thoughts += [plant_error(*game.mix.problem(index), np.random.default_rng(0)).thoughts for index in range(6, 12)]

    def seen():
        positions = [debate(game, said, index) for index, said in enumerate(thoughts)]
        told = [turn(game, position) for position in positions]
        shown = [[game.observe(position, player) for player in (PROVER, CHALLENGER)] for position in positions]
        challenges = [checking_challenger(each, np.random.default_rng(0)) for each in told]
        return [positions, told, shown, challenges], [game.returns(game.play(each, ACCEPT)) for each in positions]

    before, paid = seen()
    swap_references(*names)
    after, paid_after = seen()
    assert after == before
    assert paid_after != paid  # so the swap did reach the references


@pytest.mark.parametrize("name", [name for name, each in families().items() if isinstance(each, FromData)])
def test_families_without_a_check_of_steps_are_refused(name, tmp_path):
    mark = "#### " if name == "gsm8k" else ""
    for split, values in (("train", range(9)), ("test", range(9, 18))):
        rows = [
            {"question": f"{i}?", "problem": f"{i}?", "answer": f"{mark}{i}", "solution": rf"\boxed{{{i}}}"}
            for i in values
        ]
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(ValueError, match=f"{name} can't tell a right thought from a wrong one.*check_step"):
        ReasoningDebate(families=name, path=str(tmp_path))


def test_bad_arguments_and_actions_of_a_debate_are_refused():
    with pytest.raises(ValueError, match="pass max_question_chars"):
        ReasoningDebate(max_question_chars=5).ask(0)
    with pytest.raises(ValueError, match="there is no family 'integer_expresion'; did you mean"):
        reasoning_debate_v0.env(families="integer_expresion")
    game = ReasoningDebate()
    position = debate(game, ["Answer: 1"], 0)
    for action in (2, -1, "0", 0.5):
        with pytest.raises(ValueError, match=r"legal are \[0, 1\]"):
            game.play(position, action)
    with pytest.raises(ValueError, match=r"legal are \[\]"):
        game.play(game.play(position, 0), 0)
    with pytest.raises(TypeError, match="give a text"):
        game.play(game.ask(0), 0)


def test_a_debate_is_rendered_with_its_outcome():
    game = ReasoningDebate(families="integer_expression", level=2)
    assert "challenger" not in game.render(game.ask(0))
    assert game.render(debate(game, ["Answer: -7"], 0, 1)).endswith(
        "the challenger points at 1; the answer is incorrect, the first wrong thought is 1; the prover wins -1"
    )
    assert game.render(debate(game, chain(game, 0), 0, 0)).endswith(
        "the first wrong thought is none; the prover wins 0"
    )
    assert game.render(debate(ReasoningDebate(max_thoughts=1), ["1"], 0)).endswith("the prover has lost")


# ---- the setter and the solver


@pytest.mark.parametrize("attempts", [2, 4, 5])
def test_the_setter_is_paid_for_what_is_solved_half_of_the_time(attempts):
    game = ReasoningSetter(attempts=attempts)
    address = "integer_expression-v0/train/2/17"
    family = get_family("integer_expression")
    right = family.reference_thoughts(family.problem("train", 2, 17))
    for solved in range(attempts + 1):
        position = proposed(game, address)
        for attempt in range(attempts):
            assert outcome(game, position) == (SOLVER, (0.0, 0.0))
            for thought in right if attempt < solved else ["Answer: -1"]:
                position = game.play(position, thought)
        rate = solved / attempts
        assert game.mover(position) is None
        assert game.returns(position) == pytest.approx((4 * rate * (1 - rate), rate))
        assert game.solved(position) == [True] * solved + [False] * (attempts - solved)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("n", [2, 4, 7])
def test_what_the_setter_expects_is_as_documented(q, n):
    chances = [np.prod([q if bit else 1 - q for bit in bits]) for bits in product((0, 1), repeat=n)]
    rates = [sum(bits) / n for bits in product((0, 1), repeat=n)]
    expected = sum(chance * 4 * rate * (1 - rate) for chance, rate in zip(chances, rates, strict=True))
    assert expected == pytest.approx(4 * q * (1 - q) * (n - 1) / n)


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        ("", "is not a problem's address"),
        (PROSE, "is not a problem's address"),
        ("integer_expression-v0/train/2", "is not a problem's address"),
        ("integer_expression-v0/train/2/1_7", "is not a problem's address"),
        ("integer_expression-v0/train/2/" + "9" * 160, "index is"),
        ("integer_expression-v0/train/2/" + "9" * 5000, "the proposal has 5030 characters"),
        ("integer_expression-v0/train/2/-1", "index is -1"),
        ("integer_expression-v0/train/99/1", "level is 99; integer_expression is proposed with level 1 to 10"),
        ("integer_expression-v0/test/2/1", "split is 'test'; integer_expression is proposed with split train"),
        ("integer_expression-v7/train/2/1", "version is 7"),
        ("integer_expresion-v0/train/2/1", "did you mean 'integer_expression'"),
        ("linear_equation-v0/train/2/1", "which isn't in this game"),
        ("\ud800\0", "is not a problem's address"),
    ],
)
def test_a_proposal_that_names_no_problem_of_the_game_costs_the_setter(proposal, reason):
    game = ReasoningSetter()
    position = proposed(game, proposal)
    assert outcome(game, position) == (None, (-1.0, 0.0))
    assert reason in position.refused_because
    assert len(position.proposal) <= MAX_PROPOSAL_CHARS
    assert game.observe(position, SETTER) in game.observation_space(SETTER)
    assert f"refused: {reason}"[:20].split(":")[0] in game.render(position)


@pytest.mark.parametrize("hostile", HOSTILE[:: max(len(HOSTILE) // 40, 1)], ids=lambda each: each.name)
def test_hostile_texts_solve_and_propose_nothing(hostile):
    game = ReasoningSetter(attempts=2)
    assert game.returns(proposed(game, hostile.answer)) == (-1.0, 0.0)
    position = proposed(game, "integer_expression-v0/train/2/17")
    while game.mover(position) is not None:
        position = game.play(position, f"Answer: {hostile.answer}")
    assert game.returns(position)[0] == 0.0 or hostile.reference == game.find(position.proposal).answer


def test_a_question_that_is_too_long_is_refused():
    position = proposed(ReasoningSetter(max_question_chars=5), "integer_expression-v0/train/2/1")
    assert "at most 5 will do" in position.refused_because


def test_attempts_are_independent_and_the_solver_is_told_of_no_verdict():
    game = ReasoningSetter(attempts=2)
    position = first = proposed(game, "  integer_expression-v0/train/2/17\n")
    asked = game.observe(first, SOLVER)
    assert asked == f"{first.question.text}\n\n"
    for thought in ("1+1", "Answer: 5"):
        position = game.play(position, thought)
    assert game.observe(position, SOLVER) == asked
    assert game.view(position) == game.view(first)
    assert "solved" not in game.observe(position, SETTER)
    position = game.play(position, "Answer: 6")
    assert game.observe(position, SETTER).endswith("solved 0 of 2\n")


def test_an_attempt_that_is_cut_off_came_to_no_answer():
    game = ReasoningSetter(attempts=2, max_thoughts=2, max_thought_chars=30)
    family = get_family("integer_expression")
    *_, right = family.reference_thoughts(family.problem("train", 2, 17))
    position = proposed(game, "integer_expression-v0/train/2/17")
    for thought in (right + " " * 30, "1", "2"):
        position = game.play(position, thought)
    assert outcome(game, position) == (None, (0.0, 0.0))
    assert [each.answer for each in position.finished] == [None, None]


def test_swapped_references_change_nothing_that_setter_or_solver_sees(swap_references):
    def seen():
        game = ReasoningSetter()
        position = game.play(proposed(game, "integer_expression-v0/train/2/17"), "1+1")
        return position, game.view(position), [game.observe(position, player) for player in (SETTER, SOLVER)]

    before = seen()
    swap_references("integer_expression")
    assert seen() == before


def test_what_may_be_proposed_is_what_the_setter_is_told():
    game = ReasoningSetter(families=["integer_expression", "linear_equation"], levels=[2, 4], split="test")
    told = game.observe(game.start(np.random.default_rng(0)), SETTER)
    assert "integer_expression-v0/test, level 2 or 4\n" in told
    index = re.search(r"A random index: (\d+)\n", told)[1]
    assert game.mover(proposed(game, f"linear_equation-v0/test/4/{index}")) == SOLVER
    assert game.returns(proposed(game, f"linear_equation-v0/test/3/{index}")) == (-1.0, 0.0)
    with pytest.raises(ValueError, match="use at least 2"):
        ReasoningSetter(attempts=1)


# ---- against an opponent


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


# ---- planted errors


@pytest.mark.parametrize("name", CHECKED)
def test_a_planted_error_is_readable_alone_and_the_first_wrong_thought(name):
    family = get_family(name)
    problem = family.problem("train", 2 if family.levels > 1 else 1, 3)
    planted = plant_error(family, problem, np.random.default_rng(0))
    if planted is None:
        assert name == "knights_and_knaves"  # a letter changed there names nobody
        return
    reference = family.reference_thoughts(problem)
    assert [k for k, (a, b) in enumerate(zip(planted.thoughts, reference, strict=True), 1) if a != b] == [planted.wrong]
    assert first_refused(problem.question, planted.thoughts) == planted.wrong
    *before, wrong = planted.thoughts[: planted.wrong]
    assert family.check_thought(problem.question, before, wrong).status is Status.INCORRECT
    assert planted == plant_error(family, problem, np.random.default_rng(0))


def test_the_place_of_a_planted_error_can_be_chosen():
    family = get_family("integer_expression")
    problem = family.problem("train", 4, 0)
    for place in range(1, 5):
        assert plant_error(family, problem, np.random.default_rng(place), place=place).wrong == place
    with pytest.raises(ValueError, match="has thoughts 1 to 4"):
        plant_error(family, problem, np.random.default_rng(0), place=5)


def test_no_planted_number_begins_with_a_zero():
    family = get_family("integer_expression")
    problem = family.problem("train", 3, 0)
    planted = [plant_error(family, problem, np.random.default_rng(seed)) for seed in range(200)]
    assert len({each.thoughts for each in planted}) > 20
    assert not [each for each in planted if re.search(r"\b0\d", each.thoughts[each.wrong - 1])]


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
