"""Plays a session of a challenge over HTTP with any agent; after a kill, the same call goes on where it stopped.

The client holds the server to what it can: that the session is named as it should be, that every reply is signed,
that the chain of hashes holds what was sent and nothing else, and that episodes end where their thoughts end them.
What is sent and what the server signed is kept in the session's folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from pydantic import BaseModel

from reasoning_agents.agent import Agent, Cost
from reasoning_gym.checker import VERSION as CHECKER_VERSION
from reasoning_gym.planning import Limits
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
from reasoning_leaderboard.challenge.connection import Connection, ServerCheats, ServerRefused, read_reply
from reasoning_leaderboard.challenge.receipts import Receipt, join, keep, note_sent, receipts_in, sent_in
from reasoning_leaderboard.challenge.rounds import Manifest, session_name
from reasoning_leaderboard.challenge.sessions import ends
from reasoning_leaderboard.challenge.told import EpisodeTold, ProgressTold, RoundTold, SessionTold
from reasoning_leaderboard.entries import LONGEST_THOUGHT, AgentCard, Spent
from reasoning_leaderboard.tracks import limits_of

Record = TypeVar("Record", bound=BaseModel)

AT_ONCE: Final = 8  # requests in flight


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
        folder: where the session's name, what is sent and what the server signed are kept; made if it isn't there.
        batch: episodes in flight.
        watch: called after every thought that was sent.

    Raises:
        BadSession: if the folder holds a session of another server, round or card.
        ServerRefused: if the server says no: the round is closed, or the token isn't good.
        ServerGone: if it doesn't answer.
        ServerCheats: if a reply isn't signed, or doesn't hold what was sent, or something else.
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
            steps = player.write_down(live, thoughts, costs)
            live = list(pool.map(player.send, live, steps))
            progress.steps += len(live)
            for cost in costs:
                progress.cost.add(cost)
            live, finished = _parted(live)
            progress.over += finished
            if watch is not None:
                watch(progress)
    return player.close()


def rounds_of(connection: Connection) -> list[RoundTold]:
    """All rounds that a server has.

    Raises:
        ServerRefused, ServerGone: as `Connection.get`.
        ServerCheats: if the reply isn't as it should be.
    """
    return [read_reply(RoundTold, each) for each in connection.get("/api/rounds")]


def result_of(connection: Connection, session: str) -> Result:
    """What a closed session came to, as far as the server has judged it.

    Raises:
        ServerRefused, ServerGone: as `Connection.get`.
        ServerCheats: if the reply isn't as it should be.
    """
    told = read_reply(SessionTold, connection.get(f"/api/sessions/{session}"))
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
    limits: Limits  # of its track
    over: set[int]  # episodes that were over when it was joined
    folder: Path  # of the session
    signed: dict[tuple[int, int], str]  # heads that the server signed, by episode and step
    sent: dict[tuple[int, int], set[Step]] | None  # by episode and step; None if it isn't known what was sent

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
        self._hold_to_sent(live, first)
        return live

    def write_down(self, live: Sequence[_Live], thoughts: Sequence[str], costs: Sequence[Cost]) -> list[Step]:
        """Thoughts as they will be sent, written down first: else a server could put others in the agent's mouth."""
        made = [self._step(*each) for each in zip(live, thoughts, costs, strict=True)]
        if self.sent is not None:
            note_sent(self.folder, made)
            _add(self.sent, made)
        return made

    def send(self, live: _Live, step: Step) -> _Live:
        """Send a thought. Where another was kept in its place, by a process that was killed, go on from that."""
        try:
            told = self._told(f"/api/sessions/{self.session}/steps", step.written())
        except ServerRefused as error:
            kept = self.ask(live.episode) if error.status == 409 else live
            if len(kept.thoughts) < step.step:
                raise
            return kept
        self._hold_to(told, step.episode, step.step, next_head(live.head, step))
        self._hold_to_end(step.episode, told.over, [step])
        thoughts = (*live.thoughts, step.thought)
        return replace(live, thoughts=thoughts, thoughts_left=told.thoughts_left, over=told.over, head=told.head)

    def is_over(self, told: ProgressTold) -> bool:
        """Whether an episode is over by what is known here, and all that the server signed of it is there."""
        last = (told.episode, told.steps)
        return last in self.signed and (
            self.sent is None or any(ends(step, self.limits) for step in self.sent.get(last, ()))
        )

    def close(self) -> Result:
        """Close the session, and hold the server to its head."""
        told = read_reply(SessionTold, self.connection.post(f"/api/sessions/{self.session}/close"))
        heads = self.heads()
        head = session_head(self.session, [heads.get(episode) for episode in range(self.episodes)])
        if told.head != head or not is_signed(self.public_key, closing(self.session, head), str(told.signature)):
            raise ServerCheats(f"the head of the session is {told.head}, signed or not, but what was sent is {head}")
        return Result(self.session, self.episodes, head, told.correct, told.abandoned)

    def heads(self) -> dict[int, str]:
        """The last head of each episode that the server signed."""
        return {episode: head for (episode, _), head in sorted(self.signed.items())}

    def _step(self, live: _Live, thought: str, cost: Cost) -> Step:
        # What was read and not found in a cache depends on what was done before, so it is left out: a session
        # that goes on after a kill comes to the same hash.
        spent = Spent(tokens=cost.tokens, forward_passes=cost.forward_passes, simulations=cost.simulations)
        text = sendable(thought, self.limits.max_thought_chars)
        return Step(episode=live.episode, step=len(live.thoughts) + 1, thought=text, spent=spent)

    def _told(self, path: str, body: bytes = b"") -> EpisodeTold:
        return read_reply(EpisodeTold, self.connection.post(path, body))

    def _hold_to(self, told: EpisodeTold, episode: int, step: int, head: str) -> None:
        """Keep what the server signed.

        Raises:
            ServerCheats: if it isn't of this step, isn't signed, isn't what was signed before, or would never end.
        """
        where = f"episode {episode}, step {step}"
        if (told.episode, told.step, told.head) != (episode, step, head) or len(told.thoughts) != step:
            raise ServerCheats(f"{where}: the reply isn't of what was sent")
        left = self.limits.max_thoughts - step
        if told.thoughts_left != left or not (told.over or left > 0):
            raise ServerCheats(f"{where}: {told.thoughts_left} thoughts are left, says the server; it should be {left}")
        if not is_signed(self.public_key, receipt(self.session, episode, step, head), told.signature):
            raise ServerCheats(f"{where}: the reply isn't signed by the round's key")
        keep(self.folder, Receipt(episode=episode, step=step, head=head, signature=told.signature))
        if self.signed.setdefault((episode, step), head) != head:
            raise ServerCheats(f"{where}: the server signed another hash before; {self.folder} proves it")

    def _hold_to_sent(self, live: _Live, first: str) -> None:
        """Hold an episode's thoughts, and the head that they come to, to what was sent.

        Raises:
            ServerCheats: if something else stands there.
        """
        if self.sent is None:
            return
        steps = self._sent_as(live, first)
        if live.thoughts and not steps:  # unless another process sends from the same folder
            _add(self.sent, sent_in(self.folder) or ())
            steps = self._sent_as(live, first)
        if live.thoughts and not steps:
            raise ServerCheats(f"episode {live.episode}: the server has a thought that wasn't sent from {self.folder}")
        self._hold_to_end(live.episode, live.over, steps)

    def _sent_as(self, live: _Live, first: str) -> list[Step]:
        """What may have been sent as an episode's last thought: nothing, unless all come to the head that is told."""
        most = self.limits.max_thought_chars
        ways: list[tuple[str, Step | None]] = [(first, None)]  # heads, each with the step that it is after
        for number, shown in enumerate(live.thoughts, 1):
            sent = tuple((self.sent or {}).get((live.episode, number), ()))  # to which another thread may add
            steps = [step for step in sent if step.thought[:most] == shown]
            ways = [(next_head(head, step), step) for head, _ in ways for step in steps]
        return [step for head, step in ways if head == live.head and step is not None]

    def _hold_to_end(self, episode: int, over: bool, steps: Iterable[Step]) -> None:
        """Hold the server to whether the last thought, which is one of these, ends the episode; no question does.

        Raises:
            ServerCheats: if it says otherwise.
        """
        as_sent = {ends(step, self.limits) for step in steps} or {False}
        if self.manifest.track.checker == CHECKER_VERSION and over not in as_sent:
            raise ServerCheats(
                f"episode {episode} {'is' if over else 'is not'} over, says the server; its thoughts say otherwise"
            )


def sendable(thought: str, longest: int = LONGEST_THOUGHT) -> str:
    """A thought as it can be sent: no half of a character, and no longer than tells that it is too long."""
    return thought[: min(longest + 1, LONGEST_THOUGHT)].encode("utf-8", "replace").decode("utf-8")


def _join(connection: Connection, round_name: str, card: AgentCard, folder: Path) -> _Player:
    """Open the session that a folder stands for, or join it again."""
    about = read_reply(RoundTold, connection.get(f"/api/rounds/{round_name}"))
    if about.name != round_name:
        raise ServerCheats(f"the server tells of the round {about.name[:80]!r}, not of {round_name!r}")
    joined = join(folder, connection.url, about, card)
    opening = {"card": card.model_dump(mode="json"), "nonce": joined.nonce}
    told = read_reply(SessionTold, connection.post(f"/api/rounds/{round_name}/sessions", json.dumps(opening).encode()))
    named = session_name(about.commitment, told.account, card, joined.nonce)
    if told.session != named:
        raise ServerCheats(f"the session is named {told.session}, but what was said to open it makes it {named}")
    if told.episodes != about.manifest.episodes:
        raise ServerCheats(f"the session has {told.episodes} episodes, but the round {about.manifest.episodes}")
    over = [each for each in told.begun if each.over]
    signed = {each.place: each.head for each in receipts_in(folder)}
    known = sent_in(folder)
    sent = None if known is None else _add({}, known)
    episodes = {each.episode for each in over}
    manifest, limits = about.manifest, _limits_of(about.manifest)
    player = _Player(connection, named, about.public_key, manifest, limits, episodes, folder, signed, sent)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(player.ask, [each.episode for each in over if not player.is_over(each)]))
    return player


def _limits_of(manifest: Manifest) -> Limits:
    try:
        return limits_of(manifest.track)
    except ValueError as error:
        raise ServerCheats(f"the server tells of a round that nobody can play: {error}") from error


def _add(sent: dict[tuple[int, int], set[Step]], steps: Iterable[Step]) -> dict[tuple[int, int], set[Step]]:
    """What was sent, with more of it."""
    for step in steps:
        sent.setdefault((step.episode, step.step), set()).add(step)
    return sent


def _parted(live: Iterable[_Live]) -> tuple[list[_Live], int]:
    """The episodes that go on, and how many are over."""
    all_of_them = list(live)
    going = [each for each in all_of_them if not each.over]
    return going, len(all_of_them) - len(going)


def _live(told: EpisodeTold) -> _Live:
    asked = told.question
    question = Question(asked.family, asked.level, asked.statement, asked.answer_format, tuples(asked.given))
    return _Live(told.episode, question, tuple(told.thoughts), told.thoughts_left, told.over, told.head)
