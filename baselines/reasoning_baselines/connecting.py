"""Connections to a leaderboard's server, and why it can't be reached where it can't."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import httpx

from reasoning_baselines.closed_network import SOCKET
from reasoning_gym.family import nearest
from reasoning_leaderboard.challenge.client import rounds_of
from reasoning_leaderboard.challenge.connection import Connection, ServerGone, ServerRefused
from reasoning_leaderboard.challenge.told import RoundTold

BEHIND_SOCKET: Final = "http://leaderboard"  # the address of what listens at a socket, which has none
HEALTH: Final = "/api/health"
PATIENCE: Final = 3.0  # seconds for a server that hasn't answered yet
START: Final = "is the server running (`reasoning-gym leaderboard serve`), and is this its address?"


class NoServer(ConnectionError):
    """No leaderboard's server answers; the message says why, as far as that can be seen, and what to do."""


def connect(address: str, token: str, *, patience: float = 600.0) -> Connection:
    """A connection to a server at `https://…`, or at a socket of this machine, `unix:/path`."""
    if address.startswith(SOCKET):
        transport = httpx.HTTPTransport(uds=address.removeprefix(SOCKET))
        return Connection(BEHIND_SOCKET, token, patience=patience, transport=transport)
    return Connection(address, token, patience=patience)


def meet(address: str, patience: float = PATIENCE) -> None:
    """Return once a server answers at an address.

    Raises:
        NoServer: if none does within so many seconds.
        ValueError: if it is no address.
    """
    try:
        with connect(address, "", patience=patience) as connection, suppress(ServerGone):
            connection.get(HEALTH)
            return
    except ServerRefused as error:
        if 300 <= error.status < 400:
            raise NoServer(f"{address} sends on to another address; give that, perhaps with https://") from error
        raise NoServer(
            f"what answers at {address} is no leaderboard: {error}; give its address alone, as https://board.example.org"
        ) from error
    raise NoServer(f"nothing answers at {address}: {_why(address)}")


def chosen_round(connection: Connection, name: str | None) -> RoundTold:
    """A round that the server has; None stands for its only open one.

    Raises:
        ValueError: if there is none of that name, or, where none is named, not just one that is open.
        ServerRefused, ServerGone, ServerCheats: as `rounds_of`.
    """
    # by the manifest's name, which is held to the form of names; beside it the reply could tell any text as one
    known = {each.manifest.round: each for each in rounds_of(connection)}
    if name is None:
        opened = [each for each in known.values() if each.state == "open"]
        if len(opened) != 1:
            told = ", ".join(each.manifest.round for each in opened) or "none"
            raise ValueError(f"the server has {len(opened)} open rounds ({told}); name one with --round")
        return opened[0]
    if name not in known:
        advice = nearest(name, known) if known else "it has no round"
        raise ValueError(f"the server has no round {name!r}; {advice}")
    return known[name]


def _why(address: str) -> str:
    """Why nothing answers: it is asked once more, as a connection tells that it failed and not by what."""
    path = address.removeprefix(SOCKET)
    transport = httpx.HTTPTransport(uds=path) if address.startswith(SOCKET) else None
    try:
        with httpx.Client(transport=transport, timeout=PATIENCE) as client:
            reply = client.get(f"{BEHIND_SOCKET if transport else address.rstrip('/')}{HEALTH}")
    except httpx.TransportError as error:
        return _explained(error)
    return f"it says {reply.status_code}; try again later"


def _explained(error: httpx.TransportError) -> str:
    told: tuple[tuple[type[BaseException], Callable[[BaseException], str]], ...] = (
        (socket.gaierror, lambda _: "no machine of that name is known; is the address right?"),
        (ssl.SSLCertVerificationError, lambda e: f"its certificate isn't good: {getattr(e, 'verify_message', e)}"),
        (ssl.SSLError, lambda _: "what listens there doesn't speak TLS; give http:// if it is on this machine"),
        (FileNotFoundError, lambda _: f"there is no such socket; {START}"),
        (ConnectionRefusedError, lambda _: f"nothing listens there; {START}"),
        (ConnectionResetError, lambda _: "it hangs up; if it speaks TLS, give https://"),
        (httpx.RemoteProtocolError, lambda _: "it doesn't speak HTTP; if it speaks TLS, give https://"),
        (httpx.TimeoutException, lambda _: f"it takes longer than {PATIENCE:.0f} s; {START}"),
    )
    causes = list(_causes(error))
    for kind, words in told:
        for cause in causes:
            if isinstance(cause, kind):
                return words(cause)
    return f"{getattr(causes[-1], 'strerror', None) or error}; {START}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, the one that led to it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
