"""Rounds and sessions in the store: opened, played thought by thought, closed, scored and revealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from reasoning_gym.planning import Limits
from reasoning_gym.problem import Question, State, observation
from reasoning_leaderboard.canonical import HASH, tuples
from reasoning_leaderboard.challenge.chain import (
    Step,
    closing,
    first_head,
    next_head,
    public_key,
    receipt,
    session_head,
    sign,
)
from reasoning_leaderboard.challenge.reveal import (
    Asked,
    Logged,
    Revealed,
    Thought,
    first_log_head,
    log_statement,
    next_log_head,
    write_round,
)
from reasoning_leaderboard.challenge.rounds import (
    MOST_PLAYED,
    MOST_SESSIONS,
    Manifest,
    commitment,
    hold_to_manifest,
    problem_of,
    session_name,
)
from reasoning_leaderboard.challenge.sessions import Closed, Opened, Place, Played, begin, entry_of, follow, verdicts
from reasoning_leaderboard.entries import AgentCard, Entry, Name
from reasoning_leaderboard.store.entries import add_entry, recount, replace_entry
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.tables import EpisodeRow, LogRow, RoundRow, SessionRow, StepRow
from reasoning_leaderboard.tracks import hold_to_versions, judged_here, limits_of

SESSION_LASTS: Final = timedelta(days=7)
EPISODES_AT_ONCE: Final = 256  # of a session, begun and not over


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


class Progress(NamedTuple):
    """How far an episode is."""

    episode: int
    steps: int
    over: bool


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is known of a session before its round is revealed."""

    id: str
    round: str
    account: str
    card: AgentCard
    nonce: str
    episodes: int
    begun: tuple[Progress, ...]
    opened: datetime
    closes: datetime
    closed: datetime | None
    head: str | None
    signature: str | None
    scored: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is shown of an episode after a step; nothing in it depends on whether an answer is right."""

    session: str
    episode: int
    step: int  # that this is after; 0 for the question
    question: Question
    thoughts: tuple[str, ...]
    thoughts_left: int
    over: bool
    head: str
    signature: str

    @property
    def observation(self) -> str:
        """The question and the thoughts so far, as an agent reads them."""
        return observation(self.question, self.thoughts)


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
            _round(row, _sessions_in(session, row.name))
            for row in session.scalars(select(RoundRow).order_by(RoundRow.opened.desc(), RoundRow.name))
        )


def look_up_round(store: Store, name: str) -> Round:
    """A round.

    Raises:
        NoSuch: if there is none of that name.
    """
    with store.reading() as session:
        return _round(_round_row(session, name), _sessions_in(session, name))


def log_of(store: Store, name: str, *, after: int = 0, most: int | None = None) -> tuple[Logged, ...]:
    """Lines of a round's log, in order, from the one after `after`.

    Raises:
        NoSuch: if there is no such round.
    """
    with store.reading() as session:
        _round_row(session, name)
        return tuple(_log_lines(session, name, after, most))


def archive_of_round(store: Store, name: str) -> bytes | None:
    """The archive of a round; None until it is revealed.

    Raises:
        NoSuch: if there is no such round.
    """
    with store.reading() as session:
        _round_row(session, name)
        return session.scalar(select(RoundRow.archive).where(RoundRow.name == name))


def open_session(
    store: Store, round_name: str, account: Name, card: AgentCard, nonce: str, *, now: datetime
) -> Sitting:
    """Open a session, and log it: from now on it counts as an attempt. Asking for the same again changes nothing.

    Raises:
        NoSuch: if there is no such round.
        Over: if the round is closed.
        Conflict: if the account has had all its attempts, or the round is full.
        ValueError: if the nonce isn't 64 hexadecimal digits.
    """
    if not HASH.fullmatch(nonce):
        raise ValueError("the nonce must be 64 hexadecimal digits; draw 32 random bytes")
    with store.writing() as session:
        # whoever else writes the log of this round waits here
        row = _round_row(session, round_name, lock=True)
        name = session_name(row.commitment, account, card, nonce)
        found = session.scalar(select(SessionRow).where(SessionRow.id == name))
        if found is None:
            _hold_open(row, now)
            _hold_to_room(session, row, account)
            closes = min(row.closes, now + SESSION_LASTS)
            written = card.written().decode("ascii")
            found = SessionRow(
                id=name, round=round_name, account=account, card=written, nonce=nonce, opened=now, closes=closes
            )
            session.add(found)
            session.flush()
            opened = Opened(session=name, account=account, card=card, nonce=nonce, on=now.date())
            _note(session, row, opened)
            # the board tells of it at once: else whoever came first would show one attempt until the reveal
            recount(session, round_name, account, _attempts(session, round_name, account))
        return _sitting(session, row, found)


def account_of(store: Store, identity: str) -> str:
    """Whose a session is.

    Raises:
        NoSuch: if there is none.
    """
    with store.reading() as session:
        return _session_row(session, identity).account


def look_up_session(store: Store, identity: str) -> Sitting:
    """What is known of a session.

    Raises:
        NoSuch: if there is none.
    """
    with store.reading() as session:
        row = _session_row(session, identity)
        return _sitting(session, _round_row(session, row.round), row)


def ask(store: Store, identity: str, episode: int, signing: Ed25519PrivateKey, *, now: datetime) -> Seen:
    """Where an episode is; the first time, it begins with its question.

    Raises:
        NoSuch: if there is no such session or episode.
        Over: if the session is closed and the episode never began.
        Conflict: if too many others have begun and aren't over.
    """
    with store.reading() as session:
        row = _session_row(session, identity)
        found = session.get(EpisodeRow, (identity, episode))
        if found is not None:
            return _seen(session, _limits(session, row), found, found.steps, signing)
        owner = _round_row(session, row.round, with_secret=True)
        manifest, key = _manifest(owner.manifest), owner.secret
    if not 0 <= episode < manifest.episodes:
        raise NoSuch(f"there is no episode {episode}; the session has episodes 0 to {manifest.episodes - 1}")
    question = problem_of(manifest, key, identity, episode).problem.question  # before a lock is held: it may take long
    with store.writing() as session:
        row = _session_row(session, identity, lock=True)
        found = session.get(EpisodeRow, (identity, episode))
        if found is None:
            _hold_going(row, now)
            _hold_to_few(session, identity)
            found = EpisodeRow(
                session=identity,
                episode=episode,
                question=_question_text(question),
                head=first_head(identity, episode, question.text),
            )
            session.add(found)
        return _seen(session, limits_of(manifest.track), found, found.steps, signing)


def take_step(store: Store, identity: str, step: Step, signing: Ed25519PrivateKey, *, now: datetime) -> Seen:
    """Keep a thought. Whether the answer that it may state is right isn't looked at.

    The same step again gets the same reply; the transcript is never changed.

    Raises:
        NoSuch: if there is no such session, or the episode hasn't begun.
        Conflict: if another thought is there, it isn't the next step, or the episode is over.
        Over: if the session is closed.
    """
    with store.writing() as session:
        row = _session_row(session, identity, lock=True)
        episode = session.get(EpisodeRow, (identity, step.episode))
        if episode is None:
            raise NoSuch(f"episode {step.episode} hasn't begun; ask for its question first")
        limits = _limits(session, row)
        record = step.written().decode("ascii")
        if step.step <= episode.steps:
            _hold_to_same(session, identity, step, record)
            return _seen(session, limits, episode, step.step, signing)
        _hold_going(row, now)
        if episode.over:
            raise Conflict(f"episode {step.episode} is over after {episode.steps} steps")
        if step.step != episode.steps + 1:
            raise Conflict(f"step is {step.step}; the next of episode {step.episode} is {episode.steps + 1}")
        place = follow(_place(session, episode, limits), step.thought, limits)
        episode.head = next_head(episode.head, step)
        episode.steps, episode.over = step.step, place.over
        session.add(StepRow(session=identity, episode=step.episode, step=step.step, record=record, head=episode.head))
        session.flush()
        return _seen(session, limits, episode, step.step, signing)


def close_session(store: Store, identity: str, signing: Ed25519PrivateKey, *, now: datetime) -> Sitting:
    """Close a session, and log its head; what isn't finished counts as wrong. Closing it again changes nothing.

    Raises:
        NoSuch: if there is no such session.
    """
    with store.writing() as session:
        owner = _round_row(session, _session_row(session, identity).round, lock=True)
        row = _session_row(session, identity, lock=True)
        _close(session, owner, row, signing, now)
        return _sitting(session, owner, row)


def sessions_to_close(store: Store, *, now: datetime) -> tuple[str, ...]:
    """The sessions whose time is up and that are still open."""
    with store.reading() as session:
        late = select(SessionRow.id).where(SessionRow.closed.is_(None), SessionRow.closes <= now)
        return tuple(session.scalars(late.order_by(SessionRow.number)))


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
        row = _session_row(session, identity)
        owner = _round_row(session, row.round, with_secret=True)
        manifest, key = _manifest(owner.manifest), owner.secret
        attempts = _attempts(session, row.round, row.account)
        played = _played(session, row)
    if anew:
        manifest = manifest.model_copy(update={"track": judged_here(manifest.track)})
    hold_to_versions(manifest.track)
    return entry_of(manifest, played, verdicts(manifest, key, played, watch), attempts)


def revealed_session(store: Store, identity: str) -> tuple[Manifest, bytes, Played] | None:
    """A session with all that makes its problems again; None until its round is revealed.

    Raises:
        NoSuch: if there is no such session.
    """
    with store.reading() as session:
        row = _session_row(session, identity)
        owner = _round_row(session, row.round, with_secret=True)
        if owner.revealed is None:
            return None
        return _manifest(owner.manifest), owner.secret, _played(session, row)


def keep_score(store: Store, entry: Entry, *, now: datetime) -> Entry:
    """Put the entry of a session on the board. Doing it again changes nothing.

    Raises:
        NoSuch: if it is the entry of no session.
    """
    with store.writing() as session:
        # the round first, as all do that lock a session and an account: so none waits for one that waits for it
        _round_row(session, entry.round or "", lock=True)
        row = _session_row(session, entry.id, lock=True)
        if row.scored is None:
            row.scored = now
            # counted anew: another session may have been opened since this one was judged
            add_entry(session, entry, attempts=_attempts(session, row.round, row.account))
    return entry


def reveal(store: Store, name: str, signing: Ed25519PrivateKey, *, now: datetime) -> bytes:
    """Close a round, score what isn't scored, and publish its key and all transcripts; the archive.

    Revealing it again gives the same archive. What takes long is done without a lock, since a closed session doesn't
    change; where one was opened meanwhile, by a server whose clock is behind, it is closed too and all is done again.

    Raises:
        NoSuch: if there is no such round.
        Conflict: if the signing key isn't the one that the round was opened with.
        StoreUnavailable: if it couldn't be kept.
    """
    while True:
        log = _stop(store, name, signing, now)
        published = archive_of_round(store, name) or _publish(store, name, _making(store, name, log, signing), now=now)
        if published is not None:
            return published


class _Made(NamedTuple):
    """A round's archive before it is published."""

    archive: bytes
    entries: Sequence[Entry]
    log_head: str  # that it ends in


def _stop(store: Store, name: str, signing: Ed25519PrivateKey, now: datetime) -> list[Logged]:
    """Let nothing more into a round, and close its sessions; the log, in which all that were opened are closed."""
    with store.writing() as session:
        owner = _round_row(session, name, lock=True)
        if public_key(signing) != owner.public_key:
            raise Conflict("the signing key isn't the one that the round was opened with; give that file")
        owner.closes = min(owner.closes, now)
        still_open = select(SessionRow).where(SessionRow.round == name, SessionRow.closed.is_(None))
        for row in session.scalars(still_open.order_by(SessionRow.number).with_for_update()).all():
            _close(session, owner, row, signing, now)
        return list(_log_lines(session, name))


def _making(store: Store, name: str, log: Sequence[Logged], signing: Ed25519PrivateKey) -> _Made:
    """Score the sessions of a log that is at its end, and write the archive."""
    sessions = [line.entry.session for line in log if isinstance(line.entry, Opened)]
    entries = [judge_session(store, identity) for identity in sessions]  # with the number of attempts that is final
    with store.reading() as session:
        owner = _round_row(session, name, with_secret=True)
        head = log[-1].head if log else first_log_head(owner.commitment)
        revealed = Revealed(
            manifest=_manifest(owner.manifest),
            commit=owner.commitment,
            key=owner.secret.hex(),
            public_key=owner.public_key,
            log_head=head,
            signature=sign(signing, log_statement(name, head)),
        )
        return _Made(write_round(revealed, log, _step_lines(session, sessions), entries), entries, head)


def _publish(store: Store, name: str, made: _Made, *, now: datetime) -> bytes | None:
    """Keep an archive and its entries; the archive that is kept, or None if the log went on meanwhile."""
    with store.writing() as session:
        owner = _round_row(session, name, lock=True)
        if owner.revealed is not None:
            return session.scalars(select(RoundRow.archive).where(RoundRow.name == name)).one()
        if _log_end(session, owner)[1] != made.log_head:
            return None
        # by account, so that two rounds that are revealed at once lock accounts in the same order
        for entry in sorted(made.entries, key=lambda each: each.account):
            row = _session_row(session, entry.id, lock=True)
            if row.scored is None:
                add_entry(session, entry, attempts=entry.attempts)
            else:
                replace_entry(session, entry)
            row.scored = row.scored or now
        owner.archive, owner.revealed = made.archive, now
        return made.archive


def _close(session: Session, owner: RoundRow, row: SessionRow, signing: Ed25519PrivateKey, now: datetime) -> None:
    if row.closed is not None:
        return
    found = select(EpisodeRow.episode, EpisodeRow.head).where(EpisodeRow.session == row.id)
    heads = {row.episode: row.head for row in session.execute(found)}
    head = session_head(row.id, [heads.get(i) for i in range(_manifest(owner.manifest).episodes)])
    signature = sign(signing, closing(row.id, head))
    row.closed, row.head, row.signature = now, head, signature
    _note(session, owner, Closed(session=row.id, head=head, signature=signature, on=now.date()))


def _note(session: Session, owner: RoundRow, entry: Opened | Closed) -> None:
    """Write a line of a round's log, which the caller holds locked."""
    number, head = _log_end(session, owner)
    line = LogRow(
        round=owner.name,
        number=number + 1,
        entry=entry.written().decode("ascii"),
        head=next_log_head(head, entry),
    )
    session.add(line)
    session.flush()


def _log_end(session: Session, owner: RoundRow) -> tuple[int, str]:
    """How many lines a round's log has, and its head."""
    query = select(LogRow.number, LogRow.head).where(LogRow.round == owner.name).order_by(LogRow.number.desc())
    last = session.execute(query.limit(1)).one_or_none()
    return (0, first_log_head(owner.commitment)) if last is None else (last.number, last.head)


def _log_lines(session: Session, name: str, after: int = 0, most: int | None = None) -> Iterator[Logged]:
    query = select(LogRow).where(LogRow.round == name, LogRow.number > after).order_by(LogRow.number).limit(most)
    for row in session.scalars(query):
        yield Logged.model_validate_json(f'{{"entry":{row.entry},"head":"{row.head}"}}')


def _step_lines(session: Session, sessions: Sequence[str]) -> Iterator[Asked | Thought]:
    """The questions and thoughts of sessions, in the order in which the archive has them."""
    for identity in sessions:
        steps = _steps_of(session, identity)
        begun = select(EpisodeRow).where(EpisodeRow.session == identity).order_by(EpisodeRow.episode)
        for row in session.scalars(begun):
            text = _question(row.question).text
            yield Asked(
                session=identity, episode=row.episode, question=text, head=first_head(identity, row.episode, text)
            )
            for step, head in steps.get(row.episode, ()):
                yield Thought(session=identity, step=step, head=head)


def _steps_of(session: Session, identity: str) -> dict[int, list[tuple[Step, str]]]:
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
    steps = _steps_of(session, row.id)
    return Played(opened, closed, {episode: [step for step, _ in found] for episode, found in steps.items()})


def _attempts(session: Session, round_name: str, account: Name) -> int:
    """How many sessions of a round an account has opened."""
    query = select(func.count()).where(SessionRow.round == round_name, SessionRow.account == account)
    return session.scalar(query) or 0


def _seen(session: Session, limits: Limits, row: EpisodeRow, step: int, signing: Ed25519PrivateKey) -> Seen:
    """An episode as it was after a step."""
    query = select(StepRow.record, StepRow.head).where(
        StepRow.session == row.session, StepRow.episode == row.episode, StepRow.step <= step
    )
    rows = session.execute(query.order_by(StepRow.step)).all()
    thoughts = tuple(Step.model_validate_json(record).thought[: limits.max_thought_chars] for record, _ in rows)
    question = _question(row.question)
    head = rows[-1][1] if rows else first_head(row.session, row.episode, question.text)
    return Seen(
        session=row.session,
        episode=row.episode,
        step=step,
        question=question,
        thoughts=thoughts,
        thoughts_left=limits.max_thoughts - len(thoughts),
        over=row.over and step == row.steps,
        head=head,
        signature=sign(signing, receipt(row.session, row.episode, step, head)),
    )


def _place(session: Session, row: EpisodeRow, limits: Limits) -> Place:
    """Where an episode is that isn't over; a thought that was too long would have ended it."""
    query = select(StepRow.record).where(StepRow.session == row.session, StepRow.episode == row.episode)
    thoughts = [Step.model_validate_json(record).thought for record in session.scalars(query.order_by(StepRow.step))]
    place = begin(_question(row.question))
    return place._replace(state=State(place.state.question, tuple(thoughts)))


def _hold_to_room(session: Session, row: RoundRow, account: Name) -> None:
    """Let no more into a round than anyone can audit, nor more of one account than is a share of that."""
    if _attempts(session, row.name, account) >= MOST_SESSIONS:
        raise Conflict(f"the account has opened {MOST_SESSIONS} sessions of the round, which are the limit")
    if (_sessions_in(session, row.name) + 1) * _manifest(row.manifest).episodes > MOST_PLAYED:
        raise Conflict(f"the round is full: its sessions have {MOST_PLAYED:,} episodes at most")


def _hold_to_same(session: Session, identity: str, step: Step, record: str) -> None:
    kept = session.get_one(StepRow, (identity, step.episode, step.step))
    if kept.record != record:
        raise Conflict(f"step {step.step} of episode {step.episode} is another: what was thought can't be changed")


def _hold_to_few(session: Session, identity: str) -> None:
    query = select(func.count()).where(EpisodeRow.session == identity, EpisodeRow.over.is_(False))
    if (session.scalar(query) or 0) >= EPISODES_AT_ONCE:
        raise Conflict(f"{EPISODES_AT_ONCE} episodes have begun and aren't over; finish one of them first")


def _hold_open(row: RoundRow, now: datetime) -> None:
    if row.revealed is not None or now >= row.closes:
        raise Over(f"the round {row.name!r} is closed since {row.closes:%Y-%m-%d %H:%M} UTC; see which are open")


def _hold_going(row: SessionRow, now: datetime) -> None:
    if row.closed is not None or now >= row.closes:
        raise Over(f"the session is closed since {row.closed or row.closes:%Y-%m-%d %H:%M} UTC; open another")


def _round_row(session: Session, name: str, *, lock: bool = False, with_secret: bool = False) -> RoundRow:
    query = select(RoundRow).where(RoundRow.name == name)
    if lock:
        query = query.with_for_update()
    if with_secret:
        query = query.options(undefer(RoundRow.secret))
    row = session.scalar(query)
    if row is None:
        raise NoSuch(f"there is no round {name[:60]!r}")
    return row


def _session_row(session: Session, identity: str, *, lock: bool = False) -> SessionRow:
    query = select(SessionRow).where(SessionRow.id == identity)
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if row is None:
        raise NoSuch(f"there is no session {identity[:64]!r}")
    return row


def _sessions_in(session: Session, name: str) -> int:
    return session.scalar(select(func.count()).where(SessionRow.round == name)) or 0


def _round(row: RoundRow, sessions: int) -> Round:
    return Round(
        _manifest(row.manifest), row.commitment, row.public_key, row.opened, row.closes, row.revealed, sessions
    )


def _sitting(session: Session, owner: RoundRow, row: SessionRow) -> Sitting:
    columns = select(EpisodeRow.episode, EpisodeRow.steps, EpisodeRow.over).where(EpisodeRow.session == row.id)
    begun = session.execute(columns.order_by(EpisodeRow.episode)).all()
    return Sitting(
        id=row.id,
        round=row.round,
        account=row.account,
        card=AgentCard.model_validate_json(row.card),
        nonce=row.nonce,
        episodes=_manifest(owner.manifest).episodes,
        begun=tuple(Progress(*each) for each in begun),
        opened=row.opened,
        closes=row.closes,
        closed=row.closed,
        head=row.head,
        signature=row.signature,
        scored=row.scored,
    )


def _limits(session: Session, row: SessionRow) -> Limits:
    return limits_of(
        _manifest(session.scalars(select(RoundRow.manifest).where(RoundRow.name == row.round)).one()).track
    )


@lru_cache(maxsize=64)
def _manifest(text: str) -> Manifest:
    return Manifest.model_validate_json(text)


def _question_text(question: Question) -> str:
    return json.dumps([question.family, question.level, question.statement, question.answer_format, question.given])


@lru_cache(maxsize=1024)
def _question(text: str) -> Question:
    family, level, statement, answer_format, given = json.loads(text)
    return Question(family, level, statement, answer_format, tuples(given))
