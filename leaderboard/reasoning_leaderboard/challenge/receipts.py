"""What a client keeps of a session that it plays: how it was opened, and every hash that the server signed.

Held against the archive once the round is revealed, it shows whether the server published what it had signed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from reasoning_leaderboard.entries import Count, Hash, Strict

SESSION_FILE: Final = "session.json"
RECEIPTS_FILE: Final = "receipts.jsonl"


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


class Receipt(Strict):
    """A step that the server signed."""

    episode: Count
    step: Count  # 0 for the question
    head: Hash
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]

    @property
    def place(self) -> tuple[int, int]:
        """Episode and step."""
        return self.episode, self.step


class Kept(NamedTuple):
    """A session's folder as it is held against the archive."""

    file: Path  # of the receipts
    joined: Joined
    receipts: tuple[Receipt, ...]


def join(folder: Path, server: str, round_name: str, card: str, commitment: str, public_key: str) -> Joined:
    """The session that a folder stands for, with its nonce drawn and kept if there is none yet.

    Raises:
        BadSession: if the folder holds another session.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SESSION_FILE
    nonce = _joined(path).nonce if path.exists() else secrets.token_hex(32)
    wanted = Joined(
        server=server, round=round_name, card=card, commitment=commitment, public_key=public_key, nonce=nonce
    )
    if not path.exists():
        _write(path, wanted)
    there = _joined(path)
    other = [name for name in Joined.model_fields if getattr(there, name) != getattr(wanted, name)]
    if other:
        raise BadSession(f"{path} is of another {' and '.join(other)}; give another folder")
    return there


def receipts_in(folder: Path) -> Iterator[Receipt]:
    """The receipts of a session, in the order in which they came; what a kill has torn is left out."""
    path = folder / RECEIPTS_FILE
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            yield Receipt.read(line)
        except ValueError:
            continue


def keep(folder: Path, receipt: Receipt) -> None:
    """Add a receipt."""
    with (folder / RECEIPTS_FILE).open("ab") as file:
        file.write(receipt.written() + b"\n")


def kept_in(folder: Path) -> Kept:
    """What is kept in a session's folder.

    Raises:
        BadSession: if it is no session's folder.
    """
    path = folder / SESSION_FILE
    if not path.exists():
        raise BadSession(f"{folder} holds no {SESSION_FILE}; give the folder that `leaderboard run --out` was given")
    return Kept(folder / RECEIPTS_FILE, _joined(path), tuple(receipts_in(folder)))


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
