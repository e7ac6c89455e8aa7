"""What stands on a board, from wherever it is kept: a store, folders of submissions, rounds that were revealed."""

from __future__ import annotations

import io
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from reasoning_leaderboard.challenge.archive import BadRound, Logged, Revealed, read_round
from reasoning_leaderboard.challenge.audit import audit
from reasoning_leaderboard.challenge.sessions import Opened, Played
from reasoning_leaderboard.clock import utc_now
from reasoning_leaderboard.entries import UNDATED, Entry, Tier
from reasoning_leaderboard.pages.rounds import Moment, Proof, ShownRound
from reasoning_leaderboard.pages.site import BoardSite
from reasoning_leaderboard.pages.sources import of_session, of_submission
from reasoning_leaderboard.pages.transcripts import Transcripts
from reasoning_leaderboard.store import Store
from reasoning_leaderboard.store.entries import entries as entries_of
from reasoning_leaderboard.store.entries import submission_behind
from reasoning_leaderboard.store.rounds import NoSuch, Round, archive_pieces, look_up_round, rounds
from reasoning_leaderboard.store.scoring import revealed_session
from reasoning_leaderboard.store.submissions import archive_of
from reasoning_leaderboard.submission import (
    BadSubmission,
    Submission,
    entry_of,
    read_submission,
    submissions_in,
    unpack_submission,
    verify_submission,
)
from reasoning_leaderboard.tracks import NotComparable

FRESH: Final = 2.0  # seconds for which a board isn't read anew
UNKNOWN: Final = "unknown"  # who entered a submission that doesn't say
CANT_BE_MADE: Final = "The transcripts can’t be shown: the problems can’t be made again by the versions that are here."


class Shown(NamedTuple):
    """An entry, and the way to its episodes: None where they aren't told, or not yet."""

    entry: Entry
    transcripts: Callable[[], Transcripts | None]
    untold: Callable[[], str] = lambda: ""  # why they aren't, and from when on they will be, in whole sentences


class DoesNotHold(ValueError):
    """A round isn't what it says; the message tells the first of what was found."""


def site_of(
    shown: Iterable[Shown], rounds: Callable[[], Sequence[ShownRound]] = tuple, *, live: bool = False
) -> BoardSite:
    """The pages of a board. Of entries that are there twice the last stands.

    Args:
        shown: the entries.
        rounds: as they are now; asked anew for each page that tells of them.
        live: whether a server's other addresses lie beside the pages.
    """
    by_id = _with_all_attempts({each.entry.id: each for each in shown})
    return BoardSite(
        [each.entry for each in by_id.values()],
        lambda entry: by_id[entry.id].transcripts(),
        untold=lambda entry: by_id[entry.id].untold(),
        rounds=rounds,
        live=live,
    )


def from_store(store: Store) -> list[Shown]:
    """All entries that stand in a store.

    Raises:
        StoreUnavailable: if it can't be read.
    """
    return [
        Shown(entry, partial(_told, store, entry), partial(_untold, store, entry)) for _, entry in entries_of(store)
    ]


def from_submissions(
    folder: Path,
    *,
    path: str | None = None,
    watch: Callable[[str, int, int], None] | None = None,
    left_out: list[str] | None = None,
) -> list[Shown]:
    """The entries of a folder of submissions, each verified.

    Args:
        folder: that holds submissions, or is one.
        path: where the data is, for families that read problems.
        watch: called with a submission's name, the episodes that are done, and how many there are.
        left_out: gets why each submission that isn't comparable here is left out; None to raise instead.

    Raises:
        BadSubmission, NotComparable, Rejected: if there is none, or one doesn't hold; the message names it.
    """
    attempts = Counter[tuple[str, str]]()
    found: list[Shown] = []
    for each in submissions_in(folder):
        submission = read_submission(each)
        try:
            shown = _verified(submission, each.name, path, watch)
        except NotComparable as error:
            if left_out is None:
                raise
            left_out.append(str(error))
            continue
        attempts[shown.entry.account, shown.entry.track.key] += 1
        found.append(shown)
    return [_with_attempts(each, attempts[each.entry.account, each.entry.track.key]) for each in found]


def from_round(archive: BinaryIO, watch: Callable[[int, int], None] | None = None) -> list[Shown]:
    """The entries of a round that was revealed, computed again; all its thoughts are held in memory.

    Raises:
        BadRound, NotComparable: if it can't be.
        DoesNotHold: if something in it isn't so.
    """
    sessions: list[tuple[Played, Entry]] = []
    found = audit(archive, take=lambda played, entry: sessions.append((played, entry)), watch=watch)
    if not found.holds:
        first = found.findings[0]
        raise DoesNotHold(f"the round {found.manifest.round} doesn't hold: {first.where}: {first.what}")
    return [
        Shown(entry, partial(of_session, found.manifest, found.key, played, reveal=True)) for played, entry in sessions
    ]


def rounds_in(store: Store, now: datetime, before: Iterable[ShownRound] = ()) -> tuple[ShownRound, ...]:
    """What is shown of all rounds of a store.

    Args:
        store: where they are.
        now: the time.
        before: what was shown of them earlier; those that were revealed by then are taken as they are.

    Raises:
        StoreUnavailable: if it can't be read.
    """
    kept = {each.name: each for each in before if each.state == "revealed"}
    return tuple(kept.get(each.manifest.round) or _round_in(store, each, now) for each in rounds(store))


def round_of(archive: BinaryIO) -> ShownRound:
    """What is shown of a round that was revealed, from its archive, which `from_round` says that it holds.

    The archive tells the days of sessions, not when the round was opened.

    Raises:
        BadRound: if it can't be read.
    """
    revealed, lines, _ = read_round(archive)
    log = [logged.entry for line in lines if isinstance(logged := line.read(Logged), Logged)]
    days = sorted(entry.on for entry in log)
    return ShownRound(
        manifest=revealed.manifest,
        state="revealed",
        commitment=revealed.commit,
        public_key=revealed.public_key,
        sessions=sum(isinstance(entry, Opened) for entry in log),
        moments=(Moment("First session", days[0]), Moment("Last session closed", days[-1])) if days else (),
        proof=_proof(revealed),
    )


@dataclass
class LiveBoard:
    """The site of a store, made anew when an entry has changed; the store is looked into no oftener than it may.

    Rounds open, close and are revealed without any entry changing, so the site asks for them anew.
    """

    store: Store
    clock: Callable[[], float] = time.monotonic  # seconds
    now: Callable[[], datetime] = utc_now
    _site: BoardSite | None = None
    _stamp: Sequence[Entry] = ()
    _rounds: tuple[ShownRound, ...] = ()
    _looked: float = float("-inf")  # when the store was looked into, by the clock

    def __call__(self) -> BoardSite:
        """The site as it is now, or was a moment ago.

        Raises:
            StoreUnavailable: if the store can't be read.
        """
        now = self.clock()
        if self._site is None or now - self._looked >= FRESH:
            shown = from_store(self.store)
            stamp = [each.entry for each in shown]
            if self._site is None or stamp != self._stamp:
                self._site, self._stamp = site_of(shown, lambda: self._rounds, live=True), stamp
            self._rounds = rounds_in(self.store, self.now(), self._rounds)
            self._looked = now
        return self._site


def _round_in(store: Store, found: Round, now: datetime) -> ShownRound:
    state, name = found.state(now), found.manifest.round
    moments = [Moment("Opened", found.opened), Moment("Closes" if state == "open" else "Closed", found.closes)]
    if found.revealed is not None:
        moments.append(Moment("Revealed", found.revealed))
    return ShownRound(
        manifest=found.manifest,
        state=state,
        commitment=found.commitment,
        public_key=found.public_key,
        sessions=found.sessions,
        moments=tuple(moments),
        proof=_published(store, name) if found.revealed else None,
    )


def _published(store: Store, name: str) -> Proof | None:
    """What the archive of a round begins with, which its first piece has; None if it can't be read or is gone."""
    try:
        revealed, _, _ = read_round(io.BytesIO(next(archive_pieces(store, name), b"")))
    except BadRound:
        return None
    return _proof(revealed)


def _proof(revealed: Revealed) -> Proof:
    return Proof(revealed.key, revealed.log_head, revealed.signature)


def _verified(
    submission: Submission, name: str, path: str | None, watch: Callable[[str, int, int], None] | None
) -> Shown:
    head = submission.head
    try:
        verified = verify_submission(
            submission, path=path, watch=None if watch is None else lambda done: watch(name, done, head.n)
        )
    except NotComparable as error:
        raise NotComparable(f"{name}: {error}") from error
    except ValueError as error:
        raise type(error)(f"{name}: {error}") from error
    entry = entry_of(submission, verified, account=head.account or UNKNOWN, entered=head.entered or UNDATED)
    return Shown(entry, partial(of_submission, submission, path=path))


def _with_all_attempts(shown: dict[str, Shown]) -> dict[str, Shown]:
    """Entries of rounds with their account's attempts in all rounds of the track, where each tells those in its own."""
    rounds: defaultdict[tuple[str, Tier, str], dict[str, int]] = defaultdict(dict)
    for each in shown.values():
        entry = each.entry
        if entry.round is not None:
            in_rounds = rounds[entry.account, entry.tier, entry.track.key]
            in_rounds[entry.round] = max(entry.attempts, in_rounds.get(entry.round, 0))
    sums = {key: sum(in_rounds.values()) for key, in_rounds in rounds.items()}
    return {
        id: _with_attempts(each, sums[each.entry.account, each.entry.tier, each.entry.track.key])
        if each.entry.round is not None
        else each
        for id, each in shown.items()
    }


def _with_attempts(shown: Shown, attempts: int) -> Shown:
    return shown._replace(entry=shown.entry.model_copy(update={"attempts": attempts}))


def _told(store: Store, entry: Entry) -> Transcripts | None:
    """The episodes of an entry in a store; None where they aren't told, or can't be made again here."""
    try:
        if entry.tier is Tier.SELF_REPORTED:
            submission = submission_behind(store, entry.id)
            archive = None if submission is None else archive_of(store, submission)
            return None if archive is None else of_submission(unpack_submission(archive))
        session = revealed_session(store, entry.id)
        return None if session is None else of_session(*session, reveal=True)
    except (BadSubmission, NotComparable, NoSuch):
        return None


def _untold(store: Store, entry: Entry) -> str:
    """Why the episodes of an entry in a store aren't told, and from when on they will be."""
    if entry.tier is Tier.SELF_REPORTED or entry.round is None:
        return CANT_BE_MADE
    try:
        found = look_up_round(store, entry.round)
    except NoSuch:
        return CANT_BE_MADE
    if found.revealed is not None:
        return CANT_BE_MADE
    return (
        f"The transcripts are told when the round {entry.round} is revealed; "
        f"no step of it is taken after {found.closes:%Y-%m-%d %H:%M} UTC."
    )
