"""Submissions are verified once each, within bounds, whatever they hold and whoever is killed meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pretend_verifiers import better, by_word, harsher, of_another_version
from sqlalchemy import func, select

from reasoning_leaderboard.accounts import open_account
from reasoning_leaderboard.bounded import Bounds
from reasoning_leaderboard.entries import Entry, Superseded
from reasoning_leaderboard.store import Store, open_store
from reasoning_leaderboard.store.entries import entries, entry
from reasoning_leaderboard.store.jobs import Claim, Finding, claim, decide, renew, rescore
from reasoning_leaderboard.store.submissions import Receipt, State, look_up, receive
from reasoning_leaderboard.store.tables import JobRow
from reasoning_leaderboard.verifying import MOST_TRIES, Verify, examine, verify_next

BOUNDS = Bounds(seconds=60, memory=2**32)


@dataclass
class Clock:
    time: datetime = field(default_factory=lambda: datetime(2026, 3, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    store = open_store(store_url)
    for name in ("ada", "bob"):
        open_account(store, name, now=clock())
    yield store
    store.close()


@pytest.fixture
def send(store: Store, clock: Clock) -> Callable[..., str]:
    return lambda archive, account="ada": receive(store, account, archive, now=clock()).id


def told(store: Store, identity: str) -> Receipt:
    found = look_up(store, identity)
    assert found is not None
    return found


def verify_all(store: Store, clock: Clock, verify: Verify = by_word, bounds: Bounds = BOUNDS) -> None:
    for _ in range(100):
        if not verify_next(store, verify, bounds, now=clock):
            break


def jobs(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(JobRow)) or 0


def the_entry(store: Store, identity: str) -> Entry:
    found = entry(store, told(store, identity).entry or "")
    assert found is not None
    return found


def test_a_submission_becomes_an_entry(store: Store, clock: Clock, send: Callable[..., str]):
    identity = send(b"good")
    assert verify_next(store, by_word, BOUNDS, now=clock)
    assert (told(store, identity).state, told(store, identity).decided) == (State.VERIFIED, clock())
    found = the_entry(store, identity)
    assert (found.account, found.entered, found.correct, found.attempts) == ("ada", date(2026, 3, 1), 1, 1)
    assert not verify_next(store, by_word, BOUNDS, now=clock)


def test_what_is_wrong_is_rejected_with_a_reason_that_can_be_shown(
    store: Store, clock: Clock, send: Callable[..., str]
):
    wrong, old = send(b"wrong"), send(b"old")
    verify_all(store, clock)
    assert told(store, wrong).state is State.REJECTED
    assert told(store, wrong).reason == r"episodes:1: the answer isn't \x1b[31mright\u202e"
    assert told(store, old).state is State.NOT_COMPARABLE
    assert entries(store) == ()


def test_attempts_count_up_by_account(store: Store, clock: Clock, send: Callable[..., str]):
    sent = [send(b"1"), send(b"2", "bob"), send(b"3")]
    verify_all(store, clock)
    assert sorted(each.attempts for _, each in entries(store) if each.account == "ada") == [1, 2]
    assert the_entry(store, sent[1]).attempts == 1


def test_a_copy_of_what_another_has_entered_is_rejected(store: Store, clock: Clock, send: Callable[..., str]):
    first = send(b"good")
    clock.pass_by(1)
    copy = send(b"good", "bob")
    verify_all(store, clock)
    assert [told(store, each).state for each in (first, copy)] == [State.VERIFIED, State.REJECTED]
    assert the_entry(store, first).id in told(store, copy).reason


@pytest.mark.parametrize(
    ("archive", "bounds", "reason"),
    [
        (b"bug", BOUNDS, "our mistake, KeyError"),
        (b"memory", BOUNDS, "too much memory"),
        (b"exit", BOUNDS, "its process ended"),
        (b"sleep", Bounds(seconds=0.2), "more than 0.2 seconds"),
    ],
)
def test_what_cannot_be_verified_is_tried_again_and_then_rejected(
    archive: bytes, bounds: Bounds, reason: str, tmp_path: Path, clock: Clock
):
    store = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    open_account(store, "ada", now=clock())
    identity = receive(store, "ada", archive, now=clock()).id
    for _ in range(MOST_TRIES):
        assert told(store, identity).state is State.PENDING
        assert verify_next(store, by_word, bounds, now=clock)
        assert not verify_next(store, by_word, bounds, now=clock)  # not at once
        clock.pass_by(3600)
    assert told(store, identity).state is State.REJECTED
    assert reason in told(store, identity).reason


def test_what_is_killed_leaves_nothing_behind_that_it_started(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    started = tmp_path / "pid"
    claimed = Claim("s", "ada", f"child {started}".encode(), clock(), "", "lease", 1)
    monkeypatch.setattr("reasoning_leaderboard.bounded.RENEWAL", 0.1)
    assert examine(by_word, claimed, Bounds(seconds=300), keep=lambda: not started.exists()) is None
    assert ends(int(started.read_text()))


def ends(pid: int) -> bool:
    """Whether a process that was killed is dead, if not yet buried."""
    for _ in range(600):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_several_workers_do_each_submission_once(store: Store, clock: Clock, send: Callable[..., str], tmp_path: Path):
    sent = [send(f"count {tmp_path}/{n}".encode()) for n in range(8)]
    threads = [threading.Thread(target=verify_all, args=(store, clock)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [told(store, each).state for each in sent] == [State.VERIFIED] * 8
    assert [(tmp_path / str(n)).read_text() for n in range(8)] == ["x"] * 8
    assert sorted(each.attempts for _, each in entries(store)) == list(range(1, 9))


def test_what_a_killed_worker_had_claimed_is_taken_up_by_another(store: Store, clock: Clock, send: Callable[..., str]):
    identity = send(b"good")
    dead = claim(store, now=clock())
    assert dead is not None
    assert claim(store, now=clock()) is None
    clock.pass_by(61)
    verify_all(store, clock)
    assert told(store, identity).state is State.VERIFIED
    assert not decide(store, dead, Finding(State.REJECTED, "late"), now=clock())
    assert not renew(store, dead, now=clock())
    assert told(store, identity).state is State.VERIFIED


def test_what_is_heard_of_is_not_given_to_another(store: Store, clock: Clock, send: Callable[..., str]):
    send(b"good")
    slow = claim(store, now=clock())
    assert slow is not None
    for _ in range(10):
        clock.pass_by(30)
        assert renew(store, slow, now=clock())
        assert claim(store, now=clock()) is None


def test_a_worker_that_is_told_to_end_gives_back_what_it_claimed(
    store: Store, clock: Clock, send: Callable[..., str], monkeypatch: pytest.MonkeyPatch
):
    identity = send(b"good")

    def interrupted(*_: object, **__: object):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("reasoning_leaderboard.verifying.examine", interrupted)
        with pytest.raises(SystemExit):
            verify_next(store, by_word, BOUNDS, now=clock)
    verify_all(store, clock)
    assert told(store, identity).state is State.VERIFIED


def test_rescoring_moves_a_score_that_changes_to_the_history(store: Store, clock: Clock, send: Callable[..., str]):
    identity = send(b"good")
    verify_all(store, clock)
    clock.pass_by(86_400)
    assert rescore(store, "the checker reads more", now=clock()) == 1
    assert told(store, identity).state is State.VERIFIED  # meanwhile it stands
    verify_all(store, clock, better)
    found = the_entry(store, identity)
    assert (found.correct, found.entered) == (9, date(2026, 3, 1))
    assert found.history == (Superseded(correct=1, n=10, until=date(2026, 3, 2), reason="the checker reads more"),)


def test_rescoring_that_changes_nothing_leaves_no_trace(store: Store, clock: Clock, send: Callable[..., str]):
    identity = send(b"good")
    verify_all(store, clock)
    before = the_entry(store, identity)
    rescore(store, "to be sure", now=clock())
    verify_all(store, clock)
    assert the_entry(store, identity) == before


def test_rescoring_lets_an_entry_fall_and_rise(store: Store, clock: Clock, send: Callable[..., str]):
    identity = send(b"good")
    verify_all(store, clock)
    rescore(store, "new rules", now=clock())
    verify_all(store, clock, harsher)
    assert (told(store, identity).state, entries(store)) == (State.REJECTED, ())
    rescore(store, "old rules", now=clock())
    verify_all(store, clock)
    assert (told(store, identity).state, len(entries(store))) == (State.VERIFIED, 1)


@pytest.mark.parametrize("verify", [of_another_version, by_word])
def test_an_entry_stands_where_rescoring_cannot_judge_it(
    verify: Verify, store: Store, clock: Clock, send: Callable[..., str]
):
    identity = send(b"exit")
    claimed = claim(store, now=clock())
    assert claimed is not None
    found = better(b"exit", "ada", clock().date(), False)
    assert decide(store, claimed, Finding(State.VERIFIED, entry=found), now=clock())
    rescore(store, "a new version", now=clock())
    for _ in range(MOST_TRIES):
        verify_all(store, clock, verify)
        clock.pass_by(3600)
    assert (told(store, identity).state, jobs(store)) == (State.VERIFIED, 0)
    assert the_entry(store, identity) == found


def test_a_rejected_submission_can_be_accepted_by_rescoring(store: Store, clock: Clock, send: Callable[..., str]):
    identity = send(b"wrong")
    verify_all(store, clock)
    rescore(store, "the checker reads more", now=clock())
    verify_all(store, clock, better)
    assert (told(store, identity).state, the_entry(store, identity).history) == (State.VERIFIED, ())


def test_what_waits_already_is_not_rescored_twice_and_newcomers_go_first(
    store: Store, clock: Clock, send: Callable[..., str]
):
    send(b"first")
    verify_all(store, clock)
    assert rescore(store, "once", now=clock()) == 1
    assert rescore(store, "twice", now=clock()) == 0
    clock.pass_by(10)
    new = send(b"second")
    claimed = claim(store, now=clock())
    assert claimed is not None
    assert claimed.submission == new


@pytest.mark.parametrize("reason", ["", "a\x00b", "x" * 2001])
def test_a_reason_that_no_page_can_show_is_refused(store: Store, clock: Clock, reason: str):
    with pytest.raises(ValueError, match="reason"):
        rescore(store, reason, now=clock())
