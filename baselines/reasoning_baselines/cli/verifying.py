"""The command by which anyone checks results: everything is computed again, offline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.markup import escape

from reasoning_baselines.cli.screen import fail, mistakes, out, plainly

if TYPE_CHECKING:
    from reasoning_leaderboard.challenge.audit import Audit
    from reasoning_leaderboard.challenge.receipts import Kept
    from reasoning_leaderboard.entries import AgentCard, Entry, Track
    from reasoning_leaderboard.submission import Submission, Verified

ZSTANDARD = bytes.fromhex("28b52ffd")  # how a compressed file begins: RFC 8878, section 3.1.1


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
        verified = verify_watched(submission, where, path)
    except NotComparable as error:
        console.print(f"[yellow]{shown}: not comparable: {escape(plainly(str(error)))}[/]", soft_wrap=True)
    except (BadSubmission, Rejected) as error:
        console.print(f"[bold red]{shown}: rejected[/]", soft_wrap=True)
        console.print(plainly(str(error)), soft_wrap=True, markup=False)
    else:
        told = scored(submission.head.card, submission.head.track, verified.correct, len(verified.outcomes))
        console.print(f"[bold green]{shown}: holds[/]  {told}", soft_wrap=True)
        return True
    return False


def verify_watched(submission: Submission, where: str, path: str | None = None) -> Verified:
    """What a submission comes to; shows how far that is."""
    from reasoning_baselines.cli.meter import Meter
    from reasoning_leaderboard.submission import verify_submission

    with Meter(where) as meter:
        return verify_submission(
            submission, path=path, watch=lambda done: meter.show(where, done, submission.head.n, "episodes")
        )


def scored(card: AgentCard, track: Track, correct: int, n: int) -> str:
    """A score with its 95 % interval, and whose it is."""
    from reasoning_gym.intervals import wilson

    low, high = wilson(correct, n)
    return escape(f"{card.name} on {track.env}: {correct} of {n}, {correct / n:.1%} ({low:.1%} to {high:.1%})")


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
    sessions = "1 session" if found.sessions == 1 else f"{found.sessions:,} sessions"
    console.print(f"{sessions}, {found.steps:,} questions and thoughts: {verdict}", soft_wrap=True)
