"""The published results: the tables in the README and docs/results.md, the command, and learning curves."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reasoning_baselines.cli import app
from reasoning_baselines.published import find_result, published_names
from reasoning_baselines.recipe_files import recipe_names
from reasoning_baselines.result_pages import (
    all_published,
    compact,
    details,
    markdown_table,
    number,
    p_value,
    short_duration,
    updated,
)

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "docs/results.md"]
PLOTS = "docs/plots"


def run(*arguments, columns=80):
    environment = {"COLUMNS": str(columns), "TERM": "dumb"}
    return CliRunner().invoke(app, [str(each) for each in arguments], env=environment)


def learned(name="learned", seeds=2, points=4, **changes):
    """A result with learning curves, as a learner that is validated leaves it."""
    curve = [
        {"validation": 0.2 + 0.1 * i, "validation_n": 100, "cpu_seconds": 60.0 * i, "tokens": 10**6 * i}
        for i in range(points)
    ]
    one = {"value": 0.5, "low": 0.4, "high": 0.6}
    other = {**one, "value": 0.2, "n": 100, "tokens": 50.0, "difference": 0.3, "difference_low": 0.2}
    table = {
        "name": name,
        "metric": "greedy accuracy of a model that learned",
        **one,
        "n": 100,
        "seeds": [{"seed": seed, **one, "cost": {}, "curve": curve} for seed in range(seeds)],
        "compared_with": {"tiny-arithmetic": {**other, "difference_high": 0.4, "p": 1e-5}},
        "cost": {"tokens": 3_000_000, "forward_passes": None, "simulations": None, "cpu_seconds": 180.0},
        "evaluations": [],
        "cells": [],
        "command": "reasoning-gym reproduce learned",
        "versions": {},
        "commit": None,
    }
    return {**table, **changes}


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_in_the_pages_are_those_of_the_published_results(page):
    text = (ROOT / page).read_text()
    now = updated(text, all_published())
    assert text == now, f"run: python -m reasoning_baselines.result_pages {' '.join([*PAGES, PLOTS])}"


def test_every_published_result_is_of_a_recipe_and_has_its_command_in_the_page():
    page = (ROOT / "docs/results.md").read_text()
    for name in published_names():
        assert name in recipe_names()
        assert f"`reasoning-gym reproduce {name}`" in page
        assert f"\n## {name}\n" in page


@pytest.mark.parametrize("columns", [80, 120])
def test_results_are_a_table_that_fits(columns):
    result = run("results", columns=columns)
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= columns
    rows = {row.split()[0]: row.split() for row in result.stdout.splitlines() if row.strip()}
    for name in published_names():
        found = find_result(name)
        assert number(found["value"]) in rows[name]
        assert f"{found['n']:,}" in rows[name]


def test_results_in_markdown_are_what_the_readme_shows():
    shown = run("results", "--markdown").stdout
    assert shown == markdown_table(all_published())
    assert shown in (ROOT / "README.md").read_text()


def test_a_row_tells_the_difference_to_what_training_began_with():
    assert "| tiny-arithmetic: +.300, p < .001 | 3.0M tokens, 3.0 min CPU |" in markdown_table([learned()])
    assert "| tiny-arithmetic | .200 | .400 to .600 | 50 | +.300 | +.200 to +.400 | <.001 |" in details([learned()])


def test_a_page_without_a_place_for_results_is_refused():
    with pytest.raises(ValueError, match="begin results"):
        updated("# Nothing here\n", [learned()])


def test_figures_are_short():
    assert [number(each) for each in (0.705, 1.0, -0.01, 0.0)] == [".705", "1.000", "-.010", ".000"]
    assert [p_value(each) for each in (0.0001, 0.012, 1.0)] == ["p < .001", "p = .012", "p = 1"]
    assert [compact(each) for each in (None, 700, 25_000, 2_600_174)] == ["", "700", "25k", "2.6M"]
    assert [short_duration(each) for each in (None, 51, 223.6, 9000)] == ["", "51 s", "3.7 min", "2.5 h"]


def test_results_need_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from reasoning_baselines.cli import app\n"
        "sys.argv = ['reasoning-gym', 'results']\n"
        "app()"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_curves_of_several_seeds_are_their_mean_where_they_were_validated_alike():
    from reasoning_baselines.learning_curves import curves

    (curve,) = curves(learned(), "cpu_seconds")
    assert curve.compute == pytest.approx([0, 1, 2, 3])
    assert [point.value for point in curve.accuracy] == pytest.approx([0.2, 0.3, 0.4, 0.5])
    assert all(point.low < point.value < point.high for point in curve.accuracy)
    uneven = learned()
    uneven["seeds"][1]["curve"] = uneven["seeds"][1]["curve"][:2]
    assert [len(each.compute) for each in curves(uneven, "tokens")] == [4, 2]


def test_curves_are_drawn_as_png_and_svg_the_same_each_time(tmp_path):
    files = [tmp_path / f"{name}.json" for name in ("one", "two")]
    for file in files:
        file.write_text(json.dumps(learned(file.stem)))
    drawn = []
    for folder in ("a", "b"):
        result = run("curves", *files, "--out", tmp_path / folder / "curves", "--against", "tokens")
        assert result.exit_code == 0, result.output
        assert (tmp_path / folder / "curves.png").read_bytes().startswith(b"\x89PNG")
        drawn.append((tmp_path / folder / "curves.svg").read_text())
    assert drawn[0] == drawn[1]
    assert "<svg" in drawn[0]


def test_compute_that_is_not_counted_from_the_beginning_is_no_axis():
    from reasoning_baselines.learning_curves import curves

    result = learned()
    for point in result["seeds"][1]["curve"]:
        point["tokens"] = 60
    with pytest.raises(ValueError, match="tokens in the log of learned don't rise"):
        curves(result, "tokens")


CURVE_MISTAKES = [
    (["sft-tin"], "did you mean 'sft-tiny'"),
    (["sft-tiny"], "sft-tiny has no learning curve"),
    (["sft-tiny", "--against", "steps"], "use cpu or tokens"),
]


@pytest.mark.parametrize(("arguments", "hint"), CURVE_MISTAKES)
def test_what_has_no_curve_is_told_so(arguments, hint):
    result = run("curves", *arguments)
    assert result.exit_code == 2
    assert hint in result.stderr


def test_the_pictures_in_the_pages_are_those_of_the_published_results(tmp_path):
    from reasoning_baselines.result_pages import draw_plots

    drawn = {file.name: file.read_text() for file in draw_plots(tmp_path)}
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    kept = {file.name: file.read_text() for file in (ROOT / PLOTS).iterdir()}
    assert set(drawn) == set(kept), f"run: python -m reasoning_baselines.result_pages {PLOTS}"
    if f"matplotlib=={version('matplotlib')}" in pins:  # another version draws other paths
        changed = [name for name, text in drawn.items() if text != kept[name]]  # texts too long to be shown
        assert not changed, f"run: python -m reasoning_baselines.result_pages {PLOTS}"
    pages = "".join((ROOT / page).read_text() for page in PAGES)
    assert all(f"plots/{name}" in pages for name in kept)


# ---- test-time scaling


def agents(name="search", seeds=3):
    """A result of agents on the same problems, at several budgets, and of one on others."""

    def each(agent, options, accuracy, tokens, episodes=600):
        rate = {"accuracy": accuracy, "low": accuracy - 0.05, "high": accuracy + 0.05}
        counts = {"tokens": tokens * episodes, "prompt_tokens": 0, "forward_passes": 0, "simulations": 0, "thoughts": 0}
        asked = {"env": "ReasoningIntegerExpression-v0", "levels": [10], "episodes": episodes}
        return {"label": "", "agent": agent, "options": options, **asked, **rate, **counts}

    evaluations = [
        each("mcts", {"evaluation": "check", "simulations": 16}, 0.8, 500),
        each("greedy", {}, 0.2, 180),
        each("mcts", {"evaluation": "check", "simulations": 4}, 0.5, 270),
        each("mcts", {"simulations": 4}, 0.25, 700),
        each("self-consistency", {"samples": 4}, 0.3, 710),
        each("self-consistency", {"samples": 2}, 0.25, 355),
        each("greedy", {}, 0.9, 20, episodes=90),
    ]
    table = learned(name, seeds, base="tiny-chains", evaluations=evaluations, compared_with={})
    return {**table, "seeds": [{"seed": seed, "value": 0.8, "low": 0.7, "high": 0.9} for seed in range(seeds)]}


def test_agents_on_the_same_problems_are_lines_by_their_budgets():
    from reasoning_baselines.scaling import as_sweep

    result = as_sweep(agents())
    assert (result.problems, result.seeds, result.reference) == (200, 3, "self-consistency")
    lines = {curve.label: curve for curve in result.curves}
    assert list(lines) == ["mcts check", "greedy", "mcts", "self-consistency"]
    assert [(point.budget, point.sampled_tokens) for point in lines["mcts check"].points] == [(4, 270), (16, 500)]
    assert [point.accuracy for point in lines["greedy"].points] == [0.2]
    assert lines["mcts"].model == "tiny-chains"


@pytest.mark.parametrize(
    ("agent", "options", "label"),
    [
        ("greedy", {}, "greedy"),
        ("best-of-n", {"signal": "check", "samples": 4}, "best-of-n check"),
        ("test-time-training", {"target": "check", "rounds": 4}, "test-time-training check"),
        ("test-time-training", {"target": "check", "rounds": 4, "steps": 0}, "test-time-training check steps=0"),
    ],
)
def test_a_line_is_called_by_what_guides_its_agent_and_not_by_its_budget(agent, options, label):
    from reasoning_baselines.scaling import line_label

    assert line_label(agent, options) == label


def test_the_budget_of_a_line_is_the_option_by_which_its_points_differ():
    from reasoning_baselines.scaling import as_sweep

    table = agents()
    for each, patience in zip((table["evaluations"][0], table["evaluations"][2]), (8, 2), strict=True):
        each["options"] = {"evaluation": "check", "simulations": 50, "patience": patience}
    (line,) = (curve for curve in as_sweep(table).curves if curve.label == "mcts check")
    assert line.budget == "patience"
    assert [point.budget for point in line.points] == [2, 8]


def test_one_agent_alone_is_no_picture():
    from reasoning_baselines.scaling import as_sweep

    table = agents()
    with pytest.raises(ValueError, match="search has no learning curve, and measured one agent"):
        as_sweep({**table, "evaluations": table["evaluations"][-1:]})


def test_a_result_of_agents_is_drawn_and_not_beside_a_learning_curve(tmp_path):
    files = [tmp_path / f"{table['name']}.json" for table in (agents(), learned(), agents("other"))]
    for file, table in zip(files, (agents(), learned(), agents("other")), strict=True):
        file.write_text(json.dumps(table))
    drawn = run("curves", files[0], "--out", tmp_path / "picture")
    assert drawn.exit_code == 0, drawn.output
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "picture.svg").read_text()
    for both in (files[:2], [files[0], files[2]]):
        refused = run("curves", *both, "--out", tmp_path / "no")
        assert refused.exit_code == 2
        assert "has no learning curve; draw each such recipe alone" in " ".join(refused.output.split())


def test_tables_show_few_of_many_differences_and_the_page_of_details_all(monkeypatch):
    table = agents()
    other = learned()["compared_with"]["tiny-arithmetic"]
    table["compared_with"] = {f"agent {number}": other for number in range(9)}
    (row,) = [line for line in markdown_table([table]).splitlines() if "reproduce" in line]
    assert "| agent 0: +.300, p < .001; and 8 more |" in row
    monkeypatch.setattr("reasoning_baselines.result_pages.all_published", lambda: [table])
    shown = run("results").output
    assert "over agent 0" in shown
    assert "over agent 1" not in shown
    assert "and 8 more" in shown
    assert all(f"| agent {number} |" in details([table]) for number in range(9))
