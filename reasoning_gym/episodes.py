"""The records of episodes: written one a line, read back strictly, and replayed without believing them."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn, TypeAlias, cast

from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.family import Family, FromData, get_family, nearest
from reasoning_gym.planning import MAX_THOUGHT_CHARS, MAX_THOUGHTS, NO_ANSWER, Limits, transition
from reasoning_gym.problem import Address, Problem, State, Verdict
from reasoning_gym.rendering import Transcript

PathLike: TypeAlias = "str | os.PathLike[str]"
SOFTWARE = ("reasoning-gymnasium", "gymnasium", "numpy")


class NotComparable(ValueError):
    """The episode was made with another version of its family: its problem can't be made again."""


@dataclass(frozen=True, slots=True)
class Episode:
    """What is kept of one run. Replaying needs the address, the thoughts and the limits; the rest is claims."""

    address: str  # of the problem, such as 'linear_equation-v0/test/3/17'
    question: str  # its text
    thoughts: tuple[str, ...]  # as the state holds them: a thought that was too long is cut
    status: str  # of the verdict
    reason: str  # of the verdict
    reward: float  # 1.0 or 0.0
    truncated_because: str | None = None  # None if an answer was stated
    max_thoughts: int = MAX_THOUGHTS
    max_thought_chars: int = MAX_THOUGHT_CHARS
    env_id: str | None = None  # None if the environment was made without an id
    env_kwargs: Mapping[str, Any] = field(default_factory=dict[str, Any])  # plain values
    cost: Mapping[str, int] = field(default_factory=dict[str, int])  # such as {"tokens": 41}
    versions: Mapping[str, str] = field(default_factory=dict[str, str])  # of the software that made it


def transcript(episode: Episode) -> Transcript:
    """What an episode's record tells, for `as_text` to show, fold or hide its thoughts. The verdict is the claimed one.

    >>> from reasoning_gym.rendering import as_text
    >>> episode = Episode("sums-v0/test/1/0", "1+1?", ("1+1=2", "Answer: 2"), "correct", "", 1.0)
    >>> print(as_text(transcript(episode), "hidden"))
    1+1?
    <BLANKLINE>
    1 thought hidden
    Answer: 2
    <BLANKLINE>
    correct
    <BLANKLINE>
    """
    answer = stated_answer(episode.thoughts[-1]) if episode.thoughts and episode.truncated_because is None else None
    verdict = f"{episode.status}: {episode.reason}" if episode.reason else episode.status
    return Transcript(episode.question, episode.thoughts, answer, verdict)


def episode_of(
    state: State,
    info: Mapping[str, Any],
    limits: Limits,
    *,
    env_id: str | None = None,
    env_kwargs: Mapping[str, Any] | None = None,
    cost: Mapping[str, int] | None = None,
) -> Episode:
    """The record of an episode from its last state and the info of its last step.

    Raises:
        ValueError: if the info holds no verdict: the episode isn't over.
    """
    verdict: Verdict | None = info.get("verdict")
    if verdict is None:
        raise ValueError("the info holds no verdict; only an episode that is over can be recorded")
    return Episode(
        address=info["question_id"],
        question=state.question.text,
        thoughts=state.thoughts,
        status=str(verdict.status),
        reason=verdict.reason,
        reward=1.0 if verdict.correct else 0.0,
        truncated_because=info.get("truncated_because"),
        max_thoughts=limits.max_thoughts,
        max_thought_chars=limits.max_thought_chars,
        env_id=env_id,
        env_kwargs=dict(env_kwargs or {}),
        cost=dict(cost or {}),
        versions=software_versions(),
    )


@cache
def software_versions() -> dict[str, str]:
    """The installed versions of what decides a problem and its reward."""
    found: dict[str, str] = {}
    for name in SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def write(path: PathLike, episode: Episode) -> None:
    """Append an episode as one line of JSON. A killed process loses no episode that was written.

    Several processes may append to one file. Call `repair` once before going on with an old file.

    Raises:
        OSError: if the line can't be written in full.
        ValueError: if a number isn't finite.
        TypeError: if a value has no form in JSON.
    """
    line = (json.dumps(asdict(episode), allow_nan=False) + "\n").encode("ascii")
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        # One call to the system: it is all there or torn at the end, and lines never mix.
        written = os.write(descriptor, line)
    finally:
        os.close(descriptor)
    if written < len(line):
        raise OSError(f"only {written} of {len(line)} bytes of an episode fitted into {path}; is the disk full?")


def repair(path: PathLike) -> None:
    """Take off a torn last line, which a killed process left behind; nothing if there is no such file."""
    if not os.path.exists(path):
        return
    with open(path, "rb+") as file:
        lines = file.readlines()
        if not lines or lines[-1].endswith(b"\n"):
            return
        try:
            parse_strictly(lines[-1])
        except ValueError:
            file.truncate(sum(map(len, lines[:-1])))
        else:
            file.write(b"\n")  # all of it is there but for the line break


def read(path: PathLike) -> Iterator[Episode]:
    """The episodes of a file, in its order. A torn last line is left out.

    Raises:
        OSError: if the file can't be read.
        ValueError: for any other line that isn't an episode, with the file and the line.
    """
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                table = parse_strictly(line)
            except ValueError as error:
                if not line.endswith(b"\n"):
                    return
                raise ValueError(f"{os.fspath(path)}:{number}: {error}") from error
            try:
                yield episode_from(table)
            except ValueError as error:
                raise ValueError(f"{os.fspath(path)}:{number}: {error}") from error


def parse_strictly(line: bytes) -> object:
    """The value that a line of JSON stands for.

    Raises:
        ValueError: if it isn't JSON in UTF-8, names a key twice, or holds a number that isn't finite.
    """
    try:
        return json.loads(line.decode(), object_pairs_hook=_unique, parse_constant=_not_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        count = Counter(name for name, _ in pairs)
        twice = next(name for name in count if count[name] > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return table


def _not_finite(number: str) -> NoReturn:
    raise ValueError(f"{number} is no number in JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"the number {number} is too large")
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, cast("list[object]", value)))


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _is_table_of(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(map(check, cast("dict[str, object]", value).values()))


_FORMS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "address": ("a text", _is_text),
    "question": ("a text", _is_text),
    "thoughts": ("a list of texts", _is_texts),
    "status": ("a text", _is_text),
    "reason": ("a text", _is_text),
    "reward": ("a number", _is_number),
    "truncated_because": ("a text or null", _is_text_or_none),
    "max_thoughts": ("a count", _is_count),
    "max_thought_chars": ("a count", _is_count),
    "env_id": ("a text or null", _is_text_or_none),
    "env_kwargs": ("a table", _is_table),
    "cost": ("a table of counts", _is_table_of(_is_count)),
    "versions": ("a table of texts", _is_table_of(_is_text)),
}


def episode_from(table: object) -> Episode:
    """The episode that a JSON object stands for.

    Raises:
        ValueError: for an unknown or missing key or a value of another form; the message says which.
    """
    if not isinstance(table, dict):
        raise ValueError(f"an episode is a JSON object, not {type(table).__name__}")
    values = cast("dict[str, Any]", table)
    for name, value in values.items():
        if name not in _FORMS:
            raise ValueError(f"unknown key {name!r}; {nearest(name, _FORMS)}")
        form, fits = _FORMS[name]
        if not fits(value):
            raise ValueError(f"{name!r} is {str(value)[:60]!r}; it must be {form}")
    for each in fields(Episode):
        if each.name not in values and each.default is MISSING and each.default_factory is MISSING:
            raise ValueError(f"the key {each.name!r} is missing")
    exact: dict[str, Any] = {**values, "thoughts": tuple(values["thoughts"]), "reward": float(values["reward"])}
    return Episode(**exact)


def replay(episode: Episode, *, path: str | None = None) -> Verdict:
    """The verdict on an episode, from its thoughts alone: the claimed verdict and reward are ignored.

    Args:
        episode: what was recorded.
        path: where the data is, for a family that reads its problems from a file.

    Raises:
        NotComparable: if the family has another version now, or asks another question at this address.
        ValueError: if there is no such problem, or no episode holds these thoughts within these limits.
    """
    problem, family = problem_at(Address.parse(episode.address), path)
    return judge(episode, problem, family)


def judge(episode: Episode, problem: Problem, family: Family) -> Verdict:
    """The verdict on an episode of this problem, from its thoughts alone.

    Raises:
        NotComparable: if the episode was asked another question.
        ValueError: if no episode holds these thoughts within these limits.
    """
    if problem.question.text != episode.question:
        raise NotComparable(
            f"{problem.address or family.name} asks {problem.question.text[:80]!r} here, but the episode "
            f"{episode.question[:80]!r}; it was made with other data or other software"
        )
    limits = Limits(episode.max_thoughts, episode.max_thought_chars)
    answer = _stated(State(problem.question), episode, limits)
    return NO_ANSWER if answer is None else family.verify(problem, answer)


def problem_at(address: Address, path: str | None = None) -> tuple[Problem, Family]:
    """The problem at an address, made again, and its family.

    Raises:
        NotComparable: if the family has another version now.
        ValueError: if there is no such problem.
    """
    family = get_family(address.family)
    if isinstance(family, FromData):
        family = family.open(path)
    if family.version != address.version:
        raise NotComparable(
            f"{address} was made with version {address.version} of {address.family}, which is at version "
            f"{family.version} here; install the software that made it to replay it"
        )
    return family.problem(address.split, address.level, address.index), family


def _stated(state: State, episode: Episode, limits: Limits) -> str | None:
    """The answer that the thoughts come to; None if they state none, or the last one was cut.

    Raises:
        ValueError: if the thoughts go on after the end of the episode.
    """
    answer: str | None = None
    for number, thought in enumerate(episode.thoughts, 1):
        move = transition(state, thought, limits)
        over = move.answer is not None or move.truncated_because is not None
        if over and number < len(episode.thoughts):
            raise ValueError(f"the episode is over after thought {number}, but has {len(episode.thoughts)}")
        state, answer = move.state, move.answer
    return answer if episode.truncated_because is None else None
