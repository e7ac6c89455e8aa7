r"""Finds the answer that a thought states by an explicit form, and with it decides whether the thought ends an episode.

Only `Answer: 42`, `\\boxed{42}` and `#### 42` count, so that no half sentence ends an episode by accident.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# 'Answer: 42', '**Answer:** 42', 'Final answer: 42', each at the start of a line
_ANSWER_LINE = re.compile(
    r"^[ \t>*_#-]{0,8}(?:(?:the|my)[ \t]++)?(?:final[ \t]++)?answer(?:[ \t]++is)?[ \t]*+[*_]{0,2}+[ \t]*+[:=]"
    r"[ \t]*+[*_]{0,2}+[ \t]*+(?P<answer>[^\n]*)$",
    re.ASCII | re.IGNORECASE | re.MULTILINE,
)
_HASHES = re.compile(r"^[ \t]*####[ \t]*(?P<answer>[^\n]*)$", re.ASCII | re.MULTILINE)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BOX = re.compile(r"\\(?:boxed|fbox)[ \t]*\{", re.ASCII)


def stated_answer(thought: str) -> str | None:
    r"""The answer that a thought states by `Answer:`, `\\boxed{}` or `####`; None if it states none.

    Where it states several, they come back together, joined by ' or ', which no checker accepts
    unless they are the same text: a hedge earns nothing.

    >>> stated_answer("Answer: 42")
    '42'
    >>> stated_answer("so we get \\\\boxed{x=\\\\frac{1}{2}}.")
    'x=\\\\frac{1}{2}'
    >>> stated_answer("3x+5=2x-7") is None
    True
    """
    if not _may_state(thought):
        return None
    found: list[str] = []
    for pattern in (_ANSWER_LINE, _HASHES):
        found += [unboxed(tidied(match["answer"])) for match in pattern.finditer(thought)]
    found += boxes(thought)
    if not found:
        return None
    return " or ".join(dict.fromkeys(found))


def _may_state(text: str) -> bool:
    """A quick look that most thoughts don't pass; searching for substrings is far cheaper than a pattern."""
    return "\\" in text or "####" in text or "answer" in text.lower()


def boxed(text: str) -> Iterator[tuple[int, int, str]]:
    r"""Start, end and content of every outermost `\\boxed{…}`; an unclosed box counts to the end of the text."""
    position = 0
    while (match := _BOX.search(text, position)) is not None:
        depth = 1
        end = match.end()
        while depth and (brace := _BRACE.search(text, end)) is not None:
            end = brace.end()
            depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth:
            end = len(text)
        yield match.start(), end, tidied(text[match.end() : end - (depth == 0)])
        position = end


def boxes(text: str) -> list[str]:
    r"""The contents of every outermost `\\boxed{…}`."""
    return [inside for _, _, inside in boxed(text)]


def unboxed(answer: str) -> str:
    """What one box holds, if the answer is that box and nothing else; else the answer as it is."""
    bare = answer.strip("$. ")
    found = boxes(bare)
    alone = len(found) == 1 and bare.startswith(("\\boxed", "\\fbox")) and bare.endswith("}")
    return found[0] if alone else answer


def tidied(answer: str) -> str:
    """Take off white space and the emphasis that a closing `**` leaves behind."""
    answer = answer.strip()
    if answer.endswith("**") and answer.count("**") % 2:
        answer = answer[:-2].rstrip()
    elif len(answer) > 4 and answer.startswith("**") and answer.endswith("**"):
        answer = answer[2:-2].strip()
    return answer
