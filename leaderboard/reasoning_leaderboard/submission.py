"""A submission: episodes on public problems, and a head that says whose they are. What it claims is recomputed.

A submission is a folder of two files, `submission.toml` and `episodes.jsonl.zst`, and perhaps a third,
`searches.jsonl.zst`, with the trees behind some of the episodes; for sending, all in a tar archive.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

import tomli_w
from pydantic import Field

from reasoning_gym.episodes import Episode, episode_from, judge, parse_strictly
from reasoning_gym.episodes import NotComparable as OtherProblem
from reasoning_gym.mix import Mix
from reasoning_gym.planning import Limits
from reasoning_gym.problem import Verdict
from reasoning_leaderboard.archives import MIB, BadArchive, compress, decompress, lines_of, pack, unpack
from reasoning_leaderboard.canonical import Json, canonical, sha256
from reasoning_leaderboard.entries import (
    AgentCard,
    Count,
    Entry,
    Hash,
    Name,
    Note,
    Spent,
    Strict,
    Tier,
    Track,
    cells_of,
    episode_digest,
    spent_in_all,
    thoughts_digest,
)
from reasoning_leaderboard.searches import LARGEST_PACKED as LARGEST_SEARCHES
from reasoning_leaderboard.searches import (
    BadSearches,
    EpisodeSearch,
    SearchLine,
    disagreement,
    read_searches,
    written_searches,
)
from reasoning_leaderboard.tracks import (
    NotComparable,
    hold_to_bounds,
    judged_here,
    limits_of,
    mix_of,
    registered_families,
)

HEAD: Final = "submission.toml"
EPISODES: Final = "episodes.jsonl.zst"
SEARCHES: Final = "searches.jsonl.zst"  # may be missing
LARGEST_HEAD: Final = 64 * 1024  # bytes
MOST_DOTS: Final = 3_000  # in a head: a key of many parts takes a time to read that grows with their square
LARGEST_PACKED: Final = 16 * MIB  # compressed episodes
LARGEST_EPISODES: Final = 128 * MIB  # decompressed
LARGEST: Final = {HEAD: LARGEST_HEAD, EPISODES: LARGEST_PACKED, SEARCHES: LARGEST_SEARCHES}  # bytes of each file
SIZES: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000)  # how many problems a submission may be of
MOST_TOLD: Final = 20  # mismatches, before the rest is only counted


class BadSubmission(ValueError):
    """It can't be read as a submission; the message names the file and what is wrong."""


class Rejected(ValueError):
    """What it claims isn't so; the message names file, line and reason of each mismatch."""


class Head(Strict):
    """What `submission.toml` holds."""

    format: Literal[1] = 1  # of submissions; rises when a reader of an older one would misread it
    card: AgentCard
    track: Track
    n: Annotated[Count, Field(ge=1)]  # problems: those at indices 0 to n - 1
    correct: Count  # as claimed
    command: Note = ""  # that makes the episodes again
    recorded: Annotated[int, Field(ge=1950, le=9999)] | None = None  # the year, if the thoughts are from elsewhere
    account: Name | None = None  # who enters it by a pull request; a server knows better
    entered: Annotated[date, Field(strict=False)] | None = None  # and when


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission that could be read; nothing of it has been checked."""

    head: Head
    head_file: bytes
    episodes_file: bytes  # compressed
    searches_file: bytes | None = None  # compressed; None if it carries no trees

    @property
    def files(self) -> dict[str, bytes]:
        """What it is made of, by name."""
        found = {HEAD: self.head_file, EPISODES: self.episodes_file}
        return found if self.searches_file is None else {**found, SEARCHES: self.searches_file}

    @property
    def digest(self) -> str:
        """SHA-256 of its content: a submission that is sent twice is the same one."""
        return sha256(*self.files.values())

    def packed(self) -> bytes:
        """Its files in one archive, for sending."""
        return pack(self.files)


class Outcome(NamedTuple):
    """What an episode came to, as recomputed."""

    family: str
    level: int
    verdict: Verdict


class Verified(NamedTuple):
    """What a submission came to, read once from its first episode to its last."""

    outcomes: Sequence[Outcome]
    spent: Spent  # as the agent says
    thoughts: Hash  # as in the entry

    @property
    def correct(self) -> int:
        """How many answers are right."""
        return sum(outcome.verdict.correct for outcome in self.outcomes)


def submission_of(
    card: AgentCard,
    track: Track,
    episodes: Sequence[Episode],
    *,
    command: str = "",
    recorded: int | None = None,
    account: str | None = None,
    entered: date | None = None,
    searches: Iterable[EpisodeSearch] = (),
) -> Submission:
    """The submission of episodes, the i-th on the problem at index i of the track, and of the trees behind some.

    Raises:
        ValueError: if there is no episode.
    """
    correct = sum(episode.reward == 1.0 for episode in episodes)
    head = Head(
        card=card,
        track=track,
        n=len(episodes),
        correct=correct,
        command=command,
        recorded=recorded,
        account=account,
        entered=entered,
    )
    lines = [canonical(_plain(episode)) for episode in episodes]
    return Submission(head, _toml(head), compress(b"\n".join(lines) + b"\n"), written_searches(searches))


def write_submission(submission: Submission, folder: Path) -> None:
    """Write its files into a folder, made if it isn't there.

    Raises:
        FileExistsError: if another submission lies there.
        OSError: if they can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in LARGEST:
        if (folder / name).exists() and (folder / name).read_bytes() != submission.files.get(name):
            told = "is of another submission, or was edited since; give another name, or delete it and try again"
            raise FileExistsError(f"{folder / name} {told}")
    for name, data in submission.files.items():
        (folder / name).write_bytes(data)


def read_submission(folder: Path) -> Submission:
    """The submission in a folder.

    Raises:
        BadSubmission: if a file is missing, too large, or not what it should be.
    """
    files: dict[str, bytes] = {}
    for name, most in LARGEST.items():
        path = folder / name
        if name == SEARCHES and not os.path.lexists(path):
            continue
        if path.is_symlink() or not path.is_file():
            raise BadSubmission(f"{path} is no file; a submission holds {HEAD} and {EPISODES}")
        with path.open("rb") as file:
            files[name] = file.read(most + 1)
    return _submission(files)


def submissions_in(place: Path) -> list[Path]:
    """The folders of the submissions at a place: itself, if it is one, and those in it that are.

    Raises:
        BadSubmission: if there is none.
    """
    if not place.is_dir():
        raise BadSubmission(f"{place} is {'no folder' if place.exists() else 'not there'}; name a submission's folder")
    folders = [head.parent for head in (place / HEAD, *sorted(place.glob(f"*/{HEAD}"))) if head.exists()]
    if not folders:
        raise BadSubmission(f"{place} holds no submission: there is no {HEAD} in it or in a folder of it")
    return folders


def unpack_submission(archive: bytes) -> Submission:
    """The submission in an archive that someone sent.

    Raises:
        BadSubmission: if it is no such archive, or a file is missing, too large, or not what it should be.
    """
    try:
        return _submission(unpack(archive, LARGEST, sum(LARGEST.values())))
    except BadArchive as error:
        raise BadSubmission(str(error)) from error


def verify_submission(
    submission: Submission,
    *,
    path: str | None = None,
    watch: Callable[[int], None] | None = None,
    anew: bool = False,
) -> Verified:
    """What a submission comes to, recomputed from its thoughts. Bounded work, but seconds to minutes of it.

    Args:
        submission: from anyone.
        path: where the data is, if its problems are read from a file; None for where they are looked for by default.
        watch: called with the number of episodes that are done.
        anew: whether it held before; then the checker may be of another version, and what was claimed doesn't matter.

    Raises:
        BadSubmission: if the episodes or the trees can't be read.
        NotComparable: if it was made with other problems, or by another version of a family or of the checker.
        Rejected: if it isn't of the problems that it should be of, or claims what isn't so.
    """
    head = submission.head
    mix = mix_of(judged_here(head.track) if anew else head.track, path)
    _hold_to_rules(head, mix)
    verified, wrong = _judged(submission, mix, anew, watch)
    if not wrong and verified.correct != head.correct and not anew:
        wrong.append(f"{HEAD}: correct is {head.correct}, but {verified.correct} answers are")
    if wrong:
        more = [f"and {len(wrong) - MOST_TOLD} more"] if len(wrong) > MOST_TOLD else []
        raise Rejected("\n".join(wrong[:MOST_TOLD] + more))
    return verified


def entry_of(submission: Submission, verified: Verified, *, account: Name, entered: date) -> Entry:
    """The entry that a submission gets for what it came to."""
    head = submission.head
    return Entry(
        id=submission.digest,
        tier=Tier.SELF_REPORTED,
        track=head.track,
        card=head.card,
        account=account,
        entered=entered,
        cells=cells_of((each.family, each.level, each.verdict.correct) for each in verified.outcomes),
        spent=verified.spent,
        thoughts=verified.thoughts,
        command=head.command,
        marks=() if head.recorded is None else (f"recorded data of {head.recorded}",),
    )


def verified_entry(archive: bytes, account: str, entered: date, anew: bool) -> Entry:
    """The entry of an archive that someone sent, each verdict recomputed; for a process that can be killed.

    Raises:
        BadSubmission, NotComparable, Rejected: as `unpack_submission` and `verify_submission`.
    """
    submission = unpack_submission(archive)
    verified = verify_submission(submission, anew=anew)
    entry = entry_of(submission, verified, account=account, entered=entered)
    return entry.model_copy(update={"track": judged_here(entry.track)})


def _submission(files: Mapping[str, bytes]) -> Submission:
    for name, most in LARGEST.items():
        if name not in files and name != SEARCHES:
            raise BadSubmission(f"{name} is missing; a submission holds {HEAD} and {EPISODES}")
        if len(files.get(name, b"")) > most:
            raise BadSubmission(f"{name} holds more than {most:,} bytes, which are the limit")
    return Submission(_read_head(files[HEAD]), files[HEAD], files[EPISODES], files.get(SEARCHES))


def _read_head(data: bytes) -> Head:
    if data.count(b".") > MOST_DOTS:
        raise BadSubmission(f"{HEAD}: it holds more than {MOST_DOTS:,} dots; shorten the note")
    try:
        table = cast("Json", tomllib.loads(data.decode()))
        return Head.read(canonical(table))
    except (ValueError, TypeError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadSubmission(f"{HEAD}: {told}") from error


def _toml(head: Head) -> bytes:
    return tomli_w.dumps(head.model_dump(mode="json", exclude_none=True)).encode()


def _plain(episode: Episode) -> dict[str, Any]:
    """An episode as a table of whole numbers, texts and tables: a reward is 0 or 1."""
    return {**asdict(episode), "reward": int(episode.reward), "thoughts": list(episode.thoughts)}


def episodes_of(submission: Submission) -> Iterator[Episode]:
    """The episodes, as claimed.

    Raises:
        BadSubmission: if they can't be read; the message names the line.
    """
    try:
        data = decompress(submission.episodes_file, LARGEST_EPISODES)
    except BadArchive as error:
        raise BadSubmission(f"{EPISODES}: {error}") from error
    for number, line in enumerate(lines_of(data), 1):
        try:
            yield episode_from(parse_strictly(line))
        except ValueError as error:
            raise BadSubmission(f"{EPISODES}:{number}: {error}") from error


def searches_of(submission: Submission) -> Iterator[SearchLine]:
    """The trees behind some of the episodes, as the agent tells them; none if it tells of none.

    Raises:
        BadSubmission: if they can't be read; the message names the line.
    """
    try:
        yield from () if submission.searches_file is None else read_searches(submission.searches_file)
    except BadSearches as error:
        raise BadSubmission(f"{SEARCHES}:{error}") from error


def _hold_to_rules(head: Head, mix: Mix) -> None:
    """Raise Rejected unless the head is of a whole registered environment and of a number of problems that may be."""
    track = head.track
    if track.split != "test":
        raise Rejected(f"{HEAD}: the split is {track.split}; the board takes the test split alone")
    try:
        hold_to_bounds(track)
    except ValueError as error:
        raise Rejected(f"{HEAD}: {error}") from error
    known = registered_families(track.env)
    if known is None or set(known) != set(track.families):
        raise Rejected(f"{HEAD}: {track.env} isn't an environment of {', '.join(sorted(track.families)[:5])} alone")
    sizes = SIZES if track.data is None else (*SIZES, mix.size)
    if head.n not in sizes:
        # Who may stop wherever it looks best stops where luck was good.
        raise Rejected(f"{HEAD}: n is {head.n}; the board takes runs of {', '.join(map(str, sizes))} problems")


def _judged(
    submission: Submission, mix: Mix, anew: bool, watch: Callable[[int], None] | None
) -> tuple[Verified, list[str]]:
    """What the episodes come to, and what isn't so, in one pass; it ends where there is one too many.

    Raises:
        BadSubmission: if the episodes or the trees can't be read.
        NotComparable: if an episode was asked another question.
    """
    head, limits = submission.head, limits_of(submission.head.track)
    outcomes, wrong, spent, thoughts = list[Outcome](), list[str](), Spent(), list[str]()
    searches = {each.search.index: each for each in searches_of(submission)}
    for line, episode in enumerate(episodes_of(submission), 1):
        if line > head.n:
            wrong.insert(0, f"{HEAD}: n is {head.n}, but there are more episodes")
            break
        try:
            outcomes.append(_outcome(episode, mix, line - 1, limits, anew))
        except OtherProblem as error:
            raise NotComparable(f"{EPISODES}:{line}: {error}") from error
        except ValueError as error:
            wrong.append(f"{EPISODES}:{line}: {error}")
        wrong += _untrue(searches.pop(line - 1, None), episode)
        spent = spent_in_all((spent.model_dump(), episode.cost))
        thoughts.append(episode_digest(episode.address, episode.thoughts))
        if watch is not None:
            watch(line)
    if len(thoughts) < head.n:
        wrong.insert(0, f"{HEAD}: n is {head.n}, but there are {len(thoughts)} episodes")
    wrong += [f"{SEARCHES}:{number}: there is no episode {each.index}" for number, each in searches.values()]
    return Verified(outcomes, spent, thoughts_digest(thoughts)), wrong


def _untrue(line: SearchLine | None, episode: Episode) -> list[str]:
    """Why the trees behind an episode can't be its own, in one message or none."""
    why = "" if line is None else disagreement(line.search, episode.thoughts)
    return [f"{SEARCHES}:{line.number}: {why}"] if line is not None and why else []


def _outcome(episode: Episode, mix: Mix, index: int, limits: Limits, anew: bool) -> Outcome:
    """What an episode comes to.

    Raises:
        ValueError: if it isn't of the problem at this index within these limits, or claims what isn't so.
    """
    if index >= mix.size:
        raise ValueError(f"the track has {mix.size} problems")
    family, problem = mix.problem(index)
    if episode.address != str(problem.address):
        raise ValueError(f"it is of {episode.address[:80]!r}; at index {index} of the track is {problem.address}")
    if (episode.max_thoughts, episode.max_thought_chars) != (limits.max_thoughts, limits.max_thought_chars):
        raise ValueError(f"its limits aren't the track's, {limits.max_thoughts} x {limits.max_thought_chars}")
    verdict = judge(episode, problem, family)
    if not anew and (episode.status != verdict.status or episode.reward != float(verdict.correct)):
        why = f" ({verdict.reason})" if verdict.reason else ""
        raise ValueError(f"it claims {episode.status[:20]!r}, {episode.reward:g}; it is {verdict.status}{why}")
    return Outcome(family.name, problem.question.level, verdict)
