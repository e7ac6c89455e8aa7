"""The work on submissions: claimed by a lease, so that none is lost and none is done twice."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from reasoning_leaderboard.entries import Entry, Superseded
from reasoning_leaderboard.store.entries import AlreadyThere, add_entry
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.submissions import State
from reasoning_leaderboard.store.tables import EPOCH, EntryRow, Instant, JobRow, SubmissionRow

LEASE: Final = timedelta(seconds=60)  # after which work that isn't heard of is given to another
PUT_OFF: Final = timedelta(seconds=60)  # until what failed is tried again


@dataclass(frozen=True, slots=True)
class Claim:
    """A submission that one worker, and no other, is to verify now."""

    submission: str
    account: str
    archive: bytes
    received: datetime
    reason: str  # why it is judged anew; empty the first time
    lease: str
    tries: int  # this one among them


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of verifying a submission."""

    state: State
    reason: str = ""
    entry: Entry | None = None  # if it is verified


def claim(store: Store, *, now: datetime) -> Claim | None:
    """Take the submission that has waited longest, those that are judged anew last; None if there is none.

    Raises:
        StoreUnavailable: if none can be taken.
    """
    lease = secrets.token_hex(16)
    waiting = (
        select(JobRow)
        .where(JobRow.leased_until <= now)
        .order_by(JobRow.reason != "", JobRow.queued, JobRow.submission)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with store.writing() as session:
        job = session.scalars(waiting).one_or_none()
        if job is None:
            return None
        job.lease, job.leased_until, job.tries = lease, now + LEASE, job.tries + 1
        account, archive, received = session.execute(
            select(SubmissionRow.account, SubmissionRow.archive, SubmissionRow.received).where(
                SubmissionRow.id == job.submission
            )
        ).one()
        return Claim(job.submission, account, archive, received, job.reason, lease, job.tries)


def renew(store: Store, claimed: Claim, *, now: datetime) -> bool:
    """Keep what was claimed for a while longer; False if it is another's by now."""
    with store.writing() as session:
        job = _held(session, claimed)
        if job is not None:
            job.leased_until = now + LEASE
        return job is not None


def release(store: Store, claimed: Claim, *, now: datetime) -> None:
    """Give back what was claimed, as if nobody had begun on it."""
    with store.writing() as session:
        job = _held(session, claimed)
        if job is not None:
            job.lease, job.leased_until, job.tries = "", now, job.tries - 1


def put_off(store: Store, claimed: Claim, *, now: datetime) -> None:
    """Let what was claimed be tried again later."""
    with store.writing() as session:
        job = _held(session, claimed)
        if job is not None:
            job.lease, job.leased_until = "", now + PUT_OFF


def decide(store: Store, claimed: Claim, finding: Finding, *, certain: bool = True, now: datetime) -> bool:
    """Write what came of a submission, with its entry, in one transaction; False if it is another's by now.

    An entry that stands is replaced by what was found anew. It falls if the submission is found wrong, and stays as it
    is if that can't be said: with another version it isn't comparable, or the finding isn't certain.

    Args:
        store: where it is written.
        claimed: what was verified.
        finding: what came of it.
        certain: False if verifying failed, rather than the submission.
        now: the time.
    """
    with store.writing() as session:
        job = _held(session, claimed)
        if job is None:
            return False
        row = session.scalars(select(SubmissionRow).where(SubmissionRow.id == claimed.submission)).one()
        standing = session.scalars(select(EntryRow).where(EntryRow.submission == row.id)).one_or_none()
        if finding.entry is not None and standing is None:
            finding = _enter(session, claimed, finding.entry)
        elif finding.entry is not None and standing is not None:
            _replace(standing, finding.entry, claimed.reason, now)
        elif standing is not None and certain and finding.state is State.REJECTED:
            standing.stands = False
        stays = finding.entry is None and standing is not None and standing.stands
        row.state, row.reason, row.decided = State.VERIFIED if stays else finding.state, finding.reason, now
        session.delete(job)
    return True


def rescore(store: Store, reason: str, *, now: datetime) -> int:
    """Let every submission be judged anew, but those that are waiting already; how many there are.

    Args:
        store: where they are.
        reason: that the history of entries will show.
        now: the time.

    Raises:
        ValueError: if there is no reason, or a page couldn't show it.
    """
    if not reason:
        raise ValueError("the reason is empty; say why submissions are judged anew, for the history of entries")
    Superseded(correct=0, n=0, until=now.date(), reason=reason)
    waiting = select(JobRow.submission)
    chosen = select(
        SubmissionRow.id,
        literal(reason),
        literal(now, Instant()),
        literal(""),
        literal(EPOCH, Instant()),
        literal(0),
    ).where(SubmissionRow.id.not_in(waiting))
    columns = ["submission", "reason", "queued", "lease", "leased_until", "tries"]
    with store.writing() as session:
        rows = session.execute(insert(JobRow).from_select(columns, chosen).returning(JobRow.submission)).all()
    return len(rows)


def replace_score(store: Store, entry: Entry, reason: str, *, now: datetime) -> bool:
    """Let an entry that stands be what was found anew; whether its score has changed, which goes to its history.

    Raises:
        StoreUnavailable: if it can't be written.
    """
    with store.writing() as session:
        standing = session.scalars(select(EntryRow).where(EntryRow.id == entry.id).with_for_update()).one()
        before = _entry(standing)
        _replace(standing, entry, reason, now)
        return _entry(standing).history != before.history


def _held(session: Session, claimed: Claim) -> JobRow | None:
    """The row of what was claimed, locked; None if the lease is another's by now, or the work is done."""
    query = select(JobRow).where(JobRow.submission == claimed.submission, JobRow.lease == claimed.lease)
    return session.scalars(query.with_for_update()).one_or_none()


def _enter(session: Session, claimed: Claim, entry: Entry) -> Finding:
    try:
        add_entry(session, entry, claimed.submission)
    except AlreadyThere as error:
        return Finding(State.REJECTED, f"{error}; nobody can enter them again")
    return Finding(State.VERIFIED, entry=entry)


def _replace(standing: EntryRow, entry: Entry, reason: str, now: datetime) -> None:
    """Let an entry be what was found anew; a score that differs goes to its history."""
    before = _entry(standing)
    same = (before.cells, before.track) == (entry.cells, entry.track)
    old = Superseded(correct=before.correct, n=before.n, until=now.date(), reason=reason)
    kept = {"id": before.id, "entered": before.entered, "attempts": before.attempts}
    history = before.history if same else (*before.history, old)
    anew = entry.model_copy(update={**kept, "history": history})
    standing.record, standing.track, standing.stands = anew.written().decode("ascii"), anew.track.key, True


def _entry(row: EntryRow) -> Entry:
    return Entry.read(row.record.encode("ascii"))
