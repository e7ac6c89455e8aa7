"""Recipes that train: found by name, run to a result and a card, taken up again."""

import json
from pathlib import Path

import pytest

from reasoning_baselines.recipe_files import RECIPES, find_recipe, recipe_names
from reasoning_baselines.training import load_recipe, run_recipe
from reasoning_gym.family import get_family

RECIPE = """
name = "small"
metric = "greedy accuracy at one operation"
model = "small"
[train]
tokens = 4_000
batch_tokens = 1024
warm_up_tokens = 1_000
families.integer_expression = [1]
[train.shape]
width = 16
layers = 1
heads = 2
feed_forward = 24
context = 128
[[evaluations]]
env = "ReasoningIntegerExpression-v0"
levels = [1]
episodes = 8
max_thoughts = 3
[[evaluations]]
env = "ReasoningIntegerExpression-v0"
levels = [2]
episodes = 8
max_thoughts = 3
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipe")
    path = folder / "small.toml"
    path.write_text(RECIPE)
    steps = []
    recipe = load_recipe(str(path))
    model = run_recipe(recipe, folder / "run", command="test", watch=steps.append)
    return recipe, folder / "run", model, steps


def test_a_recipe_ends_in_a_result_with_its_interval_cost_and_command(run):
    _, out, _, _ = run
    result = json.loads((out / "result.json").read_text())
    assert result["name"] == "small"
    assert 0 <= result["low"] <= result["value"] <= result["high"] <= 1
    assert result["n"] == 8
    assert result["seeds"][0]["value"] == result["value"]
    assert result["cost"]["tokens"] >= 4_000
    assert result["cost"]["cpu_seconds"] > 0
    assert result["command"] == "test"
    assert [(cell["family"], cell["level"], cell["episodes"]) for cell in result["cells"]] == [
        ("integer_expression", 1, 8),
        ("integer_expression", 2, 8),
    ]


def test_the_card_says_what_was_measured_and_what_was_never_trained_on(run):
    _, _, model, _ = run
    card = (model / "README.md").read_text()
    assert "| integer_expression | 1 | yes |" in card
    assert "| integer_expression | 2 | no |" in card
    assert "reasoning-gym train small" in card


def test_run_again_it_neither_trains_nor_measures_again(run):
    recipe, out, model, first = run
    before = (out / "result.json").read_text()
    steps = []
    assert run_recipe(recipe, out, command="test", watch=steps.append) == model
    assert steps == []
    assert first
    assert (out / "result.json").read_text() == before


def test_every_shipped_recipe_loads_and_names_real_families_and_levels():
    assert {"sft-tiny", "sft-reasoner"} <= set(recipe_names())
    for name in recipe_names():
        recipe = load_recipe(name)
        assert recipe.name == name
        for family, levels in recipe.train.families.items():
            assert set(levels) <= set(range(1, get_family(family).levels + 1))
        assert set(recipe.train.weights or {}) <= set(recipe.train.families)


def test_a_recipe_that_is_not_there_names_the_nearest(tmp_path):
    with pytest.raises(ValueError, match="did you mean 'sft-tiny'"):
        find_recipe("sft-tny")
    bad = tmp_path / "bad.toml"
    bad.write_text(RECIPE.replace("batch_tokens", "batch_token"))
    with pytest.raises(ValueError, match="did you mean 'batch_tokens'"):
        load_recipe(str(bad))
    assert Path(find_recipe("sft-tiny")).parent == RECIPES
