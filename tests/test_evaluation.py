"""What evaluate promises: the same problems for every agent, nothing lost, nothing run twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reasoning_agents.agent import Cost, Ledger, generator
from reasoning_baselines.evaluation import configure, evaluate, make_environment, play, unfinished
from reasoning_baselines.runs import EPISODES_FILE, RUN_FILE, RunError, differences, open_run, read_run
from reasoning_gym import episodes
from reasoning_gym.problem import View

ENV = "ReasoningIntegerExpression-v0"


class Wanderer:
    """Thinks up to four thoughts that its view and its seed decide, then answers; keeps what it was handed."""

    def __init__(self, seed=0, answers=None):
        self.ledger = Ledger()
        self.seed, self.answers = seed, answers or {}
        self.batches = []

    def act(self, views):
        self.batches.append(list(views))
        self.ledger.open(len(views))
        return [self._think(row, view) for row, view in enumerate(views)]

    def _think(self, row, view):
        self.ledger.charge(row, Cost(tokens=7, forward_passes=1))
        rng = generator(self.seed, view)
        if len(view.thoughts) < 4 and rng.random() < 0.6:
            return f"{rng.integers(100)}+0"
        return f"Answer: {self.answers.get(view.question.statement, rng.integers(10))}"


def knowing(environment):
    """The right answer to every other of the first hundred problems, and a wrong one to the rest."""
    problems = [environment.mix.problem(index)[1] for index in range(100)]
    return {p.question.statement: p.answer if i % 2 == 0 else "x" for i, p in enumerate(problems)}


@pytest.fixture
def environment():
    return make_environment(ENV, levels=[1, 2], max_thoughts=6)


def run(environment, out, agent=None, *, count=20, seed=0, batch=8, **rest):
    configuration = configure(environment, agent="wanderer", options={}, seed=seed, episodes=count)
    return evaluate(agent or Wanderer(seed), environment, configuration, out, batch=batch, **rest)


def lines(out):
    return (out / EPISODES_FILE).read_bytes().splitlines()


def test_episode_i_is_the_problem_at_index_i_of_the_test_split(environment, tmp_path):
    run(environment, tmp_path)
    played = sorted(episode.address for episode in episodes.read(tmp_path / EPISODES_FILE))
    assert played == sorted(str(environment.mix.problem(index)[1].address) for index in range(20))
    assert all("/test/" in address for address in played)


@pytest.mark.parametrize("batch", [1, 3, 20, 64])
def test_the_batch_changes_nothing_but_the_order(environment, tmp_path, batch):
    run(environment, tmp_path / "eight")
    run(environment, tmp_path / "other", batch=batch)
    assert sorted(lines(tmp_path / "eight")) == sorted(lines(tmp_path / "other"))


def test_agents_are_handed_full_batches_of_views(environment, tmp_path):
    agent = Wanderer()
    run(environment, tmp_path, agent)
    assert {type(view) for views in agent.batches for view in views} == {View}
    assert [len(views) for views in agent.batches[:3]] == [8, 8, 8]  # refilled as episodes end


def test_the_figures_are_those_of_the_episodes(environment, tmp_path):
    answers = knowing(environment)
    report = run(environment, tmp_path, Wanderer(answers=answers))
    problems = [environment.mix.problem(index)[1] for index in range(20)]
    right = sum(answers[problem.question.statement] == problem.answer for problem in problems)
    assert 0 < right < 20
    written = list(episodes.read(tmp_path / EPISODES_FILE))
    assert report.total.episodes == len(written) == 20
    assert report.total.correct == sum(episode.reward for episode in written) == right
    assert report.total.thoughts == sum(len(episode.thoughts) for episode in written)
    assert report.total.cost.tokens == 7 * report.total.thoughts
    assert sum(tally.correct for tally in report.cells.values()) == right
    assert {level for _, level in report.cells} == {1, 2}
    totals = json.loads((tmp_path / RUN_FILE).read_text())["totals"]
    assert (totals["correct"], totals["episodes"], totals["statuses"]["correct"]) == (right, 20, right)


def test_an_episode_without_an_answer_is_cut_off_and_counted(tmp_path):
    environment = make_environment(ENV, max_thoughts=2)

    class Mute(Wanderer):
        def _think(self, row, view):
            return "1+1"

    report = run(environment, tmp_path, Mute(), count=5)
    assert report.total.statuses == {"unreadable": 5}
    assert all(len(episode.thoughts) == 2 for episode in episodes.read(tmp_path / EPISODES_FILE))


def test_an_agent_that_drops_a_thought_is_an_error(environment):
    class Short(Wanderer):
        def act(self, views):
            return super().act(views)[1:]

    problems = (environment.mix.problem(index) for index in range(4))
    with pytest.raises(ValueError, match="3 thoughts for 4 views"):
        list(play(Short(), problems, environment.limits, 4))


def test_a_finished_run_is_not_run_again(environment, tmp_path):
    first = run(environment, tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in (RUN_FILE, EPISODES_FILE)}
    agent = Wanderer()
    again = run(environment, tmp_path, agent)
    assert agent.batches == []
    assert again.table() == first.table()
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


CHANGES = [
    ({"seed": 1}, "seed is 0 there and 1 here"),
    ({"episodes": 21}, "episodes is 20 there and 21 here"),
    ({"agent": "other"}, 'agent is "wanderer" there and "other" here'),
    ({"options": {"n": 4}}, "options.n is null there and 4 here"),
    ({"env_kwargs": {}}, "env_kwargs.levels is"),
    ({"families": {"integer_expression": 7}}, "families.integer_expression is 0 there and 7 here"),
    ({"software": "9"}, "software is"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_another_configuration_is_refused_with_what_differs(environment, tmp_path, change, message):
    configuration = configure(environment, agent="wanderer", options={}, seed=0, episodes=20)
    evaluate(Wanderer(), environment, configuration, tmp_path)
    with pytest.raises(RunError, match=message.replace(".", r"\.")):
        evaluate(Wanderer(), environment, replace(configuration, **change), tmp_path)


def test_what_differs_inside_tables_is_named():
    assert differences({"a": {"b": 1, "c": [1, 2]}}, {"a": {"b": 2, "c": [1, 2]}}) == ["a.b is 1 there and 2 here"]


def test_a_folder_is_locked_while_it_is_worked_on(environment, tmp_path):
    configuration = configure(environment, agent="wanderer", options={}, seed=0, episodes=20)
    with open_run(tmp_path, configuration.table()), pytest.raises(RunError, match="another process"):
        evaluate(Wanderer(), environment, configuration, tmp_path)
    evaluate(Wanderer(), environment, configuration, tmp_path)


@pytest.mark.parametrize(
    "left", ["", "{", "nonsense", '{"schema": 99, "configuration": {}, "sessions": [], "finished": 1}']
)
def test_a_damaged_record_is_refused(environment, tmp_path, left):
    (tmp_path / RUN_FILE).write_text(left)
    with pytest.raises(RunError, match=RUN_FILE):
        run(environment, tmp_path)


def test_a_finished_run_that_lost_episodes_is_refused(environment, tmp_path):
    run(environment, tmp_path)
    (tmp_path / EPISODES_FILE).write_bytes(b"".join(line + b"\n" for line in lines(tmp_path)[:-1]))
    with pytest.raises(RunError, match="lost episodes"):
        run(environment, tmp_path)


def test_episodes_without_a_record_are_refused(environment, tmp_path):
    (tmp_path / EPISODES_FILE).write_text("{}\n")
    with pytest.raises(RunError, match=r"no run\.json"):
        run(environment, tmp_path)


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(RunError, match=r"holds no run\.json"):
        read_run(tmp_path)


@pytest.mark.parametrize("keep", [0, 1, 7, 19, 20])
@pytest.mark.parametrize("torn", [b"", b'{"address": "integer_exp'])
def test_a_stopped_run_goes_on_to_the_same_result(environment, tmp_path, keep, torn):
    whole = run(environment, tmp_path / "whole")
    out = tmp_path / "stopped"

    class Stopped(Exception):
        pass

    def stop(report):
        raise Stopped

    with pytest.raises(Stopped):
        run(environment, out, watch=stop)
    some = (tmp_path / "whole" / EPISODES_FILE).read_bytes().splitlines(keepends=True)[:keep]
    (out / EPISODES_FILE).write_bytes(b"".join(some) + torn)
    agent = Wanderer()
    report = run(environment, out, agent)
    assert sorted(lines(out)) == sorted(lines(tmp_path / "whole"))
    assert {**report.table(), "seconds": 0} == {**whole.table(), "seconds": 0}
    assert sum(len(views) for views in agent.batches) == sum(
        len(json.loads(line)["thoughts"]) for line in lines(out)[keep:]
    )  # nothing was thought twice


def test_episodes_of_another_run_are_refused(environment, tmp_path):
    run(environment, tmp_path)
    done = list(episodes.read(tmp_path / EPISODES_FILE))
    with pytest.raises(RunError, match=r"isn't one of this run's"):
        unfinished(environment.mix, 19, done)


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_evaluation import ENV, Wanderer, make_environment, run

class Doomed(Wanderer):
    def act(self, views):
        if len(self.batches) == {calls}:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().act(views)

run(make_environment(ENV, levels=[1, 2], max_thoughts=6), Path({out!r}), Doomed(), count=60, batch=4)
"""


def _run_and_kill(out, calls):
    """Run in another process, which is killed at one of its calls to the agent."""
    code = KILLED.format(tests=str(Path(__file__).parent), out=str(out), calls=calls)
    return subprocess.run([sys.executable, "-c", code], check=False).returncode


def test_a_run_that_is_killed_twice_ends_as_one_that_is_not(environment, tmp_path):
    run(environment, tmp_path / "whole", count=60, batch=4)
    out = tmp_path / "killed"
    done = [0]
    for calls in (7, 9):
        assert _run_and_kill(out, calls) == -signal.SIGKILL
        assert not read_run(out)["finished"]
        done.append(len(lines(out)))
    assert _run_and_kill(out, -1) == 0
    assert done[0] < done[1] < done[2] < 60
    assert sorted(lines(out)) == sorted(lines(tmp_path / "whole"))
    assert len(read_run(out)["sessions"]) == 3
