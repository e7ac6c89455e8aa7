"""Verifies submissions, each in a process of its own that can be killed, within bounds of memory and time."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections.abc import Callable
from datetime import date, datetime, timedelta
from multiprocessing.connection import wait
from types import FrameType
from typing import Final, NoReturn, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reasoning_gym.episodes import NotComparable as OtherProblem
from reasoning_leaderboard.bounded import Bounds, NotDone, run_bounded
from reasoning_leaderboard.canonical import Json
from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.entries import Entry
from reasoning_leaderboard.plain_text import printable
from reasoning_leaderboard.store import Store, StoreUnavailable, open_store
from reasoning_leaderboard.store.jobs import Claim, Finding, claim, decide, put_off, release, renew, replace_score
from reasoning_leaderboard.store.limits import forget_empty
from reasoning_leaderboard.store.playing import close_late
from reasoning_leaderboard.store.scoring import judge_session, keep_score, scored_sessions, sessions_to_score
from reasoning_leaderboard.store.submissions import State
from reasoning_leaderboard.store.tables import EPOCH
from reasoning_leaderboard.tracks import NotComparable

# An archive, its account, the day, and whether it was verified before, so that only what it comes to now matters
# -> its entry, whose attempts are counted when it is written.
# Raises NotComparable if it was made by other versions, and another ValueError if it is wrong.
Verify: TypeAlias = Callable[[bytes, str, date, bool], Entry]

MOST_TRIES: Final = 3
IDLE: Final = 1.0  # seconds between looks for work
PUT_OFF: Final = timedelta(hours=1)  # until a session that couldn't be judged is tried again
LONGEST_REASON: Final = 2_000  # characters
log = logging.getLogger("reasoning_leaderboard.verifying")


def verify_next(store: Store, verify: Verify, bounds: Bounds, *, now: Callable[[], datetime] = utc_now) -> bool:
    """Verify the submission that has waited longest; False if none waits.

    Args:
        store: where submissions are.
        verify: a function of a module, which another process can import.
        bounds: that it is held to.
        now: the time.

    Raises:
        StoreUnavailable: if that can't be written; the submission will be verified again.
    """
    claimed = claim(store, now=now())
    if claimed is None:
        return False
    try:
        finding = examine(verify, claimed, bounds, keep=lambda: renew(store, claimed, now=now()))
    except NotDone as error:
        log.error("%s, try %d: %s", claimed.submission, claimed.tries, error)
        _fail(store, claimed, error, now())
    except BaseException:
        release(store, claimed, now=now())
        raise
    else:
        if finding is not None and decide(store, claimed, finding, now=now()):
            log.info("%s is %s %s", claimed.submission, finding.state, printable(finding.reason, 200))
    return True


def examine(verify: Verify, claimed: Claim, bounds: Bounds, *, keep: Callable[[], bool]) -> Finding | None:
    """What verifying comes to, in a process that is killed when it takes too long.

    Args:
        verify: a function of a module.
        claimed: what to verify.
        bounds: of the process.
        keep: called now and then; once it returns False the work is given up, and None returned.

    Raises:
        NotDone: if the process took too long, too much memory, or failed.
    """
    told = run_bounded(_verified, (verify, claimed), bounds, keep=keep, preload=verify.__module__)
    if told is None:
        return None
    entry = str(told["entry"]).encode("ascii") if "entry" in told else None
    return Finding(State(str(told["state"])), str(told.get("reason", "")), None if entry is None else Entry.read(entry))


def judge_next(
    store: Store, url: str, bounds: Bounds, later: dict[str, datetime], *, now: Callable[[], datetime] = utc_now
) -> bool:
    """Judge the session that was opened first of those that are closed and have no entry yet; False if none waits.

    One that can't be judged is told of in the log and put off, so that it keeps no other waiting. Two processes that
    judge one come to the same entry, which is kept once.

    Args:
        store: where sessions are.
        url: of the store, for the process that judges.
        bounds: of each session.
        later: the sessions that were put off, and until when; changed in place.
        now: the time.

    Raises:
        StoreUnavailable: if an entry can't be written.
    """
    waiting = (each for each in sessions_to_score(store) if later.get(each, EPOCH) <= now())
    session = next(waiting, None)
    if session is None:
        return False
    try:
        keep_score(store, judged(url, session, bounds), now=now())
    except NotDone as error:
        log.error("session %s can't be judged, and is put off: %s", session, error)
        later[session] = now() + PUT_OFF
    return True


def rescore_sessions(
    store: Store, url: str, reason: str, bounds: Bounds, *, now: Callable[[], datetime] = utc_now
) -> tuple[int, list[str]]:
    """Judge every scored session anew; how many scores have changed, and what kept others from being judged.

    A score that changes goes to its entry's history with the reason. What can't be judged here stands as it is.

    Args:
        store: where sessions are.
        url: of the store, for the process that judges.
        reason: that the history of entries will show.
        bounds: of each session.
        now: the time.

    Raises:
        ValueError: if a page couldn't show the reason.
        StoreUnavailable: if an entry can't be written.
    """
    changed, failed = 0, list[str]()
    for session in scored_sessions(store):
        try:
            anew = judged(url, session, bounds, anew=True)
        except NotDone as error:
            failed.append(f"session {session}: {error}")
        else:
            changed += replace_score(store, anew, reason, now=now())
    return changed, failed


def judged(url: str, session: str, bounds: Bounds, *, anew: bool = False) -> Entry:
    """The entry of a closed session, judged in a process that can be killed.

    Args:
        url: of the store.
        session: its name.
        bounds: of the process.
        anew: whether it was judged before, so that the checker may be of another version than the round's.

    Raises:
        NotDone: if it came to no end, or can't be judged by the versions that are here.
    """
    told = run_bounded(_judge_here, (url, session, anew), bounds, keep=lambda: True)
    if told is None or "reason" in told:
        raise NotDone(str(told["reason"]) if told else "it was given up")
    return Entry.read(str(told["entry"]).encode("ascii"))


def _judge_here(url: str, session: str, anew: bool) -> dict[str, Json]:
    """What the process does: judge a session."""
    store = open_store(url)
    try:
        return {"entry": judge_session(store, session, anew=anew).written().decode("ascii")}
    except NotComparable as error:
        return {"reason": printable(str(error), LONGEST_REASON)}
    finally:
        store.close()


def work(url: str, verify: Verify, bounds: Bounds, signing: Ed25519PrivateKey) -> None:
    """Verify what is submitted, close sessions whose time is up, and judge those that are closed.

    It goes on until this process is told to end or the one that started it is gone.

    Args:
        url: of the store.
        verify: a function of a module.
        bounds: of each submission and session.
        signing: the key that rounds are signed with.
    """
    signal.signal(signal.SIGTERM, _end)
    store = open_store(url)
    later: dict[str, datetime] = {}
    while not _orphaned(IDLE):
        try:
            close_late(store, signing, now=utc_now())
            # one of each in turn, so that neither waits for all of the other
            while any([verify_next(store, verify, bounds), judge_next(store, url, bounds, later)]):
                pass
            forget_empty(store, now=utc_now())
        except StoreUnavailable as error:
            log.error("the store can't be used: %s", error)


def _fail(store: Store, claimed: Claim, error: NotDone, now: datetime) -> None:
    if claimed.tries < MOST_TRIES:
        put_off(store, claimed, now=now)
        return
    told = f"it couldn't be verified in {MOST_TRIES} tries: {error}; those who run the board can try it again"
    decide(store, claimed, Finding(State.REJECTED, told), certain=False, now=now)


def _verified(verify: Verify, claimed: Claim) -> dict[str, Json]:
    """What the process does: verify, and say what came of it."""
    try:
        entry = verify(claimed.archive, claimed.account, claimed.received.date(), bool(claimed.reason))
    except (NotComparable, OtherProblem) as error:
        return {"state": State.NOT_COMPARABLE, "reason": printable(str(error), LONGEST_REASON, lines=True)}
    except ValueError as error:
        return {"state": State.REJECTED, "reason": printable(str(error), LONGEST_REASON, lines=True)}
    return {"state": State.VERIFIED, "entry": entry.written().decode("ascii")}


def _orphaned(seconds: float) -> bool:
    """Whether the process that started this one is gone; waits so long for that."""
    parent = multiprocessing.parent_process()
    return bool(wait([parent.sentinel] if parent else [], seconds))


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
