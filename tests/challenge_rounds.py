"""Rounds that several tests play, without a server: what the server does to a session, in a few lines."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

import gymnasium as gym
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import reasoning_gym  # noqa: F401  # registers the ids
from reasoning_gym.env import reasoning_env
from reasoning_gym.problem import Problem
from reasoning_leaderboard.archives import decompress, unpack, write_archive
from reasoning_leaderboard.challenge.archive import (
    LOG,
    ROUND,
    SESSIONS,
    Asked,
    Logged,
    Revealed,
    Scored,
    Thought,
    first_log_head,
    log_statement,
    next_log_head,
    write_round,
)
from reasoning_leaderboard.challenge.audit import Audit, Finding, audit
from reasoning_leaderboard.challenge.chain import (
    Step,
    closing,
    first_head,
    next_head,
    public_key,
    session_head,
    sign,
)
from reasoning_leaderboard.challenge.receipts import Kept
from reasoning_leaderboard.challenge.rounds import Manifest, commitment, manifest_of, problem_of, session_name
from reasoning_leaderboard.challenge.sessions import Closed, Opened, Played, entry_of, verdicts
from reasoning_leaderboard.entries import AgentCard, Entry, Spent
from reasoning_leaderboard.store import Store
from reasoning_leaderboard.store.revealing import reveal
from reasoning_leaderboard.store.rounds import archive_pieces
from reasoning_leaderboard.store.scoring import judge_session

KEY = bytes(range(32))
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(reversed(range(32))))
DAY = date(2026, 1, 2)

Play = Callable[[int, Problem], Sequence[str]]  # the thoughts on an episode's problem


def manifest(episodes: int = 12, env: str = "ReasoningLinearEquation-v0", common: bool = False) -> Manifest:
    environment = reasoning_env(gym.make(env, split="test", levels=[1, 2], max_thoughts=6))
    return manifest_of("spring", environment, episodes, common=common)


@dataclass
class Round:
    """A round with its log and its sessions."""

    manifest: Manifest
    log: list[Logged] = field(default_factory=list[Logged])
    lines: dict[str, list[Asked | Thought]] = field(default_factory=dict[str, "list[Asked | Thought]"])
    entries: list[Entry] = field(default_factory=list[Entry])

    @property
    def commit(self) -> str:
        return commitment(self.manifest, KEY)

    @property
    def log_head(self) -> str:
        return self.log[-1].head if self.log else first_log_head(self.commit)

    def note(self, entry: Opened | Closed) -> None:
        self.log.append(Logged(entry=entry, head=next_log_head(self.log_head, entry)))

    def play(self, account: str, nonce: int, play: Play) -> Entry:
        card = AgentCard(name=f"{account}'s agent")
        hexadecimal = f"{nonce:064x}"
        session = session_name(self.commit, account, card, hexadecimal)
        opened = Opened(session=session, account=account, card=card, nonce=hexadecimal, on=DAY)
        self.note(opened)
        steps: dict[int, list[Step]] = {}
        heads: list[str | None] = []
        for episode in range(self.manifest.episodes):
            family, problem = problem_of(self.manifest, KEY, session, episode)
            del family
            heads.append(self._play_one(session, episode, problem, play(episode, problem), steps))
        head = session_head(session, heads)
        closed = Closed(session=session, head=head, signature=sign(SIGNING, closing(session, head)), on=DAY)
        self.note(closed)
        played = Played(opened, closed, steps)
        entry = entry_of(self.manifest, played, verdicts(self.manifest, KEY, played), attempts=1)
        self.entries.append(entry)
        return entry

    def _play_one(
        self, session: str, episode: int, problem: Problem, thoughts: Sequence[str], steps: dict[int, list[Step]]
    ) -> str | None:
        if not thoughts:
            return None
        head = first_head(session, episode, problem.question)
        lines = self.lines.setdefault(session, [])
        lines.append(Asked(session=session, episode=episode, question=problem.question.text, head=head))
        for number, thought in enumerate(thoughts, 1):
            step = Step(episode=episode, step=number, thought=thought, spent=Spent(tokens=3))
            head = next_head(head, step)
            lines.append(Thought(session=session, step=step, head=head))
            steps.setdefault(episode, []).append(step)
        return head

    def revealed(self) -> Revealed:
        statement = log_statement(self.manifest.round, self.log_head)
        return Revealed(
            manifest=self.manifest,
            commit=self.commit,
            key=KEY.hex(),
            public_key=public_key(SIGNING),
            log_head=self.log_head,
            signature=sign(SIGNING, statement),
        )

    def archive(self) -> bytes:
        lines = [line for entry in self.entries for line in (*self.lines.get(entry.id, ()), Scored(entry=entry))]
        written = io.BytesIO()
        write_round(written, self.revealed(), self.log, lines)
        return written.getvalue()


class Found(NamedTuple):
    """What an audit found, with the entries that it came to."""

    audit: Audit
    entries: list[Entry]

    @property
    def holds(self) -> bool:
        return self.audit.holds

    @property
    def findings(self) -> list[Finding]:
        return self.audit.findings


def audited(archive: bytes, kept: Sequence[Kept] = ()) -> Found:
    entries: list[Entry] = []
    found = audit(io.BytesIO(archive), take=lambda _, entry: entries.append(entry), kept=kept)
    return Found(found, entries)


def parts_of(archive: bytes) -> dict[str, bytes]:
    """The files of a round's archive."""
    return unpack(decompress(archive, 10**9), (ROUND, LOG, SESSIONS), 10**9)


def rebuilt(files: Mapping[str, bytes]) -> bytes:
    """The archive of these files, which may be any."""
    written = io.BytesIO()
    write_archive(written, {name: io.BytesIO(data) for name, data in files.items()})
    return written.getvalue()


def revealed(store: Store, name: str, now: datetime) -> bytes:
    """The archive of a round that is revealed now, or was before."""
    reveal(store, name, SIGNING, partial(judge_session, store), now=now)
    return b"".join(archive_pieces(store, name))
