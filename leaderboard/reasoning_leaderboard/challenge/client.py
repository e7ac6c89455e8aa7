"""Plays a session of a challenge over HTTP with any agent; after a kill, the same call goes on where it stopped.

The client holds the server to what it can: that the session is named as it should be, that every reply is signed,
and that the chain of hashes holds what was sent. What the server signed is kept in the session's folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from reasoning_agents.agent import Agent, Cost
from reasoning_gym.problem import Question, View
from reasoning_leaderboard.canonical import tuples
from reasoning_leaderboard.challenge.chain import (
    Step,
    closing,
    first_head,
    is_signed,
    next_head,
    receipt,
    session_head,
)
from reasoning_leaderboard.challenge.connection import LONGEST_MESSAGE, Connection, ServerRefused
from reasoning_leaderboard.challenge.receipts import Receipt, join, keep, receipts_in
from reasoning_leaderboard.challenge.rounds import Manifest, session_name
from reasoning_leaderboard.challenge.told import EpisodeTold, RoundTold, SessionTold
from reasoning_leaderboard.entries import LONGEST_THOUGHT, AgentCard, Spent, explained
from reasoning_leaderboard.plain_text import printable

Record = TypeVar("Record", bound=BaseModel)

AT_ONCE: Final = 8  # requests in flight


class ServerCheats(RuntimeError):
    """The server's reply isn't what it has to be: keep the session's folder, and don't go on."""


class Result(NamedTuple):
    """What a session came to."""

    session: str
    episodes: int
    head: str  # that the server signed
    correct: int | None  # None if the server hasn't judged it yet
    abandoned: int | None


@dataclass(slots=True)
class Progress:
    """Where a session is."""

    episodes: int
    over: int = 0
    steps: int = 0  # sent by this process
    cost: Cost = field(default_factory=Cost)  # of this process


def play_session(
    agent: Agent,
    connection: Connection,
    round_name: str,
    card: AgentCard,
    folder: Path,
    *,
    batch: int = 64,
    watch: Callable[[Progress], None] | None = None,
) -> Result:
    """Play every episode of a session and close it. A folder is a session: the same folder goes on with it.

    Args:
        agent: sees views alone.
        connection: to the server.
        round_name: of an open round.
        card: what is said of the agent; it goes on the board.
        folder: where the session's name and what the server signed are kept; made if it isn't there.
        batch: episodes in flight.
        watch: called after every thought that was sent.

    Raises:
        BadSession: if the folder holds a session of another server, round or card.
        ServerRefused: if the server says no: the round is closed, or the token isn't good.
        ServerGone: if it doesn't answer.
        ServerCheats: if a reply isn't signed, or doesn't hold what was sent.
        ValueError: for a batch below 1.
    """
    if batch < 1:
        raise ValueError(f"batch is {batch}; give at least 1")
    player = _join(connection, round_name, card, folder)
    progress = Progress(player.episodes, over=len(player.over))
    waiting = iter([episode for episode in range(player.episodes) if episode not in player.over])
    live: list[_Live] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            live += pool.map(player.ask, islice(waiting, batch - len(live)))
            live, finished = _parted(live)
            progress.over += finished
            if not live:
                break
            thoughts = agent.act([each.view for each in live])
            costs = list(agent.ledger.rows)
            live = list(pool.map(player.think, live, thoughts, costs))
            progress.steps += len(live)
            for cost in costs:
                progress.cost.add(cost)
            live, finished = _parted(live)
            progress.over += finished
            if watch is not None:
                watch(progress)
    return player.close()


def open_rounds(connection: Connection) -> list[str]:
    """The names of the rounds that are open.

    Raises:
        ServerCheats: if the reply isn't as it should be.
    """
    told = [_as(RoundTold, each) for each in connection.get("/api/rounds")]
    return [each.manifest.round for each in told if each.state == "open"]


def result_of(connection: Connection, session: str) -> Result:
    """What a closed session came to, as far as the server has judged it.

    Raises:
        ServerCheats: if the reply isn't as it should be.
    """
    told = _as(SessionTold, connection.get(f"/api/sessions/{session}"))
    return Result(session, told.episodes, str(told.head), told.correct, told.abandoned)


@dataclass(frozen=True, slots=True)
class _Live:
    """An episode in flight."""

    episode: int
    question: Question
    thoughts: tuple[str, ...]
    thoughts_left: int
    over: bool
    head: str

    @property
    def view(self) -> View:
        return View(self.question, self.thoughts, self.thoughts_left)


@dataclass(slots=True)
class _Player:
    """A session that is joined."""

    connection: Connection
    session: str
    public_key: str
    manifest: Manifest
    over: set[int]  # episodes that were over when it was joined
    folder: Path  # of the session
    signed: dict[tuple[int, int], str]  # heads that the server signed, by episode and step

    @property
    def episodes(self) -> int:
        return self.manifest.episodes

    def ask(self, episode: int) -> _Live:
        """Where an episode is; it begins if it hasn't."""
        told = self._told(f"/api/sessions/{self.session}/episodes/{episode}")
        live = _live(told)
        first = first_head(self.session, episode, live.question)
        if self.signed.get((episode, 0), first) != first:
            raise ServerCheats(f"episode {episode}: the question isn't the one that the server signed before")
        self._hold_to(told, episode, told.step, first if told.step == 0 else live.head)
        return live

    def think(self, live: _Live, thought: str, cost: Cost) -> _Live:
        """Send a thought. Where another was kept in its place, by a process that was killed, go on from that."""
        # What was read and not found in a cache depends on what was done before, so it is left out: a session
        # that goes on after a kill comes to the same hash.
        spent = Spent(tokens=cost.tokens, forward_passes=cost.forward_passes, simulations=cost.simulations)
        text = sendable(thought, self.manifest.track.max_thought_chars)
        step = Step(episode=live.episode, step=len(live.thoughts) + 1, thought=text, spent=spent)
        try:
            told = self._told(f"/api/sessions/{self.session}/steps", step.written())
        except ServerRefused as error:
            kept = self.ask(live.episode) if error.status == 409 else live
            if len(kept.thoughts) < step.step:
                raise
            return kept
        self._hold_to(told, step.episode, step.step, next_head(live.head, step))
        thoughts = (*live.thoughts, step.thought)
        return replace(live, thoughts=thoughts, thoughts_left=told.thoughts_left, over=told.over, head=told.head)

    def close(self) -> Result:
        """Close the session, and hold the server to its head."""
        told = _as(SessionTold, self.connection.post(f"/api/sessions/{self.session}/close"))
        heads = self.heads()
        head = session_head(self.session, [heads.get(episode) for episode in range(self.episodes)])
        if told.head != head or not is_signed(self.public_key, closing(self.session, head), str(told.signature)):
            raise ServerCheats(f"the head of the session is {told.head}, signed or not, but what was sent is {head}")
        return Result(self.session, self.episodes, head, told.correct, told.abandoned)

    def heads(self) -> dict[int, str]:
        """The last head of each episode that the server signed."""
        return {episode: head for (episode, _), head in sorted(self.signed.items())}

    def _told(self, path: str, body: bytes = b"") -> EpisodeTold:
        return _as(EpisodeTold, self.connection.post(path, body))

    def _hold_to(self, told: EpisodeTold, episode: int, step: int, head: str) -> None:
        """Keep what the server signed.

        Raises:
            ServerCheats: if it isn't of this step, isn't signed, isn't what was signed before, or would never end.
        """
        where = f"episode {episode}, step {step}"
        if (told.episode, told.step, told.head) != (episode, step, head) or len(told.thoughts) != step:
            raise ServerCheats(f"{where}: the reply isn't of what was sent")
        left = self.manifest.track.max_thoughts - step
        if told.thoughts_left != left or not (told.over or left > 0):
            raise ServerCheats(f"{where}: {told.thoughts_left} thoughts are left, says the server; it should be {left}")
        if not is_signed(self.public_key, receipt(self.session, episode, step, head), told.signature):
            raise ServerCheats(f"{where}: the reply isn't signed by the round's key")
        keep(self.folder, Receipt(episode=episode, step=step, head=head, signature=told.signature))
        if self.signed.setdefault((episode, step), head) != head:
            raise ServerCheats(f"{where}: the server signed another hash before; {self.folder} proves it")


def sendable(thought: str, longest: int = LONGEST_THOUGHT) -> str:
    """A thought as it can be sent: no half of a character, and no longer than tells that it is too long."""
    return thought[: min(longest + 1, LONGEST_THOUGHT)].encode("utf-8", "replace").decode("utf-8")


def _join(connection: Connection, round_name: str, card: AgentCard, folder: Path) -> _Player:
    """Open the session that a folder stands for, or join it again."""
    about = _as(RoundTold, connection.get(f"/api/rounds/{round_name}"))
    joined = join(folder, connection.url, round_name, card.digest(), about.commitment, about.public_key)
    opening = {"card": card.model_dump(mode="json"), "nonce": joined.nonce}
    told = _as(SessionTold, connection.post(f"/api/rounds/{round_name}/sessions", json.dumps(opening).encode()))
    named = session_name(about.commitment, told.account, card, joined.nonce)
    if told.session != named:
        raise ServerCheats(f"the session is named {told.session}, but what was said to open it makes it {named}")
    if told.episodes != about.manifest.episodes:
        raise ServerCheats(f"the session has {told.episodes} episodes, but the round {about.manifest.episodes}")
    done = {each.episode for each in told.begun if each.over}
    signed = {each.place: each.head for each in receipts_in(folder)}
    player = _Player(connection, named, about.public_key, about.manifest, done, folder, signed)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(player.ask, done - player.heads().keys()))
    return player


def _parted(live: Iterable[_Live]) -> tuple[list[_Live], int]:
    """The episodes that go on, and how many are over."""
    all_of_them = list(live)
    going = [each for each in all_of_them if not each.over]
    return going, len(all_of_them) - len(going)


def _live(told: EpisodeTold) -> _Live:
    asked = told.question
    question = Question(asked.family, asked.level, asked.statement, asked.answer_format, tuples(asked.given))
    return _Live(told.episode, question, tuple(told.thoughts), told.thoughts_left, told.over, told.head)


def _as(record: type[Record], reply: Any) -> Record:
    """A reply as the record that it should be.

    Raises:
        ServerCheats: if it isn't.
    """
    try:
        return record.model_validate_json(json.dumps(reply))
    except ValidationError as error:
        raise ServerCheats(
            f"the reply isn't as it should be: {printable(explained(error), LONGEST_MESSAGE)}"
        ) from error
