"""The store keeps what it was given, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from pretend_verifiers import entry_of
from sqlalchemy import MetaData, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from reasoning_leaderboard.challenge.archive import LINE_OVERHEAD
from reasoning_leaderboard.store import Store, StoreFull, StoreUnavailable, open_store
from reasoning_leaderboard.store.jobs import replace_score
from reasoning_leaderboard.store.migrating import MIGRATIONS
from reasoning_leaderboard.store.rounds import archive_pieces
from reasoning_leaderboard.store.tables import (
    AccountRow,
    Base,
    BucketRow,
    EntryRow,
    SessionRow,
    SubmissionRow,
    TokenRow,
)

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = open_store(store_url)
    yield store
    store.close()


def submission(account: str = "ada", content: str = "c" * 64, archive: bytes = b"bytes \x00\xff") -> SubmissionRow:
    return SubmissionRow(
        id=(content[0] + account).ljust(64, "0")[:64],
        account=account,
        content=content,
        size=len(archive),
        state="pending",
        received=NOW,
        archive=archive,
    )


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing() as session:
        session.add(AccountRow(name="ada", made=NOW))
        session.flush()
        session.add(submission())
        session.add(TokenRow(id="1" * 16, digest="1" * 64, account="ada", scopes="submit", made=NOW, expires=NOW))
        session.flush()
        session.add(EntryRow(id="e" * 64, submission=submission().id, account="ada", tier="t", track="k", record="{}"))
    return store


def test_a_record_of_an_older_version_is_no_other_score(store: Store):
    entry = entry_of(b"archive", "ada", 1, NOW.date()).model_copy(update={"thoughts": "a" * 64})
    record = json.loads(entry.written())
    del record["thoughts"]  # a key that came later
    with store.writing() as session:
        session.add(AccountRow(name="ada", made=NOW))
        session.flush()
        keys = {"account": "ada", "tier": entry.tier, "track": entry.track.key}
        session.add(EntryRow(id=entry.id, record=json.dumps(record), **keys))
    assert not replace_score(store, entry, "to be sure", now=NOW)
    better = entry_of(b"archive", "ada", 1, NOW.date(), correct=2)
    assert replace_score(store, better, "the checker was too strict", now=NOW)


def count(store: Store, table: type[Base]) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def store_of_0002(url: str, archives: Mapping[str, bytes | None], records: Sequence[str]) -> None:
    """A store of before archives lay in pieces, with these rounds, and one session in the first of them."""
    address = make_url(url)
    engine = create_engine(address if "sqlite" in url else address.set(drivername="postgresql+psycopg"))
    metadata = MetaData()
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", MIGRATIONS)
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        metadata.reflect(connection)
        tables = metadata.tables
        connection.execute(tables["accounts"].insert().values(name="ann", made=0))
        for name, archive in archives.items():
            row = {"manifest": "{}", "secret": b"k", "commitment": "0", "public_key": "0", "opened": 0, "closes": 1}
            connection.execute(tables["rounds"].insert().values(name=name, archive=archive, **row))
        row = {"round": next(iter(archives)), "account": "ann", "card": "{}", "nonce": "0", "opened": 0, "closes": 1}
        connection.execute(tables["sessions"].insert().values(id="s", **row))
        row = {"session": "s", "episode": 0, "head": "0"}
        connection.execute(tables["episodes"].insert().values(question="1+1?", steps=2, over=False, **row))
        for step, record in enumerate(records, 1):
            connection.execute(tables["steps"].insert().values(step=step, record=record, **row))
    engine.dispose()


def test_a_store_of_before_pieces_keeps_its_archives_and_counts_its_transcripts(new_url: str) -> None:
    whole = {"a": bytes(range(256)) * 40_000, "b": b"", "c": None, "d": b"zstd"}
    store_of_0002(new_url, whole, ["x" * 1_000, "y" * 2_000])
    store = open_store(new_url)
    for name, archive in whole.items():
        assert b"".join(archive_pieces(store, name)) == (archive or b"")
    assert [len(piece) for piece in archive_pieces(store, "a")] == [
        4 * 2**20,
        4 * 2**20,
        len(whole["a"] or b"") - 2**23,
    ]
    with store.reading() as session:
        row = session.scalars(select(SessionRow)).one()
        assert row.written >= 3_004 + 3 * LINE_OVERHEAD
        assert row.written < row.room
    with pytest.raises(IntegrityError), store.writing() as session:
        session.execute(text("DELETE FROM sessions"))
    store.close()


def test_migrations_make_exactly_the_tables_that_the_program_has(store: Store):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.readers.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_what_was_written_is_read_back_as_it_was(filled: Store):
    with filled.reading() as session:
        row = session.scalars(select(SubmissionRow)).one()
        assert (row.received, row.decided, row.state, row.number) == (NOW, None, "pending", 1)
        assert session.scalar(select(SubmissionRow.archive)) == b"bytes \x00\xff"


def test_a_store_that_is_opened_again_holds_what_it_held(filled: Store, store_url: str):
    again = open_store(store_url)
    assert count(again, SubmissionRow) == 1
    again.close()


KEPT = [
    "DELETE FROM accounts",
    "DELETE FROM tokens",
    "DELETE FROM submissions",
    "DELETE FROM entries",
    "UPDATE accounts SET name = 'eve'",
    "UPDATE tokens SET scopes = 'admin'",
    "UPDATE tokens SET expires = expires + 1",
    "UPDATE submissions SET archive = 'other'",
    "UPDATE submissions SET account = 'ada', content = 'other'",
    "UPDATE submissions SET received = 0",
    "UPDATE entries SET account = 'ada'",
    "UPDATE entries SET id = 'other'",
]


@pytest.mark.parametrize("statement", KEPT)
def test_what_must_not_change_cannot(filled: Store, statement: str):
    with pytest.raises(IntegrityError, match="kept as they were written"), filled.writing() as session:
        session.execute(text(statement))


def test_a_row_cannot_be_replaced_or_all_be_cut_off(filled: Store):
    sqlite = filled.url.get_backend_name() == "sqlite"
    statement = "INSERT OR REPLACE INTO accounts VALUES ('ada', 0)" if sqlite else "TRUNCATE accounts CASCADE"
    with pytest.raises(IntegrityError, match="kept as they were written"), filled.writing() as session:
        session.execute(text(statement))


def test_the_state_of_a_submission_can_be_written(filled: Store):
    with filled.writing() as session:
        session.scalars(select(SubmissionRow)).one().state = "verified"
    with filled.reading() as session:
        assert session.scalars(select(SubmissionRow)).one().state == "verified"


def test_an_account_has_a_content_once(filled: Store):
    again = submission()
    again.id = "another"
    with pytest.raises(IntegrityError), filled.writing() as session:
        session.add(again)


def test_a_submission_needs_an_account_that_is_there(store: Store):
    with pytest.raises(IntegrityError), store.writing() as session:
        session.add(submission(account="nobody"))


def test_nothing_of_a_block_that_raises_is_kept(store: Store):
    def write_and_fail():
        with store.writing() as session:
            session.add(AccountRow(name="ada", made=NOW))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    assert count(store, AccountRow) == 0


def test_writers_at_once_lose_no_increment(store: Store):
    with store.writing() as session:
        session.add(BucketRow(key="k", empty_at=NOW))

    def increments():
        for _ in range(10):
            with store.writing() as session:
                row = session.scalars(select(BucketRow).with_for_update()).one()
                row.empty_at += timedelta(seconds=1)

    threads = [threading.Thread(target=increments) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        assert session.scalars(select(BucketRow)).one().empty_at == NOW + timedelta(seconds=80)


def test_processes_that_open_a_new_store_at_once_make_it_once(new_url: str):
    code = f"from reasoning_leaderboard.store import open_store; open_store({new_url!r})"
    processes = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate()[1].decode()[-500:] for process in processes] == [""] * 4
    assert "submissions" in inspect(open_store(new_url).readers).get_table_names()


def test_what_sqlite_acknowledges_is_on_the_disk(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    with store.writing() as session:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        assert [session.scalar(text(f"PRAGMA {name}")) for name in asked] == ["wal", 2, 1]


def test_a_full_database_says_so_and_holds_what_it_held(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    with store.writing() as session:
        session.add(AccountRow(name="ada", made=NOW))
    store.close()
    event.listen(store.writers, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 60"))
    with pytest.raises(StoreFull, match="no room left"), store.writing() as session:
        session.add(submission(archive=bytes(1_000_000)))
    assert (count(store, AccountRow), count(store, SubmissionRow)) == (1, 0)
    with store.writing() as session:
        session.add(submission(archive=b"small"))
    assert count(store, SubmissionRow) == 1


def test_a_file_that_is_no_database_is_told_of(tmp_path: Path):
    path = tmp_path / "board.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes()[:21] == b"not a database at all"


def test_a_database_of_a_later_version_is_refused(tmp_path: Path):
    from alembic.util import CommandError

    path = tmp_path / "board.sqlite"
    open_store(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CommandError, match="9999"):
        open_store(f"sqlite:///{path}")


def test_a_new_file_with_all_that_sqlite_keeps_beside_it_is_its_owners_alone(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    with store.writing() as session:
        session.add(AccountRow(name="ada", made=NOW))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    store.close()
    assert modes == dict.fromkeys(("board.sqlite", "board.sqlite-wal", "board.sqlite-shm"), 0o600)


def test_a_store_in_a_folder_that_is_not_there_is_told_of(tmp_path: Path):
    with pytest.raises(StoreUnavailable, match="unable to open"):
        open_store(f"sqlite:///{tmp_path}/nowhere/board.sqlite")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://host/board", "mysql"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("board.sqlite", "give sqlite:///"),
    ],
)
def test_an_address_that_is_no_store_is_refused(url: str, told: str):
    with pytest.raises(ValueError, match=told):
        open_store(url)


def test_a_server_that_is_not_there_is_told_of(tmp_path: Path):
    with pytest.raises(StoreUnavailable):
        open_store(f"postgresql://nobody@/nothing?host={tmp_path}")
