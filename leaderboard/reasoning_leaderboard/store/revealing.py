"""The reveal of a round: its sessions closed and scored, its key and all transcripts published."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select

from reasoning_leaderboard.archives import MIB
from reasoning_leaderboard.canonical import sha256
from reasoning_leaderboard.challenge.archive import (
    Asked,
    Logged,
    Revealed,
    Scored,
    Thought,
    log_statement,
    write_round,
)
from reasoning_leaderboard.challenge.chain import first_head, public_key, sign
from reasoning_leaderboard.entries import Entry
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.playing import close, question_in
from reasoning_leaderboard.store.rounds import Conflict, log_end, log_lines, manifest_in, round_row
from reasoning_leaderboard.store.scoring import keep_score, steps_of
from reasoning_leaderboard.store.tables import EpisodeRow, PieceRow, SessionRow

PIECE: Final = 4 * MIB  # bytes of an archive in a row


def reveal(
    store: Store,
    name: str,
    signing: Ed25519PrivateKey,
    judge: Callable[[str], Entry],
    *,
    now: datetime,
    watch: Callable[[int, int], None] | None = None,
) -> None:
    """Close a round, score its sessions, and publish its key and all transcripts.

    Revealing it again changes nothing. What takes long is done without a lock, since a closed session doesn't change;
    where one was opened meanwhile, by a server whose clock is behind, it is closed too and all is done again.

    Args:
        store: where the round is.
        name: of the round.
        signing: the key that it was opened with.
        judge: makes a closed session its entry, as `judge_session` does; what it raises ends the reveal.
        now: the time.
        watch: called with the sessions that are done and how many there are.

    Raises:
        NoSuch: if there is no such round.
        Conflict: if the signing key isn't the one that the round was opened with.
        StoreUnavailable: if it couldn't be kept.
    """
    while _is_hidden(store, name):
        head = _stop(store, name, signing, now)
        with TemporaryFile() as archive:
            _write(archive, store, name, head, signing, _scored(store, name, judge, now, watch))
            kept = _keep(store, name, archive)
        _publish(store, name, head, kept, now)


def _is_hidden(store: Store, name: str) -> bool:
    with store.reading() as session:
        return round_row(session, name).revealed is None


def _stop(store: Store, name: str, signing: Ed25519PrivateKey, now: datetime) -> str:
    """Let nothing more into a round, and close its sessions; the head of its log, in which all of them are closed."""
    with store.writing() as session:
        its_round = round_row(session, name, lock=True)
        if public_key(signing) != its_round.public_key:
            raise Conflict("the signing key isn't the one that the round was opened with; give that file")
        its_round.closes = min(its_round.closes, now)
        still_open = select(SessionRow).where(SessionRow.round == name, SessionRow.closed.is_(None))
        for row in session.scalars(still_open.order_by(SessionRow.number).with_for_update()).all():
            close(session, its_round, row, signing, now)
        return log_end(session, its_round)[1]


def _scored(
    store: Store, name: str, judge: Callable[[str], Entry], now: datetime, watch: Callable[[int, int], None] | None
) -> Iterator[Asked | Thought | Scored]:
    """The lines of all sessions of a round, each scored as it is come to."""
    with store.reading() as session:
        found = session.scalars(select(SessionRow.id).where(SessionRow.round == name).order_by(SessionRow.number)).all()
    for done, identity in enumerate(found, 1):
        yield from _played(store, identity)
        entry = judge(identity)
        keep_score(store, entry, now=now, replacing=True)
        yield Scored(entry=entry)
        if watch is not None:
            watch(done, len(found))


def _played(store: Store, identity: str) -> Iterator[Asked | Thought]:
    """The questions and thoughts of a session."""
    with store.reading() as session:
        steps = steps_of(session, identity)
        begun = select(EpisodeRow).where(EpisodeRow.session == identity).order_by(EpisodeRow.episode)
        for row in session.scalars(begun).all():
            question = question_in(row.question)
            head = first_head(identity, row.episode, question)
            yield Asked(session=identity, episode=row.episode, question=question.text, head=head)
            for step, after in steps.get(row.episode, ()):
                yield Thought(session=identity, step=step, head=after)


def _write(
    archive: BinaryIO,
    store: Store,
    name: str,
    head: str,
    signing: Ed25519PrivateKey,
    lines: Iterator[Asked | Thought | Scored],
) -> None:
    """Write the archive of a round whose log has this head at its end."""
    with store.reading() as session:
        its_round = round_row(session, name, with_secret=True)
        revealed = Revealed(
            manifest=manifest_in(its_round.manifest),
            commit=its_round.commitment,
            key=its_round.secret.hex(),
            public_key=its_round.public_key,
            log_head=head,
            signature=sign(signing, log_statement(name, head)),
        )
    write_round(archive, revealed, _log(store, name), lines)


def _log(store: Store, name: str) -> Iterator[Logged]:
    with store.reading() as session:
        yield from log_lines(session, name)


def _keep(store: Store, round_name: str, archive: BinaryIO) -> str:
    """Keep an archive in pieces, each in a transaction of its own so that no other waits long; its new name."""
    name = _begin_of_names(round_name) + secrets.token_hex(8)
    archive.seek(0)
    for number, piece in enumerate(iter(partial(archive.read, PIECE), b"")):
        with store.writing() as session:
            session.add(PieceRow(archive=name, number=number, size=len(piece), data=piece))
    return name


def _publish(store: Store, name: str, head: str, archive: str, now: datetime) -> None:
    """Let an archive be that of its round, unless the log went on while it was made, or another was published.

    With the first that is published all others of the round go, also what a reveal has left that was killed.
    """
    with store.writing() as session:
        its_round = round_row(session, name, lock=True)
        if its_round.revealed is None and log_end(session, its_round)[1] == head:
            its_round.archive, its_round.revealed = archive, now
            others = delete(PieceRow).where(PieceRow.archive.startswith(_begin_of_names(name)))
            session.execute(others.where(PieceRow.archive != archive))
        else:
            session.execute(delete(PieceRow).where(PieceRow.archive == archive))


def _begin_of_names(round_name: str) -> str:
    """How the names of a round's archives begin, so that they are known for its own."""
    return sha256("archive", round_name)[:16]
