"""A session: what was said when it was opened, what its episodes came to, and the entry that it gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from reasoning_gym.planning import NO_ANSWER, Limits, transition
from reasoning_gym.problem import Question, State, Verdict
from reasoning_leaderboard.challenge.chain import Step
from reasoning_leaderboard.challenge.rounds import Manifest, problem_of
from reasoning_leaderboard.entries import AgentCard, Entry, Hash, Name, Signature, Strict, Tier, cells_of, spent_in_all
from reasoning_leaderboard.tracks import limits_of


class Opened(Strict):
    """A line of the round's log: a session was opened. From then on it counts as an attempt."""

    kind: Literal["opened"] = "opened"
    session: Hash
    account: Name
    card: AgentCard
    nonce: Hash  # 256 bits that the client chose
    on: Annotated[date, Field(strict=False)]  # by the server's clock


class Closed(Strict):
    """A line of the round's log: a session was closed, and this is what it holds."""

    kind: Literal["closed"] = "closed"
    session: Hash
    head: Hash
    signature: Signature
    on: Annotated[date, Field(strict=False)]


class Place(NamedTuple):
    """Where an episode is: what it has come to, and whether it goes on."""

    state: State
    over: bool
    answer: str | None  # that was stated, if it is over by that
    truncated_because: str | None


@dataclass(frozen=True, slots=True)
class Played:
    """A session as it was closed."""

    opened: Opened
    closed: Closed
    steps: Mapping[int, Sequence[Step]] = field(default_factory=dict[int, "Sequence[Step]"])  # by episode, in order


def begin(question: Question) -> Place:
    """An episode before its first thought."""
    return Place(State(question), False, None, None)


def follow(place: Place, thought: str, limits: Limits) -> Place:
    """Where a thought leads. Whether the answer is right plays no part, so a right and a wrong one end alike.

    Raises:
        ValueError: if the episode is over.
    """
    if place.over:
        raise ValueError("the episode is over")
    move = transition(place.state, thought, limits)
    over = move.answer is not None or move.truncated_because is not None
    return Place(move.state, over, move.answer, move.truncated_because)


def ends(step: Step, limits: Limits) -> bool:
    """Whether an episode is over after a step; of what was asked and thought before it only the number counts."""
    left = replace(limits, max_thoughts=max(limits.max_thoughts - step.step + 1, 1))
    return follow(begin(Question("", 1, "", "")), step.thought, left).over


def verdicts(
    manifest: Manifest, key: bytes, played: Played, watch: Callable[[int], None] | None = None
) -> list[Verdict | None]:
    """The verdict on each episode of a session; None for one that was never finished.

    Raises:
        ValueError: if an episode goes on after its end.
        NotComparable: if a family has another version here.
    """
    limits = limits_of(manifest.track)
    found: list[Verdict | None] = []
    for episode in range(manifest.episodes):
        steps = played.steps.get(episode, ())
        found.append(_verdict(manifest, key, played.opened.session, episode, steps, limits) if steps else None)
        if watch is not None:
            watch(episode + 1)
    return found


def entry_of(manifest: Manifest, played: Played, judged: Sequence[Verdict | None], attempts: int) -> Entry:
    """The entry that a session gets; an episode that was never finished counts as one without an answer."""
    strata = [manifest.stratum(episode) for episode in range(manifest.episodes)]
    common = manifest.problems == "common"
    return Entry(
        id=played.opened.session,
        # only those who keep the board play common problems, which a second session would know
        tier=Tier.REPRODUCED if common else Tier.CHALLENGED,
        track=manifest.track,
        card=played.opened.card,
        account=played.opened.account,
        entered=played.closed.on,
        cells=cells_of(
            (stratum.family, stratum.level, verdict is not None and verdict.correct)
            for stratum, verdict in zip(strata, judged, strict=True)
        ),
        spent=spent_in_all(step.spent.model_dump() for steps in played.steps.values() for step in steps),
        attempts=attempts,
        abandoned=sum(verdict is None for verdict in judged),
        round=manifest.round,
        problems=manifest.problems,
        solved="".join("01"[verdict is not None and verdict.correct] for verdict in judged) if common else "",
    )


def _verdict(
    manifest: Manifest, key: bytes, session: str, episode: int, steps: Sequence[Step], limits: Limits
) -> Verdict | None:
    family, problem = problem_of(manifest, key, session, episode)
    place = begin(problem.question)
    for step in steps:
        place = follow(place, step.thought, limits)
    if not place.over:
        return None
    return NO_ANSWER if place.answer is None else family.verify(problem, place.answer)
