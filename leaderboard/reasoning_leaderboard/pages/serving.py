"""Serves a site's pages, with the headers that hold a browser to what the pages need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response

from reasoning_leaderboard.pages.rendering import POLICY, rendered
from reasoning_leaderboard.pages.site import Site

HEADERS: Final = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",  # the last can't stand in a page
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def pages_router(site: Callable[[], Site]) -> APIRouter:
    """Routes that serve the pages of a site, which is asked for anew with each request.

    It answers only below `/entries`, `/transcripts` and `/static`, and to `/`, `/index.html`, `/rounds.html` and
    `/trust.html`; other paths are left to the application that includes it.
    """
    router = APIRouter(include_in_schema=False)

    def answer(request: Request) -> Response:
        path = request.url.path.removeprefix(request.scope.get("root_path", "")).lstrip("/") or "index.html"
        try:
            body, status = site().page(path, dict(request.query_params)), 200
        except KeyError:
            body, status, path = rendered("missing.html", root="../" * path.count("/")).encode(), 404, "index.html"
        return Response(body, status, media_type=_TYPES[path.rpartition(".")[2]], headers=HEADERS)

    whole = ("/", "/index.html", "/rounds.html", "/trust.html")
    for path in (*whole, "/entries/{name}", "/transcripts/{key}/{name}", "/static/{name}"):
        router.add_api_route(path, answer, methods=["GET", "HEAD"])
    return router
