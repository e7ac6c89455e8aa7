"""What a reader is shown of an episode: each thought with the verdict of the family's own check, and what came of it.

An episode may be anyone's, of any length: what is shown, and so what is checked, is bounded, and the page says what
was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, overload
from urllib.parse import quote

from markupsafe import Markup

from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.episodes import Episode, judge
from reasoning_gym.family import Family
from reasoning_gym.problem import Address, Problem, Verdict
from reasoning_leaderboard.pages.filters import Facts
from reasoning_leaderboard.pages.tree_views import ShownTree, tree_view

MOST_THOUGHTS: Final = 64  # of an episode
MOST_CHARS: Final = 2_000  # of a text
MOST_CHARS_IN_ALL: Final = 20_000  # of an episode's thoughts
MOST_PICTURE: Final = 200_000  # characters of a picture
MOST_TREES: Final = 16  # of an episode
MOST_LISTED_CHARS: Final = 80  # of an answer in a list
_AS_THEY_ARE: Final = " !$'()*+,-./:;<=>@_~"  # in the address of a picture: nothing that ends it or its attribute
TREE: Final = "yes"  # the fact of an episode that there are trees of


@dataclass(frozen=True)
class ShownText:
    """The beginning of a text, and how many characters of it aren't shown."""

    text: str
    left_out: int = 0


@dataclass(frozen=True)
class ShownThought:
    """A thought and what the family's check says of it."""

    text: ShownText
    verdict: Verdict | None = None  # of `check_thought`; None where it wasn't asked


@dataclass(frozen=True)
class Reference:
    """The reference answer and the way to it."""

    answer: ShownText
    thoughts: tuple[ShownText, ...]


@dataclass(frozen=True)
class ShownEpisode:
    """All that a page shows of an episode."""

    position: int  # in its list, from 1
    address: str | None  # of the problem; None where it is still secret
    family: str
    level: int
    statement: ShownText
    answer_format: ShownText
    thoughts: tuple[ShownThought, ...]
    left_out: int  # thoughts that aren't shown
    answer: ShownText | None  # None if none was stated
    verdict: Verdict | None  # recomputed; None where it can't be
    claimed: str  # the verdict as it was recorded; empty if none was
    unknown_because: str = ""  # why there is no verdict
    truncated_because: str | None = None
    picture: str | None = None  # an SVG document of the family's own
    reference: Reference | None = None  # None before it is told
    cost: Mapping[str, int] = field(default_factory=dict[str, int])
    trees: tuple[ShownTree, ...] = ()

    @property
    def status(self) -> str:
        """The verdict in a word."""
        return "unknown" if self.verdict is None else str(self.verdict.status)

    @property
    def picture_link(self) -> Markup | None:
        """The picture as an address that holds all of it; in an image it can run nothing."""
        if self.picture is None:
            return None
        thrifty = self.picture.replace('"', "'") if "'" not in self.picture else self.picture
        return Markup("data:image/svg+xml,") + Markup(quote(thrifty, safe=_AS_THEY_ARE))

    @property
    def item(self) -> Facts:
        """What filters see of it."""
        return Facts(_facts(self.status, self.family, self.level, searched=bool(self.trees)))


@dataclass(frozen=True)
class Listed:
    """One line of a list of episodes."""

    position: int  # from 1
    family: str
    level: int
    status: str  # of the verdict as recomputed, or 'unknown'
    answer: str | None
    thoughts: int
    tokens: int | None
    searched: bool = False  # whether there are trees of its search

    @property
    def item(self) -> Facts:
        """What filters and sorting see of it."""
        return Facts(
            _facts(self.status, self.family, self.level, searched=self.searched),
            {
                "place": self.position,
                "family": self.family,
                "level": self.level,
                "verdict": self.status,
                "thoughts": self.thoughts,
                "tokens": self.tokens,
            },
        )


@dataclass(frozen=True)
class Transcripts:
    """The episodes of an entry or a run: a line for each, and the whole of one where it is looked at."""

    listed: Sequence[Listed]
    opened: Callable[[int], ShownEpisode]  # by place in the list, from 0
    searched: int = 0  # episodes that there are trees of


class _Lines(Sequence[Listed]):
    """Lines that are made when they are looked at."""

    def __init__(self, count: int, line: Callable[[int], Listed]) -> None:
        self._count, self._line = count, line

    @overload
    def __getitem__(self, place: int) -> Listed: ...

    @overload
    def __getitem__(self, place: slice) -> list[Listed]: ...

    def __getitem__(self, place: int | slice) -> Listed | list[Listed]:
        found = range(self._count)[place]
        return self._line(found) if isinstance(found, int) else [self._line(each) for each in found]

    def __len__(self) -> int:
        return self._count


def transcripts_of(
    episodes: Sequence[Episode],
    problem_at: Callable[[int], tuple[Family, Problem]],
    *,
    reveal: bool,
    trees: Mapping[int, Sequence[object]] | None = None,
) -> Transcripts:
    """The episodes of a run, each looked into, and judged anew, only where a reader does.

    Args:
        episodes: from anyone.
        problem_at: the problem of the episode at a place from 0, and its family; raises a ValueError that says why
            if it can't be made again.
        reveal: whether addresses and references may be told.
        trees: that a search grew, by the place of their episode.
    """
    grown = trees or {}

    def line(place: int) -> Listed:
        searched = place in grown
        try:
            family, problem = problem_at(place)
            verdict = judge(episodes[place], problem, family)
            return listed(place + 1, episodes[place], verdict, problem, searched=searched)
        except ValueError:
            return listed(place + 1, episodes[place], None, searched=searched)

    def opened(place: int) -> ShownEpisode:
        try:
            family, problem = problem_at(place)
            of_it = grown.get(place, ())
            return shown(place + 1, episodes[place], problem, family, reveal=reveal, trees=of_it)
        except ValueError as error:
            return unproved(place + 1, episodes[place], str(error))

    return Transcripts(_Lines(len(episodes), line), opened, len(grown))


def listed(
    position: int, episode: Episode, verdict: Verdict | None, problem: Problem | None = None, *, searched: bool = False
) -> Listed:
    """The line for an episode.

    Args:
        position: in its list, from 1.
        episode: from anyone.
        verdict: the recomputed one; None where it can't be.
        problem: that it is of; None where it can't be made again, and the episode's own address has to do.
        searched: whether there are trees of its search.
    """
    family, level = place_of(episode) if problem is None else (problem.question.family, problem.question.level)
    answer = _answer(episode)
    return Listed(
        position=position,
        family=family,
        level=level,
        status="unknown" if verdict is None else str(verdict.status),
        answer=None if answer is None else answer[:MOST_LISTED_CHARS],
        thoughts=len(episode.thoughts),
        tokens=episode.cost.get("tokens"),
        searched=searched,
    )


def shown(
    position: int, episode: Episode, problem: Problem, family: Family, *, reveal: bool, trees: Sequence[object] = ()
) -> ShownEpisode:
    """What is shown of an episode. Every verdict is computed anew.

    Args:
        position: in its list, from 1.
        episode: from anyone.
        problem: that it is of.
        family: the problem's.
        reveal: whether the address and the reference may be told.
        trees: that a search grew before each thought, as `search.tree.as_table` writes them; from anyone.

    Raises:
        ValueError: if no episode of the problem holds these thoughts, or a tree is none.
    """
    question = problem.question
    texts = _texts(episode.thoughts)
    return ShownEpisode(
        position=position,
        address=str(problem.address) if reveal and problem.address is not None else None,
        family=question.family,
        level=question.level,
        statement=_beginning(question.statement),
        answer_format=_beginning(question.answer_format),
        thoughts=_checked(episode, problem, family, texts),
        left_out=len(episode.thoughts) - len(texts),
        answer=_beginning_of_answer(episode),
        verdict=judge(episode, problem, family),
        claimed=episode.status,
        truncated_because=episode.truncated_because,
        picture=_picture(problem, family),
        reference=_reference(problem, family) if reveal else None,
        cost=dict(episode.cost),
        trees=tuple(
            tree_view(tree, episode.thoughts[before - 1 :], before) for before, tree in enumerate(trees[:MOST_TREES], 1)
        ),
    )


def unproved(position: int, episode: Episode, because: str) -> ShownEpisode:
    """What is shown of an episode whose problem can't be made again: the texts, with no verdict on any."""
    family, level = place_of(episode)
    texts = _texts(episode.thoughts)
    return ShownEpisode(
        position=position,
        address=episode.address,
        family=family,
        level=level,
        statement=_beginning(episode.question),
        answer_format=ShownText(""),
        thoughts=tuple(ShownThought(text) for text in texts),
        left_out=len(episode.thoughts) - len(texts),
        answer=_beginning_of_answer(episode),
        verdict=None,
        claimed=episode.status,
        unknown_because=because,
        truncated_because=episode.truncated_because,
        cost=dict(episode.cost),
    )


def place_of(episode: Episode) -> tuple[str, int]:
    """Family and level that an episode says it is of; of what has no address, none."""
    try:
        address = Address.parse(episode.address)
    except ValueError:
        return "unknown", 0
    return address.family, address.level


def _facts(verdict: str, family: str, level: int, *, searched: bool) -> dict[str, str]:
    """What filters see of an episode."""
    facts = {"verdict": verdict, "family": family, "level": str(level)}
    return {**facts, "tree": TREE} if searched else facts


def _beginning(text: str, most: int = MOST_CHARS) -> ShownText:
    return ShownText(text[:most], max(len(text) - most, 0))


def _texts(thoughts: Sequence[str]) -> list[ShownText]:
    """What is shown of thoughts, until there is enough."""
    found: list[ShownText] = []
    room = MOST_CHARS_IN_ALL
    for thought in thoughts[:MOST_THOUGHTS]:
        if room <= 0:
            break
        found.append(_beginning(thought, min(MOST_CHARS, room)))
        room -= len(found[-1].text)
    return found


def _checked(
    episode: Episode, problem: Problem, family: Family, texts: Sequence[ShownText]
) -> tuple[ShownThought, ...]:
    """The thoughts with the verdict on each; one that isn't shown whole isn't checked, nor what follows it."""
    found: list[ShownThought] = []
    for number, text in enumerate(texts):
        whole = text.left_out == 0 and all(each.verdict is not None for each in found)
        thought = episode.thoughts[number]
        verdict = family.check_thought(problem.question, episode.thoughts[:number], thought) if whole else None
        found.append(ShownThought(text, verdict))
    return tuple(found)


def _answer(episode: Episode) -> str | None:
    if not episode.thoughts or episode.truncated_because is not None:
        return None
    return stated_answer(episode.thoughts[-1])


def _beginning_of_answer(episode: Episode) -> ShownText | None:
    answer = _answer(episode)
    return None if answer is None else _beginning(answer)


def _picture(problem: Problem, family: Family) -> str | None:
    picture = family.picture(problem.question)
    return picture if picture is not None and len(picture) <= MOST_PICTURE else None


def _reference(problem: Problem, family: Family) -> Reference:
    return Reference(_beginning(problem.answer), tuple(_texts(family.reference_thoughts(problem))))
