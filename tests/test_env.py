"""The environment: one episode after another, its limits, mixes, planning, the oracle, vectors and rendering."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from hypothesis import given
from hypothesis import strategies as st

import reasoning_gym  # noqa: F401 - registers the ids
from reasoning_gym.env import Oracle, ReasoningEnv
from reasoning_gym.family import Family, family, generator_for, get_family
from reasoning_gym.mix import make_mix
from reasoning_gym.planning import Limits, is_over, transition, view
from reasoning_gym.problem import CORRECT, Problem, Question, State, Status, incorrect, observation

ANY_TEXT = st.text(st.characters(codec=None), max_size=30)  # lone surrogates too


class _Counting(Family):
    """The number after another: simple enough to know every answer."""

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        number = int(rng.integers(10**level, 10 ** (level + 3)))
        return Problem(Question(self.name, level, f"What follows {number}?", "Answer: the number"), str(number + 1))

    def reference_thoughts(self, problem):
        return ("add 1", f"Answer: {problem.answer}")

    def verify(self, problem, answer):
        return CORRECT if answer == problem.answer else incorrect("another number")


@family(category="toy", levels=4)
class ToySuccessor(_Counting):
    """The number after another."""


@family(category="toy", levels=2)
class ToyFinite(_Counting):
    """The number after another; there are only five problems."""

    def size(self, split):
        return 5


def make(**kwargs) -> ReasoningEnv:
    return ReasoningEnv(**{"families": "toy_successor", **kwargs})


def answer_of(env: ReasoningEnv) -> str:
    """The right answer, worked out from the question alone."""
    number = env.state.question.statement.removeprefix("What follows ").removesuffix("?")
    return f"Answer: {int(number) + 1}"


# One episode


def test_an_episode_shows_the_thoughts_and_pays_for_the_right_answer():
    env = make()
    text, info = env.reset(seed=1)
    assert text == f"{env.state.question.text}\n\n"
    assert set(info) == {"question_id", "family", "level"}
    assert info["family"] == "toy_successor"
    after, *rest, step_info = env.step("add 1")
    assert after == f"{text}add 1\n"
    assert rest == [0.0, False, False]
    assert step_info == info
    answer = answer_of(env)
    after, *rest, step_info = env.step(answer)
    assert after == f"{text}add 1\n{answer}\n"
    assert rest == [1.0, True, False]
    assert step_info == {**info, "verdict": CORRECT}


def test_a_wrong_answer_ends_the_episode_alike_but_pays_nothing():
    env = make()
    _, info = env.reset(seed=1)
    _, *rest, step_info = env.step("Answer: -1")
    assert rest == [0.0, True, False]
    assert step_info == {**info, "verdict": incorrect("another number")}


@pytest.mark.parametrize("form", [r"so \boxed{%s}", "#### %s", "**Answer:** %s"])
def test_every_explicit_form_of_an_answer_counts(form):
    env = make()
    env.reset(seed=1)
    assert env.step(form % answer_of(env).removeprefix("Answer: "))[1:4] == (1.0, True, False)


def test_running_out_of_thoughts_truncates():
    env = make(max_thoughts=2)
    env.reset(seed=1)
    assert env.step("hm")[1:4] == (0.0, False, False)
    _, *rest, info = env.step("hm")
    assert rest == [0.0, False, True]
    assert info["verdict"].status is Status.UNREADABLE
    assert info["truncated_because"] == "2 thoughts stated no answer"


def test_an_answer_with_the_last_thought_terminates():
    env = make(max_thoughts=1)
    env.reset(seed=1)
    assert env.step(answer_of(env))[1:4] == (1.0, True, False)


def test_a_thought_that_is_too_long_is_cut_and_truncates_even_if_it_states_the_answer():
    env = make(max_thought_chars=40)
    env.reset(seed=1)
    thought = answer_of(env) + "\n" + "x" * 40
    text, *rest, info = env.step(thought)
    assert rest == [0.0, False, True]
    assert text.endswith(f"\n\n{thought[:40]}\n")
    assert info["truncated_because"] == f"a thought of {len(thought)} characters exceeds 40"
    assert info["verdict"].status is Status.UNREADABLE


def test_a_thought_of_exactly_the_limit_is_not_cut():
    env = make(max_thought_chars=40)
    env.reset(seed=1)
    assert env.step("x" * 40)[1:4] == (0.0, False, False)


@given(st.lists(ANY_TEXT, max_size=6))
def test_any_text_is_a_thought_and_every_observation_is_in_the_space(thoughts):
    env = make(max_thoughts=4, max_thought_chars=20)
    text, _ = env.reset(seed=0)
    for thought in thoughts:
        text, reward, terminated, truncated, info = env.step(thought)
        assert text in env.observation_space
        assert text == observation(env.state.question, env.state.thoughts)
        assert reward == 0.0
        assert not (terminated and truncated)
        assert ("verdict" in info) == (terminated or truncated)
        if terminated or truncated:
            break


def test_the_longest_episode_fits_the_observation_space_exactly():
    env = make(max_thoughts=3, max_thought_chars=7, max_question_chars=100)
    env.reset(seed=0)
    for _ in range(3):
        text = env.step("😀" * 7)[0]
    longest = len(text) - len(env.state.question.text) + 100
    assert longest == env.observation_space.max_length


def test_infos_are_fresh_each_time():
    env = make()
    _, info = env.reset(seed=1)
    info["level"] = "changed"
    assert env.step("hm")[4]["level"] in (1, 2, 3)


# What is wrong, and what to do


@pytest.mark.parametrize("action", [None, 3, b"Answer: 1", ["Answer: 1"], np.array(["x"])])
def test_an_action_that_is_no_text_is_refused(action):
    env = make()
    env.reset(seed=1)
    with pytest.raises(TypeError, match="a thought must be a str"):
        env.step(action)


def test_stepping_before_the_reset_or_after_the_end_is_refused():
    env = make()
    for use in (lambda: env.step("hm"), lambda: env.state, env.view, env.render):
        with pytest.raises(ResetNeeded, match=r"call reset\(\) first"):
            use()
    env.reset(seed=1)
    env.step("Answer: 1")
    for use in (lambda: env.step("hm"), env.view):
        with pytest.raises(ResetNeeded, match="the episode is over"):
            use()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"families": "toy_sucessor"}, "did you mean 'toy_successor'"),
        ({"families": []}, "name at least one family"),
        ({"families": ["toy_finite", "toy_finite"]}, "each once"),
        ({"level": 5}, "level is 5; toy_successor has levels 1 to 4"),
        ({"level": 0}, "level is 0; toy_successor has levels 1 to 4"),
        ({"levels": [1, 9]}, "level is 9"),
        ({"levels": []}, "levels is empty"),
        ({"level": 1, "levels": [1]}, "give one of them"),
        ({"families": ["toy_finite", "toy_successor"], "level": 3}, "toy_finite has levels 1 to 2"),
        ({"split": "tset"}, "did you mean 'test'"),
        ({"weights": [1, 2]}, "one positive number"),
        ({"weights": [0]}, "one positive number"),
        ({"weights": [float("nan")]}, "one positive number"),
        ({"weights": [float("inf")]}, "one positive number"),
        ({"max_thoughts": 0}, "max_thoughts is 0"),
        ({"max_thought_chars": -1}, "max_thought_chars is -1"),
        ({"path": "/nowhere"}, "toy_successor needs no data"),
        ({"render_mode": "rgb_array"}, "use None, 'ansi' or 'human'"),
    ],
)
def test_a_wrong_argument_says_what_to_use(kwargs, message):
    with pytest.raises(ValueError, match=message):
        make(**kwargs)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"indx": 1}, ValueError, "unknown option 'indx' of reset; did you mean 'index'"),
        ({"index": -1}, ValueError, "index is -1"),
        ({"index": 2**32}, ValueError, "index is 4294967296"),
        ({"index": "3"}, TypeError, "option index is '3'; give an int"),
        ({"level": 9}, ValueError, "levels run from 1 to 4"),
        ({"family": "toy_finite"}, ValueError, "isn't in this environment"),
        ({"family": 3}, TypeError, "give a family's name"),
    ],
)
def test_a_wrong_option_says_what_to_use(options, error, message):
    with pytest.raises(error, match=message):
        make().reset(options=options)


def test_a_question_that_is_too_long_says_which_argument_to_raise():
    with pytest.raises(ValueError, match="max_question_chars of at least that"):
        make(max_question_chars=10).reset(seed=0)


# Which question


def test_the_same_seed_draws_the_same_questions_and_others_differ():
    first, second = make(), make()
    ids = [first.reset(seed=5)[1]["question_id"], *(first.reset()[1]["question_id"] for _ in range(5))]
    assert [second.reset(seed=5)[1]["question_id"], *(second.reset()[1]["question_id"] for _ in range(5))] == ids
    assert len(set(ids)) == 6
    assert second.reset(seed=6)[1]["question_id"] != ids[0]


def test_an_index_names_a_question_whatever_was_drawn_before():
    env = make()
    named = env.reset(options={"index": 17})
    env.reset(seed=99)
    assert env.reset(options={"index": np.int64(17)}) == named
    assert named[1]["question_id"].endswith("/17")


def test_naming_a_question_leaves_the_sequence_of_draws_alone():
    env = make()
    env.reset(seed=5)
    expected = env.reset()
    env.reset(seed=5)
    env.reset(options={"index": 3})
    assert env.reset() == expected


def test_nothing_depends_on_the_global_generators():
    env = make()
    expected = env.reset(seed=5)
    random.seed(0)
    np.random.seed(0)
    assert env.reset(seed=5) == expected
    assert random.random() == random.Random(0).random()


def test_splits_ask_different_questions():
    asked = {}
    for split in ("train", "test"):
        env = make(split=split, level=4)
        asked[split] = {env.reset(options={"index": i})[0] for i in range(300)}
    assert asked["train"].isdisjoint(asked["test"])


def test_levels_default_to_the_first_three_that_a_family_has():
    asked = Counter(make().reset(options={"index": i})[1]["level"] for i in range(600))
    assert set(asked) == {1, 2, 3}
    assert min(asked.values()) > 140
    finite = make(families="toy_finite")
    assert {finite.reset(options={"index": i})[1]["level"] for i in range(5)} <= {1, 2}


def test_a_level_option_overrides_the_levels_drawn():
    assert make(level=1).reset(options={"level": 4})[1]["level"] == 4


def test_a_mix_draws_families_by_their_weights_in_any_order():
    names = ["toy_successor", "toy_finite"]
    env = make(families=names, weights=[3, 1], level=1)
    asked = [env.reset(options={"index": i})[1]["question_id"] for i in range(800)]
    assert 540 < sum(name.startswith("toy_successor") for name in asked) < 660
    swapped = make(families=names[::-1], weights=[1, 3], level=1)
    assert [swapped.reset(options={"index": i})[1]["question_id"] for i in range(800)] == asked


def test_a_mix_asks_a_finite_family_for_the_index_modulo_its_size():
    env = make(families=["toy_successor", "toy_finite"], level=1)
    _, info = env.reset(options={"index": 123456, "family": "toy_finite"})
    assert info["question_id"] == "toy_finite-v0/train/1/1"


def test_a_level_option_picks_among_the_families_that_have_it():
    env = make(families=["toy_successor", "toy_finite"])
    asked = {env.reset(options={"index": i, "level": 4})[1]["family"] for i in range(30)}
    assert asked == {"toy_successor"}


def test_a_finite_family_alone_knows_its_own_indices():
    env = make(families="toy_finite", level=1)
    assert len({env.reset(seed=seed)[1]["question_id"] for seed in range(60)}) == 5
    with pytest.raises(ValueError, match="indices 0 to 4"):
        env.reset(options={"index": 5})


def test_the_question_id_leads_back_to_the_question():
    env = make()
    text, info = env.reset(seed=3)
    name, split, level, index = info["question_id"].split("/")
    again = get_family("toy_successor").problem(split, int(level), int(index))
    assert text.startswith(again.question.text)
    assert name == "toy_successor-v0"


def test_addresses_draw_what_they_always_drew():
    """A change here means that every family's problems changed: then every version has to rise."""
    draws = generator_for("linear_equation-v0/test/3/17").integers(10**9, size=4).tolist()
    assert draws == [510694193, 192537832, 220715294, 235038473]
    words = np.frombuffer(hashlib.sha256(b"a/1").digest(), dtype="<u8")
    state = generator_for("a/1").bit_generator.state["state"]
    # PCG64 by its authors' pcg_setseq_128_srandom: the first two words are the state, the others the stream
    increment = (((int(words[2]) << 64 | int(words[3])) << 1) | 1) % 2**128
    multiplier = 0x2360ED051FC65DA44385DF649FCCF645
    start = (increment + (int(words[0]) << 64 | int(words[1]))) % 2**128
    assert state == {"inc": increment, "state": (start * multiplier + increment) % 2**128}


def test_mixes_choose_what_they_always_chose():
    mix = make_mix(["toy_successor", "toy_finite"], weights=[2, 1], levels=[1, 2], split="test")
    assert [str(mix.problem(index)[1].address) for index in range(6)] == [
        "toy_successor-v0/test/1/0",
        "toy_successor-v0/test/2/1",
        "toy_successor-v0/test/1/2",
        "toy_finite-v0/test/1/3",
        "toy_finite-v0/test/1/4",
        "toy_successor-v0/test/2/5",
    ]


# Planning


def test_the_transition_is_what_the_environment_does_and_changes_nothing():
    env = make(max_thoughts=3, max_thought_chars=12)
    for thoughts in (["a", "b", "c"], ["a", "Answer: 12"], ["x" * 13], ["a", "x" * 12, "Answer: 3"]):
        env.reset(seed=4)
        for thought in thoughts:
            before = env.state
            move = transition(before, thought, env.limits)
            assert env.state == before
            _, _, terminated, truncated, info = env.step(thought)
            assert env.state == move.state
            assert terminated == (move.answer is not None)
            assert truncated == (move.truncated_because is not None)
            assert info.get("truncated_because") == move.truncated_because


def test_the_state_can_be_set_back_and_the_episode_goes_on_from_there():
    env = make(max_thoughts=4)
    env.reset(seed=4)
    env.step("a")
    kept = env.state
    env.step("Answer: 0")
    env.state = kept
    assert env.view().thoughts_left == 3
    text, reward, terminated, _, info = env.step(answer_of(env))
    assert (reward, terminated, info["verdict"]) == (1.0, True, CORRECT)
    assert text == observation(kept.question, (*kept.thoughts, answer_of(env)))


@pytest.mark.parametrize("thoughts", [("a", "Answer: 0"), ("a", "b", "c", "d")])
def test_setting_a_state_in_which_the_episode_is_over_ends_it(thoughts):
    env = make(max_thoughts=4)
    env.reset(seed=4)
    env.state = State(env.state.question, thoughts)
    with pytest.raises(ResetNeeded):
        env.step("hm")


@pytest.mark.parametrize(
    ("thoughts", "message"),
    [
        (("a",) * 5, "has 5 thoughts; the limit is 4"),
        (("x" * 21,), "21 characters; the limit is 20"),
        (("Answer: 0", "a"), "goes on after the thought 'Answer: 0'"),
    ],
)
def test_a_state_that_no_episode_comes_to_is_refused(thoughts, message):
    env = make(max_thoughts=4, max_thought_chars=20)
    env.reset(seed=4)
    with pytest.raises(ValueError, match=message):
        env.state = State(env.state.question, thoughts)


def test_a_state_of_another_question_is_refused_and_nothing_changes():
    env = make()
    env.reset(options={"index": 1})
    other = env.state
    env.reset(options={"index": 2})
    before = env.state
    with pytest.raises(ValueError, match="reset it to the question of the state first"):
        env.state = other
    assert env.state == before


def test_a_view_holds_the_question_and_the_thoughts_and_no_way_to_the_reference():
    env = make(max_thoughts=3)
    text, _ = env.reset(seed=4)
    shown = env.view()
    assert (shown.text, shown.thoughts_left) == (text, 3)
    assert not any(isinstance(each, Problem | Family | gym.Env) for each in shown)
    limits = Limits(max_thoughts=1)
    with pytest.raises(ValueError, match="the episode is over"):
        view(State(shown.question, ("a",)), limits)
    assert is_over(State(shown.question, ("a",)), limits)
    assert not is_over(State(shown.question), limits)


# The oracle


def test_the_oracle_says_what_a_state_is_worth_and_counts():
    env = gym.make("ReasoningToySuccessor-v0", level=1)
    oracle = Oracle(env)
    env.reset(seed=4)
    question = env.unwrapped.state.question
    assert oracle.reward(State(question, ("a", answer_of(env.unwrapped)))) == 1.0
    assert oracle.reward(State(question, ("Answer: -1",))) == 0.0
    assert oracle.verdict(State(question)).status is Status.UNREADABLE
    assert oracle.calls == 3
    assert env.unwrapped.state == State(question)


def test_the_oracle_answers_only_for_the_question_at_hand():
    env = make()
    oracle = Oracle(env)
    env.reset(options={"index": 1})
    state = env.state
    env.reset(options={"index": 2})
    with pytest.raises(ValueError, match="the state asks"):
        oracle.reward(state)


def test_the_oracle_of_another_environment_is_refused():
    with pytest.raises(TypeError, match="needs a ReasoningEnv"):
        Oracle(gym.make("CartPole-v1"))


def test_infos_and_observations_never_hold_the_reference():
    env = make(level=4)
    env.reset(seed=4)
    reference = answer_of(env).removeprefix("Answer: ")
    text, _, _, _, info = env.step("Answer: -1")
    assert reference not in text
    assert reference not in repr(info)


# Vectors


def through_episodes(env, actions, seed):
    """The observations of a single environment that is reset by the step after an end, as vectors are."""
    seen = [env.reset(seed=seed)[0]]
    over = False
    for action in actions:
        if over:
            seen.append(env.reset()[0])
            over = False
        else:
            text, _, terminated, truncated, _ = env.step(action)
            seen.append(text)
            over = terminated or truncated
    return seen


@pytest.mark.parametrize(
    ("mode", "vector_kwargs"),
    [
        ("sync", {}),
        ("async", {"shared_memory": True}),
        ("async", {"shared_memory": False}),
        ("async", {"shared_memory": True, "context": "spawn"}),
    ],
)
def test_a_vector_returns_what_single_environments_do(mode, vector_kwargs):
    actions = [
        ("a", "Answer: 1", "😀 \ud800"),
        ("½", "ignored by the reset", ""),
        ("Answer: 2", "c", "Answer: 5"),
        ("ignored", "d", "ignored"),
        ("e", "f", "g"),
    ]
    vector = gym.make_vec("reasoning_gym:ReasoningArithmetic-v0", 3, mode, vector_kwargs=vector_kwargs, max_thoughts=3)
    try:
        seen = [vector.reset(seed=7)[0]]
        for batch in actions:
            texts, rewards, terminated, truncated, infos = vector.step(batch)
            assert texts in vector.observation_space
            assert len(infos["question_id"]) == 3
            assert rewards.shape == terminated.shape == truncated.shape == (3,)
            seen.append(texts)
    finally:
        vector.close()
    for column in range(3):
        env = gym.make("ReasoningArithmetic-v0", max_thoughts=3)
        alone = through_episodes(env, [batch[column] for batch in actions], seed=7 + column)
        assert [texts[column] for texts in seen] == alone


# Rendering


def test_ansi_shows_the_question_the_numbered_thoughts_and_the_verdict():
    env = make(render_mode="ansi")
    env.reset(seed=1)
    env.step("add 1")
    question = env.state.question
    assert env.render() == f"{question.statement}\nAnswer: the number\n\n1. add 1\n"
    env.step("Answer: -1")
    assert env.render().endswith("1. add 1\n2. Answer: -1\n\nincorrect: another number\n")


def test_human_prints_each_thing_once_and_returns_nothing(capsys):
    env = make(render_mode="human")
    env.reset(seed=1)
    env.step("add 1")
    assert env.render() is None
    env.step("Answer: -1")
    env.render()
    shown = capsys.readouterr().out
    for text in ("What follows", "toy_successor, level", "1 add 1", "2 Answer: -1", "incorrect: another number"):
        assert shown.count(text) == 1
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("mode", ["ansi", "human"])
def test_rendering_escapes_what_a_terminal_would_obey(mode, capsys):
    env = make(render_mode=mode)
    env.reset(seed=1)
    env.step("\x1b[2J [red]bold[/red] \ud800 \u202e 😀")
    shown = env.render() or capsys.readouterr().out
    assert "\x1b[2J" not in shown
    assert r"\x1b[2J [red]bold[/red] \ud800 \u202e 😀" in shown
    shown.encode()


def test_without_a_mode_nothing_is_rendered(capsys):
    env = make()
    env.reset(seed=1)
    assert env.render() is None
    assert capsys.readouterr().out == ""
