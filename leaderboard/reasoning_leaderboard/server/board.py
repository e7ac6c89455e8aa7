"""What the routes share: the store, the settings, the time; and who asks."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from reasoning_leaderboard.accounts import BadToken, Holder, Scope, holder_of
from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.server.errors import Refused
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import Store, StoreFull
from reasoning_leaderboard.store.limits import Rate, take

REALM: Final = 'Bearer realm="leaderboard"'


@dataclass(frozen=True)
class Board:
    """What a server serves from."""

    store: Store
    settings: Settings
    now: Callable[[], datetime] = utc_now


def _board(request: Request) -> Board:
    return cast("Board", request.app.state.board)


TheBoard = Annotated[Board, Depends(_board)]
_bearer: Final = HTTPBearer(auto_error=False, description="A token; those who run the board give them.")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _anyone(request: Request, board: TheBoard, credentials: _Credentials) -> Holder | None:
    """Whose token came with a request; None if none did.

    Raises:
        Refused: if one did that is of no use.
    """
    if credentials is None:
        if "authorization" in request.headers:
            raise _unauthorised("the header Authorization holds no bearer token; send 'Bearer', a space and the token")
        return None
    try:
        return holder_of(board.store, credentials.credentials, now=board.now())
    except BadToken as error:
        raise _unauthorised(str(error), "invalid_token") from error


Anyone = Annotated[Holder | None, Depends(_anyone)]


def needs(scope: Scope) -> Callable[[Holder | None], Holder]:
    """What a route depends on that is only for holders of a token that allows something."""

    def holder(anyone: Anyone) -> Holder:
        if anyone is None:
            raise _unauthorised("a token is needed; send it in the header Authorization, after 'Bearer '")
        if scope not in anyone.scopes:
            raise forbidden(f"the token {anyone.token} doesn't allow to {scope}; ask for one that does", scope)
        return anyone

    return holder


Submitter = Annotated[Holder, Depends(needs(Scope.SUBMIT))]


def forbidden(message: str, scope: Scope | None = None) -> Refused:
    """The error for one who is known, but may not."""
    more = f', error="insufficient_scope", scope="{scope}"' if scope else ""
    return Refused(403, message, {"WWW-Authenticate": REALM + more})


def limit(board: Board, what: str, who: str, rate: Rate) -> None:
    """Count one more of something for someone.

    Raises:
        Refused: if that is too many; it says how long to wait.
    """
    wait = take(board.store, f"{what}:{who}", rate, now=board.now())
    if wait is not None:
        seconds = str(math.ceil(wait / timedelta(seconds=1)))
        told = f"{what} are limited to {rate.burst} at once and {rate.per_hour} an hour; wait {seconds} s"
        raise Refused(429, told, {"Retry-After": seconds})


def limit_by_address(request: Request, board: TheBoard) -> None:
    """Count a request for where it comes from; where there is no room to count, what can be read still is.

    Raises:
        Refused: if there are too many.
    """
    with suppress(StoreFull):
        limit(board, "requests", network_of(request.client.host if request.client else ""), board.settings.requests)


def network_of(host: str) -> str:
    """What counts as one place: an address, or, as anyone has many of IPv6, a network of 64 bits.

    >>> network_of("2001:db8::1:2"), network_of("192.0.2.1"), network_of("a socket")
    ('2001:db8::/64', '192.0.2.1', 'elsewhere')
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "elsewhere"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _unauthorised(message: str, error: str | None = None) -> Refused:
    return Refused(401, message, {"WWW-Authenticate": REALM + (f', error="{error}"' if error else "")})
