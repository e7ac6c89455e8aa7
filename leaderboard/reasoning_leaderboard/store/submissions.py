"""Submissions as they are received, looked up and decided."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ScalarSelect, Select, select
from sqlalchemy.exc import IntegrityError

from reasoning_leaderboard.canonical import sha256
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.tables import EPOCH, EntryRow, JobRow, SubmissionRow


class State(StrEnum):
    """What has come of a submission."""

    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of a submission."""

    id: str
    account: str
    content: str  # SHA-256 of the archive, hexadecimal
    size: int  # bytes
    state: State
    reason: str  # why it isn't verified
    received: datetime
    decided: datetime | None
    entry: str | None  # the id of its entry


def submission_id(account: str, content: str) -> str:
    """The id of an account's submission of a content."""
    return sha256("submission", account, content)


def receive(store: Store, account: str, archive: bytes, *, now: datetime) -> Receipt:
    """Keep an archive. Once this returns, it is on the disk; sending it again changes nothing.

    Raises:
        StoreFull: if there is no room for it.
        StoreUnavailable: if it couldn't be kept.
        sqlalchemy.exc.IntegrityError: if there is no such account.
    """
    content = hashlib.sha256(archive).hexdigest()
    identity = submission_id(account, content)
    found = look_up(store, identity)
    if found is not None:
        return found
    row = SubmissionRow(
        id=identity,
        account=account,
        content=content,
        size=len(archive),
        state=State.PENDING,
        received=now,
        archive=archive,
    )
    try:
        with store.writing() as session:
            session.add(row)
            session.flush()
            session.add(JobRow(submission=identity, queued=now, leased_until=EPOCH))
    except IntegrityError:
        found = look_up(store, identity)  # the same came in by another way meanwhile
        if found is None:
            raise
        return found
    return Receipt(identity, account, content, len(archive), State.PENDING, "", now, None, None)


def look_up(store: Store, identity: str) -> Receipt | None:
    """What is known of a submission; None if there is none.

    Raises:
        StoreUnavailable: if the database can't be read.
    """
    with store.reading() as session:
        found = session.execute(_with_entry().where(SubmissionRow.id == identity)).one_or_none()
    return None if found is None else _receipt(*found)


def archive_of(store: Store, identity: str) -> bytes | None:
    """The bytes that were received; None if there is no such submission."""
    with store.reading() as session:
        return session.scalar(select(SubmissionRow.archive).where(SubmissionRow.id == identity))


_ENTRY: Final[ScalarSelect[Any]] = select(EntryRow.id).where(EntryRow.submission == SubmissionRow.id).scalar_subquery()


def _with_entry() -> Select[SubmissionRow, str | None]:
    return select(SubmissionRow, _ENTRY)


def _receipt(row: SubmissionRow, entry: str | None) -> Receipt:
    return Receipt(
        row.id, row.account, row.content, row.size, State(row.state), row.reason, row.received, row.decided, entry
    )
