"""Sending a submission: what the server decides is waited for, and what it says is held to what it should be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import httpx
import pytest
from test_submission import played

from reasoning_leaderboard.challenge.connection import Connection, ServerCheats, ServerRefused
from reasoning_leaderboard.sending import Told, entry_behind, send, wait_for_decision
from reasoning_leaderboard.store.submissions import State
from reasoning_leaderboard.submission import verified_entry

ID = "a" * 64
ENTRY = verified_entry(played().packed(), "ann", date(2026, 1, 2), False)


def told(state: str, **changes: Any) -> dict[str, Any]:
    return {"id": ID, "state": state, "reason": "", "entry": None, "account": "ann", "size": 12, **changes}


def answering(replies: Sequence[object], statuses: Sequence[int] = ()) -> Connection:
    """A connection to a server that answers with these, one after the other, and with the last for ever."""
    left: Iterator[object] = iter(replies)
    last: list[object] = []

    def answer(_: httpx.Request) -> httpx.Response:
        last[:] = [next(left, *last)]
        return httpx.Response(next(codes, 200), content=json.dumps(last[0]).encode())

    codes = iter(statuses)
    return Connection("http://board", "", transport=httpx.MockTransport(answer), sleep=lambda _: None)


def waiting(replies: Sequence[object], seconds: float) -> tuple[Told, list[float], list[float]]:
    """What is told in the end, the pauses, and what was shown meanwhile."""
    pauses: list[float] = []
    shown: list[float] = []
    with answering(replies) as connection:
        first = Told.model_validate(told("pending"))
        last = wait_for_decision(connection, first, seconds, watch=shown.append, sleep=pauses.append)
    return last, pauses, shown


def test_an_archive_is_sent_as_it_is_and_the_reply_read() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, content=json.dumps(told("pending")).encode())

    with Connection("http://board", "", transport=httpx.MockTransport(answer)) as connection:
        assert send(connection, played()) == Told(id=ID, state=State.PENDING, reason="", entry=None)
    assert [(request.method, request.url.path, request.content) for request in seen] == [
        ("POST", "/api/submissions", played().packed())
    ]


@pytest.mark.parametrize("state", ["verified", "rejected", "not_comparable"])
def test_a_decision_is_waited_for_with_growing_pauses(state: str) -> None:
    last, pauses, shown = waiting([told("pending"), told("pending"), told(state, reason="so")], 100)
    assert (last.state, last.reason) == (state, "so")
    assert pauses == [0.5, 1.0, 2.0]
    assert shown == [0.0, 0.5, 1.5]


def test_waiting_ends_when_its_time_is_up() -> None:
    last, pauses, _ = waiting([told("pending")], 12)
    assert last.state is State.PENDING
    assert sum(pauses) == 12


def test_what_is_decided_or_not_to_be_waited_for_is_not_asked_for_again() -> None:
    with answering([told("pending")], [500]) as connection:
        decided = Told.model_validate(told("rejected"))
        assert wait_for_decision(connection, decided, 100, sleep=lambda _: pytest.fail("it waited")) == decided
        pending = Told.model_validate(told("pending"))
        assert wait_for_decision(connection, pending, 0, sleep=lambda _: pytest.fail("it waited")) == pending


def test_the_entry_of_a_verified_submission_is_read() -> None:
    with answering([ENTRY.model_dump(mode="json")]) as connection:
        assert entry_behind(connection, Told(id=ID, state=State.VERIFIED, reason="", entry=ENTRY.id)) == ENTRY


@pytest.mark.parametrize(
    "reply",
    [[], {}, told("won"), told("pending", id="../../secrets"), told("pending", reason=1), told("verified", entry="x")],
)
def test_a_reply_that_is_not_as_it_should_be_is_called_so(reply: object) -> None:
    with answering([reply]) as connection, pytest.raises(ServerCheats, match="isn't as it should be"):
        send(connection, played())


@pytest.mark.parametrize("reply", [{}, {"id": ENTRY.id}, ENTRY.model_dump(mode="json") | {"attempts": True}])
def test_an_entry_that_is_not_as_it_should_be_is_called_so(reply: object) -> None:
    with answering([reply]) as connection, pytest.raises(ServerCheats, match="isn't as it should be"):
        entry_behind(connection, Told(id=ID, state=State.VERIFIED, reason="", entry=ENTRY.id))


def test_a_verified_submission_without_an_entry_is_called_so() -> None:
    with answering([{}]) as connection, pytest.raises(ServerCheats, match="it tells no entry"):
        entry_behind(connection, Told(id=ID, state=State.VERIFIED, reason="", entry=None))


def test_a_server_that_says_no_is_quoted() -> None:
    no = {"error": {"message": "the token expired on 2026-01-02"}}
    pending = Told.model_validate(told("pending"))
    asks: list[Callable[[Connection], object]] = [
        lambda connection: send(connection, played()),
        lambda connection: wait_for_decision(connection, pending, 1, sleep=lambda _: None),
    ]
    for ask in asks:
        with answering([no], [401]) as connection, pytest.raises(ServerRefused, match="401: the token expired"):
            ask(connection)
