"""Bodies of requests: read under a limit of bytes and of time, whatever their headers say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from fastapi import Request
from starlette.requests import ClientDisconnect

from reasoning_leaderboard.entries import Strict
from reasoning_leaderboard.plain_text import printable
from reasoning_leaderboard.server.board import TheBoard
from reasoning_leaderboard.server.errors import Refused

Record = TypeVar("Record", bound=Strict)


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """The body of a request.

    Args:
        request: whose body nobody has read.
        most: bytes; no more than these, and one piece of the network, are ever held.
        seconds: from now until all of it must be there.

    Raises:
        Refused: if it is too large, too slow, compressed, or breaks off.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, "the body has a Content-Encoding; send the bytes as they are")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > len(str(most)) + 20 or int(declared) > most):
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.stream():
                if len(body) + len(piece) > most:
                    raise _too_large(most)
                body += piece
    except TimeoutError:
        raise Refused(408, f"the body took more than {seconds} seconds; send it faster, or less") from None
    except ClientDisconnect:
        raise Refused(400, "the body broke off; send it again") from None
    return bytes(body)


def json_of(record: type[Record]) -> Callable[[Request, TheBoard], Coroutine[Any, Any, Record]]:
    """What a route depends on to be given the record that a request's JSON stands for, read strictly.

    Describe it in the route's `openapi_extra` by `takes_json`.
    """

    async def read(request: Request, board: TheBoard) -> Record:
        settings = board.settings
        body = await read_body(request, most=settings.json_bytes, seconds=settings.body_seconds)
        try:
            return record.read(body)
        except ValueError as error:
            raise Refused(422, f"the request isn't as it should be: {printable(str(error), 1000)}") from error

    return read


def takes_json(record: type[Strict]) -> dict[str, Any]:
    """What FastAPI's `openapi_extra` says of a route that takes a record."""
    schema = record.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def takes_bytes(what: str) -> dict[str, Any]:
    """What FastAPI's `openapi_extra` says of a route that takes bytes."""
    schema = {"type": "string", "format": "binary"}
    return {
        "requestBody": {
            "required": True,
            "description": what,
            "content": {"application/octet-stream": {"schema": schema}},
        }
    }


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is too large; {most} bytes are the limit")


def hoist(document: dict[str, Any]) -> None:
    """Put the definitions that stand inside of schemas where OpenAPI looks for them."""
    _hoist(document, document.setdefault("components", {}).setdefault("schemas", {}))


def _hoist(node: object, schemas: dict[str, Any]) -> None:
    if isinstance(node, dict):
        table = cast("dict[str, Any]", node)
        schemas.update(table.pop("$defs", {}))
        for each in list(table.values()):
            _hoist(each, schemas)
    elif isinstance(node, list):
        for each in cast("list[object]", node):
            _hoist(each, schemas)
