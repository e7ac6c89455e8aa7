"""The archive of a round that was revealed: everything of it, for anyone to compute again.

It is a compressed tar of three files, each line of which is canonical JSON:

* `round.json`: the manifest, the commitment, the key, the public key, and the signed head of the log;
* `log.jsonl`: what happened, in order: sessions opened and closed, each line with the head of the log after it;
* `sessions.jsonl`: the sessions in the order of opening: every question and every thought, each with the head of its
  episode's chain after it, and then the entry that the session got.

It is written and read in little memory, a session at a time, however large the round was.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO, Final, Literal, NamedTuple, TypeVar

from pydantic import Field

from reasoning_leaderboard.archives import LONGEST_LINE, MIB, BadArchive, read_archive, write_archive
from reasoning_leaderboard.canonical import framed, sha256
from reasoning_leaderboard.challenge.chain import Step
from reasoning_leaderboard.challenge.rounds import Manifest
from reasoning_leaderboard.challenge.sessions import Closed, Opened
from reasoning_leaderboard.entries import AgentCard, Count, Entry, Hash, Signature, Strict
from reasoning_leaderboard.plain_text import printable

ROUND, LOG, SESSIONS = "round.json", "log.jsonl", "sessions.jsonl"
LARGEST_LOG: Final = 64 * MIB  # decompressed; an audit holds what it says of sessions
LARGEST_SESSIONS: Final = 4096 * MIB  # decompressed
LARGEST_SESSION: Final = 64 * MIB  # of them, that are set aside for one session
LONGEST_MESSAGE: Final = 500  # characters of what is wrong with a line
LINE_OVERHEAD: Final = 512  # bytes of a line beside its text: names, numbers and hashes
QUESTION_ROOM: Final = 4_096  # bytes that are set aside for a question
STRATUM_ROOM: Final = 128  # bytes of an entry for each stratum: its cell

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
    signature: Signature  # of the head of the log


class Logged(Strict):
    """A line of the log."""

    entry: Annotated[Opened | Closed, Field(discriminator="kind")]
    head: Hash  # of the log, after this line


class Asked(Strict):
    """A line of a session: an episode began with a question."""

    kind: Literal["asked"] = "asked"
    session: Hash
    episode: Count
    question: str
    head: Hash


class Thought(Strict):
    """A line of a session: a thought of an episode."""

    kind: Literal["thought"] = "thought"
    session: Hash
    step: Step
    head: Hash


class Scored(Strict):
    """The last line of a session: the entry that it got."""

    kind: Literal["scored"] = "scored"
    entry: Entry


class SessionLine(Strict):
    """A line of a session, as it is read."""

    line: Annotated[Asked | Thought | Scored, Field(discriminator="kind")]


class Line(NamedTuple):
    """A line of a file, and where it stands."""

    where: str  # file and line, from 1
    text: bytes  # with its end

    def read(self, kind: type[Record]) -> Record | str:
        """Its record, or what is wrong with it."""
        text = self.text.removesuffix(b"\n")
        if text == self.text:
            return "the last line isn't whole"
        try:
            record = kind.read(text)
        except ValueError as error:
            return printable(str(error), LONGEST_MESSAGE)
        # what a record leaves out or takes in another form, such as a date, would else differ unnoticed
        return record if record.written() == text else f"{text[:60]!r} isn't in the one form that a record has"


def first_log_head(commit: str) -> str:
    """The head of a log that holds nothing yet."""
    return sha256("log", commit)


def next_log_head(head: str, entry: Opened | Closed) -> str:
    """The head of the log after a line."""
    return sha256(head, entry.written())


def log_statement(round_name: str, head: str) -> bytes:
    """What the server signs when it reveals a round."""
    return framed("log", round_name, head)


def room_of(manifest: Manifest, card: AgentCard) -> tuple[int, int]:
    """The bytes of an archive that are set aside for a session, and those of them that its entry will take.

    There is room for thoughts as many and as long as the track allows, at two bytes a character, up to
    `LARGEST_SESSION`. What isn't ASCII takes more.
    """
    cells = STRATUM_ROOM * len(manifest.strata)
    entry = len(manifest.written()) + len(card.written()) + cells + manifest.episodes + 8 * LINE_OVERHEAD
    thoughts = manifest.track.max_thoughts * (LINE_OVERHEAD + 2 * manifest.track.max_thought_chars)
    return entry + min(manifest.episodes * (QUESTION_ROOM + thoughts), LARGEST_SESSION), entry


def write_round(
    target: BinaryIO, revealed: Revealed, log: Iterable[Logged], lines: Iterable[Asked | Thought | Scored]
) -> None:
    """Write the archive of a round; `lines` in the order of sessions, episodes and steps."""
    with TemporaryFile() as log_file, TemporaryFile() as sessions_file:
        for logged in log:
            log_file.write(logged.written() + b"\n")
        for line in lines:
            sessions_file.write(SessionLine(line=line).written() + b"\n")
        write_archive(target, {ROUND: io.BytesIO(revealed.written() + b"\n"), LOG: log_file, SESSIONS: sessions_file})


def read_round(archive: BinaryIO) -> tuple[Revealed, Iterator[Line], Iterator[Line]]:
    """What decides a round, and the lines of its log and of its sessions; the log's are to be read first, all of them.

    Args:
        archive: from anyone.

    Raises:
        BadRound: if it can't be read as a round; the lines raise it too, where that is seen.
    """
    parts = read_archive(archive, {ROUND: LONGEST_LINE, LOG: LARGEST_LOG, SESSIONS: LARGEST_SESSIONS})
    lines = list(islice(_lines(parts, ROUND), 2))
    if len(lines) != 1:
        raise BadRound(f"{ROUND} must hold one line")
    revealed = lines[0].read(Revealed)
    if isinstance(revealed, str):
        raise BadRound(f"{ROUND}: {revealed}")
    return revealed, _lines(parts, LOG), _lines(parts, SESSIONS)


def _lines(parts: Iterator[Iterator[bytes]], name: str) -> Iterator[Line]:
    """The lines of the file that comes next."""
    try:
        for number, text in enumerate(next(parts), 1):
            yield Line(f"{name}:{number}", text)
        if name == SESSIONS:
            next(parts, None)  # looks at what follows the last file
    except BadArchive as error:
        raise BadRound(f"{name}: {error}") from error
