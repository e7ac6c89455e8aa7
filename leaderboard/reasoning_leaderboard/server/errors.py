"""Errors as answers: what is wrong, the value, and what to do, in JSON."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ExceptionHandler

from reasoning_leaderboard.plain_text import printable
from reasoning_leaderboard.server.guard import SAFE
from reasoning_leaderboard.store import StoreFull, StoreUnavailable

RETRY: Final = {"Retry-After": "5"}  # seconds
CODES: Final = {
    400: "bad_request",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "unsupported",
    422: "invalid",
    429: "too_many",
    500: "our_mistake",
    503: "unavailable",
    507: "full",
}
log = logging.getLogger("reasoning_leaderboard.server")


class Refused(Exception):
    """A request that isn't done, and why."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


def answer_errors(app: FastAPI) -> None:
    """Let an app answer every error in JSON."""
    handlers: Sequence[tuple[type[Exception], ExceptionHandler]] = (
        (Refused, _refused),
        (RequestValidationError, _invalid),
        (HTTPException, _plain),
        (StoreFull, _full),
        (StoreUnavailable, _unavailable),
        (Exception, _ours),
    )
    for error, handler in handlers:
        app.add_exception_handler(error, handler)


def error_schema(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What FastAPI's `responses` says of the errors that a route may answer with."""
    schema = {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                "required": ["code", "message"],
            }
        },
        "required": ["error"],
    }
    told = {status: CODES[status].replace("_", " ") for status in {*statuses, 400, 401, 422, 429, 503}}
    return {
        status: {"description": name, "content": {"application/json": {"schema": schema}}}
        for status, name in sorted(told.items())
    }


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that tells of an error."""
    body = {"error": {"code": CODES.get(status, f"http_{status}"), "message": message}}
    return JSONResponse(body, status, {**SAFE, **(headers or {})})


async def _refused(_: Request, error: Exception) -> JSONResponse:
    refused = cast("Refused", error)
    return error_answer(refused.status, refused.message, refused.headers)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    told = cast("RequestValidationError", error).errors()
    parts = [
        f"{'.'.join(map(str, each['loc']))} is {printable(repr(each.get('input')), 60)}: {each['msg']}"
        for each in told[:5]
    ]
    return error_answer(422, "; ".join(parts))


async def _plain(request: Request, error: Exception) -> JSONResponse:
    http = cast("HTTPException", error)
    told = {
        404: f"there is nothing at this address; {request.app.openapi_url} lists what there is",
        405: f"{request.method} can't be done here; see the header Allow",
    }
    return error_answer(http.status_code, told.get(http.status_code, str(http.detail)), http.headers)


async def _full(_: Request, error: Exception) -> JSONResponse:
    log.error("the store is full: %s", error)
    return error_answer(507, "there is no room left; nothing was kept; try again later", RETRY)


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    log.error("the store is unavailable: %s", error)
    # a database that fails while it commits may keep what it never acknowledged
    return error_answer(
        503, "the store can't be used now, and it may not have kept what was sent; send it again later", RETRY
    )


async def _ours(_: Request, error: Exception) -> JSONResponse:
    return error_answer(500, "this is our mistake, and is in our log; nothing was kept", RETRY)
