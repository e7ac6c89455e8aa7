"""The commands by which results come to a leaderboard."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from reasoning_baselines.cli.boards import Budget, CardName, Code, Note, Server, TokenFile, Tools, connection_to
from reasoning_baselines.cli.screen import err, fail, mistakes, out, plainly, stoppable
from reasoning_baselines.cli.verifying import scored, verify_watched

if TYPE_CHECKING:
    from reasoning_leaderboard.entries import Entry
    from reasoning_leaderboard.sending import Told

SUBMISSIONS = Path("leaderboard/submissions")
LONGEST_DECISION = 900.0  # seconds that one waits for a server to verify what was sent
LONGEST_REASON = 20_000  # characters of a server's that are shown: more than one of ours ever sends
STOPPED_SENDING = "stopped; what the server has it verifies, and the same command tells what came of it"
Parameters = Annotated[int | None, typer.Option(min=1, metavar="N", help="How many the model has.")]


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
        verify_watched(submission, str(folder))
        made = target / (name or folder.resolve().name)
        if made.parent != target or name == "..":
            fail(f"name is {name!r}; it is a folder's name, without slashes: --out says where the folder lies")
        write_submission(submission, made)
    command = f"reasoning-gym leaderboard verify {shlex.quote(str(made))}"
    out().print(f"{made} holds the submission; `{command}` recomputes it", soft_wrap=True, markup=False)


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
            from reasoning_leaderboard.store.submissions import State
            from reasoning_leaderboard.submission import read_submission, submissions_in

            submission = read_submission(_the_only(submissions_in(folder)))
        with connection_to(server, token_file) as connection, err().status("sending") as status:
            told = sending.send(connection, submission)
            told = sending.wait_for_decision(
                connection,
                told,
                LONGEST_DECISION if wait else 0,
                watch=lambda waited: status.update(f"sent; the server recomputes it, {waited:.0f} s"),
            )
            entry = sending.entry_behind(connection, told) if told.state is State.VERIFIED else None
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
            f"[bold green]verified:[/] {scored(entry.card, entry.track, entry.correct, entry.n)}", soft_wrap=True
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
