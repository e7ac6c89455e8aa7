"""Finds a recipe's file by name, without loading what running it needs."""

from __future__ import annotations

from pathlib import Path

from reasoning_gym.family import nearest

RECIPES = Path(__file__).parent / "recipes"


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
