"""Does hostile work in a process of its own that can be killed, within bounds of memory and time."""

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
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any, Final, TypeAlias

from reasoning_leaderboard.archives import MIB
from reasoning_leaderboard.canonical import Json, canonical, read_strictly
from reasoning_leaderboard.plain_text import printable

RENEWAL: Final = 15.0  # seconds between signs of life
LARGEST_FINDING: Final = 64 * MIB  # bytes
FAILED: Final = "failed"  # the key under which the process says why it came to no end
log = logging.getLogger("reasoning_leaderboard.bounded")

Work: TypeAlias = "Callable[..., dict[str, Json]]"  # a function of a module, which another process can import


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one piece of work may take."""

    seconds: float = 900.0
    memory: int = 3 * 2**30  # bytes of address space


class NotDone(RuntimeError):
    """The work came to no end, or to one that is our fault."""


def run_bounded(
    work: Work, arguments: tuple[Any, ...], bounds: Bounds, *, keep: Callable[[], bool], preload: str = ""
) -> dict[str, Json] | None:
    """What work comes to, in a process that is killed when it takes too long.

    Args:
        work: a function of a module.
        arguments: for it, which can be pickled.
        bounds: of the process.
        keep: called now and then; once it returns False the work is given up, and None returned.
        preload: a module that is slow to import and that the work needs.

    Raises:
        NotDone: if the process took too long, too much memory, or failed.
    """
    context = _context(work.__module__, preload)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work_here, args=(sender, work, arguments, bounds))
    process.start()
    sender.close()
    with receiver, _killed(process):
        for _ in _slices(bounds.seconds):
            if receiver.poll(min(RENEWAL, bounds.seconds)):
                return _received(receiver)
            if not keep():
                return None
        raise NotDone(f"it took more than {bounds.seconds:g} seconds")


def _work_here(sender: Connection, work: Work, arguments: tuple[Any, ...], bounds: Bounds) -> None:
    """What the process does: the work, and say what came of it."""
    os.setsid()  # so that what it starts can be killed with it
    for kind, most in (
        (resource.RLIMIT_AS, bounds.memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(bounds.seconds) + 60),  # should nobody be left to kill it
    ):
        resource.setrlimit(kind, (most, most))
    try:
        told = work(*arguments)
    except MemoryError:
        told = {FAILED: "it took too much memory"}
    except Exception as error:
        log.exception("%s failed", work.__name__)
        told = {FAILED: f"our mistake, {type(error).__name__}: {printable(str(error), 200)}"}
    sender.send_bytes(canonical(told))


@functools.cache
def _context(module: str, preload: str) -> ForkServerContext:
    """Processes that begin from one that has imported what they need, and holds nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, module, *([preload] if preload else [])])
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


def _received(receiver: Connection) -> dict[str, Json]:
    try:
        told = read_strictly(receiver.recv_bytes(LARGEST_FINDING))
    except EOFError:
        raise NotDone("its process ended, most likely for want of memory") from None
    if not isinstance(told, dict):
        raise NotDone("its process said nothing that can be read")
    if FAILED in told:
        raise NotDone(str(told[FAILED]))
    return dict(told)
