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

_TAGGED = re.compile(r"<answer>(?P<answer>[^<]{0,4000})</answer>", re.ASCII | re.IGNORECASE)
# a heading of its own line, the answer below it
_HEADED = re.compile(
    r"^[ \t]*+(?:#{1,6}[ \t]*+|\*\*)[ \t]*+(?:final[ \t]++)?answer[ \t]*+:?[ \t]*+(?:\*\*)?[ \t]*+:?[ \t]*+\n\s*+(?P<answer>[^\n]++)",
    re.ASCII | re.IGNORECASE | re.MULTILINE,
)
_ASKED = (
    r"(?:answer|result|solution|value|total|sum|product|difference|quotient|remainder|probability|area|volume|perimeter"
    r"|length|distance|number|limit|derivative|integral|choice|option|average|mean|ratio|cost|price|time|speed)"
)
# looser forms, tried in this order, the last occurrence of the first that occurs
_LOOSE = (
    re.compile(
        r"\b(?:final[ \t]++)?answer(?:[ \t]++(?:to|for)[ \t]++(?:this|the|that)[ \t]++(?:problem|question|exercise))?+"
        r"[ \t]++(?:is|was|equals|would be|should be|must be)(?:[ \t]++(?:therefore|thus|then|hence|given by|option|choice))?+"
        r"[ \t]*+:?[ \t]*+(?P<answer>[^\n]++)",
        re.ASCII | re.IGNORECASE,
    ),
    re.compile(r"\banswer[ \t]*+[:=][ \t]*+(?P<answer>[^\n]++)", re.ASCII | re.IGNORECASE),
    re.compile(r"\*\*(?P<answer>[^*\n]++)\*\*", re.ASCII),
    re.compile(r"^[ \t]*+(?:A|Ans|Result|Solution)[ \t]*+[:.=][ \t]*+(?P<answer>[^\n]++)$", re.ASCII | re.MULTILINE),
    re.compile(
        r"\b(?:so|thus|therefore|hence|finally|in total|altogether)\b,?[ \t]++(?:the[ \t]++|our[ \t]++|its[ \t]++)?"
        rf"(?:[a-z]++[ \t]++){{0,3}}?{_ASKED}(?:[ \t]++of[ \t]++\$?[\w\\(){{}}^+-]{{1,40}}\$?)?[ \t]++"
        r"(?:is|was|equals|=)[ \t]*+:?[ \t]*+(?P<answer>[^\n]++)",
        re.ASCII | re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:correct|right|final|best)[ \t]++{_ASKED}[ \t]++(?:is|was|equals|=)[ \t]*+:?[ \t]*+(?P<answer>[^\n]++)",
        re.ASCII | re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:so|thus|therefore|hence|which gives(?: us)?|we (?:get|obtain|find|have))\b:?,?[ \t]++(?P<answer>\$[^$\n]++\$)"
        r"[ \t]*+\.?[ \t]*+\Z",
        re.ASCII | re.IGNORECASE,
    ),
)
# where a sentence ends, so that 'The answer is 42. I hope it is correct.' states 42
_SENTENCE_END = re.compile(r"(?<=[^\s.])\.(?=\s+[A-Z(]|\s*$)|(?<=[\d)}$])[!;](?=\s|$)", re.ASCII)
_REASONS = re.compile(r",?[ \t]++(?:because|since|as[ \t]++(?:we|the|it)|which|where[ \t]++we)\b", re.ASCII | re.IGNORECASE)
# what takes an answer back or leaves it open, in the text behind it
_HEDGE = re.compile(
    r"\b(?:or|alternatively|could also|might also|may also|perhaps|maybe|possibly|not sure|unsure|not certain|wait|actually"
    r"|either|another (?:possible )?answer|also possible|correction|scratch that|on second thought)\b",
    re.ASCII | re.IGNORECASE,
)
_MAX_TAIL = 400  # characters behind an answer in which a hedge is looked for

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

    >>> extract_answer("First \\boxed{41}. No: \\boxed{42}")
    '42'
    """
    found = _stated(text)
    return found[0][-1] if found else None


def responses(text: str) -> list[str] | None:
    """What a response states as its answer: several texts where it has several different boxes; None for a bare answer.

    An answer that the text behind it takes back or leaves open ('or maybe 43') comes with that text, so that
    nothing can read it.
    """
    found = _stated(text)
    if found is None:
        return None
    answers, end = found
    if len(answers) > 1:
        return answers
    tail = text[end : end + _MAX_TAIL]
    if _HEDGE.search(tail) and any(letter.isdigit() for letter in tail):
        return [f"{answers[0]} {tail.strip()}"]
    return answers


def _stated(text: str) -> tuple[list[str], int] | None:
    """The different boxes of a response, or else its last stated answer alone; and where that ends in the text."""
    if "\\boxed" in text or "\\fbox" in text:
        boxes = list(dict.fromkeys(_boxes(text)))
        if boxes:
            return boxes, max(text.rfind("\\boxed"), text.rfind("\\fbox")) + len(boxes[-1])
    lower = text.lower()
    if "answer" in lower or "####" in text:
        last: re.Match[str] | None = None
        for pattern in (_ANSWER_LINE, _HASHES, _TAGGED, _HEADED):
            for match in pattern.finditer(text):
                if match["answer"].strip(" *") and (last is None or match.start() >= last.start()):
                    last = match
        if last is not None:
            return [_tidy(last["answer"])], last.end()
    if " " not in text.strip():
        return _bold(text)
    for pattern in _LOOSE:
        found = None
        for found in pattern.finditer(text):
            pass
        if found is not None:
            answer = _first_sentence(found["answer"])
            return [_tidy(answer)], found.start("answer") + len(answer)
    return None


def _bold(text: str) -> tuple[list[str], int] | None:
    """`**42**` by itself."""
    bare = text.strip()
    if len(bare) > 4 and bare.startswith("**") and bare.endswith("**") and "*" not in bare[2:-2]:
        return [bare[2:-2].strip()], len(text)
    return None


def _first_sentence(answer: str) -> str:
    """What a loose form states, up to the end of its sentence or to the reason that it gives."""
    if (end := _SENTENCE_END.search(answer)) is not None:
        answer = answer[: end.start()]
    if (reason := _REASONS.search(answer)) is not None:
        answer = answer[: reason.start()]
    return answer.rstrip(" ,;")


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
    elif len(answer) > 4 and answer.startswith("**") and answer.endswith("**"):
        answer = answer[2:-2].strip()
    return answer
