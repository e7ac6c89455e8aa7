"""Asks sympy, in processes that can be killed, whether two expressions are equal. Imports no sympy itself."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Literal, TypeAlias

from reasoning_gym.checker.tree import Name, Node, Number

Answer: TypeAlias = Literal["equal", "different", "unknown", "timed_out"]
_Tree: TypeAlias = "list[str | _Tree]"

MAX_WORKERS = 4
MAX_REQUESTS = 200  # before a worker is replaced
MAX_RESIDENT = 300 << 20  # bytes of memory that a worker may keep between requests
MAX_WAIT = 60.0  # seconds for a free worker
MAX_START = 60.0  # seconds for a worker to import sympy; usually less than one

_PROGRAM = Path(__file__).with_name("sympy_worker.py")
_ANSWERS: dict[str, Answer] = {"equal": "equal", "different": "different", "unknown": "unknown"}


def ask_sympy(left: Node, right: Node, *, deadline: float = 2.0) -> Answer:
    """Whether sympy can prove two expressions equal, wherever both are defined, or different.

    Safe to call from threads and from forked processes. The deadline, in seconds, counts from when a worker
    starts on the request: waiting for a free worker, up to `MAX_WAIT`, and its start come on top.

    Returns:
        'unknown' if sympy can prove neither, or if the worker died; 'timed_out' if it was killed at its
        deadline, or if no worker was free in time.

    Raises:
        ImportError: if sympy isn't installed.
        RuntimeError: if a worker can't start for another reason.
    """
    try:
        request = json.dumps([_encoded(left), _encoded(right), deadline]).encode() + b"\n"
    except RecursionError:
        return "unknown"
    pool = _pool
    worker = pool.take()
    if worker is None:
        return "timed_out"
    try:
        return worker.ask(request, deadline)
    finally:
        pool.give_back(worker)


def close() -> None:
    """End all workers of this process; the next request starts new ones. Called at exit."""
    _pool.close()


def _encoded(node: Node) -> _Tree:
    if isinstance(node, Number):  # in hexadecimal, which has no limit on digits
        return ["number", hex(node.value.numerator), hex(node.value.denominator)]
    if isinstance(node, Name):
        return ["name", node.name]
    return [node.head, *map(_encoded, node.args)]


class _Worker:
    """One process and the socket to it. Used by one thread at a time, except for `kill`."""

    def __init__(self) -> None:
        self.fit = False  # for the next request
        self.started = False
        self.served = 0
        self.socket, end = socket.socketpair()
        with end:
            try:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-W", "ignore", str(_PROGRAM)],
                    stdin=end.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    start_new_session=True,  # control-C is for the parent; a worker ends when the socket does
                )
            except BaseException:
                self.socket.close()
                raise

    def ask(self, request: bytes, deadline: float) -> Answer:
        self.fit = False  # until all has gone well: whatever interrupts this leaves a worker in mid-request
        try:
            if not self.started:
                self._await_start()
            self.socket.settimeout(deadline)  # of sending, too: a worker that was stopped reads nothing
            self.socket.sendall(request)
            reply = self._receive(deadline)
        except TimeoutError:
            return "timed_out"
        except ConnectionError:
            return "unknown"
        self.served += 1
        self.fit = self.served < MAX_REQUESTS and int(str(reply["resident"])) < MAX_RESIDENT
        return _ANSWERS[str(reply["answer"])]

    def _await_start(self) -> None:
        """Wait until sympy is imported.

        Raises:
            ImportError, RuntimeError: if the program ended itself.
            ConnectionError, TimeoutError: if it was killed, or is too slow.
        """
        try:
            greeting = self._receive(MAX_START)
        except ConnectionError:
            status = self.process.wait()
            if status < 0:
                raise
            raise RuntimeError(
                f"the process that runs sympy ended at its start with status {status}; "
                f"to see why: {sys.executable} -P {_PROGRAM} < /dev/null"
            ) from None
        if "error" in greeting:
            raise ImportError(f"the checker needs sympy ({greeting['error']}); install it with: pip install sympy")
        self.started = True

    def _receive(self, seconds: float) -> dict[str, object]:
        ends = time.monotonic() + seconds
        line = b""
        while not line.endswith(b"\n"):
            self.socket.settimeout(max(ends - time.monotonic(), 1e-3))
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise ConnectionResetError("the worker ended")
            line += piece
        reply: dict[str, object] = json.loads(line)
        return reply

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.kill()
        self.socket.close()

    def disown(self) -> None:
        """Forget, in a forked process, a worker that belongs to the parent."""
        self.socket.close()
        self.process.returncode = 0  # or Popen would warn that it still runs, and wait for it


def _environment() -> dict[str, str]:
    """What makes the same request give the same answer whatever is set or installed here."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SYMPY_", "MPMATH_"))}
    return inherited | {"PYTHONHASHSEED": "0", "SYMPY_GROUND_TYPES": "python", "MPMATH_NOGMPY": "1"}


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Pool:
    """The workers of this process, started when there are more callers than idle ones."""

    def __init__(self) -> None:
        self.size = min(MAX_WORKERS, _processors())
        self.changed = threading.Condition()
        self.idle: deque[_Worker] = deque()
        self.workers: set[_Worker] = set()  # idle and busy

    def take(self) -> _Worker | None:
        """A worker for the caller alone; None if none was free in time."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.idle or len(self.workers) < self.size, MAX_WAIT):
                return None
            while self.idle:
                worker = self.idle.pop()
                if worker.process.poll() is None:
                    return worker
                worker.stop()  # it was killed while idle
                self.workers.discard(worker)
            worker = _Worker()  # under the lock, so that no fork catches it half made
            self.workers.add(worker)
            return worker

    def give_back(self, worker: _Worker) -> None:
        """Keep a worker for the next caller, or end it if it isn't fit."""
        alive = worker.fit and worker.process.poll() is None
        if not alive:
            worker.stop()
        with self.changed:
            if alive:
                self.idle.append(worker)
            else:
                self.workers.discard(worker)
            self.changed.notify()

    def close(self) -> None:
        """End all workers. The caller of a busy one gets 'unknown' and gives it back."""
        with self.changed:
            for worker in self.workers:
                worker.kill()
            for worker in self.idle:
                worker.socket.close()
            self.workers.difference_update(self.idle)
            self.idle.clear()
            self.changed.notify_all()


def _before_fork() -> None:
    _pool.changed.acquire()


def _after_fork_in_parent() -> None:
    _pool.changed.release()


def _after_fork_in_child() -> None:
    global _pool
    for worker in _pool.workers:
        worker.disown()
    _pool = _Pool()


_pool = _Pool()
atexit.register(close)
os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
