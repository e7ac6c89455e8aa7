"""Databases for the tests of the leaderboard: SQLite, and a PostgreSQL server of the tests' own."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

NUMBERS = itertools.count()
USER = "postgres"  # as whom the server runs where the tests run as root, which it refuses


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, if it is installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def run_as_server(*command: str | Path) -> None:
    """Run a program as the user that the server may run as."""
    as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_user, *map(str, command)], capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")


def start_postgresql(
    folder: Path, bin_folder: Path, *options: str, environment: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Start a server that listens on a socket in a folder alone; the address of its database `postgres`."""
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    run_as_server(bin_folder / "initdb", "-D", folder / "data", "-A", "trust", "-U", "tests", "--no-sync")
    settings = f"-k {folder} -h '' -c max_connections=200 {' '.join(options)}"
    start = (bin_folder / "pg_ctl", "-D", folder / "data", "-o", settings, "-l", folder / "log", "-w", "-t", "60")
    run_as_server("env", *(f"{name}={value}" for name, value in environment.items()), *start, "start")
    return f"postgresql://tests@/postgres?host={folder}"


def restart_postgresql(folder: Path, bin_folder: Path) -> None:
    """Stop a server at once, if it still runs, and start it as before; it recovers what it acknowledged."""
    run_as_server(
        bin_folder / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-l", folder / "log", "-w", "restart"
    )


def stop_postgresql(folder: Path, bin_folder: Path) -> None:
    """Stop a server and wait until it is gone."""
    run_as_server(bin_folder / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")


def programs_or_skip() -> Path:
    """The folder of PostgreSQL's server programs; skips the test that asks where they can't be run."""
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL's server isn't installed; on Debian, apt-get install postgresql")
    if os.geteuid() == 0 and USER not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip(f"PostgreSQL doesn't run as root, and there is no user {USER}")
    return bin_folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that is there for as long as the tests run."""
    bin_folder = programs_or_skip()
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir="/tmp"))  # a socket's path must be short
    url = start_postgresql(folder, bin_folder, "-c fsync=off")
    yield url
    stop_postgresql(folder, bin_folder)
    shutil.rmtree(folder)


def new_database(server: str) -> str:
    """The address of a new database."""
    import psycopg

    name = f"board_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def emptied(url: str) -> str:
    """The address of a database all of whose tables are empty now, which their triggers would forbid."""
    import psycopg

    from reasoning_leaderboard.store.tables import Base

    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY CASCADE")
    return url


@pytest.fixture(scope="session")
def migrated(postgresql: str) -> str:
    """The address of a database with all tables."""
    from reasoning_leaderboard.store import open_store

    url = new_database(postgresql)
    open_store(url).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/board.sqlite"
    return emptied(request.getfixturevalue("migrated"))


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address at which a store of each kind can be made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/board.sqlite"
    return new_database(request.getfixturevalue("postgresql"))
