"""The commands by which results come to a leaderboard, and by which anyone checks them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.markup import escape

from reasoning_baselines.cli.evaluating import Device, Dtype, ModelName, ThoughtTokens, Threads
from reasoning_baselines.cli.screen import err, fail, mistakes, option_values, out, plainly, stoppable, text_of

if TYPE_CHECKING:
    from reasoning_baselines.challenging import Player
    from reasoning_leaderboard.challenge.audit import Audit
    from reasoning_leaderboard.challenge.client import Progress, Result
    from reasoning_leaderboard.challenge.connection import Connection
    from reasoning_leaderboard.challenge.receipts import Kept
    from reasoning_leaderboard.entries import AgentCard, Entry, Track
    from reasoning_leaderboard.sending import Told
    from reasoning_leaderboard.submission import Submission, Verified

ZSTANDARD = bytes.fromhex("28b52ffd")  # how a compressed file begins: RFC 8878, section 3.1.1
TOKEN = "REASONING_LEADERBOARD_TOKEN"  # the name of a variable, no token
SUBMISSIONS = Path("leaderboard/submissions")
LONGEST_DECISION = 900.0  # seconds that one waits for a server to verify what was sent
LONGEST_REASON = 20_000  # characters of a server's that are shown: more than one of ours ever sends
STOPPED_SENDING = "stopped; what the server has it verifies, and the same command tells what came of it"

CardName = Annotated[str | None, typer.Option("--card-name", metavar="NAME", help="What the board calls the agent.")]
Code = Annotated[str | None, typer.Option(metavar="URL", help="Where the agent's program is, https://….")]
Tools = Annotated[list[str] | None, typer.Option("--tool", metavar="NAME", help="A tool it uses; may be repeated.")]
Budget = Annotated[int | None, typer.Option(min=1, metavar="N", help="Tokens it may spend on a problem.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Anything else that a reader should know.")]
Parameters = Annotated[int | None, typer.Option(min=1, metavar="N", help="How many the model has.")]
Server = Annotated[
    str, typer.Option("--server", metavar="URL", help="Of a leaderboard; unix:PATH for a socket of this machine.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", metavar="FILE", help=f"That holds your token; by default the variable {TOKEN} does."),
]


def submit(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="That evaluate wrote.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Of the submission's folder.")] = None,
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="That submissions lie in.")] = SUBMISSIONS,
    card_name: CardName = None,
    parameters: Parameters = None,
    code: Code = None,
    tool: Tools = None,
    budget: Budget = None,
    note: Note = "",
) -> None:
    """Make a submission of a run, for a pull request or `leaderboard send`.

    Every verdict is recomputed first: what wouldn't hold isn't written.
    """
    with mistakes():
        from reasoning_baselines.submitting import Said, submission_of_run
        from reasoning_leaderboard.submission import write_submission

        said = Said(card_name, None, None, parameters, code, tuple(tool or ()), budget, note)
        submission = submission_of_run(folder, said)
        _verify_submission(submission, str(folder))
        made = target / (name or folder.resolve().name)
        if made.parent != target or name == "..":
            fail(f"name is {name!r}; it is a folder's name, without slashes: --out says where the folder lies")
        write_submission(submission, made)
    command = f"reasoning-gym leaderboard verify {shlex.quote(str(made))}"
    out().print(f"{made} holds the submission; `{command}` recomputes it", soft_wrap=True, markup=False)


def verify(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Submissions, folders of them, or ROUND.tar.zst.")
    ],
    path: Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")] = None,
    session: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Of a session in the round, as `run --out` names it; may be repeated."),
    ] = None,
) -> None:
    """Recompute results from the thoughts alone, offline. Exit status 0 only if everything holds.

    Of a round that was revealed every problem, verdict, score, hash and signature is computed again, and what the
    server signed for a session that was played here is held to what it published.
    """
    with mistakes():
        held = [_holds_at(each, path, session or []) for each in paths]
    raise typer.Exit(0 if all(held) else 1)


def _holds_at(place: Path, path: str | None, sessions: Sequence[Path]) -> bool:
    """Whether all results at a place hold; says so of each."""
    from reasoning_baselines.cli.meter import Meter
    from reasoning_leaderboard.submission import LARGEST_PACKED, read_submission, submissions_in, unpack_submission

    if place.is_dir():
        held = [_holds(partial(read_submission, folder), str(folder), path) for folder in submissions_in(place)]
        return all(held)  # each was looked at, also after a bad one
    if place.name.endswith(".tar"):
        return _holds(lambda: unpack_submission(_bytes_of(place, 2 * LARGEST_PACKED)), str(place), path)
    hold_to_archive(place)
    with Meter(place.name) as meter:
        return _audited(place, sessions, lambda done, total: meter.show(place.name, done, total, "sessions"))


def send(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="That submit wrote.")],
    server: Server,
    token_file: TokenFile = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="For the server's decision, up to a quarter of an hour.")
    ] = True,
) -> None:
    """Send a submission to a server, which recomputes it, and tell what came of it.

    Sending it again changes nothing. Exit status 0 if it is verified, or not decided yet; 1 if it is rejected, or not
    comparable.
    """
    with mistakes(), stoppable(STOPPED_SENDING):
        with err().status(f"reading {escape(plainly(str(folder)))}"):
            from reasoning_leaderboard import sending
            from reasoning_leaderboard.challenge.client import ServerCheats
            from reasoning_leaderboard.store.submissions import State
            from reasoning_leaderboard.submission import read_submission, submissions_in

            submission = read_submission(_the_only(submissions_in(folder)))
        with _connection(server, token_file) as connection, err().status("sending") as status:
            try:
                told = sending.send(connection, submission)
                told = sending.wait_for_decision(
                    connection,
                    told,
                    LONGEST_DECISION if wait else 0,
                    watch=lambda waited: status.update(f"sent; the server recomputes it, {waited:.0f} s"),
                )
                entry = sending.entry_behind(connection, told) if told.state is State.VERIFIED else None
            except ServerCheats as error:
                fail(str(error))
    raise typer.Exit(_tell_decision(told, entry, server))


def _the_only(folders: list[Path]) -> Path:
    """The one submission that is to be sent.

    Raises:
        ValueError: if there are several.
    """
    if len(folders) > 1:
        told = ", ".join(map(str, folders[:5])) + (", …" if len(folders) > 5 else "")
        raise ValueError(f"there are {len(folders)} submissions ({told}); send one at a time")
    return folders[0]


def _tell_decision(told: Told, entry: Entry | None, server: str) -> int:
    """Say what came of a submission that was sent; the exit status that fits."""
    from reasoning_leaderboard.plain_text import printable
    from reasoning_leaderboard.store.submissions import State

    console = out()
    if entry is not None:
        console.print(
            f"[bold green]verified:[/] {_scored(entry.card, entry.track, entry.correct, entry.n)}", soft_wrap=True
        )
        console.print(_address(server, f"entries/{entry.id}.html"), soft_wrap=True, markup=False)
        return 0
    where = escape(_address(server, f"api/submissions/{told.id}"))
    if told.state is State.PENDING:
        console.print(f"pending: {where}; the same command later tells what came of it", soft_wrap=True)
        return 0
    style = "yellow" if told.state is State.NOT_COMPARABLE else "bold red"
    console.print(f"[{style}]{told.state.replace('_', ' ')}:[/] {where}", soft_wrap=True)
    console.print(printable(told.reason, LONGEST_REASON, lines=True), soft_wrap=True, markup=False)
    return 1


def _address(server: str, path: str) -> str:
    """Where a page of a server is; one that listens at a socket has no addresses."""
    from reasoning_baselines.closed_network import SOCKET

    return f"{path} at {server}" if server.startswith(SOCKET) else f"{server.rstrip('/')}/{path}"


def run(
    server: Server,
    agent: Annotated[str, typer.Option("--agent", metavar="NAME", help="As `reasoning-gym agents` lists them.")],
    round_name: Annotated[
        str | None, typer.Option("--round", metavar="NAME", help="An open round; left out, the only one.")
    ] = None,
    model: ModelName = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Of the agent; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the agent.")] = 0,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Of the session; the same goes on with it.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, metavar="N", help="Episodes in flight.")] = 64,
    token_file: TokenFile = None,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    threads: Threads = 1,
    max_thought_tokens: ThoughtTokens = 256,
    card_name: CardName = None,
    code: Code = None,
    tool: Tools = None,
    budget: Budget = None,
    note: Note = "",
) -> None:
    """Play a challenge with an agent: secret problems, shown one observation at a time.

    The session goes on where it stopped when the same command is given again, and counts as an attempt from the
    moment it is opened.
    """
    with mistakes(), stoppable(), _connection(server, token_file) as connection:
        name = _round(connection, round_name)
        with err().status("loading the agent"):
            from reasoning_baselines.challenging import player
            from reasoning_baselines.submitting import Said

            said = Said(card_name, None, None, None, code, tuple(tool or ()), budget, note)
            ready = player(
                agent,
                option_values(option or []),
                model=model,
                seed=seed,
                device=device,
                dtype=dtype,
                threads=threads,
                max_thought_tokens=max_thought_tokens,
                said=said,
            )
        target = folder or Path("runs") / f"{name}-{agent}-{ready.card.digest()[:8]}"
        result = _play(ready, connection, name, target, batch)
        _tell(connection, result, target)


def reproduce(
    name: Annotated[str, typer.Argument(metavar="RECIPE", help="As `reasoning-gym results` lists them, or a file.")],
    server: Annotated[str, typer.Option("--server", metavar="unix:PATH", help="The socket of a leaderboard here.")],
    round_name: Annotated[
        str | None, typer.Option("--round", metavar="NAME", help="With common problems; left out, the only one open.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the training and of the agent.")] = 0,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Of the run; the same goes on with it.")
    ] = None,
    token_file: TokenFile = None,
) -> None:
    """Run a recipe from its start, with the network closed, and play hidden problems with what came of it.

    For those who keep a board, who need a keeper's token. Only results on the same hidden problems are compared problem
    by problem.
    """
    with mistakes():
        from reasoning_baselines.closed_network import SOCKET, close_network

        if not server.startswith(SOCKET):
            fail(f"server is {server!r}; with the network closed only {SOCKET}PATH can be reached: serve --socket PATH")
        close_network()  # before anything else is loaded, and before there are threads
        with err().status("loading"):
            from reasoning_baselines.challenging import recipe_player
            from reasoning_baselines.cli.meter import Meter
            from reasoning_baselines.environments import find_environment
            from reasoning_baselines.recipe_files import load_recipe

            recipe = load_recipe(name)
        with _connection(server, token_file) as connection, stoppable():
            chosen = _round(connection, round_name)
            asked = connection.get(f"/api/rounds/{chosen}")["manifest"]["track"]["env"]
            if recipe.evaluations and find_environment(recipe.evaluations[0].env) != asked:
                fail(f"the round {chosen} is on {asked}, the recipe on {recipe.evaluations[0].env}; open another round")
            target = folder or Path("runs") / "reproduced" / f"{recipe.name}-{seed}"
            with Meter(recipe.name) as meter:
                ready = recipe_player(
                    recipe, seed, target, watch=lambda step: meter.show(recipe.name, step.done, step.total)
                )
            result = _play(ready, connection, chosen, target / f"session-{chosen}", 64)
            _tell(connection, result, target)


def _play(ready: Player, connection: Connection, name: str, folder: Path, batch: int) -> Result:
    from reasoning_baselines.challenging import play
    from reasoning_baselines.cli.meter import Meter
    from reasoning_leaderboard.challenge.client import ServerCheats
    from reasoning_leaderboard.challenge.connection import ServerGone

    with Meter(name) as meter:

        def show(progress: Progress) -> None:
            facts = f"{progress.steps:,} thoughts, {progress.cost.tokens:,} tokens"
            meter.show(name, progress.over, progress.episodes, facts)

        try:
            return play(ready, connection, name, folder, batch=batch, watch=show)
        except (ServerGone, ServerCheats) as error:
            fail(f"{error}. What the server signed is in {folder}")


def _tell(connection: Connection, result: Result, folder: Path) -> None:
    console = out()
    console.print(f"session {result.session}: {result.episodes} episodes, closed", soft_wrap=True)
    console.print(f"its head, signed by the server: {result.head}", soft_wrap=True)
    judged = _judged(connection, result)
    if judged.correct is None:
        console.print("the server hasn't judged it yet; the same command tells the score later")
    else:
        console.print(
            f"[bold]{judged.correct} of {judged.episodes} right[/]; verdicts are told when the round is revealed"
        )
    console.print(f"what the server signed is in {folder}", style="dim")


def _judged(connection: Connection, result: Result, seconds: int = 60) -> Result:
    """The result with its score, if the server comes to it soon."""
    import time

    from reasoning_leaderboard.challenge.client import ServerCheats, result_of

    with err().status("waiting for the score"):
        for _ in range(seconds):
            if result.correct is not None:
                break
            time.sleep(1)
            try:
                result = result_of(connection, result.session)
            except ServerCheats as error:
                fail(str(error))
    return result


def _round(connection: Connection, name: str | None) -> str:
    """The round of that name, or the only open one."""
    from reasoning_baselines.connecting import chosen_round
    from reasoning_leaderboard.challenge.client import ServerCheats

    try:
        return chosen_round(connection, name)
    except ServerCheats as error:
        fail(str(error))


def _connection(server: str, token_file: Path | None) -> Connection:
    """A connection to a server that answers now: only such a one is waited for when it is gone for a while."""
    from reasoning_baselines.closed_network import SOCKET

    if not server.startswith(("http://", "https://", SOCKET)):
        fail(f"server is {server!r}; write http://HOST:PORT, https://HOST or {SOCKET}PATH")
    token = _token(token_file)
    with err().status(f"looking for {escape(plainly(server))}"):
        from reasoning_baselines.connecting import connect, meet

        connection = connect(server, token)
        meet(server)
    return connection


def _token(file: Path | None) -> str:
    token = (os.environ.get(TOKEN, "") if file is None else text_of(file, "the token file")).strip()
    if not token:
        fail(f"a token is needed: set {TOKEN}, or give --token-file; those who run the server give tokens")
    if not (token.isascii() and token.isprintable()):
        fail("the token holds signs that no token has; it is rgl_ and 43 letters, digits, dashes and underscores")
    return token


def _bytes_of(file: Path, most: int) -> bytes:
    """What a file holds.

    Raises:
        ValueError: if it is no plain file, or larger than that.
        OSError: if it can't be read.
    """
    if file.exists() and not file.is_file():
        raise ValueError(f"{file} is no file")
    with file.open("rb") as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{file} holds more than {most:,} bytes, which are the limit")
    return data


def hold_to_archive(file: Path) -> None:
    """Leave, saying why, if a file can't be a round's archive."""
    if not file.is_file():
        return  # which is told when it is to be read
    with file.open("rb") as opened:
        begins = opened.read(len(ZSTANDARD))
    if begins != ZSTANDARD:
        fail(f"{file} is no round's archive; name ROUND.tar.zst, as `leaderboard reveal` writes it, or a folder")


def _holds(read: Callable[[], Submission], where: str, path: str | None) -> bool:
    """Whether a submission can be read and holds; says so."""
    from reasoning_leaderboard.submission import BadSubmission, Rejected
    from reasoning_leaderboard.tracks import NotComparable

    console = out()
    shown = escape(plainly(where))
    try:
        submission = read()
        verified = _verify_submission(submission, where, path)
    except NotComparable as error:
        console.print(f"[yellow]{shown}: not comparable: {escape(plainly(str(error)))}[/]", soft_wrap=True)
    except (BadSubmission, Rejected) as error:
        console.print(f"[bold red]{shown}: rejected[/]", soft_wrap=True)
        console.print(plainly(str(error)), soft_wrap=True, markup=False)
    else:
        scored = _scored(submission.head.card, submission.head.track, verified.correct, len(verified.outcomes))
        console.print(f"[bold green]{shown}: holds[/]  {scored}", soft_wrap=True)
        return True
    return False


def _scored(card: AgentCard, track: Track, correct: int, n: int) -> str:
    """A score with its 95 % interval, and whose it is."""
    from reasoning_gym.intervals import wilson

    low, high = wilson(correct, n)
    return escape(f"{card.name} on {track.env}: {correct} of {n}, {correct / n:.1%} ({low:.1%} to {high:.1%})")


def _verify_submission(submission: Submission, where: str, path: str | None = None) -> Verified:
    """What a submission comes to; shows how far that is."""
    from reasoning_baselines.cli.meter import Meter
    from reasoning_leaderboard.submission import verify_submission

    with Meter(where) as meter:
        return verify_submission(
            submission, path=path, watch=lambda done: meter.show(where, done, submission.head.n, "episodes")
        )


def _hold_to_round(kept: Sequence[Kept], name: str, archive: Path) -> None:
    """Leave, saying why, if a session's folder is of a round of another name: that says nothing of this one.

    Of the same name with another commitment, it does.
    """
    for each in kept:
        if each.joined.round != name:
            folder = each.file.parent
            fail(
                f"{folder} holds a session of the round {each.joined.round}, and {archive} is of the round {name}; "
                "give the sessions of this round"
            )


class _Row(NamedTuple):
    """What is shown of an entry: of a large round all entries together would take much memory."""

    agent: str
    account: str
    correct: int
    n: int
    abandoned: int
    attempts: int


def _row(entry: Entry) -> _Row:
    return _Row(entry.card.name, entry.account, entry.correct, entry.n, entry.abandoned, entry.attempts)


def _audited(archive: Path, sessions: Sequence[Path], watch: Callable[[int, int], None]) -> bool:
    """Whether a round that was revealed holds; says so, and shows its entries as recomputed."""
    from reasoning_leaderboard.challenge.archive import BadRound, read_round
    from reasoning_leaderboard.challenge.audit import audit
    from reasoning_leaderboard.challenge.receipts import kept_in
    from reasoning_leaderboard.tracks import NotComparable

    rows: list[_Row] = []
    kept = [kept_in(folder) for folder in sessions]
    if not archive.is_file():
        fail(f"{archive} is no file; give a submission's folder, or the archive of a round")
    try:
        with archive.open("rb") as file:
            _hold_to_round(kept, read_round(file)[0].manifest.round, archive)
            file.seek(0)
            found = audit(file, take=lambda _, entry: rows.append(_row(entry)), kept=kept, watch=watch)
    except NotComparable as error:
        out().print(f"[yellow]{escape(plainly(f'{archive}: not comparable: {error}'))}[/]", soft_wrap=True)
        return False
    except BadRound as error:
        fail(f"{archive}: {error}")
    _show_rows(found.manifest.round, rows)
    _show_audit(found, kept)
    return found.holds


def _show_rows(name: str, rows: Sequence[_Row]) -> None:
    """The entries of a round, the best first."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from reasoning_gym.intervals import wilson

    table = Table(title=f"{name}, recomputed", title_justify="left", box=SIMPLE_HEAD)
    for column in ("agent", "account", "right", "95 %", "unfinished", "attempts"):
        text = column in ("agent", "account")
        table.add_column(column, justify="left" if text else "right", no_wrap=not text, overflow="fold")
    for row in sorted(rows, key=lambda each: -each.correct / each.n):
        low, high = wilson(row.correct, row.n)
        interval = f"{100 * low:.1f}–{100 * high:.1f}"
        figures = (f"{row.correct} of {row.n}", interval, row.abandoned, row.attempts)
        table.add_row(row.agent, row.account, *map(str, figures))
    out().print(table)


def _show_audit(found: Audit, kept: Sequence[Kept]) -> None:
    """What an audit came to."""
    console = out()
    console.print(f"commitment {found.commit}, signed by {found.public_key}: are these what was published?")
    for difference in found.different:
        console.print(f"[yellow]note:[/] {difference}", soft_wrap=True)
    for finding in found.findings:
        console.print(f"[red]{escape(plainly(finding.where))}[/] ", end="")
        console.print(plainly(finding.what), soft_wrap=True, markup=False)
    if kept:
        console.print(f"all {sum(len(each.receipts) for each in kept):,} receipts of your sessions were looked at")
    for folder in (each.file.parent for each in kept if each.sent is None):
        told = f"note: {folder} doesn't tell what was sent, so nobody can say that all of it is yours"
        console.print(plainly(told), soft_wrap=True, markup=False)
    verdict = "[bold green]every problem, score, hash and signature holds[/]"
    if not found.holds:
        count = len(found.findings)
        verdict = f"[bold red]{count} finding{'s' if count > 1 else ''}: the round doesn't hold[/]"
    console.print(f"{found.sessions} sessions, {found.steps:,} questions and thoughts: {verdict}", soft_wrap=True)
