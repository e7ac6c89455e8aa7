r"""Finds the answer that a text states.

Two readers with two purposes. `stated_answer` decides whether a thought ends an episode: only the
explicit forms `Answer: 42`, `\\boxed{42}` and `#### 42` count, so that no half sentence ends one by
accident. `extract_answer` reads a whole response of any model and knows looser forms too.
"""

from __future__ import annotations

import re

# 'Answer: 42', '**Answer:** 42', 'Final answer: 42', each at the start of a line
_ANSWER_LINE = re.compile(
    r"^[ \t>*_#-]{0,8}(?:(?:the|my)[ \t]++)?(?:final[ \t]++)?answer(?:[ \t]++is)?[ \t]*+[*_]{0,2}+[ \t]*+[:=]"
    r"[ \t]*+[*_]{0,2}+[ \t]*+(?P<answer>[^\n]*)$",
    re.ASCII | re.IGNORECASE | re.MULTILINE,
)
_HASHES = re.compile(r"^[ \t]*####[ \t]*(?P<answer>[^\n]*)$", re.ASCII | re.MULTILINE)
_BOX = re.compile(r"\\(?:boxed|fbox)[ \t]*\{", re.ASCII)

# looser forms, tried in this order, the last occurrence of the first that occurs
_LOOSE = (
    re.compile(
        r"\b(?:final[ \t]+)?answer[ \t]+(?:is|was|equals|would be|should be)[ \t]*:?[ \t]*(?P<answer>[^\n]+)",
        re.ASCII | re.IGNORECASE,
    ),
    re.compile(r"\banswer[ \t]*+[:=][ \t]*(?P<answer>[^\n]+)", re.ASCII | re.IGNORECASE),
    re.compile(r"\*\*(?P<answer>[^*\n]++)\*\*", re.ASCII),
    re.compile(r"^[ \t]*A:[ \t]*(?P<answer>[^\n]+)$", re.ASCII | re.MULTILINE),
)

SEVERAL = "several different answers"


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
        found += [unboxed(_tidy(match["answer"])) for match in pattern.finditer(thought)]
    found += _boxes(thought)
    if not found:
        return None
    return " or ".join(dict.fromkeys(found))


def extract_answer(text: str) -> str | None:
    """The last stated answer in a model's response, or None if it states none.

    Explicit forms win over loose ones ('the answer is 42', '**42**', 'A: 42').
    Different boxes come back joined by ' or ', as in `stated_answer`.
    """
    if _may_state(text):
        boxes = list(dict.fromkeys(_boxes(text)))
        if boxes:
            return " or ".join(boxes)
        for pattern in (_ANSWER_LINE, _HASHES):
            answers = [_tidy(match["answer"]) for match in pattern.finditer(text)]
            if answers:
                return answers[-1]
    for pattern in _LOOSE:
        answers = [_tidy(match["answer"]) for match in pattern.finditer(text)]
        if answers:
            return answers[-1].rstrip(".")
    return None


def _may_state(text: str) -> bool:
    """A quick look that most thoughts don't pass; searching for substrings is far cheaper than a pattern."""
    return "\\" in text or "####" in text or "answer" in text.lower()


def _boxes(text: str) -> list[str]:
    r"""The contents of every outermost `\\boxed{…}`; an unclosed box counts to the end of the text."""
    contents: list[str] = []
    position = 0
    while (match := _BOX.search(text, position)) is not None:
        depth = 1
        end = match.end()
        while end < len(text) and depth:
            if text[end] == "\\":
                end += 1
            elif text[end] == "{":
                depth += 1
            elif text[end] == "}":
                depth -= 1
            end += 1
        inside = text[match.end() : end - 1 if depth == 0 else end]
        contents.append(_tidy(inside))
        position = end
    return contents


def unboxed(answer: str) -> str:
    """What one box holds, if the answer is that box and nothing else; else the answer as it is."""
    bare = answer.strip("$. ")
    boxes = _boxes(bare)
    alone = len(boxes) == 1 and bare.startswith(("\\boxed", "\\fbox")) and bare.endswith("}")
    return boxes[0] if alone else answer


def _tidy(answer: str) -> str:
    """Take off white space and the emphasis that a closing `**` leaves behind."""
    answer = answer.strip()
    if answer.endswith("**") and answer.count("**") % 2:
        answer = answer[:-2].rstrip()
    return answer
