"""The example of an agent over plain HTTP plays a whole round, as a newcomer would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from challenge_rounds import KEY, SIGNING, audited, manifest, revealed
from live_server import serving

from reasoning_leaderboard.accounts import Scope, issue_token, open_account
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.challenge import challenge_router
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import open_store
from reasoning_leaderboard.store.rounds import open_round, session_row

EXAMPLE = Path(__file__).parents[1] / "examples" / "challenge_agent.py"


def test_the_example_plays_a_round_that_holds(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    now = datetime.now(UTC)
    open_account(store, "newcomer", now=now)
    token = issue_token(store, "newcomer", {Scope.SUBMIT}, now=now)
    open_round(store, manifest(5), KEY, SIGNING, now=now, lasts=timedelta(days=1))
    with serving(make_app(store, Settings(), [challenge_router(SIGNING)])) as url:
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), url, "spring"],
            env={**os.environ, "REASONING_LEADERBOARD_TOKEN": token},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    archive = revealed(store, "spring", now)
    found = audited(archive)
    assert found.holds
    (entry,) = found.entries
    assert (entry.card.name, entry.n, entry.abandoned) == ("largest number", 5, 0)
    with store.reading() as session:
        assert session_row(session, entry.id).head == done.stdout.strip()


def test_the_example_is_short() -> None:
    code = [line for line in EXAMPLE.read_text().splitlines() if line.strip()]
    assert len(code) <= 36
