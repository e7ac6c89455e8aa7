"""Tracks and environments: which track an environment's problems belong to, and the problems of a track."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import gymnasium as gym

from reasoning_gym.checker import VERSION as CHECKER_VERSION
from reasoning_gym.env import ReasoningEnv
from reasoning_gym.family import Family, FromData, get_family
from reasoning_gym.mix import Mix, Part
from reasoning_gym.planning import Limits
from reasoning_gym.registration import ENTRY_POINT
from reasoning_leaderboard.entries import Track


class NotComparable(ValueError):
    """The results were made with other problems or by another checker than those here."""


def track_of(environment: ReasoningEnv, data: Path | None = None) -> Track:
    """The track of an environment that was made by its id.

    Args:
        environment: any, single family or mix.
        data: the file that its problems were read from, if they were.

    Raises:
        ValueError: if the environment has no id.
        OSError: if the data can't be read.
    """
    if environment.spec is None:
        raise ValueError("the environment has no id; make it with gymnasium.make")
    parts, limits = environment.mix.parts, environment.limits
    plain = all(part.weight == parts[0].weight for part in parts)
    return Track(
        env=environment.spec.id,
        families={part.family.name: part.family.version for part in parts},
        levels={part.family.name: part.levels for part in parts},
        weights={} if plain else {part.family.name: repr(part.weight) for part in parts},
        split=environment.mix.split,
        max_thoughts=limits.max_thoughts,
        max_thought_chars=limits.max_thought_chars,
        data=None if data is None else hashlib.sha256(data.read_bytes()).hexdigest(),
    )


def mix_of(track: Track, data: Path | None = None) -> Mix:
    """The problems of a track, by index.

    Args:
        track: from anyone.
        data: the file that its problems are read from, if they are.

    Raises:
        NotComparable: if a family, or the checker, has another version here, or the data is another.
        ValueError: for an unknown family or level.
    """
    hold_to_versions(track)
    if track.data is not None:
        if data is None:
            raise NotComparable(f"{track.env} reads its problems from a file; give the one with SHA-256 {track.data}")
        found = hashlib.sha256(data.read_bytes()).hexdigest()
        if found != track.data:
            raise NotComparable(f"{data} has SHA-256 {found}, but the track's data has {track.data}")
    if track.levels.keys() != track.families.keys() or not track.weights.keys() <= track.families.keys():
        raise ValueError("families, levels and weights of the track don't name the same families")
    weight = _weights(track)
    parts = [
        Part(_family(name, data), weight(name), tuple(sorted(set(track.levels[name]))))
        for name in sorted(track.families)
    ]
    for part in parts:
        if not part.levels or part.levels[-1] > part.family.levels:
            raise ValueError(f"{part.family.name} has levels 1 to {part.family.levels}, not {list(part.levels)}")
    return Mix(tuple(parts), track.split)


def limits_of(track: Track) -> Limits:
    """How many thoughts an episode of the track may have, and how long."""
    return Limits(track.max_thoughts, track.max_thought_chars)


def registered_families(env_id: str) -> frozenset[str] | None:
    """The names of the families that an id stands for; None if there is no such environment of this suite."""
    spec = gym.registry.get(env_id)
    drawn = None if spec is None or spec.entry_point != ENTRY_POINT else spec.kwargs.get("families")
    return frozenset([drawn] if isinstance(drawn, str) else drawn) if drawn else None


def hold_to_versions(track: Track) -> None:
    """Raise NotComparable, naming what differs, unless families and checker are those of the track.

    Raises:
        NotComparable: if one has another version here.
        ValueError: for an unknown family.
    """
    if track.checker != CHECKER_VERSION:
        raise NotComparable(
            f"the track is of version {track.checker} of the checker, which is at {CHECKER_VERSION} here"
        )
    for name, wanted in sorted(track.families.items()):
        here = get_family(name).version
        if here != wanted:
            raise NotComparable(f"the track is of version {wanted} of {name}, which is at {here} here")


def _family(name: str, data: Path | None) -> Family:
    family = get_family(name)
    return family.open(None if data is None else str(data)) if isinstance(family, FromData) else family


def _weights(track: Track) -> Callable[[str], float]:
    """The weight of each family; where the track names none, all are equal."""
    if not track.weights:
        return lambda name: 1.0
    weights = {name: _weight(text) for name, text in track.weights.items()}
    if weights.keys() != track.families.keys():
        raise ValueError("the track weighs some families and not others; weigh all or none")
    return weights.__getitem__


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight < float("inf") or repr(weight) != text:
        raise ValueError(f"the weight {text!r} isn't a positive number, spelled as Python spells it")
    return weight
