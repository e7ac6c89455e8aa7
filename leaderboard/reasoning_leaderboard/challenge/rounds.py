"""A round: secret problems that neither the server nor the client can choose.

The server draws a key and publishes a commitment to it, together with all else that decides problems and
rewards. A session's problems are drawn from the key and from the session's name, which is a hash of what the
client chose. So the server can't choose problems for a client once it has committed itself, and a client can't
compute problems before the key is revealed; after that anyone can compute everything again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import accumulate
from typing import Annotated, Final, Literal, NamedTuple, Self, TypeAlias

from pydantic import Field, model_validator

import reasoning_gym
from reasoning_gym.env import ReasoningEnv
from reasoning_gym.family import Family, FromData, generator_from, get_family
from reasoning_gym.mix import Mix
from reasoning_gym.problem import Problem
from reasoning_leaderboard.canonical import framed, sha256
from reasoning_leaderboard.entries import (
    MOST_EPISODES,
    AgentCard,
    Hash,
    Identifier,
    Level,
    Name,
    Strict,
    Track,
)
from reasoning_leaderboard.tracks import (
    NotComparable,
    hold_to_bounds,
    hold_to_versions,
    mix_of,
    registered_families,
    track_of,
)

MOST_SESSIONS: Final = 100  # of an account in a round
MOST_PLAYED: Final = 20_000_000  # episodes of all sessions of a round, so that anyone can audit it
KEY_BYTES: Final = 32  # 256 bits: a key can't be searched for
PINNED: Final = ("reasoning-gymnasium", "gymnasium", "numpy", "sympy")  # packages that decide problems and verdicts

RoundState: TypeAlias = Literal["open", "closed", "revealed"]


class Stratum(Strict):
    """So many problems of one family at one level."""

    family: Identifier
    level: Level
    episodes: Annotated[int, Field(ge=1, le=MOST_EPISODES)]


class Manifest(Strict):
    """All that decides the problems of a round and their rewards, but for the key."""

    format: Literal[1] = 1  # of rounds; rises when a reader of an older one would misread it
    round: Identifier
    track: Track
    strata: Annotated[tuple[Stratum, ...], Field(min_length=1, max_length=10_000)]
    source: Hash  # of the suite's source
    pins: Annotated[Mapping[Name, Name], Field(max_length=100)]  # versions of packages
    problems: Literal["own", "common"] = "own"  # whether each session has its own, or all have the same

    @model_validator(mode="after")
    def _hold_to_most(self) -> Self:
        if self.episodes > MOST_EPISODES:
            raise ValueError(f"a session would have {self.episodes:,} episodes; {MOST_EPISODES:,} are the limit")
        return self

    @property
    def episodes(self) -> int:
        """How many a session has."""
        return self._ends[-1]

    def stratum(self, episode: int) -> Stratum:
        """The stratum that an episode belongs to.

        Raises:
            ValueError: if the index is out of range.
        """
        if not 0 <= episode < self.episodes:
            raise ValueError(f"episode is {episode}; the round has episodes 0 to {self.episodes - 1}")
        return self.strata[bisect_right(self._ends, episode)]

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(stratum.episodes for stratum in self.strata))


class SecretProblem(NamedTuple):
    """A problem of a session, and the family that it is of."""

    family: Family
    problem: Problem


def new_key() -> bytes:
    """A key for a round, from the system's secret randomness."""
    return secrets.token_bytes(KEY_BYTES)


def manifest_of(round_name: str, environment: ReasoningEnv, episodes: int, *, common: bool = False) -> Manifest:
    """The manifest of a round on an environment: families and levels in proportion to the environment's weights.

    Raises:
        ValueError: if the environment isn't of the test split, reads its problems from a file, has no id, allows more
            thoughts or longer ones than a board takes, or has more families and levels than there are episodes.
    """
    mix = environment.mix
    if mix.split != "test":
        raise ValueError(f"the environment is of split {mix.split!r}; a round needs split='test'")
    if any(isinstance(part.family, FromData) for part in mix.parts):
        raise ValueError("the environment reads its problems from a file, so they are no secret; choose another")
    track = track_of(environment)
    hold_to_bounds(track)
    return Manifest(
        round=round_name,
        track=track,
        strata=_strata(mix, episodes),
        source=source_digest(),
        pins={name: version(name) for name in PINNED},
        problems="common" if common else "own",
    )


def commitment(manifest: Manifest, key: bytes) -> str:
    """What is published before a round opens: it fixes the key and the manifest without telling the key."""
    return sha256("v1", manifest.round, manifest.written(), key)


def session_name(commit: str, account: str, card: AgentCard, nonce: str) -> str:
    """The name of a session: whoever knows what was said when it was opened can compute it."""
    return sha256("session", commit, account, card.written(), nonce)


def problem_of(manifest: Manifest, key: bytes, session: str, episode: int) -> SecretProblem:
    """The problem of an episode: HMAC-SHA-256 under the key of session, episode, family@version and level.

    Where all sessions have the same problems, the session's name counts for nothing.

    Raises:
        ValueError: if the index is out of range.
        NotComparable: if the family has another version here.
    """
    stratum = manifest.stratum(episode)
    family = get_family(stratum.family)
    if family.version != manifest.track.families.get(stratum.family):
        raise NotComparable(f"the round isn't of version {family.version} of {family.name}, which is here")
    whose = session if manifest.problems == "own" else manifest.round
    place = framed(whose, str(episode), f"{family.name}@{family.version}", str(stratum.level))
    drawn = hmac.new(key, place, hashlib.sha256).digest()
    return SecretProblem(family, family.draw(generator_from(drawn), "test", stratum.level))


def hold_to_manifest(manifest: Manifest) -> None:
    """Raise NotComparable, naming what differs, unless this software makes and judges the round's problems.

    The source and the packages may differ in what decides nothing, so they are told (`differences`), not refused.

    Raises:
        NotComparable: if a family, or the checker, has another version here.
        ValueError: for an unknown family, one that reads its problems from a file, a level that its family hasn't,
            limits that no board takes, another environment's name, or strata that aren't the track's by weight: a
            round of easier problems would else stand beside others of the track.
    """
    track = manifest.track
    hold_to_versions(track)
    hold_to_bounds(track)
    for name in track.families:
        if isinstance(get_family(name), FromData):
            raise ValueError(f"{name} reads its problems from a file, so they are no secret")
    if track.split != "test" or set(registered_families(track.env) or ()) != set(track.families):
        raise ValueError(f"the round isn't of the test split of {track.env}, with all its families and no others")
    if manifest.strata != _strata(mix_of(track), manifest.episodes):
        raise ValueError(f"the strata aren't those of {manifest.episodes:,} episodes of the round's track")


def differences(manifest: Manifest) -> list[str]:
    """What of the source and the packages is other here than in the manifest, for a person to judge."""
    here = {name: version(name) for name in PINNED}
    told = [
        f"{name} is {wanted} there and {here.get(name, 'not looked at')} here"
        for name, wanted in manifest.pins.items()
        if here.get(name) != wanted
    ]
    if manifest.source != source_digest():
        told.append("the suite's source differs")
    return told


@cache
def source_digest() -> str:
    """SHA-256 of the suite's source, file by file, as it is installed here."""
    return sha256(*(part for name, data in sorted(_sources(files(reasoning_gym), "")) for part in (name, data)))


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        name = f"{path}/{each.name}"
        if each.is_dir() and each.name != "__pycache__":
            found += _sources(each, name)
        elif each.name.endswith(".py"):
            found.append((name, each.read_bytes()))
    return found


def _strata(mix: Mix, episodes: int) -> tuple[Stratum, ...]:
    """Episodes shared out over families and levels by weight: Hamilton's method of largest remainders."""
    places = [(part.family.name, level, part.weight / len(part.levels)) for part in mix.parts for level in part.levels]
    if not len(places) <= episodes <= MOST_EPISODES:
        raise ValueError(
            f"episodes is {episodes}; give {len(places)} (one for each family and level) to {MOST_EPISODES}"
        )
    total = sum(weight for *_, weight in places)
    shares = [(episodes - len(places)) * weight / total for *_, weight in places]
    counts = [1 + int(share) for share in shares]  # each place has one at least
    by_remainder = sorted(range(len(places)), key=lambda i: (int(shares[i]) - shares[i], i))
    for i in by_remainder[: episodes - sum(counts)]:
        counts[i] += 1
    return tuple(
        Stratum(family=name, level=level, episodes=count)
        for (name, level, _), count in zip(places, counts, strict=True)
    )
