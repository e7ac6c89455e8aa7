"""What stands on the board: cards of agents, what their results may be compared with, and their entries.

These records are the one schema of the three tiers. They are read strictly: a text isn't taken for a number, nor
True for 1, and an unknown key is an error.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from reasoning_gym.checker import VERSION as CHECKER_VERSION
from reasoning_gym.problem import Split
from reasoning_leaderboard.canonical import LARGEST, canonical, read_strictly, sha256

MOST_EPISODES: Final = 100_000  # in one entry
MOST_THOUGHTS: Final = 100_000  # in an episode
LONGEST_THOUGHT: Final = 100_000  # characters that may be sent; a track's limit, which is no higher, cuts it
MOST_PARTS: Final = 1_000  # families in a track, and cells of an entry by ten
MOST_ERRORS: Final = 1_000  # of a record that are looked at, since each takes time
UNDATED: Final = date(1970, 1, 1)  # when something was entered that doesn't say when
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9 ._+:()/@,='-]*"
_NAME: Final = f"^{NAME}$"
_IDENTIFIER: Final = r"^[A-Za-z0-9_:.-]+$"
_LINK: Final = r"^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[\x21-\x7e]*)?$"
_HASH: Final = r"^[0-9a-f]{64}$"
_SIGNATURE: Final = r"^[0-9a-f]{128}$"
_IN_WORDS: Final = {
    _NAME: "it may have ASCII letters, digits, spaces and . _ + : ( ) / @ , = ' -, and begins with a letter or digit",
    _IDENTIFIER: "it may have ASCII letters, digits and _ : . -, and no spaces",
    _LINK: "write it like https://example.org/path",
    _HASH: "it has 64 hexadecimal digits, in lower case",
    _SIGNATURE: "it has 128 hexadecimal digits, in lower case",
}


class Strict(BaseModel):
    """A record that is read strictly and never changes."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="null")

    @classmethod
    def read(cls, data: bytes) -> Self:
        """The record that JSON stands for.

        Raises:
            ValueError: if it isn't strict JSON, or doesn't fit; the message says where and why.
        """
        text = canonical(read_strictly(data))
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ValueError(f"{cls.__name__}: {explained(error)}") from error

    def written(self) -> bytes:
        """The record in canonical JSON."""
        return canonical(self.model_dump(mode="json"))

    def digest(self) -> str:
        """SHA-256 of the record, in hexadecimal."""
        return sha256(self.written())


def explained(error: ValidationError) -> str:
    """What doesn't fit, in one line: each place, what is there, and what should be."""
    if error.error_count() > MOST_ERRORS:
        return f"it is wrong in {error.error_count():,} places"
    parts = [_explained(each) for each in error.errors(include_url=False)]
    return "; ".join(parts[:5]) + (f"; and {len(parts) - 5} more" if len(parts) > 5 else "")


def _explained(detail: ErrorDetails) -> str:
    place = ".".join(map(str, detail["loc"])) or "it"
    match detail["type"]:
        case "extra_forbidden":
            return f"there is no key {place!r}; leave it out"
        case "json_invalid":  # it was read as JSON before, by rules that take half a surrogate pair for a character
            return f"a text in it holds half a character, as \\ud800 alone is: {detail['msg']}"
        case "string_pattern_mismatch":
            wanted = _IN_WORDS.get(detail.get("ctx", {}).get("pattern", ""), detail["msg"])
            return f"{place} is {str(detail['input'])[:60]!r}: {wanted}"
        case _:
            return f"{place} is {str(detail['input'])[:60]!r}: {detail['msg']}"


def _plain(text: str) -> str:
    """The text, if a page may show it: no control, no formatting and no half characters, in composed form.

    What turns the direction of a line, or shows nothing, is a formatting character.
    """
    for character in text:
        kind = unicodedata.category(character)
        if kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and character != "\n":
            raise ValueError(f"it holds U+{ord(character):04X}, which can't be seen; leave it out")
    return unicodedata.normalize("NFC", text)


# A name is in ASCII, so that none can look like another.
Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=_NAME)]
Note: TypeAlias = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_plain)]
Link: TypeAlias = Annotated[str, StringConstraints(max_length=300, pattern=_LINK)]
Identifier: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_IDENTIFIER)]
Hash: TypeAlias = Annotated[str, StringConstraints(pattern=_HASH)]
Signature: TypeAlias = Annotated[str, StringConstraints(pattern=_SIGNATURE)]  # Ed25519, in hexadecimal
Count: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST)]
Version: TypeAlias = Annotated[int, Field(ge=0, le=10_000)]
Level: TypeAlias = Annotated[int, Field(ge=1, le=1_000)]


class Tier(StrEnum):
    """How much of a score has been seen to be so."""

    SELF_REPORTED = "self-reported"  # recomputed, on problems whose answers anyone can compute
    CHALLENGED = "challenged"  # on secret problems, each thought received before anything was told
    REPRODUCED = "reproduced"  # run again by the maintainers, on hidden problems that are the same for all


class AgentCard(Strict):
    """What is said of an agent by those who enter it."""

    name: Name  # as the board shows it
    model: Name | None = None  # the language model, if it thinks with one
    revision: Name | None = None  # of the model: a version, a commit, or the hash of the weights
    parameters: Count | None = None  # of the model
    code: Link | None = None  # where the agent's program is
    tools: Annotated[tuple[Name, ...], Field(max_length=20)] = ()  # beside the model: a calculator, a search engine
    budget: Count | None = None  # tokens that it may spend on a problem; None if there is no limit
    note: Note = ""  # anything else that a reader should know


class Track(Strict):
    """What decides problems and rewards. Only results of equal tracks are ever compared."""

    env: Identifier  # the environment's id, such as ReasoningMath-v0
    families: Annotated[Mapping[Identifier, Version], Field(min_length=1, max_length=MOST_PARTS)]  # by name
    levels: Annotated[Mapping[Identifier, tuple[Level, ...]], Field(min_length=1, max_length=MOST_PARTS)]  # by family
    weights: Annotated[Mapping[Identifier, Name], Field(max_length=MOST_PARTS)] = Field(default_factory=dict[str, str])
    split: Split = "test"
    max_thoughts: Count
    max_thought_chars: Count
    checker: Version = CHECKER_VERSION
    data: Hash | None = None  # of the problems, if they were read from a file

    @cached_property
    def key(self) -> str:
        """A short name for the track: twelve hexadecimal digits of its hash."""
        return self.digest()[:12]


class Cell(Strict):
    """How an entry did on one family at one level."""

    family: Identifier
    level: Level
    n: Count  # problems, those that were abandoned among them
    correct: Count  # as recomputed


class Spent(Strict):
    """What thinking cost over all episodes, as the agent says: nobody else can count it."""

    tokens: Count = 0
    prompt_tokens: Count = 0
    forward_passes: Count = 0
    simulations: Count = 0


def spent_in_all(parts: Iterable[Mapping[str, int]]) -> Spent:
    """What thinking cost over many thoughts or episodes; what isn't counted here is left out.

    A sum that is too large to write stays at the largest that isn't: the parts are anyone's claims, and no claim may
    keep an entry from being made.

    >>> spent_in_all([{"tokens": 2**53 - 1}, {"tokens": 5, "patience": 1}]).tokens == 2**53 - 1
    True
    """
    total = Counter[str]()
    for part in parts:
        total.update({name: count for name, count in part.items() if name in Spent.model_fields})
    return Spent(**{name: min(count, LARGEST) for name, count in total.items()})


class Superseded(Strict):
    """A score that stood here before the problems were judged anew."""

    correct: Count
    n: Count
    until: Annotated[date, Field(strict=False)]
    reason: Note


class Entry(Strict):
    """A line of the board. Everything in it but the card and the cost has been recomputed."""

    id: Hash  # of the content that it was computed from
    tier: Tier
    track: Track
    card: AgentCard
    account: Name  # who entered it
    entered: Annotated[date, Field(strict=False)]
    cells: Annotated[tuple[Cell, ...], Field(min_length=1, max_length=10 * MOST_PARTS)]  # by family, then level
    spent: Spent = Spent()
    attempts: Annotated[int, Field(ge=1)] = 1  # to date, of this account in the round, or on the track in this tier
    abandoned: Count = 0  # episodes that were never finished, each scored 0
    command: Note = ""  # that makes the result again
    marks: Annotated[tuple[Note, ...], Field(max_length=5)] = ()  # what a reader must know beside the score
    round: Identifier | None = None  # of the challenge, or of the hidden problems
    problems: Literal["own", "common"] = "own"  # whether all entries of the round have the same problems
    solved: Annotated[str, StringConstraints(max_length=MOST_EPISODES, pattern=r"^[01]*$")] = ""
    """Which of common problems were solved: a 1 or a 0 for each, in the round's order; empty where each has its own."""
    history: tuple[Superseded, ...] = ()  # earlier scores, oldest first
    thoughts: Hash | None = Field(default=None, exclude_if=lambda value: value is None)
    """Of the problems and the thoughts of all episodes, see `thoughts_digest`; None where it wasn't computed, and then
    it isn't written either: records of before have no such key, and archives hold a record to its one form."""

    @property
    def n(self) -> int:
        """How many problems there are."""
        return sum(cell.n for cell in self.cells)

    @property
    def correct(self) -> int:
        """How many were solved."""
        return sum(cell.correct for cell in self.cells)

    @property
    def accuracy(self) -> float:
        """The rate of right answers, in [0, 1]."""
        return self.correct / self.n if self.n else 0.0


def episode_digest(address: str, thoughts: Sequence[str]) -> str:
    """SHA-256 of an episode's problem and of what was thought of it, whatever else was said of it."""
    return sha256(canonical([address, *thoughts]))


def thoughts_digest(episodes: Iterable[str]) -> str:
    """SHA-256 of the digests of episodes, in order: entries have the same if their agents thought the same throughout.

    Neither card, cost nor claims are in it.
    """
    return sha256("thoughts", *episodes)


def cells_of(outcomes: Iterable[tuple[str, int, bool]]) -> tuple[Cell, ...]:
    """The cells that outcomes come to, each a family, a level, and whether the answer was right.

    >>> cells_of([("sums", 1, True), ("sums", 1, False)])
    (Cell(family='sums', level=1, n=2, correct=1),)
    """
    counts: dict[tuple[str, int], list[int]] = {}
    for family, level, correct in outcomes:
        count = counts.setdefault((family, level), [0, 0])
        count[0] += 1
        count[1] += correct
    return tuple(
        Cell(family=name, level=level, n=n, correct=right) for (name, level), (n, right) in sorted(counts.items())
    )
