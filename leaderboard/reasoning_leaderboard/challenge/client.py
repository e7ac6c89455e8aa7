"""Plays a session of a challenge over HTTP with any agent; after a kill, the same call goes on where it stopped.

The client holds the server to what it can: that the session is named as it should be, that every reply is signed,
and that the chain of hashes holds what was sent. What the server signed is kept in the session's folder.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, cast

import httpx

from reasoning_agents.agent import Agent, Cost
from reasoning_gym.problem import Question, View
from reasoning_leaderboard.canonical import read_strictly
from reasoning_leaderboard.challenge.chain import (
    LONGEST_THOUGHT,
    Step,
    closing,
    first_head,
    is_signed,
    next_head,
    receipt,
    session_head,
)
from reasoning_leaderboard.challenge.rounds import session_name
from reasoning_leaderboard.entries import AgentCard, Spent

SESSION_FILE: Final = "session.json"
RECEIPTS_FILE: Final = "receipts.jsonl"
AT_ONCE: Final = 8  # requests in flight
FIRST_WAIT, LONGEST_WAIT = 0.25, 30.0  # seconds between two tries
LARGEST_REPLY: Final = 64 * 2**20  # bytes
TRY_AGAIN: Final = frozenset({429, 500, 502, 503, 504, 507})


class ServerRefused(ValueError):
    """The server answered that it won't; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the server says {status}: {message}")
        self.status = status


class ServerGone(ConnectionError):
    """The server hasn't answered for as long as one was to wait."""


class ServerCheats(RuntimeError):
    """The server's reply isn't what it has to be: keep the session's folder, and don't go on."""


class BadSession(ValueError):
    """The folder holds a session of another server, round or agent."""


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


class Connection:
    """A server's API, asked again until it answers."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience: float = 600.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: of the server, such as `https://board.example.org`.
            token: that those who run the server gave; it goes into a header and nowhere else.
            patience: how many seconds to go on asking a server that doesn't answer.
            transport: that carries requests, for tests.
            sleep: that waits, for tests.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=60.0, transport=transport)
        self._patience = patience
        self._sleep = sleep
        self.url = url.rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str) -> Any:
        """The JSON at an address.

        Raises:
            ServerRefused: if the server says no.
            ServerGone: if it doesn't answer.
        """
        return self._ask("GET", path, None)

    def post(self, path: str, body: bytes = b"") -> Any:
        """What a request comes to. Every request of a challenge may be repeated, so it is, until there is an answer.

        Raises:
            ServerRefused: if the server says no.
            ServerGone: if it doesn't answer.
        """
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        waited, wait, told = 0.0, FIRST_WAIT, ""
        while True:
            try:
                reply = self._client.request(method, path, content=body, headers={"Content-Type": "application/json"})
            except httpx.TransportError as error:
                told = str(error) or type(error).__name__
            else:
                if reply.status_code not in TRY_AGAIN:
                    return _read(reply)
                told = f"it says {reply.status_code}"
                wait = max(wait, _retry_after(reply))
            if waited >= self._patience:
                raise ServerGone(
                    f"{self.url} hasn't answered for {waited:.0f} s: {told}; the same command goes on later"
                )
            self._sleep(min(wait, LONGEST_WAIT))
            waited += min(wait, LONGEST_WAIT)
            wait = min(wait * 2, LONGEST_WAIT)


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


def result_of(connection: Connection, session: str) -> Result:
    """What a closed session came to, as far as the server has judged it."""
    told = connection.get(f"/api/sessions/{session}")
    return Result(session, told["episodes"], told["head"], told["correct"], told["abandoned"])


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
    episodes: int
    over: set[int]  # episodes that were over when it was joined
    receipts: Path

    def ask(self, episode: int) -> _Live:
        """Where an episode is; it begins if it hasn't."""
        told = self.connection.post(f"/api/sessions/{self.session}/episodes/{episode}")
        live = _live(told)
        head = first_head(self.session, episode, live.question.text) if told["step"] == 0 else live.head
        self._hold_to(told, episode, told["step"], head)
        return live

    def think(self, live: _Live, thought: str, cost: Cost) -> _Live:
        """Send a thought. Where another was kept in its place, by a process that was killed, go on from that."""
        # What was read and not found in a cache depends on what was done before, so it is left out: a session
        # that goes on after a kill comes to the same hash.
        spent = Spent(tokens=cost.tokens, forward_passes=cost.forward_passes, simulations=cost.simulations)
        step = Step(episode=live.episode, step=len(live.thoughts) + 1, thought=sendable(thought), spent=spent)
        try:
            told = self.connection.post(f"/api/sessions/{self.session}/steps", step.written())
        except ServerRefused as error:
            if error.status != 409:
                raise
            return self.ask(live.episode)
        self._hold_to(told, step.episode, step.step, next_head(live.head, step))
        return replace(_live(told), thoughts=(*live.thoughts, step.thought))

    def close(self) -> Result:
        """Close the session, and hold the server to its head."""
        told = self.connection.post(f"/api/sessions/{self.session}/close")
        heads = self.heads()
        head = session_head(self.session, [heads.get(episode) for episode in range(self.episodes)])
        if told["head"] != head or not is_signed(self.public_key, closing(self.session, head), str(told["signature"])):
            raise ServerCheats(f"the head of the session is {told['head']}, signed or not, but what was sent is {head}")
        return Result(self.session, self.episodes, head, told["correct"], told["abandoned"])

    def _hold_to(self, told: Mapping[str, Any], episode: int, step: int, head: str) -> None:
        """Keep what the server signed.

        Raises:
            ServerCheats: if it isn't of this step, or isn't signed.
        """
        if (told["episode"], told["step"], told["head"]) != (episode, step, head):
            raise ServerCheats(f"episode {episode}, step {step}: the reply isn't of what was sent")
        if not is_signed(self.public_key, receipt(self.session, episode, step, head), str(told["signature"])):
            raise ServerCheats(f"episode {episode}, step {step}: the reply isn't signed by the round's key")
        line = {"episode": episode, "step": step, "head": head, "signature": told["signature"]}
        with self.receipts.open("a", encoding="ascii") as file:
            file.write(json.dumps(line) + "\n")

    def heads(self) -> dict[int, str]:
        """The last head of each episode: as it was signed here, or, where that was lost, as the server tells it."""
        last: dict[int, tuple[int, str]] = {}
        for line in self.receipts.read_text(encoding="ascii").splitlines():
            try:
                kept = json.loads(line)
            except ValueError:
                continue  # torn by a kill
            last[kept["episode"]] = max(last.get(kept["episode"], (-1, "")), (kept["step"], kept["head"]))
        return {episode: head for episode, (_, head) in last.items()}


def sendable(thought: str) -> str:
    """A thought as it can be sent: no half of a character, and no longer than a server takes."""
    return thought[:LONGEST_THOUGHT].encode("utf-8", "replace").decode("utf-8")


def _join(connection: Connection, round_name: str, card: AgentCard, folder: Path) -> _Player:
    """Open the session that a folder stands for, or join it again."""
    about = connection.get(f"/api/rounds/{round_name}")
    nonce = _nonce(folder, {"server": connection.url, "round": round_name, "card": card.digest()})
    opening = {"card": card.model_dump(mode="json"), "nonce": nonce}
    told = connection.post(f"/api/rounds/{round_name}/sessions", json.dumps(opening).encode())
    named = session_name(about["commitment"], told["account"], card, nonce)
    if told["session"] != named:
        raise ServerCheats(f"the session is named {told['session']}, but what was said to open it makes it {named}")
    player = _Player(connection, named, str(about["public_key"]), int(told["episodes"]), set(), folder / RECEIPTS_FILE)
    player.receipts.touch()
    done = {each["episode"] for each in told["begun"] if each["over"]}
    known = player.heads()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(player.ask, done - known.keys()))
    player.over = done
    return player


def _nonce(folder: Path, about: Mapping[str, str]) -> str:
    """The nonce of the session in a folder, drawn and kept on the disk before anyone is told of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SESSION_FILE
    if path.exists():
        kept = cast("dict[str, str]", read_strictly(path.read_bytes()))
        other = [name for name, value in about.items() if kept.get(name) != value]
        if other:
            raise BadSession(f"{path} is of another {' and '.join(other)}; give another folder")
        return kept["nonce"]
    nonce = secrets.token_hex(32)
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="ascii") as file:
        file.write(json.dumps({**about, "nonce": nonce}))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return nonce


def _parted(live: Iterable[_Live]) -> tuple[list[_Live], int]:
    """The episodes that go on, and how many are over."""
    all_of_them = list(live)
    going = [each for each in all_of_them if not each.over]
    return going, len(all_of_them) - len(going)


def _live(told: Mapping[str, Any]) -> _Live:
    asked = told["question"]
    question = Question(
        asked["family"], asked["level"], asked["statement"], asked["answer_format"], _tuples(asked["given"])
    )
    return _Live(told["episode"], question, tuple(told["thoughts"]), told["thoughts_left"], told["over"], told["head"])


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, cast("Sequence[Any]", value))) if isinstance(value, list) else value


def _read(reply: httpx.Response) -> Any:
    try:
        told: Any = reply.json() if len(reply.content) <= LARGEST_REPLY else None
    except ValueError as error:
        raise ServerRefused(
            reply.status_code, f"{reply.text[:80]!r}, which isn't JSON; is the address right?"
        ) from error
    if reply.is_success:
        return told
    try:
        message = str(told["error"]["message"])[:500]
    except (KeyError, TypeError):
        message = reply.reason_phrase
    raise ServerRefused(reply.status_code, message)


def _retry_after(reply: httpx.Response) -> float:
    told = reply.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() and len(told) < 6 else 0.0
