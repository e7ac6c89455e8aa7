"""Records of episodes: written whole, read strictly, replayed without believing what they claim."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import gymnasium as gym
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reasoning_gym  # noqa: F401 - registers the ids
from reasoning_gym.episodes import (
    Episode,
    NotComparable,
    episode_from,
    episode_of,
    parse_strictly,
    read,
    repair,
    replay,
    write,
)
from reasoning_gym.family import get_family
from reasoning_gym.planning import Limits
from reasoning_gym.problem import Address, State, Status

FAMILY = "integer_expression"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COUNTS = st.dictionaries(TEXT, st.integers(0, 10**12), max_size=3)


def problem_at(index: int):
    return get_family(FAMILY).problem("test", 2, index)


def run(thoughts, *, index=3, limits=None):
    """The record of an episode of these thoughts."""
    limits = limits or Limits()
    env = gym.make("ReasoningIntegerExpression-v0", level=2, split="test", max_thoughts=limits.max_thoughts,
                   max_thought_chars=limits.max_thought_chars)  # fmt: skip
    env.reset(options={"index": index})
    for thought in thoughts:
        *_, info = env.step(thought)
    return episode_of(env.unwrapped.state, info, limits, env_id=env.spec.id, env_kwargs=env.spec.kwargs)


def right_thoughts(index=3):
    return get_family(FAMILY).reference_thoughts(problem_at(index))


@given(
    thoughts=st.lists(st.text(max_size=10) | st.just("\ud800"), max_size=4),
    reason=TEXT,
    truncated_because=st.none() | TEXT,
    cost=COUNTS,
)
def test_what_is_written_is_read_back(tmp_path_factory, thoughts, reason, truncated_because, cost):
    episode = Episode("a-v0/test/1/2", "Why?", tuple(thoughts), "correct", reason, 1.0, truncated_because, cost=cost)
    path = tmp_path_factory.mktemp("episodes") / "episodes.jsonl"
    write(path, episode)
    write(path, episode)
    assert list(read(path)) == [episode, episode]


def test_the_record_of_an_episode_says_where_it_comes_from():
    episode = run(right_thoughts())
    assert episode.address == "integer_expression-v0/test/2/3"
    assert episode.question == problem_at(3).question.text
    assert episode.thoughts == right_thoughts()
    assert (episode.status, episode.reward, episode.truncated_because) == ("correct", 1.0, None)
    assert episode.env_id == "ReasoningIntegerExpression-v0"
    assert episode.env_kwargs["level"] == 2
    assert "reasoning-gymnasium" in episode.versions


def test_an_episode_that_is_not_over_has_no_record():
    env = gym.make("ReasoningIntegerExpression-v0")
    _, info = env.reset(seed=0)
    with pytest.raises(ValueError, match="only an episode that is over"):
        episode_of(env.unwrapped.state, info, Limits())


GOOD = json.dumps(
    {"address": "a-v0/test/1/2", "question": "?", "thoughts": [], "status": "correct", "reason": "", "reward": 1}
)


def changed(**values):
    return json.dumps({**json.loads(GOOD), **values})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "Expecting value"),
        ("", "Expecting value"),
        ("[]", "an episode is a JSON object, not list"),
        ("null", "not NoneType"),
        (GOOD[:-1] + ', "reward": 0}', "the key 'reward' is there twice"),
        (changed(reward=float("nan")), "NaN is no number in JSON"),
        (changed(reward=float("inf")), "Infinity is no number"),
        (GOOD.replace('"reward": 1', '"reward": 1e999'), "1e999 is too large"),
        (changed(reward=True), "'reward' is 'True'; it must be a number"),
        (changed(rewad=1), "unknown key 'rewad'; did you mean 'reward'"),
        (changed(thoughts="abc"), "'thoughts' is 'abc'; it must be a list of texts"),
        (changed(thoughts=["a", 1]), "must be a list of texts"),
        (changed(cost={"tokens": -1}), "must be a table of counts"),
        (changed(cost={"tokens": 1.5}), "must be a table of counts"),
        (changed(versions={"numpy": 2}), "must be a table of texts"),
        (changed(max_thoughts=True), "must be a count"),
        (GOOD.replace('"status": "correct", ', ""), "the key 'status' is missing"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_an_error_with_its_place(tmp_path, line, message):
    path = tmp_path / "episodes.jsonl"
    path.write_text(f"{GOOD}\n{line}\n{GOOD}\n")
    episodes = read(path)
    assert next(episodes) == episode_from(json.loads(GOOD))
    with pytest.raises(ValueError, match=message) as caught:
        next(episodes)
    assert str(caught.value).startswith(f"{path}:2: ")


def test_bytes_that_are_no_text_are_an_error_with_their_place(tmp_path):
    path = tmp_path / "episodes.jsonl"
    path.write_bytes(b'{"address": "\xff"}\n')
    with pytest.raises(ValueError, match=r"episodes.jsonl:1: .*utf-8"):
        list(read(path))


@pytest.mark.parametrize("kept", range(0, len(GOOD), 7))
def test_a_torn_last_line_is_left_out_and_repaired(tmp_path, kept):
    path = tmp_path / "episodes.jsonl"
    path.write_text(f"{GOOD}\n{GOOD[:kept]}")
    good = episode_from(json.loads(GOOD))
    assert list(read(path)) == [good]
    repair(path)
    write(path, good)
    assert list(read(path)) == [good, good]


def test_a_last_line_that_only_lacks_its_break_is_kept(tmp_path):
    path = tmp_path / "episodes.jsonl"
    path.write_text(f"{GOOD}\n{GOOD}")
    good = episode_from(json.loads(GOOD))
    assert list(read(path)) == [good, good]
    repair(path)
    write(path, good)
    assert list(read(path)) == [good, good, good]


def test_a_record_with_a_number_that_is_not_finite_is_not_written(tmp_path):
    path = tmp_path / "episodes.jsonl"
    with pytest.raises(ValueError, match="JSON"):
        write(path, replace(episode_from(json.loads(GOOD)), reward=float("nan")))
    assert not path.exists()


def test_repairing_nothing_makes_nothing(tmp_path):
    repair(tmp_path / "none.jsonl")
    assert not (tmp_path / "none.jsonl").exists()


def test_a_killed_process_leaves_every_episode_that_it_wrote(tmp_path):
    path = tmp_path / "episodes.jsonl"
    program = f"""
    import sys
    from reasoning_gym.episodes import Episode, write
    for index in range(10**6):
        write({str(path)!r}, Episode("a-v0/test/1/2", "?", ("x" * 5000,), "correct", str(index), 1.0))
        print(index, flush=True)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    told = 0
    while told < 50:
        told = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    told = max([told, *(int(line) for line in process.stdout.read().split())])
    process.wait()
    written = [int(episode.reason) for episode in read(path)]
    assert written == list(range(len(written)))
    assert len(written) >= told  # the last number told may itself be torn


# Replay


def test_a_replay_comes_to_the_same_verdict():
    for thoughts in (right_thoughts(), ("Answer: -7",), ("no", "#### x")):
        episode = run(thoughts)
        verdict = replay(episode)
        assert (verdict.status, verdict.reason) == (episode.status, episode.reason)


def test_a_replay_ignores_what_is_claimed():
    forged = replace(run(("Answer: -7",)), status="correct", reward=1.0)
    assert replay(forged).status is Status.INCORRECT
    humble = replace(run(right_thoughts()), status="incorrect", reward=0.0)
    assert replay(humble).correct


def test_a_replay_of_an_episode_that_ran_out_is_unreadable():
    assert replay(run(("a", "b"), limits=Limits(max_thoughts=2))).status is Status.UNREADABLE


def test_a_replay_reads_no_answer_from_a_thought_that_was_cut():
    answer = right_thoughts()[-1]
    episode = run((answer + "\n" + "x" * 50,), limits=Limits(max_thought_chars=len(answer)))
    assert episode.thoughts == (answer,)
    assert replay(episode).status is Status.UNREADABLE


def test_a_longer_thought_than_the_limit_is_no_answer_whatever_is_claimed():
    episode = replace(run(right_thoughts()), max_thought_chars=3)
    assert not replay(replace(episode, thoughts=right_thoughts()[-1:])).correct


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"thoughts": ("Answer: 1", "Answer: 2")}, ValueError, "over after thought 1, but has 2"),
        ({"thoughts": ("a",) * 40}, ValueError, "over after thought 32"),
        ({"question": "another?"}, NotComparable, "other data or other software"),
        ({"address": "integer_expression-v99/test/2/3"}, NotComparable, "version 99 of integer_expression"),
        ({"address": "integer_expresion-v0/test/2/3"}, ValueError, "did you mean 'integer_expression'"),
        ({"address": "integer_expression-v0/test/99/3"}, ValueError, "levels 1 to"),
        ({"address": "rubbish"}, ValueError, "not a problem's address"),
        ({"max_thoughts": 0}, ValueError, "max_thoughts is 0"),
    ],
)
def test_what_cannot_be_replayed_says_why(change, error, message):
    with pytest.raises(error, match=message):
        replay(replace(run(right_thoughts()), **change))


def test_problems_from_a_file_are_replayed_with_the_file(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"question": "{i}+1?", "answer": "{i + 1}"}}\n' for i in range(8)))
    env = gym.make("ReasoningQuestionAnswer-v0", path=str(path))
    _, info = env.reset(options={"index": 0})
    question = env.unwrapped.state.question
    answer = int(question.statement.split("+")[0]) + 1
    *_, info = env.step(f"Answer: {answer}")
    episode = episode_of(State(question, (f"Answer: {answer}",)), info, Limits())
    assert replay(episode, path=str(path)).correct
    assert Address.parse(episode.address).family == "question_answer"


def test_a_repeated_key_is_found_among_many_in_one_pass() -> None:
    many = ",".join(f'"{number:x}":0' for number in range(300_000))
    with pytest.raises(ValueError, match="the key '493df' is there twice"):
        parse_strictly(f'{{{many},"493df":0}}'.encode())
