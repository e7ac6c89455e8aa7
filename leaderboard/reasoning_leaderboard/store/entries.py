"""The entries that stand on the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reasoning_leaderboard.entries import Entry, Tier
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.tables import AccountRow, EntryRow

MOST: Final = 200  # entries in one answer


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; None is any."""

    tier: str | None = None
    track: str | None = None  # its key
    account: str | None = None
    round: str | None = None


def entries(
    store: Store, wanted: Wanted = Wanted(), *, after: int = 0, most: int | None = None
) -> tuple[tuple[int, Entry], ...]:
    """The entries that stand, in the order of arrival, each with its number in it.

    Args:
        store: where they are.
        wanted: which.
        after: the number after which to begin.
        most: how many; None for all.

    Raises:
        StoreUnavailable: if the database can't be read.
    """
    query = select(EntryRow.number, EntryRow.record).where(EntryRow.stands, EntryRow.number > after)
    for column, value in (
        (EntryRow.tier, wanted.tier),
        (EntryRow.track, wanted.track),
        (EntryRow.account, wanted.account),
        (EntryRow.round, wanted.round),
    ):
        if value is not None:
            query = query.where(column == value)
    with store.reading() as session:
        rows = session.execute(query.order_by(EntryRow.number).limit(most)).all()
    return tuple((number, Entry.read(record.encode("ascii"))) for number, record in rows)


def entry(store: Store, identity: str) -> Entry | None:
    """An entry that stands; None if there is none with that id.

    Raises:
        StoreUnavailable: if the database can't be read.
    """
    with store.reading() as session:
        record = session.scalar(select(EntryRow.record).where(EntryRow.id == identity, EntryRow.stands))
    return None if record is None else Entry.read(record.encode("ascii"))


def submission_behind(store: Store, identity: str) -> str | None:
    """The id of the submission that an entry was computed from; None if it was computed from none.

    Raises:
        StoreUnavailable: if the database can't be read.
    """
    with store.reading() as session:
        return session.scalar(select(EntryRow.submission).where(EntryRow.id == identity))


def add_entry(session: Session, found: Entry, submission: str | None = None, *, attempts: int | None = None) -> Entry:
    """Put an entry on the board in a session that is writing; it counts the account's attempts up to it.

    Args:
        session: of `Store.writing`.
        found: what was computed; its `attempts` are counted anew.
        submission: the id of the submission that it is computed from, if it is.
        attempts: how many there were, where others count than those that came to an entry.

    Raises:
        AlreadyThere: if an entry of the same content stands.
    """
    # whoever else adds an entry of this account waits here, so that both count right
    session.scalars(select(AccountRow).where(AccountRow.name == found.account).with_for_update()).one()
    if session.scalar(select(EntryRow.id).where(EntryRow.id == found.id)) is not None:
        raise AlreadyThere(f"the same episodes stand on the board as the entry {found.id}")
    if attempts is None:
        attempts = 1 + _attempts(session, found.account, found.tier, found.track.key)
    counted = found.model_copy(update={"attempts": attempts})
    session.add(
        EntryRow(
            id=counted.id,
            submission=submission,
            account=counted.account,
            tier=counted.tier,
            track=counted.track.key,
            round=counted.round,
            record=counted.written().decode("ascii"),
        )
    )
    return counted


def replace_entry(session: Session, found: Entry) -> None:
    """Write an entry anew, in a session that is writing; its history stays.

    Raises:
        sqlalchemy.exc.NoResultFound: if it doesn't stand.
    """
    row = session.scalars(select(EntryRow).where(EntryRow.id == found.id).with_for_update()).one()
    history = Entry.read(row.record.encode("ascii")).history
    row.record = found.model_copy(update={"history": history}).written().decode("ascii")


def recount(session: Session, round_name: str, account: str, attempts: int) -> None:
    """Let all entries of an account in a round tell how many attempts it has had, in a session that is writing."""
    query = select(EntryRow).where(EntryRow.round == round_name, EntryRow.account == account)
    for row in session.scalars(query.with_for_update()):
        entry = Entry.read(row.record.encode("ascii"))
        row.record = entry.model_copy(update={"attempts": attempts}).written().decode("ascii")


class AlreadyThere(ValueError):
    """An entry of the same content stands on the board."""


def _attempts(session: Session, account: str, tier: Tier, track: str) -> int:
    query = select(func.count()).where(EntryRow.account == account, EntryRow.tier == tier, EntryRow.track == track)
    return session.scalar(query) or 0
