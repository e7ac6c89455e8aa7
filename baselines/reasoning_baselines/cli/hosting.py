"""The commands of those who keep a leaderboard: its server, accounts, rounds and pages."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import err, fail, mistakes, out, whole_numbers
from reasoning_baselines.cli.verifying import hold_to_archive

if TYPE_CHECKING:
    from reasoning_leaderboard.boards import Shown
    from reasoning_leaderboard.pages.rounds import ShownRound
    from reasoning_leaderboard.server.settings import Settings
    from reasoning_leaderboard.store import Store

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="A TOML file: docs/leaderboard_server.md."),
]
StoreUrl = Annotated[
    str | None, typer.Option("--store", metavar="URL", help="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.")
]


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

        known = _settings(settings, store)
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
            fail(f"{error}; the store is {_shown(known.store)}")


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
    with mistakes(), _store(settings, store, make=True) as opened:
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
    with mistakes(), _store(settings, store) as opened:
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

    with mistakes(), _store(settings, store) as opened:
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
    with mistakes(), _store(settings, store) as opened:
        from reasoning_leaderboard.accounts import revoke_token
        from reasoning_leaderboard.clock import utc_now

        revoke_token(opened, token_id, now=utc_now())
    out().print("revoked")


def open_round(
    name: Annotated[str, typer.Argument(metavar="ROUND", help="Its name: letters, digits, dots, dashes.")],
    env: Annotated[str, typer.Option("--env", metavar="ID", help="Of an environment, or a family's name.")],
    episodes: Annotated[int, typer.Option(min=1, metavar="N", help="Problems of a session.")] = 500,
    levels: Annotated[str | None, typer.Option(metavar="LIST", help="To draw from, such as 1,2 or 1-4.")] = None,
    max_thoughts: Annotated[int | None, typer.Option(metavar="N", help="Thoughts in an episode.")] = None,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="How long sessions may be opened and played.")] = 30,
    common: Annotated[
        bool, typer.Option("--common", help="The same problems for all sessions; then only keepers may play.")
    ] = False,
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Draw a round's secret key, publish the commitment to it, and let sessions be opened."""
    with mistakes(), _store(settings, store, make=True) as opened:
        from reasoning_baselines.environments import find_environment
        from reasoning_baselines.evaluation import make_environment
        from reasoning_leaderboard.challenge.chain import load_signing_key
        from reasoning_leaderboard.challenge.rounds import manifest_of, new_key
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.store.rounds import open_round as keep_round

        asked = {"levels": None if levels is None else whole_numbers(levels, "levels"), "max_thoughts": max_thoughts}
        kwargs = {key: value for key, value in asked.items() if value is not None}
        environment = make_environment(find_environment(env), **kwargs)
        manifest = manifest_of(name, environment, episodes, common=common)
        key_file = Path(_settings(settings, store).signing_key)
        signing = load_signing_key(key_file)
        made = keep_round(opened, manifest, new_key(), signing, now=utc_now(), lasts=timedelta(days=days))
    until = f"{made.closes:%Y-%m-%d %H:%M} UTC"
    out().print(f"round {name}, {episodes} problems of {manifest.track.env}, until {until}", soft_wrap=True)
    out().print(f"commitment {made.commitment}", soft_wrap=True)
    out().print(f"signed by the key in {key_file.resolve()}; serve it with the same", soft_wrap=True, markup=False)


def reveal(
    name: Annotated[str, typer.Argument(metavar="ROUND", help="Its name.")],
    target: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="For its archive.")] = None,
    early: Annotated[
        bool, typer.Option("--early", help="Before the round's end, which cuts off its sessions.")
    ] = False,
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Close a round, score its sessions, and publish its key and all transcripts, for anyone to audit.

    A round that is still open is left so, unless --early is given.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes(), _store(settings, store) as opened, Meter(name) as meter:
        from functools import partial

        from reasoning_leaderboard.bounded import Bounds, NotDone
        from reasoning_leaderboard.challenge.chain import load_signing_key
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.store.revealing import reveal as publish
        from reasoning_leaderboard.store.rounds import archive_pieces
        from reasoning_leaderboard.verifying import judged

        _hold_to_end(opened, name, early)
        known = _settings(settings, store)
        signing = load_signing_key(Path(known.signing_key))
        judge = partial(judged, known.store, bounds=Bounds(known.verify_seconds, known.verify_memory))
        try:
            publish(
                opened,
                name,
                signing,
                judge,
                now=utc_now(),
                watch=lambda done, total: meter.show(name, done, total, "sessions"),
            )
        except NotDone as error:
            advice = "raise verify_seconds or verify_memory, or take the software that the round was opened with"
            fail(f"{error}. Nothing is revealed; {advice}, and reveal it again")
        file = target or Path(f"{name}.tar.zst")
        with file.open("wb") as written:
            written.writelines(archive_pieces(opened, name))
    out().print(f"{file} holds the round; `reasoning-gym leaderboard verify {file}` audits it", soft_wrap=True)


def _hold_to_end(store: Store, name: str, early: bool) -> None:
    """Leave, saying why, unless there is the round, and it is over or may be ended early."""
    from reasoning_gym.family import nearest
    from reasoning_leaderboard.clock import utc_now
    from reasoning_leaderboard.store.rounds import NoSuch, look_up_round, rounds, sessions_under_way

    try:
        found = look_up_round(store, name)
    except NoSuch as error:
        there = [each.manifest.round for each in rounds(store)]
        advice = nearest(name, there) if there else "there is none yet: `leaderboard open` opens one"
        fail(f"{error.args[0]}; {advice}")
    if found.state(utc_now()) != "open" or early:
        return
    count = sessions_under_way(store, name, now=utc_now())
    told = {0: "no session is under way", 1: "1 session is under way, and would be cut off"}
    sessions = told.get(count, f"{count:,} sessions are under way, and would be cut off")
    until = f"{found.closes:%Y-%m-%d %H:%M} UTC"
    fail(f"the round {name} is open until {until}; {sessions}. Reveal it after that, or now with --early")


def _settings(file: Path | None, store: str | None) -> Settings:
    from dataclasses import replace

    from reasoning_leaderboard.server.settings import read_settings

    known = read_settings(file)
    return known if store is None else replace(known, store=store)


def rescore(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="That the history of entries will show.")],
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Judge every stored transcript anew, after the checker or a family has changed; old scores are kept.

    What can't be judged by the versions that are here stands as it is, in its old track.
    """
    with mistakes(), _store(settings, store) as opened, err().status("judging anew") as status:
        from reasoning_leaderboard.bounded import Bounds
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.store.jobs import rescore as queue
        from reasoning_leaderboard.submission import verified_entry
        from reasoning_leaderboard.verifying import rescore_sessions, verify_next

        known = _settings(settings, store)
        bounds = Bounds(known.verify_seconds, known.verify_memory)
        count, done = queue(opened, reason, now=utc_now()), 0
        while verify_next(opened, verified_entry, bounds):
            done += 1
            status.update(f"judging anew, {done} of {count} submissions")
        changed, failed = rescore_sessions(opened, known.store, reason, bounds)
    for each in failed:
        out().print(each, style="yellow", soft_wrap=True, markup=False)
    out().print(f"{count} submissions judged anew; {changed} scores of sessions have changed")


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="For the pages.")],
    submissions: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="A folder of submissions; may be repeated.")
    ] = None,
    round_file: Annotated[
        list[Path] | None, typer.Option("--round", metavar="FILE", help="Of a revealed round; may be repeated.")
    ] = None,
    path: Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")] = None,
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Write the board as plain files, which open from a disk or lie on any server.

    The entries are those of a store, or, where folders or rounds are named and no store is, of these, verified first.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes(), Meter("export") as meter:
        from reasoning_leaderboard.boards import from_store, from_submissions, rounds_in, site_of
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.pages.site import export as write
        from reasoning_leaderboard.pages.site import written_before

        def show(name: str, done: int, total: int) -> None:
            meter.show(name, done, total, "verified")

        for each in (*(submissions or []), *(round_file or [])):
            if not each.exists():  # said before anything is verified, which takes minutes
                fail(f"{each} isn't there; give folders of submissions, and archives that `leaderboard reveal` wrote")
        written_before(folder)  # before hours of work, whether pages may be written there
        shown: list[Shown] = []
        rounds: list[ShownRound] = []
        left_out: list[str] = []
        for each in submissions or []:
            shown += from_submissions(each, path=path, watch=show, left_out=left_out)
        for each in round_file or []:
            entries, found = _revealed(each, partial(show, each.name))
            shown += entries
            rounds.append(found)
        with ExitStack() as kept:
            if store is not None or settings is not None or not (submissions or round_file):
                opened = kept.enter_context(_store(settings, store))  # open until the pages are written
                shown += from_store(opened)
                rounds += rounds_in(opened, utc_now())
            count = write(site_of(shown, lambda: rounds), folder, lambda done: meter.show("pages", done, done))
    for why in left_out:
        out().print(f"left out: {why}", style="yellow", soft_wrap=True, markup=False)
    out().print(f"{len(shown)} entries, {count:,} pages; open {folder / 'index.html'}", soft_wrap=True)


def _revealed(file: Path, watch: Callable[[int, int], None]) -> tuple[list[Shown], ShownRound]:
    """The entries of a round's archive, and the round.

    Raises:
        ValueError: if it can't be read, or doesn't hold; the message names it.
    """
    from reasoning_leaderboard.boards import from_round, round_of

    hold_to_archive(file)
    try:
        with file.open("rb") as archive:
            shown = from_round(archive, watch)
            archive.seek(0)
            return shown, round_of(archive)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


@contextmanager
def _store(file: Path | None, store: str | None, *, make: bool = False) -> Generator[Store]:
    """The store, closed at the end; says so where it can't be used, or, unless it is to be made, isn't there.

    Somebody in the wrong folder would else get an empty store there, and be told that nothing is in it.
    """
    from reasoning_leaderboard.store import StoreUnavailable, open_store

    address = _settings(file, store).store
    place = Path(address.removeprefix("sqlite:///"))
    missing = address.startswith("sqlite:///") and not place.exists()
    if missing and not make:
        fail(f"there is no store at {place.absolute()}; go to the server's folder, or give --store or --settings")
    try:
        opened = open_store(address)
        if missing:
            err().print(f"a new store: {place.absolute()}", style="dim", soft_wrap=True, markup=False)
        try:
            yield opened
        finally:
            opened.close()
    except StoreUnavailable as error:
        fail(f"{error}; the store is {_shown(address)}")


def _shown(address: str) -> str:
    """The address of a store, without its password."""
    from sqlalchemy.engine import make_url

    return make_url(address).render_as_string(hide_password=True)
