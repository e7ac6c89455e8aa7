"""The pages of a run, or of the trees of one problem: what a folder or a file holds, with every verdict recomputed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from reasoning_baselines.replaying import claimed_wrongly
from reasoning_baselines.runs import EPISODES_FILE, RUN_FILE, RunError, read_run
from reasoning_baselines.tree_files import read_tree_file, trees_in
from reasoning_gym.episodes import Episode, episode_from, problem_at, read, replay
from reasoning_gym.family import Family
from reasoning_gym.problem import Address, Problem, Verdict
from reasoning_leaderboard.entries import Spent
from reasoning_leaderboard.pages.entry_pages import ShownRun
from reasoning_leaderboard.pages.site import RunSite
from reasoning_leaderboard.pages.transcripts import place_of, transcripts_of

MOST_TOLD: Final = 20  # records that don't hold
MOST_CHARS: Final = 300  # of a fact about the run


@dataclass(frozen=True)
class Recorded:
    """What lies in a folder or a file."""

    configuration: Mapping[str, Any]  # as plain values; empty where none was kept
    command: str
    episodes: Sequence[Episode]
    trees: Mapping[int, Sequence[object]]  # by the place of their episode


def run_site(place: Path, *, path: str | None = None, watch: Callable[[int, int], None] | None = None) -> RunSite:
    """The pages of what lies at a place.

    Args:
        place: a folder that `evaluate` wrote, a file of episodes, or a file that `tree` wrote. Files of trees in the
            folder are shown with the episodes that they are of.
        path: where the data is, for families that read their problems from a file.
        watch: called with how many verdicts are recomputed, and of how many.

    Raises:
        RunError: if nothing of the kind lies there, or it can't be read.
        OSError: if a file can't be read.
    """
    recorded = _recorded(place)
    verdicts: list[Verdict | None] = []
    wrong: list[str] = []
    for number, episode in enumerate(recorded.episodes, 1):
        verdict, complaint = _recomputed(episode, path)
        verdicts.append(verdict)
        wrong += [f"episode {number}, {episode.address[:80]}: {complaint}"] if complaint else []
        if watch is not None:
            watch(number, len(recorded.episodes))

    def problem(place: int) -> tuple[Family, Problem]:
        found, family = problem_at(Address.parse(recorded.episodes[place].address), path)
        return family, found

    more = [f"and {len(wrong) - MOST_TOLD:,} more"] if len(wrong) > MOST_TOLD else []
    return RunSite(
        ShownRun(
            title=_title(recorded.configuration, place),
            facts=tuple(_facts(recorded.configuration)),
            command=recorded.command,
            cells=_cells(recorded.episodes, verdicts),
            spent=_spent(recorded.episodes),
            disagreements=(*wrong[:MOST_TOLD], *more),
            transcripts=transcripts_of(recorded.episodes, problem, reveal=True, trees=recorded.trees),
        )
    )


def _recorded(place: Path) -> Recorded:
    if place.is_dir():
        return _folder(place)
    if not place.is_file():
        raise RunError(f"there is no {place}; give a folder that evaluate wrote, or a file that tree wrote")
    if place.suffix == ".jsonl":
        return Recorded({}, "", _episodes(place), {})
    table = read_tree_file(place)
    if table is None:
        raise RunError(f"{place} holds no trees; give a file that `tree --out` wrote, a folder, or a file of episodes")
    try:
        return Recorded(table["configuration"], "", [episode_from(table["episode"])], {0: table["trees"]})
    except ValueError as error:
        raise RunError(f"{place}: {error}") from error


def _folder(folder: Path) -> Recorded:
    """A run's folder, with the trees of its episodes that lie there too."""
    if not (folder / EPISODES_FILE).is_file():
        raise RunError(f"there is no {folder / EPISODES_FILE}; give a folder that evaluate or RecordEpisodes wrote")
    table: dict[str, Any] = read_run(folder) if (folder / RUN_FILE).exists() else {}
    sessions = cast("list[dict[str, Any]]", table.get("sessions", []))
    episodes = _episodes(folder / EPISODES_FILE)
    return Recorded(
        configuration=cast("Mapping[str, Any]", table.get("configuration", {})),
        command=str(sessions[0].get("command", "")) if sessions else "",
        episodes=episodes,
        trees=trees_in(folder, episodes),
    )


def _episodes(file: Path) -> list[Episode]:
    try:
        return list(read(file))
    except ValueError as error:
        raise RunError(str(error)) from error


def _recomputed(episode: Episode, path: str | None) -> tuple[Verdict | None, str]:
    """The verdict on an episode, and what is wrong with its record."""
    try:
        verdict = replay(episode, path=path)
    except ValueError as error:
        return None, f"counted as wrong: {error}"
    return verdict, claimed_wrongly(episode, verdict)


def _cells(episodes: Sequence[Episode], verdicts: Sequence[Verdict | None]) -> tuple[tuple[str, int, int, int], ...]:
    """Family, level, how many episodes there are, and how many of them are correct."""
    counts, right = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for episode, verdict in zip(episodes, verdicts, strict=True):
        cell = place_of(episode)
        counts[cell] += 1
        right[cell] += verdict is not None and verdict.correct
    return tuple((*cell, count, right[cell]) for cell, count in sorted(counts.items()))


def _spent(episodes: Sequence[Episode]) -> Spent:
    total = Counter[str]()
    for episode in episodes:
        total.update({name: count for name, count in episode.cost.items() if name in Spent.model_fields})
    return Spent(**total)


def _title(configuration: Mapping[str, Any], place: Path) -> str:
    if not configuration:
        return place.name
    return f"{configuration.get('agent', 'an agent')} on {configuration.get('env_id', 'an environment')}"


def _facts(configuration: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What was run, as names and values, tables inside it line by line."""
    for name, value in configuration.items():
        if isinstance(value, dict):
            told = ", ".join(f"{key} {inner}" for key, inner in cast("dict[str, Any]", value).items())
        else:
            told = "none" if value is None else str(value)
        yield name.replace("_", " "), told if len(told) <= MOST_CHARS else f"{told[:MOST_CHARS]}…"
