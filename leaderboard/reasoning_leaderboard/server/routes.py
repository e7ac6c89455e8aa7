"""The addresses of submissions and entries."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from reasoning_leaderboard.accounts import Holder, Scope
from reasoning_leaderboard.entries import Entry, Tier
from reasoning_leaderboard.server.board import REALM, Anyone, Submitter, TheBoard, forbidden, limit
from reasoning_leaderboard.server.bodies import read_body, takes_bytes
from reasoning_leaderboard.server.errors import Refused, error_schema
from reasoning_leaderboard.store import entries as board_entries
from reasoning_leaderboard.store.entries import MOST, Wanted
from reasoning_leaderboard.store.submissions import Receipt, State, archive_of, look_up, receive

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="64 hexadecimal digits")]
BYTES: Final = "application/octet-stream"
router = APIRouter(prefix="/api")


class Health(BaseModel):
    """That the server works."""

    status: str


class Told(BaseModel):
    """What is told of a submission."""

    id: str
    account: str
    content: str
    size: int
    state: State
    reason: str
    received: datetime
    decided: datetime | None
    entry: str | None


class Page(BaseModel):
    """Entries in the order of arrival; `after` is what to ask for next, None if there are no more."""

    entries: list[Entry]
    after: int | None


async def _archive(request: Request, board: TheBoard, holder: Submitter) -> AsyncGenerator[bytes]:
    """An archive that an account may send now; only so many are in memory at once."""
    settings = board.settings
    await run_in_threadpool(limit, board, "submissions", holder.account, settings.submissions)
    async with request.app.state.uploads:
        archive = await read_body(request, most=settings.archive_bytes, seconds=settings.body_seconds)
        if not archive:
            raise Refused(400, "the body is empty; send the bytes of an archive")
        yield archive


@router.get("/health", responses=error_schema())
def health(board: TheBoard) -> Health:
    """Whether the server can read its store."""
    look_up(board.store, "")
    return Health(status="ok")


@router.post(
    "/submissions",
    responses={
        202: {"model": Told, "description": "Kept; it isn't verified yet"},
        **error_schema(403, 408, 413, 415, 507),
    },
    openapi_extra=takes_bytes("the archive of a submission"),
)
def submit(
    board: TheBoard,
    holder: Submitter,
    archive: Annotated[bytes, Depends(_archive, scope="function")],
    response: Response,
) -> Told:
    """Send the archive of a submission. What was acknowledged is kept; sending it again changes nothing."""
    receipt = receive(board.store, holder.account, archive, now=board.now())
    response.status_code = 202 if receipt.state is State.PENDING else 200
    response.headers["Location"] = f"/api/submissions/{receipt.id}"
    return _told(receipt)


@router.get("/submissions/{id}", responses=error_schema(403, 404))
def submission(board: TheBoard, anyone: Anyone, id: Id) -> Told:
    """What has come of a submission."""
    return _told(_seen(board, anyone, id))


@router.get(
    "/submissions/{id}/archive",
    response_class=Response,
    responses={200: {"content": {BYTES: {}}}, **error_schema(403, 404)},
)
def archive(board: TheBoard, anyone: Anyone, id: Id) -> Response:
    """The bytes of a submission, as they were received."""
    receipt = _seen(board, anyone, id)
    headers = {"Content-Disposition": f'attachment; filename="{receipt.id[:16]}.tar"', "ETag": f'"{receipt.content}"'}
    return Response(archive_of(board.store, id), media_type=BYTES, headers=headers)


@router.get("/entries", responses=error_schema())
def entries(
    board: TheBoard,
    tier: Tier | None = None,
    track: Annotated[str | None, Query(pattern=r"^[0-9a-f]{12}$", description="a track's key")] = None,
    after: Annotated[int, Query(ge=0, le=2**53 - 1)] = 0,
    most: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Page:
    """The entries that stand on the board."""
    found = board_entries.entries(board.store, Wanted(tier=tier, track=track), after=after, most=most)
    return Page(entries=[each for _, each in found], after=found[-1][0] if len(found) == most else None)


@router.get("/entries/{id}", responses=error_schema(404))
def entry(board: TheBoard, id: Id) -> Entry:
    """An entry."""
    found = board_entries.entry(board.store, id)
    if found is None:
        raise Refused(404, f"no entry {id} stands on the board")
    return found


def _seen(board: TheBoard, anyone: Holder | None, id: str) -> Receipt:
    """A submission, if whoever asks may see it: anyone once it is verified, till then those who sent it."""
    receipt = look_up(board.store, id)
    if receipt is None:
        raise Refused(404, f"there is no submission {id}")
    if receipt.state is State.VERIFIED:
        return receipt
    if anyone is None:
        raise Refused(401, "the submission isn't verified; send the token of its account", {"WWW-Authenticate": REALM})
    if anyone.account != receipt.account and Scope.ADMIN not in anyone.scopes:
        raise forbidden("the submission is another account's, and isn't verified")
    return receipt


def _told(receipt: Receipt) -> Told:
    return Told.model_validate(receipt, from_attributes=True)
