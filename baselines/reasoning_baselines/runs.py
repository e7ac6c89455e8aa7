"""The folder of a run: what was asked, every finished episode, and a lock, so that a killed run can go on."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from reasoning_gym import episodes
from reasoning_gym.episodes import Episode

SCHEMA = 1  # of run.json; rises when a reader of an older one would misread it
RUN_FILE = "run.json"
EPISODES_FILE = "episodes.jsonl"
SAVE_EVERY = 5.0  # seconds of work that a killed run may leave out of its account of time
_PACKAGES = ("reasoning-gymnasium", "gymnasium", "numpy", "torch", "transformers", "stable-baselines3")


class RunError(ValueError):
    """The folder can't be used for this run; the message says why and what to do."""


@dataclass
class Run:
    """An open run: the lock is held until it is closed."""

    path: Path
    table: dict[str, Any]  # what run.json holds
    episodes: list[Episode]  # that are finished, in the order they finished
    _file: int  # descriptor of the locked file of episodes
    _begun: float | None = None  # when this process took it up, on the performance counter
    _saved: float = 0.0

    @property
    def seconds(self) -> float:
        """Wall-clock seconds of work, in all sessions."""
        *earlier, last = [0.0, *(session["seconds"] for session in self.table["sessions"])]
        return sum(earlier) + (last if self._begun is None else time.perf_counter() - self._begun)

    @property
    def finished(self) -> bool:
        """Whether the run was completed, now or before."""
        return bool(self.table["finished"])

    def append(self, finished: Sequence[Episode]) -> None:
        """Keep episodes that have ended; they are on the disk when this returns."""
        for episode in finished:
            episodes.write(self.path / EPISODES_FILE, episode)
        if finished:
            os.fsync(self._file)
            self.episodes += finished
        if time.perf_counter() - self._saved > SAVE_EVERY:
            self.save()

    def begin_session(self, command: str, **facts: object) -> None:
        """Note that work goes on now, by which command and with which software."""
        self._begun = time.perf_counter()
        started = datetime.now(UTC).isoformat(timespec="seconds")
        session = {"started": started, "seconds": 0.0, "command": command, **facts, "versions": software()}
        self.table["sessions"].append(session)
        self.save()

    def end_session(self) -> None:
        """Stop the clock."""
        self.save()
        self._begun = None

    def save(self) -> None:
        """Bring the account of time up to date on the disk."""
        self._saved = time.perf_counter()
        if self._begun is not None:
            self.table["sessions"][-1]["seconds"] = round(self._saved - self._begun, 3)
        _write_whole(self.path / RUN_FILE, self.table)

    def finish(self, totals: Mapping[str, Any]) -> None:
        """Note that all episodes are there, and what they come to."""
        self.table |= {
            "finished": True,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "totals": dict(totals),
        }
        self.save()


@contextmanager
def open_run(path: Path, configuration: Mapping[str, Any]) -> Generator[Run]:
    """Open the folder of a run, made if it isn't there, and hold its lock.

    Of an earlier, killed process every finished episode is kept; a torn last line is taken off.

    Raises:
        RunError: if another process works on it, or it holds the run of another configuration, or
            something that is no run.
        OSError: if the folder can't be made or written.
    """
    path.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path / EPISODES_FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, path)
        table = _agreeing_table(path, configuration)
        episodes.repair(path / EPISODES_FILE)
        yield Run(path, table, _read_episodes(path), descriptor)
    finally:
        os.close(descriptor)


def read_run(path: Path) -> dict[str, Any]:
    """What the run.json of a folder holds.

    Raises:
        RunError: if there is none, or none that can be read.
    """
    file = path / RUN_FILE
    try:
        table = episodes.parse_strictly(file.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{path} holds no {RUN_FILE}, so no run; give the folder that evaluate wrote") from error
    except ValueError as error:
        raise RunError(f"{file} can't be read: {error}") from error
    if not isinstance(table, dict) or not {"configuration", "sessions", "finished"} <= table.keys():
        raise RunError(f"{file} isn't the record of a run")
    known = cast("dict[str, Any]", table)
    if known.get("schema") != SCHEMA:
        raise RunError(f"{file} has schema {known.get('schema')!r}; this version reads {SCHEMA}; use another folder")
    return known


def software() -> dict[str, str]:
    """The versions of Python and of the packages that decide a result."""
    found = {"python": sys.version.split()[0]}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def differences(there: Mapping[str, Any], here: Mapping[str, Any], where: str = "") -> list[str]:
    """What differs between two tables, each as 'key is A there and B here'."""
    found: list[str] = []
    for key in sorted(there.keys() | here.keys()):
        old, new = there.get(key), here.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            tables = cast("tuple[Mapping[str, Any], Mapping[str, Any]]", (old, new))
            found += differences(*tables, f"{where}{key}.")
        elif old != new:
            found.append(f"{where}{key} is {_short(there.get(key))} there and {_short(here.get(key))} here")
    return found


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:36]} …"


def _lock(descriptor: int, path: Path) -> None:
    """Lock the file; the system lets go of it when the process ends, however it ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RunError(f"another process is working on {path}; wait for it, or give another folder") from error


def _agreeing_table(path: Path, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The record of the run, from the disk if there is one; it must be of this configuration."""
    wanted = cast("dict[str, Any]", json.loads(json.dumps(configuration)))
    if not (path / RUN_FILE).exists():
        if (path / EPISODES_FILE).stat().st_size:
            raise RunError(f"{path} holds episodes but no {RUN_FILE}; give another folder")
        return {"schema": SCHEMA, "configuration": wanted, "finished": False, "sessions": []}
    table = read_run(path)
    differing = differences(table["configuration"], wanted)
    if differing:
        raise RunError(f"{path} holds a run of another configuration: {'; '.join(differing)}. Give another folder")
    return table


def _read_episodes(path: Path) -> list[Episode]:
    try:
        return list(episodes.read(path / EPISODES_FILE))
    except ValueError as error:
        raise RunError(f"{error}; repair that line or give another folder") from error


def _write_whole(path: Path, table: Mapping[str, Any]) -> None:
    """Write a file so that a killed process leaves the old one or the new one, never a part."""
    new = path.with_suffix(".tmp")
    with new.open("w", encoding="utf-8") as file:
        json.dump(table, file, indent=2, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
