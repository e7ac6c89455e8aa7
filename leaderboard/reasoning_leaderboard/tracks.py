"""Tracks and environments: which track an environment's problems belong to, and the problems of a track."""

from __future__ import annotations

from collections.abc import Callable

import gymnasium as gym

from reasoning_gym.checker import VERSION as CHECKER_VERSION
from reasoning_gym.env import ReasoningEnv
from reasoning_gym.family import Family, FromData, get_family
from reasoning_gym.mix import Mix, Part
from reasoning_gym.planning import Limits
from reasoning_gym.registration import ENTRY_POINT
from reasoning_leaderboard.canonical import sha256
from reasoning_leaderboard.entries import LONGEST_THOUGHT, MOST_THOUGHTS, Track


class NotComparable(ValueError):
    """The results were made with other problems or by another checker than those here."""


def track_of(environment: ReasoningEnv) -> Track:
    """The track of an environment that was made by its id, be it a single family or a mix.

    Raises:
        ValueError: if the environment has no id.
    """
    if environment.spec is None:
        raise ValueError("the environment has no id; make it with gymnasium.make")
    parts, limits = environment.mix.parts, environment.limits
    plain = all(part.weight == 1.0 for part in parts)  # other equal weights make another mix
    return Track(
        env=environment.spec.id,
        families={part.family.name: part.family.version for part in parts},
        levels={part.family.name: part.levels for part in parts},
        weights={} if plain else {part.family.name: repr(part.weight) for part in parts},
        split=environment.mix.split,
        max_thoughts=limits.max_thoughts,
        max_thought_chars=limits.max_thought_chars,
        data=_data_of(environment.mix),
    )


def mix_of(track: Track, path: str | None = None) -> Mix:
    """The problems of a track, by index.

    Args:
        track: from anyone.
        path: where the data is, if its problems are read from a file; None for where they are looked for by default.

    Raises:
        NotComparable: if a family, or the checker, has another version here, or the data is another or isn't here.
        ValueError: for an unknown family or level.
    """
    hold_to_versions(track)
    if track.levels.keys() != track.families.keys() or not track.weights.keys() <= track.families.keys():
        raise ValueError("families, levels and weights of the track don't name the same families")
    weight = _weights(track)
    parts = [Part(_family(name, path), weight(name), track.levels[name]) for name in sorted(track.families)]
    for part in parts:
        if list(part.levels) != sorted(set(part.levels)):
            # the same problems would else be of several tracks, and whoever spells one alone be its first
            raise ValueError(f"the levels of {part.family.name} are {list(part.levels)}; name each once, in order")
        if not part.levels or part.levels[-1] > part.family.levels:
            raise ValueError(f"{part.family.name} has levels 1 to {part.family.levels}, not {list(part.levels)}")
    mix = Mix(tuple(parts), track.split)
    found = _data_of(mix)
    if found != track.data:
        raise NotComparable(f"the problems that were read from a file have the hash {found}, the track's {track.data}")
    return mix


def limits_of(track: Track) -> Limits:
    """How many thoughts an episode of the track may have, and how long."""
    return Limits(track.max_thoughts, track.max_thought_chars)


def hold_to_bounds(track: Track) -> None:
    """Raise a ValueError if episodes of the track may hold more than a board takes."""
    for name, value, most in (
        ("max_thoughts", track.max_thoughts, MOST_THOUGHTS),
        ("max_thought_chars", track.max_thought_chars, LONGEST_THOUGHT),
    ):
        if not 1 <= value <= most:
            raise ValueError(f"{name} is {value:,}; the board takes 1 to {most:,}")


def registered_families(env_id: str) -> frozenset[str] | None:
    """The names of the families that an id stands for; None if there is no such environment of this suite."""
    spec = gym.registry.get(env_id)
    drawn = None if spec is None or spec.entry_point != ENTRY_POINT else spec.kwargs.get("families")
    return frozenset([drawn] if isinstance(drawn, str) else drawn) if drawn else None


def judged_here(track: Track) -> Track:
    """The track of the same problems, judged by the checker that is here."""
    # a copy would keep the key that was computed of the other version
    return Track.model_validate({**track.model_dump(), "checker": CHECKER_VERSION})


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


def _family(name: str, path: str | None) -> Family:
    family = get_family(name)
    if not isinstance(family, FromData):
        return family
    try:
        return family.open(path)
    except ValueError as error:
        raise NotComparable(f"the problems of {name} can't be read here: {error}") from error


def _data_of(mix: Mix) -> str | None:
    """SHA-256 of all problems, in their order, if they were read from a file; None if they are made."""
    if not any(isinstance(part.family, FromData) for part in mix.parts):
        return None
    problems = (mix.problem(index)[1] for index in range(mix.size))
    return sha256(*(part for problem in problems for part in (problem.question.text, problem.answer)))


def _weights(track: Track) -> Callable[[str], float]:
    """The weight of each family; where the track names none, all are equal."""
    if not track.weights:
        return lambda name: 1.0
    weights = {name: _weight(text) for name, text in track.weights.items()}
    if weights.keys() != track.families.keys():
        raise ValueError("the track weighs some families and not others; weigh all or none")
    if set(weights.values()) == {1.0}:
        raise ValueError("all weights of the track are 1.0; leave them out")
    return weights.__getitem__


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight < float("inf") or repr(weight) != text:
        raise ValueError(f"the weight {text!r} isn't a positive number, spelled as Python spells it")
    return weight
