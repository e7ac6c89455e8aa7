"""A mix of families and levels: which problem each of its indices stands for."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import index as as_index
from typing import NamedTuple

from reasoning_gym.family import INDEX_SPACE, Family, FromData, get_family, nearest
from reasoning_gym.problem import SPLITS, Problem, Split

DEFAULT_LEVELS = (1, 2, 3)  # of each family, as far as it has them


class Part(NamedTuple):
    """One family of a mix."""

    family: Family
    weight: float  # above 0; those of a mix needn't sum to 1
    levels: tuple[int, ...]  # that are drawn, in ascending order


@dataclass(frozen=True)
class Mix:
    """Families with their weights and the levels that are drawn of each.

    Index i stands for a family and a level, chosen by SHA-256 of the mix and i, and for that family's
    problem i at that level. So the problem depends on nothing but the mix and i.
    """

    parts: tuple[Part, ...]  # sorted by the family's name
    split: Split

    @cached_property
    def size(self) -> int:
        """How many indices there are: a single family's own number, or else as many as any family may have."""
        return self.parts[0].family.size(self.split) if len(self.parts) == 1 else INDEX_SPACE

    def problem(self, index: int, *, level: int | None = None, family: str | None = None) -> tuple[Family, Problem]:
        """The problem that an index stands for, and its family; `level` and `family` override the choice.

        Raises:
            ValueError: if the index is out of range, the family isn't in the mix, or no family of the
                mix has the level.
        """
        if not 0 <= index < self.size:
            raise ValueError(f"index is {index!r}; this environment has indices 0 to {self.size - 1}")
        chosen, chosen_level = self._choose(index, level, family)
        return chosen, chosen.problem(self.split, chosen_level, index % chosen.size(self.split))

    def _choose(self, index: int, level: int | None, family: str | None) -> tuple[Family, int]:
        """The family and the level that an index stands for."""
        parts = self.parts if level is None and family is None else self._restrict(level, family)
        if len(parts) == 1 and len(parts[0].levels) == 1:
            return parts[0].family, parts[0].levels[0]
        digest = hashlib.sha256(f"{self._key}/{index}".encode()).digest()
        bounds = list(accumulate(part.weight for part in parts))
        point = int.from_bytes(digest[:8]) / 2**64 * bounds[-1]  # in [0, the sum of the weights]
        part = parts[min(bisect_right(bounds, point), len(parts) - 1)]
        return part.family, part.levels[int.from_bytes(digest[8:16]) % len(part.levels)]

    def _restrict(self, level: int | None, family: str | None) -> Sequence[Part]:
        """The parts that options leave, each with the levels that they leave."""
        names = [part.family.name for part in self.parts]
        if family is not None and family not in names:
            raise ValueError(f"family is {family!r}, which isn't in this environment; {nearest(family, names)}")
        named = [part for part in self.parts if family in (None, part.family.name)]
        if level is None:
            return named
        having = [part._replace(levels=(level,)) for part in named if 1 <= level <= part.family.levels]
        if not having:
            highest = max(part.family.levels for part in named)
            raise ValueError(f"level is {level!r}; here levels run from 1 to {highest}")
        return having

    @cached_property
    def _key(self) -> str:
        """What tells this mix from any other."""
        parts = (f"{part.family.name}:{part.weight!r}:{','.join(map(str, part.levels))}" for part in self.parts)
        return f"{';'.join(parts)}/{self.split}"


def make_mix(
    families: str | Sequence[str],
    *,
    level: int | None = None,
    levels: Sequence[int] | None = None,
    weights: Sequence[float] | None = None,
    split: str = "train",
    path: str | None = None,
) -> Mix:
    """The mix that plain arguments describe; the order of the families doesn't matter.

    Raises:
        ValueError: for an unknown family, split or level, both `level` and `levels`, weights that
            aren't one positive number a family, a path that no family takes, or a split with no problem.
    """
    names = [families] if isinstance(families, str) else list(families)
    if not names or len(set(names)) < len(names):
        raise ValueError(f"families is {families!r}; name at least one family, each once")
    wanted = _wanted_levels(level, levels)
    parts = (
        Part(family, weight, _levels_of(family, wanted))
        for family, weight in zip(_open(names, path), _weights(weights, len(names)), strict=True)
    )
    mix = Mix(tuple(sorted(parts, key=lambda part: part.family.name)), _split(split))
    for part in mix.parts:
        if part.family.size(mix.split) < 1:
            raise ValueError(f"{part.family.name} has no {split} problem at path {path!r}; use the other split or path")
    return mix


def _open(names: Sequence[str], path: str | None) -> list[Family]:
    """The families of these names; those that hold data are opened with the path."""
    found = [get_family(name) for name in names]
    if path is not None and not any(isinstance(family, FromData) for family in found):
        raise ValueError(f"path is {path!r}, but {', '.join(names)} needs no data; leave it out")
    return [family.open(path) if isinstance(family, FromData) else family for family in found]


def _weights(weights: Sequence[float] | None, count: int) -> list[float]:
    if weights is None:
        return [1.0] * count
    if len(weights) != count or not all(0 < weight < math.inf for weight in weights):
        raise ValueError(f"weights is {weights!r}; give one positive number for each of the {count} families")
    return [float(weight) for weight in weights]


def _wanted_levels(level: int | None, levels: Sequence[int] | None) -> tuple[int, ...] | None:
    """The levels asked for, in ascending order; None where nothing was asked."""
    if level is not None and levels is not None:
        raise ValueError(f"level is {level!r} and levels is {levels!r}; give one of them")
    if level is not None:
        return (as_index(level),)
    if levels is None:
        return None
    if not levels:
        raise ValueError("levels is empty; name at least one level")
    return tuple(sorted({as_index(each) for each in levels}))


def _levels_of(family: Family, wanted: tuple[int, ...] | None) -> tuple[int, ...]:
    if wanted is None:
        return tuple(level for level in DEFAULT_LEVELS if level <= family.levels)
    missing = [level for level in wanted if not 1 <= level <= family.levels]
    if missing:
        raise ValueError(f"level is {missing[0]}; {family.name} has levels 1 to {family.levels}")
    return wanted


def _split(split: str) -> Split:
    for known in SPLITS:
        if split == known:
            return known
    raise ValueError(f"split is {split!r}; {nearest(str(split), SPLITS)}")
