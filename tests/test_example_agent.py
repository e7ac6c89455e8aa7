"""The example of an agent over plain HTTP plays a whole round, as a newcomer would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from challenge_rounds import KEY, SIGNING, Found, audited, manifest, revealed
from live_server import serving

from reasoning_leaderboard.accounts import Scope, issue_token, open_account
from reasoning_leaderboard.challenge.chain import Step
from reasoning_leaderboard.entries import AgentCard
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.challenge import challenge_router
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import Store, open_store
from reasoning_leaderboard.store.limits import Rate
from reasoning_leaderboard.store.playing import ask, open_session, take_step
from reasoning_leaderboard.store.rounds import open_round, session_row

EXAMPLE = Path(__file__).parents[1] / "examples" / "challenge_agent.py"
CARD = AgentCard(name="largest number", note="answers the largest number that it reads")
NOW = datetime.now(UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """With an account, and an open round of five problems."""
    opened = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    open_account(opened, "newcomer", now=NOW)
    open_round(opened, manifest(5), KEY, SIGNING, now=NOW, lasts=timedelta(days=1))
    return opened


def played(store: Store, folder: Path, settings: Settings) -> tuple[str, Found]:
    """What the example prints when it is started in a folder, and what the audit of its round finds."""
    token = issue_token(store, "newcomer", {Scope.SUBMIT}, now=NOW)
    with serving(make_app(store, settings, [challenge_router(SIGNING)])) as url:
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), f"{url}/", "spring"],
            env={**os.environ, "REASONING_LEADERBOARD_TOKEN": token},
            capture_output=True,
            text=True,
            cwd=folder,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), audited(revealed(store, "spring", NOW))


def test_the_example_plays_a_round_that_holds(store: Store, tmp_path: Path) -> None:
    head, found = played(store, tmp_path, Settings())
    assert found.holds
    (entry,) = found.entries
    assert (entry.card, entry.n, entry.abandoned) == (CARD, 5, 0)
    with store.reading() as session:
        assert session_row(session, entry.id).head == head
    assert not (tmp_path / "spring.nonce").exists()  # so that the next start is another session


def test_the_example_waits_where_the_server_limits_requests(store: Store, tmp_path: Path) -> None:
    _, found = played(store, tmp_path, Settings(requests=Rate(burst=11, per_hour=3600)))  # of the 12 that it needs
    assert [(entry.n, entry.abandoned) for entry in found.entries] == [(5, 0)]


def test_the_example_goes_on_with_the_session_whose_nonce_it_has_kept(store: Store, tmp_path: Path) -> None:
    nonce = "5" * 64
    (tmp_path / "spring.nonce").write_text(nonce)
    begun = open_session(store, "spring", "newcomer", CARD, nonce, now=NOW).id
    ask(store, begun, 0, SIGNING, now=NOW)
    take_step(store, begun, Step(episode=0, step=1, thought="Answer: 0"), SIGNING, now=NOW)
    ask(store, begun, 1, SIGNING, now=NOW)
    _, found = played(store, tmp_path, Settings())
    assert [(entry.id, entry.n, entry.abandoned, entry.attempts) for entry in found.entries] == [(begun, 5, 0, 1)]


@pytest.mark.parametrize(
    ("server", "told"),
    [("http://127.0.0.1:1", "Connection refused"), ("localhost:1", "localhost:1"), ("board", "unknown url type")],
)
def test_the_example_says_so_where_no_server_answers(server: str, told: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), server, "spring"],
        env={**os.environ, "REASONING_LEADERBOARD_TOKEN": "rgl_x"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert "is it running, and its address right?" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_example_is_short() -> None:
    code = [line for line in EXAMPLE.read_text().splitlines() if line.strip()]
    assert len(code) <= 44
