"""Reaching a leaderboard's server: where none answers, it is said why, and what to do."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from challenge_rounds import manifest
from live_server import serving

from reasoning_baselines.connecting import NoServer, chosen_round, meet
from reasoning_leaderboard.challenge.connection import Connection


def answering(status: int, **headers: str) -> Any:
    """An app that answers all that it is asked with this status, in JSON."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            told = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": told})
            await send({"type": "http.response.body", "body": b'{"error": {"message": "so it is"}}'})

    return app


@contextmanager
def hanging_up() -> Generator[str]:
    """The address of what closes every connection after it has read something, as a server of TLS does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _ in range(2):  # the connection asks once, and once it is asked why
                with listening.accept()[0] as connection:
                    connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def complaint(address: str) -> str:
    with pytest.raises(NoServer) as found:
        meet(address, patience=0)
    assert "Errno" not in str(found.value)
    return str(found.value)


def test_a_server_that_answers_is_met() -> None:
    with serving(answering(200)) as address:
        meet(address)


def test_where_nothing_listens_it_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    assert "nothing listens there; is the server running (`reasoning-gym leaderboard serve`)" in complaint(address)


def test_where_there_is_no_socket_or_no_server_behind_it_it_is_said(tmp_path: Path) -> None:
    assert "there is no such socket" in complaint(f"unix:{tmp_path}/sock")
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(f"{tmp_path}/sock")
    assert f"nothing answers at unix:{tmp_path}/sock: nothing listens there" in complaint(f"unix:{tmp_path}/sock")


def test_a_name_of_no_machine_is_called_so() -> None:
    assert "no machine of that name is known" in complaint("https://board.invalid")


def test_https_where_http_is_spoken_is_told_apart() -> None:
    with serving(answering(200)) as address:
        assert "doesn't speak TLS; give http://" in complaint(address.replace("http:", "https:"))


def test_http_where_https_is_spoken_is_suspected() -> None:
    with hanging_up() as address:
        assert "if it speaks TLS, give https://" in complaint(address)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, "is no leaderboard: the server says 404: so it is; give its address alone"),
        (301, "sends on to another address; give that, perhaps with https://"),
        (503, "it says 503; try again later"),
    ],
)
def test_what_answers_otherwise_than_a_leaderboard_is_named(status: int, told: str) -> None:
    with serving(answering(status, location="https://elsewhere.example")) as address:
        assert told in complaint(address)


def a_server_with(*rounds: tuple[str, str]) -> Connection:
    """A connection to a server that has these rounds, each a name and a state."""
    days = {"opened": "2026-01-01T00:00:00Z", "closes": "2026-02-01T00:00:00Z", "revealed": None}
    table: list[dict[str, Any]] = []
    for name, state in rounds:
        of_it = manifest().model_copy(update={"round": name})
        keys = {"name": name, "state": state, "commitment": "", "public_key": "", "sessions": 0, "episodes": 12}
        table.append({**keys, **days, "manifest": of_it.model_dump(mode="json")})
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=json.dumps(table).encode()))
    return Connection("http://board", "", transport=answer)


SPRING, SUMMER, WINTER = ("spring", "open"), ("summer", "open"), ("winter", "revealed")


@pytest.mark.parametrize(
    ("rounds", "name", "chosen"),
    [
        ([SPRING, WINTER], None, "spring"),
        ([SPRING, SUMMER], "summer", "summer"),
        ([SPRING, WINTER], "winter", "winter"),  # which the server says more of
    ],
)
def test_a_round_is_the_one_that_is_named_or_the_only_open_one(
    rounds: list[tuple[str, str]], name: str | None, chosen: str
) -> None:
    with a_server_with(*rounds) as connection:
        assert chosen_round(connection, name).manifest.round == chosen


@pytest.mark.parametrize(
    ("rounds", "name", "told"),
    [
        ([SPRING, SUMMER], None, r"has 2 open rounds \(spring, summer\); name one with --round"),
        ([WINTER], None, r"has 0 open rounds \(none\)"),
        ([SPRING, WINTER], "sprng", "has no round 'sprng'; did you mean 'spring'?"),
        ([SPRING], "../entries", "has no round '../entries'; known are spring"),
        ([], "spring", "has no round 'spring'; it has no round"),
    ],
)
def test_a_round_that_is_not_there_is_told_with_the_nearest(
    rounds: list[tuple[str, str]], name: str | None, told: str
) -> None:
    with a_server_with(*rounds) as connection, pytest.raises(ValueError, match=told):
        chosen_round(connection, name)


def test_neither_reaching_a_server_nor_closing_the_network_waits_for_torch() -> None:
    look = "import sys, reasoning_baselines.{}; print(*sorted({{'torch', 'httpx'}} & sys.modules.keys()))"
    for module, loaded in (("connecting", "httpx"), ("closed_network", "")):
        done = subprocess.run([sys.executable, "-c", look.format(module)], capture_output=True, text=True, check=True)
        assert done.stdout.split() == loaded.split()
