"""Rounds in the store: opened, looked up, and what is written in their logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from reasoning_leaderboard.challenge.archive import Logged, first_log_head, next_log_head
from reasoning_leaderboard.challenge.chain import public_key
from reasoning_leaderboard.challenge.rounds import Manifest, RoundState, commitment, hold_to_manifest
from reasoning_leaderboard.challenge.sessions import Closed, Opened
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.tables import LogRow, PieceRow, RoundRow, SessionRow


class NoSuch(LookupError):
    """There is no such round, session or episode."""


class Conflict(ValueError):
    """It doesn't go together with what was kept before; the message says with what."""


class Over(ValueError):
    """The round or the session is closed."""


@dataclass(frozen=True, slots=True)
class Round:
    """What anyone may know of a round."""

    manifest: Manifest
    commitment: str
    public_key: str
    opened: datetime
    closes: datetime
    revealed: datetime | None
    sessions: int  # that were opened

    def state(self, now: datetime) -> RoundState:
        """Whether sessions may be opened at a time, not any more, or all of it may be known."""
        return "revealed" if self.revealed else "closed" if now >= self.closes else "open"


def open_round(
    store: Store, manifest: Manifest, key: bytes, signing: Ed25519PrivateKey, *, now: datetime, lasts: timedelta
) -> Round:
    """Publish a round's commitment; from now on sessions may be opened.

    Raises:
        ValueError: if there is a round of that name, it would last no time, or its problems can't be made here.
        StoreUnavailable: if it couldn't be kept.
    """
    hold_to_manifest(manifest)
    if lasts <= timedelta():
        raise ValueError(f"the round would last {lasts}; let it last longer")
    row = RoundRow(
        name=manifest.round,
        manifest=manifest.written().decode("ascii"),
        secret=key,
        commitment=commitment(manifest, key),
        public_key=public_key(signing),
        opened=now,
        closes=now + lasts,
    )
    with store.writing() as session:
        if session.get(RoundRow, manifest.round) is not None:
            raise ValueError(f"there is a round {manifest.round!r}; take another name")
        session.add(row)
    return _round(row, 0)


def rounds(store: Store) -> tuple[Round, ...]:
    """All rounds, newest first."""
    with store.reading() as session:
        return tuple(
            _round(row, sessions_in(session, row.name))
            for row in session.scalars(select(RoundRow).order_by(RoundRow.opened.desc(), RoundRow.name))
        )


def look_up_round(store: Store, name: str) -> Round:
    """A round.

    Raises:
        NoSuch: if there is none of that name.
    """
    with store.reading() as session:
        return _round(round_row(session, name), sessions_in(session, name))


def sessions_under_way(store: Store, name: str, *, now: datetime) -> int:
    """How many sessions of a round are open: thoughts of them are still taken."""
    query = select(func.count()).where(SessionRow.round == name, SessionRow.closed.is_(None), SessionRow.closes > now)
    with store.reading() as session:
        return session.scalar(query) or 0


def log_of(store: Store, name: str, *, after: int = 0, most: int | None = None) -> tuple[Logged, ...]:
    """Lines of a round's log, in order, from the one after `after`.

    Raises:
        NoSuch: if there is no such round.
    """
    with store.reading() as session:
        round_row(session, name)
        return tuple(log_lines(session, name, after, most))


def archive_size(store: Store, name: str) -> int | None:
    """How many bytes the archive of a round has; None until it is revealed.

    Raises:
        NoSuch: if there is no such round.
    """
    with store.reading() as session:
        row = round_row(session, name)
        if row.archive is None:
            return None
        return session.scalars(select(func.sum(PieceRow.size)).where(PieceRow.archive == row.archive)).one()


def archive_pieces(store: Store, name: str) -> Iterator[bytes]:
    """The archive of a round that is revealed, in pieces, of which one at a time is in memory.

    Raises:
        NoSuch: if there is no such round.
    """
    with store.reading() as session:
        archive = round_row(session, name).archive
    for number in count():
        with store.reading() as session:
            query = select(PieceRow.data).where(PieceRow.archive == archive, PieceRow.number == number)
            piece = session.scalar(query)
        if piece is None:
            return
        yield piece


def round_row(session: Session, name: str, *, lock: bool = False, with_secret: bool = False) -> RoundRow:
    """The row of a round, locked if that is asked for.

    Raises:
        NoSuch: if there is none of that name.
    """
    query = select(RoundRow).where(RoundRow.name == name)
    if lock:
        query = query.with_for_update()
    if with_secret:
        query = query.options(undefer(RoundRow.secret))
    row = session.scalar(query)
    if row is None:
        raise NoSuch(f"there is no round {name[:60]!r}")
    return row


def session_row(session: Session, identity: str, *, lock: bool = False) -> SessionRow:
    """The row of a challenge's session, locked if that is asked for.

    Raises:
        NoSuch: if there is none.
    """
    query = select(SessionRow).where(SessionRow.id == identity)
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if row is None:
        raise NoSuch(f"there is no session {identity[:64]!r}")
    return row


def sessions_in(session: Session, name: str, account: str | None = None) -> int:
    """How many sessions of a round were opened, by anyone or by one account."""
    query = select(func.count()).where(SessionRow.round == name)
    return session.scalar(query if account is None else query.where(SessionRow.account == account)) or 0


@lru_cache(maxsize=64)
def manifest_in(text: str) -> Manifest:
    """The manifest that a row holds."""
    return Manifest.model_validate_json(text)


def note(session: Session, its_round: RoundRow, entry: Opened | Closed) -> None:
    """Write a line of a round's log, which the caller holds locked."""
    number, head = log_end(session, its_round)
    line = LogRow(
        round=its_round.name,
        number=number + 1,
        entry=entry.written().decode("ascii"),
        head=next_log_head(head, entry),
    )
    session.add(line)
    session.flush()


def log_end(session: Session, its_round: RoundRow) -> tuple[int, str]:
    """How many lines a round's log has, and its head."""
    query = select(LogRow.number, LogRow.head).where(LogRow.round == its_round.name).order_by(LogRow.number.desc())
    last = session.execute(query.limit(1)).one_or_none()
    return (0, first_log_head(its_round.commitment)) if last is None else (last.number, last.head)


def log_lines(session: Session, name: str, after: int = 0, most: int | None = None) -> Iterator[Logged]:
    """Lines of a round's log, from the one after `after`."""
    query = select(LogRow).where(LogRow.round == name, LogRow.number > after).order_by(LogRow.number).limit(most)
    for row in session.scalars(query.execution_options(yield_per=1_000)):
        yield Logged.model_validate_json(f'{{"entry":{row.entry},"head":"{row.head}"}}')


def _round(row: RoundRow, sessions: int) -> Round:
    return Round(
        manifest_in(row.manifest), row.commitment, row.public_key, row.opened, row.closes, row.revealed, sessions
    )
