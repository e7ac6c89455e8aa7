"""Functions that pretend to verify an archive, which other processes can import, and what tests make entries of."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from reasoning_leaderboard.entries import AgentCard, Cell, Entry, Tier, Track
from reasoning_leaderboard.tracks import NotComparable

TRACK = Track(
    env="ReasoningIntegerExpression-v0",
    families={"integer_expression": 0},
    levels={"integer_expression": (1,)},
    max_thoughts=8,
    max_thought_chars=100,
)


def entry_of(
    archive: bytes, account: str, attempts: int, entered: date, correct: int = 1, track: Track = TRACK
) -> Entry:
    """An entry whose id is the archive's hash."""
    return Entry(
        id=hashlib.sha256(archive).hexdigest(),
        tier=Tier.SELF_REPORTED,
        track=TRACK,
        card=AgentCard(name="pretend"),
        account=account,
        entered=entered,
        cells=(Cell(family="integer_expression", level=1, n=10, correct=correct),),
        attempts=attempts,
    )


def by_word(archive: bytes, account: str, entered: date, anew: bool) -> Entry:
    """Does what the archive's first word says."""
    match archive.split(b" ")[0]:
        case b"wrong":
            raise ValueError("episodes:1: the answer isn't \x1b[31mright\u202e")
        case b"old":
            raise NotComparable("the track is of version 1 of the checker")
        case b"bug":
            raise KeyError("a mistake of ours")
        case b"memory":
            bytearray(2**40)
        case b"sleep":
            time.sleep(1000)
        case b"child":
            started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
            path = Path(archive.split(b" ")[1].decode())
            path.with_suffix(".part").write_text(str(started.pid))
            path.with_suffix(".part").rename(path)
            time.sleep(1000)
        case b"exit":
            sys.exit(1)
        case b"count":
            with Path(archive.split(b" ")[1].decode()).open("a") as file:
                file.write("x")
        case _:
            pass
    return entry_of(archive, account, 1, entered)


def better(archive: bytes, account: str, entered: date, anew: bool) -> Entry:
    """As a later version of the checker: it accepts more."""
    return entry_of(archive, account, 1, entered, correct=9)


def harsher(archive: bytes, account: str, entered: date, anew: bool) -> Entry:
    """As a later version of the rules: nothing is right any more."""
    raise ValueError("the rules have changed")


def of_another_version(archive: bytes, account: str, entered: date, anew: bool) -> Entry:
    """As where families have changed."""
    raise NotComparable("the family has another version here")
