"""Recomputes the verdict of every recorded episode from its thoughts; what was claimed counts for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from reasoning_baselines.runs import EPISODES_FILE, RunError
from reasoning_gym.episodes import Episode, read, replay, transcript
from reasoning_gym.problem import Verdict
from reasoning_gym.rendering import Shown, as_text, printable


class Disagreement(NamedTuple):
    """An episode whose record doesn't hold."""

    where: str  # file and number of the episode, from 1
    address: str
    what: str


@dataclass
class Replayed:
    """What came of replaying a file."""

    episodes: int = 0
    correct: int = 0  # as recomputed
    disagreements: list[Disagreement] = field(default_factory=list[Disagreement])


def replay_folder(
    folder: Path, *, path: str | None = None, watch: Callable[[Replayed], None] | None = None
) -> Replayed:
    """Replay every episode of a run's folder, or of one file of episodes.

    Args:
        folder: that holds episodes.jsonl, or the file itself.
        path: where the data is, for families that read their problems from a file.
        watch: called after each episode.

    Raises:
        RunError: if there is no such file, or a line of it isn't an episode.
    """
    file = _file(folder)
    found = Replayed()
    try:
        for number, episode in enumerate(read(file), 1):
            _replay_one(episode, f"{file.name}:{number}", path, found)
            if watch is not None:
                watch(found)
    except ValueError as error:
        raise RunError(str(error)) from error
    return found


def transcripts(folder: Path, shown: Shown) -> Iterator[str]:
    """Every episode of a run's folder, or of one file, as recorded: its address, and its transcript.

    Raises:
        RunError: as `replay_folder`.
    """
    try:
        for episode in read(_file(folder)):
            yield f"{printable(episode.address)}\n{as_text(transcript(episode), shown)}"
    except ValueError as error:
        raise RunError(str(error)) from error


def _file(folder: Path) -> Path:
    file = folder / EPISODES_FILE if folder.is_dir() else folder
    if not file.is_file():
        raise RunError(f"there is no {file}; give a folder that evaluate or RecordEpisodes wrote")
    return file


def _replay_one(episode: Episode, where: str, path: str | None, found: Replayed) -> None:
    """Count one episode, and what is wrong with it."""
    found.episodes += 1
    try:
        verdict = replay(episode, path=path)
    except ValueError as error:
        found.disagreements.append(Disagreement(where, episode.address, str(error)))
        return
    found.correct += verdict.correct
    what = claimed_wrongly(episode, verdict)
    if what:
        found.disagreements.append(Disagreement(where, episode.address, what))


def claimed_wrongly(episode: Episode, verdict: Verdict) -> str:
    """What the record claims and the thoughts don't bear out; nothing if they agree."""
    if episode.status != verdict.status:
        return f"recorded as {episode.status}, is {verdict.status}" + (f": {verdict.reason}" if verdict.reason else "")
    reward = 1.0 if verdict.correct else 0.0
    if episode.reward != reward:
        return f"recorded with a reward of {episode.reward:g}, is worth {reward:g}"
    return ""
