"""Sends a submission to a server, and learns what has come of it there."""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import BaseModel

from reasoning_leaderboard.challenge.connection import Connection, ServerCheats, read_reply
from reasoning_leaderboard.entries import Entry, Hash
from reasoning_leaderboard.store.submissions import State
from reasoning_leaderboard.submission import Submission

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds between two looks


class Told(BaseModel):
    """What a server tells of a submission, as far as its sender needs it."""

    id: Hash
    state: State
    reason: str  # why it isn't verified, in the server's words
    entry: Hash | None


def send(connection: Connection, submission: Submission) -> Told:
    """What has come of a submission by the time that the server has it. Sending it again changes nothing.

    Raises:
        ServerRefused: if the server says no.
        ServerGone: if it doesn't answer.
        ServerCheats: if the reply isn't as it should be.
    """
    return read_reply(Told, connection.post("/api/submissions", submission.packed()))


def wait_for_decision(
    connection: Connection,
    told: Told,
    seconds: float,
    *,
    watch: Callable[[float], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Told:
    """What has come of a submission once the server has decided; still pending if that takes too long.

    Args:
        connection: of the account that sent it.
        told: when it was sent.
        seconds: to wait for, at most.
        watch: called with the seconds waited so far, before each wait.
        sleep: that waits, for tests.

    Raises:
        ServerRefused, ServerGone, ServerCheats: as `send`.
    """
    waited, pause = 0.0, FIRST_PAUSE
    while told.state is State.PENDING and waited < seconds:
        if watch is not None:
            watch(waited)
        pause = min(pause, seconds - waited)
        sleep(pause)
        waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE)
        told = read_reply(Told, connection.get(f"/api/submissions/{told.id}"))
    return told


def entry_behind(connection: Connection, told: Told) -> Entry:
    """The entry that a verified submission got.

    Raises:
        ServerRefused, ServerGone, ServerCheats: as `send`.
    """
    if told.entry is None:
        raise ServerCheats(f"the submission is {told.state}, says the server, but it tells no entry")
    return read_reply(Entry, connection.get(f"/api/entries/{told.entry}"))
