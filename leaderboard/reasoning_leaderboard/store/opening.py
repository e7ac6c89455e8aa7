"""The store: one database, opened with what each needs to lose nothing that was acknowledged."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from reasoning_leaderboard.store.migrating import migrate

PATIENCE: Final = 30  # seconds that one waits for another's write
CONNECTIONS: Final = 40  # as many as threads answer requests in a process
FULL: Final = frozenset({"53100", "53200"})  # what PostgreSQL says where disk or memory is used up


class StoreUnavailable(RuntimeError):
    """Nothing was written: the database can't be reached, can't be written, or is too busy."""


class StoreFull(StoreUnavailable):
    """Nothing was written: there is no room left."""


@dataclass(frozen=True)
class Store:
    """A database that is at the present version.

    On SQLite a writer has the database for itself; on PostgreSQL transactions are READ COMMITTED, so that a row that
    is read in order to be written is to be locked (`with_for_update`, which SQLite leaves out).
    """

    url: URL
    readers: Engine
    writers: Engine
    counters: Engine  # whose commits a power failure may undo
    _turn: AbstractContextManager[object] = field(default_factory=nullcontext[None])

    def reading(self) -> AbstractContextManager[Session]:
        """A session in which everything is of one moment on SQLite, and each statement of one on PostgreSQL.

        Raises:
            StoreUnavailable: if the database can't be read.
        """
        return _session(self.readers, nullcontext())

    def writing(self) -> AbstractContextManager[Session]:
        """A session that is committed when the block ends, safely on the disk, and undone if it raises.

        Raises:
            StoreFull: if there is no room left.
            StoreUnavailable: if nothing could be written for another reason.
            sqlalchemy.exc.IntegrityError: if it is against a constraint, or changes what is kept.
        """
        return _session(self.writers, self._turn)

    def counting(self) -> AbstractContextManager[Session]:
        """As `writing`, but a power failure may undo it: for counts, which need no disk to wait for.

        Raises:
            StoreUnavailable: if nothing could be written.
        """
        return _session(self.counters, self._turn)

    def close(self) -> None:
        """Close all connections; the store may be used again, which opens others."""
        for engine in {self.readers, self.writers, self.counters}:
            engine.dispose()


def open_store(url: str) -> Store:
    """The store at an address, made or brought to the present version if it isn't.

    Args:
        url: `sqlite:///path/to/file` (four slashes before an absolute path), or
            `postgresql://user:password@host/database`.

    Raises:
        ValueError: for another kind of database, or one in memory.
        StoreUnavailable: if it can't be reached.
        alembic.util.CommandError: if it is of a later version than this program.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise ValueError("the store's address isn't one; give sqlite:///file or postgresql://…") from None
    match address.get_backend_name():
        case "sqlite":
            store = _sqlite(address)
        case "postgresql":
            store = _postgresql(address)
        case other:
            raise ValueError(f"a store can't be in {other}; give sqlite:///file or postgresql://…")
    with _told_plainly():
        migrate(store.writers)
    return store


def _sqlite(address: URL) -> Store:
    if address.database in (None, "", ":memory:"):
        raise ValueError("a store in memory would be lost; give the path of a file, as in sqlite:///board.sqlite")
    _make_private(address.database)
    readers = _sqlite_engine(address, synchronous="FULL").execution_options(begin="BEGIN")
    counters = _sqlite_engine(address, synchronous="NORMAL").execution_options(begin="BEGIN IMMEDIATE")
    # Waiting in turn within a process is fair and quick; SQLite's own waiting, by sleeping, is neither.
    return Store(
        address, readers, readers.execution_options(begin="BEGIN IMMEDIATE"), counters, _Turn(threading.Lock())
    )


def _make_private(file: str) -> None:
    """Make a database's file, if it isn't there, for its owner alone: it holds the secret keys of open rounds.

    SQLite gives the files that it keeps beside it the same mode. Where it can't be made, SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _sqlite_engine(address: URL, synchronous: str) -> Engine:
    engine = create_engine(address, hide_parameters=True, pool_size=CONNECTIONS, max_overflow=0, pool_timeout=PATIENCE)

    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself; `begin` below does
        for pragma in (
            f"busy_timeout = {PATIENCE * 1000}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
            "recursive_triggers = ON",  # so that INSERT OR REPLACE can't delete past a trigger
        ):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _postgresql(address: URL) -> Store:
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=CONNECTIONS // 4,
        max_overflow=CONNECTIONS - CONNECTIONS // 4,
        pool_timeout=PATIENCE,
        hide_parameters=True,
        pool_pre_ping=True,  # a server that was restarted is found anew
        connect_args={
            "connect_timeout": PATIENCE,
            "options": f"-c timezone=utc -c lock_timeout={PATIENCE}s -c statement_timeout={2 * PATIENCE}s",
        },
    )
    counters = engine.execution_options()
    event.listen(counters, "begin", _begin_counting)
    return Store(address, engine, engine, counters)


def _begin_counting(connection: Connection) -> None:
    connection.execute(text("SET LOCAL synchronous_commit TO off"))


@dataclass(frozen=True)
class _Turn:
    """A lock that is waited for only so long."""

    lock: threading.Lock

    def __enter__(self) -> None:
        if not self.lock.acquire(timeout=PATIENCE):
            raise StoreUnavailable("too much is being written; try again later")

    def __exit__(self, *_: object) -> None:
        self.lock.release()


@contextmanager
def _session(engine: Engine, turn: AbstractContextManager[object]) -> Generator[Session]:
    with turn, _told_plainly(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def _told_plainly() -> Generator[None]:
    """Tell of a database that can't be used by an error of ours; constraints stay what they are."""
    try:
        yield
    except IntegrityError:
        raise
    except NoConnection as error:
        raise StoreUnavailable("too much is being asked of the database; try again later") from error
    except DBAPIError as error:
        if _is_full(error.orig):
            raise StoreFull("there is no room left in the database; make room on its disk") from error
        if _is_down(error):
            raise StoreUnavailable(f"the database can't be used: {_first_line(error)}") from error
        raise


def _is_full(error: object) -> bool:
    if isinstance(error, sqlite3.Error):
        return _sqlite_code(error) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) in FULL


def _is_down(error: DBAPIError) -> bool:
    """Whether the database, and not the statement, is at fault."""
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error.orig) not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE)
    state = str(getattr(error.orig, "sqlstate", None) or "08")
    return error.connection_invalidated or state[:2] in ("08", "25", "40", "53", "55", "57", "58", "XX")


def _sqlite_code(error: sqlite3.Error) -> int:
    """What SQLite says, without the details: https://www.sqlite.org/rescode.html. What Python says is a misuse."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)
    return code & 0xFF


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().split("\n", 1)[0][:200]
