"""The archive of a round that was revealed, and its audit: anyone computes everything again, offline.

The archive is a compressed tar of four files, each line of which is canonical JSON:

* `round.json`: the manifest, the commitment, the key, the public key, and the signed head of the log;
* `log.jsonl`: what happened, in order: sessions opened and closed, each line with the head of the log after it;
* `steps.jsonl`: every question and every thought, each with the head of its episode's chain after it;
* `entries.jsonl`: the entry that each closed session got.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, NamedTuple, TypeVar

from pydantic import Field

from reasoning_leaderboard.archives import MIB, BadArchive, compress, decompress, lines_of, pack, unpack
from reasoning_leaderboard.canonical import framed, read_canonical, sha256
from reasoning_leaderboard.challenge.chain import Step, closing, first_head, is_signed, next_head, session_head
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
from reasoning_leaderboard.entries import Count, Entry, Hash, Strict
from reasoning_leaderboard.tracks import NotComparable

ROUND, LOG, STEPS, ENTRIES = "round.json", "log.jsonl", "steps.jsonl", "entries.jsonl"
LARGEST: Final = 1024 * MIB  # an archive, decompressed
MOST_TOLD: Final = 100  # findings; what comes after so many isn't looked at

Record = TypeVar("Record", bound=Strict)


class BadRound(ValueError):
    """The archive can't be read as a round; the message says what is wrong."""


class Revealed(Strict):
    """What `round.json` holds."""

    manifest: Manifest
    commit: Hash
    key: Hash
    public_key: Hash
    log_head: Hash
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]  # of the head of the log


class Logged(Strict):
    """A line of the log."""

    entry: Annotated[Opened | Closed, Field(discriminator="kind")]
    head: Hash  # of the log, after this line


class Asked(Strict):
    """A line of the steps: an episode began with a question."""

    kind: Literal["asked"] = "asked"
    session: Hash
    episode: Count
    question: str
    head: Hash


class Thought(Strict):
    """A line of the steps: a thought of an episode."""

    kind: Literal["thought"] = "thought"
    session: Hash
    step: Step
    head: Hash


class StepLine(Strict):
    """Either, as it is read from a line."""

    line: Annotated[Asked | Thought, Field(discriminator="kind")]


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
    entries: list[Entry] = field(default_factory=list[Entry])  # as recomputed
    findings: list[Finding] = field(default_factory=list[Finding])
    played: dict[str, Played] = field(default_factory=dict[str, Played])  # the sessions, by name
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


def first_log_head(commit: str) -> str:
    """The head of a log that holds nothing yet."""
    return sha256("log", commit)


def next_log_head(head: str, entry: Opened | Closed) -> str:
    """The head of the log after a line."""
    return sha256(head, entry.written())


def log_statement(round_name: str, head: str) -> bytes:
    """What the server signs when it reveals a round."""
    return framed("log", round_name, head)


def write_round(
    revealed: Revealed, log: Sequence[Logged], steps: Iterable[Asked | Thought], entries: Iterable[Entry]
) -> bytes:
    """The archive of a round; `steps` in the order of sessions, episodes and steps."""
    return compress(
        pack(
            {
                ROUND: revealed.written(),
                LOG: _lines(log),
                STEPS: _lines(StepLine(line=step) for step in steps),
                ENTRIES: _lines(entries),
            }
        )
    )


def audit(archive: bytes, watch: Callable[[int, int], None] | None = None) -> Audit:
    """Compute a round again from its key: every problem, verdict, score, hash and signature.

    Args:
        archive: from anyone.
        watch: called with the sessions that are done and how many there are.

    Raises:
        BadRound: if the archive can't be read as a round.
        NotComparable: if it was made with another version of a family or of the checker.
    """
    files = _files(archive)
    revealed = _read_round(files)
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
        _audit_files(files, revealed, found, watch)
    return found


def _audit_files(
    files: dict[str, bytes], revealed: Revealed, found: Audit, watch: Callable[[int, int], None] | None
) -> None:
    if commitment(found.manifest, found.key) != revealed.commit:
        found.find(ROUND, "the commitment isn't that of this manifest and key")
    opened, closed = _audit_log(files[LOG], revealed, found)
    if len(opened) * found.manifest.episodes > MOST_PLAYED:
        raise BadRound(
            f"{len(opened):,} sessions of {found.manifest.episodes:,} episodes are more than {MOST_PLAYED:,}"
        )
    transcripts = _audit_steps(files[STEPS], revealed, opened, found)
    attempts = Counter(each.account for each in opened.values())
    for name, end in closed.items():
        _audit_session(opened[name], end, transcripts.get(name), revealed, attempts[opened[name].account], found)
        found.sessions += 1
        if watch is not None:
            watch(found.sessions, len(closed))
    _audit_entries(files[ENTRIES], found)


@dataclass(slots=True)
class _Transcript:
    """The steps of a session, and where each episode's chain ends."""

    steps: dict[int, list[Step]] = field(default_factory=dict[int, "list[Step]"])
    heads: dict[int, str] = field(default_factory=dict[int, str])


class _Step(NamedTuple):
    """Where a line of the steps belongs."""

    session: str
    episode: int
    step: int  # 0 for the question

    @classmethod
    def of(cls, line: Asked | Thought) -> _Step:
        if isinstance(line, Asked):
            return cls(line.session, line.episode, 0)
        return cls(line.session, line.step.episode, line.step.step)

    def __str__(self) -> str:
        return f"session {self.session}, episode {self.episode}, step {self.step}"


def _audit_log(data: bytes, revealed: Revealed, found: Audit) -> tuple[dict[str, Opened], dict[str, Closed]]:
    opened: dict[str, Opened] = {}
    closed: dict[str, Closed] = {}
    head = first_log_head(revealed.commit)
    for number, line in _read_lines(LOG, data, Logged, found):
        head = next_log_head(head, line.entry)
        told = _what_is_wrong_with(line.entry, revealed, opened, closed)
        if head != line.head:
            told, head = "the hash of this line, or of one before it, is another", line.head
        if told:
            found.find(f"{LOG}:{number}", told)
        elif isinstance(line.entry, Opened):
            opened[line.entry.session] = line.entry
        else:
            closed[line.entry.session] = line.entry
    if head != revealed.log_head:
        found.find(LOG, "the log doesn't end in the head that was signed: lines are missing")
    statement = log_statement(revealed.manifest.round, revealed.log_head)
    if not is_signed(revealed.public_key, statement, revealed.signature):
        found.find(ROUND, "the head of the log isn't signed by the server's key")
    for name in opened.keys() - closed.keys():
        found.find(LOG, f"session {name} was opened and never closed")
    return opened, closed


def _what_is_wrong_with(
    entry: Opened | Closed, revealed: Revealed, opened: dict[str, Opened], closed: dict[str, Closed]
) -> str:
    name = entry.session
    if isinstance(entry, Opened):
        if name != session_name(revealed.commit, entry.account, entry.card, entry.nonce):
            return f"session {name} isn't named by its account, card and nonce"
        return f"session {name} is opened twice" if name in opened else ""
    if name not in opened or name in closed:
        return f"session {name} is closed, but isn't open"
    if not is_signed(revealed.public_key, closing(name, entry.head), entry.signature):
        return f"the head of session {name} isn't signed by the server's key"
    return ""


def _audit_steps(data: bytes, revealed: Revealed, opened: dict[str, Opened], found: Audit) -> dict[str, _Transcript]:
    """Follow every chain of hashes, and hold every question to the one that the key gives."""
    transcripts: dict[str, _Transcript] = {}
    last: _Step | None = None
    for number, line in _each_line(data, StepLine):
        if isinstance(line, str):
            found.find(f"{STEPS}:{number}", f"after {last or 'the start'}: {line}")
            continue
        found.steps += 1
        step = _Step.of(line.line)
        transcript = transcripts.setdefault(step.session, _Transcript())
        if step.session not in opened:
            told = "the session was never opened"
        elif isinstance(line.line, Asked):
            told = _what_is_wrong_with_question(line.line, transcript, revealed)
        else:
            told = _what_is_wrong_with_thought(line.line, transcript, last)
        transcript.heads[step.episode] = line.line.head
        if told:
            found.find(f"{STEPS}:{number}", f"{step}: {told}")
        last = step
    return transcripts


def _what_is_wrong_with_thought(line: Thought, transcript: _Transcript, last: _Step | None) -> str:
    """Take a thought into its transcript; what is wrong with it, or nothing."""
    just_before = last is not None and (last.session, last.episode) == (line.session, line.step.episode)
    if not just_before or line.step.episode not in transcript.steps:
        return "the episode's question isn't just before its thoughts"
    before = transcript.steps[line.step.episode]
    before.append(line.step)
    if line.step.step != len(before):
        return f"{len(before) - 1} steps stand before it"
    if next_head(transcript.heads[line.step.episode], line.step) != line.head:
        return "its hash is another: the thought, or one before it, was changed"
    return ""


def _what_is_wrong_with_question(line: Asked, transcript: _Transcript, revealed: Revealed) -> str:
    """Begin an episode in its transcript; what is wrong with it, or nothing."""
    if line.episode in transcript.steps:
        return "the episode began before"
    transcript.steps[line.episode] = []
    try:
        _, problem = problem_of(revealed.manifest, bytes.fromhex(revealed.key), line.session, line.episode)
    except ValueError as error:
        return str(error)
    if problem.question.text != line.question:
        return f"the key gives another question: {problem.question.text[:60]!r}"
    if first_head(line.session, line.episode, line.question) != line.head:
        return "its hash is another: it was changed"
    return ""


def _audit_session(
    opened: Opened, closed: Closed, transcript: _Transcript | None, revealed: Revealed, attempts: int, found: Audit
) -> None:
    """Hold a session's head to its steps, and compute its entry."""
    name, transcript = opened.session, transcript or _Transcript()
    manifest = revealed.manifest
    heads = [transcript.heads.get(episode) for episode in range(manifest.episodes)]
    if session_head(name, heads) != closed.head:
        found.find(STEPS, f"session {name}: its steps don't come to the head that was signed")
    played = found.played[name] = Played(opened, closed, transcript.steps)
    try:
        judged = verdicts(manifest, bytes.fromhex(revealed.key), played)
    except NotComparable:
        raise
    except ValueError as error:
        found.find(STEPS, f"session {name}: {error}")
        return
    found.entries.append(entry_of(manifest, played, judged, attempts))


def _audit_entries(data: bytes, found: Audit) -> None:
    """Hold what was claimed of each session to what it comes to."""
    recomputed = {entry.id: entry for entry in found.entries}
    for number, claimed in _read_lines(ENTRIES, data, Entry, found):
        entry = recomputed.pop(claimed.id, None)
        where = f"{ENTRIES}:{number}"
        if entry is None:
            found.find(where, f"session {claimed.id} wasn't closed, or has its entry twice")
        elif entry != claimed:
            scores = f"claims {claimed.correct} of {claimed.n}, comes to {entry.correct} of {entry.n}"
            found.find(where, f"session {claimed.id} {scores}" + _other_fields(entry, claimed))
    for name in recomputed:
        found.find(ENTRIES, f"session {name} has no entry")


def _other_fields(entry: Entry, claimed: Entry) -> str:
    other = [name for name in Entry.model_fields if getattr(entry, name) != getattr(claimed, name)]
    return f" (differs in {', '.join(other)})"


def _files(archive: bytes) -> dict[str, bytes]:
    names = (ROUND, LOG, STEPS, ENTRIES)
    try:
        found = unpack(decompress(archive, LARGEST), names, LARGEST)
    except BadArchive as error:
        raise BadRound(str(error)) from error
    for name in names:
        if name not in found:
            raise BadRound(f"{name} is missing; a round holds {', '.join(names)}")
    return found


def _read_round(files: dict[str, bytes]) -> Revealed:
    try:
        read_canonical(files[ROUND])
        return Revealed.read(files[ROUND])
    except ValueError as error:
        raise BadRound(f"{ROUND}: {error}") from error


def _read_lines(name: str, data: bytes, kind: type[Record], found: Audit) -> Iterator[tuple[int, Record]]:
    """The lines that can be read, with their numbers; the others are findings."""
    for number, record in _each_line(data, kind):
        if isinstance(record, str):
            found.find(f"{name}:{number}", record)
        else:
            yield number, record


def _each_line(data: bytes, kind: type[Record]) -> Iterator[tuple[int, Record | str]]:
    """The number of each line, from 1, and its record, or what is wrong with it."""
    for number, line in enumerate(lines_of(data), 1):
        try:
            read_canonical(line)
            yield number, kind.read(line)
        except ValueError as error:
            yield number, str(error)
    if data and not data.endswith(b"\n"):
        yield data.count(b"\n") + 1, "the last line isn't whole"


def _lines(records: Iterable[Strict]) -> bytes:
    return b"".join(record.written() + b"\n" for record in records)
