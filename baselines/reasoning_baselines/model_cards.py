"""The card of a trained model in Markdown: what it was trained on, how, what it can do, and what it can't."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, cast

from reasoning_baselines.environments import find_environment, listed_environments
from reasoning_baselines.methods import Settings
from reasoning_baselines.recipe_files import Recipe
from reasoning_baselines.result_pages import figures_table, interval, number

_WEAK = 0.3  # where the interval's upper end is below this, the card says that the model is weak


def model_card(recipe: Recipe, result: Mapping[str, Any]) -> str:
    """The card of the model that a recipe trained, with the figures of a result of it.

    Raises:
        ValueError: if the recipe trains nothing.
    """
    if recipe.train is None:
        raise ValueError(f"the recipe {recipe.name!r} trains nothing, so there is no model to describe")
    if hasattr(recipe.train.settings, "game"):
        return _game_card(recipe, result)
    scratch = recipe.base is None
    return "\n\n".join(
        [
            f"# {recipe.model or recipe.name}",
            _from_nothing(recipe.train.settings) if scratch else _from_a_model(recipe),
            f"## Data\n\n{_data(recipe, result)}",
            f"## Recipe\n\n{_how(recipe, result)}",
            *(_figures(result) if recipe.figure else _accuracies(recipe, result)),
            f"## What it can't do\n\n{_limits(recipe, result)}\n",
        ]
    )


def has_card(recipe: Recipe) -> bool:
    """Whether what a recipe trains is described by a card: a language model, or a network that plays a game."""
    settings = None if recipe.train is None else recipe.train.settings
    return settings is not None and (hasattr(settings, "game") or bool(trained_on(settings)))


def trained_on(settings: Settings) -> dict[str, tuple[int, ...]]:
    """The families that a method's settings train on, each with its levels; nothing where they don't say it.

    They say it by `families`, or by an environment `env` with its `levels`.
    """
    given = cast("Any", settings)
    if hasattr(settings, "families"):
        return dict(given.families)
    if not hasattr(settings, "env"):
        return {}
    families = listed_environments()[find_environment(given.env)].families
    return {family: tuple(getattr(given, "levels", ())) for family in families}


def _game_card(recipe: Recipe, result: Mapping[str, Any]) -> str:
    """The card of a network that plays a game."""
    training = cast("Any", recipe.train)
    game, cost = training.settings.game, result["cost"]
    value = f"{result['metric'][:1].upper()}{result['metric'][1:]}: {number(result['value'])} ({interval(result)})"
    settings = {key: value for key, value in _flat(asdict(training.settings)) if key != "seed"}
    return "\n\n".join(
        [
            f"# {recipe.model or recipe.name}",
            f"A policy-value network that learned {game} from games against itself, and from nothing else. It plays\n"
            "by a search; `reasoning_agents.alpha_zero.load_player` makes a player of it.",
            f"## Recipe\n\n`reasoning-gym train {recipe.name}`: {cost['simulations']:,} simulations of self-play and\n"
            f"{cost['cpu_seconds'] / 60:.0f} CPU-minutes on one thread, matches included. The seed is "
            f"{result['seeds'][0]['seed']}.",
            "\n".join(f"- {key}: {_plain(value)}" for key, value in settings.items()),
            f"## Figures\n\n{value}, of {result['n']:,} games.",
            "\n".join(figures_table(result)),
            "## What it can't do\n\nIt plays no other game. Anything not in the table was not measured.\n",
        ]
    )


def _flat(settings: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, Any]]:
    """Settings with those of nested tables beside the others, by names with dots."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(cast("Mapping[str, Any]", value), f"{where}{key}.")
        else:
            yield f"{where}{key}", value


def _from_nothing(settings: Settings) -> str:
    shape = cast("Any", settings).shape
    return (
        f"A Llama-like, character-level language model of {shape.layers} layers of width {shape.width}, trained from\n"
        "scratch on the reference thoughts of the suite's own families, on train problems only. It is deliberately\n"
        "not perfect, so that search and learning have room to show."
    )


def _from_a_model(recipe: Recipe) -> str:
    training = cast("Any", recipe.train)
    if training.method == "process-reward":
        return (
            f"`{recipe.base}`, as it is, and a process-reward model beside it: a copy that was trained on train\n"
            "problems only to tell right thoughts of it from wrong ones. Agents ask it by the signal `process-reward`."
        )
    if training.method == "process-reward-from-labels":
        return (
            f"`{recipe.base}`, as it is, and a process-reward model beside it: a copy that was trained on labels of\n"
            "people to tell right thoughts from wrong ones. Agents ask it by the signal `process-reward`."
        )
    return (
        f"`{recipe.base}`, trained further by the method `{training.method}` on train problems only. It has the\n"
        f"shape, the tokenizer and the prompt of `{recipe.base}`, and knows what that was trained on."
    )


def _data(recipe: Recipe, result: Mapping[str, Any]) -> str:
    training = cast("Any", recipe.train)
    families = trained_on(training.settings)
    lines = [f"- {name}: levels {', '.join(map(str, levels))}" for name, levels in families.items()]
    tokens = f"{result['cost']['tokens']:,} tokens"
    if recipe.base is None:
        what = f"{tokens}, questions included; the loss is on thoughts only. Text: the question's statement, a line\n"
        what += "break, then one thought a line."
    else:
        what = f"{tokens}, trained on or sampled, beside those that `{recipe.base}` was made with."
    return "\n".join([*lines, "", what]) if lines else what


def _how(recipe: Recipe, result: Mapping[str, Any]) -> str:
    training = cast("Any", recipe.train)
    minutes = result["cost"]["cpu_seconds"] / 60
    seed = result["seeds"][0]["seed"]
    text = (
        f"`reasoning-gym train {recipe.name}`: {minutes:.0f} CPU-minutes on one thread. Weights are\n"
        f"stored in fp16. The seed is {seed}; on one machine the same seed gives the same weights."
    )
    if recipe.base is None:
        return text
    settings = {key: value for key, value in asdict(training.settings).items() if key != "seed" and value is not None}
    return text + "\n\n" + "\n".join(f"- {key}: {_plain(value)}" for key, value in settings.items())


def _figures(result: Mapping[str, Any]) -> list[str]:
    """What the training came to: the recipe's number, and what else was measured."""
    value = f"{result['metric'][:1].upper()}{result['metric'][1:]}: {number(result['value'])} ({interval(result)})"
    of = f"of {result['n']:,} train problems that were held back"
    return [f"## Figures\n\n{value}, {of}.", "\n".join(figures_table(result))]


def _accuracies(recipe: Recipe, result: Mapping[str, Any]) -> list[str]:
    """A table for each evaluation."""
    heading = "## Accuracy\n\nTest problems that were never trained on; 95 % Wilson intervals; tokens a problem."
    return [heading, *_tables(recipe, result)]


def _tables(recipe: Recipe, result: Mapping[str, Any]) -> list[str]:
    """A table for each evaluation."""
    training = cast("Any", recipe.train)
    families = trained_on(training.settings)
    by_label = {label: list(cells) for label, cells in groupby(result["cells"], key=lambda cell: cell["evaluation"])}
    parts: list[str] = []
    for each in result["evaluations"]:
        total = f"{each['accuracy']:.3f} ({each['low']:.3f} to {each['high']:.3f}) of {each['episodes']:,} problems"
        parts.append(f"### {each['label'][:1].upper()}{each['label'][1:]}\n\n{total}, {_tokens(each)} tokens.")
        parts.append(_table(by_label[each["label"]], families))
    return parts


def _table(cells: Iterable[Mapping[str, Any]], families: Mapping[str, Sequence[int]]) -> str:
    rows = [
        "| family | level | trained on | accuracy | interval | n | tokens |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for cell in cells:
        trained = "yes" if cell["level"] in families.get(cell["family"], ()) else "no"
        rows.append(
            f"| {cell['family']} | {cell['level']} | {trained} | {cell['accuracy']:.3f} "
            f"| {cell['low']:.3f} to {cell['high']:.3f} | {cell['episodes']} | {_tokens(cell)} |"
        )
    return "\n".join(rows)


def _limits(recipe: Recipe, result: Mapping[str, Any]) -> str:
    if recipe.figure:
        return (
            f"It judges the thoughts that `{recipe.base}` has about questions of these families; of another\n"
            "model's it was taught nothing. Anything not in the table was not measured."
        )
    families = trained_on(cast("Any", recipe.train).settings)
    weak: dict[str, None] = {}
    strange: dict[tuple[str, int], Mapping[str, Any]] = {}
    for cell in result["cells"]:
        if families and cell["family"] not in families:
            strange[cell["family"], cell["level"]] = cell
        elif cell["high"] < _WEAK:
            weak[f"{cell['family']} at level {cell['level']} ({cell['accuracy']:.0%})"] = None
    text = (
        "It reads only questions of these families, in these words, and knows no language. It can't tell that it is\n"
        f"wrong. Weak: {'; '.join(weak) or 'nothing of what it was trained on'}."
    )
    if strange:
        right = sum(cell["correct"] for cell in strange.values())
        asked = sum(cell["episodes"] for cell in strange.values())
        count = len({family for family, _ in strange})
        text += (
            f"\n\nOn the {count} families above that it was never trained on it is right on {right} of "
            f"{asked:,} problems."
        )
    return f"{text} Anything not in the tables was not\nmeasured; expect 0."


def _tokens(tally: Mapping[str, Any]) -> str:
    return f"{tally['tokens'] / max(tally['episodes'], 1):.0f}"


def _plain(value: object) -> str:
    return ", ".join(map(str, cast("Sequence[object]", value))) if isinstance(value, list | tuple) else str(value)
