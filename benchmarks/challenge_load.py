"""Loads challenges: many sessions at once, the round's reveal, and its audit, on SQLite and PostgreSQL.

    PYTHONPATH=tests:benchmarks python benchmarks/challenge_load.py --sessions 40 --episodes 25

Everything runs on this machine: clients, two workers, the database, with fsync as in use. Every thought is on the disk
before its reply. Fails if the audit finds anything.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from challenge_rounds import KEY, SIGNING, manifest
from leaderboard_load import DATABASES, SETTINGS, database, prepared
from real_servers import running

from reasoning_leaderboard.challenge.audit import audit
from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.store import open_store
from reasoning_leaderboard.store.revealing import reveal
from reasoning_leaderboard.store.rounds import archive_pieces, open_round
from reasoning_leaderboard.store.scoring import judge_session

THOUGHTS = ("4x = 12, so that x is a number that can be told", "Answer: 3")


def play(url: str, secret: str, number: int, episodes: int) -> list[float]:
    """Play a session; the seconds that each request took."""
    headers, address, took = {"Authorization": f"Bearer {secret}"}, urlsplit(url), list[float]()
    with closing(HTTPConnection(address.hostname or "", address.port, timeout=120)) as connection:

        def post(path: str, body: object = None) -> Any:
            begin = time.monotonic()
            connection.request("POST", f"/api/{path}", json.dumps(body or {}), headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            took.append(time.monotonic() - begin)
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {told}")
            return told

        session = post("rounds/spring/sessions", {"card": {"name": "load"}, "nonce": f"{number:064x}"})["session"]
        for episode in range(episodes):
            post(f"sessions/{session}/episodes/{episode}")
            for step, thought in enumerate(THOUGHTS, 1):
                post(f"sessions/{session}/steps", {"episode": episode, "step": step, "thought": thought})
        post(f"sessions/{session}/close")
    return took


def load(name: str, url: str, log: Path, sessions: int, episodes: int, clients: int) -> None:
    secret = prepared(url)
    store = open_store(url)
    open_round(store, manifest(episodes), KEY, SIGNING, now=utc_now(), lasts=timedelta(days=1))
    with running(replace(SETTINGS, store=url), log) as server, ThreadPoolExecutor(clients) as pool:
        begin = time.monotonic()
        each = pool.map(lambda number: play(server.url, secret, number, episodes), range(sessions))
        took = sorted(second for seconds in each for second in seconds)
        seconds = time.monotonic() - begin
    begin = time.monotonic()
    reveal(store, "spring", SIGNING, partial(judge_session, store), now=utc_now())
    revealed = time.monotonic() - begin
    archive = b"".join(archive_pieces(store, "spring"))
    begin = time.monotonic()
    found = audit(io.BytesIO(archive))
    audited = time.monotonic() - begin
    store.close()
    if not found.holds or found.sessions != sessions or found.steps != sessions * episodes * (1 + len(THOUGHTS)):
        raise SystemExit(f"{name}: {found.findings[:5]}, {found.sessions} sessions, {found.steps} steps")
    median, slow = statistics.median(took), took[int(0.99 * len(took))]
    print(
        f"{name}: {sessions} sessions of {episodes} episodes by {clients} clients at once: {len(took) / seconds:.0f} "
        f"requests/s, median {median * 1000:.0f} ms, p99 {slow * 1000:.0f} ms; revealed in {revealed:.1f} s, "
        f"{len(archive) / found.steps:.0f} bytes a step; audited in {audited:.1f} s, "
        f"{found.steps / audited:,.0f} steps/s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--episodes", type=int, default=25)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--on", nargs="+", choices=DATABASES, default=DATABASES)
    asked = parser.parse_args()
    for name in asked.on:
        # a socket's path must be short
        folder = Path(tempfile.mkdtemp(prefix="board-", dir="/tmp"))
        with database(name, folder) as (url, _):
            load(name, url, folder / "log", asked.sessions, asked.episodes, asked.clients)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
