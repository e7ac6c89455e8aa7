"""Many clients at once, and what they were told, for tests and benchmarks."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from real_servers import RealServer, start
from sqlalchemy import select

from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import open_store
from reasoning_leaderboard.store.submissions import State, archive_of
from reasoning_leaderboard.store.tables import EntryRow, JobRow, SubmissionRow

CLIENTS = 16  # that send at once in a test


def send_all(url: str, secret: str, archives: Sequence[bytes], clients: int = CLIENTS) -> list[tuple[int, str, float]]:
    """Send archives, so many at once: for each its status, its id, and the seconds it took."""
    headers, address = {"Authorization": f"Bearer {secret}"}, urlsplit(url)

    def send(archive: bytes) -> tuple[int, str, float]:
        begin = time.monotonic()
        # the standard library's client, as the others take more of the processor than the server
        with closing(HTTPConnection(address.hostname or "", address.port, timeout=120)) as connection:
            connection.request("POST", "/api/submissions", archive, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
        return answer.status, told.get("id", str(told)), time.monotonic() - begin

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(send, archives))


def acknowledged_under_kills(
    settings: Settings, secret: str, log: Path, *, kills: int, between: int
) -> dict[str, bytes]:
    """What was acknowledged by a server that is killed, and started again, while many send to it.

    Args:
        settings: of the server.
        secret: a token.
        log: where the server writes its log.
        kills: how often it is killed.
        between: how many acknowledgements there are at least before each kill.
    """
    kept: dict[str, bytes] = {}
    numbers = itertools.count()
    for _ in range(kills):
        server = start(settings, log)
        _send_until_killed(server, secret, kept, numbers, between)
    return kept


def _send_until_killed(
    server: RealServer, secret: str, kept: dict[str, bytes], numbers: itertools.count[int], between: int
) -> None:
    goal, enough = len(kept) + between, threading.Event()

    def send() -> None:
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {secret}"}, timeout=120) as client:
            while True:
                archive = b"%d" % next(numbers) * 1000
                try:
                    answer = client.post("/api/submissions", content=archive)
                except httpx.TransportError:
                    return
                if answer.status_code != 202:
                    raise RuntimeError(answer.text)
                kept[answer.json()["id"]] = archive
                if len(kept) >= goal:
                    enough.set()

    with ThreadPoolExecutor(8) as pool:
        sending = [pool.submit(send) for _ in range(8)]
        enough.wait(120)
        server.kill()
        for each in sending:
            each.result()


def missing(url: str, kept: Mapping[str, bytes]) -> list[str]:
    """What is wrong with a store that has acknowledged these: archives that aren't there as sent, and loose ends."""
    store = open_store(url)
    wrong = [f"{identity} isn't there" for identity, archive in kept.items() if archive_of(store, identity) != archive]
    with store.reading() as session:
        jobs = set(session.scalars(select(JobRow.submission)))
        entered = set(session.scalars(select(EntryRow.submission)))
        for row in session.scalars(select(SubmissionRow)):
            loose = {State.PENDING: row.id not in jobs, State.VERIFIED: row.id not in entered}
            wrong += [f"{row.id} is {row.state} and nobody knows"] if loose.get(State(row.state)) else []
    store.close()
    return wrong
