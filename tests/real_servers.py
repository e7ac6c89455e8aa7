"""Servers in processes of their own, as they run for people, for tests and benchmarks to be hard on."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import httpx
from challenge_rounds import SIGNING
from fastapi import APIRouter, Depends, FastAPI

from reasoning_leaderboard.boards import LiveBoard
from reasoning_leaderboard.entries import AgentCard
from reasoning_leaderboard.pages.serving import pages_router
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.bodies import json_of, takes_json
from reasoning_leaderboard.server.challenge import challenge_router
from reasoning_leaderboard.server.settings import Settings, from_environment, to_environment
from reasoning_leaderboard.store import open_store
from reasoning_leaderboard.store.limits import Rate

PATIENCE = 120.0  # seconds
PLENTY = Rate(burst=10**6, per_hour=10**9)
PRETEND = "pretend_verifiers:by_word"
RUN = """
import importlib, sys
from reasoning_leaderboard.server.serving import serve
from reasoning_leaderboard.server.settings import from_environment
module, name = sys.argv[1].split(":")
serve(from_environment(), getattr(importlib.import_module(module), name), app="real_servers:app")
"""
router = APIRouter()


Card = Annotated[AgentCard, Depends(json_of(AgentCard))]


@router.post("/api/cards", openapi_extra=takes_json(AgentCard))
def card(card: Card) -> AgentCard:
    """Answers a record with itself."""
    return card


def app() -> FastAPI:
    """The server's app as it runs for people, with an address that takes JSON besides."""
    settings = from_environment()
    store = open_store(settings.store)
    routers = (router, challenge_router(SIGNING), pages_router(LiveBoard(store)))
    return make_app(store, settings, routers)


@dataclass(frozen=True)
class RealServer:
    """A server that runs."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End all its processes at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def memory(self) -> dict[int, int]:
        """The most memory that each of its processes has had, bytes by process."""
        return {pid: _peak(pid) for pid in _group(self.process.pid)}

    def grown(self, before: Mapping[int, int]) -> int:
        """How many more bytes the processes that were there before have had since."""
        return sum(peak - before[pid] for pid, peak in self.memory().items() if pid in before)


def _group(leader: int) -> list[int]:
    """The processes that one has started and that are still of its group, itself among them."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if int(path.read_text().rpartition(")")[2].split()[2]) == leader:
                found.append(int(path.parent.name))
    return found


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(
    settings: Settings, log: Path, environment: Mapping[str, str] | None = None, verify: str = PRETEND
) -> RealServer:
    """A server that answers."""
    settings = replace(settings, port=free_port())
    here = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])}
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, verify],
            env={**os.environ, **here, **to_environment(settings), **(environment or {})},
            stdout=file,
            stderr=file,
            cwd=log.parent,  # where the key of challenges is made
            start_new_session=True,
        )
    server = RealServer(f"http://127.0.0.1:{settings.port}", settings.port, process, log)
    begin = time.monotonic()
    while True:
        try:
            httpx.get(f"{server.url}/api/health").raise_for_status()
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() - begin > PATIENCE:
                server.kill()
                raise RuntimeError(f"the server didn't start: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)
        else:
            return server


@contextmanager
def running(
    settings: Settings, log: Path, environment: Mapping[str, str] | None = None, verify: str = PRETEND
) -> Iterator[RealServer]:
    """A server that answers, and ends."""
    server = start(settings, log, environment, verify)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
            try:
                server.process.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()
