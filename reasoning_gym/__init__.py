"""Gymnasium environments in which an action is one step of thought.

Importing this package registers the environments:

    import gymnasium as gym
    import reasoning_gym

    env = gym.make("ReasoningMath-v0")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from reasoning_gym.installed import is_installed
from reasoning_gym.registration import register_environments

if TYPE_CHECKING:
    from reasoning_gym.checker import check
    from reasoning_gym.env import Oracle, ReasoningEnv
    from reasoning_gym.episodes import Episode
    from reasoning_gym.family import Family, get_family
    from reasoning_gym.planning import Limits, Transition, transition, view
    from reasoning_gym.problem import Address, Problem, Question, State, Status, Verdict, View
    from reasoning_gym.spaces import ThoughtSpace
    from reasoning_gym.wrappers import Curriculum, RecordEpisodes, StepVerified, TokenThoughts

__all__ = [
    "Address",
    "Curriculum",
    "Episode",
    "Family",
    "Limits",
    "Oracle",
    "Problem",
    "Question",
    "ReasoningEnv",
    "RecordEpisodes",
    "State",
    "Status",
    "StepVerified",
    "ThoughtSpace",
    "TokenThoughts",
    "Transition",
    "Verdict",
    "View",
    "check",
    "get_family",
    "transition",
    "view",
]

_HOMES = {
    "reasoning_gym.checker": ("check",),
    "reasoning_gym.env": ("Oracle", "ReasoningEnv"),
    "reasoning_gym.episodes": ("Episode",),
    "reasoning_gym.family": ("Family", "get_family"),
    "reasoning_gym.planning": ("Limits", "Transition", "transition", "view"),
    "reasoning_gym.problem": ("Address", "Problem", "Question", "State", "Status", "Verdict", "View"),
    "reasoning_gym.spaces": ("ThoughtSpace",),
    "reasoning_gym.wrappers": ("Curriculum", "RecordEpisodes", "StepVerified", "TokenThoughts"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}
_TWIN = "reasoning-gym"  # another project's distribution, which installs a package of the same name


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    found: object = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _refuse_mixed_install() -> None:
    """Raise if the other distribution is there too: pip lets the two overwrite each other's files.

    Raises:
        ImportError: with the commands that put it right.
    """
    if not is_installed(_TWIN):
        return
    raise ImportError(
        f"the distribution {_TWIN} is installed too, and its files and those of reasoning-gymnasium "
        f"overwrite each other in the package reasoning_gym. Keep one. To keep this one:\n"
        f"    pip uninstall {_TWIN}\n"
        f"    pip install --force-reinstall --no-deps reasoning-gymnasium"
    )


_refuse_mixed_install()
register_environments()
