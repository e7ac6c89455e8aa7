"""Registers the families, their categories and three mixes of many as Gymnasium ids.

The families of this package are read off their source, since importing them all would take longer
than importing Gymnasium; they are imported with the first environment that is made.

The ids have neither `PassiveEnvChecker` nor `OrderEnforcing`: the tests hold each of them to
`check_env`, and the environment itself says when `reset` is due. So `gym.make` returns it bare.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec

from reasoning_gym.family import BUILT_IN_FAMILIES, Family, camel_case, on_register, plug_ins, snake_case

ENTRY_POINT = "reasoning_gym.env:ReasoningEnv"
ALL_ID, MATH_ID, CORE_ID = "ReasoningAll-v0", "ReasoningMath-v0", "ReasoningCore-v0"
MATH_CATEGORIES = frozenset(
    ["arithmetic", "algebra", "calculus", "number_theory", "probability", "geometry", "word_problems"]
)
CORE = (  # of ReasoningCore-v0, which never changes: what tiny-reasoner was trained on
    "Antiderivative", "Countdown", "Derivative", "FractionArithmetic", "IntegerExpression", "LinearEquation",
    "LinearSystem", "LongMultiplication", "ModularArithmetic", "PolynomialExpansion", "PolynomialFactorisation",
    "PrimeFactorisation", "PropositionalEntailment", "QuadraticEquation",
)  # fmt: skip
DATA_CATEGORY = "real"  # families that are opened with a path; they are in no mix
_DECLARATION = re.compile(r"^@family\(([^)]*)\)\nclass (\w+)", re.MULTILINE)
_CATEGORY = re.compile(r"\bcategory\s*=\s*[\"'](\w+)[\"']")
_VERSION = re.compile(r"\bversion\s*=\s*(\d+)")


Source: TypeAlias = Literal["built in", "plug-in", "elsewhere"]


class Declaration(NamedTuple):
    """What an id needs to know of a family."""

    class_name: str
    category: str
    version: int
    source: Source

    @property
    def in_mixes(self) -> bool:
        """Whether a mix may hold it; what a notebook defines, or needs data, is in none."""
        return self.source != "elsewhere" and self.category != DATA_CATEGORY


_declared: dict[str, Declaration] = {}  # by class name


def register_environments() -> None:
    """Register the ids of all families, and from now on of each one that is defined.

    Raises:
        ImportError: if a plug-in can't be imported.
        ValueError: if a family and a category would have the same id.
    """
    for declaration in read_declarations(os.path.join(os.path.dirname(__file__), "families")):
        _declared[declaration.class_name] = declaration
    on_register(_declare)
    plug_ins()
    _register()


def read_declarations(folder: str) -> list[Declaration]:
    """The families that the files below a folder declare, by their `@family(…)` lines."""
    declarations: list[Declaration] = []
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(parent, name), encoding="utf-8") as file:
                    declarations += [
                        Declaration(class_name, _only(_CATEGORY, found), int(_only(_VERSION, found) or 0), "built in")
                        for found, class_name in _DECLARATION.findall(file.read())
                    ]
    return declarations


def environments(declarations: Iterable[Declaration]) -> dict[str, dict[str, Any]]:
    """Each id with its keyword arguments: the three large mixes, the mix of each category, and each family.

    A plug-in never changes a mix of this package, or its numbers could not be compared between machines.
    A category that only plug-ins have gets a mix of theirs.

    Raises:
        ValueError: if a family and a category would have the same id.
    """
    ordered = sorted(declarations, key=lambda each: snake_case(each.class_name))
    mixed = [each for each in ordered if each.in_mixes]
    ours = [each for each in mixed if each.source == "built in"]
    named = [
        (ALL_ID, _mix(ours)),
        (MATH_ID, _mix(each for each in ours if each.category in MATH_CATEGORIES)),
        (CORE_ID, _mix(each for each in ours if each.class_name in CORE)),
    ]
    for category in sorted({each.category for each in mixed}):
        in_category = [each for each in mixed if each.category == category]
        members = [each for each in in_category if each.source == "built in"] or in_category
        named.append((f"Reasoning{camel_case(category)}-v0", _mix(members)))
    named += [
        (f"Reasoning{each.class_name}-v{each.version}", {"families": snake_case(each.class_name)}) for each in ordered
    ]
    ids: dict[str, dict[str, Any]] = {}
    for env_id, kwargs in named:
        if env_id in ids:
            raise ValueError(f"{env_id} would stand for {ids[env_id]} and for {kwargs}; rename the family")
        ids[env_id] = kwargs
    return ids


def _mix(members: Iterable[Declaration]) -> dict[str, Any]:
    return {"families": [snake_case(each.class_name) for each in members]}


def _only(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _declare(family: Family) -> None:
    """Register the ids of a family that was defined just now, if they are new."""
    cls = type(family)
    declaration = Declaration(cls.__name__, family.category, family.version, _source(cls.__module__))
    if _declared.get(cls.__name__) != declaration:
        _declared[cls.__name__] = declaration
        _register()


def _source(module: str) -> Source:
    """Where a family's module belongs."""

    def is_in(package: str) -> bool:
        return module == package or module.startswith(f"{package}.")

    if is_in(BUILT_IN_FAMILIES):
        return "built in"
    return "plug-in" if any(map(is_in, plug_ins())) else "elsewhere"


def _register() -> None:
    """Put the ids into Gymnasium's registry, where those of changed families take the place of the old."""
    for env_id, kwargs in environments(_declared.values()).items():
        if kwargs["families"]:
            gym.registry[env_id] = EnvSpec(
                env_id, ENTRY_POINT, order_enforce=False, disable_env_checker=True, kwargs=kwargs
            )
