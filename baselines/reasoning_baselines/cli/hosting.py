"""The commands of those who keep a leaderboard: its server, its accounts, and its scores."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from reasoning_baselines.cli.screen import err, fail, mistakes, out
from reasoning_baselines.cli.stores import SettingsFile, StoreUrl, settings_of, store_at, without_password


def serve(
    settings: SettingsFile = None,
    store: StoreUrl = None,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="To listen at.")] = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="To listen at.")] = None,
    socket: Annotated[Path | None, typer.Option(metavar="FILE", help="To listen at, instead of a port.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that answer requests.")] = None,
) -> None:
    """Serve the leaderboard: submissions, challenges and pages."""
    with mistakes():
        from dataclasses import replace

        from reasoning_leaderboard.server.serving import serve as serve_all
        from reasoning_leaderboard.store import StoreUnavailable

        known = settings_of(settings, store)
        known = replace(
            known,
            host=known.host if host is None else host,
            port=known.port if port is None else port,
            socket=known.socket if socket is None else str(socket),
            workers=known.workers if workers is None else workers,
        )
        if known.socket:
            _be_free_socket(Path(known.socket))
        else:
            _be_free(known.host, known.port)
        try:
            serve_all(known)
        except StoreUnavailable as error:
            fail(f"{error}; the store is {without_password(known.store)}")


def _be_free(host: str, port: int) -> None:
    """Let a server that can't listen there be told of in plain words, before it starts processes.

    Raises:
        ValueError: if another program listens there, or it is no address of this machine.
    """
    import socket

    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            trial.bind(address)
    except OSError as error:
        advice = "give another --port or --host, or end what listens there"
        raise ValueError(f"a server can't listen at {host}, port {port}: {error.strerror}; {advice}") from error


def _be_free_socket(place: Path) -> None:
    """Leave what lies in a socket's place alone, unless it is a socket of a server that is gone, which is removed.

    The server itself would remove whatever lies there when it ends.

    Raises:
        ValueError: if something else lies there, or another program listens there.
        OSError: if no socket can be made there.
    """
    import socket

    if place.exists() and not place.is_socket():
        raise ValueError(f"{place} is there, and is no socket; give another --socket")
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.connect(str(place))
        except ConnectionRefusedError:
            place.unlink()
        except FileNotFoundError:
            if not place.absolute().parent.is_dir():
                raise ValueError(
                    f"there is no folder for the socket {place}; make it, or give another --socket"
                ) from None
        except OSError as error:
            raise ValueError(f"a server can't listen at the socket {place}: {error}; give another --socket") from error
        else:
            raise ValueError(f"another server listens at {place}; give another --socket, or end that one")


def account(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the account: ASCII letters, digits and a few signs.")],
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Make an account."""
    with mistakes(), store_at(settings, store, make=True) as opened:
        from reasoning_leaderboard.accounts import open_account
        from reasoning_leaderboard.clock import utc_now

        open_account(opened, name, now=utc_now())
    out().print(f"made; `reasoning-gym leaderboard token {shlex.quote(name)}` makes its token", soft_wrap=True)


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the account.")],
    days: Annotated[int, typer.Option(min=1, max=366, metavar="N", help="How long it is good.")] = 90,
    keeper: Annotated[
        bool, typer.Option("--keeper", help="It may see what is others', and play common problems.")
    ] = False,
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Make a token of an account, and print it this once: only its hash is kept."""
    with mistakes(), store_at(settings, store) as opened:
        from reasoning_leaderboard.accounts import Scope, issue_token
        from reasoning_leaderboard.clock import utc_now

        scopes = {Scope.SUBMIT, Scope.ADMIN} if keeper else {Scope.SUBMIT}
        made = issue_token(opened, name, scopes, now=utc_now(), lasts=timedelta(days=days))
    typer.echo(made)


def tokens(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the account.")],
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """List the tokens of an account by their ids; the tokens themselves aren't known."""
    from rich.table import Table

    with mistakes(), store_at(settings, store) as opened:
        from reasoning_leaderboard.accounts import tokens_of

        found = tokens_of(opened, name)
    table = Table("id", "allows", "made", "expires", "revoked")
    for each in found:
        days = (each.made, each.expires, each.revoked)
        table.add_row(
            each.id, " ".join(sorted(each.scopes)), *("" if day is None else f"{day:%Y-%m-%d}" for day in days)
        )
    out().print(table)


def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Of the token, as `leaderboard tokens` lists it.")],
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Let a token be of no use from now on."""
    with mistakes(), store_at(settings, store) as opened:
        from reasoning_leaderboard.accounts import revoke_token
        from reasoning_leaderboard.clock import utc_now

        revoke_token(opened, token_id, now=utc_now())
    out().print("revoked")


def rescore(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="That the history of entries will show.")],
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Judge every stored transcript anew, after the checker or a family has changed; old scores are kept.

    What can't be judged by the versions that are here stands as it is, in its old track.
    """
    with mistakes(), store_at(settings, store) as opened, err().status("judging anew") as status:
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.store.jobs import rescore as queue
        from reasoning_leaderboard.submission import verified_entry
        from reasoning_leaderboard.verifying import rescore_sessions, verify_next

        known = settings_of(settings, store)
        count, done = queue(opened, reason, now=utc_now()), 0
        while verify_next(opened, verified_entry, known.bounds):
            done += 1
            status.update(f"judging anew, {done} of {count} submissions")
        changed, failed = rescore_sessions(opened, known.store, reason, known.bounds)
    for each in failed:
        out().print(each, style="yellow", soft_wrap=True, markup=False)
    out().print(f"{count} submissions judged anew; {changed} scores of sessions have changed")
