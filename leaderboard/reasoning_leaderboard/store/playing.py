"""Sessions in the store: opened, played thought by thought, and closed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from reasoning_gym.planning import Limits
from reasoning_gym.problem import Question, State, observation
from reasoning_leaderboard.canonical import HASH, tuples
from reasoning_leaderboard.challenge.archive import LARGEST_LOG, LARGEST_SESSIONS, LINE_OVERHEAD, room_of
from reasoning_leaderboard.challenge.chain import (
    Step,
    closing,
    first_head,
    next_head,
    public_key,
    receipt,
    session_head,
    sign,
    written_question,
)
from reasoning_leaderboard.challenge.rounds import MOST_PLAYED, MOST_SESSIONS, problem_of, session_name
from reasoning_leaderboard.challenge.sessions import Closed, Opened, Place, begin, follow
from reasoning_leaderboard.entries import AgentCard, Name
from reasoning_leaderboard.store.entries import recount
from reasoning_leaderboard.store.opening import Store
from reasoning_leaderboard.store.rounds import (
    Conflict,
    NoSuch,
    Over,
    manifest_in,
    note,
    round_row,
    session_row,
    sessions_in,
)
from reasoning_leaderboard.store.tables import EpisodeRow, RoundRow, SessionRow, StepRow
from reasoning_leaderboard.tracks import limits_of

SESSION_LASTS: Final = timedelta(days=7)
EPISODES_AT_ONCE: Final = 256  # of a session, begun and not over
SHARES: Final = 8  # of a round's episodes and of its archive; an account takes one at most


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


def open_session(
    store: Store, round_name: str, account: Name, card: AgentCard, nonce: str, *, now: datetime
) -> Sitting:
    """Open a session, and log it: from now on it counts as an attempt. Asking for the same again changes nothing.

    Raises:
        NoSuch: if there is no such round.
        Over: if the round is closed.
        Conflict: if the account has had all its attempts, or its share of the round, or the round is full.
        ValueError: if the nonce isn't 64 hexadecimal digits.
    """
    if not HASH.fullmatch(nonce):
        raise ValueError("the nonce must be 64 hexadecimal digits; draw 32 random bytes")
    with store.writing() as session:
        # whoever else writes the log of this round waits here
        row = round_row(session, round_name, lock=True)
        name = session_name(row.commitment, account, card, nonce)
        found = session.scalar(select(SessionRow).where(SessionRow.id == name))
        if found is None:
            _hold_open(row, now)
            room, written = room_of(manifest_in(row.manifest), card)
            _hold_to_room(session, row, account, room)
            found = SessionRow(
                id=name,
                round=round_name,
                account=account,
                card=card.written().decode("ascii"),
                nonce=nonce,
                opened=now,
                closes=min(row.closes, now + SESSION_LASTS),
                room=room,
                written=written,
            )
            session.add(found)
            session.flush()
            opened = Opened(session=name, account=account, card=card, nonce=nonce, on=now.date())
            note(session, row, opened)
            # the board tells of it at once: else whoever came first would show one attempt until the reveal
            recount(session, round_name, account, sessions_in(session, round_name, account))
        return _sitting(session, row, found)


def account_of(store: Store, identity: str) -> str:
    """Whose a session is.

    Raises:
        NoSuch: if there is none.
    """
    with store.reading() as session:
        return session_row(session, identity).account


def look_up_session(store: Store, identity: str) -> Sitting:
    """What is known of a session.

    Raises:
        NoSuch: if there is none.
    """
    with store.reading() as session:
        row = session_row(session, identity)
        return _sitting(session, round_row(session, row.round), row)


def ask(store: Store, identity: str, episode: int, signing: Ed25519PrivateKey, *, now: datetime) -> Seen:
    """Where an episode is; the first time, it begins with its question.

    Raises:
        NoSuch: if there is no such session or episode.
        Over: if the session is closed and the episode never began.
        Conflict: if too many others have begun and aren't over, or its transcript is full.
    """
    with store.reading() as session:
        row = session_row(session, identity)
        found = session.get(EpisodeRow, (identity, episode))
        if found is not None:
            return _seen(session, _limits(session, row), found, found.steps, signing)
        its_round = round_row(session, row.round, with_secret=True)
        manifest, key = manifest_in(its_round.manifest), its_round.secret
    if not 0 <= episode < manifest.episodes:
        raise NoSuch(f"there is no episode {episode}; the session has episodes 0 to {manifest.episodes - 1}")
    question = problem_of(manifest, key, identity, episode).problem.question  # before a lock is held: it may take long
    written = written_question(question)
    with store.writing() as session:
        row = session_row(session, identity, lock=True)
        found = session.get(EpisodeRow, (identity, episode))
        if found is None:
            _hold_going(row, now)
            _hold_to_few(session, identity)
            _take_room(row, written)
            found = EpisodeRow(
                session=identity,
                episode=episode,
                question=written,
                head=first_head(identity, episode, question),
            )
            session.add(found)
        return _seen(session, limits_of(manifest.track), found, found.steps, signing)


def take_step(store: Store, identity: str, step: Step, signing: Ed25519PrivateKey, *, now: datetime) -> Seen:
    """Keep a thought. Whether the answer that it may state is right isn't looked at.

    The same step again gets the same reply; the transcript is never changed.

    Raises:
        NoSuch: if there is no such session, or the episode hasn't begun.
        Conflict: if another thought is there, it isn't the next step, the episode is over, or the transcript full.
        Over: if the session is closed.
    """
    with store.writing() as session:
        row = session_row(session, identity, lock=True)
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
        _take_room(row, record)
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
        its_round = round_row(session, session_row(session, identity).round, lock=True)
        row = session_row(session, identity, lock=True)
        close(session, its_round, row, signing, now)
        return _sitting(session, its_round, row)


def close_late(store: Store, signing: Ed25519PrivateKey, *, now: datetime) -> int:
    """Close the sessions whose time is up, of rounds that are signed with this key; how many there were."""
    with store.reading() as session:
        late = select(SessionRow.id).join(RoundRow, RoundRow.name == SessionRow.round)
        query = late.where(
            SessionRow.closed.is_(None), SessionRow.closes <= now, RoundRow.public_key == public_key(signing)
        )
        found = session.scalars(query.order_by(SessionRow.number)).all()
    for identity in found:
        close_session(store, identity, signing, now=now)
    return len(found)


def close(session: Session, its_round: RoundRow, row: SessionRow, signing: Ed25519PrivateKey, now: datetime) -> None:
    """Close a session of a round, both of which the caller holds locked, unless it is closed."""
    if row.closed is not None:
        return
    found = select(EpisodeRow.episode, EpisodeRow.head).where(EpisodeRow.session == row.id)
    heads = {row.episode: row.head for row in session.execute(found)}
    head = session_head(row.id, [heads.get(i) for i in range(manifest_in(its_round.manifest).episodes)])
    signature = sign(signing, closing(row.id, head))
    row.closed, row.head, row.signature = now, head, signature
    note(session, its_round, Closed(session=row.id, head=head, signature=signature, on=now.date()))


def _seen(session: Session, limits: Limits, row: EpisodeRow, step: int, signing: Ed25519PrivateKey) -> Seen:
    """An episode as it was after a step."""
    query = select(StepRow.record, StepRow.head).where(
        StepRow.session == row.session, StepRow.episode == row.episode, StepRow.step <= step
    )
    rows = session.execute(query.order_by(StepRow.step)).all()
    thoughts = tuple(Step.model_validate_json(record).thought[: limits.max_thought_chars] for record, _ in rows)
    question = question_in(row.question)
    head = rows[-1][1] if rows else first_head(row.session, row.episode, question)
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
    place = begin(question_in(row.question))
    return place._replace(state=State(place.state.question, tuple(thoughts)))


def _hold_to_room(session: Session, row: RoundRow, account: Name, room: int) -> None:
    """Let no more into a round than anyone can audit, nor more of one account than is a share of that."""
    episodes = manifest_in(row.manifest).episodes
    most = min(MOST_SESSIONS, MOST_PLAYED // SHARES // episodes)
    if sessions_in(session, row.name, account) >= most:
        raise Conflict(f"the account has opened {most} sessions of the round, which are the limit")
    if (sessions_in(session, row.name) + 1) * episodes > MOST_PLAYED:
        raise Conflict(f"the round is full: its sessions have {MOST_PLAYED:,} episodes at most")
    log = select(func.sum(func.length(SessionRow.card) + 4 * LINE_OVERHEAD)).where(SessionRow.round == row.name)
    if (session.scalar(log) or 0) > LARGEST_LOG or _taken(session, row.name) + room > LARGEST_SESSIONS:
        raise Conflict("the round is full: no archive may hold more; open a session of another round")
    if _taken(session, row.name, account) + room > LARGEST_SESSIONS // SHARES:
        raise Conflict("the account's sessions of the round take too much room; close those that are open")


def _taken(session: Session, round_name: str, account: Name | None = None) -> int:
    """The bytes of a round's archive that its sessions have taken, or may still take."""
    taken = case((SessionRow.closed.is_(None), SessionRow.room), else_=SessionRow.written)
    query = select(func.sum(taken)).where(SessionRow.round == round_name)
    return int(session.scalar(query if account is None else query.where(SessionRow.account == account)) or 0)


def _take_room(row: SessionRow, text: str) -> None:
    """Let a line of a session take its room in the archive."""
    size = len(text) + LINE_OVERHEAD
    if row.written + size > row.room:
        raise Conflict(f"the session's transcript holds {row.written:,} bytes of {row.room:,}; write shorter thoughts")
    row.written += size


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


def _sitting(session: Session, its_round: RoundRow, row: SessionRow) -> Sitting:
    columns = select(EpisodeRow.episode, EpisodeRow.steps, EpisodeRow.over).where(EpisodeRow.session == row.id)
    begun = session.execute(columns.order_by(EpisodeRow.episode)).all()
    return Sitting(
        id=row.id,
        round=row.round,
        account=row.account,
        card=AgentCard.model_validate_json(row.card),
        nonce=row.nonce,
        episodes=manifest_in(its_round.manifest).episodes,
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
        manifest_in(session.scalars(select(RoundRow.manifest).where(RoundRow.name == row.round)).one()).track
    )


@lru_cache(maxsize=1024)
def question_in(text: str) -> Question:
    """The question that a row holds."""
    family, level, statement, answer_format, given = json.loads(text)
    return Question(family, level, statement, answer_format, tuples(given))
