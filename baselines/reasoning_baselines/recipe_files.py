"""Reads recipes: a TOML file stands for one number, and says how it is made."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from reasoning_agents.config import from_table
from reasoning_baselines.evaluation import Option
from reasoning_baselines.methods import Training, read_training
from reasoning_gym.family import nearest

RECIPES = Path(__file__).parent / "recipes"
_WORDS = ("name", "metric", "model")  # what a recipe and its results are called; they change no figure


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One measurement: an agent on test problems."""

    env: str  # a Gymnasium id, or the name of a family or a category
    levels: tuple[int, ...]  # drawn from alike
    episodes: int  # problems: those at indices 0 to one below this
    agent: str = "greedy"
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])  # of the agent; see `read_recipe`
    max_thoughts: int = 32  # in an episode
    max_thought_chars: int = 200
    max_thought_tokens: int = 96  # a thought is cut off there
    device: str = "cpu"  # where the agent's model thinks
    label: str = ""  # what it is called in results; by default made of the agent, the environment and the levels

    @property
    def title(self) -> str:
        """What it is called in results."""
        levels = "level" if len(self.levels) == 1 else "levels"
        return self.label or f"{self.short_title} on {self.env}, {levels} {', '.join(map(str, self.levels))}"

    @property
    def short_title(self) -> str:
        """What it is called beside others on the same problems."""
        return self.label or agent_title(self.agent, self.options)

    @property
    def problems(self) -> tuple[str, tuple[int, ...], int]:
        """What tells which problems are asked: two evaluations that agree in it can be compared problem by problem."""
        return self.env, self.levels, self.episodes


def agent_title(agent: str, options: Mapping[str, Option]) -> str:
    """An agent with its options, in words."""
    return " ".join([agent, *(f"{key}={value}" for key, value in options.items())])


@dataclass(frozen=True, slots=True)
class Recipe:
    """One published number and how it is made.

    A recipe with a training measures the model that was trained; one without measures agents that think with `base`.
    """

    name: str
    metric: str  # what the number is, a sentence
    model: str | None = None  # the name that the trained model is shipped by
    base: str | None = None  # where training begins, or what agents think with: a shipped model, a folder, an id
    train: Training | None = None
    figure: str | None = None  # of the learner's training.json, if that is the number, not the first accuracy
    evaluations: tuple[Evaluation, ...] = ()  # the first gives the number, unless `figure` does
    digest: str = ""  # of all that decides its figures


def recipe_names() -> list[str]:
    """The recipes that are part of this package."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def find_recipe(name: str) -> Path:
    """The file of a recipe: by its name, or a path that ends in `.toml`.

    Raises:
        ValueError: if there is none; the message names the nearest.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        raise ValueError(f"there is no recipe {name!r}; {nearest(name, recipe_names())}; or give a TOML file's path")
    return path


def load_recipe(name: str) -> Recipe:
    """A recipe by its name, or by the path of a TOML file.

    Raises:
        ValueError: if there is none, or the file isn't a recipe; says which key is wrong.
        ModuleNotFoundError: if what its method of training needs isn't installed.
    """
    path = find_recipe(name)
    try:
        return read_recipe(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_recipe(table: Mapping[str, Any]) -> Recipe:
    """The recipe that a file's table says. An option of an agent with a list of values is an evaluation for each.

    Raises:
        ValueError: for an unknown or missing key, a value of another type, and keys that don't go together.
    """
    if "digest" in table:
        raise ValueError("unknown key 'digest'; it is computed")
    values = {**table, "digest": recipe_digest(table)}
    if isinstance(table.get("evaluations"), list):
        given = enumerate(cast("list[Any]", table["evaluations"]))
        values["evaluations"] = [one for number, each in given for one in _spread(each, f"evaluations[{number}]")]
    training = table.get("train")
    if isinstance(training, Mapping):
        values["train"] = read_training(cast("Mapping[str, Any]", training))
    recipe = from_table(Recipe, values)
    _check(recipe)
    return recipe


def recipe_digest(table: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of a recipe's table; without what things are called, which decides no figure."""
    deciding = {key: value for key, value in table.items() if key not in _WORDS}
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:12]


def digest_of(name: str) -> str | None:
    """The digest of a recipe of this package as its file is now; None if there is no such file."""
    path = RECIPES / f"{name}.toml"
    return recipe_digest(tomllib.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _spread(evaluation: Any, where: str) -> list[Any]:
    """An evaluation for each value of the option that has several.

    Raises:
        ValueError: if two options have several, or one has none.
    """
    options = cast("Any", evaluation).get("options") if isinstance(evaluation, Mapping) else None
    if not isinstance(options, Mapping):
        return [evaluation]
    known = cast("Mapping[str, Any]", options)
    several = [name for name, value in known.items() if isinstance(value, list)]
    if not several:
        return [evaluation]
    if len(several) > 1 or not known[several[0]]:
        raise ValueError(f"the options {several} of {where} are lists; one may be, of at least one value")
    (name,) = several
    rest = cast("Mapping[str, Any]", evaluation)
    return [{**rest, "options": {**known, name: value}} for value in known[name]]


def _check(recipe: Recipe) -> None:
    """See that the keys of a recipe go together.

    Raises:
        ValueError: if they don't.
    """
    from reasoning_agents.registry import needs_model
    from reasoning_baselines.comparison import all_options
    from reasoning_baselines.environments import find_environment

    if recipe.figure is None and not recipe.evaluations:
        raise ValueError("the recipe measures nothing; add [[evaluations]], or a 'figure' of its training")
    if recipe.train is None and (recipe.figure or recipe.model):
        raise ValueError("the recipe has a 'figure' or a 'model' but trains nothing; add [train], or leave them out")
    if recipe.train is not None and recipe.train.begins_with_a_model != (recipe.base is not None):
        wanted = "needs a 'base' to begin with" if recipe.base is None else "begins from nothing; leave out 'base'"
        raise ValueError(f"the method {recipe.train.method!r} {wanted}")
    titles = [each.title for each in recipe.evaluations]
    for each in recipe.evaluations:
        if titles.count(each.title) > 1:
            raise ValueError(f"two evaluations are called {each.title!r}; give each a 'label' of its own")
        find_environment(each.env)
        all_options(each.agent, each.options)
        if recipe.train is None and recipe.base is None and needs_model(each.agent):
            raise ValueError(f"the agent {each.agent!r} needs a model; give a 'base' that it thinks with")
