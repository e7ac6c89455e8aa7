"""Recipes that run: trained, measured, compared with what they began with, taken up again, reproduced."""

import json
import math
import signal
import subprocess
import sys

import pytest
from test_recipes import SEARCH, TRAINED
from typer.testing import CliRunner

from reasoning_baselines import methods, published, reproducing
from reasoning_baselines.cli import app
from reasoning_baselines.model_cards import model_card
from reasoning_baselines.models import PRETRAINED
from reasoning_baselines.recipe_files import load_recipe
from reasoning_baselines.reproducing import make, reproduce
from reasoning_baselines.result_pages import details
from reasoning_gym.intervals import wilson
from reasoning_leaderboard.statistics import mcnemar

SMALL = TRAINED.replace("[train.shape]", "warm_up_tokens = 1_000\n[train.shape]") + (
    "max_thoughts = 3\n[[evaluations]]\nenv = 'integer_expression'\nlevels = [2]\nepisodes = 8\nmax_thoughts = 3\n"
)
FURTHER = """
name = "further"
metric = "greedy accuracy at five operations"
model = "further"
base = "tiny-arithmetic"
[train]
method = "pretend"
seed = 5
[[evaluations]]
env = "ReasoningIntegerExpression-v0"
levels = [5]
episodes = 30
[[evaluations]]
env = "ReasoningIntegerExpression-v0"
levels = [5]
episodes = 30
agent = "self-consistency"
options.samples = 2
[[evaluations]]
env = "ReasoningIntegerExpression-v0"
levels = [1]
episodes = 10
"""


def recipe_of(text, folder, name="recipe"):
    path = folder / f"{name}.toml"
    path.write_text(text)
    return load_recipe(str(path))


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "80", "TERM": "dumb"})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipe")
    steps = []
    recipe = recipe_of(SMALL, folder)
    seed = make(recipe, 0, folder / "run", command="test", watch=lambda _, step: steps.append(step))
    return recipe, folder / "run", seed, steps


@pytest.fixture(scope="module")
def pretending():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(methods.BUILT_IN, "pretend", "pretend_learner:Pretend")
        yield


@pytest.fixture(scope="module")
def further(pretending, tmp_path_factory):
    """Two seeds of a recipe that goes on from a model, the second run by itself: recipe, result, folder, seeds told."""
    folder = tmp_path_factory.mktemp("further")
    recipe = recipe_of(FURTHER, folder)
    reproduce(recipe, 1, folder / "run")
    told = []
    result, _ = reproduce(recipe, 2, folder / "run", watch=lambda seed, _: told.append(seed))
    return recipe, result, folder / "run", told


@pytest.fixture
def nothing_published(monkeypatch, tmp_path):
    monkeypatch.setattr(published, "RESULTS", tmp_path / "published")


def test_a_seed_ends_in_a_result_with_its_interval_cost_and_command(trained):
    _, out, _, _ = trained
    result = json.loads((out / "seed-0" / "result.json").read_text())
    assert result["name"] == "small"
    assert 0 <= result["low"] <= result["value"] <= result["high"] <= 1
    assert result["n"] == 8
    assert [(seed["seed"], seed["value"]) for seed in result["seeds"]] == [(0, result["value"])]
    assert result["cost"]["tokens"] >= 4_000
    assert result["cost"]["cpu_seconds"] > 0
    assert result["cost"]["forward_passes"] is None, "the learner doesn't count them"
    assert result["command"] == "test"
    assert [(cell["family"], cell["level"], cell["episodes"]) for cell in result["cells"]] == [
        ("integer_expression", 1, 8),
        ("integer_expression", 2, 8),
    ]


def test_the_card_has_a_table_for_each_evaluation_and_says_what_was_never_trained_on(trained):
    _, _, seed, _ = trained
    card = (seed.model / "README.md").read_text()
    assert "### Greedy on ReasoningIntegerExpression-v0, level 1\n" in card
    assert "### Greedy on integer_expression, level 2\n" in card
    assert card.count("| family | level |") == 2
    assert "| integer_expression | 1 | yes |" in card
    assert "| integer_expression | 2 | no |" in card
    assert "reasoning-gym train small" in card


def test_run_again_it_neither_trains_nor_measures_again(trained):
    recipe, out, first, told = trained
    before = (out / "seed-0" / "result.json").read_text()
    steps = []
    again = make(recipe, 0, out, command="test", watch=lambda _, step: steps.append(step))
    assert steps == []
    assert told
    assert again.model == first.model
    assert (out / "seed-0" / "result.json").read_text() == before


def test_the_same_family_and_level_in_two_evaluations_stay_apart(further):
    _, _, out, _ = further
    result = json.loads((out / "seed-5" / "result.json").read_text())
    fives = [cell for cell in result["cells"] if cell["level"] == 5]
    assert [cell["evaluation"] for cell in fives] == [
        "greedy on ReasoningIntegerExpression-v0, level 5",
        "self-consistency samples=2 on ReasoningIntegerExpression-v0, level 5",
    ]
    assert fives[0]["tokens"] < fives[1]["tokens"]
    card = (out / "seed-5" / "model" / "README.md").read_text()
    assert card.count("| integer_expression | 5 | no |") == 2
    assert "| integer_expression | 1 | yes |" in card
    assert "`tiny-arithmetic`, trained further by the method `pretend`" in card
    assert "- updates: 3" in card


def test_what_training_began_with_is_measured_on_the_same_problems_and_paired(further):
    _, result, _, _ = further
    base = result["compared_with"]["tiny-arithmetic"]
    assert base["value"] == result["value"], "the pretended training changes nothing"
    assert (base["difference"], base["p"]) == (0.0, 1.0)
    assert base["difference_low"] < 0 < base["difference_high"]
    votes = result["compared_with"]["self-consistency samples=2"]
    assert votes["tokens"] > 1.5 * base["tokens"]
    assert votes["difference"] == pytest.approx(result["value"] - votes["value"])
    assert "greedy on ReasoningIntegerExpression-v0, level 1" not in result["compared_with"]


def test_each_seed_trains_and_thinks_by_itself_and_costs_are_of_one(further):
    _, result, out, _ = further
    assert [seed["seed"] for seed in result["seeds"]] == [5, 6]
    assert [seed["cost"]["tokens"] for seed in result["seeds"]] == [105, 106]
    assert result["cost"] == {"tokens": 106, "forward_passes": 10, "simulations": None, "cpu_seconds": 20.0}
    folders = [out / f"seed-{seed}" for seed in (5, 6)]
    assert [json.loads((each / "model" / "by_seed.json").read_text()) for each in folders] == [5, 6]
    agents = [json.loads((each / "evaluation-1" / "run.json").read_text())["configuration"] for each in folders]
    assert [each["seed"] for each in agents] == [5, 6]
    assert {each["model"]["name"] for each in agents} == {"further"}
    assert json.loads((out / "further.json").read_text()) == result
    assert result["seeds"][0]["curve"] == [
        {"validation": 0.2, "validation_n": 50, "cpu_seconds": 0.0},
        {"validation": 0.4, "validation_n": 50, "cpu_seconds": 20.0},
    ]


def test_the_p_of_several_seeds_is_the_largest_of_theirs(further):
    _, result, out, _ = further
    ps = []
    for seed in (5, 6):
        files = [out / f"seed-{seed}" / f"evaluation-{number}" / "episodes.jsonl" for number in (0, 1)]
        one, other = ({e["address"]: e["reward"] for e in map(json.loads, f.read_text().splitlines())} for f in files)
        ps.append(mcnemar(*[sum(a[key] > b[key] for key in one) for a, b in ((one, other), (other, one))]))
    assert result["compared_with"]["self-consistency samples=2"]["p"] == pytest.approx(max(ps))


def test_more_seeds_go_on_from_those_that_are_done(further):
    _, _, _, told = further
    assert set(told) == {6}


def test_another_recipe_in_the_same_folder_is_refused(further, tmp_path):
    _, _, out, _ = further
    with pytest.raises(ValueError, match="another configuration"):
        reproduce(recipe_of(FURTHER.replace("seed = 5", "seed = 5\nupdates = 4"), tmp_path), 1, out)


def test_a_figure_of_the_training_can_be_the_number(pretending, tmp_path):
    text = FURTHER.replace('base = "tiny-arithmetic"', 'base = "tiny-arithmetic"\nfigure = "auc"')
    text = text[: text.index("[[")]
    result, _ = reproduce(recipe_of(text, tmp_path), 2, tmp_path / "run")
    assert [seed["value"] for seed in result["seeds"]] == pytest.approx([0.75, 0.76])
    assert result["value"] == pytest.approx(0.755)
    assert (result["low"], result["high"], result["n"]) == pytest.approx((0.65, 0.85, 400))
    assert (result["evaluations"], result["compared_with"]) == ([], {})
    assert set(result["figures"]) == {"auc_step_1", "share"}, "neither costs nor the number itself"
    assert result["figures"]["auc_step_1"] == pytest.approx({"value": 0.8, "low": 0.7, "high": 0.9})
    assert result["figures"]["share"] == {"value": 0.25}
    card = (tmp_path / "run" / "seed-5" / "model" / "README.md").read_text()
    assert "Greedy accuracy at five operations: .750 (.650 to .850), of 400 train problems" in card
    assert "| auc_step_1 | .800 | .700 to .900 |\n| share | .250 |  |" in card
    assert "## Accuracy" not in card
    assert "| auc_step_1 | .800 | .700 to .900 |\n| share | .250 |  |" in details([result])
    with pytest.raises(ValueError, match="wrote no 'aux'"):
        reproduce(recipe_of(text.replace('"auc"', '"aux"'), tmp_path), 1, tmp_path / "run")


def test_a_recipe_without_training_measures_agents_that_think_with_its_base(tmp_path):
    text = SEARCH.replace("episodes = 40", "episodes = 20")
    greedy = text[text.index("[[") :].replace("options.samples = 4\n", "").replace("self-consistency", "greedy")
    result, _ = reproduce(recipe_of(text + greedy, tmp_path), 2, tmp_path / "run")
    votes, alone = result["evaluations"]
    assert result["value"] == pytest.approx(votes["accuracy"])
    assert result["cost"]["tokens"] == round(votes["tokens"] / 2)
    assert set(result["compared_with"]) == {"greedy"}
    assert alone["episodes"] == 40
    assert "cpu_seconds" in result["cost"]
    assert {cell["evaluation"] for cell in result["cells"]} == {votes["label"]}, "the cells of one agent are enough"


def test_agents_are_held_against_simple_ones_at_equal_tokens(tmp_path):
    head, each = SEARCH[: SEARCH.index("[[")], SEARCH[SEARCH.index("[[") :].replace("episodes = 40", "episodes = 20")
    votes = each.replace("options.samples = 4", "options.samples = [1, 2, 8]")
    one, two = (each.replace("self-consistency", "mcts").replace("samples = 4", f"simulations = {n}") for n in (2, 40))
    result, _ = reproduce(recipe_of(head + one + votes + two, tmp_path), 2, tmp_path / "run")
    search, first, second, third, wide = result["evaluations"]
    tokens = [table["tokens"] / table["episodes"] for table in (search, first, second, third, wide)]
    assert tokens[1] < tokens[0] < tokens[3] < tokens[4]
    assert "at_equal_tokens" not in first
    assert "at_equal_tokens" not in wide, "votes have no point beyond it"
    assert result["figures"] == {}
    (found,) = search["at_equal_tokens"].values()
    low, high = (first, second) if tokens[0] < tokens[2] else (second, third)
    left, right = (table["tokens"] / table["episodes"] for table in (low, high))
    share = math.log(tokens[0] / left) / math.log(right / left)
    votes_there = (1 - share) * low["accuracy"] + share * high["accuracy"]
    assert found["difference"] == pytest.approx(search["accuracy"] - votes_there)
    assert found["low"] <= found["difference"] <= found["high"]
    shown = details([result])
    assert "| at equal tokens | tokens a problem | over self-consistency |" in shown
    assert f"| mcts simulations=2 | {tokens[0]:.0f} | " in shown


def publish(name, correct, n, seeds=1):
    """A published result that somebody may have got."""
    low, high = wilson(correct, n)
    one = {"value": correct / n, "low": low, "high": high, "cost": {}}
    table = {"name": name, "metric": "", "n": n, "command": "", "seeds": [{"seed": 0, **one}] * seeds, **one}
    published.write_result(published.RESULTS, table)


def test_a_number_that_cannot_be_reproduced_exits_1_and_one_that_can_exits_0(nothing_published, tmp_path):
    path = tmp_path / "search.toml"
    path.write_text(SEARCH)
    asked = ["reproduce", path, "--out", tmp_path / "run"]
    first = run(*asked)
    assert first.exit_code == 0, first.output
    assert "nothing to compare with" in first.stdout
    correct = round(40 * json.loads((tmp_path / "run" / "search.json").read_text())["value"])
    publish("search", correct, 40)
    same = run(*asked)
    assert same.exit_code == 0
    assert "identical" in same.stdout
    publish("search", 1, 40)
    other = run(*asked)
    assert other.exit_code == 1
    assert "They disagree: p < .001" in other.stdout
    assert "published" in other.stdout
    assert "another form of this recipe" in other.stderr
    assert max(map(len, other.stdout.replace(str(tmp_path), "").splitlines())) <= 80
    assert run(*asked, "--publish").exit_code == 0
    assert published.published("search")["value"] == correct / 40
    assert run(*asked).exit_code == 0


def test_as_many_seeds_are_run_as_were_published(nothing_published, pretending, tmp_path):
    recipe = recipe_of(FURTHER, tmp_path)
    assert reproducing.usual_seeds(recipe) == 1
    publish("further", 20, 30, seeds=3)
    assert reproducing.usual_seeds(recipe) == 3


def test_a_recipe_that_trains_nothing_is_not_trained(tmp_path):
    (tmp_path / "search.toml").write_text(SEARCH)
    result = run("train", tmp_path / "search.toml")
    assert result.exit_code == 2
    assert "use: reasoning-gym reproduce" in result.stderr.replace("\n", " ")


KILLED = """
import os, signal, sys
from pathlib import Path
from reasoning_baselines.recipe_files import load_recipe
from reasoning_baselines.reproducing import reproduce

def watch(seed, step):
    if step.report is not None:
        os.kill(os.getpid(), signal.SIGKILL)

reproduce(load_recipe(sys.argv[1]), 1, Path(sys.argv[2]), command="test", watch=watch)
"""


def test_a_run_that_was_killed_while_it_measured_goes_on_to_the_same_result(trained, tmp_path):
    recipe, whole, _, _ = trained
    path, out = tmp_path / "small.toml", tmp_path / "run"
    path.write_text(SMALL)
    found = subprocess.run([sys.executable, "-c", KILLED, path, out], stderr=subprocess.DEVNULL, check=False)
    assert found.returncode == -signal.SIGKILL
    assert (out / "seed-0" / "training.json").exists()
    assert not (out / "small.json").exists()
    steps = []
    result, _ = reproduce(recipe, 1, out, command="test", watch=lambda _, step: steps.append(step))
    assert all(step.report is not None for step in steps), "trained again"
    unbroken = json.loads((whole / "seed-0" / "result.json").read_text())
    for each in (result, unbroken):
        del each["cost"]["cpu_seconds"], each["seeds"][0]["cost"]["cpu_seconds"]
    assert result == unbroken


def test_the_cards_of_shipped_models_are_those_of_the_published_results():
    for name in published.published_names():
        result, recipe = published.published(name), load_recipe(name)
        if recipe.model is None or published.is_of_an_earlier_recipe(result) or len(result["seeds"]) > 1:
            continue
        card = PRETRAINED / recipe.model / "README.md"
        assert card.read_text() == model_card(recipe, result), name


def test_published_results_hold_what_their_parts_come_to():
    for name in published.published_names():
        result = published.published(name)
        assert result["value"] == pytest.approx(
            sum(seed["value"] for seed in result["seeds"]) / len(result["seeds"]), abs=1e-12
        )
        for each in result["evaluations"]:
            cells = [cell for cell in result["cells"] if cell["evaluation"] == each["label"]]
            if not cells and load_recipe(name).train is None:
                continue  # of an agent beside others on the same problems
            for key in ("episodes", "correct", "tokens", "forward_passes"):
                assert sum(cell[key] for cell in cells) == each[key], (name, each["label"], key)
