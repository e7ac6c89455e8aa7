"""The environments by what a person calls them: an id, or the name of a family or a category."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

import gymnasium as gym

from reasoning_gym.family import Family, camel_case, families


class Listed(NamedTuple):
    """An environment that can be made by its id."""

    env_id: str
    families: tuple[str, ...]  # the names of those that it draws on
    is_mix: bool  # several families, or all of a category that has just one


def listed_environments() -> dict[str, Listed]:
    """The ids of this suite and of its plug-ins, with what they draw on."""
    known = families()  # imports what registers ids
    found: dict[str, Listed] = {}
    for env_id, spec in gym.registry.items():
        drawn = spec.kwargs.get("families")
        names = (drawn,) if isinstance(drawn, str) else tuple(drawn or ())
        if names and all(name in known for name in names):
            found[env_id] = Listed(env_id, names, is_mix=not isinstance(drawn, str))
    return found


def family_environment(family: Family) -> str | None:
    """The id of a single family."""
    listed = listed_environments().values()
    return next((each.env_id for each in listed if not each.is_mix and each.families == (family.name,)), None)


def category_environment(category: str) -> str | None:
    """The id of a category's mix; None for families that are in no mix."""
    env_id = f"Reasoning{camel_case(category)}-v0"
    return env_id if env_id in listed_environments() else None


def find_environment(name: str) -> str:
    """The id that a name stands for: an id, or the name of a family or a category.

    Raises:
        ValueError: if there is none; the message names the nearest.
    """
    listed = {env_id: env_id for env_id in listed_environments()}
    members = families().values()
    by_family = {family.name: family_environment(family) for family in members}
    by_category = {family.category: category_environment(family.category) for family in members}
    named = {known: env_id for known, env_id in (by_category | by_family).items() if env_id is not None}
    names = named | listed
    if name in names:
        return names[name]
    folded = {each.casefold(): each for each in names}
    close = get_close_matches(name.casefold(), folded, n=1)
    hint = f"did you mean {folded[close[0]]!r}?" if close else "`reasoning-gym families` lists them"
    raise ValueError(f"there is no environment {name!r}; {hint}")
