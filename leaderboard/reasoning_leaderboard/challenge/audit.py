"""The audit of a round that was revealed: anyone computes everything again, offline, and in little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

from reasoning_leaderboard.archives import LONGEST_LINE
from reasoning_leaderboard.challenge.archive import (
    LARGEST_SESSION,
    LOG,
    ROUND,
    SESSIONS,
    Asked,
    BadRound,
    Line,
    Logged,
    Revealed,
    Scored,
    SessionLine,
    Thought,
    first_log_head,
    log_statement,
    next_log_head,
    read_round,
)
from reasoning_leaderboard.challenge.chain import (
    Step,
    closing,
    first_head,
    is_signed,
    next_head,
    receipt,
    session_head,
)
from reasoning_leaderboard.challenge.receipts import Kept
from reasoning_leaderboard.challenge.rounds import (
    MOST_PLAYED,
    Manifest,
    commitment,
    differences,
    hold_to_manifest,
    problem_of,
    session_name,
)
from reasoning_leaderboard.challenge.sessions import Closed, Opened, Played, entry_of, verdicts
from reasoning_leaderboard.entries import Entry
from reasoning_leaderboard.tracks import NotComparable

MOST_OF_SESSION: Final = LARGEST_SESSION + 2 * LONGEST_LINE  # bytes: what may be set aside, and its entry
MOST_TOLD: Final = 100  # findings; what comes after so many isn't looked at


class TooMuchWrong(Exception):
    """So much doesn't hold that the rest isn't looked at."""


class Finding(NamedTuple):
    """Something that doesn't hold."""

    where: str  # file and line, from 1
    what: str


@dataclass(slots=True)
class Audit:
    """What came of an audit."""

    manifest: Manifest
    key: bytes
    commit: str  # these two are what the archive says: hold them to what was published when the round opened
    public_key: str
    findings: list[Finding] = field(default_factory=list[Finding])
    different: list[str] = field(default_factory=list[str])  # of the software there and here
    sessions: int = 0
    steps: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def find(self, where: str, what: str) -> None:
        """Note what doesn't hold.

        Raises:
            TooMuchWrong: if it is the last that is told.
        """
        self.findings.append(Finding(where, what))
        if len(self.findings) >= MOST_TOLD:
            raise TooMuchWrong


def audit(
    archive: BinaryIO,
    *,
    take: Callable[[Played, Entry], None] | None = None,
    kept: Sequence[Kept] = (),
    watch: Callable[[int, int], None] | None = None,
) -> Audit:
    """Compute a round again from its key: every problem, verdict, score, hash and signature.

    Args:
        archive: from anyone.
        take: called with each session, in the order of opening, and the entry that it comes to.
        kept: what clients kept of their sessions; all that the server signed must be in the archive.
        watch: called with the sessions that are done and how many there are.

    Raises:
        BadRound: if the archive can't be read as a round.
        NotComparable: if it was made with another version of a family or of the checker.
    """
    revealed, log, lines = read_round(archive)
    try:
        hold_to_manifest(revealed.manifest)
    except NotComparable:
        raise
    except ValueError as error:
        raise BadRound(f"{ROUND}: {error}") from error
    found = Audit(
        revealed.manifest,
        bytes.fromhex(revealed.key),
        revealed.commit,
        revealed.public_key,
        different=differences(revealed.manifest),
    )
    with suppress(TooMuchWrong):
        if commitment(found.manifest, found.key) != revealed.commit:
            found.find(ROUND, "the commitment isn't that of this manifest and key")
        sessions = _audit_log(log, revealed, found)
        auditing = _Auditing(revealed, sessions, _kept_of(kept, sessions, revealed, found), found, take, watch)
        auditing.audit(lines)
    return found


@dataclass(slots=True)
class _Session:
    """What the log has of a session."""

    opened: Opened
    closed: Closed | None = None


def _audit_log(lines: Iterator[Line], revealed: Revealed, found: Audit) -> dict[str, _Session]:
    """Follow the log; its sessions by name, in the order of opening."""
    sessions: dict[str, _Session] = {}
    head = first_log_head(revealed.commit)
    for line in lines:
        logged = line.read(Logged)
        if isinstance(logged, str):
            found.find(line.where, logged)
            continue
        head = next_log_head(head, logged.entry)
        told = _take_into(sessions, logged.entry, revealed)
        if head != logged.head:
            told, head = "the hash of this line, or of one before it, is another", logged.head
        if told:
            found.find(line.where, told)
    if head != revealed.log_head:
        found.find(LOG, "the log doesn't end in the head that was signed: lines are missing")
    statement = log_statement(revealed.manifest.round, revealed.log_head)
    if not is_signed(revealed.public_key, statement, revealed.signature):
        found.find(ROUND, "the head of the log isn't signed by the server's key")
    if len(sessions) * found.manifest.episodes > MOST_PLAYED:
        raise BadRound(
            f"{len(sessions):,} sessions of {found.manifest.episodes:,} episodes are more than {MOST_PLAYED:,}"
        )
    return sessions


def _take_into(sessions: dict[str, _Session], entry: Opened | Closed, revealed: Revealed) -> str:
    """Take a line of the log into its sessions; what is wrong with it, or nothing."""
    name = entry.session
    there = sessions.get(name)
    if isinstance(entry, Opened):
        if name != session_name(revealed.commit, entry.account, entry.card, entry.nonce):
            return f"session {name} isn't named by its account, card and nonce"
        if there is not None:
            return f"session {name} is opened twice"
        sessions[name] = _Session(entry)
        return ""
    if there is None or there.closed is not None:
        return f"session {name} is closed, but isn't open"
    there.closed = entry
    if not is_signed(revealed.public_key, closing(name, entry.head), entry.signature):
        return f"the head of session {name} isn't signed by the server's key"
    return ""


def _kept_of(
    kept: Iterable[Kept], sessions: Mapping[str, _Session], revealed: Revealed, found: Audit
) -> dict[str, Kept]:
    """What clients kept, by session; the round is held to what they were told when they joined it."""
    by_session: dict[str, Kept] = {}
    for each in kept:
        where, joined = str(each.file.parent), each.joined
        if (joined.commitment, joined.public_key) != (revealed.commit, revealed.public_key):
            found.find(where, f"it joined a round of commitment {joined.commitment}, signed by {joined.public_key}")
            continue
        if joined.manifest not in (None, revealed.manifest.digest()):
            found.find(where, "it joined a round of another manifest than this, to which the server was committed")
        name = next((name for name, there in sessions.items() if _is_of(each, there.opened)), None)
        if name is None:
            found.find(where, "its session isn't in the round's log")
        else:
            by_session[name] = each
    return by_session


def _is_of(kept: Kept, opened: Opened) -> bool:
    """Whether what a client kept is of a session, and not of one that another account gave the same nonce."""
    if (opened.nonce, opened.card.digest()) != (kept.joined.nonce, kept.joined.card):
        return False
    first = next(iter(kept.receipts), None)
    return first is None or is_signed(
        kept.joined.public_key, receipt(opened.session, first.episode, first.step, first.head), first.signature
    )


class _Read(NamedTuple):
    """A line of a session that could be read, and where it stands."""

    where: str
    line: Asked | Thought | Scored
    size: int  # bytes


@dataclass(slots=True)
class _Transcript:
    """The steps of a session as far as they are read, and the heads of each episode's chain, that of step 0 first."""

    session: str
    steps: dict[int, list[Step]] = field(default_factory=dict[int, "list[Step]"])
    heads: dict[int, list[str]] = field(default_factory=dict[int, "list[str]"])
    last: int | None = None  # the episode of the line before
    claimed: Scored | None = None
    where: str = ""  # it is claimed
    size: int = 0  # bytes of the lines

    def take(self, read: _Read, revealed: Revealed) -> str:
        """Take a line in; what is wrong with it, or nothing.

        Raises:
            BadRound: if the session holds more than a server lets in, and than is to be held in memory.
        """
        line = read.line
        self.size += read.size
        if self.size > MOST_OF_SESSION:
            raise BadRound(f"{read.where}: session {self.session} holds more than {MOST_OF_SESSION:,} bytes")
        if self.claimed is not None:
            return "it stands after the session's entry"
        if isinstance(line, Scored):
            self.claimed, self.where = line, read.where
            return ""
        told = self._question(line, revealed) if isinstance(line, Asked) else self._thought(line)
        self.last = line.episode if isinstance(line, Asked) else line.step.episode
        self.heads.setdefault(self.last, []).append(line.head)
        return told

    def _question(self, line: Asked, revealed: Revealed) -> str:
        if line.episode in self.steps:
            return "the episode began before"
        self.steps[line.episode] = []
        try:
            _, problem = problem_of(revealed.manifest, bytes.fromhex(revealed.key), line.session, line.episode)
        except ValueError as error:
            return str(error)
        if problem.question.text != line.question:
            return f"the key gives another question: {problem.question.text[:60]!r}"
        if first_head(line.session, line.episode, problem.question) != line.head:
            return "its hash is another: it was changed, or other facts were told with it"
        return ""

    def _thought(self, line: Thought) -> str:
        episode = line.step.episode
        if self.last != episode or episode not in self.steps:
            return "the episode's question isn't just before its thoughts"
        before = self.steps[episode]
        before.append(line.step)
        if line.step.step != len(before):
            return f"{len(before) - 1} steps stand before it"
        if next_head(self.heads[episode][-1], line.step) != line.head:
            return "its hash is another: the thought, or one before it, was changed"
        return ""


@dataclass(slots=True)
class _Auditing:
    """The audit of the sessions, one after the other, so that one alone is held in memory."""

    revealed: Revealed
    sessions: dict[str, _Session]
    kept: dict[str, Kept]  # by session
    found: Audit
    take: Callable[[Played, Entry], None] | None
    watch: Callable[[int, int], None] | None
    attempts: Counter[str] = field(default_factory=Counter[str])

    def audit(self, lines: Iterator[Line]) -> None:
        """Go through all sessions in the order of the log."""
        self.attempts = Counter(each.opened.account for each in self.sessions.values())
        order = {name: place for place, name in enumerate(self.sessions)}
        line = self._next(lines)
        for place, (name, session) in enumerate(self.sessions.items()):
            transcript = _Transcript(name)
            while line is not None and (there := order.get(_session_of(line.line), -1)) <= place:
                told = transcript.take(line, self.revealed) if there == place else "no session is here that it is of"
                if told:
                    self.found.find(line.where, f"{_place_of(line.line)}: {told}")
                line = self._next(lines)
            self._end_of(session, transcript)
        while line is not None:
            self.found.find(line.where, f"{_place_of(line.line)}: no session is here that it is of")
            line = self._next(lines)

    def _next(self, lines: Iterator[Line]) -> _Read | None:
        """The next line that can be read; None after the last."""
        for line in lines:
            read = line.read(SessionLine)
            if not isinstance(read, str):
                self.found.steps += not isinstance(read.line, Scored)
                return _Read(line.where, read.line, len(line.text))
            self.found.find(line.where, read)
        return None

    def _end_of(self, session: _Session, transcript: _Transcript) -> None:
        """Hold a session's head to its steps, and what is claimed of it to what it comes to."""
        name = transcript.session
        self._hold_to_kept(transcript)
        if session.closed is None:
            self.found.find(LOG, f"session {name} was opened and never closed")
            return
        heads = [transcript.heads.get(episode, [None])[-1] for episode in range(self.found.manifest.episodes)]
        if session_head(name, heads) != session.closed.head:
            self.found.find(SESSIONS, f"session {name}: its steps don't come to the head that was signed")
        played = Played(session.opened, session.closed, transcript.steps)
        entry = self._entry(played)
        if transcript.claimed is None:
            self.found.find(SESSIONS, f"session {name} has no entry")
        elif entry is not None and entry != transcript.claimed.entry:
            self.found.find(transcript.where, f"session {name} {_difference(entry, transcript.claimed.entry)}")
        if entry is not None and self.take is not None:
            self.take(played, entry)
        self.found.sessions += 1
        if self.watch is not None:
            self.watch(self.found.sessions, len(self.sessions))

    def _entry(self, played: Played) -> Entry | None:
        """What a session comes to; None, with a finding, if its steps can't be replayed."""
        try:
            judged = verdicts(self.found.manifest, self.found.key, played)
        except NotComparable:
            raise
        except ValueError as error:
            self.found.find(SESSIONS, f"session {played.opened.session}: {error}")
            return None
        return entry_of(self.found.manifest, played, judged, self.attempts[played.opened.account])

    def _hold_to_kept(self, transcript: _Transcript) -> None:
        """Find what the server signed, by a client's folder, and didn't publish, and what was never sent."""
        name = transcript.session
        kept = self.kept.get(name)
        if kept is None:
            return
        for each in kept.receipts:
            where = f"episode {each.episode}, step {each.step}"
            signed = receipt(name, each.episode, each.step, each.head)
            heads = transcript.heads.get(each.episode, [])
            if not is_signed(self.found.public_key, signed, each.signature):
                self.found.find(str(kept.file), f"{where}: it isn't signed by the round's key, so it proves nothing")
            elif heads[each.step : each.step + 1] != [each.head]:
                self.found.find(SESSIONS, f"session {name}, {where}: the server signed another hash, {each.head}")
        for step in (step for steps in transcript.steps.values() for step in steps):
            if kept.sent is not None and step not in kept.sent:
                where = f"session {name}, episode {step.episode}, step {step.step}"
                self.found.find(SESSIONS, f"{where}: the thought wasn't sent from {kept.file.parent}")


def _session_of(line: Asked | Thought | Scored) -> str:
    return line.entry.id if isinstance(line, Scored) else line.session


def _place_of(line: Asked | Thought | Scored) -> str:
    """Where a line belongs, in words."""
    match line:
        case Asked():
            step = f", episode {line.episode}, step 0"
        case Thought():
            step = f", episode {line.step.episode}, step {line.step.step}"
        case Scored():
            step = ", its entry"
    return f"session {_session_of(line)}{step}"


def _difference(entry: Entry, claimed: Entry) -> str:
    other = [name for name in Entry.model_fields if getattr(entry, name) != getattr(claimed, name)]
    scores = f"claims {claimed.correct} of {claimed.n}, comes to {entry.correct} of {entry.n}"
    return f"{scores} (differs in {', '.join(other)})"
