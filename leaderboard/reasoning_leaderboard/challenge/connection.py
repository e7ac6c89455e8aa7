"""A connection to a leaderboard's server, which is asked again until it answers."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

import httpx
from pydantic import BaseModel, ValidationError

from reasoning_gym.episodes import parse_strictly
from reasoning_leaderboard.archives import MIB
from reasoning_leaderboard.entries import explained
from reasoning_leaderboard.plain_text import printable

Record = TypeVar("Record", bound=BaseModel)

LONGEST_SILENCE: Final = 60.0  # seconds in which nothing comes of a request that was made
FIRST_WAIT, LONGEST_WAIT = 0.25, 30.0  # seconds between two tries
LARGEST_REPLY: Final = 64 * MIB  # bytes
LONGEST_MESSAGE: Final = 500  # characters of a server's
HEADERS: Final = {"Content-Type": "application/json", "Accept-Encoding": "identity"}  # so that nothing is blown up
TOKEN: Final = re.compile(r"[!-~]+")  # what can stand in a header
TRY_AGAIN: Final = frozenset({429, 500, 502, 503, 504, 507})


class ServerRefused(ValueError):
    """The server answered that it won't; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the server says {status}: {printable(message, LONGEST_MESSAGE)}")
        self.status = status


class ServerCheats(RuntimeError):
    """The server's reply isn't what it has to be: keep the session's folder, and don't go on."""


class ServerGone(ConnectionError):
    """The server hasn't answered for as long as one was to wait."""


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
            transport: that carries requests, to a socket of this machine or for tests.
            sleep: that waits, for tests.

        Raises:
            ValueError: if it is no address, others could read the token on its way, or the token can't be one.
        """
        _hold_to_safe(url, token, by_network=transport is None)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=LONGEST_SILENCE, transport=transport
        )
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
                with self._client.stream(method, path, content=body, headers=HEADERS) as reply:
                    if reply.status_code not in TRY_AGAIN:
                        return _read(reply)
                told = f"it says {reply.status_code}"
                wait = max(wait, _retry_after(reply))
            except httpx.TransportError as error:
                told = str(error) or type(error).__name__
            if waited >= self._patience:
                raise ServerGone(
                    f"{self.url} hasn't answered for {waited:.0f} s: {told}; the same command goes on later"
                )
            self._sleep(min(wait, LONGEST_WAIT))
            waited += min(wait, LONGEST_WAIT)
            wait = min(wait * 2, LONGEST_WAIT)


def read_reply(record: type[Record], reply: Any) -> Record:
    """A reply as the record that it should be.

    Raises:
        ServerCheats: if it isn't.
    """
    try:
        return record.model_validate_json(json.dumps(reply))
    except ValidationError as error:
        told = printable(explained(error), LONGEST_MESSAGE)
        raise ServerCheats(f"the reply isn't as it should be: {told}") from error


def _hold_to_safe(url: str, token: str, *, by_network: bool) -> None:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError(f"the server is {url[:80]!r}; write it like https://board.example.org")
    if token and not TOKEN.fullmatch(token):
        raise ValueError("the token holds a space, or a character that none holds; give it as it was given to you")
    if token and by_network and address.scheme == "http" and not _is_here(address.host):
        raise ValueError(f"anyone on the way to {url[:80]!r} could read your token; give https://")


def _is_here(host: str) -> bool:
    """Whether what is sent to a host stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(reply: httpx.Response) -> Any:
    """What a reply holds.

    Raises:
        ServerRefused: if it says no, isn't JSON, or is too large; no more than may be is ever held.
    """
    try:
        told = parse_strictly(_body(reply))
    except ValueError as error:
        raise ServerRefused(reply.status_code, f"{error}; is the address right?") from error
    if reply.is_success:
        return told
    try:
        message = str(cast("Any", told)["error"]["message"])
    except (KeyError, TypeError):
        message = reply.reason_phrase
    raise ServerRefused(reply.status_code, message)


def _body(reply: httpx.Response) -> bytes:
    if reply.headers.get("Content-Encoding", "identity") != "identity":
        raise ValueError("it answered in a compressed form, which wasn't asked for")
    body = bytearray()
    for piece in reply.iter_bytes():
        body += piece
        if len(body) > LARGEST_REPLY:
            raise ValueError(f"it answered with more than {LARGEST_REPLY:,} bytes")
    if not body.lstrip().startswith((b"{", b"[")):
        raise ValueError(f"{bytes(body[:80])!r}, which isn't JSON")
    return bytes(body)


def _retry_after(reply: httpx.Response) -> float:
    told = reply.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() and len(told) < 6 else 0.0
