"""Loads the leaderboard's server: many submissions at once, and kills meanwhile, on SQLite and PostgreSQL.

    PYTHONPATH=tests python benchmarks/leaderboard_load.py --submissions 1000 --clients 1000 --kills 50

Everything runs on this machine: clients, two workers, the database, with fsync as in use. Prints submissions a second
and seconds until the acknowledgement; fails if one that was acknowledged is missing, double, or has a loose end.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from leaderboard_fixtures import new_database, programs, start_postgresql, stop_postgresql
from load import acknowledged_under_kills, missing, send_all
from real_servers import PLENTY, running

from reasoning_leaderboard.accounts import Scope, issue_token, open_account
from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import open_store

DATABASES = ("SQLite", "PostgreSQL")
SETTINGS = Settings(workers=2, verifiers=0, submissions=PLENTY, requests=PLENTY)


@contextmanager
def database(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The addresses of two empty databases in a folder."""
    if name == "SQLite":
        yield f"sqlite:///{folder}/first.sqlite", f"sqlite:///{folder}/second.sqlite"
        return
    server, bin_folder = folder / "postgresql", programs()
    if bin_folder is None:
        raise SystemExit("PostgreSQL's server isn't installed; install it, or leave it out by --on SQLite")
    folder.chmod(0o755)  # its user must get to its own
    server.mkdir()
    url = start_postgresql(server, bin_folder)
    try:
        yield new_database(url), new_database(url)
    finally:
        stop_postgresql(server, bin_folder)


def prepared(url: str) -> str:
    store = open_store(url)
    open_account(store, "ada", now=utc_now())
    secret = issue_token(store, "ada", [Scope.SUBMIT], now=utc_now())
    store.close()
    return secret


def load(name: str, url: str, log: Path, submissions: int, clients: int, size: int) -> None:
    secret = prepared(url)
    archives = [(b"%d " % number).ljust(size, b"x") for number in range(submissions)]
    with running(replace(SETTINGS, store=url), log) as server:
        begin = time.monotonic()
        sent = send_all(server.url, secret, archives, clients)
        seconds = time.monotonic() - begin
    statuses = {status for status, _, _ in sent}
    kept = {identity: archive for (_, identity, _), archive in zip(sent, archives, strict=True)}
    wrong = missing(url, kept)
    if statuses != {202} or len(kept) != submissions or wrong:
        raise SystemExit(f"{name}: statuses {statuses}, {len(kept)} kept of {submissions}, {wrong[:5]}")
    took = sorted(second for _, _, second in sent)
    median, slow = statistics.median(took), took[int(0.99 * len(took))]
    print(
        f"{name}: {submissions} submissions of {size} bytes by {clients} clients at once, all kept once: "
        f"{submissions / seconds:.0f}/s, median {median:.2f} s, p99 {slow:.2f} s"
    )


def kill(name: str, url: str, log: Path, kills: int, between: int) -> None:
    settings = replace(SETTINGS, store=url)
    kept = acknowledged_under_kills(settings, prepared(url), log, kills=kills, between=between)
    wrong = missing(url, kept)
    if wrong:
        raise SystemExit(f"{name}: {wrong[:5]}")
    print(
        f"{name}: {kills} kills while 8 clients sent, {len(kept)} submissions acknowledged, none missing, no loose end"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--size", type=int, default=20_000, help="of an archive, bytes")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--between", type=int, default=40, help="acknowledgements before each kill")
    parser.add_argument("--on", nargs="+", choices=DATABASES, default=DATABASES)
    asked = parser.parse_args()
    for name in asked.on:
        # a socket's path must be short
        with tempfile.TemporaryDirectory(prefix="board-", dir="/tmp") as folder:
            log = Path(folder) / "log"
            with database(name, Path(folder)) as (first, second):
                if asked.submissions:
                    load(name, first, log, asked.submissions, asked.clients, asked.size)
                if asked.kills:
                    kill(name, second, log, asked.kills, asked.between)


if __name__ == "__main__":
    main()
