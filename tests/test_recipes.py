"""Recipes as files: what they may say, and how a mistake in one is answered."""

import tomllib

import pytest

from reasoning_baselines.published import is_of_an_earlier_recipe, published
from reasoning_baselines.recipe_files import (
    RECIPES,
    digest_of,
    find_recipe,
    load_recipe,
    read_recipe,
    recipe_digest,
    recipe_names,
)
from reasoning_gym.family import get_family

TRAINED = """
name = "small"
metric = "greedy accuracy at one operation"
model = "small"
[train]
method = "supervised"
tokens = 4_000
batch_tokens = 1024
families.integer_expression = [1]
[train.shape]
width = 16
layers = 1
heads = 2
feed_forward = 24
[[evaluations]]
env = "ReasoningIntegerExpression-v0"
levels = [1]
episodes = 8
"""

SEARCH = """
name = "search"
metric = "accuracy of self-consistency"
base = "tiny-arithmetic"
[[evaluations]]
env = "integer_expression"
levels = [5]
episodes = 40
agent = "self-consistency"
options.samples = 4
"""

# a recipe, a text in it, what stands there instead, and what the error says
MISTAKES = [
    (TRAINED, "batch_tokens", "batch_token", "unknown key 'train.batch_token'; did you mean 'batch_tokens'"),
    (TRAINED, "metric", "metrc", "unknown key 'metrc'; did you mean 'metric'"),
    (TRAINED, "episodes", "episode", r"unknown key 'evaluations\[0\].episode'; did you mean 'episodes'"),
    (TRAINED, 'name = "small"', "", "'name' is missing"),
    (TRAINED, '"supervised"', '"supervisd"', "did you mean 'supervised'"),
    (TRAINED, 'method = "supervised"', "", "'train.method' is missing"),
    (TRAINED, "tokens = 4_000", 'tokens = "many"', "'train.tokens' is 'many'; it must be of type int"),
    (TRAINED, 'model = "small"', 'base = "tiny-arithmetic"', "begins from nothing"),
    (TRAINED, "IntegerExpression", "IntegerExpresion", "did you mean 'ReasoningIntegerExpression-v0'"),
    (TRAINED, 'model = "small"', 'digest = "0"', "unknown key 'digest'"),
    (SEARCH, "samples", "sample", "no option 'sample'; did you mean 'samples'"),
    (SEARCH, '"self-consistency"', '"self-consistncy"', "did you mean 'self-consistency'"),
    (SEARCH, 'base = "tiny-arithmetic"', "", "needs a model; give a 'base'"),
    (SEARCH, "base =", 'model = "small"\nbase =', "trains nothing"),
    (SEARCH, SEARCH[SEARCH.index("[[") :], "", "measures nothing"),
    (SEARCH, "[[", SEARCH[SEARCH.index("[[") :] + "[[", "two evaluations are called"),
]


@pytest.mark.parametrize(("recipe", "there", "instead", "message"), MISTAKES)
def test_a_mistake_in_a_recipe_names_the_key_and_the_nearest(recipe, there, instead, message, tmp_path):
    assert there in recipe
    path = tmp_path / "bad.toml"
    path.write_text(recipe.replace(there, instead, 1))
    with pytest.raises(ValueError, match=message) as error:
        load_recipe(str(path))
    assert "bad.toml: " in str(error.value)


def test_a_recipe_that_is_not_there_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'sft-tiny'"):
        find_recipe("sft-tny")
    assert find_recipe("sft-tiny").parent == RECIPES


def test_every_shipped_recipe_loads_and_names_real_families_and_levels():
    assert {"sft-tiny", "sft-reasoner"} <= set(recipe_names())
    for name in recipe_names():
        recipe = load_recipe(name)
        assert recipe.name == name
        assert recipe.digest == digest_of(name)
        if recipe.train is not None and recipe.train.method == "supervised":
            settings = recipe.train.settings
            for family, levels in settings.families.items():
                assert set(levels) <= set(range(1, get_family(family).levels + 1))
            assert set(settings.weights or {}) <= set(settings.families)


def test_what_things_are_called_decides_no_number_and_all_else_does():
    table = tomllib.loads(TRAINED)
    assert recipe_digest({**table, "metric": "in other words"}) == recipe_digest(table)
    assert recipe_digest({**table, "train": {**table["train"], "tokens": 5_000}}) != recipe_digest(table)


def test_a_published_number_of_an_earlier_recipe_is_known_as_such():
    result = published("sft-tiny")
    assert not is_of_an_earlier_recipe(result)
    assert is_of_an_earlier_recipe({**result, "recipe": "0" * 12})


def test_an_evaluation_is_called_by_its_agent_environment_and_levels_or_as_the_recipe_says():
    table = tomllib.loads(SEARCH)
    assert read_recipe(table).evaluations[0].title == "self-consistency samples=4 on integer_expression, level 5"
    table["evaluations"][0]["label"] = "four votes"
    assert read_recipe(table).evaluations[0].title == "four votes"


def test_an_option_with_several_values_is_an_evaluation_for_each():
    table = tomllib.loads(SEARCH.replace("options.samples = 4", "options = { samples = [2, 4], temperature = 0.7 }"))
    found = read_recipe(table).evaluations
    assert [each.options for each in found] == [{"samples": 2, "temperature": 0.7}, {"samples": 4, "temperature": 0.7}]
    assert {each.problems for each in found} == {("integer_expression", (5,), 40)}


@pytest.mark.parametrize("options", ["{ samples = [2, 4], temperature = [0.7, 1.0] }", "{ samples = [] }"])
def test_two_options_with_several_values_and_one_without_any_are_refused(options):
    table = tomllib.loads(SEARCH.replace("options.samples = 4", f"options = {options}"))
    with pytest.raises(ValueError, match=r"of evaluations\[0\] are lists; one may be, of at least one value|samples"):
        read_recipe(table)
