"""How the server is set up."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from reasoning_agents.config import from_table
from reasoning_leaderboard.archives import MIB
from reasoning_leaderboard.bounded import Bounds
from reasoning_leaderboard.store.limits import Rate

STORE: Final = "REASONING_LEADERBOARD_STORE"  # the address of the database, which may hold a password
SETTINGS: Final = "REASONING_LEADERBOARD_SETTINGS"  # all settings in JSON, as `serve` hands them to its workers
LAST_PORT: Final = 2**16 - 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server can be told; a TOML file's keys."""

    store: str = "sqlite:///leaderboard.sqlite"
    """Where everything is kept: `sqlite:///file` or `postgresql://user:password@host/database`."""
    host: str = "127.0.0.1"
    """The address to listen at. Beyond this machine, put a proxy in front that speaks TLS."""
    port: int = 8080
    """The port to listen at."""
    socket: str = ""
    """The path of a socket to listen at, instead of a port; what plays with the network closed still reaches it."""
    signing_key: str = "signing.key"
    """The file of the key by which challenges are signed; made if it isn't there. Keep it, and keep it secret."""
    workers: int = 2
    """Processes that answer requests."""
    verifiers: int = 1
    """Processes that verify submissions and judge sessions, each one at a time; 0 where they run on another machine."""
    archive_bytes: int = 17 * MIB
    """The largest archive of a submission."""
    json_bytes: int = MIB // 4
    """The largest request in JSON."""
    body_seconds: int = 60
    """How long a request's body may take to arrive."""
    uploads_at_once: int = 8
    """Archives that one worker holds in memory at once; others wait."""
    submissions: Rate = field(default_factory=lambda: Rate(burst=30, per_hour=30))
    """How many archives an account may send, and, counted apart, how many sessions it may open."""
    requests: Rate = field(default_factory=lambda: Rate(burst=1_000, per_hour=180_000))
    """How many requests may come from one address (of IPv6: one network of 64 bits)."""
    proxies: tuple[str, ...] = ("127.0.0.1",)
    """The proxies that are believed when they say whom they speak for."""
    verify_seconds: int = 900
    """How long verifying one submission, or judging one session, may take."""
    verify_memory: int = 3072 * MIB
    """How many bytes of address space verifying one submission, or judging one session, may take."""

    def __post_init__(self) -> None:
        for name, least in (("port", 0), ("verifiers", 0), *((name, 1) for name in _COUNTS)):
            value: int = getattr(self, name)
            if value < least:
                raise ValueError(f"{name} is {value}; it must be at least {least}")
        if self.port > LAST_PORT:
            raise ValueError(f"port is {self.port}; it must be at most {LAST_PORT}")

    @property
    def bounds(self) -> Bounds:
        """What verifying one submission, or judging one session, is held to."""
        return Bounds(self.verify_seconds, self.verify_memory)


_COUNTS: Final = (
    "workers",
    "archive_bytes",
    "json_bytes",
    "body_seconds",
    "uploads_at_once",
    "verify_seconds",
    "verify_memory",
)


def read_settings(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a TOML file, with the store that the environment names, if it does.

    Raises:
        OSError: if the file can't be read.
        ValueError: if it isn't TOML, or a key is unknown or has a value that it can't have; the message names the file.
    """
    settings = Settings() if path is None else _settings_in(path)
    return replace(settings, store=environment[STORE]) if STORE in environment else settings


def _settings_in(path: Path) -> Settings:
    try:
        return from_table(Settings, tomllib.loads(path.read_text(encoding="utf-8")))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} isn't text; name a file of settings in TOML") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def to_environment(settings: Settings) -> dict[str, str]:
    """The variables that hand settings on to another process."""
    return {SETTINGS: json.dumps(asdict(settings))}


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that another process handed on.

    Raises:
        ValueError: if it handed none on.
    """
    if SETTINGS not in environment:
        raise ValueError(f"{SETTINGS} isn't set; start the server by `serve`, which sets it")
    return from_table(Settings, json.loads(environment[SETTINGS]))
