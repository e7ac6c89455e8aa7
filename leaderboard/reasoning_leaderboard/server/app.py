"""The app: all routes, with what stands around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.server.board import Board, limit_by_address
from reasoning_leaderboard.server.bodies import hoist
from reasoning_leaderboard.server.errors import answer_errors
from reasoning_leaderboard.server.guard import Guard
from reasoning_leaderboard.server.routes import router
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import Store


class _App(FastAPI):
    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        hoist(document)
        return document


def make_app(
    store: Store, settings: Settings, routers: Sequence[APIRouter] = (), *, now: Callable[[], datetime] = utc_now
) -> FastAPI:
    """The app that serves a store.

    Args:
        store: which the app closes when it ends.
        settings: limits.
        routers: further routes; they are given the store by depending on `TheBoard`.
        now: the time.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        yield
        store.close()

    app = _App(
        title="reasoning-gymnasium leaderboard",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,  # they would load programs from elsewhere
        redoc_url=None,
        dependencies=[Depends(limit_by_address)],
        lifespan=life,
    )
    app.state.board = Board(store, settings, now)
    app.state.uploads = asyncio.Semaphore(settings.uploads_at_once)
    app.add_middleware(Guard)
    answer_errors(app)
    for each in (router, *routers):
        app.include_router(each)
    return app
