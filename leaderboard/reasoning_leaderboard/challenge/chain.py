"""The chain of hashes that a session's thoughts are bound into, and the signatures on its heads.

Each episode has a chain of its own: h_0 binds the session, the episode and its question, h_t binds h_{t-1} and
the t-th step. The head of a session binds the heads of its episodes, so it doesn't depend on the order in which
several episodes were played at once. No time is in it: what a clock says changes nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, StringConstraints

from reasoning_gym.problem import Question
from reasoning_leaderboard.canonical import framed, sha256
from reasoning_leaderboard.entries import LONGEST_THOUGHT, MOST_THOUGHTS, Count, Spent, Strict

# The points of small order on Edwards25519, also in forms that aren't reduced, without the sign of x: libsodium,
# crypto_core/ed25519/ref10/ed25519_ref10.c, ge25519_has_small_order.
SMALL: Final = frozenset(
    {
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    }
)


class Step(Strict):
    """One thought of a session, as the client sent it."""

    episode: Count
    step: Annotated[int, Field(ge=1, le=MOST_THOUGHTS)]  # from 1
    thought: Annotated[str, StringConstraints(max_length=LONGEST_THOUGHT)]
    spent: Spent = Spent()  # on this thought, as the client says


def first_head(session: str, episode: int, question: Question) -> str:
    """h_0 of an episode: it binds what was asked before anything was answered, also the facts for programs."""
    return sha256("episode", session, str(episode), written_question(question))


def written_question(question: Question) -> str:
    """A question as an array in JSON: family, level, statement, format of the answer, facts for programs."""
    parts = [question.family, question.level, question.statement, question.answer_format, question.given]
    return json.dumps(parts, separators=(",", ":"))


def next_head(head: str, step: Step) -> str:
    """h_t from h_{t-1} and the t-th step."""
    return sha256(head, step.written())


def session_head(session: str, heads: Sequence[str | None]) -> str:
    """The head of a session from those of its episodes, in their order; None for one that never began."""
    return sha256("session head", session, *(head or "" for head in heads))


def receipt(session: str, episode: int, step: int, head: str) -> bytes:
    """What the server signs when it has kept a step; step 0 is the question."""
    return framed("step", session, str(episode), str(step), head)


def closing(session: str, head: str) -> bytes:
    """What the server signs when a session closes."""
    return framed("closed", session, head)


def load_signing_key(path: Path) -> Ed25519PrivateKey:
    """The server's signing key from its file, which is made, readable by its owner alone, if it isn't there.

    Raises:
        ValueError: if the file holds no key.
        OSError: if it can't be read or made.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except ValueError as error:
        raise ValueError(f"{path} holds no signing key: 64 hexadecimal digits are wanted") from error


def _write_once(path: Path, secret: str) -> None:
    """Make a file that its owner alone may read, whole at once; one that another process made meanwhile stays."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def public_key(key: Ed25519PrivateKey) -> str:
    """The key that anyone can check signatures with, in hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def sign(key: Ed25519PrivateKey, message: bytes) -> str:
    """The signature of a message, in hexadecimal."""
    return key.sign(message).hex()


def is_signed(public: str, message: bytes, signature: str) -> bool:
    """Whether a signature is that of the message under a public key; False also where either isn't well formed.

    Under a key of small order anyone can sign anything, so that what was signed would prove nothing.
    """
    try:
        key = bytes.fromhex(public)
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return bytes((*key[:-1], key[-1] & 0x7F)).hex() not in SMALL
