"""What a server tells of rounds, sessions and episodes: it answers in these records, and a client holds it to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from reasoning_leaderboard.challenge.archive import Logged
from reasoning_leaderboard.challenge.rounds import Manifest
from reasoning_leaderboard.entries import AgentCard


class RoundTold(BaseModel):
    """What is told of a round."""

    name: str
    state: str  # open, closed or revealed
    commitment: str
    public_key: str
    opened: datetime
    closes: datetime
    revealed: datetime | None
    sessions: int
    episodes: int
    manifest: Manifest


class LogTold(BaseModel):
    """Lines of a round's log, in order; `after` is what to ask for next, None if there are no more."""

    lines: list[Logged]
    after: int | None


class ProgressTold(BaseModel):
    """How far an episode is."""

    episode: int
    steps: int
    over: bool


class SessionTold(BaseModel):
    """What is told of a session: how far it is, and, once it is closed and has been judged, what it came to in all."""

    session: str
    round: str
    account: str
    card: AgentCard
    nonce: str
    episodes: int
    begun: list[ProgressTold]
    opened: datetime
    closes: datetime
    closed: datetime | None
    head: str | None
    signature: str | None
    correct: int | None  # None until it is judged
    abandoned: int | None


class QuestionTold(BaseModel):
    """The public half of a problem; `given` holds the statement's facts for programs."""

    family: str
    level: int
    statement: str
    answer_format: str
    given: list[Any]


class EpisodeTold(BaseModel):
    """An episode after a step: what an agent reads, and what the server signs for."""

    session: str
    episode: int
    step: int
    question: QuestionTold
    thoughts: list[str]
    observation: str
    thoughts_left: int
    over: bool
    head: str
    signature: str
