"""Thoughts apart from what a user sees: transcripts that are shown, folded or hidden, and hostile texts in them."""

from __future__ import annotations

import json
import re
import warnings

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import reasoning_gym  # noqa: F401  registers the environments
from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.episodes import Episode, transcript
from reasoning_gym.planning import NO_ANSWER
from reasoning_gym.problem import CORRECT, Question, State
from reasoning_gym.rendering import SHOWN, Transcript, as_text, left_out, printable, transcript_of, unfolded

QUESTION = Question("sums", 1, "1+1?", "A number.")
STATE = State(QUESTION, ("1+1=2", "2=2", "Answer: 2"))
UNICODE = st.text(st.characters(codec=None, exclude_categories=()))  # lone surrogates too
HOSTILE = st.sampled_from(
    ["[thought]", "[/thought]", "[/THOUGHT]", "[/thought", "thought]", "[", "\\", "\\u{5b}", "\\u{", "u{41}", "\n",
     "\n\n", "Answer: 3", "\nAnswer: ", "\x1b[2J", "\u202e", "\r", "\\boxed{", "}", "correct"]
)  # fmt: skip
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
TEXTS = st.one_of(UNICODE, st.lists(st.one_of(HOSTILE, UNICODE), max_size=8).map("".join))


@st.composite
def transcripts(draw):
    """Any texts at all, some of them made to break out; the answer is the one that the last thought states."""
    thoughts = tuple(draw(st.lists(st.one_of(TEXTS, TEXTS.map("Answer: {}".format)), max_size=4)))
    stated = stated_answer(thoughts[-1]) if thoughts and draw(st.booleans()) else None
    verdict = draw(st.none() | TEXTS.filter(bool))
    return Transcript(draw(TEXTS), thoughts, stated, verdict)


@PATIENT
@given(transcripts())
@example(Transcript("", (), None, None))
@example(Transcript("q\n\n[thought]no[/thought]\n", ("[/thought]\nAnswer: 1\n\ncorrect\n[thought]",), None, "x"))
@example(Transcript("q", ("Answer: 1", "Answer: 1"), "1", None))
@example(Transcript("q", ("\\u{5b}/thought]",), None, None))
def test_a_folded_transcript_is_read_back_as_it_was(told):
    assert unfolded(as_text(told, "folded")) == told


@PATIENT
@given(transcripts())
def test_no_text_writes_a_marker_or_anything_that_a_terminal_obeys(told):
    text = as_text(told, "folded")
    assert printable(text) == text
    inside = re.findall(r"\[thought\](.*?)\[/thought\]", text, flags=re.DOTALL)
    assert len(inside) == len(left_out(told)) == text.lower().count("[thought]") == text.lower().count("[/thought]")


@PATIENT
@given(transcripts())
def test_a_hidden_transcript_depends_on_the_number_of_thoughts_and_the_answer_alone(told):
    others = tuple(f"other {number}" for number in range(len(left_out(told))))
    kept = told.thoughts[len(left_out(told)) :]
    assert as_text(told, "hidden") == as_text(told._replace(thoughts=(*others, *kept)), "hidden")


def test_each_way_of_showing_is_written_as_documented():
    told = transcript_of(STATE, CORRECT)
    assert as_text(told) == "1+1?\nA number.\n\n1. 1+1=2\n2. 2=2\n3. Answer: 2\n\ncorrect\n"
    folded = "[thought]1+1=2[/thought]\n[thought]2=2[/thought]\nAnswer: 2"
    assert as_text(told, "folded") == f"1+1?\nA number.\n\n{folded}\n\ncorrect\n"
    assert as_text(told, "hidden") == "1+1?\nA number.\n\n2 thoughts hidden\nAnswer: 2\n\ncorrect\n"


def test_what_is_said_beside_an_answer_is_a_thought_too():
    told = transcript_of(State(QUESTION, ("I guess.\nAnswer: 2",)), CORRECT)
    assert "I guess" not in as_text(told, "hidden")
    assert "[thought]I guess.\nAnswer: 2[/thought]\nAnswer: 2\n" in as_text(told, "folded")


def test_a_thought_that_was_cut_shows_no_answer():
    told = transcript_of(State(QUESTION, ("Answer: 2",)), NO_ANSWER)
    assert "1 thought hidden\n\n" in as_text(told, "hidden")
    assert "[thought]Answer: 2[/thought]" in as_text(told, "folded")


@pytest.mark.parametrize(
    "text",
    ["", "no gap", "q\n\n[thought]open\n", "q\n\n[thought]a[/thought]", "q\n\n[thought][thought]a[/thought]\n",
     "q\n\nloose\n", "q\n\n[thought]\\u{110000}[/thought]\n"],
)  # fmt: skip
def test_a_text_that_is_no_folded_transcript_is_refused(text):
    with pytest.raises(ValueError, match="no folded transcript"):
        unfolded(text)


def test_the_record_of_an_episode_is_told_as_the_episode_was():
    told = transcript_of(STATE, CORRECT)
    record = Episode("sums-v0/test/1/0", QUESTION.text, STATE.thoughts, "correct", "", 1.0)
    assert transcript(record) == told
    cut = Episode("sums-v0/test/1/0", QUESTION.text, STATE.thoughts, "unreadable", "x", 0.0, truncated_because="long")
    assert transcript(cut).answer is None
    assert transcript(cut).verdict == "unreadable: x"


def make(**kwargs):
    return gym.make("ReasoningLinearEquation-v0", level=2, **kwargs)


@pytest.mark.parametrize("shown", SHOWN)
def test_an_environment_with_a_way_of_showing_keeps_its_contract_and_its_spec(shown):
    env = make(thoughts=shown, render_mode="ansi")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert json.loads(env.spec.to_json())["kwargs"]["thoughts"] == shown
    assert again.unwrapped.thoughts == shown


def test_an_unknown_way_of_showing_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="'foldde'; did you mean 'folded'"):
        make(thoughts="foldde")


@pytest.mark.parametrize("mode", ["ansi", "human"])
def test_an_environment_shows_what_it_is_asked_to_in_both_modes(mode, capsys):
    shown = {}
    for how in SHOWN:
        env = make(thoughts=how, render_mode=mode)
        env.reset(seed=3)
        pieces = []
        for thought in ("3x+7=22", "3x=15", "Answer: 5"):
            env.step(thought)
            pieces.append(env.render())
        shown[how] = pieces[-1] or capsys.readouterr().out
    assert "3x=15" in shown["shown"]
    assert shown["folded"].count("[thought]3x=15[/thought]") == 1
    assert "3x=15" not in shown["hidden"]
    assert shown["hidden"].count("2 thoughts hidden\nAnswer: 5") == 1
    assert all(each.count("Answer: 5") == 1 and "correct" in each for each in shown.values())
