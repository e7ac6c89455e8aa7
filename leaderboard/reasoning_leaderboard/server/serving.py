"""Runs the server: processes that answer requests, and beside them processes that verify."""

from __future__ import annotations

import logging
import logging.config
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from reasoning_leaderboard.boards import LiveBoard
from reasoning_leaderboard.challenge.chain import load_signing_key, public_key
from reasoning_leaderboard.challenge.rounds import hold_to_manifest
from reasoning_leaderboard.pages.serving import pages_router
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.challenge import challenge_router
from reasoning_leaderboard.server.settings import Settings, from_environment, to_environment
from reasoning_leaderboard.store import Store, open_store
from reasoning_leaderboard.store.rounds import rounds
from reasoning_leaderboard.submission import verified_entry
from reasoning_leaderboard.verifying import Verify, work

APP: Final = "reasoning_leaderboard.server.serving:app"
GRACE: Final = 30  # seconds that requests have to end in when the server does
LOOK: Final = 0.2  # seconds between looks whether a process goes on, and is to
PAUSE: Final = 1.0  # seconds before a process that ended is followed by another
LOGS: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": "INFO", "propagate": False}
        for name in ("uvicorn", "reasoning_leaderboard")
    },
}
log = logging.getLogger("reasoning_leaderboard.server")


def app() -> FastAPI:
    """The app by the settings of the environment: what each worker of `serve` runs."""
    settings = from_environment()
    _end_with_parent()
    signing = load_signing_key(Path(settings.signing_key))
    store = open_store(settings.store)
    return make_app(store, settings, [challenge_router(signing), pages_router(LiveBoard(store))])


def serve(settings: Settings, verify: Verify = verified_entry, *, app: str = APP) -> None:
    """Serve until told to end by SIGINT or SIGTERM; requests that have begun are finished.

    Args:
        settings: all of them.
        verify: a function of a module that can be imported, which makes an archive an entry.
        app: where the function is that makes the app, as `module:function`; it reads `from_environment`.

    Raises:
        StoreUnavailable: if the store can't be opened.
        ValueError: if its address isn't one.
    """
    logging.config.dictConfig(LOGS)
    signing = load_signing_key(Path(settings.signing_key))  # made here, before several processes look for it
    store = open_store(settings.store)
    tell_of_rounds(store, public_key(signing))
    store.close()
    os.environ.update(to_environment(settings))
    with _verifying(settings, verify):
        uvicorn.run(
            app,
            factory=True,
            host=settings.host,
            port=settings.port,
            uds=settings.socket or None,
            workers=settings.workers,
            http="h11",
            ws="none",
            access_log=False,  # it would show queries; the guard writes one that doesn't
            log_config=LOGS,
            server_header=False,
            proxy_headers=bool(settings.proxies),
            forwarded_allow_ips=list(settings.proxies),
            timeout_graceful_shutdown=GRACE,
        )


def tell_of_rounds(store: Store, public: str) -> None:
    """Tell those who run the server of rounds that it can't play to their end."""
    for each in rounds(store):
        name = each.manifest.round
        if each.revealed is not None:
            continue
        if each.public_key != public:
            log.warning("the round %s is signed by another key: nobody can play it here; name its signing_key", name)
        try:
            hold_to_manifest(each.manifest)
        except ValueError as error:
            advice = "serve and reveal it with the software that it was opened with"
            log.warning("the round %s can't be played or revealed here: %s; %s", name, error, advice)


@contextmanager
def _verifying(settings: Settings, verify: Verify) -> Generator[None]:
    """Have submissions verified meanwhile."""
    stop = threading.Event()
    keepers = [threading.Thread(target=_keep_one, args=(settings, verify, stop)) for _ in range(settings.verifiers)]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


def _keep_one(settings: Settings, verify: Verify, stop: threading.Event) -> None:
    """Keep one process that verifies, and start another when it ends."""
    while not stop.is_set():
        process = multiprocessing.get_context("spawn").Process(target=_verify_on, args=(settings, verify))
        process.start()
        while process.is_alive() and not stop.wait(LOOK):
            pass
        if process.is_alive():
            process.terminate()
            process.join(GRACE)
            process.kill()
        else:
            log.error("a process that verifies ended with %s; another is started", process.exitcode)
            stop.wait(PAUSE)
        process.join()


def _verify_on(settings: Settings, verify: Verify) -> None:
    """What a process that verifies does."""
    logging.config.dictConfig(LOGS)
    work(settings.store, verify, settings.bounds, load_signing_key(Path(settings.signing_key)))


def _end_with_parent() -> None:
    """Let a worker end when the process that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
