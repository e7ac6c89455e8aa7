"""What stands around every request: no token in an address, a line in the log, safe headers."""

from __future__ import annotations

import json
import logging
import time
from typing import Final, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reasoning_leaderboard.accounts import PREFIX, TOKEN
from reasoning_leaderboard.plain_text import printable

SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
LONGEST_ADDRESS: Final = 2_000  # characters of path and query
access = logging.getLogger("reasoning_leaderboard.access")


class Guard:
    """Refuses addresses that hold a token, sets safe headers, hangs up on unread bodies, and writes the access log.

    The log has the address without its query, and no header of the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, status, unread = time.monotonic(), 500, _has_body(scope)

        async def receive_and_note() -> Message:
            nonlocal unread
            message = await receive()
            unread = unread and message.get("more_body", False)
            return message

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # what nobody has read would else go on coming in, as much as the other side likes
                message["headers"] = _with_safe(message.get("headers", [])) + unread * [(b"connection", b"close")]
            await send(message)

        try:
            reason = _refusal(scope)
            if reason is None:
                await self.app(scope, receive_and_note, send_safely)
            else:
                await _refuse(reason, send_safely)
        finally:
            _write_log(scope, status, time.monotonic() - begin)


def _has_body(scope: Scope) -> bool:
    headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _with_safe(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with the safe ones that a route hasn't set otherwise."""
    there = {name.lower() for name, _ in headers}
    safe = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]
    return [*headers, *(header for header in safe if header[0] not in there)]


def _refusal(scope: Scope) -> str | None:
    address = cast("bytes", scope.get("raw_path") or b"") + b"?" + scope["query_string"]
    if TOKEN.search(f"{scope['path']}?{scope['query_string'].decode('latin-1')}"):
        return (
            "a token is in the address, where it may have been seen and written down; let it be revoked, "
            "and send the next in the header Authorization"
        )
    if len(address) > LONGEST_ADDRESS:
        return f"the address has {len(address)} characters; {LONGEST_ADDRESS} are the limit"
    return None


async def _refuse(reason: str, send: Send) -> None:
    body = json.dumps({"error": {"code": "bad_request", "message": reason}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _write_log(scope: Scope, status: int, seconds: float) -> None:
    client = scope.get("client") or ("-",)
    shown = printable(TOKEN.sub(f"{PREFIX}…", scope["path"]), 300)
    access.info("%s %s %s %d %.0fms", client[0], scope["method"], shown, status, 1000 * seconds)
