"""What the commands that talk to a leaderboard share: their options, and the connection."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from reasoning_baselines.cli.screen import err, fail, plainly, text_of

if TYPE_CHECKING:
    from reasoning_leaderboard.challenge.connection import Connection

TOKEN = "REASONING_LEADERBOARD_TOKEN"  # the name of a variable, no token
CardName = Annotated[str | None, typer.Option("--card-name", metavar="NAME", help="What the board calls the agent.")]
Code = Annotated[str | None, typer.Option(metavar="URL", help="Where the agent's program is, https://….")]
Tools = Annotated[list[str] | None, typer.Option("--tool", metavar="NAME", help="A tool it uses; may be repeated.")]
Budget = Annotated[int | None, typer.Option(min=1, metavar="N", help="Tokens it may spend on a problem.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Anything else that a reader should know.")]
Server = Annotated[
    str, typer.Option("--server", metavar="URL", help="Of a leaderboard; unix:PATH for a socket of this machine.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", metavar="FILE", help=f"That holds your token; by default the variable {TOKEN} does."),
]


@contextmanager
def connection_to(server: str, token_file: Path | None) -> Generator[Connection]:
    """A connection to a server that answers now: only such a one is waited for when it is gone for a while.

    Leaves, saying so, where a reply isn't what it has to be.
    """
    from reasoning_baselines.closed_network import SOCKET

    if not server.startswith(("http://", "https://", SOCKET)):
        fail(f"server is {server!r}; write http://HOST:PORT, https://HOST or {SOCKET}PATH")
    token = _token_in(token_file)
    with err().status(f"looking for {escape(plainly(server))}"):
        from reasoning_baselines.connecting import connect, meet
        from reasoning_leaderboard.challenge.connection import ServerCheats

        connection = connect(server, token)
        meet(server)
    with connection:
        try:
            yield connection
        except ServerCheats as error:
            fail(str(error))


def _token_in(file: Path | None) -> str:
    """The token in a file, or in the variable where none is named; leaves, saying why, if there is none."""
    token = (os.environ.get(TOKEN, "") if file is None else text_of(file, "the token file")).strip()
    if not token:
        fail(f"a token is needed: set {TOKEN}, or give --token-file; those who run the server give tokens")
    if not (token.isascii() and token.isprintable()):
        fail("the token holds signs that no token has; it is rgl_ and 43 letters, digits, dashes and underscores")
    return token
