"""Makes a question of what a person typed: in the words of the family that asks such things, or as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reasoning_gym.checker.limits import MAX_CHARACTERS, Refused, Undefined, Unreadable
from reasoning_gym.family import ANSWER_FORMAT, Family, families, get_family
from reasoning_gym.problem import Question

MAX_ASKED_CHARS = MAX_CHARACTERS  # of a text; the checker reads no longer one either
AS_IT_STANDS = "question_answer"  # the family of questions of any kind, which can't check a conclusion
_FORMAT = ANSWER_FORMAT.format(answer="the answer")
_REQUEST = re.compile(
    r"(?:please\s+)?(?:what(?:'s|\s+is)|how\s+much\s+is|calculate|compute|evaluate|multiply|expand|find|work\s+out"
    r"|in\s+lowest\s+terms|solve(?:\s+for\s+[a-z])?)(?:\s*:\s*|\s+)",
    re.ASCII | re.IGNORECASE,
)
_WANTED = re.compile(r"\s*=?\s*[?.]*\s*\Z")  # what only says that a value is wanted: "=?", "=", "?", "."
_HALF = re.compile("[\ud800-\udfff]")  # a lone surrogate, which no tokenizer takes: bytes that aren't UTF-8
_LETTER = re.compile(r"[a-z]", re.ASCII | re.IGNORECASE)
_CONSTANTS = frozenset("ei")


def question_of(text: str, family: str | None = None) -> Question:
    """The question that a text stands for.

    A bare text, such as `3x+5=2x-7`, is asked in the words of the first family, by name, that asks such a thing, those
    of this package before plug-ins; so is one in another letter than x, in x. Everything else is asked as it stands.

    Args:
        text: what a person typed.
        family: the name of the family that is to ask it; None for any.

    Raises:
        ValueError: if the text is empty, longer than `MAX_ASKED_CHARS` or holds half a character, there is no such
            family, or it asks no such thing.
    """
    asked = text.strip()
    if not asked:
        raise ValueError("the question is empty; ask something, such as '3x+5=2x-7'")
    if len(asked) > MAX_ASKED_CHARS:
        raise ValueError(f"the question has {len(asked):,} characters; ask with at most {MAX_ASKED_CHARS:,}")
    half = _HALF.search(asked)
    if half is not None:
        raise ValueError(f"the question has {half[0]!r} at position {half.start()}, no character; ask in UTF-8")
    if family is not None and family != AS_IT_STANDS:
        return _asked_by(get_family(family), asked)
    found = recognised(asked) if family is None else None
    return found or Question(AS_IT_STANDS, 1, asked, _FORMAT)


def recognised(text: str) -> Question | None:
    """The question that a family makes of a bare text; None if none does."""
    known = sorted(families().values(), key=lambda each: not type(each).__module__.startswith("reasoning_gym."))
    for reading in _readings(text):
        for each in known:
            question = _ask(each, reading)
            if question is not None:
                return question
    return None


def asks(family: Family) -> bool:
    """Whether a family may make a question of a bare text."""
    return type(family).ask is not Family.ask


def _asked_by(family: Family, text: str) -> Question:
    """The question that one family makes of a text.

    Raises:
        ValueError: if it makes none.
    """
    for reading in _readings(text):
        question = _ask(family, reading)
        if question is not None:
            return question
    known: Mapping[str, Family] = families()
    able = ", ".join(name for name, each in known.items() if asks(each))
    hint = "" if asks(family) else f"; families that make questions of bare texts are {able}"
    raise ValueError(f"{family.name} makes no question of {text[:60]!r}{hint}")


def _readings(text: str) -> Iterator[str]:
    """The text, the text without words and marks that only say that a value is wanted, and the same in x."""
    yield text
    bare = _WANTED.sub("", _REQUEST.sub("", text, count=1))
    if bare != text:
        yield bare
    letters = set(_LETTER.findall(bare.lower()))
    if len(letters) == 1 and not letters & {*_CONSTANTS, "x"}:
        yield _LETTER.sub("x", bare)


def _ask(family: Family, text: str) -> Question | None:
    try:
        return family.ask(text)
    except (Unreadable, Undefined, Refused):
        return None
