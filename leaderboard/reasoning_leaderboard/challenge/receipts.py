"""What a client keeps of a session that it plays: how it was opened, what was sent, and what the server signed for.

Held against the archive once the round is revealed, it shows whether the server published what it had signed, and
nothing that wasn't sent.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from reasoning_leaderboard.challenge.chain import Step
from reasoning_leaderboard.challenge.told import RoundTold
from reasoning_leaderboard.entries import AgentCard, Count, Hash, Signature, Strict

SESSION_FILE: Final = "session.json"
SENT_FILE: Final = "sent.jsonl"
RECEIPTS_FILE: Final = "receipts.jsonl"

Record = TypeVar("Record", bound=Strict)


class BadSession(ValueError):
    """The folder holds no session, or one of another server, round or agent."""


class Joined(Strict):
    """What a session was joined with; it is on the disk before the server is told of it."""

    server: str
    round: str
    card: Hash  # of the agent's card
    commitment: Hash
    public_key: Hash
    nonce: Hash
    manifest: Hash | None = None  # of the round as it was told; None in a folder of before this was kept


class Receipt(Strict):
    """A step that the server signed."""

    episode: Count
    step: Count  # 0 for the question
    head: Hash
    signature: Signature

    @property
    def place(self) -> tuple[int, int]:
        """Episode and step."""
        return self.episode, self.step


class Kept(NamedTuple):
    """A session's folder as it is held against the archive."""

    file: Path  # of the receipts
    joined: Joined
    receipts: tuple[Receipt, ...]
    sent: frozenset[Step] | None = None  # None if it isn't known


def join(folder: Path, server: str, about: RoundTold, card: AgentCard) -> Joined:
    """The session that a folder stands for, with its nonce drawn and kept if there is none yet.

    Raises:
        BadSession: if the folder holds another session.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SESSION_FILE
    nonce = _joined(path).nonce if path.exists() else secrets.token_hex(32)
    wanted = Joined(
        server=server,
        round=about.name,
        card=card.digest(),
        commitment=about.commitment,
        public_key=about.public_key,
        nonce=nonce,
        manifest=about.manifest.digest(),
    )
    if not path.exists():
        (folder / SENT_FILE).touch()
        _write(path, wanted)
    there = _joined(path)
    other = [name for name in Joined.model_fields if getattr(there, name) not in (None, getattr(wanted, name))]
    if other:
        raise BadSession(f"{path} is of another {' and '.join(other)}; give another folder")
    for name in (SENT_FILE, RECEIPTS_FILE):
        _end_line(folder / name)
    return there


def receipts_in(folder: Path) -> Iterator[Receipt]:
    """The receipts of a session, in the order in which they came."""
    return _records(folder / RECEIPTS_FILE, Receipt)


def keep(folder: Path, receipt: Receipt) -> None:
    """Add a receipt."""
    with (folder / RECEIPTS_FILE).open("ab") as file:
        file.write(receipt.written() + b"\n")


def sent_in(folder: Path) -> frozenset[Step] | None:
    """All thoughts that were sent, or were to be; None for a folder that was made before they were written down."""
    path = folder / SENT_FILE
    return frozenset(_records(path, Step)) if path.exists() else None


def note_sent(folder: Path, steps: Iterable[Step]) -> None:
    """Write thoughts down, safely on the disk, before they are sent."""
    with (folder / SENT_FILE).open("ab") as file:
        file.write(b"".join(step.written() + b"\n" for step in steps))
        file.flush()
        os.fsync(file.fileno())


def kept_in(folder: Path) -> Kept:
    """What is kept in a session's folder.

    Raises:
        BadSession: if it is no session's folder.
    """
    path = folder / SESSION_FILE
    if not path.exists():
        raise BadSession(f"{folder} holds no {SESSION_FILE}; give the folder that `leaderboard run --out` was given")
    return Kept(folder / RECEIPTS_FILE, _joined(path), tuple(receipts_in(folder)), sent_in(folder))


def _records(path: Path, kind: type[Record]) -> Iterator[Record]:
    """What a file holds, line by line; what was torn is left out."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            yield kind.read(line)
        except ValueError:
            continue


def _end_line(path: Path) -> None:
    """Let a line that was torn be one of its own, not the begin of the next."""
    if path.exists() and path.read_bytes()[-1:] not in (b"", b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")


def _joined(path: Path) -> Joined:
    try:
        return Joined.read(path.read_bytes())
    except ValueError as error:
        raise BadSession(f"{path} can't be read as a session: {error}") from error


def _write(path: Path, joined: Joined) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        file.write(joined.written())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
