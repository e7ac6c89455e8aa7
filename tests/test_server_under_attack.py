"""A server in processes of its own keeps what it acknowledged, and its memory, whatever is done to it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import schemathesis
import zstandard
from challenge_rounds import KEY, SIGNING, manifest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from leaderboard_fixtures import programs_or_skip, restart_postgresql, start_postgresql, stop_postgresql
from load import acknowledged_under_kills, missing, send_all
from real_servers import PLENTY, RealServer, router, running
from schemathesis import Case, GenerationMode
from test_server import WRONG_JSON

from reasoning_leaderboard.accounts import Scope, accounts, holder_of, issue_token, open_account, revoke_token
from reasoning_leaderboard.archives import MIB
from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.entries import AgentCard
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.challenge import challenge_router
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import open_store
from reasoning_leaderboard.store.playing import look_up_session, open_session
from reasoning_leaderboard.store.rounds import open_round
from reasoning_leaderboard.store.submissions import State, submission_id
from reasoning_leaderboard.submission import EPISODES, HEAD

SETTINGS = Settings(workers=2, verifiers=0, submissions=PLENTY, requests=PLENTY)


def prepared(url: str, scope: Scope = Scope.SUBMIT, name: str = "ada") -> str:
    """The token of a new account."""
    store = open_store(url)
    open_account(store, name, now=utc_now())
    secret = issue_token(store, name, [scope], now=utc_now())
    store.close()
    return secret


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealServer, str]]:
    """A server on SQLite that verifies, and a token."""
    folder = tmp_path_factory.mktemp("server")
    url = f"sqlite:///{folder}/board.sqlite"
    secret = prepared(url)
    with running(replace(SETTINGS, store=url, verifiers=1, body_seconds=2), folder / "log") as server:
        yield server, secret


def test_many_submissions_at_once_are_all_kept_once(store_url: str, tmp_path: Path):
    secret = prepared(store_url)
    archives = [b"%d" % number for number in range(100)]
    with running(replace(SETTINGS, store=store_url), tmp_path / "log") as server:
        sent = send_all(server.url, secret, archives + archives[:20])
    assert {status for status, _, _ in sent} == {202}
    assert len({identity for _, identity, _ in sent}) == 100
    assert (
        missing(store_url, {identity: archive for (_, identity, _), archive in zip(sent, archives * 2, strict=False)})
        == []
    )


def test_what_was_acknowledged_survives_kills(store_url: str, tmp_path: Path):
    secret = prepared(store_url)
    kills = 3 if "sqlite" in store_url else 1
    kept = acknowledged_under_kills(
        replace(SETTINGS, store=store_url), secret, tmp_path / "log", kills=kills, between=40
    )
    assert len(kept) >= kills * 40
    assert missing(store_url, kept) == []


def test_a_submission_is_verified_beside_the_server_and_its_end_is_orderly(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/board.sqlite"
    secret = prepared(url)
    with running(replace(SETTINGS, store=url, verifiers=2), tmp_path / "log") as server:
        sent = send_all(server.url, secret, [b"good", b"wrong"])
        states = [wait_for(server.url, secret, identity) for _, identity, _ in sent]
    assert states == ["verified", "rejected"]
    assert server.process.returncode == 0
    assert "Traceback" not in server.log.read_text()


def wait_for(url: str, secret: str, identity: str) -> str:
    """What is decided on a submission."""
    for _ in range(3000):
        told = httpx.get(f"{url}/api/submissions/{identity}", headers=bearer(secret), timeout=60).json()
        if told["state"] != State.PENDING:
            return str(told["state"])
        time.sleep(0.1)
    raise TimeoutError(f"{identity} is still pending")


def raw(server: RealServer, head: str, pieces: Iterator[bytes]) -> tuple[bytes, int]:
    """What the server answers to a request that goes on until it hangs up, and how many bytes it took."""
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"{head}\r\nHost: x\r\n".encode())
        with contextlib.suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
                sent += len(piece)
        answer = b""
        with contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                answer += piece
    return answer, sent


def chunks(most: int) -> Iterator[bytes]:
    """A body of chunks of a mebibyte each, after its headers."""
    yield b"Transfer-Encoding: chunked\r\n\r\n"
    for _ in range(most // MIB):
        yield b"100000\r\n" + bytes(MIB) + b"\r\n"
    yield b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("path", "known", "most"),
    [
        ("/api/submissions", True, 17 * MIB),
        ("/api/submissions", False, 0),
        ("/api/cards", False, MIB),
        ("/nowhere", True, 0),
    ],
)
def test_a_body_of_ten_gigabytes_is_stopped_at_the_cap(
    server: tuple[RealServer, str], path: str, known: bool, most: int
):
    running_server, secret = server
    before = running_server.memory()
    head = f"POST {path} HTTP/1.1" + (f"\r\nAuthorization: Bearer {secret}" if known else "")
    _, sent = raw(running_server, head, chunks(10 * 1024 * MIB))
    assert sent < most + 16 * MIB  # what the buffers of the network hold comes on top
    assert running_server.grown(before) < 50 * MIB
    assert httpx.get(f"{running_server.url}/api/health").status_code == 200


def test_a_body_that_is_declared_too_large_is_refused_before_it_comes(server: tuple[RealServer, str]):
    running_server, secret = server
    head = f"POST /api/submissions HTTP/1.1\r\nAuthorization: Bearer {secret}\r\nContent-Length: {10**10}"
    answer, _ = raw(running_server, head, iter([b"\r\n"]))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"17825792 bytes are the limit" in answer


def test_a_body_that_stops_coming_is_given_up(server: tuple[RealServer, str]):
    running_server, secret = server
    head = f"POST /api/submissions HTTP/1.1\r\nAuthorization: Bearer {secret}\r\nContent-Length: 1000"
    answer, _ = raw(running_server, head, iter([b"\r\n", b"x" * 10]))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"more than 2 seconds" in answer


def test_a_body_that_breaks_off_is_not_kept(server: tuple[RealServer, str]):
    running_server, secret = server
    head = f"POST /api/submissions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\nContent-Length: 9\r\n\r\n"
    with socket.create_connection(("127.0.0.1", running_server.port), timeout=60) as connection:
        connection.sendall(f"{head}half".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65536)
    assert b" 202 " not in answer
    identity = submission_id("ada", hashlib.sha256(b"half").hexdigest())
    found = httpx.get(f"{running_server.url}/api/submissions/{identity}", headers=bearer(secret))
    assert found.status_code == 404


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\xff\xfe" * 100,
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        b"POST /api/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /api/cards HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        b"POST /api/cards HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
        b"GET /%ff%fe%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/entries?track=%ff&most=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/entries HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\xfe\r\n\r\n",
    ],
)
def test_bytes_that_are_no_proper_request_do_no_harm(server: tuple[RealServer, str], request_bytes: bytes):
    address = ("127.0.0.1", server[0].port)
    with socket.create_connection(address, timeout=60) as connection, contextlib.suppress(OSError):
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65536)
        assert b" 500 " not in answer[:20], answer
    assert httpx.get(f"{server[0].url}/api/health").status_code == 200


def test_hostile_json_costs_no_memory(server: tuple[RealServer, str]):
    running_server, _ = server
    before = running_server.memory()
    with httpx.Client(base_url=running_server.url, timeout=60) as client:
        statuses = {client.post("/api/cards", content=body).status_code for body in WRONG_JSON.values()}
        large = [b"[" + b"{}," * 80_000 + b"{}]", b'{"name":"' + b"\\u0041" * 40_000 + b'"}', b"9" * 250_000]
        statuses |= {client.post("/api/cards", content=body).status_code for body in large}
    assert statuses == {422}
    assert running_server.grown(before) < 50 * MIB


def test_requests_that_are_sent_again_change_nothing(server: tuple[RealServer, str]):
    running_server, _ = server
    store = open_store(f"sqlite:///{running_server.log.parent}/board.sqlite")
    revocable = issue_token(store, "ada", [Scope.SUBMIT], now=utc_now())
    captured = (
        f"POST /api/submissions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {revocable}\r\nConnection: close\r\n"
    )
    captured += "Content-Length: 8\r\n\r\ncaptured"

    def replay() -> bytes:
        with socket.create_connection(("127.0.0.1", running_server.port), timeout=60) as connection:
            connection.sendall(captured.encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))

    answers = [replay() for _ in range(3)]
    assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 202", b"HTTP/1.1 200"}
    identities = {answer.split(b'"id":"')[1][:64].decode() for answer in answers}
    assert len(identities) == 1
    revoke_token(store, holder_of(store, revocable, now=utc_now()).token, now=utc_now())
    assert replay().startswith(b"HTTP/1.1 401 ")
    store.close()


def test_no_token_is_in_the_log(server: tuple[RealServer, str]):
    running_server, secret = server
    with httpx.Client(base_url=running_server.url, timeout=60) as client:
        client.get("/api/entries", headers=bearer(secret))
        client.get(f"/api/entries?token={secret}")
        client.get(f"/{secret}/x")
        client.post("/api/cards", content=f'{{"name": "{secret}", "token": "{secret}"}}'.encode())
        client.post("/api/submissions", headers=bearer(secret[:-1] + "!"), content=secret.encode())
    log = running_server.log.read_text()
    assert "GET /api/entries 200" in log
    assert secret[4:-1] not in log


def failing_disk(place: Path, under: Path) -> tuple[Path, dict[str, str]]:
    """A file that lets fsync fail below a folder while it is there, and the variables of a process that heeds it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler, which the failure of fsync is made with")
    shim, trigger = place / "failing_fsync.so", place / "fail"
    source = Path(__file__).parent / "failing_fsync.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    return trigger, {"LD_PRELOAD": str(shim), "FAIL_UNDER": str(under), "FAIL_WHILE": str(trigger)}


def test_a_failing_disk_is_never_acknowledged(tmp_path: Path):
    folder = tmp_path / "store"
    folder.mkdir()
    trigger, failing = failing_disk(tmp_path, folder)
    url = f"sqlite:///{folder}/board.sqlite"
    secret = prepared(url)
    with (
        running(replace(SETTINGS, store=url), tmp_path / "log", failing) as server,
        httpx.Client(base_url=server.url, headers=bearer(secret), timeout=60) as client,
    ):
        before = client.post("/api/submissions", content=b"before")
        trigger.touch()
        failed = client.post("/api/submissions", content=b"meanwhile")
        read = client.get(before.headers["location"])
        trigger.unlink()
        after = client.post("/api/submissions", content=b"meanwhile")
    assert [each.status_code for each in (before, failed, read, after)] == [202, 503, 200, 202]
    assert "it may not have kept what was sent" in failed.json()["error"]["message"]
    assert missing(url, {before.json()["id"]: b"before", after.json()["id"]: b"meanwhile"}) == []


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder that any user may look into, with a short path, as a socket's must be."""
    folder = Path(tempfile.mkdtemp(prefix="failing-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_failing_disk_of_postgresql_is_never_acknowledged_and_loses_nothing_that_was(
    short_folder: Path, tmp_path: Path
):
    """PostgreSQL panics where its log can't be synced, and recovers; what it was writing may be there or not."""
    bin_folder, database = programs_or_skip(), short_folder / "server"
    database.mkdir()
    trigger, failing = failing_disk(short_folder, database / "data" / "pg_wal")
    url = start_postgresql(database, bin_folder, environment=failing)
    try:
        secret = prepared(url)
        with (
            running(replace(SETTINGS, store=url), tmp_path / "log") as server,
            httpx.Client(base_url=server.url, headers=bearer(secret), timeout=60) as client,
        ):
            before = client.post("/api/submissions", content=b"before")
            trigger.touch()
            failed = client.post("/api/submissions", content=b"meanwhile")
            trigger.unlink()
            restart_postgresql(database, bin_folder)
            after = client.post("/api/submissions", content=b"meanwhile")
        assert [each.status_code for each in (before, failed, after)] == [202, 503, 202]
        assert "it may not have kept what was sent" in failed.json()["error"]["message"]
        assert "PANIC:  could not fdatasync file" in (database / "log").read_text()
        assert missing(url, {before.json()["id"]: b"before", after.json()["id"]: b"meanwhile"}) == []
    finally:
        stop_postgresql(database, bin_folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four mebibytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]).returncode:
        pytest.skip("a small file system can't be mounted here; that needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_never_acknowledged_and_can_still_be_read(small_disk: Path, tmp_path: Path):
    url = f"sqlite:///{small_disk}/board.sqlite"
    secret = prepared(url)
    kept: dict[str, bytes] = {}
    with (
        running(replace(SETTINGS, store=url), tmp_path / "log") as server,
        httpx.Client(base_url=server.url, headers=bearer(secret), timeout=60) as client,
    ):
        for number in range(100):
            archive = b"%d" % number * 200_000
            answer = client.post("/api/submissions", content=archive)
            if answer.status_code != 202:
                break
            kept[answer.json()["id"]] = archive
        assert answer.status_code == 507
        assert "no room left" in answer.json()["error"]["message"]
        assert [client.get(f"/api/submissions/{identity}").status_code for identity in kept] == [200] * len(kept)
    assert kept
    assert missing(url, kept) == []


def hostile_archives() -> dict[str, bytes]:
    """Archives that are small and would be large, or lead elsewhere."""
    bomb = zstandard.ZstdCompressor().compress(bytes(2**31))
    link = tarfile.TarInfo(HEAD)
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    above, large, device = tarfile.TarInfo("../../" + HEAD), tarfile.TarInfo(HEAD), tarfile.TarInfo(HEAD)
    large.size, device.type = 2**40, tarfile.CHRTYPE
    return {
        "a bomb": tar((tarfile.TarInfo(HEAD), b"schema = 1"), (tarfile.TarInfo(EPISODES), bomb)),
        "a bomb that is no archive": bomb,
        "a link": tar((link, b"")),
        "a device": tar((device, b"")),
        "a path that leads out": tar((above, b"x")),
        "a size that lies": large.tobuf() + b"x" * 1024,
        "a thousand members": tar(*[(tarfile.TarInfo(f"{n}"), b"") for n in range(1000)]),
        "a head nested deeply": tar((tarfile.TarInfo(HEAD), b"a = " + b"[" * 10_000), (tarfile.TarInfo(EPISODES), b"")),
        "zeros": bytes(2**22),
        "noise": bytes(range(256)) * 1000,
    }


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """An archive of members, each with its bytes."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def test_hostile_archives_are_rejected_and_cost_the_server_no_memory(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/board.sqlite"
    secret = prepared(url)
    archives = hostile_archives()
    settings, verify = replace(SETTINGS, store=url, verifiers=1), "reasoning_leaderboard.submission:verified_entry"
    with running(settings, tmp_path / "log", verify=verify) as server:
        before = server.memory()
        sent = send_all(server.url, secret, list(archives.values()), clients=2)
        told = {name: wait_for(server.url, secret, each[1]) for name, each in zip(archives, sent, strict=True)}
        grown = server.grown(before)
    assert told == dict.fromkeys(archives, "rejected")
    assert grown < 50 * MIB


def test_no_request_that_the_document_allows_is_a_mistake_of_ours(tmp_path: Path):
    """Of every operation, with and without a token, of what isn't there and of a round and a session that are."""
    url = f"sqlite:///{tmp_path}/board.sqlite"
    secret = prepared(url)
    store = open_store(url)
    (account,) = accounts(store)
    now = utc_now()
    open_round(store, manifest(6), KEY, SIGNING, now=now, lasts=timedelta(days=1))
    session = open_session(store, "spring", account, AgentCard(name="x"), "a" * 64, now=now)
    app = make_app(store, replace(SETTINGS, store=url), [router, challenge_router(SIGNING)])
    document = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    there = {"name": "spring", "id": session.id, "episode": 0}
    tried: list[str] = []
    for each in document.get_all_operations():
        operation = each.ok()

        @trying(max_examples=20, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def holds(case: Case) -> None:
            drawn = dict(case.path_parameters or {})
            for parameters in (drawn, {name: there.get(name, value) for name, value in drawn.items()}):
                case.path_parameters = parameters
                for headers in ({}, bearer(secret)):
                    assert case.call(headers=headers).status_code < 500
            tried.append(f"{case.method} {case.path}")

        holds()
    assert len(set(tried)) == 16
    assert look_up_session(store, session.id).begun
