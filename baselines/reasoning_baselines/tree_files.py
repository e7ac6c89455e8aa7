"""Files of the trees that a search grew, one for each problem, as they lie in a run's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from reasoning_baselines.runs import RUN_FILE
from reasoning_gym.episodes import Episode, episode_from, parse_strictly

LARGEST: Final = 256 * 2**20  # bytes of a file of trees: what is larger is taken for none
_KEYS: Final = frozenset(("configuration", "episode", "trees"))


def tree_name(index: int) -> str:
    """The name, in a run's folder, of the file of the problem at an index."""
    return f"tree-{index}.json"


def write_tree_file(file: Path, table: Mapping[str, Any]) -> None:
    """Write a file of trees; a process that is killed leaves none.

    Raises:
        OSError: if it can't be written.
    """
    new = file.with_suffix(".tmp")
    new.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    new.replace(file)


def read_tree_file(file: Path) -> dict[str, Any] | None:
    """What a file of trees holds; None for any other file.

    Raises:
        OSError: if it can't be read.
    """
    if file.stat().st_size > LARGEST:
        return None
    try:
        table = parse_strictly(file.read_bytes())
    except ValueError:
        return None
    if not isinstance(table, dict):
        return None
    known = cast("dict[str, Any]", table)
    fits = known.keys() >= _KEYS and isinstance(known["trees"], list) and isinstance(known["configuration"], dict)
    return known if fits else None


def trees_in(folder: Path, episodes: Sequence[Episode]) -> dict[int, Sequence[object]]:
    """The trees in a folder's files whose episode has the same thoughts about the same problem.

    Args:
        folder: of a run.
        episodes: of the run.

    Returns:
        The tree before each thought, by the place of the episode.

    Raises:
        OSError: if a file can't be read.
    """
    places = {(episode.address, episode.thoughts): place for place, episode in enumerate(episodes)}
    found: dict[int, Sequence[object]] = {}
    for file in sorted(folder.glob("*.json")):
        table = None if file.name == RUN_FILE else read_tree_file(file)
        if table is None:
            continue
        try:
            episode = episode_from(table["episode"])
        except ValueError:
            continue
        place = places.get((episode.address, episode.thoughts))
        if place is not None:
            found[place] = table["trees"]
    return found
