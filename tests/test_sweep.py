"""What a sweep promises: points that are shared and never run twice, and comparisons that are right."""

from __future__ import annotations

import csv
import doctest
import json
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
from typer.testing import CliRunner

from reasoning_baselines import curves, evaluation, sweep
from reasoning_baselines.cli import app
from reasoning_baselines.curves import Measured, at_tokens, compare, interval
from reasoning_baselines.evaluation import Report
from reasoning_baselines.sweep import (
    Line,
    Sweep,
    load_sweep,
    plan,
    prepare_sweep,
    read_agent,
    read_result,
    reference_of,
    run_sweep,
    sweep_name,
    write_result,
)
from reasoning_gym.intervals import wilson
from reasoning_leaderboard.statistics import mcnemar

ENV = "ReasoningIntegerExpression-v0"


def rng():
    return np.random.default_rng(0)


def rates(*values):
    return np.array(values, dtype=np.float64)


# ---- what a person types


READ = [
    ("greedy", {"agent": "greedy", "options": {}}),
    ("mcts:simulations=4", {"agent": "mcts", "options": {"simulations": "4"}}),
    ("mcts:simulations=4,16", {"agent": "mcts", "options": {"simulations": ["4", "16"]}}),
    (
        "mcts:simulations=4,16,evaluation=value, widening = 0.5",
        {"agent": "mcts", "options": {"simulations": ["4", "16"], "evaluation": "value", "widening": "0.5"}},
    ),
    ("my-agent:two-words=a:b=c", {"agent": "my-agent", "options": {"two_words": "a:b=c"}}),
    ("greedy:model=runs/it,label=it", {"agent": "greedy", "model": "runs/it", "label": "it", "options": {}}),
]


@pytest.mark.parametrize(("text", "table"), READ)
def test_an_agent_is_read_with_its_options_and_its_budget(text, table):
    assert read_agent(text) == table


UNREADABLE = [
    ("", "can't be read"),
    (":simulations=4", "can't be read"),
    ("mcts:", "can't be read"),
    ("mcts:4", "'4' where an option should be"),
    ("mcts:simulations", "'simulations' where an option should be"),
    ("mcts:simulations=", "'simulations' of the agent 'mcts:simulations=' lacks a value"),
    ("mcts:simulations=4,,16", "lacks a value"),
    ("mcts:simulations=4,", "lacks a value"),
    ("mcts:=4", "has an option ''"),
    ("mcts:simulations=4,simulations=16", "'simulations' twice"),
    ("greedy:model=a,b", "several values for 'model'"),
]


@pytest.mark.parametrize(("text", "message"), UNREADABLE)
def test_an_agent_that_can_t_be_read_is_told_what_to_write(text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_agent(text)
    assert "mcts:simulations=4,16,64" in str(error.value) or "give" in str(error.value)


def asked(*lines, **rest):
    return Sweep(ENV, tuple(lines), **rest)


MISPLANNED = [
    (Line("mtcs"), "did you mean 'mcts'"),
    (Line("mcts", {"simlations": (4, 16)}), "no option 'simlations'; did you mean 'simulations'"),
    (Line("mcts", {"simulations": (4, 16), "candidates": (2, 4)}), "several values for simulations and candidates"),
    (Line("mcts", {"simulations": ()}), "'simulations' of the agent 'mcts' has an empty list"),
    (Line("mcts", {"simulations": ("4", 4)}), "has the value 4 twice"),
]


@pytest.mark.parametrize(("line", "message"), MISPLANNED)
def test_a_line_that_can_t_be_measured_is_refused_with_what_to_do(line, message):
    with pytest.raises(ValueError, match=message):
        plan(asked(line))


def test_two_lines_of_one_label_are_refused_until_one_has_another():
    twice = (Line("greedy"), Line("greedy"))
    with pytest.raises(ValueError, match="two lines are called 'greedy'"):
        plan(asked(*twice))
    assert [line.label for line in plan(asked(twice[0], replace(twice[1], label="other")))] == ["greedy", "other"]


def test_a_sweep_without_agents_or_episodes_is_refused():
    with pytest.raises(ValueError, match="there is no agent to measure"):
        asked()
    with pytest.raises(ValueError, match="episodes is 0; give at least 1"):
        asked(Line("greedy"), episodes=0)


def test_budgets_go_from_small_to_large_and_names_stay_in_order():
    (line,) = plan(asked(Line("mcts", {"simulations": ("64", "4", "16"), "widening": "0.5"})))
    assert (line.label, line.budget) == ("mcts widening=0.5", "simulations")
    assert [point.budget for point in line.points] == [4, 16, 64]
    assert all(point.options["widening"] == 0.5 for point in line.points)
    (line,) = plan(asked(Line("mcts", {"prior": ("model", "frequency")})))
    assert [point.budget for point in line.points] == ["model", "frequency"]


def test_every_point_has_a_run_for_each_seed_and_a_line_may_have_its_own_model():
    (line,) = plan(asked(Line("self-consistency", {"samples": (2, 4)}, model="some/where"), seeds=3))
    assert [[run.seed for run in point.runs] for point in line.points] == [[0, 1, 2]] * 2
    assert {run.model for point in line.points for run in point.runs} == {"some/where"}
    assert line.label == "self-consistency model=where"


REFERENCES = [
    (None, "self-consistency"),
    ("greedy", "greedy"),
    ("best-of-n", "best-of-n normalise=none"),
    ("mcts simulations=4", "mcts simulations=4"),
]
LINES = (
    Line("greedy"),
    Line("self-consistency", {"samples": (1, 4)}),
    Line("best-of-n", {"normalise": "none"}),
    Line("mcts", {"simulations": 4}),
    Line("mcts", {"simulations": 8}),
)


@pytest.mark.parametrize(("named", "found"), REFERENCES)
def test_the_reference_is_the_line_that_is_named_or_self_consistency(named, found):
    whole = asked(*LINES, reference=named)
    assert reference_of(whole, plan(whole)) == found


def test_a_reference_that_is_no_line_or_several_is_refused():
    for named, message in (("greeedy", "did you mean 'greedy'"), ("mcts", "may be any of 'mcts simulations=4', ")):
        whole = asked(*LINES, reference=named)
        with pytest.raises(ValueError, match=message):
            reference_of(whole, plan(whole))
    alone = asked(Line("greedy"))
    assert reference_of(alone, plan(alone)) is None


FILE = """
env = "integer_expression"
levels = [2, 3]
episodes = 40
env_options.max_thought_chars = 100

[[lines]]
agent = "greedy"

[[lines]]
agent = "mcts"
label = "tree"
options = { evaluation = "rollouts", simulations = [4, 16] }
"""


def test_a_file_is_read_and_the_command_line_changes_and_adds(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text(FILE)
    found = load_sweep(path, episodes=5, lines=[read_agent("random")])
    assert (found.levels, found.episodes, found.env_options) == ((2, 3), 5, {"max_thought_chars": 100})
    assert found.lines[1] == Line("mcts", {"evaluation": "rollouts", "simulations": (4, 16)}, label="tree")
    assert found.lines[2] == Line("random")
    path.write_text(FILE.replace("options =", "opts ="))
    with pytest.raises(ValueError, match=r"sweep.toml: unknown key 'lines\[1\].opts'; did you mean 'options'"):
        load_sweep(path)
    path.write_text('env = "integer_expression"\nlines = 3')
    with pytest.raises(ValueError, match="'lines' is 3"):
        load_sweep(path)


# ---- what figures mean


def test_the_interval_with_one_seed_is_wilson_s():
    outcomes = rates(*[1] * 23, *[0] * 77)
    assert interval(outcomes, 1) == pytest.approx(wilson(23, 100))
    assert interval(rates(1, 1, 1), 1) == wilson(3, 3)


def test_seeds_that_agree_add_nothing_and_seeds_that_are_independent_add_problems():
    same = rates(*[1] * 30, *[0] * 70)
    assert interval(same, 10) == pytest.approx(wilson(30, 100))
    split = rates(*[0.5] * 100)  # every problem is solved by half of the seeds
    assert interval(split, 10) == pytest.approx(wilson(500, 1000))
    drawn = rng().binomial(10, 0.3, 20_000) / 10  # each seed is a coin of its own
    assert interval(drawn, 10) == pytest.approx(wilson(drawn.sum() * 10, 200_000), abs=2e-4)


def test_the_interval_over_seeds_covers_the_truth_as_often_as_it_says():
    # easy and hard problems: a problem's chance is 0.9 or 0.1, the truth is 0.42
    draw, inside = rng(), 0
    for _ in range(2000):
        chance = np.where(draw.random(60) < 0.4, 0.9, 0.1)
        low, high = interval(draw.binomial(4, chance) / 4, 4)
        inside += low <= 0.42 <= high
    assert 0.935 < inside / 2000 < 0.97


CURVE = [
    Measured(400.0, rates(1, 1, 0, 1)),
    Measured(25.0, rates(0, 0, 0, 1)),
    Measured(100.0, rates(0, 1, 1, 1)),
]
BETWEEN = [
    (25.0, (0, 0, 0, 1)),
    (50.0, (0, 0.5, 0.5, 1)),  # half of the way from 25 to 100, in logarithms
    (100.0, (0, 1, 1, 1)),
    (100 * 4**0.25, (0.25, 1, 0.75, 1)),
    (400.0, (1, 1, 0, 1)),
    (24.6, (0, 0, 0, 1)),  # within 2 %
    (407.0, (1, 1, 0, 1)),
]


@pytest.mark.parametrize(("tokens", "expected"), BETWEEN)
def test_between_points_rates_are_linear_in_the_logarithm_of_tokens(tokens, expected):
    assert at_tokens(CURVE, tokens) == pytest.approx(rates(*expected))


@pytest.mark.parametrize("tokens", [0.0, 24.0, 409.0, 1e9])
def test_nothing_is_extrapolated(tokens):
    assert at_tokens(CURVE, tokens) is None
    assert at_tokens([Measured(0.0, rates(1, 1))], tokens) is None


def test_one_seed_at_equal_tokens_is_compared_by_mcnemar():
    first, second = rates(*[1] * 9, *[0] * 3, *[1] * 8), rates(*[0] * 9, *[1] * 3, *[1] * 8)
    found = compare(first, second, rng())
    assert found.difference == pytest.approx(6 / 20)
    assert found.p_value == mcnemar(9, 3)
    assert found.low < 0.3 < found.high


def test_differences_of_one_size_are_compared_by_mcnemar_too():
    first, second = rates(*[1] * 14, *[0.5] * 4, *[1] * 32), rates(*[0.5] * 14, *[1] * 4, *[1] * 32)
    found = compare(first, second, rng())
    assert found.p_value == mcnemar(14, 4)
    assert found.difference == pytest.approx(0.1)


def test_random_signs_give_the_p_value_of_all_signs():
    differences = rates(0.5, -0.25, 0.75, 1.0, -0.5, 0.25, 0.25, 0.75)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 8)).reshape(8, -1).T
    exact = np.mean(np.abs(signs @ np.abs(differences)) >= differences.sum() - 1e-9)
    assert compare(differences.clip(0), (-differences).clip(0), rng()).p_value == pytest.approx(exact, abs=0.01)


def test_equal_agents_are_rarely_told_apart_and_a_better_one_is():
    draw = rng()
    chance = draw.random(200)
    pairs = [[draw.binomial(3, chance) / 3 for _ in range(2)] for _ in range(100)]
    found = [compare(one, other, rng()) for one, other in pairs]
    assert 0.01 <= np.mean([each.significant for each in found]) <= 0.1
    assert 0.9 <= np.mean([each.low <= 0 <= each.high for each in found]) <= 0.99
    better = compare(draw.binomial(3, chance**0.5) / 3, pairs[0][0], rng())
    assert better.p_value < 0.001
    assert 0 < better.low < better.difference < better.high


@pytest.mark.parametrize("seed", range(12))
def test_comparing_the_other_way_round_mirrors_the_difference(seed):
    draw = np.random.default_rng(seed)
    one, other = draw.choice([0, 0.25, 0.5, 1], size=(2, 1 + 3 * seed))
    there, back = compare(one, other, rng()), compare(other, one, rng())
    assert there.difference == pytest.approx(-back.difference, abs=1e-9)
    assert there.p_value == pytest.approx(back.p_value, abs=0.02)  # each from draws of its own
    assert there.low <= there.difference + 1e-9
    assert there.difference <= there.high + 1e-9


def test_agents_that_give_the_same_differ_by_nothing():
    same = rates(0.5, 1, 0, 0.25)
    found = compare(same, same.copy(), rng())
    assert (found.difference, found.p_value) == (0, 1)


def test_comparing_different_problems_is_an_error():
    with pytest.raises(ValueError, match="3 problems against 2"):
        compare(rates(1, 0, 1), rates(1, 0), rng())


# ---- a sweep as a whole, by agents that are made up


def outcome(count, of):
    """The first so many problems are solved."""
    return [index < count for index in range(of)]


@pytest.fixture
def made_up(monkeypatch):
    """Runs in which each point solves as many problems as the table says, at as many tokens as it has samples."""
    solved_by = {}

    def run(ready, folder, **rest):
        configuration = ready.configuration
        report = Report(configuration.episodes)
        report.total.episodes = configuration.episodes
        report.total.cost.tokens = 10 * configuration.options.get("samples", 2) * configuration.episodes
        report.total.cost.prompt_tokens = 5 * configuration.episodes
        folder.mkdir(parents=True, exist_ok=True)
        options = configuration.options
        solved_by[folder] = solved_by["table"][configuration.agent, options.get("samples")]
        return report

    monkeypatch.setattr(sweep, "run_prepared", run)
    monkeypatch.setattr(sweep, "solved", lambda folder: outcome(solved_by[folder], 200))
    return solved_by


def test_a_line_falls_only_if_a_budget_is_significantly_worse_than_the_one_before(made_up, tmp_path):
    made_up["table"] = {
        ("self-consistency", 1): 100,
        ("self-consistency", 2): 97,  # three problems fewer: chance
        ("self-consistency", 4): 80,  # seventeen fewer, none more
        ("self-consistency", 8): 120,
        ("random", None): 60,
    }
    lines = (Line("self-consistency", {"samples": (1, 2, 4, 8)}), Line("random"))
    result = run_sweep(prepare_sweep(asked(*lines, episodes=200, model="tiny-arithmetic")), tmp_path)
    line, other = result.curves
    assert [point.falls for point in line.points] == [False, False, True, False]
    steps = [point.over_smaller_budget for point in line.points]
    assert steps[0] is None
    assert [step.difference for step in steps[1:]] == pytest.approx([-0.015, -0.085, 0.2])
    assert [step.p_value for step in steps[1:]] == pytest.approx([mcnemar(0, 3), mcnemar(0, 17), mcnemar(40, 0)])
    assert all(point.over_reference is None for point in line.points)
    # the other is at 20 tokens, where self-consistency has a point
    assert other.points[0].sampled_tokens == 20
    assert other.points[0].all_tokens == 25
    assert other.points[0].over_reference.difference == pytest.approx(-37 / 200)
    assert other.points[0].over_reference.p_value == pytest.approx(mcnemar(0, 37))


def test_lines_are_compared_at_equal_tokens_between_the_reference_s_points(made_up, tmp_path):
    made_up["table"] = {
        ("self-consistency", 1): 40,
        ("self-consistency", 16): 80,
        ("best-of-n", 4): 100,  # at 40 tokens: half of the way from 10 to 160
        ("best-of-n", 64): 120,  # beyond the reference's last
    }
    lines = (Line("self-consistency", {"samples": (16, 1)}), Line("best-of-n", {"samples": (4, 64)}))
    result = run_sweep(prepare_sweep(asked(*lines, episodes=200, model="tiny-arithmetic")), tmp_path)
    inside, beyond = (point.over_reference for point in result.curves[1].points)
    assert inside.difference == pytest.approx((100 - 60) / 200)
    assert inside.p_value < 0.001
    assert beyond is None


# ---- from end to end


def small(*lines, **rest):
    return asked(*lines, **{"episodes": 6, "levels": (2,), "model": "tiny-arithmetic"} | rest)


SMALL = (Line("greedy"), Line("self-consistency", {"samples": (1, 3)}))


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    out = tmp_path_factory.mktemp("sweep")
    return out, run_sweep(prepare_sweep(small(*SMALL, seeds=2)), out, command="as typed")


def test_each_point_is_an_evaluation_in_the_folder_that_evaluate_gives_it(measured):
    out, result = measured
    runs = [name for curve in result.curves for point in curve.points for name in point.runs]
    assert sorted(runs) == sorted(path.name for path in out.iterdir())
    assert len(set(runs)) == 6
    for curve in result.curves:
        for point in curve.points:
            tables = [json.loads((out / name / "run.json").read_text()) for name in point.runs]
            assert [table["configuration"]["seed"] for table in tables] == [0, 1]
            assert point.accuracy == pytest.approx(np.mean([table["totals"]["accuracy"] for table in tables]))
            tokens = sum(table["totals"]["tokens"] for table in tables) / 12
            read = sum(table["totals"]["prompt_tokens"] for table in tables) / 12
            assert (point.sampled_tokens, point.all_tokens) == pytest.approx((tokens, tokens + read))
            assert point.options.items() >= ({} if point.budget is None else {"samples": point.budget}).items()
    assert result.reference == "self-consistency"


def test_a_sweep_goes_on_after_a_kill_and_shares_points_with_others(measured, tmp_path, monkeypatch):
    _, whole = measured
    ready = prepare_sweep(small(*SMALL, seeds=2))
    played = []
    monkeypatch.setattr(evaluation, "play", _counting(played, evaluation.play))

    class Killed(Exception):
        pass

    def kill(progress):
        if progress.done == 3:
            raise Killed

    with pytest.raises(Killed):
        run_sweep(ready, tmp_path, watch=kill)
    assert len(played) == 3
    again = run_sweep(prepare_sweep(small(*SMALL, seeds=2)), tmp_path, command="as typed")
    assert len(played) == 6
    assert without_seconds(again) == without_seconds(whole)
    # another sweep: a point of its own, all others are there
    run_sweep(prepare_sweep(small(Line("self-consistency", {"samples": (3, 2)}))), tmp_path)
    assert len(played) == 7


def _counting(played, play):
    def counted(*arguments, **rest):
        played.append(1)
        return play(*arguments, **rest)

    return counted


def without_seconds(result):
    table = asdict(result)
    for curve in table["curves"]:
        for point in curve["points"]:
            point["seconds"] = 0
    return table


def test_progress_counts_runs_and_ends_with_nothing_left(tmp_path):
    told = []
    run_sweep(prepare_sweep(small(Line("random"), Line("greedy"))), tmp_path, watch=told.append)
    assert {progress.runs for progress in told} == {2}
    assert sorted({progress.done for progress in told}) == [0, 1, 2]
    assert (told[0].label, told[0].report.total.episodes) == ("random", 0)  # before the first thoughts
    assert told[-1].seconds_left == 0
    assert all(progress.seconds_left is None or progress.seconds_left >= 0 for progress in told)


def test_what_is_written_is_read_again(measured, tmp_path):
    _, result = measured
    write_result(result, tmp_path)
    assert read_result(tmp_path) == result
    with (tmp_path / "sweep.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    points = [(curve, point) for curve in result.curves for point in curve.points]
    assert len(rows) == len(points) == 3
    for row, (curve, point) in zip(rows, points, strict=True):
        assert row["label"] == curve.label
        assert row["budget"] == ("" if point.budget is None else str(point.budget))
        assert json.loads(row["options"]) == point.options
        for name in ("accuracy", "low", "high", "sampled_tokens", "all_tokens", "forward_passes", "simulations"):
            assert float(row[name]) == getattr(point, name)
        step = point.over_smaller_budget
        assert row["over_smaller_budget_p_value"] == ("" if step is None else repr(step.p_value))
    assert {"command", "versions", "problems", "seeds"} <= json.loads((tmp_path / "sweep.json").read_text()).keys()


def test_a_damaged_result_is_named(tmp_path):
    (tmp_path / "sweep.json").write_text("{}")
    with pytest.raises(ValueError, match=r"sweep.json: the key 'env_id' is missing"):
        read_result(tmp_path)


def test_different_sweeps_have_folders_of_their_own():
    assert sweep_name(small(*SMALL)) == sweep_name(small(*SMALL))
    assert sweep_name(small(*SMALL)) != sweep_name(small(*SMALL, episodes=7))


def test_pictures_are_the_same_each_time_and_name_what_they_show(measured, tmp_path):
    from reasoning_baselines.plotting import draw, write_pictures

    _, result = measured
    first, second = (write_pictures(result, tmp_path / name) for name in "ab")
    assert [path.suffix for path in first] == [".png", ".svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert b"<dc:date>" not in first[1].read_bytes()
    figure = draw(result)
    texts = " ".join(text.get_text() for text in figure.texts)
    for shown in (ENV, "level 2", "tiny-arithmetic", "n = 6", "2 seeds", "95 %"):
        assert shown in texts
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["greedy", "self-consistency"]


def test_the_legend_covers_no_data_and_no_two_lines_look_alike(measured):
    from reasoning_baselines.plotting import draw

    _, result = measured
    many = tuple(replace(result.curves[1], label=f"an agent with a label, number {i}") for i in range(8))
    levels = {"levels": [1, 2, 3, 5, 7, 9, 11, 13, 15, 17, 19]}
    figure = draw(replace(result, curves=(*result.curves, *many), env_options=levels, seeds=10))
    figure.canvas.draw()
    (axes,), (legend,) = figure.axes, figure.legends
    around = axes.get_tightbbox()
    assert legend.get_window_extent().y1 <= around.y0
    assert legend.get_window_extent().y0 >= 0
    assert around.y1 <= min(text.get_window_extent().y0 for text in figure.texts)
    assert max(text.get_window_extent().x1 for text in (*figure.texts, legend)) <= figure.bbox.width
    assert len({(line.get_marker(), line.get_color()) for line in legend.get_lines()}) == 10


def test_a_floor_without_tokens_is_drawn_too(measured):
    from reasoning_baselines.plotting import draw

    _, result = measured
    point = replace(result.curves[0].points[0], sampled_tokens=0.0, all_tokens=0.0)
    figure = draw(replace(result, curves=(replace(result.curves[0], points=(point,)),)))
    assert figure.axes[0].get_lines()[0].get_ydata()[0] == pytest.approx(100 * point.accuracy)


def cli(*arguments):
    shown = {"COLUMNS": "80", "TERM": "dumb"}
    return CliRunner().invoke(app, ["sweep", *map(str, arguments)], env=shown)


def test_the_command_prints_tables_and_writes_results_and_pictures(tmp_path):
    agents = ("--agent", "greedy", "--agent", "self-consistency:samples=1,3")
    asked = (ENV, "--levels", 2, "--model", "tiny-arithmetic", "--episodes", 6, *agents, "--out", tmp_path)
    first = cli(*asked)
    assert first.exit_code == 0, first.output
    assert max(len(line.rstrip()) for line in first.stdout.splitlines() if "results are in" not in line) <= 80
    for shown in ("greedy", "samples 1", "samples 3", "95 %", "reference", "doesn't fall"):
        assert shown in first.stdout
    assert "3/3 self-consistency 3: " in first.stderr
    (folder,) = tmp_path.glob("sweep-*")
    assert sorted(path.name for path in folder.iterdir()) == ["sweep.csv", "sweep.json", "sweep.png", "sweep.svg"]
    assert cli(*asked).stdout == first.stdout


MISTAKES = [
    ((ENV,), "there is no agent to measure"),
    ((ENV, "--agent", "gredy"), "did you mean 'greedy'"),
    ((ENV, "--agent", "mcts:simulations=4,16,candidates=2,4"), "only one may be its budget"),
    ((ENV, "--agent", "mcts:simulations"), "where an option should be"),
    ((ENV, "--agent", "mcts:simulations=4,x", "--model", "tiny-arithmetic"), "'x'"),
    ((ENV, "--agent", "mcts:evaluation=value", "--model", "tiny-arithmetic"), "no value head"),
    ((ENV, "--agent", "greedy:model=tiny-arithmtic"), "tiny-arithmetic"),
    ((ENV, "--agent", "random", "--episodes", "0"), "--episodes"),
    ((ENV, "--agent", "random", "--reference", "greedy"), "is no line of the sweep"),
    ((ENV, "--agent", "random", "--tokens", "read"), "'sampled', 'all'"),
    (("nowhere.toml",), "nowhere.toml"),
    (("RasoningIntegerExpression-v0", "--agent", "random"), ENV),
]


@pytest.mark.parametrize(("arguments", "hint"), MISTAKES)
def test_a_mistake_is_answered_in_plain_words_before_anything_runs(arguments, hint, tmp_path):
    result = cli(*arguments, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_without_matplotlib_a_sweep_runs_and_says_how_to_get_its_picture(tmp_path):
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from reasoning_baselines.cli import app\n"
        f"sys.argv = ['reasoning-gym', 'sweep', '{ENV}', '--agent', 'random', '--episodes', '3']\n"
        "app()"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert "pip install 'reasoning-gymnasium[plots]'" in found.stderr
    (folder,) = (tmp_path / "runs").glob("sweep-*")
    assert sorted(path.name for path in folder.iterdir()) == ["sweep.csv", "sweep.json"]


def test_matplotlib_is_loaded_only_for_a_picture():
    code = (
        "import sys, reasoning_baselines.cli.sweeping, reasoning_baselines.sweep; sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_examples_in_the_documentation_hold():
    from reasoning_baselines import plotting

    assert [doctest.testmod(module).failed for module in (sweep, curves, plotting)] == [0, 0, 0]
