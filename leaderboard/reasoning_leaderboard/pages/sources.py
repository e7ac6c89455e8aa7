"""Where the transcripts of entries come from: submissions, and sessions of rounds that were revealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reasoning_gym.episodes import Episode
from reasoning_gym.family import Family
from reasoning_gym.planning import Limits
from reasoning_gym.problem import Problem
from reasoning_leaderboard.challenge.chain import Step
from reasoning_leaderboard.challenge.rounds import Manifest, problem_of
from reasoning_leaderboard.challenge.sessions import Played, begin, follow
from reasoning_leaderboard.pages.transcripts import Transcripts, transcripts_of
from reasoning_leaderboard.searches import EpisodeSearch, as_table
from reasoning_leaderboard.submission import Submission, episodes_of, searches_of
from reasoning_leaderboard.tracks import limits_of, mix_of

NEVER_FINISHED = "the episode was never finished"


def of_submission(submission: Submission, *, path: str | None = None) -> Transcripts:
    """The episodes of a submission that was verified.

    Args:
        submission: whose problems are public, so that all may be told.
        path: where the data is, if its problems are read from a file; None for where they are looked for by default.

    Raises:
        BadSubmission: if the episodes or the trees can't be read.
        NotComparable: if it was made with other problems, or by another version of a family or of the checker.
    """
    mix = mix_of(submission.head.track, path)
    trees = _Trees([line.search for line in searches_of(submission)])
    return transcripts_of(list(episodes_of(submission)), mix.problem, reveal=True, trees=trees)


def of_session(manifest: Manifest, key: bytes, played: Played, *, reveal: bool) -> Transcripts:
    """The episodes of a session that was closed.

    Args:
        manifest: of the round.
        key: of the round.
        played: the session.
        reveal: whether the round was revealed, so that references may be told.

    Raises:
        NotComparable: if a family has another version here.
    """
    session, limits = played.opened.session, limits_of(manifest.track)

    def problem_at(place: int) -> tuple[Family, Problem]:
        return problem_of(manifest, key, session, place)

    episodes = [
        _episode(problem_at(place)[1], played.steps.get(place, ()), limits, f"{manifest.round}/{place}")
        for place in range(manifest.episodes)
    ]
    return transcripts_of(episodes, problem_at, reveal=reveal)


class _Trees(Mapping[int, Sequence[object]]):
    """The trees by the place of their episode, put into the form that pages read when they are looked at."""

    def __init__(self, searches: Sequence[EpisodeSearch]) -> None:
        self._searches = {each.index: each for each in searches}

    def __getitem__(self, place: int) -> list[dict[str, Any]]:
        return [as_table(tree) for tree in self._searches[place].trees]

    def __contains__(self, place: object) -> bool:
        return place in self._searches

    def __iter__(self) -> Iterator[int]:
        return iter(self._searches)

    def __len__(self) -> int:
        return len(self._searches)


def _episode(problem: Problem, steps: Sequence[Step], limits: Limits, address: str) -> Episode:
    """The record of an episode of a session."""
    place = begin(problem.question)
    spent = Counter[str]()
    for step in steps:
        place = follow(place, step.thought, limits)
        spent.update(step.spent.model_dump())
    return Episode(
        address=address,
        question=problem.question.text,
        thoughts=place.state.thoughts,
        status="",
        reason="",
        reward=0.0,
        truncated_because=place.truncated_because if place.over else NEVER_FINISHED,
        max_thoughts=limits.max_thoughts,
        max_thought_chars=limits.max_thought_chars,
        cost=dict(spent),
    )
