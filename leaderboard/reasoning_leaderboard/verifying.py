"""Verifies submissions, each in a process of its own that can be killed, within bounds of memory and time."""

from __future__ import annotations

import contextlib
import functools
import logging
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import FrameType
from typing import Final, NoReturn, TypeAlias

from reasoning_gym.episodes import NotComparable as OtherProblem
from reasoning_leaderboard.canonical import canonical, read_strictly
from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.entries import Entry
from reasoning_leaderboard.plain_text import printable
from reasoning_leaderboard.store import Store, StoreUnavailable, open_store
from reasoning_leaderboard.store.jobs import Claim, Finding, claim, decide, put_off, release, renew
from reasoning_leaderboard.store.limits import forget_empty
from reasoning_leaderboard.store.submissions import State
from reasoning_leaderboard.tracks import NotComparable

# An archive, its account, its attempts (counted anew when the entry is written) and the day -> its entry.
# Raises NotComparable if it was made by other versions, and another ValueError if it is wrong.
Verify: TypeAlias = Callable[[bytes, str, int, date], Entry]

MOST_TRIES: Final = 3
RENEWAL: Final = 15.0  # seconds between signs of life
IDLE: Final = 1.0  # seconds between looks for work
LARGEST_FINDING: Final = 64 * 2**20  # bytes
LONGEST_REASON: Final = 2_000  # characters
log = logging.getLogger("reasoning_leaderboard.verifying")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What verifying one submission may take."""

    seconds: float = 900.0
    memory: int = 3 * 2**30  # bytes of address space


class NotVerified(RuntimeError):
    """Verifying came to no end, or to one that is our fault."""


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
    except NotVerified as error:
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
        NotVerified: if the process took too long, too much memory, or failed.
    """
    context = _context(verify.__module__)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_verify_here, args=(sender, verify, claimed, bounds))
    process.start()
    sender.close()
    with receiver, _killed(process):
        for _ in _slices(bounds.seconds):
            if receiver.poll(min(RENEWAL, bounds.seconds)):
                return _received(receiver)
            if not keep():
                return None
        raise NotVerified(f"it took more than {bounds.seconds:g} seconds")


def work(url: str, verify: Verify, bounds: Bounds) -> None:
    """Verify whatever is submitted, until this process is told to end or the one that started it is gone.

    Args:
        url: of the store.
        verify: a function of a module.
        bounds: of each submission.
    """
    signal.signal(signal.SIGTERM, _end)
    store = open_store(url)
    while not _orphaned(IDLE):
        try:
            while verify_next(store, verify, bounds):
                pass
            forget_empty(store, now=utc_now())
        except StoreUnavailable as error:
            log.error("the store can't be used: %s", error)


def _fail(store: Store, claimed: Claim, error: NotVerified, now: datetime) -> None:
    if claimed.tries < MOST_TRIES:
        put_off(store, claimed, now=now)
        return
    told = f"it couldn't be verified in {MOST_TRIES} tries: {error}; those who run the board can try it again"
    decide(store, claimed, Finding(State.REJECTED, told), certain=False, now=now)


@functools.cache
def _context(module: str) -> ForkServerContext:
    """Processes that begin from one that has imported what they need, and holds nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, module])
    return context


@contextlib.contextmanager
def _killed(process: ForkServerProcess) -> Generator[None]:
    """Leave no process behind, nor any that it has started."""
    try:
        yield
    finally:
        if process.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join()
        process.close()


def _slices(seconds: float) -> Iterator[int]:
    return iter(range(max(1, round(seconds / RENEWAL))))


def _received(receiver: Connection) -> Finding:
    try:
        data = receiver.recv_bytes(LARGEST_FINDING)
    except EOFError:
        raise NotVerified("its process ended, most likely for want of memory") from None
    return _read(data)


def _verify_here(sender: Connection, verify: Verify, claimed: Claim, bounds: Bounds) -> None:
    """What the process does: verify, and say what came of it."""
    os.setsid()  # so that what it starts can be killed with it
    for kind, most in (
        (resource.RLIMIT_AS, bounds.memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(bounds.seconds) + 60),  # should nobody be left to kill it
    ):
        resource.setrlimit(kind, (most, most))
    try:
        entry = verify(claimed.archive, claimed.account, 1, claimed.received.date())
        told = {"state": State.VERIFIED, "entry": entry.written().decode("ascii")}
    except (NotComparable, OtherProblem) as error:
        told = {"state": State.NOT_COMPARABLE, "reason": printable(str(error), LONGEST_REASON, lines=True)}
    except ValueError as error:
        told = {"state": State.REJECTED, "reason": printable(str(error), LONGEST_REASON, lines=True)}
    except MemoryError:
        told = {"failed": "it took too much memory"}
    except Exception as error:
        log.exception("verifying %s failed", claimed.submission)
        told = {"failed": f"our mistake, {type(error).__name__}: {printable(str(error), 200)}"}
    sender.send_bytes(canonical(told))


def _read(data: bytes) -> Finding:
    told = read_strictly(data)
    if not isinstance(told, dict):
        raise NotVerified("its process said nothing that can be read")
    if "failed" in told:
        raise NotVerified(str(told["failed"]))
    entry = str(told["entry"]).encode("ascii") if "entry" in told else None
    return Finding(State(str(told["state"])), str(told.get("reason", "")), None if entry is None else Entry.read(entry))


def _orphaned(seconds: float) -> bool:
    """Whether the process that started this one is gone; waits so long for that."""
    parent = multiprocessing.parent_process()
    return bool(wait([parent.sentinel] if parent else [], seconds))


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
