"""Sessions in the store that are closed: judged, and put on the board."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from reasoning_leaderboard.challenge.chain import Step
from reasoning_leaderboard.challenge.rounds import Manifest
from reasoning_leaderboard.challenge.sessions import Closed, Opened, Played, entry_of, verdicts
from reasoning_leaderboard.entries import AgentCard, Entry
from reasoning_leaderboard.store.entries import add_entry, replace_entry
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.rounds import Conflict, manifest_in, round_row, session_row, sessions_in
from reasoning_leaderboard.store.tables import SessionRow, StepRow
from reasoning_leaderboard.tracks import hold_to_versions, judged_here


def sessions_to_score(store: Store) -> tuple[str, ...]:
    """The sessions that are closed and have no entry yet, in the order of opening."""
    with store.reading() as session:
        waiting = select(SessionRow.id).where(SessionRow.closed.is_not(None), SessionRow.scored.is_(None))
        return tuple(session.scalars(waiting.order_by(SessionRow.number)))


def scored_sessions(store: Store) -> tuple[str, ...]:
    """The sessions that have an entry, in the order of opening."""
    with store.reading() as session:
        scored = select(SessionRow.id).where(SessionRow.scored.is_not(None))
        return tuple(session.scalars(scored.order_by(SessionRow.number)))


def judge_session(
    store: Store, identity: str, watch: Callable[[int], None] | None = None, *, anew: bool = False
) -> Entry:
    """The entry that a closed session gets. Bounded work, but seconds to minutes of it; nothing is written.

    Args:
        store: where it is.
        identity: of the session.
        watch: called with the episodes that are done.
        anew: whether it was judged before, so that the checker may be of another version than the round's.

    Raises:
        NoSuch: if there is no such session.
        Conflict: if it is open.
        NotComparable: if a family has another version here.
    """
    with store.reading() as session:
        row = session_row(session, identity)
        its_round = round_row(session, row.round, with_secret=True)
        manifest, key = manifest_in(its_round.manifest), its_round.secret
        attempts = sessions_in(session, row.round, row.account)
        played = _played(session, row)
    if anew:
        manifest = manifest.model_copy(update={"track": judged_here(manifest.track)})
    hold_to_versions(manifest.track)
    return entry_of(manifest, played, verdicts(manifest, key, played, watch), attempts)


def keep_score(store: Store, entry: Entry, *, now: datetime, replacing: bool = False) -> Entry:
    """Put the entry of a session on the board. Doing it again changes nothing.

    Args:
        store: where the session is.
        entry: that it was judged to be worth.
        now: the time.
        replacing: whether an entry that stands already becomes this one.

    Raises:
        NoSuch: if it is the entry of no session.
    """
    with store.writing() as session:
        # the round first, as all do that lock a session and an account: so none waits for one that waits for it
        round_row(session, entry.round or "", lock=True)
        row = session_row(session, entry.id, lock=True)
        if row.scored is None:
            row.scored = now
            # counted anew: another session may have been opened since this one was judged
            add_entry(session, entry, attempts=sessions_in(session, row.round, row.account))
        elif replacing:
            replace_entry(session, entry)
    return entry


def revealed_session(store: Store, identity: str) -> tuple[Manifest, bytes, Played] | None:
    """A session with all that makes its problems again; None until its round is revealed.

    Raises:
        NoSuch: if there is no such session.
    """
    with store.reading() as session:
        row = session_row(session, identity)
        its_round = round_row(session, row.round, with_secret=True)
        if its_round.revealed is None:
            return None
        return manifest_in(its_round.manifest), its_round.secret, _played(session, row)


def steps_of(session: Session, identity: str) -> dict[int, list[tuple[Step, str]]]:
    """The steps of a session with the head after each, by episode."""
    query = select(StepRow).where(StepRow.session == identity).order_by(StepRow.episode, StepRow.step)
    rows = session.scalars(query).all()
    return {
        episode: [(Step.model_validate_json(row.record), row.head) for row in group]
        for episode, group in groupby(rows, key=lambda row: row.episode)
    }


def _played(session: Session, row: SessionRow) -> Played:
    if row.closed is None or row.head is None or row.signature is None:
        raise Conflict(f"session {row.id} is open; close it first")
    closed = Closed(session=row.id, head=row.head, signature=row.signature, on=row.closed.date())
    card = AgentCard.model_validate_json(row.card)
    opened = Opened(session=row.id, account=row.account, card=card, nonce=row.nonce, on=row.opened.date())
    steps = steps_of(session, row.id)
    return Played(opened, closed, {episode: [step for step, _ in found] for episode, found in steps.items()})
